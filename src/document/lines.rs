//! Where in a text a byte stands, as errors tell it.

use async_graphql::Pos;

/// The lines of a text. It makes looking up a place cheap in texts of one long line too.
#[derive(Debug)]
pub(super) struct Lines {
    /// Where each line starts, in bytes.
    starts: Vec<usize>,
    /// The bytes that continue a character, which are no columns.
    inside: Vec<usize>,
}

impl Lines {
    /// A line ends with `\n`, `\r\n` or `\r` (GraphQL specification, section 2.1.2).
    pub(super) fn of(text: &str) -> Lines {
        let (mut starts, mut inside) = (vec![0], Vec::new());
        let bytes = text.as_bytes();
        for (at, byte) in bytes.iter().enumerate() {
            match byte {
                b'\r' if bytes.get(at + 1) == Some(&b'\n') => {}
                b'\n' | b'\r' => starts.push(at + 1),
                0x80..=0xbf => inside.push(at),
                _ => {}
            }
        }
        Lines { starts, inside }
    }

    /// The line and column of a byte, both from 1; a column is a character.
    pub(super) fn position(&self, offset: usize) -> Pos {
        let line = self.starts.partition_point(|start| *start <= offset).max(1);
        let start = self.starts[line - 1];
        let before = |at: usize| self.inside.partition_point(|byte| *byte < at);
        Pos { line, column: 1 + offset - start - (before(offset) - before(start)) }
    }

    /// The bytes that this takes.
    pub(super) fn size(&self) -> usize {
        (self.starts.len() + self.inside.len()) * size_of::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_line_and_a_character() {
        let text = "a\nb\r\nc\rdé🦀e";
        let lines = Lines::of(text);
        for (needle, line, column) in
            [('a', 1, 1), ('b', 2, 1), ('c', 3, 1), ('d', 4, 1), ('é', 4, 2), ('🦀', 4, 3), ('e', 4, 4)]
        {
            let offset = text.find(needle).unwrap();
            assert_eq!(lines.position(offset), Pos { line, column }, "{needle}");
        }
        assert_eq!(Lines::of("").position(0), Pos { line: 1, column: 1 });
    }
}
