//! What is answered: GraphQL responses, and why there is none.

use super::media::{Accept, Media};
use super::unwritten::{Reader, Unwritten};
use crate::engine::Answer;
use crate::error::{BAD_USER_INPUT, SERVICE_UNAVAILABLE, coded, without_location};
use async_graphql::{Error, ServerError, Value};
use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response as HttpResponse},
};
use futures_util::stream;
use sha2::{Digest, Sha256};
use std::{borrow::Cow, convert::Infallible, sync::Arc};

/// Why there is no response to an operation.
#[derive(Debug)]
pub(in crate::server) struct Refusal {
    /// `None` where the request is well formed and only its document will not do: the media type then decides.
    status: Option<StatusCode>,
    error: Box<ServerError>,
    /// The methods that the request could have had.
    allow: Option<&'static str>,
}

impl Refusal {
    /// With this status, for this reason.
    pub(in crate::server) fn new(status: StatusCode, problem: impl Into<Cow<'static, str>>) -> Refusal {
        let later = status == StatusCode::SERVICE_UNAVAILABLE;
        let code = if later { SERVICE_UNAVAILABLE } else { BAD_USER_INPUT };
        let error = Box::new(without_location(coded(code, problem.into())));
        Refusal { status: Some(status), error, allow: None }
    }

    /// 503, for too many of these.
    pub(in crate::server) fn too_many(what: &str) -> Refusal {
        Refusal::new(StatusCode::SERVICE_UNAVAILABLE, format!("too many {what}: try again later"))
    }

    /// A request error (GraphQL specification, section 7.1.1, "Request Error Result").
    pub(in crate::server) fn request_error(error: Error) -> Refusal {
        Refusal { status: None, error: Box::new(without_location(error)), allow: None }
    }

    /// 405; `allow` lists what would do (RFC 9110, section 15.5.6).
    pub(in crate::server) fn method(problem: &'static str, allow: &'static str) -> Refusal {
        Refusal { allow: Some(allow), ..Refusal::new(StatusCode::METHOD_NOT_ALLOWED, problem) }
    }

    /// As a GraphQL error.
    pub(in crate::server) fn into_error(self) -> ServerError {
        *self.error
    }

    /// As an HTTP response.
    pub(in crate::server) fn answer(self, accept: &Accept) -> HttpResponse {
        // Without an acceptable media type it is answered all the same, and not as a success.
        let media = accept.json();
        let status = self.status.or(media.map(Media::request_error)).unwrap_or(StatusCode::BAD_REQUEST);
        let body = serde_json::json!({ "errors": [self.error] });
        let body = body.to_string().into_bytes();
        let mut response = write(status, media.unwrap_or(Media::Json), body.into(), None);
        if let Some(allow) = self.allow {
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allow));
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER);
        }
        response
    }
}

/// How a response may be kept on its way to the client, and when the one that it has will do.
pub(in crate::server) struct Caching<'a> {
    /// How many seconds caches between here and there may give it without asking.
    pub(in crate::server) shared_max_age: u32,
    /// The request's, for its `If-None-Match`.
    pub(in crate::server) headers: &'a HeaderMap,
}

/// The response to an operation; `caching` where the same request may be answered by what was answered before.
///
/// # Errors
/// 503 if too many others are `unwritten`. Not where it `wrote` something, since a client would try again.
pub(in crate::server) async fn answer(
    answer: Answer,
    wrote: bool,
    media: Media,
    caching: Option<&Caching<'_>>,
    unwritten: &Unwritten,
) -> Result<HttpResponse, Refusal> {
    let mut answer = answer.in_room(unwritten, wrote).await;
    let status = match &answer {
        answer if answer.is_busy() => StatusCode::SERVICE_UNAVAILABLE,
        answer if answer.is_executed() => StatusCode::OK,
        _ => media.request_error(),
    };
    let caching = caching.filter(|_| answer.errors.is_empty());
    let later = !wrote && answer.errors.iter().any(is_for_later);
    let room = answer.room.take();
    let json = answer.into_json();
    let mut response = match room {
        None => write(status, media, json.into(), caching),
        Some(room) => {
            let reader = Arc::<Reader>::default();
            let mut response = write(status, media, unwritten.count(json, room, &reader), caching);
            // For whoever has its connection.
            response.extensions_mut().insert(reader);
            response
        }
    };
    if later {
        response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER);
    }
    Ok(response)
}

/// When to try again, in seconds (RFC 9110, section 10.2.3).
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("1");

/// Whether the same request may succeed later.
fn is_for_later(error: &ServerError) -> bool {
    let code = error.extensions.as_ref().and_then(|extensions| extensions.get("code"));
    matches!(code, Some(Value::String(code)) if code == SERVICE_UNAVAILABLE)
}

/// The response for a defect of ours.
pub(in crate::server) fn failed(error: Error, media: Media) -> HttpResponse {
    let body = serde_json::json!({ "errors": [without_location(error)] });
    write(StatusCode::INTERNAL_SERVER_ERROR, media, body.to_string().into(), None)
}

fn write(status: StatusCode, media: Media, bytes: Bytes, caching: Option<&Caching<'_>>) -> HttpResponse {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media.content_type())),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::VARY, HeaderValue::from_static("accept, accept-encoding")),
    ];
    let Some(caching) = caching else {
        let never = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
        return (status, headers, never, bytes).into_response();
    };
    let kept = caching.headers(&bytes);
    match &kept[1].1 {
        tag if caching.has(tag) => {
            // A body of unknown length: its length would have to be that of the response it stands for (RFC 9110,
            // section 8.6).
            let nothing = Body::from_stream(stream::empty::<Result<Vec<u8>, Infallible>>());
            (StatusCode::NOT_MODIFIED, headers, kept, nothing).into_response()
        }
        _ => (status, headers, kept, bytes).into_response(),
    }
}

impl Caching<'_> {
    fn headers(&self, bytes: &[u8]) -> [(HeaderName, HeaderValue); 2] {
        let control = format!("public, max-age=0, s-maxage={}, must-revalidate", self.shared_max_age);
        // Weak, since compression changes the bytes and not what they mean.
        let tag = format!("W/\"{}\"", &hex::encode(Sha256::digest(bytes))[..32]);
        let value = |text: String| HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""));
        [(header::CACHE_CONTROL, value(control)), (header::ETAG, value(tag))]
    }

    /// Whether the client has the response with this tag (RFC 9110, section 13.1.2).
    fn has(&self, tag: &HeaderValue) -> bool {
        let tag = tag.to_str().unwrap_or_default();
        let tag = tag.strip_prefix("W/").unwrap_or(tag);
        let known =
            self.headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
        known.flat_map(|list| list.split(',')).any(|one| {
            let one = one.trim();
            one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag
        })
    }
}
