//! What an operation selects, once `@skip` and `@include` are decided: each field once, for each type that an object may
//! be (GraphQL specification, section 6.3.2, "Field Collection").

use super::schema::{Document, Kind, Refused};
use super::values::Values;
use apollo_compiler::{
    Name as TypeName, Node,
    ast::{Type, Value},
    executable::{DirectiveList, Field, Operation, Selection as Selected, SelectionSet},
    parser::SourceSpan,
    schema::ExtendedType,
};
use async_graphql::{
    Name, Pos, Positioned, ServerError, Value as Constant, Variables,
    indexmap::IndexMap,
    parser::types::{
        DocumentOperations, ExecutableDocument, Field as PlainField, OperationDefinition, OperationType,
        Selection as PlainSelection, SelectionSet as PlainSet,
    },
};
use std::collections::{HashMap, HashSet};

/// A request's operation, with its variables coerced.
pub struct Requested<'a> {
    pub(super) document: &'a Document,
    pub(super) operation: &'a Node<Operation>,
    pub(super) values: Values<'a>,
}

/// The fields that are selected of an object, in the order of the response.
pub type Selection<'a> = Vec<SelectedField<'a>>;

/// A field that is selected, in one place or in several that are merged.
#[derive(Debug)]
pub struct SelectedField<'a> {
    /// Its name in the response.
    pub key: &'a str,
    /// Its name in the schema.
    pub name: &'a str,
    /// Where it first stands.
    pub pos: Pos,
    /// Its type.
    pub ty: &'a Type,
    /// Its arguments, as they were written.
    pub arguments: Vec<Argument<'a>>,
    /// What is selected of its value, for each object type that this may be.
    pub objects: Vec<(&'a str, Selection<'a>)>,
}

/// An argument.
#[derive(Debug, Clone, PartialEq)]
pub struct Argument<'a> {
    /// Its name.
    pub name: &'a str,
    ty: &'a Type,
    value: &'a Node<Value>,
}

impl<'a> SelectedField<'a> {
    /// Whether an argument depends on variables, of it or of anything below.
    pub fn varies(&self) -> bool {
        let below = self.objects.iter().flat_map(|(_, selection)| selection);
        self.arguments.iter().any(Argument::is_variable) || below.into_iter().any(SelectedField::varies)
    }

    /// What is selected of the one type that its value can have.
    pub fn selection(&self) -> &[SelectedField<'a>] {
        self.objects.first().map_or(&[], |(_, selection)| selection)
    }
}

impl Argument<'_> {
    /// Whether its value depends on variables.
    pub fn is_variable(&self) -> bool {
        fn varies(value: &Value) -> bool {
            match value {
                Value::Variable(_) => true,
                Value::List(items) => items.iter().any(|item| varies(item)),
                Value::Object(fields) => fields.iter().any(|(_, value)| varies(value)),
                _ => false,
            }
        }
        varies(self.value)
    }

    /// A copy that outlives the document's loan; the parts of a document are shared, so it costs little.
    pub fn to_owned(&self) -> OwnedArgument {
        OwnedArgument { name: self.name.to_owned(), ty: self.ty.clone(), value: self.value.clone() }
    }
}

/// An argument, to be evaluated by each request.
#[derive(Debug, Clone, PartialEq)]
pub struct OwnedArgument {
    /// Its name.
    pub name: String,
    ty: Type,
    value: Node<Value>,
}

impl OwnedArgument {
    /// The bytes of its text.
    pub fn length(&self) -> usize {
        self.value.location().map_or(0, |span| span.node_len())
    }
}

impl Document {
    /// The operation that a request asks for.
    ///
    /// # Errors
    /// `GRAPHQL_VALIDATION_FAILED` where there is no such operation, `BAD_USER_INPUT` for variables that are not of
    /// their types.
    pub fn request(&self, name: Option<&str>, variables: &Variables) -> Result<Requested<'_>, Refused> {
        let operation = self.operation(name)?;
        let values = Values::coerce(self, operation, variables)?;
        Ok(Requested { document: self, operation, values })
    }
}

impl<'a> Requested<'a> {
    /// What it does.
    pub fn kind(&self) -> Kind {
        self.operation.operation_type.into()
    }

    /// The operation's name.
    pub fn name(&self) -> Option<&'a str> {
        self.operation.name.as_ref().map(TypeName::as_str)
    }

    /// Where the operation stands.
    pub fn pos(&self) -> Pos {
        self.document.lines.of_span(self.operation.location())
    }

    /// The variables that decide `@skip` and `@include`, by their values. Operations that agree in them select the same.
    pub fn conditions(&self) -> Vec<bool> {
        let is_true = |name: &TypeName| self.values.is_true(name);
        self.document.conditions().iter().map(is_true).collect()
    }

    /// What it selects.
    pub fn selection(&self) -> Selection<'a> {
        let collector = Collector { document: self.document, values: &self.values };
        collector.object(self.operation.object_type(), &[&self.operation.selection_set])
    }

    /// The value of an argument; nothing where it is a variable that has none.
    ///
    /// # Errors
    /// Where the values of variables, put in their places, take too much.
    pub fn value(&mut self, argument: &OwnedArgument) -> Result<Option<Constant>, ServerError> {
        self.values.of(&argument.ty, &argument.value)
    }

    /// The operation's root fields with their arguments, and without anything below them, for async-graphql's roots.
    ///
    /// # Errors
    /// As [`Requested::value`].
    pub fn root_fields(&mut self) -> Result<ExecutableDocument, ServerError> {
        let (mut groups, ty) = (Groups::new(), self.operation.object_type());
        let collector = Collector { document: self.document, values: &self.values };
        collector.collect(ty, &self.operation.selection_set, &mut groups, &mut HashSet::new());
        let mut items = Vec::with_capacity(groups.len());
        for (key, fields) in groups {
            let field = fields[0];
            let pos = self.document.lines.of_span(field.location());
            let at = |name: &str| Positioned::new(Name::new(name), pos);
            let mut arguments = Vec::with_capacity(field.arguments.len());
            for argument in &field.arguments {
                if let Some(definition) = field.definition.argument_by_name(&argument.name)
                    && let Some(value) = self.values.of(&definition.ty, &argument.value)?
                {
                    arguments.push((at(&argument.name), Positioned::new(value.into_value(), pos)));
                }
            }
            let plain = PlainField {
                alias: (key != field.name.as_str()).then(|| at(key)),
                name: at(&field.name),
                arguments,
                directives: Vec::new(),
                selection_set: Positioned::default(),
            };
            items.push(Positioned::new(PlainSelection::Field(Positioned::new(plain, pos)), pos));
        }
        let operation = OperationDefinition {
            ty: match self.kind() {
                Kind::Query => OperationType::Query,
                Kind::Mutation => OperationType::Mutation,
                Kind::Subscription => OperationType::Subscription,
            },
            variable_definitions: Vec::new(),
            directives: Vec::new(),
            selection_set: Positioned::new(PlainSet { items }, self.pos()),
        };
        let operations = DocumentOperations::Single(Positioned::new(operation, self.pos()));
        Ok(ExecutableDocument { operations, fragments: HashMap::new() })
    }
}

/// The fields of one name in the response, in the order of the document.
type Groups<'a> = IndexMap<&'a str, Vec<&'a Node<Field>>>;

struct Collector<'a, 'v> {
    document: &'a Document,
    values: &'v Values<'a>,
}

impl<'a> Collector<'a, '_> {
    /// What sets select together of an object type.
    fn object(&self, ty: &TypeName, sets: &[&'a SelectionSet]) -> Selection<'a> {
        let (mut groups, mut spread) = (Groups::new(), HashSet::new());
        for set in sets {
            self.collect(ty, set, &mut groups, &mut spread);
        }
        groups.into_values().map(|fields| self.field(&fields)).collect()
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
                Selected::Field(field) => {
                    groups.entry(field.response_name().as_str()).or_default().push(field);
                }
                Selected::InlineFragment(inline) => {
                    if inline.type_condition.as_ref().is_none_or(|on| self.applies(on, ty)) {
                        self.collect(ty, &inline.selection_set, groups, spread);
                    }
                }
                Selected::FragmentSpread(one) => {
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
    fn field(&self, fields: &[&'a Node<Field>]) -> SelectedField<'a> {
        let first = fields[0];
        let sets: Vec<&SelectionSet> =
            fields.iter().filter_map(|field| field.selection_set.as_ref()).collect();
        let arguments = first.arguments.iter().filter_map(|argument| {
            let definition = first.definition.argument_by_name(&argument.name)?;
            Some(Argument { name: &argument.name, ty: &definition.ty, value: &argument.value })
        });
        SelectedField {
            key: first.response_name(),
            name: &first.name,
            pos: self.pos(first.location()),
            ty: first.ty(),
            arguments: arguments.collect(),
            objects: self.objects(first.ty().inner_named_type(), &sets),
        }
    }

    /// What sets select together of a type, for each object type that it may be.
    fn objects(&self, ty: &'a TypeName, sets: &[&'a SelectionSet]) -> Vec<(&'a str, Selection<'a>)> {
        let schema = &self.document.schema;
        match schema.definitions.types.get(ty) {
            Some(ExtendedType::Object(_)) => vec![(ty, self.object(ty, sets))],
            Some(ExtendedType::Interface(_) | ExtendedType::Union(_)) => {
                let implementers = schema.implementers.get(ty);
                let objects = implementers.iter().flat_map(|implementers| &implementers.objects);
                objects.map(|object| (object.as_str(), self.object(object, sets))).collect()
            }
            _ => Vec::new(),
        }
    }

    fn pos(&self, location: Option<SourceSpan>) -> Pos {
        self.document.lines.of_span(location)
    }
}
