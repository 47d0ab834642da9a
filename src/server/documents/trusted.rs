//! The documents that the server is started with: a folder of files, read once and checked.

use super::hash::parse_hash;
use crate::app::App;
use crate::document::{Document, Documents, Hash};
use serde::{Deserialize, Deserializer, de};
use std::{
    collections::HashMap,
    fmt, fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

/// The documents of a folder, and whether there are to be no others. They are kept apart from the cache of documents,
/// because they must never be evicted.
#[derive(Debug, Default)]
pub struct TrustedDocuments {
    /// By what their files call them.
    by_id: HashMap<String, Arc<Document>>,
    /// By the SHA-256 of their texts, also without the white space around them, which a file may have.
    by_hash: HashMap<Hash, Arc<Document>>,
    /// Whether only these may run.
    pub(super) only: bool,
}

/// A folder of documents that cannot be used.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the texts say it")]
pub enum BadDocuments {
    #[error("{} cannot be read: {error}", file.display())]
    Unreadable { file: PathBuf, error: io::Error },
    #[error("{} is neither an Apollo manifest nor a JSON object of documents by id: {error}", file.display())]
    BadManifest { file: PathBuf, error: serde_json::Error },
    #[error("{}: the document {id:?} is not valid: {problem}", file.display())]
    Invalid { file: PathBuf, id: String, problem: String },
    #[error("{}: the id {id:?} names two documents", file.display())]
    DuplicateId { file: PathBuf, id: String },
    #[error("{}: the id {id:?} is a SHA-256 hash, but not that of its document", file.display())]
    HashMismatch { file: PathBuf, id: String },
    #[error("there is no document in {}: *.graphql, *.gql, or *.json from a compiler", .0.display())]
    Empty(PathBuf),
}

/// The lists that compilers of clients write.
enum List {
    /// Apollo's persisted query manifest.
    Manifest(Vec<Listed>),
    /// Relay's and GraphQL Code Generator's: texts by their ids.
    Texts(Vec<(String, String)>),
}

#[derive(Debug, Deserialize)]
struct Listed {
    id: String,
    body: String,
}

impl<'de> Deserialize<'de> for List {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<List, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = List;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<List, A::Error> {
                let (mut texts, mut operations) = (Vec::new(), None);
                let mut is_manifest = false;
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        "format" | "version" => {
                            map.next_value::<de::IgnoredAny>()?;
                            is_manifest = true;
                        }
                        "operations" => operations = Some(map.next_value()?),
                        // Not a map: an id that comes twice is a mistake.
                        _ => texts.push((key, map.next_value()?)),
                    }
                }
                match operations {
                    Some(operations) => Ok(List::Manifest(operations)),
                    None if is_manifest => Err(de::Error::missing_field("operations")),
                    None => Ok(List::Texts(texts)),
                }
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}

impl TrustedDocuments {
    /// Reads all documents in and below `folder`: `*.graphql` and `*.gql`, each a document called as its file, and
    /// `*.json`, a list as Apollo's, Relay's and GraphQL Code Generator's compilers write it.
    ///
    /// # Errors
    /// For a file that cannot be read, a document that the schema does not allow, and an id that names two; the text
    /// names the file.
    pub fn read(app: &App, folder: &Path, only: bool) -> Result<TrustedDocuments, BadDocuments> {
        let mut read = TrustedDocuments { only, ..TrustedDocuments::default() };
        for entry in walkdir::WalkDir::new(folder).follow_links(true).sort_by_file_name() {
            let entry = entry.map_err(|error| {
                let file = error.path().unwrap_or(folder).to_owned();
                BadDocuments::Unreadable { file, error: error.into() }
            })?;
            let file = entry.path();
            let ending = file.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
            if !entry.file_type().is_file() || !["graphql", "gql", "json"].contains(&ending) {
                continue;
            }
            let text = fs::read_to_string(file)
                .map_err(|error| BadDocuments::Unreadable { file: file.to_owned(), error })?;
            if ending != "json" {
                let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                read.add(app, file, name, &text)?;
                continue;
            }
            let list = serde_json::from_str(text.trim_start_matches('\u{feff}'));
            match list.map_err(|error| BadDocuments::BadManifest { file: file.to_owned(), error })? {
                List::Manifest(operations) => {
                    operations.into_iter().try_for_each(|one| read.add(app, file, one.id, &one.body))?;
                }
                List::Texts(texts) => {
                    texts.into_iter().try_for_each(|(id, text)| read.add(app, file, id, &text))?;
                }
            }
        }
        if read.by_id.is_empty() {
            return Err(BadDocuments::Empty(folder.to_owned()));
        }
        Ok(read)
    }

    fn add(&mut self, app: &App, file: &Path, id: String, text: &str) -> Result<(), BadDocuments> {
        let document = match app.documents().document(text) {
            Ok(document) => Arc::new(document),
            Err(refused) => {
                let problems: Vec<String> = refused.errors.into_iter().map(|error| error.message).collect();
                let problem = problems.join("; ");
                return Err(BadDocuments::Invalid { file: file.to_owned(), id, problem });
            }
        };
        let hashes = [text, text.trim()].map(Documents::hash);
        let file = file.to_owned();
        if parse_hash(&id).is_some_and(|hash| !hashes.contains(&hash)) {
            return Err(BadDocuments::HashMismatch { file, id });
        }
        // The same text may come from several files.
        let document = self.by_hash.get(&hashes[0]).cloned().unwrap_or(document);
        for hash in hashes {
            self.by_hash.entry(hash).or_insert_with(|| document.clone());
        }
        match self.by_id.insert(id.clone(), document.clone()) {
            Some(known) if !Arc::ptr_eq(&known, &document) => Err(BadDocuments::DuplicateId { file, id }),
            _ => Ok(()),
        }
    }

    pub(super) fn by_id(&self, id: &str) -> Option<Arc<Document>> {
        self.by_id.get(id).cloned()
    }

    pub(in crate::server) fn by_hash(&self, hash: &Hash) -> Option<Arc<Document>> {
        self.by_hash.get(hash).cloned()
    }
}
