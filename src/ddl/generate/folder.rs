//! The folder of migrations: `sqlite` and `postgres`, with the same names in both.

use super::error::DdlError;
use super::scripts::Scripts;
use crate::ddl::render::Dialect;
use std::{
    fs,
    path::{Path, PathBuf},
};

const DIALECTS: [Dialect; 2] = [Dialect::Sqlite, Dialect::Postgres];

/// The migrations in a folder, in order.
pub(super) struct Folder {
    path: PathBuf,
    pub migrations: Vec<Migration>,
}

/// What a migration does when it is applied.
pub(super) struct Migration {
    pub name: String,
    pub sqlite: String,
    pub postgres: String,
}

fn part(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => "sqlite",
        Dialect::Postgres => "postgres",
    }
}

impl Folder {
    pub fn read(path: &Path) -> Result<Folder, DdlError> {
        let folder = Folder { path: path.to_owned(), migrations: Vec::new() };
        let [sqlite, postgres] = DIALECTS.map(|dialect| names(&path.join(part(dialect))));
        let (sqlite, postgres) = (sqlite?, postgres?);
        let only = |here: &[String], there: &[String], other: &str| {
            let name = here.iter().find(|name| !there.contains(name))?;
            let why = format!("it has no {name}, which {other} has");
            Some(why)
        };
        for (dialect, why) in [
            (Dialect::Postgres, only(&sqlite, &postgres, "sqlite")),
            (Dialect::Sqlite, only(&postgres, &sqlite, "postgres")),
        ] {
            if let Some(why) = why {
                return Err(DdlError::Folder { path: path.join(part(dialect)).display().to_string(), why });
            }
        }
        let read = |dialect, name: &str| {
            let file = folder.file(dialect, name, "up.sql");
            fs::read_to_string(&file).map_err(DdlError::file(&file))
        };
        let mut migrations = Vec::new();
        for name in sqlite {
            let (sqlite, postgres) = (read(Dialect::Sqlite, &name)?, read(Dialect::Postgres, &name)?);
            migrations.push(Migration { name, sqlite, postgres });
        }
        Ok(Folder { migrations, ..folder })
    }

    /// The path of a migration's file.
    pub fn file(&self, dialect: Dialect, name: &str, file: &str) -> PathBuf {
        self.path.join(part(dialect)).join(name).join(file)
    }

    /// The folder's name of the next migration: its number and its own name.
    pub fn next(&self, name: &str) -> Result<String, DdlError> {
        let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        let is_good = name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(letters);
        if !is_good || name.len() > 60 {
            let why = "expected a small letter, then small letters, digits and _, at most 60 of them";
            return Err(DdlError::Usage(format!("NAME: {why}, not {name:?}")));
        }
        let split = |migration: &'_ Migration| {
            let (number, own) = migration.name.split_once('_').unwrap_or((&migration.name, ""));
            (number.parse::<u32>().unwrap_or(0), own.to_owned())
        };
        if let Some(same) = self.migrations.iter().find(|migration| split(migration).1 == name) {
            return Err(DdlError::Usage(format!("NAME: there is a migration {} already", same.name)));
        }
        let last = self.migrations.iter().map(|migration| split(migration).0).max().unwrap_or(0);
        Ok(format!("{:04}_{name}", last + 1))
    }

    /// Writes the files of a migration, or none.
    pub fn write(&self, name: &str, up: &Scripts, down: &Scripts) -> Result<Vec<PathBuf>, DdlError> {
        let mut made = Vec::new();
        let mut files = Vec::new();
        let written = DIALECTS.into_iter().try_for_each(|dialect| {
            let folder = self.path.join(part(dialect)).join(name);
            fs::create_dir(&folder).map_err(DdlError::file(&folder))?;
            made.push(folder);
            for (end, scripts) in [("up.sql", up), ("down.sql", down)] {
                let file = self.file(dialect, name, end);
                fs::write(&file, scripts.of(dialect)).map_err(DdlError::file(&file))?;
                files.push(file);
            }
            Ok(())
        });
        if written.is_err() {
            for folder in made {
                let _ = fs::remove_dir_all(folder);
            }
        }
        written.map(|()| files)
    }
}

/// The names of the folders in a folder, in order.
fn names(folder: &Path) -> Result<Vec<String>, DdlError> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(DdlError::file(folder))? {
        let entry = entry.map_err(DdlError::file(folder))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') && entry.path().is_dir() {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}
