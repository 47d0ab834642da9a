//! The messages of `graphql-transport-ws`.

use super::close::Close;
use crate::engine::Answer;
use crate::server::http::{Object, RawParameters, describe_json_error};
use async_graphql::ServerError;
use serde::{Deserialize, Serialize};

/// From the client.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Incoming {
    ConnectionInit {
        #[serde(default, rename = "payload")]
        _payload: Option<Object>,
    },
    Ping {
        #[serde(default, rename = "payload")]
        _payload: Option<Object>,
    },
    Pong {
        #[serde(default, rename = "payload")]
        _payload: Option<Object>,
    },
    Subscribe {
        id: String,
        payload: RawParameters,
    },
    Complete {
        id: String,
    },
}

impl Incoming {
    pub(super) fn read(text: &str) -> Result<Incoming, Close> {
        match serde_json::from_str(text) {
            Ok(Incoming::Subscribe { id, .. } | Incoming::Complete { id }) if id.is_empty() => {
                Err(Close::invalid("the id is empty"))
            }
            Ok(message) => Ok(message),
            Err(error) => Err(Close::invalid(&describe_json_error(&error))),
        }
    }
}

/// To the client.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Outgoing<'a> {
    ConnectionAck,
    Pong,
    Error { id: &'a str, payload: &'a [ServerError] },
    Complete { id: &'a str },
}

/// The message `next`, with a response.
pub(super) fn next(id: &str, answer: Answer) -> Vec<u8> {
    let id = serde_json::Value::from(id).to_string();
    [br#"{"type":"next","id":"#, id.as_bytes(), br#","payload":"#, &answer.into_json(), b"}"].concat()
}
