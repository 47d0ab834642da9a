//! Writing a plan: each person, tag and post is looked for in the database first. What is new is inserted, what changed at its source is
//! updated, and the rest stays.
//!
//! | file | what it writes |
//! |---|---|
//! | `posts` | posts: the new ones, and the changed ones |
//! | `links` | the tags of posts |
//! | `tags` | tags |
//! | `profiles` | profiles: from a page, or from a name alone |
//! | `users` | users, and who is who |
//! | `sources` | what an import remembers for the next one |

mod links;
mod posts;
mod profiles;
mod sources;
mod tags;
mod users;

use super::blog::Plan;
use super::document::Options;
use super::report::Report;
use crate::db::{Db, DbError};
use sources::ROWS;

/// Writes the plan in one transaction and counts the rows. It calls `progress` with the number of posts done so far.
pub(super) async fn store(
    db: &Db,
    plan: &Plan,
    options: &Options,
    progress: &(dyn Fn(usize) + Send + Sync),
) -> Result<Report, DbError> {
    let mut tx = db.begin().await?;
    // Two imports of the same files would each find the other's rows missing.
    tx.alone().await?;
    let mut report = Report::default();
    let user_ids = users::store(&mut tx, plan, options, &mut report).await?;
    profiles::store(&mut tx, plan, options, &user_ids, &mut report).await?;
    let (tag_ids, new_tags) = tags::store(&mut tx, plan, &mut report).await?;
    let mut whole = posts::Whole::new(&plan.posts);
    let mut done = 0;
    for chunk in plan.posts.chunks(ROWS) {
        let placed =
            posts::store(&mut tx, chunk, options, (&user_ids, &tag_ids), &mut whole, &mut report).await?;
        links::store(&mut tx, &placed, &mut report).await?;
        done += chunk.len();
        progress(done);
    }
    tags::take_back(&mut tx, &new_tags, &mut report).await?;
    tx.commit().await?;
    if report.posts.added > 0 {
        db.analyze().await?;
    }
    Ok(report)
}
