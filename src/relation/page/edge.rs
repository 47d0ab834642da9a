//! Edges: the rows of a page, each with its cursor and what the link to it holds.

use super::cursor::CursorCodec;
use crate::db::Reader;
use crate::error::{INTERNAL_SERVER_ERROR, masked};
use crate::relation::entity::{Entity, Fetched, LinkTo};
use crate::relation::model::{HasRelationships, Join, LinkTable, Stored, names::pascal_case};
use crate::relation::sql::{PageRequest, Value, Values, order};
use async_graphql::{Error, Object, ObjectType, Result, TypeName, connection::EmptyFields};
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
        <T as Stored>::NAME.to_owned()
    }

    async fn fetch(reader: &Reader, request: PageRequest, keys: Values) -> Fetched<(T, EmptyFields)> {
        let rows = T::fetch(reader, request, keys).await?;
        Ok(rows.into_iter().map(|(key, row, keyset)| (key, (row, EmptyFields), keyset)).collect())
    }
}

/// From `P` through the join table `L`.
pub struct Through<P, L>(PhantomData<fn() -> (P, L)>);

impl<P: HasRelationships + 'static, L: LinkTo<T>, T: Entity> Via<T> for Through<P, L> {
    type Link = L;

    fn prefix() -> String {
        let through = |link: LinkTable| link.table == L::TABLE;
        let same = |join: Join| join.target == T::TABLE && join.link.is_some_and(through);
        let field = P::RELATIONSHIPS.iter().find(|one| same(one.join)).map_or("", |one| one.field);
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

/// A row and its place in a list.
pub struct Edge<T, V: Via<T>>
where
    T: Entity,
{
    pub(crate) node: T,
    link: V::Link,
    keyset: Vec<Value>,
    codec: Arc<CursorCodec>,
}

impl<T: Entity, V: Via<T>> Edge<T, V> {
    pub(crate) fn own_cursor(&self) -> Result<String> {
        self.codec.cursor(&self.keyset)
    }
}

impl<T: Entity, V: Via<T>> TypeName for Edge<T, V> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Edge", V::prefix()).into()
    }
}

/// A row and its cursor. In a many-to-many list, also the columns of the join table.
#[Object(name_type)]
impl<T: Entity, V: Via<T>> Edge<T, V> {
    /// The row's position in this list and order, for `after` and `before`. A cursor never expires, even if its row is
    /// deleted. It is a BAD_USER_INPUT error if the row's values in the order are longer than 12 KB.
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
pub struct EdgePage<T: Entity, V: Via<T>> {
    pub(crate) edges: Arc<Vec<Edge<T, V>>>,
    pub(crate) has_previous: bool,
    pub(crate) has_next: bool,
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
    pub(crate) fn new(request: &PageRequest, mut edges: Vec<Edge<T, V>>) -> Self {
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
        if i64::try_from(edges.len()).is_ok_and(|rows| rows > page.limit) {
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
    pub(crate) fn new(
        (node, link): (T, V::Link),
        keyset: Option<String>,
        codec: &Arc<CursorCodec>,
    ) -> Result<Self, Error> {
        let keyset = match keyset {
            Some(json) => codec.read(&json).ok_or_else(|| {
                let details = format!("not a keyset of {}: {json}", T::TABLE);
                masked(INTERNAL_SERVER_ERROR, "something went wrong inside the server", &details)
            })?,
            None => Vec::new(),
        };
        Ok(Edge { node, link, keyset, codec: codec.clone() })
    }
}
