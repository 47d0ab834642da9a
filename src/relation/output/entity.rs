//! The object type of an entity, and the types that its relationships need.

use super::fields::{Fields, add_field, description, register_object};
use crate::relation::input::types::{FilterKind, InputKind, OrderKind, input_field, scalar};
use crate::relation::model::{Column, Relationship, Shape, camel_case, names::pascal_case};
use async_graphql::{
    OutputType,
    registry::{MetaInputValue, MetaType, Registry},
};

/// Registers the type of an entity with everything that it leads to; returns its name.
pub fn register_entity(shape: &Shape, registry: &mut Registry) -> &'static str {
    (shape.register)(registry);
    let is_whole = |fields: &Fields| {
        shape.relationships.iter().all(|relationship| fields.contains_key(&relationship.field_name()))
            && shape.resolvers.iter().all(|resolver| fields.contains_key(&camel_case(resolver.field)))
    };
    if matches!(registry.types.get(shape.name), Some(MetaType::Object { fields, .. }) if is_whole(fields)) {
        return shape.name;
    }
    let types = types_of(shape.columns, registry);
    let mut added = Fields::new();
    for relationship in shape.relationships {
        let (name, target) = (relationship.field_name(), (relationship.target)());
        let text = description(relationship.description);
        if relationship.is_to_one() {
            let null = if relationship.is_nullable() { "" } else { "!" };
            add_field(&mut added, name, format!("{}{null}", target.name), text);
        } else {
            add_lists(&mut added, &name, &target, &connection_name(shape, relationship), &text);
        }
    }
    for resolver in shape.resolvers {
        let (ty, arguments) = ((resolver.ty)(registry), (resolver.arguments)(registry));
        let field = add_field(&mut added, camel_case(resolver.field), ty, description(resolver.description));
        field.args = arguments.into_iter().map(|one| (one.name.clone(), one)).collect();
    }
    if let Some(MetaType::Object { fields, .. }) = registry.types.get_mut(shape.name) {
        set_types(fields, types);
        fields.extend(added);
    }
    // Their types may lead back here, where all fields are known by now.
    for relationship in shape.relationships {
        let target = (relationship.target)();
        register_entity(&target, registry);
        if !relationship.is_to_one() {
            register_list(shape, Some(relationship), &target, registry);
        }
    }
    shape.name
}

/// The GraphQL types of columns, by the names of their fields.
fn types_of(columns: &[Column], registry: &mut Registry) -> Vec<(String, String)> {
    columns.iter().map(|column| (column.graphql_name(), type_of(column, registry))).collect()
}

/// The columns decide, whatever the Rust type of the field: a number of 64 bits is a `BigInt`.
fn set_types(fields: &mut Fields, types: Vec<(String, String)>) {
    for (name, ty) in types {
        if let Some(field) = fields.get_mut(&name) {
            field.ty = ty;
        }
    }
}

/// The GraphQL type of a column.
fn type_of(column: &Column, registry: &mut Registry) -> String {
    let mut ty = scalar(column.kind, registry);
    if column.nullable {
        ty.truncate(ty.trim_end_matches('!').len());
    }
    ty
}

/// What the names of a connection's types begin with. Those of a many-to-many relationship have fields of its link.
fn prefix(source: &Shape, relationship: &Relationship) -> String {
    match relationship.link {
        Some(_) => source.name.to_owned() + &pascal_case(relationship.field),
        None => (relationship.target)().name.to_owned(),
    }
}

/// The name of a connection's type: `UserConnection`, `BlogPostTagsConnection`.
pub fn connection_name(source: &Shape, relationship: &Relationship) -> String {
    prefix(source, relationship) + "Connection"
}

/// The name of its edges' type.
pub fn edge_name(connection: &str) -> String {
    format!("{}Edge", connection.trim_end_matches("Connection"))
}

/// The list and the connection of `target`.
pub(super) fn add_lists(fields: &mut Fields, name: &str, target: &Shape, connection: &str, text: &str) {
    let list = add_field(fields, name, format!("[{}!]!", target.name), text);
    let int = |name, ty, text: &str, default: Option<&str>| {
        let mut argument = MetaInputValue::new(name, ty);
        argument.description = Some(text.to_owned());
        argument.default_value = default.map(str::to_owned);
        argument
    };
    let matching = || {
        [
            input_field(
                "where",
                &FilterKind::name(target),
                "Return only rows that match. A filter may have up to 500 conditions.".into(),
            ),
            input_field(
                "orderBy",
                &format!("[{}!]", OrderKind::name(target)),
                "Up to 10 sort keys, instead of the default order. The id breaks ties, in the direction of the last key."
                    .into(),
            ),
        ]
    };
    let mut arguments = vec![
        int("limit", "Int!", "The most rows to return: 0 to 1,000.", Some("100")),
        int(
            "offset",
            "Int!",
            "Rows to skip: 0 to 2,147,483,647. For long lists, `after` in the connection is faster.",
            Some("0"),
        ),
    ];
    arguments.extend(matching());
    list.args = arguments.into_iter().map(|one| (one.name.clone(), one)).collect();
    let text = format!("{text}\nAs pages with cursors (Relay).");
    let pages = add_field(fields, format!("{name}Connection"), format!("{connection}!"), text);
    let after = "It must come from the same field with the same `orderBy`.";
    let mut arguments = vec![
        int(
            "first",
            "Int",
            "The number of rows to return, starting at `after`: 0 to 1,000. The default is 100, unless `last` is given.",
            None,
        ),
        int("after", "String", &format!("Only rows after this cursor. {after}"), None),
        int(
            "last",
            "Int",
            "The number of rows to return from the end, up to `before`: 0 to 1,000. Not together with `first`.",
            None,
        ),
        int("before", "String", &format!("Only rows before this cursor. {after}"), None),
    ];
    arguments.extend(matching());
    pages.args = arguments.into_iter().map(|one| (one.name.clone(), one)).collect();
}

/// Registers what a list of `target` and its connection need. Those of root fields have no relationship.
pub(super) fn register_list(
    source: &Shape,
    relationship: Option<&Relationship>,
    target: &Shape,
    registry: &mut Registry,
) {
    FilterKind::register(target, registry);
    OrderKind::register(target, registry);
    let connection = match relationship {
        Some(relationship) => connection_name(source, relationship),
        None => format!("{}Connection", target.name),
    };
    let edge = edge_name(&connection);
    register_object(registry, &edge, EDGE, |registry| {
        let mut fields = Fields::new();
        add_field(&mut fields, "cursor", String::create_type_info(registry), CURSOR);
        add_field(&mut fields, "node", format!("{}!", target.name), "The row.");
        if let Some(link) = relationship.and_then(|relationship| Some(relationship.link?())) {
            let (mut own, types) = ((link.fields)(registry), types_of(&link.columns, registry));
            set_types(&mut own, types);
            fields.extend(own);
        }
        fields
    });
    register_object(registry, &connection, "One page of a list (Relay Cursor Connections).", |registry| {
        let mut fields = Fields::new();
        let text = "The page's rows in order, each with its cursor.";
        add_field(&mut fields, "edges", format!("[{edge}!]!"), text);
        let text = "The page's rows in order, without cursors.";
        add_field(&mut fields, "nodes", format!("[{}!]!", target.name), text);
        let text = "Whether there are other pages, and the cursors to get them.";
        add_field(&mut fields, "pageInfo", page_info(registry), text);
        let text = "The number of rows that match `where`, on all pages together. It costs one more SQL statement, only if you select it.";
        add_field(&mut fields, "totalCount", i64::create_type_info(registry), text);
        fields
    });
}

const EDGE: &str = "A row and its cursor. In a many-to-many list, also the columns of the join table.";

const CURSOR: &str = "The row's position in this list and order, for `after` and `before`. A cursor never expires, even if its row is\n\
     deleted. It is a BAD_USER_INPUT error if the row's values in the order are longer than 12 KB.";

const PAGE_INFO: &str = "Where a page is in its list. All four fields are exact, even if rows were added or deleted since the cursor was issued.";

fn page_info(registry: &mut Registry) -> String {
    register_object(registry, "PageInfo", PAGE_INFO, |registry| {
        let mut fields = Fields::new();
        let flag = bool::create_type_info(registry);
        add_field(&mut fields, "hasNextPage", flag.clone(), "Whether there are rows after this page.");
        add_field(&mut fields, "hasPreviousPage", flag, "Whether there are rows before this page.");
        let text = "The first row's cursor: pass it as `before` to get the previous page. Null if the page is empty.";
        add_field(&mut fields, "startCursor", "String", text);
        let text =
            "The last row's cursor: pass it as `after` to get the next page. Null if the page is empty.";
        add_field(&mut fields, "endCursor", "String", text);
        fields
    })
}
