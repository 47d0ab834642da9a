//! Compressing responses.
//!
//! Not as a layer of the router: it would box the future of every request, for responses of which most are too small.

use axum::{
    body::{Body, HttpBody},
    http::{HeaderMap, Request, header},
    response::Response,
};
use std::{convert::Infallible, future::ready};
use tower::{Layer, ServiceExt, service_fn};
use tower_http::compression::{CompressionLayer, CompressionLevel};

/// How hard it tries, for gzip and brotli alike: beyond it the time grows faster than the size shrinks.
const EFFORT: CompressionLevel = CompressionLevel::Precise(4);

/// The smallest body that is compressed, in bytes: what fits one packet is no faster for it.
const WORTH_IT: u64 = 1024;

/// The response to a request with these headers, compressed if the client takes that and it is worth it. Streams are not, since
/// their events would wait for one another.
pub(in crate::server) async fn compressed(request: &HeaderMap, response: Response) -> Response {
    if response.body().size_hint().exact().is_none_or(|bytes| bytes < WORTH_IT) {
        return response;
    }
    let mut asked = Request::new(());
    for value in request.get_all(header::ACCEPT_ENCODING) {
        asked.headers_mut().append(header::ACCEPT_ENCODING, value.clone());
    }
    let mut response = Some(response);
    let answer = service_fn(move |_| ready(Ok::<_, Infallible>(response.take().unwrap_or_default())));
    let answer = CompressionLayer::new().quality(EFFORT).compress_when(Always).layer(answer);
    match answer.oneshot(asked).await {
        Ok(response) => response.map(Body::new),
        Err(never) => match never {},
    }
}

/// The size was looked at before.
#[derive(Debug, Clone, Copy)]
struct Always;

impl tower_http::compression::Predicate for Always {
    fn should_compress<B: HttpBody>(&self, _: &axum::http::Response<B>) -> bool {
        true
    }
}
