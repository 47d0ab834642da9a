//! What resolvers call: the only place where GraphQL arguments become page requests.

use super::fetch::{PageRequest, Scope};
use super::list::List;
use super::loader::Loaders;
use super::order::OrderBy;
use super::rel::{Entity, Named, Rel, Stored};
use crate::db::Id;
use crate::error::{CONFLICT, bad_argument, masked};
use async_graphql::{Context, Error, ID, Result};
use diesel::associations::BelongsTo;
use std::{borrow::Cow, sync::Arc};

/// The most rows that one list field gives to one parent.
pub const MAX_LIMIT: i64 = 1000;

/// The most rows to pass over: GraphQL's greatest `Int`.
const MAX_OFFSET: i64 = 0x7fff_ffff;

fn loaders<'a>(ctx: &Context<'a>) -> Result<&'a Arc<Loaders>> {
    ctx.data::<Arc<Loaders>>()
}

/// The request for what is not paged.
fn whole(scope: Scope) -> PageRequest {
    PageRequest { scope, order: Cow::Borrowed(&[]), limit: 0, offset: 0 }
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
    let named = loaders(ctx)?.one(whole(Scope::One(Rel::belongs_to::<C, P>())), key).await?;
    named.ok_or_else(|| {
        let gone = format!("{} {key} is gone", P::TABLE);
        masked(CONFLICT, "the data changed while it was read, try again", &gone)
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
    loaders(ctx)?.one(whole(Scope::One(Rel::has::<P, C>())), key).await
}

/// A field of a to-many relationship: a page of the rows that `key` leads to.
///
/// # Errors
/// `BAD_USER_INPUT` when `limit` or `offset` break their bounds; the database's, masked.
pub async fn many<T: Entity>(
    ctx: &Context<'_>,
    rel: Rel,
    order: &'static [OrderBy],
    key: Id,
    (limit, offset): (i64, i64),
) -> Result<List<T>> {
    page(ctx, Scope::Many(rel), order, key, (limit, offset)).await
}

/// The page of all rows of a table, in its default order.
///
/// # Errors
/// As [`many`].
pub async fn list<T: Entity>(ctx: &Context<'_>, (limit, offset): (i64, i64)) -> Result<List<T>> {
    page(ctx, Scope::All(T::TABLE), T::ORDER, Id::NIL, (limit, offset)).await
}

/// The row with this id, if there is one.
///
/// # Errors
/// The database's, masked.
pub async fn by_id<T: Entity>(ctx: &Context<'_>, id: Id) -> Result<Option<Arc<T>>> {
    loaders(ctx)?.one(whole(Scope::One(Rel::itself::<T>())), id).await
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
            Err(bad_argument(T::NAME, "must not contain U+0000"))
        }
        (None, Some(name)) => loaders(ctx)?.named(whole(Scope::Named(T::TABLE, T::NAME)), name).await,
        _ => Err(bad_argument("id", &format!("or `{}` must be given, and only one of them", T::NAME))),
    }
}

async fn page<T: Entity>(
    ctx: &Context<'_>,
    scope: Scope,
    order: &'static [OrderBy],
    key: Id,
    (limit, offset): (i64, i64),
) -> Result<List<T>> {
    if !(0..=MAX_LIMIT).contains(&limit) {
        return Err(bad_argument("limit", &format!("must be from 0 to {MAX_LIMIT}, not {limit}")));
    }
    if !(0..=MAX_OFFSET).contains(&offset) {
        return Err(bad_argument("offset", &format!("must be from 0 to {MAX_OFFSET}, not {offset}")));
    }
    if limit == 0 {
        return Ok(List::default());
    }
    let request = PageRequest { scope, order: Cow::Borrowed(order), limit, offset };
    loaders(ctx)?.many(request, key).await.map(List)
}

/// The id in the argument called `name`.
///
/// # Errors
/// `BAD_USER_INPUT` when it is no UUID.
pub fn id_argument(name: &str, id: &ID) -> Result<Id, Error> {
    id.parse().map_err(|_| bad_argument(name, "must be an id as this server gives them, a UUID in text form"))
}
