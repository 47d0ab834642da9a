//! The types of `orderBy`.

use super::filter::filter;
use super::object::{Input, InputKind, input_field as field, register, required_field};
use crate::relation::model::{Column, LinkShape, Shape};
use async_graphql::{
    Enum, InputType,
    registry::{MetaInputValue, Registry},
};

/// Which of two values comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum Direction {
    /// The least first; nulls last. Text goes by code point: `Z` before `a`.
    Asc,
    /// The greatest first, the reverse of ASC; nulls first.
    Desc,
}

/// One key of an order of `T`: `UserOrder`.
pub type Order<T> = Input<T, OrderKind>;
/// The kind of [`Order`].
pub struct OrderKind;

impl InputKind for OrderKind {
    fn name(shape: &Shape) -> String {
        format!("{}Order", shape.name)
    }

    fn register(shape: &Shape, registry: &mut Registry) {
        order(shape, registry);
    }
}

/// `UserOrder`.
fn order(shape: &Shape, registry: &mut Registry) -> String {
    let description = format!(
        "One key of an order of `{}`: exactly one field; more keys are more of these in the list.",
        shape.name
    );
    register(OrderKind::name(shape), description, true, registry, |registry| {
        let direction = Direction::create_type_info(registry);
        let mut fields = directions(shape.columns, registry);
        for relationship in shape.relationships {
            let name = relationship.field_name();
            let target = (relationship.target)();
            if relationship.is_to_one() {
                let text = format!("By a key of its `{name}`; where there is none, it counts as null.");
                fields.push(field(name, &order(&target, registry), text));
            } else {
                let text = format!("By the number of all its `{name}`.");
                fields.push(field(format!("{name}Count"), &direction, text));
                let text = format!("By the number of its `{name}` that meet conditions.");
                fields.push(field(name, &count_order(&target, registry), text));
            }
        }
        for (link, places) in shape.links() {
            let text = format!("By the link that led here: only {places}.");
            fields.push(field(link.field(), &link_order(&link, registry), text));
        }
        fields
    })
}

/// An order by how many of a list meet conditions: `UserCountOrder`.
fn count_order(shape: &Shape, registry: &mut Registry) -> String {
    let description = format!("An order by how many of a list of `{}` meet conditions.", shape.name);
    register(format!("{}CountOrder", shape.name), description, false, registry, |registry| {
        let filter = filter(shape, registry);
        let direction = Direction::create_type_info(registry);
        vec![
            field("where", &filter, "What is counted; all of the list where this is left out.".into()),
            required_field(
                "count",
                &direction,
                "Whether the least number comes first, or the greatest.".into(),
            ),
        ]
    })
}

/// One key of an order by a join table's row: `PostTagLinkOrder`.
fn link_order(link: &LinkShape, registry: &mut Registry) -> String {
    let description = "One key of an order by the link between two rows: exactly one field; more keys are more of these in the list.".into();
    register(format!("{}Order", link.name), description, true, registry, |registry| {
        directions(&link.columns, registry)
    })
}

/// The fields of an order for columns.
fn directions(columns: &[Column], registry: &mut Registry) -> Vec<MetaInputValue> {
    let direction = Direction::create_type_info(registry);
    let by = |column: &Column| {
        let name = column.graphql_name();
        let description = format!("By `{name}`.");
        field(name, &direction, description)
    };
    columns.iter().map(by).collect()
}
