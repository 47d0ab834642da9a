//! The tokens of a text, as far as they can be recognised without validating them.

/// A lexical token (GraphQL specification, section 2.1.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    /// One character; the three dots are one too.
    Punctuator(u8),
    /// A name or a number.
    Word,
    /// A string or a block string.
    Text,
}

/// The tokens of a text, each with the byte at which it starts. Spaces, commas and comments are none.
pub(super) struct Tokens<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Tokens<'a> {
    pub(super) fn of(text: &'a str) -> Tokens<'a> {
        Tokens { text: text.as_bytes(), at: 0 }
    }

    fn skip_while(&mut self, of: impl Fn(&u8) -> bool) {
        let rest = &self.text[self.at..];
        self.at += rest.iter().position(|byte| !of(byte)).unwrap_or(rest.len());
    }

    /// Goes behind the first `end`; none is in the `width` bytes that begin with `escape`.
    fn skip_behind(&mut self, end: &[u8], escape: &[u8], width: usize) {
        while self.at < self.text.len() {
            let rest = &self.text[self.at..];
            if rest.starts_with(end) {
                self.at += end.len();
                return;
            }
            self.at += if rest.starts_with(escape) { width.min(rest.len()) } else { 1 };
        }
    }
}

impl Iterator for Tokens<'_> {
    type Item = (usize, Token);

    fn next(&mut self) -> Option<(usize, Token)> {
        loop {
            let start = self.at;
            let byte = *self.text.get(start)?;
            self.at += 1;
            let rest = &self.text[self.at..];
            let token = match byte {
                b' ' | b'\t' | b'\n' | b'\r' | b',' => continue,
                b'#' => {
                    self.skip_while(|byte| !matches!(byte, b'\n' | b'\r'));
                    continue;
                }
                b'"' if rest.starts_with(b"\"\"") => {
                    self.at += 2;
                    self.skip_behind(b"\"\"\"", b"\\\"\"\"", 4);
                    Token::Text
                }
                b'"' => {
                    self.skip_behind(b"\"", b"\\", 2);
                    Token::Text
                }
                b'.' => {
                    self.skip_while(|byte| *byte == b'.');
                    Token::Punctuator(b'.')
                }
                byte if is_word(&byte) => {
                    self.skip_while(is_word);
                    Token::Word
                }
                byte => Token::Punctuator(byte),
            };
            return Some((start, token));
        }
    }
}

/// Whether a byte can be of a name or a number.
fn is_word(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'+' | b'.')
}
