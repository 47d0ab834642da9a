//! The rows of tables as the database has them, read with SQL of their own: columns as text, which become what GraphQL says of them.

use super::schema::{Column, Schema};
use crate::support::Server;
use base64::{Engine, engine::general_purpose::STANDARD};
use diesel::{QueryableByName, sql_query, sql_types::Text};
use doorway::relation::ColumnKind;
use serde_json::{Map, Value, json};

#[derive(QueryableByName)]
struct Cells {
    #[diesel(sql_type = Text)]
    cells: String,
}

/// A column as text, without a loss.
fn as_text(column: &Column, on_postgres: bool) -> String {
    let name = format!("\"{}\"", column.sql);
    match (column.kind, on_postgres) {
        (ColumnKind::Time, true) => format!("(extract(epoch FROM {name}) * 1000000)::bigint::text"),
        (ColumnKind::Bytes, true) => format!("encode({name}, 'hex')"),
        // As JSON, in which numbers that are not whole, and bytes, are texts.
        (ColumnKind::List(ColumnKind::Float | ColumnKind::Decimal { .. } | ColumnKind::Bytes), true) => {
            format!("to_jsonb({name}::text[])::text")
        }
        (ColumnKind::List(_), true) => format!("to_jsonb({name})::text"),
        (_, true) => format!("{name}::text"),
        (ColumnKind::Id | ColumnKind::Bytes, false) => {
            format!("CASE WHEN {name} IS NULL THEN NULL ELSE lower(hex({name})) END")
        }
        (ColumnKind::Float, false) => {
            format!("CASE WHEN {name} IS NULL THEN NULL ELSE printf('%!.17g', {name}) END")
        }
        (_, false) => format!("CAST({name} AS TEXT)"),
    }
}

/// All rows of a table, in no order.
async fn rows(server: &Server, table: &str, columns: &[Column]) -> Vec<Value> {
    let on_postgres = server.is_postgres();
    let texts: Vec<String> = columns.iter().map(|column| as_text(column, on_postgres)).collect();
    let list = texts.join(", ");
    let cells =
        if on_postgres { format!("json_build_array({list})::text") } else { format!("json_array({list})") };
    let sql = sql_query(format!("SELECT {cells} AS cells FROM \"{table}\" ORDER BY 1"));
    let found: Vec<Cells> = server.db.reader().rows(sql).await.unwrap();
    let row = |row: Cells| {
        let cells: Vec<Option<String>> = serde_json::from_str(&row.cells).unwrap();
        let values = columns.iter().zip(cells).map(|(column, cell)| {
            (column.name.clone(), cell.map_or(Value::Null, |cell| value(column.kind, &cell)))
        });
        Value::Object(values.collect::<Map<_, _>>())
    };
    found.into_iter().map(row).collect()
}

/// What GraphQL says of a column with this text.
fn value(kind: ColumnKind, text: &str) -> Value {
    match kind {
        ColumnKind::Text
        | ColumnKind::Enum(_)
        | ColumnKind::Date
        | ColumnKind::Long
        | ColumnKind::Number(_) => {
            json!(text)
        }
        ColumnKind::Id => {
            let digits: Vec<char> = text.chars().filter(|one| *one != '-').collect();
            let part = |range: std::ops::Range<usize>| digits[range].iter().collect::<String>();
            json!([part(0..8), part(8..12), part(12..16), part(16..20), part(20..32)].join("-"))
        }
        ColumnKind::Time => {
            let time = chrono::DateTime::from_timestamp_micros(text.parse().unwrap()).unwrap();
            json!(time.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string())
        }
        ColumnKind::Int | ColumnKind::Small => json!(text.parse::<i64>().unwrap()),
        ColumnKind::Float => json!(text.parse::<f64>().unwrap()),
        ColumnKind::Bool => json!(text == "1" || text == "true"),
        ColumnKind::Decimal { .. } if text.contains('.') => json!(text),
        ColumnKind::Decimal { scale, .. } => {
            let (sign, digits) = text.strip_prefix('-').map_or(("", text), |digits| ("-", digits));
            let scale = usize::from(scale);
            let digits = format!("{digits:0>width$}", width = scale + 1);
            let (whole, part) = digits.split_at(digits.len() - scale);
            json!(if scale == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part}") })
        }
        ColumnKind::Bytes => json!(STANDARD.encode(hex::decode(text).unwrap())),
        ColumnKind::Json => serde_json::from_str(text).unwrap(),
        ColumnKind::List(element) => {
            let elements: Vec<Value> = serde_json::from_str(text).unwrap();
            elements.into_iter().map(|one| of_element(*element, one)).collect()
        }
    }
}

/// What GraphQL says of an element of a list with this JSON.
fn of_element(kind: ColumnKind, json: Value) -> Value {
    match (kind, json) {
        // On PostgreSQL.
        (ColumnKind::Time, Value::String(text)) => {
            let time = chrono::DateTime::parse_from_rfc3339(&text).unwrap();
            value(kind, &time.timestamp_micros().to_string())
        }
        (ColumnKind::Bytes, Value::String(text)) => value(kind, text.trim_start_matches("\\x")),
        (kind, Value::String(text)) => value(kind, &text),
        (kind, json) => value(kind, &json.to_string()),
    }
}

/// The rows of all types, and of all join tables. A join table's row has its keys under their names in SQL.
pub async fn read(server: &Server, schema: &'static Schema) -> (Vec<Vec<Value>>, Vec<Vec<Value>>) {
    let (mut all, mut links) = (Vec::new(), Vec::new());
    for entity in &schema.entities {
        all.push(rows(server, entity.table, &entity.columns).await);
    }
    for link in &schema.links {
        let key = |(name, kind): (&&'static str, &ColumnKind)| Column {
            name: (*name).to_owned(),
            sql: name,
            kind: *kind,
            nullable: false,
            generated: false,
        };
        let keys = link.keys.iter().zip(&link.key_kinds).map(key);
        let columns: Vec<Column> = keys.chain(link.columns.iter().cloned()).collect();
        links.push(rows(server, link.table, &columns).await);
    }
    (all, links)
}
