//! New rows of several tables, the links among them and to others, and the notices of it: on PostgreSQL one statement, which
//! is a transaction of its own; on SQLite a transaction without a question in it.
//!
//! Nothing is checked first. The constraints decide, also for a row that is named and is not there: the link to it has
//! no far side, which no join table takes.

mod data;
mod statement;

use super::text::WithText;
use super::values::{Value, Values};
use super::write::{Conflict, Lock, insert, select};
use crate::db::{Db, DbError, Id};
use crate::relation::model::Column;
use statement::Create;
use std::collections::HashMap;

pub use data::{Creation, Far, NewLinks, NewRows, Notices};

/// Writes all of it or nothing.
///
/// # Errors
/// [`DbError::Violation`] where a constraint is broken, also where no row has a name that is linked to, and
/// [`DbError::Deadlock`]: nothing is written then. The database's other errors, after which it may be.
pub async fn create(db: &Db, creation: Creation) -> Result<(), DbError> {
    if !db.is_postgres() {
        return create_in_steps(db, creation).await;
    }
    let rows = creation.rows.iter().map(|new| new.rows.len());
    let rows = rows.chain(creation.links.iter().map(|new| new.rows.len())).sum();
    let query = Create::from(creation);
    let text = query.text()?;
    db.run_on_postgres(WithText { query, text }, rows).await
}

async fn create_in_steps(db: &Db, creation: Creation) -> Result<(), DbError> {
    let mut tx = db.begin().await?;
    // First, as in PostgreSQL's statement: what is created is not there to be named.
    let mut ids = HashMap::new();
    for links in &creation.links {
        let names = Values::Texts(links.names().cloned().collect());
        if let (table, Some(name)) = links.target {
            let key = Column::of_keys(Column::KEY.name, links.link.kinds.1);
            let found = select(&mut tx, table, (key, name), &[name], names, Lock::None).await?;
            let name = |values: Vec<Value>| Some((table, values.into_iter().next()?));
            ids.extend(found.into_iter().filter_map(|(id, values)| Some((name(values)?, id))));
        }
    }
    for NewRows { table, columns, rows } in creation.rows {
        insert(&mut tx, table, &columns, rows, Conflict::Fails).await?;
    }
    let mut linked: HashMap<Id, Vec<Id>> = HashMap::new();
    for NewLinks { link, target: (target, _), own, rows } in creation.links {
        let columns: Vec<_> = [link.near_key(), link.far_key()].into_iter().chain(own).collect();
        let rows = rows.into_iter().map(|(near, far, own)| {
            let far = match far {
                Far::Id(id) => Some(id),
                Far::Name(name) => ids.get(&(target, Value::Text(name))).copied(),
            };
            linked.entry(near).or_default().extend(far);
            [Value::Id(near), far.map_or(Value::Null, Value::Id)].into_iter().chain(own).collect()
        });
        let rows = rows.collect();
        insert(&mut tx, link.table, &columns, rows, Conflict::Fails).await?;
    }
    tx.notify(creation.notices.texts(linked)).await?;
    tx.commit().await
}

impl Notices {
    fn texts(self, mut related: HashMap<Id, Vec<Id>>) -> Vec<String> {
        match self {
            Notices::Known(texts) => texts,
            Notices::Related(heads, known) => {
                known.into_iter().for_each(|(near, far)| related.entry(near).or_default().push(far));
                let text = |(mut head, id): (String, Id)| {
                    let mut ids = related.remove(&id).unwrap_or_default();
                    ids.sort_unstable();
                    ids.dedup();
                    ids.iter().for_each(|id| head.push_str(&id.to_hex()));
                    head
                };
                heads.into_iter().map(text).collect()
            }
        }
    }
}
