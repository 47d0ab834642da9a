//! `doorway import`, which reads a folder of Markdown files.

use crate::support::{Database, Doorway, Server, doorway, ended};
use doorway::blog::import::{Options, Reason, Report, import, read_folder};
use serde_json::{Value, json};
use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::Stdio,
};
use tempfile::TempDir;

on_both_databases!(
    a_folder_becomes_users_posts_and_tags,
    importing_again_adds_what_is_new_and_updates_what_changed,
    a_row_that_was_changed_in_the_database_is_left_alone,
    a_failed_import_writes_nothing,
    posts_are_told_apart_by_their_source,
    a_post_that_is_corrected_stays_one,
    a_folder_that_was_moved_is_the_same_blog,
    translations_are_posts_of_their_own,
    a_file_may_take_the_place_of_one_that_moved,
    two_blogs_with_the_same_paths_stay_apart,
    a_folder_says_what_is_in_it_when_it_is_imported_itself,
    tags_that_were_changed_in_the_database_stay,
    a_page_that_names_another_person_leaves_the_first_alone,
    an_id_of_its_own_follows_a_post_everywhere,
    drafts_stay_drafts,
    people_are_who_they_are_called,
    a_person_is_one_in_later_imports_too,
    dates_are_read_as_people_write_them,
    heads_are_read_in_every_notation,
    other_endings_are_named,
    tags_are_separate_and_categories_are_a_wish,
);

const FILES: [(&str, &str); 9] = [
    (
        "blog/2024-01-02-first.md",
        "---\ntitle: First\ndate: 2024-01-02\nauthor: Ada Moreno\ntags: [R, Data, r]\n---\nHello.\n",
    ),
    (
        "blog/second/index.md",
        "+++\ntitle = \"Second\"\ndate = 2024-02-03T04:05:06Z\nauthors = [\"Jun Ito\", \"Ada Moreno\"]\n[taxonomies]\ntags = [\"data\", \"New\"]\n+++\nMore.\n",
    ),
    (
        "blog/third.md",
        "---\r\ntitle: 3\r\ndate: 2024-03-04\r\nauthors:\r\n  - name: Ada Moreno\r\ndraft: true\r\nslug: the-third\r\n---\r\nA draft.\r\n",
    ),
    ("author/ada/_index.md", "---\nname: Ada Moreno\nlink: https://example.org\n---\nWrites *a lot*.\n"),
    ("author/zoe/_index.md", "---\nname: Zoë\n---\n"),
    ("blog/nobody.md", "---\ntitle: Nobody's\ndate: 2024-01-01\n---\n"),
    ("blog/plain.md", "No front matter here.\n"),
    ("blog/broken.md", "---\ntitle: [\n---\n"),
    ("blog/nul.md", "---\ntitle: Nul\ndate: 2024-01-01\nauthor: Ada Moreno\n---\na\0b\n"),
];

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        write(folder.path(), path, text);
    }
    folder
}

fn write(folder: &Path, path: &str, text: &str) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// One of the small blogs in `tests/blogs`.
fn blog(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/blogs").join(name)
}

async fn run(server: &Server, folder: &Path) -> Report {
    run_with(server, folder, Options::default()).await
}

/// As the command does it.
async fn run_with(server: &Server, folder: &Path, options: Options) -> Report {
    let found = read_folder(folder).unwrap();
    let source = if options.source.is_empty() { found.source.clone() } else { options.source.clone() };
    let options = Options { source, folder: Some(found.source), ..options };
    let mut report = import(&server.db, found.documents, &options, &|_, _| {}).await.unwrap();
    report.not_carried.extend(found.not_carried);
    report
}

/// What was added.
fn counts(report: &Report) -> [usize; 5] {
    [report.users, report.profiles.added, report.posts.added, report.tags, report.links]
}

/// Whether nothing was added or changed, and this many posts are as they were.
fn is_unchanged(report: &Report, posts: usize) -> bool {
    counts(report) == [0; 5]
        && (report.posts.changed, report.profiles.changed) == (0, 0)
        && report.posts.unchanged == posts
}

/// Every post by its title: when it was published, who wrote it, its tags.
async fn posts(server: &Server) -> Value {
    let query = "{ blogPosts(limit: 1000, orderBy: { title: ASC }) {
        title publishedAt author { profile { displayName } } tags { name } } }";
    let data = server.data(query).await;
    let row = |post: &Value| {
        let tags = post["tags"].as_array().unwrap().iter().map(|tag| tag["name"].clone()).collect::<Vec<_>>();
        json!([post["title"], post["publishedAt"], post["author"]["profile"]["displayName"], tags])
    };
    data["blogPosts"].as_array().unwrap().iter().map(row).collect()
}

fn reasons(report: &Report) -> Vec<String> {
    report.not_carried.iter().map(|one| format!("{}: {}", one.path, one.reason)).collect()
}

const ALL: &str = "{ users { username profile { displayName bio websiteUrl } }
    blogPosts { title content publishedAt createdAt author { username } tags { name } } tags { name } }";

async fn a_folder_becomes_users_posts_and_tags(server: Server) {
    let report = run(&server, folder(&FILES).path()).await;
    assert_eq!(counts(&report), [3, 3, 3, 3, 4]);
    let expected = json!({
        "users": [
            { "username": "ada-moreno", "profile": { "displayName": "Ada Moreno", "bio": "Writes *a lot*.", "websiteUrl": "https://example.org" } },
            { "username": "jun-ito", "profile": { "displayName": "Jun Ito", "bio": null, "websiteUrl": null } },
            { "username": "zoe", "profile": { "displayName": "Zoë", "bio": null, "websiteUrl": null } },
        ],
        "blogPosts": [
            { "title": "3", "content": "A draft.", "publishedAt": null, "createdAt": "2024-03-04T00:00:00.000000Z", "author": { "username": "ada-moreno" }, "tags": [] },
            { "title": "Second", "content": "More.", "publishedAt": "2024-02-03T04:05:06.000000Z", "createdAt": "2024-02-03T04:05:06.000000Z", "author": { "username": "jun-ito" }, "tags": [{ "name": "Data" }, { "name": "New" }] },
            { "title": "First", "content": "Hello.", "publishedAt": "2024-01-02T00:00:00.000000Z", "createdAt": "2024-01-02T00:00:00.000000Z", "author": { "username": "ada-moreno" }, "tags": [{ "name": "R" }, { "name": "Data" }] },
        ],
        "tags": [{ "name": "Data" }, { "name": "New" }, { "name": "R" }],
    });
    assert_eq!(server.data(ALL).await, expected);
    let expected = [
        "blog/broken.md: unreadable front matter",
        "blog/nobody.md: no author: choose one with --author",
        "blog/nul.md: holds the character U+0000",
        "blog/plain.md: no front matter, and no date in the path",
        "blog/second/index.md: co-authors left out: a post has one author",
    ];
    assert_eq!(reasons(&report), expected);
    assert_eq!((report.files, report.imported), (9, 5));
}

async fn importing_again_adds_what_is_new_and_updates_what_changed(server: Server) {
    let folder = folder(&FILES);
    run(&server, folder.path()).await;
    let before = server.data(ALL).await;
    assert!(is_unchanged(&run(&server, folder.path()).await, 3));
    // The same posts are recognised when only a subfolder is imported.
    assert!(is_unchanged(&run(&server, &folder.path().join("blog")).await, 3));
    assert!(is_unchanged(&run(&server, &folder.path().join("author")).await, 0));
    assert_eq!(server.data(ALL).await, before);

    let first =
        "---\ntitle: First, retold\ndate: 2024-01-02\nauthor: Ada Moreno\ntags: [More, R]\n---\nChanged.\n";
    write(folder.path(), "blog/2024-01-02-first.md", first);
    write(
        folder.path(),
        "blog/fourth.md",
        "---\ntitle: Fourth\ndate: 2024-04-05\nauthor: Lee\ntags: data\n---\n",
    );
    write(folder.path(), "author/jun/_index.md", "---\nname: Jun Ito\n---\nNew here.\n");
    write(folder.path(), "author/ada/_index.md", "---\nname: Ada M. Moreno\n---\nWrites less.\n");
    let report = run(&server, folder.path()).await;
    assert_eq!(counts(&report), [1, 1, 1, 1, 2]);
    assert_eq!((report.posts.changed, report.posts.unchanged), (1, 2));
    assert_eq!((report.profiles.changed, report.profiles.unchanged), (2, 1));
    let after = server.data(ALL).await;
    let posts = after["blogPosts"].as_array().unwrap();
    assert_eq!(posts[1..3], before["blogPosts"].as_array().unwrap()[0..2], "the others are unchanged");
    assert_eq!((&posts[3]["title"], &posts[3]["content"]), (&json!("First, retold"), &json!("Changed.")));
    assert_eq!(posts[3]["tags"], json!([{ "name": "More" }, { "name": "R" }]));
    assert_eq!(posts[0]["tags"], json!([{ "name": "Data" }]));
    let profile = |name: &str, bio: &str| json!({ "displayName": name, "bio": bio, "websiteUrl": null });
    assert_eq!(after["users"][0]["profile"], profile("Ada M. Moreno", "Writes less."));
    assert_eq!(after["users"][1]["profile"], profile("Jun Ito", "New here."));
    assert!(is_unchanged(&run(&server, folder.path()).await, 4));
}

async fn a_row_that_was_changed_in_the_database_is_left_alone(server: Server) {
    let text =
        |title: &str| format!("---\ntitle: {title}\nauthor: Ada\ndate: 2024-01-01\ntags: [a, b]\n---\nText.");
    let page = |bio: &str| format!("---\nname: Ada\n---\n{bio}");
    let folder = folder(&[("a.md", &text("One")), ("author/ada/_index.md", &page("Old."))]);
    run(&server, folder.path()).await;
    let data = server.data("{ blogPosts { id } profiles { id } }").await;
    let (post, profile) = (data["blogPosts"][0]["id"].clone(), data["profiles"][0]["id"].clone());
    let edit = r#"mutation($post: ID!, $profile: ID!) {
        updateBlogPost(input: { id: $post, content: "Edited." }) { userErrors { message } }
        updateProfile(input: { id: $profile, bio: "Edited." }) { userErrors { message } } }"#;
    let edited = server.post(edit, json!({ "post": post, "profile": profile })).await.json();
    assert_eq!(edited["data"]["updateBlogPost"]["userErrors"], json!([]), "{edited}");
    assert_eq!(edited["data"]["updateProfile"]["userErrors"], json!([]), "{edited}");
    // The files have not changed: there is nothing to say.
    let report = run(&server, folder.path()).await;
    assert!(is_unchanged(&report, 1) && report.not_carried.is_empty());
    write(folder.path(), "a.md", &text("Two"));
    write(folder.path(), "author/ada/_index.md", &page("New."));
    for _ in 0..2 {
        let report = run(&server, folder.path()).await;
        assert!(is_unchanged(&report, 1));
        let lost: Vec<(&str, &Reason)> =
            report.not_carried.iter().map(|one| (&*one.path, &one.reason)).collect();
        assert_eq!(lost, [("a.md", &Reason::Edited), ("author/ada/_index.md", &Reason::Edited)]);
    }
    let all = "{ blogPosts { title content tags { name } version } profiles { bio } }";
    let data = server.data(all).await;
    assert_eq!(data["blogPosts"][0]["content"], "Edited.");
    let overwrite = Options { overwrite: true, ..Options::default() };
    let report = run_with(&server, folder.path(), overwrite.clone()).await;
    assert_eq!((report.posts.changed, report.profiles.changed), (1, 1));
    assert_eq!(report.not_carried, []);
    let expected = json!({ "title": "Two", "content": "Text.", "tags": [{ "name": "a" }, { "name": "b" }], "version": 3 });
    let data = server.data(all).await;
    assert_eq!((&data["blogPosts"][0], &data["profiles"][0]["bio"]), (&expected, &json!("New.")));
    assert!(is_unchanged(&run_with(&server, folder.path(), overwrite).await, 1));
    // A post that was deleted is imported anew.
    server.sql("DELETE FROM blog_posts").await;
    assert_eq!(counts(&run(&server, folder.path()).await), [0, 0, 1, 0, 2]);
    assert!(is_unchanged(&run(&server, folder.path()).await, 1));
}

async fn a_failed_import_writes_nothing(server: Server) {
    server.sql("DROP TABLE post_tags").await;
    let found = read_folder(folder(&FILES).path()).unwrap();
    let options = Options { source: found.source, ..Options::default() };
    let error = import(&server.db, found.documents, &options, &|_, _| {}).await.unwrap_err();
    assert!(error.to_string().starts_with("nothing was imported: "), "{error}");
    let data = server.data("{ users { id } profiles { id } blogPosts { id } tags { id } }").await;
    assert_eq!(data, json!({ "users": [], "profiles": [], "blogPosts": [], "tags": [] }));
}

const DAY: &str = "2024-03-05T00:00:00.000000Z";

async fn posts_are_told_apart_by_their_source(server: Server) {
    assert_eq!(reasons(&run(&server, &blog("clash/en")).await), [""; 0]);
    let clash = "hello.md: a different post was imported from this path before: both were kept";
    assert_eq!(reasons(&run(&server, &blog("clash/de")).await), [clash]);
    let both = json!([["Hallo", DAY, "Bo Ma", ["gruss"]], ["Hello", DAY, "Kim Ro", ["greeting"]]]);
    assert_eq!(posts(&server).await, both);
    for again in ["clash", "clash/de", "clash/en"] {
        let report = run(&server, &blog(again)).await;
        assert!(is_unchanged(&report, if again == "clash" { 2 } else { 1 }), "{again}: {report}");
        assert_eq!(report.not_carried, []);
    }
    for folder in ["sections", "langs"] {
        let report = run(&server, &blog(folder)).await;
        assert_eq!((report.posts.added, report.not_carried.len()), (2, 0), "{folder}");
    }
    let expected = json!([
        ["Deutsch", DAY, "Ann Lee", []],
        ["English", DAY, "Ann Lee", []],
        ["Hallo", DAY, "Bo Ma", ["gruss"]],
        ["Hello", DAY, "Kim Ro", ["greeting"]],
        ["Launch news", DAY, "Ann Lee", []],
        ["Launch team", DAY, "Ann Lee", []],
    ]);
    assert_eq!(posts(&server).await, expected);
}

async fn a_post_that_is_corrected_stays_one(server: Server) {
    let report = run(&server, &blog("late")).await;
    assert_eq!(report.not_carried, []);
    assert_eq!(posts(&server).await, json!([["Late show", "2024-03-06T06:30:00.000000Z", "Kim Ro", []]]));
    server.sql("DELETE FROM users").await;

    let text = |date: &str| format!("---\ntitle: L\nauthor: Kim Ro\ndate: {date}\n---\nx\n");
    let folder = folder(&[("2024-03-05-l.md", &text("5 Maerz"))]);
    let report = run(&server, folder.path()).await;
    assert_eq!(report.not_carried[0].reason, Reason::BadDate("5 Maerz".into()), "nothing is guessed");
    assert_eq!(report.posts.added, 0);
    for (date, published) in [("2024-03-05", DAY), ("2024-03-05 23:30 -0700", "2024-03-06T06:30:00.000000Z")]
    {
        write(folder.path(), "2024-03-05-l.md", &text(date));
        run(&server, folder.path()).await;
        let posts = posts(&server).await;
        assert_eq!((posts.as_array().unwrap().len(), &posts[0][1]), (1, &json!(published)));
    }
}

async fn a_folder_that_was_moved_is_the_same_blog(server: Server) {
    let home = tempfile::tempdir().unwrap();
    let (old, new, copy) = (home.path().join("old"), home.path().join("new"), home.path().join("copy"));
    let fill = |folder: &Path| FILES.iter().for_each(|(path, text)| write(folder, path, text));
    fill(&old);
    run(&server, &old).await;
    // A copy beside it is another blog: its files may change on their own.
    fill(&copy);
    let report = run(&server, &copy).await;
    assert_eq!((report.posts.added, report.posts.changed), (3, 0));
    assert_eq!(reasons(&report).iter().filter(|line| line.contains("a different post")).count(), 3);
    fs::remove_dir_all(&copy).unwrap();
    server.sql("DELETE FROM blog_posts").await;
    server.sql("DELETE FROM import_sources").await;
    run(&server, &old).await;
    fs::rename(&old, &new).unwrap();
    write(&new, "blog/third.md", "---\ntitle: 3\nauthor: Ada Moreno\ndate: 2024-03-04\n---\nFinished.\n");
    let report = run(&server, &new).await;
    assert_eq!((report.posts.added, report.posts.changed), (0, 1), "{report}");
    assert!(is_unchanged(&run(&server, &new).await, 3));
    // A name makes it so wherever the folder is, and what changed meanwhile.
    let named = || Options { source: "our blog".into(), ..Options::default() };
    run_with(&server, &new, named()).await;
    fill(&copy);
    write(&copy, "blog/third.md", "---\ntitle: 3\nauthor: Ada Moreno\ndate: 2024-03-04\n---\nRewritten.\n");
    let report = run_with(&server, &copy, named()).await;
    assert_eq!((report.posts.added, report.posts.changed), (0, 1), "{report}");
}

/// Files that say the same, or have one id, are several posts while they are several files.
async fn translations_are_posts_of_their_own(server: Server) {
    let text = |title: &str, body: &str, more: &str| {
        format!("---\ntitle: {title}\nauthor: Ann\ndate: 2024-01-01\n{more}\n---\n{body}")
    };
    let guid = "guid: urn:uuid:1";
    let files = folder(&[
        ("en/a.md", &text("Hello", "English", guid)),
        ("de/a.md", &text("Hallo", "Deutsch", guid)),
        ("en/b.md", &text("Same", "Same", "")),
        ("de/b.md", &text("Same", "Same", "")),
        ("en/c.md", &text("Cup", "Tea", "")),
        ("de/c.md", &text("Tasse", "Tee", "")),
    ]);
    let content = "{ blogPosts(limit: 100) { content } }";
    let contents = async || {
        let data = server.data(content).await;
        let mut all: Vec<String> =
            data["blogPosts"].as_array().unwrap().iter().map(|post| post["content"].to_string()).collect();
        all.sort();
        all.join(" ")
    };
    let all = "\"Deutsch\" \"English\" \"Same\" \"Same\" \"Tea\" \"Tee\"";
    for part in ["en", "de", "en", "", "de"] {
        run(&server, &files.path().join(part)).await;
    }
    assert_eq!(contents().await, all);
    write(files.path(), "de/b.md", &text("Gleich", "Gleich", ""));
    run(&server, &files.path().join("de")).await;
    assert!(is_unchanged(&run(&server, &files.path().join("en")).await, 3));
    assert_eq!(contents().await, all.replacen("\"Same\"", "\"Gleich\"", 1));
    // Below one name, another folder's posts are others too.
    server.sql("DELETE FROM users").await;
    let named = || Options { source: "x".into(), ..Options::default() };
    for part in ["en", "de"] {
        run_with(&server, &files.path().join(part), named()).await;
    }
    assert!(contents().await.contains("\"Tea\" \"Tee\""), "{}", contents().await);
}

/// The old file's row follows its id, and the new file is a new post.
async fn a_file_may_take_the_place_of_one_that_moved(server: Server) {
    let text = |title: &str, guid: &str| {
        format!("---\ntitle: {title}\nauthor: Ann\ndate: 2024-01-01\nguid: {guid}\n---\n{title}")
    };
    let files = folder(&[("a.md", &text("One", "urn:1"))]);
    run(&server, files.path()).await;
    write(files.path(), "b.md", &text("One", "urn:1"));
    write(files.path(), "a.md", &text("Two", "urn:2"));
    let report = run(&server, files.path()).await;
    assert_eq!((report.posts.added, report.posts.changed, report.posts.unchanged), (1, 0, 1), "{report}");
    assert!(is_unchanged(&run(&server, files.path()).await, 2));
    // A row whose file another post replaced is nobody's: no later file takes it.
    let other = "---\ntitle: Other\nauthor: Bo\ndate: 2023-01-01\n---\nOther";
    write(files.path(), "a.md", other);
    assert_eq!(run(&server, files.path()).await.posts.added, 1);
    write(files.path(), "c/a.md", &text("Two", "urn:3").replace("\nTwo", "\nThird"));
    assert_eq!(run(&server, files.path()).await.posts.added, 1);
    let titles: Vec<Value> =
        posts(&server).await.as_array().unwrap().iter().map(|post| post[0].clone()).collect();
    assert_eq!(titles, ["One", "Other", "Two", "Two"]);
}

/// Equal titles, texts and paths do not make one post of two: its author, date and tags are others.
async fn two_blogs_with_the_same_paths_stay_apart(server: Server) {
    let text = |author: &str, date: &str, tag: &str, body: &str| {
        format!("---\ntitle: Hello World\nauthor: {author}\ndate: {date}\ntags: [{tag}]\n---\n{body}")
    };
    let both = folder(&[
        ("a/hello.md", &text("Ann Lee", "2020-01-01", "a", "Welcome")),
        ("b/hello.md", &text("Bo Ma", "2024-05-05", "b", "Welcome")),
    ]);
    let page = |bio: &str| format!("---\nname: Ann Lee\n---\n{bio}");
    write(both.path(), "a/authors/ann.md", &page("Biologist."));
    write(both.path(), "b/authors/ann.md", &page("Plumber."));
    for part in ["a", "b", "a", "b"] {
        run(&server, &both.path().join(part)).await;
    }
    let expected = json!([
        ["Hello World", "2020-01-01T00:00:00.000000Z", "Ann Lee", ["a"]],
        ["Hello World", "2024-05-05T00:00:00.000000Z", "Bo Ma", ["b"]],
    ]);
    let sorted = |posts: Value| {
        let mut posts = posts.as_array().unwrap().clone();
        posts.sort_by_key(|post| post[1].to_string());
        json!(posts)
    };
    assert_eq!(sorted(posts(&server).await), expected);
    let bio = server.data("{ profiles { bio } }").await;
    assert_eq!(bio["profiles"][0]["bio"], "Biologist.", "the first page stays");
    // The whole folder is the same two posts.
    let report = run(&server, both.path()).await;
    assert!(is_unchanged(&report, 2), "{report}");
    // Another blog at the very same place is not the old one.
    write(both.path(), "a/hello.md", &text("Cy Ra", "2025-01-01", "c", "Other"));
    let report = run(&server, both.path()).await;
    assert_eq!((report.posts.added, report.posts.changed), (1, 0));
    assert!(reasons(&report).iter().any(|line| line.starts_with("a/hello.md: a different post")), "{report}");
}

async fn a_folder_says_what_is_in_it_when_it_is_imported_itself(server: Server) {
    let text =
        |title: &str| format!("---\ntitle: {title}\nauthor: Ann\ndate: 2024-01-01\ntags: one two\n---\n");
    let files = folder(&[("_drafts/a.md", &text("A")), ("_posts/2024/b.md", &text("B"))]);
    write(files.path(), "content/Drafts/rust/d.md", &text("D").replace("one two", "[d]"));
    write(files.path(), "source/_posts/c.md", &text("C"));
    for part in ["_drafts", "_posts", "_posts/2024", "source/_posts", "content/Drafts/rust", ""] {
        run(&server, &files.path().join(part)).await;
    }
    let published = "2024-01-01T00:00:00.000000Z";
    let expected = json!([
        ["A", null, "Ann", ["one", "two"]],
        ["B", published, "Ann", ["one", "two"]],
        ["C", published, "Ann", ["one two"]],
        ["D", null, "Ann", ["d"]],
    ]);
    assert_eq!(posts(&server).await, expected);
}

async fn tags_that_were_changed_in_the_database_stay(server: Server) {
    let text =
        |tags: &str| format!("---\ntitle: T\nauthor: Ann\ndate: 2024-01-01\ntags: {tags}\n---\n{tags}");
    let files = folder(&[("a.md", &text("[alpha, gamma]"))]);
    run(&server, files.path()).await;
    server.sql("UPDATE tags SET name = 'Beta' WHERE name = 'alpha'").await;
    server.sql("DELETE FROM tags WHERE name = 'gamma'").await;
    // Nobody needs the tag that was deleted.
    assert!(is_unchanged(&run(&server, files.path()).await, 1));
    // Both names mean one tag now.
    write(files.path(), "b.md", &text("[alpha, beta]"));
    let report = run(&server, files.path()).await;
    assert_eq!(counts(&report), [0, 0, 1, 0, 1]);
    assert_eq!(server.data("{ tags { name posts { content } } }").await["tags"].as_array().unwrap().len(), 1);
}

async fn a_page_that_names_another_person_leaves_the_first_alone(server: Server) {
    let text =
        |title: &str, author: &str| format!("---\ntitle: {title}\nauthor: {author}\ndate: 2024-01-01\n---\n");
    let page = |name: &str| format!("---\nname: {name}\n---\n");
    let files = folder(&[
        ("authors/editor.md", &page("Ann Lee")),
        ("a.md", &text("A", "Ann Lee")),
        ("b.md", &text("B", "Bo Ma")),
    ]);
    run(&server, files.path()).await;
    write(files.path(), "authors/editor.md", &page("Bo Ma"));
    write(files.path(), "c.md", &text("C", "Bo Ma"));
    run(&server, files.path()).await;
    let names: Vec<Value> =
        posts(&server).await.as_array().unwrap().iter().map(|post| post[2].clone()).collect();
    assert_eq!(names, ["Ann Lee", "Bo Ma", "Bo Ma"]);
}

async fn an_id_of_its_own_follows_a_post_everywhere(server: Server) {
    let text = |title: &str, id: &str| {
        format!("---\ntitle: {title}\nauthor: Ada\ndate: 2024-01-01\n{id}\n---\n{title}")
    };
    let id = "id: 0190a1b2-0000-7000-8000-000000000001";
    let first = folder(&[
        ("a.md", &text("A", id)),
        ("b.md", &text("B", "guid: urn:b")),
        ("c.md", &text("C", "id: c")),
    ]);
    run(&server, first.path()).await;
    let moved = folder(&[
        ("x/a.md", &text("A2", id)),
        ("x/b.md", &text("B2", "guid: urn:b")),
        ("x/b2.md", &text("B3", "guid: urn:b")),
        ("x/c.md", &text("C2", "id: c")),
    ]);
    drop(first);
    let report = run(&server, moved.path()).await;
    assert_eq!((report.posts.changed, report.posts.added), (2, 2));
    assert_eq!(
        reasons(&report),
        ["x/b2.md: has the same id as another file: it will be recognised by its path"]
    );
    let titles =
        |posts: Value| posts.as_array().unwrap().iter().map(|post| post[0].clone()).collect::<Vec<_>>();
    assert_eq!(titles(posts(&server).await), ["A2", "B2", "B3", "C", "C2"]);
    assert!(is_unchanged(&run(&server, moved.path()).await, 4));
}

async fn drafts_stay_drafts(server: Server) {
    run(&server, &blog("drafts")).await;
    let expected = json!([["Hidden", null, "Ann Lee", []], ["Unfinished", null, "Ann Lee", []]]);
    assert_eq!(posts(&server).await, expected);
}

async fn people_are_who_they_are_called(server: Server) {
    let report = run(&server, &blog("people")).await;
    let lost = [
        "by-three.md: co-authors left out: a post has one author",
        "nobody.md: no author: choose one with --author",
    ];
    assert_eq!(reasons(&report), lost);
    let author = Options { author: Some("Kim Ro".into()), ..Options::default() };
    assert_eq!(run_with(&server, &blog("people"), author).await.posts.added, 1);
    let data = server.data("{ blogPosts(orderBy: { title: ASC }) { title author { username } } users { username profile { displayName bio websiteUrl } } }").await;
    let written: Vec<(&str, &str)> = data["blogPosts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|post| (post["title"].as_str().unwrap(), post["author"]["username"].as_str().unwrap()))
        .collect();
    assert_eq!(
        written,
        [
            ("By", "ann-lee"),
            ("By a key", "kim-ro"),
            ("By a link", "ann-lee"),
            ("By two", "ann-lee"),
            ("First Li", "li-wei"),
            ("Nobody", "kim-ro"),
            ("Second Li", "li-wei-2"),
        ]
    );
    let user = |username: &str, name: &str| json!({ "username": username, "profile": { "displayName": name, "bio": null, "websiteUrl": null } });
    let mut expected = [
        ("ann-lee", "Ann Lee"),
        ("bo-ma", "Bo Ma"),
        ("cy-ra", "Cy Ra"),
        ("kim-ro", "Kim Ro"),
        ("li-wei", "李伟"),
        ("li-wei-2", "李薇"),
    ]
    .map(|(username, name)| user(username, name));
    expected[3]["profile"] =
        json!({ "displayName": "Kim Ro", "bio": "Writes.", "websiteUrl": "https://example.org" });
    assert_eq!(data["users"], json!(expected));
}

async fn a_person_is_one_in_later_imports_too(server: Server) {
    let text =
        |title: &str, author: &str| format!("---\ntitle: {title}\nauthor: {author}\ndate: 2024-01-01\n---\n");
    let people =
        folder(&[("author/kro/_index.md", "---\nname: Kim Ro\n---\n"), ("a.md", &text("A", "李伟"))]);
    run(&server, people.path()).await;
    // The key of a page that an earlier import has read; the other of two with one slug; a spelling.
    write(people.path(), "posts/b.md", &text("B", "kro"));
    write(people.path(), "posts/c.md", &text("C", "李薇"));
    write(people.path(), "posts/d.md", &text("D", "李伟"));
    write(people.path(), "posts/e.md", &text("E", "KIM  RO"));
    let report = run(&server, &people.path().join("posts")).await;
    assert_eq!(counts(&report), [1, 1, 4, 0, 0]);
    let renamed = server.sql("UPDATE users SET username = 'wei' WHERE username = 'li-wei'");
    renamed.await;
    assert!(is_unchanged(&run(&server, &people.path().join("posts")).await, 4));
    assert!(is_unchanged(&run(&server, people.path()).await, 5));
    // Another blog's `kro` is not ours.
    let report = run(&server, folder(&[("f.md", &text("F", "kro"))]).path()).await;
    assert_eq!(counts(&report), [1, 1, 1, 0, 0]);
    let names: Vec<Value> =
        posts(&server).await.as_array().unwrap().iter().map(|post| post[2].clone()).collect();
    assert_eq!(names, ["李伟", "Kim Ro", "李薇", "李伟", "Kim Ro", "kro"]);
}

async fn dates_are_read_as_people_write_them(server: Server) {
    let report = run(&server, &blog("dates")).await;
    assert_eq!((reasons(&report), report.posts.added), (vec![], 13));
    let expected = [
        ("By file name", "00:00:00"),
        ("By folders", "00:00:00"),
        ("By path", "00:00:00"),
        ("Date 1", "05:08:09"),
        ("Date 10", "00:00:00"),
        ("Date 2", "05:08:09"),
        ("Date 3", "05:08:09"),
        ("Date 4", "07:08:00"),
        ("Date 5", "07:08:00"),
        ("Date 6", "00:00:00"),
        ("Date 7", "07:08:09"),
        ("Date 8", "07:08:09"),
        ("Date 9", "14:08:09"),
    ];
    let expected =
        expected.map(|(title, time)| json!([title, format!("2024-03-05T{time}.000000Z"), "Ann Lee", []]));
    assert_eq!(posts(&server).await, json!(expected));
}

async fn heads_are_read_in_every_notation(server: Server) {
    let report = run(&server, &blog("heads")).await;
    assert_eq!(reasons(&report), ["twice.md: keys that are given twice: the last value counts"]);
    let expected = json!([
        ["B", DAY, "Ann Lee", []],
        ["Capitals", DAY, "Ann Lee", []],
        ["Dots", DAY, "Ann Lee", []],
        ["Json", DAY, "Ann Lee", []],
        ["No fence", DAY, "Ann Lee", []],
        ["Pelican", "2024-03-05T10:00:00.000000Z", "Ann Lee", ["a", "b"]],
        ["Title in the text", DAY, "Ann Lee", []],
    ]);
    assert_eq!(posts(&server).await, expected);
    let bodies = server.data("{ blogPosts(orderBy: { title: ASC }) { content } }").await;
    let bodies = bodies["blogPosts"].as_array().unwrap().iter().map(|post| post["content"].as_str().unwrap());
    assert_eq!(bodies.collect::<Vec<_>>(), ["x", "x", "x", "x", "x", "x", "# Title in the text\n\nx"]);
}

async fn other_endings_are_named(server: Server) {
    let report = run(&server, &blog("endings")).await;
    let named = ["Rmd.Rmd", "html.html", "mkd.mkd", "rst.rst"];
    let expected =
        named.map(|path| format!("{path}: looks like a post, but is not a .md, .markdown or .mdx file"));
    assert_eq!(reasons(&report), expected);
    let expected = json!([["Ending markdown", DAY, "Ann Lee", []], ["Ending mdx", DAY, "Ann Lee", []]]);
    assert_eq!(posts(&server).await, expected);
}

async fn tags_are_separate_and_categories_are_a_wish(server: Server) {
    let report = run(&server, &blog("tags")).await;
    assert_eq!(reasons(&report), ["commas.md: categories left out: --categories makes them tags"]);
    assert_eq!(posts(&server).await, json!([["Comma tags", DAY, "Ann Lee", ["alpha", "beta"]]]));
    let with = Options { categories: true, ..Options::default() };
    let report = run_with(&server, &blog("tags"), with).await;
    assert_eq!((report.posts.changed, report.not_carried.len()), (1, 0));
    let all = ["alpha", "beta", "gamma", "delta"];
    assert_eq!(posts(&server).await, json!([["Comma tags", DAY, "Ann Lee", all]]));
}

#[test]
fn import_prints_a_report() {
    let (database, folder) = (Database::sqlite(), folder(&FILES));
    fs::create_dir(folder.path().join("node_modules")).unwrap();
    let dir = folder.path().to_str().unwrap();
    let run = |arguments: &[&str]| {
        let command = [&["import"], arguments, &["--database-url", &database.url]].concat();
        ended(&doorway(&command).output().unwrap())
    };
    let (stdout, stderr, code) = run(&[dir]);
    assert_eq!(code, Some(0), "{stderr}");
    let expected = "Imported 5 of 9 files.\n\
                    Posts: 3 added, 0 changed, 0 unchanged.\n\
                    Profiles: 3 added, 0 changed, 0 unchanged.\n\
                    Users: 3 added.\n\
                    Tags: 3 added, 4 links.\n\
                    Files not imported: 4.\n";
    assert!(stdout.starts_with(expected), "{stdout}");
    let expected = "Notes on imported files: 1.\n  co-authors left out: a post has one author (1):\n    blog/second/index.md: Ada Moreno\n\
                    Folders not searched: node_modules.\n";
    assert!(stdout.ends_with(expected), "{stdout}");
    assert!(run(&[dir]).0.contains("\nPosts: 0 added, 0 changed, 3 unchanged.\n"));
    let (stdout, _, _) = run(&[dir, "--author", "Kim Ro", "--categories", "--overwrite", "--source", "x"]);
    assert!(stdout.contains("\nPosts: 1 added, 0 changed, 3 unchanged.\n"), "{stdout}");
    let served = Doorway::serve(&database.url, &[]).ask(r#"{ tag(name: "New") { posts { title } } }"#);
    assert_eq!(served["data"]["tag"]["posts"], json!([{ "title": "Second" }]));
    for (missing, words) in [
        ("no-such-folder", "there is no folder no-such-folder"),
        ("Cargo.toml", "Cargo.toml is not a folder"),
    ] {
        let (stdout, stderr, code) = run(&[missing]);
        assert_eq!((stdout.as_str(), code), ("", Some(1)));
        assert_eq!(stderr, format!("doorway: {words}\n"));
    }
    // A script must notice that it has imported nothing.
    let nothing = folder.path().join("nothing");
    write(&nothing, "a.md", "plain");
    write(&nothing, "b.rst", "plain");
    for (path, files) in [(nothing.as_path(), 2), (&folder.path().join("node_modules"), 0)] {
        let (stdout, stderr, code) = run(&[path.to_str().unwrap()]);
        assert!(stdout.starts_with(&format!("Imported 0 of {files} files.\n")), "{stdout}");
        let words = format!("doorway: no post was imported from {files} files\n");
        assert_eq!((code, stderr.ends_with(&words)), (Some(1), true), "{stderr}");
    }
    let (_, stderr, code) = run(&[dir, "--author", "?"]);
    assert_eq!(
        (code, stderr.ends_with("doorway: --author \"?\" has no letters for a username\n")),
        (Some(1), true),
        "{stderr}"
    );
}

/// The import is killed after each number of statements. Importing again must then work.
#[cfg(unix)]
#[test]
fn a_killed_import_writes_everything_or_nothing() {
    let folder = tempfile::tempdir().unwrap();
    for nth in 0..400 {
        let text = format!(
            "---\ntitle: Post {nth}\ndate: 2024-01-01\nauthor: Ada {}\ntags: [a{}, b]\n---\n",
            nth % 7,
            nth % 11
        );
        write(folder.path(), &format!("blog/post-{nth}.md"), &text);
    }
    let dir = folder.path().to_str().unwrap();
    let (mut cut, mut finished) = (0, 0);
    for statements in (0..60).step_by(2) {
        let database = Database::sqlite();
        doorway(&["migrate", "up", "--database-url", &database.url]).output().unwrap();
        let arguments = ["import", dir, "--database-url", &database.url];
        let mut child = doorway(&arguments)
            .args(["--log", "doorway::sql=debug"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Killed when the log shows this many statements.
        let log = BufReader::new(child.stderr.take().unwrap());
        finished += usize::from(log.lines().take(statements).count() < statements);
        child.kill().unwrap();
        child.wait().unwrap();
        let data =
            Doorway::serve(&database.url, &[]).ask("{ users { id } blogPosts(limit: 1000) { tags { id } } }");
        let posts = data["data"]["blogPosts"].as_array().unwrap();
        assert!(posts.is_empty() || posts.len() == 400, "{}", posts.len());
        assert!(posts.iter().all(|post| post["tags"].as_array().unwrap().len() == 2));
        let (stdout, stderr, code) = ended(&doorway(&arguments).output().unwrap());
        assert_eq!(code, Some(0), "{stderr}");
        let expected =
            if posts.is_empty() { "Posts: 400 added" } else { "Posts: 0 added, 0 changed, 400 unchanged" };
        assert!(stdout.contains(expected), "{stdout}");
        cut += usize::from(posts.is_empty());
    }
    assert!(cut > 5 && finished > 0, "{cut} were interrupted, {finished} had finished");
}
