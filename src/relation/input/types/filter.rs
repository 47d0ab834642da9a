//! The types of `where`.

use super::object::{Input, InputKind, input_field as field, register, scalar};
use crate::relation::model::{Column, ColumnKind, LinkShape, Shape};
use async_graphql::{
    InputType,
    registry::{MetaInputValue, Registry},
};

/// Conditions on a `T`: `UserFilter`.
pub type Filter<T> = Input<T, FilterKind>;
/// The kind of [`Filter`].
pub struct FilterKind;

impl InputKind for FilterKind {
    fn name(shape: &Shape) -> String {
        format!("{}Filter", shape.name)
    }

    fn register(shape: &Shape, registry: &mut Registry) {
        filter(shape, registry);
    }
}

/// `UserFilter`.
pub(super) fn filter(shape: &Shape, registry: &mut Registry) -> String {
    let name = FilterKind::name(shape);
    let description =
        format!("Conditions on a `{}`; all that are given must be met, and `{{}}` always is.", shape.name);
    register(name.clone(), description, false, registry, |registry| {
        let list = format!("[{name}!]");
        let mut fields = vec![
            field("and", &list, "Each of these is met; true of an empty list.".into()),
            field("or", &list, "One of these is met; false of an empty list.".into()),
            field("not", &name, "This is not met, also where that is because something is null.".into()),
        ];
        fields.extend(comparisons(shape.columns, registry));
        let count = comparison(Column::COUNT, registry);
        for relationship in shape.relationships {
            let name = relationship.field_name();
            let target = (relationship.target)();
            if relationship.is_to_one() {
                let text = format!("`{name}` is there and meets these conditions; with `{{}}`, it is there.");
                fields.push(field(name, &filter(&target, registry), text));
            } else {
                let text = format!("The number of all its `{name}` meets these conditions.");
                fields.push(field(format!("{name}Count"), &count, text));
                let text = format!(
                    "The list of all its `{name}` meets these conditions: `some`, `every` or `none` of it."
                );
                fields.push(field(name, &list_filter(&target, registry), text));
            }
        }
        for (link, places) in shape.links() {
            let text = format!(
                "The link that led here meets these conditions: only {places}, and where a filter reaches here by that \
                 relationship."
            );
            fields.push(field(link.field(), &link_filter(&link, registry), text));
        }
        fields
    })
}

/// Conditions on a list: `UserListFilter`.
fn list_filter(shape: &Shape, registry: &mut Registry) -> String {
    let description = format!("Conditions on a list of `{}`; all that are given must be met.", shape.name);
    register(format!("{}ListFilter", shape.name), description, false, registry, |registry| {
        let filter = filter(shape, registry);
        vec![
            field(
                "some",
                &filter,
                "At least one of the list meets this; with `{}`, the list is not empty.".into(),
            ),
            field("every", &filter, "Each of the list meets this; true of an empty list: with `some: {}` beside it, it is not empty.".into()),
            field("none", &filter, "None of the list meets this; with `{}`, the list is empty.".into()),
        ]
    })
}

/// Conditions on a join table's row: `PostTagLinkFilter`.
fn link_filter(link: &LinkShape, registry: &mut Registry) -> String {
    let description = "Conditions on the link between two rows; all that are given must be met.".into();
    register(format!("{}Filter", link.name), description, false, registry, |registry| {
        comparisons(&link.columns, registry)
    })
}

/// The fields of a filter for columns.
fn comparisons(columns: &[Column], registry: &mut Registry) -> Vec<MetaInputValue> {
    let comparison = |column: &Column| {
        let name = column.graphql_name();
        let description = format!("`{name}` meets these conditions.");
        field(name, &comparison(*column, registry), description)
    };
    columns.iter().map(comparison).collect()
}

/// Conditions on a value: `StringFilter`, `NullableStringFilter` and so on.
fn comparison(column: Column, registry: &mut Registry) -> String {
    let one = scalar(column.kind, registry);
    let scalar = one.trim_end_matches('!');
    let (nullable, nulls) = match column.nullable {
        true => ("Nullable", " A null meets none of them but `isNull: true`."),
        false => ("", ""),
    };
    let name = format!("{nullable}{scalar}Filter");
    let description = format!(
        "Conditions on a value of type `{scalar}`; all that are given must be met, and none may be given as null.{nulls}"
    );
    register(name, description, false, registry, |registry| {
        let list = format!("[{one}]");
        let (equal, less, greater, how) = match column.kind {
            ColumnKind::Text => {
                ("equal; case and accents count", "less", "greater", ", by code point: `Z` before `a`")
            }
            ColumnKind::Id => ("equal", "less", "greater", ": rows made earlier have lesser ids"),
            ColumnKind::Time => ("the same", "earlier", "later", ""),
            ColumnKind::Int => ("equal", "less", "greater", ""),
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
        if column.kind == ColumnKind::Text {
            let parts = [("contains", "contains"), ("startsWith", "starts with"), ("endsWith", "ends with")];
            fields.extend(parts.map(|(name, what)| {
                let text =
                    format!("It {what} this text; case counts, and no character has a meaning of its own.");
                field(name, &one, text)
            }));
            fields.extend(parts.map(|(name, what)| {
                field(
                    format!("{name}I"),
                    &one,
                    format!("It {what} this text, in whatever case; accents count."),
                )
            }));
        }
        if column.nullable {
            let boolean = bool::create_type_info(registry);
            fields.push(field("isNull", &boolean, "With true, it is null; with false, it is not.".into()));
        }
        fields
    })
}
