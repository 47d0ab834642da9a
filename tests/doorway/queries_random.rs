//! Random queries, compared with a simple model in memory that resolves every field alone. The responses must be
//! equal, and there may be no more statements than relationship fields.

use crate::reference::{
    Item, Kind, Lead, List, Model,
    arguments::{Arguments, Reach},
    fixture::fill,
};
use crate::support::{Answer, Server};
use fastrand::Rng;
use futures_util::future::join_all;
use serde_json::{Map, Value, json};
use std::{fmt::Write, sync::Arc};

mod blog {
    use super::*;

    on_both_databases!(random_queries_match_a_model_that_resolves_each_field_alone);
}

mod heroes {
    use super::*;

    on_both_databases!(
        serving crate::heroes::entities::app();
        random_queries_match_a_model_that_resolves_each_field_alone,
    );
}

mod network {
    use super::*;

    on_both_databases!(
        serving crate::network::entities::app();
        random_queries_match_a_model_that_resolves_each_field_alone,
    );
}

mod desk {
    use super::*;

    on_both_databases!(
        serving crate::desk::entities::app();
        random_queries_match_a_model_that_resolves_each_field_alone,
    );
}

async fn random_queries_match_a_model_that_resolves_each_field_alone(server: Server) {
    let server = Arc::new(server.with_any_cost());
    let model = fill(&server).await;
    let mut rng = Rng::with_seed(20_261_123);
    // The blog's posts are long.
    for _ in 0..if model.schema.kinds().any(|kind| kind.name == "BlogPost") { 20 } else { 8 } {
        let operations: Vec<Operation> = (0..16).map(|_| Operation::random(&mut rng, &model)).collect();
        let mut alone = 0;
        for operation in &operations {
            server.take_statements();
            check(operation, &model, &server.post(&operation.text, operation.variables.clone()).await);
            let statements = server.take_statements();
            let allowed = count(&operation.fields);
            assert!(statements.len() <= allowed, "{allowed} fields: {}: {statements:#?}", operation.text);
            alone += statements.len();
        }
        // All of them at the same time: the same responses, and as many statements.
        let together = operations.iter().map(|operation| {
            let (server, text, variables) =
                (server.clone(), operation.text.clone(), operation.variables.clone());
            tokio::spawn(async move { server.post(&text, variables).await })
        });
        for (operation, answer) in operations.iter().zip(join_all(together).await) {
            check(operation, &model, &answer.unwrap());
        }
        assert_eq!(server.take_statements().len(), alone);
    }
}

fn check(operation: &Operation, model: &Model, answer: &Answer) {
    let mut expected = resolve(model, &operation.fields, None, operation.limit);
    expected["__typename"] = json!("Query");
    let (text, variables) = (&operation.text, &operation.variables);
    assert_eq!(answer.json(), json!({ "data": expected }), "{text}\n{variables}");
}

/// A field with its alias (`key`).
struct Field {
    key: String,
    name: String,
    what: What,
    fields: Vec<Field>,
}

enum What {
    Column,
    /// The one row that a relationship leads to.
    One(Lead),
    /// The one row that has a key: an argument of the root field, and its value.
    ByKey(Kind, String, String),
    List(List, Page),
}

struct Page {
    limit: Option<usize>,
    /// Whether the limit is the operation's variable.
    by_variable: bool,
    offset: usize,
    /// The number of the variables that hold `where` and `orderBy`, and what they hold.
    given: Option<(usize, Value, Value)>,
}

struct Operation {
    text: String,
    fields: Vec<Field>,
    limit: usize,
    variables: Value,
}

/// The number of fields that take a statement: those with selected fields.
fn count(fields: &[Field]) -> usize {
    fields.iter().filter(|field| !field.fields.is_empty()).map(|field| 1 + count(&field.fields)).sum()
}

/// What the fields of a row are, or those of the root.
fn resolve(model: &Model, fields: &[Field], row: Option<Item<'_>>, limit: usize) -> Value {
    let mut object = Map::new();
    for field in fields {
        let below = |row: Item<'_>| resolve(model, &field.fields, Some(row), limit);
        let value = match &field.what {
            What::Column => row.unwrap().row[&field.name].clone(),
            What::One(lead) => model.one(row.unwrap(), *lead).map_or(Value::Null, below),
            What::ByKey(kind, column, key) => model.find(*kind, column, key).map_or(Value::Null, below),
            What::List(list, page) => {
                let (filter, order) =
                    page.given.as_ref().map_or((&Value::Null, &Value::Null), |(_, a, b)| (a, b));
                let rows = model.list(*list, row.map(|row| row.id()), filter, &list.keys(order));
                let most = if page.by_variable { limit } else { page.limit.unwrap_or(100) };
                rows.into_iter().skip(page.offset).take(most).map(below).collect()
            }
        };
        object.insert(field.key.clone(), value);
    }
    object.into()
}

/// What an operation is made with.
struct Maker<'a> {
    model: &'a Model,
    rng: &'a mut Rng,
    head: String,
    variables: Map<String, Value>,
    fragments: String,
}

impl Operation {
    fn random(rng: &mut Rng, model: &Model) -> Operation {
        let (limit, roots) = (rng.usize(0..6), rng.usize(1..4));
        let mut maker =
            Maker { model, rng, head: String::new(), variables: Map::new(), fragments: String::new() };
        let fields: Vec<Field> = (0..roots).map(|nth| maker.root(nth, 4)).collect();
        let mut body = String::new();
        maker.write(&fields, "Query", &mut body);
        let Maker { mut head, mut variables, fragments, .. } = maker;
        // An unused variable is an error.
        if body.contains("limit: $n") || fragments.contains("limit: $n") {
            head += "$n: Int! = 5";
            variables.insert("n".to_owned(), json!(limit));
        }
        let head = if head.is_empty() { head } else { format!("({head})") };
        let text = format!("query{head} {{ __typename {body} }} {fragments}");
        Operation { text, fields, limit, variables: variables.into() }
    }
}

impl Maker<'_> {
    /// A random root field, with at most `depth` levels below it.
    fn root(&mut self, nth: usize, depth: usize) -> Field {
        let kinds: Vec<Kind> = self.model.schema.kinds().collect();
        let kind = kinds[self.rng.usize(..kinds.len())];
        if self.rng.bool() {
            return self.list(List::root(kind), nth, depth);
        }
        let (name, arguments) = kind.one.clone();
        let argument = arguments[self.rng.usize(..arguments.len())].clone();
        // A random row's key, or sometimes a key that no row has.
        let key = match self.rng.usize(..6) {
            0 if argument == "id" => kind.nobody().to_owned(),
            0 => "nobody".to_owned(),
            _ => {
                let rows = self.model.rows(kind);
                rows[self.rng.usize(..rows.len())][&argument].as_str().unwrap().to_owned()
            }
        };
        let fields = self.fields(kind, depth);
        Field { key: format!("{name}{nth}"), name, what: What::ByKey(kind, argument, key), fields }
    }

    fn list(&mut self, list: List, nth: usize, depth: usize) -> Field {
        // Small, because four levels multiply. Sometimes the default or a variable.
        let limit = if depth <= 1 && self.rng.usize(..8) == 0 { None } else { Some(self.rng.usize(0..6)) };
        let by_variable = self.rng.usize(..5) == 0;
        let offset = if self.rng.bool() { 0 } else { self.rng.usize(0..4) };
        let given = (self.rng.usize(..4) == 0).then(|| {
            let nth = self.variables.len();
            let mut random = Arguments { model: self.model, rng: self.rng };
            let reach = Reach::HasRelationships(1);
            let (filter, order) = (random.filter_of(list, reach), random.order_of(list, reach));
            let name = list.target.name;
            write!(self.head, "$where{nth}: {name}Filter, $order{nth}: [{name}Order!], ").unwrap();
            self.variables.insert(format!("where{nth}"), filter.clone());
            self.variables.insert(format!("order{nth}"), order.clone());
            (nth, filter, order)
        });
        let fields = self.fields(list.target, depth);
        let (name, page) = (list.field().to_owned(), Page { limit, by_variable, offset, given });
        Field { key: format!("{name}{nth}"), name, what: What::List(list, page), fields }
    }

    /// The id, some columns, and relationships.
    fn fields(&mut self, kind: Kind, depth: usize) -> Vec<Field> {
        let mut fields = Vec::new();
        for column in &kind.entity().columns {
            if column.sql == "id" || self.rng.usize(..3) == 0 {
                let name = column.name.clone();
                fields.push(Field { key: name.clone(), name, what: What::Column, fields: Vec::new() });
            }
        }
        let leads: Vec<Lead> = kind.leads().collect();
        for nth in 0..if depth == 0 || leads.is_empty() { 0 } else { self.rng.usize(0..3) } {
            let lead = leads[self.rng.usize(..leads.len())];
            fields.push(match lead.is_one {
                true => {
                    let (name, fields) = (lead.field.clone(), self.fields(lead.target(), depth - 1));
                    Field { key: format!("{name}{nth}"), name, what: What::One(lead), fields }
                }
                false => self.list(List::of(lead), nth, depth - 1),
            });
        }
        fields
    }

    /// Writes the selected fields, some of them in inline or named fragments.
    fn write(&mut self, fields: &[Field], kind: &str, out: &mut String) {
        for field in fields {
            let mut text = String::new();
            if field.key != field.name {
                write!(text, "{}: ", field.key).unwrap();
            }
            text.push_str(&field.name);
            let target = match &field.what {
                What::Column => None,
                What::One(lead) => Some(lead.target()),
                What::ByKey(kind, argument, key) => {
                    write!(text, "({argument}: {})", json!(key)).unwrap();
                    Some(*kind)
                }
                What::List(list, page) => {
                    match page.limit {
                        _ if page.by_variable => text.push_str("(limit: $n, "),
                        Some(limit) => write!(text, "(limit: {limit}, ").unwrap(),
                        None => text.push('('),
                    }
                    write!(text, "offset: {}", page.offset).unwrap();
                    if let Some((nth, ..)) = page.given {
                        write!(text, ", where: $where{nth}, orderBy: $order{nth}").unwrap();
                    }
                    text.push(')');
                    Some(list.target)
                }
            };
            if let Some(target) = target {
                text.push_str(" { ");
                self.write(&field.fields, target.name, &mut text);
                text.push_str("} ");
            }
            match self.rng.usize(..6) {
                0 => write!(out, "... on {kind} {{ {text} }} ").unwrap(),
                1 => write!(out, "... @include(if: true) {{ {text} }} ").unwrap(),
                2 => {
                    let name = format!("F{}", self.fragments.matches("fragment").count());
                    write!(self.fragments, "fragment {name} on {kind} {{ {text} }} ").unwrap();
                    write!(out, "...{name} ").unwrap();
                }
                _ => write!(out, "{text} ").unwrap(),
            }
        }
    }
}
