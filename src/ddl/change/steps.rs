//! What changes between two models, table by table. What is renamed has its new name in both.

use crate::ddl::model::{Check, Column, DefaultValue, ForeignKey, Index, Kind, Model, Table, Unique};
use crate::ddl::text::normal;

/// What becomes of tables.
#[derive(Debug)]
pub(in crate::ddl) struct Steps<'a> {
    /// New ones, those first that others refer to.
    pub created: Vec<&'a Table>,
    pub altered: Vec<Alter<'a>>,
    /// Those that go, those last that others refer to.
    pub dropped: Vec<&'a Table>,
}

/// What changes in a table.
#[derive(Debug)]
pub(in crate::ddl) struct Alter<'a> {
    pub before: &'a Table,
    pub after: &'a Table,
    pub added: Vec<&'a Column>,
    pub dropped: Vec<&'a Column>,
    /// Each as it was and as it will be; its conditions are among the checks.
    pub changed: Vec<(&'a Column, &'a Column)>,
    pub keys: Changes<&'a ForeignKey>,
    pub uniques: Changes<&'a Unique>,
    /// Conditions, without those that kinds are.
    pub checks: Changes<Check>,
    /// Those that stay and have another name: as they were and as they will be.
    pub recalled: Vec<(Check, Check)>,
    /// Those that stay in their column and have another name on PostgreSQL, because the column or the table has more or
    /// fewer of them: both names, in an order in which each new one is free.
    pub renamed_checks: Vec<(String, String)>,
    pub indexes: Changes<&'a Index>,
    pub renamed_indexes: Vec<(&'a Index, &'a Index)>,
}

/// What one of two lists has and the other has not.
#[derive(Debug)]
pub(in crate::ddl) struct Changes<T> {
    pub added: Vec<T>,
    pub dropped: Vec<T>,
}

impl<T> Changes<T> {
    fn between(before: Vec<T>, after: Vec<T>, same: impl Fn(&T, &T) -> bool) -> Changes<T> {
        let mut added = after;
        let mut dropped = Vec::new();
        for one in before {
            match added.iter().position(|other| same(&one, other)) {
                Some(at) => drop(added.remove(at)),
                None => dropped.push(one),
            }
        }
        Changes { added, dropped }
    }

    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.dropped.is_empty()
    }
}

impl<'a> Steps<'a> {
    pub fn between(before: &'a Model, after: &'a Model) -> Steps<'a> {
        let only = |here: &'a Model, there: &Model| -> Vec<&'a Table> {
            in_order(here.tables.iter().filter(|table| there.table(&table.name).is_none()).collect())
        };
        let both = after.tables.iter().filter_map(|table| Some((before.table(&table.name)?, table)));
        let mut dropped = only(before, after);
        dropped.reverse();
        let altered = both.filter_map(|(before, after)| Alter::between(before, after)).collect();
        Steps { created: only(after, before), altered, dropped }
    }

    pub fn is_empty(&self) -> bool {
        self.created.is_empty() && self.altered.is_empty() && self.dropped.is_empty()
    }
}

/// Tables, those first that others of them refer to. In a circle, one of them comes before what it refers to.
fn in_order(mut tables: Vec<&Table>) -> Vec<&Table> {
    let mut ordered = Vec::new();
    while !tables.is_empty() {
        let waits = |table: &&Table| {
            let others =
                |key: &ForeignKey| key.table != table.name && tables.iter().any(|one| one.name == key.table);
            table.foreign_keys.iter().any(others)
        };
        let next = tables.iter().position(|table| !waits(table)).unwrap_or(0);
        ordered.push(tables.remove(next));
    }
    ordered
}

impl<'a> Alter<'a> {
    fn between(before: &'a Table, after: &'a Table) -> Option<Alter<'a>> {
        let missing_in = |other: &Table, table: &'a Table| -> Vec<&'a Column> {
            table.columns.iter().filter(|column| other.column(&column.name).is_none()).collect()
        };
        let both = after.columns.iter().filter_map(|column| Some((before.column(&column.name)?, column)));
        let mut indexes = Changes::between(
            before.indexes.iter().collect(),
            after.indexes.iter().collect(),
            |one: &&Index, other| one.name == other.name && same_index(one, other),
        );
        let mut renamed_indexes = Vec::new();
        indexes.dropped.retain(|old| {
            let new = indexes.added.iter().position(|new| same_index(old, new));
            renamed_indexes.extend(new.map(|at| (*old, indexes.added.remove(at))));
            new.is_none()
        });
        let mut checks = Changes::between(before.own_checks(), after.own_checks(), |one, other| {
            let named = before.has_check(&one.name) || after.has_check(&other.name);
            same_check(one, other) && (one.name == other.name || !named)
        });
        let recalled = recalled(before, after, &mut checks);
        let alter = Alter {
            before,
            after,
            added: missing_in(before, after),
            dropped: missing_in(after, before),
            changed: both.filter(|(one, other)| !same_column(one, other)).collect(),
            keys: Changes::between(
                before.foreign_keys.iter().collect(),
                after.foreign_keys.iter().collect(),
                |one, other| one == other,
            ),
            uniques: Changes::between(
                before.uniques.iter().collect(),
                after.uniques.iter().collect(),
                |one, other| one == other,
            ),
            checks,
            recalled,
            renamed_checks: renamed_checks(before, after),
            indexes,
            renamed_indexes,
        };
        (!alter.is_empty()).then_some(alter)
    }

    fn is_empty(&self) -> bool {
        self.added.is_empty()
            && self.dropped.is_empty()
            && self.changed.is_empty()
            && !self.changes_primary_key()
            && self.keys.is_empty()
            && self.uniques.is_empty()
            && self.checks.is_empty()
            && self.recalled.is_empty()
            && self.indexes.is_empty()
            && self.renamed_indexes.is_empty()
    }

    pub fn changes_primary_key(&self) -> bool {
        self.before.primary_key != self.after.primary_key
    }

    /// Whether the condition comes with a new column, in whose definition it stands.
    pub fn comes_with_column(&self, check: &Check) -> bool {
        let is_its = |column: &&&Column| column.check.as_deref() == Some(&*check.expression);
        self.added.iter().any(|column| is_its(&column))
    }
}

fn same_index(one: &Index, other: &Index) -> bool {
    let sql = |index: &Index| {
        // Without `CREATE INDEX name`.
        let tokens = index.sql.as_deref().map(normal)?;
        let on = tokens.iter().position(|token| token == "on")?;
        Some(tokens[on..].to_vec())
    };
    one.columns == other.columns && one.unique == other.unique && sql(one) == sql(other)
}

/// Whether two conditions are the same, whatever they are called.
pub(super) fn same_check(one: &Check, other: &Check) -> bool {
    normal(&one.expression) == normal(&other.expression)
}

/// Takes those conditions from the changes that only get another name, one that no condition had.
fn recalled(before: &Table, after: &Table, checks: &mut Changes<Check>) -> Vec<(Check, Check)> {
    let names = |table: &Table| -> Vec<String> {
        let of_columns = table.columns.iter().flat_map(|column| table.column_checks(column));
        of_columns.chain(table.checks.iter().cloned()).map(|check| check.name).collect()
    };
    let (had, has) = (names(before), names(after));
    let mut pairs = Vec::new();
    checks.dropped.retain(|old| {
        let is_it =
            |new: &Check| same_check(old, new) && !had.contains(&new.name) && !has.contains(&old.name);
        let new = checks.added.iter().position(is_it).map(|at| checks.added.remove(at));
        let stays = new.is_none();
        pairs.extend(new.map(|new| (old.clone(), new)));
        stays
    });
    pairs
}

/// The names of conditions before and after, where their column keeps them under another.
fn renamed_checks(before: &Table, after: &Table) -> Vec<(String, String)> {
    let both = before.columns.iter().filter_map(|was| Some((was, after.column(&was.name)?)));
    let pairs = both.flat_map(|(was, is)| {
        let new = after.column_checks(is);
        before.column_checks(was).into_iter().filter_map(move |was| {
            let is = new.iter().find(|is| same_check(&was, is) && was.name != is.name)?;
            Some((was.name, is.name.clone()))
        })
    });
    let mut left: Vec<(String, String)> = pairs.collect();
    let mut ordered = Vec::new();
    while !left.is_empty() {
        let is_free = |name: &String| left.iter().all(|(old, _)| old != name);
        let next = left.iter().position(|(_, new)| is_free(new)).unwrap_or(0);
        ordered.push(left.remove(next));
    }
    ordered
}

fn same_column(one: &Column, other: &Column) -> bool {
    let default = match (&one.default, &other.default) {
        (None, None) => true,
        (Some(one_default), Some(other_default)) => same_default(one_default, other_default, &other.kind),
        _ => false,
    };
    one.kind.is_same(&other.kind)
        && one.list_name == other.list_name
        && one.nullable == other.nullable
        && default
        && one.generated.as_deref().map(normal) == other.generated.as_deref().map(normal)
}

fn same_default(one: &DefaultValue, other: &DefaultValue, kind: &Kind) -> bool {
    match (one, other) {
        (DefaultValue::Sql(one), DefaultValue::Sql(other)) => normal(one) == normal(other),
        (DefaultValue::Number(one), DefaultValue::Number(other))
            if !matches!(kind, Kind::Decimal | Kind::Numeric { .. }) =>
        {
            one == other || one.parse::<f64>().ok() == other.parse::<f64>().ok()
        }
        _ => one == other,
    }
}
