//! Generated migrations for tables that Doorway does not have: everything that they can have, changed step by step.
//!
//! After each step the catalogue must be that of a database which was made at once, and reverting it must give the one before.

use crate::support::{Catalogue, Database, Server};
use diesel::{QueryableByName, sql_types::BigInt};
use doorway::ddl::{
    Asked, DdlError, differences, generate,
    model::{Check, Column, DefaultValue, ForeignKey, Index, Kind, Model, OnDelete, Table, Unique},
};
use std::{fs, path::Path};
use tempfile::TempDir;

/// A folder without migrations.
pub fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for database in ["sqlite", "postgres"] {
        fs::create_dir(folder.path().join(database)).unwrap();
    }
    folder
}

pub fn table(name: &str, columns: Vec<Column>) -> Table {
    let columns = [vec![Column::new("id", Kind::Id)], columns].concat();
    Table { name: name.to_owned(), columns, primary_key: vec!["id".to_owned()], ..Table::default() }
}

fn number(text: &str) -> DefaultValue {
    DefaultValue::Number(text.to_owned())
}

fn texts(texts: &[&str]) -> Kind {
    Kind::Enum(texts.iter().map(|&text| text.to_owned()).collect())
}

fn list(element: Kind) -> Kind {
    Kind::List(Box::new(element))
}

fn empty_list() -> DefaultValue {
    DefaultValue::Text("[]".to_owned())
}

pub fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}

/// A model, and what `generate` must be told on the way to it.
struct Step {
    model: Model,
    asked: Asked,
}

fn first() -> Step {
    let authors = Table {
        uniques: vec![Unique::new(&["name"])],
        ..table("authors", vec![Column::new("name", Kind::Text), Column::new("born", Kind::Date).nullable()])
    };
    let books = Table {
        foreign_keys: vec![ForeignKey::new("author_id", "authors", OnDelete::Cascade)],
        indexes: vec![Index::new("books", &["author_id", "id"])],
        ..table(
            "books",
            vec![
                Column::new("author_id", Kind::Id),
                Column::new("title", Kind::Text),
                Column::new("pages", Kind::Int),
                Column::new("state", texts(&["draft", "public"])),
                Column::new("price", Kind::Decimal).default(number("0.50")),
                Column::new("data", Kind::Json).default(DefaultValue::Text("{}".to_owned())),
                Column::new("at", Kind::Time).default(DefaultValue::Now),
                Column::new("done", Kind::Bool).default(DefaultValue::Bool(false)),
                Column::new("cost", Kind::Numeric { precision: 10, scale: 2 }).default(number("0.50")),
                Column::new("tags", list(Kind::Text)).default(empty_list()),
                Column::new("old", list(Kind::Id)),
            ],
        )
    };
    let loans = Table {
        foreign_keys: vec![
            ForeignKey::new("book_id", "books", OnDelete::Cascade),
            ForeignKey::new("author_id", "authors", OnDelete::Cascade),
        ],
        columns: vec![
            Column::new("book_id", Kind::Id),
            Column::new("author_id", Kind::Id),
            Column::new("position", Kind::Int),
        ],
        primary_key: strings(&["book_id", "author_id"]),
        ..table("loans", vec![])
    };
    let asked = Asked { name: "first".to_owned(), ..Asked::default() };
    Step { model: Model { tables: vec![loans, books, authors] }, asked }
}

/// Every column and key of `books` changes, and there is a circle.
fn second() -> Step {
    let mut authors = first().model.tables.remove(2);
    authors.columns.push(Column::new("best_id", Kind::Id).nullable());
    authors.foreign_keys.push(ForeignKey::new("best_id", "books", OnDelete::SetNull));
    let sane = Check { name: "books_sane".to_owned(), expression: "pages > 0 OR state = 'draft'".to_owned() };
    let books = Table {
        foreign_keys: vec![
            ForeignKey::new("author_id", "authors", OnDelete::SetNull),
            ForeignKey::new("parent_id", "books", OnDelete::Restrict),
        ],
        uniques: vec![Unique::new(&["author_id", "title"]), Unique::new(&["isbn"])],
        checks: vec![sane],
        indexes: vec![
            Index::new("books", &["author_id", "id"]),
            Index::ordered("books", &[("rating", true), ("title", false), ("id", false)]),
        ],
        ..table(
            "books",
            vec![
                Column::new("author_id", Kind::Id).nullable(),
                Column::new("title", Kind::Text).default(DefaultValue::Text("it's new".to_owned())),
                Column::new("pages", Kind::BigInt).nullable(),
                Column::new("state", texts(&["draft", "public", "gone"])),
                Column::new("price", Kind::Text).default(DefaultValue::Text("free".to_owned())),
                Column::new("cost", Kind::Numeric { precision: 12, scale: 2 }).default(number("1.50")),
                Column::new("data", Kind::Json),
                Column::new("tags", list(Kind::Text)).nullable(),
                Column::new("sums", list(Kind::Numeric { precision: 10, scale: 2 })).default(empty_list()),
                Column::new("days", list(Kind::Date)).nullable(),
                Column::new("at", Kind::Time),
                Column::new("rating", Kind::SmallInt).check("rating >= 0"),
                Column::new("isbn", Kind::Text).nullable(),
                Column::new("score", Kind::Float).default(number("0.5")),
                Column::new("blob", Kind::Bytes).nullable(),
                Column::new("parent_id", Kind::Id).nullable(),
                Column {
                    generated: Some("pages + 1".to_owned()),
                    ..Column::new("next", Kind::BigInt).nullable()
                },
                Column::new("mood", texts(&["glad"])).nullable().check("mood <> ''"),
            ],
        )
    };
    let loans = first().model.tables.remove(0);
    let asked = Asked {
        name: "second".to_owned(),
        backfills: strings(&["books.rating=pages / 10"]),
        allow_loss: true,
        ..Asked::default()
    };
    Step { model: Model { tables: vec![authors, books, loans] }, asked }
}

/// New names, and columns that come back.
fn third() -> Step {
    let mut model = second().model;
    let [authors, works, loans] = &mut model.tables[..] else { panic!() };
    authors.columns.retain(|column| column.name != "born");
    authors.foreign_keys[0].table = "works".to_owned();
    loans.foreign_keys[0].table = "works".to_owned();
    works.name = "works".to_owned();
    works.foreign_keys[1].table = "works".to_owned();
    works.uniques[0] = Unique::new(&["author_id", "name"]);
    works.indexes = vec![
        Index::new("works", &["author_id", "id"]),
        Index::ordered("works", &[("rating", true), ("name", false), ("id", false)]),
    ];
    for column in &mut works.columns {
        match &*column.name {
            "title" => column.name = "name".to_owned(),
            "pages" => column.nullable = false,
            "state" => column.kind = texts(&["draft", "public"]),
            _ => {}
        }
    }
    let asked = Asked {
        name: "third".to_owned(),
        renames: strings(&["works.title:name", "books:works"]),
        backfills: strings(&["works.pages=7"]),
        allow_loss: true,
        ..Asked::default()
    };
    Step { model, asked }
}

/// Tables that go.
fn fourth() -> Step {
    let mut model = third().model;
    model.tables.truncate(1);
    let authors = &mut model.tables[0];
    authors.columns.retain(|column| column.name != "best_id");
    authors.foreign_keys.clear();
    let drops = strings(&["works", "loans"]);
    Step { model, asked: Asked { name: "fourth".to_owned(), drops, allow_loss: true, ..Asked::default() } }
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

async fn count(server: &Server, from: &str) -> i64 {
    let sql = format!("SELECT count(*) AS count FROM {from}");
    let rows: Vec<Count> = server.db.reader().rows(diesel::sql_query(sql)).await.unwrap();
    rows[0].count
}

async fn insert(server: &Server) {
    let id = |n: u8| {
        let hex = format!("{n:032x}");
        if server.is_postgres() { format!("'{hex}'") } else { format!("x'{hex}'") }
    };
    let [one, two, three] = [1, 2, 3].map(id);
    server.sql(&format!("INSERT INTO authors (id, name) VALUES ({one}, 'Ada')")).await;
    let none = if server.is_postgres() { "'{}'" } else { "'[]'" };
    let books = format!(
        "({two}, {one}, 'One', 100, 'draft', {none}), ({three}, {one}, 'Two', 200, 'public', {none})"
    );
    server.sql(&format!("INSERT INTO books (id, author_id, title, pages, state, old) VALUES {books}")).await;
    server.sql(&format!("INSERT INTO loans (book_id, author_id, position) VALUES ({two}, {one}, 1)")).await;
}

async fn models_follow_each_other(on_postgres: bool) {
    let empty =
        async || Server::on(if on_postgres { Database::postgres().await } else { Database::sqlite() });
    let folder = folder();
    let server = empty().await;
    for (nth, step) in [first(), second(), third(), fourth()].into_iter().enumerate() {
        let before = Catalogue::of(&server).await;
        let generated = generate(folder.path(), &step.model, &step.asked).unwrap().unwrap();
        let why = fs::read_to_string(&generated.files[if on_postgres { 2 } else { 0 }]).unwrap();
        assert_eq!(differences(folder.path(), &step.model).unwrap(), Vec::<String>::new(), "{why}");
        // At once, in a database of its own.
        let (at_once, whole) = (self::folder(), empty().await);
        let asked = Asked { name: "at_once".to_owned(), ..Asked::default() };
        generate(at_once.path(), &step.model, &asked).unwrap().unwrap();
        whole.db.migrations_in(at_once.path()).up().await.unwrap();
        let expected = Catalogue::of(&whole).await;
        let migrations = server.db.migrations_in(folder.path());
        migrations.up().await.unwrap_or_else(|error| panic!("{error}\n{why}"));
        Catalogue::of(&server).await.check(&expected, &why);
        // With the rows that the step before has left; what they had is lost only where a comment says so.
        if nth != 3 {
            let down = fs::read_to_string(&generated.files[if on_postgres { 3 } else { 1 }]).unwrap();
            migrations.down().await.unwrap_or_else(|error| panic!("{error}\n{down}"));
            Catalogue::of(&server).await.check(&before, &down);
            migrations.up().await.unwrap();
            Catalogue::of(&server).await.check(&expected, &why);
        }
        match nth {
            0 => insert(&server).await,
            1 => {
                assert_eq!(count(&server, "books WHERE rating = pages / 10 AND next = pages + 1").await, 2);
                assert_eq!(count(&server, "loans").await, 1);
                server.sql("UPDATE books SET pages = NULL, price = '1' WHERE title = 'One'").await;
            }
            2 => {
                assert_eq!(count(&server, "works WHERE pages = 7 AND name = 'One'").await, 1);
                assert_eq!(count(&server, "loans").await, 1);
            }
            _ => assert_eq!(count(&server, "authors").await, 1),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn models_follow_each_other_on_sqlite() {
    models_follow_each_other(false).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: tests/run"]
async fn models_follow_each_other_on_postgres() {
    models_follow_each_other(true).await;
}

/// What `generate` says instead of writing a migration from the first model to another.
fn refusal(model: &Model, asked: Asked) -> Vec<String> {
    let folder = folder();
    let step = first();
    generate(folder.path(), &step.model, &step.asked).unwrap().unwrap();
    match generate(folder.path(), model, &Asked { name: "next".to_owned(), ..asked }) {
        Err(DdlError::Refused(reasons)) => reasons,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_refusal_says_why() {
    let changed = |change: &dyn Fn(&mut Table)| {
        let mut model = first().model;
        change(&mut model.tables[1]);
        model
    };
    let kind = |column: usize, kind: Kind| changed(&move |books| books.columns[column].kind = kind.clone());
    let default = Asked::default;
    assert_eq!(
        refusal(&kind(7, Kind::Text), default()),
        ["books.at cannot become Text from Time: declare a new column"]
    );
    assert_eq!(
        refusal(&kind(3, Kind::SmallInt), default()),
        [
            "it would lose the values of books.pages that do not fit SmallInt, or it fails while there are any (--allow-loss permits that)"
        ]
    );
    assert_eq!(
        refusal(&kind(4, texts(&["draft"])), default()),
        [
            "it would lose public as a value of books.state: it fails while a row has that (--allow-loss permits that)"
        ]
    );
    let new = |column: Column| changed(&move |books| books.columns.push(column.clone()));
    assert_eq!(
        refusal(&new(Column::new("rating", Kind::Int)), default()),
        [
            "books.rating is new and NOT NULL: say what existing rows get, by --backfill books.rating=SQL_EXPRESSION"
        ]
    );
    assert_eq!(
        refusal(&new(Column::new("days", list(Kind::Date))), default()),
        ["books.days is new and NOT NULL: say what existing rows get, by `default [days []]` in its entity"]
    );
    assert_eq!(
        refusal(&kind(6, list(Kind::Text)), default()),
        ["books.data cannot become List(Text) from Json: declare a new column"]
    );
    // Dropping what others refer to.
    let mut model = first().model;
    model.tables.remove(1);
    let drop = Asked { drops: strings(&["books"]), allow_loss: true, ..default() };
    assert_eq!(refusal(&model, drop), ["the table loans would refer to books, which would not be there"]);
    // A table that is not declared is left alone.
    let mut model = first().model;
    model.tables.remove(0);
    let folder = folder();
    generate(folder.path(), &first().model, &first().asked).unwrap().unwrap();
    assert_eq!(differences(folder.path(), &model).unwrap(), Vec::<String>::new());
}

/// What the code does not know of stays: indexes of any form, and their table's rows.
#[tokio::test(flavor = "multi_thread")]
async fn extra_indexes_stay_and_triggers_are_not_lost() {
    let folder = folder();
    generate(folder.path(), &first().model, &first().asked).unwrap().unwrap();
    let extra = |name: &str, sql: &str| {
        for database in ["sqlite", "postgres"] {
            let path = folder.path().join(database).join(name);
            fs::create_dir(&path).unwrap();
            fs::write(path.join("up.sql"), sql).unwrap();
            fs::write(path.join("down.sql"), "SELECT 1;").unwrap();
        }
    };
    let drafts = "CREATE INDEX drafts ON books (lower(title), pages) WHERE state = 'draft'";
    extra("0002_drafts", &format!("{drafts};"));
    let Step { model, asked } = second();
    let generated = generate(folder.path(), &model, &asked).unwrap().unwrap();
    let up = fs::read_to_string(&generated.files[0]).unwrap();
    assert!(up.contains(&format!("{drafts};")), "{up}");
    assert!(!fs::read_to_string(&generated.files[2]).unwrap().contains("drafts"));
    for file in generated
        .files
        .iter()
        .map(|file| file.parent().unwrap())
        .collect::<std::collections::BTreeSet<&Path>>()
    {
        fs::remove_dir_all(file).unwrap();
    }
    extra("0003_trigger", "CREATE TRIGGER t AFTER DELETE ON books BEGIN SELECT 1; END;");
    match generate(folder.path(), &model, &asked) {
        Err(DdlError::Refused(reasons)) => assert!(reasons[0].contains("trigger"), "{reasons:?}"),
        other => panic!("{other:?}"),
    }
}
