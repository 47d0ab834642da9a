//! A WebSocket: messages, each read and written within limits.
//!
//! Over tokio-tungstenite rather than axum's extractor, which cannot send a message in parts. The library copies each message that
//! it is given, moves the rest with each part that is written, and keeps the memory for the next one.

use super::inbound::{Inbound, READ_LIMIT};
use crate::engine::Taken;
use crate::server::http::{Reader, Unread, Unwritten};
use crate::server::shared::Limits;
use axum::body::Bytes;
use futures_util::{SinkExt, StreamExt};
use hyper::upgrade::Upgraded;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio::{sync::Notify, time::timeout};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Error, Message,
        protocol::{
            Role, WebSocketConfig,
            frame::{
                Frame,
                coding::{Data, OpCode},
            },
        },
    },
};

/// The size of the read buffer of each connection, in bytes. Most connections are idle, so it is small.
const READ_BUFFER: usize = 4 << 10;

/// The largest part that a message is sent in, in bytes.
const PART: usize = 64 << 10;

/// An open WebSocket.
pub(super) struct Socket {
    stream: WebSocketStream<Inbound>,
    /// How long the client may take to read a part of a message.
    limit: Duration,
    unwritten: Unwritten,
    reader: Arc<Reader>,
    /// When others wait for it for too long.
    too_slow: Arc<Notify>,
    /// Bytes of texts that were sent.
    sent: Arc<AtomicU64>,
    /// Whether the library has a pong to send.
    owes_pong: bool,
    /// Whether the client has sent what cannot be read.
    failed: bool,
    /// Whether the client was told that the connection ends.
    closing: bool,
}

/// A WebSocket at the beginning of a message.
async fn over(inbound: Inbound) -> WebSocketStream<Inbound> {
    let config = WebSocketConfig::default()
        .max_message_size(Some(READ_LIMIT))
        .max_frame_size(Some(READ_LIMIT))
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(0);
    WebSocketStream::from_raw_socket(inbound, Role::Server, Some(config)).await
}

/// The client does not read, or is gone.
#[derive(Debug)]
pub(super) struct Gone;

impl Socket {
    pub(super) async fn new(
        upgraded: Upgraded,
        limits: &Limits,
        unwritten: Unwritten,
        unread: &Unread,
    ) -> Socket {
        let stream = over(Inbound::new(upgraded, limits.body, unread)).await;
        let (reader, too_slow) = (Arc::<Reader>::default(), Arc::<Notify>::default());
        let slow = too_slow.clone();
        let sent = Arc::<AtomicU64>::default();
        let read = sent.clone();
        reader.watch(move || read.load(Relaxed), move || slow.notify_one());
        Socket {
            stream,
            limit: limits.write,
            unwritten,
            reader,
            too_slow,
            sent,
            owes_pong: false,
            failed: false,
            closing: false,
        }
    }

    /// The next message, pings left aside: they are answered before anything else is read, so that a client that does not read
    /// the answers cannot send more of them.
    pub(super) async fn receive(&mut self) -> Option<Result<Message, Error>> {
        loop {
            if self.owes_pong {
                let Ok(()) = self.flush().await else { return None };
                self.owes_pong = false;
            }
            if self.stream.get_ref().was_large() && !self.closing {
                // The library keeps the memory of a message for the next one. It has sent all that it had to.
                let inbound = self.stream.get_mut().take();
                self.stream = over(inbound).await;
            }
            match self.stream.next().await? {
                Ok(Message::Ping(_)) => self.owes_pong = true,
                message => {
                    self.failed |= message.is_err();
                    return Some(message);
                }
            }
        }
    }

    /// Whether a message has begun to arrive.
    pub(super) fn is_receiving(&self) -> bool {
        self.stream.get_ref().is_waiting()
    }

    /// Reads what the client still sends until it closes the connection: with bytes unread, the system would reset the connection,
    /// and the client would not get the close code.
    pub(super) async fn read_rest(&mut self) {
        while let Some(Ok(_)) = self.receive().await {}
        if self.failed {
            self.stream.get_mut().discard().await;
        }
    }

    async fn flush(&mut self) -> Result<(), Gone> {
        match timeout(self.limit, self.stream.flush()).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Gone),
        }
    }

    /// Sends a response, which is counted until it is sent. `room` is what it has taken for that.
    pub(super) async fn send_response(&mut self, text: Vec<u8>, room: Option<Taken>) -> Result<(), Gone> {
        let text = self.unwritten.add(text, room, &self.reader).await;
        self.send_text(text).await
    }

    /// Sends a text, which is UTF-8, in parts.
    pub(super) async fn send_text(&mut self, mut rest: Bytes) -> Result<(), Gone> {
        let mut code = OpCode::Data(Data::Text);
        loop {
            // It takes the memory over where nobody else has it.
            let part = if rest.len() > PART { rest.split_to(PART) } else { std::mem::take(&mut rest) };
            let (size, is_last) = (part.len() as u64, rest.is_empty());
            self.send(Message::Frame(Frame::message(part, code, is_last))).await?;
            self.sent.fetch_add(size, Relaxed);
            if is_last {
                return Ok(());
            }
            code = OpCode::Data(Data::Continue);
        }
    }

    /// Sends a small message.
    pub(super) async fn send(&mut self, message: Message) -> Result<(), Gone> {
        self.closing |= message.is_close();
        tokio::select! {
            sent = timeout(self.limit, self.stream.send(message)) => match sent {
                Ok(Ok(())) => Ok(()),
                Ok(Err(_)) | Err(_) => Err(Gone),
            },
            () = self.too_slow.notified() => Err(Gone),
        }
    }

    pub(super) async fn ping(&mut self) -> Result<(), Gone> {
        self.send(Message::Ping(Bytes::new())).await
    }
}
