//! JSON that is kept with plans. A document is small and its introspection may be large, so all of it together is bounded.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// The most that all plans together may keep, in bytes: 16 MiB. The whole schema takes some 250 KB.
const MOST: usize = 16 << 20;

/// What they keep.
static TAKEN: AtomicUsize = AtomicUsize::new(0);

/// JSON that counts as kept until it is dropped.
#[derive(Debug)]
pub(super) struct KeptJson(String);

impl KeptJson {
    /// Keeps it, if there is room.
    pub(super) fn keep(json: String) -> Option<KeptJson> {
        if TAKEN.fetch_add(json.len(), Relaxed) + json.len() > MOST {
            TAKEN.fetch_sub(json.len(), Relaxed);
            return None;
        }
        Some(KeptJson(json))
    }

    pub(super) fn json(&self) -> &str {
        &self.0
    }
}

impl Drop for KeptJson {
    fn drop(&mut self) {
        TAKEN.fetch_sub(self.0.len(), Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_dropped_makes_room() {
        let large = || KeptJson::keep("x".repeat(MOST - MOST / 4));
        let first = large();
        assert_eq!(first.as_ref().map(|kept| kept.json().len()), Some(MOST - MOST / 4));
        assert!(large().is_none());
        drop(first);
        assert!(large().is_some());
    }
}
