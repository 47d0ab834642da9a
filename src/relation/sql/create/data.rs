//! What is created, as data.

use crate::db::Id;
use crate::relation::model::{Column, LinkTable};
use crate::relation::sql::values::Value;

/// What is put into the database at once.
#[derive(Debug)]
pub struct Creation {
    /// In the order in which they are written.
    pub rows: Vec<NewRows>,
    /// Written after all rows.
    pub links: Vec<NewLinks>,
    /// For the Doorways, if any listens.
    pub notices: Notices,
}

/// New rows of a table, each with a value for each of the columns.
#[derive(Debug)]
pub struct NewRows {
    /// The table.
    pub table: &'static str,
    /// Its columns, without those that the database computes.
    pub columns: Vec<Column>,
    /// The rows.
    pub rows: Vec<Vec<Value>>,
}

/// New rows of a join table.
#[derive(Debug)]
pub struct NewLinks {
    /// The join table.
    pub link: LinkTable,
    /// The table on the far side, and its column that holds names.
    pub target: (&'static str, Option<Column>),
    /// The link's own columns.
    pub own: Vec<Column>,
    /// The near side, the far side, and the values of its own columns.
    pub rows: Vec<(Id, Far, Vec<Value>)>,
}

/// The far side of a link.
#[derive(Debug, Clone)]
pub enum Far {
    /// By its id.
    Id(Id),
    /// By its name.
    Name(String),
}

/// The notices of a creation.
#[derive(Debug)]
pub enum Notices {
    /// These.
    Known(Vec<String>),
    /// Each of these texts, which is about a row, followed by the ids that the row is related to, in their order: those
    /// given here, and those on the far side of its new links.
    Related(Vec<(String, Id)>, Vec<(Id, Id)>),
}

impl NewLinks {
    /// The names that are linked to.
    pub(super) fn names(&self) -> impl Iterator<Item = &String> {
        self.rows.iter().filter_map(|(_, far, _)| match far {
            Far::Id(_) => None,
            Far::Name(name) => Some(name),
        })
    }
}
