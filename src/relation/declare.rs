//! The declarations of an entity file. They write repetitive blocks and decide nothing.

/// Makes a row type an [`Entity`](crate::relation::Entity): its table, the order of its lists, the other
/// unique column that it may be asked for by, and how many characters its texts may have.
///
/// ```text
/// entity! { Tag: tags, order [asc "name"], named name, text [name 1..=200] }
/// ```
#[macro_export]
macro_rules! entity {
    ($row:ident: $table:ident, order [$($direction:ident $column:literal),+] $(, named $name:ident)?
        $(, text [$($text:ident $min:literal..=$max:literal),*])?) => {
        impl $crate::relation::Stored for $row {
            const NAME: &'static str = stringify!($row);
            const TABLE: &'static str = stringify!($table);
            type Table = $table::table;
        }

        impl $crate::relation::Entity for $row {
            const ORDER: &'static [$crate::relation::OrderBy] = &[$({
                use $crate::relation::{Column, OrderBy, Stored};
                OrderBy::$direction(Column::named(<$row as Stored>::COLUMNS, $column))
            }),+];

            // The first of them.
            const NAMED: Option<&'static str> = [$(Some(stringify!($name)),)? None][0];

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

/// Makes a row type the [`JoinTable`](crate::relation::JoinTable) of a many-to-many relationship.
///
/// ```text
/// join_table! { PostTagLink: post_tags }
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
/// ```text
/// relationships! { BlogPost {
///     belongs_to {
///         /// Who wrote it.
///         author: User, back_populates blog_posts;
///     }
///     has_one { … }
///     has_many { … }
///     many_to_many {
///         /// What it is about, in the writer's order.
///         tags, tags_connection: Tag, through PostTagLink by position, back_populates posts;
///     }
/// } }
/// ```
///
/// `back_populates` names the field of the target that leads back; neither a missing field nor a missing
/// foreign key compiles. `by` orders a list by a column of the join table; without it the list has the
/// target's own order. To-many relationships have two fields, the list and the connection.
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
                        // The first of them: the join table's order where the line names one.
                        const ORDER: &[&[OrderBy]] = &[
                            $(&[OrderBy::link($crate::relation::Column::named(
                                <$link as $crate::relation::Stored>::COLUMNS,
                                stringify!($position),
                            ))],)?
                            <$linked_row as Entity>::ORDER,
                        ];
                        ORDER[0]
                    });)*)?
            }
        } }

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
                // That the field which leads back exists is for the compiler to say.
                $($(let _ = $one_row::$one_back;)*)?
                $($(let _ = $maybe_row::$maybe_back;)*)?
                $($(let _ = $many_row::$many_back;)*)?
                $($(let _ = $linked_row::$linked_back;)*)?
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
                        position: [$(Some(stringify!($position)),)? None][0],
                    },)*)?
                ]
            };
        }
    };

    (@fields $row:ident {
        one { $({ $(#[$doc1:meta])* } $one:ident: $one_row:ident;)* }
        maybe { $({ $(#[$doc2:meta])* } $maybe:ident: $maybe_row:ident;)* }
        many { $({ $(#[$doc3:meta])* } $many:ident, $connection:ident: $many_row:ident, $via:ty, $source:expr;)* }
    }) => {
        #[async_graphql::ComplexObject]
        impl $row {
            $($(#[$doc1])*
            pub(crate) async fn $one(
                &self,
                ctx: &async_graphql::Context<'_>,
            ) -> async_graphql::Result<std::sync::Arc<$one_row>> {
                $crate::relation::belongs_to(ctx, self).await
            })*

            $($(#[$doc2])*
            pub(crate) async fn $maybe(
                &self,
                ctx: &async_graphql::Context<'_>,
            ) -> Option<async_graphql::Result<std::sync::Arc<$maybe_row>>> {
                $crate::relation::has_one::<$row, $maybe_row>(ctx, self.id).await.transpose()
            })*

            $($(#[$doc3])*
            pub(crate) async fn $many(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "How many at most: from 0 to 1000, or the error is BAD_USER_INPUT.", default = 100)]
                limit: i64,
                #[graphql(
                    desc = "How many to pass over first: from 0 to 2147483647. Far into a long list, the connection's `after` is faster.",
                    default = 0
                )]
                offset: i64,
                #[graphql(name = "where", desc = "Only those that meet these conditions, of which there may be 500.")]
                only: Option<$crate::relation::Filter<$many_row>>,
                #[graphql(desc = "Their order in place of the one above, by up to 10 keys in turn; the id breaks the last tie, in the direction of the last key.")]
                order_by: Option<Vec<$crate::relation::Order<$many_row>>>,
            ) -> async_graphql::Result<$crate::relation::List<$many_row>> {
                let arguments = $crate::relation::ListArguments { limit, offset, only, order_by };
                $crate::relation::list(ctx, $source, self.id, arguments).await
            }

            $(#[$doc3])*
            /// In pages, with cursors, as Relay has them.
            #[allow(clippy::too_many_arguments, reason = "they are the field's")]
            pub(crate) async fn $connection(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "The first so many, from `after` on: from 0 to 1000, or the error is BAD_USER_INPUT; 100 where `last` is not given either.")]
                first: Option<i64>,
                #[graphql(desc = "Only what comes after this cursor, from the same field with the same `orderBy`, or the error is BAD_USER_INPUT.")] after: Option<String>,
                #[graphql(desc = "The last so many, up to `before`, in the same order: from 0 to 1000; not together with `first`.")] last: Option<i64>,
                #[graphql(desc = "Only what comes before this cursor, from the same field with the same `orderBy`, or the error is BAD_USER_INPUT.")] before: Option<String>,
                #[graphql(name = "where", desc = "Only those that meet these conditions, of which there may be 500.")]
                only: Option<$crate::relation::Filter<$many_row>>,
                #[graphql(desc = "Their order in place of the one above, by up to 10 keys in turn; the id breaks the last tie, in the direction of the last key.")]
                order_by: Option<Vec<$crate::relation::Order<$many_row>>>,
            ) -> async_graphql::Result<$crate::relation::Connection<$many_row, $via>> {
                let arguments =
                    $crate::relation::ConnectionArguments { first, after, last, before, only, order_by };
                $crate::relation::connection(ctx, $source, self.id, arguments)
            })*
        }
    };
}

/// Declares the root fields that lead to an entity: the row by its id, or by its name as well, the list, and
/// the connection.
///
/// ```text
/// queries! { TagQuery for Tag {
///     /// The tag with this id, or with this name; null where there is none.
///     tag by id or name: "The tag's whole name, in its own case.";
///     /// All tags, by name.
///     tags, tags_connection;
/// } }
/// ```
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
                #[graphql(desc = "Its id, a UUID, or the error is BAD_USER_INPUT.")] id: async_graphql::ID,
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
                #[graphql(desc = "Its id, a UUID, or the error is BAD_USER_INPUT.")] id: Option<async_graphql::ID>,
                #[graphql(desc = $name_desc)] $name: Option<String>,
            ) -> Option<async_graphql::Result<std::sync::Arc<$row>>> {
                $crate::relation::by_id_or_name(ctx, id, $name).await.transpose()
            }
        } $($lists)* }
    };

    (@fields $query:ident $row:ident { $($one:tt)* }
        $(#[$doc2:meta])* $many:ident, $connection:ident;
    ) => {
        #[doc = concat!("The root fields that lead to `", stringify!($row), "`.")]
        #[derive(Debug, Default)]
        pub struct $query;

        #[async_graphql::Object]
        impl $query {
            $($one)*

            $(#[$doc2])*
            async fn $many(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "How many at most: from 0 to 1000, or the error is BAD_USER_INPUT.", default = 100)]
                limit: i64,
                #[graphql(
                    desc = "How many to pass over first: from 0 to 2147483647. Far into a long list, the connection's `after` is faster.",
                    default = 0
                )]
                offset: i64,
                #[graphql(name = "where", desc = "Only those that meet these conditions, of which there may be 500.")]
                only: Option<$crate::relation::Filter<$row>>,
                #[graphql(desc = "Their order in place of the one above, by up to 10 keys in turn; the id breaks the last tie, in the direction of the last key.")]
                order_by: Option<Vec<$crate::relation::Order<$row>>>,
            ) -> async_graphql::Result<$crate::relation::List<$row>> {
                let arguments = $crate::relation::ListArguments { limit, offset, only, order_by };
                let source = $crate::relation::Source::all::<$row>();
                $crate::relation::list(ctx, source, $crate::db::Id::NIL, arguments).await
            }

            $(#[$doc2])*
            /// In pages, with cursors, as Relay has them.
            #[allow(clippy::too_many_arguments, reason = "they are the field's")]
            async fn $connection(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "The first so many, from `after` on: from 0 to 1000, or the error is BAD_USER_INPUT; 100 where `last` is not given either.")]
                first: Option<i64>,
                #[graphql(desc = "Only what comes after this cursor, from the same field with the same `orderBy`, or the error is BAD_USER_INPUT.")] after: Option<String>,
                #[graphql(desc = "The last so many, up to `before`, in the same order: from 0 to 1000; not together with `first`.")] last: Option<i64>,
                #[graphql(desc = "Only what comes before this cursor, from the same field with the same `orderBy`, or the error is BAD_USER_INPUT.")] before: Option<String>,
                #[graphql(name = "where", desc = "Only those that meet these conditions, of which there may be 500.")]
                only: Option<$crate::relation::Filter<$row>>,
                #[graphql(desc = "Their order in place of the one above, by up to 10 keys in turn; the id breaks the last tie, in the direction of the last key.")]
                order_by: Option<Vec<$crate::relation::Order<$row>>>,
            ) -> async_graphql::Result<$crate::relation::Connection<$row, $crate::relation::Direct>> {
                let arguments =
                    $crate::relation::ConnectionArguments { first, after, last, before, only, order_by };
                let source = $crate::relation::Source::all::<$row>();
                $crate::relation::connection(ctx, source, $crate::db::Id::NIL, arguments)
            }
        }
    };
}
