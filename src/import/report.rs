//! What an import did, and what it could not do.

use std::{collections::BTreeMap, fmt};

/// What an import wrote and what it could not carry over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Users written.
    pub users: usize,
    /// Profiles written.
    pub profiles: usize,
    /// Posts written.
    pub posts: usize,
    /// Tags written.
    pub tags: usize,
    /// Links between posts and tags written.
    pub links: usize,
    /// The files, and the facts of files, that found no place; by path.
    pub not_carried: Vec<NotCarried>,
}

/// A file, or a fact of a file, that found no place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotCarried {
    /// The file, below the imported folder.
    pub path: String,
    /// What became of it.
    pub reason: Reason,
}

/// Why something was not carried over; its text is the same for all files it befell.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Reason {
    /// The system's words.
    #[error("cannot be read")]
    Unreadable(String),
    /// Markdown is text.
    #[error("not UTF-8")]
    NotUtf8,
    /// PostgreSQL cannot keep it, so neither database does.
    #[error("holds the character U+0000")]
    NulCharacter,
    /// The file begins with something else.
    #[error("no front matter")]
    NoFrontMatter,
    /// It never ends.
    #[error("front matter without a closing fence")]
    NoClosingFence,
    /// The parser's words.
    #[error("unreadable front matter")]
    BadFrontMatter(String),
    /// A post needs one.
    #[error("no title")]
    NoTitle,
    /// A post needs one whose name makes a username.
    #[error("no author")]
    NoAuthor,
    /// Neither the front matter nor the file's name has one.
    #[error("no date")]
    NoDate,
    /// The date as written, and nothing else to take one from.
    #[error("a date that cannot be read, or not between the years 1970 and 9999")]
    UnusableDate(String),
    /// The name: an index of PostgreSQL's does not hold it, so neither database does.
    #[error("a name or tag of more than 200 characters")]
    TooLong(String),
    /// An `index.md` whose folder is not part of the import, and which has no slug of its own either.
    #[error("no slug, and no folder name to use instead")]
    NoSlug,
    /// A person's page needs one that makes a username.
    #[error("a person's page without a name")]
    NoName,
    /// The path of the file that is carried instead.
    #[error("the same post (date, slug and language) as an earlier file")]
    SamePost(String),
    /// The path of the file that is carried instead.
    #[error("the same person as an earlier file")]
    SamePerson(String),
    /// A profile has one language.
    #[error("a translation of a person's page")]
    Translation,
    /// Something that lies beside people's pages.
    #[error("in a folder of people, but not a person's page")]
    NotAPerson,
    /// A page about a folder.
    #[error("a section page")]
    SectionPage,
    /// The date as written; the post took its name's.
    #[error("date not understood; used the one in the file name")]
    BadDate(String),
    /// The names as written.
    #[error("dropped authors whose names make no username")]
    NoUsername(Vec<String>),
    /// Their names: a post has one author.
    #[error("dropped co-authors")]
    CoAuthors(Vec<String>),
}

impl Reason {
    /// Whether the file itself was carried, and only a fact of it was not.
    pub fn is_of_a_fact(&self) -> bool {
        matches!(self, Reason::BadDate(_) | Reason::NoUsername(_) | Reason::CoAuthors(_))
    }

    /// What is particular to one file.
    fn detail(&self) -> Option<String> {
        match self {
            Reason::Unreadable(text)
            | Reason::BadFrontMatter(text)
            | Reason::BadDate(text)
            | Reason::UnusableDate(text)
            | Reason::TooLong(text) => Some(text.clone()),
            Reason::SamePost(path) | Reason::SamePerson(path) => Some(path.clone()),
            Reason::NoUsername(names) | Reason::CoAuthors(names) => Some(names.join(", ")),
            _ => None,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Report { users, profiles, posts, tags, links, not_carried } = self;
        writeln!(
            f,
            "Written: users {users}, profiles {profiles}, posts {posts}, tags {tags}, links {links}."
        )?;
        let (facts, files): (Vec<_>, Vec<_>) = not_carried.iter().partition(|one| one.reason.is_of_a_fact());
        write_groups(f, "Files not imported", &files)?;
        write_groups(f, "Details not imported", &facts)
    }
}

/// A heading for each reason, and below it a line for each file.
fn write_groups(f: &mut fmt::Formatter<'_>, title: &str, all: &[&NotCarried]) -> fmt::Result {
    if all.is_empty() {
        return Ok(());
    }
    writeln!(f, "{title}: {}.", all.len())?;
    let mut groups: BTreeMap<String, Vec<&NotCarried>> = BTreeMap::new();
    for one in all {
        groups.entry(one.reason.to_string()).or_default().push(one);
    }
    for (reason, members) in groups {
        writeln!(f, "  {reason} ({}):", members.len())?;
        for one in members {
            match one.reason.detail() {
                Some(detail) => writeln!(f, "    {}: {detail}", one.path)?,
                None => writeln!(f, "    {}", one.path)?,
            }
        }
    }
    Ok(())
}
