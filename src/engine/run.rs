//! Runs a plan in waves.
//!
//! A wave asks every loader whose keys are known, at once and each by one statement. The fields that hang on the rows are
//! asked in the next wave, which begins when all of this one are answered, so that the number of statements does not depend
//! on which of them is faster. A key that a loader has answered before is not asked for again, but its rows wait for the end
//! of the wave: followed at once, they would split the wave below in two.

use super::arguments::{Keys, Values};
use super::limits::Limits;
use super::plan::{Plan, Request, Source, What};
use super::results::{Reached, Results, Waiting};
use super::wave::{self, Batch, Loader, NO_PLACE};
use crate::db::{Id, Reader};
use crate::relation::{Budget, CountLoader, Explain, NO_GROUP, PageLoader};
use async_graphql::{Error, Result};
use futures_util::future::{join, join_all};
use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

/// What a plan's load asks for in this operation.
pub(super) type Requests = [std::result::Result<Request, Error>];

/// A run of a plan, or of a part of it.
pub(super) struct Run<'p> {
    pub(super) plan: &'p Plan,
    requests: &'p Requests,
    budget: &'p Budget,
    pub(super) limits: &'p Limits,
    pub(super) explain: Option<&'p Explain>,
    /// Those of each computed field.
    pub(super) arguments: &'p [Values],
    loaders: Vec<Option<Loader>>,
    /// For each load, the one that answers for it: itself, or one that variables made equal.
    stands: Vec<usize>,
    pub(super) states: Vec<State>,
    /// What was computed by statements, for each computed field.
    pub(super) results: Vec<Results>,
    /// Rows for which something is to be computed so.
    pub(super) waiting: Vec<Waiting>,
    /// The fields of rows that what was computed leads to.
    pub(super) led: Vec<usize>,
}

/// How far a field has come.
#[derive(Default)]
pub(super) struct State {
    /// For each row of its parent, the number of the key in its loader.
    pub(super) links: Vec<u32>,
    /// Of a root field, the numbers of its keys, in order.
    pub(super) listed: Vec<u32>,
    /// Of rows that were computed, those for each row of its parent.
    pub(super) lists: Vec<Vec<u32>>,
    /// The keys that it was asked for, and how often each.
    asked: Vec<(u32, usize)>,
    /// Why all of it failed.
    pub(super) failure: Option<Error>,
    /// Why the rows of a connection's page failed.
    pub(super) rows_failure: Option<Error>,
    /// A field of its rows that fails whatever the row, and takes the row with it. No other has been asked.
    pub(super) failing: Option<usize>,
}

impl<'p> Run<'p> {
    pub(super) fn new(
        plan: &'p Plan,
        (requests, arguments): (&'p Requests, &'p [Values]),
        budget: &'p Budget,
        limits: &'p Limits,
        explain: Option<&'p Explain>,
    ) -> Run<'p> {
        let mut stands: Vec<usize> = (0..plan.loads.len()).collect();
        for group in &plan.maybe_equal {
            // By hash: one that is compared with all others may have a list of thousands of values.
            let mut known = HashMap::new();
            for load in group {
                let Ok(request) = &requests[*load] else { continue };
                stands[*load] = *known.entry(request.asked()).or_insert(*load);
            }
        }
        let loaders = plan.loads.iter().map(|_| None).collect();
        let states = plan.fields.iter().map(|_| State::default()).collect();
        let results = plan.computed.iter().map(|_| Results::default()).collect();
        let (waiting, led) = (Vec::new(), Vec::new());
        Run {
            plan,
            requests,
            budget,
            limits,
            explain,
            arguments,
            loaders,
            stands,
            states,
            results,
            waiting,
            led,
        }
    }

    /// The source that a field reads.
    pub(super) fn source(&self, field: usize) -> &Source {
        &self.plan.loads[self.plan.fields[field].load].source
    }

    /// The loader of a field's rows.
    pub(super) fn pages(&self, field: usize) -> Option<&PageLoader> {
        match &self.loaders[self.stands[self.plan.fields[field].load]] {
            Some(Loader::Page(loader)) => Some(loader),
            _ => None,
        }
    }

    /// The loader of a field's number.
    pub(super) fn counts(&self, field: usize) -> Option<&CountLoader> {
        match &self.loaders[self.stands[self.plan.fields[field].load]] {
            Some(Loader::Count(loader)) => Some(loader),
            _ => None,
        }
    }

    /// The loader of a load, made when it is first asked.
    fn loader(&mut self, load: usize, reader: &Arc<Reader>) -> Option<&mut Loader> {
        let load = self.stands[load];
        let loader = &mut self.loaders[load];
        if loader.is_none() {
            let planned = &self.plan.loads[load];
            *loader = Some(match self.requests[load].as_ref().ok()? {
                Request::Page { request, .. } => Loader::Page(PageLoader::new(
                    reader.clone(),
                    planned.source.shape.map_or("", |shape| shape.table),
                    planned.columns.clone(),
                    &planned.leads,
                    request.clone(),
                    planned.request.is_some().then(|| planned.texts.clone()),
                )),
                Request::Count(request) => Loader::Count(CountLoader::new(reader.clone(), request.clone())),
            });
        }
        loader.as_mut()
    }

    /// Adds a row that is known to a field's loader.
    pub(super) fn known(&mut self, field: usize, reader: &Arc<Reader>, add: impl FnOnce(&mut PageLoader)) {
        if let Some(Loader::Page(loader)) = self.loader(self.plan.fields[field].load, reader) {
            add(loader);
        }
    }

    /// Asks a root field's loader for its keys.
    pub(super) fn begin(
        &mut self,
        field: usize,
        keys: &Result<Keys>,
        reader: &Arc<Reader>,
        next: &mut Vec<usize>,
    ) {
        let ids: Vec<(Id, usize)> = match keys {
            Err(error) => {
                self.states[field].failure = Some(error.clone());
                return;
            }
            Ok(Keys::Name(name)) => {
                if let Some(Loader::Page(loader)) = self.loader(self.plan.fields[field].load, reader) {
                    let number = loader.rows.ask_name(name);
                    let state = &mut self.states[field];
                    state.listed.push(number);
                    state.asked.push((number, 1));
                    next.push(field);
                }
                return;
            }
            Ok(Keys::All) => vec![(Id::NIL, 1)],
            Ok(Keys::Id(id)) => vec![(*id, 1)],
            Ok(Keys::Ids(ids)) => ids.iter().map(|id| (*id, 1)).collect(),
        };
        self.states[field].listed = self.ask(field, &ids, reader, next);
    }

    /// Asks a field's loader for keys, each for so many of its parent's rows. Gives their numbers.
    pub(super) fn ask(
        &mut self,
        field: usize,
        keys: &[(Id, usize)],
        reader: &Arc<Reader>,
        next: &mut Vec<usize>,
    ) -> Vec<u32> {
        let planned = &self.plan.fields[field];
        let conditions = match &self.requests[planned.load] {
            Ok(Request::Page { conditions, .. }) => *conditions,
            Ok(Request::Count(_)) => 0,
            Err(error) => {
                self.states[field].failure = Some(error.clone());
                return vec![NO_GROUP; keys.len()];
            }
        };
        let times = keys.iter().map(|(_, times)| times).sum::<usize>();
        if let Err(error) = self.budget.count_conditions(conditions.saturating_mul(times)) {
            self.states[field].failure = Some(error);
            return vec![NO_GROUP; keys.len()];
        }
        if matches!(planned.what, What::Page { reads: false, .. }) {
            return vec![NO_GROUP; keys.len()];
        }
        let numbers: Vec<u32> = match self.loader(planned.load, reader) {
            Some(loader) => loader.ask(keys.iter().map(|(key, _)| *key)),
            None => return vec![NO_GROUP; keys.len()],
        };
        if !keys.is_empty() {
            let asked = numbers.iter().zip(keys).map(|(number, (_, times))| (*number, *times));
            self.states[field].asked.extend(asked);
            next.push(field);
            // What hangs on the key that a row is asked by need not wait for the row.
            if self.failing(field).is_none() {
                for child in &planned.early {
                    self.ask(*child, keys, reader, next);
                }
            }
        }
        numbers
    }

    /// Runs the wave of these fields, and those below it.
    pub(super) async fn waves(&mut self, mut wave: Vec<usize>, reader: &Arc<Reader>) {
        while !wave.is_empty() || !self.waiting.is_empty() {
            self.load(&wave, reader).await;
            let mut next = std::mem::take(&mut self.led);
            for field in wave {
                self.descend(field, reader, &mut next);
            }
            wave = next;
        }
    }

    /// Loads what the fields of a wave have asked for.
    async fn load(&mut self, wave: &[usize], reader: &Arc<Reader>) {
        let mut places = vec![NO_PLACE; self.loaders.len()];
        let mut count = 0;
        for field in wave {
            let place = &mut places[self.stands[self.plan.fields[*field].load]];
            if *place == NO_PLACE {
                *place = count;
                count += 1;
            }
        }
        let batches: Vec<Option<Batch>> = match self.explain {
            Some(_) => (0..places.len()).map(|load| Some(self.batch(load, wave))).collect(),
            None => Vec::new(),
        };
        if self.waiting.is_empty() {
            return wave::run(&mut self.loaders, &places, self.explain, &batches).await;
        }
        Box::pin(self.load_and_compute(&places, &batches, reader)).await;
    }

    /// The same, and beside it what resolvers read.
    async fn load_and_compute(&mut self, places: &[usize], batches: &[Option<Batch>], reader: &Arc<Reader>) {
        let computing = join_all(self.begin_batches(reader));
        let (_, ended) = join(wave::run(&mut self.loaders, places, self.explain, batches), computing).await;
        self.end_batches(ended, reader);
    }

    /// A loader's part of a wave, for those who ask what it cost.
    fn batch(&self, load: usize, wave: &[usize]) -> Batch {
        let fields = wave.iter().filter(|field| self.stands[self.plan.fields[**field].load] == load);
        let (mut paths, mut keys) = (BTreeSet::new(), BTreeSet::new());
        for field in fields {
            paths.extend(self.plan.fields[*field].paths.iter().cloned());
            keys.extend(self.states[*field].asked.iter().map(|(number, _)| *number as usize));
        }
        let answered = match &self.loaders[load] {
            Some(Loader::Page(loader)) => loader.rows.answered(),
            Some(Loader::Count(loader)) => loader.answered(),
            None => 0,
        };
        let cached = keys.range(..answered).count();
        Batch { paths, keys: keys.len(), cached }
    }

    /// Asks for what hangs on the rows of a field.
    fn descend(&mut self, field: usize, reader: &Arc<Reader>, next: &mut Vec<usize>) {
        let planned = &self.plan.fields[field];
        if let What::Located { fields, .. } = &planned.what {
            self.locate(field, fields, reader, next);
            return;
        }
        let Some(loader) = self.pages(field) else { return };
        let lists = match &planned.what {
            What::Page { items, .. } => items.iter().filter(|item| item.is_rows()).count(),
            _ => 1,
        };
        let (rows, state) = (&loader.rows, &self.states[field]);
        let mut objects = 0_usize;
        let is_last = planned.children.is_empty() && planned.computed.is_empty();
        let mut times = vec![0_usize; if is_last { 0 } else { rows.len() }];
        for (number, count) in &state.asked {
            let group = rows.rows(rows.group(*number));
            objects = objects.saturating_add(count.saturating_mul(group.len()).saturating_mul(lists));
            if !times.is_empty() {
                group.iter().for_each(|row| times[*row as usize] += count);
            }
        }
        if let Err(error) = self.budget.count(objects) {
            match planned.what {
                What::Page { .. } => self.states[field].rows_failure = Some(error),
                _ => self.states[field].failure = Some(error),
            }
            return;
        }
        let reached = times.iter().enumerate().filter(|(_, times)| **times > 0);
        let reached: Vec<Reached> = reached.map(|(row, times)| (row as u32, *times)).collect();
        if reached.is_empty() {
            return;
        }
        let failing = self.failing(field);
        self.states[field].failing = failing;
        if failing.is_none() {
            for nth in &planned.computed {
                self.wait(*nth, &reached, reader, next);
            }
        }
        for child in failing.as_ref().map_or(planned.children.as_slice(), std::slice::from_ref) {
            self.follow(field, *child, &reached, reader, next);
        }
    }

    /// The field of a field's rows that fails whatever the row, and takes the row with it: nothing else of the row is needed.
    /// The count of a connection fails with its page.
    fn failing(&self, field: usize) -> Option<usize> {
        let fails = |child: &&usize| {
            let child = &self.plan.fields[**child];
            !child.nullable && !matches!(child.what, What::Count) && self.requests[child.load].is_err()
        };
        self.plan.fields[field].children.iter().find(fails).copied()
    }

    /// Asks a child for the keys that its parent's rows hold.
    fn follow(
        &mut self,
        parent: usize,
        child: usize,
        reached: &[Reached],
        reader: &Arc<Reader>,
        next: &mut Vec<usize>,
    ) {
        let by = self.plan.fields[child].by;
        let Some(loader) = self.pages(parent) else { return };
        let keys = reached.iter().filter_map(|(row, times)| Some((*row, loader.rows.id(*row, by)?, *times)));
        let keys: Vec<(u32, Id, usize)> = keys.collect();
        let mut links = vec![NO_GROUP; loader.rows.len()];
        let asked: Vec<(Id, usize)> = keys.iter().map(|(_, key, times)| (*key, *times)).collect();
        let numbers = if self.plan.fields[parent].early.contains(&child)
            && self.states[child].failure.is_none()
            && self.states[parent].failing.is_none()
        {
            // It was asked by the same keys as its parent.
            match self.loader(self.plan.fields[child].load, reader) {
                Some(loader) => loader.ask(asked.iter().map(|(key, _)| *key)),
                None => Vec::new(),
            }
        } else {
            self.ask(child, &asked, reader, next)
        };
        for ((row, ..), number) in keys.iter().zip(numbers) {
            links[*row as usize] = number;
        }
        self.states[child].links = links;
    }

    /// Asks the field of each type for the rows that were found in its table.
    fn locate(&mut self, field: usize, fields: &[usize], reader: &Arc<Reader>, next: &mut Vec<usize>) {
        let Some(loader) = self.counts(field) else { return };
        let (asked, answered) = (&self.states[field].asked, loader.answered());
        let mut found: Vec<Vec<(u32, Id, usize)>> = vec![Vec::new(); fields.len()];
        for (number, times) in asked {
            if let (key, Ok(Some(table))) = loader.answer(*number)
                && let Some(found) = usize::try_from(*table).ok().and_then(|table| found.get_mut(table))
            {
                found.push((*number, key.without_table(), *times));
            }
        }
        for (child, found) in fields.iter().zip(found) {
            let keys: Vec<(Id, usize)> = found.iter().map(|(_, key, times)| (*key, *times)).collect();
            let numbers = self.ask(*child, &keys, reader, next);
            let mut links = vec![NO_GROUP; answered];
            for ((number, ..), link) in found.iter().zip(numbers) {
                links[*number as usize] = link;
            }
            self.states[*child].links = links;
        }
    }
}
