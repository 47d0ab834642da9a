//! JSON that a client sent.

use crate::db::JsonValue;
use async_graphql::Value as InputValue;

/// The value in its canonical form; none for what JSON or PostgreSQL cannot hold.
pub fn json(value: &InputValue) -> Option<JsonValue> {
    let mut text = String::new();
    write(value, JsonValue::MAX_DEPTH, &mut text)?;
    text.parse().ok()
}

/// Writes a value with up to this many levels as JSON.
fn write(value: &InputValue, levels: usize, out: &mut String) -> Option<()> {
    match value {
        InputValue::Null => out.push_str("null"),
        InputValue::Boolean(truth) => out.push_str(if *truth { "true" } else { "false" }),
        InputValue::Number(number) => out.push_str(&number.to_string()),
        InputValue::String(text) => push_text(text, out)?,
        InputValue::List(items) => {
            let levels = levels.checked_sub(1)?;
            for (nth, item) in items.iter().enumerate() {
                out.push(if nth == 0 { '[' } else { ',' });
                write(item, levels, out)?;
            }
            out.push_str(if items.is_empty() { "[]" } else { "]" });
        }
        InputValue::Object(fields) => {
            let levels = levels.checked_sub(1)?;
            for (nth, (name, value)) in fields.iter().enumerate() {
                out.push(if nth == 0 { '{' } else { ',' });
                push_text(name, out)?;
                out.push(':');
                write(value, levels, out)?;
            }
            out.push_str(if fields.is_empty() { "{}" } else { "}" });
        }
        InputValue::Enum(_) | InputValue::Binary(_) => return None,
    }
    Some(())
}

/// PostgreSQL cannot hold U+0000.
fn push_text(text: &str, out: &mut String) -> Option<()> {
    if text.contains('\0') {
        return None;
    }
    out.push_str(&serde_json::to_string(text).ok()?);
    Some(())
}
