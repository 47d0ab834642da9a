//! The texts of a migration.

use crate::ddl::change::{Plan, Rename, Wishes};
use crate::ddl::render::{Blocks, Dialect, Fills, comment, renames, steps};

/// The texts of one file, for either database.
pub(super) struct Scripts {
    pub sqlite: String,
    pub postgres: String,
}

impl Scripts {
    pub fn of(&self, dialect: Dialect) -> &str {
        match dialect {
            Dialect::Sqlite => &self.sqlite,
            Dialect::Postgres => &self.postgres,
        }
    }

    fn new(head: &[String], blocks: impl Fn(Dialect) -> Blocks) -> Scripts {
        let written = |dialect, name: &str| {
            let mut blocks = blocks(dialect);
            if blocks.is_empty() {
                // A migration that has no statement would fail.
                blocks.push(format!("-- {name} stores both alike.\nSELECT 1;"));
            }
            format!("{}\n{}\n", head.join("\n"), blocks.join("\n\n"))
        };
        Scripts {
            sqlite: written(Dialect::Sqlite, "SQLite"),
            postgres: written(Dialect::Postgres, "PostgreSQL"),
        }
    }
}

/// The texts of `up.sql` and `down.sql`.
pub(super) fn scripts(plan: &Plan, wishes: &Wishes, lines: &[String], name: &str) -> (Scripts, Scripts) {
    let mut head = vec![comment("Written by `doorway migrate generate`. What it changes:")];
    head.extend(lines.iter().map(|line| comment(&format!("- {line}"))));
    let up = Scripts::new(&head, |dialect| {
        let mut blocks = renames(&plan.renames, &plan.found, &plan.base, dialect);
        blocks.extend(steps(&plan.steps(), Fills::Given(&wishes.backfills), dialect));
        blocks
    });
    let back: Vec<_> = plan.renames.iter().rev().map(Rename::reversed).collect();
    let down = Scripts::new(&[comment(&format!("Reverts {name}."))], |dialect| {
        let mut blocks = steps(&plan.steps_back(), Fills::Zero, dialect);
        blocks.extend(renames(&back, &plan.base, &plan.found, dialect));
        blocks
    });
    (up, down)
}
