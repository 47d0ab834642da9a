//! Documents that requests name instead of sending: those that clients have sent before (Apollo's automatic persisted
//! queries), and those that the server was started with.

mod trusted;

pub use trusted::{BadDocuments, TrustedDocuments};

use super::{request::Parameters, response::Refusal};
use crate::document::{Document, Documents, Hash};
use crate::error::{DOCUMENT_NOT_TRUSTED, PERSISTED_QUERY_NOT_FOUND, coded};
use crate::execution::{self, Operation};
use crate::relation::{EXTENSION, is_asked};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;

/// The most that all documents that were read may take, in bytes: 64 MiB.
const MEMORY: usize = 64 << 20;

/// All documents that a request may name.
pub(super) struct Persisted {
    trusted: Arc<TrustedDocuments>,
    documents: Documents,
}

/// What a request asks for, with its document.
pub(super) struct Asked {
    pub(super) operation: Operation,
    /// Whether it named its document, and did not send it.
    pub(super) persisted: bool,
}

/// The extension `persistedQuery` of a request (Apollo, "Automatic persisted queries").
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", expecting = "an object with `version` and `sha256Hash`")]
struct PersistedQuery {
    version: u32,
    sha256_hash: String,
}

impl Persisted {
    pub(super) fn new(trusted: Arc<TrustedDocuments>) -> Persisted {
        Persisted { trusted, documents: Documents::new(execution::document_schema(), MEMORY) }
    }

    /// Finds the document of a request, or reads it.
    ///
    /// # Errors
    /// `PERSISTED_QUERY_NOT_FOUND` for one that the server does not have, to which clients answer by sending it;
    /// `DOCUMENT_NOT_TRUSTED` for one that was sent where only trusted ones run; `BAD_USER_INPUT` where the request
    /// names none, or contradicts itself.
    pub(super) fn operation(&self, mut parameters: Parameters) -> Result<Asked, Refusal> {
        let sent = parameters.query.take();
        let hash = parameters.extensions.remove("persistedQuery").filter(|value| !value.is_null());
        let hash = hash.map(read_hash).transpose()?;
        let persisted = sent.is_none();
        let document = match (parameters.document_id.take(), hash, sent) {
            (Some(_), Some(_), _) | (Some(_), _, Some(_)) => {
                return Err(bad("`documentId` goes with neither `query` nor `persistedQuery`"));
            }
            (Some(id), None, None) => Ok(self.by_id(&id)?),
            (None, Some(hash), None) => Ok(self.by_hash(&hash)?),
            (None, said, Some(query)) => {
                let hash = Documents::hash(&query);
                if said.is_some_and(|said| said != hash) {
                    return Err(bad("`sha256Hash` is not the SHA-256 of `query`, in hexadecimal digits"));
                }
                match self.trusted.by_hash(&hash) {
                    Some(document) => Ok(document),
                    None if self.trusted.only => return Err(not_trusted()),
                    None => self.documents.read_hashed(&query, hash),
                }
            }
            (None, None, None) => {
                return Err(Refusal::new(StatusCode::BAD_REQUEST, "the parameter `query` is missing"));
            }
        };
        Ok(Asked { operation: Operation { document, request: parameters.request() }, persisted })
    }

    fn by_id(&self, id: &str) -> Result<Arc<Document>, Refusal> {
        if let Some(document) = self.trusted.by_id(id) {
            return Ok(document);
        }
        match id.strip_prefix("sha256:").or((id.len() == 64).then_some(id)).map(parse_hash) {
            Some(Some(hash)) => self.by_hash(&hash),
            Some(None) => Err(bad("`documentId` has not 64 hexadecimal digits after sha256:")),
            None => Err(not_found("there is no document with this `documentId`")),
        }
    }

    fn by_hash(&self, hash: &Hash) -> Result<Arc<Document>, Refusal> {
        // Clients look for this message.
        let known = self.trusted.by_hash(hash).or_else(|| self.documents.by_hash(hash));
        known.ok_or_else(|| not_found("PersistedQueryNotFound"))
    }
}

impl Asked {
    /// Whether it asks what it costs.
    pub(super) fn is_explained(&self) -> bool {
        self.operation.request.extensions.get(EXTENSION).is_some_and(is_asked)
    }

    /// Takes that question out of it.
    pub(super) fn explain_nothing(&mut self) {
        self.operation.request.extensions.remove(EXTENSION);
    }
}

fn not_trusted() -> Refusal {
    let problem = "this server runs only the documents that it was started with: name one of them";
    Refusal::request_error(coded(DOCUMENT_NOT_TRUSTED, problem))
}

fn read_hash(extension: Value) -> Result<Hash, Refusal> {
    let read = PersistedQuery::deserialize(extension)
        .map_err(|error| bad(format!("the extension `persistedQuery` cannot be read: {error}")))?;
    if read.version != 1 {
        return Err(bad("the extension `persistedQuery` has version 1"));
    }
    parse_hash(&read.sha256_hash).ok_or_else(|| bad("`sha256Hash` is not of 64 hexadecimal digits"))
}

fn parse_hash(text: &str) -> Option<Hash> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    let bytes: Vec<u8> =
        digits?.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect();
    // 64 digits: of an odd number of them the last pair would be half.
    (text.len() == 64).then(|| bytes.try_into().ok()).flatten()
}

fn bad(problem: impl Into<String>) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, problem.into())
}

fn not_found(problem: &str) -> Refusal {
    Refusal::request_error(coded(PERSISTED_QUERY_NOT_FOUND, problem))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_has_64_digits() {
        assert_eq!(parse_hash(&"0f".repeat(32)), Some([15; 32]));
        assert_eq!(parse_hash(&"0F".repeat(32)), Some([15; 32]));
        for text in ["", "0f", &"0f".repeat(33), &"0g".repeat(32), &"é".repeat(32), &"0f".repeat(32)[1..]] {
            assert_eq!(parse_hash(text), None, "{text}");
        }
    }
}
