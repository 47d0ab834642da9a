//! `doorway import`: a folder of Markdown posts becomes users, profiles, posts and tags.
//!
//! [`read_folder`] reads the files; [`import`] parses each, plans every row without asking the database,
//! and writes the plan in one transaction. Every file that finds no place is reported by name, and so is
//! what a post loses on the way: co-authors, and a date that nobody can read. Keys of front matter that have
//! no column are passed over.
//!
//! Importing the same files again writes nothing; importing more of them adds what is new. Rows that exist
//! are never changed. A post is recognised by its id, which follows from its date and slug alone; a person
//! by the username, a tag by its name in lowercase.

mod blog;
mod document;
mod folder;
mod front_matter;
mod report;
mod store;
#[cfg(test)]
mod tests;

pub use document::{Document, ImportError};
pub use folder::read_folder;
pub use report::{NotCarried, Reason, Report};

use crate::db::Db;

/// Writes what `documents` say, in one transaction; what it wrote, and what it could not carry over.
///
/// It calls `progress` with the number of documents done so far, and their total.
///
/// # Errors
/// [`ImportError::Database`]; nothing is then written.
pub async fn import(
    db: &Db,
    documents: Vec<Document>,
    progress: &(dyn Fn(usize, usize) + Send + Sync),
) -> Result<Report, ImportError> {
    let total = documents.len();
    let (plan, not_carried) = blog::plan(documents);
    // Those without a post of their own are done; the others are as their posts are written.
    let settled = total.saturating_sub(plan.posts.len());
    progress(settled, total);
    let written = store::store(db, &plan, &|posts| progress(settled + posts, total)).await?;
    Ok(Report { not_carried, ..written })
}
