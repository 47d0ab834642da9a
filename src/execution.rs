//! How an operation on the schema is executed: what it may take, and what its response holds besides its data.

use crate::db::Db;
use crate::document;
use crate::error::{
    BAD_USER_INPUT, GRAPHQL_PARSE_FAILED, GRAPHQL_VALIDATION_FAILED, SERVICE_UNAVAILABLE, coded,
    without_location,
};
use crate::relation::{Drive, EXTENSION, Explain, Loaders, drive, is_asked};
use crate::schema::{Schema, builder};
use async_graphql::{
    Data, Request, Response, ServerError, ValidationResult,
    extensions::{Extension, ExtensionContext, ExtensionFactory, NextValidation},
    parser::types::OperationType,
};
use futures_util::{FutureExt, Stream, StreamExt, stream};
use std::{
    sync::{Arc, LazyLock},
    task::{Poll, ready},
    time::Duration,
};

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
        return Response::from_errors(vec![without_location(coded(
            GRAPHQL_VALIDATION_FAILED,
            HOW_TO_SUBSCRIBE,
        ))]);
    }
    execute_prepared(schema, db, request, None).await
}

async fn execute_prepared(
    schema: &Schema,
    db: &Db,
    request: Request,
    session_data: Option<Arc<Data>>,
) -> Response {
    let loaders = loaders(db, &request);
    let request = request.data(loaders.clone()).data(db.clone());
    let execution = drive(&loaders, async {
        match session_data {
            None => schema.execute(request).await,
            // async-graphql accepts session data only for streams. This one has one response.
            Some(data) => {
                let mut responses = schema.execute_stream_with_session_data(request, data);
                responses.next().await.unwrap_or_default()
            }
        }
    });
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
    request: Request,
) -> impl Stream<Item = Response> + Send + use<> {
    execute_stream_with_session_data(schema, db, request, None)
}

/// The same with data of the connection. Resolvers and extensions find it in their context, after the request's own data.
pub fn execute_stream_with_session_data(
    schema: &Schema,
    db: &Db,
    mut request: Request,
    session_data: Option<Arc<Data>>,
) -> impl Stream<Item = Response> + Send + use<> {
    if let Err(error) = document::prepare(&mut request) {
        return stream::iter([with_codes(Response::from_errors(vec![error]))]).boxed();
    }
    if operation_type(&mut request) == Some(OperationType::Subscription) {
        let loaders = loaders(db, &request);
        let request = request.data(loaders.clone()).data(db.clone());
        let responses = limit_each(drive(
            &loaders,
            schema.execute_stream_with_session_data(request, session_data.unwrap_or_default()),
        ));
        return responses.map(move |response| explained(&loaders, with_codes(response))).boxed();
    }
    let (schema, db) = (schema.clone(), db.clone());
    stream::once(async move { execute_prepared(&schema, &db, request, session_data).await }).boxed()
}

fn too_long() -> Response {
    let text = format!("the operation took longer than {} s: select less", TIME_LIMIT.as_secs());
    Response::from_errors(vec![without_location(coded(SERVICE_UNAVAILABLE, text))])
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

/// Checks a document against the schema, and against the limits of documents, without executing it.
///
/// # Errors
/// What is wrong with it.
pub fn check(document: &str) -> Result<(), String> {
    static SCHEMA: LazyLock<Schema> = LazyLock::new(|| builder().extension(ValidationOnly).finish());
    let mut request = Request::new(document);
    document::prepare_all(&mut request).map_err(|error| error.message)?;
    // Validation waits for nothing.
    let Some(response) = SCHEMA.execute(request).now_or_never() else {
        return Err("it could not be validated".to_owned());
    };
    response.errors.first().map_or(Ok(()), |error| Err(error.message.clone()))
}

/// Ends a request when its document has been validated, by an error of no errors.
struct ValidationOnly;

impl ExtensionFactory for ValidationOnly {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(ValidationOnly)
    }
}

#[async_graphql::async_trait::async_trait]
impl Extension for ValidationOnly {
    async fn validation(
        &self,
        ctx: &ExtensionContext<'_>,
        next: NextValidation<'_>,
    ) -> Result<ValidationResult, Vec<ServerError>> {
        next.run(ctx).await?;
        Err(Vec::new())
    }
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
