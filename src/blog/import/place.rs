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

/// Whether a folder of this name holds drafts.
pub(super) fn is_of_drafts(folder: &str) -> bool {
    let folder = folder.trim_start_matches('_').to_lowercase();
    folder == "drafts" || folder == "draft"
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
        let (stem, language) = stem_and_language(file);
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
                _ => return Ok(Place::AmongPeople(Place::post(path))),
            }
        }
        if is_section {
            return Err(Reason::SectionPage);
        }
        Ok(Place::Post(Place::post(path)))
    }

    /// What the path of a post says, wherever it lies.
    pub fn post(path: &str) -> PostPlace<'_> {
        let (folders, file) = path.rsplit_once('/').unwrap_or(("", path));
        let (stem, language) = stem_and_language(file);
        PostPlace::of(path, folders, stem, language)
    }
}

/// A file's name without its ending and its language.
fn stem_and_language(file: &str) -> (&str, &str) {
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    match stem.rsplit_once('.') {
        Some((stem, end)) if !stem.is_empty() && is_language(end) => (stem, end),
        _ => (stem, ""),
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
            is_draft: folders.split('/').any(is_of_drafts) || stem.ends_with(".draft"),
            // Hexo's are below `source`.
            source: (!has("_posts") && !has("_drafts")).then(|| hexo_source(path)).flatten(),
            is_jekyll: (has("_posts") || has("_drafts")) && !has("source"),
        }
    }

    /// The title that its name makes.
    pub fn title(&self) -> Option<String> {
        title(self.name?)
    }
}

/// The title that Jekyll makes of a file's name: `hello-world` is `Hello World`.
pub(super) fn title(name: &str) -> Option<String> {
    let words = name.split(['-', '_', ' ']).filter(|word| !word.is_empty());
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>())
    };
    let words: Vec<String> = words.filter_map(capital).collect();
    Some(words.join(" ")).filter(|title| !title.is_empty())
}

/// The path up to Hexo's folder `source`, which is the first of that name.
pub(super) fn hexo_source(path: &str) -> Option<&str> {
    if path.starts_with("source/") {
        return Some(&path[.."source/".len()]);
    }
    path.find("/source/").map(|at| &path[..at + "/source/".len()])
}

/// The codes of ISO 639-1 that are not also endings of programs (`ts`).
const LANGUAGES: &str = "aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en \
    eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik is it iu ja jv ka kg \
    ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc \
    oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl \
    tn to tr tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu";

/// Whether `text` is a language tag: `es`, `pt-BR`.
pub(super) fn is_language(text: &str) -> bool {
    let (language, region) = text.split_once(['-', '_']).unwrap_or((text, "XX"));
    let is_region = (2..=4).contains(&region.len()) && region.chars().all(|c| c.is_ascii_alphabetic());
    is_region && LANGUAGES.split_ascii_whitespace().any(|code| code == language)
}
