//! The input types of mutations, made from the columns and relationships of the entities.

use crate::relation::{
    Column, ColumnKind, Entity, Input, InputKind, Kind, Relationship, Shape, input_field, key,
    names::first_upper, names::pascal_case, register, required_field, same_text, scalar,
};
use async_graphql::{
    ID, InputType,
    registry::{MetaInputValue, Registry},
};
use std::marker::PhantomData;

/// The most rows that a bulk mutation takes.
pub(in crate::mutation) const MAX_ROWS: usize = 1000;
/// The most rows of one kind within a row.
pub(in crate::mutation) const MAX_NESTED: usize = 1000;
/// The most rows on the other side of a join table.
pub(in crate::mutation) const MAX_LINKS: usize = 100;

/// `CreateUserInput`.
pub type Create<T> = Input<T, CreateKind>;
/// The kind of [`Create`].
pub struct CreateKind;
/// `UpdateUserInput`.
pub type Update<T> = Input<T, UpdateKind>;
/// The kind of [`Update`].
pub struct UpdateKind;
/// `DeleteUserInput`.
pub type Delete<T> = Input<T, DeleteKind>;
/// The kind of [`Delete`].
pub struct DeleteKind;
/// `UpsertUserInput`.
pub type Upsert<T> = Input<T, UpsertKind>;
/// The kind of [`Upsert`].
pub struct UpsertKind;
/// `MoveBlogPostTagInput`: the new position of a `T` in a list of `P`.
pub type Move<P, T, const LIST: u64> = Input<P, MoveKind<T, LIST>>;
/// The kind of [`Move`]. `LIST` is [`key`] of the list's field, or 0 for the only one.
pub struct MoveKind<T, const LIST: u64>(PhantomData<T>);

impl InputKind for CreateKind {
    fn name(shape: &Shape) -> String {
        format!("Create{}Input", shape.name)
    }

    fn register(shape: &Shape, registry: &mut Registry) {
        let description = format!("A new {}.", shape.noun());
        register(Self::name(shape), description, false, registry, |registry| {
            row_fields(shape, None, true, registry)
        });
    }
}

impl InputKind for UpdateKind {
    fn name(shape: &Shape) -> String {
        format!("Update{}Input", shape.name)
    }

    fn register(shape: &Shape, registry: &mut Registry) {
        let description = format!(
            "Changes to a {}. Fields you leave out keep their values. Null clears an optional field; it is a REQUIRED error elsewhere.",
            shape.noun()
        );
        register(Self::name(shape), description, false, registry, |registry| {
            let mut fields = address(shape, registry);
            for column in shape.writable() {
                let ty = scalar(column.kind, registry);
                fields.push(input_field(shape.input_field(column), &ty, describe(shape, column, registry)));
            }
            fields.extend(shape.relationships.iter().filter_map(|one| link_field(shape, one, registry)));
            fields
        });
    }
}

impl InputKind for DeleteKind {
    fn name(shape: &Shape) -> String {
        format!("Delete{}Input", shape.name)
    }

    fn register(shape: &Shape, registry: &mut Registry) {
        let description = format!("The {} to delete.", shape.noun());
        register(Self::name(shape), description, false, registry, |registry| address(shape, registry));
    }
}

impl InputKind for UpsertKind {
    fn name(shape: &Shape) -> String {
        format!("Upsert{}Input", shape.name)
    }

    fn register(shape: &Shape, registry: &mut Registry) {
        let (noun, name) = (shape.noun(), shape.named.unwrap_or("id"));
        let description = format!("The {noun} to find by its {name}, and to update or create.");
        register(Self::name(shape), description, false, registry, |registry| {
            shape.writable().map(|column| column_field(shape, column, registry)).collect()
        });
    }
}

impl<T: Entity, const LIST: u64> InputKind for MoveKind<T, LIST> {
    fn name(shape: &Shape) -> String {
        format!("Move{}Input", moved_name(shape, &T::shape(), LIST))
    }

    fn register(shape: &Shape, registry: &mut Registry) {
        let child = T::shape();
        let description = format!("A {} to move within the list of a {}.", child.noun(), shape.noun());
        register(Self::name(shape), description, false, registry, |registry| {
            let mut fields = address(shape, registry);
            let reference = reference(&child, registry);
            let text = format!("The {} to move. NOT_FOUND if it is not in the list.", child.noun());
            fields.push(required_field(child.variable(), &reference, text));
            let position = i64::create_type_info(registry);
            let text = "The new position, from 0. A number beyond the end means the last position; a negative one is INVALID.";
            fields.push(required_field("position", &position, text.into()));
            fields
        });
    }
}

/// What a move is called after: `BlogPostTag`, or the list if several lead to the entity.
pub(in crate::mutation) fn moved_name(shape: &Shape, target: &Shape, list: u64) -> String {
    let field = shape.relationships.iter().find(|one| key(one.field) == list);
    shape.name.to_owned() + &field.map_or(target.name.to_owned(), |one| pascal_case(one.field))
}

/// Whether one list of `P` leads to this table and is ordered: the only one, or that of this field.
#[doc(hidden)]
pub const fn is_one_list<P: Entity>(target: &str, list: u64) -> bool {
    let (mut nth, mut found) = (0, 0);
    while nth < P::RELATIONSHIPS.len() {
        let one = &P::RELATIONSHIPS[nth];
        if one.position.is_some()
            && same_text(one.join.target, target)
            && (list == 0 || key(one.field) == list)
        {
            found += 1;
        }
        nth += 1;
    }
    found == 1
}

/// Which row, and in which version.
fn address(shape: &Shape, registry: &mut Registry) -> Vec<MetaInputValue> {
    let id = ID::create_type_info(registry);
    let text = format!("The id of the {}. NOT_FOUND if there is none.", shape.noun());
    let mut fields = vec![required_field("id", &id, text)];
    if shape.has_version() {
        let text = "The `version` you read. If the row has changed since, nothing is written and the error is CONFLICT. Without it, the last write wins.";
        fields.push(input_field("expectedVersion", &i64::create_type_info(registry), text.into()));
    }
    fields
}

/// What the object's own field says, and what an input has to keep to.
fn describe(shape: &Shape, column: &Column, registry: &Registry) -> String {
    let object = registry.types.get(shape.name);
    let own = object.and_then(|object| object.field_by_name(&column.graphql_name())?.description.clone());
    let mut text = own.unwrap_or_else(|| format!("The {}.", shape.input_field(column)));
    if let Some(rule) = shape.length_of(column) {
        let max = thousands(rule.max);
        text += &match (column.kind, rule.min) {
            (ColumnKind::Bytes, 0) => format!(" Up to {max} bytes."),
            (ColumnKind::Bytes, min) => format!(" {} to {max} bytes.", thousands(min)),
            (ColumnKind::List(_), 0) => format!(" Up to {max} items."),
            (ColumnKind::List(_), min) => format!(" {} to {max} items.", thousands(min)),
            (_, 0) => format!(" Up to {max} characters."),
            (_, min) => format!(" {min} to {max} characters, not only spaces."),
        };
    }
    if shape.belongs_to(column).is_some() {
        text += " NOT_FOUND if there is none.";
    }
    text
}

fn column_field(shape: &Shape, column: &Column, registry: &mut Registry) -> MetaInputValue {
    let ty = scalar(column.kind, registry);
    let mut field = input_field(shape.input_field(column), &ty, describe(shape, column, registry));
    match shape.default_of(column) {
        Some(default) => {
            field.description.get_or_insert_default().push_str(&format!(" The default is {default}."));
        }
        None if !column.nullable => field.ty.push('!'),
        None => {}
    }
    field
}

/// The fields of a new row; `owner` is the foreign key that the row around it gives.
fn row_fields(
    shape: &Shape,
    owner: Option<&str>,
    nested: bool,
    registry: &mut Registry,
) -> Vec<MetaInputValue> {
    let columns = shape.writable().filter(|column| owner != Some(column.name));
    let mut fields: Vec<_> = columns.map(|column| column_field(shape, column, registry)).collect();
    for relationship in shape.relationships.iter().filter(|_| nested) {
        let (name, target) = (relationship.field_name(), (relationship.target)());
        match relationship.kind {
            Kind::HasOne => {
                let ty = child(shape, relationship, registry);
                fields.push(input_field(name, &ty, format!("A {} to create with the row.", target.noun())));
            }
            Kind::HasMany => {
                let ty = format!("[{}!]", child(shape, relationship, registry));
                let text = format!("Up to {} {name} to create with the row.", thousands(MAX_NESTED));
                fields.push(input_field(name, &ty, text));
            }
            Kind::ManyToMany => fields.extend(link_field(shape, relationship, registry)),
            Kind::BelongsTo => {}
        }
    }
    fields
}

/// The type of a new row within another: `CreateUserProfileInput`.
fn child(shape: &Shape, relationship: &Relationship, registry: &mut Registry) -> String {
    let target = (relationship.target)();
    let name = format!("Create{}{}Input", shape.name, first_upper(&relationship.field_name()));
    register(name, format!("A new {} of a {}.", target.noun(), shape.noun()), false, registry, |registry| {
        row_fields(&target, Some(relationship.join.to), true, registry)
    })
}

/// The field for the other side of a join table, on the side that orders it: `tags: BlogPostTagsInput`.
fn link_field(shape: &Shape, relationship: &Relationship, registry: &mut Registry) -> Option<MetaInputValue> {
    if !relationship.is_written() {
        return None;
    }
    let (field, target) = (relationship.field_name(), (relationship.target)());
    let noun = target.noun();
    let name = format!("{}{}Input", shape.name, first_upper(&relationship.field_name()));
    let is_ordered = relationship.position.is_some();
    let text = match is_ordered {
        true => format!(
            "Changes to the list of {field} of a {}, up to {MAX_LINKS}. `set` replaces the list; otherwise it starts as it is. Then \
             `disconnect` removes, `connect` appends, and `create` appends new ones.",
            shape.noun()
        ),
        false => format!(
            "Changes to the {field} of a {}, up to {MAX_LINKS} at a time. `set` replaces all of them; otherwise they stay. Then \
             `disconnect` removes, `connect` adds, and `create` adds new ones.",
            shape.noun()
        ),
    };
    let ty = register(name, text.clone(), false, registry, |registry| {
        let new = format!("Create{}{}Input", shape.name, first_upper(&relationship.field_name()));
        let new =
            register(new, format!("A new {noun} of a {}.", shape.noun()), false, registry, |registry| {
                let mut fields = row_fields(&target, None, false, registry);
                fields.extend(own_field(relationship, registry));
                fields
            });
        let existing = reference(&target, registry);
        let reference = linked(shape, relationship, registry).unwrap_or_else(|| existing.clone());
        let (appends, replaces) = match is_ordered {
            true => (
                "Appends existing rows. One that is already in the list keeps its position.",
                "Replaces the list with these, in this order. `[]` empties it.",
            ),
            false => (
                "Adds existing rows. One that is already among them stays.",
                "Replaces all with these. `[]` removes all.",
            ),
        };
        vec![
            input_field(
                "create",
                &format!("[{new}!]"),
                format!(
                    "Creates each {noun} and {}. TAKEN if it already exists: use `connect` for that.",
                    if is_ordered { "appends it" } else { "adds it" },
                ),
            ),
            input_field("connect", &format!("[{reference}!]"), appends.into()),
            input_field(
                "disconnect",
                &format!("[{existing}!]"),
                "Removes these from the list if they are in it. It does not delete them.".into(),
            ),
            input_field("set", &format!("[{reference}!]"), replaces.into()),
        ]
    });
    Some(input_field(field, &ty, text))
}

/// A row by its id or its name, with the columns of the join table: `PersonFollowingReference`. None if inputs set none of them.
fn linked(shape: &Shape, relationship: &Relationship, registry: &mut Registry) -> Option<String> {
    let own = own_field(relationship, registry)?;
    let target = (relationship.target)();
    let name = format!("{}{}Reference", shape.name, first_upper(&relationship.field_name()));
    let text = format!(
        "An existing {}, by one of its keys, and the row of the join table. NOT_FOUND if there is none.",
        target.noun()
    );
    Some(register(name, text, false, registry, |registry| {
        let mut fields = keys(&target, registry);
        fields.push(own);
        fields
    }))
}

/// The field for the columns of the join table: `follow: FollowInput`. None if inputs set none of them.
fn own_field(relationship: &Relationship, registry: &mut Registry) -> Option<MetaInputValue> {
    let (link, columns) = (relationship.link?(), relationship.link_columns());
    if columns.is_empty() {
        return None;
    }
    let text = "The columns of the join table's row.";
    let ty = register(format!("{}Input", link.name), text.into(), false, registry, |registry| {
        let described = (link.fields)(registry);
        let field = |column: &Column| {
            let name = column.graphql_name();
            let own = described.get(&name).and_then(|field| field.description.clone());
            let ty = scalar(column.kind, registry);
            let mut field = input_field(name.clone(), &ty, own.unwrap_or_else(|| format!("The {name}.")));
            if !column.nullable {
                field.ty.push('!');
            }
            field
        };
        columns.iter().map(field).collect()
    });
    let text = format!("{text} A row that is there already takes them.");
    let mut field = input_field(link.field(), &ty, text);
    if columns.iter().any(|column| !column.nullable) {
        field.ty.push('!');
    }
    Some(field)
}

/// A row by its id or its name: `TagReference`.
fn reference(shape: &Shape, registry: &mut Registry) -> String {
    let noun = shape.noun();
    let text = format!("An existing {noun}: set exactly one field. NOT_FOUND if there is none.");
    register(format!("{}Reference", shape.name), text, true, registry, |registry| keys(shape, registry))
}

/// What a row is known by: its id, and its name if it has one.
fn keys(shape: &Shape, registry: &mut Registry) -> Vec<MetaInputValue> {
    let noun = shape.noun();
    let id = ID::create_type_info(registry);
    let mut fields = vec![input_field("id", &id, format!("The id of the {noun}."))];
    if let Some(name) = shape.named {
        let text = format!("The {name} of the {noun}, case-sensitive.");
        fields.push(input_field(name, &String::create_type_info(registry), text));
    }
    fields
}

/// `1,000,000` for 1000000.
fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (nth, digit) in digits.chars().enumerate() {
        if nth > 0 && (digits.len() - nth).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
