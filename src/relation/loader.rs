//! The loaders of one operation: each gathers keys and answers them with one statement.

use super::asked::Asked;
use super::batch::{Batch, Key};
use super::connection::{Edge, EdgePage, Via};
use super::count::Count;
use super::cursor::Seal;
use super::dispatch::Queue;
use super::explain::{Explain, field};
use super::page::{PageRequest, Scope};
use super::rel::{Entity, Named};
use super::values::Values;
use crate::db::{Db, Id, Reader};
use crate::error::{BAD_USER_INPUT, coded, from_database};
use async_graphql::{Context, Error, dataloader::Loader};
use std::{
    any::{Any, TypeId},
    collections::HashMap,
    marker::PhantomData,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

/// The loaders of one operation, made as they are asked for. They end with it, and with them every row they
/// hold: nothing is shared between operations.
pub struct Loaders {
    db: Db,
    /// Replaced when everything is forgotten.
    reader: Mutex<Arc<Reader>>,
    queue: Arc<Queue>,
    /// A `Batch` for each kind of loader and page request.
    batches: Mutex<HashMap<(TypeId, PageRequest), Arc<dyn Any + Send + Sync>>>,
    /// What the operation asks for of its connections, once it is known.
    asked: OnceLock<Asked>,
    /// What was run, where the operation asks for that.
    explain: Option<Arc<Explain>>,
    /// Objects given to the response so far.
    objects: AtomicUsize,
    /// Bytes of text given to the response so far.
    text: AtomicUsize,
    /// Conditions and values of filters read so far.
    conditions: AtomicUsize,
}

/// The most objects in a response, counted wherever they stand in it. Relationships lead in circles, so that
/// a short query can ask for any number.
pub const MAX_OBJECTS: usize = 200_000;

/// The most text in a response's lists, in bytes: 64 MiB.
pub const MAX_TEXT: usize = 64 << 20;

/// The most conditions and values in an operation's filters, counted anew for each parent that they are applied
/// to; 40 bytes of text are a value.
pub const MAX_FILTERING: usize = 2_000_000;

impl Loaders {
    /// For an operation on `db`, which notes in `explain` what it runs.
    pub fn new(db: &Db, explain: Option<Arc<Explain>>) -> Arc<Loaders> {
        Arc::new(Loaders {
            db: db.clone(),
            reader: Mutex::new(Arc::new(db.reader())),
            queue: Arc::default(),
            batches: Mutex::default(),
            asked: OnceLock::new(),
            explain,
            objects: AtomicUsize::new(0),
            text: AtomicUsize::new(0),
            conditions: AtomicUsize::new(0),
        })
    }

    /// Forgets every row, and gives the database's connection back: what comes next is read anew.
    pub fn forget_rows(&self) {
        self.batches.lock().unwrap_or_else(PoisonError::into_inner).clear();
        *self.reader.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(self.db.reader());
    }

    /// The same, and what was spent: what comes next is as another operation.
    pub(super) fn forget(&self) {
        self.queue.take();
        self.forget_rows();
        for spent in [&self.objects, &self.text, &self.conditions] {
            spent.store(0, Relaxed);
        }
    }

    /// What the operation of `ctx` asks for of its connections.
    pub(super) fn asked(&self, ctx: &Context<'_>) -> Asked {
        *self.asked.get_or_init(|| Asked::of(ctx))
    }

    /// Where what is run is noted, if the operation asks for that.
    pub fn explain(&self) -> Option<&Arc<Explain>> {
        self.explain.as_ref()
    }

    pub(super) fn queue(&self) -> Arc<Queue> {
        self.queue.clone()
    }

    /// The one row that `key` leads to.
    pub(super) async fn one<T: Entity>(
        &self,
        ctx: &Context<'_>,
        request: PageRequest,
        key: Id,
    ) -> Result<Option<Arc<T>>, Error> {
        let row = self.batch(request, One::<T>).load(&self.queue, key, || field(ctx)).await?;
        self.count(row.iter().len())?;
        Ok(row)
    }

    /// The one row with this name.
    pub(super) async fn named<T: Named>(
        &self,
        ctx: &Context<'_>,
        request: PageRequest,
        name: String,
    ) -> Result<Option<Arc<T>>, Error> {
        let row = self.batch(request, ByName::<T>).load(&self.queue, name, || field(ctx)).await?;
        self.count(row.iter().len())?;
        Ok(row)
    }

    /// The rows that `key` leads to.
    pub(super) async fn many<T: Entity>(
        &self,
        ctx: &Context<'_>,
        request: PageRequest,
        key: Id,
    ) -> Result<Arc<Vec<T>>, Error> {
        let rows =
            self.batch(request, Many::<T>).load(&self.queue, key, || field(ctx)).await?.unwrap_or_default();
        self.count(rows.len())?;
        Ok(rows)
    }

    /// The page of edges that `key` leads to.
    pub(super) async fn edges<T: Entity, V: Via<T>>(
        &self,
        ctx: &Context<'_>,
        request: PageRequest,
        key: Id,
    ) -> Result<EdgePage<T, V>, Error> {
        Ok(self
            .batch(request, Edges::<T, V>)
            .load(&self.queue, key, || field(ctx))
            .await?
            .unwrap_or_default())
    }

    /// The number that a request's scope and condition give for `key`.
    pub(super) async fn number(
        &self,
        ctx: &Context<'_>,
        request: PageRequest,
        key: Id,
    ) -> Result<Option<i64>, Error> {
        self.batch(request, Number).load(&self.queue, key, || field(ctx)).await
    }

    /// Counts objects on their way into the response.
    pub(super) fn count(&self, objects: usize) -> Result<(), Error> {
        let text = || {
            format!(
                "the response would hold more than {MAX_OBJECTS} objects: ask for less, with `limit` or `first`"
            )
        };
        spend(&self.objects, objects, MAX_OBJECTS, text)
    }

    /// Counts text on its way into the response.
    pub(super) fn count_text(&self, bytes: usize) -> Result<(), Error> {
        let text =
            || format!("the response would hold more than {} MiB of text: ask for less", MAX_TEXT >> 20);
        spend(&self.text, bytes, MAX_TEXT, text)
    }

    /// Counts conditions of a filter, and their values.
    pub(super) fn count_conditions(&self, conditions: usize) -> Result<(), Error> {
        let text = || {
            format!(
                "the filters have more than {MAX_FILTERING} conditions and values, counted for each parent: \
                 ask for less"
            )
        };
        spend(&self.conditions, conditions, MAX_FILTERING, text)
    }

    fn batch<R, K: Key, L: Loader<K, Error = Error>>(
        &self,
        request: PageRequest,
        loader: impl FnOnce(Statement<R>) -> L,
    ) -> Arc<Batch<K, L>> {
        let mut batches = self.batches.lock().unwrap_or_else(PoisonError::into_inner);
        let kind = (TypeId::of::<L>(), request);
        let known = batches.get(&kind).and_then(|batch| batch.clone().downcast().ok());
        known.unwrap_or_else(|| {
            let reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let statement = Statement { reader, request: kind.1.clone(), row: PhantomData };
            let batch = Arc::new(Batch::new(loader(statement), self.explain.clone()));
            batches.insert(kind, batch.clone());
            batch
        })
    }
}

/// Takes `amount` from a budget of `limit`.
fn spend(
    spent: &AtomicUsize,
    amount: usize,
    limit: usize,
    refusal: impl Fn() -> String,
) -> Result<(), Error> {
    if spent.fetch_add(amount, Relaxed) + amount <= limit {
        return Ok(());
    }
    Err(coded(BAD_USER_INPUT, refusal()))
}

/// What a loader runs: the statement of a page request, for whatever keys it is given.
struct Statement<R> {
    reader: Arc<Reader>,
    request: PageRequest,
    row: PhantomData<fn() -> R>,
}

impl<T: Entity> Statement<T> {
    async fn run(&self, keys: Values) -> Result<impl Iterator<Item = (Id, T)>, Error> {
        let rows = T::fetch(&self.reader, self.request.clone(), keys).await.map_err(from_database)?;
        Ok(rows.into_iter().map(|(key, row, _)| (key, row)))
    }
}

impl<R> Statement<R> {
    /// The key that a row answers. The whole table has no parent; its rows answer the one key that asked.
    fn parent(&self, keys: &[Id], key: Id) -> Id {
        if let Scope::All(_) = self.request.scope { keys[0] } else { key }
    }
}

/// Loads one row for each key.
struct One<T>(Statement<T>);

impl<T: Entity> Loader<Id> for One<T> {
    type Value = Arc<T>;
    type Error = Error;

    async fn load(&self, keys: &[Id]) -> Result<HashMap<Id, Arc<T>>, Error> {
        Ok(self.0.run(Values::Ids(keys.to_vec())).await?.map(|(key, row)| (key, Arc::new(row))).collect())
    }
}

/// Loads one row for each name.
struct ByName<T>(Statement<T>);

impl<T: Named> Loader<String> for ByName<T> {
    type Value = Arc<T>;
    type Error = Error;

    async fn load(&self, names: &[String]) -> Result<HashMap<String, Arc<T>>, Error> {
        let rows = self.0.run(Values::Texts(names.to_vec())).await?;
        Ok(rows.map(|(_, row)| (row.name().to_owned(), Arc::new(row))).collect())
    }
}

/// Loads a list of rows for each key.
struct Many<T>(Statement<T>);

impl<T: Entity> Loader<Id> for Many<T> {
    type Value = Arc<Vec<T>>;
    type Error = Error;

    async fn load(&self, keys: &[Id]) -> Result<HashMap<Id, Arc<Vec<T>>>, Error> {
        let mut lists: HashMap<Id, Vec<T>> = HashMap::with_capacity(keys.len());
        for (key, row) in self.0.run(Values::Ids(keys.to_vec())).await? {
            lists.entry(self.0.parent(keys, key)).or_default().push(row);
        }
        Ok(lists.into_iter().map(|(key, list)| (key, Arc::new(list))).collect())
    }
}

/// Loads a page of edges for each key.
struct Edges<T, V>(Statement<(T, V)>);

impl<T: Entity, V: Via<T>> Loader<Id> for Edges<T, V> {
    type Value = EdgePage<T, V>;
    type Error = Error;

    async fn load(&self, keys: &[Id]) -> Result<HashMap<Id, EdgePage<T, V>>, Error> {
        let Statement { reader, request, .. } = &self.0;
        let rows = V::fetch(reader, request.clone(), Values::Ids(keys.to_vec())).await;
        let seal = Arc::new(Seal::new(request.scope, &request.order));
        let mut pages: HashMap<Id, Vec<Edge<T, V>>> = HashMap::with_capacity(keys.len());
        for (key, row, keyset) in rows.map_err(from_database)? {
            let edge = Edge::new(row, keyset, &seal)?;
            pages.entry(self.0.parent(keys, key)).or_default().push(edge);
        }
        Ok(pages.into_iter().map(|(key, edges)| (key, EdgePage::new(request, edges))).collect())
    }
}

/// Loads a number for each key.
struct Number(Statement<()>);

impl Loader<Id> for Number {
    type Value = i64;
    type Error = Error;

    async fn load(&self, keys: &[Id]) -> Result<HashMap<Id, i64>, Error> {
        let count = Count::new(self.0.request.clone(), Values::Ids(keys.to_vec()));
        let numbers: Vec<(Id, i64)> = self.0.reader.rows(count).await.map_err(from_database)?;
        Ok(numbers.into_iter().collect())
    }
}
