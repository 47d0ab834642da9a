//! The head of a document: keys and values in YAML between `---` lines, or in TOML between `+++` lines.

use super::report::Reason;
use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, SeqAccess, Visitor},
};
use serde_saphyr::Spanned;
use std::{borrow::Cow, collections::BTreeMap, fmt};

/// What a document's head says. Every scalar is text, as it was written.
#[derive(Debug, Default)]
pub(super) struct FrontMatter(BTreeMap<String, Value>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Value {
    Nothing,
    Text(String),
    List(Vec<Value>),
    Map(BTreeMap<String, Value>),
}

/// Takes a document apart into its front matter and its body, whose lines then end in LF alone.
pub(super) fn parse(text: &str) -> Result<(FrontMatter, String), Reason> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n");
    let (fence, head, body) = split(&text)?;
    let value = if fence == YAML_FENCE { yaml(&head) } else { toml(&head) };
    let map = match value.map_err(Reason::BadFrontMatter)? {
        Value::Map(map) => map,
        Value::Nothing => BTreeMap::new(),
        _ => return Err(Reason::BadFrontMatter("it holds no keys".to_owned())),
    };
    // The files' own bytes were looked through before; escapes ("\0", "\u0000") only show here.
    if map.values().any(Value::holds_nul) {
        return Err(Reason::NulCharacter);
    }
    Ok((FrontMatter(map), body.trim_start_matches('\n').trim_end().to_owned()))
}

impl FrontMatter {
    /// The text of a key, trimmed; `None` when it is missing, empty, or not a single value.
    pub fn text(&self, key: &str) -> Option<&str> {
        match self.0.get(key) {
            Some(Value::Text(text)) => Some(text.trim()).filter(|text| !text.is_empty()),
            _ => None,
        }
    }

    /// The texts under any of `keys`, here or under `taxonomies` (as Zola has them): one text, a list of
    /// them, or maps that hold one as their `name`. Trimmed, without empty ones.
    pub fn texts(&self, keys: &[&str]) -> Vec<String> {
        let mut found = Vec::new();
        let taxonomies = match self.0.get("taxonomies") {
            Some(Value::Map(map)) => Some(map),
            _ => None,
        };
        for map in std::iter::once(&self.0).chain(taxonomies) {
            keys.iter().filter_map(|key| map.get(*key)).for_each(|value| value.collect_texts(&mut found));
        }
        found
    }

    /// Whether the key is set to true, in any of YAML's words for it.
    pub fn is_true(&self, key: &str) -> bool {
        self.text(key)
            .is_some_and(|text| ["true", "yes", "on"].iter().any(|yes| text.eq_ignore_ascii_case(yes)))
    }
}

impl Value {
    fn collect_texts(&self, found: &mut Vec<String>) {
        match self {
            Value::Nothing => {}
            Value::Text(text) if text.trim().is_empty() => {}
            Value::Text(text) => found.push(text.trim().to_owned()),
            Value::List(values) => values.iter().for_each(|value| value.collect_texts(found)),
            Value::Map(map) => map.get("name").into_iter().for_each(|name| name.collect_texts(found)),
        }
    }

    fn holds_nul(&self) -> bool {
        match self {
            Value::Nothing => false,
            Value::Text(text) => text.contains('\0'),
            Value::List(values) => values.iter().any(Value::holds_nul),
            Value::Map(map) => map.values().any(Value::holds_nul),
        }
    }
}

const YAML_FENCE: &str = "---";
const TOML_FENCE: &str = "+++";

/// The fence, what it encloses, and what follows. Blank lines may precede it. The head keeps an empty line
/// for each line above it, so that a parser's line numbers are the file's.
fn split(text: &str) -> Result<(&str, String, &str), Reason> {
    let start = text.len() - text.trim_start().len();
    let (opening, rest) = text[start..].split_once('\n').unwrap_or((&text[start..], ""));
    let fence = opening.trim_end();
    if fence != YAML_FENCE && fence != TOML_FENCE {
        return Err(Reason::NoFrontMatter);
    }
    let mut length = 0;
    for line in rest.split_inclusive('\n') {
        if line.trim_end() == fence {
            let above = text[..start].matches('\n').count() + 1;
            return Ok((fence, "\n".repeat(above) + &rest[..length], &rest[length + line.len()..]));
        }
        length += line.len();
    }
    Err(Reason::NoClosingFence)
}

fn toml(head: &str) -> Result<Value, String> {
    match head.parse::<toml::Table>() {
        Ok(table) => Ok(toml::Value::Table(table).into()),
        Err(error) => {
            // The first line says where, the message what.
            let whole = error.to_string();
            let position = whole.lines().next().unwrap_or_default();
            Err(format!("{position}: {}", error.message().lines().next().unwrap_or_default()))
        }
    }
}

impl From<toml::Value> for Value {
    fn from(value: toml::Value) -> Self {
        match value {
            toml::Value::String(text) => Value::Text(text),
            toml::Value::Integer(number) => Value::Text(number.to_string()),
            toml::Value::Float(number) => Value::Text(number.to_string()),
            toml::Value::Boolean(truth) => Value::Text(truth.to_string()),
            toml::Value::Datetime(at) => Value::Text(at.to_string()),
            toml::Value::Array(values) => Value::List(values.into_iter().map(Value::from).collect()),
            toml::Value::Table(map) => {
                Value::Map(map.into_iter().map(|(key, value)| (key, value.into())).collect())
            }
        }
    }
}

fn yaml(head: &str) -> Result<Value, String> {
    if head.trim().is_empty() {
        return Ok(Value::Nothing);
    }
    let mut head = Cow::Borrowed(head);
    for _ in 0..MAX_INDENTS {
        let options = serde_saphyr::options! { with_snippet: false, reject_non_finite_typeless_float: false };
        let error = match serde_saphyr::from_str_with_options::<Node>(&head, options) {
            Ok(node) => return Ok(node.into_value(&head)),
            Err(error) => error,
        };
        let words = error.to_string();
        let line = error.location().and_then(|at| usize::try_from(at.line()).ok()).unwrap_or(0);
        match line_start(&head, line).filter(|_| words.contains(OUTDENTED)) {
            Some(start) => head.to_mut().insert(start, ' '),
            None => return Err(words.lines().next().unwrap_or_default().to_owned()),
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
    Map(BTreeMap<String, Node>),
}

impl Node {
    fn into_value(self, source: &str) -> Value {
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
                Value::List(nodes.into_iter().map(|node| node.into_value(source)).collect())
            }
            Shape::Map(nodes) => {
                Value::Map(nodes.into_iter().map(|(key, node)| (key, node.into_value(source))).collect())
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
        let mut nodes = BTreeMap::new();
        while let Some((key, node)) = access.next_entry()? {
            nodes.insert(key, node);
        }
        Ok(Shape::Map(nodes))
    }
}
