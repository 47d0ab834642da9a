//! From a selection to a plan.

use super::graph::Graph;
use super::kept::KeptJson;
use super::loads::Compiler;
use super::plan::{
    Field, Item, Pieces, Plan, Projected, Projection, Root, RootKind, Source, SourceKind, What, key_text,
};
use crate::document::{Argument, Kind, Refused, Requested, SelectedField, is_introspection};
use crate::relation::{
    Asked, Column, Join, ListScope, RootFields, Scope, Shape, camel_case, connection_name,
};

impl Plan {
    /// Compiles the operation of a request. Of its variables only those of conditions matter.
    ///
    /// # Errors
    /// Where introspection cannot be executed.
    pub fn compile(graph: &Graph, requested: &mut Requested<'_>) -> Result<Plan, Refused> {
        let selection = requested.selection();
        // Without variables, the answers of introspection are always the same.
        let mut introspected = selection.iter().filter(|field| is_introspection(field.name)).peekable();
        let is_known = introspected.peek().is_some() && !introspected.any(SelectedField::varies);
        let known = if is_known { requested.introspect()? } else { Vec::new() };
        let mut shared = Vec::new();
        loop {
            let mut compiler = Compiler::new(graph, requested, &shared);
            let roots = compiler.roots(&selection, &known);
            let more = compiler.maybe_equal();
            if more.is_empty() {
                return Ok(compiler.finish(roots));
            }
            shared.extend(more);
        }
    }
}

impl<'c, 'd> Compiler<'c, 'd> {
    fn roots(&mut self, selection: &[SelectedField<'d>], known: &[(String, String)]) -> Vec<Root> {
        let kind = self.requested.kind();
        let mut roots = Vec::with_capacity(selection.len());
        for field in selection {
            let what = match (field.name, kind) {
                ("__typename", Kind::Query) => RootKind::TypeName("Query"),
                ("__typename", Kind::Mutation) => RootKind::TypeName("Mutation"),
                ("__typename", Kind::Subscription) => RootKind::TypeName("Subscription"),
                (name, _) if is_introspection(name) => {
                    let known = known.iter().find(|(key, _)| key == field.key);
                    RootKind::Introspection(known.and_then(|(_, json)| KeptJson::keep(json.clone())))
                }
                (_, Kind::Query) => self.query(field),
                _ => RootKind::Given(self.given(field)),
            };
            roots.push(Root { key: field.key.to_owned(), what });
        }
        roots
    }

    /// A root field of a query.
    fn query(&mut self, field: &SelectedField<'d>) -> RootKind {
        if ["node", "nodes"].contains(&field.name) {
            return RootKind::Field(self.located(field));
        }
        for entity in &self.graph.entities {
            let list = entity.list_name();
            if field.name == entity.one_name() {
                return self.one(entity, field);
            }
            let list_scope = Scope::List(ListScope::Table(entity.shape.table));
            let source = |kind| Source::of(kind, list_scope, Some(entity.shape));
            if field.name == list {
                let load = self.load(source(SourceKind::List), &field.arguments);
                let nth = self.field(field, load, "");
                let items = self.object(nth, load, &entity.shape, field.selection(), field.key);
                self.fields[nth].what = What::List(items);
                return RootKind::Field(nth);
            }
            if field.name.strip_suffix("Connection") == Some(&list) {
                let name = format!("{}Connection", entity.shape.name);
                return RootKind::Field(self.connection(None, source, &name, field, ""));
            }
        }
        // The schema has no other.
        RootKind::Given(Vec::new())
    }

    /// The row of an id, or of a name.
    fn one(&mut self, entity: &RootFields, field: &SelectedField<'d>) -> RootKind {
        let shape = entity.shape;
        let by = |compiler: &mut Self, scope| {
            let nth = compiler.row(field, "", &shape, scope, field.selection());
            compiler.fields[nth].arguments = field.arguments.iter().map(Argument::to_owned).collect();
            compiler.fields[nth].is_named = entity.by_name.is_some();
            nth
        };
        let Some(named) = entity.by_name else { return RootKind::Field(by(self, itself(&shape))) };
        let name = camel_case(named.column);
        let is_given = |name: &str| field.arguments.iter().any(|argument| argument.name == name);
        let by_name = Scope::ByName { table: shape.table, column: named.column };
        match (is_given("id"), is_given(&name)) {
            (true, false) => RootKind::Field(by(self, itself(&shape))),
            (false, true) => RootKind::Field(by(self, by_name)),
            // Variables decide.
            _ => RootKind::Either { id: by(self, itself(&shape)), name: by(self, by_name) },
        }
    }

    /// `node` and `nodes`.
    fn located(&mut self, field: &SelectedField<'d>) -> usize {
        let kind = SourceKind::WhichTable(self.graph.tables);
        let scope = Scope::List(ListScope::Table(""));
        let load = self.load(Source::of(kind, scope, None), &[]);
        let nth = self.field(field, load, "");
        self.fields[nth].arguments = field.arguments.iter().map(Argument::to_owned).collect();
        let mut fields = Vec::new();
        for table in self.graph.tables {
            let entities = self.graph.entities.iter().map(|entity| entity.shape);
            let Some(shape) = entities.into_iter().find(|shape| shape.table == table.table) else { continue };
            let selected = field.objects.iter().find(|(name, _)| *name == shape.name);
            let selection = selected.map_or(&[][..], |(_, selection)| selection);
            fields.push(self.row(field, "", &shape, itself(&shape), selection));
        }
        self.fields[nth].children.clone_from(&fields);
        self.fields[nth].what = What::Located { fields, list: field.name == "nodes" };
        nth
    }

    /// A field for one row.
    fn row(
        &mut self,
        field: &SelectedField<'d>,
        within: &str,
        shape: &Shape,
        scope: Scope,
        selection: &[SelectedField<'d>],
    ) -> usize {
        let load = self.load(Source::of(SourceKind::One, scope, Some(*shape)), &[]);
        let nth = self.field(field, load, within);
        let path = join(within, field.key);
        let items = self.object(nth, load, shape, selection, &path);
        self.fields[nth].what = What::One(items);
        nth
    }

    /// An object that a resolver gives: the payload of a mutation, or an event.
    fn given(&mut self, field: &SelectedField<'d>) -> Vec<Item> {
        let type_name = field.ty.inner_named_type().as_str();
        let mut items = Vec::new();
        items.push_text("{");
        for (nth, selected) in field.selection().iter().enumerate() {
            items.push_text(&key_text(nth, selected.key));
            if selected.name == "__typename" {
                items.push_text(&format!("\"{type_name}\""));
                continue;
            }
            match self.graph.entity(selected.ty.inner_named_type()) {
                Some(shape) => {
                    let nth = self.row(selected, field.key, &shape, itself(&shape), selected.selection());
                    if selected.ty.is_list()
                        && let What::One(items) = std::mem::replace(&mut self.fields[nth].what, What::Count)
                    {
                        self.fields[nth].what = What::Each(items);
                    }
                    items.push(Item::Field(nth));
                }
                None => items
                    .push(Item::Given { name: selected.name.to_owned(), selection: projection(selected) }),
            }
        }
        items.push_text("}");
        items
    }

    /// The pieces of an entity's object. Its row comes from `load`, and what hangs on it hangs on the field `owner`.
    pub(super) fn object(
        &mut self,
        owner: usize,
        load: usize,
        shape: &Shape,
        selection: &[SelectedField<'d>],
        path: &str,
    ) -> Vec<Item> {
        let mut items = Vec::new();
        items.push_text("{");
        for (nth, field) in selection.iter().enumerate() {
            items.push_text(&key_text(nth, field.key));
            if field.name == "__typename" {
                items.push_text(&format!("\"{}\"", shape.name));
            } else if let Some(column) = shape.columns.iter().find(|column| column.is_called(field.name)) {
                items.push(Item::Cell(self.column(load, Asked::Own(*column))));
            } else if let Some(child) = self.relationship(owner, load, shape, field, path) {
                items.push(Item::Field(child));
            } else if let Some(item) = self.computed(owner, load, shape, field, path) {
                items.push(item);
            }
        }
        items.push_text("}");
        items
    }

    /// A relationship, as a field of the field `owner`.
    fn relationship(
        &mut self,
        owner: usize,
        load: usize,
        shape: &Shape,
        field: &SelectedField<'d>,
        path: &str,
    ) -> Option<usize> {
        let called = |name: &str| shape.relationships.iter().find(|one| one.is_called(name));
        if let Some(one) = called(field.name) {
            let (target, by) = ((one.target)(), self.lead(load, shape, one));
            let (kind, scope) = match one.is_to_one() {
                true => (SourceKind::One, Scope::One(one.join)),
                false => (SourceKind::List, Scope::List(ListScope::Joined(one.join))),
            };
            let source = Source { kind, scope, shape: Some(target), link: one.link, position: one.position };
            let load = self.load(source, &field.arguments);
            let nth = self.field(field, load, path);
            let items = self.object(nth, load, &target, field.selection(), &join(path, field.key));
            self.fields[nth].by = by;
            self.fields[nth].what = match (kind, field.ty.is_non_null()) {
                (SourceKind::List, _) => What::List(items),
                (_, true) => What::Named(items),
                (_, false) => What::One(items),
            };
            self.fields[owner].children.push(nth);
            return Some(nth);
        }
        let one = called(field.name.strip_suffix("Connection")?)?;
        let (target, by) = ((one.target)(), self.lead(load, shape, one));
        let source = |kind| Source {
            kind,
            scope: Scope::List(ListScope::Joined(one.join)),
            shape: Some(target),
            link: one.link,
            position: one.position,
        };
        Some(self.connection(Some((owner, by)), source, &connection_name(shape, one), field, path))
    }

    /// A field on the rows of a load, of which its caller says what it is.
    pub(super) fn field(&mut self, field: &SelectedField<'_>, load: usize, within: &str) -> usize {
        self.fields.push(Field {
            key: field.key.to_owned(),
            name: field.name.to_owned(),
            paths: vec![join(within, field.key)],
            pos: field.pos,
            nullable: !field.ty.is_non_null(),
            by: 0,
            load,
            what: What::Count,
            children: Vec::new(),
            computed: Vec::new(),
            early: Vec::new(),
            beside: Vec::new(),
            is_named: false,
            arguments: Vec::new(),
            texts: 0,
        });
        self.fields.len() - 1
    }
}

/// From an id to the row that has it.
pub(super) fn itself(shape: &Shape) -> Scope {
    let key = Column::KEY.name;
    Scope::One(Join { source: shape.table, from: key, target: shape.table, to: key, link: None })
}

/// The path of a field within another.
pub(super) fn join(within: &str, key: &str) -> String {
    if within.is_empty() { key.to_owned() } else { format!("{within}.{key}") }
}

/// What is selected of a value that a resolver gives.
fn projection(field: &SelectedField<'_>) -> Projection {
    let type_name = field.ty.inner_named_type().as_str();
    let fields = field.selection().iter().map(|selected| {
        let projected = match selected.name {
            "__typename" => Projected::TypeName(type_name.to_owned()),
            name => Projected::Field(name.to_owned(), projection(selected)),
        };
        (selected.key.to_owned(), projected)
    });
    Projection { fields: fields.collect() }
}
