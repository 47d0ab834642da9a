//! Values of columns, compared.

use super::schema::Column;
use base64::{Engine, engine::general_purpose::STANDARD};
use doorway::relation::ColumnKind;
use serde_json::Value;

/// The value of a column, or a number of rows, in its order. Null is the greatest.
#[derive(Debug, Clone, PartialEq, PartialOrd)]
pub enum Key {
    Int(i64),
    Float(f64),
    /// Bytes, or those of a text. The texts of ids, times and days sort like their values.
    Bytes(Vec<u8>),
    Null,
}

/// What a number of rows is.
pub const COUNT: Column =
    Column { name: String::new(), sql: "", kind: ColumnKind::Int, nullable: false, generated: false };

impl Key {
    /// What GraphQL says of a column, and what a client may write of it.
    pub fn of(column: &Column, value: &Value) -> Key {
        let text = || value.as_str().unwrap();
        match column.kind {
            _ if value.is_null() => Key::Null,
            ColumnKind::Int | ColumnKind::Small => Key::Int(value.as_i64().unwrap()),
            ColumnKind::Long | ColumnKind::Number(_) => {
                Key::Int(value.as_i64().unwrap_or_else(|| text().parse().unwrap()))
            }
            ColumnKind::Bool => Key::Int(value.as_bool().unwrap().into()),
            ColumnKind::Float => Key::Float(value.as_f64().unwrap()),
            // All of a column have equally many decimals.
            ColumnKind::Decimal { .. } => Key::Int(text().replace('.', "").parse().unwrap()),
            ColumnKind::Bytes => Key::Bytes(STANDARD.decode(text()).unwrap()),
            ColumnKind::Json => panic!("JSON has no order"),
            ColumnKind::List(_) => panic!("lists have no order"),
            ColumnKind::Text | ColumnKind::Id | ColumnKind::Time | ColumnKind::Date | ColumnKind::Enum(_) => {
                Key::Bytes(text().as_bytes().to_vec())
            }
        }
    }
}

fn fold(text: &str) -> String {
    text.to_lowercase().replace('ς', "σ")
}

pub fn holds(column: &Column, value: &Value, operator: &str, operand: &Value) -> bool {
    if operator == "isNull" {
        return value.is_null() == operand.as_bool().unwrap();
    }
    if value.is_null() {
        return false;
    }
    if let ColumnKind::List(element) = column.kind {
        let of_element = Column { kind: *element, ..column.clone() };
        let keys = |list: &Value| -> Vec<Key> {
            // One value stands for a list of it.
            let one = std::slice::from_ref(list);
            list.as_array().map_or(one, Vec::as_slice).iter().map(|one| Key::of(&of_element, one)).collect()
        };
        let own = keys(value);
        return match operator {
            "has" | "hasEvery" => keys(operand).iter().all(|wanted| own.contains(wanted)),
            "hasSome" => keys(operand).iter().any(|wanted| own.contains(wanted)),
            "isEmpty" => own.is_empty() == operand.as_bool().unwrap(),
            other => panic!("{other}"),
        };
    }
    let key = |value: &Value| Key::of(column, value);
    let among = || operand.as_array().unwrap().iter().any(|one| key(one) == key(value));
    let text = || (value.as_str().unwrap(), operand.as_str().unwrap());
    let folded = || (fold(text().0), fold(text().1));
    match operator {
        "eq" => key(value) == key(operand),
        "ne" => key(value) != key(operand),
        "in" => among(),
        "notIn" => !among(),
        "lt" => key(value) < key(operand),
        "lte" => key(value) <= key(operand),
        "gt" => key(value) > key(operand),
        "gte" => key(value) >= key(operand),
        "contains" => text().0.contains(text().1),
        "startsWith" => text().0.starts_with(text().1),
        "endsWith" => text().0.ends_with(text().1),
        "containsI" => folded().0.contains(&folded().1),
        "startsWithI" => folded().0.starts_with(&folded().1),
        "endsWithI" => folded().0.ends_with(&folded().1),
        other => panic!("{other}"),
    }
}
