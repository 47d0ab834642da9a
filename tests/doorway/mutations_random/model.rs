//! The blog in memory.

use serde_json::{Value, json};

/// All rows, which refer to each other by id.
#[derive(Default)]
pub struct Model {
    pub users: Vec<User>,
    pub posts: Vec<Post>,
    pub tags: Vec<Tag>,
}

pub struct User {
    pub id: String,
    pub name: String,
    pub profile: Option<(String, Option<String>)>,
}

pub struct Post {
    pub id: String,
    pub title: String,
    pub author: String,
    pub tags: Vec<String>,
    pub version: i32,
}

pub struct Tag {
    pub id: String,
    pub name: String,
}

pub const STATE: &str = "users(limit: 1000) { id username profile { id bio user { id } } blogPosts(limit: 1000, orderBy: { id: ASC }) { id } }
    profiles(limit: 1000, orderBy: { id: ASC }) { id user { id } }
    blogPosts(limit: 1000, orderBy: { id: ASC }) { id title version author { id } tags { id } }
    tags(limit: 1000) { id name posts(limit: 1000, orderBy: { id: ASC }) { id } postsConnection { totalCount } }";

impl Model {
    /// The expected response to [`STATE`].
    pub fn state(&self) -> Value {
        let posts_where = |wanted: &dyn Fn(&Post) -> bool| {
            let mut ids: Vec<&str> =
                self.posts.iter().filter(|post| wanted(post)).map(|post| post.id.as_str()).collect();
            ids.sort_unstable();
            ids.into_iter().map(|id| json!({ "id": id })).collect::<Vec<_>>()
        };
        let mut users: Vec<&User> = self.users.iter().collect();
        users.sort_by(|a, b| a.name.cmp(&b.name));
        let mut profiles: Vec<(&str, &str)> = users
            .iter()
            .filter_map(|user| Some((user.profile.as_ref()?.0.as_str(), user.id.as_str())))
            .collect();
        profiles.sort_unstable();
        let mut posts: Vec<&Post> = self.posts.iter().collect();
        posts.sort_by(|a, b| a.id.cmp(&b.id));
        let mut tags: Vec<&Tag> = self.tags.iter().collect();
        tags.sort_by(|a, b| a.name.cmp(&b.name));
        json!({
            "users": users.iter().map(|user| json!({
                "id": user.id, "username": user.name,
                "profile": user.profile.as_ref().map(|(id, bio)| json!({ "id": id, "bio": bio, "user": { "id": user.id } })),
                "blogPosts": posts_where(&|post| post.author == user.id),
            })).collect::<Vec<_>>(),
            "profiles": profiles.iter().map(|(id, user)| json!({ "id": id, "user": { "id": user } })).collect::<Vec<_>>(),
            "blogPosts": posts.iter().map(|post| json!({
                "id": post.id, "title": post.title, "version": post.version, "author": { "id": post.author },
                "tags": post.tags.iter().map(|tag| json!({ "id": tag })).collect::<Vec<_>>(),
            })).collect::<Vec<_>>(),
            "tags": tags.iter().map(|tag| {
                let posts = posts_where(&|post| post.tags.contains(&tag.id));
                json!({ "id": tag.id, "name": tag.name, "postsConnection": { "totalCount": posts.len() }, "posts": posts })
            }).collect::<Vec<_>>(),
        })
    }

    pub fn post(&mut self, id: &str) -> &mut Post {
        self.posts.iter_mut().find(|post| post.id == id).unwrap()
    }

    pub fn tag_named(&self, name: &str) -> Option<&Tag> {
        self.tags.iter().find(|tag| tag.name == name)
    }
}
