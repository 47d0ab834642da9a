//! A batch: gathers keys, and answers all of them by one statement.

use super::explain::Explain;
use super::queue::Queue;
use crate::db::Id;
use crate::error::{INTERNAL_SERVER_ERROR, coded};
use async_graphql::{Error, dataloader::Loader};
use futures_channel::oneshot;
use futures_util::FutureExt;
use std::{
    collections::{BTreeSet, HashMap},
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// What a row is asked for by: an id, or a name.
pub(super) trait BatchKey: Ord + Hash + Clone + Send + Sync + 'static {}
impl BatchKey for Id {}
impl BatchKey for String {}

/// Gathers keys until the operation is idle, then asks its loader for all of them at once.
///
/// Answers are kept for the rest of the operation, but a key that is already known is answered only when
/// its batch is dispatched: answered at once, it would run ahead of its level, and the level below would be
/// asked for in two parts, by two statements. A batch whose keys are all known runs none.
pub(super) struct Batch<K: BatchKey, L: Loader<K>> {
    loader: L,
    /// Where what it runs is noted.
    explain: Option<Arc<Explain>>,
    state: Mutex<State<K, L>>,
}

struct State<K: BatchKey, L: Loader<K>> {
    waiting: Vec<(K, Sender<K, L>)>,
    known: HashMap<K, Option<L::Value>>,
    /// The fields that wait, where that is noted.
    fields: BTreeSet<String>,
}

pub(super) type Answer<K, L> = Result<Option<<L as Loader<K>>::Value>, <L as Loader<K>>::Error>;
// Not Tokio's channel: a receiver of Tokio's wakes its task when the task's budget is spent, and so would
// make an idle operation look busy.
type Sender<K, L> = oneshot::Sender<Answer<K, L>>;

impl<K: BatchKey, L: Loader<K, Error = Error>> Batch<K, L> {
    pub(super) fn new(loader: L, explain: Option<Arc<Explain>>) -> Batch<K, L> {
        let state = State { waiting: Vec::new(), known: HashMap::new(), fields: BTreeSet::new() };
        Batch { loader, explain, state: Mutex::new(state) }
    }

    /// Waits for the answer to `key`; `field` says who asks, where that is noted.
    pub(super) async fn load(
        self: Arc<Self>,
        queue: &Queue,
        key: K,
        field: impl FnOnce() -> String,
    ) -> Answer<K, L> {
        let (sender, answer) = oneshot::channel();
        let first = {
            let mut state = self.state();
            if self.explain.is_some() {
                state.fields.insert(field());
            }
            state.waiting.push((key, sender));
            state.waiting.len() == 1
        };
        if first {
            queue.push(self.dispatch().boxed());
        }
        answer.await.unwrap_or_else(|_| Err(coded(INTERNAL_SERVER_ERROR, "the operation was cancelled")))
    }

    async fn dispatch(self: Arc<Self>) {
        let (waiting, missing, fields, keys) = {
            let mut state = self.state();
            let waiting = std::mem::take(&mut state.waiting);
            let mut missing: Vec<K> = waiting.iter().map(|(key, _)| key.clone()).collect();
            missing.sort_unstable();
            missing.dedup();
            let keys = missing.len();
            missing.retain(|key| !state.known.contains_key(key));
            (waiting, missing, std::mem::take(&mut state.fields), keys)
        };
        let load =
            async { if missing.is_empty() { Ok(HashMap::new()) } else { self.loader.load(&missing).await } };
        let mut loaded = match &self.explain {
            Some(explain) => explain.batch(fields, keys, keys - missing.len(), load).await,
            None => load.await,
        };
        let mut state = self.state();
        if let Ok(loaded) = &mut loaded {
            state.known.extend(missing.into_iter().map(|key| {
                let value = loaded.remove(&key);
                (key, value)
            }));
        }
        for (key, sender) in waiting {
            let known = state.known.get(&key).cloned();
            let answer = match (&loaded, known) {
                (_, Some(value)) => Ok(value),
                (Err(error), None) => Err(error.clone()),
                (Ok(_), None) => Ok(None),
            };
            // A receiver is gone when an error beside it has cut its branch of the response.
            let _ = sender.send(answer);
        }
    }

    fn state(&self) -> MutexGuard<'_, State<K, L>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
