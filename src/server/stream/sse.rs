//! Subscriptions as server-sent events: graphql-sse's "distinct connections", one operation a request.
//!
//! The protocol is <https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md>. Written here, since
//! axum's events cannot have the empty `data` that its `complete` needs.

use crate::engine::{Answer, Taken};
use crate::execution::Operation;
use crate::server::http::{Reader, Refusal};
use crate::server::shared::{Places, Shared};
use axum::{
    Extension,
    body::{Body, Bytes},
    http::header,
    response::{IntoResponse, Response as HttpResponse},
};
use futures_util::{StreamExt, future::ready, stream};
use std::{convert::Infallible, sync::Arc, time::Duration};
use tokio::time::timeout;

/// After so long a silence a comment keeps the connection open on its way through proxies.
const KEEP_ALIVE: Duration = Duration::from_secs(12);

/// A comment.
const NOTHING: &str = ":\n\n";

/// The end of an operation. Without a line for its data, a browser would not tell of the event.
const COMPLETE: &str = "event: complete\ndata:\n\n";

/// Runs the operation; each response is an event `next`, their end an event `complete`. Where the server stops
/// first there is none, and a client connects again.
pub(in crate::server) fn answer(shared: &Shared, operation: Operation) -> Result<HttpResponse, Refusal> {
    let slot = shared.slot()?;
    let events = shared.responses(operation, None, &Places::default()).map(next);
    let events = events
        .chain(stream::once(ready((COMPLETE.as_bytes().to_vec(), None))))
        .take_until(Box::pin(shared.drained()));
    // The place is free again when the client has gone, or everything has been said.
    let reader = Arc::<Reader>::default();
    let state = (events.boxed(), slot, shared.unwritten.clone(), reader.clone());
    let body = stream::unfold(state, |(mut events, slot, unwritten, reader)| async {
        let text = match timeout(KEEP_ALIVE, events.next()).await {
            Ok(next) => {
                let (text, room) = next?;
                unwritten.add(text, room, &reader).await
            }
            Err(_) => Bytes::from_static(NOTHING.as_bytes()),
        };
        Some((Ok::<_, Infallible>(text), (events, slot, unwritten, reader)))
    });
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-store"),
        (header::VARY, "accept"),
        // nginx would hold events back.
        (header::HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    // For whoever has its connection.
    Ok((headers, Extension(reader), Body::from_stream(body)).into_response())
}

/// An event for a response, with the room that it has. JSON has its line breaks escaped.
fn next(mut answer: Answer) -> (Vec<u8>, Option<Taken>) {
    let room = answer.room.take();
    ([b"event: next\ndata: ", answer.into_json().as_slice(), b"\n\n"].concat(), room)
}
