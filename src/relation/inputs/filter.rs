//! The types of `where`.

use super::{Form, Input, input_field as field, links};
use crate::db::Timestamp;
use crate::relation::columns::{Column, ColumnKind};
use crate::relation::rel::{Entity, JoinTable, Stored};
use crate::relation::shape::{Register, Shape};
use async_graphql::{
    ID, InputType,
    registry::{MetaInputValue, Registry},
};
use std::marker::PhantomData;

/// The fields of a filter for columns.
fn comparisons(columns: &[Column], registry: &mut Registry) -> Vec<MetaInputValue> {
    let register = |column: &Column| {
        let name = column.graphql_name();
        let description = format!("`{name}` meets these conditions.");
        field(name, &comparison(*column)(registry), description)
    };
    columns.iter().map(register).collect()
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
        let nulls = if NULLABLE { " A null meets none of them but `isNull: true`." } else { "" };
        let name = T::type_name();
        format!(
            "Conditions on a value of type `{name}`; all that are given must be met, and none may be given as null.{nulls}"
        )
    }

    fn fields(registry: &mut Registry) -> Vec<MetaInputValue> {
        let one = T::create_type_info(registry);
        let list = format!("[{one}]");
        let (equal, less, greater, how) = match &*T::type_name() {
            "String" => {
                ("equal; case and accents count", "less", "greater", ", by code point: `Z` before `a`")
            }
            "ID" => ("equal", "less", "greater", ": rows made earlier have lesser ids"),
            "DateTime" => ("the same", "earlier", "later", ""),
            _ => ("equal", "less", "greater", ""),
        };
        let same = equal.split(';').next().unwrap_or(equal);
        let mut fields = vec![
            field("eq", &one, format!("It is {equal}.")),
            field("ne", &one, format!("It is not {equal}.")),
            field("in", &list, "It is one of these, 10,000 at most; false of an empty list.".into()),
            field("notIn", &list, "It is none of these, 10,000 at most; true of an empty list.".into()),
            field("lt", &one, format!("It is {less}{how}.")),
            field("lte", &one, format!("It is {less} or {same}{how}.")),
            field("gt", &one, format!("It is {greater}{how}.")),
            field("gte", &one, format!("It is {greater} or {same}{how}.")),
        ];
        if T::type_name() == "String" {
            for (name, what) in
                [("contains", "contains"), ("startsWith", "starts with"), ("endsWith", "ends with")]
            {
                fields.push(field(
                    name,
                    &one,
                    format!("It {what} this text; case counts, and no character has a meaning of its own."),
                ));
            }
            for (name, what) in
                [("containsI", "contains"), ("startsWithI", "starts with"), ("endsWithI", "ends with")]
            {
                fields.push(field(
                    name,
                    &one,
                    format!("It {what} this text, in whatever case; accents count."),
                ));
            }
        }
        if NULLABLE {
            let boolean = bool::create_type_info(registry);
            fields.push(field("isNull", &boolean, "With true, it is null; with false, it is not.".into()));
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
        format!("{}Filter", <T as Stored>::NAME)
    }

    fn description() -> String {
        format!(
            "Conditions on a `{}`; all that are given must be met, and `{{}}` always is.",
            <T as Stored>::NAME
        )
    }

    fn fields(registry: &mut Registry) -> Vec<MetaInputValue> {
        let shape = Shape::of::<T>();
        let own = Self::name();
        let list = format!("[{own}!]");
        let mut fields = vec![
            field("and", &list, "Each of these is met; true of an empty list.".into()),
            field("or", &list, "One of these is met; false of an empty list.".into()),
            field("not", &own, "This is not met, also where that is because something is null.".into()),
        ];
        fields.extend(comparisons(shape.columns, registry));
        let count = Input::<CompareForm<i64, false>>::create_type_info(registry);
        for relationship in shape.relationships {
            let name = relationship.field_name();
            let target = (relationship.target)();
            if relationship.is_to_one() {
                let text = format!("`{name}` is there and meets these conditions; with `{{}}`, it is there.");
                fields.push(field(name, &(target.filter)(registry), text));
            } else {
                let text = format!("The number of all its `{name}` meets these conditions.");
                fields.push(field(format!("{name}Count"), &count, text));
                let text = format!(
                    "The list of all its `{name}` meets these conditions: `some`, `every` or `none` of it."
                );
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

/// Conditions on a list of `T`: `UserListFilter`.
pub type ListFilter<T> = Input<ListFilterForm<T>>;
/// The form of [`ListFilter`].
pub struct ListFilterForm<T>(PhantomData<T>);

impl<T: Entity> Form for ListFilterForm<T> {
    fn name() -> String {
        format!("{}ListFilter", <T as Stored>::NAME)
    }

    fn description() -> String {
        format!("Conditions on a list of `{}`; all that are given must be met.", <T as Stored>::NAME)
    }

    fn fields(registry: &mut Registry) -> Vec<MetaInputValue> {
        let filter = Filter::<T>::create_type_info(registry);
        vec![
            field(
                "some",
                &filter,
                "At least one of the list meets this; with `{}`, the list is not empty.".into(),
            ),
            field("every", &filter, "Each of the list meets this; true of an empty list: with `some: {}` beside it, it is not empty.".into()),
            field("none", &filter, "None of the list meets this; with `{}`, the list is empty.".into()),
        ]
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
