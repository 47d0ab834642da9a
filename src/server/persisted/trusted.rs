//! The documents that the server is started with: a folder of files, read once and checked.

use crate::execution;
use crate::server::response::hex;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::{
    collections::{HashMap, hash_map::Entry},
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

/// The documents of a folder, and whether there are to be no others.
#[derive(Debug, Default)]
pub struct TrustedDocuments {
    /// By each of their ids: what the file calls them, and their SHA-256 in hexadecimal digits.
    documents: HashMap<String, Arc<str>>,
    /// Whether only these may run.
    pub(super) only: bool,
}

/// A folder of documents that cannot be used.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the texts say it")]
pub enum BadDocuments {
    #[error("{} cannot be read: {error}", file.display())]
    Unreadable { file: PathBuf, error: io::Error },
    #[error("{} is no list of documents: {error}", file.display())]
    NoList { file: PathBuf, error: serde_json::Error },
    #[error("{}: the document {id:?} is not valid: {problem}", file.display())]
    Invalid { file: PathBuf, id: String, problem: String },
    #[error("{}: the id {id:?} names two documents", file.display())]
    Twice { file: PathBuf, id: String },
    #[error("there is no document in {}: *.graphql, *.gql, or *.json from a compiler", .0.display())]
    Empty(PathBuf),
}

/// The lists that compilers of clients write.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum List {
    /// Apollo's persisted query manifest.
    Manifest { operations: Vec<Listed> },
    /// Relay's and GraphQL Code Generator's: texts by their ids.
    Map(HashMap<String, String>),
}

#[derive(Debug, Deserialize)]
struct Listed {
    id: String,
    body: String,
}

impl TrustedDocuments {
    /// Reads all documents in and below `folder`: `*.graphql` and `*.gql`, each a document called as its file, and
    /// `*.json`, a list as Apollo's, Relay's and GraphQL Code Generator's compilers write it.
    ///
    /// # Errors
    /// For a file that cannot be read, a document that the schema does not allow, and an id that names two; the text
    /// names the file.
    pub fn read(folder: &Path, only: bool) -> Result<TrustedDocuments, BadDocuments> {
        let mut read = TrustedDocuments { documents: HashMap::new(), only };
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
                read.add(file, name, text)?;
                continue;
            }
            let list = serde_json::from_str(&text);
            match list.map_err(|error| BadDocuments::NoList { file: file.to_owned(), error })? {
                List::Manifest { operations } => {
                    operations.into_iter().try_for_each(|one| read.add(file, one.id, one.body))?;
                }
                List::Map(texts) => texts.into_iter().try_for_each(|(id, text)| read.add(file, id, text))?,
            }
        }
        if read.documents.is_empty() {
            return Err(BadDocuments::Empty(folder.to_owned()));
        }
        Ok(read)
    }

    fn add(&mut self, file: &Path, id: String, text: String) -> Result<(), BadDocuments> {
        if let Err(problem) = execution::check(&text) {
            return Err(BadDocuments::Invalid { file: file.to_owned(), id, problem });
        }
        let hash = hex(&Sha256::digest(&text));
        let text: Arc<str> = text.into();
        for id in [hash, id] {
            match self.documents.entry(id) {
                Entry::Occupied(known) if *known.get() != text => {
                    return Err(BadDocuments::Twice { file: file.to_owned(), id: known.key().clone() });
                }
                Entry::Occupied(_) => {}
                Entry::Vacant(vacant) => {
                    vacant.insert(text.clone());
                }
            }
        }
        Ok(())
    }

    pub(super) fn by_id(&self, id: &str) -> Option<Arc<str>> {
        let digits = id.strip_prefix("sha256:").unwrap_or(id);
        self.documents.get(digits).or_else(|| self.documents.get(id)).cloned()
    }

    /// Whether one of them has this very text.
    pub(super) fn has_text(&self, text: &str) -> bool {
        self.documents.contains_key(&hex(&Sha256::digest(text)))
    }
}
