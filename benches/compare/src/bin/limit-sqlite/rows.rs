//! Rows, and the JSON that is made of them.

use doorway_compare::{http::Failure, ids::ById, json::Json};
use rusqlite::{Row, types::Value};
use std::{cmp::Reverse, ops::Range, rc::Rc};
use uuid::Uuid;

pub(crate) fn id(row: &Row<'_>, column: usize) -> Result<Uuid, Failure> {
    Ok(Uuid::from_slice(row.get_ref(column)?.as_blob()?)?)
}

pub(crate) fn text<'a>(row: &'a Row<'_>, column: usize) -> Result<&'a str, Failure> {
    Ok(row.get_ref(column)?.as_str()?)
}

/// Ids as the one parameter of a statement.
pub(crate) fn keys(ids: &[Uuid]) -> Rc<Vec<Value>> {
    Rc::new(ids.iter().map(|id| Value::Blob(id.as_bytes().to_vec())).collect())
}

/// JSON of rows by a key, all in one buffer. A row is only there until the next one, so its JSON is written at once.
#[derive(Default)]
pub(crate) struct Pieces {
    json: Json,
    places: ById<Range<usize>>,
}

impl Pieces {
    /// Adds an item to the list of `key`. The items of a key come one after another.
    pub(crate) fn add(
        &mut self,
        key: Uuid,
        write: impl FnOnce(&mut Json) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let place = self.places.entry(key).or_insert(0..0);
        if place.end == 0 {
            place.start = self.json.0.len();
        } else {
            self.json.raw(",");
        }
        write(&mut self.json)?;
        place.end = self.json.0.len();
        Ok(())
    }

    pub(crate) fn get(&self, key: Uuid) -> &[u8] {
        self.places.get(&key).map_or(&[], |place| &self.json.0[place.clone()])
    }

    /// What is there, or null.
    pub(crate) fn get_or_null(&self, key: Uuid) -> &[u8] {
        match self.get(key) {
            [] => b"null",
            piece => piece,
        }
    }
}

/// The rows of each key, which come one after another, newest first. `keys` gives a row's key and id.
pub(crate) fn pages<T>(rows: &mut [T], keys: impl Fn(&T) -> (Uuid, Uuid)) -> ById<&[T]> {
    let pages = rows.chunk_by_mut(|one, other| keys(one).0 == keys(other).0);
    pages
        .map(|page| {
            page.sort_unstable_by_key(|row| Reverse(keys(row).1));
            (keys(&page[0]).0, &*page)
        })
        .collect()
}
