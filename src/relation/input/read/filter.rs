//! Conditions.

use super::json::json;
use super::reader::{ArgumentReader, Step};
use crate::db::{Decimal, Finite, JsonValue};
use crate::relation::model::{ColumnKind, LinkShape, Relationship, Shape};
use crate::relation::sql::{Comparison, Expr, Part, Predicate, Value, Values};
use async_graphql::{Error, Value as InputValue};
use base64::{Engine, engine::general_purpose::STANDARD};

/// The most conditions in one filter, each object in an `and` or `or` counted as one.
const MAX_CONDITIONS: usize = 500;
/// The most values in one list of a filter.
const MAX_VALUES: usize = 10_000;
/// The bytes of text that count as a value: ids have 36.
const BYTES_OF_A_VALUE: usize = 40;

impl<'a> ArgumentReader<'a> {
    fn count_condition(&mut self) -> Result<(), Error> {
        self.conditions += 1;
        if self.conditions > MAX_CONDITIONS {
            self.path.truncate(1);
            return Err(self.bad(format!("has more than {MAX_CONDITIONS} conditions")));
        }
        Ok(())
    }

    /// All conditions of a filter object.
    pub(super) fn filter(
        &mut self,
        shape: &Shape,
        link: Option<&LinkShape>,
        value: &'a InputValue,
    ) -> Result<Predicate, Error> {
        let mut all = Vec::new();
        for (name, value) in self.object(value)? {
            all.push(self.at(Step::Field(name), |reader| reader.condition(shape, link, name, value))?);
        }
        Ok(conjunction(all))
    }

    /// One field of a filter object.
    fn condition(
        &mut self,
        shape: &Shape,
        link: Option<&LinkShape>,
        name: &'a str,
        value: &'a InputValue,
    ) -> Result<Predicate, Error> {
        match name {
            "and" => return Ok(Predicate::All(self.filters(shape, link, value)?)),
            "or" => return Ok(Predicate::Any(self.filters(shape, link, value)?)),
            "not" => return Ok(Predicate::Not(Box::new(self.filter(shape, link, value)?))),
            _ => {}
        }
        if let Some(column) = shape.columns.iter().find(|column| column.is_called(name)) {
            return self.comparisons(&Expr::Column(*column), value);
        }
        if let Some(relationship) = shape.relationships.iter().find(|one| one.is_called(name)) {
            return self.through(|reader| reader.across(relationship, value));
        }
        let counted = name.strip_suffix("Count").unwrap_or_default();
        if let Some(relationship) = shape.relationships.iter().find(|one| one.is_called(counted)) {
            let expr = Expr::count(&(relationship.target)(), relationship.join, Predicate::TRUE);
            return self.comparisons(&expr, value);
        }
        let link = self.link(link)?;
        let mut all = Vec::new();
        for (name, value) in self.object(value)? {
            let column = self.at(Step::Field(name), |reader| reader.column(&link.columns, name))?;
            all.push(self.at(Step::Field(name), |reader| reader.comparisons(&Expr::Link(column), value))?);
        }
        Ok(conjunction(all))
    }

    fn filters(
        &mut self,
        shape: &Shape,
        link: Option<&LinkShape>,
        value: &'a InputValue,
    ) -> Result<Vec<Predicate>, Error> {
        let one = |(nth, value): (usize, &'a InputValue)| {
            self.count_condition()?;
            self.at(Step::Item(nth), |reader| reader.filter(shape, link, value))
        };
        match value {
            InputValue::List(list) => list.iter().enumerate().map(one).collect(),
            // One value stands for a list of it (GraphQL specification, section 3.11, "Input Coercion").
            value => Ok(vec![self.filter(shape, link, value)?]),
        }
    }

    /// The filter of what a relationship leads to.
    fn across(&mut self, relationship: &Relationship, value: &'a InputValue) -> Result<Predicate, Error> {
        let (target, join) = ((relationship.target)(), relationship.join);
        if relationship.is_to_one() {
            let filter = self.filter(&target, None, value)?;
            return Ok(Predicate::some(&target, join, filter));
        }
        let link = relationship.link.map(|link| link());
        let mut all = Vec::new();
        for (name, value) in self.object(value)? {
            let filter = self.at(Step::Field(name), |reader| reader.filter(&target, link.as_ref(), value))?;
            all.push(match name.as_str() {
                "some" => Predicate::some(&target, join, filter),
                "every" => Predicate::every(&target, join, filter),
                "none" => Predicate::none(&target, join, filter),
                _ => return Err(self.bad(format!("has no field `{name}`"))),
            });
        }
        Ok(conjunction(all))
    }

    /// All conditions on one expression.
    fn comparisons(&mut self, expr: &Expr, value: &'a InputValue) -> Result<Predicate, Error> {
        let mut all = Vec::new();
        for (name, value) in self.object(value)? {
            self.count_condition()?;
            all.push(self.at(Step::Field(name), |reader| reader.comparison(expr, name, value))?);
        }
        Ok(conjunction(all))
    }

    fn comparison(&mut self, expr: &Expr, name: &str, value: &'a InputValue) -> Result<Predicate, Error> {
        if let ColumnKind::List(element) = expr.kind() {
            return self.of_list(expr, *element, name, value);
        }
        let comparison = match name {
            "isNull" => return self.is_null(expr, value),
            "in" => return Ok(Predicate::In(expr.clone(), self.values(expr.kind(), value)?)),
            "notIn" => {
                let listed = Predicate::In(expr.clone(), self.values(expr.kind(), value)?);
                return Ok(conjunction(vec![known(expr), Predicate::Not(Box::new(listed))]));
            }
            "eq" => Comparison::Eq,
            "ne" => Comparison::Ne,
            "lt" => Comparison::Lt,
            "lte" => Comparison::Lte,
            "gt" => Comparison::Gt,
            "gte" => Comparison::Gte,
            "contains" => return self.contains(expr, Part::Anywhere, false, value),
            "startsWith" => return self.contains(expr, Part::Start, false, value),
            "endsWith" => return self.contains(expr, Part::End, false, value),
            "containsI" => return self.contains(expr, Part::Anywhere, true, value),
            "startsWithI" => return self.contains(expr, Part::Start, true, value),
            "endsWithI" => return self.contains(expr, Part::End, true, value),
            _ => return Err(self.bad("is not a condition")),
        };
        let value = self.value(expr.kind(), value)?;
        Ok(Predicate::Compare(expr.clone(), comparison, value))
    }

    fn is_null(&self, expr: &Expr, value: &InputValue) -> Result<Predicate, Error> {
        Ok(if self.truth(value)? { Predicate::IsNull(expr.clone()) } else { known(expr) })
    }

    fn truth(&self, value: &InputValue) -> Result<bool, Error> {
        match value {
            InputValue::Boolean(truth) => Ok(*truth),
            _ => Err(self.bad("must be true or false")),
        }
    }

    /// A condition on a list of such elements.
    fn of_list(
        &mut self,
        expr: &Expr,
        element: ColumnKind,
        name: &str,
        value: &'a InputValue,
    ) -> Result<Predicate, Error> {
        let (all, values) = match name {
            "isNull" => return self.is_null(expr, value),
            "isEmpty" => {
                let empty = Predicate::IsEmpty(expr.clone());
                return Ok(match self.truth(value)? {
                    true => empty,
                    false => conjunction(vec![known(expr), Predicate::Not(Box::new(empty))]),
                });
            }
            "has" => {
                let mut one = Values::with_capacity(element, 1);
                one.push(self.value(element, value)?);
                (true, one)
            }
            "hasSome" => (false, self.values(element, value)?),
            "hasEvery" => (true, self.values(element, value)?),
            _ => return Err(self.bad("is not a condition")),
        };
        Ok(Predicate::Has { expr: expr.clone(), all, values })
    }

    fn contains(
        &mut self,
        expr: &Expr,
        part: Part,
        fold: bool,
        value: &'a InputValue,
    ) -> Result<Predicate, Error> {
        let text = self.value(expr.kind(), value)?;
        // Every text contains the empty one; the databases do not agree on where it ends.
        if matches!(&text, Value::Text(text) if text.is_empty()) {
            return Ok(known(expr));
        }
        if matches!(&text, Value::Text(text) if text.chars().count() > Part::MOST) {
            return Err(self.bad(format!("must have up to {} characters", Part::MOST)));
        }
        Ok(Predicate::Contains { expr: expr.clone(), part, fold, text })
    }

    fn value(&mut self, kind: ColumnKind, value: &InputValue) -> Result<Value, Error> {
        self.values += match value {
            InputValue::String(text) => 1 + text.len() / BYTES_OF_A_VALUE,
            _ => 1,
        };
        Ok(match (kind, value) {
            (_, InputValue::Null) => {
                return Err(self.bad("must not be null: use `isNull` or omit it"));
            }
            // PostgreSQL cannot hold it.
            (ColumnKind::Text, InputValue::String(text)) if text.contains('\0') => {
                return Err(self.bad("must not contain U+0000"));
            }
            (ColumnKind::Time, InputValue::String(text)) => {
                let at = text.parse().map_err(|error| self.bad(format!("is not a date: {error}")))?;
                Value::Time(at)
            }
            (kind, value) => read_value(kind, value).ok_or_else(|| self.bad(expected(kind)))?,
        })
    }

    fn values(&mut self, kind: ColumnKind, value: &'a InputValue) -> Result<Values, Error> {
        let list = match value {
            InputValue::List(list) => list.as_slice(),
            InputValue::Null => return Err(self.bad("must not be null: omit it")),
            value => std::slice::from_ref(value),
        };
        if list.len() > MAX_VALUES {
            return Err(self.bad(format!("may have up to {MAX_VALUES} values, not {}", list.len())));
        }
        let mut values = Values::with_capacity(kind, list.len());
        for (nth, value) in list.iter().enumerate() {
            values.push(self.at(Step::Item(nth), |reader| reader.value(kind, value))?);
        }
        Ok(values)
    }
}

/// What an input has for a column of this kind, or for an element of one; none if the column cannot hold it. Null and lists are up to
/// the caller.
pub fn read_value(kind: ColumnKind, value: &InputValue) -> Option<Value> {
    Some(match (kind, value) {
        (ColumnKind::Text, InputValue::String(text)) => Value::Text(text.clone()),
        (ColumnKind::Id | ColumnKind::Number(_), value) => Value::Id(kind.read_id(value)?),
        (ColumnKind::Time, InputValue::String(text)) => Value::Time(text.parse().ok()?),
        (ColumnKind::Date, InputValue::String(text)) => Value::Date(text.parse().ok()?),
        (ColumnKind::Bool, InputValue::Boolean(truth)) => Value::Bool(*truth),
        (ColumnKind::Float, InputValue::Number(number)) => Value::Float(Finite::new(number.as_f64()?)?),
        (ColumnKind::Decimal { precision, scale }, InputValue::String(text)) => {
            Value::Decimal(Decimal::read(text, precision, scale)?)
        }
        (ColumnKind::Decimal { precision, scale }, InputValue::Number(number)) if !number.is_f64() => {
            Value::Decimal(Decimal::read(&number.to_string(), precision, scale)?)
        }
        (ColumnKind::Bytes, InputValue::String(text)) => Value::Bytes(STANDARD.decode(text).ok()?),
        (ColumnKind::Json, value) => Value::Json(json(value)?),
        (ColumnKind::Enum(shape), InputValue::Enum(name)) => Value::Text(shape.value(name)?.to_owned()),
        (ColumnKind::Enum(shape), InputValue::String(name)) => Value::Text(shape.value(name)?.to_owned()),
        (ColumnKind::Int | ColumnKind::Small | ColumnKind::Long, InputValue::Number(number)) => {
            whole(kind, number.as_i64()?)?
        }
        (ColumnKind::Long, InputValue::String(text)) => whole(kind, text.parse().ok()?)?,
        _ => return None,
    })
}

/// A whole number within the range of its column.
fn whole(kind: ColumnKind, int: i64) -> Option<Value> {
    kind.range()?.contains(&int).then_some(Value::Int(int))
}

/// What a value of this kind must be.
pub fn expected(kind: ColumnKind) -> String {
    match kind {
        ColumnKind::Text => "must be a string".to_owned(),
        ColumnKind::Id => "must be a UUID".to_owned(),
        ColumnKind::Number(_) => "must be a whole number of 64 bits in decimal digits".to_owned(),
        ColumnKind::Time => "must be a date as in 2024-04-18T14:40:00Z".to_owned(),
        ColumnKind::Int => "must be a 32-bit integer".to_owned(),
        ColumnKind::Small => "must be a 16-bit integer".to_owned(),
        ColumnKind::Long => "must be a 64-bit integer, or one in a string".to_owned(),
        ColumnKind::Float => "must be a number".to_owned(),
        ColumnKind::Date => "must be a date as in 2024-04-18, from year 1 to 9999".to_owned(),
        ColumnKind::Decimal { precision, scale } => format!(
            "must be a decimal number in a string, with up to {} digits before the point and up to {scale} after it",
            precision - scale
        ),
        ColumnKind::Bytes => "must be bytes in base64, in a string".to_owned(),
        ColumnKind::Json => format!(
            "must be JSON with up to {} levels, numbers that a double can hold, and no U+0000",
            JsonValue::MAX_DEPTH
        ),
        ColumnKind::Bool => "must be true or false".to_owned(),
        ColumnKind::Enum(shape) => format!("must be one of {}", shape.values.join(", ")),
        ColumnKind::List(_) => "must be a list".to_owned(),
    }
}

/// All of them hold; one that always does is left out.
fn conjunction(mut all: Vec<Predicate>) -> Predicate {
    all.retain(|one| *one != Predicate::TRUE);
    match all.len() {
        1 => all.remove(0),
        _ => Predicate::All(all),
    }
}

/// The expression is not NULL.
fn known(expr: &Expr) -> Predicate {
    if expr.nullable() { Predicate::Not(Box::new(Predicate::IsNull(expr.clone()))) } else { Predicate::TRUE }
}
