//! The declaration of an entity's mutations. It writes repetitive blocks and decides nothing.

/// Declares the root fields that write an entity, each of one row under its description in the schema, and of many,
/// whose description is the same for all entities. The inputs follow from the entity's columns and relationships.
///
/// ```
#[doc = include_str!("../relation/declare/example/team.txt")]
/// use async_graphql::{EmptySubscription, Schema};
/// use doorway::{mutations, queries};
///
/// # queries! { TeamQuery for Team {
/// #     /// A team.
/// #     team by id;
/// #     /// All teams.
/// #     teams, teams_connection;
/// # } }
/// mutations! { TeamMutation for Team, many "teams" {
///     create {
///         /// Creates a team.
///         create_team, create_teams;
///     }
///     update {
///         /// Updates a team.
///         update_team, update_teams;
///     }
///     delete {
///         /// Deletes a team.
///         delete_team, delete_teams;
///     }
///     upsert {
///         /// Creates a team, unless there is one of this name.
///         upsert_team, upsert_teams by "names";
///     }
/// } }
///
/// fn main() {
///     let schema = Schema::build(TeamQuery::default(), TeamMutation, EmptySubscription).finish();
///     assert!(schema.sdl().contains("input CreateTeamInput {"));
/// }
/// ```
///
/// `upsert` is for an entity that is `named`. `move { … move_hero_power: Power; }` moves a row in a list that is
/// ordered by a column of the join table. Where several such lists lead to one entity, the line says which: `move_hero_power: Power in
/// powers;`.
#[macro_export]
macro_rules! mutations {
    ($mutation:ident for $row:ident, many $rows:literal {
        create { $(#[$doc1:meta])* $create:ident, $create_all:ident; }
        update { $(#[$doc2:meta])* $update:ident, $update_all:ident; }
        delete { $(#[$doc3:meta])* $delete:ident, $delete_all:ident; }
        $(upsert { $(#[$doc4:meta])* $upsert:ident, $upsert_all:ident by $names:literal; })?
        $(move { $($(#[$doc5:meta])* $move:ident: $target:ident $(in $list:ident)?;)* })?
    }) => {
        #[doc = concat!("The root fields that write `", stringify!($row), "`.")]
        #[derive(Debug, Default)]
        pub struct $mutation;

        #[async_graphql::Object]
        impl $mutation {
            $(#[$doc1])*
            async fn $create(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "The new row.")] input: $crate::mutation::Create<$row>,
            ) -> async_graphql::Result<$crate::mutation::Payload<$crate::mutation::Created, $row>> {
                $crate::mutation::create::<$row>(ctx, input).await
            }

            #[doc = concat!("Creates up to 1,000 ", $rows, ": all of them or none.")]
            async fn $create_all(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "Up to 1,000 rows, or the error is TOO_MANY.")]
                inputs: Vec<$crate::mutation::Create<$row>>,
            ) -> async_graphql::Result<$crate::mutation::Many<$crate::mutation::Created, $row>> {
                $crate::mutation::create_all::<$row>(ctx, inputs).await
            }

            $(#[$doc2])*
            async fn $update(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "The row and its changes.")] input: $crate::mutation::Update<$row>,
            ) -> async_graphql::Result<$crate::mutation::Payload<$crate::mutation::Updated, $row>> {
                $crate::mutation::update::<$row>(ctx, input).await
            }

            #[doc = concat!("Updates up to 1,000 ", $rows, ": all of them or none.")]
            async fn $update_all(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "Up to 1,000 rows with their changes, or the error is TOO_MANY. None may appear twice.")]
                inputs: Vec<$crate::mutation::Update<$row>>,
            ) -> async_graphql::Result<$crate::mutation::Many<$crate::mutation::Updated, $row>> {
                $crate::mutation::update_all::<$row>(ctx, inputs).await
            }

            $(#[$doc3])*
            async fn $delete(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "The row to delete.")] input: $crate::mutation::Delete<$row>,
            ) -> async_graphql::Result<$crate::mutation::Payload<$crate::mutation::Deleted, $row>> {
                $crate::mutation::delete::<$row>(ctx, input).await
            }

            #[doc = concat!("Deletes up to 1,000 ", $rows, ": all of them or none.")]
            async fn $delete_all(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "Up to 1,000 rows, or the error is TOO_MANY. None may appear twice.")]
                inputs: Vec<$crate::mutation::Delete<$row>>,
            ) -> async_graphql::Result<$crate::mutation::Many<$crate::mutation::Deleted, $row>> {
                $crate::mutation::delete_all::<$row>(ctx, inputs).await
            }

            $($(#[$doc4])*
            async fn $upsert(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "The row to find, update or create.")] input: $crate::mutation::Upsert<$row>,
            ) -> async_graphql::Result<$crate::mutation::Payload<$crate::mutation::Upserted, $row>> {
                $crate::mutation::upsert::<$row>(ctx, input).await
            }

            #[doc = concat!("Returns up to 1,000 ", $rows, " by their ", $names, ". Creates those that are missing: all of them or none.")]
            async fn $upsert_all(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "Up to 1,000 rows, or the error is TOO_MANY.")]
                inputs: Vec<$crate::mutation::Upsert<$row>>,
            ) -> async_graphql::Result<$crate::mutation::Many<$crate::mutation::Upserted, $row>> {
                $crate::mutation::upsert_all::<$row>(ctx, inputs).await
            })?

            $($($(#[$doc5])*
            async fn $move(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "What to move, and where to.")]
                input: $crate::mutation::Move<$row, $target, { $crate::mutations! { @list $($list)? } }>,
            ) -> async_graphql::Result<
                $crate::mutation::Payload<
                    $crate::mutation::Moved<$row, $target, { $crate::mutations! { @list $($list)? } }>, $row,
                >,
            > {
                $crate::mutation::move_link::<$row, $target, { $crate::mutations! { @list $($list)? } }>(ctx, input).await
            })*)?
        }

        $($(const _: () = assert!(
            $crate::mutation::is_one_list::<$row>(
                <$target as $crate::relation::Stored>::TABLE, { $crate::mutations! { @list $($list)? } },
            ),
            concat!(
                "`", stringify!($move), "` must move rows of one list that a column of its join table orders: if several lead to `",
                stringify!($target), "`, say which by `", stringify!($move), ": ", stringify!($target), " in a_list;`",
            ),
        );)*)?
    };

    (@list) => { 0 };
    (@list $list:ident) => { $crate::relation::key(stringify!($list)) };
}
