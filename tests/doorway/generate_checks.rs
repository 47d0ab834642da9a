//! Generated migrations of conditions: each has the name on PostgreSQL that it has where the tables were made at once.

use crate::generate_models::{folder, strings, table};
use crate::support::{Catalogue, Database, Server};
use doorway::{
    db::DbError,
    ddl::{
        Asked, differences, generate,
        model::{Check, Column, Kind, Model, Unique},
    },
};
use std::{fs, path::Path};

/// A table with a text that has a condition, and with these conditions of its own.
fn model(kind: Kind, checks: &[(&str, &str)]) -> Model {
    let columns = vec![Column::new("state", kind).check("state <> ''"), Column::new("size", Kind::Int)];
    let mut posts = table("posts", columns);
    let check = |&(name, sql): &(&str, &str)| Check {
        name: format!("posts_{name}_check"),
        expression: sql.to_owned(),
    };
    posts.checks = checks.iter().map(check).collect();
    Model { tables: vec![posts] }
}

async fn conditions_follow_each_other(on_postgres: bool) {
    let empty =
        async || Server::on(if on_postgres { Database::postgres().await } else { Database::sqlite() });
    let listed = || Kind::Enum(strings(&["draft", "public"]));
    let (folder, server) = (folder(), empty().await);
    for (nth, model) in [
        model(Kind::Text, &[]),
        // The column has a second condition, whose name was the first's.
        model(listed(), &[]),
        model(Kind::Text, &[]),
        // A condition of the table has the name that PostgreSQL would choose for the column's.
        model(listed(), &[("state", "size > 0")]),
        model(listed(), &[]),
        model(listed(), &[("state", "size > 0"), ("state1", "size < 7")]),
        model(Kind::Text, &[("state", "size > 0")]),
        // A new condition has a name that another had; then they change names.
        model(Kind::Text, &[("small", "size > 0"), ("state", "size < 9")]),
        model(Kind::Text, &[("state", "size > 0"), ("small", "size < 9")]),
    ]
    .into_iter()
    .enumerate()
    {
        let before = Catalogue::of(&server).await;
        let asked = |name: &str| Asked { name: name.to_owned(), allow_loss: true, ..Asked::default() };
        let generated = generate(folder.path(), &model, &asked(&format!("step{nth}")));
        let files = generated.unwrap_or_else(|error| panic!("{nth}: {error}")).expect("a difference").files;
        let file = |which: usize| fs::read_to_string(&files[which + usize::from(on_postgres) * 2]).unwrap();
        let why = format!("{}\n{}", file(0), file(1));
        let (at_once, whole) = (self::folder(), empty().await);
        generate(at_once.path(), &model, &asked("at_once")).unwrap().unwrap();
        whole.db.migrations_in(at_once.path()).up().await.unwrap_or_else(|error| panic!("{nth}: {error}"));
        let expected = Catalogue::of(&whole).await;
        let migrations = server.db.migrations_in(folder.path());
        migrations.up().await.unwrap_or_else(|error| panic!("{error}\n{why}"));
        Catalogue::of(&server).await.check(&expected, &why);
        migrations.down().await.unwrap_or_else(|error| panic!("{error}\n{why}"));
        Catalogue::of(&server).await.check(&before, &why);
        migrations.up().await.unwrap_or_else(|error| panic!("{error}\n{why}"));
    }
}

/// Writes a migration by hand.
fn by_hand(folder: &Path, conditions: &str) {
    let (head, tail) = ("CREATE TABLE posts (id", "); CREATE INDEX posts_size_idx ON posts (size);");
    for (database, id) in
        [("sqlite", "BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16)"), ("postgres", "uuid PRIMARY KEY")]
    {
        let path = folder.join(database).join("0001_posts");
        fs::create_dir_all(&path).unwrap();
        fs::write(path.join("up.sql"), format!("{head} {id}, {conditions}{tail}")).unwrap();
        fs::write(path.join("down.sql"), "DROP TABLE posts;").unwrap();
    }
}

/// The name of the condition that this row breaks.
async fn broken(server: &Server, values: &str) -> String {
    let id = if server.is_postgres() { "'00000000000000000000000000000001'" } else { "zeroblob(16)" };
    let mut tx = server.db.begin().await.unwrap();
    let insert = format!("INSERT INTO posts VALUES ({id}, {values})");
    match tx.run(diesel::sql_query(insert)).await {
        Err(DbError::Violation { constraint, .. }) => constraint,
        other => panic!("{other:?}"),
    }
}

/// A list of texts keeps the name that it was given by hand, in a column and behind the columns.
async fn a_list_of_texts_keeps_its_name(server: Server) {
    let listed = |values: &[&str]| Kind::Enum(strings(values));
    for (nth, conditions) in [
        "state text NOT NULL CONSTRAINT mine CHECK (state IN ('draft', 'public')), size integer NOT NULL",
        "state text NOT NULL, size integer NOT NULL, CONSTRAINT mine CHECK (state IN ('draft', 'public'))",
    ]
    .into_iter()
    .enumerate()
    {
        let folder = folder();
        by_hand(folder.path(), conditions);
        let migrations = server.db.migrations_in(folder.path());
        migrations.up().await.unwrap();
        let before = Catalogue::of(&server).await;
        for (step, values) in [&["draft", "public"][..], &["draft", "public", "gone"]].into_iter().enumerate()
        {
            let columns = vec![Column::new("state", listed(values)), Column::new("size", Kind::Int)];
            let mut posts = table("posts", columns);
            // SQLite makes the table anew.
            posts.uniques = vec![Unique::new(&["size"])];
            let model = Model { tables: vec![posts] };
            let asked = Asked { name: format!("step{step}"), ..Asked::default() };
            generate(folder.path(), &model, &asked).unwrap().unwrap();
            migrations.up().await.unwrap_or_else(|error| panic!("{nth}: {error}"));
            assert_eq!(broken(&server, "'secret', 1").await, "mine", "{nth}");
            server.sql("DELETE FROM posts").await;
        }
        migrations.down().await.unwrap();
        migrations.down().await.unwrap();
        assert_eq!(broken(&server, "'secret', 1").await, "mine", "{nth}");
        // SQLite's catalogue has the text, which is no longer the person's.
        if server.is_postgres() {
            Catalogue::of(&server).await.check(&before, "after all is reverted");
        }
        migrations.down().await.unwrap();
    }
}

/// A condition that a person has written under another name gets the declared one, which has a message.
async fn a_declared_condition_gets_its_name(server: Server) {
    let folder = folder();
    by_hand(
        folder.path(),
        "state text NOT NULL CHECK (state IN ('draft', 'public')), size integer NOT NULL CHECK (size > 0), \
         CONSTRAINT mine CHECK (size < 9)",
    );
    let migrations = server.db.migrations_in(folder.path());
    migrations.up().await.unwrap();
    let before = Catalogue::of(&server).await;
    let mut posts = table("posts", vec![Column::new("state", Kind::Text), Column::new("size", Kind::Int)]);
    let check = |name: &str, sql: &str| Check { name: name.to_owned(), expression: sql.to_owned() };
    posts.checks = vec![
        check("posts_is_known_check", "state IN ('draft', 'public')"),
        check("posts_is_positive_check", "size > 0"),
        check("posts_is_small_check", "size < 9"),
    ];
    let asked = Asked { name: "names".to_owned(), ..Asked::default() };
    let model = Model { tables: vec![posts] };
    let generated = generate(folder.path(), &model, &asked).unwrap().unwrap();
    assert_eq!(
        generated.lines,
        [
            "posts.state: its CHECK is called posts_is_known_check in the code, nothing in the migrations",
            "posts: CHECK (size > 0) is called posts_is_positive_check in the code, posts_size_check in the migrations",
            "posts: CHECK (size < 9) is called posts_is_small_check in the code, mine in the migrations",
        ]
    );
    migrations.up().await.unwrap();
    for (values, name) in [
        ("'secret', 1", "posts_is_known_check"),
        ("'draft', 0", "posts_is_positive_check"),
        ("'draft', 9", "posts_is_small_check"),
    ] {
        assert_eq!(broken(&server, values).await, name);
    }
    assert_eq!(differences(folder.path(), &model).unwrap(), Vec::<String>::new());
    migrations.down().await.unwrap();
    if server.is_postgres() {
        Catalogue::of(&server).await.check(&before, "after it is reverted");
    }
    assert_eq!(broken(&server, "'draft', 9").await, "mine");
}

#[tokio::test(flavor = "multi_thread")]
async fn names_of_conditions_on_sqlite() {
    a_list_of_texts_keeps_its_name(Server::on(Database::sqlite())).await;
    a_declared_condition_gets_its_name(Server::on(Database::sqlite())).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: tests/run"]
async fn names_of_conditions_on_postgres() {
    a_list_of_texts_keeps_its_name(Server::on(Database::postgres().await)).await;
    a_declared_condition_gets_its_name(Server::on(Database::postgres().await)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn conditions_follow_each_other_on_sqlite() {
    conditions_follow_each_other(false).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: tests/run"]
async fn conditions_follow_each_other_on_postgres() {
    conditions_follow_each_other(true).await;
}
