//! Files of a folder: read, planned and written. Importing them again writes nothing.
//!
//! The first byte chooses the options, and whether anything is written: that takes most of the time. Each file is its path,
//! a line end, and its text.

#![no_main]

use doorway::db::Db;
use doorway::blog::import::{Count, Document, ImportError, Options, import};
use doorway_fuzz::{SEPARATOR, block_on, empty_database, in_time, repeated};
use libfuzzer_sys::{Corpus, fuzz_target};
use std::{collections::BTreeMap, sync::LazyLock};

/// Without tables: what is planned is not written.
static NOWHERE: LazyLock<Db> = LazyLock::new(|| Db::open(&"sqlite::memory:".parse().unwrap()).unwrap());

fuzz_target!(|data: &[u8]| -> Corpus {
    let [options, rest @ ..] = data else { return Corpus::Reject };
    let Ok(text) = std::str::from_utf8(rest) else { return Corpus::Reject };
    let is_on = |bit: u8| options >> bit & 1 == 1;
    let documents = documents(text);
    let options = Options {
        source: "/blog".to_owned(),
        folder: None,
        author: is_on(1).then(|| "Ada".to_owned()),
        categories: is_on(2),
        overwrite: is_on(3),
    };
    if !is_on(0) {
        let planned = in_time(|| block_on(import(&NOWHERE, documents.clone(), &options, &|_, _| {})));
        assert!(matches!(planned, Ok(_) | Err(ImportError::Database(_))), "{planned:?}");
        return Corpus::Keep;
    }
    let (db, _folder) = empty_database();
    let run = || in_time(|| block_on(import(&db, documents.clone(), &options, &|_, _| {})).unwrap());
    let (first, second) = (run(), run());
    let nothing = |count: Count| count.added == 0 && count.changed == 0;
    assert!(
        nothing(second.posts)
            && nothing(second.profiles)
            && (second.users, second.tags, second.links) == (0, 0, 0),
        "{first}\n{second}"
    );
    assert_eq!(first.imported, second.imported, "{first}\n{second}");
    assert_eq!(first.posts.added, second.posts.unchanged, "{first}\n{second}");
    assert!(!first.to_string().is_empty());
    Corpus::Keep
});

/// The files, as they could lie in a folder: each path once, and without a part that leads elsewhere.
fn documents(text: &str) -> Vec<Document> {
    let mut files = BTreeMap::new();
    for file in text.split(SEPARATOR).take(8) {
        let (path, text) = file.split_once('\n').unwrap_or(("a.md", file));
        let parts = path.split('/').filter(|part| !["", ".", ".."].contains(part) && !part.contains('\0'));
        let path = parts.collect::<Vec<_>>().join("/");
        if !path.is_empty() {
            files.insert(path, repeated(text).into_owned());
        }
    }
    files.into_iter().map(|(path, text)| Document { path, text }).collect()
}
