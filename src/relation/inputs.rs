//! The input types of `where` and `orderBy`, made from the columns and relationships of the entities.
//!
//! They hold what was sent as it is; [`compile`](super::compile) makes conditions and orders of it.

use super::columns::{Column, ColumnKind, camel_case};
use super::rel::{Entity, JoinTable};
use super::shape::{LinkShape, Register, Shape};
use crate::db::Timestamp;
use async_graphql::{
    Enum, ID, InputType, InputValueResult, Value,
    registry::{InputObjectBuilder, MetaInputValue, MetaTypeId, Registry},
};
use std::{borrow::Cow, marker::PhantomData};

/// Which of two comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum Direction {
    /// The least first; nulls last. Text goes by code point.
    Asc,
    /// The greatest first; nulls first.
    Desc,
}

/// What was sent for an input type; `F` says which.
pub struct Input<F> {
    pub(super) value: Value,
    form: PhantomData<fn() -> F>,
}

/// An input type, as the schema has it.
pub trait Form: 'static {
    /// Its name.
    fn name() -> String;
    /// Its description.
    fn description() -> String;
    /// Its fields; the types they need are registered.
    fn fields(registry: &mut Registry) -> Vec<MetaInputValue>;
    /// Whether exactly one field has to be given.
    const ONE_OF: bool = false;
}

impl<F: Form> InputType for Input<F> {
    type RawValueType = Self;

    fn type_name() -> Cow<'static, str> {
        F::name().into()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        registry.create_input_type::<Self, _>(MetaTypeId::InputObject, |registry| {
            let fields = F::fields(registry).into_iter().map(|field| (field.name.clone(), field));
            let object = InputObjectBuilder::new(F::name(), fields.collect());
            object
                .description(Some(F::description()))
                .rust_typename(std::any::type_name::<Self>())
                .oneof(F::ONE_OF)
                .build()
        })
    }

    fn parse(value: Option<Value>) -> InputValueResult<Self> {
        Ok(Input { value: value.unwrap_or_default(), form: PhantomData })
    }

    fn to_value(&self) -> Value {
        self.value.clone()
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }
}

fn field(name: impl Into<String>, ty: &str, description: String) -> MetaInputValue {
    // What registration gives is the non-null type; all of these may be left out.
    let mut field = MetaInputValue::new(name, ty.trim_end_matches('!'));
    field.description = Some(description);
    field
}

/// The fields of a filter for columns.
fn comparisons(columns: &[Column], registry: &mut Registry) -> Vec<MetaInputValue> {
    let register = |column: &Column| {
        let name = column.graphql_name();
        let description = format!("`{name}` meets these conditions.");
        field(name, &comparison(*column)(registry), description)
    };
    columns.iter().map(register).collect()
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

fn comparison(column: Column) -> Register {
    match (column.kind, column.nullable) {
        (ColumnKind::Text, false) => Input::<CompareForm<String, false>>::create_type_info,
        (ColumnKind::Text, true) => Input::<CompareForm<String, true>>::create_type_info,
        (ColumnKind::Id, false) => Input::<CompareForm<ID, false>>::create_type_info,
        (ColumnKind::Id, true) => Input::<CompareForm<ID, true>>::create_type_info,
        (ColumnKind::Time, false) => Input::<CompareForm<Timestamp, false>>::create_type_info,
        (ColumnKind::Time, true) => Input::<CompareForm<Timestamp, true>>::create_type_info,
        (ColumnKind::Int, false) => Input::<CompareForm<i64, false>>::create_type_info,
        (ColumnKind::Int, true) => Input::<CompareForm<i64, true>>::create_type_info,
    }
}

/// `StringFilter`, `NullableStringFilter` and so on.
pub struct CompareForm<T, const NULLABLE: bool>(PhantomData<T>);

impl<T: InputType + 'static, const NULLABLE: bool> Form for CompareForm<T, NULLABLE> {
    fn name() -> String {
        format!("{}{}Filter", if NULLABLE { "Nullable" } else { "" }, T::type_name())
    }

    fn description() -> String {
        let nulls = if NULLABLE { " Null meets none of them but `isNull`." } else { "" };
        format!("Conditions on a value; all that are given must be met.{nulls}")
    }

    fn fields(registry: &mut Registry) -> Vec<MetaInputValue> {
        let one = T::create_type_info(registry);
        let list = format!("[{one}]");
        let mut fields = vec![
            field("eq", &one, "It is equal.".into()),
            field("ne", &one, "It is not equal.".into()),
            field("in", &list, "It is one of these, 10,000 at most.".into()),
            field("notIn", &list, "It is none of these, 10,000 at most.".into()),
            field("lt", &one, "It is less.".into()),
            field("lte", &one, "It is less or equal.".into()),
            field("gt", &one, "It is greater.".into()),
            field("gte", &one, "It is greater or equal.".into()),
        ];
        if T::type_name() == "String" {
            for (name, what) in
                [("contains", "contains"), ("startsWith", "starts with"), ("endsWith", "ends with")]
            {
                fields.push(field(name, &one, format!("It {what} this text. No character has a meaning.")));
            }
            for (name, what) in
                [("containsI", "contains"), ("startsWithI", "starts with"), ("endsWithI", "ends with")]
            {
                fields.push(field(name, &one, format!("It {what} this text, in whatever case.")));
            }
        }
        if NULLABLE {
            let boolean = bool::create_type_info(registry);
            fields.push(field("isNull", &boolean, "Whether it is null.".into()));
        }
        fields
    }
}

/// Conditions on a `T`: `UserFilter`.
pub type Filter<T> = Input<FilterForm<T>>;
/// The form of [`Filter`].
pub struct FilterForm<T>(PhantomData<T>);

impl<T: Entity> Form for FilterForm<T> {
    fn name() -> String {
        format!("{}Filter", <T as super::rel::Stored>::NAME)
    }

    fn description() -> String {
        format!("Conditions on a `{}`; all that are given must be met.", <T as super::rel::Stored>::NAME)
    }

    fn fields(registry: &mut Registry) -> Vec<MetaInputValue> {
        let shape = Shape::of::<T>();
        let own = Self::name();
        let list = format!("[{own}!]");
        let mut fields = vec![
            field("and", &list, "Each of these is met; true of an empty list.".into()),
            field("or", &list, "One of these is met; false of an empty list.".into()),
            field("not", &own, "This is not met.".into()),
        ];
        fields.extend(comparisons(shape.columns, registry));
        let count = Input::<CompareForm<i64, false>>::create_type_info(registry);
        for relationship in shape.relationships {
            let name = relationship.field_name();
            let target = (relationship.target)();
            if relationship.is_to_one() {
                let text = format!("`{name}` is there and meets these conditions.");
                fields.push(field(name, &(target.filter)(registry), text));
            } else {
                let text = format!("The number of `{name}` meets these conditions.");
                fields.push(field(format!("{name}Count"), &count, text));
                let text = format!("What is in `{name}` meets these conditions.");
                fields.push(field(name, &(target.list_filter)(registry), text));
            }
        }
        for (link, places) in links(&shape) {
            let text = format!(
                "The link that led here meets these conditions: only {places}, and where a filter reaches here by that \
                 relationship."
            );
            fields.push(field(link.field(), &(link.filter)(registry), text));
        }
        fields
    }
}

/// The join tables that lead to `shape`, each with the places where they do, in words.
fn links(shape: &Shape) -> Vec<(LinkShape, String)> {
    let many = shape.relationships.iter().filter_map(|relationship| Some((relationship, relationship.link?)));
    many.map(|(relationship, link)| {
        let (source, back) = ((relationship.target)().name, camel_case(relationship.back_populates));
        (link(), format!("in `{source}.{back}` and its connection"))
    })
    .collect()
}

/// Conditions on a list of `T`: `UserListFilter`.
pub type ListFilter<T> = Input<ListFilterForm<T>>;
/// The form of [`ListFilter`].
pub struct ListFilterForm<T>(PhantomData<T>);

impl<T: Entity> Form for ListFilterForm<T> {
    fn name() -> String {
        format!("{}ListFilter", <T as super::rel::Stored>::NAME)
    }

    fn description() -> String {
        format!(
            "Conditions on a list of `{}`; all that are given must be met.",
            <T as super::rel::Stored>::NAME
        )
    }

    fn fields(registry: &mut Registry) -> Vec<MetaInputValue> {
        let filter = Filter::<T>::create_type_info(registry);
        vec![
            field(
                "some",
                &filter,
                "At least one of the list meets this; with `{}`, the list is not empty.".into(),
            ),
            field("every", &filter, "Each of the list meets this; true of an empty list.".into()),
            field("none", &filter, "None of the list meets this; with `{}`, the list is empty.".into()),
        ]
    }
}

/// One key of an order of `T`: `UserOrder`.
pub type Order<T> = Input<OrderForm<T>>;
/// The form of [`Order`].
pub struct OrderForm<T>(PhantomData<T>);

impl<T: Entity> Form for OrderForm<T> {
    const ONE_OF: bool = true;

    fn name() -> String {
        format!("{}Order", <T as super::rel::Stored>::NAME)
    }

    fn description() -> String {
        format!("One key of an order of `{}`: exactly one field.", <T as super::rel::Stored>::NAME)
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
                fields.push(field(format!("{name}Count"), &direction, format!("By the number of `{name}`.")));
                let text = format!("By the number of `{name}` that meet conditions.");
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
        format!("{}CountOrder", <T as super::rel::Stored>::NAME)
    }

    fn description() -> String {
        format!("An order by how many of a list of `{}` meet conditions.", <T as super::rel::Stored>::NAME)
    }

    fn fields(registry: &mut Registry) -> Vec<MetaInputValue> {
        let filter = Filter::<T>::create_type_info(registry);
        let mut count = field("count", "", "Which number comes first.".into());
        count.ty = Direction::create_type_info(registry);
        vec![field("where", &filter, "What is counted; everything where this is left out.".into()), count]
    }
}

/// Conditions on a join table's row: `PostTagLinkFilter`.
pub type LinkFilter<L> = Input<LinkFilterForm<L>>;
/// The form of [`LinkFilter`].
pub struct LinkFilterForm<L>(PhantomData<L>);

impl<L: JoinTable> Form for LinkFilterForm<L> {
    fn name() -> String {
        format!("{}Filter", L::NAME)
    }

    fn description() -> String {
        "Conditions on the link between two rows; all that are given must be met.".into()
    }

    fn fields(registry: &mut Registry) -> Vec<MetaInputValue> {
        comparisons(&L::own_columns().collect::<Vec<_>>(), registry)
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
        "One key of an order by the link between two rows: exactly one field.".into()
    }

    fn fields(registry: &mut Registry) -> Vec<MetaInputValue> {
        directions(&L::own_columns().collect::<Vec<_>>(), registry)
    }
}
