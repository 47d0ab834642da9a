//! Random `where` and `orderBy`. Their values come from rows, so that conditions match some rows and not others.

use super::{Blog, Kind, LINK, List, Type};
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
    pub blog: &'a Blog,
    pub rng: &'a mut Rng,
}

fn pick<T: Copy>(rng: &mut Rng, items: &[T]) -> T {
    items[rng.usize(..items.len())]
}

impl Arguments<'_> {
    /// A random condition, or sometimes null.
    pub fn filter_of(&mut self, list: List, reach: Reach) -> Value {
        match self.rng.usize(..6) {
            0 => Value::Null,
            1 => self.filter(list.target, list.through_link(), reach),
            // Most conditions match some rows and not others.
            _ => loop {
                let filter = self.filter(list.target, false, reach);
                let of_all = List { parent: None, field: list.target.root(), target: list.target };
                let met = self.blog.list(of_all, None, &filter, &of_all.keys(&Value::Null)).len();
                if (1..self.blog.rows(list.target).len()).contains(&met) {
                    if list.through_link() && self.rng.bool() {
                        break json!({ "or": [filter, { "postTagLink": self.link_filter() }] });
                    }
                    break filter;
                }
            },
        }
    }

    fn filter(&mut self, kind: Kind, linked: bool, reach: Reach) -> Value {
        let mut filter = Map::new();
        for _ in 0..pick(self.rng, &[0, 1, 1, 1, 1, 1, 1, 2, 2, 3]) {
            let (name, value) = match (reach, self.rng.usize(..10)) {
                (Reach::HasRelationships(depth), 0..2) if depth > 0 => {
                    self.connective(kind, linked, Reach::HasRelationships(depth - 1))
                }
                (Reach::HasRelationships(depth), 2..6) if depth > 0 => {
                    self.relationship(kind, Reach::HasRelationships(depth - 1))
                }
                (Reach::Own, 0) => self.connective(kind, linked, Reach::HasRelationships(0)),
                (_, 6..8) if linked => ("postTagLink", self.link_filter()),
                _ => self.column(kind),
            };
            filter.insert(name.to_owned(), value);
        }
        filter.into()
    }

    fn connective(&mut self, kind: Kind, linked: bool, reach: Reach) -> (&'static str, Value) {
        let name = pick(self.rng, &["and", "or", "not"]);
        if name == "not" {
            return (name, self.filter(kind, linked, reach));
        }
        let filters = (0..self.rng.usize(..4)).map(|_| self.filter(kind, linked, reach)).collect();
        (name, Value::Array(filters))
    }

    fn relationship(&mut self, kind: Kind, reach: Reach) -> (&'static str, Value) {
        match (kind.to_one(), kind.to_many()) {
            (Some((field, target)), many) if many.is_none() || self.rng.bool() => {
                (field, self.filter(target, false, reach))
            }
            (_, Some((_, count, _))) if self.rng.usize(..4) == 0 => {
                let number = json!(self.rng.usize(..6));
                (count, self.comparison(Type::Int, &[number]))
            }
            (_, Some((field, _, target))) => {
                let mut quantifiers = Map::new();
                for _ in 0..pick(self.rng, &[1, 1, 2]) {
                    let quantifier = pick(self.rng, &["some", "every", "none"]);
                    let filter = self.filter(target, kind != Kind::User, reach);
                    quantifiers.insert(quantifier.to_owned(), filter);
                }
                (field, quantifiers.into())
            }
            _ => self.column(kind),
        }
    }

    fn column(&mut self, kind: Kind) -> (&'static str, Value) {
        let (name, column_type) = pick(self.rng, &kind.columns());
        let values: Vec<Value> = self.blog.rows(kind).iter().map(|row| row[name].clone()).collect();
        (name, self.comparison(column_type, &values))
    }

    fn link_filter(&mut self) -> Value {
        let mut filter = Map::new();
        for _ in 0..pick(self.rng, &[0, 1, 1, 1, 2]) {
            let (name, column_type) = pick(self.rng, LINK);
            let values: Vec<Value> = self.blog.links().iter().map(|link| link[name].clone()).collect();
            filter.insert(name.to_owned(), self.comparison(column_type, &values));
        }
        filter.into()
    }

    fn comparison(&mut self, column_type: Type, values: &[Value]) -> Value {
        let mut operators = vec!["eq", "ne", "in", "notIn", "lt", "lte", "gt", "gte"];
        if matches!(column_type, Type::Text | Type::NullableText) {
            operators.extend(["contains", "startsWith", "endsWith"]);
            operators.extend(["containsI", "startsWithI", "endsWithI"]);
        }
        if matches!(column_type, Type::NullableText | Type::NullableTime) {
            operators.extend(["isNull", "isNull"]);
        }
        let mut comparison = Map::new();
        for _ in 0..pick(self.rng, &[0, 1, 1, 1, 1, 1, 1, 1, 2, 2]) {
            let operator = pick(self.rng, &operators);
            comparison.insert(operator.to_owned(), self.operand(operator, values));
        }
        comparison.into()
    }

    fn operand(&mut self, operator: &str, values: &[Value]) -> Value {
        let known: Vec<&Value> = values.iter().filter(|value| !value.is_null()).collect();
        let value = pick(self.rng, &known);
        match (operator, value.as_str()) {
            ("isNull", _) => json!(self.rng.bool()),
            ("in" | "notIn", _) => {
                json!((0..self.rng.usize(..6)).map(|_| pick(self.rng, &known)).collect::<Vec<_>>())
            }
            ("eq" | "ne" | "lt" | "lte" | "gt" | "gte", _) | (_, None) => value.clone(),
            (_, Some(text)) => {
                let letters: Vec<char> = text.chars().collect();
                let from = if operator.starts_with("starts") { 0 } else { self.rng.usize(..letters.len()) };
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
        }
    }

    /// A random order, or sometimes null or an empty list for the default order.
    pub fn order_of(&mut self, list: List, reach: Reach) -> Value {
        let keys = pick(self.rng, &[0, 1, 1, 1, 2, 2, 3]);
        if keys == 0 && self.rng.bool() {
            return Value::Null;
        }
        (0..keys).map(|_| self.order_key(list.target, list.through_link(), reach)).collect()
    }

    fn order_key(&mut self, kind: Kind, linked: bool, reach: Reach) -> Value {
        let direction = pick(self.rng, &["ASC", "DESC"]);
        let mut key = Map::new();
        let (name, value) = match (reach, self.rng.usize(..10)) {
            (_, 0..4) if linked => ("postTagLink", json!({ pick(self.rng, LINK).0: direction })),
            (Reach::HasRelationships(depth), 0..6) if depth > 0 => {
                let below = Reach::HasRelationships(depth - 1);
                match (kind.to_one(), kind.to_many()) {
                    (Some((field, target)), many) if many.is_none() || self.rng.bool() => {
                        (field, self.order_key(target, false, below))
                    }
                    (_, Some((field, _, target))) if self.rng.bool() => {
                        let filter = self.filter(target, kind != Kind::User, below);
                        (field, json!({ "where": filter, "count": direction }))
                    }
                    (_, Some((field, count, _))) => {
                        if self.rng.usize(..4) == 0 {
                            (field, json!({ "count": direction }))
                        } else {
                            (count, json!(direction))
                        }
                    }
                    _ => ("name", json!(direction)),
                }
            }
            _ => (pick(self.rng, &kind.columns()).0, json!(direction)),
        };
        key.insert(name.to_owned(), value);
        key.into()
    }
}
