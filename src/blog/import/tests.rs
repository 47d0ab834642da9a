//! Front matter, dates, names, planning, and an import into a database.

mod forms;
mod found;
mod heads;
mod rows;

use super::*;
use crate::blog::entities::blog_post::blog_posts;
use crate::blog::entities::tag::tags;
use crate::blog::entities::user::users;
use crate::db::{DatabaseUrl, Id, Timestamp};
use diesel::prelude::*;
use std::sync::Mutex;

fn document(path: &str, text: &str) -> Document {
    Document { path: path.to_owned(), text: text.to_owned() }
}

/// What comes of front matter between the two fences, without its body.
fn head(fence: &str, head: &str) -> Result<front_matter::FrontMatter, Reason> {
    front_matter::parse(&format!("{fence}\n{head}\n{fence}\nbody\n")).map(|(front, _)| front)
}

fn plan(documents: &[(&str, &str)]) -> blog::Plan {
    plan_with(documents, &Options::default())
}

fn plan_with(documents: &[(&str, &str)], options: &Options) -> blog::Plan {
    blog::plan(documents.iter().map(|(path, text)| document(path, text)).collect(), options)
}

fn reasons(plan: blog::Plan) -> Vec<(String, Reason)> {
    plan.not_carried.into_iter().map(|one| (one.path, one.reason)).collect()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn a_post_takes_from_its_path_what_its_head_does_not_say() {
    let text = "---\nauthor: Ada\n---\n";
    let plan = plan(&[
        ("blog/2024-01-02-one-more.md", text),
        ("blog/2024-01-03-two/index.md", text),
        ("blog/2024-01-03-two/index.es.md", text),
        ("blog/2024-01-04-three.pt-BR.md", text),
        ("blog/deep/2024-01-05-v1.2.md", text),
        ("2024/1/6/four.markdown", text),
        ("2024-01-07-trip/part_1.mdx", text),
        ("20240108_five.md", text),
        ("2024-01-09.md", text),
        ("2024-01-10-no.md", "---\nauthor: Ada\ntitle: Head\ndate: 2024-01-11T01:00:00+02:00\n---\n"),
        ("2024-01-15-link.md", "---\nauthor: Ada\nurl: https://example.org/2019/05/06/x\n---\n"),
        ("2024-01-16-intro-to-node.js.md", text),
        ("six.md", "---\nauthor: Ada\npermalink: /2024/01/12/six/\n---\nFirst.\n# Not a title"),
        ("2024-01-13-seven.md", "---\nauthor: Ada\n---\nimport X from 'x'\n\n# Of the text #\n"),
        ("2024-01-14-eight.md", "---\nauthor: Ada\n---\nUnderlined\n====\n"),
    ]);
    let posts: Vec<(&str, Timestamp)> = plan.posts.iter().map(|post| (&*post.title, post.at)).collect();
    assert_eq!(
        posts,
        [
            ("One More", at("2024-01-02")),
            ("Two", at("2024-01-03")),
            ("Two", at("2024-01-03")),
            ("Three", at("2024-01-04")),
            ("V1.2", at("2024-01-05")),
            ("Four", at("2024-01-06")),
            ("Part 1", at("2024-01-07")),
            ("Five", at("2024-01-08")),
            ("2024 01 09", at("2024-01-09")),
            ("Head", at("2024-01-10T23:00:00Z")),
            ("Six", at("2024-01-12")),
            ("Of the text", at("2024-01-13")),
            ("Underlined", at("2024-01-14")),
            ("Link", at("2024-01-15")),
            ("Intro To Node.js", at("2024-01-16")),
        ]
    );
    assert_eq!(reasons(plan), []);
}

#[test]
fn what_makes_no_post_is_reported() {
    let post = |more: &str| format!("---\ntitle: T\nauthor: Ada\n{more}\n---\n");
    assert_eq!(
        reasons(plan(&[
            ("a.md", "plain"),
            ("c.md", &post("date: 2024-01-01").replace("Ada", "[]")),
            ("d.md", &post("")),
            ("e.md", "---\0"),
            ("2024/03/5-ways.md", &post("")),
            ("index.md", &post("date: 2024-01-01").replace("title: T", "title: ' '")),
            ("x/_index.md", "no front matter"),
            ("x/_index.es.md", ""),
            ("2024-01-01-late.md", &post("date: sometime")),
            ("late.md", &post("date: 1950-01-01")),
            ("2024-01-01-list.md", &post("date: {when: 2024-02-02}")),
            ("2024-01-01-js.md", "---js\ntitle: T\nauthor: Ada\n---\n"),
            ("long.md", &post(&format!("date: 2024-01-01\ntags: [{}]", "x".repeat(201)))),
            ("longer.md", &post(&format!("date: 2024-01-01\nname: x\ntitle: {}", "x".repeat(501)))),
            ("authors.yml", "kro: {url: x}"),
            ("team/authors.json", "{\"kro\": "),
        ])),
        [
            ("2024-01-01-js.md".into(), Reason::UnknownFrontMatter),
            ("2024-01-01-late.md".into(), Reason::BadDate("sometime".into())),
            ("2024-01-01-list.md".into(), Reason::BadDate("a map or a list without a date".into())),
            ("2024/03/5-ways.md".into(), Reason::NoDate),
            ("a.md".into(), Reason::NoFrontMatter),
            ("authors.yml".into(), Reason::NoName),
            ("c.md".into(), Reason::NoAuthor),
            ("d.md".into(), Reason::NoDate),
            ("e.md".into(), Reason::NulCharacter),
            ("index.md".into(), Reason::NoTitle),
            ("late.md".into(), Reason::BadDate("1950-01-01".to_owned())),
            (
                "long.md".into(),
                Reason::TooLong(format!("a tag of more than 200 characters: {}…", "x".repeat(40)))
            ),
            (
                "longer.md".into(),
                Reason::TooLong(format!("a title of more than 500 characters: {}…", "x".repeat(40)))
            ),
            ("team/authors.json".into(), Reason::BadData("unclosed bracket '{' at line 1, column 1".into())),
            ("x/_index.es.md".into(), Reason::SectionPage),
            ("x/_index.md".into(), Reason::SectionPage),
        ]
    );
}

#[test]
fn people_are_the_authors_and_those_with_a_page() {
    let plan = plan(&[
        ("author/_index.md", "---\nname: All\n---\n"),
        ("author/ada/_index.es.md", "---\nname: Ada\n---\n"),
        ("author/ada/_index.md", "---\nname: Ada Moreno\nlink: ' https://ada.example '\n---\n\n Hello. \n"),
        ("author/ada/photo.md", ""),
        ("author/ada2/_index.md", "---\nname: ada moreno\n---\n"),
        ("author/jun/_index.md", "---\ntitle: 渡辺 Jun\nlink: ''\nbio: From the head.\n---\n"),
        ("author/nobody/_index.md", "---\nlink: x\n---\n"),
        ("authors/odd/_index.md", "---\nname: '!'\n---\n"),
        ("authors/kim.md", "---\ntitle: Kim Ro\nurl: /authors/kim/\ndate: 2020-01-01\n---\n"),
        ("authors/interview.md", "---\ntitle: I\npubDate: 2024-04-04\nauthors: [kim]\n---\n"),
        ("authors/secret.md", "---\nname: Secret\ndraft: true\n---\n"),
        ("authors/ann.lee.md", "---\nname: Ann Lee\n---\n"),
        ("authors/kim/post.md", "---\ntitle: K\ndate: 2024-03-03\nauthor: KIM\n---\n"),
        ("blog/b.md", "---\ntitle: B\ndate: 2024-02-02\nauthor: [Zoë, ADA MORENO, '?', Zoe]\n---\n"),
        ("blog/a.md", "---\ntitle: A\ndate: 2024-01-01\nauthor: [Lena, Ada  Moreno]\ndraft: true\n---\n"),
    ]);
    let people: Vec<(&str, &str, Timestamp, bool)> = plan
        .people
        .iter()
        .map(|(key, person)| (&**key, &*person.name, person.at, person.page.is_some()))
        .collect();
    assert_eq!(
        people,
        [
            ("ada moreno", "Ada Moreno", at("2024-01-01"), true),
            ("ann lee", "Ann Lee", at("2024-01-01"), true),
            ("kim ro", "Kim Ro", at("2024-03-03"), true),
            ("lena", "Lena", at("2024-01-01"), false),
            ("zoe", "Zoë", at("2024-02-02"), false),
            ("渡辺 jun", "渡辺 Jun", at("2024-01-01"), true),
        ]
    );
    let page = |key: &str| plan.people[key].page.clone().unwrap();
    assert_eq!(page("ada moreno").bio.as_deref(), Some("Hello."));
    assert_eq!(page("ada moreno").website_url.as_deref(), Some("https://ada.example"));
    assert_eq!(page("渡辺 jun").bio.as_deref(), Some("From the head."));
    assert_eq!(page("渡辺 jun").website_url, None);
    assert_eq!(page("kim ro").website_url, None, "Hugo's url is the page's own address");
    let drafts: Vec<(&str, bool)> = plan.posts.iter().map(|post| (&*post.title, post.draft)).collect();
    assert_eq!(drafts, [("A", true), ("B", false), ("K", false), ("I", false)]);
    assert_eq!(
        reasons(plan),
        [
            ("author/_index.md".into(), Reason::NoName),
            ("author/ada/_index.es.md".into(), Reason::Translation),
            ("author/ada/photo.md".into(), Reason::NotAPerson),
            ("author/ada2/_index.md".into(), Reason::SamePerson("author/ada/_index.md".into())),
            ("author/nobody/_index.md".into(), Reason::NoName),
            ("authors/odd/_index.md".into(), Reason::NoName),
            ("authors/secret.md".into(), Reason::DraftPage),
            ("blog/a.md".into(), Reason::CoAuthors(vec!["Ada Moreno".into()])),
            ("blog/b.md".into(), Reason::NoUsername(vec!["?".into()])),
            ("blog/b.md".into(), Reason::CoAuthors(vec!["Ada Moreno".into()])),
        ]
    );
}

#[test]
fn files_about_people_say_who_has_a_key() {
    let post = |author: &str| format!("---\ntitle: T\ndate: 2024-01-01\n{author}\n---\n");
    let authors = |file: (&str, &str), author: &str| {
        let plan = plan(&[file, ("post.md", &post(author))]);
        assert_eq!(reasons(plan_with(&[file], &Options::default())), []);
        plan.posts[0].authors[0].1.clone()
    };
    let map = "kro:\n  name: Kim Ro\n  title: Writes\n  url: https://kim.example\nlee: Ann Lee\n";
    for path in ["blog/authors.yml", "_data/people.yaml", ".authors.yml"] {
        assert_eq!(authors((path, map), "authors: [kro]"), "Kim Ro", "{path}");
        assert_eq!(authors((path, map), "author: LEE"), "Ann Lee", "{path}");
    }
    let wrapped = "authors:\n  kro:\n    name: Kim Ro\n    description: Writes.\n";
    assert_eq!(authors(("docs/blog/.authors.yml", wrapped), "authors:\n  - kro"), "Kim Ro");
    let list = r#"[{"id": "kro", "first_name": "Kim", "last_name": "Ro"}, {"name": "Ann Lee"}]"#;
    assert_eq!(authors(("_data/authors.json", list), "author: {id: kro}"), "Kim Ro");
    assert_eq!(authors(("data/authors/kro.toml", "name = 'Kim Ro'"), "by: kro"), "Kim Ro");
    assert_eq!(authors(("content/authors/kro.json", r#"{"name": "Kim Ro"}"#), "author: kro"), "Kim Ro");
    let settings = "title: A site\nauthors: {sal: {name: Sal, display_name: Sal Kowalski}}";
    assert_eq!(authors(("_config.yml", settings), "author: sal"), "Sal Kowalski");
    assert_eq!(authors(("_config.yml", "title: A site"), "author: sal"), "sal");
    let page = ("content/authors/logan_a.md", "---\nname: Logan Anderson\n---\n");
    assert_eq!(authors(page, "author: content/authors/logan_a.md"), "Logan Anderson");
    // The nearest file counts.
    let both = plan(&[
        ("en/authors.yml", "kro: Kim Ro"),
        ("de/authors.yml", "kro: Karl Rot"),
        ("_data/authors.yml", "kro: Kay Roe"),
        ("en/p.md", &post("author: kro")),
        ("de/p.md", &post("author: kro")),
        ("fr/p.md", &post("author: kro")),
    ]);
    let names: Vec<(&str, &str)> = both.posts.iter().map(|post| (&*post.path, &*post.authors[0].1)).collect();
    assert_eq!(names, [("de/p.md", "Karl Rot"), ("en/p.md", "Kim Ro"), ("fr/p.md", "Kay Roe")]);
    // A page says more than an entry, and both keys hold.
    let plan = plan(&[
        ("a/authors.yml", map),
        ("authors/kim.md", "---\nname: Kim Ro\n---\nMore."),
        ("p.md", &post("author: kro")),
        ("q.md", &post("author: kim")),
    ]);
    assert!(plan.posts.iter().all(|post| post.authors[0].0 == "kim ro"));
    assert_eq!(plan.people["kim ro"].page.as_ref().unwrap().bio.as_deref(), Some("More."));
    assert_eq!(plan.people.len(), 2);
}

#[test]
fn tags_are_taken_apart_as_their_generator_does() {
    let tags = |path: &str, head: &str, options: &Options| {
        let text = format!("---\ntitle: T\nauthor: A\ndate: 2024-01-01\n{head}\n---\n");
        let plan = plan_with(&[(path, &text)], options);
        (plan.posts[0].tags.join("|"), plan.not_carried.len())
    };
    let (plain, with) = (Options::default(), Options { categories: true, ..Options::default() });
    for (path, head, expected) in [
        ("a.md", "tags: alpha, beta", "alpha|beta"),
        ("a.md", "tags: alpha; beta, gamma", "alpha|beta, gamma"),
        ("a.md", "tags:\n\t- alpha\n\t- beta", "alpha|beta"),
        ("a.md", "taxonomy: {tag: [alpha, beta]}", "alpha|beta"),
        ("a.md", "topics: [alpha]", "alpha"),
        ("a.md", "tags: [{tag: content/tags/Alpha.mdx}]", "Alpha"),
        ("a.md", "tags: \"[alpha, 'beta']\"", "alpha|beta"),
        ("a.md", "tags: machine learning", "machine learning"),
        ("_posts/a.md", "tags: alpha beta", "alpha|beta"),
        ("source/_posts/a.md", "tags: alpha beta", "alpha beta"),
        ("_posts/a.md", "tags: [machine learning]", "machine learning"),
        ("a.md", "tags: ['a, b', c]", "a, b|c"),
        ("a.md", "Tags: [a, A, '', b]\ntag: c", "a|b|c"),
        ("a.md", "tags: [{label: a, permalink: x}, {name: b}]", "a|b"),
        ("a.md", "taxonomies: {tags: [a]}\nextra: {tags: [b]}", "b|a"),
    ] {
        assert_eq!(tags(path, head, &plain), (expected.to_owned(), 0), "{head}");
    }
    assert_eq!(tags("a.md", "tags: a\ncategories: [[b, c], a]\ncategory: d", &with), ("a|b|c|d".into(), 0));
    assert_eq!(tags("a.md", "tags: a\ncategories: [b]", &plain), ("a".into(), 1));
}

#[test]
fn a_tag_is_spelled_as_in_the_oldest_post() {
    let plan = plan(&[
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
fn pages_are_told_from_posts() {
    let text = |more: &str| format!("---\ntitle: T\nauthor: A\ndate: 2024-01-01\n{more}\n---\n");
    let plan = plan(&[
        ("a.md", &text("layout: page")),
        ("b.md", &text("type: tags")),
        ("c.md", &text("layout: post")),
        ("source/_posts/d.md", &text("")),
        ("source/about/index.md", &text("")),
        ("other/source/e.md", &text("")),
    ]);
    let paths: Vec<&str> = plan.posts.iter().map(|post| &*post.path).collect();
    assert_eq!(paths, ["c.md", "other/source/e.md", "source/_posts/d.md"]);
    let pages = ["a.md", "b.md", "source/about/index.md"].map(|path| (path.to_owned(), Reason::Page));
    assert_eq!(reasons(plan), pages);
}

#[test]
fn nothing_is_published_against_the_writers_wish() {
    let draft = |path: &str, head: &str| {
        let text = format!("---\ntitle: T\nauthor: A\ndate: 2024-01-01\n{head}\n---\n");
        plan(&[(path, &text)]).posts[0].draft
    };
    for head in [
        "draft: true",
        "draft: Yes",
        "draft: 1",
        "draft: soon",
        "published: false",
        "publish: no",
        "status: draft",
        "Status: Hidden",
        "isDraft: true",
        "draft: [true]",
        "publish: later",
        "status: in progress",
        "password: x",
        "published: n",
        "status: [Draft]",
        "draft: false\nextra: {draft: true}",
        "isPublish: false",
        "visibility: private",
        "unlisted: true",
        "private: true",
        "extra: {draft: true}",
    ] {
        assert!(draft("a.md", head), "{head}");
    }
    for head in [
        "draft: false",
        "draft:",
        "published: true",
        "published: 2024-01-01",
        "hidden: false",
        "hidden: true\npublished: true",
        "status: published",
        "",
    ] {
        assert!(!draft("a.md", head), "{head}");
    }
    assert!(draft("_drafts/a.md", "") && draft("content/drafts/2024/a.md", "draft: false"));
    assert!(draft("Drafts/a.md", "") && draft("x/_draft/a.md", "") && draft("a.draft.md", ""));
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
    write("2024-01-01-a.txt", b"perhaps");
    write("layout.html", b"---\nlayout: x\n---\n");
    write("post.HTML", b"---\ntitle: x\n---\n");
    write("notebook.Rmd", b"");
    write("d.Markdown", b"D");
    write("e.mdx", b"E");
    write("_data/authors.yml", b"{}");
    write("_data/nav.yml", b"{}");
    write("b/themes/x.md", b"T");
    for passed_over in ["themes", "node_modules/x", "b/_site", "public", ".git"] {
        write(&format!("{passed_over}/x.md"), b"X");
    }
    #[cfg(unix)]
    std::os::unix::fs::symlink("..", folder.path().join("b/up")).unwrap();
    let found = read_folder(folder.path()).unwrap();
    assert_eq!(found.source, folder.path().canonicalize().unwrap().to_str().unwrap());
    let documents = [
        ("_data/authors.yml", "{}"),
        ("b.md", "B"),
        ("b/c.md", "C"),
        ("b/themes/x.md", "T"),
        ("d.Markdown", "D"),
        ("e.mdx", "E"),
    ];
    assert_eq!(found.documents, documents.map(|(path, text)| document(path, text)));
    let not_carried: Vec<&str> = found.not_carried.iter().map(|one| &*one.path).collect();
    #[cfg(unix)]
    assert_eq!(not_carried, ["2024-01-01-a.txt", "b/latin1.md", "b/up", "notebook.Rmd", "post.HTML"]);
    assert_eq!(found.not_carried[0].reason, Reason::NotMarkdown);
    assert_eq!(found.not_carried[1].reason, Reason::NotUtf8);
    assert_eq!(found.passed_over, [".git", "b/_site", "node_modules", "public", "themes"]);
    #[cfg(unix)]
    std::fs::remove_file(folder.path().join("b/up")).unwrap();
    let only = read_folder(&folder.path().join("b")).unwrap();
    assert_eq!(only.documents, [document("c.md", "C")]);
    let missing = read_folder(&folder.path().join("x")).unwrap_err().to_string();
    assert!(missing.starts_with("there is no folder ") && missing.ends_with("x"), "{missing}");
    let file = read_folder(&folder.path().join("b.md")).unwrap_err().to_string();
    assert!(file.ends_with("b.md is not a folder"), "{file}");
}

#[test]
fn the_report_names_every_file_under_its_reason() {
    let not_carried = |path: &str, reason| NotCarried { path: path.into(), reason };
    let report = Report {
        files: 5,
        imported: 2,
        users: 1,
        posts: Count { added: 1, changed: 0, unchanged: 1 },
        not_carried: vec![
            not_carried("a.md", Reason::NoTitle),
            not_carried("b.md", Reason::CoAuthors(vec!["Ada".into(), "Jun".into()])),
            not_carried("c.md", Reason::NoTitle),
            not_carried("d.md", Reason::SamePerson("b.md".into())),
        ],
        passed_over: vec![".git".into(), "public".into()],
        ..Report::default()
    };
    assert_eq!(
        report.to_string(),
        "Imported 2 of 5 files.\n\
         Posts: 1 added, 0 changed, 1 unchanged.\n\
         Profiles: 0 added, 0 changed, 0 unchanged.\n\
         Users: 1 added.\nTags: 0 added, 0 links.\n\
         Files not imported: 3.\n  no title (2):\n    a.md\n    c.md\n  the same person as an earlier file \
         (1):\n    d.md: b.md\n\
         Notes on imported files: 1.\n  co-authors left out: a post has one author (1):\n    b.md: Ada, Jun\n\
         Folders not searched: .git, public.\n"
    );
}
