//! Throughput of whole requests, as a ratio to the same answer made by hand without GraphQL: batched Diesel
//! queries and JSON put together from their rows, on the same database in the same run.
//!
//! `cargo bench` measures SQLite, and PostgreSQL too where `DOORWAY_BENCH_POSTGRES` names a database for it.
//! The ratios are what to look at; requests per second are this machine's today.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a bench that fails should say where"
)]
#![allow(missing_docs, reason = "tables of a bench")]

use async_graphql::Request;
use diesel::prelude::*;
use doorway::{
    blog::{HISTORY, app, seed},
    db::{Db, Id},
    document::Documents,
    execution::{self, Operation},
};
use futures_util::future::{BoxFuture, FutureExt, join_all};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

diesel::table! {
    use diesel::sql_types::*;
    use doorway::db::Guid;
    users (id) { id -> Guid, username -> Text, }
}
diesel::table! {
    use diesel::sql_types::*;
    use doorway::db::Guid;
    profiles (id) { id -> Guid, user_id -> Guid, bio -> Nullable<Text>, }
}
diesel::table! {
    use diesel::sql_types::*;
    use doorway::db::Guid;
    blog_posts (id) { id -> Guid, title -> Text, content -> Text, user_id -> Guid, }
}
diesel::table! {
    use diesel::sql_types::*;
    use doorway::db::Guid;
    tags (id) { id -> Guid, name -> Text, }
}
diesel::table! {
    use diesel::sql_types::*;
    use doorway::db::Guid;
    post_tags (post_id, tag_id) { post_id -> Guid, tag_id -> Guid, position -> Integer, }
}
diesel::joinable!(post_tags -> tags (tag_id));
diesel::allow_tables_to_appear_in_same_query!(post_tags, tags);

const CLIENTS: usize = 16;
const SLICE: Duration = Duration::from_millis(500);
const ROUNDS: usize = 7;

/// Fifty posts, their authors and profiles, and their tags.
const Q1: &str = "{ blogPosts(limit: 50) { id title author { username profile { bio } } tags { name } } }";

async fn q1_by_hand(db: &Db) -> Value {
    let reader = db.reader();
    let posts = blog_posts::table.order(blog_posts::id.desc()).limit(50);
    let posts: Vec<(Id, String, Id)> =
        reader.rows(posts.select((blog_posts::id, blog_posts::title, blog_posts::user_id))).await.unwrap();
    let mut authors: Vec<Id> = posts.iter().map(|post| post.2).collect();
    authors.sort_unstable();
    authors.dedup();
    let ids: Vec<Id> = posts.iter().map(|post| post.0).collect();
    let bios = profiles::table.filter(profiles::user_id.eq_any(authors.clone()));
    let bios = reader.rows::<(Id, Option<String>), _>(bios.select((profiles::user_id, profiles::bio)));
    let names = users::table.filter(users::id.eq_any(authors)).select((users::id, users::username));
    let names = reader.rows::<(Id, String), _>(names);
    let linked = post_tags::table.inner_join(tags::table).filter(post_tags::post_id.eq_any(ids));
    let linked = linked.order(post_tags::position).select((post_tags::post_id, tags::name));
    let (bios, names, linked) =
        tokio::try_join!(bios, names, reader.rows::<(Id, String), _>(linked)).unwrap();
    let (bios, names): (HashMap<Id, _>, HashMap<Id, _>) =
        (bios.into_iter().collect(), names.into_iter().collect());
    let mut tags: HashMap<Id, Vec<Value>> = HashMap::new();
    for (post, name) in linked {
        tags.entry(post).or_default().push(json!({ "name": name }));
    }
    let post = |(id, title, author): (Id, String, Id)| {
        let profile = bios.get(&author).map(|bio| json!({ "bio": bio }));
        let author = json!({ "username": names[&author], "profile": profile });
        json!({ "id": id.to_string(), "title": title, "author": author, "tags": tags.remove(&id).unwrap_or_default() })
    };
    json!({ "data": { "blogPosts": posts.into_iter().map(post).collect::<Vec<_>>() } })
}

async fn q4_by_hand(db: &Db, username: &str) -> Value {
    let user =
        users::table.filter(users::username.eq(username.to_owned())).select((users::id, users::username));
    let (id, username) = db.reader().rows::<(Id, String), _>(user).await.unwrap().pop().unwrap();
    json!({ "data": { "user": { "id": id.to_string(), "username": username } } })
}

type Work = Arc<dyn Fn() -> BoxFuture<'static, Vec<u8>> + Send + Sync>;

/// Requests a second, with all clients at once.
async fn throughput(work: &Work) -> f64 {
    let begin = Instant::now();
    let clients = (0..CLIENTS).map(|_| {
        let work = work.clone();
        tokio::spawn(async move {
            let mut done = 0_u32;
            while begin.elapsed() < SLICE {
                std::hint::black_box(work().await);
                done += 1;
            }
            f64::from(done)
        })
    });
    let done: f64 = join_all(clients).await.into_iter().map(Result::unwrap).sum();
    done / begin.elapsed().as_secs_f64()
}

async fn compare(name: &str, graphql: Work, by_hand: Work) {
    let parse = |text: &[u8]| serde_json::from_slice::<Value>(text).unwrap();
    assert_eq!(parse(&graphql().await), parse(&by_hand().await), "{name}: not the same answer");
    let mut ratios = Vec::new();
    let (mut fastest, mut limit) = (0.0_f64, 0.0_f64);
    for _ in 0..ROUNDS {
        let (ours, hand) = (throughput(&graphql).await, throughput(&by_hand).await);
        ratios.push(ours / hand);
        (fastest, limit) = (fastest.max(ours), limit.max(hand));
    }
    ratios.sort_by(f64::total_cmp);
    println!("{name}: {:.2} of the limit ({fastest:.0} of {limit:.0} requests/s)", ratios[ROUNDS / 2]);
}

async fn measure(name: &str, url: &str) {
    let db = Db::open(&url.parse().unwrap()).unwrap();
    db.migrations(HISTORY).up().await.unwrap();
    if seed::is_empty(&db).await.unwrap() {
        let size = seed::Size { users: 1000, posts: 10_000, tags: 200, seed: 0 };
        seed::seed(&db, &size, |_, _| {}).await.unwrap();
    }
    let username: Vec<String> =
        db.reader().rows(users::table.order(users::username).limit(1).select(users::username)).await.unwrap();
    let username = username[0].clone();
    let (app, bounds) = (app(), execution::Bounds::default());
    let graphql = |query: String| -> Work {
        let (db, app, bounds) = (db.clone(), app.clone(), bounds.clone());
        let documents = Arc::new(Documents::new(app.documents().clone(), 64 << 20));
        Arc::new(move || {
            let (db, app, bounds) = (db.clone(), app.clone(), bounds.clone());
            let (documents, query) = (documents.clone(), query.clone());
            async move {
                let operation = Operation {
                    document: documents.read(&query),
                    request: Request::new(""),
                    size: query.len(),
                    turn: None,
                };
                execution::answer(&app, &bounds, &db, operation).await.into_json()
            }
            .boxed()
        })
    };
    let hand = db.clone();
    let by_hand: Work = Arc::new(move || {
        let db = hand.clone();
        async move { serde_json::to_vec(&q1_by_hand(&db).await).unwrap() }.boxed()
    });
    compare(&format!("{name}, 50 posts with author, profile and tags"), graphql(Q1.to_owned()), by_hand)
        .await;
    let query = format!("{{ user(username: \"{username}\") {{ id username }} }}");
    let hand = db.clone();
    let by_hand: Work = Arc::new(move || {
        let (db, username) = (hand.clone(), username.clone());
        async move { serde_json::to_vec(&q4_by_hand(&db, &username).await).unwrap() }.boxed()
    });
    compare(&format!("{name}, one user"), graphql(query), by_hand).await;
}

fn main() {
    let threads = std::thread::available_parallelism().map_or(2, usize::from) + 1;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let sqlite = format!("sqlite:{}", folder.path().join("bench.db").display());
    runtime.block_on(async {
        tokio::spawn(async move { measure("SQLite", &sqlite).await }).await.unwrap();
        if let Ok(url) = std::env::var("DOORWAY_BENCH_POSTGRES") {
            tokio::spawn(async move { measure("PostgreSQL", &url).await }).await.unwrap();
        }
    });
}
