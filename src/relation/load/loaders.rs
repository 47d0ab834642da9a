//! The loaders: one type for each kind of fetch. The engine asks them for a wave's keys. Through [`Shared`] they implement
//! async-graphql's [`Loader`], for code that resolves a field by hand; all that hold the same one share its rows.

use super::reading::Reading;
use super::rows::Rows;
use crate::db::{Cells, Id, Reader, Sink};
use crate::error::{from_database, internal};
use crate::relation::model::ColumnKind;
use crate::relation::page::CursorCodec;
use crate::relation::sql::{
    Asked, Count, CountRequest, CountScope, Fetch, PageRequest, Scope, Text, Values, WithText,
};
use async_graphql::{Error, dataloader::Loader};
use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
};

/// The texts of a statement that is always the same: for any number of keys, and for one; for SQLite, and for PostgreSQL.
#[derive(Debug, Default)]
pub struct Texts([OnceLock<Text>; 4]);

impl Texts {
    fn of(&self, fetch: &Fetch, postgres: bool, one: bool) -> Result<Text, Error> {
        let text = &self.0[2 * usize::from(postgres) + usize::from(one)];
        if let Some(text) = text.get() {
            return Ok(text.clone());
        }
        let rendered = render(fetch, postgres)?;
        Ok(text.get_or_init(|| rendered).clone())
    }
}

fn render(fetch: &Fetch, postgres: bool) -> Result<Text, Error> {
    Text::of(fetch, postgres).map_err(|error| from_database(error.into()))
}

/// Loads rows: one for each key, or a page of them.
pub struct PageLoader {
    reader: Arc<Reader>,
    table: &'static str,
    columns: Arc<[Asked]>,
    request: Arc<PageRequest>,
    codec: Option<CursorCodec>,
    /// Where the statement is always the same.
    texts: Option<Arc<Texts>>,
    /// The rows so far.
    pub rows: Rows,
}

impl PageLoader {
    /// A loader of `columns` of the table called `table`, of which those of the numbers in `leads` lead on to other rows.
    /// `texts` are kept by whoever makes the same request again.
    pub fn new(
        reader: Arc<Reader>,
        table: &'static str,
        columns: Arc<[Asked]>,
        leads: &[usize],
        request: Arc<PageRequest>,
        texts: Option<Arc<Texts>>,
    ) -> PageLoader {
        let codec = match request.scope {
            Scope::List(list) if request.page.keysets => Some(CursorCodec::new(list, &request.order)),
            _ => None,
        };
        let rows = Rows::new(columns.clone(), leads);
        PageLoader { reader, table, columns, request, codec, texts, rows }
    }

    /// The cursors of its list, where they are asked for.
    pub(crate) fn codec(&self) -> Option<&CursorCodec> {
        self.codec.as_ref()
    }

    /// Whether it gives nothing to anybody: a list of up to no rows.
    pub fn gives_nothing(&self) -> bool {
        matches!(self.request.scope, Scope::List(_))
            && self.request.page.limit == 0
            && !self.request.page.look_ahead
    }

    /// Whether some of the keys that were asked for need a statement.
    pub fn is_missing(&self) -> bool {
        !self.gives_nothing() && !self.rows.missing().0.is_empty()
    }

    /// Reads the rows of all keys that were asked for and are missing, by one statement. An error is an answer as well.
    pub async fn load(&mut self) {
        if !self.is_missing() {
            self.rows.answer_nothing();
            return;
        }
        if let Err(error) = self.read().await {
            self.rows.fail(error);
        }
    }

    async fn read(&mut self) -> Result<(), Error> {
        let (ids, names) = self.rows.missing();
        let one = ids.len() == 1;
        let keys = match self.request.scope {
            Scope::ByName { .. } => Values::Texts(names.to_vec()),
            _ => Values::ids(ids.to_vec()),
        };
        let fetch = Fetch::new(self.table, self.columns.clone(), self.request.clone(), keys);
        let postgres = self.reader.is_postgres();
        let text = match &self.texts {
            Some(texts) => texts.of(&fetch, postgres, one)?,
            None => render(&fetch, postgres)?,
        };
        let mut reading = Reading::new(&mut self.rows, &self.request, self.codec.as_ref());
        self.reader.each(WithText { query: fetch, text }, &mut reading).await.map_err(from_database)?;
        if let Some(unreadable) = reading.unreadable {
            let details = format!("a row of {} cannot be read: {unreadable}", self.table);
            return Err(internal(&details));
        }
        self.rows.group_rows(&self.request);
        Ok(())
    }
}

/// Loads a number for each key.
pub struct CountLoader {
    reader: Arc<Reader>,
    request: CountRequest,
    numbers: HashMap<Id, u32>,
    keys: Vec<Id>,
    /// Of the keys that have been answered.
    answers: Vec<Result<Option<i64>, Error>>,
}

impl CountLoader {
    /// A loader of what `request` counts.
    pub fn new(reader: Arc<Reader>, request: CountRequest) -> CountLoader {
        CountLoader { reader, request, numbers: HashMap::new(), keys: Vec::new(), answers: Vec::new() }
    }

    /// The number of a key, which is asked for from now on.
    pub fn ask(&mut self, key: Id) -> u32 {
        *self.numbers.entry(key).or_insert_with(|| {
            self.keys.push(key);
            u32::try_from(self.keys.len() - 1).unwrap_or(u32::MAX)
        })
    }

    /// How many keys have been answered.
    pub fn answered(&self) -> usize {
        self.answers.len()
    }

    /// The key of a number, and its answer: none where the database has none.
    pub fn answer(&self, number: u32) -> (Id, &Result<Option<i64>, Error>) {
        let number = number as usize;
        (self.keys.get(number).copied().unwrap_or(Id::NIL), self.answers.get(number).unwrap_or(&Ok(None)))
    }

    /// Counts for all keys that were asked for and are missing, by one statement.
    pub async fn load(&mut self) {
        let missing = &self.keys[self.answers.len()..];
        if missing.is_empty() {
            return;
        }
        let mut counted = Counts(HashMap::new());
        let (mut asked, mut numbers) = (missing.to_vec(), HashMap::new());
        if let CountScope::WhichTable(tables) = self.request.scope {
            // A number is one of a table that it knows, if there is such a row.
            let known = tables.iter().zip(0..).filter(|(table, _)| table.key != ColumnKind::Id);
            for (table, nth) in known {
                numbers.extend(asked.extract_if(.., |id| id.is_of_table(table.table)).map(|id| (id, nth)));
            }
            if asked.is_empty() || tables.iter().all(|table| table.key != ColumnKind::Id) {
                self.answers.extend(missing.iter().map(|key| Ok(numbers.get(key).copied())));
                return;
            }
        }
        let count = Count::new(self.request.clone(), Values::ids(asked));
        match self.reader.each(count, &mut counted).await.map_err(from_database) {
            Ok(()) => {
                let Counts(counted) = counted;
                let answer = |key: &Id| counted.get(key).or(numbers.get(key)).copied();
                self.answers.extend(missing.iter().map(|key| Ok(answer(key))));
            }
            Err(error) => self.answers.resize(self.keys.len(), Err(error)),
        }
    }
}

/// The number of each key.
struct Counts(HashMap<Id, i64>);

impl Sink for Counts {
    fn row(&mut self, cells: &impl Cells) -> usize {
        if let (Some(key), Some(number)) = (cells.id(0), cells.int(1)) {
            self.0.insert(key, number);
        }
        0
    }

    fn restart(&mut self) {
        self.0.clear();
    }
}

/// A loader as async-graphql has it. Rows that it has read for one caller are not read again for another.
pub struct Shared<L>(pub tokio::sync::Mutex<L>);

impl Loader<Id> for Shared<PageLoader> {
    type Value = Vec<serde_json::Value>;
    type Error = Error;

    /// Each key's rows, as objects with the columns that are asked for.
    async fn load(&self, keys: &[Id]) -> Result<HashMap<Id, Self::Value>, Error> {
        let mut loader = self.0.lock().await;
        let numbers: Vec<u32> = keys.iter().map(|key| loader.rows.ask(*key)).collect();
        loader.load().await;
        let mut loaded = HashMap::with_capacity(keys.len());
        for (key, number) in keys.iter().zip(numbers) {
            if let Some(error) = loader.rows.failure(number) {
                return Err(error.clone());
            }
            let rows = loader.rows.rows(loader.rows.group(number)).iter();
            let object = |row: &u32| {
                let cells = loader.columns.iter().enumerate();
                let fields = cells.map(|(nth, asked)| {
                    let value = serde_json::from_slice(loader.rows.cell(*row, nth)).unwrap_or_default();
                    (asked.column().graphql_name(), value)
                });
                serde_json::Value::Object(fields.collect())
            };
            loaded.insert(*key, rows.map(object).collect());
        }
        Ok(loaded)
    }
}

impl Loader<Id> for Shared<CountLoader> {
    type Value = i64;
    type Error = Error;

    async fn load(&self, keys: &[Id]) -> Result<HashMap<Id, i64>, Error> {
        let mut loader = self.0.lock().await;
        let numbers: Vec<u32> = keys.iter().map(|key| loader.ask(*key)).collect();
        loader.load().await;
        let mut counted = HashMap::with_capacity(keys.len());
        for number in numbers {
            let (key, answer) = loader.answer(number);
            if let Some(number) = answer.clone()? {
                counted.insert(key, number);
            }
        }
        Ok(counted)
    }
}
