//! `/graphql`: GraphQL over HTTP, and the IDE for those who ask for a page.
//!
//! Our own handler over `Schema::execute`: async-graphql-axum's extractor takes any content type for JSON,
//! which lets a page of another origin post without a preflight, and is not held by axum's body limit.

use super::App;
use crate::error::{BAD_USER_INPUT, INTERNAL_SERVER_ERROR, coded, masked, unplaced};
use crate::{document, entities};
use async_graphql::{
    Error, Request, Response, Variables, http::GraphiQLSource, parser::types::OperationType,
};
use axum::{
    body::{self, Body},
    extract::{Query, State, rejection::QueryRejection},
    http::{HeaderMap, StatusCode, header},
    response::{Html, IntoResponse, Response as HttpResponse},
};
use futures_util::FutureExt;
use serde::Deserialize;
use std::{panic::AssertUnwindSafe, time::Duration};

/// The largest body, in bytes: 1 MiB.
const BODY_LIMIT: usize = 1 << 20;

/// How long a body may take to arrive.
const BODY_TIME: Duration = Duration::from_secs(30);

const JSON: &str = "application/json";
const GRAPHQL_JSON: &str = "application/graphql-response+json";

type Object = serde_json::Map<String, serde_json::Value>;

/// The parameters of a request (GraphQL over HTTP, "Request Parameters").
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parameters {
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
        Ok(parameters) => answer(&app, &headers, parameters.into()).await,
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

/// `GET /graphql`: a query in the URL, or the IDE.
pub(super) async fn get(
    State(app): State<App>,
    headers: HeaderMap,
    url: Result<Query<UrlParameters>, QueryRejection>,
) -> HttpResponse {
    let Ok(Query(url)) = url else {
        return refuse(StatusCode::BAD_REQUEST, "the parameters in the URL cannot be read");
    };
    let Some(query) = url.query else {
        return if accepts(&headers, "text/html") {
            Html(GraphiQLSource::build().endpoint("/graphql").title("Doorway").finish()).into_response()
        } else {
            refuse(StatusCode::BAD_REQUEST, "the parameter `query` is missing")
        };
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
    if !is_query(&mut request) {
        let mut response =
            refuse(StatusCode::METHOD_NOT_ALLOWED, "GET runs queries only: send this with POST");
        response.headers_mut().insert(header::ALLOW, header::HeaderValue::from_static("POST"));
        return response;
    }
    answer(&app, &headers, request).await
}

/// Whether the operation that would run changes nothing. What does not parse, or names no operation, runs
/// nothing either, and says so when it is executed.
fn is_query(request: &mut Request) -> bool {
    let name = request.operation_name.clone();
    let Ok(document) = request.parsed_query() else { return true };
    let operation = document::operation(document, name.as_deref());
    operation.is_none_or(|operation| operation.ty == OperationType::Query)
}

/// Executes the request and writes the response; a panic is answered, and the server goes on.
async fn answer(app: &App, headers: &HeaderMap, request: Request) -> HttpResponse {
    let execution = AssertUnwindSafe(entities::execute(&app.schema, &app.db, request)).catch_unwind();
    let Ok(response) = execution.await else {
        let error =
            masked(INTERNAL_SERVER_ERROR, "something went wrong inside the server", &"a panic, see above");
        return write(StatusCode::INTERNAL_SERVER_ERROR, JSON, &failed(error));
    };
    // A request error: nothing was executed (GraphQL specification, section 7.1, "Response Format").
    let executed = response.errors.is_empty() || response.errors.iter().any(|error| !error.path.is_empty());
    if accepts(headers, GRAPHQL_JSON) {
        let status = if executed { StatusCode::OK } else { StatusCode::BAD_REQUEST };
        write(status, GRAPHQL_JSON, &Written { response: &response, executed })
    } else {
        write(StatusCode::OK, JSON, &Written { response: &response, executed })
    }
}

/// A response, without `data` when nothing was executed.
struct Written<'a> {
    response: &'a Response,
    executed: bool,
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
fn refuse(status: StatusCode, problem: impl Into<String>) -> HttpResponse {
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
