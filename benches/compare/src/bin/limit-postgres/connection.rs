//! The statements, and the connections they run on.

use doorway_compare::http::Failure;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio_postgres::{Client, NoTls, Row, Statement, types::ToSql};

pub(crate) struct Connection {
    pub(crate) client: Client,
    pub(crate) newest_posts: Statement,
    pub(crate) users_by_id: Statement,
    pub(crate) profiles_by_user: Statement,
    pub(crate) tags_by_post: Statement,
    pub(crate) first_users: Statement,
    pub(crate) posts_by_user: Statement,
    pub(crate) posts_by_tag: Statement,
    pub(crate) post: Statement,
    pub(crate) tags_of_post: Statement,
    pub(crate) user: Statement,
    pub(crate) profile: Statement,
    pub(crate) user_by_name: Statement,
    pub(crate) create_post: Statement,
}

impl Connection {
    pub(crate) async fn open(url: &str) -> Result<Connection, Failure> {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
        tokio::spawn(connection);
        client.batch_execute("SET jit = off").await?;
        let prepare = async |sql: &str| client.prepare(sql).await;
        Ok(Connection {
            newest_posts: prepare("SELECT id, title, user_id FROM blog_posts ORDER BY id DESC LIMIT 50").await?,
            users_by_id: prepare("SELECT id, username FROM users WHERE id = ANY($1)").await?,
            profiles_by_user: prepare("SELECT user_id, bio FROM profiles WHERE user_id = ANY($1)").await?,
            // A post has at most 100 tags, as many as a page has.
            tags_by_post: prepare(
                "SELECT p.post_id, t.id, t.name FROM post_tags p JOIN tags t ON t.id = p.tag_id \
                 WHERE p.post_id = ANY($1) ORDER BY p.post_id, p.position, p.tag_id",
            )
            .await?,
            first_users: prepare("SELECT id, username FROM users ORDER BY username LIMIT 20").await?,
            posts_by_user: prepare(
                "SELECT k.n::int4, b.id, b.title FROM unnest($1::uuid[]) WITH ORDINALITY AS k (id, n) \
                 CROSS JOIN LATERAL (SELECT id, title FROM blog_posts WHERE user_id = k.id ORDER BY id DESC LIMIT 5) b \
                 ORDER BY k.n, b.id DESC",
            )
            .await?,
            // The fence keeps the planner from reading all posts for a hash join.
            posts_by_tag: prepare(
                "SELECT k.n::int4, b.title, b.user_id FROM unnest($1::uuid[]) WITH ORDINALITY AS k (id, n) \
                 CROSS JOIN LATERAL (SELECT post_id FROM post_tags WHERE tag_id = k.id ORDER BY post_id DESC LIMIT 3) p \
                 CROSS JOIN LATERAL (SELECT title, user_id FROM blog_posts WHERE id = p.post_id OFFSET 0) b \
                 ORDER BY k.n, p.post_id DESC",
            )
            .await?,
            post: prepare("SELECT title, content, user_id FROM blog_posts WHERE id = $1").await?,
            tags_of_post: prepare(
                "SELECT t.name FROM post_tags p JOIN tags t ON t.id = p.tag_id \
                 WHERE p.post_id = $1 ORDER BY p.position, p.tag_id",
            )
            .await?,
            user: prepare("SELECT username FROM users WHERE id = $1").await?,
            profile: prepare("SELECT bio FROM profiles WHERE user_id = $1").await?,
            user_by_name: prepare("SELECT id, username FROM users WHERE username = $1").await?,
            // An unknown tag is a null in a column that takes none, and an unknown author breaks the foreign key.
            create_post: prepare(
                "WITH post AS (\
                   INSERT INTO blog_posts (id, title, content, user_id, created_at, updated_at, version) \
                   VALUES ($1, $2, $3, $4, $5, $5, 1) RETURNING id, title), \
                 links AS (\
                   INSERT INTO post_tags (post_id, tag_id, position, added_at) \
                   SELECT $1, t.id, k.n - 1, $5 FROM unnest($6::text[]) WITH ORDINALITY AS k (name, n) \
                   LEFT JOIN tags t ON t.name = k.name) \
                 SELECT id, title FROM post",
            )
            .await?,
            client,
        })
    }

    pub(crate) async fn all(&self, statement: &Statement) -> Result<Vec<Row>, Failure> {
        Ok(self.client.query(statement, &[]).await?)
    }

    pub(crate) async fn of(
        &self,
        key: &(dyn ToSql + Sync),
        statement: &Statement,
    ) -> Result<Vec<Row>, Failure> {
        Ok(self.client.query(statement, &[key]).await?)
    }
}

pub(crate) struct Pool {
    connections: Vec<Connection>,
    next: AtomicUsize,
}

impl Pool {
    pub(crate) async fn open(url: &str, size: usize) -> Result<Pool, Failure> {
        let mut connections = Vec::new();
        while connections.len() < size {
            connections.push(Connection::open(url).await?);
        }
        Ok(Pool { connections, next: AtomicUsize::new(0) })
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.connections[self.next.fetch_add(1, Ordering::Relaxed) % self.connections.len()]
    }
}
