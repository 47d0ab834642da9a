//! The schema as the reference knows it: types, columns, relationships, lists and their default orders.

use serde_json::{Value, json};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    User,
    Profile,
    BlogPost,
    Tag,
}

/// The type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    Id,
    Int,
    Time,
    Text,
    NullableTime,
    NullableText,
}

use Kind::{BlogPost, Profile, Tag, User};
use Type::{Id, Int, NullableText, NullableTime, Text, Time};

/// The link's own columns.
pub const LINK: &[(&str, Type)] = &[("position", Int), ("addedAt", Time)];

impl Kind {
    pub const ALL: [Kind; 4] = [User, Profile, BlogPost, Tag];

    pub fn columns(self) -> Vec<(&'static str, Type)> {
        let own: &[_] = match self {
            User => &[("username", Text)],
            Profile => &[
                ("userId", Id),
                ("displayName", NullableText),
                ("bio", NullableText),
                ("websiteUrl", NullableText),
            ],
            BlogPost => &[("title", Text), ("content", Text), ("userId", Id), ("publishedAt", NullableTime)],
            Tag => &[("name", Text)],
        };
        [&[("id", Id)], own, &[("createdAt", Time), ("updatedAt", Time), ("version", Int)]].concat()
    }

    pub fn to_one(self) -> Option<(&'static str, Kind)> {
        match self {
            User => Some(("profile", Profile)),
            Profile => Some(("user", User)),
            BlogPost => Some(("author", User)),
            Tag => None,
        }
    }

    /// The to-many field, the field that counts it, and its target.
    pub fn to_many(self) -> Option<(&'static str, &'static str, Kind)> {
        match self {
            User => Some(("blogPosts", "blogPostsCount", BlogPost)),
            Profile => None,
            BlogPost => Some(("tags", "tagsCount", Tag)),
            Tag => Some(("posts", "postsCount", BlogPost)),
        }
    }

    /// The root field that lists all rows.
    pub fn root(self) -> &'static str {
        match self {
            User => "users",
            Profile => "profiles",
            BlogPost => "blogPosts",
            Tag => "tags",
        }
    }
}

/// A list field of the root, or of a parent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct List {
    pub parent: Option<Kind>,
    pub field: &'static str,
    pub target: Kind,
}

impl List {
    pub fn all() -> impl Iterator<Item = List> {
        let root = Kind::ALL.into_iter().map(|target| List { parent: None, field: target.root(), target });
        root.chain(Kind::ALL.into_iter().filter_map(|parent| {
            parent.to_many().map(|(field, _, target)| List { parent: Some(parent), field, target })
        }))
    }

    pub fn through_link(self) -> bool {
        matches!(self.parent, Some(BlogPost | Tag))
    }

    /// The keys of this order, or of the default order if there are none.
    pub fn keys(self, order_by: &Value) -> Vec<Value> {
        let mut keys = order_by.as_array().cloned().unwrap_or_default();
        if keys.is_empty() {
            keys = vec![match (self.parent, self.target) {
                (_, User) => json!({ "username": "ASC" }),
                (_, Profile) => json!({ "id": "ASC" }),
                (_, BlogPost) => json!({ "id": "DESC" }),
                (Some(_), Tag) => json!({ "postTagLink": { "position": "ASC" } }),
                (None, Tag) => json!({ "name": "ASC" }),
            }];
        }
        // Ids are unique, so keys after the id never matter.
        let end = keys.iter().position(|key| key.get("id").is_some()).unwrap_or(keys.len());
        keys.truncate(end + 1);
        keys
    }
}
