//! The demo blog: a dozen Markdown files in the binary, imported as any folder of files is.

use crate::blog::import::{self, Document, ImportError};
use crate::blog::seed;
use crate::db::Db;

macro_rules! documents {
    ($($path:literal),+ $(,)?) => { [$(($path, include_str!(concat!("demo/", $path)))),+] };
}

const DOCUMENTS: [(&str, &str); 13] = documents![
    "author/ada-moreno/_index.md",
    "author/jun-watanabe/_index.md",
    "author/lena-fischer/_index.md",
    "author/tomas-novak/_index.md",
    "blog/2024-02-06-hello-doorway.md",
    "blog/2024-03-12-the-n-plus-one-problem.md",
    "blog/2024-04-23-one-to-one-is-a-unique-key.md",
    "blog/2024-06-04-link-tables-have-columns-too.md",
    "blog/2024-07-16-pages-of-pages.md",
    "blog/2024-09-03-sqlite-on-a-small-island.md",
    "blog/2024-10-15-moving-to-postgresql.md",
    "blog/2024-12-10-what-frontends-ask-for.md",
    "blog/2025-02-18-uuids-that-sort.md",
];

/// Adds the demo blog to an empty database; `false` when the database is not empty and was left alone.
///
/// # Errors
/// The database's.
pub async fn fill(db: &Db) -> Result<bool, ImportError> {
    if !seed::is_empty(db).await? {
        return Ok(false);
    }
    let documents = DOCUMENTS.map(|(path, text)| Document { path: path.into(), text: text.into() });
    let options = import::Options { source: "demo".to_owned(), ..import::Options::default() };
    let report = import::import(db, documents.into(), &options, &|_, _| {}).await?;
    tracing::info!(posts = report.posts.added, "added the demo blog");
    Ok(true)
}
