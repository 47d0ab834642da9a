//! The tags of posts.

use super::sources::ROWS;
use crate::blog::entities::post_tag_link::{PostTagLink, post_tags};
use crate::blog::import::report::Report;
use crate::db::{DbError, Id, Timestamp, Transaction};
use diesel::prelude::*;
use std::collections::HashMap;

/// A post whose tags are to be written: the ids of its tags, in order.
pub(super) struct Placed {
    pub id: Id,
    pub at: Timestamp,
    pub tags: Vec<Id>,
    pub is_new: bool,
}

/// Gives each post the tags it is to have, and no others. A tag that it has already keeps the time it was added.
pub(super) async fn store(
    tx: &mut Transaction,
    posts: &[Placed],
    report: &mut Report,
) -> Result<(), DbError> {
    let mut new = Vec::new();
    for post in posts {
        let mut had: HashMap<Id, Timestamp> = HashMap::new();
        if !post.is_new {
            had = of(tx, post.id).await?.into_iter().map(|link| (link.tag_id, link.added_at)).collect();
            tx.run(diesel::delete(post_tags::table.filter(post_tags::post_id.eq(post.id)))).await?;
        }
        report.links += post.tags.iter().filter(|tag| !had.contains_key(tag)).count();
        new.extend((0..).zip(&post.tags).map(|(position, tag_id)| {
            let added_at = had.get(tag_id).copied().unwrap_or(post.at);
            PostTagLink { post_id: post.id, tag_id: *tag_id, position, added_at }
        }));
    }
    for new in new.chunks(ROWS) {
        tx.run(diesel::insert_into(post_tags::table).values(new.to_vec())).await?;
    }
    Ok(())
}

/// A post's tags, in order.
pub(super) async fn tags_of(tx: &mut Transaction, post: Id) -> Result<Vec<Id>, DbError> {
    Ok(of(tx, post).await?.into_iter().map(|link| link.tag_id).collect())
}

/// A post's links, in order.
async fn of(tx: &mut Transaction, post: Id) -> Result<Vec<PostTagLink>, DbError> {
    let links = post_tags::table.filter(post_tags::post_id.eq(post));
    tx.rows(links.order((post_tags::position, post_tags::tag_id))).await
}
