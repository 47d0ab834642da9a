//! How an operation on the schema is executed: when, what it may take, and what its response holds besides its data.
//!
//! The engine runs queries. The roots of mutations and subscriptions are async-graphql's, and give what they return to the
//! engine. A program's own extensions see every operation; where it has any, queries go through async-graphql as well.

//!
//! | file | what it is for |
//! |---|---|
//! | `operation` | operations: read, and made ready to run |
//! | `bounds` | what operations may take |
//! | `admission` | which of them may run now |
//!
//! Each imports only those below it.

mod admission;
mod bounds;
mod operation;

pub use admission::{Admission, Busy, Load};
pub use bounds::Bounds;
pub use operation::Operation;

use crate::app::App;
use crate::db::Db;
use crate::document::Kind;
use crate::engine::{Answer, Operation as Running, turn};
use crate::error::{
    BAD_USER_INPUT, GRAPHQL_VALIDATION_FAILED, SERVICE_UNAVAILABLE, coded, is_busy, without_location,
};
use crate::relation::EXTENSION;
use async_graphql::{Data, Name, Request, Response, ServerError, Value, indexmap::IndexMap};
use futures_util::{Stream, StreamExt, stream};
use operation::Ready;
use std::{sync::Arc, time::Duration};

/// For those who ask for a subscription's one response.
pub const HOW_TO_SUBSCRIBE: &str =
    "subscribe over a WebSocket (graphql-transport-ws), or with the header Accept: text/event-stream";

/// Executes one operation on `db`. Where the request's extensions have `doorway: { explain: true }`, the response's have what
/// was run ([`Explain`](crate::relation::Explain)).
pub async fn execute(app: &App, db: &Db, request: Request) -> Response {
    answer(app, &Bounds::default(), db, Operation::read(app, request)).await.into_response()
}

/// The same for a document that was read before, with the response as bytes.
pub async fn answer(app: &App, bounds: &Bounds, db: &Db, mut operation: Operation) -> Answer {
    let takes_long = operation.turn.is_some() || operation.takes_long();
    if takes_long && operation.turn.is_none() {
        operation.turn = Box::pin(turn()).await;
    }
    match operation.ready(app, db, bounds, takes_long) {
        Ok(ready) if ready.kind == Kind::Subscription => {
            Answer::refused(vec![without_location(coded(GRAPHQL_VALIDATION_FAILED, HOW_TO_SUBSCRIBE))])
        }
        Ok(ready) => answer_ready(app, bounds, ready, None).await,
        Err(refused) => Answer::refused(refused.errors),
    }
}

/// So many bytes of long texts keep others waiting for as long as a row does, in the queue for a turn.
const LONG_TEXT: u64 = 16 << 10;

async fn answer_ready(app: &App, bounds: &Bounds, ready: Ready, session_data: Option<Arc<Data>>) -> Answer {
    let work = ready.cost.saturating_add(ready.running.long_texts() / LONG_TEXT);
    let load = Load { kind: ready.kind, cost: work, is_quick: ready.running.is_quick() };
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
                    None => app.roots().execute(request).await,
                    // async-graphql accepts session data only for streams. This one has one response.
                    Some(data) => {
                        let mut responses = app.roots().execute_stream(request, data);
                        responses.next().await.unwrap_or_default()
                    }
                };
                taken(&running, response)
            };
            tokio::time::timeout(time, Box::pin(execution)).await
        }
    };
    let late = || if load.kind == Kind::Mutation { running.cut_off(time) } else { too_long(time) };
    // A mutation's payload has the same limit: if that was over first, it has no data.
    let answer = answer.ok().filter(|_| !running.is_late()).unwrap_or_else(late);
    // Its rows were too many beside those of others, and the same query may succeed later.
    if load.kind == Kind::Query && answer.errors.iter().any(is_busy) {
        return Answer::busy();
    }
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
pub fn execute_stream(app: &App, db: &Db, request: Request) -> impl Stream<Item = Response> + Send + use<> {
    let answers = answers(app, &Bounds::default(), db, Operation::read(app, request), None);
    answers.map(Answer::into_response)
}

/// The same for a document that was read before, with responses as bytes, and with data of the connection. Resolvers and
/// extensions find it in their context, after the request's own data.
pub fn answers(
    app: &App,
    bounds: &Bounds,
    db: &Db,
    operation: Operation,
    session_data: Option<Arc<Data>>,
) -> impl Stream<Item = Answer> + Send + use<> {
    let takes_long = operation.turn.is_some() || operation.takes_long();
    let mut ready = match operation.ready(app, db, bounds, takes_long) {
        Ok(ready) => ready,
        Err(refused) => return stream::iter([Answer::refused(refused.errors)]).boxed(),
    };
    let (app, bounds) = (app.clone(), bounds.clone());
    let (cost, time) = (ready.shown_cost(), bounds.limits.time);
    if ready.kind == Kind::Subscription
        && let Some(roots) = ready.roots.take()
    {
        let running = ready.running;
        let mut request = ready.request.data(running.clone());
        request.set_parsed_query(roots);
        let responses = app.roots().execute_stream(request, session_data.unwrap_or_default());
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
    stream::once(async move { answer_ready(&app, &bounds, ready, session_data).await }).boxed()
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
