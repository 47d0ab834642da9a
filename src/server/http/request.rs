//! The parameters of a request (GraphQL over HTTP, "Request Parameters"), from a body, a URL or a message.

use super::{
    media::check_json,
    response::Refusal,
    unread::{Counted, Unread},
};
use crate::engine::{Turn, reading};
use async_graphql::{Request, Variables};
use axum::{
    body::{Body, BodyDataStream, HttpBody},
    extract::{Query, rejection::QueryRejection},
    http::{HeaderMap, StatusCode, Uri, header},
};
use futures_util::StreamExt;
use serde::Deserialize;
use serde_json::Value;
use std::time::Duration;

/// The largest body, in bytes: 1 MiB.
const BODY_LIMIT: usize = 1 << 20;

/// How much of an unwanted body is read, and for how long. Closing the connection while the client still sends would
/// lose the answer.
const REST_LIMIT: usize = 64 << 20;
const REST_TIME: Duration = Duration::from_secs(5);

pub(in crate::server) type Object = serde_json::Map<String, Value>;

/// The parameters as they were sent. What is not among them is left aside, as the specification has it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", expecting = "an object with the text of a `query`")]
pub(in crate::server) struct RawParameters {
    query: Option<Value>,
    document_id: Option<Value>,
    operation_name: Option<Value>,
    variables: Option<Value>,
    extensions: Option<Value>,
}

/// The parameters, each of its type.
#[derive(Debug)]
pub(in crate::server) struct Parameters {
    /// The document's text.
    pub(in crate::server) query: Option<String>,
    /// The id of a document that the server has (GraphQL over HTTP, appendix "Persisted Documents").
    pub(in crate::server) document_id: Option<String>,
    operation_name: Option<String>,
    variables: Option<Object>,
    pub(in crate::server) extensions: Object,
    /// The bytes that they were sent in.
    sent: usize,
    /// Their turn to be read, where they may take long.
    pub(in crate::server) turn: Option<Turn>,
}

impl TryFrom<RawParameters> for Parameters {
    type Error = String;

    fn try_from(raw: RawParameters) -> Result<Parameters, String> {
        Ok(Parameters {
            query: text("query", raw.query)?,
            document_id: text("documentId", raw.document_id)?,
            operation_name: text("operationName", raw.operation_name)?,
            variables: object("variables", raw.variables)?,
            extensions: object("extensions", raw.extensions)?.unwrap_or_default(),
            sent: 0,
            turn: None,
        })
    }
}

fn text(name: &str, value: Option<Value>) -> Result<Option<String>, String> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => Err(format!("the parameter `{name}` must be a string, not {}", kind(&other))),
    }
}

fn object(name: &str, value: Option<Value>) -> Result<Option<Object>, String> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(object)) => Ok(Some(object)),
        Some(other) => Err(format!("the parameter `{name}` must be a JSON object, not {}", kind(&other))),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

impl Parameters {
    /// The bytes of the document and the variables, as they were sent.
    pub(in crate::server) fn size(&self) -> usize {
        self.sent.max(self.query.as_ref().map_or(0, String::len))
    }

    /// The same, which were sent in so many bytes.
    pub(in crate::server) fn sent_in(self, sent: usize, turn: Option<Turn>) -> Parameters {
        Parameters { sent, turn, ..self }
    }

    /// The request, without its document.
    pub(in crate::server) fn request(self) -> Request {
        let mut request = Request::new("");
        request.operation_name = self.operation_name;
        if let Some(variables) = self.variables {
            request = request.variables(Variables::from_json(variables.into()));
        }
        for (name, value) in self.extensions {
            if let Ok(value) = async_graphql::Value::from_json(value) {
                request.extensions.insert(name, value);
            }
        }
        request
    }

    /// Those of a `POST`: a JSON object, which arrives within `time`. A long one is read in `turn`, and counts as `unread` until then.
    ///
    /// # Errors
    /// The status that says what is wrong with it.
    pub(in crate::server) async fn of_body(
        headers: &HeaderMap,
        body: Body,
        time: Duration,
        unread: &Unread,
        turn: impl AsyncFnOnce(usize) -> Result<Option<Turn>, Refusal>,
    ) -> Result<Parameters, Refusal> {
        if let Err(problem) = check_json(headers) {
            Box::pin(drain(headers, body)).await;
            return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, problem));
        }
        let Ok(parts) = tokio::time::timeout(time, collect(headers, body, unread)).await else {
            let problem = format!("the request did not arrive within {} s", time.as_secs());
            return Err(Refusal::new(StatusCode::REQUEST_TIMEOUT, problem));
        };
        let (parts, _counted) = parts?;
        let bad = |problem: String| Refusal::new(StatusCode::BAD_REQUEST, problem);
        let turn = turn(parts.len()).await?;
        let bytes = parts.into_bytes();
        // UTF-16 has a zero in one of its first two bytes.
        if std::str::from_utf8(&bytes).is_err() || bytes.iter().take(2).any(|byte| *byte == 0) {
            return Err(bad("the body is not in UTF-8".into()));
        }
        if bytes.trim_ascii_start().first() == Some(&b'[') {
            return Err(bad("batches are not supported: send one operation per request".into()));
        }
        let raw = reading(turn.is_some(), || serde_json::from_slice::<RawParameters>(&bytes));
        let raw = raw.map_err(|error| {
            bad(format!("the body is not a GraphQL request: {}", describe_json_error(&error)))
        })?;
        Parameters::try_from(raw).map(|parameters| parameters.sent_in(bytes.len(), turn)).map_err(bad)
    }

    /// Those of a `GET`; objects are JSON texts in it.
    ///
    /// # Errors
    /// What is wrong with them.
    pub(in crate::server) fn of_url(uri: &Uri) -> Result<Parameters, Refusal> {
        let bad = |problem: String| Refusal::new(StatusCode::BAD_REQUEST, problem);
        let url = Query::<Url>::try_from_uri(uri);
        let Query(url) =
            url.map_err(|error: QueryRejection| bad(format!("the URL: {}", error.body_text())))?;
        // The decoder puts this character in place of bytes that are none; sent as itself, it is these.
        let raw = uri.query().unwrap_or_default().to_ascii_uppercase().matches("%EF%BF%BD").count();
        let texts = [&url.query, &url.variables, &url.operation_name, &url.extensions, &url.document_id];
        let decoded = texts.into_iter().flatten().map(|text| text.matches('\u{fffd}').count());
        if decoded.sum::<usize>() > raw {
            return Err(bad("the URL's parameters are not in UTF-8".into()));
        }
        let json = |name: &str, text: Option<String>| match text.filter(|text| !text.is_empty()) {
            Some(text) => serde_json::from_str::<Value>(&text).map(Some).map_err(|error| {
                bad(format!("the parameter `{name}` is not a JSON object: {}", describe_json_error(&error)))
            }),
            None => Ok(None),
        };
        let text = |text: Option<String>| text.map(Value::String);
        let raw = RawParameters {
            variables: json("variables", url.variables)?,
            extensions: json("extensions", url.extensions)?,
            query: text(url.query),
            document_id: text(url.document_id),
            operation_name: text(url.operation_name.filter(|name| !name.is_empty())),
        };
        raw.try_into().map_err(bad)
    }
}

/// Why a JSON text could not be read. The library calls half of a surrogate pair an escape that ends too early.
pub(in crate::server) fn describe_json_error(error: &serde_json::Error) -> String {
    let hint =
        if error.to_string().contains("hex escape") { "; a lone surrogate is not valid text" } else { "" };
    format!("{error}{hint}")
}

/// The parameters in a URL.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Url {
    query: Option<String>,
    document_id: Option<String>,
    operation_name: Option<String>,
    variables: Option<String>,
    extensions: Option<String>,
}

/// Reads what comes of a body that is not wanted.
pub(in crate::server) async fn drain(headers: &HeaderMap, body: Body) {
    // A client that waits for `100 Continue` has not sent the body yet.
    if !headers.contains_key(header::EXPECT) {
        discard(body.into_data_stream()).await;
    }
}

async fn discard(mut body: BodyDataStream) {
    let rest = async {
        let mut received = 0;
        while let Some(Ok(chunk)) = body.next().await {
            received += chunk.len();
            if received > REST_LIMIT {
                break;
            }
        }
    };
    let _ = tokio::time::timeout(REST_TIME, rest).await;
}

/// A body, and the count of its bytes.
async fn collect(headers: &HeaderMap, body: Body, unread: &Unread) -> Result<(Parts, Counted), Refusal> {
    let too_long = || Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "the request is larger than 1 MiB");
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > BODY_LIMIT && headers.contains_key(header::EXPECT) {
        return Err(too_long());
    }
    let (mut parts, mut counted) = (Parts::default(), unread.nothing());
    let mut body = body.into_data_stream();
    while let Some(chunk) = body.next().await {
        let Ok(chunk) = chunk else {
            return Err(Refusal::new(
                StatusCode::BAD_REQUEST,
                "the request ended before its body was complete",
            ));
        };
        let length = parts.len() + chunk.len();
        if length > BODY_LIMIT {
            Box::pin(discard(body)).await;
            return Err(too_long());
        }
        if counted.set(length).is_err() {
            drop((parts, counted));
            Box::pin(discard(body)).await;
            return Err(Refusal::too_many("large requests"));
        }
        parts.extend(&chunk);
    }
    Ok((parts, counted))
}

/// Bytes that have arrived, in parts of one size. One vector that grows would take up to twice as much, and leave the allocator
/// pieces of many sizes.
#[derive(Default)]
struct Parts(Vec<Vec<u8>>);

impl Parts {
    const SIZE: usize = 64 << 10;

    fn len(&self) -> usize {
        let whole = self.0.len().saturating_sub(1) * Parts::SIZE;
        whole + self.0.last().map_or(0, Vec::len)
    }

    fn extend(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let is_first = self.0.is_empty();
            match self.0.last_mut().filter(|part| part.len() < Parts::SIZE) {
                Some(part) => {
                    let (now, later) = bytes.split_at(bytes.len().min(Parts::SIZE - part.len()));
                    let length = part.len() + now.len();
                    if length > part.capacity() {
                        part.reserve_exact(length.next_power_of_two().min(Parts::SIZE) - part.len());
                    }
                    part.extend_from_slice(now);
                    bytes = later;
                }
                // Most bodies are small, and have one part.
                None => self.0.push(Vec::with_capacity(if is_first { 0 } else { Parts::SIZE })),
            }
        }
    }

    fn into_bytes(mut self) -> Vec<u8> {
        match self.0.len() {
            0 | 1 => self.0.pop().unwrap_or_default(),
            _ => self.0.concat(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_what_arrived() {
        let text: Vec<u8> = (0..=u8::MAX).cycle().take(3 * Parts::SIZE + 7).collect();
        for size in [1, 100, Parts::SIZE - 1, Parts::SIZE, Parts::SIZE + 1, text.len()] {
            for length in [0, 1, Parts::SIZE, Parts::SIZE + 1, text.len()] {
                let mut parts = Parts::default();
                text[..length].chunks(size).for_each(|chunk| parts.extend(chunk));
                assert_eq!(parts.len(), length);
                assert!(parts.0.iter().all(|part| part.capacity() <= Parts::SIZE));
                assert_eq!(parts.into_bytes(), text[..length]);
            }
        }
    }
}
