//! Random operations over the schema against a naive reference that resolves every field alone, from plain
//! vectors of rows. The answers must be equal, and the statements no more than the relationship fields.

use crate::support::{Answer, Server};
use diesel::{QueryableByName, sql_query, sql_types};
use doorway::seed::{Size, seed};
use fastrand::Rng;
use futures_util::future::join_all;
use serde_json::json;
use std::{fmt::Write, sync::Arc};

on_both_databases!(random_operations_are_answered_as_if_each_field_were_resolved_alone);

async fn random_operations_are_answered_as_if_each_field_were_resolved_alone(server: Server) {
    seed(&server.db, &Size { users: 12, posts: 90, tags: 9, seed: 11 }, |_, _| {}).await.unwrap();
    // Users without a profile, posts without a tag, tags of a post that stand in the same place.
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
        // All sixteen at once, each in a task of its own: the same answers, and the same statements.
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

/// A field with its alias, arguments and what it selects; `name` decides what it is.
struct Field {
    key: String,
    name: &'static str,
    page: Option<Page>,
    /// The argument of a root field for one row, and its value.
    by: Option<(&'static str, String)>,
    fields: Vec<Field>,
}

#[derive(Clone, Copy)]
struct Page {
    limit: Option<usize>,
    /// The limit is the operation's variable.
    by_variable: bool,
    offset: usize,
}

struct Operation {
    text: String,
    fields: Vec<Field>,
    variable: usize,
}

/// Fields that cost a statement: those that select something.
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
        // A variable that nobody uses is an error.
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
    /// A relationship field of `kind`, at most `depth` more below it.
    fn random(rng: &mut Rng, blog: &Blog, kind: &str, nth: usize, depth: usize) -> Field {
        let relationships = shape(kind).1;
        let (name, target, paged) = relationships[rng.usize(..relationships.len())];
        let page = paged.then(|| Page {
            // Small enough that four levels stay small; at times the default, at times a variable.
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

/// Writes the selection, some of it as inline or named fragments.
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
            write!(text, "({argument}: \"{value}\")").unwrap();
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

/// The whole blog as plain rows: text keys, in no particular order.
struct Blog {
    users: Vec<[String; 2]>,
    profiles: Vec<(String, String, Option<String>)>,
    posts: Vec<[String; 3]>,
    tags: Vec<[String; 2]>,
    links: Vec<Link>,
}

#[derive(QueryableByName)]
struct Link {
    #[diesel(sql_type = sql_types::Text)]
    post: String,
    #[diesel(sql_type = sql_types::Text)]
    tag: String,
    #[diesel(sql_type = sql_types::Integer)]
    position: i32,
}

#[derive(Clone, Copy)]
enum Row<'a> {
    Root,
    User(&'a [String; 2]),
    Profile(&'a (String, String, Option<String>)),
    Post(&'a [String; 3]),
    Tag(&'a [String; 2]),
}

impl Blog {
    async fn read(server: &Server) -> Blog {
        let query = "{ users(limit: 1000) { id username } profiles(limit: 1000) { id userId bio }
            blogPosts(limit: 1000) { id title userId } tags(limit: 1000) { id name } }";
        let data = server.data(query).await;
        let text = |row: &serde_json::Value, name: &str| row[name].as_str().unwrap().to_owned();
        let rows = |list: &str| data[list].as_array().unwrap().clone();
        let sql = if server.is_postgres() {
            "SELECT post_id::text AS post, tag_id::text AS tag, position FROM post_tags"
        } else {
            "SELECT lower(hex(post_id)) AS post, lower(hex(tag_id)) AS tag, position FROM post_tags"
        };
        let mut links: Vec<Link> = server.db.reader().rows(sql_query(sql)).await.unwrap();
        if !server.is_postgres() {
            for key in links.iter_mut().flat_map(|link| [&mut link.post, &mut link.tag]) {
                for at in [8, 13, 18, 23] {
                    key.insert(at, '-');
                }
            }
        }
        let blog = Blog {
            users: rows("users").iter().map(|row| [text(row, "id"), text(row, "username")]).collect(),
            profiles: rows("profiles")
                .iter()
                .map(|row| (text(row, "id"), text(row, "userId"), row["bio"].as_str().map(str::to_owned)))
                .collect(),
            posts: rows("blogPosts")
                .iter()
                .map(|row| [text(row, "id"), text(row, "title"), text(row, "userId")])
                .collect(),
            tags: rows("tags").iter().map(|row| [text(row, "id"), text(row, "name")]).collect(),
            links,
        };
        assert_eq!((blog.users.len(), blog.posts.len(), blog.tags.len()), (12, 90, 9));
        let tagless =
            blog.posts.iter().filter(|post| blog.links.iter().all(|link| link.post != post[0])).count();
        assert!(
            blog.profiles.len() < 12 && tagless > 0 && blog.links.len() > 100,
            "there is something of everything"
        );
        blog
    }

    /// A key of some row of this type; now and then one that no row has.
    fn any_key(&self, rng: &mut Rng, kind: &str) -> (&'static str, String) {
        let unknown = rng.usize(..6) == 0;
        let id = |ids: Vec<&String>, rng: &mut Rng| ids[rng.usize(..ids.len())].clone();
        let (argument, key) = match (kind, rng.bool()) {
            ("User", true) => ("username", id(self.users.iter().map(|user| &user[1]).collect(), rng)),
            ("Tag", true) => ("name", id(self.tags.iter().map(|tag| &tag[1]).collect(), rng)),
            ("User", _) => ("id", id(self.users.iter().map(|user| &user[0]).collect(), rng)),
            ("Tag", _) => ("id", id(self.tags.iter().map(|tag| &tag[0]).collect(), rng)),
            ("Profile", _) => ("id", id(self.profiles.iter().map(|profile| &profile.0).collect(), rng)),
            _ => ("id", id(self.posts.iter().map(|post| &post[0]).collect(), rng)),
        };
        match (unknown, argument) {
            (false, _) => (argument, key),
            (true, "id") => (argument, "01890a5d-ac96-774b-bcce-b302099a8057".to_owned()),
            (true, _) => (argument, "nobody".to_owned()),
        }
    }

    fn one_by_key(&self, name: &str, (argument, key): &(&'static str, String)) -> Option<Row<'_>> {
        let column = usize::from(*argument != "id");
        match name {
            "user" => self.users.iter().find(|user| user[column] == *key).map(Row::User),
            "tag" => self.tags.iter().find(|tag| tag[column] == *key).map(Row::Tag),
            "profile" => self.profiles.iter().find(|profile| profile.0 == *key).map(Row::Profile),
            _ => self.posts.iter().find(|post| post[0] == *key).map(Row::Post),
        }
    }

    fn resolve(&self, fields: &[Field], row: Row<'_>, variable: usize) -> serde_json::Value {
        let mut object = serde_json::Map::new();
        if matches!(row, Row::Root) {
            object.insert("__typename".to_owned(), json!("Query"));
        }
        for field in fields {
            let below = |row: Row<'_>| self.resolve(&field.fields, row, variable);
            let value = match (row, field.name) {
                (Row::Root, name) if field.by.is_some() => {
                    let found = field.by.as_ref().and_then(|by| self.one_by_key(name, by));
                    found.map_or(json!(null), below)
                }
                (
                    Row::User([id, _]) | Row::Tag([id, _]) | Row::Post([id, ..]) | Row::Profile((id, ..)),
                    "id",
                ) => json!(id),
                (Row::User([_, name]), "username")
                | (Row::Tag([_, name]), "name")
                | (Row::Post([_, name, _]), "title") => json!(name),
                (Row::Profile((_, _, bio)), "bio") => json!(bio),
                (Row::User(user), "profile") => {
                    let own = self.profiles.iter().find(|profile| profile.1 == user[0]);
                    own.map_or(json!(null), |profile| below(Row::Profile(profile)))
                }
                (Row::Profile((_, user, _)), "user") | (Row::Post([_, _, user]), "author") => {
                    below(Row::User(self.users.iter().find(|one| one[0] == *user).unwrap()))
                }
                (row, name) => {
                    let page = field.page.unwrap();
                    let limit = if page.by_variable { variable } else { page.limit.unwrap_or(100) };
                    let rows = self.many(row, name);
                    json!(rows.into_iter().skip(page.offset).take(limit).map(below).collect::<Vec<_>>())
                }
            };
            object.insert(field.key.clone(), value);
        }
        object.into()
    }

    fn many(&self, row: Row<'_>, name: &str) -> Vec<Row<'_>> {
        match (row, name) {
            (Row::Root, "users") => {
                let mut users: Vec<_> = self.users.iter().collect();
                users.sort_by(|a, b| a[1].as_bytes().cmp(b[1].as_bytes()));
                users.into_iter().map(Row::User).collect()
            }
            (Row::Root, "profiles") => {
                let mut profiles: Vec<_> = self.profiles.iter().collect();
                profiles.sort_by(|a, b| a.0.cmp(&b.0));
                profiles.into_iter().map(Row::Profile).collect()
            }
            (Row::Root, "tags") => {
                let mut tags: Vec<_> = self.tags.iter().collect();
                tags.sort_by(|a, b| a[1].as_bytes().cmp(b[1].as_bytes()));
                tags.into_iter().map(Row::Tag).collect()
            }
            (Row::Post(post), "tags") => {
                let mut links: Vec<_> = self.links.iter().filter(|link| link.post == post[0]).collect();
                links.sort_by_key(|link| (link.position, link.tag.clone()));
                let tag = |link: &&Link| self.tags.iter().find(|tag| tag[0] == link.tag).unwrap();
                links.iter().map(tag).map(Row::Tag).collect()
            }
            (row, _) => {
                let belongs = |post: &&[String; 3]| match row {
                    Row::User(user) => post[2] == user[0],
                    Row::Tag(tag) => self.links.iter().any(|link| link.tag == tag[0] && link.post == post[0]),
                    _ => true,
                };
                let mut posts: Vec<_> = self.posts.iter().filter(belongs).collect();
                posts.sort_by(|a, b| b[0].cmp(&a[0]));
                posts.into_iter().map(Row::Post).collect()
            }
        }
    }
}
