//! What resolvers call: the only place where GraphQL arguments become page requests.

use super::connection::Connection;
use super::list::List;
use crate::db::Id;
use crate::error::{CONFLICT, bad_argument, masked};
use crate::relation::entity::{Entity, JoinTable, LinkTo, Named};
use crate::relation::input::read;
use crate::relation::input::types::{Filter, Order};
use crate::relation::load::Loaders;
use crate::relation::model::{Join, LinkShape, Stored};
use crate::relation::page::{CursorCodec, Via};
use crate::relation::sql::{CountRequest, CountScope, ListScope, OrderBy, Page, PageRequest, Scope};
use async_graphql::{Context, Error, ID, Result};
use diesel::associations::BelongsTo;
use std::{borrow::Cow, sync::Arc};

/// The most rows that one list field gives to one parent.
pub const MAX_LIMIT: i64 = 1000;

/// How many rows a connection gives where neither `first` nor `last` says it.
const DEFAULT_PAGE: i64 = 100;

/// The most rows to pass over: GraphQL's greatest `Int`.
const MAX_OFFSET: i64 = 0x7fff_ffff;

fn loaders<'a>(ctx: &Context<'a>) -> Result<&'a Arc<Loaders>> {
    ctx.data::<Arc<Loaders>>()
}

/// A field of a `belongs_to` relationship: the row that `row`'s foreign key names.
///
/// # Errors
/// The database's, masked. A missing row cannot be: the foreign key says so; unless it went, with the row
/// that was asked, between two statements of this operation.
pub async fn belongs_to<C, P>(ctx: &Context<'_>, row: &C) -> Result<Arc<P>>
where
    C: Stored + BelongsTo<P, ForeignKey = Id>,
    P: Entity,
{
    let key = row.foreign_key().copied().unwrap_or(Id::NIL);
    let named = loaders(ctx)?.one(ctx, PageRequest::new(Scope::One(Join::belongs_to::<C, P>())), key).await?;
    named.ok_or_else(|| {
        let gone = format!("{} {key} is gone", P::TABLE);
        masked(CONFLICT, "the data changed while it was read: try again", &gone)
    })
}

/// A field of a `has_one` relationship: the row whose foreign key is `key`, if there is one.
///
/// # Errors
/// The database's, masked.
pub async fn has_one<P, C>(ctx: &Context<'_>, key: Id) -> Result<Option<Arc<C>>>
where
    P: Stored,
    C: Entity + BelongsTo<P>,
{
    loaders(ctx)?.one(ctx, PageRequest::new(Scope::One(Join::has::<P, C>())), key).await
}

/// Where the rows of a list come from, and their order where the client names none.
#[derive(Debug, Clone, Copy)]
pub struct Source {
    scope: ListScope,
    order: &'static [OrderBy],
    link: Option<fn() -> LinkShape>,
}

impl Source {
    /// The whole table.
    pub fn all<T: Entity>() -> Source {
        Source { scope: ListScope::Table(T::TABLE), order: T::ORDER, link: None }
    }

    /// A `has_many` relationship.
    pub fn has<P: Stored, T: Entity + BelongsTo<P>>() -> Source {
        Source { scope: ListScope::Joined(Join::has::<P, T>()), order: T::ORDER, link: None }
    }

    /// A `many_to_many` relationship.
    pub fn through<P, L, T>(order: &'static [OrderBy]) -> Source
    where
        P: Stored,
        L: JoinTable + LinkTo<T> + BelongsTo<P> + BelongsTo<T>,
        T: Entity,
    {
        Source { scope: ListScope::Joined(Join::through::<P, L, T>()), order, link: Some(L::shape) }
    }

    /// The request for all of its rows, in the order and of the kind that the client wants.
    fn request<T: Entity>(
        self,
        ctx: &Context<'_>,
        filter: Option<&Filter<T>>,
        order_by: Option<&[Order<T>]>,
    ) -> Result<PageRequest> {
        let link = || self.link.map(|link| link());
        let mut request =
            PageRequest { order: Cow::Borrowed(self.order), ..PageRequest::new(Scope::List(self.scope)) };
        if let Some(filter) = filter {
            let (predicate, conditions) = read::filter(&T::shape(), &filter.value, link().as_ref())?;
            loaders(ctx)?.budget().count_conditions(conditions)?;
            request.filter = predicate.unless_always_true().map(Arc::new);
        }
        if let Some(keys) = order_by.filter(|keys| !keys.is_empty()) {
            let (order, conditions) =
                read::order(&T::shape(), keys.iter().map(|key| &key.value), link().as_ref())?;
            loaders(ctx)?.budget().count_conditions(conditions)?;
            request.order = Cow::Owned(order);
        }
        Ok(request)
    }
}

/// What a list field is asked with.
#[allow(missing_docs, reason = "they are the field's arguments")]
pub struct ListArguments<T: Entity> {
    pub limit: i64,
    pub offset: i64,
    pub filter: Option<Filter<T>>,
    pub order_by: Option<Vec<Order<T>>>,
}

/// A list field: part of the rows that `key` leads to.
///
/// # Errors
/// `BAD_USER_INPUT` when an argument breaks its bounds; the database's, masked.
pub async fn list<T: Entity>(
    ctx: &Context<'_>,
    source: Source,
    key: Id,
    arguments: ListArguments<T>,
) -> Result<List<T>> {
    let ListArguments { limit, offset, filter, order_by } = arguments;
    if !(0..=MAX_LIMIT).contains(&limit) {
        return Err(bad_argument("limit", &format!("must be from 0 to {MAX_LIMIT}, not {limit}")));
    }
    if !(0..=MAX_OFFSET).contains(&offset) {
        return Err(bad_argument("offset", &format!("must be from 0 to {MAX_OFFSET}, not {offset}")));
    }
    let mut request = source.request(ctx, filter.as_ref(), order_by.as_deref())?;
    if limit == 0 {
        return Ok(List::default());
    }
    request.page = Page { limit, offset: Some(offset), ..Page::default() };
    loaders(ctx)?.many(ctx, request, key).await.map(List)
}

/// What a connection field is asked with.
#[allow(missing_docs, reason = "they are the field's arguments")]
pub struct ConnectionArguments<T: Entity> {
    pub first: Option<i64>,
    pub after: Option<String>,
    pub last: Option<i64>,
    pub before: Option<String>,
    pub filter: Option<Filter<T>>,
    pub order_by: Option<Vec<Order<T>>>,
}

/// A connection field: a page of the rows that `key` leads to (Relay Cursor Connections, section 4).
///
/// # Errors
/// `BAD_USER_INPUT` when an argument breaks its bounds.
pub fn connection<T: Entity, V: Via<T>>(
    ctx: &Context<'_>,
    source: Source,
    key: Id,
    arguments: ConnectionArguments<T>,
) -> Result<Connection<T, V>> {
    let ConnectionArguments { first, after, last, before, filter, order_by } = arguments;
    for (name, rows) in [("first", first), ("last", last)] {
        if let Some(rows) = rows.filter(|rows| !(0..=MAX_LIMIT).contains(rows)) {
            return Err(bad_argument(name, &format!("must be from 0 to {MAX_LIMIT}, not {rows}")));
        }
    }
    if first.is_some() && last.is_some() {
        return Err(bad_argument("last", "must not be given together with `first`"));
    }
    let mut request = source.request(ctx, filter.as_ref(), order_by.as_deref())?;
    if after.is_some() || before.is_some() {
        let codec = CursorCodec::new(source.scope, &request.order);
        let keyset =
            |name, cursor: Option<String>| cursor.map(|cursor| codec.keyset(name, &cursor)).transpose();
        request.page.after = keyset("after", after)?;
        request.page.before = keyset("before", before)?;
    }
    // Cursors cost a column, evidence of other rows costs a row: read where the operation asks for such things.
    // The whole operation, and not this field: it may stand there several times, to be merged into one, and what
    // is merged must come from one statement.
    let selected = loaders(ctx)?.selected_fields(ctx);
    let page = &mut request.page;
    page.backward = last.is_some();
    page.evidence_before = page.after.is_some() && selected.other_pages;
    page.evidence_after = page.before.is_some() && selected.other_pages;
    page.keysets = page.evidence_before || page.evidence_after || selected.cursors;
    page.limit = first.or(last).unwrap_or(DEFAULT_PAGE);
    page.look_ahead = true;
    Ok(Connection::new(source.scope, request, key))
}

/// Which of these tables has a row with this id, as a position among them.
///
/// # Errors
/// The database's, masked.
pub async fn locate(ctx: &Context<'_>, tables: &'static [&'static str], id: Id) -> Result<Option<usize>> {
    let found = loaders(ctx)?
        .number(ctx, CountRequest { scope: CountScope::WhichTable(tables), filter: None }, id)
        .await?;
    Ok(found.and_then(|table| usize::try_from(table).ok()))
}

/// The row with this id, if there is one.
///
/// # Errors
/// The database's, masked.
pub async fn by_id<T: Entity>(ctx: &Context<'_>, id: Id) -> Result<Option<Arc<T>>> {
    loaders(ctx)?.one(ctx, PageRequest::new(Scope::One(Join::itself::<T>())), id).await
}

/// The row with this id, or with this name, if there is one: for root fields that take either.
///
/// # Errors
/// `BAD_USER_INPUT` unless exactly one of them is given and well formed; the database's, masked.
pub async fn by_id_or_name<T: Named>(
    ctx: &Context<'_>,
    id: Option<ID>,
    name: Option<String>,
) -> Result<Option<Arc<T>>> {
    match (id, name) {
        (Some(id), None) => by_id(ctx, id_argument("id", &id)?).await,
        (None, Some(name)) if name.contains('\0') => {
            // PostgreSQL cannot hold it.
            Err(bad_argument(T::NAME_COLUMN, "must not contain U+0000"))
        }
        (None, Some(name)) => {
            loaders(ctx)?
                .named(ctx, PageRequest::new(Scope::ByName { table: T::TABLE, column: T::NAME_COLUMN }), name)
                .await
        }
        _ => Err(bad_argument("id", &format!("or `{}` must be given, and only one of them", T::NAME_COLUMN))),
    }
}

/// The id in the argument called `name`.
///
/// # Errors
/// `BAD_USER_INPUT` when it is no UUID.
pub fn id_argument(name: &str, id: &ID) -> Result<Id, Error> {
    id.parse().map_err(|_| bad_argument(name, "must be an id as this server gives them, a UUID in text form"))
}
