//! The declarations of an entity file. They write repetitive blocks and decide nothing.

#[cfg(doctest)]
mod mistakes;

use super::model::{HasRelationships, Kind, Relationship, same_text};

/// Makes a row type an [`Entity`](crate::relation::Entity): its table, the order of its lists, the other
/// unique column that it may be asked for by, and how many characters its texts may have.
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
/// #[graphql(complex)]
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
        $(, text [$($text:ident $min:literal..=$max:literal),*])?) => {
        impl $crate::relation::Stored for $row {
            const NAME: &'static str = stringify!($row);
            const TABLE: &'static str = stringify!($table);
            type Table = $table::table;
        }

        impl $crate::relation::Entity for $row {
            const ORDER: &'static [$crate::relation::OrderBy] = &[$($crate::relation::OrderBy::$direction(
                <$table::$column as $crate::relation::Described>::COLUMN,
            )),+];

            const NAMED: Option<&'static str> =
                $crate::relation::declare::first(&[$(Some(stringify!($name)),)? None]);

            const TEXTS: &'static [$crate::relation::TextRule] = &[$($({
                let _ = $table::$text;
                $crate::relation::TextRule { column: stringify!($text), min: $min, max: $max }
            }),*)?];

            fn fetch(
                reader: &$crate::db::Reader,
                request: $crate::relation::PageRequest,
                keys: $crate::relation::Values,
            ) -> impl Future<Output = $crate::relation::Fetched<Self>> + Send
            {
                let table = <$row as $crate::relation::Stored>::TABLE;
                reader.rows($crate::relation::Fetch::new(table, $table::all_columns, request, keys))
            }
        }

        $(impl $crate::relation::Named for $row {
            const NAME_COLUMN: &'static str = stringify!($name);

            fn name(&self) -> &str {
                &self.$name
            }
        })?
    };
}

/// Makes a row type the [`JoinTable`](crate::relation::JoinTable) of a many-to-many relationship. Its primary key
/// is its two foreign keys; what other columns it has are fields of the edges of connections.
///
/// ```
#[doc = include_str!("declare/example/rows.txt")]
#[doc = include_str!("declare/example/entities.txt")]
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

/// Declares an entity's relationships, one line each, under its description in the schema. The kinds come
/// in this order; those it has none of are left out.
///
/// ```
#[doc = include_str!("declare/example/rows.txt")]
#[doc = include_str!("declare/example/link.txt")]
#[doc = include_str!("declare/example/entities.txt")]
/// # join_table! { HeroPower: hero_powers }
/// relationships! { Team {
///     has_many {
///         /// The team's heroes, by name.
///         heroes, heroes_connection: Hero, back_populates team;
///     }
/// } }
///
/// relationships! { Hero {
///     belongs_to {
///         /// The hero's team.
///         team: Team, back_populates heroes;
///     }
///     many_to_many {
///         /// What the hero can do, the strongest power first.
///         powers, powers_connection: Power, through HeroPower by rank, back_populates heroes;
///     }
/// } }
///
/// relationships! { Power {
///     many_to_many {
///         /// The heroes who have this power, by name.
///         heroes, heroes_connection: Hero, through HeroPower, back_populates powers;
///     }
/// } }
///
/// fn main() {
///     use doorway::relation::HasRelationships;
///     let fields: Vec<_> = Hero::RELATIONSHIPS.iter().map(|one| one.field).collect();
///     assert_eq!(fields, ["team", "powers"]);
/// }
/// ```
///
/// `has_one` is written as `belongs_to` is, on the side without the foreign key, which must be unique.
///
/// `back_populates` names the field of the target that leads back. It does not compile unless that field exists, goes
/// along the same foreign key or join table, and names this one in turn; nor does a relationship without a foreign
/// key. `by` orders a list by a column of the join table; without it the list has the target's own order. To-many
/// relationships have two fields, the list and the connection.
#[macro_export]
macro_rules! relationships {
    ($row:ident {
        $(belongs_to { $($(#[$doc1:meta])* $one:ident: $one_row:ident, back_populates $one_back:ident;)* })?
        $(has_one { $($(#[$doc2:meta])* $maybe:ident: $maybe_row:ident, back_populates $maybe_back:ident;)* })?
        $(has_many { $($(#[$doc3:meta])* $many:ident, $many_connection:ident: $many_row:ident,
            back_populates $many_back:ident;)* })?
        $(many_to_many { $($(#[$doc4:meta])* $linked:ident, $linked_connection:ident: $linked_row:ident,
            through $link:ident $(by $position:ident)?, back_populates $linked_back:ident;)* })?
    }) => {
        // What both kinds of to-many relationships need, in one form.
        $crate::relationships! { @fields $row {
            one { $($({ $(#[$doc1])* } $one: $one_row;)*)? }
            maybe { $($({ $(#[$doc2])* } $maybe: $maybe_row;)*)? }
            many {
                $($({ $(#[$doc3])* } $many, $many_connection: $many_row,
                    $crate::relation::Direct, $crate::relation::Source::has::<$row, $many_row>();)*)?
                $($({ $(#[$doc4])* } $linked, $linked_connection: $linked_row,
                    $crate::relation::Through<$row, $link>,
                    $crate::relation::Source::through::<$row, $link, $linked_row>({
                        use $crate::relation::{Entity, OrderBy};
                        // The join table's order if the line names one.
                        const ORDERS: &[&[OrderBy]] = &[
                            $(&[OrderBy::link($crate::relation::Column::named(
                                <$link as $crate::relation::Stored>::COLUMNS,
                                stringify!($position),
                            ))],)?
                            <$linked_row as Entity>::ORDER,
                        ];
                        $crate::relation::declare::first(ORDERS)
                    });)*)?
            }
        } }

        // A column that is not there is the compiler's to report: it points at the name.
        $($($(const _: fn(&$link) = |link| {
            let _ = &link.$position;
        };)?)*)?

        $($(impl $crate::relation::LinkTo<$linked_row> for $link {
            fn fetch(
                reader: &$crate::db::Reader,
                request: $crate::relation::PageRequest,
                keys: $crate::relation::Values,
            ) -> impl Future<Output = $crate::relation::Fetched<($linked_row, Self)>> + Send {
                use diesel::Table;
                use $crate::relation::{Fetch, Stored};
                let target = <<$linked_row as Stored>::Table as Table>::all_columns();
                let link = <<$link as Stored>::Table as Table>::all_columns();
                reader.rows(Fetch::new(<$linked_row as Stored>::TABLE, (target, link), request, keys))
            }
        })*)?

        impl $crate::relation::HasRelationships for $row {
            const RELATIONSHIPS: &'static [$crate::relation::Relationship] = {
                use $crate::relation::{Entity, Join, Kind, Relationship};
                &[
                    $($(Relationship {
                        field: stringify!($one), back_populates: stringify!($one_back), kind: Kind::BelongsTo,
                        join: Join::belongs_to::<$row, $one_row>(), target: <$one_row as Entity>::shape, link: None, position: None,
                    },)*)?
                    $($(Relationship {
                        field: stringify!($maybe), back_populates: stringify!($maybe_back), kind: Kind::HasOne,
                        join: Join::has::<$row, $maybe_row>(), target: <$maybe_row as Entity>::shape, link: None, position: None,
                    },)*)?
                    $($(Relationship {
                        field: stringify!($many), back_populates: stringify!($many_back), kind: Kind::HasMany,
                        join: Join::has::<$row, $many_row>(), target: <$many_row as Entity>::shape, link: None, position: None,
                    },)*)?
                    $($(Relationship {
                        field: stringify!($linked), back_populates: stringify!($linked_back),
                        kind: Kind::ManyToMany, join: Join::through::<$row, $link, $linked_row>(),
                        target: <$linked_row as Entity>::shape, link: Some(<$link as $crate::relation::JoinTable>::shape),
                        position: $crate::relation::declare::first(&[$(Some(stringify!($position)),)? None]),
                    },)*)?
                ]
            };
        }

        $crate::relationships! { @back_populates $row
            $($($one: $one_row, $one_back;)*)?
            $($($maybe: $maybe_row, $maybe_back;)*)?
            $($($many: $many_row, $many_back;)*)?
            $($($linked: $linked_row, $linked_back;)*)?
        }
    };

    // Apart from RELATIONSHIPS, whose value must not depend on that of the other side.
    (@back_populates $row:ident $($field:ident: $target:ident, $back:ident;)*) => {
        $(const _: () = {
            use $crate::relation::declare::{leads_back, names_back};
            // A field that is not there is the compiler's to report: it points at the name.
            let _ = $target::$back;
            assert!(
                leads_back::<$row, $target>(stringify!($field), stringify!($back)),
                concat!(
                    "`", stringify!($row), ".", stringify!($field), "` says `back_populates ", stringify!($back), "`, but `",
                    stringify!($target), ".", stringify!($back), "` is not a relationship back to it along the same \
                     foreign key or join table",
                ),
            );
            assert!(
                names_back::<$target>(stringify!($back), stringify!($field)),
                concat!(
                    "`", stringify!($row), ".", stringify!($field), "` says `back_populates ", stringify!($back), "`, but `",
                    stringify!($target), ".", stringify!($back), "` does not say `back_populates ", stringify!($field), "`",
                ),
            );
        };)*
    };

    (@fields $row:ident {
        one { $({ $(#[$doc1:meta])* } $one:ident: $one_row:ident;)* }
        maybe { $({ $(#[$doc2:meta])* } $maybe:ident: $maybe_row:ident;)* }
        many { $($many:tt)* }
    }) => {
        $crate::list_fields! { { #[async_graphql::ComplexObject] impl $row } {
            $($(#[$doc1])*
            pub(crate) async fn $one(
                &self,
                ctx: &async_graphql::Context<'_>,
            ) -> async_graphql::Result<std::sync::Arc<$one_row>> {
                $crate::relation::belongs_to::<$row, $one_row>(ctx, self).await
            })*

            $($(#[$doc2])*
            pub(crate) async fn $maybe(
                &self,
                ctx: &async_graphql::Context<'_>,
            ) -> Option<async_graphql::Result<std::sync::Arc<$maybe_row>>> {
                $crate::relation::has_one::<$row, $maybe_row>(ctx, self.id).await.transpose()
            })*
        } |row| row.id; $($many)* }
    };
}

/// Writes `impl` with its fields and, below them, a list and a connection for each of `lists`: each with its target,
/// how its connection leads there, and its source. `key` is the key of the list's parent.
#[doc(hidden)]
#[macro_export]
macro_rules! list_fields {
    (@described $where_text:literal, $order_text:literal, { $($impl:tt)* } { $($fields:tt)* } $key:expr;
        $({ $(#[$doc:meta])* } $list:ident, $connection:ident: $row:ident, $via:ty, $source:expr;)*) => {
        $($impl)* {
            $($fields)*

            $($(#[$doc])*
            pub(crate) async fn $list(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "The most rows to return: 0 to 1,000.", default = 100)]
                limit: i64,
                #[graphql(
                    desc = "Rows to skip: 0 to 2147483647. For long lists, `after` in the connection is faster.",
                    default = 0
                )]
                offset: i64,
                #[graphql(name = "where", desc = $where_text)]
                filter: Option<$crate::relation::Filter<$row>>,
                #[graphql(desc = $order_text)]
                order_by: Option<Vec<$crate::relation::Order<$row>>>,
            ) -> async_graphql::Result<$crate::relation::List<$row>> {
                let arguments = $crate::relation::ListArguments { limit, offset, filter, order_by };
                let key: fn(&Self) -> $crate::db::Id = $key;
                $crate::relation::list(ctx, $source, key(self), arguments).await
            }

            $(#[$doc])*
            /// In pages with cursors (Relay).
            #[allow(clippy::too_many_arguments, reason = "they are the field's")]
            pub(crate) async fn $connection(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "The number of rows to return, starting at `after`: 0 to 1,000. The default is 100, unless `last` is given.")]
                first: Option<i64>,
                #[graphql(desc = "Only rows after this cursor. It must come from the same field with the same `orderBy`.")]
                after: Option<String>,
                #[graphql(desc = "The number of rows to return from the end, up to `before`: 0 to 1,000. Not together with `first`.")]
                last: Option<i64>,
                #[graphql(desc = "Only rows before this cursor. It must come from the same field with the same `orderBy`.")]
                before: Option<String>,
                #[graphql(name = "where", desc = $where_text)]
                filter: Option<$crate::relation::Filter<$row>>,
                #[graphql(desc = $order_text)]
                order_by: Option<Vec<$crate::relation::Order<$row>>>,
            ) -> async_graphql::Result<$crate::relation::Connection<$row, $via>> {
                let arguments =
                    $crate::relation::ConnectionArguments { first, after, last, before, filter, order_by };
                let key: fn(&Self) -> $crate::db::Id = $key;
                $crate::relation::connection(ctx, $source, key(self), arguments)
            })*
        }
    };

    // The arguments that both fields have are described once.
    ({ $($impl:tt)* } $($rest:tt)*) => {
        $crate::list_fields! {
            @described
            "Return only rows that match. A filter may have up to 500 conditions.",
            "Up to 10 sort keys, instead of the default order. The id breaks ties, in the direction of the last key.",
            { $($impl)* } $($rest)*
        }
    };
}

/// Declares the root fields that lead to an entity: the row by its id, or by its name as well, the list, and
/// the connection.
///
/// ```
#[doc = include_str!("declare/example/team.txt")]
/// use async_graphql::{EmptyMutation, EmptySubscription, Schema};
/// use doorway::queries;
///
/// queries! { TeamQuery for Team {
///     /// The team with this id, or with this name; null if there is none.
///     team by id or name: "The team's whole name.";
///     /// All teams, by name.
///     teams, teams_connection;
/// } }
///
/// fn main() {
///     let schema = Schema::build(TeamQuery, EmptyMutation, EmptySubscription).finish();
///     assert!(schema.sdl().contains("type TeamConnection {"));
/// }
/// ```
///
/// `or name` is for an entity that is `named`; without it, the line is `team by id;`.
#[macro_export]
macro_rules! queries {
    ($query:ident for $row:ident {
        $(#[$doc1:meta])* $one:ident by id;
        $($lists:tt)*
    }) => {
        $crate::queries! { @fields $query $row {
            $(#[$doc1])*
            async fn $one(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "The row's id, a UUID.")] id: async_graphql::ID,
            ) -> Option<async_graphql::Result<std::sync::Arc<$row>>> {
                use $crate::relation::{by_id, id_argument};
                async { by_id(ctx, id_argument("id", &id)?).await }.await.transpose()
            }
        } $($lists)* }
    };

    ($query:ident for $row:ident {
        $(#[$doc1:meta])* $one:ident by id or $name:ident: $name_desc:literal;
        $($lists:tt)*
    }) => {
        $crate::queries! { @fields $query $row {
            $(#[$doc1])*
            async fn $one(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "The row's id, a UUID.")] id: Option<async_graphql::ID>,
                #[graphql(desc = $name_desc)] $name: Option<String>,
            ) -> Option<async_graphql::Result<std::sync::Arc<$row>>> {
                $crate::relation::by_id_or_name::<$row>(ctx, id, $name).await.transpose()
            }
        } $($lists)* }
    };

    (@fields $query:ident $row:ident { $($one:tt)* }
        $(#[$doc2:meta])* $many:ident, $connection:ident;
    ) => {
        #[doc = concat!("The root fields that lead to `", stringify!($row), "`.")]
        #[derive(Debug, Default)]
        pub struct $query;

        $crate::list_fields! { { #[async_graphql::Object] impl $query } { $($one)* } |_| $crate::db::Id::NIL;
            { $(#[$doc2])* } $many, $connection: $row, $crate::relation::Direct,
                $crate::relation::Source::all::<$row>();
        }
    };
}

/// The first of several values, for a part of a declaration that may be left out: what it says, or else the rest.
#[doc(hidden)]
pub const fn first<T: Copy>(values: &[T]) -> T {
    values[0]
}

/// Whether the field `back` of `T` is a relationship back to the field `field` of `P`: along the same foreign key or
/// join table, the other way.
#[doc(hidden)]
pub const fn leads_back<P: HasRelationships, T: HasRelationships>(field: &str, back: &str) -> bool {
    match (relationship(P::RELATIONSHIPS, field), relationship(T::RELATIONSHIPS, back)) {
        (Some(here), Some(there)) => {
            let kinds = match here.kind {
                Kind::BelongsTo => matches!(there.kind, Kind::HasOne | Kind::HasMany),
                Kind::HasOne | Kind::HasMany => matches!(there.kind, Kind::BelongsTo),
                Kind::ManyToMany => matches!(there.kind, Kind::ManyToMany),
            };
            kinds && here.join.is_reverse_of(&there.join)
        }
        _ => false,
    }
}

/// Whether the relationship `back` of `T` says `back_populates field`.
#[doc(hidden)]
pub const fn names_back<T: HasRelationships>(back: &str, field: &str) -> bool {
    match relationship(T::RELATIONSHIPS, back) {
        Some(there) => same_text(there.back_populates, field),
        None => false,
    }
}

/// The relationship of this name.
const fn relationship(all: &'static [Relationship], field: &str) -> Option<&'static Relationship> {
    let mut nth = 0;
    while nth < all.len() {
        if same_text(all[nth].field, field) {
            return Some(&all[nth]);
        }
        nth += 1;
    }
    None
}
