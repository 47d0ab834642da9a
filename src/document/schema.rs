//! Reads a text and validates it against the schema.

use super::limits::Limits;
use super::lines::Lines;
use super::problem::Problem;
use super::{colons, rules};
use crate::error::{BAD_USER_INPUT, GRAPHQL_PARSE_FAILED, GRAPHQL_VALIDATION_FAILED, coded};
use apollo_compiler::{
    ExecutableDocument, Name, Node,
    ast::{self, OperationType},
    collections::HashMap,
    diagnostic::ToCliReport,
    executable::Operation,
    introspection,
    parser::Parser,
    schema::Implementers,
    validation::{DiagnosticList, Valid},
};
use async_graphql::ServerError;
use std::{
    any::Any,
    sync::{Arc, Mutex, PoisonError},
};

/// The schema that documents are validated against, with the limits of documents.
#[derive(Debug)]
pub struct Schema {
    pub(super) definitions: Valid<apollo_compiler::Schema>,
    pub(super) implementers: HashMap<Name, Implementers>,
    pub(super) limits: Limits,
}

/// A schema that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the schema is not valid: {0}")]
pub struct BadSchema(String);

/// Why a document is not executed: request errors (GraphQL specification, section 7.1.2).
#[derive(Debug, Default)]
pub struct Refused {
    /// What is wrong with it.
    pub errors: Vec<ServerError>,
    /// The operations of a document that could be parsed.
    operations: Vec<(Option<Name>, Kind)>,
}

impl From<Vec<ServerError>> for Refused {
    fn from(errors: Vec<ServerError>) -> Refused {
        Refused { errors, operations: Vec::new() }
    }
}

impl From<ServerError> for Refused {
    fn from(error: ServerError) -> Refused {
        vec![error].into()
    }
}

impl Refused {
    /// What the operation would do that a request asks for; nothing where the document has none, or is not parsed.
    pub fn kind(&self, name: Option<&str>) -> Option<Kind> {
        match name {
            Some(name) => {
                let mut operations = self.operations.iter();
                operations.find(|(known, _)| known.as_deref() == Some(name)).map(|(_, kind)| *kind)
            }
            None => self.operations.first().filter(|_| self.operations.len() == 1).map(|(_, kind)| *kind),
        }
    }
}

/// What an operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Kind {
    Query,
    Mutation,
    Subscription,
}

/// A valid document.
#[derive(Debug)]
pub struct Document {
    pub(super) schema: Arc<Schema>,
    pub(super) executable: Valid<ExecutableDocument>,
    pub(super) lines: Lines,
    /// The variables that stand in a condition of `@skip` or `@include`.
    conditions: Vec<Name>,
    length: usize,
    size: usize,
    /// What is made of it, each with what it depends on.
    kept: Mutex<Vec<Kept>>,
}

/// Something that was made of a document's operation, as its variables select.
#[derive(Debug)]
struct Kept {
    operation: Option<String>,
    conditions: Vec<bool>,
    made: Arc<dyn Any + Send + Sync>,
    bytes: usize,
    is_all: bool,
}

/// The most things that are kept with a document. Its operations are few, and so are the forms that conditions give them.
const KEPT: usize = 16;

impl Schema {
    /// Reads a schema from its definition language.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(sdl: &str, limits: Limits) -> Result<Arc<Schema>, BadSchema> {
        let definitions = apollo_compiler::Schema::parse_and_validate(sdl, "schema.graphql")
            .map_err(|invalid| BadSchema(invalid.errors.to_string()))?;
        let implementers = definitions.implementers_map();
        Ok(Arc::new(Schema { definitions, implementers, limits }))
    }

    /// The same schema with other limits.
    #[must_use]
    pub fn within(self: &Arc<Schema>, limits: Limits) -> Arc<Schema> {
        if self.limits == limits {
            return self.clone();
        }
        let (definitions, implementers) = (self.definitions.clone(), self.implementers.clone());
        Arc::new(Schema { definitions, implementers, limits })
    }

    /// Reads a document.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` for one that is too large, `GRAPHQL_PARSE_FAILED` for one that is no GraphQL (section 2),
    /// `GRAPHQL_VALIDATION_FAILED` for one that the schema does not allow (section 5).
    pub fn document(self: &Arc<Schema>, text: &str) -> Result<Document, Refused> {
        let tokens = self.limits.check_text(text)?;
        let lines = Lines::of(text);
        let syntax = Parser::new().parse_ast(text, "").map_err(|invalid| {
            // One mistake makes many of these.
            let first = problems(&invalid.errors).into_iter().take(1);
            lines.errors(GRAPHQL_PARSE_FAILED, first.map(Problem::in_plain_words))
        })?;
        if let Some(at) = colons::missing(text) {
            let error =
                coded(GRAPHQL_PARSE_FAILED, "syntax error: expected a `:` and a value after the name");
            return Err(error.into_server_error(lines.position(at)).into());
        }
        self.limits.check(&syntax, tokens)?;
        rules::check_syntax(&syntax)
            .map_err(|problem| lines.errors(GRAPHQL_PARSE_FAILED, std::iter::once(problem)))?;
        let executable = self.validate(&syntax).map_err(|problems| {
            let problems = problems
                .into_iter()
                .map(|problem| problem.placed_in(&syntax).with_suggestion(&self.definitions).reworded());
            let errors = lines.errors(GRAPHQL_VALIDATION_FAILED, problems);
            Refused { errors, operations: operations(&syntax) }
        })?;
        for operation in executable.operations.iter() {
            introspection::check_max_depth(&executable, operation).map_err(|error| {
                let text = "introspection lists are nested more than 2 levels deep";
                lines.error(BAD_USER_INPUT, text, error.location())
            })?;
        }
        // A parsed document takes some twenty times its text.
        let size = text.len() * 24 + lines.size() + 1024;
        let conditions = rules::variables_of_conditions(&syntax);
        let (schema, length, kept) = (self.clone(), text.len(), Mutex::default());
        Ok(Document { schema, executable, lines, conditions, length, size, kept })
    }

    fn validate(&self, syntax: &ast::Document) -> Result<Valid<ExecutableDocument>, Vec<Problem>> {
        let mut found = rules::unique_input_fields(syntax);
        let executable = match syntax.to_executable_validate(&self.definitions) {
            Ok(valid) => valid,
            Err(invalid) => {
                found.extend(problems(&invalid.errors));
                // The errors were those of the one rule that is ours, or there are more.
                Valid::assume_valid(invalid.partial)
            }
        };
        found.extend(rules::single_root_fields(&executable));
        if found.is_empty() { Ok(executable) } else { Err(found) }
    }
}

/// The problems that `apollo-compiler` finds, but for those of a rule that it does not follow to the letter.
fn problems(errors: &DiagnosticList) -> Vec<Problem> {
    let ours = |name: Option<&str>| name == Some("SubscriptionUsesMultipleFields");
    let errors = errors.iter().filter(|found| !ours(found.error.unstable_error_name()));
    errors.map(|found| Problem::new(found.error.to_string(), found.error.location())).collect()
}

fn operations(syntax: &ast::Document) -> Vec<(Option<Name>, Kind)> {
    let operations = syntax.definitions.iter().filter_map(ast::Definition::as_operation_definition);
    operations.map(|operation| (operation.name.clone(), operation.operation_type.into())).collect()
}

impl Document {
    /// The operation that a request asks for (section 6.1, `GetOperation`).
    ///
    /// # Errors
    /// `GRAPHQL_VALIDATION_FAILED` where there is none, or it is not said which one.
    pub(super) fn operation(&self, name: Option<&str>) -> Result<&Node<Operation>, Refused> {
        self.executable.operations.get(name).map_err(|_| {
            let text = match name {
                Some(name) => format!("the document has no operation named {name:?}"),
                None => "the document has several operations: name one as `operationName`".to_owned(),
            };
            self.lines.error(GRAPHQL_VALIDATION_FAILED, text, None).into()
        })
    }

    /// What the operation does that a request asks for; nothing where there is none.
    pub fn kind(&self, name: Option<&str>) -> Option<Kind> {
        self.operation(name).ok().map(|operation| operation.operation_type.into())
    }

    /// The variables that stand in a condition of `@skip` or `@include`, anywhere in the document.
    pub(super) fn conditions(&self) -> &[Name] {
        &self.conditions
    }

    /// What `make` makes of an operation, made now or before. Conditions that variables decide
    /// ([`Requested::conditions`](super::Requested::conditions)) may make something else of it. `measure` says about how many
    /// bytes it takes, and whether it is all that takes long to be made for the operation.
    ///
    /// # Errors
    /// Those of `make`, which are not kept.
    pub fn keep<T: Send + Sync + 'static, E>(
        &self,
        operation: Option<&str>,
        conditions: Vec<bool>,
        make: impl FnOnce() -> Result<T, E>,
        measure: impl FnOnce(&T) -> (usize, bool),
    ) -> Result<Arc<T>, E> {
        let kept = || self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |known: &&Kept| known.operation.as_deref() == operation && known.conditions == conditions;
        let known = kept().iter().find(same).map(|known| known.made.clone());
        if let Some(known) = known.and_then(|made| made.downcast().ok()) {
            return Ok(known);
        }
        let made = Arc::new(make()?);
        let mut kept = kept();
        if kept.len() >= KEPT {
            kept.remove(0);
        }
        let (bytes, is_all) = measure(&made);
        let operation = operation.map(str::to_owned);
        kept.push(Kept { operation, conditions, made: made.clone(), bytes, is_all });
        Ok(made)
    }

    /// Whether what takes long to make for an operation is kept. What is kept may be for other conditions, unless there are too many
    /// of these.
    pub fn keeps(&self, operation: Option<&str>) -> bool {
        // There is no such operation, which is quickly said.
        let Ok(operation) = self.operation(operation) else { return true };
        let operation = operation.name.as_ref().map(Name::as_str);
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.len() < KEPT && kept.iter().any(|known| known.operation.as_deref() == operation && known.is_all)
    }

    /// The bytes of its text.
    pub fn length(&self) -> usize {
        self.length
    }

    /// About how many bytes it takes, with what is kept with it.
    pub(super) fn size(&self) -> usize {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        self.size + kept.iter().map(|kept| kept.bytes).sum::<usize>()
    }
}

impl From<OperationType> for Kind {
    fn from(operation: OperationType) -> Kind {
        match operation {
            OperationType::Query => Kind::Query,
            OperationType::Mutation => Kind::Mutation,
            OperationType::Subscription => Kind::Subscription,
        }
    }
}
