//! The declaration of an entity's mutations. It writes repetitive blocks and decides nothing.

/// Declares the root fields that write an entity, of one row and of many, each under its description in the
/// schema. The inputs follow from the entity's columns and relationships.
///
/// ```text
/// mutations! { TagMutation for Tag {
///     create {
///         /// Makes a tag.
///         create_tag;
///         /// Makes tags, all or none.
///         create_tags;
///     }
///     update { … }
///     delete { … }
///     upsert { … }
///     move {
///         /// Moves a tag of a post to another place in the list.
///         move_blog_post_tag: Tag;
///     }
/// } }
/// ```
#[macro_export]
macro_rules! mutations {
    ($mutation:ident for $row:ident {
        create { $(#[$doc1:meta])* $create:ident; $(#[$doc2:meta])* $create_all:ident; }
        update { $(#[$doc3:meta])* $update:ident; $(#[$doc4:meta])* $update_all:ident; }
        delete { $(#[$doc5:meta])* $delete:ident; $(#[$doc6:meta])* $delete_all:ident; }
        $(upsert { $(#[$doc7:meta])* $upsert:ident; $(#[$doc8:meta])* $upsert_all:ident; })?
        $(move { $(#[$doc9:meta])* $move:ident: $target:ident; })?
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
                #[graphql(desc = "What it is to hold.")] input: $crate::mutation::Create<$row>,
            ) -> async_graphql::Result<$crate::mutation::Payload<$crate::mutation::Created, $row>> {
                $crate::mutation::create(ctx, input).await
            }

            $(#[$doc2])*
            async fn $create_all(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "What each is to hold: 1000 at most, or the error is TOO_MANY.")]
                inputs: Vec<$crate::mutation::Create<$row>>,
            ) -> async_graphql::Result<$crate::mutation::Many<$crate::mutation::Created, $row>> {
                $crate::mutation::create_all(ctx, inputs).await
            }

            $(#[$doc3])*
            async fn $update(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "Which one, and what changes.")] input: $crate::mutation::Update<$row>,
            ) -> async_graphql::Result<$crate::mutation::Payload<$crate::mutation::Updated, $row>> {
                $crate::mutation::update(ctx, input).await
            }

            $(#[$doc4])*
            async fn $update_all(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "Which ones, and what changes: 1000 at most, or the error is TOO_MANY; none of them twice.")]
                inputs: Vec<$crate::mutation::Update<$row>>,
            ) -> async_graphql::Result<$crate::mutation::Many<$crate::mutation::Updated, $row>> {
                $crate::mutation::update_all(ctx, inputs).await
            }

            $(#[$doc5])*
            async fn $delete(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "Which one.")] input: $crate::mutation::Delete<$row>,
            ) -> async_graphql::Result<$crate::mutation::Payload<$crate::mutation::Deleted, $row>> {
                $crate::mutation::delete(ctx, input).await
            }

            $(#[$doc6])*
            async fn $delete_all(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "Which ones: 1000 at most, or the error is TOO_MANY; none of them twice.")]
                inputs: Vec<$crate::mutation::Delete<$row>>,
            ) -> async_graphql::Result<$crate::mutation::Many<$crate::mutation::Deleted, $row>> {
                $crate::mutation::delete_all(ctx, inputs).await
            }

            $($(#[$doc7])*
            async fn $upsert(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "What it is to hold.")] input: $crate::mutation::Upsert<$row>,
            ) -> async_graphql::Result<$crate::mutation::Payload<$crate::mutation::Upserted, $row>> {
                $crate::mutation::upsert(ctx, input).await
            }

            $(#[$doc8])*
            async fn $upsert_all(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "What each is to hold: 1000 at most, or the error is TOO_MANY.")]
                inputs: Vec<$crate::mutation::Upsert<$row>>,
            ) -> async_graphql::Result<$crate::mutation::Many<$crate::mutation::Upserted, $row>> {
                $crate::mutation::upsert_all(ctx, inputs).await
            })?

            $($(#[$doc9])*
            async fn $move(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "Which one, of which list, to where.")]
                input: $crate::mutation::Move<$row, $target>,
            ) -> async_graphql::Result<$crate::mutation::Payload<$crate::mutation::Moved<$target>, $row>> {
                $crate::mutation::move_link(ctx, input).await
            })?
        }
    };
}
