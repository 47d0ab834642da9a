//! The loaders of one operation: each gathers keys and answers them with one statement.

use super::batch::{Batch, BatchKey};
use super::budget::Budget;
use super::explain::{Explain, field};
use super::queue::Queue;
use super::selected::SelectedFields;
use crate::db::{Db, Id, Reader};
use crate::error::from_database;
use crate::relation::entity::{Entity, Named};
use crate::relation::page::{CursorCodec, Edge, EdgePage, Via};
use crate::relation::sql::{Count, CountRequest, ListScope, PageRequest, Scope, Values};
use async_graphql::{Context, Error, dataloader::Loader};
use std::{
    any::{Any, TypeId},
    collections::HashMap,
    marker::PhantomData,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

/// The loaders of one operation, made as they are asked for. They end with it, and with them every row they
/// hold: nothing is shared between operations.
pub struct Loaders {
    db: Db,
    /// Replaced when everything is forgotten.
    reader: Mutex<Arc<Reader>>,
    queue: Arc<Queue>,
    /// A `Batch` for each kind of loader and request.
    batches: Mutex<HashMap<(TypeId, Request), Arc<dyn Any + Send + Sync>>>,
    /// What the operation asks for of its connections, once it is known.
    selected: OnceLock<SelectedFields>,
    /// What was run, where the operation asks for that.
    explain: Option<Arc<Explain>>,
    /// What the response and the filters may still take.
    budget: Budget,
}

/// What a batch runs, for whatever keys it is given.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Request {
    Rows(PageRequest),
    Counts(CountRequest),
}

impl From<PageRequest> for Request {
    fn from(request: PageRequest) -> Request {
        Request::Rows(request)
    }
}

impl From<CountRequest> for Request {
    fn from(request: CountRequest) -> Request {
        Request::Counts(request)
    }
}

impl Loaders {
    /// For an operation on `db`, which notes in `explain` what it runs.
    pub fn new(db: &Db, explain: Option<Arc<Explain>>) -> Arc<Loaders> {
        Arc::new(Loaders {
            db: db.clone(),
            reader: Mutex::new(Arc::new(db.reader())),
            queue: Arc::default(),
            batches: Mutex::default(),
            selected: OnceLock::new(),
            explain,
            budget: Budget::default(),
        })
    }

    /// Forgets every row, and gives the database's connection back: what comes next is read anew.
    pub fn forget_rows(&self) {
        self.batches.lock().unwrap_or_else(PoisonError::into_inner).clear();
        *self.reader.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(self.db.reader());
    }

    /// The same, and what was spent: what comes next is as another operation.
    pub(crate) fn forget(&self) {
        self.queue.take();
        self.forget_rows();
        self.budget.reset();
    }

    /// What the operation of `ctx` asks for of its connections.
    pub(crate) fn selected_fields(&self, ctx: &Context<'_>) -> SelectedFields {
        *self.selected.get_or_init(|| SelectedFields::of(ctx))
    }

    /// Where what is run is noted, if the operation asks for that.
    pub fn explain(&self) -> Option<&Arc<Explain>> {
        self.explain.as_ref()
    }

    pub(super) fn queue(&self) -> Arc<Queue> {
        self.queue.clone()
    }

    /// The one row that `key` leads to.
    pub(crate) async fn one<T: Entity>(
        &self,
        ctx: &Context<'_>,
        request: PageRequest,
        key: Id,
    ) -> Result<Option<Arc<T>>, Error> {
        let row = self
            .batch(request, |statement| One::<T>(statement, PhantomData))
            .load(&self.queue, key, || field(ctx))
            .await?;
        self.budget.count(row.iter().len())?;
        Ok(row)
    }

    /// The one row with this name.
    pub(crate) async fn named<T: Named>(
        &self,
        ctx: &Context<'_>,
        request: PageRequest,
        name: String,
    ) -> Result<Option<Arc<T>>, Error> {
        let row = self
            .batch(request, |statement| ByName::<T>(statement, PhantomData))
            .load(&self.queue, name, || field(ctx))
            .await?;
        self.budget.count(row.iter().len())?;
        Ok(row)
    }

    /// The rows that `key` leads to.
    pub(crate) async fn many<T: Entity>(
        &self,
        ctx: &Context<'_>,
        request: PageRequest,
        key: Id,
    ) -> Result<Arc<Vec<T>>, Error> {
        let rows = self
            .batch(request, |statement| Many::<T>(statement, PhantomData))
            .load(&self.queue, key, || field(ctx))
            .await?
            .unwrap_or_default();
        self.budget.count(rows.len())?;
        Ok(rows)
    }

    /// The page of edges of `list` that `key` leads to.
    pub(crate) async fn edges<T: Entity, V: Via<T>>(
        &self,
        ctx: &Context<'_>,
        list: ListScope,
        request: PageRequest,
        key: Id,
    ) -> Result<EdgePage<T, V>, Error> {
        Ok(self
            .batch(request, |statement| Edges::<T, V> {
                codec: Arc::new(CursorCodec::new(list, &statement.request.order)),
                statement,
                rows: PhantomData,
            })
            .load(&self.queue, key, || field(ctx))
            .await?
            .unwrap_or_default())
    }

    /// The number that a request gives for `key`.
    pub(crate) async fn number(
        &self,
        ctx: &Context<'_>,
        request: CountRequest,
        key: Id,
    ) -> Result<Option<i64>, Error> {
        self.batch(request, Number).load(&self.queue, key, || field(ctx)).await
    }

    /// What the response and the filters may still take.
    pub(crate) fn budget(&self) -> &Budget {
        &self.budget
    }

    fn batch<Q: Clone + Into<Request>, K: BatchKey, L: Loader<K, Error = Error>>(
        &self,
        request: Q,
        loader: impl FnOnce(Statement<Q>) -> L,
    ) -> Arc<Batch<K, L>> {
        let mut batches = self.batches.lock().unwrap_or_else(PoisonError::into_inner);
        let kind = (TypeId::of::<L>(), request.clone().into());
        let known = batches.get(&kind).and_then(|batch| batch.clone().downcast().ok());
        known.unwrap_or_else(|| {
            let reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let batch = Arc::new(Batch::new(loader(Statement { reader, request }), self.explain.clone()));
            batches.insert(kind, batch.clone());
            batch
        })
    }
}

/// What a loader runs: the statement of a request, for whatever keys it is given.
struct Statement<Q> {
    reader: Arc<Reader>,
    request: Q,
}

impl Statement<PageRequest> {
    async fn run<T: Entity>(&self, keys: Values) -> Result<impl Iterator<Item = (Id, T)> + use<T>, Error> {
        let rows = T::fetch(&self.reader, self.request.clone(), keys).await.map_err(from_database)?;
        Ok(rows.into_iter().map(|(key, row, _)| (key, row)))
    }

    /// The key that a row answers. The whole table has no parent; its rows answer the one key that asked.
    fn parent(&self, keys: &[Id], key: Id) -> Id {
        if let Scope::List(ListScope::Table(_)) = self.request.scope { keys[0] } else { key }
    }
}

/// Loads one row for each key.
struct One<T>(Statement<PageRequest>, PhantomData<fn() -> T>);

impl<T: Entity> Loader<Id> for One<T> {
    type Value = Arc<T>;
    type Error = Error;

    async fn load(&self, keys: &[Id]) -> Result<HashMap<Id, Arc<T>>, Error> {
        Ok(self.0.run(Values::Ids(keys.to_vec())).await?.map(|(key, row)| (key, Arc::new(row))).collect())
    }
}

/// Loads one row for each name.
struct ByName<T>(Statement<PageRequest>, PhantomData<fn() -> T>);

impl<T: Named> Loader<String> for ByName<T> {
    type Value = Arc<T>;
    type Error = Error;

    async fn load(&self, names: &[String]) -> Result<HashMap<String, Arc<T>>, Error> {
        let rows = self.0.run::<T>(Values::Texts(names.to_vec())).await?;
        Ok(rows.map(|(_, row)| (row.name().to_owned(), Arc::new(row))).collect())
    }
}

/// Loads a list of rows for each key.
struct Many<T>(Statement<PageRequest>, PhantomData<fn() -> T>);

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
struct Edges<T, V> {
    statement: Statement<PageRequest>,
    codec: Arc<CursorCodec>,
    rows: PhantomData<fn() -> (T, V)>,
}

impl<T: Entity, V: Via<T>> Loader<Id> for Edges<T, V> {
    type Value = EdgePage<T, V>;
    type Error = Error;

    async fn load(&self, keys: &[Id]) -> Result<HashMap<Id, EdgePage<T, V>>, Error> {
        let Statement { reader, request } = &self.statement;
        let rows = V::fetch(reader, request.clone(), Values::Ids(keys.to_vec())).await;
        let mut pages: HashMap<Id, Vec<Edge<T, V>>> = HashMap::with_capacity(keys.len());
        for (key, row, keyset) in rows.map_err(from_database)? {
            let edge = Edge::new(row, keyset, &self.codec)?;
            pages.entry(self.statement.parent(keys, key)).or_default().push(edge);
        }
        Ok(pages.into_iter().map(|(key, edges)| (key, EdgePage::new(request, edges))).collect())
    }
}

/// Loads a number for each key.
struct Number(Statement<CountRequest>);

impl Loader<Id> for Number {
    type Value = i64;
    type Error = Error;

    async fn load(&self, keys: &[Id]) -> Result<HashMap<Id, i64>, Error> {
        let count = Count::new(self.0.request.clone(), Values::Ids(keys.to_vec()));
        let numbers: Vec<(Id, i64)> = self.0.reader.rows(count).await.map_err(from_database)?;
        Ok(numbers.into_iter().collect())
    }
}
