//! What documents mean: every person, post and tag they make, planned without asking the database.
//!
//! The plan is the same whatever order the documents come in. Where two of them compete, the first by path
//! wins; a tag is spelled as the oldest post that carries it spells it (by path within one date).

use super::document::Document;
use super::front_matter::{self, FrontMatter};
use super::report::{NotCarried, Reason};
use crate::db::{Id, Timestamp};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Everything there is to write.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// By username.
    pub people: BTreeMap<String, Person>,
    /// By name in lowercase.
    pub tags: BTreeMap<String, Tag>,
    /// Oldest first.
    pub posts: Vec<Post>,
}

#[derive(Debug)]
pub(super) struct Person {
    /// The date of the oldest post that names the person; without one, that of the oldest post of all.
    pub at: Timestamp,
    /// What the person's page says.
    pub page: Option<Page>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Page {
    pub display_name: String,
    pub bio: Option<String>,
    pub website_url: Option<String>,
}

#[derive(Debug)]
pub(super) struct Tag {
    pub name: String,
    /// The date of the oldest post that carries it.
    pub at: Timestamp,
}

#[derive(Debug)]
pub(super) struct Post {
    pub id: Id,
    pub at: Timestamp,
    pub draft: bool,
    pub title: String,
    pub content: String,
    /// The usernames of all its authors, its own first.
    pub authors: Vec<String>,
    /// In the writer's order, as written; none twice.
    pub tags: Vec<String>,
    path: String,
}

/// By what name a tag is recognised.
pub(super) fn tag_key(name: &str) -> String {
    name.to_lowercase()
}

/// Plans every row, and says what found no place; both by path.
pub(super) fn plan(mut documents: Vec<Document>) -> (Plan, Vec<NotCarried>) {
    documents.sort_by(|a, b| a.path.cmp(&b.path));
    let mut reader = Reader::default();
    for document in documents {
        let path = document.path.clone();
        if let Err(reason) = reader.read(document) {
            reader.report(&path, reason);
        }
    }
    reader.not_carried.sort_by(|a, b| a.path.cmp(&b.path));
    let not_carried = std::mem::take(&mut reader.not_carried);
    (reader.into_plan(), not_carried)
}

/// What the documents read so far have said.
#[derive(Default)]
struct Reader {
    /// With the path of the page that each comes from.
    pages: BTreeMap<String, (Page, String)>,
    posts: Vec<Post>,
    /// The path of the file that each post comes from.
    post_paths: HashMap<Id, String>,
    not_carried: Vec<NotCarried>,
}

impl Reader {
    fn read(&mut self, document: Document) -> Result<(), Reason> {
        if document.text.contains('\0') {
            return Err(Reason::NulCharacter);
        }
        let Document { path, text } = document;
        let place = Place::of(&path)?;
        let (front, body) = front_matter::parse(&text)?;
        match place {
            Place::Person => self.read_person(&path, &front, &body),
            Place::Post(place) => self.read_post(&path, &place, &front, body),
        }
    }

    fn read_person(&mut self, path: &str, front: &FrontMatter, body: &str) -> Result<(), Reason> {
        let display_name = front.text("name").ok_or(Reason::NoName)?.to_owned();
        let username = slug::slugify(&display_name);
        if username.is_empty() {
            return Err(Reason::NoName);
        }
        bounded(&username)?;
        if let Some((_, first)) = self.pages.get(&username) {
            return Err(Reason::SamePerson(first.clone()));
        }
        let bio = Some(body.trim()).filter(|body| !body.is_empty()).or(front.text("bio")).map(str::to_owned);
        let website_url = front.text("link").map(str::to_owned);
        self.pages.insert(username, (Page { display_name, bio, website_url }, path.to_owned()));
        Ok(())
    }

    fn read_post(
        &mut self,
        path: &str,
        place: &PostPlace<'_>,
        front: &FrontMatter,
        content: String,
    ) -> Result<(), Reason> {
        let title = front.text("title").ok_or(Reason::NoTitle)?.to_owned();
        let (authors, names, nameless) = authors(front);
        let (Some(_), Some((_, co_authors))) = (authors.first(), names.split_first()) else {
            return Err(Reason::NoAuthor);
        };
        let mut seen = HashSet::new();
        let mut tags = front.texts(&["tags"]);
        tags.retain(|tag| seen.insert(tag_key(tag)));
        authors.iter().chain(&tags).try_for_each(|name| bounded(name))?;
        let written = front.text("date");
        let read = written.and_then(|date| date.parse().ok());
        let at = read.or(place.date).ok_or_else(|| match written {
            Some(written) => Reason::UnusableDate(written.to_owned()),
            None => Reason::NoDate,
        })?;
        let slug = front.text("slug").or(place.slug).ok_or(Reason::NoSlug)?;
        let id = Id::derived(at, &format!("post/{at}/{slug}/{}", place.language));
        if let Some(first) = self.post_paths.get(&id) {
            return Err(Reason::SamePost(first.clone()));
        }
        self.post_paths.insert(id, path.to_owned());
        if let (None, Some(written)) = (read, written) {
            self.report(path, Reason::BadDate(written.to_owned()));
        }
        if !nameless.is_empty() {
            self.report(path, Reason::NoUsername(nameless));
        }
        if !co_authors.is_empty() {
            self.report(path, Reason::CoAuthors(co_authors.to_vec()));
        }
        let (draft, path) = (front.is_true("draft"), path.to_owned());
        self.posts.push(Post { id, at, draft, title, content, authors, tags, path });
        Ok(())
    }

    fn report(&mut self, path: &str, reason: Reason) {
        self.not_carried.push(NotCarried { path: path.to_owned(), reason });
    }

    fn into_plan(self) -> Plan {
        let Reader { pages, mut posts, .. } = self;
        posts.sort_by(|a, b| (a.at, &a.path).cmp(&(b.at, &b.path)));
        // From the oldest post on, whoever comes first is the one to keep.
        let (mut people, mut tags) = (BTreeMap::new(), BTreeMap::new());
        for post in &posts {
            for author in &post.authors {
                people.entry(author.clone()).or_insert(Person { at: post.at, page: None });
            }
            for name in &post.tags {
                tags.entry(tag_key(name)).or_insert_with(|| Tag { name: name.clone(), at: post.at });
            }
        }
        // Without any post there is no date to go by: 1970, rather than one that differs at each import.
        let oldest = posts.first().map(|post| post.at).unwrap_or_default();
        for (username, (page, _)) in pages {
            people.entry(username).or_insert(Person { at: oldest, page: None }).page = Some(page);
        }
        Plan { people, tags, posts }
    }
}

/// The most characters of a username or tag.
const MAX_NAME: usize = 200;

fn bounded(name: &str) -> Result<(), Reason> {
    if name.chars().count() <= MAX_NAME {
        Ok(())
    } else {
        Err(Reason::TooLong(name.chars().take(40).collect()))
    }
}

/// A post's authors, each once: usernames, the same people's names as written, and the names that make no
/// username.
fn authors(front: &FrontMatter) -> (Vec<String>, Vec<String>, Vec<String>) {
    let (mut usernames, mut names, mut nameless) = (Vec::new(), Vec::new(), Vec::new());
    for name in front.texts(&["author", "authors"]) {
        let username = slug::slugify(&name);
        if username.is_empty() {
            nameless.push(name);
        } else if !usernames.contains(&username) {
            usernames.push(username);
            names.push(name);
        }
    }
    (usernames, names, nameless)
}

/// Whether a folder of this name holds people's pages.
pub(super) fn is_of_people(folder: &str) -> bool {
    folder == "author" || folder == "authors"
}

/// What a file is, by where it lies.
enum Place<'a> {
    Person,
    Post(PostPlace<'a>),
}

/// What a post's path says about it.
struct PostPlace<'a> {
    date: Option<Timestamp>,
    slug: Option<&'a str>,
    /// `es` of `index.es.md`; empty when the name has none.
    language: &'a str,
}

impl Place<'_> {
    fn of(path: &str) -> Result<Place<'_>, Reason> {
        let (folders, file) = path.rsplit_once('/').unwrap_or(("", path));
        let is_section = file.starts_with("_index.");
        if folders.split('/').any(is_of_people) {
            return match file {
                // The page about all of them.
                "_index.md" if folders.rsplit('/').next().is_some_and(is_of_people) => Err(Reason::NoName),
                "_index.md" => Ok(Place::Person),
                _ if is_section => Err(Reason::Translation),
                _ => Err(Reason::NotAPerson),
            };
        }
        if is_section {
            return Err(Reason::SectionPage);
        }
        let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
        let (stem, language) = match stem.rsplit_once('.') {
            Some((stem, end)) if !stem.is_empty() && is_language(end) => (stem, end),
            _ => (stem, ""),
        };
        let folder = folders.rsplit('/').next().filter(|folder| !folder.is_empty());
        let named = if stem == "index" { folder } else { Some(stem) };
        let (date, slug) = named.map_or((None, None), |name| match split_date(name) {
            Some((date, rest)) => (Some(date), Some(rest)),
            None => (None, Some(name)),
        });
        Ok(Place::Post(PostPlace { date, slug, language }))
    }
}

/// Whether `text` looks like a language tag: `es`, `pt-BR`.
fn is_language(text: &str) -> bool {
    let (language, region) = text.split_once(['-', '_']).unwrap_or((text, "XX"));
    let letters = |text: &str| text.chars().all(|c| c.is_ascii_alphabetic());
    (2..=3).contains(&language.len()) && letters(language) && region.len() == 2 && letters(region)
}

/// Takes a `YYYY-MM-DD-` off the front of a name.
fn split_date(name: &str) -> Option<(Timestamp, &str)> {
    let (date, rest) = (name.get(..10)?, name.get(10..)?.strip_prefix('-')?);
    let shape = date.bytes().map(|byte| if byte.is_ascii_digit() { b'0' } else { byte });
    if rest.is_empty() || !shape.eq(*b"0000-00-00") {
        return None;
    }
    Some((date.parse().ok()?, rest))
}
