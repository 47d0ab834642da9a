//! The root fields that lead to entities, and the interface of all of them.

use super::entity::{add_lists, register_entity, register_list};
use super::fields::{Fields, add_field, description};
use crate::relation::entity::Entity;
use crate::relation::input::types::{input_field, required_field};
use crate::relation::model::{ColumnKind, Shape, Stored};
use async_graphql::{
    ContainerType, Context, ContextSelectionSet, ID, ObjectType, OutputType, Positioned, ServerResult, Value,
    indexmap::IndexMap,
    parser::types::Field,
    registry::{MetaType, MetaTypeId, ObjectBuilder, Registry},
};
use std::{borrow::Cow, marker::PhantomData};

/// The root fields that lead to an entity, as data.
#[derive(Debug, Clone, Copy)]
pub struct RootFields {
    /// Of which entity.
    pub shape: Shape,
    /// The field for one row: `user`.
    pub one: &'static str,
    /// Its description.
    pub one_text: &'static str,
    /// The description of the argument for the row's name, if the row may be asked for by that: `username`.
    pub by_name: Option<NamedBy>,
    /// The list, in Rust: `blog_posts`. Its connection has the same name with `Connection` behind it.
    pub list: &'static str,
    /// Its description.
    pub list_text: &'static str,
}

/// The argument for a row's name.
#[derive(Debug, Clone, Copy)]
pub struct NamedBy {
    /// The column, and the argument.
    pub column: &'static str,
    /// Its description.
    pub text: &'static str,
}

/// An entity with root fields. Written by [`queries!`](crate::queries).
pub trait Queried: Entity {
    /// Its root fields.
    fn root_fields() -> RootFields;
}

/// The part of the query root that leads to `T`. The engine resolves its fields.
#[derive(Debug)]
pub struct Queries<T>(PhantomData<fn() -> T>);

impl<T> Default for Queries<T> {
    fn default() -> Self {
        Queries(PhantomData)
    }
}

impl<T: Queried> OutputType for Queries<T> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Query", <T as Stored>::NAME).into()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        registry.create_output_type::<Self, _>(MetaTypeId::Object, |registry| {
            ObjectBuilder::new(Self::type_name(), T::root_fields().fields(registry))
                .rust_typename(std::any::type_name::<Self>())
                .build()
        })
    }

    async fn resolve(&self, _: &ContextSelectionSet<'_>, _: &Positioned<Field>) -> ServerResult<Value> {
        Ok(Value::Null)
    }
}

impl<T: Queried> ContainerType for Queries<T> {
    async fn resolve_field(&self, _: &Context<'_>) -> ServerResult<Option<Value>> {
        Ok(None)
    }
}

impl<T: Queried> ObjectType for Queries<T> {}

impl RootFields {
    fn fields(&self, registry: &mut Registry) -> Fields {
        let mut fields = Fields::new();
        register_entity(&self.shape, registry);
        ID::create_type_info(registry);
        let one = add_field(&mut fields, self.one_name(), self.shape.name, description(self.one_text));
        let id = "The row's id, a UUID.".to_owned();
        let arguments = match self.by_name {
            Some(NamedBy { column, text }) => {
                let name = crate::relation::model::camel_case(column);
                vec![input_field("id", "ID", id), input_field(name, "String", text.to_owned())]
            }
            None => vec![required_field("id", "ID", id)],
        };
        one.args = arguments.into_iter().map(|argument| (argument.name.clone(), argument)).collect();
        let connection = format!("{}Connection", self.shape.name);
        add_lists(&mut fields, &self.list_name(), &self.shape, &connection, &description(self.list_text));
        register_list(&self.shape, None, &self.shape, registry);
        fields
    }

    /// The field for one row, in GraphQL.
    pub fn one_name(&self) -> String {
        crate::relation::model::camel_case(self.one)
    }

    /// The list, in GraphQL.
    pub fn list_name(&self) -> String {
        crate::relation::model::camel_case(self.list)
    }
}

/// The name of the interface of all entities.
const NODE: &str = "Node";

/// Registers the interface of all entities (Relay, Global Object Identification), and returns the root fields that find a
/// row of any type.
pub fn register_nodes(shapes: &[Shape], registry: &mut Registry) -> Fields {
    let numbered = shapes.iter().find(|shape| shape.key().kind != ColumnKind::Id);
    let more = numbered.map_or(String::new(), |shape| {
        format!(" For a type whose ids are numbers, its name and the number, as in `{}:7`: other types may have a row with this number too.", shape.name)
    });
    if !registry.types.contains_key(NODE) {
        let mut fields = Fields::new();
        let text = match numbered {
            None => "The primary key: a UUID that is unique across all types.",
            Some(_) => {
                "The primary key: a UUID that is unique across all types, or a number that is unique in its own type."
            }
        };
        add_field(&mut fields, "id", ID::create_type_info(registry), text);
        let interface = MetaType::Interface {
            name: NODE.to_owned(),
            description: Some(
                match numbered {
                    None => "An object with an id that is unique across all types (Relay, Global Object Identification)."
                        .to_owned(),
                    Some(shape) => format!(
                        "An object with an id. Across all types, a UUID is unique by itself, and a number together with `__typename`: \
                         `node` takes the number 7 of a type as `{}:7`.",
                        shape.name
                    ),
                },
            ),
            fields,
            possible_types: shapes.iter().map(|shape| shape.name.to_owned()).collect(),
            extends: false,
            keys: None,
            visible: None,
            inaccessible: false,
            tags: Vec::new(),
            rust_typename: None,
            directive_invocations: Vec::new(),
            requires_scopes: Vec::new(),
        };
        registry.types.insert(NODE.to_owned(), interface);
        for shape in shapes {
            register_entity(shape, registry);
            registry.add_implements(shape.name, NODE);
        }
    }
    let mut fields = IndexMap::new();
    let text = "Finds a row of any type by id. Null if there is no such row.";
    let node = add_field(&mut fields, "node", NODE, text);
    let id = required_field("id", "ID", format!("The row's id, a UUID.{more}"));
    node.args.insert(id.name.clone(), id);
    let text = "Finds rows of any type by id. The result has the order of `ids`, with null for each id that has no row.";
    let nodes = add_field(&mut fields, "nodes", format!("[{NODE}]!"), text);
    let ids = required_field("ids", "[ID!]", format!("The rows' ids: up to 1,000 UUIDs.{more}"));
    nodes.args.insert(ids.name.clone(), ids);
    fields
}
