//! Operations: read, and made ready to run.

use super::bounds::Bounds;
use crate::app::App;
use crate::db::Db;
use crate::document::{Document, Kind, Refused};
use crate::engine::{Operation as Running, Turn, is_long, reading, writing};
use crate::relation::{EXTENSION, Explain, is_asked};
use async_graphql::{
    Request, Variables,
    parser::types::{DocumentOperations, ExecutableDocument, Selection},
};
use std::sync::Arc;

/// A document that was read, or why it is refused; and the request that it came with.
#[derive(Debug)]
pub struct Operation {
    /// What was read of the request's document.
    pub document: Result<Arc<Document>, Refused>,
    /// What else was asked: its text and parsed query are of no matter.
    pub request: Request,
    /// The bytes of its document and its variables, as they were sent.
    pub size: usize,
    /// Its turn to be read, where it may take long, until it is ready to run.
    pub turn: Option<Turn>,
}

impl Operation {
    /// Reads the document that a request has as its text.
    pub fn read(app: &App, request: Request) -> Operation {
        let size = request.query.len();
        let document = app.documents().document(&request.query).map(Arc::new);
        Operation { document, request, size, turn: None }
    }

    /// Whether it may take long to be made ready: if its variables were sent in many bytes, or nobody has asked it before.
    pub fn takes_long(&self) -> bool {
        let name = self.request.operation_name.as_deref();
        let Ok(document) = &self.document else { return false };
        is_long(self.size.saturating_sub(document.length())) || !document.keeps(name)
    }

    /// What it does, or would do if its document were valid; nothing where it is none.
    pub fn kind(&self) -> Option<Kind> {
        let name = self.request.operation_name.as_deref();
        match &self.document {
            Ok(document) => document.kind(name),
            Err(refused) => refused.kind(name),
        }
    }

    /// Makes it ready to run on `db`, unless it costs too much. Its turn ends then.
    pub(super) fn ready(
        self,
        app: &App,
        db: &Db,
        bounds: &Bounds,
        takes_long: bool,
    ) -> Result<Ready, Refused> {
        reading(takes_long, || self.made_ready(app, db, bounds))
    }

    fn made_ready(self, app: &App, db: &Db, bounds: &Bounds) -> Result<Ready, Refused> {
        let Operation { document, mut request, .. } = self;
        let document = document?;
        let name = request.operation_name.take();
        let mut requested = document.request(name.as_deref(), &request.variables)?;
        let kind = requested.kind();
        let asks = |what| request.extensions.get(EXTENSION).is_some_and(|asked| is_asked(asked, what));
        let explain = asks("explain").then(Arc::<Explain>::default);
        let shows_cost = explain.is_some() || asks("cost");
        let limits = bounds.limits;
        let mut running = Running::new(app.graph(), db, &document, &mut requested, limits, explain)?;
        if kind == Kind::Subscription {
            running.share(bounds.events.clone());
        }
        let roots = match (kind, app.is_extended()) {
            (Kind::Query, false) => None,
            _ => Some(requested.root_fields()?),
        };
        let cost = match &roots {
            Some(roots) if kind == Kind::Mutation => cost_of_mutation(&running, roots),
            _ => running.cost(|_| 1),
        };
        limits.check_cost(cost)?;
        request.variables = Variables::default();
        if roots.is_none() {
            // Nobody asks for them any more.
            request.extensions.clear();
        }
        Ok(Ready { kind, request, running: Arc::new(running), roots, cost, shows_cost })
    }
}

/// An operation that is ready to run.
pub(super) struct Ready {
    pub(super) kind: Kind,
    pub(super) request: Request,
    pub(super) running: Arc<Running>,
    /// Its root fields, where async-graphql is to execute them.
    pub(super) roots: Option<ExecutableDocument>,
    pub(super) cost: u64,
    /// Whether the response is to contain it.
    shows_cost: bool,
}

impl Ready {
    /// What it costs, where that was asked for.
    pub(super) fn shown_cost(&self) -> Option<u64> {
        self.shows_cost.then_some(self.cost)
    }
}

/// A mutation's cost: what it writes, and what it selects of it.
fn cost_of_mutation(running: &Running, roots: &ExecutableDocument) -> u64 {
    let DocumentOperations::Single(operation) = &roots.operations else { return 0 };
    let fields = || {
        operation.node.selection_set.node.items.iter().filter_map(|selection| match &selection.node {
            Selection::Field(field) => Some(&field.node),
            _ => None,
        })
    };
    let values = fields().map(|field| writing(field.arguments.iter().map(|(_, value)| &value.node)));
    let written = values.fold(0, u64::saturating_add);
    // Of several, a list of inputs or ids.
    let given = |key: &str| {
        let field = fields().find(|field| field.response_key().node == key);
        let lists =
            field.iter().flat_map(|field| &field.arguments).filter_map(|(_, value)| match &value.node {
                async_graphql_value::Value::List(values) => Some(values.len() as u64),
                _ => None,
            });
        lists.max().unwrap_or(1)
    };
    running.cost(given).saturating_add(written)
}
