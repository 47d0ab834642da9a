//! The rows for tests with the reference, and a check that these tests cover the difficult cases.

use super::{Key, Kind, List, Model, Schema, rows};
use crate::support::Server;
use doorway::blog::seed::{Size, seed};
use fastrand::Rng;
use serde_json::Value;

/// Fills the tables of the application with rows that have ties, nulls, no related rows, and text outside of ASCII.
pub async fn fill(server: &Server) -> Model {
    let schema = Schema::of(&server.app, server).await;
    if schema.entities.iter().any(|entity| entity.name == "BlogPost") {
        return fill_blog(server, schema).await;
    }
    rows::fill(server, schema, &mut Rng::with_seed(7)).await;
    let model = Model::read(server, schema).await;
    for kind in schema.kinds() {
        assert!(model.rows(kind).len() > 8, "{kind:?} has few rows");
    }
    for lead in schema.kinds().flat_map(Kind::leads).filter(|lead| !lead.is_one) {
        let sizes: Vec<usize> = model
            .rows(lead.source)
            .iter()
            .map(|row| model.size(List::of(lead), row["id"].as_str()))
            .collect();
        assert!(sizes.contains(&0) && sizes.iter().any(|size| *size > 2), "{lead:?} leads to {sizes:?}");
    }
    model
}

/// The blog's rows, whose texts are longer.
async fn fill_blog(server: &Server, schema: &'static Schema) -> Model {
    seed(&server.db, &Size { users: 16, posts: 90, tags: 12, seed: 7 }, |_, _| {}).await.unwrap();
    for sql in [
        "DELETE FROM profiles WHERE bio IS NULL AND website_url IS NULL",
        "UPDATE profiles SET display_name = NULL WHERE length(display_name) % 3 = 0",
        "UPDATE profiles SET website_url = 'https://example.org/100%_\\' WHERE bio IS NULL",
        "UPDATE users SET version = 1 + length(username) % 3",
        "UPDATE users SET created_at = (SELECT min(created_at) FROM users) WHERE version = 2",
        "UPDATE tags SET version = 1 + length(name) % 2",
        "UPDATE tags SET name = 'Ärger' WHERE name = (SELECT min(name) FROM tags)",
        "UPDATE tags SET name = '\u{fffd}' WHERE name = (SELECT min(name) FROM tags WHERE name > 'a')",
        "UPDATE tags SET name = '\u{1f600}' WHERE name = (SELECT max(name) FROM tags WHERE name < 'z')",
        "UPDATE blog_posts SET version = 1 + length(content) % 4",
        "UPDATE blog_posts SET title = 'ΣΟΦΟΣ 100%' WHERE length(content) % 7 = 0",
        "UPDATE blog_posts SET title = 'σοφος_Straße' WHERE length(content) % 7 = 1",
        "UPDATE blog_posts SET title = 'Bridge' WHERE length(content) % 7 = 2",
        "UPDATE blog_posts SET published_at = (SELECT min(published_at) FROM blog_posts) WHERE version = 1",
        "UPDATE blog_posts SET published_at = (SELECT max(published_at) FROM blog_posts) WHERE version = 2",
        "UPDATE blog_posts SET published_at = NULL WHERE length(title) % 5 = 0",
        "UPDATE blog_posts SET updated_at = (SELECT max(updated_at) FROM blog_posts) WHERE version > 2",
        // Most posts with version 3 get every tag, and some posts have none.
        "DELETE FROM post_tags WHERE post_id IN (SELECT id FROM blog_posts WHERE length(content) % 6 = 0)",
        "INSERT INTO post_tags SELECT blog_posts.id, tags.id, length(title) % 4 + tags.version, published_at \
         FROM blog_posts CROSS JOIN tags WHERE published_at IS NOT NULL AND blog_posts.version = 3 \
         ON CONFLICT DO NOTHING",
        "UPDATE post_tags SET position = 1 WHERE position = 2",
    ] {
        server.sql(sql).await;
    }
    let model = Model::read(server, schema).await;
    let tags = schema.kind("BlogPost").relationship("tags").unwrap();
    let untagged = |post: &&Value| model.size(List::of(tags), post["id"].as_str()) == 0;
    assert!(model.rows(schema.kind("BlogPost")).iter().filter(untagged).count() > 3);
    assert!((4..16).contains(&model.rows(schema.kind("Profile")).len()));
    model
}

/// Counts the difficult cases that a test has covered.
#[derive(Debug, Default)]
pub struct Seen {
    /// Lists where the condition matched some rows and not others.
    split: usize,
    /// Lists with two rows that only the id orders.
    ties: usize,
    /// Lists ordered by a key that is null for some rows and not for others.
    nulls: usize,
}

impl Seen {
    pub fn list(
        &mut self,
        model: &Model,
        list: List,
        parent: Option<&str>,
        filter: &Value,
        order_by: &Value,
    ) {
        let keys = list.keys(order_by);
        let rows = model.list(list, parent, filter, &keys);
        let whole = model.size(list, parent);
        self.split += usize::from((1..whole).contains(&rows.len()));
        let keysets: Vec<_> = rows.iter().map(|row| model.keyset(*row, list.link(), &keys)).collect();
        let tied = |pair: &[Vec<Key>]| pair[0][..keys.len()] == pair[1][..keys.len()];
        self.ties += usize::from(keysets.windows(2).any(tied));
        let null = |nth: usize| keysets.iter().filter(|keyset| keyset[nth] == Key::Null).count();
        self.nulls += usize::from((0..keys.len()).any(|nth| (1..keysets.len()).contains(&null(nth))));
    }

    pub fn enough(&self, least: usize) {
        let nulls = least / 8;
        assert!(self.split >= least && self.ties >= least && self.nulls >= nulls, "{self:?}");
    }
}
