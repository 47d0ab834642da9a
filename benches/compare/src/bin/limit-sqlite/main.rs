//! The questions on a SQLite file, answered by hand: `limit-sqlite FILE`.
//!
//! One statement for each level or relationship, as Doorway must have. Every worker thread has a connection with its
//! statements prepared, and reads on it without a change of thread; one more connection writes.

mod reader;
mod rows;

use axum::{Router, body::Bytes, extract::State, routing::post};
use doorway_compare::{
    http::{self, Answer, Failure},
    ids::{ById, distinct},
    json::Json,
    variables,
};
use reader::{Reader, open};
use rows::{Pieces, id, keys, pages, text};
use rusqlite::{Connection, ErrorCode, OptionalExtension, Statement, params};
use std::{
    cell::RefCell,
    sync::{Arc, Mutex},
    time::SystemTime,
};
use tokio::task::block_in_place;
use uuid::Uuid;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

thread_local! {
    static READER: RefCell<Option<Reader>> = const { RefCell::new(None) };
}

/// Reads on this thread's connection.
fn read(db: &Database, answer: impl FnOnce(&mut Reader) -> Answer) -> axum::response::Response {
    http::respond(READER.with_borrow_mut(|reader| match reader {
        Some(reader) => answer(reader),
        None => answer(reader.insert(Reader::open(&db.path)?)),
    }))
}

/// `username` of the users with these ids, as JSON strings.
fn usernames(statement: &mut Statement<'_>, ids: &[Uuid]) -> Result<Pieces, Failure> {
    let mut names = Pieces::default();
    let mut rows = statement.query([keys(ids)])?;
    while let Some(row) = rows.next()? {
        names.add(id(row, 0)?, |json| {
            json.string(text(row, 1)?);
            Ok(())
        })?;
    }
    Ok(names)
}

/// `{"bio":…}` of the users with these ids.
fn profiles(statement: &mut Statement<'_>, ids: &[Uuid]) -> Result<Pieces, Failure> {
    let mut profiles = Pieces::default();
    let mut rows = statement.query([keys(ids)])?;
    while let Some(row) = rows.next()? {
        profiles.add(id(row, 0)?, |json| {
            json.raw("{\"bio\":").nullable(row.get_ref(1)?.as_str_or_null()?).raw("}");
            Ok(())
        })?;
    }
    Ok(profiles)
}

fn newest_posts(db: &mut Reader) -> Answer {
    let mut posts: Vec<(Uuid, String, Uuid)> = Vec::with_capacity(50);
    let mut rows = db.newest_posts.query([])?;
    while let Some(row) = rows.next()? {
        posts.push((id(row, 0)?, text(row, 1)?.to_owned(), id(row, 2)?));
    }
    drop(rows);
    let (authors, _) = distinct(posts.iter().map(|post| post.2));
    let users = usernames(&mut db.users_by_id, &authors)?;
    let profiles = profiles(&mut db.profiles_by_user, &authors)?;
    let ids: Vec<Uuid> = posts.iter().map(|post| post.0).collect();
    let mut tags = Pieces::default();
    let mut rows = db.tags_by_post.query([keys(&ids)])?;
    while let Some(row) = rows.next()? {
        tags.add(id(row, 0)?, |json| {
            json.raw("{\"name\":").string(text(row, 2)?).raw("}");
            Ok(())
        })?;
    }
    let mut json = Json::with_capacity(16 << 10);
    json.raw("{\"data\":{\"blogPosts\":").list(&posts, |json, (id, title, author)| {
        json.raw("{\"id\":").id(*id).raw(",\"title\":").string(title);
        json.raw(",\"author\":{\"username\":").bytes(users.get(*author));
        json.raw(",\"profile\":").bytes(profiles.get_or_null(*author));
        json.raw("},\"tags\":[").bytes(tags.get(*id)).raw("]}");
    });
    json.raw("}}");
    Ok(json.0)
}

fn first_users(db: &mut Reader) -> Answer {
    let mut users: Vec<(Uuid, String)> = Vec::with_capacity(20);
    let mut rows = db.first_users.query([])?;
    while let Some(row) = rows.next()? {
        users.push((id(row, 0)?, text(row, 1)?.to_owned()));
    }
    drop(rows);
    let ids: Vec<Uuid> = users.iter().map(|user| user.0).collect();
    let profiles = profiles(&mut db.profiles_by_user, &ids)?;
    // SQLite gives the pages in the order of the keys, and each of them oldest first.
    let mut posts: Vec<(Uuid, Uuid, String)> = Vec::new();
    let mut rows = db.posts_by_user.query([keys(&ids)])?;
    while let Some(row) = rows.next()? {
        posts.push((id(row, 0)?, id(row, 1)?, text(row, 2)?.to_owned()));
    }
    drop(rows);
    let posts = pages(&mut posts, |post| (post.0, post.1));

    let post_ids: Vec<Uuid> = posts.values().flat_map(|page| page.iter().map(|post| post.1)).collect();
    let mut tags: Vec<(Uuid, Uuid, String)> = Vec::with_capacity(post_ids.len() * 3);
    let mut rows = db.tags_by_post.query([keys(&post_ids)])?;
    while let Some(row) = rows.next()? {
        tags.push((id(row, 0)?, id(row, 1)?, text(row, 2)?.to_owned()));
    }
    drop(rows);
    let (tag_ids, _) = distinct(tags.iter().map(|tag| tag.1));
    let tags: ById<&[(Uuid, Uuid, String)]> =
        tags.chunk_by(|one, other| one.0 == other.0).map(|group| (group[0].0, group)).collect();

    let mut posts_of_tags: Vec<(Uuid, Uuid, String, Uuid)> = Vec::with_capacity(tag_ids.len() * 3);
    let mut rows = db.posts_by_tag.query([keys(&tag_ids)])?;
    while let Some(row) = rows.next()? {
        posts_of_tags.push((id(row, 0)?, id(row, 1)?, text(row, 2)?.to_owned(), id(row, 3)?));
    }
    drop(rows);
    let (authors, _) = distinct(posts_of_tags.iter().map(|post| post.3));
    let posts_of_tags = pages(&mut posts_of_tags, |post| (post.0, post.1));
    let authors = usernames(&mut db.users_by_id, &authors)?;
    // A tag is in the answer several times, and each time with the same posts.
    let mut tag_posts = Pieces::default();
    for (tag, page) in &posts_of_tags {
        for (_, _, title, author) in *page {
            tag_posts.add(*tag, |json| {
                json.raw("{\"title\":").string(title);
                json.raw(",\"author\":{\"username\":").bytes(authors.get(*author)).raw("}}");
                Ok(())
            })?;
        }
    }

    let mut json = Json::with_capacity(128 << 10);
    json.raw("{\"data\":{\"users\":").list(&users, |json, (id, username)| {
        json.raw("{\"username\":").string(username);
        json.raw(",\"profile\":").bytes(profiles.get_or_null(*id)).raw(",\"blogPosts\":");
        json.list(posts.get(id).copied().unwrap_or_default(), |json, (_, id, title)| {
            json.raw("{\"title\":").string(title).raw(",\"tags\":");
            json.list(tags.get(id).copied().unwrap_or_default(), |json, (_, id, name)| {
                json.raw("{\"name\":").string(name).raw(",\"posts\":[").bytes(tag_posts.get(*id)).raw("]}");
            });
            json.raw("}");
        });
        json.raw("}");
    });
    json.raw("}}");
    Ok(json.0)
}

fn one_post(db: &mut Reader, body: &[u8]) -> Answer {
    let variables::ById { id: post } = serde_json::from_slice(body)?;
    let mut json = Json::with_capacity(2 << 10);
    let mut rows = db.post.query([post.as_bytes()])?;
    let Some(row) = rows.next()? else { return Ok(b"{\"data\":{\"blogPost\":null}}".to_vec()) };
    json.raw("{\"data\":{\"blogPost\":{\"title\":")
        .string(text(row, 0)?)
        .raw(",\"content\":")
        .string(text(row, 1)?);
    let author = id(row, 2)?;
    drop(rows);
    let mut rows = db.user.query([author.as_bytes()])?;
    let row = rows.next()?.ok_or("a post without author")?;
    json.raw(",\"author\":{\"username\":").string(text(row, 0)?).raw(",\"profile\":");
    drop(rows);
    let mut rows = db.profile.query([author.as_bytes()])?;
    match rows.next()? {
        Some(row) => json.raw("{\"bio\":").nullable(row.get_ref(0)?.as_str_or_null()?).raw("}"),
        None => json.raw("null"),
    };
    drop(rows);
    json.raw("},\"tags\":[");
    let mut rows = db.tags_of_post.query([post.as_bytes()])?;
    let mut first = true;
    while let Some(row) = rows.next()? {
        json.raw(if first { "" } else { "," }).raw("{\"name\":").string(text(row, 0)?).raw("}");
        first = false;
    }
    json.raw("]}}}");
    Ok(json.0)
}

fn one_user(db: &mut Reader, body: &[u8]) -> Answer {
    let variables::ByName { name } = serde_json::from_slice(body)?;
    let mut json = Json::with_capacity(256);
    let mut rows = db.user_by_name.query([&*name])?;
    let Some(row) = rows.next()? else { return Ok(b"{\"data\":{\"user\":null}}".to_vec()) };
    json.raw("{\"data\":{\"user\":{\"id\":")
        .id(id(row, 0)?)
        .raw(",\"username\":")
        .string(text(row, 1)?)
        .raw("}}}");
    Ok(json.0)
}

fn create_post(db: &Mutex<Connection>, body: &[u8]) -> Answer {
    let variables::Create { input } = serde_json::from_slice(body)?;
    let (id, now) =
        (Uuid::now_v7(), SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_micros() as i64);
    let mut db = db.lock().map_err(|_| "a writer has panicked")?;
    let transaction = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let made = transaction
        .prepare_cached(
            "INSERT INTO blog_posts (id, title, content, user_id, created_at, updated_at, version) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?5, 1)",
        )?
        .execute(params![id.as_bytes(), input.title, input.content, input.author_id.as_bytes(), now]);
    match made {
        Ok(_) => {}
        Err(rusqlite::Error::SqliteFailure(error, _)) if error.code == ErrorCode::ConstraintViolation => {
            return Ok(http::not_found());
        }
        Err(error) => return Err(error.into()),
    }
    let mut find = transaction.prepare_cached("SELECT id FROM tags WHERE name = ?1")?;
    let mut link = transaction.prepare_cached(
        "INSERT INTO post_tags (post_id, tag_id, position, added_at) VALUES (?1, ?2, ?3, ?4)",
    )?;
    for (position, tag) in input.tags.connect.iter().enumerate() {
        let tag: Option<[u8; 16]> = find.query_row([&*tag.name], |row| row.get(0)).optional()?;
        let Some(tag) = tag else { return Ok(http::not_found()) };
        link.execute(params![id.as_bytes(), tag, position as i64, now])?;
    }
    drop((find, link));
    transaction.commit()?;
    let mut json = Json::with_capacity(256);
    json.raw("{\"data\":{\"createBlogPost\":{\"blogPost\":{\"id\":").id(id);
    json.raw(",\"title\":").string(&input.title).raw("},\"userErrors\":[]}}}");
    Ok(json.0)
}

struct Database {
    path: String,
    writer: Mutex<Connection>,
}

type Db = State<Arc<Database>>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let path = std::env::args().nth(1).ok_or("expected the path of the database")?;
    let database = Database { writer: Mutex::new(open(&path)?), path };
    let router = Router::new()
        .route("/q1", post(async |State(db): Db| read(&db, newest_posts)))
        .route("/q2", post(async |State(db): Db| read(&db, first_users)))
        .route("/q3", post(async |State(db): Db, body: Bytes| read(&db, |db| one_post(db, &body))))
        .route("/q4", post(async |State(db): Db, body: Bytes| read(&db, |db| one_user(db, &body))))
        .route(
            "/q5",
            post(async |State(db): Db, body: Bytes| {
                http::respond(block_in_place(|| create_post(&db.writer, &body)))
            }),
        );
    http::serve(router.with_state(Arc::new(database))).await
}
