//! Connections, as in the GraphQL Cursor Connections Specification (Relay): a page of a list, with cursors.
//!
//! A connection reads nothing by itself: its fields ask for what they need, so that `totalCount` alone reads
//! no rows and rows alone are not counted.

use super::list::{List, Nodes};
use crate::db::Id;
use crate::relation::entity::Entity;
use crate::relation::load::Loaders;
use crate::relation::page::{Edge, EdgePage, Via};
use crate::relation::sql::{CountRequest, CountScope, ListScope, PageRequest};
use async_graphql::{Context, Object, Result, SimpleObject, TypeName};
use std::{borrow::Cow, marker::PhantomData, sync::Arc};

/// A page of a list.
pub struct Connection<T, V> {
    source: ListScope,
    request: PageRequest,
    key: Id,
    list: PhantomData<fn() -> (T, V)>,
}

impl<T: Entity, V: Via<T>> Connection<T, V> {
    /// The page of `source` that `request` asks for, of the rows that `key` leads to.
    pub(super) fn new(source: ListScope, request: PageRequest, key: Id) -> Self {
        Connection { source, request, key, list: PhantomData }
    }

    async fn load(&self, ctx: &Context<'_>) -> Result<EdgePage<T, V>> {
        ctx.data::<Arc<Loaders>>()?.edges(ctx, self.source, self.request.clone(), self.key).await
    }
}

impl<T: Entity, V: Via<T>> TypeName for Connection<T, V> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Connection", V::prefix()).into()
    }
}

/// One page of a list (Relay Cursor Connections).
#[Object(name_type)]
impl<T: Entity, V: Via<T>> Connection<T, V> {
    /// The page's rows in order, each with its cursor.
    async fn edges(&self, ctx: &Context<'_>) -> Result<List<Edge<T, V>>> {
        let edges = self.load(ctx).await?.edges;
        ctx.data::<Arc<Loaders>>()?.budget().count(edges.len())?;
        Ok(List(edges))
    }

    /// The page's rows in order, without cursors.
    async fn nodes(&self, ctx: &Context<'_>) -> Result<Nodes<T, V>> {
        let edges = self.load(ctx).await?.edges;
        ctx.data::<Arc<Loaders>>()?.budget().count(edges.len())?;
        Ok(Nodes(edges))
    }

    /// Whether there are other pages, and the cursors to get them.
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

    /// The number of rows that match `where`, on all pages together. It costs one more SQL statement, only if you select it.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let whole =
            CountRequest { scope: CountScope::List(self.source), filter: self.request.filter.clone() };
        Ok(ctx.data::<Arc<Loaders>>()?.number(ctx, whole, self.key).await?.unwrap_or(0))
    }
}

/// Where a page is in its list. All four fields are exact, even if rows were added or deleted since the cursor was issued.
#[derive(Debug, SimpleObject)]
pub struct PageInfo {
    /// Whether there are rows after this page.
    pub has_next_page: bool,
    /// Whether there are rows before this page.
    pub has_previous_page: bool,
    /// The first row's cursor: pass it as `before` to get the previous page. Null if the page is empty.
    pub start_cursor: Option<String>,
    /// The last row's cursor: pass it as `after` to get the next page. Null if the page is empty.
    pub end_cursor: Option<String>,
}
