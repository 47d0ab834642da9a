//! Random queries, compared with a simple model in memory that resolves every field alone. The responses must be
//! equal, and there may be no more statements than relationship fields.

mod blog;

use crate::support::{Answer, Server};
use blog::{Blog, Row};
use doorway::blog::seed::{Size, seed};
use fastrand::Rng;
use futures_util::future::join_all;
use serde_json::json;
use std::{fmt::Write, sync::Arc};

on_both_databases!(random_queries_match_a_model_that_resolves_each_field_alone);

async fn random_queries_match_a_model_that_resolves_each_field_alone(server: Server) {
    seed(&server.db, &Size { users: 12, posts: 90, tags: 9, seed: 11 }, |_, _| {}).await.unwrap();
    // Users without a profile, posts without tags, and tags of a post with equal positions.
    server.sql("DELETE FROM profiles WHERE bio IS NULL").await;
    server
        .sql("DELETE FROM post_tags WHERE post_id IN (SELECT id FROM blog_posts WHERE published_at IS NULL)")
        .await;
    server.sql("UPDATE post_tags SET position = 1 WHERE position = 2").await;
    let blog = Blog::read(&server).await;
    let server = Arc::new(server);
    let mut rng = Rng::with_seed(20_261_123);
    for _ in 0..20 {
        let operations: Vec<Operation> = (0..16).map(|_| Operation::random(&mut rng, &blog)).collect();
        let mut alone = 0;
        for operation in &operations {
            server.take_statements();
            check(operation, &blog, &server.post(&operation.text, operation.variables()).await);
            let statements = server.take_statements();
            let allowed = count(&operation.fields);
            assert!(statements.len() <= allowed, "{allowed} fields: {}: {statements:#?}", operation.text);
            alone += statements.len();
        }
        // All of them at the same time: the same responses, and as many statements.
        let together = operations.iter().map(|operation| {
            let (server, text, variables) = (server.clone(), operation.text.clone(), operation.variables());
            tokio::spawn(async move { server.post(&text, variables).await })
        });
        for (operation, answer) in operations.iter().zip(join_all(together).await) {
            check(operation, &blog, &answer.unwrap());
        }
        assert_eq!(server.take_statements().len(), alone);
    }
}

fn check(operation: &Operation, blog: &Blog, answer: &Answer) {
    let expected = json!({ "data": blog.resolve(&operation.fields, Row::Root, operation.variable) });
    assert_eq!(answer.json(), expected, "{}", operation.text);
}

/// A field with its alias (`key`), arguments and selected fields.
struct Field {
    key: String,
    name: &'static str,
    page: Option<Page>,
    /// The argument, with its value, of a root field that finds one row.
    by: Option<(&'static str, String)>,
    fields: Vec<Field>,
}

#[derive(Clone, Copy)]
struct Page {
    limit: Option<usize>,
    /// Whether the limit is the operation's variable.
    by_variable: bool,
    offset: usize,
}

struct Operation {
    text: String,
    fields: Vec<Field>,
    variable: usize,
}

/// The number of fields that take a statement: those with selected fields.
fn count(fields: &[Field]) -> usize {
    fields.iter().filter(|field| !field.fields.is_empty()).map(|field| 1 + count(&field.fields)).sum()
}

impl Operation {
    fn variables(&self) -> serde_json::Value {
        json!({ "n": self.variable })
    }

    fn random(rng: &mut Rng, blog: &Blog) -> Operation {
        let mut fields = Vec::new();
        for nth in 0..rng.usize(1..4) {
            fields.push(Field::random(rng, blog, "Query", nth, 4));
        }
        let mut fragments = String::new();
        let mut body = String::new();
        write_fields(rng, &fields, "Query", &mut body, &mut fragments);
        // An unused variable is an error.
        let used = body.contains("limit: $n") || fragments.contains("limit: $n");
        let head = if used { "query($n: Int! = 5)" } else { "query" };
        let text = format!("{head} {{ __typename {body} }} {fragments}");
        Operation { text, fields, variable: rng.usize(0..6) }
    }
}

/// The type's plain fields, and its relationship fields with the type they lead to and whether they are paged.
type Shape = (&'static [&'static str], &'static [(&'static str, &'static str, bool)]);

fn shape(kind: &str) -> Shape {
    match kind {
        "Query" => (
            &[],
            &[
                ("users", "User", true),
                ("profiles", "Profile", true),
                ("blogPosts", "BlogPost", true),
                ("tags", "Tag", true),
                ("user", "User", false),
                ("profile", "Profile", false),
                ("blogPost", "BlogPost", false),
                ("tag", "Tag", false),
            ],
        ),
        "User" => (&["id", "username"], &[("profile", "Profile", false), ("blogPosts", "BlogPost", true)]),
        "Profile" => (&["id", "bio"], &[("user", "User", false)]),
        "BlogPost" => (&["id", "title"], &[("author", "User", false), ("tags", "Tag", true)]),
        "Tag" => (&["id", "name"], &[("posts", "BlogPost", true)]),
        other => panic!("{other}"),
    }
}

fn leads_to(kind: &str, name: &str) -> &'static str {
    shape(kind).1.iter().find(|field| field.0 == name).unwrap().1
}

impl Field {
    /// A random relationship field of `kind`, with at most `depth` levels below it.
    fn random(rng: &mut Rng, blog: &Blog, kind: &str, nth: usize, depth: usize) -> Field {
        let relationships = shape(kind).1;
        let (name, target, paged) = relationships[rng.usize(..relationships.len())];
        let page = paged.then(|| Page {
            // Small, because four levels multiply. Sometimes the default or a variable.
            limit: if depth <= 1 && rng.usize(..8) == 0 { None } else { Some(rng.usize(0..6)) },
            by_variable: rng.usize(..5) == 0,
            offset: if rng.bool() { 0 } else { rng.usize(0..4) },
        });
        let mut fields: Vec<Field> = Vec::new();
        for (plain, name) in shape(target).0.iter().enumerate() {
            if plain == 0 || rng.bool() {
                fields.push(Field {
                    key: (*name).to_owned(),
                    name,
                    page: None,
                    by: None,
                    fields: Vec::new(),
                });
            }
        }
        for nth in 0..if depth == 0 { 0 } else { rng.usize(0..3) } {
            fields.push(Field::random(rng, blog, target, nth, depth - 1));
        }
        let by = (kind == "Query" && !paged).then(|| blog.any_key(rng, target));
        Field { key: format!("{name}{nth}"), name, page, by, fields }
    }
}

/// Writes the selected fields, some of them in inline or named fragments.
fn write_fields(rng: &mut Rng, fields: &[Field], kind: &str, out: &mut String, fragments: &mut String) {
    for field in fields {
        let mut text = String::new();
        if field.key != field.name {
            write!(text, "{}: ", field.key).unwrap();
        }
        text.push_str(field.name);
        if let Some(page) = field.page {
            let limit = match page.limit {
                _ if page.by_variable => "limit: $n, ".to_owned(),
                Some(limit) => format!("limit: {limit}, "),
                None => String::new(),
            };
            write!(text, "({limit}offset: {})", page.offset).unwrap();
        }
        if let Some((argument, value)) = &field.by {
            write!(text, r#"({argument}: "{value}")"#).unwrap();
        }
        if !field.fields.is_empty() {
            text.push_str(" { ");
            write_fields(rng, &field.fields, leads_to(kind, field.name), &mut text, fragments);
            text.push_str("} ");
        }
        match rng.usize(..6) {
            0 => write!(out, "... on {kind} {{ {text} }} ").unwrap(),
            1 => write!(out, "... @include(if: true) {{ {text} }} ").unwrap(),
            2 => {
                let name = format!("F{}", fragments.matches("fragment").count());
                write!(fragments, "fragment {name} on {kind} {{ {text} }} ").unwrap();
                write!(out, "...{name} ").unwrap();
            }
            _ => write!(out, "{text} ").unwrap(),
        }
    }
}
