//! A connection's socket, which fails when its client does not read for too long.

use super::connections::{Connection, Place};
use super::http::Peer;
use std::{
    io::{self, ErrorKind, IoSlice},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf},
    net::TcpStream,
    time::{Sleep, sleep, timeout},
};

/// How long a connection that is about to close may still take.
pub(super) const GOODBYE: Duration = Duration::from_secs(1);

/// Sends a last answer and closes the connection. The client has time to read it: closing a connection with bytes unread resets
/// it, and then the answer may be lost.
pub(super) async fn tell(mut stream: TcpStream, answer: &[u8]) {
    let told = async {
        stream.write_all(answer).await?;
        stream.shutdown().await?;
        let mut rest = [0; 4096];
        while stream.read(&mut rest).await? > 0 {}
        io::Result::Ok(())
    };
    drop(timeout(GOODBYE, told).await);
}

/// A socket. Its connection counts as open until this is dropped, also where it has become a WebSocket.
pub(super) struct Transport {
    stream: TcpStream,
    place: Place,
    /// How long a write may wait without progress.
    limit: Duration,
    /// Since a write waits.
    waiting: Option<Pin<Box<Sleep>>>,
}

impl Transport {
    pub(super) fn new(stream: TcpStream, place: Place, limit: Duration) -> Transport {
        Transport { stream, place, limit, waiting: None }
    }

    /// What is known of the connection.
    pub(super) fn connection(&self) -> &Arc<Connection> {
        self.place.connection()
    }

    /// Who is on the other side.
    pub(super) fn peer(&self) -> Option<Peer> {
        self.stream.peer_addr().ok().map(|address| Peer::new(address.ip()))
    }

    /// Notes what was written; or that a write has to wait, and for how long it has.
    fn watch(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if written.is_ready() {
            if let Poll::Ready(Ok(bytes)) = written {
                self.place.connection().add_written(bytes);
            }
            if self.waiting.take().is_some() {
                self.place.connection().block(false);
            }
            return written;
        }
        let waiting = self.waiting.get_or_insert_with(|| {
            self.place.connection().block(true);
            Box::pin(sleep(self.limit))
        });
        match waiting.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(Err(ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl AsyncRead for Transport {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, into)
    }
}

impl AsyncWrite for Transport {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.watch(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bytes);
        self.watch(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
