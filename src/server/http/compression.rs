//! Compressing responses.
//!
//! Not as a layer of the router: it would box the future of every request, for responses of which most are too small.

use axum::{
    body::{Body, Bytes, HttpBody},
    http::{HeaderMap, Request, header},
    response::Response,
};
use futures_util::{StreamExt, stream};
use http_body_util::BodyExt;
use std::{convert::Infallible, future::ready};
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    task::yield_now,
};
use tower::{Layer, ServiceExt, service_fn};
use tower_http::compression::{CompressionLayer, CompressionLevel};

/// How hard it tries, for gzip and brotli alike: beyond it the time grows faster than the size shrinks.
const EFFORT: CompressionLevel = CompressionLevel::Precise(4);

/// As many responses are compressed at a time. A crowd of them would take the processors from requests that are not yet answered, and
/// an encoder takes a megabyte until its client has read all. The others are sent as they are.
const AT_A_TIME: usize = 16;
static ENCODERS: Semaphore = Semaphore::const_new(AT_A_TIME);

/// The largest body that is compressed by brotli, in bytes: it takes seconds for a long one, and megabytes of it at a time.
const FOR_BROTLI: u64 = 1 << 20;

/// How much is compressed at a time, in bytes.
const PIECE: usize = 16 << 10;

/// The smallest body that is compressed, in bytes: what fits one packet is no faster for it.
const WORTH_IT: u64 = 1024;

/// The response to a request with these headers, compressed if the client takes that and it is worth it. Streams are not, since
/// their events would wait for one another.
pub(in crate::server) async fn compressed(request: &HeaderMap, response: Response) -> Response {
    if response.body().size_hint().exact().is_none_or(|bytes| bytes < WORTH_IT) {
        return response;
    }
    match ENCODERS.try_acquire() {
        Ok(encoder) => Box::pin(compress(request, response, encoder)).await,
        Err(_) => response,
    }
}

async fn compress(request: &HeaderMap, response: Response, encoder: SemaphorePermit<'static>) -> Response {
    let mut asked = Request::new(());
    for value in request.get_all(header::ACCEPT_ENCODING) {
        asked.headers_mut().append(header::ACCEPT_ENCODING, value.clone());
    }
    let bytes = response.body().size_hint().exact().unwrap_or(0);
    let response = if bytes > PIECE as u64 && asked.headers().contains_key(header::ACCEPT_ENCODING) {
        response.map(in_pieces)
    } else {
        response
    };
    let mut response = Some(response);
    let answer = service_fn(move |_| ready(Ok::<_, Infallible>(response.take().unwrap_or_default())));
    let layer = CompressionLayer::new().quality(EFFORT).br(bytes <= FOR_BROTLI).compress_when(Always);
    let answer = layer.layer(answer);
    match answer.oneshot(asked).await {
        Ok(response) if response.headers().contains_key(header::CONTENT_ENCODING) => response.map(|body| {
            Body::new(body.map_frame(move |frame| {
                let _held = &encoder;
                frame
            }))
        }),
        Ok(response) => response.map(Body::new),
        Err(never) => match never {},
    }
}

/// A body in pieces, between which the thread's other tasks have their turn: each takes a millisecond to compress.
fn in_pieces(body: Body) -> Body {
    let pieces = |frame: Result<Bytes, axum::Error>| {
        let (mut rest, failed) = match frame {
            Ok(bytes) => (bytes, None),
            Err(error) => (Bytes::new(), Some(Err(error))),
        };
        let mut pieces: Vec<_> = Vec::with_capacity(rest.len() / PIECE + 1);
        while !rest.is_empty() {
            let length = rest.len().min(PIECE);
            pieces.push(Ok(rest.split_to(length)));
        }
        pieces.extend(failed);
        stream::iter(pieces)
    };
    Body::from_stream(body.into_data_stream().flat_map(pieces).then(async |piece| {
        // Unlike a task that only wakes itself, this also lets the thread look for what has arrived.
        yield_now().await;
        piece
    }))
}

/// The size was looked at before.
#[derive(Debug, Clone, Copy)]
struct Always;

impl tower_http::compression::Predicate for Always {
    fn should_compress<B: HttpBody>(&self, _: &axum::http::Response<B>) -> bool {
        true
    }
}
