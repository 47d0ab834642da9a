//! Tags.

use super::sources::{self, Kind, ROWS, Source};
use crate::blog::entities::post_tag_link::post_tags;
use crate::blog::entities::tag::{Tag, tags};
use crate::blog::import::blog::Plan;
use crate::blog::import::post::tag_key;
use crate::blog::import::report::Report;
use crate::db::{DbError, Id, Transaction};
use diesel::prelude::*;
use std::collections::{HashMap, HashSet};

/// Every planned tag's id, by its name in lowercase, and those of them that are new and written. A tag is recognised by what an earlier import
/// remembers of the name, then by the name itself. All tags are read, because SQLite's own `lower` knows
/// ASCII alone; of several that differ in case only, the oldest counts.
pub(super) async fn store(
    tx: &mut Transaction,
    plan: &Plan,
    report: &mut Report,
) -> Result<(HashMap<String, Id>, Vec<Id>), DbError> {
    let known = sources::find(tx, Kind::Tag, plan.tags.keys().cloned().collect()).await?;
    let all: Vec<Tag> = tx.rows(tags::table.order(tags::id)).await?;
    let mut names: HashSet<String> = all.iter().map(|tag| tag.name.clone()).collect();
    let (mut by_id, mut by_key) = (HashMap::new(), HashMap::new());
    for tag in &all {
        by_id.insert(tag.id, tag);
        by_key.entry(tag_key(&tag.name)).or_insert(tag);
    }
    let (mut found, mut new, mut remembered) = (HashMap::new(), Vec::new(), Vec::new());
    for (key, planned) in &plan.tags {
        let derived = Id::derived(planned.at, &format!("tag/{key}"));
        let by_memory = known.get(key).and_then(|source| by_id.get(&source.row_id));
        // One whose name was changed before imports remembered still has its id.
        let row = by_memory.or_else(|| by_key.get(key)).or_else(|| by_id.get(&derived));
        let id = row.map_or(derived, |row| row.id);
        match row {
            None => {
                let (name, at) = (planned.name.clone(), planned.at);
                new.push(Tag { id, name, created_at: at, updated_at: at, version: 1 });
            }
            // The oldest post spells it, as in one import of both, if nobody has renamed it.
            Some(row)
                if row.version == 1
                    && tag_key(&row.name) == *key
                    && (planned.at, &planned.name) < (row.created_at, &row.name) =>
            {
                let name =
                    if names.contains(&planned.name) { row.name.clone() } else { planned.name.clone() };
                names.insert(name.clone());
                let at = (tags::created_at.eq(planned.at), tags::updated_at.eq(planned.at));
                let update = diesel::update(tags::table.filter(tags::id.eq(id)));
                tx.run(update.set((tags::name.eq(name), at))).await?;
            }
            Some(_) => {}
        }
        if by_memory.is_none() {
            remembered.push(Source::new(Kind::Tag, key.clone(), id));
        }
        found.insert(key.clone(), id);
    }
    for new in new.chunks(ROWS) {
        let insert = diesel::insert_into(tags::table).values(new.to_vec());
        report.tags += tx.run(insert).await?;
    }
    sources::remember(tx, &known, &remembered).await?;
    Ok((found, new.into_iter().map(|tag| tag.id).collect()))
}

/// Takes back the new tags that no post got: their posts are as they were, and somebody had deleted the tags.
pub(super) async fn take_back(tx: &mut Transaction, new: &[Id], report: &mut Report) -> Result<(), DbError> {
    for new in new.chunks(ROWS) {
        let linked = post_tags::table.select(post_tags::tag_id).distinct();
        let unused = tags::table.filter(tags::id.eq_any(new.to_vec())).filter(tags::id.ne_all(linked));
        report.tags -= tx.run(diesel::delete(unused)).await?;
    }
    Ok(())
}
