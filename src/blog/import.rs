//! `doorway import`: a folder of Markdown posts becomes users, profiles, posts and tags.
//!
//! [`read_folder`] reads the files; [`import`] parses each, plans every row without asking the database,
//! and writes the plan in one transaction. Every file that finds no place is reported by name, and so is
//! what a post loses on the way. Keys of front matter that have no column are passed over.
//!
//! A post is recognised by its file, or by an id of its own. Importing the same files again writes nothing; importing more of
//! them adds what is new. A post or a person's page that changed is updated, unless the row was changed in the database as well.
//!
//! | module | what it is for |
//! |---|---|
//! | `store` | writes the plan |
//! | `blog` | plans all rows |
//! | `post` | puts a post together |
//! | `people` | knows who there is |
//! | `folder` | finds and reads the files |
//! | `front_matter` | reads what a document's head says |
//! | `yaml` | reads the notation that most heads are in |
//! | `value` | a value, whatever it is written in |
//! | `head` | tells a document's head from its body |
//! | `place` | reads what the path says |
//! | `dates`, `names` | read dates and people's names as they are written |
//! | `document` | what goes in |
//! | `report` | what comes out |

mod blog;
mod dates;
mod document;
mod folder;
mod front_matter;
mod head;
mod names;
mod people;
mod place;
mod post;
mod report;
mod store;
#[cfg(test)]
mod tests;
mod value;
mod yaml;

pub use document::{Document, Folder, ImportError, Options};
pub use folder::read_folder;
pub use report::{Count, NotCarried, Reason, Report};

use crate::db::Db;

/// Writes what `documents` say, in one transaction; what it wrote, and what it could not carry over.
///
/// It calls `progress` with the number of documents done so far, and their total.
///
/// # Errors
/// [`ImportError::LongSource`] and [`ImportError::BadAuthor`] for options that cannot be; [`ImportError::Database`]. Nothing is then
/// written.
pub async fn import(
    db: &Db,
    documents: Vec<Document>,
    options: &Options,
    progress: &(dyn Fn(usize, usize) + Send + Sync),
) -> Result<Report, ImportError> {
    if options.source.len() > 1000 {
        return Err(ImportError::LongSource);
    }
    if let Some(author) = options
        .author
        .as_ref()
        .filter(|author| names::in_byline(author).iter().all(|name| slug::slugify(name).is_empty()))
    {
        return Err(ImportError::BadAuthor(author.clone()));
    }
    let total = documents.len();
    let mut plan = blog::plan(documents, options);
    let mut not_carried = std::mem::take(&mut plan.not_carried);
    // Those without a post of their own are done; the others are as their posts are written.
    let settled = total.saturating_sub(plan.posts.len());
    progress(settled, total);
    let mut report = store::store(db, &plan, options, &|posts| progress(settled + posts, total)).await?;
    not_carried.append(&mut report.not_carried);
    not_carried.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(Report { files: total - plan.settings, imported: plan.files, not_carried, ..report })
}
