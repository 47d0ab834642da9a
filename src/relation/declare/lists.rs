//! The list and the connection of every declaration that has them.

/// Writes `impl` with its fields and, below them, a list and a connection for each of `lists`: each with its target,
/// how its connection leads there, and its source. `key` is the key of the list's parent.
#[doc(hidden)]
#[macro_export]
macro_rules! list_fields {
    ({ $($impl:tt)* } { $($fields:tt)* } $key:expr;
        $({ $(#[$doc:meta])* } $list:ident, $connection:ident: $row:ident, $via:ty, $source:expr;)*) => {
        $($impl)* {
            $($fields)*

            $($(#[$doc])*
            pub(crate) async fn $list(
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
                let key: fn(&Self) -> $crate::db::Id = $key;
                $crate::relation::list(ctx, $source, key(self), arguments).await
            }

            $(#[$doc])*
            /// In pages, with cursors, as Relay has them.
            #[allow(clippy::too_many_arguments, reason = "they are the field's")]
            pub(crate) async fn $connection(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "The first so many, from `after` on: from 0 to 1000, or the error is BAD_USER_INPUT; 100 where `last` is not given either.")]
                first: Option<i64>,
                #[graphql(desc = "Only what comes after this cursor, from the same field with the same `orderBy`, or the error is BAD_USER_INPUT.")]
                after: Option<String>,
                #[graphql(desc = "The last so many, up to `before`, in the same order: from 0 to 1000; not together with `first`.")]
                last: Option<i64>,
                #[graphql(desc = "Only what comes before this cursor, from the same field with the same `orderBy`, or the error is BAD_USER_INPUT.")]
                before: Option<String>,
                #[graphql(name = "where", desc = "Only those that meet these conditions, of which there may be 500.")]
                only: Option<$crate::relation::Filter<$row>>,
                #[graphql(desc = "Their order in place of the one above, by up to 10 keys in turn; the id breaks the last tie, in the direction of the last key.")]
                order_by: Option<Vec<$crate::relation::Order<$row>>>,
            ) -> async_graphql::Result<$crate::relation::Connection<$row, $via>> {
                let arguments =
                    $crate::relation::ConnectionArguments { first, after, last, before, only, order_by };
                let key: fn(&Self) -> $crate::db::Id = $key;
                $crate::relation::connection(ctx, $source, key(self), arguments)
            })*
        }
    };
}
