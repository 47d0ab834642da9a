//! How an operation on the schema is executed: what it may take, and what its response holds besides its data.
//!
//! The engine runs queries. The roots of mutations and subscriptions are async-graphql's, and give what they return to the
//! engine. A program's own extensions see every operation; where it has any, queries go through async-graphql as well.

use crate::db::Db;
use crate::document::{self, Document, Kind, Limits, Refused};
use crate::engine::{self, Answer, Operation as Running};
use crate::entities::graph;
use crate::error::{BAD_USER_INPUT, GRAPHQL_VALIDATION_FAILED, SERVICE_UNAVAILABLE, coded, without_location};
use crate::relation::{EXTENSION, Explain, is_asked};
use crate::schema::{Schema, schema, sdl};
use async_graphql::{
    Data, Request, Response, ServerError, Value, Variables, parser::types::ExecutableDocument,
};
use futures_util::{Stream, StreamExt, stream};
use std::sync::{Arc, LazyLock};

/// For those who ask for a subscription's one response.
pub const HOW_TO_SUBSCRIBE: &str =
    "subscribe over a WebSocket (graphql-transport-ws), or with the header Accept: text/event-stream";

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

    /// Makes it ready to run on `db`.
    fn ready(self, db: &Db, extended: bool) -> Result<Ready, Refused> {
        let Operation { document, mut request } = self;
        let document = document?;
        let name = request.operation_name.take();
        let mut requested = document.request(name.as_deref(), &request.variables)?;
        let kind = requested.kind();
        let explain = request.extensions.get(EXTENSION).is_some_and(is_asked);
        let explain = explain.then(Arc::<Explain>::default);
        let running = Arc::new(Running::new(graph(), db, &document, &mut requested, explain)?);
        let roots = match (kind, extended) {
            (Kind::Query, false) => None,
            _ => Some(requested.root_fields()?),
        };
        request.variables = Variables::default();
        Ok(Ready { kind, request, running, roots })
    }
}

/// An operation that is ready to run.
struct Ready {
    kind: Kind,
    request: Request,
    running: Arc<Running>,
    /// Its root fields, where async-graphql is to execute them.
    roots: Option<ExecutableDocument>,
}

/// The roots of the schema, as async-graphql executes them.
#[derive(Clone)]
pub struct Roots {
    schema: Schema,
    /// Whether queries go through it as well.
    extended: bool,
}

impl Roots {
    /// Those of a schema with a program's own extensions or data.
    pub fn extended(schema: Schema) -> Roots {
        Roots { schema, extended: true }
    }
}

impl Default for Roots {
    fn default() -> Roots {
        Roots { schema: schema(), extended: false }
    }
}

/// Executes one operation on `db`. Where the request's extensions have `doorway: { explain: true }`, the response's have what
/// was run ([`Explain`]).
pub async fn execute(schema: &Schema, db: &Db, request: Request) -> Response {
    let roots = Roots::extended(schema.clone());
    answer(&roots, db, Operation::read(request)).await.into_response()
}

/// The same for a document that was read before, with the response as bytes.
pub async fn answer(roots: &Roots, db: &Db, operation: Operation) -> Answer {
    match operation.ready(db, roots.extended) {
        Ok(ready) if ready.kind == Kind::Subscription => {
            Answer::refused(vec![without_location(coded(GRAPHQL_VALIDATION_FAILED, HOW_TO_SUBSCRIBE))])
        }
        Ok(ready) => answer_ready(&roots.schema, ready, None).await,
        Err(refused) => Answer::refused(refused.errors),
    }
}

async fn answer_ready(schema: &Schema, ready: Ready, session_data: Option<Arc<Data>>) -> Answer {
    let Ready { request, running, roots, .. } = ready;
    let answer = match roots {
        None => tokio::time::timeout(engine::TIME_LIMIT, Box::pin(running.query())).await,
        Some(roots) => {
            let mut request = request.data(running.clone());
            request.set_parsed_query(roots);
            let execution = async {
                let response = match session_data {
                    None => schema.execute(request).await,
                    // async-graphql accepts session data only for streams. This one has one response.
                    Some(data) => {
                        let mut responses = schema.execute_stream_with_session_data(request, data);
                        responses.next().await.unwrap_or_default()
                    }
                };
                taken(&running, response)
            };
            tokio::time::timeout(engine::TIME_LIMIT, Box::pin(execution)).await
        }
    };
    explained(&running, answer.unwrap_or_else(|_| too_long()))
}

/// What the engine was given for a response of async-graphql, with what else that has.
fn taken(running: &Running, response: Response) -> Answer {
    let errors = with_codes(response.errors);
    // Nothing was executed: the errors are those of the request (GraphQL specification, section 7.1).
    if response.data == Value::Null && !errors.is_empty() && errors.iter().all(|error| error.path.is_empty())
    {
        let mut refused = Answer::refused(errors);
        refused.extensions.extend(response.extensions);
        return refused;
    }
    let mut answer = running.take(response.data != Value::Null, errors);
    answer.extensions.extend(response.extensions);
    answer
}

/// The response, with what it cost where that was asked for.
fn explained(running: &Running, answer: Answer) -> Answer {
    match running.explain() {
        Some(explain) => answer.extension(EXTENSION, explain.take()),
        None => answer,
    }
}

/// Executes one operation on `db`: a subscription's responses as its events come, the one response of any other.
pub fn execute_stream(
    schema: &Schema,
    db: &Db,
    request: Request,
) -> impl Stream<Item = Response> + Send + use<> {
    let answers = answers(&Roots::extended(schema.clone()), db, Operation::read(request), None);
    answers.map(Answer::into_response)
}

/// The same for a document that was read before, with responses as bytes, and with data of the connection. Resolvers and
/// extensions find it in their context, after the request's own data.
pub fn answers(
    roots: &Roots,
    db: &Db,
    operation: Operation,
    session_data: Option<Arc<Data>>,
) -> impl Stream<Item = Answer> + Send + use<> {
    let mut ready = match operation.ready(db, roots.extended) {
        Ok(ready) => ready,
        Err(refused) => return stream::iter([Answer::refused(refused.errors)]).boxed(),
    };
    let schema = roots.schema.clone();
    if ready.kind == Kind::Subscription
        && let Some(roots) = ready.roots.take()
    {
        let running = ready.running;
        let mut request = ready.request.data(running.clone());
        request.set_parsed_query(roots);
        let responses = schema.execute_stream_with_session_data(request, session_data.unwrap_or_default());
        let answers = stream::unfold(Some((responses, running)), |state| async {
            let (mut responses, running) = state?;
            let response = responses.next().await?;
            if running.is_late() {
                // The next event would most likely be late as well.
                return Some((explained(&running, too_long()), None));
            }
            let answer = explained(&running, taken(&running, without_source(response)));
            Some((answer, Some((responses, running))))
        });
        return answers.boxed();
    }
    stream::once(async move { answer_ready(&schema, ready, session_data).await }).boxed()
}

/// An error of a subscription's source stream is none of a field, and leaves no data (GraphQL specification, sections
/// 6.2.3.1 and 6.2.3.2); async-graphql gives it the path of the root's field, where no event can have one.
fn without_source(mut response: Response) -> Response {
    if response.data == Value::Null {
        response.errors.iter_mut().filter(|error| error.path.len() == 1).for_each(|error| error.path.clear());
    }
    response
}

fn too_long() -> Answer {
    let text = format!("the operation took longer than {} s: select less", engine::TIME_LIMIT.as_secs());
    Answer::refused(vec![without_location(coded(SERVICE_UNAVAILABLE, text))])
}

/// Gives every error a code. Our own have theirs. async-graphql's have none: they come from an argument that is not
/// of its type.
fn with_codes(mut errors: Vec<ServerError>) -> Vec<ServerError> {
    for error in &mut errors {
        let extensions = error.extensions.get_or_insert_default();
        if extensions.get("code").is_none() {
            extensions.set("code", BAD_USER_INPUT);
        }
    }
    errors
}
