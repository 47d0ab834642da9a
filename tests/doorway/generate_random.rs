//! Generated migrations between random models: what they make must be what a database has that was made at once.

use crate::generate_models::{folder, strings, table};
use crate::support::{Catalogue, Database, Server};
use doorway::ddl::{
    Asked, DdlError, generate,
    model::{Check, Column, DefaultValue, ForeignKey, Index, Kind, Model, OnDelete, Table, Unique},
};
use fastrand::Rng;
use std::fs;

const TABLES: [&str; 3] = ["one", "two", "order"];

fn pick<T: Clone>(random: &mut Rng, from: &[T]) -> T {
    from[random.usize(..from.len())].clone()
}

fn kind(random: &mut Rng) -> Kind {
    let texts = |texts: &[&str]| Kind::Enum(strings(texts));
    let kinds = [
        Kind::Text,
        Kind::Int,
        Kind::SmallInt,
        Kind::BigInt,
        Kind::Float,
        Kind::Decimal,
        Kind::Bool,
        Kind::Date,
        Kind::Json,
        Kind::Time,
        Kind::Bytes,
        Kind::Id,
        Kind::List(Box::new(Kind::Text)),
        Kind::List(Box::new(Kind::Numeric { precision: 10, scale: 2 })),
        texts(&["a", "b"]),
        texts(&["a", "b", "c"]),
    ];
    pick(random, &kinds)
}

fn default(random: &mut Rng, kind: &Kind) -> Option<DefaultValue> {
    let text = |text: &str| DefaultValue::Text(text.to_owned());
    let value = match kind {
        Kind::Text | Kind::Enum(_) => text("a"),
        Kind::Json => text("{}"),
        Kind::List(_) => text("[]"),
        Kind::Date => text("2026-01-01"),
        Kind::Bool => DefaultValue::Bool(random.bool()),
        Kind::Time => DefaultValue::Now,
        Kind::Id | Kind::Bytes => return None,
        _ => DefaultValue::Number(random.u8(..9).to_string()),
    };
    random.bool().then_some(value)
}

fn random_table(random: &mut Rng, name: &str, others: &[&str]) -> Table {
    let mut table = Table { indexes: vec![Index::new(name, &["base", "id"])], ..table(name, vec![]) };
    table.columns.push(Column::new("base", pick(random, &[Kind::Int, Kind::SmallInt, Kind::BigInt])));
    for column in ["a", "b", "user", "d"] {
        if random.u8(..4) == 0 {
            continue;
        }
        let kind = kind(random);
        let check = (random.u8(..4) == 0).then(|| format!("\"{column}\" IS NOT NULL"));
        let default = default(random, &kind);
        table.columns.push(Column { nullable: random.bool(), default, check, ..Column::new(column, kind) });
        if random.u8(..4) == 0 {
            table.uniques.push(Unique::new(&[column]));
        }
    }
    for column in ["x_id", "y_id"] {
        if random.bool() {
            let nullable = random.bool();
            table.columns.push(Column { nullable, ..Column::new(column, Kind::Id) });
            if random.u8(..4) > 0 {
                let rules = [OnDelete::NoAction, OnDelete::Restrict, OnDelete::Cascade, OnDelete::SetNull];
                let rule = pick(random, &rules);
                table.foreign_keys.push(ForeignKey::new(column, pick(random, others), rule));
            }
            if random.u8(..3) == 0 {
                table.uniques.push(Unique::new(&[column, "base"]));
            }
        }
    }
    if random.u8(..3) == 0 {
        let generated = Some(pick(random, &["base + 1", "base * 2"]).to_owned());
        table.columns.push(Column { generated, ..Column::new("sum", Kind::BigInt).nullable() });
    }
    if random.u8(..3) == 0 {
        let expression = "base > 0 OR base < -5".to_owned();
        table.checks.push(Check { name: format!("{name}_{}", pick(random, &["sane", "good"])), expression });
    }
    if random.u8(..3) == 0 && table.column("a").is_some_and(|column| column.kind == Kind::Text) {
        let name = format!("{name}_{}", pick(random, &["known", "listed"]));
        table.checks.push(Check { name, expression: LISTED.to_owned() });
    }
    table
}

/// A condition that is written like an enum's.
const LISTED: &str = "a IN ('a', 'b')";

fn random_model(random: &mut Rng) -> Model {
    let names = if random.bool() { &TABLES[..] } else { &TABLES[..2] };
    Model { tables: names.iter().map(|name| random_table(random, name, names)).collect() }
}

/// Most columns keep their kind: few kinds can follow each other.
fn keep_kinds(random: &mut Rng, before: &Model, model: &mut Model) {
    for table in &mut model.tables {
        let Some(old) = before.table(&table.name) else { continue };
        for column in table.columns.iter_mut().filter(|column| column.generated.is_none()) {
            if let Some(was) = old.column(&column.name).filter(|_| random.u8(..5) > 0) {
                column.kind = was.kind.clone();
                column.default = default(random, &column.kind);
            }
        }
        // A column of an enum has this condition already.
        let is_text = table.column("a").is_some_and(|column| column.kind == Kind::Text);
        table.checks.retain(|check| is_text || check.expression != LISTED);
    }
}

/// What must be said for any of them: each new column has something.
fn asked(before: &Model, model: &Model, nth: usize) -> Asked {
    let mut asked = Asked { name: format!("step{nth}"), allow_loss: true, ..Asked::default() };
    for table in &before.tables {
        let Some(after) = model.table(&table.name) else {
            asked.drops.push(table.name.clone());
            continue;
        };
        for column in after.columns.iter().filter(|column| !column.nullable && column.generated.is_none()) {
            if table.column(&column.name).is_none_or(|before| before.nullable) {
                asked.backfills.push(format!("{}.{}=NULL", table.name, column.name));
            }
        }
    }
    asked
}

async fn random_models_follow_each_other(on_postgres: bool, steps: usize) {
    let empty =
        async || Server::on(if on_postgres { Database::postgres().await } else { Database::sqlite() });
    let seed = fastrand::u64(..);
    let mut random = Rng::with_seed(seed);
    let (folder, server) = (folder(), empty().await);
    let (mut before, mut done) = (Model::default(), 0);
    while done < steps {
        let mut model = random_model(&mut random);
        keep_kinds(&mut random, &before, &mut model);
        let generated = match generate(folder.path(), &model, &asked(&before, &model, done)) {
            Ok(Some(generated)) => generated,
            Ok(None) => continue,
            Err(DdlError::Refused(reasons)) => {
                let expected = |reason: &String| reason.contains(" cannot ") && !reason.contains("SQLite");
                assert!(reasons.iter().all(expected), "seed {seed}: {reasons:?}\n{before:#?}\n{model:#?}");
                continue;
            }
            Err(error) => panic!("seed {seed}: {error}"),
        };
        let file =
            |nth: usize| fs::read_to_string(&generated.files[nth + usize::from(on_postgres) * 2]).unwrap();
        let why = format!("seed {seed}\n{}\n{}", file(0), file(1));
        let (at_once, whole) = (self::folder(), empty().await);
        generate(at_once.path(), &model, &Asked { name: "at_once".to_owned(), ..Asked::default() })
            .unwrap()
            .unwrap();
        whole.db.migrations_in(at_once.path()).up().await.unwrap_or_else(|error| panic!("{error}\n{why}"));
        let (was, expected) = (Catalogue::of(&server).await, Catalogue::of(&whole).await);
        let migrations = server.db.migrations_in(folder.path());
        migrations.up().await.unwrap_or_else(|error| panic!("{error}\n{why}"));
        Catalogue::of(&server).await.check(&expected, &why);
        migrations.down().await.unwrap_or_else(|error| panic!("{error}\n{why}"));
        Catalogue::of(&server).await.check(&was, &why);
        migrations.up().await.unwrap_or_else(|error| panic!("{error}\n{why}"));
        (before, done) = (model, done + 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn random_models_follow_each_other_on_sqlite() {
    random_models_follow_each_other(false, 20).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: tests/run"]
async fn random_models_follow_each_other_on_postgres() {
    random_models_follow_each_other(true, 12).await;
}
