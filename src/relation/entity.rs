//! The contract of a row type: what the generic code knows of an entity and of a join table.

use super::model::{Column, Columns, HasRelationships, LinkShape, Shape, Stored, TextRule};
use super::sql::{OrderBy, PageRequest, Values};
use crate::db::{DbError, Id, Reader};
use async_graphql::{ObjectType, OutputType};
use diesel::Table;

/// What a statement gave: each row with the key that asked for it, and its keyset, if asked for.
pub type Fetched<R> = Result<Vec<(Id, R, Option<String>)>, DbError>;

/// A row type that is a GraphQL object: what the generic code knows of it. Written by
/// [`entity!`](crate::entity); its table's primary key is a column `id`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an entity",
    label = "not an entity",
    note = "write `entity! {{ {Self}: its_table, order [asc a_column] }}` and `relationships! {{ {Self} {{ … }} }}`",
    note = "an entity also derives `SimpleObject`"
)]
pub trait Entity: HasRelationships + OutputType + Send + Sync + Sized + 'static {
    /// The order of its lists where nothing else is asked for. The primary key breaks the last tie.
    const ORDER: &'static [OrderBy];
    /// The unique column of text that it may be named by.
    const NAMED: Option<&'static str>;
    /// How long its texts may be.
    const TEXTS: &'static [TextRule];

    /// The entity as data.
    fn shape() -> Shape {
        Shape {
            name: <Self as Stored>::NAME,
            table: Self::TABLE,
            columns: Self::COLUMNS,
            relationships: Self::RELATIONSHIPS,
            named: Self::NAMED,
            texts: Self::TEXTS,
        }
    }

    /// Runs the one statement that answers `request` for all `keys`: rows in order.
    fn fetch(
        reader: &Reader,
        request: PageRequest,
        keys: Values,
    ) -> impl Future<Output = Fetched<Self>> + Send;
}

/// An entity that has a name beside its id: another unique column, of text.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no name beside its id",
    label = "an entity without a name",
    note = "to declare its unique text column as the name, write `entity! {{ {Self}: its_table, order […], named a_column }}`"
)]
pub trait Named: Entity {
    /// The column.
    const NAME_COLUMN: &'static str;

    /// This row's name.
    fn name(&self) -> &str;
}

/// A join table's row type. Its columns besides the primary key are the link's own: edges carry them, as the
/// fields of its GraphQL object.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a join table",
    label = "not a join table",
    note = "write `join_table! {{ {Self}: its_table }}`"
)]
pub trait JoinTable: Stored<Table: Table<PrimaryKey: Columns>> + ObjectType + Sized + 'static {
    /// The link's own columns.
    fn own_columns() -> impl Iterator<Item = Column> {
        let keys = <<Self::Table as Table>::PrimaryKey as Columns>::COLUMNS;
        Self::COLUMNS.iter().copied().filter(|column| !keys.contains(column))
    }

    /// The join table as data.
    fn shape() -> LinkShape {
        LinkShape { name: <Self as Stored>::NAME, columns: Self::own_columns().collect() }
    }
}

/// A join table's row that leads to rows of `T`. Written by [`relationships!`](crate::relationships).
#[diagnostic::on_unimplemented(
    message = "no relationship leads through `{Self}` to `{T}`",
    label = "leads to `{T}` nowhere",
    note = "declare it in `relationships!`: `many_to_many {{ field, field_connection: {T}, through {Self}, back_populates other; }}`"
)]
pub trait LinkTo<T>: JoinTable {
    /// As [`Entity::fetch`], with the link beside each row.
    fn fetch(
        reader: &Reader,
        request: PageRequest,
        keys: Values,
    ) -> impl Future<Output = Fetched<(T, Self)>> + Send;
}
