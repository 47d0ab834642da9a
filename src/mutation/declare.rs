//! The declarations of mutations: an entity's, and a program's own. They write repetitive blocks and decide nothing.

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

/// Declares mutations of a program's own, each under its description in the schema. A field is one transaction, which leaves nothing
/// and publishes nothing unless its body gives the row to show; its payload has that row and `userErrors`, as the generated ones have.
///
/// ```
#[doc = include_str!("../relation/declare/example/team.txt")]
/// use async_graphql::{EmptySubscription, Schema, value};
/// use doorway::{mutation::{Undone, UserErrorCode, Writing}, own_mutations, queries};
///
/// # queries! { TeamQuery for Team {
/// #     /// A team.
/// #     team by id;
/// #     /// All teams.
/// #     teams, teams_connection;
/// # } }
/// own_mutations! { TeamOwnMutation {
///     /// Gives a team the name of another, which is called otherwise from then on.
///     take_name(
///         /// The team that takes the name.
///         team: Id,
///         /// The team that has the name.
///         other: Id,
///         /// What the other is called from then on.
///         becomes: String = "Former".to_owned(),
///     ): Team, tx => take_name(tx, team, other, becomes).await;
/// } }
///
/// async fn take_name(tx: &mut Writing, team: Id, other: Id, becomes: String) -> Result<Id, Undone> {
///     if team == other {
///         return Err(Undone::refused(UserErrorCode::Duplicate, "other", "must be another team"));
///     }
///     let name: Vec<String> = tx.rows(teams::table.filter(teams::id.eq(other)).select(teams::name)).await?;
///     let renamed = value!({ "id": (other.to_string()), "name": becomes });
///     tx.update::<Team>(renamed).await.map_err(|undone| undone.at("other"))?;
///     tx.update::<Team>(value!({ "id": (team.to_string()), "name": (name.concat()) })).await
/// }
///
/// fn main() {
///     let schema = Schema::build(TeamQuery::default(), TeamOwnMutation, EmptySubscription).finish();
///     assert!(schema.sdl().contains("type TakeNamePayload {"));
/// }
/// ```
///
/// [`Writing`](crate::mutation::Writing) is the transaction. Its `create`, `update`, `upsert` and `delete` take what the generated
/// mutations take, and do what those do: the same checks, versions and events. `rows` and `run` take statements of the program's own.
/// The body runs again where another transaction got in the way, so it should do nothing outside of the transaction. Its error
/// ([`Undone`](crate::mutation::Undone)) is a list of mistakes for the payload, or an error of the field.
///
/// [`registry!`](crate::registry) lists the type behind `own_mutations`.
#[macro_export]
macro_rules! own_mutations {
    ($mutation:ident { $(
        $(#[doc = $doc:literal])* $field:ident
            ($($(#[doc = $arg_doc:literal])* $arg:ident: $arg_ty:ty $(= $default:expr)?),* $(,)?)
            : $row:ident, $tx:ident => $body:expr;
    )+ }) => {
        /// Mutations of the program's own.
        #[derive(Debug, Default)]
        pub struct $mutation;

        const _: () = {
            $(
                assert!(
                    $crate::relation::declare::is_text(concat!($($doc),*)),
                    concat!("`", stringify!($field), "` needs a description: write `/// …` above it"),
                );
                $(assert!(
                    $crate::relation::declare::is_text(concat!($($arg_doc),*)),
                    concat!("`", stringify!($arg), "` needs a description: write `/// …` above it"),
                );)*
            )+
        };

        $(impl $crate::mutation::OwnField<{ $crate::relation::key(stringify!($field)) }> for $mutation {
            const NAME: &'static str = stringify!($field);
        })+

        impl async_graphql::OutputType for $mutation {
            fn type_name() -> std::borrow::Cow<'static, str> {
                stringify!($mutation).into()
            }

            fn create_type_info(registry: &mut async_graphql::registry::Registry) -> String {
                $crate::relation::register_object(registry, stringify!($mutation), "Mutations.", |registry| {
                    let mut fields = $crate::relation::Fields::new();
                    $($crate::mutation::add_own_field::<
                        $crate::mutation::Does<$mutation, { $crate::relation::key(stringify!($field)) }>, $row,
                    >(
                        registry, &mut fields, stringify!($field), concat!($($doc, "\n"),*),
                        |registry| {
                            let _ = &registry;
                            vec![$($crate::relation::argument::<$arg_ty>(
                                registry,
                                stringify!($arg),
                                concat!($($arg_doc, "\n"),*),
                                None$(.or(Some((|| $default) as fn() -> $arg_ty)))?,
                            )),*]
                        },
                    );)+
                    fields
                })
            }

            async fn resolve(
                &self,
                _: &async_graphql::ContextSelectionSet<'_>,
                _: &async_graphql::Positioned<async_graphql::parser::types::Field>,
            ) -> async_graphql::ServerResult<async_graphql::Value> {
                Ok(async_graphql::Value::Null)
            }
        }

        impl async_graphql::ContainerType for $mutation {
            async fn resolve_field(
                &self,
                ctx: &async_graphql::Context<'_>,
            ) -> async_graphql::ServerResult<Option<async_graphql::Value>> {
                $(if $crate::relation::names::is_camel_case_of(ctx.item.node.name.node.as_str(), stringify!($field)) {
                    $(let $arg = $crate::mutation::own_argument::<$arg_ty>(
                        ctx, stringify!($arg), None$(.or(Some((|| $default) as fn() -> $arg_ty)))?,
                    )?;)*
                    return $crate::mutation::transact::<
                        $crate::mutation::Does<$mutation, { $crate::relation::key(stringify!($field)) }>, $row, _,
                    >(
                        ctx,
                        &[$(stringify!($arg)),*],
                        |$tx| {
                            $(let $arg = Clone::clone(&$arg);)*
                            Box::pin(async move { $body })
                        },
                    )
                    .await;
                })+
                Ok(None)
            }
        }

        impl async_graphql::ObjectType for $mutation {}
    };
}
