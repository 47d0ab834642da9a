//! PostgreSQL: one `ALTER TABLE` for each change.

use super::definition::{base_type, column_tail, default, reference, type_name};
use super::dialect::Dialect::Postgres;
use super::pieces::{Fills, create_index, drop_constraint, drop_index, fill_new, fill_null, warnings};
use crate::ddl::change::Alter;
use crate::ddl::model::{Column, ForeignKey, Table};
use crate::ddl::names::{foreign_key_name, ident, idents, primary_key_name, unique_name};

/// The statements that change a table: what goes, columns, what they get, and what then holds.
pub(super) fn alter(alter: &Alter<'_>, fills: Fills<'_>) -> Vec<String> {
    let (before, after) = (alter.before, alter.after);
    let name = &after.name;
    let table = ident(name);
    let mut lines = warnings(alter, fills, Postgres);
    let enums: Vec<_> =
        alter.changed.iter().filter(|(was, is)| was.kind_check() != is.kind_check()).collect();
    let drop = |constraint: &str| drop_constraint(name, constraint);
    lines.extend(alter.keys.dropped.iter().map(|key| drop(&foreign_key_name(name, &strs(&key.columns)))));
    lines.extend(alter.uniques.dropped.iter().map(|unique| drop(&unique_name(name, &strs(&unique.columns)))));
    lines.extend(alter.checks.dropped.iter().map(|check| drop(&check.name)));
    let old_enums = enums.iter().filter_map(|(was, _)| before.check_of_kind(was));
    lines.extend(old_enums.map(|check| drop(&check.name)));
    let recalled = alter.recalled.iter().map(|(old, new)| (&old.name, &new.name));
    let renamed = recalled.chain(alter.renamed_checks.iter().map(|(old, new)| (old, new)));
    lines.extend(renamed.map(|(old, new)| rename_constraint(name, old, new)));
    if alter.changes_primary_key() && !before.primary_key.is_empty() {
        lines.push(drop(&primary_key_name(name)));
    }
    lines.extend(alter.indexes.dropped.iter().map(|index| drop_index(index)));
    for (old, new) in &alter.renamed_indexes {
        lines.push(format!("ALTER INDEX {} RENAME TO {};", ident(&old.name), ident(&new.name)));
    }
    let drop_column = |column: &&Column| format!("ALTER TABLE {table} DROP COLUMN {};", ident(&column.name));
    // The type of a column cannot change while another is computed from it.
    let is_computed = |column: &&&Column| column.generated.is_some();
    lines.extend(alter.dropped.iter().filter(is_computed).map(drop_column));
    for column in alter.added.iter().filter(|column| !is_computed(column)) {
        lines.extend(add_column(alter, column, fills));
    }
    for (was, is) in &alter.changed {
        lines.extend(change_column(alter, was, is, fills));
    }
    for column in alter.added.iter().filter(is_computed) {
        lines.extend(add_column(alter, column, fills));
    }
    lines.extend(alter.dropped.iter().filter(|column| !is_computed(column)).map(drop_column));
    let add = |constraint: &str, what: &str| {
        format!("ALTER TABLE {table} ADD CONSTRAINT {} {what};", ident(constraint))
    };
    if alter.changes_primary_key() && !after.primary_key.is_empty() {
        lines.push(add(&primary_key_name(name), &format!("PRIMARY KEY ({})", idents(&after.primary_key))));
    }
    for unique in &alter.uniques.added {
        let constraint = unique_name(name, &strs(&unique.columns));
        lines.push(add(&constraint, &format!("UNIQUE ({})", idents(&unique.columns))));
    }
    let new_enums = enums.iter().filter_map(|(_, is)| after.check_of_kind(is));
    let own = alter.checks.added.iter().filter(|check| !alter.comes_with_column(check)).cloned();
    let checks = new_enums.chain(own);
    lines.extend(checks.map(|check| add(&check.name, &format!("CHECK ({})", check.expression))));
    lines.extend(alter.keys.added.iter().map(|key| add_key(name, key)));
    lines.extend(alter.indexes.added.iter().map(|index| create_index(name, index)));
    lines
}

fn strs(names: &[String]) -> Vec<&str> {
    names.iter().map(String::as_str).collect()
}

/// A foreign key of a table that is there.
pub(super) fn add_key(table: &str, key: &ForeignKey) -> String {
    let name = foreign_key_name(table, &strs(&key.columns));
    format!(
        "ALTER TABLE {} ADD CONSTRAINT {} FOREIGN KEY ({}) {};",
        ident(table),
        ident(&name),
        idents(&key.columns),
        reference(key)
    )
}

fn add_column(alter: &Alter<'_>, column: &Column, fills: Fills<'_>) -> Vec<String> {
    let (table, name) = (ident(&alter.after.name), ident(&column.name));
    let fill = fill_new(alter, column, fills, Postgres);
    let kind = type_name(&column.kind, Postgres);
    // Rows that exist have nothing before they get it.
    let later = !column.nullable && fill.is_some() && column.default.is_none();
    let not_null = if column.nullable || later { "" } else { " NOT NULL" };
    let tail = column_tail(alter.after, column, Postgres);
    let mut lines = vec![format!("ALTER TABLE {table} ADD COLUMN {name} {kind}{not_null}{tail};")];
    lines.extend(fill.map(|sql| format!("UPDATE {table} SET {name} = {sql};")));
    lines.extend(later.then(|| format!("ALTER TABLE {table} ALTER COLUMN {name} SET NOT NULL;")));
    lines
}

fn change_column(alter: &Alter<'_>, before: &Column, after: &Column, fills: Fills<'_>) -> Vec<String> {
    let (table, name) = (ident(&alter.after.name), ident(&after.name));
    let mut lines = Vec::new();
    let mut column = |action: &str| lines.push(format!("ALTER TABLE {table} ALTER COLUMN {name} {action};"));
    if before.generated != after.generated {
        if after.generated.is_some() {
            let tail = column_tail(alter.after, after, Postgres);
            let not_null = if after.nullable { "" } else { " NOT NULL" };
            let kind = type_name(&after.kind, Postgres);
            return vec![
                format!("ALTER TABLE {table} DROP COLUMN {name};"),
                format!("ALTER TABLE {table} ADD COLUMN {name} {kind}{not_null}{tail};"),
            ];
        }
        column("DROP EXPRESSION");
    }
    let types = [before, after].map(|one| type_name(&one.kind, Postgres));
    let retyped = types[0] != types[1];
    let defaults =
        [before, after].map(|one| one.default.as_ref().map(|value| default(value, &one.kind, Postgres)));
    if before.default.is_some() && (retyped || after.default.is_none()) {
        column("DROP DEFAULT");
    }
    if retyped {
        column(&format!("TYPE {} USING {name}::{}", types[1], base_type(&after.kind)));
    }
    if let Some(value) = &defaults[1]
        && (retyped || defaults[0] != defaults[1])
    {
        column(&format!("SET DEFAULT {value}"));
    }
    if before.nullable != after.nullable {
        if let Some(fill) = fill_null(alter, before, after, fills, Postgres) {
            lines.push(format!("UPDATE {table} SET {name} = {fill} WHERE {name} IS NULL;"));
        }
        let verb = if after.nullable { "DROP" } else { "SET" };
        lines.push(format!("ALTER TABLE {table} ALTER COLUMN {name} {verb} NOT NULL;"));
    }
    lines
}

/// The names of constraints follow those of tables and columns, as if PostgreSQL had chosen them now.
pub(super) fn constraint_renames(before: &Table, after: &Table) -> Vec<String> {
    let names = |table: &Table| -> Vec<String> {
        let name = &table.name;
        let keys = table.foreign_keys.iter().map(|key| foreign_key_name(name, &strs(&key.columns)));
        let uniques = table.uniques.iter().map(|unique| unique_name(name, &strs(&unique.columns)));
        let enums = table.columns.iter().filter_map(|column| table.check_of_kind(column));
        let enums = enums.map(|check| check.name);
        let checks = table.own_checks().into_iter().map(|check| check.name);
        let primary = (!table.primary_key.is_empty()).then(|| primary_key_name(name));
        primary.into_iter().chain(keys).chain(uniques).chain(enums).chain(checks).collect()
    };
    let pairs = names(before).into_iter().zip(names(after)).filter(|(old, new)| old != new);
    pairs.map(|(old, new)| rename_constraint(&after.name, &old, &new)).collect()
}

fn rename_constraint(table: &str, old: &str, new: &str) -> String {
    format!("ALTER TABLE {} RENAME CONSTRAINT {} TO {};", ident(table), ident(old), ident(new))
}
