//! Synthetic rows, the same for the same numbers: for trying Doorway on more data than one has.

use crate::blog::entities::blog_post::{BlogPost, blog_posts};
use crate::blog::entities::post_tag_link::{PostTagLink, post_tags};
use crate::blog::entities::profile::{Profile, profiles};
use crate::blog::entities::tag::{Tag, tags};
use crate::blog::entities::user::{User, users};
use crate::db::{Db, DbError, Id, Timestamp, Transaction};
use clap::Args;
use diesel::prelude::*;
use fastrand::Rng;

/// How much, and which of the many blogs of that size.
#[derive(Debug, Clone, Args)]
pub struct Size {
    /// Users, each with a profile
    #[arg(long, value_name = "N")]
    pub users: u32,
    /// Posts by users at random, each with up to three tags
    #[arg(long, value_name = "N")]
    pub posts: u32,
    /// Tags
    #[arg(long, value_name = "N")]
    pub tags: u32,
    /// Another number gives other rows
    #[arg(long, value_name = "S", default_value_t = 0)]
    pub seed: u64,
}

/// Why nothing was seeded.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// There are rows, which might be somebody's.
    #[error("the database is not empty: seed fills an empty one only")]
    NotEmpty,
    /// Posts without anybody to write them.
    #[error("--posts needs at least one user: give --users")]
    NoAuthors,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbError),
}

/// Whether there is not one user and not one tag, and so no post either.
///
/// # Errors
/// The database's.
pub async fn is_empty(db: &Db) -> Result<bool, DbError> {
    is_empty_in(&mut db.begin().await?).await
}

async fn is_empty_in(tx: &mut Transaction) -> Result<bool, DbError> {
    let users: Vec<Id> = tx.rows(users::table.select(users::id).limit(1)).await?;
    let tags: Vec<Id> = tx.rows(tags::table.select(tags::id).limit(1)).await?;
    Ok(users.is_empty() && tags.is_empty())
}

/// Rows in one INSERT: PostgreSQL binds at most 65,535 values, SQLite 32,766.
const CHUNK: u32 = 1000;

/// The newest post is of 2025-01-01, however many there are: what is written today is newer. In microseconds since 1970.
const LAST: i64 = 1_735_689_600_000_000;
/// No post is older than 2015-01-01.
const FIRST: i64 = 1_420_070_400_000_000;
/// Posts come every hour, or as often as it takes.
const HOUR: i64 = 3_600_000_000;

const WORDS: [&str; 32] = [
    "river", "stone", "window", "garden", "letter", "harbour", "signal", "meadow", "copper", "lantern",
    "orchard", "bridge", "winter", "thread", "compass", "market", "island", "engine", "shadow", "paper",
    "forest", "mirror", "station", "silver", "canvas", "valley", "kettle", "anchor", "feather", "tunnel",
    "harvest", "doorway",
];

/// Fills the empty database in one transaction, telling `progress` how many of how many rows are written.
///
/// # Errors
/// [`SeedError`]; nothing is then written.
pub async fn seed(db: &Db, size: &Size, progress: impl Fn(usize, usize)) -> Result<(), SeedError> {
    if size.posts > 0 && size.users == 0 {
        return Err(SeedError::NoAuthors);
    }
    let mut tx = db.begin().await?;
    tx.alone().await?;
    if !is_empty_in(&mut tx).await? {
        return Err(SeedError::NotEmpty);
    }
    let total = size.users as usize + size.posts as usize + size.tags as usize;
    let mut done = 0;
    let mut step = |rows: usize| {
        done += rows;
        progress(done, total);
    };
    let blog = Blog(size);
    for chunk in chunks(size.users) {
        let (users, profiles) =
            chunk.map(|nth| (blog.user(nth), blog.profile(nth))).unzip::<_, _, Vec<_>, Vec<_>>();
        step(users.len());
        tx.run(diesel::insert_into(users::table).values(users)).await?;
        tx.run(diesel::insert_into(profiles::table).values(profiles)).await?;
    }
    for chunk in chunks(size.tags) {
        let tags: Vec<Tag> = chunk.map(|nth| blog.tag(nth)).collect();
        step(tags.len());
        tx.run(diesel::insert_into(tags::table).values(tags)).await?;
    }
    for chunk in chunks(size.posts) {
        write_posts(&mut tx, &blog, chunk.clone()).await?;
        step(chunk.len());
    }
    tx.commit().await?;
    Ok(db.analyze().await?)
}

async fn write_posts(
    tx: &mut Transaction,
    blog: &Blog<'_>,
    nths: std::ops::Range<u32>,
) -> Result<(), DbError> {
    let (posts, links) = nths.map(|nth| blog.post(nth)).unzip::<_, _, Vec<_>, Vec<_>>();
    tx.run(diesel::insert_into(blog_posts::table).values(posts)).await?;
    let links: Vec<PostTagLink> = links.into_iter().flatten().collect();
    if !links.is_empty() {
        tx.run(diesel::insert_into(post_tags::table).values(links)).await?;
    }
    Ok(())
}

fn chunks(count: u32) -> impl Iterator<Item = std::ops::Range<u32>> {
    (0..count).step_by(CHUNK as usize).map(move |from| from..count.min(from.saturating_add(CHUNK)))
}

/// Every row follows from its number alone, so that rows can be made in any order.
struct Blog<'a>(&'a Size);

impl Blog<'_> {
    fn rng(&self, kind: u64, nth: u32) -> Rng {
        Rng::with_seed(self.0.seed ^ (kind << 32 | u64::from(nth)).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    fn id(&self, kind: &str, at: Timestamp, nth: u32) -> Id {
        Id::derived(at, &format!("seed/{}/{kind}/{nth}", self.0.seed))
    }

    /// Users and tags are a quarter of a second apart, all before the first post.
    fn early(nth: u32) -> Timestamp {
        Timestamp::from_micros(FIRST - i64::from(u32::MAX - nth) * 250_000).unwrap_or_default()
    }

    fn user_id(&self, nth: u32) -> Id {
        self.id("user", Self::early(nth), nth)
    }

    fn tag_id(&self, nth: u32) -> Id {
        self.id("tag", Self::early(nth), nth)
    }

    fn user(&self, nth: u32) -> User {
        let at = Self::early(nth);
        let username = format!("{}-{}", pick(&mut self.rng(1, nth)), nth + 1);
        User { id: self.user_id(nth), username, created_at: at, updated_at: at, version: 1 }
    }

    fn profile(&self, nth: u32) -> Profile {
        let at = Self::early(nth);
        let rng = &mut self.rng(2, nth);
        Profile {
            id: self.id("profile", at, nth),
            user_id: self.user_id(nth),
            display_name: Some(format!("{} {}", capital(pick(rng)), capital(pick(rng)))),
            bio: rng.bool().then(|| sentence(rng)),
            website_url: rng.bool().then(|| format!("https://example.org/{}", nth + 1)),
            created_at: at,
            updated_at: at,
            version: 1,
        }
    }

    fn tag(&self, nth: u32) -> Tag {
        let at = Self::early(nth);
        let word = pick(&mut self.rng(3, nth));
        Tag {
            id: self.tag_id(nth),
            name: format!("{word}-{}", nth + 1),
            created_at: at,
            updated_at: at,
            version: 1,
        }
    }

    fn post(&self, nth: u32) -> (BlogPost, Vec<PostTagLink>) {
        let rng = &mut self.rng(4, nth);
        let step = HOUR.min((LAST - FIRST) / i64::from(self.0.posts));
        let at = Timestamp::from_micros(LAST - i64::from(self.0.posts - 1 - nth) * step).unwrap_or_default();
        let post = BlogPost {
            id: self.id("post", at, nth),
            title: format!("{} of the {}", capital(pick(rng)), pick(rng)),
            content: (0..rng.usize(1..6)).map(|_| sentence(rng)).collect::<Vec<_>>().join("\n\n"),
            user_id: self.user_id(rng.u32(0..self.0.users)),
            published_at: (rng.u32(0..10) > 0).then_some(at),
            created_at: at,
            updated_at: at,
            version: 1,
        };
        let mut chosen: Vec<u32> = Vec::new();
        while chosen.len() < self.0.tags.min(3) as usize {
            let tag = rng.u32(0..self.0.tags);
            if !chosen.contains(&tag) {
                chosen.push(tag);
            }
        }
        let link = |(position, tag)| PostTagLink {
            post_id: post.id,
            tag_id: self.tag_id(tag),
            position,
            added_at: at,
        };
        let links = (0..).zip(chosen).map(link).collect();
        (post, links)
    }
}

fn pick(rng: &mut Rng) -> &'static str {
    WORDS[rng.usize(..WORDS.len())]
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn sentence(rng: &mut Rng) -> String {
    let words: Vec<&str> = (0..rng.usize(8..24)).map(|_| pick(rng)).collect();
    capital(&words.join(" ")) + "."
}
