//! Random rows for any tables, with ties, nulls, extremes, hidden rows and text outside of ASCII, written with SQL.

use super::schema::{Column, Entity, Schema};
use crate::support::Server;
use doorway::{
    db::DbError,
    relation::{ColumnKind, DefaultValue, ScopeCondition, ScopeRule},
};
use fastrand::Rng;
use serde_json::{Value, json};
use std::collections::HashMap;

const TEXTS: [&str; 11] = [
    "Bridge",
    "bridge",
    "ΣΟΦΟΣ 100%",
    "σοφος_Straße",
    "Ärger",
    "\u{fffd}",
    "\u{1f600}",
    "100%_\\",
    "a",
    "Z",
    "it's \"x\"",
];
const TIMES: [i64; 5] = [0, 1_000_000, 1_713_451_200_000_000, 1_713_451_200_000_001, 253_402_300_799_999_999];
const DATES: [&str; 4] = ["0001-01-01", "1999-12-31", "2024-02-29", "9999-12-31"];
const INTS: [i64; 9] = [1, 1, 2, 2, 3, 5, -1, 0, 2_147_483_647];
const SMALLS: [i64; 5] = [1900, 1901, -32_768, 32_767, 0];
const LONGS: [i64; 5] = [i64::MAX, i64::MIN, 0, 9_007_199_254_740_993, -1];
const FLOATS: [&str; 6] = ["0.1", "0.30000000000000004", "-1.7976931348623157e308", "1e-5", "0.0", "2.0"];
/// Of the first rows of every table whose keys are numbers: the others have 2, 3 and so on.
const NUMBERS: [i64; 6] = [i64::MIN, i64::MAX, 0, 1, -1, 9_007_199_254_740_993];
const BYTES: [&str; 6] = ["", "00", "0000", "ff", "7f", "80"];
const JSONS: [&str; 5] = [r#"{"a": [1, null], "b": "ü"}"#, "\"x\"", "[]", "true", "1.5"];

fn pick<T: Copy>(rng: &mut Rng, items: &[T]) -> T {
    items[rng.usize(..items.len())]
}

/// Writes values as SQL has them.
struct Writer {
    on_postgres: bool,
}

/// The type of an element of an array.
fn postgres_type(element: ColumnKind) -> &'static str {
    match element {
        ColumnKind::Text | ColumnKind::Enum(_) => "text",
        ColumnKind::Id => "uuid",
        ColumnKind::Time => "timestamptz",
        ColumnKind::Int => "integer",
        ColumnKind::Small => "smallint",
        ColumnKind::Long => "bigint",
        ColumnKind::Float => "float8",
        ColumnKind::Date => "date",
        ColumnKind::Bool => "boolean",
        ColumnKind::Decimal { .. } => "numeric",
        ColumnKind::Bytes => "bytea",
        ColumnKind::Number(_) | ColumnKind::Json | ColumnKind::List(_) => panic!("no element of a list"),
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

impl Writer {
    fn id(&self, id: u128) -> String {
        if self.on_postgres { format!("'{id:032x}'::uuid") } else { format!("x'{id:032x}'") }
    }

    /// A key for the `nth` row of a table: a number is one of every such table.
    fn key(&self, kind: ColumnKind, nth: usize, rng: &mut Rng) -> String {
        match (kind, NUMBERS.get(nth)) {
            (ColumnKind::Number(_), Some(number)) => number.to_string(),
            (ColumnKind::Number(_), None) => (nth + 2 - NUMBERS.len()).to_string(),
            _ => self.id(rng.u128(..)),
        }
    }

    fn decimal(&self, units: i64, scale: u8) -> String {
        if self.on_postgres {
            format!("{units}::numeric / {}", 10_i64.pow(scale.into()))
        } else {
            units.to_string()
        }
    }

    /// A value of a column that is no key.
    fn value(&self, column: &Column, rng: &mut Rng) -> String {
        let (postgres, text) = (self.on_postgres, |sql: &str, of: &str| format!("{}::{of}", quoted(sql)));
        match column.kind {
            ColumnKind::Text => quoted(pick(rng, &TEXTS)),
            ColumnKind::Id => self.id(rng.u128(..)),
            ColumnKind::Number(_) => panic!("a key"),
            ColumnKind::Time => {
                let micros = pick(rng, &TIMES);
                if postgres {
                    format!("'epoch'::timestamptz + interval '{micros} microseconds'")
                } else {
                    micros.to_string()
                }
            }
            ColumnKind::Int => pick(rng, &INTS).to_string(),
            ColumnKind::Small => pick(rng, &SMALLS).to_string(),
            ColumnKind::Long => pick(rng, &LONGS).to_string(),
            ColumnKind::Float if postgres => text(pick(rng, &FLOATS), "float8"),
            ColumnKind::Float => pick(rng, &FLOATS).to_owned(),
            ColumnKind::Date if postgres => text(pick(rng, &DATES), "date"),
            ColumnKind::Date => quoted(pick(rng, &DATES)),
            ColumnKind::Bool => self.bool(rng.bool()),
            ColumnKind::Decimal { precision, scale } => {
                let most = 10_i64.pow(precision.into()) - 1;
                self.decimal(pick(rng, &[0, 1, -1, 1250, most, -most]), scale)
            }
            ColumnKind::Bytes if postgres => text(&format!("\\x{}", pick(rng, &BYTES)), "bytea"),
            ColumnKind::Bytes => format!("x'{}'", pick(rng, &BYTES)),
            ColumnKind::Json if postgres => text(pick(rng, &JSONS), "jsonb"),
            ColumnKind::Json => quoted(pick(rng, &JSONS)),
            ColumnKind::Enum(shape) => quoted(pick(rng, shape.values)),
            ColumnKind::List(element) => self.list(column, *element, rng),
        }
    }

    /// A list of up to four values, some of them twice.
    fn list(&self, column: &Column, element: ColumnKind, rng: &mut Rng) -> String {
        let many = pick(rng, &[0, 1, 1, 2, 3, 4]);
        let of_element = Column { kind: element, nullable: false, ..column.clone() };
        if self.on_postgres {
            let values: Vec<String> = (0..many).map(|_| self.value(&of_element, rng)).collect();
            return format!("ARRAY[{}]::{}[]", values.join(", "), postgres_type(element));
        }
        let values: Vec<Value> = (0..many)
            .map(|_| match element {
                ColumnKind::Text => json!(pick(rng, &TEXTS)),
                ColumnKind::Enum(shape) => json!(pick(rng, shape.values)),
                ColumnKind::Id => json!(format!("{:032x}", rng.u128(..))),
                ColumnKind::Date => json!(pick(rng, &DATES)),
                ColumnKind::Bytes => json!(pick(rng, &BYTES)),
                ColumnKind::Bool => json!(rng.bool()),
                ColumnKind::Float => json!(pick(rng, &FLOATS).parse::<f64>().unwrap()),
                // Numbers as columns have them.
                _ => json!(self.value(&of_element, rng).parse::<i64>().unwrap()),
            })
            .collect();
        quoted(&json!(values).to_string())
    }

    fn bool(&self, truth: bool) -> String {
        match self.on_postgres {
            true => truth.to_string(),
            false => i32::from(truth).to_string(),
        }
    }

    /// A value that clients may see, where a declaration says which.
    fn visible(&self, rule: &ScopeRule) -> Option<String> {
        let value = |given: DefaultValue| match given {
            DefaultValue::Text(text) => quoted(text),
            DefaultValue::Int(int) => int.to_string(),
            DefaultValue::Bool(truth) => self.bool(truth),
            DefaultValue::EmptyList => panic!("no value of a scope"),
        };
        match (rule.condition)() {
            ScopeCondition::IsNull => Some("NULL".to_owned()),
            ScopeCondition::Is(given) => Some(value(given)),
            ScopeCondition::NotNull | ScopeCondition::IsNot(_) => None,
        }
    }
}

/// Runs a statement, unless it would break a rule of the tables.
async fn insert(server: &Server, table: &str, columns: &[String], values: &[String]) -> bool {
    let sql = format!("INSERT INTO \"{table}\" ({}) VALUES ({})", columns.join(", "), values.join(", "));
    let mut tx = server.db.begin().await.unwrap();
    match tx.run(diesel::sql_query(&sql)).await {
        Ok(_) => {
            tx.commit().await.unwrap();
            true
        }
        Err(DbError::Violation { .. }) => false,
        Err(error) => panic!("{error}: {sql}"),
    }
}

/// Fills all tables.
pub async fn fill(server: &Server, schema: &'static Schema, rng: &mut Rng) {
    let writer = Writer { on_postgres: server.is_postgres() };
    let mut ids: HashMap<&str, Vec<String>> = HashMap::new();
    let mut waiting: Vec<&Entity> = schema.entities.iter().collect();
    while !waiting.is_empty() {
        let is_waiting = |name: &str| waiting.iter().any(|other| other.table == name);
        let keys = |entity: &&Entity| {
            entity
                .relationships
                .iter()
                .filter(|one| one.is_one && one.to == "id")
                .map(|one| one.target)
                .collect::<Vec<_>>()
        };
        let is_ready = |entity: &&Entity| {
            keys(entity)
                .iter()
                .map(|nth| schema.entities[*nth].table)
                .all(|of| of == entity.table || !is_waiting(of))
        };
        let next = waiting.iter().position(is_ready).expect("no circle of tables");
        let entity = waiting.remove(next);
        let many =
            if keys(&entity).iter().any(|nth| schema.entities[*nth].table != entity.table) { 45 } else { 16 };
        for nth in 0..many {
            let id = writer.key(entity.key_kind(), nth, rng);
            let (mut names, mut values) = (Vec::new(), Vec::new());
            for column in entity.columns.iter().filter(|column| !column.generated) {
                let value = cell(&writer, schema, entity, column, (nth, &id), &ids, rng);
                names.push(format!("\"{}\"", column.sql));
                values.push(value);
            }
            if insert(server, entity.table, &names, &values).await {
                ids.entry(entity.table).or_default().push(id);
            }
        }
    }
    for link in &schema.links {
        let leads = schema.kinds().flat_map(|kind| kind.leads().collect::<Vec<_>>());
        let lead =
            leads.into_iter().find(|lead| lead.link().is_some_and(|one| one.table == link.table)).unwrap();
        let through = lead.through.as_ref().unwrap();
        for _ in 0..70 {
            let (near, far) = (linked(&ids[lead.source.table], rng), linked(&ids[lead.target().table], rng));
            let mut names: Vec<String> = vec![through.near.into(), through.far.into()];
            let mut values = vec![near, far];
            for column in &link.columns {
                let is_null = column.nullable && rng.usize(..3) == 0;
                names.push(format!("\"{}\"", column.sql));
                values.push(if is_null { "NULL".to_owned() } else { writer.value(column, rng) });
            }
            insert(server, link.table, &names, &values).await;
        }
    }
}

/// One of these ids. Nothing belongs to the last of them.
fn linked(ids: &[String], rng: &mut Rng) -> String {
    ids[rng.usize(..(ids.len() * 3).div_ceil(4))].clone()
}

/// The value of a column of a new row.
fn cell(
    writer: &Writer,
    schema: &Schema,
    entity: &Entity,
    column: &Column,
    (nth, id): (usize, &str),
    ids: &HashMap<&str, Vec<String>>,
    rng: &mut Rng,
) -> String {
    if column.sql == "id" {
        return id.to_owned();
    }
    let scoped = entity.scope.iter().find(|rule| rule.column.name == column.sql);
    if let Some(value) = scoped.and_then(|rule| writer.visible(rule)).filter(|_| rng.usize(..7) > 0) {
        return value;
    }
    if column.nullable && rng.usize(..4) == 0 {
        return "NULL".to_owned();
    }
    let key = entity.relationships.iter().find(|one| one.is_one && one.from == column.sql && one.to == "id");
    if let Some(key) = key {
        let known = ids.get(schema.entities[key.target].table).map_or(&[][..], Vec::as_slice);
        return if known.is_empty() { "NULL".to_owned() } else { linked(known, rng) };
    }
    if entity.uniques.contains(&vec![column.sql]) && column.kind == ColumnKind::Text {
        return quoted(&TEXTS.get(nth).map_or_else(|| format!("n{nth}"), |text| (*text).to_owned()));
    }
    writer.value(column, rng)
}
