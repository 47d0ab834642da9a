//! `/graphql`: GraphQL over HTTP, and the IDE for those who ask for a page.
//!
//! Our own handler over `Schema::execute`: async-graphql-axum's extractor takes any content type for JSON,
//! which lets a page of another origin post without a preflight, and is not held by axum's body limit.

use super::{App, ide, sse, websocket};
use crate::entities;
use crate::error::{BAD_USER_INPUT, INTERNAL_SERVER_ERROR, coded, masked, unplaced};
use async_graphql::{Error, Request, Response, Variables, parser::types::OperationType};
use axum::{
    body::{self, Body},
    extract::{
        Query, State, WebSocketUpgrade, rejection::QueryRejection, ws::rejection::WebSocketUpgradeRejection,
    },
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response as HttpResponse},
};
use futures_util::{FutureExt, Stream, StreamExt};
use serde::Deserialize;
use std::{panic::AssertUnwindSafe, time::Duration};

/// The largest body, in bytes: 1 MiB.
const BODY_LIMIT: usize = 1 << 20;

/// How long a body may take to arrive.
const BODY_TIME: Duration = Duration::from_secs(30);

const JSON: &str = "application/json";
const EVENTS: &str = "text/event-stream";
const GRAPHQL_JSON: &str = "application/graphql-response+json";

pub(super) type Object = serde_json::Map<String, serde_json::Value>;

/// The parameters of a request (GraphQL over HTTP, "Request Parameters").
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Parameters {
    query: String,
    operation_name: Option<String>,
    variables: Option<Object>,
    extensions: Option<Object>,
}

impl From<Parameters> for Request {
    fn from(parameters: Parameters) -> Request {
        let mut request = Request::new(parameters.query);
        request.operation_name = parameters.operation_name;
        if let Some(variables) = parameters.variables {
            request = request.variables(Variables::from_json(variables.into()));
        }
        for (name, value) in parameters.extensions.into_iter().flatten() {
            if let Ok(value) = async_graphql::Value::from_json(value) {
                request.extensions.insert(name, value);
            }
        }
        request
    }
}

/// `POST /graphql`: the parameters as a JSON object.
pub(super) async fn post(State(app): State<App>, headers: HeaderMap, body: Body) -> HttpResponse {
    if !is_json(&headers) {
        let problem = "send the request as JSON, with the header Content-Type: application/json";
        return refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, problem);
    }
    let Ok(received) = tokio::time::timeout(BODY_TIME, body::to_bytes(body, BODY_LIMIT)).await else {
        return refuse(StatusCode::REQUEST_TIMEOUT, "the request did not arrive within 30 s");
    };
    let Ok(bytes) = received else {
        // The body was too long, or the client went away while it sent it and will not read this.
        return refuse(StatusCode::PAYLOAD_TOO_LARGE, "the request is larger than 1 MiB");
    };
    if bytes.trim_ascii_start().first() == Some(&b'[') {
        return refuse(StatusCode::BAD_REQUEST, "batches are not supported: send one operation a request");
    }
    match serde_json::from_slice::<Parameters>(&bytes) {
        Ok(parameters) => {
            let mut request = Request::from(parameters);
            if wants_events(&headers, &mut request) {
                return sse::answer(&app, request);
            }
            answer(&app, &headers, request).await
        }
        Err(error) => refuse(StatusCode::BAD_REQUEST, format!("the body is not a GraphQL request: {error}")),
    }
}

/// The parameters of a request in a URL; objects are JSON texts.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UrlParameters {
    query: Option<String>,
    operation_name: Option<String>,
    variables: Option<String>,
    extensions: Option<String>,
}

/// `GET /graphql`: a query in the URL, a subscription there or over a WebSocket, or the IDE.
pub(super) async fn get(
    State(app): State<App>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
    url: Result<Query<UrlParameters>, QueryRejection>,
) -> HttpResponse {
    // To any other protocol it need not be upgraded (RFC 9110, section 7.8).
    if headers.get(header::UPGRADE).is_some_and(|to| to.as_bytes().eq_ignore_ascii_case(b"websocket")) {
        return match upgrade {
            Ok(upgrade) => websocket::upgrade(app, &headers, upgrade),
            Err(rejection) => rejection.into_response(),
        };
    }
    let Ok(Query(url)) = url else {
        return refuse(StatusCode::BAD_REQUEST, "the parameters in the URL cannot be read");
    };
    // A browser shows an operation in the IDE, which does not run it by itself.
    let data = [GRAPHQL_JSON, JSON, EVENTS].iter().any(|kind| accepts(&headers, kind));
    if accepts(&headers, "text/html") && (url.query.is_none() || !data) {
        return ide::page(&headers, false);
    }
    let Some(query) = url.query else {
        return refuse(StatusCode::BAD_REQUEST, "the parameter `query` is missing");
    };
    let object = |name: &str, text: Option<String>| match text.filter(|text| !text.is_empty()) {
        Some(text) => serde_json::from_str::<Option<Object>>(&text)
            .map_err(|error| format!("the parameter `{name}` is not a JSON object: {error}")),
        None => Ok(None),
    };
    let parameters = object("variables", url.variables).and_then(|variables| {
        let extensions = object("extensions", url.extensions)?;
        Ok(Parameters { query, operation_name: url.operation_name, variables, extensions })
    });
    let mut request = match parameters {
        Ok(parameters) => Request::from(parameters),
        Err(problem) => return refuse(StatusCode::BAD_REQUEST, problem),
    };
    let operation = entities::operation_type(&mut request);
    if operation != Some(OperationType::Mutation) && wants_events(&headers, &mut request) {
        return sse::answer(&app, request);
    }
    // What is no operation runs nothing either.
    if operation.is_some_and(|operation| operation != OperationType::Query) {
        let problem = if operation == Some(OperationType::Subscription) {
            entities::HOW_TO_SUBSCRIBE
        } else {
            "GET runs queries only: send this with POST"
        };
        let mut response = refuse(StatusCode::METHOD_NOT_ALLOWED, problem);
        response.headers_mut().insert(header::ALLOW, header::HeaderValue::from_static("POST"));
        return response;
    }
    answer(&app, &headers, request).await
}

/// Whether the answer is to be a stream of events: where the client takes no other, or takes one and subscribes.
/// Some clients name every media type they can read in every request.
fn wants_events(headers: &HeaderMap, request: &mut Request) -> bool {
    let json = accepts(headers, GRAPHQL_JSON) || accepts(headers, JSON);
    accepts(headers, EVENTS)
        && (!json || entities::operation_type(request) == Some(OperationType::Subscription))
}

/// The responses to a request, one to any but a subscription; a panic is one, and the last.
pub(super) fn responses(app: &App, request: Request) -> impl Stream<Item = Response> + Send + use<> {
    let responses = entities::execute_stream(&app.schema, &app.db, request);
    AssertUnwindSafe(responses)
        .catch_unwind()
        .map(|response| response.unwrap_or_else(|_| Response::from_errors(vec![unplaced(panicked())])))
}

fn panicked() -> Error {
    masked(INTERNAL_SERVER_ERROR, "something went wrong inside the server", &"a panic, see above")
}

/// Whether anything was executed: if not, the errors are those of the request (GraphQL specification, section
/// 7.1, "Response Format").
pub(super) fn executed(response: &Response) -> bool {
    response.errors.is_empty() || response.errors.iter().any(|error| !error.path.is_empty())
}

/// Executes the request and writes the response; a panic is answered, and the server goes on.
async fn answer(app: &App, headers: &HeaderMap, request: Request) -> HttpResponse {
    let execution = AssertUnwindSafe(entities::execute(&app.schema, &app.db, request)).catch_unwind();
    let Ok(response) = execution.await else {
        return write(StatusCode::INTERNAL_SERVER_ERROR, JSON, &failed(panicked()));
    };
    let written = Written::new(&response);
    if accepts(headers, GRAPHQL_JSON) {
        let status = if written.executed { StatusCode::OK } else { StatusCode::BAD_REQUEST };
        write(status, GRAPHQL_JSON, &written)
    } else {
        write(StatusCode::OK, JSON, &written)
    }
}

/// A response, without `data` when nothing was executed.
pub(super) struct Written<'a> {
    response: &'a Response,
    executed: bool,
}

impl<'a> Written<'a> {
    pub(super) fn new(response: &'a Response) -> Written<'a> {
        Written { response, executed: executed(response) }
    }
}

impl serde::Serialize for Written<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.executed {
            return self.response.serialize(serializer);
        }
        serializer.collect_map([("errors", &self.response.errors)])
    }
}

/// An answer for what never became an operation.
pub(super) fn refuse(status: StatusCode, problem: impl Into<String>) -> HttpResponse {
    write(status, JSON, &failed(coded(BAD_USER_INPUT, problem)))
}

fn failed(error: Error) -> serde_json::Value {
    serde_json::json!({ "errors": [unplaced(error)] })
}

fn write(status: StatusCode, content_type: &'static str, body: &impl serde::Serialize) -> HttpResponse {
    match serde_json::to_vec(body) {
        Ok(bytes) => (status, [(header::CONTENT_TYPE, content_type)], bytes).into_response(),
        Err(error) => {
            tracing::error!(%error, "a response could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Whether the body says that it is JSON, in UTF-8.
fn is_json(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(Ok(given)), None) = (types.next().map(|given| given.to_str()), types.next()) else {
        return false;
    };
    let mut parts = given.split(';').map(str::trim);
    parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case(JSON))
        && parts.all(|parameter| match parameter.split_once('=') {
            Some((name, value)) if name.eq_ignore_ascii_case("charset") => {
                ["utf-8", "utf8"].iter().any(|utf8| value.trim_matches('"').eq_ignore_ascii_case(utf8))
            }
            _ => true,
        })
}

/// Whether `Accept` names the media type itself, other than to refuse it (`q=0`).
fn accepts(headers: &HeaderMap, kind: &str) -> bool {
    let values = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|range| {
        let mut parts = range.split(';').map(str::trim);
        parts.next().is_some_and(|name| name.eq_ignore_ascii_case(kind))
            && !parts.any(|part| part.strip_prefix("q=").is_some_and(|q| q.parse() == Ok(0.0_f32)))
    })
}
