//! Tables, and how the rows of one lead to those of another.

use super::columns::Described;
use super::columns::{Column, ColumnKind, Columns, same_text};
use crate::db::{Guid, name_hash};
use diesel::{Expression, Table, associations::BelongsTo, sql_types::BigInt};

/// A row type with a table.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no table",
    label = "no table is declared for this type",
    note = "write `entity! {{ {Self}: its_table, order [asc a_column] }}`, or `join_table! {{ {Self}: its_table }}` for a join table"
)]
pub trait Stored {
    /// The row type's name.
    const NAME: &'static str;
    /// The table's name.
    const TABLE: &'static str;
    /// The table, as Diesel knows it.
    type Table: Table<AllColumns: Columns>;
    /// Its columns, in order, as the table has them: keys that are numbers are numbers of 64 bits.
    const COLUMNS: &'static [Column] = <<Self::Table as Table>::AllColumns as Columns>::COLUMNS;
    /// What the primary key of an entity is.
    const KEY_KIND: ColumnKind = match Column::named(Self::COLUMNS, Column::KEY.name).kind {
        ColumnKind::Long => ColumnKind::Number(Self::TABLE),
        kind => kind,
    };
}

/// A table whose rows are found by [`CountScope::WhichTable`](crate::relation::CountScope::WhichTable), which has those of every entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NodeTable {
    /// The entity's name.
    pub name: &'static str,
    /// The table.
    pub table: &'static str,
    /// What its primary key is.
    pub key: ColumnKind,
}

impl NodeTable {
    /// That of an entity.
    pub const fn of<T: Stored>() -> NodeTable {
        NodeTable { name: T::NAME, table: T::TABLE, key: T::KEY_KIND }
    }
}

/// The type of an entity's primary key: `Guid`, which holds UUIDs, or `BigInt`, which holds numbers.
#[diagnostic::on_unimplemented(
    message = "the primary key of an entity is not `{Self}`",
    label = "this entity's primary key is of another type",
    note = "the column `id` of its table must be a `Guid` or a `BigInt`; a unique text may be its name: `entity! {{ …, named a_column }}`"
)]
pub trait KeyType {}

impl KeyType for Guid {}
impl KeyType for BigInt {}

/// The primary key of an entity's table.
#[diagnostic::on_unimplemented(
    message = "an entity has one column for its primary key, not `{Self}`",
    label = "this entity's table has another primary key",
    note = "give the table a column `id` of the type `Guid` or `BigInt`, and make its columns unique together: `entity! {{ …, unique [[a, b]] }}`",
    note = "a table of two foreign keys is a join table: `join_table! {{ … }}`"
)]
pub trait KeyColumn {
    /// Its name.
    const NAME: &'static str;
}

impl<C> KeyColumn for C
where
    C: diesel::Column + Expression<SqlType: KeyType>,
{
    const NAME: &'static str = <C as diesel::Column>::NAME;
}

/// The columns of a row type's table.
pub type AllColumns<T> = <<T as Stored>::Table as Table>::AllColumns;

/// One direction of a relationship: how rows of one table lead to rows of another.
///
/// A parent row's column `from` holds a key. Without a link, its rows are those whose column `to` holds the
/// same key. With a link they are those whose primary key stands in `link.far` beside the key in `link.near`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Join {
    /// The parent's table.
    pub source: &'static str,
    /// The parent's column that holds the key.
    pub from: &'static str,
    /// The table it leads to.
    pub target: &'static str,
    /// That table's column which the key, or the link's far side, is found in.
    pub to: &'static str,
    /// The join table of a many-to-many relationship.
    pub link: Option<LinkTable>,
}

/// A join table, seen from one side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LinkTable {
    /// Its name.
    pub table: &'static str,
    /// The foreign key to the parent.
    pub near: &'static str,
    /// The foreign key to the target.
    pub far: &'static str,
    /// What these two hold.
    pub kinds: (ColumnKind, ColumnKind),
}

impl LinkTable {
    /// The foreign key to the parent.
    pub const fn near_key(&self) -> Column {
        Column::of_keys(self.near, self.kinds.0)
    }

    /// The foreign key to the target.
    pub const fn far_key(&self) -> Column {
        Column::of_keys(self.far, self.kinds.1)
    }
}

/// The foreign key by which `C` belongs to `P`, by Diesel's association: a relationship that the tables do not have fails to compile.
pub const fn association<C, P: Stored>() -> Column
where
    C: Stored + BelongsTo<P, ForeignKeyColumn: Described>,
{
    refer::<P>(<C::ForeignKeyColumn as Described>::COLUMN)
}

/// The foreign key called `name` to `P`, for a declaration.
pub const fn key_of<C: Stored, P: Stored>(name: &str) -> Column {
    refer::<P>(Column::named(C::COLUMNS, name))
}

/// The column as one of keys of `P`.
const fn refer<P: Stored>(column: Column) -> Column {
    let fits = matches!(
        (column.kind, P::KEY_KIND),
        (ColumnKind::Id, ColumnKind::Id) | (ColumnKind::Long, ColumnKind::Number(_))
    );
    assert!(fits, "a foreign key must be of the type of the key that it refers to");
    Column { kind: P::KEY_KIND, ..column }
}

/// `Self` has a field by which it belongs to a `P`. `FIELD` is [`key`] of the field's name. Written by
/// [`relationships!`](crate::relationships), so that the other side finds the foreign key by the field that it populates back.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no `belongs_to` field of this name that leads to `{P}`",
    label = "this side says `back_populates` with such a field",
    note = "write it in `belongs_to` of `relationships! {{ {Self} {{ … }} }}`, and name it behind `back_populates` here"
)]
pub trait Refers<P, const FIELD: u64> {
    /// Its foreign key.
    const KEY: Column;
}

/// `Self` has a relationship field that leads to rows of another type. `FIELD` is [`key`] of the field's name. Written by
/// [`relationships!`](crate::relationships), so that resolvers know the rows that they read through it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no relationship field of this name",
    label = "resolvers read through relationships of the row's own",
    note = "its relationships are those of `relationships! {{ {Self} {{ … }} }}`"
)]
pub trait LeadsTo<const FIELD: u64> {
    /// The type of the rows.
    type Target;
}

/// A name as a number, for [`Refers`] and [`LeadsTo`].
pub const fn key(name: &str) -> u64 {
    name_hash(name)
}

impl Join {
    /// From the row that holds the foreign key `key` to the row it names: `BlogPost.author`.
    pub const fn belongs_to<C: Stored, P: Stored>(key: Column) -> Join {
        Join { source: C::TABLE, from: key.name, target: P::TABLE, to: Column::KEY.name, link: None }
    }

    /// From a row to those whose foreign key `key` names it: `User.blogPosts`, `User.profile`.
    pub const fn has<P: Stored, C: Stored>(key: Column) -> Join {
        Join { source: P::TABLE, from: Column::KEY.name, target: C::TABLE, to: key.name, link: None }
    }

    /// From a row through the join table `L` to the rows on its other side: `BlogPost.tags`, `Tag.posts`. Its foreign key to this side
    /// is `near`, and that to the other is `far`.
    pub const fn through<P: Stored, L: Stored, T: Stored>(near: Column, far: Column) -> Join {
        let kinds = (P::KEY_KIND, T::KEY_KIND);
        let link = Some(LinkTable { table: L::TABLE, near: near.name, far: far.name, kinds });
        Join { source: P::TABLE, from: Column::KEY.name, target: T::TABLE, to: Column::KEY.name, link }
    }

    /// From an id to the row that has it, as the root field of the type does.
    pub const fn itself<T: Stored>() -> Join {
        Join { source: T::TABLE, from: Column::KEY.name, target: T::TABLE, to: Column::KEY.name, link: None }
    }

    /// Whether it is `other` the other way round: along the same foreign key, or through the same join table.
    pub(in crate::relation) const fn is_reverse_of(&self, other: &Join) -> bool {
        let tables = same_text(self.source, other.target) && same_text(self.target, other.source);
        let columns = same_text(self.from, other.to) && same_text(self.to, other.from);
        let links = match (&self.link, &other.link) {
            (None, None) => true,
            (Some(one), Some(other)) => {
                same_text(one.table, other.table)
                    && same_text(one.near, other.far)
                    && same_text(one.far, other.near)
            }
            _ => false,
        };
        tables && columns && links
    }
}
