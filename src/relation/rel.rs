//! Relationships as data.

use super::columns::{Column, Columns};
use super::order::OrderBy;
use super::page::PageRequest;
use super::shape::{LinkShape, Shape, TextRule};
use super::values::Values;
use crate::db::{DbError, Id, Reader};
use async_graphql::{ObjectType, OutputType};
use diesel::{Table, associations::BelongsTo, query_source::Column as DieselColumn};

/// A row type with a table.
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

/// What a statement gave: each row with the key that asked for it, and its keyset, if asked for.
pub type Fetched<R> = Result<Vec<(Id, R, Option<String>)>, DbError>;

/// A row type that is a GraphQL object: what the generic code knows of it. Written by
/// [`entity!`](crate::entity); its table's primary key is a column `id`.
pub trait Entity: Related + OutputType + Send + Sync + Sized + 'static {
    /// The order of its lists where nothing else is asked for. The primary key breaks the last tie.
    const ORDER: &'static [OrderBy];
    /// The unique column of text that it may be named by.
    const NAMED: Option<&'static str>;
    /// How long its texts may be.
    const TEXTS: &'static [TextRule];

    /// Runs the one statement that answers `request` for all `keys`: rows in order.
    fn fetch(
        reader: &Reader,
        request: PageRequest,
        keys: Values,
    ) -> impl Future<Output = Fetched<Self>> + Send;
}

/// An entity that has a name beside its id: another unique column, of text.
pub trait Named: Entity {
    /// The column.
    const NAME: &'static str;

    /// This row's name.
    fn name(&self) -> &str;
}

/// A join table's row type. Its columns besides the primary key are the link's own: edges carry them, as the
/// fields of its GraphQL object.
pub trait JoinTable: Stored<Table: Table<PrimaryKey: Columns>> + ObjectType + Sized + 'static {
    /// The link's own columns.
    fn own_columns() -> impl Iterator<Item = Column> {
        let keys = <<Self::Table as Table>::PrimaryKey as Columns>::COLUMNS;
        Self::COLUMNS.iter().copied().filter(|column| !keys.contains(column))
    }
}

/// A join table's row that leads to rows of `T`. Written by [`relationships!`](crate::relationships).
pub trait LeadsTo<T>: JoinTable {
    /// As [`Entity::fetch`], with the link beside each row.
    fn fetch(
        reader: &Reader,
        request: PageRequest,
        keys: Values,
    ) -> impl Future<Output = Fetched<(T, Self)>> + Send;
}

/// One direction of a relationship: how rows of one table lead to rows of another.
///
/// A parent row's column `from` holds a key. Without a link, its rows are those whose column `to` holds the
/// same key. With a link they are those whose primary key stands in `link.far` beside the key in `link.near`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rel {
    /// The parent's table.
    pub source: &'static str,
    /// The parent's column that holds the key.
    pub from: &'static str,
    /// The table it leads to.
    pub target: &'static str,
    /// That table's column which the key, or the link's far side, is found in.
    pub to: &'static str,
    /// The join table of a many-to-many relationship.
    pub link: Option<Link>,
}

/// A join table, seen from one side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Link {
    /// Its name.
    pub table: &'static str,
    /// The foreign key to the parent.
    pub near: &'static str,
    /// The foreign key to the target.
    pub far: &'static str,
}

// The columns come from Diesel's associations, so a relationship that the tables do not have fails to compile.
impl Rel {
    /// From the row that holds the foreign key to the row it names: `BlogPost.author`.
    pub const fn belongs_to<C, P>() -> Rel
    where
        C: Stored + BelongsTo<P>,
        P: Stored,
    {
        let from = <C::ForeignKeyColumn as DieselColumn>::NAME;
        Rel { source: C::TABLE, from, target: P::TABLE, to: Column::KEY.name, link: None }
    }

    /// From a row to those whose foreign key names it: `User.blogPosts`, `User.profile`.
    pub const fn has<P, C>() -> Rel
    where
        P: Stored,
        C: Stored + BelongsTo<P>,
    {
        let to = <C::ForeignKeyColumn as DieselColumn>::NAME;
        Rel { source: P::TABLE, from: Column::KEY.name, target: C::TABLE, to, link: None }
    }

    /// From a row through the join table `L` to the rows on its other side: `BlogPost.tags`, `Tag.posts`.
    pub const fn through<P, L, T>() -> Rel
    where
        P: Stored,
        L: Stored + BelongsTo<P> + BelongsTo<T>,
        T: Stored,
    {
        let near = <<L as BelongsTo<P>>::ForeignKeyColumn as DieselColumn>::NAME;
        let far = <<L as BelongsTo<T>>::ForeignKeyColumn as DieselColumn>::NAME;
        let link = Some(Link { table: L::TABLE, near, far });
        Rel { source: P::TABLE, from: Column::KEY.name, target: T::TABLE, to: Column::KEY.name, link }
    }

    /// From an id to the row that has it, as the root field of the type does.
    pub const fn itself<T: Stored>() -> Rel {
        Rel { source: T::TABLE, from: Column::KEY.name, target: T::TABLE, to: Column::KEY.name, link: None }
    }
}

/// What a relationship field gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One row, by this row's own foreign key.
    BelongsTo,
    /// One row at most, whose unique foreign key names this row.
    HasOne,
    /// Rows whose foreign key names this row.
    HasMany,
    /// Rows on the other side of a join table.
    ManyToMany,
}

/// A declared relationship field, for those who look at the whole schema.
#[derive(Debug, Clone, Copy)]
pub struct Relationship {
    /// The field, in Rust's spelling: `blog_posts`.
    pub field: &'static str,
    /// The field of the target that leads back.
    pub back_populates: &'static str,
    /// What it gives.
    pub kind: Kind,
    /// How it gets there.
    pub rel: Rel,
    /// The entity it leads to.
    pub target: fn() -> Shape,
    /// The join table that it leads through.
    pub link: Option<fn() -> LinkShape>,
    /// The join table's column that this side orders its list by.
    pub position: Option<&'static str>,
}

/// An entity's relationships, as [`relationships!`](crate::relationships) declares them.
pub trait Related: Stored {
    /// One for each field.
    const RELATIONSHIPS: &'static [Relationship];
}
