//! Tables, and how the rows of one lead to those of another.

use super::columns::Described;
use super::columns::{Column, ColumnKind, Columns, same_text};
use diesel::{Table, associations::BelongsTo};

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
    /// Its columns, in order.
    const COLUMNS: &'static [Column] = <<Self::Table as Table>::AllColumns as Columns>::COLUMNS;
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
}

/// The foreign key by which `C` belongs to `P`, by Diesel's association: a relationship that the tables do not have fails to compile.
pub const fn association<C, P>() -> Column
where
    C: Stored + BelongsTo<P, ForeignKeyColumn: Described>,
{
    <C::ForeignKeyColumn as Described>::COLUMN
}

/// The foreign key called `name`, for a declaration.
pub const fn key_of<C: Stored>(name: &str) -> Column {
    let column = Column::named(C::COLUMNS, name);
    assert!(
        matches!(column.kind, ColumnKind::Id),
        "a foreign key must be of the type of the key that it refers to"
    );
    column
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

/// A name as a number, for [`Refers`] and [`LeadsTo`] (FNV-1a).
pub const fn key(name: &str) -> u64 {
    let bytes = name.as_bytes();
    let mut hash = 0xcbf2_9ce4_8422_2325;
    let mut nth = 0;
    while nth < bytes.len() {
        hash = (hash ^ bytes[nth] as u64).wrapping_mul(0x0100_0000_01b3);
        nth += 1;
    }
    hash
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
        let link = Some(LinkTable { table: L::TABLE, near: near.name, far: far.name });
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
