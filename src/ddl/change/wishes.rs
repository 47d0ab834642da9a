//! What a person must say, because no difference tells it.

use crate::ddl::model::{Check, Model, Table};
use crate::ddl::names::index_name;
use crate::ddl::text::with_name;
use std::collections::BTreeMap;

/// What is asked of a migration besides the difference.
#[derive(Debug, Clone, Default)]
pub(in crate::ddl) struct Wishes {
    /// In the order in which they happen: those of tables first.
    pub renames: Vec<Rename>,
    /// Tables that the code declares no longer.
    pub drops: Vec<String>,
    /// What existing rows get: table, column, SQL.
    pub backfills: Vec<(String, String, String)>,
}

/// A new name for what stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::ddl) enum Rename {
    Table {
        old: String,
        new: String,
    },
    /// In the table that is, or will then be, called `table`.
    Column {
        table: String,
        old: String,
        new: String,
    },
}

impl Wishes {
    /// # Errors
    /// What means nothing, in words.
    pub fn read(renames: &[String], drops: &[String], backfills: &[String]) -> Result<Wishes, String> {
        let mut wishes = Wishes { drops: drops.to_vec(), ..Wishes::default() };
        for text in renames {
            let (old, new) = text
                .split_once(':')
                .filter(|(old, new)| !old.is_empty() && !new.is_empty())
                .ok_or_else(|| {
                    format!(
                        "--rename: expected old:new for a table or table.old:new for a column, not {text:?}"
                    )
                })?;
            wishes.renames.push(match old.split_once('.') {
                Some((table, old)) => {
                    Rename::Column { table: table.into(), old: old.into(), new: new.into() }
                }
                None => Rename::Table { old: old.into(), new: new.into() },
            });
        }
        wishes.renames.sort_by_key(|rename| matches!(rename, Rename::Column { .. }));
        for text in backfills {
            let parts = text.split_once('=').and_then(|(at, sql)| Some((at.split_once('.')?, sql)));
            let ((table, column), sql) = parts
                .filter(|(_, sql)| !sql.trim().is_empty())
                .ok_or_else(|| format!("--backfill: expected table.column=SQL_EXPRESSION, not {text:?}"))?;
            wishes.backfills.push((table.into(), column.into(), sql.trim().into()));
        }
        Ok(wishes)
    }
}

impl Rename {
    /// The way back.
    pub fn reversed(&self) -> Rename {
        match self.clone() {
            Rename::Table { old, new } => Rename::Table { old: new, new: old },
            Rename::Column { table, old, new } => Rename::Column { table, old: new, new: old },
        }
    }

    /// Why it cannot be, if so.
    fn problem(&self, model: &Model, declared: &Model) -> Option<String> {
        let (has, declares, old, new): (_, _, &str, &str) = match self {
            Rename::Table { old, new } => {
                let has = |name: &str| model.table(name).is_some();
                let declares = |name: &str| declared.table(name).is_some();
                ([has(old), has(new)], [declares(old), declares(new)], old, new)
            }
            Rename::Column { table, old, new } => {
                let in_model = |model: &Model, name: &str| {
                    model.table(table).is_some_and(|table| table.column(name).is_some())
                };
                let both = |model| [in_model(model, old), in_model(model, new)];
                (both(model), both(declared), old, new)
            }
        };
        let at = match self {
            Rename::Table { .. } => String::new(),
            Rename::Column { table, .. } => format!("{table}."),
        };
        match (has, declares) {
            ([false, _], _) => Some(format!("--rename {at}{old}:{new}: the migrations make no {at}{old}")),
            ([_, true], _) => {
                Some(format!("--rename {at}{old}:{new}: the migrations make {at}{new} already"))
            }
            (_, [true, _]) => Some(format!("--rename {at}{old}:{new}: the code still declares {at}{old}")),
            (_, [_, false]) => Some(format!("--rename {at}{old}:{new}: the code declares no {at}{new}")),
            _ => None,
        }
    }

    fn apply(&self, model: &mut Model) {
        match self {
            Rename::Table { old, new } => {
                for table in &mut model.tables {
                    for key in table.foreign_keys.iter_mut().filter(|key| key.table == *old) {
                        key.table.clone_from(new);
                    }
                    if table.name == *old {
                        table.rewrite(old, new);
                        table.name.clone_from(new);
                    }
                }
            }
            Rename::Column { table: of, old, new } => {
                for table in &mut model.tables {
                    for key in table.foreign_keys.iter_mut().filter(|key| key.table == *of) {
                        rename_in(&mut key.to, old, new);
                    }
                    if table.name == *of {
                        table.rename_column(old, new);
                    }
                }
            }
        }
    }
}

fn rename_in(names: &mut [String], old: &str, new: &str) {
    for name in names.iter_mut().filter(|name| *name == old) {
        new.clone_into(name);
    }
}

impl Table {
    fn rename_column(&mut self, old: &str, new: &str) {
        for column in &mut self.columns {
            rename_in(std::slice::from_mut(&mut column.name), old, new);
        }
        rename_in(&mut self.primary_key, old, new);
        for key in &mut self.foreign_keys {
            rename_in(&mut key.columns, old, new);
            if key.table == self.name {
                rename_in(&mut key.to, old, new);
            }
        }
        for unique in &mut self.uniques {
            rename_in(&mut unique.columns, old, new);
        }
        for column in self.indexes.iter_mut().flat_map(|index| &mut index.columns) {
            rename_in(std::slice::from_mut(&mut column.name), old, new);
        }
        self.rewrite(old, new);
    }

    /// Another name in its expressions, as both databases write it there.
    fn rewrite(&mut self, old: &str, new: &str) {
        let of_columns =
            self.columns.iter_mut().flat_map(|column| [&mut column.check, &mut column.generated]);
        let of_indexes = self.indexes.iter_mut().map(|index| &mut index.sql);
        for sql in of_columns.chain(of_indexes).flatten() {
            *sql = with_name(sql, old, new);
        }
        for Check { expression, .. } in &mut self.checks {
            *expression = with_name(expression, old, new);
        }
    }
}

/// The model after the renames, its tables in the same order; and new names of indexes that were named after what they are on.
pub(super) fn renamed(
    found: &Model,
    declared: &Model,
    renames: &[Rename],
) -> Result<(Model, BTreeMap<String, String>), Vec<String>> {
    let (mut model, mut problems) = (found.clone(), Vec::new());
    for rename in renames {
        match rename.problem(&model, declared) {
            Some(problem) => problems.push(problem),
            None => rename.apply(&mut model),
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut names = BTreeMap::new();
    for (old, new) in found.tables.iter().zip(&model.tables) {
        for (was, is) in old.indexes.iter().zip(&new.indexes) {
            let named = |table: &Table, index: &crate::ddl::model::Index| {
                index_name(&table.name, &index.columns.iter().map(|column| &*column.name).collect::<Vec<_>>())
            };
            if was.name == named(old, was) && was.name != named(new, is) {
                names.insert(was.name.clone(), named(new, is));
            }
        }
    }
    Ok((model, names))
}
