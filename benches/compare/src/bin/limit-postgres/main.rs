//! The questions on PostgreSQL, answered by hand: `limit-postgres URL`.
//!
//! One statement for each level or relationship, as Doorway must have, prepared once. What does not depend on another
//! answer is sent with it: the statements of a request are pipelined on one connection, which several requests share.

mod connection;
mod rows;

use axum::{Router, body::Bytes, extract::State, routing::post};
use connection::{Connection, Pool};
use doorway_compare::{
    http::{self, Answer, Failure},
    ids::{ById, distinct},
    json::Json,
    variables,
};
use rows::{by_id, groups, groups_by_place};
use std::{sync::Arc, time::SystemTime};
use tokio::try_join;
use tokio_postgres::{Row, error::SqlState};
use uuid::Uuid;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Connections for reading. Fewer than there are requests at a time: the server of each can then work through what is
/// queued without going to sleep.
const READERS: usize = 4;

/// Connections for writing. A transaction holds its connection until the disk has it, and one flush serves many.
const WRITERS: usize = 16;

struct Pools {
    readers: Pool,
    writers: Pool,
}

fn profile(json: &mut Json, profiles: &ById<Option<&str>>, user: Uuid) {
    match profiles.get(&user) {
        Some(bio) => json.raw("{\"bio\":").nullable(*bio).raw("}"),
        None => json.raw("null"),
    };
}

async fn newest_posts(db: &Connection) -> Answer {
    let posts = db.all(&db.newest_posts).await?;
    let ids: Vec<Uuid> = posts.iter().map(|post| post.get(0)).collect();
    let (authors, _) = distinct(posts.iter().map(|post| post.get(2)));
    let (users, profiles, tags) = try_join!(
        db.of(&authors, &db.users_by_id),
        db.of(&authors, &db.profiles_by_user),
        db.of(&ids, &db.tags_by_post),
    )?;
    let (users, profiles) = (by_id::<&str>(&users), by_id(&profiles));
    let tags: ById<&[Row]> = groups(&tags).collect();
    let mut json = Json::with_capacity(16 << 10);
    json.raw("{\"data\":{\"blogPosts\":").list(&posts, |json, post| {
        let (id, author): (Uuid, Uuid) = (post.get(0), post.get(2));
        json.raw("{\"id\":").id(id).raw(",\"title\":").string(post.get(1));
        json.raw(",\"author\":{\"username\":").nullable(users.get(&author).copied()).raw(",\"profile\":");
        profile(json, &profiles, author);
        json.raw("},\"tags\":").list(tags.get(&id).copied().unwrap_or_default(), |json, tag| {
            json.raw("{\"name\":").string(tag.get(2)).raw("}");
        });
        json.raw("}");
    });
    json.raw("}}");
    Ok(json.0)
}

async fn first_users(db: &Connection) -> Answer {
    let users = db.all(&db.first_users).await?;
    let ids: Vec<Uuid> = users.iter().map(|user| user.get(0)).collect();
    let (profiles, posts) = try_join!(db.of(&ids, &db.profiles_by_user), db.of(&ids, &db.posts_by_user))?;
    let post_ids: Vec<Uuid> = posts.iter().map(|post| post.get(1)).collect();
    let tags = db.of(&post_ids, &db.tags_by_post).await?;
    let (tag_ids, tag_places) = distinct(tags.iter().map(|tag| tag.get(1)));
    let posts_of_tags = db.of(&tag_ids, &db.posts_by_tag).await?;
    let (authors, _) = distinct(posts_of_tags.iter().map(|post| post.get(2)));
    let authors = db.of(&authors, &db.users_by_id).await?;

    let (profiles, authors) = (by_id(&profiles), by_id::<&str>(&authors));
    let tags: ById<&[Row]> = groups(&tags).collect();
    let posts = groups_by_place(&posts, ids.len());
    // A tag is in the answer several times, and each time with the same posts.
    let mut tag_posts = Json::with_capacity(32 << 10);
    let write_posts = |posts: &[Row]| {
        let start = tag_posts.0.len();
        tag_posts.list(posts, |json, post| {
            let author = authors.get(&post.get::<_, Uuid>(2)).copied();
            json.raw("{\"title\":").string(post.get(1));
            json.raw(",\"author\":{\"username\":").nullable(author).raw("}}");
        });
        start..tag_posts.0.len()
    };
    let places: Vec<_> =
        groups_by_place(&posts_of_tags, tag_ids.len()).into_iter().map(write_posts).collect();
    let mut json = Json::with_capacity(128 << 10);
    json.raw("{\"data\":{\"users\":").list(users.iter().zip(posts), |json, (user, posts)| {
        json.raw("{\"username\":").string(user.get(1)).raw(",\"profile\":");
        profile(json, &profiles, user.get(0));
        json.raw(",\"blogPosts\":").list(posts, |json, post| {
            json.raw("{\"title\":").string(post.get(2)).raw(",\"tags\":");
            json.list(tags.get(&post.get::<_, Uuid>(1)).copied().unwrap_or_default(), |json, tag| {
                json.raw("{\"name\":").string(tag.get(2)).raw(",\"posts\":");
                let place =
                    tag_places.get(&tag.get::<_, Uuid>(1)).map_or(0..0, |place| places[*place].clone());
                json.bytes(&tag_posts.0[place]);
                json.raw("}");
            });
            json.raw("}");
        });
        json.raw("}");
    });
    json.raw("}}");
    Ok(json.0)
}

async fn one_post(db: &Connection, body: &[u8]) -> Answer {
    let variables::ById { id } = serde_json::from_slice(body)?;
    let (post, tags) = try_join!(db.of(&id, &db.post), db.of(&id, &db.tags_of_post))?;
    let Some(post) = post.first() else { return Ok(b"{\"data\":{\"blogPost\":null}}".to_vec()) };
    let author: Uuid = post.get(2);
    let (user, bio) = try_join!(db.of(&author, &db.user), db.of(&author, &db.profile))?;
    let mut json = Json::with_capacity(2 << 10);
    json.raw("{\"data\":{\"blogPost\":{\"title\":")
        .string(post.get(0))
        .raw(",\"content\":")
        .string(post.get(1));
    json.raw(",\"author\":{\"username\":")
        .nullable(user.first().map(|user| user.get(0)))
        .raw(",\"profile\":");
    match bio.first() {
        Some(profile) => json.raw("{\"bio\":").nullable(profile.get(0)).raw("}"),
        None => json.raw("null"),
    };
    json.raw("},\"tags\":").list(&tags, |json, tag| {
        json.raw("{\"name\":").string(tag.get(0)).raw("}");
    });
    json.raw("}}}");
    Ok(json.0)
}

async fn one_user(db: &Connection, body: &[u8]) -> Answer {
    let variables::ByName { name } = serde_json::from_slice(body)?;
    let user = db.of(&name, &db.user_by_name).await?;
    let Some(user) = user.first() else { return Ok(b"{\"data\":{\"user\":null}}".to_vec()) };
    let mut json = Json::with_capacity(256);
    json.raw("{\"data\":{\"user\":{\"id\":")
        .id(user.get(0))
        .raw(",\"username\":")
        .string(user.get(1))
        .raw("}}}");
    Ok(json.0)
}

async fn create_post(db: &Connection, body: &[u8]) -> Answer {
    let variables::Create { input } = serde_json::from_slice(body)?;
    let tags: Vec<&str> = input.tags.connect.iter().map(|tag| &*tag.name).collect();
    let (id, now) = (Uuid::now_v7(), SystemTime::now());
    let made = db
        .client
        .query(&db.create_post, &[&id, &input.title, &input.content, &input.author_id, &now, &tags])
        .await;
    let post = match made {
        Ok(post) => post,
        Err(error)
            if [Some(&SqlState::FOREIGN_KEY_VIOLATION), Some(&SqlState::NOT_NULL_VIOLATION)]
                .contains(&error.code()) =>
        {
            return Ok(http::not_found());
        }
        Err(error) => return Err(error.into()),
    };
    let post = post.first().ok_or("nothing was inserted")?;
    let mut json = Json::with_capacity(256);
    json.raw("{\"data\":{\"createBlogPost\":{\"blogPost\":{\"id\":").id(post.get(0));
    json.raw(",\"title\":").string(post.get(1)).raw("},\"userErrors\":[]}}}");
    Ok(json.0)
}

type Db = State<Arc<Pools>>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let url = std::env::args().nth(1).ok_or("expected the URL of the database")?;
    let pools =
        Pools { readers: Pool::open(&url, READERS).await?, writers: Pool::open(&url, WRITERS).await? };
    let router = Router::new()
        .route("/q1", post(async |State(db): Db| http::respond(newest_posts(db.readers.connection()).await)))
        .route("/q2", post(async |State(db): Db| http::respond(first_users(db.readers.connection()).await)))
        .route(
            "/q3",
            post(async |State(db): Db, body: Bytes| {
                http::respond(one_post(db.readers.connection(), &body).await)
            }),
        )
        .route(
            "/q4",
            post(async |State(db): Db, body: Bytes| {
                http::respond(one_user(db.readers.connection(), &body).await)
            }),
        )
        .route(
            "/q5",
            post(async |State(db): Db, body: Bytes| {
                http::respond(create_post(db.writers.connection(), &body).await)
            }),
        );
    http::serve(router.with_state(Arc::new(pools))).await
}
