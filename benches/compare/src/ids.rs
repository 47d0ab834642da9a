//! Maps from ids.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use uuid::Uuid;

/// A map from ids. They are random enough to be their own hash.
pub type ById<V> = HashMap<Uuid, V, BuildHasherDefault<OwnHash>>;

/// Takes the last eight bytes of an id, which are random in a version 7 UUID.
#[derive(Default)]
pub struct OwnHash(u64);

impl Hasher for OwnHash {
    fn write(&mut self, bytes: &[u8]) {
        if let Some(last) = bytes.last_chunk() {
            self.0 = u64::from_ne_bytes(*last);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// The ids, each once, in the order in which they first come.
pub fn distinct(ids: impl IntoIterator<Item = Uuid>) -> (Vec<Uuid>, ById<usize>) {
    let (mut list, mut places) = (Vec::new(), ById::default());
    for id in ids {
        places.entry(id).or_insert_with(|| {
            list.push(id);
            list.len() - 1
        });
    }
    (list, places)
}
