//! `entity!` and `join_table!`.

/// Makes a row type an [`Entity`](crate::relation::Entity): its table, the order of its lists, the other
/// unique column that it may be asked for by, and how many characters its texts may have, and its JSON. `bytes [image ..=65536]` says
/// so of bytes, and is a condition of the table as well. `list [labels ..=20]` says how many elements a list may have.
///
/// Further rules of the table, which its migrations make as well, follow in this order: `unique [[team_id, number], [email]]` for columns
/// whose values are unique together (`TAKEN`), and `check [is_adult "age >= 18" "must be 18 or older"]` for a constraint called
/// `heroes_is_adult_check`, with the message of its error (`INVALID`); `default [rank 1]` for a column that inputs may leave out (`[]` for a list), and
/// `read_only [visits]` for one that they do not have, which is null or has a default; `generated [century "(year + 99) / 100"]` for one
/// that the database computes and stores (`GENERATED ALWAYS AS (…) STORED`): inputs do not have it, and everything else does. Its
/// expression is the same text on both databases, over other columns of the row.
///
/// The last rule is not part of the table: `scope [removed_at is_null, kind is_not "SECRET"]` says which rows clients see: those that
/// meet all of its conditions. They are `is_null`, `not_null`, and `is` and `is_not` with a text, a whole number, `true` or `false`.
/// Hidden rows are in no list, relationship, count, filter, order or event, `node` does not find them, and mutations neither change
/// them nor refer to them (`NOT_FOUND`). Their unique values stay taken, the database deletes them with the rows that they belong to,
/// a list that is `set` loses hidden rows, and a payload shows a row as it was written, even if that hides it.
///
/// The crate needs `async-graphql` and `diesel` in the versions of Doorway. The type's columns, in the order of its
/// table, are the fields of its GraphQL object. Its primary key is a column `id`.
///
/// ```
/// use async_graphql::SimpleObject;
/// use diesel::prelude::*;
/// use doorway::{db::Id, entity, relation::Entity, relationships};
///
/// diesel::table! {
///     use diesel::sql_types::Text;
///     use doorway::db::Guid;
///
///     teams (id) {
///         id -> Guid,
///         name -> Text,
///     }
/// }
///
/// /// A team.
/// #[derive(Debug, Clone, Queryable, Insertable, Identifiable, SimpleObject)]
/// pub struct Team {
///     /// The key.
///     pub id: Id,
///     /// The name.
///     pub name: String,
/// }
///
/// entity! { Team: teams, order [asc name], named name, text [name 1..=100] }
/// relationships! { Team {} }
///
/// fn main() {
///     let team = <Team as Entity>::shape();
///     assert_eq!((team.name, team.table, team.named), ("Team", "teams", Some("name")));
/// }
/// ```
#[macro_export]
macro_rules! entity {
    ($row:ident: $table:ident, order [$($direction:ident $column:ident),+] $(, named $name:ident)?
        $(, text [$($text:ident $min:literal..=$max:literal),*])?
        $(, bytes [$($bytes:ident $($least:literal)?..=$most:literal),*])?
        $(, list [$($list:ident $($fewest:literal)?..=$greatest:literal),*])?
        $(, unique [$([$($unique:ident),+]),*])?
        $(, check [$($check:ident $sql:literal $message:literal),*])?
        $(, default [$($default:ident $value:expr),*])?
        $(, read_only [$($read_only:ident),*])?
        $(, generated [$($generated:ident $expression:literal),*])?
        $(, scope [$($scoped:ident $condition:ident $($value_of_scope:literal)?),*])?) => {
        impl $crate::relation::Stored for $row {
            const NAME: &'static str = stringify!($row);
            const TABLE: &'static str = stringify!($table);
            type Table = $table::table;
        }

        // The primary key is one column, `id`, of a type that keys may have.
        const _: () = {
            const KEY: &str = <<$table::table as diesel::Table>::PrimaryKey as $crate::relation::KeyColumn>::NAME;
            assert!($crate::relation::same_text(KEY, "id"), "the primary key of an entity must be called `id`");
        };

        // The fields of the row are those of the table, in order and of the same types: nullable where the column is.
        const _: fn() = || {
            fn is_row_of<R, T, DB>()
            where
                DB: diesel::backend::Backend,
                T: diesel::Table,
                R: diesel::Queryable<<T::AllColumns as diesel::Expression>::SqlType, DB>,
            {
            }
            is_row_of::<$row, $table::table, diesel::sqlite::Sqlite>();
        };

        impl $crate::relation::Entity for $row {
            const ORDER: &'static [$crate::relation::SortKey] = &[$($crate::relation::SortKey::$direction(
                <$table::$column as $crate::relation::Described>::COLUMN,
            )),+];

            const NAMED: Option<&'static str> = $crate::relation::declare::first(&[
                $(Some(<$table::$name as $crate::relation::Described>::COLUMN.naming()),)?
                None,
            ]);

            const LENGTHS: &'static [$crate::relation::LengthRule] = &[
                $($($crate::relation::LengthRule::of_text(
                    <$table::$text as $crate::relation::Described>::COLUMN,
                    $min,
                    $max,
                ),)*)?
                $($($crate::relation::LengthRule::of_bytes(
                    <$table::$bytes as $crate::relation::Described>::COLUMN,
                    $crate::relation::declare::first(&[$($least,)? 0]),
                    $most,
                ),)*)?
                $($($crate::relation::LengthRule::of_list(
                    <$table::$list as $crate::relation::Described>::COLUMN,
                    $crate::relation::declare::first(&[$($fewest,)? 0]),
                    $greatest,
                ),)*)?
            ];

            const UNIQUES: &'static [&'static [$crate::relation::Column]] =
                &[$($(&[$(<$table::$unique as $crate::relation::Described>::COLUMN.unique()),+]),*)?];

            const CHECKS: &'static [$crate::relation::CheckRule] = &[$($($crate::relation::CheckRule {
                name: stringify!($check),
                sql: $sql,
                message: $message,
            }),*)?];

            const DEFAULTS: &'static [$crate::relation::DefaultRule] = &[$($({
                let _ = $table::$default;
                $crate::relation::DefaultRule {
                    column: stringify!($default),
                    value: || {
                        $crate::relation::Of::<<$table::$default as diesel::Expression>::SqlType>::value($value)
                    },
                }
            }),*)?];

            const READ_ONLY: &'static [&'static str] = &[$($({
                let _ = $table::$read_only;
                stringify!($read_only)
            }),*)?];

            const GENERATED: &'static [$crate::relation::GeneratedRule] = &[$($({
                let _ = $table::$generated;
                $crate::relation::GeneratedRule { column: stringify!($generated), sql: $expression }
            }),*)?];

            const SCOPE: &'static [$crate::relation::ScopeRule] = &[$($($crate::relation::ScopeRule {
                column: <$table::$scoped as $crate::relation::Described>::COLUMN,
                condition: || {
                    $crate::relation::Of::<<$table::$scoped as diesel::Expression>::SqlType>::$condition(
                        $($value_of_scope)?
                    )
                },
            }),*)?];

            const RESOLVERS: &'static [$crate::relation::Resolver] = {
                // Those of `resolvers!`, where there is one.
                #[allow(unused_imports)]
                use $crate::relation::declare::NoResolvers as _;
                $row::RESOLVED_FIELDS
            };
        }

        $(impl $crate::relation::Named for $row {
            const NAME_COLUMN: &'static str = stringify!($name);
        })?
    };
}

/// Makes a row type the [`JoinTable`](crate::relation::JoinTable) of a many-to-many relationship. Its primary key
/// is its two foreign keys; what other columns it has are fields of the edges of connections.
///
/// ```
#[doc = include_str!("example/rows.txt")]
#[doc = include_str!("example/entities.txt")]
/// # relationships! { Team {} }
/// # relationships! { Hero {} }
/// # relationships! { Power {} }
/// diesel::table! {
///     use diesel::sql_types::Integer;
///     use doorway::db::Guid;
///
///     hero_powers (hero_id, power_id) {
///         hero_id -> Guid,
///         power_id -> Guid,
///         rank -> Integer,
///     }
/// }
///
/// /// That a hero has a power.
/// #[derive(Debug, Clone, Queryable, Insertable, Identifiable, Associations, SimpleObject)]
/// #[diesel(table_name = hero_powers, primary_key(hero_id, power_id), belongs_to(Hero), belongs_to(Power))]
/// pub struct HeroPower {
///     /// The hero.
///     #[graphql(skip)]
///     pub hero_id: Id,
///     /// The power.
///     #[graphql(skip)]
///     pub power_id: Id,
///     /// The power's place among the hero's powers.
///     pub rank: i32,
/// }
///
/// join_table! { HeroPower: hero_powers }
///
/// fn main() {
///     use doorway::relation::JoinTable;
///     let columns: Vec<_> = HeroPower::own_columns().map(|column| column.name).collect();
///     assert_eq!(columns, ["rank"]);
/// }
/// ```
#[macro_export]
macro_rules! join_table {
    ($row:ident: $table:ident) => {
        impl $crate::relation::Stored for $row {
            const NAME: &'static str = stringify!($row);
            const TABLE: &'static str = stringify!($table);
            type Table = $table::table;
        }

        impl $crate::relation::JoinTable for $row {}
    };
}
