//! The statements, and the connections they run on.

use doorway_compare::http::Failure;
use rusqlite::{Connection, Statement, vtab::array};

/// Those of Doorway.
const PRAGMAS: &str = "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; \
     PRAGMA foreign_keys = ON; PRAGMA mmap_size = 268435456; PRAGMA cache_size = -16000; PRAGMA temp_store = MEMORY;";

pub(crate) fn open(path: &str) -> Result<Connection, Failure> {
    let connection = Connection::open(path)?;
    connection.execute_batch(PRAGMAS)?;
    array::load_module(&connection)?;
    Ok(connection)
}

/// A thread's statements. Its connection is never closed.
pub(crate) struct Reader {
    pub(crate) newest_posts: Statement<'static>,
    pub(crate) users_by_id: Statement<'static>,
    pub(crate) profiles_by_user: Statement<'static>,
    pub(crate) tags_by_post: Statement<'static>,
    pub(crate) first_users: Statement<'static>,
    pub(crate) posts_by_user: Statement<'static>,
    pub(crate) posts_by_tag: Statement<'static>,
    pub(crate) post: Statement<'static>,
    pub(crate) tags_of_post: Statement<'static>,
    pub(crate) user: Statement<'static>,
    pub(crate) profile: Statement<'static>,
    pub(crate) user_by_name: Statement<'static>,
}

impl Reader {
    pub(crate) fn open(path: &str) -> Result<Reader, Failure> {
        let connection: &'static Connection = Box::leak(Box::new(open(path)?));
        let prepare = |sql| connection.prepare(sql);
        Ok(Reader {
            newest_posts: prepare("SELECT id, title, user_id FROM blog_posts ORDER BY id DESC LIMIT 50")?,
            users_by_id: prepare("SELECT id, username FROM users WHERE id IN rarray(?1)")?,
            profiles_by_user: prepare("SELECT user_id, bio FROM profiles WHERE user_id IN rarray(?1)")?,
            // A post has at most 100 tags, as many as a page has.
            tags_by_post: prepare(
                "SELECT p.post_id, t.id, t.name FROM post_tags p CROSS JOIN tags t ON t.id = p.tag_id \
                 WHERE p.post_id IN rarray(?1) ORDER BY p.post_id, p.position, p.tag_id",
            )?,
            first_users: prepare("SELECT id, username FROM users ORDER BY username LIMIT 20")?,
            posts_by_user: prepare(
                "SELECT k.value, b.id, b.title FROM rarray(?1) k CROSS JOIN blog_posts b ON b.rowid IN \
                 (SELECT rowid FROM blog_posts WHERE user_id = k.value ORDER BY id DESC LIMIT 5)",
            )?,
            posts_by_tag: prepare(
                "SELECT k.value, b.id, b.title, b.user_id FROM rarray(?1) k CROSS JOIN blog_posts b ON b.id IN \
                 (SELECT post_id FROM post_tags WHERE tag_id = k.value ORDER BY post_id DESC LIMIT 3)",
            )?,
            post: prepare("SELECT title, content, user_id FROM blog_posts WHERE id = ?1")?,
            tags_of_post: prepare(
                "SELECT t.name FROM post_tags p CROSS JOIN tags t ON t.id = p.tag_id \
                 WHERE p.post_id = ?1 ORDER BY p.position, p.tag_id",
            )?,
            user: prepare("SELECT username FROM users WHERE id = ?1")?,
            profile: prepare("SELECT bio FROM profiles WHERE user_id = ?1")?,
            user_by_name: prepare("SELECT id, username FROM users WHERE username = ?1")?,
        })
    }
}
