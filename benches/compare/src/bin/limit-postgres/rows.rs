//! Rows by their keys.

use doorway_compare::ids::ById;
use tokio_postgres::{
    Row,
    types::{FromSql, FromSqlOwned},
};

/// The second column of each row, by the id in its first.
pub(crate) fn by_id<'a, V: FromSql<'a>>(rows: &'a [Row]) -> ById<V> {
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

/// Runs of rows with the same key in their first column, which the rows are sorted by.
pub(crate) fn groups<K: FromSqlOwned + PartialEq>(rows: &[Row]) -> impl Iterator<Item = (K, &[Row])> {
    rows.chunk_by(|one, other| one.get::<_, K>(0) == other.get::<_, K>(0))
        .map(|group| (group[0].get(0), group))
}

/// The same for keys that are positions in a list of `count`, counted from one.
pub(crate) fn groups_by_place(rows: &[Row], count: usize) -> Vec<&[Row]> {
    let mut places: Vec<&[Row]> = vec![&[]; count];
    for (place, group) in groups::<i32>(rows) {
        places[place as usize - 1] = group;
    }
    places
}
