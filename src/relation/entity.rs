//! The contract of a row type: what the generic code knows of an entity and of a join table.

use super::model::{
    CheckRule, Column, ColumnKind, Columns, DefaultRule, GeneratedRule, HasRelationships, Kind, LengthRule,
    LinkShape, Relationship, Resolver, ScopeRule, Shape, SortKey, Stored, same_text,
};
use async_graphql::{
    ObjectType, OutputType,
    indexmap::IndexMap,
    registry::{MetaField, MetaType, Registry},
};
use diesel::Table;

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
    const ORDER: &'static [SortKey];
    /// The unique column of text that it may be named by.
    const NAMED: Option<&'static str>;
    /// How long its texts, bytes and lists may be.
    const LENGTHS: &'static [LengthRule];
    /// The columns whose values are unique together, besides its name and the foreign keys of one-to-one relationships.
    const UNIQUES: &'static [&'static [Column]];
    /// What its rows must satisfy.
    const CHECKS: &'static [CheckRule];
    /// The values of columns that new rows are not given.
    const DEFAULTS: &'static [DefaultRule];
    /// The columns that inputs do not set.
    const READ_ONLY: &'static [&'static str];
    /// The columns that the database computes.
    const GENERATED: &'static [GeneratedRule];
    /// What its visible rows satisfy.
    const SCOPE: &'static [ScopeRule];
    /// Its computed fields.
    const RESOLVERS: &'static [Resolver];

    /// Its table's columns, and in their places those that hold the numbers of rows, as such.
    #[doc(hidden)]
    const KEYED: [Column; MAX_COLUMNS] =
        keyed(Self::COLUMNS, <Self as Stored>::KEY_KIND, Self::RELATIONSHIPS);
    #[doc(hidden)]
    const KEYED_REF: &'static [Column; MAX_COLUMNS] = &Self::KEYED;

    /// The entity as data.
    fn shape() -> Shape {
        Shape {
            name: <Self as Stored>::NAME,
            table: Self::TABLE,
            columns: Self::KEYED_REF.split_at(Self::COLUMNS.len()).0,
            relationships: Self::RELATIONSHIPS,
            resolvers: Self::RESOLVERS,
            named: Self::NAMED,
            lengths: Self::LENGTHS,
            uniques: Self::UNIQUES,
            checks: Self::CHECKS,
            defaults: Self::DEFAULTS,
            read_only: Self::READ_ONLY,
            generated: Self::GENERATED,
            scope: Self::SCOPE,
            order: Self::ORDER,
            register: |registry| drop(<Self as OutputType>::create_type_info(registry)),
        }
    }
}

/// The most columns that a table may have.
#[doc(hidden)]
pub const MAX_COLUMNS: usize = 24;

/// Columns with those of numbers that are keys, the primary key and foreign keys, as such.
const fn keyed(
    columns: &'static [Column],
    key: ColumnKind,
    relationships: &'static [Relationship],
) -> [Column; MAX_COLUMNS] {
    let mut keyed = [Column::KEY; MAX_COLUMNS];
    let mut nth = 0;
    while nth < columns.len() {
        keyed[nth] = columns[nth];
        if same_text(columns[nth].name, Column::KEY.name) {
            keyed[nth].kind = key;
        }
        let mut at = 0;
        while at < relationships.len() {
            let one = &relationships[at];
            if matches!(one.kind, Kind::BelongsTo) && same_text(one.join.from, columns[nth].name) {
                keyed[nth].kind = one.key;
            }
            at += 1;
        }
        nth += 1;
    }
    keyed
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
        LinkShape {
            name: <Self as Stored>::NAME,
            keys: <<Self::Table as Table>::PrimaryKey as Columns>::COLUMNS,
            columns: Self::own_columns().collect(),
            fields: fields_of::<Self>,
        }
    }
}

/// The fields of a type's object.
fn fields_of<T: OutputType>(registry: &mut Registry) -> IndexMap<String, MetaField> {
    match registry.create_fake_output_type::<T>() {
        MetaType::Object { fields, .. } => fields,
        _ => IndexMap::new(),
    }
}
