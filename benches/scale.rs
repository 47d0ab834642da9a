//! What a frontend asks of a great blog: how long each operation takes, and which tables its statements scan.
//!
//! `cargo bench --bench scale` asks SQLite, and PostgreSQL too where `DOORWAY_BENCH_POSTGRES` names a database for it.
//! `DOORWAY_BENCH_POSTS` is the number of posts, 10,000 unless it says otherwise; a hundredth of them are users, a
//! tag is on half of them, and three more on each. Databases stay: `DOORWAY_BENCH_SQLITE` names a file to keep.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a bench that fails should say where")]

use diesel::{QueryableByName, sql_query, sql_types::Text};
use doorway::{
    app::App,
    blog::{HISTORY, app, seed},
    db::Db,
    execution,
};
use serde_json::Value;
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How often each operation is asked; the least time counts. PostgreSQL plans the first five anew in any case.
const ROUNDS: usize = 8;

/// `$HOT` is the tag that half of all posts have, `$RARE` another one, `$USER` a user; `$CURSOR` stands 20,000 posts
/// down the list that the operation before it asks for, whose cursor it is.
const OPERATIONS: [(&str, &str); 24] = [
    ("page 1", "{ blogPosts(limit: 20) { title author { username } tags { name } } }"),
    ("page 1,000 by offset", "{ blogPosts(limit: 20, offset: 19980) { title } }"),
    ("by publishedAt", "{ blogPosts(limit: 20, orderBy: { publishedAt: DESC }) { title } }"),
    (
        "published, by publishedAt",
        "{ blogPosts(limit: 20, where: { publishedAt: { isNull: false } }, orderBy: { publishedAt: DESC }) { title } }",
    ),
    ("drafts", "{ blogPosts(limit: 20, where: { publishedAt: { isNull: true } }) { title } }"),
    ("by title", "{ blogPosts(limit: 20, orderBy: { title: ASC }) { title } }"),
    ("by updatedAt", "{ blogPosts(limit: 20, orderBy: { updatedAt: DESC }) { title } }"),
    (
        "by two columns",
        "{ blogPosts(limit: 20, orderBy: [{ publishedAt: DESC }, { title: ASC }]) { title } }",
    ),
    (
        "page 1,000 by cursor",
        "{ blogPostsConnection(first: 20, after: \"$CURSOR\") { nodes { title } pageInfo { hasPreviousPage hasNextPage } } }",
    ),
    (
        "page 1,000 by publishedAt",
        "{ blogPostsConnection(first: 20, after: \"$CURSOR\", orderBy: { publishedAt: DESC }) { nodes { title } pageInfo { hasPreviousPage hasNextPage } } }",
    ),
    ("by nobody", "{ blogPosts(limit: 20, where: { author: { username: { eq: \"nobody\" } } }) { title } }"),
    ("by a user", "{ blogPosts(limit: 20, where: { author: { username: { eq: \"$USER\" } } }) { title } }"),
    (
        "by users called so",
        "{ blogPosts(limit: 20, where: { author: { username: { startsWith: \"zz\" } } }) { title } }",
    ),
    (
        "by all users",
        "{ blogPosts(limit: 20, where: { author: { username: { ne: \"nobody\" } } }) { title } }",
    ),
    (
        "with the hot tag",
        "{ blogPosts(limit: 20, where: { tags: { some: { name: { eq: \"$HOT\" } } } }) { title } }",
    ),
    (
        "with a rare tag",
        "{ blogPosts(limit: 20, where: { tags: { some: { name: { eq: \"$RARE\" } } } }) { title } }",
    ),
    (
        "without the hot tag",
        "{ blogPosts(limit: 20, where: { tags: { none: { name: { eq: \"$HOT\" } } } }) { title } }",
    ),
    ("the hot tag's posts", "{ tag(name: \"$HOT\") { posts(limit: 20) { title } } }"),
    (
        "the hot tag's posts by publishedAt",
        "{ tag(name: \"$HOT\") { posts(limit: 20, orderBy: { publishedAt: DESC }) { title } } }",
    ),
    ("the hot tag's number of posts", "{ tag(name: \"$HOT\") { postsConnection { totalCount } } }"),
    ("the number of posts", "{ blogPostsConnection { totalCount } }"),
    (
        "a user's posts by publishedAt",
        "{ user(username: \"$USER\") { blogPosts(limit: 20, orderBy: { publishedAt: DESC }) { title } } }",
    ),
    (
        "50 users' posts and their tags",
        "{ users(limit: 50) { username blogPosts(limit: 10) { title tags { name } } } }",
    ),
    (
        "titles that contain nothing known",
        "{ blogPosts(limit: 20, where: { title: { containsI: \"no such title\" } }) { title } }",
    ),
];

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = Text)]
    detail: String,
}

#[derive(QueryableByName)]
struct Plan {
    #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
    plan: String,
}

async fn ask(app: &App, db: &Db, query: &str) -> Value {
    let mut response = serde_json::to_value(execution::execute(app, db, query.into()).await).unwrap();
    assert!(response.get("errors").is_none(), "{query}: {response}");
    response["data"].take()
}

/// The tables that a statement's plan reads from end to end. PostgreSQL's is the one that it keeps, for any values.
async fn scanned(db: &Db, statement: &str) -> BTreeSet<String> {
    let mut tx = db.begin().await.unwrap();
    if !db.is_postgres() {
        let steps: Vec<Step> = tx.rows(sql_query(format!("EXPLAIN QUERY PLAN {statement}"))).await.unwrap();
        let scan = |step: &Step| step.detail.strip_prefix("SCAN ").map(str::to_owned);
        let table =
            |rest: &String| !rest.contains("INDEX") && !rest.starts_with('(') && !rest.starts_with("p");
        return steps.iter().filter_map(scan).filter(table).collect();
    }
    let parameters = (1..).take_while(|nth| statement.contains(&format!("${nth}"))).count();
    let nulls = vec!["NULL"; parameters].join(", ");
    let call = if nulls.is_empty() { String::new() } else { format!("({nulls})") };
    let statement =
        statement.replace("unnest($1)", "unnest($1::uuid[])").replace("SELECT $1,", "SELECT $1::uuid,");
    for sql in
        ["SET LOCAL plan_cache_mode = force_generic_plan".to_owned(), format!("PREPARE scale AS {statement}")]
    {
        tx.run(sql_query(sql)).await.unwrap();
    }
    let steps: Vec<Plan> = tx.rows(sql_query(format!("EXPLAIN EXECUTE scale{call}"))).await.unwrap();
    tx.run(sql_query("DEALLOCATE scale")).await.unwrap();
    let table = |step: &Plan| Some(step.plan.split_once("Seq Scan on ")?.1.split(' ').next()?.to_owned());
    steps.iter().filter_map(table).collect()
}

/// The cursor of the 20,000th row, or of the last, in the order of a connection.
async fn cursor(app: &App, db: &Db, query: &str) -> String {
    let order = if query.contains("publishedAt") { ", orderBy: { publishedAt: DESC }" } else { "" };
    let mut cursor = String::new();
    for _ in 0..20 {
        let after = if cursor.is_empty() { String::new() } else { format!(", after: \"{cursor}\"") };
        let page =
            format!("{{ blogPostsConnection(first: 1000{after}{order}) {{ pageInfo {{ endCursor }} }} }}");
        match ask(app, db, &page).await["blogPostsConnection"]["pageInfo"]["endCursor"].as_str() {
            Some(end) => cursor = end.to_owned(),
            None => break,
        }
    }
    cursor
}

async fn fill(db: &Db, posts: u32) {
    let size = seed::Size { users: posts.div_ceil(100), posts, tags: 2000.min(posts), seed: 0 };
    let begin = Instant::now();
    seed::seed(db, &size, |_, _| {}).await.unwrap();
    let hot = format!(
        "INSERT INTO post_tags SELECT p.id, (SELECT id FROM tags ORDER BY name LIMIT 1), 9, p.created_at FROM
           (SELECT id, created_at FROM blog_posts ORDER BY id LIMIT {}) p WHERE p.id NOT IN (SELECT post_id
           FROM post_tags WHERE tag_id = (SELECT id FROM tags ORDER BY name LIMIT 1))",
        posts / 2
    );
    let mut tx = db.begin().await.unwrap();
    tx.run(sql_query(hot)).await.unwrap();
    tx.commit().await.unwrap();
    db.analyze().await.unwrap();
    println!("seeded {posts} posts in {:.0} s", begin.elapsed().as_secs_f64());
}

async fn measure(database: &str, url: &str, posts: u32) {
    let statements = Arc::new(Mutex::new(Vec::new()));
    let seen = statements.clone();
    let db = Db::open_observed(&url.parse().unwrap(), move |sql| seen.lock().unwrap().push(sql.to_owned()));
    let db = db.unwrap();
    db.migrations(HISTORY).up().await.unwrap();
    if seed::is_empty(&db).await.unwrap() {
        fill(&db, posts).await;
    }
    let app = app();
    let names = ask(&app, &db, "{ tags(limit: 2) { name } users(limit: 1) { username } }").await;
    let name = |path: &str| names.pointer(path).and_then(Value::as_str).unwrap().to_owned();
    for (what, query) in OPERATIONS {
        let mut query = query
            .replace("$HOT", &name("/tags/0/name"))
            .replace("$RARE", &name("/tags/1/name"))
            .replace("$USER", &name("/users/0/username"));
        if query.contains("$CURSOR") {
            query = query.replace("$CURSOR", &cursor(&app, &db, &query).await);
        }
        statements.lock().unwrap().clear();
        ask(&app, &db, &query).await;
        let texts = std::mem::take(&mut *statements.lock().unwrap());
        let mut scans = BTreeSet::new();
        for text in texts.iter().filter(|text| text.starts_with("SELECT") || text.starts_with("WITH")) {
            scans.extend(scanned(&db, text).await);
        }
        let mut best = Duration::MAX;
        for _ in 0..ROUNDS {
            let begin = Instant::now();
            std::hint::black_box(ask(&app, &db, &query).await);
            best = best.min(begin.elapsed());
        }
        let scans = if scans.is_empty() { "-".to_owned() } else { Vec::from_iter(scans).join(", ") };
        println!("{database:10} {what:36} {:10.2} ms  scans: {scans}", best.as_secs_f64() * 1e3);
    }
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let posts = std::env::var("DOORWAY_BENCH_POSTS").map_or(10_000, |text| text.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("scale.db").display().to_string();
    let sqlite = format!("sqlite:{}", std::env::var("DOORWAY_BENCH_SQLITE").unwrap_or(file));
    runtime.block_on(async {
        measure("SQLite", &sqlite, posts).await;
        if let Ok(url) = std::env::var("DOORWAY_BENCH_POSTGRES") {
            measure("PostgreSQL", &url, posts).await;
        }
    });
}
