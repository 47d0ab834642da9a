//! The types of `where`.

use super::object::{Input, InputKind, input_field as field, register, scalar};
use crate::relation::model::{Column, ColumnKind, LinkShape, Shape};
use crate::relation::sql::Part;
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
    let description = format!(
        "Matches rows of `{}` for which all given conditions hold. `{{}}` matches every row.",
        shape.name
    );
    register(name.clone(), description, false, registry, |registry| {
        let list = format!("[{name}!]");
        let mut fields = vec![
            field("and", &list, "All of these match. An empty list matches every row.".into()),
            field("or", &list, "At least one of these matches. An empty list matches no row.".into()),
            field(
                "not",
                &name,
                "This does not match. A comparison with null never matches, so `not` matches it.".into(),
            ),
        ];
        fields.extend(comparisons(shape.columns, registry));
        let count = comparison(Column::COUNT, registry);
        for relationship in shape.relationships {
            let name = relationship.field_name();
            let target = (relationship.target)();
            if relationship.is_to_one() {
                let text = format!("There is a row in `{name}`, and it matches. `{{}}` matches any.");
                fields.push(field(name, &filter(&target, registry), text));
            } else {
                let text = format!("The number of `{name}` matches.");
                fields.push(field(format!("{name}Count"), &count, text));
                let text = format!("Conditions on the `{name}`.");
                fields.push(field(name, &list_filter(&target, registry), text));
            }
        }
        for (link, places) in shape.links() {
            let text = format!(
                "The join table's row matches. Valid only {places}, and in a filter that reaches this type through \
                 that relationship."
            );
            fields.push(field(link.field(), &link_filter(&link, registry), text));
        }
        fields
    })
}

/// Conditions on a list: `UserListFilter`.
fn list_filter(shape: &Shape, registry: &mut Registry) -> String {
    let description = format!("Matches lists of `{}` for which all given conditions hold.", shape.name);
    register(format!("{}ListFilter", shape.name), description, false, registry, |registry| {
        let filter = filter(shape, registry);
        vec![
            field("some", &filter, "At least one row matches. `{}` means that the list is not empty.".into()),
            field(
                "every",
                &filter,
                "Every row matches. An empty list matches too; add `some: {}` to exclude it.".into(),
            ),
            field("none", &filter, "No row matches. `{}` means that the list is empty.".into()),
        ]
    })
}

/// Conditions on a join table's row: `PostTagLinkFilter`.
fn link_filter(link: &LinkShape, registry: &mut Registry) -> String {
    let description = "Matches rows of the join table for which all given conditions hold.".into();
    register(format!("{}Filter", link.name), description, false, registry, |registry| {
        comparisons(&link.columns, registry)
    })
}

/// The fields of a filter for columns.
fn comparisons(columns: &[Column], registry: &mut Registry) -> Vec<MetaInputValue> {
    let comparison = |column: &Column| {
        let name = column.graphql_name();
        let description = format!("`{name}` matches.");
        field(name, &comparison(*column, registry), description)
    };
    // JSON can only be tested for null.
    let has_conditions = |column: &&Column| column.nullable || column.kind != ColumnKind::Json;
    columns.iter().filter(has_conditions).map(comparison).collect()
}

/// Conditions on a list of values: `StringListFilter`, `NullableStringListFilter` and so on.
fn elements(element: ColumnKind, nullable: bool, registry: &mut Registry) -> String {
    let one = scalar(element, registry);
    let scalar = one.trim_end_matches('!');
    let (prefix, nulls) = match nullable {
        true => ("Nullable", " A null matches only `isNull: true`."),
        false => ("", ""),
    };
    let name = format!("{prefix}{scalar}ListFilter");
    let description = format!(
        "Matches lists of type `[{one}]` for which all given conditions hold. No condition may be null.{nulls}"
    );
    register(name, description, false, registry, |registry| {
        let (list, boolean) = (format!("[{one}]"), bool::create_type_info(registry));
        let equal = match element {
            ColumnKind::Text => " Case-sensitive and accent-sensitive.",
            _ => "",
        };
        let mut fields = vec![
            field("has", &one, format!("Has this element.{equal}")),
            field(
                "hasSome",
                &list,
                format!("Has at least one of these, up to 10,000. An empty list matches nothing.{equal}"),
            ),
            field(
                "hasEvery",
                &list,
                format!("Has all of these, up to 10,000. An empty list matches every list.{equal}"),
            ),
            field("isEmpty", &boolean, "Whether the list has no elements.".into()),
        ];
        if nullable {
            fields.push(field("isNull", &boolean, "Whether there is no list.".into()));
        }
        fields
    })
}

/// Conditions on a value: `StringFilter`, `NullableStringFilter` and so on.
fn comparison(column: Column, registry: &mut Registry) -> String {
    if let ColumnKind::List(element) = column.kind {
        return elements(*element, column.nullable, registry);
    }
    let one = scalar(column.kind, registry);
    let scalar = one.trim_end_matches('!');
    let (nullable, nulls) = match column.nullable {
        true => ("Nullable", " A null matches only `isNull: true`."),
        false => ("", ""),
    };
    let name = format!("{nullable}{scalar}Filter");
    let description = format!(
        "Matches values of type `{scalar}` for which all given conditions hold. No condition may be null.{nulls}"
    );
    register(name, description, false, registry, |registry| {
        let list = format!("[{one}]");
        let (equal, less, greater, how) = match column.kind {
            ColumnKind::Text => (
                "Equal to this. Case-sensitive and accent-sensitive.",
                "Less than",
                "Greater than",
                ", by code point: `Z` comes before `a`",
            ),
            ColumnKind::Id | ColumnKind::Number(_) => {
                ("Equal to this.", "Less than", "Greater than", ": older rows have smaller ids")
            }
            ColumnKind::Time | ColumnKind::Date => ("Equal to this.", "Before", "After", ""),
            ColumnKind::Enum(_) => {
                ("Equal to this.", "Less than", "Greater than", ", by the code points of their names")
            }
            _ => ("Equal to this.", "Less than", "Greater than", ""),
        };
        let mut fields =
            vec![field("eq", &one, equal.into()), field("ne", &one, "Not equal to this.".into())];
        let more = [
            field("in", &list, "One of these, up to 10,000. An empty list matches nothing.".into()),
            field(
                "notIn",
                &list,
                "None of these, up to 10,000. An empty list matches everything except null.".into(),
            ),
            field("lt", &one, format!("{less} this{how}.")),
            field("lte", &one, format!("{less} or equal to this{how}.")),
            field("gt", &one, format!("{greater} this{how}.")),
            field("gte", &one, format!("{greater} or equal to this{how}.")),
        ];
        // Of two values, these say nothing more; and nobody lists numbers that are rounded.
        let is_listed = column.kind != ColumnKind::Float;
        let more =
            more.into_iter().filter(|field| is_listed || !["in", "notIn"].contains(&field.name.as_str()));
        fields.extend(more.filter(|_| column.kind != ColumnKind::Bool));
        match column.kind {
            ColumnKind::Json => fields.clear(),
            // Without `lt`, `lte`, `gt` and `gte`, which nobody asks of bytes.
            ColumnKind::Bytes => fields.truncate(4),
            _ => {}
        }
        if column.kind == ColumnKind::Text {
            let parts = [("contains", "Contains"), ("startsWith", "Starts with"), ("endsWith", "Ends with")];
            let most = Part::MOST;
            fields.extend(parts.map(|(name, what)| {
                let text = format!(
                    "{what} this text of up to {most} characters. Case-sensitive. There are no wildcards."
                );
                field(name, &one, text)
            }));
            fields.extend(parts.map(|(name, what)| {
                let text = format!(
                    "{what} this text of up to {most} characters. Case-insensitive, accent-sensitive. There are no wildcards."
                );
                field(format!("{name}I"), &one, text)
            }));
        }
        if column.nullable {
            let boolean = bool::create_type_info(registry);
            fields.push(field("isNull", &boolean, "Whether the value is null.".into()));
        }
        fields
    })
}
