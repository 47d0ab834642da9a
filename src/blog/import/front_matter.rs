//! What a document's head says, whatever it is written in.

use super::head::{Notation, split};
use super::report::Reason;
use super::value::{Keys, Value, normal};
use super::yaml;
use std::collections::BTreeMap;

/// The values of a head. Keys are found in any spelling: `publish_date`, `PublishDate` and `publish-date` are one.
#[derive(Debug, Default)]
pub(super) struct FrontMatter {
    /// The head itself, then what it has under `extra` (Zola), `params` (Hugo), `taxonomies` (Zola) and `taxonomy` (Grav).
    levels: Vec<BTreeMap<String, Value>>,
    /// The keys that stand in it more than once.
    pub twice: Vec<String>,
    /// Whether the document has a head.
    pub is_there: bool,
}

/// Takes a document apart into its front matter and its body, whose lines then end in LF alone.
pub(super) fn parse(text: &str) -> Result<(FrontMatter, String), Reason> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n").replace('\r', "\n");
    let parts = split(&text)?;
    let mut twice = Vec::new();
    let value = match parts.notation {
        Notation::None => Ok(Value::Nothing),
        Notation::Yaml => yaml::read(&parts.head, &mut twice),
        Notation::Toml => toml(&parts.head),
        Notation::Lines => Ok(lines(&parts.head, &mut twice)),
    };
    let value = value.map_err(Reason::BadFrontMatter)?;
    let holds_nul = value.holds_nul();
    let map = match value {
        Value::Map(map) => map,
        Value::Nothing => BTreeMap::new(),
        _ => return Err(Reason::BadFrontMatter("it holds no keys".to_owned())),
    };
    // The files' own bytes were looked through before; escapes ("\0", "\u0000") only show here.
    if holds_nul {
        return Err(Reason::NulCharacter);
    }
    let is_there = parts.notation != Notation::None;
    let body = parts.body.trim_start_matches('\n').trim_end().to_owned();
    Ok((FrontMatter { is_there, ..FrontMatter::new(map, twice) }, body))
}

/// A file of nothing but values, by its ending: `authors.yml`.
pub(super) fn parse_data(path: &str, text: &str) -> Result<Value, Reason> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let value = if path.ends_with(".toml") { toml(text) } else { yaml::read(text, &mut Vec::new()) };
    let value = value.map_err(Reason::BadData)?;
    if value.holds_nul() { Err(Reason::NulCharacter) } else { Ok(value) }
}

impl FrontMatter {
    pub fn new(map: BTreeMap<String, Value>, mut twice: Vec<String>) -> FrontMatter {
        let mut levels = vec![BTreeMap::new()];
        let mut nested = Vec::new();
        for (key, value) in map {
            let name = normal(&key);
            match value {
                Value::Map(map) if ["taxonomies", "taxonomy", "extra", "params"].contains(&&*name) => {
                    nested.push(map);
                }
                value => {
                    if levels[0].insert(name, value).is_some() {
                        twice.push(key);
                    }
                }
            }
        }
        levels.extend(
            nested.into_iter().map(|map| map.into_iter().map(|(key, value)| (normal(&key), value)).collect()),
        );
        FrontMatter { levels, twice, is_there: true }
    }

    /// The values of these keys, which are in lowercase, without marks: those of the first key first.
    pub fn values<'a, 'k>(&'a self, keys: &'k [&'k str]) -> impl Iterator<Item = &'a Value> + use<'a, 'k> {
        keys.iter().flat_map(|key| self.levels.iter().filter_map(move |level| level.get(*key)))
    }

    /// The first text under one of `keys`, trimmed; `None` when all are missing, empty, or not a single value.
    pub fn text(&self, keys: &[&str]) -> Option<&str> {
        self.values(keys).find_map(Value::text)
    }

    /// What a key says of yes or no, in any of YAML's words for it; the first such word, if it is there several times.
    pub fn truth(&self, key: &str) -> Option<bool> {
        self.values(&[key]).flat_map(Value::texts).find_map(|text| {
            let is_one_of = |words: [&str; 5]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
            match (is_one_of(["true", "yes", "on", "1", "y"]), is_one_of(["false", "no", "off", "0", "n"])) {
                (true, _) => Some(true),
                (_, true) => Some(false),
                _ => None,
            }
        })
    }

    /// Whether a key says anything but no, anywhere.
    pub fn is_wished(&self, key: &str) -> bool {
        let is_no =
            |text: &String| ["false", "no", "off", "0", "n"].iter().any(|no| text.eq_ignore_ascii_case(no));
        self.values(&[key]).flat_map(Value::texts).any(|text| !is_no(&text))
    }
}

/// `Key: value`, one a line. An indented line goes on with the value above it.
fn lines(head: &str, twice: &mut Vec<String>) -> Value {
    let mut keys = Keys::new();
    let mut last = String::new();
    for line in head.lines().filter(|line| !line.trim().is_empty()) {
        let is_more = line.starts_with([' ', '\t']);
        match (line.split_once(':'), keys.map.get_mut(&last)) {
            (_, Some(Value::Text(value))) if is_more => value.extend([" ", line.trim()]),
            (Some((key, value)), _) => {
                last = key.trim().to_owned();
                keys.add(last.clone(), Value::Text(value.trim().to_owned()));
            }
            _ => {}
        }
    }
    twice.append(&mut keys.twice);
    Value::Map(keys.map)
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
