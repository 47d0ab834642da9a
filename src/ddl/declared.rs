//! The tables that the code declares, from the shapes of its entities.

use super::model::{
    Check, Column, DefaultValue, EMPTY_LIST, ForeignKey, Index, Kind, Model, OnDelete, Table, Unique,
};
use super::names::{check_name, ident};
use crate::relation::{
    Column as Declared, ColumnKind, DefaultValue as Given, Kind as Relation, OnDelete as Declares,
    Relationship, Role, Shape,
};

/// What these entities declare.
pub fn declared(shapes: &[Shape]) -> Model {
    let mut model = Model { tables: shapes.iter().map(entity).collect() };
    for shape in shapes {
        for relationship in shape.relationships {
            add_link(&mut model, shape, relationship);
        }
    }
    for shape in shapes {
        for relationship in shape.relationships {
            add_index(&mut model, relationship);
        }
    }
    model
}

/// The table of an entity.
fn entity(shape: &Shape) -> Table {
    let key = |column: &Declared| {
        let relationship = shape.belongs_to(column)?;
        let on_delete = match relationship.on_delete {
            Declares::Cascade => OnDelete::Cascade,
            Declares::SetNull => OnDelete::SetNull,
            Declares::Restrict => OnDelete::Restrict,
        };
        Some(ForeignKey::new(column.name, relationship.join.target, on_delete))
    };
    let own = |one: &Declared| Column {
        generated: shape.generated_by(one).map(str::to_owned),
        check: length_check(shape, one),
        ..column(one, shape.default_of(one))
    };
    let order: Vec<(&str, bool)> = shape.order.iter().map(|key| (key.column.name, key.descending)).collect();
    let unique: Vec<&str> = shape.unique().map(|column| column.name).collect();
    let together = shape.uniques.iter().filter(|columns| columns.len() > 1).map(|columns| {
        let columns: Vec<&str> = columns.iter().map(|column| column.name).collect();
        Unique::new(&columns)
    });
    let checks = shape.checks.iter().map(|rule| Check {
        name: check_name(shape.table, &[rule.name], 0),
        expression: rule.sql.to_owned(),
    });
    Table {
        name: shape.table.to_owned(),
        columns: shape.columns.iter().map(own).collect(),
        primary_key: vec![Declared::KEY.name.to_owned()],
        foreign_keys: shape.columns.iter().filter_map(key).collect(),
        uniques: unique.iter().map(|column| Unique::new(&[column])).chain(together).collect(),
        checks: checks.collect(),
        indexes: order_index(shape.table, &order, &unique).into_iter().collect(),
    }
}

/// The condition that says how long bytes may be. Of texts the server alone says it.
fn length_check(shape: &Shape, column: &Declared) -> Option<String> {
    let rule = shape.length_of(column).filter(|_| column.kind == ColumnKind::Bytes)?;
    let (name, max) = (ident(column.name), rule.max);
    Some(match rule.min {
        0 => format!("length({name}) <= {max}"),
        min => format!("length({name}) BETWEEN {min} AND {max}"),
    })
}

/// The index of a default order, which the primary key ends; none where an earlier column is unique.
fn order_index(table: &str, order: &[(&str, bool)], unique: &[&str]) -> Option<Index> {
    let decides = |column: &str| column == Declared::KEY.name || unique.contains(&column);
    let (first, last) = (order.first()?, order.last()?);
    if decides(first.0) {
        return None;
    }
    let end = order.iter().position(|key| decides(key.0)).map_or(order.len(), |at| at + 1);
    let tie = (end == order.len() && !decides(last.0)).then_some((Declared::KEY.name, last.1));
    let columns: Vec<(&str, bool)> = order[..end].iter().copied().chain(tie).collect();
    Some(Index::ordered(table, &columns))
}

/// What a column of this kind holds in the tables.
fn kind(declared: ColumnKind, role: Role) -> Kind {
    match declared {
        ColumnKind::Text => Kind::Text,
        ColumnKind::Id => Kind::Id,
        ColumnKind::Time => Kind::Time,
        ColumnKind::Int => Kind::Int,
        ColumnKind::Small => Kind::SmallInt,
        ColumnKind::Number(_) if role == Role::Key => Kind::Identity,
        ColumnKind::Long | ColumnKind::Number(_) => Kind::BigInt,
        ColumnKind::Float => Kind::Float,
        ColumnKind::Date => Kind::Date,
        ColumnKind::Bool => Kind::Bool,
        ColumnKind::Decimal { precision, scale } => Kind::Numeric { precision, scale },
        ColumnKind::Bytes => Kind::Bytes,
        ColumnKind::Json => Kind::Json,
        ColumnKind::Enum(shape) => Kind::Enum(shape.values.iter().map(|value| (*value).to_owned()).collect()),
        // No condition of both databases could say which texts these are.
        ColumnKind::List(ColumnKind::Enum(_)) => Kind::List(Box::new(Kind::Text)),
        ColumnKind::List(element) => Kind::List(Box::new(kind(*element, Role::Data))),
    }
}

fn column(declared: &Declared, given: Option<Given>) -> Column {
    let kind = kind(declared.kind, declared.role());
    // A row that is written by hand begins as one that the server writes.
    let default = match given {
        Some(Given::Text(text)) if matches!(kind, Kind::Numeric { .. }) => {
            Some(DefaultValue::Number(kind.number(text)))
        }
        Some(Given::Int(int)) => Some(DefaultValue::Number(kind.number(&int.to_string()))),
        Some(Given::Text(text)) => Some(DefaultValue::Text(text.to_owned())),
        Some(Given::Bool(truth)) => Some(DefaultValue::Bool(truth)),
        Some(Given::EmptyList) => Some(DefaultValue::Text(EMPTY_LIST.to_owned())),
        None => (declared.role() == Role::Version).then(|| DefaultValue::Number("1".to_owned())),
    };
    Column { nullable: declared.nullable, default, ..Column::new(declared.name, kind) }
}

/// The join table of a relationship, once for its two sides.
fn add_link(model: &mut Model, shape: &Shape, relationship: &Relationship) {
    let (Some(link), Some(own)) = (relationship.join.link, relationship.link) else { return };
    if model.table(link.table).is_some() {
        return;
    }
    let key =
        |key: Declared, table| (column(&key, None), ForeignKey::new(key.name, table, OnDelete::Cascade));
    let own = own();
    let mut keys = [key(link.near_key(), shape.table), key(link.far_key(), relationship.join.target)];
    keys.sort_by_key(|(column, _)| own.keys.iter().position(|key| key.name == column.name));
    let [near, far] = keys;
    model.tables.push(Table {
        name: link.table.to_owned(),
        columns: [near.0, far.0].into_iter().chain(own.columns.iter().map(|own| column(own, None))).collect(),
        primary_key: own.keys.iter().map(|key| key.name.to_owned()).collect(),
        foreign_keys: vec![near.1, far.1],
        ..Table::default()
    });
}

/// The index that a list is read by.
fn add_index(model: &mut Model, relationship: &Relationship) {
    let join = relationship.join;
    let (table, columns) = match (relationship.kind, join.link) {
        (Relation::HasMany, _) => (join.target, vec![join.to, Declared::KEY.name]),
        (Relation::ManyToMany, Some(link)) => {
            let columns = [Some(link.near), relationship.position, Some(link.far)];
            (link.table, columns.into_iter().flatten().collect())
        }
        _ => return,
    };
    let index = Index::new(table, &columns);
    let tables = model.tables.iter_mut();
    if let Some(table) = tables.into_iter().find(|own| own.name == table)
        && !table.serves(&index)
    {
        table.indexes.push(index);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_default_is_written_with_all_decimals() {
        let kind = ColumnKind::Decimal { precision: 10, scale: 2 };
        let fee = Declared { name: "fee", kind, nullable: false };
        for (given, expected) in [(Given::Text("1.5"), "1.50"), (Given::Int(5), "5.00")] {
            assert_eq!(column(&fee, Some(given)).default, Some(DefaultValue::Number(expected.to_owned())));
        }
    }

    #[test]
    fn a_default_order_has_an_index_where_no_key_has_it() {
        let index = |order: &[(&str, bool)]| {
            let index = order_index("posts", order, &["slug"])?;
            let columns =
                index.columns.iter().map(|one| (one.name.clone(), one.descending)).collect::<Vec<_>>();
            Some(
                columns
                    .iter()
                    .map(|(name, falls)| format!("{name}{}", if *falls { "-" } else { "" }))
                    .collect::<Vec<_>>()
                    .join(" "),
            )
        };
        assert_eq!(index(&[("id", true)]), None);
        assert_eq!(index(&[("slug", false), ("title", false)]), None);
        assert_eq!(index(&[("title", false)]).unwrap(), "title id");
        assert_eq!(index(&[("title", true)]).unwrap(), "title id");
        assert_eq!(index(&[("title", true), ("at", false)]).unwrap(), "title at- id-");
        assert_eq!(index(&[("title", false), ("slug", true), ("at", false)]).unwrap(), "title slug-");
    }
}
