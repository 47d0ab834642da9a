//! What an import writes, and leaves alone.

use super::*;

async fn database() -> Db {
    let db = Db::open(&"sqlite::memory:".parse::<DatabaseUrl>().unwrap()).unwrap();
    db.migrations().up().await.unwrap();
    db
}

async fn add(db: &Db, documents: &[(&str, &str)]) -> Report {
    let documents = documents.iter().map(|(path, text)| document(path, text)).collect();
    import(db, documents, &|_, _| {}).await.unwrap()
}

fn counts(report: &Report) -> [usize; 5] {
    [report.users, report.profiles, report.posts, report.tags, report.links]
}

const ADA: (&str, &str) = ("author/ada/_index.md", "---\nname: Ada\n---\nHello.");
const ONE: (&str, &str) =
    ("blog/one.md", "---\ntitle: One\nauthor: [Ada, Jun]\ndate: 2024-01-01\ntags: [Rust, SQL]\n---\nText.");
const ONE_LATER: (&str, &str) =
    ("one.md", "---\ntitle: 1\nauthor: Jun\ndate: 2024-01-01\ntags: [New, SQL, RUST]\n---\nOther.");
const DRAFT: (&str, &str) = ("x.md", "---\ntitle: X\nauthor: Lena\ndate: 2024-05-05\ndraft: true\n---\n");

#[tokio::test(flavor = "multi_thread")]
async fn importing_again_writes_nothing_and_importing_more_adds_it() {
    let db = database().await;
    assert_eq!(counts(&add(&db, &[ONE]).await), [2, 0, 1, 2, 2]);
    assert_eq!(counts(&add(&db, &[ONE]).await), [0; 5]);
    assert_eq!(counts(&add(&db, &[ADA, ONE_LATER, DRAFT]).await), [1, 1, 1, 1, 1]);
    assert_eq!(counts(&add(&db, &[ADA, ONE, ONE_LATER, DRAFT]).await), [0; 5]);

    let reader = db.reader();
    let posts = blog_posts::table.order(blog_posts::id).inner_join(users::table).select((
        blog_posts::title,
        blog_posts::content,
        users::username,
        blog_posts::published_at,
        blog_posts::created_at,
    ));
    let text = |text: &str| text.to_owned();
    let posts: Vec<(String, String, String, Option<Timestamp>, Timestamp)> =
        reader.rows(posts).await.unwrap();
    let (january, may) = (at("2024-01-01"), at("2024-05-05"));
    assert_eq!(
        posts,
        [
            (text("One"), text("Text."), text("ada"), Some(january), january),
            (text("X"), text(""), text("lena"), None, may),
        ]
    );
    let links = post_tags::table.order(post_tags::position).inner_join(tags::table);
    let links: Vec<(String, i32)> =
        reader.rows(links.select((tags::name, post_tags::position))).await.unwrap();
    assert_eq!(links, [(text("Rust"), 0), (text("SQL"), 1), (text("New"), 2)]);
    let profiles = profiles::table.inner_join(users::table).select((users::username, profiles::bio));
    let profiles: Vec<(String, Option<String>)> = reader.rows(profiles).await.unwrap();
    assert_eq!(profiles, [(text("ada"), Some(text("Hello.")))]);
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_were_renamed_or_written_by_hand_are_kept() {
    let db = database().await;
    add(&db, &[ADA, ONE]).await;
    let mut tx = db.begin().await.unwrap();
    let ada = diesel::update(users::table.filter(users::username.eq(String::from("ada"))));
    tx.run(ada.set(users::username.eq(String::from("countess")))).await.unwrap();
    let rust = diesel::update(tags::table.filter(tags::name.eq(String::from("Rust"))));
    tx.run(rust.set(tags::name.eq(String::from("Ferris")))).await.unwrap();
    let sql = diesel::update(tags::table.filter(tags::name.eq(String::from("SQL"))));
    tx.run(sql.set(tags::name.eq(String::from("sQl")))).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(counts(&add(&db, &[ADA, ONE]).await), [0; 5]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_ends_halfway_leaves_nothing() {
    let db = database().await;
    let ends = db.clone();
    let import = tokio::spawn(async move {
        let documents = [ADA, ONE].map(|(path, text)| document(path, text));
        let fail = |done, _| assert_eq!(done, 1, "told after the rows were written");
        import(&ends, documents.into(), &fail).await
    });
    assert!(import.await.unwrap_err().is_panic());
    assert_eq!(db.reader().rows::<Id, _>(users::table.select(users::id)).await.unwrap(), []);
    assert_eq!(counts(&add(&db, &[ADA, ONE]).await), [2, 1, 1, 2, 2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn progress_rises_to_the_number_of_documents() {
    let db = database().await;
    let texts: Vec<Document> = (0..1100)
        .map(|nth| {
            let text =
                format!("---\ntitle: {nth}\nauthor: Ada {nth}\ndate: 2024-01-01\ntags: [t{nth}, all]\n---\n");
            document(&format!("{nth}.md"), &text)
        })
        .chain([document("none.md", "")])
        .collect();
    let told = Mutex::new(Vec::new());
    let report = import(&db, texts, &|done, total| told.lock().unwrap().push((done, total))).await.unwrap();
    assert_eq!(counts(&report), [1100, 0, 1100, 1101, 2200]);
    assert_eq!(told.into_inner().unwrap(), [(1, 1101), (501, 1101), (1001, 1101), (1101, 1101)]);
}
