//! Random small blogs: what must hold of every import, whatever the files say.

use crate::support::Server;
use doorway::blog::import::{Options, Report, import, read_folder};
use fastrand::Rng;
use serde_json::{Value, json};
use std::{collections::BTreeMap, fs, path::Path};

on_both_databases!(
    every_file_is_a_row_or_a_line_of_the_report,
    a_second_import_changes_nothing,
    importing_in_two_parts_equals_importing_both,
    importing_folder_by_folder_equals_importing_all,
);

const FOLDERS: [&str; 12] = [
    "",
    "en/posts",
    "de/posts",
    "news/launch",
    "team/launch",
    "_drafts",
    "_posts",
    "2024/03/05",
    "author/kro",
    "authors",
    "authors/bo",
    "docs/2023-12-01-trip",
];
const NAMES: [&str; 9] = [
    "hello",
    "2024-03-05-hello",
    "2024-3-6-x",
    "index",
    "_index",
    "index.es",
    "hello.pt-BR",
    "20240307_y",
    "README",
];
const ENDINGS: [&str; 8] = ["md", "md", "md", "markdown", "mdx", "rst", "Rmd", "html"];
const DATES: [&str; 8] = [
    "2024-03-05",
    "2024-03-05 07:08 +0200",
    "March 4, 2024",
    "2024-03-05T07:08",
    "3/4/2024",
    "soon",
    "2024-02-30",
    "",
];
const AUTHORS: [&str; 12] = [
    "Ann Lee",
    "ANN  LEE",
    "Zoë",
    "Zoe",
    "李伟",
    "李薇",
    "kro",
    "[Kim Ro, Bo Ma]",
    "Kim Ro and Zoë",
    "'?'",
    "{name: Ann Lee}",
    "",
];
const TAGS: [&str; 6] = ["[Rust, SQL]", "rust, sql", "[RUST]", "''", "new", "[École, école]"];

/// A blog: texts by path. Each text holds the file's number, so that its row can be found.
fn blog(rng: &mut Rng) -> BTreeMap<String, String> {
    let pick = |rng: &mut Rng, from: &[&'static str]| from[rng.usize(..from.len())];
    let mut files = BTreeMap::new();
    for nth in 0..rng.usize(2..14) {
        let (folder, name, ending) = (pick(rng, &FOLDERS), pick(rng, &NAMES), pick(rng, &ENDINGS));
        let path =
            if folder.is_empty() { format!("{name}.{ending}") } else { format!("{folder}/{name}.{ending}") };
        let mut lines = Vec::new();
        for (key, values) in [("date", &DATES[..]), ("author", &AUTHORS), ("tags", &TAGS)] {
            if rng.u8(0..8) > 0 {
                lines.push(format!("{key}: {}", pick(rng, values)));
            }
        }
        for (line, of) in
            [("draft: true", 6), ("title: Again", 6), ("categories: [More]", 4), ("published: false", 9)]
        {
            if rng.u8(0..of) == 0 {
                lines.push(line.to_owned());
            }
        }
        if rng.u8(0..6) > 0 {
            lines.push(format!("title: File {nth}"));
        }
        if folder.starts_with("author") && rng.bool() {
            lines.push(format!("name: {}", pick(rng, &["Kim Ro", "Bo Ma", "Ann Lee"])));
        }
        if rng.u8(0..9) == 0 {
            lines.push(format!("guid: urn:{nth}"));
        }
        let (head, body) = (lines.join("\n"), format!("File {nth}."));
        let text = match rng.u8(0..12) {
            0 => body,
            1 => format!("---\n{head}\n{body}\n"),
            2 => format!("{head}\n\n{body}\n"),
            3 => format!("---\nx: [\n{head}\n---\n{body}\n"),
            _ => format!("---\n{head}\n---\n{body}\n"),
        };
        files.insert(path, text);
    }
    if rng.bool() {
        files.insert("_data/authors.yml".to_owned(), "kro: {name: Kim Ro, bio: Of a file.}\n".to_owned());
    }
    files
}

fn options(rng: &mut Rng) -> Options {
    Options {
        author: rng.bool().then(|| "Cy Ra".to_owned()),
        categories: rng.bool(),
        source: "random".to_owned(),
        folder: None,
        overwrite: false,
    }
}

/// Makes a folder of these files only.
fn fill<'a>(folder: &Path, files: impl IntoIterator<Item = (&'a String, &'a String)>) {
    let _ = fs::remove_dir_all(folder);
    fs::create_dir(folder).unwrap();
    for (path, text) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

async fn run<'a>(
    server: &Server,
    folder: &Path,
    files: impl IntoIterator<Item = (&'a String, &'a String)>,
    options: &Options,
) -> Report {
    fill(folder, files);
    let found = read_folder(folder).unwrap();
    let mut report = import(&server.db, found.documents, options, &|_, _| {}).await.unwrap();
    report.not_carried.extend(found.not_carried);
    report
}

async fn clear(server: &Server) {
    for table in ["users", "tags", "import_sources"] {
        server.sql(&format!("DELETE FROM {table}")).await;
    }
}

/// The same as the command does it, with the folder's path as the source.
async fn run_folder(server: &Server, folder: &Path, options: &Options) -> Report {
    let found = read_folder(folder).unwrap();
    let options = Options { source: found.source, ..options.clone() };
    import(&server.db, found.documents, &options, &|_, _| {}).await.unwrap()
}

/// Everything that a reader sees. Which of two people with one slug has the plain username depends on who came first, and so do the
/// times at which users and tags were made.
async fn everything(server: &Server) -> Value {
    let query = "{ users(limit: 1000) { profile { displayName bio websiteUrl } } tags(limit: 1000) { name }
        blogPosts(limit: 1000) { title content publishedAt createdAt version
            author { profile { displayName } } tags { name } } }";
    let data = server.data(query).await;
    let sorted = |field: &str| {
        let mut rows: Vec<String> = data[field].as_array().unwrap().iter().map(Value::to_string).collect();
        rows.sort();
        rows
    };
    json!([sorted("users"), sorted("tags"), sorted("blogPosts")])
}

async fn every_file_is_a_row_or_a_line_of_the_report(server: Server) {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("blog");
    let (mut rows, mut lines) = (0, 0);
    for seed in 0..60 {
        let rng = &mut Rng::with_seed(seed);
        let (files, options) = (blog(rng), options(rng));
        let report = run(&server, &folder, &files, &options).await;
        let data = server.data("{ blogPosts(limit: 1000) { content } profiles(limit: 1000) { bio } }").await;
        let texts = [("blogPosts", "content"), ("profiles", "bio")].map(|(field, text)| {
            data[field].as_array().unwrap().iter().map(|row| row[text].clone()).collect::<Vec<_>>()
        });
        let mut imported = 0;
        for (path, text) in &files {
            let marker = text.trim_end().rsplit('\n').next().unwrap();
            let in_rows = texts.concat().iter().filter(|text| **text == json!(marker)).count();
            let is_lost =
                |one: &&doorway::blog::import::NotCarried| one.path == *path && !one.reason.is_of_a_fact();
            let in_lines = report.not_carried.iter().filter(is_lost).count();
            let is_a_page = path.ends_with(".html") && !text.contains("title:") && !text.contains("date:");
            if path.ends_with(".yml") {
                assert_eq!(in_lines, 0, "{seed}: {path}");
            } else if !is_a_page || in_lines > 0 {
                assert_eq!(in_rows + in_lines, 1, "{seed}: {path}: {text}\n{report}");
            }
            imported += usize::from(in_lines == 0 && !is_a_page);
            (rows, lines) = (rows + in_rows, lines + in_lines);
        }
        assert_eq!(report.imported, imported, "{seed}: {report}");
        assert_eq!(report.posts.added, texts[0].len());
        clear(&server).await;
    }
    assert!(rows > 100 && lines > 100, "{rows} rows, {lines} lines");
}

async fn a_second_import_changes_nothing(server: Server) {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("blog");
    for seed in 100..140 {
        let rng = &mut Rng::with_seed(seed);
        let (files, options) = (blog(rng), options(rng));
        let first = run(&server, &folder, &files, &options).await;
        let before = everything(&server).await;
        // All of it again, then a part.
        for part in [14, rng.usize(..8)] {
            let again = run(&server, &folder, files.iter().take(part), &options).await;
            assert_eq!((again.posts.added, again.posts.changed), (0, 0), "{seed}: {again}");
            assert_eq!((again.users, again.tags, again.links), (0, 0, 0), "{seed}: {again}");
            assert_eq!((again.profiles.added, again.profiles.changed), (0, 0), "{seed}: {again}");
            if part == 14 {
                assert_eq!(again.not_carried, first.not_carried, "{seed}");
                assert_eq!(again.posts.unchanged, first.posts.added, "{seed}");
            }
            assert_eq!(everything(&server).await, before, "{seed}");
        }
        clear(&server).await;
    }
}

async fn importing_in_two_parts_equals_importing_both(server: Server) {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("blog");
    for seed in 200..260 {
        let rng = &mut Rng::with_seed(seed);
        let (files, options) = (blog(rng), options(rng));
        // Who has which key must be known before a post uses it: people come with the first part.
        let is_first = |path: &str, rng: &mut Rng| path.contains("author") || rng.bool();
        let (first, second): (BTreeMap<_, _>, BTreeMap<_, _>) =
            files.clone().into_iter().partition(|(path, _)| is_first(path, rng));
        run(&server, &folder, &first, &options).await;
        run(&server, &folder, &second, &options).await;
        let in_parts = everything(&server).await;
        clear(&server).await;
        run(&server, &folder, &files, &options).await;
        assert_eq!(in_parts, everything(&server).await, "{seed}: {first:?} and {second:?}");
        clear(&server).await;
    }
}

async fn importing_folder_by_folder_equals_importing_all(server: Server) {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("blog");
    let mut parts = 0;
    for seed in 300..340 {
        let rng = &mut Rng::with_seed(seed);
        let (mut files, options) = (blog(rng), options(rng));
        // Files at the top belong to no part. People come first, as above.
        files.retain(|path, _| path.contains('/') && !path.contains("author"));
        fill(&folder, &files);
        if files.is_empty() {
            continue;
        }
        let tops: std::collections::BTreeSet<&str> =
            files.keys().map(|path| path.split('/').next().unwrap()).collect();
        for top in &tops {
            run_folder(&server, &folder.join(top), &options).await;
            parts += 1;
        }
        let in_parts = everything(&server).await;
        let again = run_folder(&server, &folder, &options).await;
        assert_eq!((again.posts.added, again.posts.changed), (0, 0), "{seed}: {again}");
        assert_eq!(everything(&server).await, in_parts, "{seed}");
        clear(&server).await;
        run_folder(&server, &folder, &options).await;
        assert_eq!(in_parts, everything(&server).await, "{seed}: {files:?}");
        clear(&server).await;
    }
    assert!(parts > 40, "{parts}");
}
