//! What documents mean: every person, post and tag they make, planned without asking the database.
//!
//! The plan is the same whatever order the documents come in. Where two of them compete, the first by path
//! wins; a tag and a name are spelled as the oldest post that has them spells them.

use super::document::{Document, Options};
use super::front_matter;
use super::people::{self, Directory, Page};
use super::place::{Place, hexo_source, is_settings};
use super::post::{self, Post, tag_key};
use super::report::{NotCarried, Reason};
use crate::db::Timestamp;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Everything there is to write.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// By [`super::names::key`].
    pub people: BTreeMap<String, Person>,
    /// By name in lowercase.
    pub tags: BTreeMap<String, Tag>,
    /// Oldest first.
    pub posts: Vec<Post>,
    /// How many of the files it holds.
    pub files: usize,
    /// How many files are settings of the site, which is neither posts nor people.
    pub settings: usize,
    /// What found no place, by path.
    pub not_carried: Vec<NotCarried>,
}

#[derive(Debug)]
pub(super) struct Person {
    /// The name to show.
    pub name: String,
    /// The date of the oldest post that names the person; without one, that of the oldest post of all.
    pub at: Timestamp,
    /// What posts of this blog may call the person, besides by name.
    pub keys: Vec<String>,
    /// What the person's page says.
    pub page: Option<Page>,
}

#[derive(Debug)]
pub(super) struct Tag {
    pub name: String,
    /// The date of the oldest post that carries it.
    pub at: Timestamp,
}

/// Plans every row, and says what found no place.
pub(super) fn plan(mut documents: Vec<Document>, options: &Options) -> Plan {
    documents.sort_by(|a, b| a.path.cmp(&b.path));
    let has_posts = documents.iter().filter(|document| document.path.contains("source/_posts/"));
    let hexo = has_posts.filter_map(|document| hexo_source(&document.path).map(str::to_owned)).collect();
    let mut reader = Reader { options, people: Directory::default(), hexo, plan: Plan::default() };
    // People first: posts may call them by their keys.
    let posts = documents.into_iter().filter_map(|document| reader.read_people(document)).collect::<Vec<_>>();
    for document in posts {
        let path = document.path.clone();
        if let Err(reason) = reader.read_post(document) {
            reader.report(&path, reason);
        }
    }
    reader.into_plan()
}

struct Reader<'a> {
    options: &'a Options,
    people: Directory,
    /// The folders that Hexo has its pages in.
    hexo: HashSet<String>,
    plan: Plan,
}

impl Reader<'_> {
    /// Reads what is about people, and gives back what may be a post.
    fn read_people(&mut self, document: Document) -> Option<Document> {
        let Document { path, text } = &document;
        let place = if text.contains('\0') { Err(Reason::NulCharacter) } else { Place::of(path) };
        let read = match place {
            Ok(Place::Post(_) | Place::AmongPeople(_)) => return Some(document),
            Ok(Place::Person { key }) => match front_matter::parse(text) {
                // Somebody's post, which lies among the pages.
                Ok((front, _)) if post::has_date(&front) && !people::in_front_matter(&front).is_empty() => {
                    return Some(document);
                }
                Ok((front, _)) if post::is_draft(&front) => Err(Reason::DraftPage),
                Ok((front, body)) => self.people.add_page(path, key, &front, &body),
                Err(reason) => Err(reason),
            },
            Ok(Place::People { key }) => {
                front_matter::parse_data(path, text).and_then(|value| self.people.add_file(path, key, value))
            }
            Err(reason) => Err(reason),
        };
        match read {
            // Its people are, but the file is not about them.
            Ok(()) if is_settings(path) => self.plan.settings += 1,
            Ok(()) => self.plan.files += 1,
            Err(reason) => self.report(path, reason),
        }
        None
    }

    fn read_post(&mut self, document: Document) -> Result<(), Reason> {
        let Document { path, text } = document;
        let (place, among_people) = match Place::of(&path)? {
            Place::Post(place) => (place, false),
            Place::AmongPeople(place) => (place, true),
            Place::Person { .. } => (Place::post(&path), true),
            Place::People { .. } => return Ok(()),
        };
        let (front, body) = front_matter::parse(&text)?;
        if post::is_page(&front) || place.source.is_some_and(|source| self.hexo.contains(source)) {
            return Err(Reason::Page);
        }
        let read = post::read(&path, &place, &front, body, &self.people, self.options);
        let (post, lost) = match read {
            Err(Reason::NoDate | Reason::NoFrontMatter) if among_people => return Err(Reason::NotAPerson),
            read => read?,
        };
        lost.into_iter().for_each(|reason| self.report(&path, reason));
        self.plan.files += 1;
        self.plan.posts.push(post);
        Ok(())
    }

    fn report(&mut self, path: &str, reason: Reason) {
        self.plan.not_carried.push(NotCarried { path: path.to_owned(), reason });
    }

    fn into_plan(mut self) -> Plan {
        self.tell_ids_apart();
        let Reader { people: directory, mut plan, .. } = self;
        plan.posts.sort_by(|a, b| (a.at, &a.path).cmp(&(b.at, &b.path)));
        let (mut people, mut tags) = (BTreeMap::new(), BTreeMap::<String, Tag>::new());
        // From the oldest post on: the first spelling counts, and of several on one date the first in the alphabet.
        for post in &plan.posts {
            for (key, name) in &post.authors {
                let person = || Person { name: name.clone(), at: post.at, keys: Vec::new(), page: None };
                let person = people.entry(key.clone()).or_insert_with(person);
                if person.at == post.at && *name < person.name {
                    person.name.clone_from(name);
                }
            }
            for name in &post.tags {
                let tag =
                    tags.entry(tag_key(name)).or_insert_with(|| Tag { name: name.clone(), at: post.at });
                if tag.at == post.at && *name < tag.name {
                    tag.name.clone_from(name);
                }
            }
        }
        // Without any post there is no date to go by: 1970, rather than one that differs at each import.
        let oldest = plan.posts.first().map(|post| post.at).unwrap_or_default();
        for (key, known) in directory.people {
            let at = people.get(&key).map_or(oldest, |person| person.at);
            let name = known.page.display_name.clone();
            people.insert(key, Person { name, at, keys: known.keys, page: Some(known.page) });
        }
        plan.not_carried.sort_by(|a, b| a.path.cmp(&b.path));
        Plan { people, tags, ..plan }
    }

    /// Where several posts claim one id, the first keeps it.
    fn tell_ids_apart(&mut self) {
        let mut paths: HashMap<String, String> = HashMap::new();
        let mut same = Vec::new();
        for post in &mut self.plan.posts {
            let Some(guid) = &post.guid else { continue };
            match paths.get(guid) {
                None => drop(paths.insert(guid.clone(), post.path.clone())),
                Some(first) => {
                    same.push((post.path.clone(), first.clone()));
                    post.guid = None;
                }
            }
        }
        same.into_iter().for_each(|(path, first)| self.report(&path, Reason::SameId(first)));
    }
}
