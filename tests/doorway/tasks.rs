//! The example `tasks`: the files that the README shows under "Your own tables", with the commands that it gives.

#[allow(dead_code, reason = "its `main`")]
#[path = "../../examples/tasks/main.rs"]
mod example;

use crate::support::{Server, assert_migrations_make_what_is_declared};
use serde_json::json;
use std::{fs, path::Path};

on_both_databases!(
    serving crate::tasks::example::app();
    tasks_are_written_and_read,
);

async fn tasks_are_written_and_read(server: Server) {
    let create = r#"mutation { createTask(input: { title: "house", subtasks: [{ title: "roof" }, { title: "door", isDone: true }] }) { userErrors { code } } }"#;
    assert_eq!(server.data(create).await["createTask"]["userErrors"], json!([]));
    server.take_statements();
    let query = "{ tasks { title parent { title } subtasks { title isDone } } }";
    let task = |title: &str, parent: Option<&str>, subtasks: serde_json::Value| {
        let parent = parent.map(|title| json!({ "title": title }));
        json!({ "title": title, "parent": parent, "subtasks": subtasks })
    };
    let parts = json!([{ "title": "door", "isDone": true }, { "title": "roof", "isDone": false }]);
    let expected = json!([
        task("door", Some("house"), json!([])),
        task("house", None, parts),
        task("roof", Some("house"), json!([])),
    ]);
    assert_eq!(server.data(query).await["tasks"], expected);
    assert_eq!(server.take_statements().len(), 3);
}

#[test]
fn its_migrations_make_what_its_code_declares() {
    assert_migrations_make_what_is_declared("examples/tasks/migrations", &example::app());
}

/// A file of the project.
fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

#[test]
fn the_readme_shows_its_files() {
    let readme = read("README.md");
    let section = readme.split("\n## ").find(|section| section.starts_with("Your own tables")).unwrap();
    let blocks: Vec<&str> =
        section.split("```rust\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    // Others follow, of what else an entity can have.
    let [build, task, main, ..] = blocks[..] else { panic!("{} blocks", blocks.len()) };
    assert_eq!(task, read("examples/tasks/task.rs"));
    // A program of its own has its migrations at its root.
    assert_eq!(main, read("examples/tasks/main.rs").replace("examples/tasks/", ""));
    assert!(build.contains("cargo::rerun-if-changed=migrations"));
    assert!([build, task, main].iter().map(|block| block.lines().count()).sum::<usize>() < 100);
}

#[test]
fn the_readme_adds_the_dependencies_of_this_version() {
    let cargo: toml::Table = read("Cargo.toml").parse().unwrap();
    let version = |name: &str| {
        let dependency = &cargo["dependencies"][name];
        let version = dependency.get("version").unwrap_or(dependency);
        format!("{name}@{}", version.as_str().unwrap())
    };
    let added = ["async-graphql", "diesel", "diesel_migrations"].map(version).join(" ");
    assert!(read("README.md").contains(&format!("\ncargo add {added} --no-default-features\n")), "{added}");
}
