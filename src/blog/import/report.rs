//! What an import did, and what it could not do.

use std::{collections::BTreeMap, fmt};

/// What an import wrote and what it could not carry over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Files that are posts, people's pages, or look like either.
    pub files: usize,
    /// Those of them that are rows now, new or not.
    pub imported: usize,
    /// Posts.
    pub posts: Count,
    /// Profiles.
    pub profiles: Count,
    /// Users written.
    pub users: usize,
    /// Tags written.
    pub tags: usize,
    /// Links between posts and tags written.
    pub links: usize,
    /// The files, and the facts of files, that found no place; by path.
    pub not_carried: Vec<NotCarried>,
    /// The folders that were not searched, below the imported one.
    pub passed_over: Vec<String>,
}

/// What became of the rows of one kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// New ones.
    pub added: usize,
    /// Those whose file had changed.
    pub changed: usize,
    /// Those left as they were.
    pub unchanged: usize,
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
    /// Several such names would be shown, and remembered, as one.
    #[error("a file name that is not Unicode")]
    BadName,
    /// A link that leads to a file that is read as well.
    #[error("a link to a file that is imported already")]
    Link,
    /// Markdown is text.
    #[error("not UTF-8")]
    NotUtf8,
    /// Another markup, or Markdown that a program has to run first.
    #[error("looks like a post, but is not a .md, .markdown or .mdx file")]
    NotMarkdown,
    /// PostgreSQL cannot keep it, so neither database does.
    #[error("holds the character U+0000")]
    NulCharacter,
    /// The file begins with text, and its name has no date.
    #[error("no front matter, and no date in the path")]
    NoFrontMatter,
    /// Lines like those of front matter, after something that opens none.
    #[error("begins like front matter, but in no notation that is known")]
    UnknownFrontMatter,
    /// It never ends.
    #[error("front matter without a closing fence")]
    NoClosingFence,
    /// The parser's words.
    #[error("unreadable front matter")]
    BadFrontMatter(String),
    /// The parser's words.
    #[error("unreadable file about people")]
    BadData(String),
    /// An `index.md` of the imported folder itself, whose text begins without a heading.
    #[error("no title")]
    NoTitle,
    /// A post needs one whose name makes a username.
    #[error("no author: choose one with --author")]
    NoAuthor,
    /// Neither the front matter nor the path has one.
    #[error("no date")]
    NoDate,
    /// The date as written. The path's is not used in its place: it lacks the time, and may be of another day.
    #[error("a date that cannot be read, is ambiguous, or is not between the years 1970 and 9999")]
    BadDate(String),
    /// What is too long, and its beginning.
    #[error("too long for the database")]
    TooLong(String),
    /// A person's page or entry needs one that makes a username.
    #[error("a page or file about people that gives no name")]
    NoName,
    /// The path of the file that is carried instead.
    #[error("the same person as an earlier file")]
    SamePerson(String),
    /// It is not to be seen.
    #[error("a draft of a person's page")]
    DraftPage,
    /// A profile has one language.
    #[error("a translation of a person's page")]
    Translation,
    /// Something that lies beside people's pages.
    #[error("in a folder of people, but neither a person's page nor a post with a date")]
    NotAPerson,
    /// A page by its `layout` or `type`, or by its place in Hexo's `source`.
    #[error("a page, not a post")]
    Page,
    /// A page about a folder.
    #[error("a section page")]
    SectionPage,
    /// The keys.
    #[error("keys that are given twice: the last value counts")]
    Twice(Vec<String>),
    /// The names as written.
    #[error("authors left out: their names have no letters for a username")]
    NoUsername(Vec<String>),
    /// Their names: a post has one author.
    #[error("co-authors left out: a post has one author")]
    CoAuthors(Vec<String>),
    /// The categories.
    #[error("categories left out: --categories makes them tags")]
    Categories(Vec<String>),
    /// It is `hidden` or `unlisted`: its site has it, but shows it nowhere.
    #[error("kept as a draft, because it is hidden or unlisted")]
    Hidden,
    /// The path of the other file.
    #[error("has the same id as another file: it will be recognised by its path")]
    SameId(String),
    /// Another folder or an earlier import had a different post at this path.
    #[error("a different post was imported from this path before: both were kept")]
    Clash,
    /// The row has been changed in the database since it was imported, and its file too.
    #[error("the file and its row have both changed: the row was kept (--overwrite takes the file)")]
    Edited,
    /// Another page says who the person is.
    #[error("another page about this person was imported before: that one was kept")]
    OtherPage,
}

impl Reason {
    /// Whether the file itself was carried, and only a fact of it was not.
    pub fn is_of_a_fact(&self) -> bool {
        matches!(
            self,
            Reason::Twice(_)
                | Reason::NoUsername(_)
                | Reason::CoAuthors(_)
                | Reason::Categories(_)
                | Reason::Hidden
                | Reason::SameId(_)
                | Reason::Clash
                | Reason::Edited
                | Reason::OtherPage
        )
    }

    /// What is particular to one file.
    fn detail(&self) -> Option<String> {
        match self {
            Reason::Unreadable(text)
            | Reason::BadFrontMatter(text)
            | Reason::BadData(text)
            | Reason::BadDate(text)
            | Reason::TooLong(text) => Some(text.clone()),
            Reason::SamePerson(path) | Reason::SameId(path) => Some(path.clone()),
            Reason::NoUsername(texts)
            | Reason::CoAuthors(texts)
            | Reason::Twice(texts)
            | Reason::Categories(texts) => Some(texts.join(", ")),
            _ => None,
        }
    }
}

/// [`Reason::TooLong`] if `text`, which is `what`, has more than `max` characters.
pub(super) fn bounded(what: &str, text: &str, max: usize) -> Result<(), Reason> {
    if text.chars().nth(max).is_none() {
        return Ok(());
    }
    let beginning: String = text.chars().take(40).collect();
    Err(Reason::TooLong(format!("{what} of more than {max} characters: {}…", beginning.replace('\n', " "))))
}

impl Report {
    /// Whether the import is to count as failed: no post came of it, although there are files that may be posts.
    pub fn is_nothing(&self) -> bool {
        let Count { added, changed, unchanged } = self.posts;
        let is_of_people = |reason: &Reason| {
            matches!(
                reason,
                Reason::Translation | Reason::NotAPerson | Reason::DraftPage | Reason::SamePerson(_)
            )
        };
        let is_lost = |one: &NotCarried| {
            !one.reason.is_of_a_fact() && !is_of_people(&one.reason) && one.reason != Reason::NoName
        };
        let is_nothing = self.imported == 0 || self.not_carried.iter().any(is_lost);
        added + changed + unchanged == 0 && is_nothing
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Report { files, imported, posts, profiles, users, tags, links, not_carried, passed_over } = self;
        writeln!(f, "Imported {imported} of {files} files.")?;
        writeln!(f, "Posts: {posts}.\nProfiles: {profiles}.")?;
        writeln!(f, "Users: {users} added.\nTags: {tags} added, {links} links.")?;
        let (facts, lost): (Vec<_>, Vec<_>) = not_carried.iter().partition(|one| one.reason.is_of_a_fact());
        write_groups(f, "Files not imported", &lost)?;
        write_groups(f, "Notes on imported files", &facts)?;
        if passed_over.is_empty() {
            return Ok(());
        }
        writeln!(f, "Folders not searched: {}.", passed_over.join(", "))
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Count { added, changed, unchanged } = self;
        write!(f, "{added} added, {changed} changed, {unchanged} unchanged")
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
