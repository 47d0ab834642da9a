//! What is to be: what the code declares, and what it does not know and leaves alone.

use super::steps::{Steps, same_check};
use super::wishes::{Rename, Wishes, renamed};
use crate::ddl::model::{Check, Column, Index, Kind, Model, Table};
use crate::ddl::names::path;
use crate::ddl::text::normal;
use std::collections::BTreeMap;

/// A way from what migrations make to what the code declares, and back.
#[derive(Debug)]
pub(in crate::ddl) struct Plan {
    /// What the migrations make.
    pub found: Model,
    /// The same under its new names.
    pub base: Model,
    pub target: Model,
    pub renames: Vec<Rename>,
}

impl Plan {
    /// # Errors
    /// The wishes that cannot be fulfilled, in words.
    pub fn new(found: &Model, declared: &Model, wishes: &Wishes) -> Result<Plan, Vec<String>> {
        let declared = &Model { tables: declared.tables.iter().cloned().map(Table::sorted_out).collect() };
        let (base, index_names) = renamed(found, declared, &wishes.renames)?;
        let mut problems = Vec::new();
        for name in &wishes.drops {
            match (base.table(name), declared.table(name)) {
                (None, _) => problems.push(format!("--drop {name}: the migrations make no table {name}")),
                (_, Some(_)) => problems.push(format!("--drop {name}: the code declares the table {name}")),
                _ => {}
            }
        }
        let mut target = Model::default();
        for table in base.tables.iter().filter(|table| !wishes.drops.contains(&table.name)) {
            target.tables.push(match declared.table(&table.name) {
                None => table.clone(),
                Some(wanted) => merged(table, wanted, &index_names),
            });
        }
        target
            .tables
            .extend(declared.tables.iter().filter(|table| base.table(&table.name).is_none()).cloned());
        for table in &target.tables {
            for key in table.foreign_keys.iter().filter(|key| target.table(&key.table).is_none()) {
                let (from, to) = (&table.name, &key.table);
                problems.push(format!("the table {from} would refer to {to}, which would not be there"));
            }
        }
        let plan = Plan { found: found.clone(), base, target, renames: wishes.renames.clone() };
        problems
            .extend(wishes.backfills.iter().filter_map(|(table, column, _)| plan.unfillable(table, column)));
        if problems.is_empty() { Ok(plan) } else { Err(problems) }
    }

    /// What happens after the renames.
    pub fn steps(&self) -> Steps<'_> {
        Steps::between(&self.base, &self.target)
    }

    /// What undoes it, before the names are those of before.
    pub fn steps_back(&self) -> Steps<'_> {
        Steps::between(&self.target, &self.base)
    }

    /// Why there is nothing in the column to fill, if so.
    fn unfillable(&self, table: &str, name: &str) -> Option<String> {
        let of = |model: &Model| model.table(table).and_then(|table| table.column(name)).cloned();
        let is_new = |column: &Column| self.base.table(table).is_some() && column.generated.is_none();
        let fits = match (of(&self.base), of(&self.target)) {
            (None, Some(column)) => is_new(&column),
            (Some(before), Some(after)) => before.nullable && !after.nullable,
            (_, None) => false,
        };
        let at = path(table, name);
        (!fits).then(|| {
            format!("--backfill {at}: it is no new column of an existing table, and no new NOT NULL")
        })
    }
}

/// The table as it is to be: as declared, its columns in the order in which they came.
fn merged(base: &Table, wanted: &Table, index_names: &BTreeMap<String, String>) -> Table {
    let kept = base.columns.iter().filter_map(|column| Some((Some(column), wanted.column(&column.name)?)));
    let new = wanted.columns.iter().filter(|column| base.column(&column.name).is_none());
    let columns = kept.chain(new.map(|column| (None, column))).map(|(was, column)| match was {
        Some(was) => {
            let is_same = was.kind.is_same(&column.kind);
            let kind = if is_same { was.kind.clone() } else { column.kind.clone() };
            let named = was.list_name.clone().filter(|name| {
                matches!((&was.kind, &kind), (Kind::Enum(_), Kind::Enum(_))) && !wanted.has_check(name)
            });
            Column { kind, list_name: column.list_name.clone().or(named), ..column.clone() }
        }
        None => column.clone(),
    });
    let by_index = |columns: &[String]| {
        base.keeps_unique(columns) && !base.uniques.iter().any(|one| one.columns == columns)
    };
    let mut table = Table {
        columns: columns.collect(),
        foreign_keys: in_order_of(&base.foreign_keys, &wanted.foreign_keys),
        uniques: in_order_of(&base.uniques, &wanted.uniques),
        ..wanted.clone()
    };
    table.uniques.retain(|unique| !by_index(&unique.columns));
    table.keep_names_of_checks(base);
    let gone = |index: &Index| {
        base.columns
            .iter()
            .any(|column| wanted.column(&column.name).is_none() && index.mentions(&column.name))
    };
    let kept = base.indexes.iter().filter(|index| !gone(index)).cloned();
    table.indexes = kept
        .map(|index| match index_names.get(&index.name) {
            Some(name) => Index { name: name.clone(), ..index },
            None => index,
        })
        .collect();
    for index in &wanted.indexes {
        if !table.serves(index) {
            table.indexes.push(index.clone());
        }
    }
    table
}

/// What is wanted, in the order in which it came.
fn in_order_of<T: Clone + PartialEq>(before: &[T], wanted: &[T]) -> Vec<T> {
    let kept = before.iter().filter(|one| wanted.contains(one));
    kept.chain(wanted.iter().filter(|one| !before.contains(one))).cloned().collect()
}

impl Table {
    /// A condition of a column that was there under another name keeps it, unless another is now to have that name. Those of the
    /// table have the names that they are declared with: the server knows them by these.
    fn keep_names_of_checks(&mut self, base: &Table) {
        let before = base.own_checks();
        let of_columns = self.columns.iter().filter(|column| column.check.is_some());
        let checks: Vec<Check> = of_columns.filter_map(|column| self.column_checks(column).pop()).collect();
        for check in checks {
            let Some(was) = before.iter().find(|was| same_check(was, &check) && was.name != check.name)
            else {
                continue;
            };
            // A name that comes from the column follows what the column has.
            let stays = !base.has_check(&was.name)
                && self.columns.iter().any(|column| {
                    let was = base.column(&column.name).and_then(|was| was.check.as_ref());
                    column.check.as_ref() == Some(&check.expression)
                        && was.is_some_and(|was| normal(was) == normal(&check.expression))
                });
            if stays || self.has_check(&was.name) {
                continue;
            }
            for column in &mut self.columns {
                column.check.take_if(|expression| *expression == check.expression);
            }
            self.checks.push(was.clone());
        }
    }
}
