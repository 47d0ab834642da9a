//! An operation with its variables, in the form that is executed: what a selection set selects is decided, each field
//! stands once (GraphQL specification, section 6.3.2, "Field Collection").

use super::introspection::Introspected;
use super::schema::{Document, Kind, Refused};
use super::values::Values;
use apollo_compiler::{
    Name as TypeName, Node,
    executable::{DirectiveList, Field, Selection, SelectionSet},
    parser::SourceSpan,
    schema::ExtendedType,
};
use async_graphql::{
    Name, Pos, Positioned, ServerError, Variables,
    indexmap::IndexMap,
    parser::types::{
        DocumentOperations, ExecutableDocument, Field as PlainField, InlineFragment, OperationDefinition,
        OperationType, Selection as PlainSelection, SelectionSet as PlainSet, TypeCondition,
    },
};
use std::collections::{HashMap, HashSet};

/// An operation that is ready to be executed.
#[derive(Debug)]
pub struct Prepared {
    /// What it does.
    pub kind: Kind,
    /// The operation alone: without variables and directives, and without fragments but those on the types that an
    /// interface may be.
    pub executable: ExecutableDocument,
    /// What is answered already.
    pub introspected: Option<Introspected>,
}

impl Prepared {
    /// Whether nothing is left to be executed.
    pub fn is_answered(&self) -> bool {
        let DocumentOperations::Single(operation) = &self.executable.operations else { return false };
        self.introspected.is_some() && operation.node.selection_set.node.items.is_empty()
    }
}

impl Document {
    /// Prepares the operation that a request asks for.
    ///
    /// # Errors
    /// `GRAPHQL_VALIDATION_FAILED` where there is no such operation, `BAD_USER_INPUT` for variables that are not of
    /// their types, or that take too much where they are used.
    pub fn prepare(&self, name: Option<&str>, variables: &Variables) -> Result<Prepared, Refused> {
        let operation = self.operation(name)?;
        let values = Values::coerce(self, operation, variables)?;
        let mut collector = Collector { document: self, values };
        let mut selection_set = collector.set(operation.object_type(), &[&operation.selection_set])?;
        let items = &mut selection_set.items;
        let keys: Vec<Name> = items.iter().filter_map(|item| key(&item.node)).collect();
        items.retain(|item| !is_introspection(&item.node));
        let introspected = if keys.len() == items.len() {
            None
        } else {
            Some(Introspected::answer(self, operation, &collector.values, keys)?)
        };
        let pos = self.lines.of_span(operation.location());
        let kind = operation.operation_type.into();
        let operation = OperationDefinition {
            ty: match kind {
                Kind::Query => OperationType::Query,
                Kind::Mutation => OperationType::Mutation,
                Kind::Subscription => OperationType::Subscription,
            },
            variable_definitions: Vec::new(),
            directives: Vec::new(),
            selection_set: Positioned::new(selection_set, pos),
        };
        let operations = DocumentOperations::Single(Positioned::new(operation, pos));
        Ok(Prepared {
            kind,
            executable: ExecutableDocument { operations, fragments: HashMap::new() },
            introspected,
        })
    }
}

fn key(selection: &PlainSelection) -> Option<Name> {
    match selection {
        PlainSelection::Field(field) => Some(field.node.response_key().node.clone()),
        _ => None,
    }
}

fn is_introspection(selection: &PlainSelection) -> bool {
    match selection {
        PlainSelection::Field(field) => ["__schema", "__type"].contains(&field.node.name.node.as_str()),
        _ => false,
    }
}

/// The fields of one name in the response, in the order of the document.
type Groups<'a> = IndexMap<&'a str, Vec<&'a Node<Field>>>;

type Argument = (Positioned<Name>, Positioned<async_graphql_value::Value>);

struct Collector<'a> {
    document: &'a Document,
    values: Values<'a>,
}

impl<'a> Collector<'a> {
    /// What sets select together of a type.
    fn set(&mut self, ty: &TypeName, sets: &[&'a SelectionSet]) -> Result<PlainSet, ServerError> {
        let schema = &self.document.schema;
        let is_object = schema.definitions.types.get(ty).is_some_and(ExtendedType::is_object);
        if is_object || sets.iter().all(|set| self.selects_only(ty, set)) {
            return self.object(ty, sets);
        }
        // Of an interface each type may select other fields, in another order.
        let implementers = schema.implementers.get(ty);
        let mut items = Vec::new();
        for object in implementers.iter().flat_map(|implementers| &implementers.objects) {
            let selected = self.object(object, sets)?;
            if selected.items.is_empty() {
                continue;
            }
            let pos = selected.items[0].pos;
            let on = TypeCondition { on: Positioned::new(Name::new(object.as_str()), pos) };
            let fragment = InlineFragment {
                type_condition: Some(Positioned::new(on, pos)),
                directives: Vec::new(),
                selection_set: Positioned::new(selected, pos),
            };
            items.push(Positioned::new(PlainSelection::InlineFragment(Positioned::new(fragment, pos)), pos));
        }
        Ok(PlainSet { items })
    }

    /// Whether a set has no fragments on other types than this one.
    fn selects_only(&self, ty: &TypeName, set: &SelectionSet) -> bool {
        set.selections.iter().all(|selection| match selection {
            Selection::Field(_) => true,
            Selection::InlineFragment(inline) => {
                inline.type_condition.as_ref().is_none_or(|on| on == ty)
                    && self.selects_only(ty, &inline.selection_set)
            }
            Selection::FragmentSpread(spread) => {
                let fragment = self.document.executable.fragments.get(&spread.fragment_name);
                fragment.is_some_and(|fragment| {
                    fragment.type_condition() == ty && self.selects_only(ty, &fragment.selection_set)
                })
            }
        })
    }

    /// The same of an object type, or of an interface for which it makes no difference what the object is.
    fn object(&mut self, ty: &TypeName, sets: &[&'a SelectionSet]) -> Result<PlainSet, ServerError> {
        let (mut groups, mut spread) = (Groups::new(), HashSet::new());
        for set in sets {
            self.collect(ty, set, &mut groups, &mut spread);
        }
        let fields = groups.into_values().map(|fields| self.field(&fields));
        Ok(PlainSet { items: fields.collect::<Result<_, _>>()? })
    }

    fn collect(
        &self,
        ty: &TypeName,
        set: &'a SelectionSet,
        groups: &mut Groups<'a>,
        spread: &mut HashSet<&'a TypeName>,
    ) {
        for selection in &set.selections {
            if !self.is_included(selection.directives()) {
                continue;
            }
            match selection {
                Selection::Field(field) => {
                    groups.entry(field.response_name().as_str()).or_default().push(field);
                }
                Selection::InlineFragment(inline) => {
                    if inline.type_condition.as_ref().is_none_or(|on| self.applies(on, ty)) {
                        self.collect(ty, &inline.selection_set, groups, spread);
                    }
                }
                Selection::FragmentSpread(one) => {
                    let fragment = self.document.executable.fragments.get(&one.fragment_name);
                    if let Some(fragment) = fragment
                        && spread.insert(&one.fragment_name)
                        && self.applies(fragment.type_condition(), ty)
                    {
                        self.collect(ty, &fragment.selection_set, groups, spread);
                    }
                }
            }
        }
    }

    /// Sections 3.13.1 and 3.13.2, `@skip` and `@include`.
    fn is_included(&self, directives: &DirectiveList) -> bool {
        let condition = |name| {
            let directive = directives.get(name)?;
            Some(self.values.condition(directive.specified_argument_by_name("if")))
        };
        condition("skip") != Some(true) && condition("include") != Some(false)
    }

    /// Section 6.3.2, `DoesFragmentTypeApply`.
    fn applies(&self, on: &TypeName, ty: &TypeName) -> bool {
        on == ty || self.document.schema.definitions.is_subtype(on, ty)
    }

    /// Fields of one name in the response, as one field.
    fn field(&mut self, fields: &[&'a Node<Field>]) -> Result<Positioned<PlainSelection>, ServerError> {
        let first = fields[0];
        let pos = self.pos(first.location());
        let sets: Vec<&SelectionSet> =
            fields.iter().filter_map(|field| field.selection_set.as_ref()).collect();
        let field = PlainField {
            alias: first.alias.as_ref().map(|alias| Positioned::new(Name::new(alias.as_str()), pos)),
            name: Positioned::new(Name::new(first.name.as_str()), pos),
            arguments: self.arguments(first)?,
            directives: Vec::new(),
            selection_set: Positioned::new(self.set(first.ty().inner_named_type(), &sets)?, pos),
        };
        Ok(Positioned::new(PlainSelection::Field(Positioned::new(field, pos)), pos))
    }

    fn arguments(&mut self, field: &Field) -> Result<Vec<Argument>, ServerError> {
        let mut arguments = Vec::with_capacity(field.arguments.len());
        for argument in &field.arguments {
            let Some(definition) = field.definition.argument_by_name(&argument.name) else { continue };
            if let Some(value) = self.values.of(&definition.ty, &argument.value)? {
                let pos = self.pos(argument.location());
                let name = Positioned::new(Name::new(argument.name.as_str()), pos);
                arguments
                    .push((name, Positioned::new(value.into_value(), self.pos(argument.value.location()))));
            }
        }
        Ok(arguments)
    }

    fn pos(&self, location: Option<SourceSpan>) -> Pos {
        self.document.lines.of_span(location)
    }
}
