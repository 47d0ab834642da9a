//! `doorway migrate generate` and `check`, on copies of the migrations that lack something.
//!
//! What the generated migration adds must be what the real one makes, so the catalogues must be the same.

use crate::support::{Catalogue, Database, Server, doorway, ended};
use std::{fs, path::Path};
use tempfile::TempDir;

/// A copy of the migrations.
struct Copy(TempDir);

impl Copy {
    fn new() -> Copy {
        let folder = tempfile::tempdir().unwrap();
        let real = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations"));
        for entry in walkdir::WalkDir::new(real) {
            let entry = entry.unwrap();
            let to = folder.path().join(entry.path().strip_prefix(real).unwrap());
            if entry.file_type().is_dir() {
                fs::create_dir_all(to).unwrap();
            } else {
                fs::copy(entry.path(), to).unwrap();
            }
        }
        Copy(folder)
    }

    fn path(&self) -> &str {
        self.0.path().to_str().unwrap()
    }

    /// The path of a migration's file.
    fn file(&self, database: &str, migration: &str, end: &str) -> std::path::PathBuf {
        self.0.path().join(database).join(migration).join(end)
    }

    /// Removes a migration.
    fn without(self, migration: &str) -> Copy {
        for database in ["sqlite", "postgres"] {
            fs::remove_dir_all(self.0.path().join(database).join(migration)).unwrap();
        }
        self
    }

    /// Changes each line of a migration, or takes it out.
    fn edit(self, migration: &str, edit: impl Fn(&str) -> Option<String>) -> Copy {
        for database in ["sqlite", "postgres"] {
            let file = self.file(database, migration, "up.sql");
            let text = fs::read_to_string(&file).unwrap();
            let lines: Vec<String> = text.lines().filter_map(&edit).collect();
            assert_ne!(text.trim_end(), lines.join("\n"), "nothing was edited");
            fs::write(file, lines.join("\n") + "\n").unwrap();
        }
        self
    }

    fn edit_word(self, migration: &str, old: &str, new: &str) -> Copy {
        self.edit(migration, |line| Some(line.replace(old, new)))
    }

    fn without_line(self, migration: &str, beginning: &str) -> Copy {
        self.edit(migration, |line| (!line.trim_start().starts_with(beginning)).then(|| line.to_owned()))
    }

    fn run(&self, arguments: &[&str]) -> (String, String, Option<i32>) {
        let arguments = [&["migrate"], arguments, &["--migrations", self.path()]].concat();
        // Whatever database there is, it is not asked.
        let mut command = doorway(&arguments);
        ended(&command.env("DATABASE_URL", "postgres://nobody@127.0.0.1:1/nothing").output().unwrap())
    }

    /// The files and folders, and what is in them.
    fn content(&self) -> Vec<(String, Vec<u8>)> {
        let entries =
            walkdir::WalkDir::new(self.0.path()).sort_by_file_name().into_iter().map(Result::unwrap);
        entries
            .map(|entry| (entry.path().display().to_string(), fs::read(entry.path()).unwrap_or_default()))
            .collect()
    }
}

#[test]
fn the_real_migrations_lack_nothing() {
    let copy = Copy::new();
    let before = copy.content();
    assert_eq!(copy.run(&["check"]), ("no difference\n".to_owned(), String::new(), Some(0)));
    let nothing = "no difference: nothing to write\n".to_owned();
    assert_eq!(copy.run(&["generate", "nothing"]), (nothing, String::new(), Some(0)));
    assert_eq!(copy.content(), before);
}

#[test]
fn a_difference_is_listed_written_and_gone() {
    let copy = Copy::new().without_line("0003_blog_posts", "CREATE INDEX");
    let (out, err, code) = copy.run(&["check"]);
    assert_eq!((&*out, code), ("blog_posts (user_id, id): the index is missing\n", Some(1)));
    assert_eq!(err, "doorway: the code and the migrations differ (run `doorway migrate generate NAME`)\n");
    let (out, err, code) = copy.run(&["generate", "user_posts"]);
    assert_eq!((&*err, code), ("", Some(0)), "{out}");
    let files = ["sqlite", "postgres"]
        .map(|database| ["up.sql", "down.sql"].map(|end| copy.file(database, "0009_user_posts", end)));
    let wrote: String = files.iter().flatten().map(|file| format!("wrote {}\n", file.display())).collect();
    assert_eq!(out, format!("blog_posts (user_id, id): the index is missing\n{wrote}"));
    for [up, down] in files {
        assert_eq!(
            fs::read_to_string(up).unwrap(),
            "-- Written by `doorway migrate generate`. What it changes:
-- - blog_posts (user_id, id): the index is missing
CREATE INDEX blog_posts_user_id_id_idx ON blog_posts (user_id, id);
"
        );
        let text = "-- Reverts 0009_user_posts.\nDROP INDEX blog_posts_user_id_id_idx;\n";
        assert_eq!(fs::read_to_string(down).unwrap(), text);
    }
    assert_eq!(copy.run(&["check"]).2, Some(0));
    assert_eq!(copy.run(&["generate", "again"]).0, "no difference: nothing to write\n");
}

#[test]
fn what_cannot_be_written_is_refused_and_nothing_is_written() {
    let bio = || Copy::new().edit_word("0002_profiles", "bio ", "about ");
    let nullable = || {
        Copy::new().edit("0003_blog_posts", |line| {
            Some(if line.contains("title") { line.replace(" NOT NULL", "") } else { line.to_owned() })
        })
    };
    let missing = || Copy::new().without_line("0004_tags", "created_at");
    for (copy, arguments, code, words) in [
        (Copy::new(), vec!["generate", "Bad-Name"], 2, "NAME: expected a small letter"),
        (Copy::new(), vec!["generate", "../up"], 2, "NAME: expected a small letter"),
        (Copy::new(), vec!["generate", "users"], 2, "NAME: there is a migration 0001_users already"),
        (Copy::new(), vec!["generate", "a", "--rename", "users"], 2, "--rename: expected old:new"),
        (
            Copy::new(),
            vec!["generate", "a", "--backfill", "title=''"],
            2,
            "--backfill: expected table.column=SQL_EXPRESSION",
        ),
        (Copy::new(), vec!["generate", "a", "--rename", "people:users"], 1, "the migrations make no people"),
        (Copy::new(), vec!["generate", "a", "--rename", "users:people"], 1, "the code still declares users"),
        (
            Copy::new(),
            vec!["generate", "a", "--drop", "tags"],
            1,
            "--drop tags: the code declares the table tags",
        ),
        (Copy::new(), vec!["generate", "a", "--drop", "nothing"], 1, "the migrations make no table nothing"),
        (
            Copy::new(),
            vec!["generate", "a", "--drop", "import_sources"],
            1,
            "it would lose the table import_sources and all of its rows (--allow-loss permits that)",
        ),
        (
            Copy::new(),
            vec!["generate", "a", "--backfill", "tags.name=''"],
            1,
            "--backfill tags.name: it is no new column",
        ),
        (
            bio(),
            vec!["generate", "a"],
            1,
            "it would lose the values of profiles.about (--allow-loss permits that)",
        ),
        (
            bio(),
            vec!["generate", "a", "--rename", "profiles.about:title"],
            1,
            "the code declares no profiles.title",
        ),
        (
            nullable(),
            vec!["generate", "a"],
            1,
            "blog_posts.title becomes NOT NULL: say what existing rows get, by --backfill blog_posts.title=SQL_EXPRESSION",
        ),
        (
            missing(),
            vec!["generate", "a"],
            1,
            "tags.created_at is new and NOT NULL: say what existing rows get, by --backfill tags.created_at=SQL_EXPRESSION",
        ),
        (missing(), vec!["generate", "a", "--backfill", "tags.created_at=no_column"], 1, "no_column"),
        (Copy::new().edit_word("0004_tags", "CREATE", "CRATE"), vec!["check"], 1, "0004_tags"),
    ] {
        let before = copy.content();
        let (out, err, ended) = copy.run(&arguments);
        assert_eq!(ended, Some(code), "{arguments:?}: {out}{err}");
        assert!(err.contains(words), "{arguments:?}: {err}");
        assert!(copy.content() == before, "{arguments:?} wrote something");
    }
    // One database has what the other has not.
    let copy = Copy::new();
    fs::remove_dir_all(copy.0.path().join("postgres/0005_post_tags")).unwrap();
    let (_, err, code) = copy.run(&["check"]);
    assert!(err.contains("it has no 0005_post_tags, which sqlite has") && code == Some(1), "{err}");
}

/// Migrations that lack something, and what `generate` needs to be told.
fn cases() -> Vec<(Copy, &'static [&'static str])> {
    let copy = Copy::new;
    let not_cascading = |line: &str| Some(line.replace(" ON DELETE CASCADE", ""));
    let nullable =
        |line: &str| Some(if line.contains("title") { line.replace(" NOT NULL", "") } else { line.into() });
    vec![
        (copy().without("0005_post_tags"), &[]),
        (copy().without("0005_post_tags").without("0004_tags"), &[]),
        (copy().without_line("0002_profiles", "bio"), &[]),
        (copy().without_line("0003_blog_posts", "CREATE INDEX"), &[]),
        (copy().without_line("0005_post_tags", "CREATE INDEX post_tags_tag_id"), &[]),
        (copy().edit("0003_blog_posts", not_cascading), &[]),
        (copy().edit("0003_blog_posts", nullable), &["--backfill", "blog_posts.title='untitled'"]),
        (copy().edit_word("0003_blog_posts", " DEFAULT 1", ""), &[]),
        (copy().edit_word("0002_profiles", " UNIQUE", ""), &[]),
        (copy().edit_word("0001_users", "username ", "login "), &["--rename", "users.login:username"]),
        (
            copy().edit_word("0004_tags", "tags (", "labels (").edit_word(
                "0005_post_tags",
                "REFERENCES tags",
                "REFERENCES labels",
            ),
            &["--rename", "labels:tags"],
        ),
        (
            copy().edit("0004_tags", |line| {
                Some(line.replace("    version", "    extra INTEGER,\n    version"))
            }),
            &["--allow-loss"],
        ),
        // Only PostgreSQL knows the difference.
        (
            copy().edit("0005_post_tags", |line| {
                Some(line.replace("position integer", "position bigint").replace("-- The", "-- the"))
            }),
            &["--allow-loss"],
        ),
    ]
}

async fn what_is_missing_is_made(on_postgres: bool) {
    let empty = async || if on_postgres { Database::postgres().await } else { Database::sqlite() };
    let whole = Server::on(empty().await);
    whole.db.migrations(doorway::blog::HISTORY).up().await.unwrap();
    let expected = Catalogue::of(&whole).await;
    for (nth, (copy, arguments)) in cases().into_iter().enumerate() {
        let server = Server::on(empty().await);
        let migrations = server.db.migrations_in(Path::new(copy.path()));
        migrations.up().await.unwrap();
        let before = Catalogue::of(&server).await;
        let (out, err, code) = copy.run(&[&["generate", "missing"], arguments].concat());
        assert_eq!(code, Some(0), "{nth}: {out}{err}");
        for _ in 0..2 {
            let migrations = server.db.migrations_in(Path::new(copy.path()));
            assert_eq!(migrations.up().await.unwrap().len(), 1, "{nth}");
            Catalogue::of(&server).await.check(&expected, &out);
            assert_eq!(migrations.down().await.unwrap().len(), 1, "{nth}");
            Catalogue::of(&server).await.check(&before, &out);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_is_made_on_sqlite() {
    what_is_missing_is_made(false).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: tests/run"]
async fn what_is_missing_is_made_on_postgres() {
    what_is_missing_is_made(true).await;
}

/// A table that is made anew loses no row, nor those that refer to it.
async fn rows_stay(database: Database) {
    let server = Server::on(database);
    server.db.migrations(doorway::blog::HISTORY).up().await.unwrap();
    let server = server.with_demo().await;
    let all = "{ users { username profile { bio } blogPosts { title tags { name } } } tags { name posts { title } } }";
    let before = server.data(all).await;
    let copy = Copy::new();
    for (database, kind) in [("sqlite", "TEXT"), ("postgres", "text COLLATE \"C\"")] {
        // The code does not know these, and the migrations make them: users, posts and tags all change.
        let up: String = ["users", "blog_posts", "tags", "profiles"]
            .iter()
            .map(|table| format!("ALTER TABLE {table} ADD COLUMN extra {kind} CHECK (extra <> '');\n"))
            .collect();
        let folder = copy.0.path().join(database).join("0009_extra");
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("up.sql"), up).unwrap();
        fs::write(folder.join("down.sql"), "SELECT 1;").unwrap();
    }
    let (out, err, code) = copy.run(&["generate", "no_extra", "--allow-loss"]);
    assert_eq!(code, Some(0), "{out}{err}");
    let up = fs::read_to_string(copy.file("sqlite", "0010_no_extra", "up.sql")).unwrap();
    assert!(up.contains("DROP TABLE users;") && up.contains("DROP TABLE blog_posts;"), "{up}");
    let applied = server.db.migrations_in(Path::new(copy.path())).up().await.unwrap();
    assert_eq!(applied.len(), 2);
    assert_eq!(server.data(all).await, before);
    // Foreign keys are enforced again.
    server.sql("DELETE FROM users WHERE username = 'ada-moreno'").await;
    let left = server.data("{ profiles { user { username } } blogPosts { author { username } } }").await;
    assert_eq!(left["profiles"].as_array().unwrap().len(), 3);
    let mut tx = server.db.begin().await.unwrap();
    let orphan = "UPDATE profiles SET user_id = (SELECT id FROM tags LIMIT 1)";
    assert!(matches!(tx.run(diesel::sql_query(orphan)).await, Err(doorway::db::DbError::Violation { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_stay_on_sqlite() {
    rows_stay(Database::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: tests/run"]
async fn rows_stay_on_postgres() {
    rows_stay(Database::postgres().await).await;
}

/// What a migration of SQLite leaves broken is not committed, and the keys are enforced again.
#[tokio::test(flavor = "multi_thread")]
async fn a_migration_that_breaks_references_is_undone() {
    let server = Server::on(Database::sqlite());
    server.db.migrations(doorway::blog::HISTORY).up().await.unwrap();
    let server = server.with_demo().await;
    let copy = Copy::new();
    for database in ["sqlite", "postgres"] {
        let folder = copy.0.path().join(database).join("0009_broken");
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("up.sql"), "DELETE FROM users WHERE username = 'ada-moreno';").unwrap();
        fs::write(folder.join("down.sql"), "SELECT 1;").unwrap();
    }
    let failed = server.db.migrations_in(Path::new(copy.path())).up().await.unwrap_err().to_string();
    assert!(
        failed.contains(
            "rows would refer to rows that are not there: blog_posts to users (3), profiles to users (1)"
        ),
        "{failed}"
    );
    assert_eq!(server.data("{ users { id } }").await["users"].as_array().unwrap().len(), 4);
    server.sql("DELETE FROM users WHERE username = 'ada-moreno'").await;
    assert_eq!(server.data("{ profiles { id } }").await["profiles"].as_array().unwrap().len(), 3);
}
