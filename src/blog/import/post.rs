//! One post: what its front matter, its text and its path say together.

use super::document::Options;
use super::front_matter::FrontMatter;
use super::people::{self, Directory};
use super::place::{self, PostPlace};
use super::report::{Reason, bounded};
use super::value::{Value, normal};
use super::{dates, names};
use crate::db::{Id, Timestamp};
use std::collections::HashSet;

/// A post to be written.
#[derive(Debug)]
pub(super) struct Post {
    pub at: Timestamp,
    pub draft: bool,
    pub title: String,
    pub content: String,
    /// Its authors, its own first: by [`names::key`], and as written.
    pub authors: Vec<(String, String)>,
    /// In the writer's order, as written; none twice.
    pub tags: Vec<String>,
    /// Where it comes from, below the imported folder.
    pub path: String,
    /// A name that no other post has: a `guid`, `uuid` or `id` that is a UUID or an address.
    pub guid: Option<String>,
    /// What the first versions of `import` recognised it by. Its id follows from it, if no other post has that id.
    pub identity: String,
}

/// By what name a tag is recognised.
pub(super) fn tag_key(name: &str) -> String {
    name.to_lowercase()
}

const DATES: [&str; 21] = [
    "date",
    "publishdate",
    "publisheddate",
    "publicationdate",
    "datepublished",
    "pubdate",
    "pubdatetime",
    "publishedat",
    "publishedon",
    "published",
    "publishtime",
    "created",
    "createdat",
    "createtime",
    "datecreated",
    "posted",
    "postedat",
    "postedon",
    "postdate",
    "datetime",
    "time",
];
const ADDRESSES: [&str; 4] = ["path", "permalink", "url", "slug"];

/// Reads a post, and what of it finds no place.
pub(super) fn read(
    path: &str,
    place: &PostPlace<'_>,
    front: &FrontMatter,
    content: String,
    people: &Directory,
    options: &Options,
) -> Result<(Post, Vec<Reason>), Reason> {
    let mut lost = Vec::new();
    let at = date(front, place)?;
    let written = front.text(&["title", "posttitle"]).map(str::to_owned);
    let title = written.or_else(|| heading(&content)).or_else(|| place.title());
    // The imported folder's own `index.md`.
    let folder = || place::title(options.folder.as_ref()?.rsplit('/').next()?);
    let title = title.or_else(folder).ok_or(Reason::NoTitle)?;
    let authors = authors(path, front, people, options, &mut lost)?;
    let tags = tags(front, place, options, &mut lost);
    // A database's index takes so many bytes.
    if path.len() > 1000 {
        bounded("a path", path, 300)?;
    }
    bounded("a title", &title, 500)?;
    bounded("a text", &content, 1_000_000)?;
    authors.iter().try_for_each(|(key, name)| {
        bounded("a name", key, 200)?;
        bounded("a name", name, 200)?;
        bounded("a name", &slug::slugify(name), 200)
    })?;
    tags.iter().try_for_each(|tag| bounded("a tag", tag, 200))?;
    if tags.len() > 1000 {
        return Err(Reason::TooLong(format!("{} tags", tags.len())));
    }
    if !front.twice.is_empty() {
        lost.push(Reason::Twice(front.twice.clone()));
    }
    if let Some((_, others)) = authors.split_first().filter(|(_, others)| !others.is_empty()) {
        lost.push(Reason::CoAuthors(others.iter().map(|(_, name)| name.clone()).collect()));
    }
    let is_address = |id: &str| id.contains("://") || id.starts_with("urn:") || id.starts_with("tag:");
    let is_its_own = |id: &&str| id.len() <= 500 && (Id::from_hex(id).is_some() || is_address(id));
    let guid = front.text(&["guid", "uuid"]).filter(is_its_own);
    let guid = guid.or(front.text(&["id"]).filter(|id| Id::from_hex(id).is_some())).map(str::to_owned);
    let slug = front.text(&["slug"]).or(place.name).unwrap_or_default();
    let identity = format!("post/{at}/{slug}/{}", place.language);
    let is_hidden = is_hidden(front);
    let draft = is_draft(front) || place.is_draft || is_hidden;
    if is_hidden {
        lost.push(Reason::Hidden);
    }
    let post = Post { at, draft, title, content, authors, tags, path: path.to_owned(), guid, identity };
    Ok((post, lost))
}

/// The date that the front matter gives; the path's, if it gives none. A date that cannot be read is not replaced by the path's, which
/// lacks the time and may be of another day.
fn date(front: &FrontMatter, place: &PostPlace<'_>) -> Result<Timestamp, Reason> {
    let is_truth =
        |text: &str| ["true", "false", "yes", "no"].iter().any(|word| text.eq_ignore_ascii_case(word));
    let written = front.values(&DATES).find_map(|value| match value {
        // `date: { created: 2024-03-05, updated: … }` is MkDocs's.
        Value::Map(map) => ["created", "published", "posted"].iter().find_map(|key| map.get(*key)?.text()),
        Value::List(values) => values.first().and_then(Value::text),
        value => value.text().filter(|text| !is_truth(text)),
    });
    let is_there = |value: &Value| !matches!(value, Value::Nothing | Value::Text(_));
    if written.is_none() && front.values(&DATES).any(is_there) {
        return Err(Reason::BadDate("a map or a list without a date".to_owned()));
    }
    if let Some(written) = written {
        return dates::read(written).ok_or_else(|| Reason::BadDate(written.to_owned()));
    }
    // An address with a host may be that of another site, which the post links to.
    let paths = front.values(&ADDRESSES).filter_map(Value::text).filter(|address| !address.contains("://"));
    let at = place.date.or_else(|| paths.filter_map(dates::in_path).next().map(|(at, _)| at));
    at.ok_or(if front.is_there { Reason::NoDate } else { Reason::NoFrontMatter })
}

/// Whether the front matter keeps a post from the public. A word that is neither yes nor no counts as a wish to.
pub(super) fn is_draft(front: &FrontMatter) -> bool {
    const KEPT: [&str; 13] = [
        "draft",
        "private",
        "hidden",
        "unlisted",
        "unpublished",
        "pending",
        "wip",
        "skip",
        "trash",
        "scheduled",
        "inprogress",
        "inreview",
        "review",
    ];
    const WISHES: [&str; 7] = ["draft", "drafts", "isdraft", "private", "wip", "unpublished", "password"];
    const CONSENTS: [&str; 6] = ["published", "publish", "ispublished", "ispublish", "public", "dgpublish"];
    let states = front.values(&["status", "poststatus", "publishstatus", "state", "visibility"]);
    let is_refused = |key: &&str| {
        let text = front.text(&[*key]);
        front.truth(key) == Some(false)
            || text.is_some_and(|text| front.truth(key).is_none() && dates::read(text).is_none())
    };
    WISHES.iter().any(|key| front.is_wished(key))
        || CONSENTS.iter().any(is_refused)
        || states.flat_map(Value::texts).any(|state| KEPT.contains(&&*normal(&state)))
}

/// Whether it is in no list of its site, although it is published. Here, everything that is published is listed.
fn is_hidden(front: &FrontMatter) -> bool {
    let is_published = front.truth("published") == Some(true);
    !is_published && ["hidden", "unlisted"].iter().any(|key| front.is_wished(key))
}

/// Whether the front matter has a key for a date.
pub(super) fn has_date(front: &FrontMatter) -> bool {
    front.text(&DATES).is_some()
}

/// Whether the front matter says that this is no post.
pub(super) fn is_page(front: &FrontMatter) -> bool {
    const PAGES: [&str; 12] = [
        "page",
        "pages",
        "tags",
        "categories",
        "archive",
        "archives",
        "search",
        "about",
        "home",
        "links",
        "friends",
        "404",
    ];
    let mut values = front.values(&["layout", "type", "template"]).filter_map(Value::text);
    values.any(|value| PAGES.contains(&value.to_lowercase().trim_end_matches(".html")))
}

/// The text of the first heading of the first level, if the text begins with one; nothing but imports (MDX) and comments may come first.
fn heading(content: &str) -> Option<String> {
    let mut lines = content.lines().map(str::trim_end).peekable();
    while let Some(line) = lines.next() {
        if let Some(title) = line.strip_prefix("# ") {
            // Closing marks, and an anchor as in `# Title {#title}`.
            let title = title.split(" {#").next().unwrap_or(title).trim().trim_end_matches('#').trim_end();
            return Some(title.to_owned()).filter(|title| !title.is_empty());
        }
        let is_underlined =
            lines.peek().is_some_and(|next| next.len() >= 3 && next.bytes().all(|byte| byte == b'='));
        if is_underlined && !line.is_empty() {
            return Some(line.trim().to_owned());
        }
        if !(line.is_empty()
            || line.starts_with("import ")
            || line.starts_with("export ")
            || line.starts_with("<!--"))
        {
            return None;
        }
    }
    None
}

/// The authors, each once. Names that make no username are lost.
fn authors(
    path: &str,
    front: &FrontMatter,
    people: &Directory,
    options: &Options,
    lost: &mut Vec<Reason>,
) -> Result<Vec<(String, String)>, Reason> {
    let (mut authors, mut nameless, mut seen) = (Vec::<(String, String)>::new(), Vec::new(), HashSet::new());
    let mut named = people::in_front_matter(front);
    // `{{ author }}` and addresses are no names.
    let is_name = |name: &String| {
        let is_truth = ["true", "false"].iter().any(|word| name.eq_ignore_ascii_case(word));
        !is_truth && !name.contains("{{") && !name.contains("://")
    };
    let has_user =
        |name: &String| is_name(name) && !slug::slugify(name).is_empty() && !names::key(name).is_empty();
    if !named.iter().any(has_user) {
        named.extend(options.author.iter().flat_map(|author| names::in_byline(author)));
    }
    for name in named {
        let key = people.find(&name, path);
        if !has_user(&name) {
            nameless.push(name);
        } else if seen.insert(key.clone()) {
            let name = people.people.get(&key).map_or(name, |known| known.page.display_name.clone());
            authors.push((key, name));
        }
    }
    if authors.is_empty() {
        return Err(Reason::NoAuthor);
    }
    if !nameless.is_empty() {
        lost.push(Reason::NoUsername(nameless));
    }
    Ok(authors)
}

/// The tags, and the categories behind them if asked for.
fn tags(
    front: &FrontMatter,
    place: &PostPlace<'_>,
    options: &Options,
    lost: &mut Vec<Reason>,
) -> Vec<String> {
    let split = |keys: &[&str]| {
        let mut found = Vec::new();
        for value in front.values(keys) {
            match value.text() {
                Some(text) if text.starts_with('[') && text.ends_with(']') => {
                    let items =
                        text[1..text.len() - 1].split(',').map(|tag| tag.trim().trim_matches(['"', '\'']));
                    found.extend(items.map(str::to_owned));
                }
                Some(text) if text.contains(';') => {
                    found.extend(text.split(';').map(str::trim).map(str::to_owned));
                }
                Some(text) if text.contains(',') => {
                    found.extend(text.split(',').map(str::trim).map(str::to_owned));
                }
                // Obsidian's.
                Some(text) if text.split_whitespace().all(|tag| tag.starts_with('#')) => {
                    found.extend(text.split_whitespace().map(|tag| tag.trim_start_matches('#').to_owned()));
                }
                // https://jekyllrb.com/docs/posts/#tags-and-categories: "a space-separated string"
                Some(text) if place.is_jekyll => found.extend(text.split_whitespace().map(str::to_owned)),
                Some(text) => found.push(text.to_owned()),
                None => found.extend(value.texts()),
            }
        }
        // TinaCMS names the tag's file: `content/tags/Rust.mdx`.
        let file = |tag: &String| Some(tag.rsplit_once('/')?.1.rsplit_once('.')?.0.to_owned());
        let found =
            found.into_iter().map(|tag| file(&tag).filter(|_| tag.starts_with("content/")).unwrap_or(tag));
        found.filter(|tag| !tag.is_empty()).collect::<Vec<String>>()
    };
    let mut tags = split(&["tags", "tag", "topics"]);
    let categories = split(&["categories", "category"]);
    if options.categories {
        tags.extend(categories);
    } else if !categories.is_empty() {
        lost.push(Reason::Categories(categories));
    }
    let mut seen = HashSet::new();
    tags.retain(|tag| seen.insert(tag_key(tag)));
    tags
}
