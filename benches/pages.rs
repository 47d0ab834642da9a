//! Pages, orders and conditions across relationships, as a ratio to the same question in plain SQL by hand: on
//! 100,000 posts, half of them with one tag, one client, in the same run. Less than 1 is faster than by hand.
//!
//! `cargo bench` measures SQLite, and PostgreSQL too where `DOORWAY_BENCH_POSTGRES` names a database for it.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a bench that fails should say where")]

use diesel::{QueryableByName, sql_query, sql_types::Text};
use doorway::{
    app::App,
    blog::{HISTORY, app, seed},
    db::Db,
    execution,
};
use serde_json::Value;
use std::time::{Duration, Instant};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ROUNDS: usize = 21;

/// What each question asks in GraphQL, the list of names in its answer, and the same by hand. `$HOT` is the name
/// of the tag that half of all posts have.
const QUESTIONS: [(&str, &str, &str, &str); 3] = [
    (
        "posts of 50 tags, ten each, newest first",
        "{ tagsConnection(first: 50) { nodes { postsConnection(first: 10) { edges { position node { title } } } } } }",
        "/tagsConnection/nodes/*/postsConnection/edges/*/node/title",
        "SELECT p.title AS name FROM (SELECT t.name, l.post_id, row_number() OVER (PARTITION BY l.tag_id ORDER BY l.post_id DESC) AS nth
           FROM (SELECT id, name FROM tags ORDER BY name LIMIT 50) t JOIN post_tags l ON l.tag_id = t.id) l
         JOIN blog_posts p ON p.id = l.post_id WHERE l.nth <= 10 ORDER BY l.name, l.nth",
    ),
    (
        "users by number of posts tagged X",
        "{ users(limit: 20, orderBy: [{ blogPosts: { where: { tags: { some: { name: { eq: \"$HOT\" } } } }, count: DESC } }, { username: ASC }]) { username } }",
        "/users/*/username",
        "SELECT u.username AS name FROM users u LEFT JOIN (SELECT p.user_id, count(*) AS n FROM blog_posts p
           JOIN post_tags l ON l.post_id = p.id JOIN tags t ON t.id = l.tag_id WHERE t.name = '$HOT' GROUP BY p.user_id) c
         ON c.user_id = u.id ORDER BY coalesce(c.n, 0) DESC, u.username LIMIT 20",
    ),
    (
        "posts whose every tag has more than 5 posts",
        "{ blogPosts(limit: 20, where: { tags: { every: { postsCount: { gt: 5 } } } }) { title } }",
        "/blogPosts/*/title",
        "SELECT p.title AS name FROM blog_posts p WHERE NOT EXISTS (SELECT 1 FROM post_tags l WHERE l.post_id = p.id
           AND l.tag_id NOT IN (SELECT tag_id FROM post_tags GROUP BY tag_id HAVING count(*) > 5)) ORDER BY p.id DESC LIMIT 20",
    ),
];

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

/// The texts at a path in which `*` is each item of a list.
fn texts<'a>(value: &'a Value, path: &str) -> Vec<&'a str> {
    let mut values = vec![value];
    for step in path.split('/').skip(1) {
        values = match step {
            "*" => values.into_iter().flat_map(|list| list.as_array().unwrap()).collect(),
            name => values.into_iter().map(|object| &object[name]).collect(),
        };
    }
    values.into_iter().map(|text| text.as_str().unwrap()).collect()
}

async fn ask(app: &App, db: &Db, query: &str) -> Value {
    let mut response = serde_json::to_value(execution::execute(app, db, query.into()).await).unwrap();
    assert!(response.get("errors").is_none(), "{response}");
    response["data"].take()
}

/// The median time of two things done in turn.
async fn in_turn<A, B>(
    mut one: impl AsyncFnMut() -> A,
    mut other: impl AsyncFnMut() -> B,
) -> (Duration, Duration) {
    let (mut ones, mut others) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let begin = Instant::now();
        std::hint::black_box(one().await);
        ones.push(begin.elapsed());
        let begin = Instant::now();
        std::hint::black_box(other().await);
        others.push(begin.elapsed());
    }
    ones.sort();
    others.sort();
    (ones[ROUNDS / 2], others[ROUNDS / 2])
}

fn report(database: &str, what: &str, (one, other): (Duration, Duration)) {
    let (one, other) = (one.as_secs_f64() * 1e3, other.as_secs_f64() * 1e3);
    println!("{database}, {what}: {:.2} ({one:.2} of {other:.2} ms)", one / other);
}

async fn measure(database: &str, url: &str) {
    let db = Db::open(&url.parse().unwrap()).unwrap();
    db.migrations(HISTORY).up().await.unwrap();
    if seed::is_empty(&db).await.unwrap() {
        let size = seed::Size { users: 1000, posts: 100_000, tags: 200, seed: 0 };
        seed::seed(&db, &size, |_, _| {}).await.unwrap();
        let mut tx = db.begin().await.unwrap();
        let hot = "INSERT INTO post_tags SELECT p.id, (SELECT id FROM tags ORDER BY name LIMIT 1), 9, p.created_at FROM
                     (SELECT id, created_at FROM blog_posts ORDER BY id LIMIT 50000) p WHERE p.id NOT IN (SELECT post_id
                     FROM post_tags WHERE tag_id = (SELECT id FROM tags ORDER BY name LIMIT 1))";
        tx.run(sql_query(hot)).await.unwrap();
        tx.commit().await.unwrap();
        db.analyze().await.unwrap();
    }
    let app = app();
    let hot =
        ask(&app, &db, "{ tags(limit: 1) { name } }").await["tags"][0]["name"].as_str().unwrap().to_owned();
    for (what, query, path, sql) in QUESTIONS {
        let (query, sql) = (query.replace("$HOT", &hot), sql.replace("$HOT", &hot));
        let by_hand = async || db.reader().rows::<Name, _>(sql_query(sql.clone())).await.unwrap();
        let answer = ask(&app, &db, &query).await;
        let names = by_hand().await;
        assert_eq!(
            texts(&answer, path),
            names.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(),
            "{what}"
        );
        report(database, what, in_turn(async || ask(&app, &db, &query).await, by_hand).await);
    }
    let page = |after: Option<&str>| {
        let after = after.map_or(String::new(), |cursor| format!(", after: \"{cursor}\""));
        format!(
            "{{ tag(name: \"{hot}\") {{ postsConnection(first: 10{after}) {{ nodes {{ title }} pageInfo {{ endCursor hasNextPage }} }} }} }}"
        )
    };
    let mut cursor: Option<String> = None;
    for _ in 1..1000 {
        let answer = ask(&app, &db, &page(cursor.as_deref())).await;
        cursor = answer["tag"]["postsConnection"]["pageInfo"]["endCursor"].as_str().map(str::to_owned);
    }
    let (deep, first) = (page(cursor.as_deref()), page(None));
    let times = in_turn(async || ask(&app, &db, &deep).await, async || ask(&app, &db, &first).await).await;
    report(database, "page 1,000 of 50,000 posts of a tag, to page 1", times);
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let sqlite = format!("sqlite:{}", folder.path().join("pages.db").display());
    runtime.block_on(async {
        measure("SQLite", &sqlite).await;
        if let Ok(url) = std::env::var("DOORWAY_BENCH_POSTGRES") {
            measure("PostgreSQL", &url).await;
        }
    });
}
