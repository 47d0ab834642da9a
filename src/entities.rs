//! The registry: the entities, the schema they make, and how an operation on it is executed.
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

use crate::db::{Db, Id, column_names};
use crate::document;
use crate::error::{
    BAD_USER_INPUT, GRAPHQL_PARSE_FAILED, GRAPHQL_VALIDATION_FAILED, SERVICE_UNAVAILABLE, bad_argument,
    coded, unplaced,
};
use crate::relation::{
    Drive, EXTENSION, Explain, List, Loaders, Related, Relationship, Shape, Stored, by_id, drive,
    id_argument, is_asked, locate,
};
use async_graphql::{
    Context, ID, Interface, MergedObject, Object, Request, Response, Result, parser::types::OperationType,
};
use futures_util::{Stream, StreamExt, future::try_join_all, stream};
use std::{
    sync::Arc,
    task::{Poll, ready},
    time::Duration,
};

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

/// Makes the schema.
pub fn schema() -> Schema {
    Schema::build(Query::default(), Mutation::default(), SubscriptionRoot).finish()
}

/// The schema in GraphQL's schema definition language, ended by one newline.
pub fn sdl() -> String {
    let sdl = schema().sdl();
    format!("{}\n", sdl.trim())
}

/// For those who ask for a subscription's one response.
pub const HOW_TO_SUBSCRIBE: &str =
    "subscribe over a WebSocket (graphql-transport-ws), or with the header Accept: text/event-stream";

/// How long an operation may take.
const TIME_LIMIT: Duration = Duration::from_secs(30);

/// Executes one operation on `db`, with loaders of its own. Where the request's extensions have
/// `doorway: { explain: true }`, the response's have what was run ([`Explain`]).
pub async fn execute(schema: &Schema, db: &Db, mut request: Request) -> Response {
    if let Err(error) = document::prepare(&mut request) {
        return with_codes(Response::from_errors(vec![error]));
    }
    if operation_type(&mut request) == Some(OperationType::Subscription) {
        return Response::from_errors(vec![unplaced(coded(GRAPHQL_VALIDATION_FAILED, HOW_TO_SUBSCRIBE))]);
    }
    execute_prepared(schema, db, request).await
}

async fn execute_prepared(schema: &Schema, db: &Db, request: Request) -> Response {
    let loaders = loaders(db, &request);
    let execution = drive(&loaders, schema.execute(request.data(loaders.clone()).data(db.clone())));
    let response = match tokio::time::timeout(TIME_LIMIT, execution).await {
        Ok(response) => with_codes(response),
        Err(_) => too_long(),
    };
    explained(&loaders, response)
}

/// An operation's loaders, which note what they run where its extensions ask for that.
fn loaders(db: &Db, request: &Request) -> Arc<Loaders> {
    let explain = request.extensions.get(EXTENSION).is_some_and(is_asked);
    Loaders::new(db, explain.then(Arc::<Explain>::default))
}

/// The response, with what it cost where that was asked for.
fn explained(loaders: &Loaders, response: Response) -> Response {
    match loaders.explain() {
        Some(explain) => response.extension(EXTENSION, explain.take()),
        None => response,
    }
}

/// Executes one operation on `db`: a subscription's responses as its events come, the one response of any other.
pub fn execute_stream(
    schema: &Schema,
    db: &Db,
    mut request: Request,
) -> impl Stream<Item = Response> + Send + use<> {
    if let Err(error) = document::prepare(&mut request) {
        return stream::iter([with_codes(Response::from_errors(vec![error]))]).boxed();
    }
    if operation_type(&mut request) == Some(OperationType::Subscription) {
        let loaders = loaders(db, &request);
        let request = request.data(loaders.clone()).data(db.clone());
        let responses = limit_each(drive(&loaders, schema.execute_stream(request)));
        return responses.map(move |response| explained(&loaders, with_codes(response))).boxed();
    }
    let (schema, db) = (schema.clone(), db.clone());
    stream::once(async move { execute_prepared(&schema, &db, request).await }).boxed()
}

fn too_long() -> Response {
    let text = format!("the operation took longer than {} s: ask for less", TIME_LIMIT.as_secs());
    Response::from_errors(vec![unplaced(coded(SERVICE_UNAVAILABLE, text))])
}

/// Ends a subscription whose next response takes longer to make than an operation may, leaving aside how long
/// it waits for its event.
fn limit_each<S: Stream<Item = Response>>(driven: Drive<S>) -> impl Stream<Item = Response> {
    let (mut driven, mut limit) = (Some(driven), None);
    stream::poll_fn(move |cx| {
        let Some(running) = &mut driven else { return Poll::Ready(None) };
        if let Poll::Ready(response) = running.poll_next_unpin(cx) {
            limit = None;
            return Poll::Ready(response);
        }
        if !running.is_busy() {
            limit = None;
            return Poll::Pending;
        }
        let limit = limit.get_or_insert_with(|| Box::pin(tokio::time::sleep(TIME_LIMIT)));
        ready!(limit.as_mut().poll(cx));
        driven = None;
        Poll::Ready(Some(too_long()))
    })
}

/// What the operation that would run is: a query, a mutation or a subscription. What does not parse, or names
/// no operation, is none of them, and says so when it is executed.
pub fn operation_type(request: &mut Request) -> Option<OperationType> {
    let name = request.operation_name.clone();
    let document = request.parsed_query().ok()?;
    document::operation(document, name.as_deref()).map(|operation| operation.ty)
}

/// Gives every error a code. Our own have theirs. async-graphql's have none: those without a path came before
/// execution, those with one from an argument that is not of its type.
fn with_codes(mut response: Response) -> Response {
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
