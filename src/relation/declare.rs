//! The two declarations of an entity file. They write repetitive blocks and decide nothing.

/// Makes a row type an [`Entity`](crate::relation::Entity): its table, the order of its lists, and the other
/// unique column that it may be asked for by.
///
/// ```text
/// entity! { Tag: tags, order [asc "name"], named name }
/// ```
#[macro_export]
macro_rules! entity {
    ($row:ident: $table:ident, order [$($direction:ident $column:literal),+] $(, named $name:ident)?) => {
        impl $crate::relation::Stored for $row {
            const TABLE: &'static str = stringify!($table);
        }

        impl $crate::relation::Entity for $row {
            const ORDER: &'static [$crate::relation::OrderBy] = &[
                $($crate::relation::OrderBy::$direction($crate::relation::Column::Row($column))),+
            ];

            fn fetch(
                reader: &$crate::db::Reader,
                request: $crate::relation::PageRequest,
                keys: $crate::relation::Keys,
            ) -> impl Future<Output = Result<Vec<($crate::db::Id, Self)>, $crate::db::DbError>> + Send {
                let name = <$row as $crate::relation::Stored>::TABLE;
                reader.rows($crate::relation::Fetch::<$table::table>::new(name, request, keys))
            }
        }

        $(impl $crate::relation::Named for $row {
            const NAME: &'static str = stringify!($name);

            fn name(&self) -> &str {
                &self.$name
            }
        })?
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
///         tags: Tag, through PostTagLink by position, back_populates posts;
///     }
/// } }
/// ```
///
/// `back_populates` names the field of the target that leads back; neither a missing field nor a missing
/// foreign key compiles. `by` orders a list by a column of the join table; without it the list has the
/// target's own order.
#[macro_export]
macro_rules! relationships {
    ($row:ident {
        $(belongs_to { $($(#[$doc1:meta])* $one:ident: $one_row:ident, back_populates $one_back:ident;)* })?
        $(has_one { $($(#[$doc2:meta])* $maybe:ident: $maybe_row:ident, back_populates $maybe_back:ident;)* })?
        $(has_many { $($(#[$doc3:meta])* $many:ident: $many_row:ident, back_populates $many_back:ident;)* })?
        $(many_to_many { $($(#[$doc4:meta])* $linked:ident: $linked_row:ident, through $link:ident
            $(by $position:ident)?, back_populates $linked_back:ident;)* })?
    }) => {
        #[async_graphql::ComplexObject]
        impl $row {
            $($($(#[$doc1])*
            pub(crate) async fn $one(
                &self,
                ctx: &async_graphql::Context<'_>,
            ) -> async_graphql::Result<std::sync::Arc<$one_row>> {
                $crate::relation::belongs_to(ctx, self).await
            })*)?

            $($($(#[$doc2])*
            pub(crate) async fn $maybe(
                &self,
                ctx: &async_graphql::Context<'_>,
            ) -> Option<async_graphql::Result<std::sync::Arc<$maybe_row>>> {
                $crate::relation::has_one::<$row, $maybe_row>(ctx, self.id).await.transpose()
            })*)?

            $($($(#[$doc3])*
            pub(crate) async fn $many(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "How many at most: from 0 to 1000.", default = 100)] limit: i64,
                #[graphql(desc = "How many to pass over first: from 0 to 2147483647.", default = 0)] offset: i64,
            ) -> async_graphql::Result<$crate::relation::List<$many_row>> {
                use $crate::relation::{Entity, Rel, many};
                let order = <$many_row as Entity>::ORDER;
                many(ctx, Rel::has::<$row, $many_row>(), order, self.id, (limit, offset)).await
            })*)?

            $($($(#[$doc4])*
            pub(crate) async fn $linked(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "How many at most: from 0 to 1000.", default = 100)] limit: i64,
                #[graphql(desc = "How many to pass over first: from 0 to 2147483647.", default = 0)] offset: i64,
            ) -> async_graphql::Result<$crate::relation::List<$linked_row>> {
                use $crate::relation::{Entity, Rel, many};
                // The first of them: the join table's order where the line names one.
                const ORDER: &[&[$crate::relation::OrderBy]] = &[
                    $(&[$crate::relation::OrderBy::asc($crate::relation::Column::Link(stringify!($position)))],)?
                    <$linked_row as Entity>::ORDER,
                ];
                many(ctx, Rel::through::<$row, $link, $linked_row>(), ORDER[0], self.id, (limit, offset)).await
            })*)?
        }

        impl $crate::relation::Related for $row {
            const RELATIONSHIPS: &'static [$crate::relation::Relationship] = {
                use $crate::relation::{Kind, Rel, Relationship};
                // That the field which leads back exists is for the compiler to say.
                $($(let _ = $one_row::$one_back;)*)?
                $($(let _ = $maybe_row::$maybe_back;)*)?
                $($(let _ = $many_row::$many_back;)*)?
                $($(let _ = $linked_row::$linked_back;)*)?
                &[
                    $($(Relationship {
                        field: stringify!($one), back_populates: stringify!($one_back),
                        kind: Kind::BelongsTo, rel: Rel::belongs_to::<$row, $one_row>(),
                    },)*)?
                    $($(Relationship {
                        field: stringify!($maybe), back_populates: stringify!($maybe_back),
                        kind: Kind::HasOne, rel: Rel::has::<$row, $maybe_row>(),
                    },)*)?
                    $($(Relationship {
                        field: stringify!($many), back_populates: stringify!($many_back),
                        kind: Kind::HasMany, rel: Rel::has::<$row, $many_row>(),
                    },)*)?
                    $($(Relationship {
                        field: stringify!($linked), back_populates: stringify!($linked_back),
                        kind: Kind::ManyToMany, rel: Rel::through::<$row, $link, $linked_row>(),
                    },)*)?
                ]
            };
        }
    };
}
