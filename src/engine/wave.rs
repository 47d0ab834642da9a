//! A wave: all loaders that have keys to answer, at once.

use crate::relation::{CountLoader, Explain, PageLoader};
use futures_util::future::join_all;
use std::collections::BTreeSet;

/// A loader of rows, or one that counts.
pub(super) enum Loader {
    Page(PageLoader),
    Count(CountLoader),
}

/// Runs the loaders that have a place in the wave, in that order. `batches` has each loader's part, where that is explained.
pub(super) async fn run(
    loaders: &mut [Option<Loader>],
    places: &[usize],
    explain: Option<&Explain>,
    batches: &[Option<Batch>],
) {
    let mut running = Vec::with_capacity(loaders.len());
    for (load, loader) in loaders.iter_mut().enumerate() {
        let Some(loader) = loader.as_mut().filter(|_| places[load] != NO_PLACE) else { continue };
        if loader.runs() {
            running.push((places[load], loader.load(explain, batches.get(load).cloned().flatten())));
        }
    }
    if running.len() == 1 {
        if let Some((_, one)) = running.pop() {
            one.await;
        }
        return;
    }
    running.sort_by_key(|(place, _)| *place);
    join_all(running.into_iter().map(|(_, load)| load)).await;
}

/// The place of a loader that is not in the wave.
pub(super) const NO_PLACE: usize = usize::MAX;

/// What a loader answers in a wave: for which fields, how many keys, and how many of them it has answered before.
#[derive(Clone)]
pub(super) struct Batch {
    pub(super) paths: BTreeSet<String>,
    pub(super) keys: usize,
    pub(super) cached: usize,
}

impl Loader {
    /// Whether it has anything to answer; a list of no rows has not.
    fn runs(&self) -> bool {
        match self {
            Loader::Page(loader) => !loader.gives_nothing(),
            Loader::Count(_) => true,
        }
    }

    async fn load(&mut self, explain: Option<&Explain>, batch: Option<Batch>) {
        let load = async {
            match self {
                Loader::Page(loader) => loader.load().await,
                Loader::Count(loader) => loader.load().await,
            }
        };
        match (explain, batch) {
            (Some(explain), Some(Batch { paths, keys, cached })) => {
                explain.batch(paths, keys, cached, load).await;
            }
            _ => load.await,
        }
    }
}
