//! The loads of a plan while it is compiled: which fields share one, and what each reads.
//!
//! Fields that ask for the same share a load, and so does one that is asked for in several places. What they read of its rows
//! is the union of what each of them needs. Whether two loads are equal may depend on variables; these read the same columns,
//! so that one can stand in for the other.

use super::arguments;
use super::graph::Graph;
use super::plan::{
    Arguments, Computed, Field, Input, Item, Load, Plan, Request, Root, Source, SourceKind, What,
};
use crate::document::{Argument, OwnedArgument, Requested};
use crate::relation::{Asked, Column, ColumnKind, Relationship, Scope, Shape};
use async_graphql::Error;
use std::sync::Arc;

/// Texts that cannot be longer are not counted: rows are.
const SHORT_TEXT: usize = 10_000;

/// A load while it is compiled.
struct Draft {
    source: Source,
    arguments: Arguments,
    /// What it asks for, aside from cursors and other pages.
    bare: Option<Result<Request, Error>>,
    reads: usize,
}

impl Arguments {
    /// A field's arguments.
    pub(super) fn of(given: &[&Argument<'_>]) -> Arguments {
        Arguments {
            all: given.iter().map(|argument| Argument::to_owned(argument)).collect(),
            vary: given.iter().any(|argument| argument.is_variable()),
        }
    }
}

/// What loads read.
#[derive(Default)]
struct Reads {
    columns: Vec<Asked>,
    leads: Vec<usize>,
    cursors: bool,
    other_pages: bool,
}

impl Load {
    fn new(source: Source, arguments: Arguments, reads: &Reads) -> Load {
        Load {
            source,
            arguments,
            columns: reads.columns.clone().into(),
            leads: reads.leads.clone(),
            cursors: reads.cursors,
            other_pages: reads.other_pages,
            request: None,
            texts: Arc::default(),
        }
    }
}

/// What a plan is compiled with.
pub(super) struct Compiler<'c, 'd> {
    pub(super) graph: &'c Graph,
    pub(super) requested: &'c mut Requested<'d>,
    /// Sources whose loads all read the same.
    shared: &'c [Source],
    pub(super) fields: Vec<Field>,
    pub(super) computed: Vec<Computed>,
    drafts: Vec<Draft>,
    reads: Vec<Reads>,
}

impl<'c, 'd> Compiler<'c, 'd> {
    pub(super) fn new(graph: &'c Graph, requested: &'c mut Requested<'d>, shared: &'c [Source]) -> Self {
        let (fields, computed) = (Vec::new(), Vec::new());
        Compiler { graph, requested, shared, fields, computed, drafts: Vec::new(), reads: Vec::new() }
    }

    /// The sources of loads that variables may make equal and that do not read the same yet.
    pub(super) fn maybe_equal(&self) -> Vec<Source> {
        let varying = self.drafts.iter().filter(|draft| draft.arguments.vary).map(|draft| draft.source);
        let several =
            |source: &Source| self.drafts.iter().filter(|draft| draft.source == *source).count() > 1;
        varying.filter(|source| several(source) && !self.shared.contains(source)).collect()
    }

    pub(super) fn finish(self, roots: Vec<Root>) -> Plan {
        let load = |draft: Draft| {
            let mut load = Load::new(draft.source, draft.arguments, &self.reads[draft.reads]);
            // Once more, with cursors and other pages.
            load.request = draft.bare.is_some().then(|| {
                let values = constants(self.requested, &load.arguments.all);
                arguments::request(&load, &values)
            });
            load
        };
        let loads: Vec<Load> = self.drafts.into_iter().map(load).collect();
        let maybe_equal = maybe_equal(&loads);
        let (mut fields, computed) = (self.fields, self.computed);
        hasten(&mut fields, &loads, &maybe_equal);
        fields.iter_mut().for_each(|field| {
            field.texts = long_texts(&field.what, &loads[field.load], &computed);
        });
        Plan { roots, fields, loads, computed, maybe_equal, was_long: Default::default() }
    }

    /// The column that leads along a relationship.
    pub(super) fn lead(&mut self, load: usize, shape: &Shape, one: &Relationship) -> usize {
        let column = shape.columns.iter().find(|column| column.name == one.join.from);
        let nth = self.column(load, Asked::Own(column.copied().unwrap_or(Column::KEY)));
        let leads = &mut self.reads[self.drafts[load].reads].leads;
        if !leads.contains(&nth) {
            leads.push(nth);
        }
        nth
    }

    /// The number of a column among those that a load reads.
    pub(super) fn column(&mut self, load: usize, asked: Asked) -> usize {
        let columns = &mut self.reads[self.drafts[load].reads].columns;
        columns.iter().position(|known| *known == asked).unwrap_or_else(|| {
            columns.push(asked);
            columns.len() - 1
        })
    }

    /// Notes what a connection asks for besides its rows.
    pub(super) fn asks(&mut self, load: usize, cursors: bool, other_pages: bool) {
        let reads = &mut self.reads[self.drafts[load].reads];
        reads.cursors |= cursors;
        reads.other_pages |= other_pages;
    }

    /// The load of a source with these arguments, made now or before.
    pub(super) fn load(&mut self, source: Source, given: &[Argument<'_>]) -> usize {
        let matters = |argument: &&Argument<'_>| match source.kind {
            SourceKind::List | SourceKind::Page => true,
            SourceKind::Count => argument.name == "where",
            SourceKind::One | SourceKind::Whole | SourceKind::WhichTable(_) => false,
        };
        let given: Vec<_> = given.iter().filter(matters).collect();
        let arguments = Arguments::of(&given);
        let bare = (!arguments.vary).then(|| {
            let values = constants(self.requested, &arguments.all);
            arguments::request(&Load::new(source, Arguments::default(), &Reads::default()), &values)
        });
        let is_same = |draft: &Draft| {
            draft.source == source
                && match (&draft.bare, &bare) {
                    (Some(Ok(one)), Some(Ok(other))) => one.asks_the_same(other),
                    _ => draft.arguments == arguments,
                }
        };
        if let Some(known) = self.drafts.iter().position(is_same) {
            return known;
        }
        let sibling = self.drafts.iter().find(|draft| draft.source == source);
        let reads = match sibling.filter(|_| self.shared.contains(&source)) {
            Some(sibling) => sibling.reads,
            None => {
                self.reads.push(Reads::default());
                self.reads.len() - 1
            }
        };
        self.drafts.push(Draft { source, arguments, bare, reads });
        self.drafts.len() - 1
    }
}

/// The most bytes of long texts, and of bytes as texts, that are selected of each row, or computed of.
fn long_texts(what: &What, load: &Load, computed: &[Computed]) -> u64 {
    let longest = |column: Column| {
        let rule = load.source.shape.and_then(|shape| shape.length_of(&column));
        match (column.kind, rule.map_or(0, |rule| rule.max)) {
            (ColumnKind::Text, characters) => characters,
            (ColumnKind::Bytes, bytes) => bytes.div_ceil(3).saturating_mul(4),
            _ => 0,
        }
    };
    let cell = |nth: usize| match load.columns.get(nth).map(|asked| longest(asked.column())) {
        Some(longest) if longest > SHORT_TEXT => longest as u64,
        _ => 0,
    };
    let bytes = |item: &Item| match item {
        Item::Cell(nth) => cell(*nth),
        Item::Computed { nth, .. } => {
            let read = computed[*nth].inputs.iter().map(|input| match input {
                Input::Cell(nth) => cell(*nth),
                Input::Rows { .. } | Input::Count(_) => 0,
            });
            read.sum()
        }
        _ => 0,
    };
    what.rows().map(|items| Item::sum(items, &bytes)).fold(0, u64::saturating_add)
}

/// Loads of one source that variables may make equal.
fn maybe_equal(loads: &[Load]) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (nth, load) in loads.iter().enumerate() {
        match groups.iter_mut().find(|group| loads[group[0]].source == load.source) {
            Some(group) => group.push(nth),
            None => groups.push(vec![nth]),
        }
    }
    groups.retain(|group| group.len() > 1 && group.iter().any(|nth| loads[*nth].arguments.vary));
    groups
}

/// Finds the fields whose key is the id that their parent's row is asked by: they need not wait for the row. Only of loads
/// that no other field shares, whose keys might come later, by another statement.
fn hasten(fields: &mut [Field], loads: &[Load], maybe_equal: &[Vec<usize>]) {
    let mut uses = vec![0; loads.len()];
    fields.iter().for_each(|field| uses[field.load] += 1);
    maybe_equal.iter().flatten().for_each(|load| uses[*load] += 1);
    for nth in 0..fields.len() {
        let load = &loads[fields[nth].load];
        if !is_by_id(&load.source) || matches!(fields[nth].what, What::Each(_)) {
            continue;
        }
        let is_early = |child: &&usize| {
            let child = &fields[**child];
            let by = load.columns.get(child.by);
            uses[child.load] == 1 && by == Some(&Asked::Own(Column::KEY))
        };
        fields[nth].early = fields[nth].children.iter().filter(is_early).copied().collect();
    }
}

/// Whether a source's rows are asked for by their own ids.
fn is_by_id(source: &Source) -> bool {
    source.kind == SourceKind::One && matches!(source.scope, Scope::One(join) if join.to == Column::KEY.name)
}

/// The values of arguments that do not depend on variables.
fn constants(requested: &mut Requested<'_>, arguments: &[OwnedArgument]) -> arguments::Values {
    let values = arguments
        .iter()
        .filter_map(|argument| Some((argument.name.clone(), requested.value(argument).ok().flatten()?)));
    values.collect()
}
