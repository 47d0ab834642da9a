//! Front matter, planning, and an import into a database.

mod heads;
mod rows;

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
         Files not imported: 3.\n  no title (2):\n    a.md\n    c.md\n  the same post (date, slug and \
         language) as an earlier file (1):\n    d.md: b.md\n\
         Details not imported: 1.\n  dropped co-authors (1):\n    b.md: Ada, Jun\n"
    );
}
