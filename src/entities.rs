//! The registry: the entities, the schema they make, and how an operation on it is executed.
//!
//! A new entity is a file beside these, a line in each list below, and a line in the file of each entity it
//! is related to.

pub(crate) mod blog_post;
pub(crate) mod post_tag_link;
pub(crate) mod profile;
pub(crate) mod tag;
pub(crate) mod user;

pub use blog_post::BlogPost;
pub use post_tag_link::PostTagLink;
pub use profile::Profile;
pub use tag::Tag;
pub use user::User;

use crate::db::{Db, column_names};
use crate::error::{GRAPHQL_PARSE_FAILED, GRAPHQL_VALIDATION_FAILED};
use crate::relation::{Loaders, Related, Relationship, Stored, drive};
use async_graphql::{EmptyMutation, EmptySubscription, MergedObject, Request, Response};

/// Where every query begins.
#[derive(MergedObject, Default)]
pub struct Query(user::UserQuery, profile::ProfileQuery, blog_post::BlogPostQuery, tag::TagQuery);

/// Every relationship field there is.
pub const RELATIONSHIPS: [&[Relationship]; 4] =
    [User::RELATIONSHIPS, Profile::RELATIONSHIPS, BlogPost::RELATIONSHIPS, Tag::RELATIONSHIPS];

/// Every table, with its columns in order, as the code knows them.
pub fn tables() -> [(&'static str, Vec<String>); 5] {
    [
        (User::TABLE, column_names::<user::users::table>()),
        (Profile::TABLE, column_names::<profile::profiles::table>()),
        (BlogPost::TABLE, column_names::<blog_post::blog_posts::table>()),
        (Tag::TABLE, column_names::<tag::tags::table>()),
        (PostTagLink::TABLE, column_names::<post_tag_link::post_tags::table>()),
    ]
}

/// The schema; making it is cheap, cloning it cheaper.
pub type Schema = async_graphql::Schema<Query, EmptyMutation, EmptySubscription>;

/// Makes the schema.
pub fn schema() -> Schema {
    Schema::build(Query::default(), EmptyMutation, EmptySubscription).finish()
}

/// The schema in GraphQL's schema definition language, ended by one newline.
pub fn sdl() -> String {
    let sdl = schema().sdl();
    format!("{}\n", sdl.trim())
}

/// Executes one operation on `db`, with loaders of its own.
pub async fn execute(schema: &Schema, db: &Db, request: Request) -> Response {
    let loaders = Loaders::new(db);
    let mut response = drive(&loaders, schema.execute(request.data(loaders.clone()))).await;
    // What failed before execution has no path, and async-graphql gives it no code.
    for error in response.errors.iter_mut().filter(|error| error.path.is_empty()) {
        let extensions = error.extensions.get_or_insert_default();
        if extensions.get("code").is_none() {
            let parsing = error.source.is_none() && error.message.starts_with(" -->");
            extensions.set("code", if parsing { GRAPHQL_PARSE_FAILED } else { GRAPHQL_VALIDATION_FAILED });
        }
    }
    response
}
