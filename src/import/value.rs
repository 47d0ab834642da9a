//! A value, whatever it is written in.

use std::collections::BTreeMap;

/// A value of a head or of a file about people. Every scalar is text, as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Nothing,
    Text(String),
    List(Vec<Value>),
    Map(BTreeMap<String, Value>),
}

impl Value {
    /// The text, trimmed; `None` when it is empty or something else.
    pub fn text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text.trim()).filter(|text| !text.is_empty()),
            _ => None,
        }
    }

    /// All texts in it: one, a list of them, or maps that hold one as their `name`, `label` or `tag`. Trimmed, without empty ones.
    pub fn texts(&self) -> Vec<String> {
        let mut found = Vec::new();
        self.collect_texts(&mut found);
        found
    }

    fn collect_texts(&self, found: &mut Vec<String>) {
        match self {
            Value::Nothing => {}
            Value::Text(_) => found.extend(self.text().map(str::to_owned)),
            Value::List(values) => values.iter().for_each(|value| value.collect_texts(found)),
            Value::Map(map) => {
                ["name", "label", "tag"]
                    .iter()
                    .find_map(|key| map.get(*key))
                    .into_iter()
                    .for_each(|name| name.collect_texts(found));
            }
        }
    }

    /// Whether a text in it has the character U+0000.
    pub fn holds_nul(&self) -> bool {
        match self {
            Value::Nothing => false,
            Value::Text(text) => text.contains('\0'),
            Value::List(values) => values.iter().any(Value::holds_nul),
            Value::Map(map) => map.values().any(Value::holds_nul),
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
