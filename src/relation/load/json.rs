//! Values as JSON, straight from the cells of a row.

use crate::db::{Cells, Finite, Id};
use crate::relation::model::{Column, ColumnKind};
use crate::relation::sql::Value;
use base64::{Engine, engine::general_purpose::STANDARD};
use std::io::Write;

/// Appends the cell at `at`; false where it holds nothing that the column may hold.
pub(super) fn push_cell(cells: &impl Cells, at: usize, column: Column, out: &mut Vec<u8>) -> bool {
    let written = match column.kind {
        ColumnKind::Text | ColumnKind::Enum(_) => {
            cells.text(at, |text| text.map(|text| push_text(text, out)).is_some())
        }
        ColumnKind::Id | ColumnKind::Number(_) => cells.id(at).map(|id| push_id(id, out)).is_some(),
        ColumnKind::Int | ColumnKind::Small => cells.int(at).map(|int| push_int(int, out)).is_some(),
        ColumnKind::Long => cells.int(at).map(|int| push_long(int, out)).is_some(),
        ColumnKind::Float => cells.float(at).map(|number| push_float(number, out)).is_some(),
        ColumnKind::Date => cells.date(at).is_some_and(|date| write!(out, "\"{date}\"").is_ok()),
        ColumnKind::Bool => cells.bool(at).map(|truth| push_bool(truth, out)).is_some(),
        ColumnKind::Decimal { scale, .. } => {
            cells.decimal(at, scale).is_some_and(|decimal| write!(out, "\"{decimal}\"").is_ok())
        }
        ColumnKind::Bytes => cells.blob(at).map(|bytes| push_bytes(&bytes, out)).is_some(),
        ColumnKind::Json => {
            cells.json(at).map(|json| out.extend_from_slice(json.as_str().as_bytes())).is_some()
        }
        ColumnKind::Time => cells.time(at).is_some_and(|time| write!(out, "\"{time}\"").is_ok()),
        ColumnKind::List(element) => match push_elements(cells, at, *element, out) {
            Some(written) => return written,
            None => false,
        },
    };
    if !written {
        out.extend_from_slice(b"null");
    }
    written || column.nullable
}

/// Appends the list at `at`; false where it holds something else than such elements, and nothing where it is NULL.
fn push_elements(cells: &impl Cells, at: usize, kind: ColumnKind, out: &mut Vec<u8>) -> Option<bool> {
    let start = out.len();
    let written = cells.list(at, |element| {
        out.push(if out.len() == start { b'[' } else { b',' });
        Value::of_element(kind, element).map(|value| push_value(kind, &value, out)).is_some()
    });
    if written != Some(true) {
        out.truncate(start);
    } else if out.len() == start {
        out.extend_from_slice(b"[]");
    } else {
        out.push(b']');
    }
    written
}

/// Appends a value of a column of this kind.
pub(super) fn push_value(kind: ColumnKind, value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Text(text) => push_text(text, out),
        Value::Id(id) => push_id(*id, out),
        Value::Int(int) if kind == ColumnKind::Long => push_long(*int, out),
        Value::Int(int) => push_int(*int, out),
        Value::Float(number) => push_float(*number, out),
        Value::Date(date) => drop(write!(out, "\"{date}\"")),
        Value::Bool(truth) => push_bool(*truth, out),
        Value::Decimal(decimal) => drop(write!(out, "\"{decimal}\"")),
        Value::Bytes(bytes) => push_bytes(bytes, out),
        Value::Json(json) => out.extend_from_slice(json.as_str().as_bytes()),
        Value::Time(time) => drop(write!(out, "\"{time}\"")),
        Value::List(values) => {
            let element = if let ColumnKind::List(element) = kind { *element } else { kind };
            out.push(b'[');
            for (nth, value) in values.iter().enumerate() {
                out.extend_from_slice(if nth > 0 { b"," } else { b"" });
                push_value(element, &value, out);
            }
            out.push(b']');
        }
        Value::Null => out.extend_from_slice(b"null"),
    }
}

fn push_text(text: &str, out: &mut Vec<u8>) {
    // Writing to a vector does not fail.
    let _ = serde_json::to_writer(out, text);
}

fn push_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    let _ = write!(out, "\"{}\"", STANDARD.encode(bytes));
}

fn push_int(int: i64, out: &mut Vec<u8>) {
    let _ = serde_json::to_writer(out, &int);
}

fn push_long(int: i64, out: &mut Vec<u8>) {
    let _ = write!(out, "\"{int}\"");
}

fn push_float(number: Finite, out: &mut Vec<u8>) {
    let _ = serde_json::to_writer(out, &number.get());
}

fn push_bool(truth: bool, out: &mut Vec<u8>) {
    out.extend_from_slice(if truth { b"true" } else { b"false" });
}

fn push_id(id: Id, out: &mut Vec<u8>) {
    out.reserve(38);
    out.push(b'"');
    id.write_to(out);
    out.push(b'"');
}
