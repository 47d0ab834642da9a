//! `doorway import`, which reads a folder of Markdown files.

use crate::support::{Database, Doorway, Server, doorway, ended};
use doorway::import::{Report, import, read_folder};
use serde_json::json;
use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::Stdio,
};
use tempfile::TempDir;

on_both_databases!(
    a_folder_becomes_users_posts_and_tags,
    importing_again_adds_only_what_is_new,
    a_failed_import_writes_nothing,
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

async fn run(server: &Server, folder: &Path) -> Report {
    let (documents, unread) = read_folder(folder).unwrap();
    assert_eq!(unread, []);
    import(&server.db, documents, &|_, _| {}).await.unwrap()
}

fn counts(report: &Report) -> [usize; 5] {
    [report.users, report.profiles, report.posts, report.tags, report.links]
}

const ALL: &str = "{ users { username profile { displayName bio websiteUrl } }
    blogPosts { title content publishedAt createdAt author { username } tags { name } } tags { name } }";

async fn a_folder_becomes_users_posts_and_tags(server: Server) {
    let report = run(&server, folder(&FILES).path()).await;
    assert_eq!(counts(&report), [3, 2, 3, 3, 4]);
    let expected = json!({
        "users": [
            { "username": "ada-moreno", "profile": { "displayName": "Ada Moreno", "bio": "Writes *a lot*.", "websiteUrl": "https://example.org" } },
            { "username": "jun-ito", "profile": null },
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
    let lost: Vec<String> =
        report.not_carried.iter().map(|one| format!("{}: {}", one.path, one.reason)).collect();
    let expected = [
        "blog/broken.md: unreadable front matter",
        "blog/nobody.md: no author",
        "blog/nul.md: holds the character U+0000",
        "blog/plain.md: no front matter",
        "blog/second/index.md: dropped co-authors",
    ];
    assert_eq!(lost, expected);
}

async fn importing_again_adds_only_what_is_new(server: Server) {
    let folder = folder(&FILES);
    run(&server, folder.path()).await;
    let before = server.data(ALL).await;
    assert_eq!(counts(&run(&server, folder.path()).await), [0; 5]);
    // The same posts are recognised when only a subfolder is imported.
    assert_eq!(counts(&run(&server, &folder.path().join("blog")).await), [0; 5]);
    assert_eq!(counts(&run(&server, &folder.path().join("author")).await), [0; 5]);
    assert_eq!(server.data(ALL).await, before);

    let first = "---\ntitle: First, retold\ndate: 2024-01-02\nauthor: Ada Moreno\ntags: [More, R, Data]\n---\nChanged.\n";
    write(folder.path(), "blog/2024-01-02-first.md", first);
    write(
        folder.path(),
        "blog/fourth.md",
        "---\ntitle: Fourth\ndate: 2024-04-05\nauthor: Lee\ntags: data\n---\n",
    );
    write(folder.path(), "author/jun/_index.md", "---\nname: Jun Ito\n---\nNew here.\n");
    assert_eq!(counts(&run(&server, folder.path()).await), [1, 1, 1, 1, 2]);
    let after = server.data(ALL).await;
    let posts = after["blogPosts"].as_array().unwrap();
    assert_eq!(posts[1..3], before["blogPosts"].as_array().unwrap()[0..2], "existing posts are unchanged");
    assert_eq!((&posts[3]["title"], &posts[3]["content"]), (&json!("First"), &json!("Hello.")));
    assert_eq!(posts[3]["tags"], json!([{ "name": "R" }, { "name": "Data" }, { "name": "More" }]));
    assert_eq!(posts[0]["tags"], json!([{ "name": "Data" }]));
    assert_eq!(after["users"][1]["profile"]["bio"], "New here.");
}

async fn a_failed_import_writes_nothing(server: Server) {
    server.sql("DROP TABLE post_tags").await;
    let (documents, _) = read_folder(folder(&FILES).path()).unwrap();
    let error = import(&server.db, documents, &|_, _| {}).await.unwrap_err();
    assert!(error.to_string().starts_with("nothing was imported: "), "{error}");
    let data = server.data("{ users { id } profiles { id } blogPosts { id } tags { id } }").await;
    assert_eq!(data, json!({ "users": [], "profiles": [], "blogPosts": [], "tags": [] }));
}

#[test]
fn import_prints_a_report() {
    let (database, folder) = (Database::sqlite(), folder(&FILES));
    let dir = folder.path().to_str().unwrap();
    let run =
        |dir: &str| ended(&doorway(&["import", dir, "--database-url", &database.url]).output().unwrap());
    let (stdout, stderr, code) = run(dir);
    assert_eq!(code, Some(0), "{stderr}");
    assert!(
        stdout
            .starts_with("Written: users 3, profiles 2, posts 3, tags 3, links 4.\nFiles not imported: 4.\n"),
        "{stdout}"
    );
    assert!(
        stdout.ends_with(
            "Details not imported: 1.\n  dropped co-authors (1):\n    blog/second/index.md: Ada Moreno\n"
        ),
        "{stdout}"
    );
    assert!(run(dir).0.starts_with("Written: users 0, profiles 0, posts 0, tags 0, links 0.\n"));
    let served = Doorway::serve(&database.url, &[]).ask(r#"{ tag(name: "New") { posts { title } } }"#);
    assert_eq!(served["data"]["tag"]["posts"], json!([{ "title": "Second" }]));
    for (missing, words) in [
        ("no-such-folder", "there is no folder no-such-folder"),
        ("Cargo.toml", "Cargo.toml is not a folder"),
    ] {
        let (stdout, stderr, code) = run(missing);
        assert_eq!((stdout.as_str(), code), ("", Some(1)));
        assert_eq!(stderr, format!("doorway: {words}\n"));
    }
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
    for statements in 0..28 {
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
        assert!(stdout.contains(if posts.is_empty() { "posts 400" } else { "posts 0" }), "{stdout}");
        cut += usize::from(posts.is_empty());
    }
    assert!(cut > 5 && finished > 0, "{cut} were interrupted, {finished} had finished");
}
