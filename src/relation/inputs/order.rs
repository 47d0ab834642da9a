//! The types of `orderBy`.

use super::{Filter, Form, Input, input_field as field, links};
use crate::relation::columns::Column;
use crate::relation::rel::{Entity, JoinTable, Stored};
use crate::relation::shape::Shape;
use async_graphql::{
    Enum, InputType,
    registry::{MetaInputValue, Registry},
};
use std::marker::PhantomData;

/// Which of two values comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum Direction {
    /// The least first; nulls last. Text goes by code point: `Z` before `a`.
    Asc,
    /// The greatest first, the reverse of ASC; nulls first.
    Desc,
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

/// One key of an order of `T`: `UserOrder`.
pub type Order<T> = Input<OrderForm<T>>;
/// The form of [`Order`].
pub struct OrderForm<T>(PhantomData<T>);

impl<T: Entity> Form for OrderForm<T> {
    const ONE_OF: bool = true;

    fn name() -> String {
        format!("{}Order", <T as Stored>::NAME)
    }

    fn description() -> String {
        format!(
            "One key of an order of `{}`: exactly one field; more keys are more of these in the list.",
            <T as Stored>::NAME
        )
    }

    fn fields(registry: &mut Registry) -> Vec<MetaInputValue> {
        let shape = Shape::of::<T>();
        let direction = Direction::create_type_info(registry);
        let mut fields = directions(shape.columns, registry);
        for relationship in shape.relationships {
            let name = relationship.field_name();
            let target = (relationship.target)();
            if relationship.is_to_one() {
                let text = format!("By a key of its `{name}`; where there is none, it counts as null.");
                fields.push(field(name, &(target.order)(registry), text));
            } else {
                fields.push(field(
                    format!("{name}Count"),
                    &direction,
                    format!("By the number of all its `{name}`."),
                ));
                let text = format!("By the number of its `{name}` that meet conditions.");
                fields.push(field(name, &(target.count_order)(registry), text));
            }
        }
        for (link, places) in links(&shape) {
            let text = format!("By the link that led here: only {places}.");
            fields.push(field(link.field(), &(link.order)(registry), text));
        }
        fields
    }
}

/// An order by how many of a list meet conditions: `UserCountOrder`.
pub type CountOrder<T> = Input<CountOrderForm<T>>;
/// The form of [`CountOrder`].
pub struct CountOrderForm<T>(PhantomData<T>);

impl<T: Entity> Form for CountOrderForm<T> {
    fn name() -> String {
        format!("{}CountOrder", <T as Stored>::NAME)
    }

    fn description() -> String {
        format!("An order by how many of a list of `{}` meet conditions.", <T as Stored>::NAME)
    }

    fn fields(registry: &mut Registry) -> Vec<MetaInputValue> {
        let filter = Filter::<T>::create_type_info(registry);
        let mut count = field("count", "", "Whether the least number comes first, or the greatest.".into());
        count.ty = Direction::create_type_info(registry);
        vec![
            field("where", &filter, "What is counted; all of the list where this is left out.".into()),
            count,
        ]
    }
}

/// One key of an order by a join table's row: `PostTagLinkOrder`.
pub type LinkOrder<L> = Input<LinkOrderForm<L>>;
/// The form of [`LinkOrder`].
pub struct LinkOrderForm<L>(PhantomData<L>);

impl<L: JoinTable> Form for LinkOrderForm<L> {
    const ONE_OF: bool = true;

    fn name() -> String {
        format!("{}Order", L::NAME)
    }

    fn description() -> String {
        "One key of an order by the link between two rows: exactly one field; more keys are more of these in the list.".into()
    }

    fn fields(registry: &mut Registry) -> Vec<MetaInputValue> {
        directions(&L::own_columns().collect::<Vec<_>>(), registry)
    }
}
