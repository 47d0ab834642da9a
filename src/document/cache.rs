//! The documents that were read, so that none is read twice.

use super::schema::{Document, Refused, Schema};
use lru::LruCache;
use sha2::{Digest, Sha256};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// SHA-256 of a document's text.
pub type Hash = [u8; 32];

/// Valid documents by the hashes of their texts, up to so many bytes; the least used make room.
#[derive(Debug)]
pub struct Documents {
    schema: Arc<Schema>,
    /// In bytes.
    memory: usize,
    kept: Mutex<Kept>,
}

#[derive(Debug)]
struct Kept {
    /// Each with what it was last counted for.
    documents: LruCache<Hash, (Arc<Document>, usize)>,
    /// What they take.
    bytes: usize,
}

impl Kept {
    fn make_room(&mut self, memory: usize) {
        while self.bytes > memory
            && let Some((_, (_, counted))) = self.documents.pop_lru()
        {
            self.bytes -= counted;
        }
    }
}

impl Documents {
    /// None yet; up to `memory` bytes of them later.
    pub fn new(schema: Arc<Schema>, memory: usize) -> Documents {
        Documents { schema, memory, kept: Mutex::new(Kept { documents: LruCache::unbounded(), bytes: 0 }) }
    }

    /// The document of a text, read now or before. One that is not valid is not kept.
    ///
    /// # Errors
    /// As [`Schema::document`].
    pub fn read(&self, text: &str) -> Result<Arc<Document>, Refused> {
        self.read_hashed(text, Documents::hash(text))
    }

    /// The same for a caller that knows the hash.
    ///
    /// # Errors
    /// As [`Schema::document`].
    pub fn read_hashed(&self, text: &str, hash: Hash) -> Result<Arc<Document>, Refused> {
        if let Some(known) = self.by_hash(&hash) {
            return Ok(known);
        }
        let document = Arc::new(self.schema.document(text)?);
        self.keep(hash, document.clone());
        Ok(document)
    }

    /// The document of the text with this hash, where it is kept.
    pub fn by_hash(&self, hash: &Hash) -> Option<Arc<Document>> {
        let mut kept = self.kept();
        let (document, counted) = kept.documents.get_mut(hash)?;
        // What is kept with it has come since.
        let (document, grown) = (document.clone(), document.size() - *counted);
        *counted += grown;
        kept.bytes += grown;
        kept.make_room(self.memory);
        Some(document)
    }

    /// Whether the document of the text with this hash is kept.
    pub fn keeps(&self, hash: &Hash) -> bool {
        self.kept().documents.contains(hash)
    }

    /// The hash that a text goes by.
    pub fn hash(text: &str) -> Hash {
        Sha256::digest(text).into()
    }

    fn keep(&self, hash: Hash, document: Arc<Document>) {
        let mut kept = self.kept();
        let size = document.size();
        kept.bytes += size;
        if let Some((_, counted)) = kept.documents.put(hash, (document, size)) {
            kept.bytes -= counted;
        }
        kept.make_room(self.memory);
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Limits;

    #[test]
    fn memory_is_bounded_and_the_least_used_go() {
        let schema = Schema::read("type Query { a: Int }", Limits::default()).unwrap();
        let size = schema.document("{ a }").unwrap().size();
        let documents = Documents::new(schema, 10 * size + size / 2);
        let text = |nth: char| format!("{{{nth}:a}}");
        let texts: Vec<String> = ('a'..='z').map(text).collect();
        for text in &texts {
            documents.read(text).unwrap();
            documents.read(text).unwrap();
            assert!(documents.by_hash(&Documents::hash(&texts[0])).is_some(), "the one that is used stays");
        }
        let kept = texts.iter().filter(|text| documents.by_hash(&Documents::hash(text)).is_some()).count();
        assert_eq!(kept, 10);
        assert!(documents.kept().bytes <= documents.memory);
        assert!(documents.read("{ b }").is_err() && documents.read("{").is_err());
        assert!(documents.by_hash(&Documents::hash("{ b }")).is_none());
    }

    #[test]
    fn what_is_kept_with_a_document_counts() {
        let schema = Schema::read("type Query { a: Int }", Limits::default()).unwrap();
        let size = schema.document("{ a }").unwrap().size();
        let documents = Documents::new(schema, 10 * size);
        let texts = ["{ a }", "{ b: a }"];
        let keep = |text: &str, bytes: usize| {
            let document = documents.read(text).unwrap();
            let kept = document.keep(None, Vec::new(), || Ok::<_, ()>(7_u8), |_| (bytes, true)).unwrap();
            assert_eq!(*kept, 7);
            // It is known by the next one who asks for the document.
            drop(documents.read(text).unwrap());
        };
        keep(texts[0], 4 * size);
        assert!(documents.kept().bytes >= 5 * size);
        keep(texts[1], 6 * size);
        let kept = |text| documents.by_hash(&Documents::hash(text)).is_some();
        assert!(kept(texts[1]) && !kept(texts[0]), "the least used makes room");
        assert!(documents.kept().bytes <= documents.memory);
    }
}
