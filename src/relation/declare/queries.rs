//! `queries!`.

/// Declares the root fields that lead to an entity: the row by its id, or by its name as well, the list, and
/// the connection.
///
/// ```
#[doc = include_str!("example/team.txt")]
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
