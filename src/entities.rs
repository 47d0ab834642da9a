//! The registry: the entities, and the schema they make.
//!
//! A new entity is a file beside these, its two lines here (`mod` and the registry's), and a line in the file
//! of each entity it is related to.

pub(crate) mod blog_post;
pub(crate) mod post_tag_link;
pub(crate) mod profile;
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

use crate::db::column_names;
use crate::engine::{Graph, Operation};
use crate::relation::{Entity, HasRelationships, Queried, Relationship, Shape, Stored, register_nodes};
use async_graphql::{
    ContainerType, Context, ContextSelectionSet, MergedObject, ObjectType, OutputType, Positioned,
    ServerResult, Value,
    parser::types::Field,
    registry::{MetaTypeId, ObjectBuilder, Registry},
};
use std::{borrow::Cow, sync::LazyLock};

/// Makes the lists of all entities and join tables, each named by its file, its row type and its table.
macro_rules! registry {
    (
        entities { $($entity:ident: $row:ident, $rows:ident, $query:ident, $mutation:ident;)+ }
        links { $($link_file:ident: $link:ident, $links:ident;)+ }
    ) => {
        $(pub use $entity::$row;)+
        $(pub use $link_file::$link;)+

        /// The query root: single rows and lists of every type.
        #[derive(MergedObject, Default)]
        pub struct Query(NodeQuery, $($entity::$query),+);

        /// The mutation root. Each field is one transaction. Several fields run in order, and a failed one does not undo those
        /// before it.
        #[derive(MergedObject, Default)]
        pub struct Mutation($($entity::$mutation),+);

        /// The tables of the entities, in the order of the registry.
        const TABLES: &[&str] = &[$($row::TABLE),+];

        /// What operations lead to.
        pub fn graph() -> &'static Graph {
            static GRAPH: LazyLock<Graph> =
                LazyLock::new(|| Graph { entities: vec![$(<$row as Queried>::root_fields()),+], tables: TABLES });
            &GRAPH
        }

        /// Every relationship field there is, by entity.
        pub const RELATIONSHIPS: &[&[Relationship]] = &[$($row::RELATIONSHIPS),+];

        /// Every entity, as the generic code knows it.
        pub fn shapes() -> Vec<Shape> {
            vec![$(<$row as Entity>::shape()),+]
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

/// The root fields that lead to rows of any type. The engine resolves them.
#[derive(Debug, Default)]
pub struct NodeQuery;

impl OutputType for NodeQuery {
    fn type_name() -> Cow<'static, str> {
        "NodeQuery".into()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        registry.create_output_type::<Self, _>(MetaTypeId::Object, |registry| {
            ObjectBuilder::new(Self::type_name(), register_nodes(&shapes(), registry)).build()
        })
    }

    async fn resolve(&self, _: &ContextSelectionSet<'_>, _: &Positioned<Field>) -> ServerResult<Value> {
        Ok(Value::Null)
    }
}

impl ContainerType for NodeQuery {
    /// Resolves every root field, of whatever entity: the engine runs a query as a whole.
    async fn resolve_field(&self, ctx: &Context<'_>) -> ServerResult<Option<Value>> {
        Operation::resolve(ctx).await
    }
}

impl ObjectType for NodeQuery {}
