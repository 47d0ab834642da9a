//! The types of `orderBy`.

use super::filter::filter;
use super::object::{Input, InputKind, input_field as field, register, required_field};
use crate::relation::model::{Column, LinkShape, Shape};
use async_graphql::{
    Enum, InputType,
    registry::{MetaInputValue, Registry},
};

/// A sort direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum Direction {
    /// Ascending, nulls last. Text is compared by code point: `Z` comes before `a`.
    Asc,
    /// Descending, nulls first.
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
        "One sort key of `{}`: set exactly one field. The list in `orderBy` holds several.",
        shape.name
    );
    register(OrderKind::name(shape), description, true, registry, |registry| {
        let direction = Direction::create_type_info(registry);
        let mut fields = directions(shape.columns, registry);
        for relationship in shape.relationships {
            let name = relationship.field_name();
            let target = (relationship.target)();
            if relationship.is_to_one() {
                let text = format!("Sort by a key of `{name}`. A missing row counts as null.");
                fields.push(field(name, &order(&target, registry), text));
            } else {
                let text = format!("Sort by the number of `{name}`.");
                fields.push(field(format!("{name}Count"), &direction, text));
                let text = format!("Sort by the number of `{name}` that match a filter.");
                fields.push(field(name, &count_order(&target, registry), text));
            }
        }
        for (link, places) in shape.links() {
            let text = format!("Sort by a column of the join table. Valid only {places}.");
            fields.push(field(link.field(), &link_order(&link, registry), text));
        }
        fields
    })
}

/// An order by how many of a list meet conditions: `UserCountOrder`.
fn count_order(shape: &Shape, registry: &mut Registry) -> String {
    let description = format!("Sorts by the number of `{}` in a list that match a filter.", shape.name);
    register(format!("{}CountOrder", shape.name), description, false, registry, |registry| {
        let filter = filter(shape, registry);
        let direction = Direction::create_type_info(registry);
        vec![
            field("where", &filter, "Count only these. By default all are counted.".into()),
            required_field(
                "count",
                &direction,
                "Whether the lowest or the highest count comes first.".into(),
            ),
        ]
    })
}

/// One key of an order by a join table's row: `PostTagLinkOrder`.
fn link_order(link: &LinkShape, registry: &mut Registry) -> String {
    let description = "One sort key of a join table: set exactly one field.".into();
    register(format!("{}Order", link.name), description, true, registry, |registry| {
        directions(&link.columns, registry)
    })
}

/// The fields of an order for columns.
fn directions(columns: &[Column], registry: &mut Registry) -> Vec<MetaInputValue> {
    let direction = Direction::create_type_info(registry);
    let by = |column: &Column| {
        let name = column.graphql_name();
        let description = format!("Sort by `{name}`.");
        field(name, &direction, description)
    };
    columns.iter().filter(|column| column.kind.is_ordered()).map(by).collect()
}
