//! How an operation on the schema is executed: what it may take, and what its response holds besides its data.

use crate::db::Db;
use crate::document::{self, Document, Introspected, Kind, Limits, Refused};
use crate::error::{BAD_USER_INPUT, GRAPHQL_VALIDATION_FAILED, SERVICE_UNAVAILABLE, coded, without_location};
use crate::relation::{Drive, EXTENSION, Explain, Loaders, drive, is_asked};
use crate::schema::{Schema, sdl};
use async_graphql::{Data, Request, Response, Value, Variables, indexmap::IndexMap};
use futures_util::{Stream, StreamExt, stream};
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

/// The schema that documents are validated against: the one that is executed, read from its SDL.
pub fn document_schema() -> Arc<document::Schema> {
    static SCHEMA: LazyLock<Arc<document::Schema>> = LazyLock::new(|| {
        #[allow(clippy::expect_used, reason = "at start-up, and a test holds that it is valid")]
        document::Schema::read(&sdl(), Limits::default()).expect("the schema is valid")
    });
    SCHEMA.clone()
}

/// A document that was read, or why it is refused; and the request that it came with.
#[derive(Debug)]
pub struct Operation {
    /// What was read of the request's document.
    pub document: Result<Arc<Document>, Refused>,
    /// What else was asked: its text and parsed query are of no matter.
    pub request: Request,
}

impl Operation {
    /// Reads the document that a request has as its text.
    pub fn read(request: Request) -> Operation {
        Operation { document: document_schema().document(&request.query).map(Arc::new), request }
    }

    /// What it does, or would do if its document were valid; nothing where it is none.
    pub fn kind(&self) -> Option<Kind> {
        let name = self.request.operation_name.as_deref();
        match &self.document {
            Ok(document) => document.kind(name),
            Err(refused) => refused.kind(name),
        }
    }

    /// Makes it ready for async-graphql.
    fn prepare(self) -> Result<Ready, Refused> {
        let Operation { document, mut request } = self;
        let name = request.operation_name.take();
        let mut prepared = document?.prepare(name.as_deref(), &request.variables)?;
        let is_answered = prepared.is_answered();
        let introspected = prepared.introspected.take();
        request.variables = Variables::default();
        request.set_parsed_query(prepared.executable);
        Ok(Ready { kind: prepared.kind, request, introspected, is_answered })
    }
}

/// An operation as async-graphql executes it.
struct Ready {
    kind: Kind,
    request: Request,
    introspected: Option<Introspected>,
    /// Whether introspection is all that was asked for.
    is_answered: bool,
}

/// Executes one operation on `db`, with loaders of its own. Where the request's extensions have
/// `doorway: { explain: true }`, the response's have what was run ([`Explain`]).
pub async fn execute(schema: &Schema, db: &Db, request: Request) -> Response {
    execute_operation(schema, db, Operation::read(request)).await
}

/// The same for a document that was read before.
pub async fn execute_operation(schema: &Schema, db: &Db, operation: Operation) -> Response {
    match operation.prepare() {
        Ok(ready) if ready.kind == Kind::Subscription => {
            Response::from_errors(vec![without_location(coded(GRAPHQL_VALIDATION_FAILED, HOW_TO_SUBSCRIBE))])
        }
        Ok(ready) => execute_ready(schema, db, ready, None).await,
        Err(refused) => Response::from_errors(refused.errors),
    }
}

async fn execute_ready(schema: &Schema, db: &Db, ready: Ready, session_data: Option<Arc<Data>>) -> Response {
    let Ready { request, introspected, is_answered, .. } = ready;
    let loaders = loaders(db, &request);
    let mut response = if is_answered {
        Response::new(Value::Object(IndexMap::new()))
    } else {
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
        match tokio::time::timeout(TIME_LIMIT, execution).await {
            Ok(response) => with_codes(response),
            Err(_) => too_long(),
        }
    };
    if let Some(introspected) = introspected {
        response.data = introspected.among(response.data);
    }
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
    stream_operation(schema, db, Operation::read(request), None)
}

/// The same for a document that was read before, with data of the connection. Resolvers and extensions find it in their
/// context, after the request's own data.
pub fn stream_operation(
    schema: &Schema,
    db: &Db,
    operation: Operation,
    session_data: Option<Arc<Data>>,
) -> impl Stream<Item = Response> + Send + use<> {
    let ready = match operation.prepare() {
        Ok(ready) => ready,
        Err(refused) => return stream::iter([Response::from_errors(refused.errors)]).boxed(),
    };
    if ready.kind == Kind::Subscription {
        let loaders = loaders(db, &ready.request);
        let request = ready.request.data(loaders.clone()).data(db.clone());
        let responses = limit_each(drive(
            &loaders,
            schema.execute_stream_with_session_data(request, session_data.unwrap_or_default()),
        ));
        return responses
            .map(move |response| explained(&loaders, without_source(with_codes(response))))
            .boxed();
    }
    let (schema, db) = (schema.clone(), db.clone());
    stream::once(async move { execute_ready(&schema, &db, ready, session_data).await }).boxed()
}

/// An error of a subscription's source stream is none of a field, and leaves no data (GraphQL specification, sections
/// 6.2.3.1 and 6.2.3.2); async-graphql gives it the path of the root's field, where no event can have one.
fn without_source(mut response: Response) -> Response {
    if response.data == Value::Null {
        response.errors.iter_mut().filter(|error| error.path.len() == 1).for_each(|error| error.path.clear());
    }
    response
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

/// Gives every error a code. Our own have theirs. async-graphql's have none: they come from an argument that is not
/// of its type.
fn with_codes(mut response: Response) -> Response {
    for error in &mut response.errors {
        let extensions = error.extensions.get_or_insert_default();
        if extensions.get("code").is_none() {
            extensions.set("code", BAD_USER_INPUT);
        }
    }
    response
}
