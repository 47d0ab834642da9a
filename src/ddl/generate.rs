//! `doorway migrate generate` and `doorway migrate check`.

mod error;
mod folder;
mod scripts;

pub use error::DdlError;

use super::change::{Plan, Steps, Wishes};
use super::difference::{impossible, lines, losses};
use super::found::{Found, Kinds, found};
use super::model::{Kind, Model};
use super::names::path;
use super::render::{Dialect, needs_fill};
use crate::db::{DbError, Scratch};
use folder::Folder;
use scripts::{Scripts, scripts};
use std::path::{Path, PathBuf};

/// What is asked of a migration.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// What it is called, behind its number.
    pub name: String,
    /// Tables and columns with a new name: `old:new`, `table.old:new`.
    pub renames: Vec<String>,
    /// Tables that the code declares no longer.
    pub drops: Vec<String>,
    /// What existing rows get: `table.column=SQL`.
    pub backfills: Vec<String>,
    /// Whether it may lose what rows have.
    pub allow_loss: bool,
}

/// A migration that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generated {
    /// The difference that it makes, one line each.
    pub lines: Vec<String>,
    /// Its files.
    pub files: Vec<PathBuf>,
}

/// What the migrations in a folder make, and where they are applied.
struct Made {
    scratch: Scratch,
    kinds: Kinds,
    found: Found,
}

impl Made {
    fn read(folder: &Folder) -> Result<Made, DdlError> {
        let mut scratch = Scratch::new()?;
        for migration in &folder.migrations {
            scratch.run(&migration.sqlite).map_err(|error| DdlError::Folder {
                path: folder.file(Dialect::Sqlite, &migration.name, "up.sql").display().to_string(),
                why: error.to_string(),
            })?;
        }
        let mut kinds = Kinds::default();
        for migration in &folder.migrations {
            kinds.follow(&migration.postgres);
        }
        let found = found(&mut scratch, &kinds)?;
        Ok(Made { scratch, kinds, found })
    }

    /// Applies one more.
    fn apply(&mut self, scripts: &Scripts) -> Result<(), DbError> {
        self.scratch.run(&scripts.sqlite)?;
        self.kinds.follow(&scripts.postgres);
        self.found = found(&mut self.scratch, &self.kinds)?;
        Ok(())
    }
}

/// The differences between what is declared and what the migrations in a folder make, one line each.
///
/// # Errors
/// [`DdlError::Folder`] when the migrations cannot be read, or applied to an empty SQLite database.
pub fn differences(folder: &Path, declared: &Model) -> Result<Vec<String>, DdlError> {
    let made = Made::read(&Folder::read(folder)?)?;
    let plan = Plan::new(&made.found.model, declared, &Wishes::default()).map_err(DdlError::Refused)?;
    Ok(lines(&plan))
}

/// Writes the migration that makes what is declared; none where there is no difference.
///
/// # Errors
/// When there is nothing right to write; nothing is then written.
pub fn generate(folder: &Path, declared: &Model, asked: &Asked) -> Result<Option<Generated>, DdlError> {
    let folder = Folder::read(folder)?;
    let name = folder.next(&asked.name)?;
    let wishes = Wishes::read(&asked.renames, &asked.drops, &asked.backfills).map_err(DdlError::Usage)?;
    let made = Made::read(&folder)?;
    let plan = Plan::new(&made.found.model, declared, &wishes).map_err(DdlError::Refused)?;
    let forward = plan.steps();
    if forward.is_empty() && plan.renames.is_empty() {
        return Ok(None);
    }
    let mut problems = impossible(&forward);
    problems.extend(unfilled(&forward, &wishes));
    if !asked.allow_loss {
        let losses = losses(&forward);
        problems
            .extend(losses.iter().map(|loss| format!("it would lose {loss} (--allow-loss permits that)")));
    }
    if !problems.is_empty() {
        return Err(DdlError::Refused(problems));
    }
    let lines = lines(&plan);
    let (up, down) = scripts(&plan, &wishes, &lines, &name);
    try_out(made, declared, &up, &down)?;
    let files = folder.write(&name, &up, &down)?;
    Ok(Some(Generated { lines, files }))
}

/// Columns that existing rows have nothing for.
fn unfilled(steps: &Steps<'_>, wishes: &Wishes) -> Vec<String> {
    let mut problems = Vec::new();
    for alter in &steps.altered {
        let table = &alter.after.name;
        let is_filled =
            |name: &str| wishes.backfills.iter().any(|(of, column, _)| of == table && column == name);
        let new = alter.added.iter().map(|column| (*column, "is new and NOT NULL"));
        let changed = alter.changed.iter().filter(|(before, after)| before.nullable && !after.nullable);
        for (column, why) in new.chain(changed.map(|(_, after)| (*after, "becomes NOT NULL"))) {
            if needs_fill(column) && !is_filled(&column.name) {
                let at = path(table, &column.name);
                let how = match column.kind {
                    // No expression is a list on both databases.
                    Kind::List(_) => format!("by `default [{} []]` in its entity", column.name),
                    _ => format!("by --backfill {at}=SQL_EXPRESSION"),
                };
                problems.push(format!("{at} {why}: say what existing rows get, {how}"));
            }
        }
    }
    problems
}

/// Applies it, reverts it and applies it again, on SQLite and without rows.
fn try_out(mut made: Made, declared: &Model, up: &Scripts, down: &Scripts) -> Result<(), DdlError> {
    let refused = |why: &str| DdlError::Refused(vec![format!("{why}: write this migration by hand")]);
    let failed = |error: DbError| refused(&format!("SQLite cannot do this by itself ({error})"));
    let (model, others) = (made.found.model.clone(), made.found.others.clone());
    for last in [false, true] {
        made.apply(up).map_err(failed)?;
        let plan = Plan::new(&made.found.model, declared, &Wishes::default()).map_err(DdlError::Refused)?;
        if !plan.steps().is_empty() {
            let left = lines(&plan).join("; ");
            return Err(refused(&format!("the statements would not make all of it ({left})")));
        }
        if made.found.others != others {
            return Err(refused("a view or a trigger is on a table that SQLite must make anew"));
        }
        if !last {
            made.apply(down).map_err(failed)?;
            let back = Steps::between(&model, &made.found.model);
            if !back.is_empty() {
                return Err(refused("the statements could not be reverted"));
            }
        }
    }
    Ok(())
}
