//! What a file's path says about it.

use super::dates;
use super::report::Reason;
use crate::db::Timestamp;

/// The endings of files that are read as Markdown, in lowercase.
pub(super) const MARKDOWN: [&str; 3] = ["md", "markdown", "mdx"];

/// What a file is, by where it lies.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place<'a> {
    /// A file about people, as Docusaurus, MkDocs, Jekyll and Hugo keep it. The key is for a file about one person.
    People {
        key: &'a str,
    },
    /// The page of the person with this key.
    Person {
        key: &'a str,
    },
    /// Among people's pages, but not one itself. It is a post if it has a date.
    AmongPeople(PostPlace<'a>),
    Post(PostPlace<'a>),
}

/// What a post's path says about it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct PostPlace<'a> {
    /// The name without ending, date and language; the folder's, if the file is an `index.md`.
    pub name: Option<&'a str>,
    pub date: Option<Timestamp>,
    /// `es` of `index.es.md`; empty when the name has none.
    pub language: &'a str,
    /// Whether a folder says that it is a draft.
    pub is_draft: bool,
    /// Whether it is where Jekyll has its posts.
    pub is_jekyll: bool,
    /// The folder that Hexo has its pages in, if this may be one: all but `_posts` and `_drafts` below `source`.
    pub source: Option<&'a str>,
}

/// Whether a folder of this name holds people's pages.
pub(super) fn is_of_people(folder: &str) -> bool {
    ["author", "authors", "_author", "_authors"].contains(&folder)
}

/// Whether a file keeps people as data: `authors.yml`, `_data/people.json`, `data/authors/kro.toml`.
pub(super) fn is_people_data(path: &str) -> bool {
    let mut parts = path.rsplit('/');
    let Some((stem, ending)) = parts.next().and_then(|file| file.rsplit_once('.')) else { return false };
    let parent = parts.next().unwrap_or_default();
    let is_data = |folder: &str| folder == "data" || folder == "_data";
    let stem = stem.trim_start_matches('.');
    ["yml", "yaml", "json", "toml"].contains(&ending)
        && (is_of_people(stem)
            || is_of_people(parent)
            || is_settings(path)
            || (is_data(parent) && ["people", "team", "members", "contributors"].contains(&stem)))
}

/// Whether a file has Jekyll's settings, where some themes keep people.
pub(super) fn is_settings(path: &str) -> bool {
    ["_config.yml", "_config.yaml"].contains(&path)
}

impl Place<'_> {
    pub fn of(path: &str) -> Result<Place<'_>, Reason> {
        let (folders, file) = path.rsplit_once('/').unwrap_or(("", path));
        let whole_stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
        if is_people_data(path) {
            return Ok(Place::People { key: whole_stem });
        }
        let (stem, language) = match whole_stem.rsplit_once('.') {
            Some((stem, end)) if !stem.is_empty() && is_language(end) => (stem, end),
            _ => (whole_stem, ""),
        };
        let folder = folders.rsplit('/').next().filter(|folder| !folder.is_empty());
        let is_section = file.starts_with("_index.");
        if folders.split('/').any(is_of_people) {
            let below = folders.rsplit('/').take_while(|folder| !is_of_people(folder)).count();
            let is_index = stem == "_index" || stem == "index";
            let key = if is_index { folder } else { Some(stem) };
            match key {
                // The page about all of them.
                Some(_) if is_index && below == 0 => return Err(Reason::NoName),
                Some(key) if is_section || below == 0 || (is_index && below == 1) => {
                    return if language.is_empty() {
                        Ok(Place::Person { key })
                    } else {
                        Err(Reason::Translation)
                    };
                }
                _ => return Ok(Place::AmongPeople(PostPlace::of(path, folders, stem, language))),
            }
        }
        if is_section {
            return Err(Reason::SectionPage);
        }
        Ok(Place::Post(PostPlace::of(path, folders, stem, language)))
    }
}

impl<'a> PostPlace<'a> {
    fn of(path: &'a str, folders: &'a str, stem: &'a str, language: &'a str) -> PostPlace<'a> {
        let folder = folders.rsplit('/').next().filter(|folder| !folder.is_empty());
        let (place, name) = if stem == "index" {
            (folders, folder)
        } else {
            (&path[..folders.len() + usize::from(!folders.is_empty()) + stem.len()], Some(stem))
        };
        let name = name.map(|name| match dates::in_path(name) {
            Some((_, rest)) if !rest.is_empty() => rest,
            _ => name,
        });
        let has = |wanted: &str| folders.split('/').any(|folder| folder == wanted);
        PostPlace {
            name,
            date: dates::in_path(place).map(|(date, _)| date),
            language,
            is_draft: has("_drafts") || has("drafts"),
            // Hexo's are below `source`.
            source: (!has("_posts") && !has("_drafts")).then(|| hexo_source(path)).flatten(),
            is_jekyll: (has("_posts") || has("_drafts")) && !has("source"),
        }
    }

    /// The title that Jekyll makes of a file's name: `hello-world` is `Hello World`.
    pub fn title(&self) -> Option<String> {
        let words = self.name?.split(['-', '_', ' ']).filter(|word| !word.is_empty());
        let capital = |word: &str| {
            let mut letters = word.chars();
            letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>())
        };
        let words: Vec<String> = words.filter_map(capital).collect();
        Some(words.join(" ")).filter(|title| !title.is_empty())
    }
}

/// The path up to Hexo's folder `source`, which is the first of that name.
pub(super) fn hexo_source(path: &str) -> Option<&str> {
    if path.starts_with("source/") {
        return Some(&path[.."source/".len()]);
    }
    path.find("/source/").map(|at| &path[..at + "/source/".len()])
}

/// Whether `text` looks like a language tag: `es`, `pt-BR`.
fn is_language(text: &str) -> bool {
    let (language, region) = text.split_once(['-', '_']).unwrap_or((text, "XX"));
    let letters = |text: &str| text.chars().all(|c| c.is_ascii_alphabetic());
    (2..=3).contains(&language.len()) && letters(language) && region.len() == 2 && letters(region)
}
