//! The codes that a connection is closed with: those of RFC 6455, of its registry (1013, section 11.7), and of
//! `graphql-transport-ws`.

use axum::extract::ws;
use std::{borrow::Cow, io::ErrorKind};
use tokio_tungstenite::tungstenite::{
    Error, Message,
    protocol::{CloseFrame, frame::coding::CloseCode},
};

/// Bytes that the reason of a close may have (RFC 6455, section 5.5).
const REASON: usize = 123;

/// Why a connection is closed.
#[derive(Debug)]
pub(super) struct Close(u16, Cow<'static, str>);

impl Close {
    pub(super) const NORMAL: Close = Close::because(1000, "");
    pub(super) const GOING_AWAY: Close = Close::because(1001, "The server stops");
    const PROTOCOL: Close = Close::because(1002, "Protocol error");
    const NOT_UTF8: Close = Close::because(1007, "A text is not UTF-8");
    pub(super) const TOO_LONG: Close = Close::because(1009, "A message is larger than 1 MiB");
    const LATE: Close = Close::because(1008, "A message did not arrive in time");
    pub(super) const TOO_MANY: Close = Close::because(1013, "Too many large messages: try again later");
    pub(super) const INTERNAL: Close = Close::because(1011, "Something went wrong inside the server");
    pub(super) const UNAUTHORIZED: Close = Close::because(4401, "Unauthorized");
    pub(super) const NO_PROTOCOL: Close = Close::because(4406, "Subprotocol not acceptable");
    pub(super) const NOT_INITIALISED: Close = Close::because(4408, "Connection initialisation timeout");
    pub(super) const INITIALISED_TWICE: Close = Close::because(4429, "Too many initialisation requests");

    const fn because(code: u16, reason: &'static str) -> Close {
        Close(code, Cow::Borrowed(reason))
    }

    /// How a connection is closed that cannot be read (RFC 6455, section 7.4.1); not at all where it is lost.
    pub(super) fn because_of(error: &Error) -> Option<Close> {
        match error {
            Error::Capacity(_) => Some(Close::TOO_LONG),
            Error::Utf8(_) => Some(Close::NOT_UTF8),
            Error::Protocol(_) => Some(Close::PROTOCOL),
            Error::Io(error) if error.kind() == ErrorKind::TimedOut => Some(Close::LATE),
            Error::Io(error) if error.kind() == ErrorKind::QuotaExceeded => Some(Close::TOO_MANY),
            _ => None,
        }
    }

    pub(super) fn invalid(problem: &str) -> Close {
        Close(4400, format!("Invalid message: {problem}").into())
    }

    pub(super) fn duplicate(id: &str) -> Close {
        Close(4409, format!("Subscriber for {id} already exists").into())
    }
}

/// The legacy protocol's library speaks axum's messages.
impl From<ws::CloseFrame> for Close {
    fn from(frame: ws::CloseFrame) -> Close {
        Close(frame.code, frame.reason.to_string().into())
    }
}

impl From<Close> for Message {
    fn from(Close(code, reason): Close) -> Message {
        let whole = |end: &usize| reason.is_char_boundary(*end);
        let end = (0..=reason.len().min(REASON)).rev().find(whole).unwrap_or_default();
        Message::Close(Some(CloseFrame { code: CloseCode::from(code), reason: reason[..end].into() }))
    }
}
