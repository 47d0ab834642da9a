//! Front matter, planning, and an import into a database.

use super::*;
use crate::db::{DatabaseUrl, Id, Timestamp};
use crate::entities::blog_post::blog_posts;
use crate::entities::post_tag_link::post_tags;
use crate::entities::profile::profiles;
use crate::entities::tag::tags;
use crate::entities::user::users;
use diesel::prelude::*;
use std::sync::Mutex;

fn document(path: &str, text: &str) -> Document {
    Document { path: path.to_owned(), text: text.to_owned() }
}

/// What comes of front matter between the two fences, without its body.
fn head(fence: &str, head: &str) -> Result<front_matter::FrontMatter, Reason> {
    front_matter::parse(&format!("{fence}\n{head}\n{fence}\nbody\n")).map(|(front, _)| front)
}

fn plan(documents: &[(&str, &str)]) -> (blog::Plan, Vec<NotCarried>) {
    blog::plan(documents.iter().map(|(path, text)| document(path, text)).collect())
}

fn reasons(documents: &[(&str, &str)]) -> Vec<(String, Reason)> {
    plan(documents).1.into_iter().map(|one| (one.path, one.reason)).collect()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn scalars_are_text_as_written() {
    let front = head(
        "---",
        "title: 2019\ndate: 2019-03-05\nslug: 1.10\ntags: [007, 1_000, no, .nan, ~, '', ' a ', *x]\nlink: &x yes",
    );
    // An alias before its anchor is no YAML.
    assert!(matches!(front, Err(Reason::BadFrontMatter(_))));
    let front = head(
        "---",
        "title: 2019 # the year\ndate: 2019-03-05\nslug: 1.10\nbio: é 0x1F\nlink: &x yes\n\
         tags: [007, 1_000, no, .nan, ~, '', ' a ', \"b: c\", *x, 2.50]\ndraft: True",
    )
    .unwrap();
    assert_eq!(front.text("title"), Some("2019"));
    assert_eq!(front.text("date"), Some("2019-03-05"));
    assert_eq!(front.text("slug"), Some("1.10"));
    assert_eq!(front.text("missing"), None);
    assert_eq!(front.text("tags"), None);
    assert_eq!(front.texts(&["tags"]), ["007", "1_000", "no", ".nan", "a", "b: c", "yes", "2.50"]);
    assert!(front.is_true("draft") && front.is_true("link") && !front.is_true("title"));
}

#[test]
fn names_come_as_a_text_a_list_or_maps_also_under_taxonomies() {
    let names =
        |front: Result<front_matter::FrontMatter, Reason>| front.unwrap().texts(&["author", "authors"]);
    assert_eq!(names(head("---", "author: Ada Moreno ")), ["Ada Moreno"]);
    assert_eq!(names(head("---", "author: [Ada, Jun]\nauthors: Lena")), ["Ada", "Jun", "Lena"]);
    assert_eq!(names(head("---", "authors:\n- name: Ada\n  url: x\n- name: Jun\n- {}")), ["Ada", "Jun"]);
    assert_eq!(names(head("---", "author: {name: Ada}")), ["Ada"]);
    assert_eq!(names(head("---", "author:\nauthors: []")), [""; 0]);
    assert_eq!(names(head("+++", "[taxonomies]\nauthors = [\"Ada\", \"Jun\"]")), ["Ada", "Jun"]);
    assert_eq!(names(head("+++", "[[authors]]\nname = \"Ada\"\n[author]\nname = 'Jun'")), ["Jun", "Ada"]);
}

#[test]
fn toml_dates_are_timestamps() {
    for (written, expected) in [
        ("2024-04-18", "2024-04-18"),
        ("2024-04-18T14:40:00", "2024-04-18T14:40:00Z"),
        ("2024-04-18 14:40:00.5", "2024-04-18T14:40:00.5Z"),
        ("2024-04-18T14:40:00-07:00", "2024-04-18T21:40:00Z"),
        ("\"2024-04-18T14:40:00Z\"", "2024-04-18T14:40:00Z"),
    ] {
        let front = head("+++", &format!("date = {written}\ntitle = 2019\ndraft = true")).unwrap();
        assert_eq!(at(front.text("date").unwrap()), at(expected), "{written}");
        assert_eq!((front.text("title"), front.is_true("draft")), (Some("2019"), true));
    }
}

#[test]
fn the_body_follows_the_fence_whatever_ends_the_lines() {
    for text in [
        "---\ntitle: A\n---\n\n  Code\n\n---\nmore\n\n",
        "\u{feff}---\r\ntitle: A\r\n---\r\n\r\n  Code\r\n\r\n---\r\nmore\r\n",
        "\n\n---  \ntitle: A\n--- \n  Code\n\n---\nmore",
        "+++\ntitle = 'A'\n+++\n  Code\n\n---\nmore",
    ] {
        let (front, body) = front_matter::parse(text).unwrap();
        assert_eq!((front.text("title"), &*body), (Some("A"), "  Code\n\n---\nmore"), "{text:?}");
    }
    assert_eq!(front_matter::parse("---\ntitle: A\n---").unwrap().1, "");
    assert_eq!(front_matter::parse("---\n---\nonly a body").unwrap().1, "only a body");
    assert_eq!(front_matter::parse("---\n# nothing\n---\nonly a body").unwrap().1, "only a body");
}

#[test]
fn bad_front_matter_says_why_and_where() {
    let reason = |text: &str| front_matter::parse(text).map(|_| ()).unwrap_err();
    assert_eq!(reason(""), Reason::NoFrontMatter);
    assert_eq!(reason("# Title\n\n---\na: b\n---\n"), Reason::NoFrontMatter);
    assert_eq!(reason("--- title: A\n---\n"), Reason::NoFrontMatter);
    assert_eq!(reason("---\ntitle: A\n+++\n"), Reason::NoClosingFence);
    assert_eq!(reason("---"), Reason::NoClosingFence);
    assert_eq!(reason("---\n- a\n---\n"), Reason::BadFrontMatter("it holds no keys".into()));
    assert_eq!(reason("---\ntitle: \"a\\0b\"\n---\n"), Reason::NulCharacter);
    assert_eq!(reason("+++\ntags = ['a', \"\\u0000\"]\n+++\n"), Reason::NulCharacter);
    let words = |text: &str| match reason(text) {
        Reason::BadFrontMatter(words) => words,
        other => panic!("{other:?}"),
    };
    // The line is the file's.
    assert!(words("\n---\na: b\nc: [d\n---\n").contains("line 4"), "{}", words("\n---\na: b\nc: [d\n---\n"));
    assert_eq!(
        words("+++\na = 1\nb = oops\n+++\n"),
        "TOML parse error at line 3, column 5: string values must be quoted, expected literal string"
    );
    assert!(words("---\na: b\na: c\n---\n").contains("duplicate"));
}

#[test]
fn a_quoted_text_may_go_on_without_indentation() {
    let front = head("---", "a:\n  title: 'no'\ntitle: \"One\ntwo\n\nthree\"\nname: 'x\n---y'").unwrap();
    assert_eq!(front.text("title"), Some("One two\nthree"));
    assert_eq!(front.text("name"), Some("x ---y"));
}

#[test]
fn a_post_takes_its_date_and_slug_from_its_head_or_its_name() {
    let text = "---\ntitle: T\nauthor: Ada\n---\n";
    let (plan_of_names, none) = plan(&[
        ("blog/2024-01-02-one.md", text),
        ("blog/2024-01-03-two/index.md", text),
        ("blog/2024-01-03-two/index.es.md", text),
        ("blog/2024-01-04-three.pt-BR.md", text),
        ("blog/deep/2024-01-05-v1.2.md", text),
    ]);
    assert_eq!(none, []);
    let id = |date: &str, rest: &str| Id::derived(at(date), &format!("post/{}/{rest}", at(date)));
    let ids: Vec<Id> = plan_of_names.posts.iter().map(|post| post.id).collect();
    assert_eq!(
        ids,
        [
            id("2024-01-02", "one/"),
            id("2024-01-03", "two/es"),
            id("2024-01-03", "two/"),
            id("2024-01-04", "three/pt-BR"),
            id("2024-01-05", "v1.2/"),
        ]
    );
    // The same files seen from inside, and with the head saying what the name said.
    let (again, _) = plan(&[
        ("2024-01-02-one.md", text),
        ("x/index.md", "---\ntitle: T\nauthor: Ada\ndate: 2024-01-03\nslug: two\n---\n"),
    ]);
    assert_eq!(again.posts.iter().map(|post| post.id).collect::<Vec<_>>(), [ids[0], ids[2]]);
}

#[test]
fn what_makes_no_post_is_reported() {
    let post = |more: &str| format!("---\ntitle: T\nauthor: Ada\n{more}\n---\n");
    assert_eq!(
        reasons(&[
            ("a.md", "plain"),
            ("b.md", &post("date: 2024-01-01").replace("title: T", "title: ' '")),
            ("c.md", &post("date: 2024-01-01").replace("Ada", "[]")),
            ("d.md", &post("")),
            ("e.md", "---\0"),
            ("f/index.md", &post("date: 2024-01-01\nslug: s")),
            ("g/index.md", &post("date: 2024-01-01\nslug: s")),
            ("g/index.fr.md", &post("date: 2024-01-01\nslug: s")),
            ("index.md", &post("date: 2024-01-01")),
            ("x/_index.md", "no front matter"),
            ("x/_index.es.md", ""),
            ("2024-01-01-late.md", &post("date: sometime")),
            ("late.md", &post("date: 1950-01-01")),
            ("long.md", &post(&format!("date: 2024-01-01\ntags: [{}]", "x".repeat(201)))),
        ]),
        [
            ("2024-01-01-late.md".into(), Reason::BadDate("sometime".into())),
            ("a.md".into(), Reason::NoFrontMatter),
            ("b.md".into(), Reason::NoTitle),
            ("c.md".into(), Reason::NoAuthor),
            ("d.md".into(), Reason::NoDate),
            ("e.md".into(), Reason::NulCharacter),
            ("g/index.md".into(), Reason::SamePost("f/index.md".into())),
            ("index.md".into(), Reason::NoSlug),
            ("late.md".into(), Reason::UnusableDate("1950-01-01".to_owned())),
            ("long.md".into(), Reason::TooLong("x".repeat(40))),
            ("x/_index.es.md".into(), Reason::SectionPage),
            ("x/_index.md".into(), Reason::SectionPage),
        ]
    );
}

#[test]
fn people_are_the_authors_and_those_with_a_page() {
    let (plan, not_carried) = plan(&[
        ("author/_index.md", "---\nname: All\n---\n"),
        ("author/ada/_index.es.md", "---\nname: Ada\n---\n"),
        ("author/ada/_index.md", "---\nname: Ada Moreno\nlink: ' https://ada.example '\n---\n\n Hello. \n"),
        ("author/ada/photo.md", ""),
        ("author/ada2/_index.md", "---\nname: ada moreno\n---\n"),
        ("author/jun/_index.md", "---\nname: 渡辺 Jun\nlink: ''\nbio: From the head.\n---\n"),
        ("author/nobody/_index.md", "---\nlink: x\n---\n"),
        ("authors/odd/_index.md", "---\nname: '!'\n---\n"),
        ("blog/b.md", "---\ntitle: B\ndate: 2024-02-02\nauthor: [Zoë, ADA MORENO, '?', Zoe]\n---\n"),
        ("blog/a.md", "---\ntitle: A\ndate: 2024-01-01\nauthor: [Lena, Ada  Moreno]\ndraft: true\n---\n"),
    ]);
    let people: Vec<(&str, Timestamp, bool)> =
        plan.people.iter().map(|(name, person)| (&**name, person.at, person.page.is_some())).collect();
    assert_eq!(
        people,
        [
            ("ada-moreno", at("2024-01-01"), true),
            ("du-bian-jun", at("2024-01-01"), true),
            ("lena", at("2024-01-01"), false),
            ("zoe", at("2024-02-02"), false),
        ]
    );
    let page = |username: &str| plan.people[username].page.as_ref().unwrap();
    assert_eq!(page("ada-moreno").display_name, "Ada Moreno");
    assert_eq!(page("ada-moreno").bio.as_deref(), Some("Hello."));
    assert_eq!(page("ada-moreno").website_url.as_deref(), Some("https://ada.example"));
    assert_eq!(page("du-bian-jun").bio.as_deref(), Some("From the head."));
    assert_eq!(page("du-bian-jun").website_url, None);
    let drafts: Vec<(&str, bool)> = plan.posts.iter().map(|post| (&*post.title, post.draft)).collect();
    assert_eq!(drafts, [("A", true), ("B", false)]);
    let not_carried: Vec<(String, Reason)> = not_carried.into_iter().map(|n| (n.path, n.reason)).collect();
    assert_eq!(
        not_carried,
        [
            ("author/_index.md".into(), Reason::NoName),
            ("author/ada/_index.es.md".into(), Reason::Translation),
            ("author/ada/photo.md".into(), Reason::NotAPerson),
            ("author/ada2/_index.md".into(), Reason::SamePerson("author/ada/_index.md".into())),
            ("author/nobody/_index.md".into(), Reason::NoName),
            ("authors/odd/_index.md".into(), Reason::NoName),
            ("blog/a.md".into(), Reason::CoAuthors(vec!["Ada  Moreno".into()])),
            ("blog/b.md".into(), Reason::NoUsername(vec!["?".into()])),
            ("blog/b.md".into(), Reason::CoAuthors(vec!["ADA MORENO".into()])),
        ]
    );
}

#[test]
fn a_tag_is_spelled_as_in_the_oldest_post() {
    let (plan, _) = plan(&[
        (
            "a.md",
            "---\ntitle: A\nauthor: X\ndate: 2024-02-02\ntags: [RUST, ' école ', rust, '', Diesel]\n---\n",
        ),
        ("b.md", "---\ntitle: B\nauthor: X\ndate: 2024-01-01\ntags: [École, Rust]\n---\n"),
        ("c.md", "---\ntitle: C\nauthor: X\ndate: 2024-01-01\ntags: rusT\n---\n"),
    ]);
    let tags: Vec<(&str, &str, Timestamp)> =
        plan.tags.iter().map(|(key, tag)| (&**key, &*tag.name, tag.at)).collect();
    assert_eq!(
        tags,
        [
            ("diesel", "Diesel", at("2024-02-02")),
            ("rust", "Rust", at("2024-01-01")),
            ("école", "École", at("2024-01-01")),
        ]
    );
    assert_eq!(plan.posts[2].tags, ["RUST", "école", "Diesel"]);
}

#[test]
fn a_folder_is_read_whole_and_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, bytes: &[u8]| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    };
    write("b/c.md", b"C");
    write("b.md", b"B");
    write("b/latin1.md", b"caf\xe9");
    write("a.txt", b"no Markdown");
    #[cfg(unix)]
    std::os::unix::fs::symlink("..", folder.path().join("b/up")).unwrap();
    let (documents, not_carried) = read_folder(folder.path()).unwrap();
    assert_eq!(documents, [document("b.md", "B"), document("b/c.md", "C")]);
    assert_eq!(not_carried[0], NotCarried { path: "b/latin1.md".into(), reason: Reason::NotUtf8 });
    #[cfg(unix)]
    assert_eq!(not_carried[1].path, "b/up");
    let missing = read_folder(&folder.path().join("x")).unwrap_err().to_string();
    assert!(missing.starts_with("there is no folder ") && missing.ends_with("x"), "{missing}");
    let file = read_folder(&folder.path().join("b.md")).unwrap_err().to_string();
    assert!(file.ends_with("b.md is not a folder"), "{file}");
}

#[test]
fn the_report_names_every_file_under_its_reason() {
    let not_carried = |path: &str, reason| NotCarried { path: path.into(), reason };
    let report = Report {
        users: 1,
        posts: 2,
        not_carried: vec![
            not_carried("a.md", Reason::NoTitle),
            not_carried("b.md", Reason::CoAuthors(vec!["Ada".into(), "Jun".into()])),
            not_carried("c.md", Reason::NoTitle),
            not_carried("d.md", Reason::SamePost("b.md".into())),
        ],
        ..Report::default()
    };
    assert_eq!(
        report.to_string(),
        "Written: users 1, profiles 0, posts 2, tags 0, links 0.\n\
         Files not carried: 3.\n  no title (2):\n    a.md\n    c.md\n  the same post (date, slug and \
         language) as an earlier file (1):\n    d.md: b.md\n\
         Facts not carried: 1.\n  co-authors dropped (1):\n    b.md: Ada, Jun\n"
    );
}

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
