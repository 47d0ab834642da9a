//! A plan as data: loaders, the fields that hang on their rows, and what is written for each row.

use super::kept::KeptJson;
use super::length::is_long;
use crate::db::WasLong;
use crate::document::OwnedArgument;
use crate::relation::{
    Asked, CountRequest, LinkShape, NodeTable, PageRequest, Resolve, Resolver, Scope, Shape, Texts,
};
use async_graphql::{Error, Pos};
use std::sync::Arc;

/// An operation that was compiled. `@skip` and `@include` are decided in it.
#[derive(Debug, Default)]
pub struct Plan {
    /// The root fields, in the order of the response.
    pub(super) roots: Vec<Root>,
    /// The fields that read rows.
    pub(super) fields: Vec<Field>,
    pub(super) loads: Vec<Load>,
    /// The fields that resolvers compute.
    pub(super) computed: Vec<Computed>,
    /// Loads of one source that variables may make equal.
    pub(super) maybe_equal: Vec<Vec<usize>>,
    /// Whether its statements took long the last time.
    pub(super) was_long: WasLong,
}

impl Plan {
    /// Whether it asks for the same whatever the variables.
    pub(super) fn is_constant(&self) -> bool {
        self.loads.iter().all(|load| load.request.is_some())
            && self.computed.iter().all(|computed| !computed.arguments.vary)
    }

    /// Whether it has all that takes long to be made: what introspection answers, and what arguments of many values ask for.
    pub(super) fn is_complete(&self) -> bool {
        let loads = self.loads.iter().filter(|load| load.request.is_none()).map(|load| &load.arguments);
        let computed =
            self.computed.iter().map(|computed| &computed.arguments).filter(|arguments| arguments.vary);
        let length = loads.chain(computed).flat_map(|arguments| &arguments.all).map(OwnedArgument::length);
        let introspects = |root: &Root| matches!(root.what, RootKind::Introspection(None));
        !is_long(length.sum()) && !self.roots.iter().any(introspects)
    }

    /// About how many bytes it takes, with the texts of its statements.
    pub(super) fn size(&self) -> usize {
        1024 + (self.fields.len() + self.computed.len()) * 1024 + self.loads.len() * 2048
    }
}

/// A root field.
#[derive(Debug)]
pub(super) struct Root {
    pub(super) key: String,
    pub(super) what: RootKind,
}

#[derive(Debug)]
pub(super) enum RootKind {
    /// The operation's type.
    TypeName(&'static str),
    /// `__schema` or `__type`, with the answer if that is always the same.
    Introspection(Option<KeptJson>),
    /// A field that reads rows.
    Field(usize),
    /// A field that variables make one for an id, or one for a name.
    Either { id: usize, name: usize },
    /// An object that a resolver gives, with rows in it.
    Given(Vec<Item>),
}

/// What a loader is for, in this operation.
#[derive(Debug)]
pub(super) struct Load {
    pub(super) source: Source,
    pub(super) arguments: Arguments,
    /// What it reads. Loads of one source that may turn out to be equal all read the same.
    pub(super) columns: Arc<[Asked]>,
    /// Which of the columns lead on to other rows.
    pub(super) leads: Vec<usize>,
    /// Whether cursors are asked for.
    pub(super) cursors: bool,
    /// Whether it is asked for that there are other pages.
    pub(super) other_pages: bool,
    /// The request, unless it depends on variables.
    pub(super) request: Option<Result<Request, Error>>,
    pub(super) texts: Arc<Texts>,
}

/// Where rows or numbers come from. Loads of different sources are never equal.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source {
    pub(super) kind: SourceKind,
    pub(super) scope: Scope,
    /// The entity that it reads.
    pub(super) shape: Option<Shape>,
    /// The join table that it goes through.
    pub(super) link: Option<fn() -> LinkShape>,
    /// The join table's column that orders the list.
    pub(super) position: Option<&'static str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SourceKind {
    /// At most one row for each key.
    One,
    /// A list.
    List,
    /// A list as a resolver reads it: all of it.
    Whole,
    /// A connection.
    Page,
    /// The number of rows.
    Count,
    /// Which of these tables has a key.
    WhichTable(&'static [NodeTable]),
}

impl Source {
    /// A source that goes through no join table.
    pub(super) fn of(kind: SourceKind, scope: Scope, shape: Option<Shape>) -> Source {
        Source { kind, scope, shape, link: None, position: None }
    }
}

impl PartialEq for Source {
    fn eq(&self, other: &Source) -> bool {
        (self.kind, self.scope) == (other.kind, other.scope)
    }
}

/// A field's arguments, as far as they decide a request.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Arguments {
    pub(super) all: Vec<OwnedArgument>,
    /// Whether they depend on variables.
    pub(super) vary: bool,
}

/// What a load asks for.
#[derive(Debug, Clone)]
pub(super) enum Request {
    Page {
        request: Arc<PageRequest>,
        /// The conditions and values of its filters.
        conditions: usize,
        /// Whether the size of the page was given.
        is_sized: bool,
    },
    Count(CountRequest),
}

impl Request {
    /// Whether a loader of the one answers the other.
    pub(super) fn asks_the_same(&self, other: &Request) -> bool {
        self.asked() == other.asked()
    }

    /// What it asks for: one loader answers all for whom that is the same.
    pub(super) fn asked(&self) -> Asks<'_> {
        match self {
            Request::Page { request, .. } => Asks::Page(request),
            Request::Count(request) => Asks::Count(request),
        }
    }
}

/// What a request asks for.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) enum Asks<'a> {
    Page(&'a PageRequest),
    Count(&'a CountRequest),
}

/// A field that reads rows.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) key: String,
    /// Its name in the schema.
    pub(super) name: String,
    /// The path of its name in the response, once for each way in which it is asked for, as the explanation of an operation
    /// has it.
    pub(super) paths: Vec<String>,
    pub(super) pos: Pos,
    /// Whether it is null where it fails.
    pub(super) nullable: bool,
    /// The column of its parent's rows that holds its key.
    pub(super) by: usize,
    pub(super) load: usize,
    pub(super) what: What,
    /// The fields that hang on its rows.
    pub(super) children: Vec<usize>,
    /// What is computed for its rows between the waves.
    pub(super) computed: Vec<usize>,
    /// Those of its children whose key is the id that its rows are asked by.
    pub(super) early: Vec<usize>,
    /// Of a connection at the root: the field that counts its rows.
    pub(super) beside: Vec<usize>,
    /// Whether the row of a root field may be asked for by its name.
    pub(super) is_named: bool,
    /// The arguments of a root field that name its rows.
    pub(super) arguments: Vec<OwnedArgument>,
    /// The most bytes of long texts that are selected of each of its rows.
    pub(super) texts: u64,
}

/// A field that a resolver computes for the rows of the field `owner`.
#[derive(Debug)]
pub(super) struct Computed {
    pub(super) owner: usize,
    pub(super) resolver: &'static Resolver,
    pub(super) arguments: Arguments,
    pub(super) inputs: Vec<Input>,
    /// The field for the rows that it leads to, if it does.
    pub(super) rows: Option<usize>,
    /// Whether it is null where it fails.
    pub(super) nullable: bool,
    /// As those of [`Field`].
    pub(super) paths: Vec<String>,
}

impl Computed {
    /// Whether it runs statements of its own.
    pub(super) fn is_batch(&self) -> bool {
        matches!(self.resolver.resolve, Resolve::Batch(_))
    }

    /// Whether it is computed between the waves, and not when it is written.
    pub(super) fn is_early(&self) -> bool {
        self.is_batch() || self.resolver.rows.is_some()
    }
}

/// What a resolver reads of a row.
#[derive(Debug)]
pub(super) enum Input {
    /// A cell.
    Cell(usize),
    /// These cells of the rows of a field that hangs on the row.
    Rows { field: usize, columns: Vec<usize> },
    /// The number of such a field.
    Count(usize),
}

/// What a field's value is.
#[derive(Debug)]
pub(super) enum What {
    /// A row, or null.
    One(Vec<Item>),
    /// A row that must be there: a foreign key names it.
    Named(Vec<Item>),
    /// A list of rows.
    List(Vec<Item>),
    /// The rows of several keys that a resolver gives. Those that are gone or hidden are left out.
    Each(Vec<Item>),
    /// A connection, and whether its rows are needed.
    Page { items: Vec<PageItem>, reads: bool },
    /// A number.
    Count,
    /// Rows of any type: the field of each type, in the order of the tables.
    Located { fields: Vec<usize>, list: bool },
}

impl What {
    /// The pieces of each list of rows, or of the one row.
    pub(super) fn rows(&self) -> impl Iterator<Item = &[Item]> {
        let (row, page): (Option<&[Item]>, &[PageItem]) = match self {
            What::One(items) | What::Named(items) | What::List(items) | What::Each(items) => {
                (Some(items), &[])
            }
            What::Page { items, .. } => (None, items),
            What::Count | What::Located { .. } => (None, &[]),
        };
        let lists = page.iter().filter_map(|item| match item {
            PageItem::Rows { items, .. } => Some(items.as_slice()),
            _ => None,
        });
        row.into_iter().chain(lists)
    }
}

/// A piece of an object.
#[derive(Debug)]
pub(super) enum Item {
    /// JSON that is always the same.
    Literal(Vec<u8>),
    /// A cell of the row.
    Cell(usize),
    /// A field that hangs on the row.
    Field(usize),
    /// What a resolver computes of the row.
    Computed { nth: usize, key: String, pos: Pos },
    /// An object of the same row: an edge's node.
    Object { key: String, items: Vec<Item> },
    /// The row's cursor.
    Cursor { key: String, pos: Pos },
    /// What a resolver gives under this name.
    Given { name: String, selection: Projection },
}

impl Item {
    /// The sum of what `of` says of these pieces, and of those of the objects among them.
    pub(super) fn sum(items: &[Item], of: &impl Fn(&Item) -> u64) -> u64 {
        let each = items.iter().map(|item| match item {
            Item::Object { items, .. } => Item::sum(items, of),
            item => of(item),
        });
        each.fold(0, u64::saturating_add)
    }
}

/// The fields among the pieces of an object that a resolver gives: those that read rows.
pub(super) fn row_fields(items: &[Item]) -> impl Iterator<Item = usize> {
    items.iter().filter_map(|item| match item {
        Item::Field(field) => Some(*field),
        _ => None,
    })
}

/// What is selected of a value that a resolver gives: nothing of a scalar.
#[derive(Debug, Default)]
pub(super) struct Projection {
    /// Keys in the response, and names in the value.
    pub(super) fields: Vec<(String, Projected)>,
}

#[derive(Debug)]
pub(super) enum Projected {
    /// `__typename`.
    TypeName(String),
    Field(String, Projection),
}

/// A piece of a connection.
#[derive(Debug)]
pub(super) enum PageItem {
    Literal(Vec<u8>),
    /// Its rows, as edges or as nodes.
    Rows {
        key: String,
        pos: Pos,
        items: Vec<Item>,
    },
    Info {
        key: String,
        pos: Pos,
        items: Vec<InfoItem>,
    },
    /// The field that counts.
    Total(usize),
}

impl PageItem {
    /// Whether it is a list of the page's rows.
    pub(super) fn is_rows(&self) -> bool {
        matches!(self, PageItem::Rows { .. })
    }
}

/// A piece of `PageInfo`.
#[derive(Debug)]
pub(super) enum InfoItem {
    Literal(Vec<u8>),
    HasNext,
    HasPrevious,
    StartCursor,
    EndCursor,
}

/// Begins or ends a key of an object: `"key":`, after a comma unless it is the first.
pub(super) fn key_text(nth: usize, key: &str) -> String {
    format!("{}\"{key}\":", if nth > 0 { "," } else { "" })
}

/// Adds text to the pieces, or to the last of them where that is text as well.
pub(super) trait Pieces {
    fn push_text(&mut self, text: &str);
}

macro_rules! pieces {
    ($($item:ident),*) => {
        $(impl Pieces for Vec<$item> {
            fn push_text(&mut self, text: &str) {
                match self.last_mut() {
                    Some($item::Literal(bytes)) => bytes.extend_from_slice(text.as_bytes()),
                    _ => self.push($item::Literal(text.as_bytes().to_vec())),
                }
            }
        })*
    };
}
pieces!(Item, PageItem, InfoItem);
