//! Generated migrations of conditions: each has the name on PostgreSQL that it has where the tables were made at once.

use crate::generate_models::{folder, strings, table};
use crate::support::{Catalogue, Database, Server};
use doorway::ddl::{
    Asked, generate,
    model::{Check, Column, Kind, Model},
};
use std::fs;

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

#[tokio::test(flavor = "multi_thread")]
async fn conditions_follow_each_other_on_sqlite() {
    conditions_follow_each_other(false).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: tests/run"]
async fn conditions_follow_each_other_on_postgres() {
    conditions_follow_each_other(true).await;
}
