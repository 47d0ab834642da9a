//! How an operation on the schema is executed: when, what it may take, and what its response holds besides its data.
//!
//! The engine runs queries. The roots of mutations and subscriptions are async-graphql's, and give what they return to the
//! engine. A program's own extensions see every operation; where it has any, queries go through async-graphql as well.

mod admission;

pub use admission::{Admission, Busy, Load};

use crate::db::Db;
use crate::document::{self, Document, Kind, Refused};
use crate::engine::{Answer, Events, Limits, Operation as Running, writing};
use crate::entities::graph;
use crate::error::{BAD_USER_INPUT, GRAPHQL_VALIDATION_FAILED, SERVICE_UNAVAILABLE, coded, without_location};
use crate::relation::{EXTENSION, Explain, is_asked};
use crate::schema::{Schema, schema, sdl};
use async_graphql::{
    Data, Name, Request, Response, ServerError, Value, Variables,
    indexmap::IndexMap,
    parser::types::{DocumentOperations, ExecutableDocument, Selection},
};
use futures_util::{Stream, StreamExt, stream};
use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

/// For those who ask for a subscription's one response.
pub const HOW_TO_SUBSCRIBE: &str =
    "subscribe over a WebSocket (graphql-transport-ws), or with the header Accept: text/event-stream";

/// The schema that documents are validated against: the one that is executed, read from its SDL.
pub fn document_schema() -> Arc<document::Schema> {
    static SCHEMA: LazyLock<Arc<document::Schema>> = LazyLock::new(|| {
        #[allow(clippy::expect_used, reason = "at start-up, and a test holds that it is valid")]
        document::Schema::read(&sdl(), document::Limits::default()).expect("the schema is valid")
    });
    SCHEMA.clone()
}

/// The same for documents within these limits.
pub fn document_schema_within(limits: document::Limits) -> Arc<document::Schema> {
    document_schema().within(limits)
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

    /// Makes it ready to run on `db`, unless it costs too much.
    fn ready(self, db: &Db, bounds: &Bounds, extended: bool) -> Result<Ready, Refused> {
        let Operation { document, mut request } = self;
        let document = document?;
        let name = request.operation_name.take();
        let mut requested = document.request(name.as_deref(), &request.variables)?;
        let kind = requested.kind();
        let asks = |what| request.extensions.get(EXTENSION).is_some_and(|asked| is_asked(asked, what));
        let explain = asks("explain").then(Arc::<Explain>::default);
        let shows_cost = explain.is_some() || asks("cost");
        let limits = bounds.limits;
        let mut running = Running::new(graph(), db, &document, &mut requested, limits, explain)?;
        if kind == Kind::Subscription {
            running.share(bounds.events.clone());
        }
        let roots = match (kind, extended) {
            (Kind::Query, false) => None,
            _ => Some(requested.root_fields()?),
        };
        let cost = match &roots {
            Some(roots) if kind == Kind::Mutation => cost_of_mutation(&running, roots),
            _ => running.cost(|_| 1),
        };
        limits.check_cost(cost)?;
        request.variables = Variables::default();
        Ok(Ready { kind, request, running: Arc::new(running), roots, cost, shows_cost })
    }
}

/// An operation that is ready to run.
struct Ready {
    kind: Kind,
    request: Request,
    running: Arc<Running>,
    /// Its root fields, where async-graphql is to execute them.
    roots: Option<ExecutableDocument>,
    cost: u64,
    /// Whether the response is to contain it.
    shows_cost: bool,
}

impl Ready {
    fn shown_cost(&self) -> Option<u64> {
        self.shows_cost.then_some(self.cost)
    }
}

/// A mutation's cost: what it writes, and what it selects of it.
fn cost_of_mutation(running: &Running, roots: &ExecutableDocument) -> u64 {
    let DocumentOperations::Single(operation) = &roots.operations else { return 0 };
    let fields = || {
        operation.node.selection_set.node.items.iter().filter_map(|selection| match &selection.node {
            Selection::Field(field) => Some(&field.node),
            _ => None,
        })
    };
    let values = fields().map(|field| writing(field.arguments.iter().map(|(_, value)| &value.node)));
    let written = values.fold(0, u64::saturating_add);
    // Of several, a list of inputs or ids.
    let given = |key: &str| {
        let field = fields().find(|field| field.response_key().node == key);
        let lists =
            field.iter().flat_map(|field| &field.arguments).filter_map(|(_, value)| match &value.node {
                async_graphql_value::Value::List(values) => Some(values.len() as u64),
                _ => None,
            });
        lists.max().unwrap_or(1)
    };
    running.cost(given).saturating_add(written)
}

/// What operations may take: each of them, and all that run at a time.
#[derive(Debug, Clone)]
pub struct Bounds {
    limits: Limits,
    admission: Arc<Admission>,
    events: Arc<Events>,
}

impl Bounds {
    /// With these limits of each operation, and so many heavy reads at a time. Quick reads, mutations and events have places of
    /// their own, in proportion.
    pub fn new(limits: Limits, heavy: usize) -> Bounds {
        Bounds { limits, admission: Arc::new(Admission::new(heavy, limits.cost)), events: Arc::default() }
    }
}

impl Bounds {
    /// How long an operation may take.
    pub fn time(&self) -> Duration {
        self.limits.time
    }

    /// The most bytes of rows that operations hold together.
    pub fn memory(&self) -> usize {
        self.limits.response.saturating_mul(4)
    }
}

impl Default for Bounds {
    fn default() -> Bounds {
        Bounds::new(Limits::default(), Admission::heavy_by_default())
    }
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
    answer(&roots, &Bounds::default(), db, Operation::read(request)).await.into_response()
}

/// The same for a document that was read before, with the response as bytes.
pub async fn answer(roots: &Roots, bounds: &Bounds, db: &Db, operation: Operation) -> Answer {
    match operation.ready(db, bounds, roots.extended) {
        Ok(ready) if ready.kind == Kind::Subscription => {
            Answer::refused(vec![without_location(coded(GRAPHQL_VALIDATION_FAILED, HOW_TO_SUBSCRIBE))])
        }
        Ok(ready) => answer_ready(&roots.schema, bounds, ready, None).await,
        Err(refused) => Answer::refused(refused.errors),
    }
}

async fn answer_ready(
    schema: &Schema,
    bounds: &Bounds,
    ready: Ready,
    session_data: Option<Arc<Data>>,
) -> Answer {
    let load = Load { kind: ready.kind, cost: ready.cost, is_quick: ready.running.is_quick() };
    let Ok(_running) = bounds.admission.enter(load).await else { return Answer::busy() };
    let cost = ready.shown_cost();
    let Ready { request, running, roots, .. } = ready;
    let time = bounds.limits.time;
    let answer = match roots {
        None => tokio::time::timeout(time, Box::pin(running.query())).await,
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
            tokio::time::timeout(time, Box::pin(execution)).await
        }
    };
    let late = |_| if load.kind == Kind::Mutation { running.cut_off(time) } else { too_long(time) };
    let answer = answer.unwrap_or_else(late);
    explained(&running, cost, answer)
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

/// The response, with its cost and what was run, where that was asked for.
fn explained(running: &Running, cost: Option<u64>, answer: Answer) -> Answer {
    let Some(cost) = cost else { return answer };
    let mut explained = IndexMap::from_iter([(Name::new("cost"), Value::from(cost))]);
    if let Some(Value::Object(ran)) = running.explain().map(|explain| explain.take()) {
        explained.extend(ran);
    }
    answer.extension(EXTENSION, Value::Object(explained))
}

/// Executes one operation on `db`: a subscription's responses as its events come, the one response of any other.
pub fn execute_stream(
    schema: &Schema,
    db: &Db,
    request: Request,
) -> impl Stream<Item = Response> + Send + use<> {
    let roots = Roots::extended(schema.clone());
    let answers = answers(&roots, &Bounds::default(), db, Operation::read(request), None);
    answers.map(Answer::into_response)
}

/// The same for a document that was read before, with responses as bytes, and with data of the connection. Resolvers and
/// extensions find it in their context, after the request's own data.
pub fn answers(
    roots: &Roots,
    bounds: &Bounds,
    db: &Db,
    operation: Operation,
    session_data: Option<Arc<Data>>,
) -> impl Stream<Item = Answer> + Send + use<> {
    let mut ready = match operation.ready(db, bounds, roots.extended) {
        Ok(ready) => ready,
        Err(refused) => return stream::iter([Answer::refused(refused.errors)]).boxed(),
    };
    let (schema, bounds) = (roots.schema.clone(), bounds.clone());
    let (cost, time) = (ready.shown_cost(), bounds.limits.time);
    if ready.kind == Kind::Subscription
        && let Some(roots) = ready.roots.take()
    {
        let running = ready.running;
        let mut request = ready.request.data(running.clone());
        request.set_parsed_query(roots);
        let responses = schema.execute_stream_with_session_data(request, session_data.unwrap_or_default());
        let answers = stream::unfold(Some((responses, running)), move |state| async move {
            let (mut responses, running) = state?;
            let response = responses.next().await?;
            if running.is_late() {
                // The next event would most likely be late as well.
                return Some((explained(&running, cost, too_long(time)), None));
            }
            let answer = explained(&running, cost, taken(&running, without_source(response)));
            Some((answer, Some((responses, running))))
        });
        return answers.boxed();
    }
    stream::once(async move { answer_ready(&schema, &bounds, ready, session_data).await }).boxed()
}

/// An error of a subscription's source stream is none of a field, and leaves no data (GraphQL specification, sections
/// 6.2.3.1 and 6.2.3.2); async-graphql gives it the path of the root's field, where no event can have one.
fn without_source(mut response: Response) -> Response {
    if response.data == Value::Null {
        response.errors.iter_mut().filter(|error| error.path.len() == 1).for_each(|error| error.path.clear());
    }
    response
}

fn too_long(limit: Duration) -> Answer {
    let text = format!("the operation took longer than {} s: select less", limit.as_secs());
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
