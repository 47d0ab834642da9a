//! The part of compiling for fields that resolvers compute: what they read becomes columns of their row, and fields that hang on it and
//! are not written.

use super::compile::{itself, join};
use super::loads::Compiler;
use super::plan::{Arguments, Computed, Input, Item, Source, SourceKind, What};
use crate::document::SelectedField;
use crate::relation::{Asked, Column, ListScope, Relationship, Resolver, ResolverInput, Scope, Shape, names};

impl<'d> Compiler<'_, 'd> {
    /// A field that a resolver computes for the rows of the field `owner`, which come from `load`.
    pub(super) fn computed(
        &mut self,
        owner: usize,
        load: usize,
        shape: &Shape,
        field: &SelectedField<'d>,
        path: &str,
    ) -> Option<Item> {
        let is_called = |one: &&Resolver| names::is_camel_case_of(field.name, one.field);
        let resolver = shape.resolvers.iter().find(is_called)?;
        let arguments = Arguments::of(&field.arguments.iter().collect::<Vec<_>>());
        let is_same = |known: &Computed| {
            // Of rows, each name may select something else.
            resolver.rows.is_none()
                && known.owner == owner
                && known.resolver.field == resolver.field
                && known.arguments == arguments
        };
        let nth = match self.computed.iter().position(is_same) {
            // It is computed once for all of its names.
            Some(nth) => nth,
            None => {
                let inputs = resolver.inputs.iter();
                let inputs =
                    inputs.map(|input| self.input(owner, load, shape, *input, field, path)).collect();
                let nullable = !field.ty.is_non_null();
                let paths = Vec::new();
                let computed = Computed { owner, resolver, arguments, inputs, rows: None, nullable, paths };
                self.computed.push(computed);
                self.computed.len() - 1
            }
        };
        self.computed[nth].paths.push(join(path, field.key));
        if self.computed[nth].is_early() && !self.fields[owner].computed.contains(&nth) {
            self.fields[owner].computed.push(nth);
        }
        if let Some(rows) = resolver.rows {
            let target = self.graph.entity(rows.entity)?;
            let source = Source::of(SourceKind::One, itself(&target), Some(target));
            let load = self.load(source, &[]);
            let child = self.field(field, load, path);
            let items = self.object(child, load, &target, field.selection(), &join(path, field.key));
            self.fields[child].what = if rows.many { What::Each(items) } else { What::One(items) };
            self.computed[nth].rows = Some(child);
        }
        Some(Item::Computed { nth, key: field.key.to_owned(), pos: field.pos })
    }

    fn input(
        &mut self,
        owner: usize,
        load: usize,
        shape: &Shape,
        input: ResolverInput,
        field: &SelectedField<'d>,
        path: &str,
    ) -> Input {
        let called = |name: &str| shape.relationships.iter().find(|one| one.field == name);
        match input {
            ResolverInput::Column(column) => Input::Cell(self.column(load, Asked::Own(column))),
            ResolverInput::Rows(name, columns) => {
                let Some(one) = called(name) else {
                    return Input::Rows { field: owner, columns: Vec::new() };
                };
                let kind = if one.is_to_one() { SourceKind::One } else { SourceKind::Whole };
                let nth = self.read(kind, owner, load, shape, one, field, path);
                let load = self.fields[nth].load;
                let columns: &[Column] = columns;
                let columns = columns.iter().map(|column| self.column(load, Asked::Own(*column))).collect();
                Input::Rows { field: nth, columns }
            }
            ResolverInput::Count(name) => match called(name) {
                Some(one) => Input::Count(self.read(SourceKind::Count, owner, load, shape, one, field, path)),
                None => Input::Count(owner),
            },
        }
    }

    /// A field that is read and not written.
    #[allow(clippy::too_many_arguments, reason = "they are what it is made of")]
    fn read(
        &mut self,
        kind: SourceKind,
        owner: usize,
        load: usize,
        shape: &Shape,
        one: &Relationship,
        field: &SelectedField<'d>,
        path: &str,
    ) -> usize {
        let by = self.lead(load, shape, one);
        let (target, list) = ((one.target)(), Scope::List(ListScope::Joined(one.join)));
        let scope = if kind == SourceKind::One { Scope::One(one.join) } else { list };
        let source = Source { kind, scope, shape: Some(target), link: one.link, position: one.position };
        let load = self.load(source, &[]);
        let nth = self.field(field, load, path);
        let read = &mut self.fields[nth];
        // Its errors are those of what is computed.
        (read.by, read.nullable) = (by, true);
        read.what = match kind {
            SourceKind::Count => What::Count,
            SourceKind::One => What::One(Vec::new()),
            _ => What::List(Vec::new()),
        };
        self.fields[owner].children.push(nth);
        nth
    }
}
