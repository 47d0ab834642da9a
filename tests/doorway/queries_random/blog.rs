//! The blog in memory, which resolves every field alone.

use super::Field;
use crate::support::Server;
use diesel::{QueryableByName, sql_query, sql_types};
use fastrand::Rng;
use serde_json::json;

/// All rows, in no particular order.
pub struct Blog {
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
pub enum Row<'a> {
    Root,
    User(&'a [String; 2]),
    Profile(&'a (String, String, Option<String>)),
    Post(&'a [String; 3]),
    Tag(&'a [String; 2]),
}

impl Blog {
    pub async fn read(server: &Server) -> Blog {
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
            "every case occurs in the rows"
        );
        blog
    }

    /// A random row's key, or sometimes a key that no row has.
    pub fn any_key(&self, rng: &mut Rng, kind: &str) -> (&'static str, String) {
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

    pub fn resolve(&self, fields: &[Field], row: Row<'_>, variable: usize) -> serde_json::Value {
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
