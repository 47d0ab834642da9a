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
use crate::error::{BAD_USER_INPUT, GRAPHQL_PARSE_FAILED, GRAPHQL_VALIDATION_FAILED, coded};
use crate::relation::{Loaders, Related, Relationship, Stored, drive};
use async_graphql::{EmptyMutation, EmptySubscription, MergedObject, Request, Response, ServerError, Value};

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
pub async fn execute(schema: &Schema, db: &Db, mut request: Request) -> Response {
    if let Some(error) = missing_variable(&mut request) {
        return Response::from_errors(vec![error]);
    }
    let loaders = Loaders::new(db);
    let mut response = drive(&loaders, schema.execute(request.data(loaders.clone()))).await;
    // Our own errors have a code. async-graphql's have none: those without a path came before execution,
    // those with one from an argument that is not of its type.
    for error in &mut response.errors {
        let extensions = error.extensions.get_or_insert_default();
        if extensions.get("code").is_none() {
            let code = match (error.path.is_empty(), error.message.starts_with(" -->")) {
                (false, _) => BAD_USER_INPUT,
                (true, true) => GRAPHQL_PARSE_FAILED,
                (true, false) => GRAPHQL_VALIDATION_FAILED,
            };
            extensions.set("code", code);
        }
    }
    response
}

/// The error for a variable that must have a value and has none. async-graphql finds it only where the
/// variable is used, when half of the operation has run (GraphQL specification, section 6.1.2).
fn missing_variable(request: &mut Request) -> Option<ServerError> {
    let name = request.operation_name.clone();
    let (position, text) = {
        let document = request.parsed_query().ok()?.clone();
        let mut operations = document.operations.iter();
        let (_, operation) = match &name {
            Some(name) => operations.find(|(known, _)| known.is_some_and(|known| known == name))?,
            None => operations.next()?,
        };
        operation.node.variable_definitions.iter().find_map(|variable| {
            let (definition, name) = (&variable.node, &variable.node.name.node);
            let given = request.variables.get(name).is_some_and(|value| *value != Value::Null);
            let needed = !definition.var_type.node.nullable && definition.default_value.is_none();
            let text = format!("the variable `${name}` of type {} has no value", definition.var_type.node);
            (needed && !given).then_some((variable.pos, text))
        })?
    };
    let mut error = coded(GRAPHQL_VALIDATION_FAILED, text).into_server_error(position);
    error.locations = vec![position];
    Some(error)
}
