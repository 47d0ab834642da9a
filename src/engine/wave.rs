//! A wave: all loaders that have keys to answer, at once.

use crate::db::Id;
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
    let wanted = loaders.iter_mut().enumerate().filter(|(load, _)| places[*load] != NO_PLACE);
    let runs =
        wanted.filter_map(|(load, loader)| Some((load, loader.as_mut().filter(|loader| loader.runs())?)));
    let mut running: Vec<(usize, &mut Loader)> = runs.collect();
    let batch = |load: usize| explain.zip(batches.get(load).cloned().flatten());
    // Most waves have one loader. Futures are large, and moving them costs more than anything else here.
    if let [(load, loader)] = running.as_mut_slice() {
        return loader.run(batch(*load)).await;
    }
    running.sort_by_key(|(load, _)| places[*load]);
    join_all(running.into_iter().map(|(load, loader)| Box::pin(loader.run(batch(load))))).await;
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

    /// Asks for these keys, and gives their numbers.
    pub(super) fn ask(&mut self, keys: impl Iterator<Item = Id>) -> Vec<u32> {
        match self {
            Loader::Page(loader) => keys.map(|key| loader.rows.ask(key)).collect(),
            Loader::Count(loader) => keys.map(|key| loader.ask(key)).collect(),
        }
    }

    async fn run(&mut self, batch: Option<(&Explain, Batch)>) {
        match batch {
            Some((explain, Batch { paths, keys, cached })) => {
                Box::pin(explain.batch(paths, keys, cached, self.load())).await;
            }
            None => self.load().await,
        }
    }

    async fn load(&mut self) {
        match self {
            Loader::Page(loader) => loader.load().await,
            Loader::Count(loader) => Box::pin(loader.load()).await,
        }
    }
}
