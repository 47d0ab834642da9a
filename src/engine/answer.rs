//! A response whose data is bytes already.

use super::room::{Room, Taken};
use crate::error::{BUSY, RESPONSE_DROPPED, SERVICE_UNAVAILABLE, coded, internal, without_location};
use async_graphql::{Response, ServerError, Value, indexmap::IndexMap};
use serde::Deserialize;

/// The response to an operation (GraphQL specification, section 7.1, "Response Format").
#[derive(Debug, Default)]
pub struct Answer {
    /// `{"data":` and the data; nothing where the operation was not executed.
    body: Vec<u8>,
    /// What is wrong.
    pub errors: Vec<ServerError>,
    /// What else there is to say, each under its name.
    pub extensions: Vec<(String, Value)>,
    /// Whether it was refused because of too many others.
    is_busy: bool,
    /// What it has of the room for large responses.
    pub room: Option<Taken>,
}

/// What a body begins with.
pub(super) const BEGIN: &[u8] = b"{\"data\":";

impl Answer {
    /// Of an operation that was executed. `body` begins with [`BEGIN`].
    pub(super) fn executed(body: Vec<u8>, errors: Vec<ServerError>) -> Answer {
        Answer { body, errors, ..Answer::default() }
    }

    /// Of a request that was refused (section 7.1.1, "Request Error Result").
    pub fn refused(errors: Vec<ServerError>) -> Answer {
        Answer { errors, ..Answer::default() }
    }

    /// Of an operation that was not run, because too many others run. The same request may succeed later.
    pub fn busy() -> Answer {
        Answer::later(BUSY)
    }

    fn later(problem: &str) -> Answer {
        let errors = vec![without_location(coded(SERVICE_UNAVAILABLE, problem))];
        Answer { is_busy: true, ..Answer::refused(errors) }
    }

    /// Of a mutation that was executed, and whose response would be too much beside those that wait to be read.
    pub fn dropped() -> Answer {
        let problem = "the mutation was executed, but too many responses wait for their clients to read them: read what it wrote";
        Answer::executed(b"{\"data\":null".to_vec(), vec![without_location(coded(RESPONSE_DROPPED, problem))])
    }

    /// The same with what it takes of the room for large responses. Where there is none, it is refused, or dropped if it is of an
    /// operation that `wrote` something: a client would try again.
    #[must_use]
    pub async fn in_room(mut self, room: &dyn Room, wrote: bool) -> Answer {
        let Some(size) = room.size(self.body.capacity()) else { return self };
        match room.try_take(size).await {
            Some(taken) => self.room = Some(taken),
            None if wrote => return Answer::dropped(),
            None => {
                return Answer::later(
                    "too many responses wait for their clients to read them: try again later",
                );
            }
        }
        self
    }

    /// Whether it was refused because of too many others.
    pub fn is_busy(&self) -> bool {
        self.is_busy
    }

    /// Whether it has data, if only null.
    pub fn is_executed(&self) -> bool {
        !self.body.is_empty()
    }

    /// The same with an extension.
    #[must_use]
    pub fn extension(mut self, name: &str, value: Value) -> Answer {
        self.extensions.push((name.to_owned(), value));
        self
    }

    /// As JSON: errors, which a reader wants to see first, data, extensions.
    pub fn into_json(self) -> Vec<u8> {
        let Answer { body, errors, extensions, .. } = self;
        let mut json = body;
        // Writing to a vector does not fail.
        if !errors.is_empty() {
            let data = json;
            json = Vec::with_capacity(data.len() + 256);
            json.extend_from_slice(b"{\"errors\":");
            let _ = serde_json::to_writer(&mut json, &errors);
            if let Some(data) = data.strip_prefix(b"{") {
                json.push(b',');
                json.extend_from_slice(data);
            }
        }
        if !extensions.is_empty() {
            json.extend_from_slice(if json.is_empty() { b"{" } else { b"," });
            json.extend_from_slice(b"\"extensions\":");
            let extensions: IndexMap<_, _> = extensions.into_iter().collect();
            let _ = serde_json::to_writer(&mut json, &extensions);
        }
        json.extend_from_slice(if json.is_empty() { b"{}" } else { b"}" });
        json
    }

    /// As async-graphql has it, for programs that mount the executor in its integrations. It is read once more, which
    /// [`Answer::into_json`] is spared.
    pub fn into_response(self) -> Response {
        let data = self.body.get(BEGIN.len()..).unwrap_or(b"null");
        // As deep as the limits of documents let it be.
        let mut reader = serde_json::Deserializer::from_slice(data);
        reader.disable_recursion_limit();
        let mut response = Response::from_errors(self.errors);
        match Value::deserialize(&mut reader) {
            Ok(data) => response.data = data,
            Err(error) => response.errors.push(without_location(internal(&error))),
        }
        response.extensions = self.extensions.into_iter().collect();
        response
    }
}
