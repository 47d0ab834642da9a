//! The registry: the entities, and the schema they make.
//!
//! A new entity is a file beside these, its two lines here (`mod` and the registry's), and a line in the file
//! of each entity it is related to.

pub(crate) mod blog_post;
pub(crate) mod post_tag_link;
pub(crate) mod profile;
pub(crate) mod subscription;
pub(crate) mod tag;
pub(crate) mod user;

registry! {
    entities {
        user: User, users, UserQuery, UserMutation;
        profile: Profile, profiles, ProfileQuery, ProfileMutation;
        blog_post: BlogPost, blog_posts, BlogPostQuery, BlogPostMutation;
        tag: Tag, tags, TagQuery, TagMutation;
    }
    links {
        post_tag_link: PostTagLink, post_tags;
    }
}

use crate::db::{Id, column_names};
use crate::error::bad_argument;
use crate::relation::{List, Related, Relationship, Shape, Stored, by_id, id_argument, locate};
use async_graphql::{Context, ID, Interface, MergedObject, Object, Result, SDLExportOptions, ValidationMode};
use futures_util::future::try_join_all;
use std::sync::Arc;

/// Makes the lists of all entities and join tables, each named by its file, its row type and its table.
macro_rules! registry {
    (
        entities { $($entity:ident: $row:ident, $rows:ident, $query:ident, $mutation:ident;)+ }
        links { $($link_file:ident: $link:ident, $links:ident;)+ }
    ) => {
        $(pub use $entity::$row;)+
        $(pub use $link_file::$link;)+

        /// Where every query begins: one row, or a list of them. None of these changes anything.
        #[derive(MergedObject, Default)]
        pub struct Query(NodeQuery, $($entity::$query),+);

        /// Where every mutation begins. Each field is one transaction, all of it or nothing; several run in order, and one
        /// that fails does not take back those before it.
        #[derive(MergedObject, Default)]
        pub struct Mutation($($entity::$mutation),+);

        /// What has an id that is unique among all types, and can be fetched again by it alone (Relay, Global
        /// Object Identification).
        #[derive(Interface)]
        #[graphql(field(name = "id", ty = "&Id", desc = "The key, a UUID, unique among all types."))]
        pub enum Node {
            $(#[allow(missing_docs, reason = "the type says it")] $row(Arc<$row>),)+
        }

        /// The tables of the entities, in the order of the registry.
        const TABLES: &[&str] = &[$($row::TABLE),+];

        impl Node {
            /// The row with this id, of whatever type: found by one statement for all ids, then read by one for
            /// each type.
            async fn by_id(ctx: &Context<'_>, id: Id) -> Result<Option<Node>> {
                let Some(found) = locate(ctx, TABLES, id).await? else { return Ok(None) };
                let table = TABLES[found];
                $(if table == $row::TABLE {
                    return Ok(by_id::<$row>(ctx, id).await?.map(Node::$row));
                })+
                Ok(None)
            }
        }

        /// Every relationship field there is, by entity.
        pub const RELATIONSHIPS: &[&[Relationship]] = &[$($row::RELATIONSHIPS),+];

        /// Every entity, as the generic code knows it.
        pub fn shapes() -> Vec<Shape> {
            vec![$(Shape::of::<$row>()),+]
        }

        /// Every table, with its columns in order, as the code knows them.
        pub fn tables() -> Vec<(&'static str, Vec<String>)> {
            vec![
                $(($row::TABLE, column_names::<$entity::$rows::table>()),)+
                $(($link::TABLE, column_names::<$link_file::$links::table>()),)+
            ]
        }
    };
}
use registry;

/// The most ids that `nodes` takes.
const MAX_NODES: usize = 1000;

/// The root fields that lead to rows of any type.
#[derive(Debug, Default)]
pub struct NodeQuery;

#[Object]
impl NodeQuery {
    /// The row with this id, of whatever type; null where there is none, or no longer.
    async fn node(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of a row of any type, a UUID, or the error is BAD_USER_INPUT.")] id: ID,
    ) -> Option<Result<Node>> {
        async { Node::by_id(ctx, id_argument("id", &id)?).await }.await.transpose()
    }

    /// The rows with these ids, of whatever types, in the order of the ids; null for an id that no row has.
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "The ids of rows of any type, UUIDs, 1000 at most, or the error is BAD_USER_INPUT."
        )]
        ids: Vec<ID>,
    ) -> Result<List<Option<Node>>> {
        if ids.len() > MAX_NODES {
            return Err(bad_argument("ids", &format!("may have {MAX_NODES} ids at most, not {}", ids.len())));
        }
        let mut rows = Vec::with_capacity(ids.len());
        for (nth, id) in ids.iter().enumerate() {
            rows.push(Node::by_id(ctx, id_argument(&format!("ids[{nth}]"), id)?));
        }
        Ok(try_join_all(rows).await?.into())
    }
}

pub use subscription::SubscriptionRoot;

/// The schema; making it is cheap, cloning it cheaper.
pub type Schema = async_graphql::Schema<Query, Mutation, SubscriptionRoot>;

/// Makes the schema. It validates nothing: [`crate::document`] does, and hands over what it has prepared.
pub fn schema() -> Schema {
    Schema::build(Query::default(), Mutation::default(), SubscriptionRoot)
        .validation_mode(ValidationMode::Fast)
        .limit_recursive_depth(usize::MAX)
        .finish()
}

/// The schema in GraphQL's schema definition language, ended by one newline.
pub fn sdl() -> String {
    let sdl = schema().sdl_with_options(SDLExportOptions::new().include_specified_by());
    format!("{}\n", sdl.trim())
}
