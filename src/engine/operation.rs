//! An operation that runs: its plan with the values of its variables, its database, and what it may still take.

use super::answer::{Answer, BEGIN};
use super::arguments::{self, Keys, Values};
use super::cost::{Costs, introspecting, sum};
use super::graph::Graph;
use super::length::at_length;
use super::limits::Limits;
use super::plan::{Plan, Request, Root, RootKind, key_text, row_fields};
use super::room::Taken;
use super::run::Run;
use super::shared::Events;
use super::task::stoppable;
use super::write::Writer;
use crate::db::{Db, Reader, Stop};
use crate::document::{Document, Refused, Requested};
use crate::error::without_location;
use crate::relation::{Budget, ColumnKind, Explain};
use async_graphql::{Context, Error, Result, ServerError, ServerResult, Value};
use futures_util::FutureExt;
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32},
    },
};
use tokio::sync::OnceCell;

/// An operation on a database.
pub struct Operation {
    pub(super) plan: Arc<Plan>,
    requests: Vec<std::result::Result<Request, Error>>,
    /// The arguments of each computed field.
    computed: Vec<Values>,
    /// The keys that root fields name their rows by.
    keys: HashMap<usize, Result<Keys>>,
    /// What introspection answers in this operation.
    introspected: Vec<(String, String)>,
    pub(super) db: Db,
    pub(super) budget: Budget,
    pub(super) limits: Limits,
    pub(super) explain: Option<Arc<Explain>>,
    /// The root fields that resolvers have given, as JSON.
    pub(super) answered: Mutex<HashMap<String, Arc<Vec<u8>>>>,
    /// What the response to an event has of the room for large responses.
    pub(super) room: Mutex<Option<Taken>>,
    /// How much the response to the last event took.
    pub(super) last_size: AtomicU32,
    pub(super) errors: Mutex<Vec<ServerError>>,
    /// The response to a query whose root fields async-graphql executes.
    pub(super) whole: OnceCell<Mutex<Option<Answer>>>,
    pub(super) late: AtomicBool,
    /// Ends its statements.
    pub(super) stop: Stop,
    /// Where it is one of many subscriptions.
    pub(super) events: Option<Arc<Events>>,
    /// The most rows that it may read, if none of its statements can take long.
    pub(super) quick_rows: Option<usize>,
    /// The most bytes of long texts that it may read.
    long_texts: u64,
    /// How many bytes introspection answers.
    introspection: usize,
}

impl Operation {
    /// The operation of a request. Its plan is kept with the document.
    ///
    /// # Errors
    /// Where the values of variables, put in their places, take too much; where introspection cannot be executed.
    pub fn new(
        graph: &Graph,
        db: &Db,
        document: &Document,
        requested: &mut Requested<'_>,
        limits: Limits,
        explain: Option<Arc<Explain>>,
    ) -> Result<Operation, Refused> {
        let conditions = requested.conditions();
        let measure = |plan: &Plan| (plan.size(), plan.is_complete());
        let plan =
            document.keep(requested.name(), conditions, || Plan::compile(graph, requested), measure)?;
        let mut values_of = |arguments: &[_]| -> Result<Values, ServerError> {
            let mut values = Values::with_capacity(arguments.len());
            for argument in arguments {
                let argument: &crate::document::OwnedArgument = argument;
                if let Some(value) = requested.value(argument)? {
                    values.push((argument.name.clone(), value));
                }
            }
            Ok(values)
        };
        let mut requests = Vec::with_capacity(plan.loads.len());
        for load in &plan.loads {
            requests.push(match &load.request {
                Some(request) => request.clone(),
                None => arguments::request(load, &values_of(&load.arguments.all)?),
            });
        }
        let mut computed = Vec::with_capacity(plan.computed.len());
        for one in &plan.computed {
            computed.push(values_of(&one.arguments.all)?);
        }
        let mut keys = HashMap::new();
        for root in &plan.roots {
            let fields = match root.what {
                RootKind::Field(field) => [Some(field), None],
                RootKind::Either { id, name } => [Some(id), Some(name)],
                _ => [None, None],
            };
            for field in fields.into_iter().flatten() {
                let values = values_of(&plan.fields[field].arguments)?;
                let source = &plan.loads[plan.fields[field].load].source;
                let named = source.shape.and_then(|shape| {
                    shape.columns.iter().find(|column| shape.named == Some(column.name)).copied()
                });
                let named = named.filter(|_| plan.fields[field].is_named);
                let key = source.shape.as_ref().map_or(ColumnKind::Id, |shape| shape.key().kind);
                keys.insert(field, arguments::keys(source.kind, key, named, &values));
            }
        }
        let introspects = plan.roots.iter().any(|root| matches!(root.what, RootKind::Introspection(None)));
        let introspected = if introspects { requested.introspect()? } else { Vec::new() };
        let kept = plan.roots.iter().map(|root| match &root.what {
            RootKind::Introspection(Some(kept)) => kept.json().len(),
            _ => 0,
        });
        let introspection = introspected.iter().map(|(_, json)| json.len()).chain(kept).sum::<usize>();
        if introspection > limits.response {
            return Err(without_location(limits.too_large()).into());
        }
        let mut operation = Operation {
            plan,
            requests,
            computed,
            keys,
            introspected,
            db: db.clone(),
            budget: Budget::default(),
            limits,
            explain,
            answered: Mutex::default(),
            room: Mutex::default(),
            last_size: AtomicU32::new(0),
            errors: Mutex::default(),
            whole: OnceCell::new(),
            late: AtomicBool::new(false),
            stop: Stop::default(),
            events: None,
            quick_rows: None,
            long_texts: 0,
            introspection,
        };
        let chosen = operation.plan.roots.iter().filter_map(|root| operation.chosen(&root.what));
        (operation.quick_rows, operation.long_texts) = operation.costs().quick_rows_and_bytes(chosen);
        Ok(operation)
    }

    /// Makes it one of many subscriptions, which take turns and share what they read.
    pub fn share(&mut self, events: Arc<Events>) {
        self.events = Some(events);
    }

    /// The database.
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// Where what is run is noted, if the operation asks for that.
    pub fn explain(&self) -> Option<&Arc<Explain>> {
        self.explain.as_ref()
    }

    /// Runs a query. If this is dropped, its statements end.
    pub async fn query(self: &Arc<Self>) -> Answer {
        if !self.may_block(self.quick_rows) {
            return self.answered_query().await;
        }
        let operation = self.clone();
        Box::pin(stoppable(self.stop.clone(), async move { operation.answered_query().await }.boxed())).await
    }

    async fn answered_query(&self) -> Answer {
        let chosen: Vec<Option<usize>> = self.plan.roots.iter().map(|root| self.chosen(&root.what)).collect();
        let reader = Arc::new(self.reader(self.quick_rows));
        let mut run = self.run();
        let mut wave = Vec::new();
        // A root field that fails whatever the rows, and may not be null, leaves nothing to be read.
        let fails = |field: &&usize| {
            let planned = &self.plan.fields[**field];
            let failed = self.requests[planned.load].is_err() || matches!(self.keys.get(field), Some(Err(_)));
            !planned.nullable && failed
        };
        let failing = chosen.iter().flatten().find(fails).copied();
        for field in chosen.iter().flatten().filter(|field| failing.is_none_or(|failing| failing == **field))
        {
            for one in self.plan.fields[*field].beside.iter().chain([field]) {
                let keys = self.keys.get(one).unwrap_or(&Ok(Keys::All));
                run.begin(*one, keys, &reader, &mut wave);
            }
        }
        run.waves(wave, &reader).await;
        // Not its connection.
        let _held = reader.held();
        drop(reader);
        at_length(self.limits.response, |most| self.written(&run, &chosen, failing, most)).await
    }

    /// The response of up to `most` bytes, and whether there would have been more.
    fn written(
        &self,
        run: &Run<'_>,
        chosen: &[Option<usize>],
        failing: Option<usize>,
        most: usize,
    ) -> (Answer, bool) {
        let mut writer = Writer::new(run, None, BEGIN.to_vec(), most);
        if let Some(failing) = failing {
            let _ = writer.root(failing);
            return (self.failed(writer.errors), writer.is_over);
        }
        writer.out.push(b'{');
        for (nth, (root, field)) in self.plan.roots.iter().zip(chosen).enumerate() {
            writer.out.extend_from_slice(key_text(nth, &root.key).as_bytes());
            match (&root.what, field) {
                (RootKind::TypeName(name), _) => {
                    writer.out.extend_from_slice(format!("\"{name}\"").as_bytes());
                }
                (RootKind::Introspection(Some(kept)), _) => {
                    writer.out.extend_from_slice(kept.json().as_bytes());
                }
                (RootKind::Introspection(None), _) => {
                    let known = self.introspected.iter().find(|(key, _)| *key == root.key);
                    writer.out.extend_from_slice(known.map_or(b"null", |(_, json)| json.as_bytes()));
                }
                (_, Some(field)) => {
                    if writer.root(*field).is_err() {
                        return (self.failed(writer.errors), writer.is_over);
                    }
                }
                (_, None) => writer.out.extend_from_slice(b"null"),
            }
        }
        writer.out.push(b'}');
        (Answer::executed(writer.out, writer.errors), writer.is_over)
    }

    pub(super) fn run(&self) -> Run<'_> {
        Run::new(
            &self.plan,
            (&self.requests, &self.computed),
            &self.budget,
            &self.limits,
            self.explain.as_deref(),
        )
    }

    pub(super) fn costs(&self) -> Costs<'_> {
        Costs { plan: &self.plan, requests: &self.requests }
    }

    /// The most bytes of long texts that it may read.
    pub fn long_texts(&self) -> u64 {
        self.long_texts
    }

    /// Whether statements may keep their task from being dropped: SQLite's, unless they are quick and find up to `quick_rows` rows.
    pub(super) fn may_block(&self, quick_rows: Option<usize>) -> bool {
        quick_rows.is_none() && !self.db.is_postgres()
    }

    /// Whether none of its statements can take long.
    pub fn is_quick(&self) -> bool {
        self.quick_rows.is_some()
    }

    /// What its rows are read through: up to `quick_rows` rows if none of the statements can take long.
    pub(super) fn reader(&self, quick_rows: Option<usize>) -> Reader {
        let reader = match quick_rows {
            Some(rows) => self.db.quick_reader(rows),
            None if self.costs().searches_texts() => self.db.slow_reader(),
            None => self.db.reader().after(&self.plan.was_long),
        };
        let reader = reader.up_to(self.limits.reads());
        if self.may_block(quick_rows) { reader.until(self.stop.clone()) } else { reader }
    }

    /// What it costs: about how many rows it may touch. `given` says how many objects a resolver gives for a root field.
    pub fn cost(&self, given: impl Fn(&str) -> u64) -> u64 {
        let costs = self.costs();
        let root = |root: &Root| match (&root.what, self.chosen(&root.what)) {
            (RootKind::Given(items), _) => {
                let objects = given(&root.key);
                sum(row_fields(items).map(|field| costs.field(field, objects)))
            }
            (_, Some(field)) => {
                let keys = match self.keys.get(&field) {
                    Some(Ok(Keys::Ids(ids))) => ids.len() as u64,
                    _ => 1,
                };
                costs.field(field, keys)
            }
            (_, None) => 0,
        };
        sum(self.plan.roots.iter().map(root)).saturating_add(introspecting(self.introspection))
    }

    /// The field that a root field is, by the values of its arguments.
    fn chosen(&self, root: &RootKind) -> Option<usize> {
        match root {
            RootKind::Field(field) => Some(*field),
            RootKind::Either { name, .. } if matches!(self.keys.get(name), Some(Ok(Keys::Name(_)))) => {
                Some(*name)
            }
            RootKind::Either { id, .. } => Some(*id),
            _ => None,
        }
    }

    /// The response whose data is null.
    pub(super) fn failed(&self, errors: Vec<ServerError>) -> Answer {
        Answer::executed([BEGIN, b"null"].concat(), errors)
    }

    /// Runs a query whose root fields async-graphql executes, for a program's extensions: as a whole, for the first of them.
    pub async fn resolve(ctx: &Context<'_>) -> ServerResult<Option<Value>> {
        let operation =
            ctx.data::<Arc<Operation>>().map_err(|error| error.into_server_error(ctx.item.pos))?;
        operation.whole.get_or_init(|| async { Mutex::new(Some(operation.query().await)) }).await;
        Ok(Some(Value::Boolean(true)))
    }
}
