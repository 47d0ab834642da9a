//! Finds the document of a request: sent, or named by Apollo's automatic persisted queries or by a `documentId`.

use super::hash::parse_hash;
use super::trusted::TrustedDocuments;
use crate::document::{Document, Documents, Hash};
use crate::error::{DOCUMENT_NOT_TRUSTED, PERSISTED_QUERY_NOT_FOUND, coded};
use crate::execution::Operation;
use crate::server::http::{Parameters, Refusal};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;

/// What a request asks for.
pub(in crate::server) struct Requested {
    pub(in crate::server) operation: Operation,
    /// Whether it named its document instead of sending it.
    pub(in crate::server) persisted: bool,
}

/// The extension `persistedQuery` of a request (Apollo, "Automatic persisted queries").
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", expecting = "an object with `version` and `sha256Hash`")]
struct PersistedQuery {
    version: u32,
    sha256_hash: String,
}

/// Finds the document of a request, or reads it. `hash` is that of its text, if the caller knows it.
///
/// # Errors
/// `PERSISTED_QUERY_NOT_FOUND` for one that the server does not have, to which clients answer by sending it;
/// `DOCUMENT_NOT_TRUSTED` for one that was sent where only trusted ones run; `BAD_USER_INPUT` where the request
/// names none, or contradicts itself.
pub(in crate::server) fn find(
    trusted: &TrustedDocuments,
    documents: &Documents,
    mut parameters: Parameters,
    hash: Option<Hash>,
) -> Result<Requested, Refusal> {
    let (size, turn) = (parameters.size(), parameters.turn.take());
    let text = parameters.query.take();
    let expected = parameters.extensions.remove("persistedQuery").filter(|value| !value.is_null());
    let expected = expected.map(read_hash).transpose()?;
    let persisted = text.is_none();
    let document = match (parameters.document_id.take(), expected, text) {
        (Some(_), Some(_), _) | (Some(_), _, Some(_)) => {
            return Err(bad("`documentId` cannot be combined with `query` or `persistedQuery`"));
        }
        (Some(id), None, None) => Ok(by_id(trusted, documents, &id)?),
        (None, Some(hash), None) => Ok(by_hash(trusted, documents, &hash)?),
        (None, expected, Some(text)) => {
            let hash = hash.unwrap_or_else(|| Documents::hash(&text));
            if expected.is_some_and(|expected| expected != hash) {
                return Err(bad("`sha256Hash` is not the SHA-256 of `query`, in hexadecimal digits"));
            }
            match trusted.by_hash(&hash) {
                Some(document) => Ok(document),
                None if trusted.only => return Err(not_trusted()),
                None => documents.read_hashed(&text, hash),
            }
        }
        (None, None, None) => {
            return Err(Refusal::new(StatusCode::BAD_REQUEST, "the parameter `query` is missing"));
        }
    };
    Ok(Requested { operation: Operation { document, request: parameters.request(), size, turn }, persisted })
}

fn by_id(trusted: &TrustedDocuments, documents: &Documents, id: &str) -> Result<Arc<Document>, Refusal> {
    if let Some(document) = trusted.by_id(id) {
        return Ok(document);
    }
    match id.strip_prefix("sha256:").or((id.len() == 64).then_some(id)).map(parse_hash) {
        Some(Some(hash)) => by_hash(trusted, documents, &hash),
        Some(None) => Err(bad("`documentId` must have 64 hexadecimal digits after sha256:")),
        None => Err(not_found("there is no document with this `documentId`")),
    }
}

fn by_hash(trusted: &TrustedDocuments, documents: &Documents, hash: &Hash) -> Result<Arc<Document>, Refusal> {
    // Clients look for this message.
    let known = trusted.by_hash(hash).or_else(|| documents.by_hash(hash));
    known.ok_or_else(|| not_found("PersistedQueryNotFound"))
}

fn not_trusted() -> Refusal {
    let problem = "this server runs only its trusted documents: name one of them";
    Refusal::request_error(coded(DOCUMENT_NOT_TRUSTED, problem))
}

fn read_hash(extension: Value) -> Result<Hash, Refusal> {
    let read = PersistedQuery::deserialize(extension)
        .map_err(|error| bad(format!("the extension `persistedQuery` cannot be read: {error}")))?;
    if read.version != 1 {
        return Err(bad("the extension `persistedQuery` must have version 1"));
    }
    parse_hash(&read.sha256_hash).ok_or_else(|| bad("`sha256Hash` must have 64 hexadecimal digits"))
}

fn bad(problem: impl Into<String>) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, problem.into())
}

fn not_found(problem: &str) -> Refusal {
    Refusal::request_error(coded(PERSISTED_QUERY_NOT_FOUND, problem))
}
