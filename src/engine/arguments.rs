//! From a field's arguments to the request of its load: the only place where GraphQL arguments become page requests.

use super::plan::{Load, Request, Source, SourceKind};
use crate::db::Id;
use crate::error::bad_argument;
use crate::relation::{
    Column, ColumnKind, CountRequest, CountScope, CursorCodec, Expr, ListScope, NodeTable, OrderBy, Page,
    PageRequest, Predicate, Scope, read,
};
use async_graphql::{Error, Value};
use std::{borrow::Cow, sync::Arc};

/// The most rows that one list field gives to one parent.
pub const MAX_LIMIT: i64 = 1000;

/// The most rows to skip: GraphQL's greatest `Int`.
const MAX_OFFSET: i64 = 0x7fff_ffff;

/// The most ids that `nodes` takes.
const MAX_NODES: usize = 1000;

/// The values of a field's arguments. One that is null is as one that is not given.
pub(super) type Values = Vec<(String, Value)>;

fn value<'v>(values: &'v Values, name: &str) -> Option<&'v Value> {
    values.iter().find(|(known, value)| known == name && *value != Value::Null).map(|(_, value)| value)
}

fn int(values: &Values, name: &str) -> Option<i64> {
    match value(values, name) {
        Some(Value::Number(number)) => number.as_i64(),
        _ => None,
    }
}

fn text<'v>(values: &'v Values, name: &str) -> Option<&'v str> {
    match value(values, name) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

/// What a load asks for, by the values of its arguments.
///
/// # Errors
/// `BAD_USER_INPUT` when an argument breaks its bounds.
pub(super) fn request(load: &Load, values: &Values) -> Result<Request, Error> {
    let source = &load.source;
    Ok(match (source.kind, source.scope) {
        (SourceKind::WhichTable(tables), _) => {
            Request::Count(CountRequest { scope: CountScope::WhichTable(tables), filter: None })
        }
        (SourceKind::Count, Scope::List(list)) => {
            let (request, _) = matching(source, values)?;
            Request::Count(CountRequest { scope: CountScope::List(list), filter: request.filter })
        }
        (SourceKind::List, _) => {
            // They have a default, so that a variable which may be null may stand for them (section 5.8.5).
            let null = values
                .iter()
                .find(|(name, value)| *value == Value::Null && ["limit", "offset"].contains(&name.as_str()));
            if let Some((name, _)) = null {
                return Err(bad_argument(name, "must not be null: omit it"));
            }
            let limit = int(values, "limit").unwrap_or(Page::DEFAULT_LIMIT);
            let offset = int(values, "offset").unwrap_or(0);
            check_rows("limit", limit)?;
            if !(0..=MAX_OFFSET).contains(&offset) {
                return Err(bad_argument("offset", &format!("must be from 0 to {MAX_OFFSET}, not {offset}")));
            }
            let (mut request, conditions) = matching(source, values)?;
            request.page = Page { limit, offset: Some(offset), ..Page::default() };
            let is_sized = value(values, "limit").is_some();
            Request::Page { request: Arc::new(request), conditions, is_sized }
        }
        (SourceKind::Page, Scope::List(list)) => page(load, list, values)?,
        (SourceKind::Whole, Scope::List(_)) => {
            let (mut request, conditions) = matching(source, &Values::new())?;
            request.page = Page { limit: MAX_LIMIT, look_ahead: true, ..Page::default() };
            Request::Page { request: Arc::new(request), conditions, is_sized: false }
        }
        (SourceKind::One | SourceKind::Whole | SourceKind::Page | SourceKind::Count, scope) => {
            let visible = source.shape.as_ref().map_or(Predicate::TRUE, Predicate::visible);
            let filter = visible.unless_always_true().map(Arc::new);
            let request = Arc::new(PageRequest { filter, ..PageRequest::new(scope) });
            Request::Page { request, conditions: 0, is_sized: false }
        }
    })
}

fn check_rows(name: &str, rows: i64) -> Result<(), Error> {
    if (0..=MAX_LIMIT).contains(&rows) {
        return Ok(());
    }
    Err(bad_argument(name, &format!("must be from 0 to {MAX_LIMIT}, not {rows}")))
}

/// A page of a connection (Relay Cursor Connections, section 4).
fn page(load: &Load, list: ListScope, values: &Values) -> Result<Request, Error> {
    let (first, last) = (int(values, "first"), int(values, "last"));
    for (name, rows) in [("first", first), ("last", last)] {
        rows.map_or(Ok(()), |rows| check_rows(name, rows))?;
    }
    if first.is_some() && last.is_some() {
        return Err(bad_argument("last", "must not be given together with `first`"));
    }
    let (mut request, conditions) = matching(&load.source, values)?;
    let (after, before) = (text(values, "after"), text(values, "before"));
    if after.is_some() || before.is_some() {
        let codec = CursorCodec::new(list, &request.order);
        let keyset = |name, cursor: Option<&str>| cursor.map(|cursor| codec.keyset(name, cursor)).transpose();
        request.page.after = keyset("after", after)?;
        request.page.before = keyset("before", before)?;
    }
    // Cursors cost a column, and evidence of other rows costs a row.
    let page = &mut request.page;
    page.backward = last.is_some();
    page.evidence_before = page.after.is_some() && load.other_pages;
    page.evidence_after = page.before.is_some() && load.other_pages;
    page.keysets = page.evidence_before || page.evidence_after || load.cursors;
    page.limit = first.or(last).unwrap_or(Page::DEFAULT_LIMIT);
    page.look_ahead = true;
    let is_sized = first.or(last).is_some();
    Ok(Request::Page { request: Arc::new(request), conditions, is_sized })
}

/// The request for all rows that match `where`, in the order of `orderBy`, and how many conditions and values both have.
fn matching(source: &Source, values: &Values) -> Result<(PageRequest, usize), Error> {
    let mut request = PageRequest::new(source.scope);
    let Some(shape) = &source.shape else { return Ok((request, 0)) };
    let link = source.link.map(|link| link());
    let mut conditions = 0;
    let mut asked = Predicate::TRUE;
    if let Some(filter) = value(values, "where") {
        let (predicate, read) = read::filter(shape, filter, link.as_ref())?;
        conditions += read;
        request.is_searched = predicate != Predicate::TRUE;
        asked = predicate;
    }
    request.filter = asked.of_visible(shape).unless_always_true().map(Arc::new);
    let keys = match value(values, "orderBy") {
        Some(Value::List(keys)) => keys.as_slice(),
        _ => &[],
    };
    request.order = Cow::Owned(if keys.is_empty() {
        let position = source.position.and_then(|position| {
            let own = link.iter().flat_map(|link| &link.columns).find(|column| column.name == position);
            own.map(|column| OrderBy::link(*column))
        });
        position.map_or_else(|| shape.order.iter().map(OrderBy::from).collect(), |by| vec![by])
    } else {
        request.is_declared = false;
        let (order, read) = read::order(shape, keys.iter(), link.as_ref())?;
        conditions += read;
        order
    });
    // Ties are broken by a UUID unless the order names the key, so a key that is a number is added to it.
    let key = Expr::Column(shape.key());
    if matches!(shape.key().kind, ColumnKind::Number(_)) && !request.order.iter().any(|by| by.expr == key) {
        let descending = request.order.last().is_some_and(|by| by.descending);
        request.order.to_mut().push(OrderBy { expr: key, descending });
    }
    Ok((request, conditions))
}

/// The id in the argument called `name`.
///
/// # Errors
/// `BAD_USER_INPUT` when it is no key of this kind.
pub fn id_argument(name: &str, kind: ColumnKind, id: &Value) -> Result<Id, Error> {
    let read = kind.read_id(id);
    read.map(Id::without_table).ok_or_else(|| bad_argument(name, kind.expected_id()))
}

/// The id of a row of any table, in an argument: a UUID, which no two rows have, or a number of a table behind the name of its
/// entity, `Hero:7`.
fn node_argument(name: &str, tables: &[NodeTable], id: &Value) -> Result<Id, Error> {
    let numbered = |table: &&NodeTable| table.key != ColumnKind::Id;
    let read = match id {
        Value::String(text) => match text.split_once(':') {
            None => ColumnKind::Id.read_id(id),
            Some((entity, number)) => {
                let table = tables.iter().filter(numbered).find(|table| table.name == entity);
                table.and_then(|table| table.key.read_id(&Value::from(number)))
            }
        },
        _ => None,
    };
    read.ok_or_else(|| match tables.iter().find(numbered) {
        None => bad_argument(name, ColumnKind::Id.expected_id()),
        Some(NodeTable { name: of, .. }) => {
            let numbers =
                format!("the name of a type whose ids are numbers and such a number, as in `{of}:7`");
            bad_argument(name, &format!("must be a UUID in text form, or {numbers}"))
        }
    })
}

/// The keys that a root field names its rows by.
pub(super) enum Keys {
    /// It has none: it is a list of all rows.
    All,
    Id(Id),
    Name(String),
    Ids(Vec<Id>),
}

/// The keys in the arguments of a root field.
///
/// # Errors
/// `BAD_USER_INPUT` unless it has an id that is well formed, or a name and no id.
pub(super) fn keys(
    kind: SourceKind,
    key: ColumnKind,
    named: Option<Column>,
    values: &Values,
) -> Result<Keys, Error> {
    let tables = if let SourceKind::WhichTable(tables) = kind { tables } else { &[] };
    if let Some(Value::List(ids)) = value(values, "ids") {
        if ids.len() > MAX_NODES {
            return Err(bad_argument("ids", &format!("may have up to {MAX_NODES} ids, not {}", ids.len())));
        }
        let id = |(nth, id): (usize, &Value)| node_argument(&format!("ids[{nth}]"), tables, id);
        return Ok(Keys::Ids(ids.iter().enumerate().map(id).collect::<Result<_, _>>()?));
    }
    if matches!(kind, SourceKind::List | SourceKind::Page | SourceKind::Count) {
        return Ok(Keys::All);
    }
    let id = value(values, "id");
    let Some(named) = named else {
        let id = id.unwrap_or(&Value::Null);
        return Ok(Keys::Id(match kind {
            SourceKind::WhichTable(_) => node_argument("id", tables, id)?,
            _ => id_argument("id", key, id)?,
        }));
    };
    match (id, text(values, &named.graphql_name())) {
        (Some(id), None) => Ok(Keys::Id(id_argument("id", key, id)?)),
        (None, Some(name)) if name.contains('\0') => {
            // PostgreSQL cannot hold it.
            Err(bad_argument(named.name, "must not contain U+0000"))
        }
        (None, Some(name)) => Ok(Keys::Name(name.to_owned())),
        _ => Err(bad_argument("id", &format!("or `{}` must be given, and only one of them", named.name))),
    }
}
