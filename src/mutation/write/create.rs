//! New rows and their links, written at once: without a question first, where the answers would only say that nothing
//! stands in the way.

use super::apply::{NewTable, new_by_table};
use super::events::Events;
use crate::db::{Db, DbError, Id};
use crate::events::{Event, EventKind, IDS, MAX_EVENTS, notices};
use crate::mutation::changes::{Changes, LinkChange, NewRow, Reference, ReferenceBy, link_value};
use crate::mutation::input::MAX_LINKS;
use crate::relation::create::{Creation, Far, NewLinks, NewRows, Notices, create};
use crate::relation::{ColumnKind, Kind, LinkTable, Shape, Value};
use std::collections::{BTreeMap, HashMap};

/// Writes the changes at once, if that can be done; whether it was. It was not where something stands in the way: who
/// checks first finds out what.
///
/// # Errors
/// The database's, after which they may have been written.
pub(in crate::mutation) async fn create_at_once(db: &Db, changes: &Changes) -> Result<bool, DbError> {
    let Some(creation) = plan(changes) else { return Ok(false) };
    match create(db, creation).await {
        Ok(()) => Ok(true),
        Err(DbError::Violation { .. } | DbError::Deadlock(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// What to write, where that depends on nothing that is there, but for the ids of rows that are named.
fn plan(changes: &Changes) -> Option<Creation> {
    let Changes { new, updates, deletes, links, .. } = changes;
    let only_new = !new.is_empty() && updates.is_empty() && deletes.is_empty();
    if !only_new || new.iter().any(|new| new.upsert) || !links.iter().all(is_new) {
        return None;
    }
    // The database does not know which rows are hidden.
    let is_scoped = |shape: Shape| !shape.scope.is_empty();
    let refer = |new: &NewRow| {
        new.shape.relationships.iter().any(|one| one.kind == Kind::BelongsTo && is_scoped((one.target)()))
    };
    if new.iter().any(refer) || links.iter().any(|change| is_scoped(change.target)) {
        return None;
    }
    let mut events = Events::default();
    let rows = new_by_table(new, changes.at).into_iter().map(|NewTable { shape, news, columns, rows }| {
        news.iter().for_each(|new| events.note(&shape, new.id, EventKind::Created, &new.values));
        NewRows { table: shape.table, columns, rows }
    });
    let rows = rows.collect();
    if events.change_rows_with_lists() {
        return None;
    }
    let new_links = links_by_table(changes)?;
    Some(Creation { rows, notices: notices_of(events, &new_links)?, links: new_links })
}

/// Whether the list is that of a new row, and has nothing that it would take the other rows to tell.
fn is_new(change: &LinkChange) -> bool {
    let LinkChange { new, set, disconnect, connect, create, moved, .. } = change;
    let most = set.iter().flatten().count() + connect.len() + create.len();
    *new && disconnect.is_empty() && moved.is_none() && most <= MAX_LINKS
}

/// The lists, which hold what is connected before what is created. Where one holds a row twice, its key is refused.
fn links_by_table(changes: &Changes) -> Option<Vec<NewLinks>> {
    let mut tables: BTreeMap<(&str, &str), (LinkTable, NewLinks)> = BTreeMap::new();
    for change in &changes.links {
        let link = change.join.link?;
        let name = change.target.columns.iter().find(|column| change.target.named == Some(column.name));
        let new = || NewLinks {
            link,
            target: (change.target.table, name.copied()),
            own: change.own.clone(),
            rows: Vec::new(),
        };
        let (known, links) = tables.entry((link.table, link.near)).or_insert_with(|| (link, new()));
        if *known != link {
            return None;
        }
        let connected = change.set.iter().flatten().chain(&change.connect);
        let connected = connected.map(|Reference { key, own, .. }| match key {
            ReferenceBy::Id(id) => (Far::Id(*id), own),
            ReferenceBy::Name(name) => (Far::Name(name.clone()), own),
        });
        let fars = connected.chain(change.create.iter().map(|(id, own)| (Far::Id(*id), own)));
        links.rows.extend(fars.zip(0..).map(|((far, given), position)| {
            let own = change.own.iter().map(|column| match change.position == Some(column.name) {
                true => Value::Int(position),
                false => link_value(column, given, changes.at),
            });
            (change.near, far, own.collect())
        }));
    }
    Some(tables.into_values().map(|(_, links)| links).collect())
}

/// What to tell of it; nothing where a row is related to too many for one notice.
fn notices_of(events: Events, links: &[NewLinks]) -> Option<Notices> {
    let mut events = events.events;
    let mut linked: HashMap<Id, Vec<Id>> = HashMap::new();
    let mut count: HashMap<Id, usize> = HashMap::new();
    let mut all_known = true;
    for (near, far, _) in links.iter().flat_map(|links| &links.rows) {
        *count.entry(*near).or_default() += 1;
        match far {
            Far::Id(far) => linked.entry(*near).or_default().push(*far),
            Far::Name(_) => all_known = false,
        }
    }
    if all_known || events.len() > MAX_EVENTS {
        for event in &mut events {
            event.related.extend(linked.get(&event.id).into_iter().flatten());
            event.related.sort_unstable();
            event.related.dedup();
        }
        return Some(Notices::Known(notices(&events)));
    }
    // The statement that gathers ids knows UUIDs only.
    let has_number = |event: &Event| event.related.iter().chain([&event.id]).any(|id| id.number().is_some());
    let is_numbered = |link: &NewLinks| link.link.kinds != (ColumnKind::Id, ColumnKind::Id);
    if events.iter().any(has_number) || links.iter().any(is_numbered) {
        return None;
    }
    let fits = |event: &Event| event.related.len() + count.get(&event.id).unwrap_or(&0) <= IDS;
    if !events.iter().all(fits) {
        return None;
    }
    let related = events.iter_mut().flat_map(|event| {
        let id = event.id;
        std::mem::take(&mut event.related).into_iter().map(move |related| (id, related))
    });
    let related = related.collect();
    let heads = notices(&events).into_iter().zip(events.iter().map(|event| event.id));
    Some(Notices::Related(heads.collect(), related))
}
