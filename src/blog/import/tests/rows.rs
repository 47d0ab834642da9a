//! What an import writes, and leaves alone.

use super::*;

async fn database() -> Db {
    let db = Db::open(&"sqlite::memory:".parse::<DatabaseUrl>().unwrap()).unwrap();
    db.migrations(crate::blog::HISTORY).up().await.unwrap();
    db
}

fn options() -> Options {
    Options { source: "blog".to_owned(), ..Options::default() }
}

async fn add(db: &Db, documents: &[(&str, &str)]) -> Report {
    let documents = documents.iter().map(|(path, text)| document(path, text)).collect();
    import(db, documents, &options(), &|_, _| {}).await.unwrap()
}

/// What was added, then what was changed.
fn counts(report: &Report) -> [usize; 7] {
    let Report { users, profiles, posts, tags, links, .. } = report;
    [*users, profiles.added, posts.added, *tags, *links, profiles.changed, posts.changed]
}

const ADA: (&str, &str) = ("author/ada/_index.md", "---\nname: Ada\n---\nHello.");
const ONE: (&str, &str) =
    ("blog/one.md", "---\ntitle: One\nauthor: [Ada, Jun]\ndate: 2024-01-01\ntags: [Rust, SQL]\n---\nText.");
const OTHER: (&str, &str) =
    ("one.md", "---\ntitle: 1\nauthor: Jun\ndate: 2024-01-01\ntags: [New, SQL, RUST]\n---\nOther.");

/// What was imported before imports remembered is recognised by its id, which followed from date, slug and language.
#[tokio::test(flavor = "multi_thread")]
async fn rows_of_the_first_versions_are_recognised() {
    let db = database().await;
    add(&db, &[ADA, ONE]).await;
    let mut tx = db.begin().await.unwrap();
    tx.run(diesel::sql_query("DELETE FROM import_sources")).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(counts(&add(&db, &[ADA, ONE]).await), [0; 7]);
    let mut tx = db.begin().await.unwrap();
    tx.run(diesel::sql_query("DELETE FROM import_sources")).await.unwrap();
    tx.commit().await.unwrap();
    // Another post with the same date and slug is not it; the same text with another title is.
    let report = add(&db, &[OTHER]).await;
    assert_eq!(counts(&report), [0, 0, 1, 1, 3, 0, 0]);
    assert_eq!(report.not_carried[0].reason, Reason::Clash);
    let retitled = (ONE.0, &*ONE.1.replace("title: One", "title: Uno"));
    assert_eq!(counts(&add(&db, &[ADA, retitled]).await), [0, 0, 0, 0, 0, 0, 1]);
    let titles = blog_posts::table.order(blog_posts::title).select(blog_posts::title);
    assert_eq!(db.reader().rows::<String, _>(titles).await.unwrap(), ["1", "Uno"]);
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
    assert_eq!(counts(&add(&db, &[ADA, ONE]).await), [0; 7]);
    // Nor when only a later post names them.
    let later = ("two.md", "---\ntitle: 2\nauthor: Ada\ndate: 2024-02-02\ntags: [Rust, sql]\n---\n");
    assert_eq!(counts(&add(&db, &[later]).await), [0, 0, 1, 0, 2, 0, 0]);
}

/// More posts than one statement writes.
#[tokio::test(flavor = "multi_thread")]
async fn a_row_is_one_post_in_the_whole_import() {
    let db = database().await;
    let post = |title: &str, date: &str, guid: &str, body: &str| {
        format!("---\ntitle: {title}\nauthor: Ada\ndate: {date}\nguid: {guid}\n---\n{body}")
    };
    let many: Vec<(String, String)> = (0..600)
        .map(|nth| {
            (format!("m/{nth}.md"), post(&format!("M{nth}"), "2024-01-01", &format!("urn:m{nth}"), "m"))
        })
        .collect();
    let with = |more: &[(&str, &str)]| {
        let more = more.iter().map(|(path, text)| document(path, text));
        many.iter().map(|(path, text)| document(path, text)).chain(more).collect::<Vec<_>>()
    };
    let old = post("Weekly", "2023-01-01", "urn:w1", "old");
    let new = post("Weekly", "2024-06-01", "urn:w2", "new");
    import(&db, with(&[("a.md", &old)]), &options(), &|_, _| {}).await.unwrap();
    let report = import(&db, with(&[("b.md", &old), ("a.md", &new)]), &options(), &|_, _| {}).await.unwrap();
    assert_eq!((report.posts.added, report.posts.changed, report.posts.unchanged), (1, 0, 601));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_ends_halfway_leaves_nothing() {
    let db = database().await;
    let ends = db.clone();
    let import = tokio::spawn(async move {
        let documents = [ADA, ONE].map(|(path, text)| document(path, text));
        let fail = |done, _| assert_eq!(done, 1, "told after the rows were written");
        import(&ends, documents.into(), &options(), &fail).await
    });
    assert!(import.await.unwrap_err().is_panic());
    assert_eq!(db.reader().rows::<Id, _>(users::table.select(users::id)).await.unwrap(), []);
    assert_eq!(counts(&add(&db, &[ADA, ONE]).await), [2, 2, 1, 2, 2, 0, 0]);
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
    let tell = |done, total| told.lock().unwrap().push((done, total));
    let report = import(&db, texts, &options(), &tell).await.unwrap();
    assert_eq!(counts(&report), [1100, 1100, 1100, 1101, 2200, 0, 0]);
    assert_eq!(told.into_inner().unwrap(), [(1, 1101), (501, 1101), (1001, 1101), (1101, 1101)]);
}
