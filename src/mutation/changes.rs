//! What a mutation is to change, as data.

use super::user_error::{UserError, UserErrorCode};
use crate::db::{DbError, Id, Timestamp};
use crate::relation::{Column, ColumnKind, Join, Role, Shape, Value};
use std::collections::{BTreeMap, HashSet};

/// The way from the mutation's argument to an input field.
pub(super) type Path = Vec<String>;

/// The path a step further in.
pub(super) fn step(path: &[String], name: &(impl ToString + ?Sized)) -> Path {
    path.iter().cloned().chain([name.to_string()]).collect()
}

/// All changes of one mutation field, which are written together or not at all.
#[derive(Debug, Clone)]
pub(super) struct Changes {
    /// When.
    pub(super) at: Timestamp,
    /// New rows, each after those it refers to.
    pub(super) new: Vec<NewRow>,
    /// Rows to change.
    pub(super) updates: Vec<RowUpdate>,
    /// Rows to delete.
    pub(super) deletes: Vec<Address>,
    /// Changes of join tables.
    pub(super) links: Vec<LinkChange>,
    /// Mistakes that the caller can fix. If there are any, nothing is written.
    pub(super) errors: Vec<UserError>,
    /// The rows that the payload shows, or the ids of those that were deleted.
    pub(super) results: Vec<Id>,
    /// The rows that have another version than the expected one.
    pub(super) conflicts: Vec<Id>,
    /// The rows that were changed, or found to be already what they were to become.
    pub(super) updated: Vec<WrittenRow>,
}

/// A row as a transaction has left it.
#[derive(Debug, Clone)]
pub(super) struct WrittenRow {
    pub(super) shape: Shape,
    pub(super) id: Id,
    /// A value for each of the table's columns, in their order.
    pub(super) values: Vec<Value>,
}

/// A new row.
#[derive(Debug, Clone)]
pub(super) struct NewRow {
    pub(super) shape: Shape,
    pub(super) id: Id,
    /// Those of the columns that were given.
    pub(super) values: Vec<(Column, Value)>,
    /// That a row of this name takes its place, where there is one.
    pub(super) upsert: bool,
    pub(super) path: Path,
}

/// Which row, in which version.
#[derive(Debug, Clone)]
pub(super) struct Address {
    pub(super) shape: Shape,
    pub(super) id: Id,
    pub(super) expected: Option<i64>,
    pub(super) path: Path,
}

/// A row to change.
#[derive(Debug, Clone)]
pub(super) struct RowUpdate {
    pub(super) address: Address,
    pub(super) values: Vec<(Column, Value)>,
}

/// A row by its id or name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ReferenceBy {
    Id(Id),
    Name(String),
}

/// A row that is referred to.
#[derive(Debug, Clone)]
pub(super) struct Reference {
    pub(super) key: ReferenceBy,
    pub(super) path: Path,
    /// What was given for the join table's own columns.
    pub(super) own: Vec<(Column, Value)>,
}

/// A change of the rows on the other side of a join table.
#[derive(Debug, Clone)]
pub(super) struct LinkChange {
    pub(super) near: Id,
    /// Whether the row on this side is new.
    pub(super) new: bool,
    pub(super) join: Join,
    /// The entity on the other side.
    pub(super) target: Shape,
    /// The column that orders the list, if one does.
    pub(super) position: Option<&'static str>,
    /// The link's own columns.
    pub(super) own: Vec<Column>,
    pub(super) set: Option<Vec<Reference>>,
    pub(super) disconnect: Vec<Reference>,
    pub(super) connect: Vec<Reference>,
    /// New rows on the other side, each with what was given for the link's own columns.
    pub(super) create: Vec<(Id, Vec<(Column, Value)>)>,
    /// One of the list goes to this place.
    pub(super) moved: Option<(Reference, usize)>,
    pub(super) path: Path,
}

/// The ids of each table's rows.
pub(super) fn by_table(addresses: &[Address]) -> Vec<(Shape, Vec<Id>)> {
    let mut tables: BTreeMap<&str, (Shape, Vec<Id>)> = BTreeMap::new();
    for Address { shape, id, .. } in addresses {
        tables.entry(shape.table).or_insert((*shape, Vec::new())).1.push(*id);
    }
    tables.into_values().collect()
}

impl Changes {
    /// The ids of the rows that are made.
    pub(super) fn made(&self) -> HashSet<Id> {
        self.new.iter().map(|new| new.id).collect()
    }

    pub(super) fn new() -> Result<Changes, DbError> {
        Ok(Changes {
            at: Timestamp::now()?,
            new: Vec::new(),
            updates: Vec::new(),
            deletes: Vec::new(),
            links: Vec::new(),
            errors: Vec::new(),
            results: Vec::new(),
            conflicts: Vec::new(),
            updated: Vec::new(),
        })
    }

    /// The rows as they were written, those that the payload shows and those within them, so that they need not be read
    /// again. A row that an upsert has found, and left as it was, is not among them; neither is one of which the database computes a
    /// part.
    pub(super) fn written(&mut self) -> Vec<WrittenRow> {
        let results: HashSet<Id> = self.results.iter().copied().collect();
        let made = self.new.iter().filter(|new| !new.upsert || results.contains(&new.id));
        let made = made.map(|new| WrittenRow { shape: new.shape, id: new.id, values: new.row(self.at) });
        let all = made.chain(std::mem::take(&mut self.updated));
        all.filter(|row| row.shape.generated.is_empty()).collect()
    }

    /// Notes a mistake.
    pub(super) fn refuse(&mut self, code: UserErrorCode, path: &[String], message: impl Into<String>) {
        self.errors.push(UserError::new(code, path, message));
    }
}

impl NewRow {
    /// A value for each column of the table: those that were not given are the server's, the defaults, or null.
    pub(super) fn row(&self, at: Timestamp) -> Vec<Value> {
        let value = |column: &Column| match column.role() {
            Role::Key => Value::Id(self.id),
            Role::CreatedAt | Role::UpdatedAt => Value::Time(at),
            Role::Version => Value::Int(1),
            Role::Data => {
                let given = self.values.iter().find(|(given, _)| given == column);
                let default = || {
                    let default = self.shape.default_of(column);
                    default.map_or(Value::Null, |default| Value::of_default(column.kind, default))
                };
                given.map_or_else(default, |(_, value)| value.clone())
            }
        };
        self.shape.columns.iter().map(value).collect()
    }
}

/// The value of a new link's own column other than its position: what was given, or when the link was made.
pub(super) fn link_value(column: &Column, given: &[(Column, Value)], at: Timestamp) -> Value {
    match given.iter().find(|(given, _)| given == column) {
        Some((_, value)) => value.clone(),
        None if column.kind == ColumnKind::Time && !column.nullable => Value::Time(at),
        None => Value::Null,
    }
}
