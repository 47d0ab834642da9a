//! The rows for tests with the reference, and a check that these tests cover the difficult cases.

use super::{Blog, Kind, List};
use crate::support::Server;
use doorway::blog::seed::{Size, seed};
use serde_json::Value;

/// Fills the tables with rows that have ties, nulls, no related rows, and text outside of ASCII.
pub async fn fill(server: &Server) -> Blog {
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
    let blog = Blog::read(server).await;
    let untagged = |post: &&Value| blog.links().iter().all(|link| link["post"] != post["id"]);
    assert!(blog.rows(Kind::BlogPost).iter().filter(untagged).count() > 3);
    assert!((4..16).contains(&blog.rows(Kind::Profile).len()));
    blog
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
    pub fn list(&mut self, blog: &Blog, list: List, parent: Option<&str>, filter: &Value, order_by: &Value) {
        let keys = list.keys(order_by);
        let rows = blog.list(list, parent, filter, &keys);
        let whole = blog.size(list, parent);
        self.split += usize::from((1..whole).contains(&rows.len()));
        let keysets: Vec<_> = rows.iter().map(|row| blog.keyset(*row, &keys)).collect();
        let tied = |pair: &[Vec<Value>]| pair[0][..keys.len()] == pair[1][..keys.len()];
        self.ties += usize::from(keysets.windows(2).any(tied));
        let null = |nth: usize| keysets.iter().filter(|keyset| keyset[nth].is_null()).count();
        self.nulls += usize::from((0..keys.len()).any(|nth| (1..keysets.len()).contains(&null(nth))));
    }

    pub fn enough(&self, least: usize) {
        assert!(self.split >= least && self.ties >= least && self.nulls >= least / 8, "{self:?}");
    }
}
