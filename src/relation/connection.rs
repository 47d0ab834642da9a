//! Connections, as in the GraphQL Cursor Connections Specification (Relay): a page of a list, with cursors.
//!
//! A connection reads nothing by itself: its fields ask for what they need, so that `totalCount` alone reads
//! no rows and rows alone are not counted.

use super::columns::pascal_case;
use super::cursor::Seal;
use super::list::{List, Nodes};
use super::loader::Loaders;
use super::order;
use super::page::PageRequest;
use super::rel::{Entity, Fetched, LeadsTo, Related};
use super::values::{Value, Values};
use crate::db::{Id, Reader};
use crate::error::{INTERNAL_SERVER_ERROR, masked};
use async_graphql::{
    Context, Error, Object, ObjectType, Result, SimpleObject, TypeName, connection::EmptyFields,
};
use std::{borrow::Cow, marker::PhantomData, sync::Arc};

/// How a connection leads to `T`: what its edges carry, and what its types are called.
pub trait Via<T: Entity>: Send + Sync + 'static {
    /// The link's own columns, on each edge.
    type Link: ObjectType + 'static;

    /// What the names of the connection's types begin with.
    fn prefix() -> String;

    /// As [`Entity::fetch`], with the link beside each row.
    fn fetch(
        reader: &Reader,
        request: PageRequest,
        keys: Values,
    ) -> impl Future<Output = Fetched<(T, Self::Link)>> + Send;
}

/// From the root, or by a foreign key.
pub struct Direct;

impl<T: Entity> Via<T> for Direct {
    type Link = EmptyFields;

    fn prefix() -> String {
        <T as super::rel::Stored>::NAME.to_owned()
    }

    async fn fetch(reader: &Reader, request: PageRequest, keys: Values) -> Fetched<(T, EmptyFields)> {
        let rows = T::fetch(reader, request, keys).await?;
        Ok(rows.into_iter().map(|(key, row, keyset)| (key, (row, EmptyFields), keyset)).collect())
    }
}

/// From `P` through the join table `L`.
pub struct Through<P, L>(PhantomData<fn() -> (P, L)>);

impl<P: Related + 'static, L: LeadsTo<T>, T: Entity> Via<T> for Through<P, L> {
    type Link = L;

    fn prefix() -> String {
        let through = |link: super::rel::Link| link.table == L::TABLE;
        let same = |rel: super::rel::Rel| rel.target == T::TABLE && rel.link.is_some_and(through);
        let field = P::RELATIONSHIPS.iter().find(|one| same(one.rel)).map_or("", |one| one.field);
        P::NAME.to_owned() + &pascal_case(field)
    }

    fn fetch(
        reader: &Reader,
        request: PageRequest,
        keys: Values,
    ) -> impl Future<Output = Fetched<(T, L)>> + Send {
        L::fetch(reader, request, keys)
    }
}

/// A page of a list.
pub struct Connection<T, V> {
    request: PageRequest,
    key: Id,
    list: PhantomData<fn() -> (T, V)>,
}

impl<T: Entity, V: Via<T>> Connection<T, V> {
    /// The page that `request` asks for of the rows that `key` leads to.
    pub(super) fn new(request: PageRequest, key: Id) -> Self {
        Connection { request, key, list: PhantomData }
    }

    async fn load(&self, ctx: &Context<'_>) -> Result<EdgePage<T, V>> {
        ctx.data::<Arc<Loaders>>()?.edges(ctx, self.request.clone(), self.key).await
    }
}

impl<T: Entity, V: Via<T>> TypeName for Connection<T, V> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Connection", V::prefix()).into()
    }
}

/// A page of a list, and where it stands there.
#[Object(name_type)]
impl<T: Entity, V: Via<T>> Connection<T, V> {
    /// The page's rows in order, each with its cursor; empty where there are none.
    async fn edges(&self, ctx: &Context<'_>) -> Result<List<Edge<T, V>>> {
        let edges = self.load(ctx).await?.edges;
        ctx.data::<Arc<Loaders>>()?.count(edges.len())?;
        Ok(List(edges))
    }

    /// The page's rows in order: those of `edges`, without their cursors.
    async fn nodes(&self, ctx: &Context<'_>) -> Result<Nodes<T, V>> {
        let edges = self.load(ctx).await?.edges;
        ctx.data::<Arc<Loaders>>()?.count(edges.len())?;
        Ok(Nodes(edges))
    }

    /// Where the page stands in the whole list, and the cursors to go on from.
    async fn page_info(&self, ctx: &Context<'_>) -> Result<PageInfo> {
        let page = self.load(ctx).await?;
        let cursor = |edge: Option<&Edge<T, V>>| edge.map(Edge::own_cursor).transpose();
        // Read only where they are asked for; without keysets there are none.
        let cursors = self.request.page.keysets;
        Ok(PageInfo {
            has_next_page: page.has_next,
            has_previous_page: page.has_previous,
            start_cursor: if cursors { cursor(page.edges.first())? } else { None },
            end_cursor: if cursors { cursor(page.edges.last())? } else { None },
        })
    }

    /// How many rows the whole list has on all its pages, of those that `where` lets through. It costs a statement of
    /// its own, which runs only when this is asked for.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let whole = PageRequest { only: self.request.only.clone(), ..PageRequest::whole(self.request.scope) };
        Ok(ctx.data::<Arc<Loaders>>()?.number(ctx, whole, self.key).await?.unwrap_or(0))
    }
}

/// Where a page stands in the whole list. All four are facts, also where rows came or went since the cursor was
/// given.
#[derive(Debug, SimpleObject)]
pub struct PageInfo {
    /// Whether rows follow the page's last one.
    pub has_next_page: bool,
    /// Whether rows precede the page's first one.
    pub has_previous_page: bool,
    /// The first row's cursor, the `before` of the page before; null where the page is empty.
    pub start_cursor: Option<String>,
    /// The last row's cursor, the `after` of the next page; null where the page is empty.
    pub end_cursor: Option<String>,
}

/// A row and its place in a list.
pub struct Edge<T, V: Via<T>>
where
    T: Entity,
{
    pub(super) node: T,
    link: V::Link,
    keyset: Vec<Value>,
    seal: Arc<Seal>,
}

impl<T: Entity, V: Via<T>> Edge<T, V> {
    fn own_cursor(&self) -> Result<String> {
        self.seal.cursor(&self.keyset)
    }
}

impl<T: Entity, V: Via<T>> TypeName for Edge<T, V> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Edge", V::prefix()).into()
    }
}

/// A row and its place in a list; where a link leads there, also what the link holds.
#[Object(name_type)]
impl<T: Entity, V: Via<T>> Edge<T, V> {
    /// The row's place in this list and order, for `after` and `before`. It has no end: it stays good when rows come
    /// and go, this one included. Where the row's values in the order are longer than 12 KB, the error is
    /// BAD_USER_INPUT.
    async fn cursor(&self) -> Result<String> {
        self.own_cursor()
    }

    /// The row.
    async fn node(&self) -> &T {
        &self.node
    }

    #[graphql(flatten)]
    async fn link(&self) -> &V::Link {
        &self.link
    }
}

/// A page that was read.
pub(super) struct EdgePage<T: Entity, V: Via<T>> {
    pub(super) edges: Arc<Vec<Edge<T, V>>>,
    has_previous: bool,
    has_next: bool,
}

impl<T: Entity, V: Via<T>> Clone for EdgePage<T, V> {
    fn clone(&self) -> Self {
        EdgePage { edges: self.edges.clone(), ..*self }
    }
}

impl<T: Entity, V: Via<T>> Default for EdgePage<T, V> {
    fn default() -> Self {
        EdgePage { edges: Arc::default(), has_previous: false, has_next: false }
    }
}

impl<T: Entity, V: Via<T>> EdgePage<T, V> {
    /// From what one parent's part of the statement gave, in order: one row more than the page has, where
    /// there is one, and the evidence of rows on either side.
    pub(super) fn new(request: &PageRequest, mut edges: Vec<Edge<T, V>>) -> Self {
        let page = &request.page;
        let (mut has_previous, mut has_next) = (false, false);
        let stands = |edge: &Edge<T, V>, bound: &[Value]| order::compare(&request.order, &edge.keyset, bound);
        // One row may be evidence for both sides.
        if let (true, Some(after)) = (page.evidence_before, &page.after) {
            has_previous = edges.first().is_some_and(|first| stands(first, after).is_le());
        }
        if let (true, Some(before)) = (page.evidence_after, &page.before) {
            has_next = edges.last().is_some_and(|last| stands(last, before).is_ge());
        }
        if has_previous || has_next {
            edges.retain(|edge| {
                page.after.as_ref().is_none_or(|after| stands(edge, after).is_gt())
                    && page.before.as_ref().is_none_or(|before| stands(edge, before).is_lt())
            });
        }
        if i64::try_from(edges.len()).is_ok_and(|rows| rows == page.limit) {
            if page.backward {
                has_previous = true;
                edges.remove(0);
            } else {
                has_next = true;
                edges.pop();
            }
        }
        EdgePage { edges: Arc::new(edges), has_previous, has_next }
    }
}

impl<T: Entity, V: Via<T>> Edge<T, V> {
    /// From a row of the statement.
    pub(super) fn new(
        (node, link): (T, V::Link),
        keyset: Option<String>,
        seal: &Arc<Seal>,
    ) -> Result<Self, Error> {
        let keyset = match keyset {
            Some(json) => seal.read(&json).ok_or_else(|| {
                let details = format!("not a keyset of {}: {json}", T::TABLE);
                masked(INTERNAL_SERVER_ERROR, "something went wrong inside the server", &details)
            })?,
            None => Vec::new(),
        };
        Ok(Edge { node, link, keyset, seal: seal.clone() })
    }
}
