//! Posts: the new ones, and those that changed at their source.

use super::links::{self, Placed};
use super::sources::{self, Kind, Source};
use crate::blog::entities::blog_post::{BlogPost, blog_posts};
use crate::blog::import::document::Options;
use crate::blog::import::post::{Post, tag_key};
use crate::blog::import::report::{NotCarried, Reason, Report};
use crate::db::{DbError, Id, Timestamp, Transaction};
use diesel::prelude::*;
use std::{
    collections::{HashMap, HashSet},
    path::Path,
};

/// Inserts the posts that are new, updates those that changed, and says whose tags are to be written.
pub(super) async fn store(
    tx: &mut Transaction,
    posts: &[Post],
    options: &Options,
    (user_ids, tag_ids): (&HashMap<String, Id>, &HashMap<String, Id>),
    whole: &mut Whole,
    report: &mut Report,
) -> Result<Vec<Placed>, DbError> {
    let there = There::read(tx, posts, options, whole).await?;
    let (mut placed, mut new, mut remembered) = (Vec::new(), Vec::new(), Vec::new());
    for post in posts {
        let Some(user_id) = post.authors.first().and_then(|(author, _)| user_ids.get(author)).copied() else {
            continue;
        };
        // Two names may have become one tag since.
        let mut seen = HashSet::new();
        let tags = post.tags.iter().filter_map(|name| tag_ids.get(&tag_key(name)).copied());
        let tags: Vec<Id> = tags.filter(|tag| seen.insert(*tag)).collect();
        let digest = digest(post);
        let (found, is_clash) = there.find(post, user_id, &digest, options);
        let report_fact = |reason, report: &mut Report| {
            report.not_carried.push(NotCarried { path: post.path.clone(), reason });
        };
        let (id, version) = match found {
            None => {
                if is_clash {
                    report_fact(Reason::Clash, report);
                }
                let id = there.free_id(tx, post, options, &digest).await?;
                new.push(row(post, id, user_id));
                placed.push(Placed { id, at: post.at, tags, is_new: true });
                report.posts.added += 1;
                (id, 1)
            }
            Some((current, memory)) => {
                let said = memory.as_ref().filter(|one| one.digest == digest);
                let wanted = row(post, current.id, user_id);
                if let Some(said) = said {
                    report.posts.unchanged += 1;
                    (current.id, said.row_version)
                } else if values(current) == values(&wanted) && links::tags_of(tx, current.id).await? == tags
                {
                    report.posts.unchanged += 1;
                    (current.id, current.version)
                } else if there.is_untouched(current) || options.overwrite {
                    update(tx, current.version, wanted).await?;
                    placed.push(Placed { id: current.id, at: post.at, tags, is_new: false });
                    report.posts.changed += 1;
                    (current.id, current.version + 1)
                } else {
                    report_fact(Reason::Edited, report);
                    report.posts.unchanged += 1;
                    there.whole.taken.insert(current.id);
                    continue;
                }
            }
        };
        there.whole.taken.insert(id);
        for name in names(post, options) {
            let known = there.known.get(&name);
            if let Some(one) = known.filter(|one| one.row_id != id && there.rows.contains_key(&one.row_id)) {
                // The row stays, and stays known as one that an import made.
                let was = format!("was:{name}:{}", one.digest);
                remembered.push(Source::new(Kind::Post, was, one.row_id).saying(
                    String::new(),
                    "",
                    one.row_version,
                ));
            }
            if known.is_none_or(|one| one.row_id != id || one.digest != digest) {
                let source = Source::new(Kind::Post, name, id);
                remembered.push(source.saying(digest.clone(), &post.path, version));
            }
        }
    }
    if !new.is_empty() {
        tx.run(diesel::insert_into(blog_posts::table).values(new)).await?;
    }
    let was = remembered.iter().filter(|one| one.source.starts_with("was:")).map(|one| one.source.clone());
    let mut known = sources::find(tx, Kind::Post, was.collect()).await?;
    known.extend(there.known);
    sources::remember(tx, &known, &remembered).await?;
    Ok(placed)
}

/// What is known of all posts of an import.
pub(super) struct Whole {
    /// By the path of each file, the id of its own.
    guids: HashMap<String, Option<String>>,
    /// The rows that its posts are.
    taken: HashSet<Id>,
}

impl Whole {
    pub(super) fn new(posts: &[Post]) -> Whole {
        let guids = posts.iter().map(|post| (post.path.clone(), post.guid.clone())).collect();
        Whole { guids, taken: HashSet::new() }
    }
}

/// What the database has that some posts may be.
struct There<'a> {
    whole: &'a mut Whole,
    /// The names of the ids of their own that rows have.
    guids: HashMap<Id, String>,
    /// The files that rows came from.
    files: HashMap<Id, Vec<String>>,
    /// By the name of the source.
    known: HashMap<String, Source>,
    /// Sources elsewhere with the same path below their folder, by that path.
    elsewhere: HashMap<String, Vec<Source>>,
    rows: HashMap<Id, BlogPost>,
    /// The rows that have a source, with the last version that an import gave them.
    claimed: HashMap<Id, i32>,
}

impl<'a> There<'a> {
    async fn read(
        tx: &mut Transaction,
        posts: &[Post],
        options: &Options,
        whole: &'a mut Whole,
    ) -> Result<There<'a>, DbError> {
        let all = posts.iter().flat_map(|post| names(post, options)).collect();
        let known = sources::find(tx, Kind::Post, all).await?;
        let mut elsewhere: HashMap<String, Vec<Source>> = HashMap::new();
        let unknown = posts.iter().filter(|post| !known.contains_key(&options.name_of(&post.path)));
        let paths = unknown.map(|post| post.path.clone()).collect();
        for source in sources::at_paths(tx, Kind::Post, paths).await? {
            elsewhere.entry(source.path.clone()).or_default().push(source);
        }
        let ids = known.values().chain(elsewhere.values().flatten()).map(|source| source.row_id);
        let ids: HashSet<Id> = ids.chain(posts.iter().map(first_id)).collect();
        let rows = blog_posts::table.filter(blog_posts::id.eq_any(ids.into_iter().collect::<Vec<_>>()));
        let rows: HashMap<Id, BlogPost> =
            tx.rows::<BlogPost, _>(rows).await?.into_iter().map(|row| (row.id, row)).collect();
        let (mut claimed, mut guids, mut files) =
            (HashMap::new(), HashMap::new(), HashMap::<Id, Vec<String>>::new());
        for one in sources::of_rows(tx, rows.keys().copied().collect()).await? {
            let last = claimed.entry(one.row_id).or_default();
            *last = one.row_version.max(*last);
            if one.source.starts_with("guid:") {
                guids.insert(one.row_id, one.source);
            } else if !one.source.starts_with("was:") {
                files.entry(one.row_id).or_default().push(one.source);
            }
        }
        Ok(There { whole, guids, files, known, elsewhere, rows, claimed })
    }

    /// Whether the last to change a row was an import.
    fn is_untouched(&self, row: &BlogPost) -> bool {
        self.claimed.get(&row.id).copied().unwrap_or(1) == row.version
    }

    /// The row that a post is, with what is remembered of it; and whether another post has its place.
    fn find(
        &self,
        post: &Post,
        user_id: Id,
        digest: &str,
        options: &Options,
    ) -> (Option<(&BlogPost, Option<Source>)>, bool) {
        let row =
            |source: &Source| self.rows.get(&source.row_id).filter(|row| !self.whole.taken.contains(&row.id));
        let known = |name: &String| self.known.get(name).and_then(|source| Some((source, row(source)?)));
        let mut is_clash = false;
        let guid = post.guid.as_ref().map(guid_name);
        if let Some((source, row)) = known(&options.name_of(&post.path)) {
            // A file with another id of its own is another post.
            let is_other =
                guid.as_ref().is_some_and(|guid| self.guids.get(&row.id).is_some_and(|known| known != guid));
            if !is_other && (source.digest == digest || is_like(post, row, user_id, options)) {
                return (Some((row, Some(source.clone()))), false);
            }
            is_clash = true;
        }
        if let Some((source, row)) = guid.as_ref().and_then(known)
            && (source.digest == digest || is_like(post, row, user_id, options))
            && self.is_gone(post, row, post.guid.as_ref(), options)
        {
            return (Some((row, Some(source.clone()))), false);
        }
        // The folder was moved, or is a copy from elsewhere. If not, it is another blog, or another language.
        for source in self.elsewhere.get(&post.path).into_iter().flatten() {
            if let Some(row) = row(source) {
                let is_it = source.digest == digest || is_like(post, row, user_id, options);
                if is_it && self.is_gone(post, row, None, options) {
                    return (Some((row, Some(source.clone()))), false);
                }
                is_clash = true;
            }
        }
        // What was imported before imports remembered.
        if let Some(row) = self.rows.get(&first_id(post)).filter(|row| !self.claimed.contains_key(&row.id))
            && !self.whole.taken.contains(&row.id)
        {
            if row.title == post.title || row.content == post.content {
                return (Some((row, None)), false);
            }
            is_clash = true;
        }
        (None, is_clash)
    }

    /// Whether the files that a row came from are not there any longer, so that a post with the same text, or with its own id `guid`,
    /// may be it.
    fn is_gone(&self, post: &Post, row: &BlogPost, guid: Option<&String>, options: &Options) -> bool {
        let below = format!("{}/", options.source);
        self.files.get(&row.id).into_iter().flatten().all(|file| {
            // Imported before without a name.
            if options.folder.as_ref().is_some_and(|folder| *file == format!("{folder}/{}", post.path)) {
                return true;
            }
            let here = file.strip_prefix(&below).and_then(|path| self.whole.guids.get(path));
            match here {
                // Another post has taken its place.
                Some(now) => guid.is_some() && now.as_ref() != guid,
                None if Path::new(file).is_absolute() => !Path::new(file).exists(),
                // Below a name, nobody knows where it was.
                None => guid.is_some() || file.starts_with(&below),
            }
        })
    }

    /// An id that no row has. It follows from the post alone, if it can.
    async fn free_id(
        &self,
        tx: &mut Transaction,
        post: &Post,
        options: &Options,
        digest: &str,
    ) -> Result<Id, DbError> {
        let first = first_id(post);
        let is_free = |id: &Id| !self.rows.contains_key(id) && !self.whole.taken.contains(id);
        if is_free(&first) {
            return Ok(first);
        }
        let (path, source) = (&post.path, options.name_of(&post.path));
        let others = [format!("post/{path}"), format!("post/{source}"), format!("post/{source}/{digest}")];
        let others = others.map(|identity| Id::derived(post.at, &identity));
        let there = blog_posts::table.filter(blog_posts::id.eq_any(others.to_vec())).select(blog_posts::id);
        let there: Vec<Id> = tx.rows(there).await?;
        Ok(others.into_iter().find(|id| is_free(id) && !there.contains(id)).unwrap_or_else(Id::new))
    }
}

/// Whether a post is still the one that was imported from the same place: two of its title, text, author and date are. If not, somebody
/// has put another post there. Below a name, several folders may have the same path: then the title or the text must be the same.
fn is_like(post: &Post, row: &BlogPost, user_id: Id, options: &Options) -> bool {
    let says = [row.title == post.title, row.content == post.content];
    let same = says.into_iter().chain([row.user_id == user_id, row.created_at == post.at]);
    let is_place = Path::new(&options.source).is_absolute();
    same.filter(|same| *same).count() >= 2 && (is_place || says.contains(&true))
}

/// By what a post is recognised: its file, then an id of its own.
fn names(post: &Post, options: &Options) -> Vec<String> {
    std::iter::once(options.name_of(&post.path)).chain(post.guid.as_ref().map(guid_name)).collect()
}

fn guid_name(guid: &String) -> String {
    format!("guid:{guid}")
}

fn first_id(post: &Post) -> Id {
    Id::derived(post.at, &post.identity)
}

fn row(post: &Post, id: Id, user_id: Id) -> BlogPost {
    BlogPost {
        id,
        title: post.title.clone(),
        content: post.content.clone(),
        user_id,
        published_at: (!post.draft).then_some(post.at),
        created_at: post.at,
        updated_at: post.at,
        version: 1,
    }
}

fn values(row: &BlogPost) -> (&str, &str, Id, Option<Timestamp>, Timestamp) {
    (&row.title, &row.content, row.user_id, row.published_at, row.created_at)
}

async fn update(tx: &mut Transaction, version: i32, wanted: BlogPost) -> Result<(), DbError> {
    let update = diesel::update(blog_posts::table.filter(blog_posts::id.eq(wanted.id))).set((
        blog_posts::title.eq(wanted.title),
        blog_posts::content.eq(wanted.content),
        blog_posts::user_id.eq(wanted.user_id),
        blog_posts::published_at.eq(wanted.published_at),
        blog_posts::created_at.eq(wanted.created_at),
        blog_posts::updated_at.eq(Timestamp::now()?),
        blog_posts::version.eq(version + 1),
    ));
    tx.run(update).await.map(drop)
}

fn digest(post: &Post) -> String {
    let (at, draft) = (post.at.to_string(), post.draft.to_string());
    let author = post.authors.first().map(|(author, _)| &**author).unwrap_or_default();
    let parts = [&*post.title, &*post.content, &*at, &*draft, author].into_iter();
    sources::digest(parts.chain(post.tags.iter().map(String::as_str)))
}
