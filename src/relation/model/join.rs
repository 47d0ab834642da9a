//! Tables, and how the rows of one lead to those of another.

use super::columns::{Column, Columns, same_text};
use diesel::{Table, associations::BelongsTo, query_source::Column as DieselColumn};

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

// The columns come from Diesel's associations, so a relationship that the tables do not have fails to compile.
impl Join {
    /// From the row that holds the foreign key to the row it names: `BlogPost.author`.
    pub const fn belongs_to<C, P>() -> Join
    where
        C: Stored + BelongsTo<P>,
        P: Stored,
    {
        let from = <C::ForeignKeyColumn as DieselColumn>::NAME;
        Join { source: C::TABLE, from, target: P::TABLE, to: Column::KEY.name, link: None }
    }

    /// From a row to those whose foreign key names it: `User.blogPosts`, `User.profile`.
    pub const fn has<P, C>() -> Join
    where
        P: Stored,
        C: Stored + BelongsTo<P>,
    {
        let to = <C::ForeignKeyColumn as DieselColumn>::NAME;
        Join { source: P::TABLE, from: Column::KEY.name, target: C::TABLE, to, link: None }
    }

    /// From a row through the join table `L` to the rows on its other side: `BlogPost.tags`, `Tag.posts`.
    pub const fn through<P, L, T>() -> Join
    where
        P: Stored,
        L: Stored + BelongsTo<P> + BelongsTo<T>,
        T: Stored,
    {
        let near = <<L as BelongsTo<P>>::ForeignKeyColumn as DieselColumn>::NAME;
        let far = <<L as BelongsTo<T>>::ForeignKeyColumn as DieselColumn>::NAME;
        let link = Some(LinkTable { table: L::TABLE, near, far });
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
