//! The list and the connection of every declaration that has them.

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
                    desc = "Rows to skip: 0 to 2,147,483,647. For long lists, `after` in the connection is faster.",
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
            /// As pages with cursors (Relay).
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
