//! The difference in words: what it is, what it loses, and what cannot be.

use super::change::{Alter, Plan, Rename, Steps};
use super::model::{Column, DefaultValue, ForeignKey, Kind, Table};
use super::names::path;
use super::text::normal;

/// Each difference, in one line.
pub(super) fn lines(plan: &Plan) -> Vec<String> {
    let Steps { created, altered, dropped } = plan.steps();
    let renames = plan.renames.iter().map(|rename| match rename {
        Rename::Table { old, new } => format!("{old}: the table is now called {new}"),
        Rename::Column { table, old, new } => format!("{table}.{old}: the column is now called {new}"),
    });
    let mut lines: Vec<String> = renames.collect();
    lines.extend(created.iter().map(|table| format!("{}: the table is missing", table.name)));
    lines.extend(altered.iter().flat_map(of_table));
    lines.extend(dropped.iter().map(|table| format!("{}: the table is dropped", table.name)));
    // An expression may have several.
    lines.iter().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

fn of_table(alter: &Alter<'_>) -> Vec<String> {
    let table = &alter.after.name;
    let at = |columns: &[String]| format!("{table} ({})", columns.join(", "));
    let mut lines = Vec::new();
    lines.extend(alter.added.iter().map(|column| format!("{table}.{}: the column is missing", column.name)));
    let undeclared =
        |column: &&Column| format!("{table}.{}: the code does not declare the column", column.name);
    lines.extend(alter.dropped.iter().map(undeclared));
    for (before, after) in &alter.changed {
        let at = path(table, &after.name);
        let mut say = |what: &str, code: &str, migrations: &str| {
            lines.push(format!("{at}: {what}{code} in the code, {migrations} in the migrations"));
        };
        if !before.kind.is_same(&after.kind) {
            say("", &after.kind.words(), &before.kind.words());
        }
        if before.list_name != after.list_name && before.kind.is_same(&after.kind) {
            let name = |column: &Column| column.list_name.clone().unwrap_or_else(|| "nothing".to_owned());
            say("its CHECK is called ", &name(after), &name(before));
        }
        if before.nullable != after.nullable {
            let words = |column: &Column| if column.nullable { "nullable" } else { "NOT NULL" };
            say("", words(after), words(before));
        }
        if before.default != after.default {
            say("DEFAULT ", &default(after), &default(before));
        }
        if before.generated != after.generated {
            let words = |column: &Column| column.generated.clone().unwrap_or_else(|| "nothing".to_owned());
            say("generated as ", &words(after), &words(before));
        }
    }
    if alter.changes_primary_key() {
        lines.push(format!("{}: the primary key differs", at(&alter.after.primary_key)));
    }
    let missing =
        |key: &&ForeignKey| format!("{}: the foreign key {} is missing", at(&key.columns), reference(key));
    lines.extend(alter.keys.added.iter().map(missing));
    let extra = |key: &&ForeignKey| {
        format!("{}: the code does not declare the foreign key {}", at(&key.columns), reference(key))
    };
    lines.extend(alter.keys.dropped.iter().map(extra));
    lines.extend(
        alter
            .uniques
            .added
            .iter()
            .map(|unique| format!("{}: the columns are not unique", at(&unique.columns))),
    );
    let extra = alter.uniques.dropped.iter();
    lines.extend(
        extra.map(|unique| format!("{}: the code does not declare them unique", at(&unique.columns))),
    );
    let own = alter.checks.added.iter().filter(|check| !alter.comes_with_column(check));
    lines.extend(own.map(|check| format!("{table}: CHECK ({}) is missing", check.expression)));
    let extra = alter.checks.dropped.iter();
    lines.extend(
        extra.map(|check| format!("{table}: the code does not declare CHECK ({})", check.expression)),
    );
    lines.extend(alter.recalled.iter().map(|(old, new)| {
        let (sql, old, new) = (&new.expression, &old.name, &new.name);
        format!("{table}: CHECK ({sql}) is called {new} in the code, {old} in the migrations")
    }));
    let columns = |index: &super::model::Index| {
        index.columns.iter().map(|column| column.name.clone()).collect::<Vec<_>>()
    };
    lines.extend(
        alter.indexes.added.iter().map(|index| format!("{}: the index is missing", at(&columns(index)))),
    );
    let gone = alter.indexes.dropped.iter();
    lines.extend(gone.map(|index| format!("{table}: the index {} is dropped with its column", index.name)));
    let renamed = alter.renamed_indexes.iter();
    lines.extend(
        renamed.map(|(old, new)| format!("{table}: the index {} is now called {}", old.name, new.name)),
    );
    lines
}

fn default(column: &Column) -> String {
    match &column.default {
        None => "nothing".to_owned(),
        Some(DefaultValue::Number(text) | DefaultValue::Sql(text)) => text.clone(),
        Some(DefaultValue::Text(text)) => super::text::quoted(text),
        Some(DefaultValue::Bool(value)) => value.to_string(),
        Some(DefaultValue::Now) => "now".to_owned(),
    }
}

fn reference(key: &ForeignKey) -> String {
    format!("to {} ({}){}", key.table, key.to.join(", "), key.on_delete.clause())
}

/// All that would be lost, in words.
pub(super) fn losses(steps: &Steps<'_>) -> Vec<String> {
    let of_table = |alter: &Alter<'_>| {
        let columns = alter.dropped.iter().filter_map(|column| lost_column(alter.before, column));
        let changes = alter.changed.iter().filter_map(|(before, after)| narrowed(alter.after, before, after));
        columns.chain(changes).collect::<Vec<_>>()
    };
    let altered = steps.altered.iter().flat_map(of_table);
    altered.chain(steps.dropped.iter().map(|table| lost_table(table))).collect()
}

/// What goes with a table.
pub(super) fn lost_table(table: &Table) -> String {
    format!("the table {} and all of its rows", table.name)
}

/// What goes with a column, unless it is computed from others.
pub(super) fn lost_column(table: &Table, column: &Column) -> Option<String> {
    column.generated.is_none().then(|| format!("the values of {}", path(&table.name, &column.name)))
}

/// What a column's change may lose.
pub(super) fn narrowed(table: &Table, before: &Column, after: &Column) -> Option<String> {
    let at = path(&table.name, &after.name);
    if before.generated.is_none() && after.generated.is_some() {
        return Some(format!("the values of {at}, which is then computed"));
    }
    match (&before.kind, &after.kind) {
        (Kind::Enum(before), Kind::Enum(after)) => {
            let gone: Vec<&str> =
                before.iter().filter(|one| !after.contains(one)).map(String::as_str).collect();
            let gone = (!gone.is_empty()).then(|| gone.join(", "))?;
            Some(format!("{gone} as a value of {at}: it fails while a row has that"))
        }
        (before, after) => (fit(before, after) == Fit::Narrow).then(|| {
            format!("the values of {at} that do not fit {}, or it fails while there are any", after.words())
        }),
    }
}

/// How the values of one kind become those of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    /// Every value has its like.
    Wide,
    /// Some have none.
    Narrow,
    /// The databases store them too differently.
    Never,
}

/// Whether values of the kind `before` can be those of the kind `after`.
pub(super) fn fit(before: &Kind, after: &Kind) -> Fit {
    use Kind::{BigInt, Bool, Date, Decimal, Enum, Float, Int, Json, Numeric, SmallInt, Text};
    match (before, after) {
        (one, other) if one.is_same(other) => Fit::Wide,
        (SmallInt, Int | BigInt | Float | Decimal | Text) | (Int, BigInt | Float | Decimal | Text) => {
            Fit::Wide
        }
        (BigInt, Decimal | Text) | (Float, Text) | (Decimal | Date | Json | Enum(_), Text) | (Bool, Int) => {
            Fit::Wide
        }
        // In other units, or of other digits.
        (Numeric { scale, .. }, Numeric { scale: other, .. }) if scale != other => Fit::Never,
        (Numeric { precision, .. }, Numeric { precision: other, .. }) if precision <= other => Fit::Wide,
        (Numeric { .. }, Numeric { .. }) => Fit::Narrow,
        (Enum(own), Enum(others)) if own.iter().all(|value| others.contains(value)) => Fit::Wide,
        (Int | BigInt, SmallInt) | (BigInt, Int | Float) | (Float, Decimal) | (Decimal, Float) => Fit::Narrow,
        (Float | Decimal | Text, SmallInt | Int | BigInt) | (Int, Bool) | (Enum(_), Enum(_)) => Fit::Narrow,
        (Text, Float | Decimal | Date | Json | Enum(_)) => Fit::Narrow,
        _ => Fit::Never,
    }
}

/// What no statement can do on both databases.
pub(super) fn impossible(steps: &Steps<'_>) -> Vec<String> {
    let mut problems = Vec::new();
    for alter in &steps.altered {
        for (before, after) in &alter.changed {
            let at = path(&alter.after.name, &after.name);
            if fit(&before.kind, &after.kind) == Fit::Never {
                let how = match (&before.kind, &after.kind) {
                    (Kind::BigInt, Kind::Identity) => {
                        "write the migration by hand, with ADD GENERATED BY DEFAULT AS IDENTITY for PostgreSQL"
                    }
                    _ => "declare a new column",
                };
                let (before, after) = (before.kind.words(), after.kind.words());
                problems.push(format!("{at} cannot become {after} from {before}: {how}"));
            }
            let computed = |column: &&Column| {
                let sql = column.generated.as_deref().map(normal).unwrap_or_default();
                sql.contains(&after.name) && alter.before.column(&column.name).is_some()
            };
            if let Some(column) = alter.after.columns.iter().find(computed)
                && !before.kind.is_same(&after.kind)
            {
                let other = path(&alter.after.name, &column.name);
                problems.push(format!(
                    "{at} cannot change while {other} is computed from it: write the migration by hand"
                ));
            }
            if after.generated.is_some()
                && before.generated != after.generated
                && is_keyed(alter.after, after)
            {
                problems.push(format!("the expression of {at} cannot change under its index or CHECK: write the migration by hand"));
            }
        }
    }
    problems
}

/// Whether an index, a key or a condition is on it.
fn is_keyed(table: &Table, column: &Column) -> bool {
    let uniques = table.uniques.iter().flat_map(|unique| &unique.columns);
    table.indexes.iter().any(|index| index.mentions(&column.name))
        || column.check.is_some()
        || uniques.chain(&table.primary_key).any(|name| *name == column.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What can be done can be undone.
    #[test]
    fn kinds_that_can_become_another_can_come_back() {
        use Kind::{
            BigInt, Bool, Bytes, Date, Decimal, Enum, Float, Id, Int, Json, Numeric, SmallInt, Text, Time,
        };
        let texts = |texts: &[&str]| Enum(texts.iter().map(|&text| text.to_owned()).collect());
        let kinds = [
            Text,
            Id,
            Time,
            Int,
            SmallInt,
            BigInt,
            Float,
            Bool,
            Decimal,
            Date,
            Json,
            Bytes,
            texts(&["a"]),
            texts(&["b", "a"]),
            Numeric { precision: 10, scale: 2 },
            Numeric { precision: 12, scale: 2 },
            Numeric { precision: 12, scale: 3 },
        ];
        for one in &kinds {
            for other in &kinds {
                let ways = [fit(one, other), fit(other, one)];
                assert!(
                    ways == [Fit::Never; 2] || !ways.contains(&Fit::Never),
                    "{one:?} and {other:?}: {ways:?}"
                );
            }
        }
        assert_eq!(fit(&texts(&["a"]), &texts(&["b", "a"])), Fit::Wide);
        assert_eq!(fit(&texts(&["b", "a"]), &texts(&["a"])), Fit::Narrow);
        assert_eq!(fit(&Time, &Text), Fit::Never);
    }
}
