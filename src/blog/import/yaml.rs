//! YAML, and JSON as a part of it, read into [`Value`]s.

use super::value::{Keys, Value};
use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, SeqAccess, Visitor},
};
use serde_saphyr::{Spanned, UserMessageFormatter, options::DuplicateKeyPolicy};
use std::{borrow::Cow, collections::BTreeMap, fmt};

/// Reads a text. Of a key that stands twice in a map the last value counts, as generators have it; `twice` gets the key.
pub(super) fn read(text: &str, twice: &mut Vec<String>) -> Result<Value, String> {
    if text.trim().is_empty() {
        return Ok(Value::Nothing);
    }
    read_strictly(text, twice).or_else(|error| {
        // What generators take, although YAML forbids it: tabs (Hexo), and tags that say what a text is (Hyde).
        let lenient = text.replace("!!timestamp ", "").replace('\t', "  ");
        if lenient == text { Err(error) } else { read_strictly(&lenient, twice).map_err(|_| error) }
    })
}

fn read_strictly(text: &str, twice: &mut Vec<String>) -> Result<Value, String> {
    let mut text = Cow::Borrowed(text);
    for _ in 0..MAX_INDENTS.min(MAX_READ / text.len().max(1) + 1) {
        let options = serde_saphyr::options! {
            with_snippet: false,
            reject_non_finite_typeless_float: false,
            duplicate_keys: DuplicateKeyPolicy::LastWins,
        };
        let error = match serde_saphyr::from_str_with_options::<Node>(&text, options) {
            Ok(node) => return Ok(node.into_value(&text, twice)),
            Err(error) => error,
        };
        let words = error.to_string();
        let line = error.location().and_then(|at| usize::try_from(at.line()).ok()).unwrap_or(0);
        match line_start(&text, line).filter(|_| words.contains(OUTDENTED)) {
            Some(start) => text.to_mut().insert(start, ' '),
            None => {
                // The plain words name an option of the library.
                let words = error.render_with_formatter(&UserMessageFormatter);
                let words = words.lines().next().unwrap_or_default();
                let is_of_library = ["scalar into", "string scalar", "budget", "limit"];
                return Err(match is_of_library.iter().any(|sign| words.contains(sign)) {
                    true => format!("not understood at line {line}"),
                    false => words.to_owned(),
                });
            }
        }
    }
    Err(OUTDENTED.to_owned())
}

/// What the parser says of a quoted text that goes on in a line less indented than it began. YAML forbids
/// that, but Hugo's parser and most others read it, so writers do it. Where such a line begins makes no
/// difference to the text, so it is indented, one space at a time, until the parser takes it.
const OUTDENTED: &str = "invalid indentation in multiline quoted scalar";

/// No front matter needs more of these spaces, unless it is made to keep us busy.
const MAX_INDENTS: usize = 500;

/// How much is read for them, in bytes: each is found by reading the text once more.
const MAX_READ: usize = 8 << 20;

/// Where a line, counted from 1, begins.
fn line_start(text: &str, line: usize) -> Option<usize> {
    let above = line.checked_sub(1)?;
    let mut starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1));
    starts.nth(above)
}

/// A YAML value and where it stands, because a plain `1.10` or `no` comes as a number or a truth, and only
/// the source tells how it was written.
struct Node(Spanned<Shape>);

enum Shape {
    Nothing,
    Text(String),
    /// A number or a truth, as the parser understood it.
    Typed(String),
    List(Vec<Node>),
    /// With the keys that stand twice.
    Map(BTreeMap<String, Node>, Vec<String>),
}

impl Node {
    fn into_value(self, source: &str, twice: &mut Vec<String>) -> Value {
        let span = self.0.defined.span();
        match self.0.value {
            Shape::Nothing => Value::Nothing,
            Shape::Text(text) => Value::Text(text),
            Shape::Typed(understood) => {
                let written = span.byte_offset().zip(span.byte_len()).and_then(|(offset, length)| {
                    let from = usize::try_from(offset).ok()?;
                    source.get(from..from.checked_add(usize::try_from(length).ok()?)?)
                });
                Value::Text(written.map_or(understood, str::to_owned))
            }
            Shape::List(nodes) => {
                Value::List(nodes.into_iter().map(|node| node.into_value(source, twice)).collect())
            }
            Shape::Map(nodes, duplicates) => {
                twice.extend(duplicates);
                let value = |(key, node): (String, Node)| (key, node.into_value(source, twice));
                Value::Map(nodes.into_iter().map(value).collect())
            }
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Spanned::deserialize(deserializer).map(Node)
    }
}

impl<'de> Deserialize<'de> for Shape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ShapeVisitor)
    }
}

struct ShapeVisitor;

impl<'de> Visitor<'de> for ShapeVisitor {
    type Value = Shape;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E: Error>(self) -> Result<Shape, E> {
        Ok(Shape::Nothing)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Shape, E> {
        Ok(Shape::Text(text.to_owned()))
    }

    fn visit_bool<E: Error>(self, truth: bool) -> Result<Shape, E> {
        Ok(Shape::Typed(truth.to_string()))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Shape, E> {
        Ok(Shape::Typed(number.to_string()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Shape, E> {
        Ok(Shape::Typed(number.to_string()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Shape, E> {
        Ok(Shape::Typed(number.to_string()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Shape, A::Error> {
        let mut nodes = Vec::new();
        while let Some(node) = access.next_element()? {
            nodes.push(node);
        }
        Ok(Shape::List(nodes))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Shape, A::Error> {
        let mut keys = Keys::new();
        while let Some((key, node)) = access.next_entry::<String, Node>()? {
            keys.add(key, node);
        }
        Ok(Shape::Map(keys.map, keys.twice))
    }
}
