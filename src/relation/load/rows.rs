//! The rows that a loader has read, in the form in which they are needed: JSON to be copied into the response, and the
//! keys that lead on from them.

use super::json::push_value;
use crate::db::Id;
use crate::relation::sql::{Asked, PageRequest, Value, order};
use async_graphql::Error;
use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
    sync::Arc,
};

/// In place of a group: there was no key to ask by.
pub const NO_GROUP: u32 = u32::MAX;

/// The rows of one key.
#[derive(Debug, Clone, Copy, Default)]
pub struct Group {
    start: u32,
    len: u32,
    /// Whether there are rows before these.
    pub has_previous: bool,
    /// Whether there are rows after these.
    pub has_next: bool,
}

/// Rows by the keys that asked for them. A key's number is that of its group.
#[derive(Debug)]
pub struct Rows {
    pub(super) columns: Arc<[Asked]>,
    /// Whether the values of each column lead on to other rows.
    pub(super) leads: Vec<bool>,
    keys: Vec<Id>,
    pub(super) numbers: HashMap<Id, u32, BuildHasherDefault<IdHasher>>,
    pub(super) names: Vec<String>,
    /// Of the keys that have been answered.
    groups: Vec<Group>,
    /// Rows, group by group.
    order: Vec<u32>,
    /// Of each row that was read, the group.
    pub(super) parents: Vec<u32>,
    /// The JSON of all cells, row by row, and where each ends.
    pub(super) text: Vec<u8>,
    pub(super) ends: Vec<usize>,
    /// Of each column that leads on, the value in each row.
    pub(super) ids: Vec<Vec<Option<Id>>>,
    /// Each row's place in the order, where that is asked for.
    pub(super) keysets: Vec<Vec<Value>>,
    /// The groups from the first of these numbers to before the second cannot be read.
    failures: Vec<(usize, usize, Error)>,
}

impl Rows {
    /// No rows yet, of `columns`. Those of the numbers in `leads` lead on to other rows.
    pub(super) fn new(columns: Arc<[Asked]>, leads: &[usize]) -> Rows {
        let ids = columns.iter().map(|_| Vec::new()).collect();
        let leads = (0..columns.len()).map(|nth| leads.contains(&nth)).collect();
        Rows {
            columns,
            leads,
            keys: Vec::new(),
            numbers: HashMap::default(),
            names: Vec::new(),
            groups: Vec::new(),
            order: Vec::new(),
            parents: Vec::new(),
            text: Vec::new(),
            ends: Vec::new(),
            ids,
            keysets: Vec::new(),
            failures: Vec::new(),
        }
    }

    /// The number of a key, which is asked for from now on.
    pub fn ask(&mut self, key: Id) -> u32 {
        let next = number(self.keys.len());
        let number = *self.numbers.entry(key).or_insert(next);
        if number == next {
            self.keys.push(key);
        }
        number
    }

    /// The number of a name.
    pub fn ask_name(&mut self, name: &str) -> u32 {
        let known = self.names.iter().position(|known| known == name);
        number(known.unwrap_or_else(|| {
            self.names.push(name.to_owned());
            self.keys.push(Id::NIL);
            self.names.len() - 1
        }))
    }

    /// The names or keys that have not been answered.
    pub(super) fn missing(&self) -> (&[Id], &[String]) {
        let answered = self.groups.len();
        (&self.keys[answered..], self.names.get(answered..).unwrap_or_default())
    }

    /// How many keys have been answered.
    pub fn answered(&self) -> usize {
        self.groups.len()
    }

    /// Adds a row that is known, as the one row of a key.
    pub fn add_known(&mut self, key: Id, value: impl Fn(&Asked) -> Value) {
        if number(self.groups.len()) != self.ask(key) {
            return;
        }
        for (nth, asked) in self.columns.clone().iter().enumerate() {
            let value = value(asked);
            push_value(asked.column().kind, &value, &mut self.text);
            self.ends.push(self.text.len());
            if self.leads[nth] {
                self.ids[nth].push(if let Value::Id(id) = value { Some(id.without_table()) } else { None });
            }
        }
        self.order.push(number(self.parents.len()));
        self.groups.push(Group { start: number(self.order.len() - 1), len: 1, ..Group::default() });
        self.parents.push(number(self.groups.len() - 1));
    }

    /// The answer to all keys that are missing: that there is none.
    pub(super) fn answer_nothing(&mut self) {
        self.groups.resize(self.keys.len(), Group::default());
    }

    /// The answer to all keys that are missing: an error.
    pub(super) fn fail(&mut self, error: Error) {
        // The rows that came before it belong to nobody.
        let rows = self.order.len();
        self.parents.truncate(rows);
        self.keysets.truncate(rows);
        self.ids.iter_mut().for_each(|ids| ids.truncate(rows));
        self.ends.truncate(rows * self.columns.len());
        self.text.truncate(self.ends.last().copied().unwrap_or(0));
        self.failures.push((self.groups.len(), self.keys.len(), error));
        self.answer_nothing();
    }

    /// Why the group of this number could not be read.
    pub fn failure(&self, group: u32) -> Option<&Error> {
        let within = |(from, to, _): &&(usize, usize, Error)| (*from..*to).contains(&(group as usize));
        self.failures.iter().find(within).map(|(.., error)| error)
    }

    /// How many rows there are of all keys together.
    pub fn len(&self) -> usize {
        self.parents.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.parents.is_empty()
    }

    /// The group of a key's number; an empty one before it is answered.
    pub fn group(&self, number: u32) -> Group {
        self.groups.get(number as usize).copied().unwrap_or_default()
    }

    /// The rows of a group, in order.
    pub fn rows(&self, group: Group) -> &[u32] {
        &self.order[group.start as usize..(group.start + group.len) as usize]
    }

    /// The JSON of a cell.
    pub fn cell(&self, row: u32, column: usize) -> &[u8] {
        let at = row as usize * self.columns.len() + column;
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.text[start..self.ends[at]]
    }

    /// The key in a column that leads on; none where it is NULL.
    pub fn id(&self, row: u32, column: usize) -> Option<Id> {
        self.ids[column].get(row as usize).copied().flatten()
    }

    /// A row's place in the order.
    pub fn keyset(&self, row: u32) -> &[Value] {
        self.keysets.get(row as usize).map_or(&[], Vec::as_slice)
    }

    /// Groups the rows that were read since, by counting, and takes out those that are evidence of other pages.
    pub(super) fn group_rows(&mut self, request: &PageRequest) {
        let first_group = self.groups.len();
        self.answer_nothing();
        let grouped = self.order.len();
        let read = &self.parents[grouped.min(self.parents.len())..];
        for parent in read {
            self.groups[*parent as usize].len += 1;
        }
        let mut start = number(grouped);
        for group in &mut self.groups[first_group..] {
            group.start = start;
            start += std::mem::take(&mut group.len);
        }
        self.order.resize(self.parents.len(), 0);
        for (row, parent) in self.parents.iter().enumerate().skip(grouped) {
            let group = &mut self.groups[*parent as usize];
            self.order[(group.start + group.len) as usize] = number(row);
            group.len += 1;
        }
        if request.page.look_ahead || request.page.evidence_before || request.page.evidence_after {
            (first_group..self.groups.len()).for_each(|group| self.cut_page(group, request));
        }
    }

    /// Cuts a group down to its page: one row more than the page has shows that another page follows, and the nearest rows
    /// beyond a cursor show that there are some.
    fn cut_page(&mut self, number: usize, request: &PageRequest) {
        let page = &request.page;
        let mut group = self.groups[number];
        let bounds = |group: Group| group.start as usize..(group.start + group.len) as usize;
        let stands = |row: u32, bound: &[Value]| order::compare(&request.order, self.keyset(row), bound);
        let rows = &self.order[bounds(group)];
        // One row may be evidence for both sides.
        if let (true, Some(after), Some(first)) = (page.evidence_before, &page.after, rows.first()) {
            group.has_previous = stands(*first, after).is_le();
        }
        if let (true, Some(before), Some(last)) = (page.evidence_after, &page.before, rows.last()) {
            group.has_next = stands(*last, before).is_ge();
        }
        if group.has_previous || group.has_next {
            let within = |row: &&u32| {
                page.after.as_ref().is_none_or(|after| stands(**row, after).is_gt())
                    && page.before.as_ref().is_none_or(|before| stands(**row, before).is_lt())
            };
            let before = rows.iter().take_while(|row| !within(row)).count();
            let kept = rows[before..].iter().take_while(within).count();
            group.start += self::number(before);
            group.len = self::number(kept);
        }
        if i64::from(group.len) > page.limit {
            group.len -= 1;
            if page.backward {
                group.has_previous = true;
                group.start += 1;
            } else {
                group.has_next = true;
            }
        }
        self.groups[number] = group;
    }
}

/// A place as a number.
pub(super) fn number(index: usize) -> u32 {
    // No statement gives four billion rows.
    u32::try_from(index).unwrap_or(NO_GROUP)
}

/// Hashes ids, most bits of which are random, by mixing their halves.
#[derive(Default)]
pub(super) struct IdHasher(u64);

impl Hasher for IdHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for half in bytes.chunks_exact(8) {
            let half = half.try_into().map_or(0, u64::from_le_bytes);
            self.0 = (self.0.rotate_left(29) ^ half).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        }
    }

    fn write_usize(&mut self, _: usize) {}
}
