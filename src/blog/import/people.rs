//! Who there is, by people's pages and files: the names behind the keys that posts use.

use super::front_matter::FrontMatter;
use super::names;
use super::place::{is_language, is_of_people, is_settings};
use super::report::{Reason, bounded};
use super::value::{Value, normal};
use std::collections::{BTreeMap, HashMap};

/// The people of a blog, by [`names::key`] of their names.
#[derive(Debug, Default)]
pub(super) struct Directory {
    pub people: BTreeMap<String, Known>,
    /// The people by the keys that posts may use for them, and the folders in which posts may: those of a file about people are below
    /// the folder that it is in.
    keys: HashMap<String, Vec<(String, String)>>,
}

/// A person with a page, or an entry in a file.
#[derive(Debug)]
pub(super) struct Known {
    pub page: Page,
    /// What posts may call the person, besides by name; as [`names::key`] has it.
    pub keys: Vec<String>,
    /// Whether it is an entry of a file, which a page of its own goes before.
    is_entry: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Page {
    pub display_name: String,
    pub bio: Option<String>,
    pub website_url: Option<String>,
    /// The file it comes from, below the imported folder. With `#` and its key, if others are in it as well.
    pub path: String,
}

/// Fields that hold a person's key. `title` is a person's name only on a page: in a file it is what they do.
const KEYS: [&str; 7] = ["key", "id", "slug", "username", "shortname", "nickname", "login"];
const NAMES: [&str; 3] = ["displayname", "name", "fullname"];

impl Directory {
    /// Adds the person whose page this is. The key comes from its path.
    pub fn add_page(&mut self, path: &str, key: &str, front: &FrontMatter, body: &str) -> Result<(), Reason> {
        let name =
            name_of(front).or_else(|| front.text(&["title"]).map(str::to_owned)).ok_or(Reason::NoName)?;
        let bio = Some(body.trim()).filter(|body| !body.is_empty());
        self.add(path, Some(key), &name, bio, front, false)
    }

    /// Adds the people of a file.
    pub fn add_file(&mut self, path: &str, key: &str, value: Value) -> Result<(), Reason> {
        let entries = match value {
            Value::Map(mut map) if is_settings(path) => {
                entries(map.remove("authors").unwrap_or(Value::Nothing), key)
            }
            value => entries(value, key),
        };
        // A site's settings, which need not be about people.
        let mut is_empty = !is_settings(path);
        for (key, front) in entries {
            let Some(name) = name_of(&front) else { continue };
            let path = key.as_ref().map_or(path.to_owned(), |key| format!("{path}#{key}"));
            // The page says more, or an earlier file has said it; and an entry that cannot be is no reason to leave out the others.
            if let Ok(()) | Err(Reason::SamePerson(_)) =
                self.add(&path, key.as_deref(), &name, None, &front, true)
            {
                is_empty = false;
            }
        }
        if is_empty { Err(Reason::NoName) } else { Ok(()) }
    }

    fn add(
        &mut self,
        path: &str,
        key: Option<&str>,
        name: &str,
        bio: Option<&str>,
        front: &FrontMatter,
        is_entry: bool,
    ) -> Result<(), Reason> {
        let display_name = name.to_owned();
        let person = names::key(name);
        if slug::slugify(name).is_empty() || person.is_empty() {
            return Err(Reason::NoName);
        }
        bounded("a name", name, 200)?;
        bounded("a name", &slug::slugify(name), 200)?;
        key.map_or(Ok(()), |key| bounded("a key", key, 200))?;
        let bio = bio.or(front.text(&["bio", "description", "about", "shortbio"])).map(str::to_owned);
        let is_address = |text: &&str| text.starts_with("http://") || text.starts_with("https://");
        let link = front.text(&["link", "website", "websiteurl", "homepage", "web"]);
        let website_url = link.or(front.text(&["url", "uri", "site"]).filter(is_address)).map(str::to_owned);
        bounded("a biography", bio.as_deref().unwrap_or_default(), 100_000)?;
        bounded("an address", website_url.as_deref().unwrap_or_default(), 2000)?;
        let mut keys: Vec<String> = key.into_iter().chain(front.text(&KEYS)).map(names::key).collect();
        keys.retain(|key| !key.is_empty() && *key != person && key.chars().count() <= 200);
        keys.dedup();
        for key in &keys {
            self.keys.entry(key.clone()).or_default().push((scope(path).to_owned(), person.clone()));
        }
        let page = Page { display_name, bio, website_url, path: path.to_owned() };
        match self.people.get_mut(&person) {
            None => {
                self.people.insert(person, Known { page, keys, is_entry });
                Ok(())
            }
            Some(known) => {
                known.keys.extend(keys);
                if known.is_entry && !is_entry {
                    (known.page, known.is_entry) = (page, false);
                    return Ok(());
                }
                Err(Reason::SamePerson(known.page.path.clone()))
            }
        }
    }

    /// By what key the person is known whom the post at `path` calls `name`; a name as good as that, if nobody has such a key. The
    /// nearest folder counts.
    pub fn find(&self, name: &str, path: &str) -> String {
        let key = names::key(name);
        // TinaCMS names the file: `content/authors/kro.md`.
        let stem = name.rsplit_once('/').and_then(|(_, file)| Some(names::key(file.rsplit_once('.')?.0)));
        let known = |key: &String| {
            let all = self.keys.get(key)?;
            let near = all.iter().filter(|(scope, _)| path.starts_with(scope.as_str()));
            near.max_by_key(|(scope, _)| scope.len()).or(all.first()).map(|(_, person)| person.clone())
        };
        known(&key).or_else(|| stem.as_ref().and_then(known)).unwrap_or(key)
    }
}

/// The folder that a page or file about people is for, with a slash at its end: the one that the folder of people or data lies in.
fn scope(path: &str) -> &str {
    let mut end = path.rfind('/').map_or(0, |at| at + 1);
    while let Some(folder) =
        path[..end].trim_end_matches('/').rsplit('/').next().filter(|folder| !folder.is_empty())
    {
        let above = end - folder.len() - 1;
        let is_inside = path[..above].split('/').any(is_of_people);
        if !is_of_people(folder) && !is_inside && folder != "data" && folder != "_data" {
            break;
        }
        end = above;
    }
    &path[..end]
}

fn name_of(front: &FrontMatter) -> Option<String> {
    let whole = front.text(&NAMES).map(str::to_owned);
    whole.or_else(|| {
        let first = front.text(&["firstname", "givenname", "first", "given"])?;
        Some(format!("{first} {}", front.text(&["lastname", "familyname", "surname", "last", "family"])?))
    })
}

/// The people in a file, each with a key: a map by key, a list, or both under `authors`; `key` is for a file about one person.
fn entries(value: Value, key: &str) -> Vec<(Option<String>, FrontMatter)> {
    let front = |map| FrontMatter::new(map, Vec::new());
    match value {
        Value::Map(mut map) => {
            if let Some(inner) = map.remove("authors").or_else(|| map.remove("people")) {
                return entries(inner, key);
            }
            if map.get("name").is_some_and(|name| name.text().is_some()) {
                return vec![(Some(key.to_owned()), front(map))];
            }
            let entry = |(key, value)| match value {
                Value::Map(map) => Some((Some(key), front(map))),
                Value::Text(_) => Some((Some(key), front(BTreeMap::from([("name".to_owned(), value)])))),
                _ => None,
            };
            map.into_iter().filter_map(entry).collect()
        }
        Value::List(values) => {
            let entry = |value| match value {
                Value::Map(map) => Some(front(map)),
                _ => None,
            };
            let entries = values.into_iter().filter_map(entry);
            entries
                .map(|front| (front.text(&KEYS).or(front.text(&NAMES)).map(str::to_owned), front))
                .collect()
        }
        _ => Vec::new(),
    }
}

/// A post's authors as it names them: the texts of all keys that generators use for it.
pub(super) fn in_front_matter(front: &FrontMatter) -> Vec<String> {
    const AUTHORS: [&str; 8] =
        ["author", "authors", "by", "authorname", "byline", "creator", "writer", "postauthor"];
    let mut names = Vec::new();
    for value in front.values(&AUTHORS) {
        match value {
            // One text may name several; in a list, a comma is part of a name.
            Value::Text(text) => names.extend(names::in_byline(text)),
            value => collect(value, &mut names),
        }
    }
    names
}

/// What a map says of a person besides the name.
const FACTS: [&str; 12] = [
    "email", "mail", "twitter", "github", "mastodon", "url", "link", "website", "image", "avatar", "bio",
    "orcid",
];

fn collect(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::Nothing => {}
        Value::Text(text) => names.extend(Some(names::plain(text)).filter(|name| !name.is_empty())),
        Value::List(values) => values.iter().for_each(|value| collect(value, names)),
        Value::Map(map) => {
            let front = FrontMatter::new(map.clone(), Vec::new());
            match name_of(&front).or_else(|| front.text(&KEYS).map(str::to_owned)) {
                Some(name) => collect(&Value::Text(name), names),
                None => {
                    let texts = map.iter().filter(|(key, _)| is_language(key));
                    let mut names_by_language = texts.filter_map(|(_, value)| value.text());
                    match names_by_language.next() {
                        Some(name) => collect(&Value::Text(name.to_owned()), names),
                        // Distill's: the name is the key, what follows is an address.
                        None => map.keys().filter(|key| !FACTS.contains(&&*normal(key))).for_each(|name| {
                            collect(&Value::Text(name.clone()), names);
                        }),
                    }
                }
            }
        }
    }
}
