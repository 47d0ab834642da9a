//! Documents by their hash: Apollo's automatic persisted queries, beside the trusted documents.

use super::hash::{Hash, hash_of, parse_hash};
use super::trusted::TrustedDocuments;
use crate::error::{DOCUMENT_NOT_TRUSTED, PERSISTED_QUERY_NOT_FOUND, coded};
use crate::execution;
use crate::server::http::{Parameters, Refusal};
use async_graphql::Request;
use axum::http::StatusCode;
use lru::LruCache;
use serde::Deserialize;
use serde_json::Value;
use std::sync::{Arc, Mutex, PoisonError};

/// The most that all remembered documents may take, in bytes of text: 16 MiB.
const MEMORY: usize = 16 << 20;

/// What a remembered document takes besides its text.
const OVERHEAD: usize = 256;

/// All documents that a request may name.
pub(in crate::server) struct Persisted {
    trusted: Arc<TrustedDocuments>,
    remembered: Mutex<Remembered>,
}

struct Remembered {
    documents: LruCache<Hash, Arc<str>>,
    bytes: usize,
}

/// What a request asks for, with its document's text.
pub(in crate::server) struct Operation {
    pub(in crate::server) request: Request,
    /// Whether it named its document, and did not send it.
    pub(in crate::server) persisted: bool,
    /// The hash to remember its document by, once that has proved to be valid.
    new: Option<(Hash, Arc<str>)>,
}

/// The extension `persistedQuery` of a request (Apollo, "Automatic persisted queries").
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", expecting = "an object with `version` and `sha256Hash`")]
struct PersistedQuery {
    version: u32,
    sha256_hash: String,
}

impl Persisted {
    pub(in crate::server) fn new(trusted: Arc<TrustedDocuments>) -> Persisted {
        let remembered = Remembered { documents: LruCache::unbounded(), bytes: 0 };
        Persisted { trusted, remembered: Mutex::new(remembered) }
    }

    /// Finds the document of a request.
    ///
    /// # Errors
    /// `PERSISTED_QUERY_NOT_FOUND` for one that the server does not have, to which clients answer by sending it;
    /// `DOCUMENT_NOT_TRUSTED` for one that was sent where only trusted ones run; `BAD_USER_INPUT` where the request
    /// names none, or contradicts itself.
    pub(in crate::server) fn operation(&self, mut parameters: Parameters) -> Result<Operation, Refusal> {
        let sent = parameters.query.take();
        let hash = parameters.extensions.remove("persistedQuery").filter(|value| !value.is_null());
        let hash = hash.map(read_hash).transpose()?;
        let (document, new) = match (parameters.document_id.take(), hash, sent) {
            (Some(_), Some(_), _) | (Some(_), _, Some(_)) => {
                return Err(bad("`documentId` cannot be combined with `query` or `persistedQuery`"));
            }
            (Some(id), None, None) => (self.by_id(&id)?, None),
            (None, Some(hash), None) => (self.by_hash(&hash)?, None),
            (None, None, Some(query)) => {
                self.trust(&query)?;
                return Ok(Operation { request: parameters.request(query), persisted: false, new: None });
            }
            (None, Some(hash), Some(query)) => {
                if hash != hash_of(&query) {
                    return Err(bad("`sha256Hash` is not the SHA-256 of `query`, in hexadecimal digits"));
                }
                self.trust(&query)?;
                let query: Arc<str> = query.into();
                (query.clone(), Some((hash, query)))
            }
            (None, None, None) => {
                return Err(Refusal::new(StatusCode::BAD_REQUEST, "the parameter `query` is missing"));
            }
        };
        let persisted = new.is_none();
        Ok(Operation { request: parameters.request(document.to_string()), persisted, new })
    }

    fn by_id(&self, id: &str) -> Result<Arc<str>, Refusal> {
        if let Some(document) = self.trusted.by_id(id) {
            return Ok(document);
        }
        match id.strip_prefix("sha256:").or((id.len() == 64).then_some(id)).map(parse_hash) {
            Some(Some(hash)) => self.by_hash(&hash),
            Some(None) => Err(bad("`documentId` must have 64 hexadecimal digits after sha256:")),
            None => Err(not_found("there is no document with this `documentId`")),
        }
    }

    fn by_hash(&self, hash: &Hash) -> Result<Arc<str>, Refusal> {
        if let Some(document) = self.trusted.by_hash(hash) {
            return Ok(document);
        }
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        // Clients look for this message.
        remembered.documents.get(hash).cloned().ok_or_else(|| not_found("PersistedQueryNotFound"))
    }

    fn trust(&self, document: &str) -> Result<(), Refusal> {
        if !self.trusted.only || self.trusted.by_hash(&hash_of(document)).is_some() {
            return Ok(());
        }
        let problem = "this server runs only its trusted documents: name one of them";
        Err(Refusal::request_error(coded(DOCUMENT_NOT_TRUSTED, problem)))
    }

    /// Remembers the document of an operation that was executed, if all of it is valid, also what that operation did not
    /// need; the least used make room.
    pub(in crate::server) fn remember(&self, new: &New) {
        let Some((hash, document)) = &new.0 else { return };
        if self.by_hash(hash).is_err() && execution::check(document).is_ok() {
            self.keep(*hash, document.clone());
        }
    }

    fn keep(&self, hash: Hash, document: Arc<str>) {
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes = document.len() + OVERHEAD;
        if remembered.documents.put(hash, document).is_none() {
            remembered.bytes += bytes;
        }
        while remembered.bytes > MEMORY
            && let Some((_, oldest)) = remembered.documents.pop_lru()
        {
            remembered.bytes -= oldest.len() + OVERHEAD;
        }
    }
}

/// What is to be remembered of an operation; of most nothing.
#[derive(Clone)]
pub(in crate::server) struct New(Option<(Hash, Arc<str>)>);

impl Operation {
    /// Takes what [`Persisted::remember`] wants.
    pub(in crate::server) fn take_new(&mut self) -> New {
        New(self.new.take())
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_bounded_and_the_least_used_go() {
        let persisted = Persisted::new(Arc::default());
        let hash = |nth: usize| hash_of(&nth.to_string());
        let document: Arc<str> = "x".repeat(1 << 20).into();
        let remember = |nth| persisted.keep(hash(nth), document.clone());
        for nth in 0..100 {
            remember(nth);
            remember(nth);
            assert!(persisted.by_hash(&hash(0)).is_ok(), "the one that is used stays");
        }
        let kept = (0..100).filter(|nth| persisted.by_hash(&hash(*nth)).is_ok()).count();
        assert_eq!(kept, 15);
        let remembered = persisted.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        assert!(remembered.bytes <= MEMORY);
    }
}
