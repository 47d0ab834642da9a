//! The questions on a SQLite file, answered by hand: `limit-sqlite FILE`.
//!
//! One statement for each level or relationship, as Doorway must have. Every worker thread has a connection with its
//! statements prepared, and reads on it without a change of thread; one more connection writes.

use axum::{Router, body::Bytes, extract::State, routing::post};
use doorway_compare::{
    http::{self, Answer, Failure},
    ids::{ById, distinct},
    json::Json,
    variables,
};
use rusqlite::{Connection, ErrorCode, OptionalExtension, Row, Statement, params, types::Value, vtab::array};
use std::{
    cell::RefCell,
    ops::Range,
    rc::Rc,
    sync::{Arc, Mutex},
    time::SystemTime,
};
use tokio::task::block_in_place;
use uuid::Uuid;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Those of Doorway.
const PRAGMAS: &str = "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; \
     PRAGMA foreign_keys = ON; PRAGMA mmap_size = 268435456; PRAGMA cache_size = -16000; PRAGMA temp_store = MEMORY;";

fn open(path: &str) -> Result<Connection, Failure> {
    let connection = Connection::open(path)?;
    connection.execute_batch(PRAGMAS)?;
    array::load_module(&connection)?;
    Ok(connection)
}

/// A thread's statements. Its connection is never closed.
struct Reader {
    newest_posts: Statement<'static>,
    users_by_id: Statement<'static>,
    profiles_by_user: Statement<'static>,
    tags_by_post: Statement<'static>,
    first_users: Statement<'static>,
    posts_by_user: Statement<'static>,
    posts_by_tag: Statement<'static>,
    post: Statement<'static>,
    tags_of_post: Statement<'static>,
    user: Statement<'static>,
    profile: Statement<'static>,
    user_by_name: Statement<'static>,
}

impl Reader {
    fn open(path: &str) -> Result<Reader, Failure> {
        let connection: &'static Connection = Box::leak(Box::new(open(path)?));
        let prepare = |sql| connection.prepare(sql);
        Ok(Reader {
            newest_posts: prepare("SELECT id, title, user_id FROM blog_posts ORDER BY id DESC LIMIT 50")?,
            users_by_id: prepare("SELECT id, username FROM users WHERE id IN rarray(?1)")?,
            profiles_by_user: prepare("SELECT user_id, bio FROM profiles WHERE user_id IN rarray(?1)")?,
            // A post has at most 100 tags, as many as a page has.
            tags_by_post: prepare(
                "SELECT p.post_id, t.id, t.name FROM post_tags p CROSS JOIN tags t ON t.id = p.tag_id \
                 WHERE p.post_id IN rarray(?1) ORDER BY p.post_id, p.position, p.tag_id",
            )?,
            first_users: prepare("SELECT id, username FROM users ORDER BY username LIMIT 20")?,
            posts_by_user: prepare(
                "SELECT k.value, b.id, b.title FROM rarray(?1) k CROSS JOIN blog_posts b ON b.rowid IN \
                 (SELECT rowid FROM blog_posts WHERE user_id = k.value ORDER BY id DESC LIMIT 5)",
            )?,
            posts_by_tag: prepare(
                "SELECT k.value, b.id, b.title, b.user_id FROM rarray(?1) k CROSS JOIN blog_posts b ON b.id IN \
                 (SELECT post_id FROM post_tags WHERE tag_id = k.value ORDER BY post_id DESC LIMIT 3)",
            )?,
            post: prepare("SELECT title, content, user_id FROM blog_posts WHERE id = ?1")?,
            tags_of_post: prepare(
                "SELECT t.name FROM post_tags p CROSS JOIN tags t ON t.id = p.tag_id \
                 WHERE p.post_id = ?1 ORDER BY p.position, p.tag_id",
            )?,
            user: prepare("SELECT username FROM users WHERE id = ?1")?,
            profile: prepare("SELECT bio FROM profiles WHERE user_id = ?1")?,
            user_by_name: prepare("SELECT id, username FROM users WHERE username = ?1")?,
        })
    }
}

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

fn id(row: &Row<'_>, column: usize) -> Result<Uuid, Failure> {
    Ok(Uuid::from_slice(row.get_ref(column)?.as_blob()?)?)
}

fn text<'a>(row: &'a Row<'_>, column: usize) -> Result<&'a str, Failure> {
    Ok(row.get_ref(column)?.as_str()?)
}

/// Ids as the one parameter of a statement.
fn keys(ids: &[Uuid]) -> Rc<Vec<Value>> {
    Rc::new(ids.iter().map(|id| Value::Blob(id.as_bytes().to_vec())).collect())
}

/// JSON of rows by a key, all in one buffer. A row is only there until the next one, so its JSON is written at once.
#[derive(Default)]
struct Pieces {
    json: Json,
    places: ById<Range<usize>>,
}

impl Pieces {
    /// Adds an item to the list of `key`. The items of a key come one after another.
    fn add(&mut self, key: Uuid, write: impl FnOnce(&mut Json) -> Result<(), Failure>) -> Result<(), Failure> {
        let place = self.places.entry(key).or_insert(0..0);
        if place.end == 0 {
            place.start = self.json.0.len();
        } else {
            self.json.raw(",");
        }
        write(&mut self.json)?;
        place.end = self.json.0.len();
        Ok(())
    }

    fn get(&self, key: Uuid) -> &[u8] {
        self.places.get(&key).map_or(&[], |place| &self.json.0[place.clone()])
    }
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

/// What is there, or null.
fn piece_or_null<'a>(pieces: &'a Pieces, key: Uuid) -> &'a [u8] {
    match pieces.get(key) {
        [] => b"null",
        piece => piece,
    }
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
        json.raw(",\"profile\":").bytes(piece_or_null(&profiles, *author));
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
        json.raw(",\"profile\":").bytes(piece_or_null(&profiles, *id)).raw(",\"blogPosts\":");
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

/// The rows of each key, which come one after another, newest first. `keys` gives a row's key and id.
fn pages<T>(rows: &mut [T], keys: impl Fn(&T) -> (Uuid, Uuid)) -> ById<&[T]> {
    let pages = rows.chunk_by_mut(|one, other| keys(one).0 == keys(other).0);
    pages
        .map(|page| {
            page.sort_unstable_by(|one, other| keys(other).1.cmp(&keys(one).1));
            (keys(&page[0]).0, &*page)
        })
        .collect()
}

fn one_post(db: &mut Reader, body: &[u8]) -> Answer {
    let variables::ById { id: post } = serde_json::from_slice(body)?;
    let mut json = Json::with_capacity(2 << 10);
    let mut rows = db.post.query([post.as_bytes()])?;
    let Some(row) = rows.next()? else { return Ok(b"{\"data\":{\"blogPost\":null}}".to_vec()) };
    json.raw("{\"data\":{\"blogPost\":{\"title\":").string(text(row, 0)?).raw(",\"content\":").string(text(row, 1)?);
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
    json.raw("{\"data\":{\"user\":{\"id\":").id(id(row, 0)?).raw(",\"username\":").string(text(row, 1)?).raw("}}}");
    Ok(json.0)
}

fn create_post(db: &Mutex<Connection>, body: &[u8]) -> Answer {
    let variables::Create { input } = serde_json::from_slice(body)?;
    let (id, now) = (Uuid::now_v7(), SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_micros() as i64);
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
    let mut link = transaction
        .prepare_cached("INSERT INTO post_tags (post_id, tag_id, position, added_at) VALUES (?1, ?2, ?3, ?4)")?;
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
