//! Bodies of responses on their way to the client, piece by piece.

use super::connections::{Busy, Unwritten};
use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

/// The largest piece, in bytes. HTTP/2 has frames of this size by default, and each piece has its time to be written.
const PIECE: usize = 16 << 10;

/// A body in pieces, so that hyper has few of its bytes at a time and asks for the next response of a subscription only when the
/// client has read. Its connection is busy until it is dropped.
pub(super) struct Outgoing {
    body: Body,
    /// What is left of its last frame.
    rest: Bytes,
    busy: Busy,
    /// Whether each piece has to be written in time. HTTP/1 writes one body at a time, so that its socket tells as much.
    timed: bool,
}

impl Outgoing {
    pub(super) fn new(body: Body, busy: Busy, timed: bool) -> Outgoing {
        Outgoing { body, rest: Bytes::new(), busy, timed }
    }
}

impl HttpBody for Outgoing {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.rest.is_empty() {
            match ready!(Pin::new(&mut self.body).poll_frame(cx)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => self.rest = data,
                    Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
                },
                end => return Poll::Ready(end),
            }
        }
        let length = self.rest.len().min(PIECE);
        let mut piece = self.rest.split_to(length);
        if self.timed {
            piece = Bytes::from_owner(Piece { bytes: piece, _unwritten: self.busy.unwritten() });
        }
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let rest = u64::try_from(self.rest.len()).unwrap_or(u64::MAX);
        let body = self.body.size_hint();
        let mut hint = SizeHint::new();
        hint.set_lower(body.lower().saturating_add(rest));
        if let Some(upper) = body.upper() {
            hint.set_upper(upper.saturating_add(rest));
        }
        hint
    }
}

/// A piece that hyper has until it is written.
struct Piece {
    bytes: Bytes,
    _unwritten: Unwritten,
}

impl AsRef<[u8]> for Piece {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}
