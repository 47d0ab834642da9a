//! A value, whatever it is written in.

use std::collections::{BTreeMap, HashMap};

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

    /// All texts in it: one, a list of them, or maps that hold one as their `name`, `label` or the like, or else as their keys. Trimmed, without empty ones.
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
                match ["name", "label", "tag", "title", "id", "slug"].iter().find_map(|key| map.get(*key)) {
                    Some(name) => name.collect_texts(found),
                    None => found.extend(map.keys().map(|key| key.trim().to_owned())),
                }
            }
        }
    }

    /// Whether a text in it has the character U+0000.
    pub fn holds_nul(&self) -> bool {
        match self {
            Value::Nothing => false,
            Value::Text(text) => text.contains('\0'),
            Value::List(values) => values.iter().any(Value::holds_nul),
            Value::Map(map) => map.iter().any(|(key, value)| key.contains('\0') || value.holds_nul()),
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

/// A map as it is read: of keys that are the same but for their spelling, the last one stays.
#[derive(Debug)]
pub(super) struct Keys<V> {
    pub map: BTreeMap<String, V>,
    /// How each key is spelled.
    spelled: HashMap<String, String>,
    /// The keys that came again.
    pub twice: Vec<String>,
}

impl<V> Keys<V> {
    pub fn new() -> Keys<V> {
        Keys { map: BTreeMap::new(), spelled: HashMap::new(), twice: Vec::new() }
    }

    pub fn add(&mut self, key: String, value: V) {
        if let Some(known) = self.spelled.insert(normal(&key), key.clone()) {
            self.map.remove(&known);
            self.twice.push(key.clone());
        }
        self.map.insert(key, value);
    }
}

/// By what a key is found.
pub(super) fn normal(key: &str) -> String {
    key.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
