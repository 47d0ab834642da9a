//! Random `where` and `orderBy`. Their values come from rows, so that conditions match some rows and not others.

use super::{Column, Kind, Lead, Link, List, Model};
use doorway::relation::ColumnKind;
use fastrand::Rng;
use serde_json::{Map, Value, json};

/// Which fields a condition or an order may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// The row's own columns, and the link's.
    Own,
    /// Relationships too, nested about this deep.
    HasRelationships(usize),
}

pub struct Arguments<'a> {
    pub model: &'a Model,
    pub rng: &'a mut Rng,
}

fn pick<T: Clone>(rng: &mut Rng, items: &[T]) -> T {
    items[rng.usize(..items.len())].clone()
}

impl Arguments<'_> {
    /// A random condition, or sometimes null.
    pub fn filter_of(&mut self, list: List, reach: Reach) -> Value {
        match self.rng.usize(..6) {
            0 => Value::Null,
            1 => self.filter(list.target, list.link(), reach),
            // Most conditions match some rows and not others; a few types have hardly any rows.
            _ => {
                let mut filter = Value::Null;
                for _ in 0..100 {
                    filter = self.filter(list.target, None, reach);
                    let of_all = List::root(list.target);
                    let met = self.model.list(of_all, None, &filter, &of_all.keys(&Value::Null)).len();
                    if (1..self.model.rows(list.target).len()).contains(&met) {
                        break;
                    }
                }
                match list.link() {
                    Some(link) if self.rng.bool() => {
                        json!({ "or": [filter, { link.field.clone(): self.link_filter(link) }] })
                    }
                    _ => filter,
                }
            }
        }
    }

    fn filter(&mut self, kind: Kind, link: Option<&'static Link>, reach: Reach) -> Value {
        let mut filter = Map::new();
        for _ in 0..pick(self.rng, &[0, 1, 1, 1, 1, 1, 1, 2, 2, 3]) {
            let (name, value) = match (reach, self.rng.usize(..10), link) {
                (Reach::HasRelationships(depth), 0..2, _) if depth > 0 => {
                    self.connective(kind, link, Reach::HasRelationships(depth - 1))
                }
                (Reach::HasRelationships(depth), 2..6, _) if depth > 0 => {
                    self.relationship(kind, Reach::HasRelationships(depth - 1))
                }
                (Reach::Own, 0, _) => self.connective(kind, link, Reach::HasRelationships(0)),
                (_, 6..8, Some(link)) => (link.field.clone(), self.link_filter(link)),
                _ => self.column(kind),
            };
            filter.insert(name, value);
        }
        filter.into()
    }

    fn connective(&mut self, kind: Kind, link: Option<&'static Link>, reach: Reach) -> (String, Value) {
        let name = pick(self.rng, &["and", "or", "not"]);
        if name == "not" {
            return (name.to_owned(), self.filter(kind, link, reach));
        }
        let filters = (0..self.rng.usize(..4)).map(|_| self.filter(kind, link, reach)).collect();
        (name.to_owned(), Value::Array(filters))
    }

    fn lead(&mut self, kind: Kind) -> Option<Lead> {
        let leads: Vec<Lead> = kind.leads().collect();
        (!leads.is_empty()).then(|| pick(self.rng, &leads))
    }

    fn relationship(&mut self, kind: Kind, reach: Reach) -> (String, Value) {
        let Some(lead) = self.lead(kind) else { return self.column(kind) };
        let field = lead.field.clone();
        if lead.is_one {
            return (field, self.filter(lead.target(), None, reach));
        }
        if self.rng.usize(..4) == 0 {
            let (count, number) = (format!("{field}Count"), json!(self.rng.usize(..6)));
            let operators = kind.operators(&count);
            return (count, self.comparison(&operators, &[number]));
        }
        let mut quantifiers = Map::new();
        for _ in 0..pick(self.rng, &[1, 1, 2]) {
            let quantifier = pick(self.rng, &["some", "every", "none"]);
            quantifiers.insert(quantifier.to_owned(), self.filter(lead.target(), lead.link(), reach));
        }
        (field, quantifiers.into())
    }

    fn column(&mut self, kind: Kind) -> (String, Value) {
        let name = pick(self.rng, &kind.filtered()).name.clone();
        let values: Vec<Value> = self.model.rows(kind).iter().map(|row| row[&name].clone()).collect();
        let value = self.comparison(&kind.operators(&name), &values);
        (name, value)
    }

    fn link_filter(&mut self, link: &'static Link) -> Value {
        let mut filter = Map::new();
        let of = format!("{}{}Filter", link.field[..1].to_uppercase(), &link.field[1..]);
        let fields = self.model.schema.input(&of);
        for _ in 0..pick(self.rng, &[0, 1, 1, 1, 2]) {
            let name = pick(self.rng, fields).0;
            let values: Vec<Value> = self.model.links(link).iter().map(|row| row[&name].clone()).collect();
            let value = self.comparison(&self.model.schema.operators(&of, &name), &values);
            filter.insert(name, value);
        }
        filter.into()
    }

    fn comparison(&mut self, operators: &[&'static str], values: &[Value]) -> Value {
        let mut comparison = Map::new();
        for _ in 0..pick(self.rng, &[0, 1, 1, 1, 1, 1, 1, 1, 2, 2]) {
            let operator = pick(self.rng, operators);
            if let Some(operand) = self.operand(operator, values) {
                comparison.insert(operator.to_owned(), operand);
            }
        }
        comparison.into()
    }

    fn operand(&mut self, operator: &str, values: &[Value]) -> Option<Value> {
        if ["isNull", "isEmpty"].contains(&operator) {
            return Some(json!(self.rng.bool()));
        }
        let mut known: Vec<&Value> = values.iter().filter(|value| !value.is_null()).collect();
        if operator.starts_with("has") {
            // Elements of the lists.
            known = known.into_iter().flat_map(|list| list.as_array().unwrap()).collect();
        }
        let value = (!known.is_empty()).then(|| pick(self.rng, &known))?;
        Some(match (operator, value.as_str()) {
            ("in" | "notIn", _) => {
                json!((0..self.rng.usize(..6)).map(|_| pick(self.rng, &known)).collect::<Vec<_>>())
            }
            ("hasSome" | "hasEvery", _) => {
                let some = pick(self.rng, &[0, 1, 1, 2, 3]);
                json!((0..some).map(|_| pick(self.rng, &known)).collect::<Vec<_>>())
            }
            ("has" | "eq" | "ne" | "lt" | "lte" | "gt" | "gte", _) | (_, None) => value.clone(),
            (_, Some(text)) => {
                let letters: Vec<char> = text.chars().collect();
                let from = if operator.starts_with("starts") { 0 } else { self.rng.usize(..=letters.len()) };
                let most = (letters.len() - from).min(if self.rng.bool() { 2 } else { 8 });
                let to = from + self.rng.usize(..=most);
                let part = if operator.starts_with("ends") { &letters[from..] } else { &letters[from..to] };
                let part: String = part.iter().collect();
                match (operator.ends_with('I'), self.rng.usize(..3)) {
                    (true, 0) => json!(part.to_uppercase()),
                    (true, 1) => json!(part.to_lowercase()),
                    _ => json!(part),
                }
            }
        })
    }

    /// A random order, or sometimes null or an empty list for the default order.
    pub fn order_of(&mut self, list: List, reach: Reach) -> Value {
        let keys = pick(self.rng, &[0, 1, 1, 1, 2, 2, 3]);
        if keys == 0 && self.rng.bool() {
            return Value::Null;
        }
        (0..keys).map(|_| self.order_key(list.target, list.link(), reach)).collect()
    }

    fn order_key(&mut self, kind: Kind, link: Option<&'static Link>, reach: Reach) -> Value {
        let direction = pick(self.rng, &["ASC", "DESC"]);
        let ordered = |columns: &'static [Column]| {
            columns
                .iter()
                .filter(|column| !matches!(column.kind, ColumnKind::Json | ColumnKind::List(_)))
                .collect::<Vec<_>>()
        };
        let (name, value) = match (reach, self.rng.usize(..10), link) {
            (_, 0..4, Some(link)) => (
                link.field.clone(),
                json!({ pick(self.rng, &ordered(&link.columns)).name.clone(): direction }),
            ),
            (Reach::HasRelationships(depth), 0..6, _) if depth > 0 && self.lead(kind).is_some() => {
                let below = Reach::HasRelationships(depth - 1);
                let lead = self.lead(kind).unwrap();
                let field = lead.field.clone();
                match self.rng.usize(..8) {
                    _ if lead.is_one => (field, self.order_key(lead.target(), None, below)),
                    0..4 => {
                        let filter = self.filter(lead.target(), lead.link(), below);
                        (field, json!({ "where": filter, "count": direction }))
                    }
                    4 => (field, json!({ "count": direction })),
                    _ => (format!("{field}Count"), json!(direction)),
                }
            }
            _ => (pick(self.rng, &kind.ordered()).name.clone(), json!(direction)),
        };
        json!({ name: value })
    }
}
