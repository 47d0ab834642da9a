//! What a WebSocket reads from its client. The library keeps the bytes of an unfinished message and says nothing of them, so they
//! are counted here, among those of all clients, and here they must arrive in time.
//!
//! No read goes beyond the end of a frame. Behind a message, the library has read nothing that it has not handed on.

use crate::server::http::{Counted, SMALL, Unread};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use std::{
    io::{Error, ErrorKind, IoSlice, Result},
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf},
    time::{Sleep, sleep},
};

/// The largest message from a client, in bytes: 1 MiB, like a body.
pub(super) const MESSAGE_LIMIT: usize = 1 << 20;

/// The largest message that is read, in bytes. One above the limit of messages is read to its end, so that the client
/// gets the close code: closing with bytes unread would reset the connection. A client may not get it for a larger one.
pub(super) const READ_LIMIT: usize = 2 * MESSAGE_LIMIT;

/// The stream below a WebSocket.
pub(super) struct Inbound {
    /// None if another has it.
    stream: Option<TokioIo<Upgraded>>,
    /// How long a message may take to arrive.
    limit: Duration,
    frame: Frame,
    message: Arrived,
    unread: Unread,
}

/// What has arrived of a message.
struct Arrived {
    bytes: usize,
    counted: Counted,
    is_finished: bool,
    /// Since the rest of it is waited for.
    late: Option<Pin<Box<Sleep>>>,
}

impl Arrived {
    fn nothing(unread: &Unread) -> Arrived {
        Arrived { bytes: 0, counted: unread.nothing(), is_finished: false, late: None }
    }
}

impl Inbound {
    pub(super) fn new(upgraded: Upgraded, limit: Duration, unread: &Unread) -> Inbound {
        let (stream, message) = (Some(TokioIo::new(upgraded)), Arrived::nothing(unread));
        Inbound { stream, limit, frame: Frame::default(), message, unread: unread.clone() }
    }

    /// Whether the last message is finished and was large.
    pub(super) fn was_large(&self) -> bool {
        self.message.is_finished && self.message.bytes > SMALL
    }

    /// Whether the rest of a message is still to come. That has a limit of its own.
    pub(super) fn is_waiting(&self) -> bool {
        !self.message.is_finished && (self.frame.have > 0 || self.message.bytes > 0)
    }

    /// The same stream for another to read, at the beginning of a message. This one is closed.
    pub(super) fn take(&mut self) -> Inbound {
        let (message, unread) = (Arrived::nothing(&self.unread), self.unread.clone());
        Inbound { stream: self.stream.take(), limit: self.limit, frame: Frame::default(), message, unread }
    }

    /// Reads what the client still sends, and drops it.
    pub(super) async fn discard(&mut self) {
        let Some(stream) = &mut self.stream else { return };
        let mut rest = [0; SMALL];
        while let Ok(1..) = stream.read(&mut rest).await {}
    }

    fn stream(&mut self) -> Result<Pin<&mut TokioIo<Upgraded>>> {
        self.stream.as_mut().map(Pin::new).ok_or(ErrorKind::NotConnected.into())
    }
}

impl AsyncRead for Inbound {
    /// Fails with [`ErrorKind::QuotaExceeded`] if the unfinished messages of all clients are too large, and with
    /// [`ErrorKind::TimedOut`] if a message does not arrive in time.
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<Result<()>> {
        let this = &mut *self;
        if this.message.is_finished {
            // Whoever asks for the next one is done with it.
            this.message = Arrived::nothing(&this.unread);
        }
        let most = this.frame.wants().min(into.remaining());
        let mut part = ReadBuf::new(into.initialize_unfilled_to(most));
        if this.stream()?.poll_read(cx, &mut part)?.is_pending() {
            if this.is_waiting() {
                let late = this.message.late.get_or_insert_with(|| Box::pin(sleep(this.limit)));
                ready!(late.as_mut().poll(cx));
                return Poll::Ready(Err(ErrorKind::TimedOut.into()));
            }
            return Poll::Pending;
        }
        let read = part.filled().len();
        this.message.bytes += this.frame.read(part.filled());
        into.advance(read);
        if this.frame.is_whole() {
            this.message.is_finished = this.frame.ends_message();
            this.frame = Frame::default();
            if this.message.bytes == 0 {
                // There is no message yet.
                this.message.late = None;
            }
        }
        // The library makes room for the whole of a frame when it has read its head.
        let expected = this.message.bytes + this.frame.left.min(READ_LIMIT);
        if this.message.counted.set(expected).is_err() {
            return Poll::Ready(Err(Error::from(ErrorKind::QuotaExceeded)));
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Inbound {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        self.stream()?.poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        self.stream()?.poll_write_vectored(cx, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.as_ref().is_some_and(AsyncWrite::is_write_vectored)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        self.stream()?.poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        self.stream()?.poll_shutdown(cx)
    }
}

/// The bytes before a payload of up to 125 bytes: of a client's frames, which have a mask.
const SHORT: usize = 6;

/// How much of a client's frame was read (RFC 6455, section 5.2).
#[derive(Default)]
struct Frame {
    head: [u8; 14],
    /// How much of the head.
    have: usize,
    /// Bytes of the payload that are still to come.
    left: usize,
}

impl Frame {
    /// How many bytes to read next: not more than there are before it is known where the frame ends, or until then.
    fn wants(&self) -> usize {
        if self.have < self.head_size() { self.head_size() - self.have } else { self.left }
    }

    fn head_size(&self) -> usize {
        match self.head[1] & 0x7f {
            _ if self.have < SHORT => SHORT,
            126 => SHORT + 2,
            127 => SHORT + 8,
            _ => SHORT,
        }
    }

    /// Takes so many bytes as it wants, or fewer. Returns how many of them are payload of a message.
    fn read(&mut self, bytes: &[u8]) -> usize {
        if self.have == self.head_size() {
            self.left -= bytes.len();
            return if self.is_control() { 0 } else { bytes.len() };
        }
        self.head[self.have..self.have + bytes.len()].copy_from_slice(bytes);
        self.have += bytes.len();
        if self.have == self.head_size() {
            self.left = match self.head[1] & 0x7f {
                126 => usize::from(u16::from_be_bytes([self.head[2], self.head[3]])),
                127 => {
                    let mut length = [0; 8];
                    length.copy_from_slice(&self.head[2..10]);
                    usize::try_from(u64::from_be_bytes(length)).unwrap_or(usize::MAX)
                }
                length => usize::from(length),
            };
        }
        0
    }

    fn is_whole(&self) -> bool {
        self.have == self.head_size() && self.left == 0
    }

    fn is_control(&self) -> bool {
        self.head[0] & 0x08 != 0
    }

    fn ends_message(&self) -> bool {
        self.head[0] & 0x80 != 0 && !self.is_control()
    }
}
