//! `/graphql`: GraphQL over HTTP, and the IDE for those who ask for a page.
//!
//! Our own handler over `Schema::execute`: async-graphql-axum's extractor takes any content type for JSON,
//! which lets a page of another origin post without a preflight, and is not held by axum's body limit.
//! The specification is <https://graphql.github.io/graphql-over-http/draft/>.

use super::documents::Requested;
use super::http::{Accept, Caching, Parameters, Peer, Refusal, answer as write, compressed, drain, failed};
use super::shared::Shared;
use super::{ide, stream};
use crate::document::Kind;
use crate::execution;
use axum::{
    body::Body,
    extract::{State, ws::rejection::WebSocketUpgradeRejection},
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    response::Response as HttpResponse,
};

/// `POST /graphql`: the parameters as a JSON object.
pub(super) async fn post(
    State(shared): State<Shared>,
    peer: Peer,
    headers: HeaderMap,
    body: Body,
) -> HttpResponse {
    let accept = Accept::of(&headers);
    let answered = async {
        if let Err(refusal) = shared.check_origin(&Method::POST, &headers) {
            Box::pin(drain(&headers, body)).await;
            return Err(refusal);
        }
        let turn = async |size| shared.turn_for(size).await;
        let limits = &shared.options.limits;
        let parameters = Parameters::of_body(&headers, body, limits.body, &shared.unread, turn).await?;
        answer(&shared, peer, &accept, shared.operation(parameters).await?, None).await
    };
    let response = answered.await.unwrap_or_else(|refusal: Refusal| refusal.answer(&accept));
    compressed(&headers, response).await
}

/// `GET /graphql`: a query in the URL, a subscription there or over a WebSocket, or the IDE.
pub(super) async fn get(
    State(shared): State<Shared>,
    peer: Peer,
    headers: HeaderMap,
    upgrade: Result<stream::Handshake, WebSocketUpgradeRejection>,
    uri: Uri,
) -> HttpResponse {
    let accept = Accept::of(&headers);
    // To any other protocol it need not be upgraded (RFC 9110, section 7.8).
    let is_upgrade =
        headers.get(header::UPGRADE).is_some_and(|to| to.as_bytes().eq_ignore_ascii_case(b"websocket"));
    // Anybody may look at the page, which runs nothing by itself, also by a link from elsewhere.
    if !is_upgrade && accept.page() {
        return compressed(&headers, ide::page(&headers, shared.options.explain)).await;
    }
    let answered = async {
        shared.check_origin(&Method::GET, &headers)?;
        if is_upgrade {
            return match upgrade {
                Ok(upgrade) => stream::upgrade(shared.of(peer), upgrade),
                Err(rejection) => Ok(refuse_upgrade(&headers, &rejection, &accept)),
            };
        }
        let requested = shared.operation(Parameters::of_url(&uri)?).await?;
        // What is no operation runs nothing either.
        match requested.operation.kind() {
            Some(Kind::Mutation) => {
                return Err(Refusal::method("GET runs queries only: send this with POST", "POST"));
            }
            Some(Kind::Subscription) if !accept.events().0 => {
                return Err(Refusal::method(execution::HOW_TO_SUBSCRIBE, "POST"));
            }
            _ => {}
        }
        let shared_max_age = shared.options.shared_max_age;
        answer(&shared, peer, &accept, requested, Some(Caching { shared_max_age, headers: &headers })).await
    };
    let response = answered.await.unwrap_or_else(|refusal| refusal.answer(&accept));
    compressed(&headers, response).await
}

/// Any other method.
pub(super) async fn method_not_allowed(headers: HeaderMap, body: Body) -> HttpResponse {
    drain(&headers, body).await;
    let problem = "send queries with GET or POST, and mutations with POST";
    Refusal::method(problem, "GET, HEAD, POST").answer(&Accept::of(&headers))
}

/// An upgrade that is none: RFC 6455, section 4.4, has a status for another version.
fn refuse_upgrade(
    headers: &HeaderMap,
    rejection: &WebSocketUpgradeRejection,
    accept: &Accept,
) -> HttpResponse {
    let version = headers.get(header::SEC_WEBSOCKET_VERSION);
    if version.is_some_and(|version| version != "13") {
        let problem = "the WebSocket version must be 13 (RFC 6455)";
        let mut response = Refusal::new(StatusCode::UPGRADE_REQUIRED, problem).answer(accept);
        response.headers_mut().insert(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
        return response;
    }
    if rejection.status() == StatusCode::METHOD_NOT_ALLOWED {
        return Refusal::method("open a WebSocket with GET", "GET").answer(accept);
    }
    Refusal::new(rejection.status(), rejection.body_text()).answer(accept)
}

/// Executes the operation and writes its response, or the stream of its responses. `caching` where it is safe to give
/// the same answer again.
async fn answer(
    shared: &Shared,
    peer: Peer,
    accept: &Accept,
    requested: Requested,
    caching: Option<Caching<'_>>,
) -> Result<HttpResponse, Refusal> {
    let (events, only_events) = accept.events();
    if events && (only_events || requested.operation.kind() == Some(Kind::Subscription)) {
        return stream::answer(&shared.of(peer), requested.operation);
    }
    let Some(media) = accept.json() else {
        let problem = "Accept must allow application/graphql-response+json or application/json";
        return Err(Refusal::new(StatusCode::NOT_ACCEPTABLE, problem));
    };
    // What it cost is another time each time.
    let caching =
        caching.filter(|_| requested.persisted && !shared.executor.explains(&requested.operation.request));
    let writes = requested.operation.kind() == Some(Kind::Mutation);
    match shared.executor.respond(requested.operation).await {
        Ok(answer) => write(answer, writes, media, caching.as_ref(), &shared.unwritten.of(peer)).await,
        Err(error) => Ok(failed(error, media)),
    }
}

/// Any other path.
pub(super) async fn not_found(headers: HeaderMap, body: Body) -> HttpResponse {
    drain(&headers, body).await;
    Refusal::new(StatusCode::NOT_FOUND, "not found: GraphQL is at /graphql").answer(&Accept::of(&headers))
}
