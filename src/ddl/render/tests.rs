use super::{Dialect, Fills, renames, steps};
use crate::ddl::change::{Plan, Wishes};
use crate::ddl::model::{
    Check, Column, DefaultValue, ForeignKey, Index, Kind, Model, OnDelete, Table, Unique,
};

fn table(name: &str, columns: Vec<Column>) -> Table {
    let columns = [vec![Column::new("id", Kind::Id)], columns].concat();
    Table { name: name.to_owned(), columns, primary_key: vec!["id".to_owned()], ..Table::default() }
}

/// What is written for either database, up and down.
fn written(before: &[Table], after: &[Table], renamed: &[&str], backfills: &[&str]) -> [[String; 2]; 2] {
    let [before, after] = [before, after].map(|tables| Model { tables: tables.to_vec() });
    let texts = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
    let wishes = Wishes::read(&texts(renamed), &[], &texts(backfills)).unwrap();
    let plan = Plan::new(&before, &after, &wishes).unwrap();
    [Dialect::Sqlite, Dialect::Postgres].map(|dialect| {
        let up = [
            renames(&plan.renames, &plan.found, &plan.base, dialect),
            steps(&plan.steps(), Fills::Given(&wishes.backfills), dialect),
        ];
        [up.concat().join("\n"), steps(&plan.steps_back(), Fills::Zero, dialect).join("\n")]
    })
}

fn up(before: &[Table], after: &[Table]) -> [String; 2] {
    written(before, after, &[], &[]).map(|[up, _]| up)
}

fn list(element: Kind) -> Kind {
    Kind::List(Box::new(element))
}

#[test]
fn every_kind_has_a_type_on_both_databases() {
    let moods = Kind::Enum(vec!["glad".to_owned(), "it's".to_owned()]);
    let columns = vec![
        Column::new("name", Kind::Text).default(DefaultValue::Text("it's".to_owned())).check("name <> ''"),
        Column::new("mood", moods),
        Column::new("at", Kind::Time).default(DefaultValue::Now),
        Column::new("a", Kind::Int).default(DefaultValue::Number("1".to_owned())),
        Column::new("b", Kind::SmallInt).nullable(),
        Column::new("c", Kind::BigInt).default(DefaultValue::Sql("1 + 1".to_owned())),
        Column::new("d", Kind::Float),
        Column::new("done", Kind::Bool).default(DefaultValue::Bool(true)),
        Column::new("price", Kind::Decimal).default(DefaultValue::Number("0.50".to_owned())),
        Column::new("cost", Kind::Numeric { precision: 10, scale: 2 })
            .default(DefaultValue::Number("0.50".to_owned())),
        Column::new("day", Kind::Date),
        Column::new("more", Kind::Json),
        Column::new("order", Kind::Bytes),
        Column::new("tags", list(Kind::Text)).default(DefaultValue::Text("[]".to_owned())),
        Column::new("sums", list(Kind::Numeric { precision: 10, scale: 2 })).nullable().check("id <> sums"),
        Column { generated: Some("a + 1".to_owned()), ..Column::new("next", Kind::Int).nullable() },
        Column::new("user_id", Kind::Id).nullable(),
    ];
    let check = Check { name: "things_sane".to_owned(), expression: "a < c".to_owned() };
    let things = Table {
        foreign_keys: vec![ForeignKey::new("user_id", "things", OnDelete::SetNull)],
        uniques: vec![Unique::new(&["name"]), Unique::new(&["a", "order"])],
        checks: vec![check],
        indexes: vec![Index::ordered("things", &[("day", true), ("at", false), ("id", false)])],
        ..table("things", columns)
    };
    let [sqlite, postgres] = up(&[], &[things]);
    assert_eq!(
        sqlite,
        "CREATE TABLE things (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    name TEXT NOT NULL CHECK (name <> '') DEFAULT 'it''s' UNIQUE,
    mood TEXT NOT NULL CHECK (mood IN ('glad', 'it''s')),
    at INTEGER NOT NULL DEFAULT (CAST(unixepoch('subsec') * 1000000 AS INTEGER)),
    a INTEGER NOT NULL DEFAULT 1,
    b INTEGER,
    c INTEGER NOT NULL DEFAULT (1 + 1),
    d REAL NOT NULL,
    done INTEGER NOT NULL CHECK (done IN (0, 1)) DEFAULT 1,
    price TEXT NOT NULL DEFAULT '0.50',
    cost INTEGER NOT NULL CHECK (cost BETWEEN -9999999999 AND 9999999999) DEFAULT 50,
    day TEXT NOT NULL,
    more TEXT NOT NULL CHECK (json_valid(more)),
    \"order\" BLOB NOT NULL,
    tags TEXT NOT NULL CHECK (json_valid(tags) AND json_type(tags) = 'array') DEFAULT '[]',
    sums TEXT CHECK (json_valid(sums) AND json_type(sums) = 'array') CHECK (id <> sums),
    next INTEGER GENERATED ALWAYS AS (a + 1) STORED,
    user_id BLOB REFERENCES things (id) ON DELETE SET NULL,
    UNIQUE (a, \"order\"),
    CONSTRAINT things_sane CHECK (a < c)
) STRICT;
CREATE INDEX things_day_at_id_idx ON things (day, at DESC, id DESC);"
    );
    assert_eq!(
        postgres,
        "CREATE TABLE things (
    id uuid PRIMARY KEY,
    name text COLLATE \"C\" NOT NULL CHECK (name <> '') DEFAULT 'it''s' UNIQUE,
    mood text COLLATE \"C\" NOT NULL CHECK (mood IN ('glad', 'it''s')),
    at timestamptz NOT NULL DEFAULT now(),
    a integer NOT NULL DEFAULT 1,
    b smallint,
    c bigint NOT NULL DEFAULT (1 + 1),
    d double precision NOT NULL,
    done boolean NOT NULL DEFAULT true,
    price numeric NOT NULL DEFAULT 0.50,
    cost numeric(10, 2) NOT NULL DEFAULT 0.50,
    day date NOT NULL,
    more jsonb NOT NULL,
    \"order\" bytea NOT NULL,
    tags text[] COLLATE \"C\" NOT NULL CHECK (coalesce(array_ndims(tags), 1) = 1 AND array_position(tags, NULL) IS NULL) DEFAULT '{}',
    sums numeric(10, 2)[] CHECK (coalesce(array_ndims(sums), 1) = 1 AND array_position(sums, NULL) IS NULL) CHECK (id <> sums),
    next integer GENERATED ALWAYS AS (a + 1) STORED,
    user_id uuid REFERENCES things (id) ON DELETE SET NULL,
    UNIQUE (a, \"order\"),
    CONSTRAINT things_sane CHECK (a < c)
);
CREATE INDEX things_day_at_id_idx ON things (day, at DESC, id DESC);"
    );
}

#[test]
fn tables_come_after_those_they_refer_to() {
    let refers = |name: &str, to: &[&str]| {
        let columns: Vec<String> = to.iter().map(|target| format!("{target}_id")).collect();
        let keys =
            columns.iter().zip(to).map(|(column, target)| ForeignKey::new(column, target, OnDelete::Cascade));
        let columns = columns.iter().map(|column| Column::new(column, Kind::Id));
        Table { foreign_keys: keys.collect(), ..table(name, columns.collect()) }
    };
    let order = |text: &str, verb: &str| -> Vec<String> {
        let lines = text.lines().filter_map(|line| line.strip_prefix(verb));
        lines.map(|line| line.trim_end_matches([' ', '(', ';']).to_owned()).collect()
    };
    let tables = [refers("a", &["b"]), refers("b", &["b", "c"]), refers("c", &[])];
    for [up, down] in written(&[], &tables, &[], &[]) {
        assert_eq!(order(&up, "CREATE TABLE "), ["c", "b", "a"]);
        assert_eq!(order(&down, "DROP TABLE "), ["a", "b", "c"]);
    }
    // A circle.
    let tables = [refers("a", &["b"]), refers("b", &["a"])];
    let [[sqlite, _], [postgres, down]] = written(&[], &tables, &[], &[]);
    assert!(down.starts_with("ALTER TABLE a DROP CONSTRAINT a_b_id_fkey;\n"), "{down}");
    assert!(sqlite.contains("b_id BLOB NOT NULL REFERENCES b (id) ON DELETE CASCADE"), "{sqlite}");
    assert!(postgres.contains("b_id uuid NOT NULL\n"), "{postgres}");
    let later =
        "ALTER TABLE a ADD CONSTRAINT a_b_id_fkey FOREIGN KEY (b_id) REFERENCES b (id) ON DELETE CASCADE;";
    assert!(postgres.ends_with(later), "{postgres}");
}

#[test]
fn sqlite_alters_a_table_in_place_where_it_can() {
    let before = Table {
        indexes: vec![Index::new("posts", &["old", "id"])],
        ..table("posts", vec![Column::new("old", Kind::Text), Column::new("gone", Kind::Int)])
    };
    let new = vec![
        Column::new("new", Kind::Text),
        Column::new("size", Kind::Int).default(DefaultValue::Number("0".to_owned())),
        Column::new("note", Kind::Text).nullable(),
    ];
    let after = Table { indexes: vec![Index::new("posts", &["new", "id"])], ..table("posts", new) };
    let [sqlite, postgres] = written(&[before], &[after], &["posts.old:new"], &["posts.note=new || '!'"]);
    assert_eq!(
        sqlite[0],
        "ALTER TABLE posts RENAME COLUMN old TO new;
-- Loses the values of posts.gone.
DROP INDEX posts_old_id_idx;
ALTER TABLE posts ADD COLUMN size INTEGER NOT NULL DEFAULT 0;
ALTER TABLE posts ADD COLUMN note TEXT;
UPDATE posts SET note = new || '!';
ALTER TABLE posts DROP COLUMN gone;
CREATE INDEX posts_new_id_idx ON posts (new, id);"
    );
    assert_eq!(
        postgres[0],
        "ALTER TABLE posts RENAME COLUMN old TO new;
-- Loses the values of posts.gone.
ALTER INDEX posts_old_id_idx RENAME TO posts_new_id_idx;
ALTER TABLE posts ADD COLUMN size integer NOT NULL DEFAULT 0;
ALTER TABLE posts ADD COLUMN note text COLLATE \"C\";
UPDATE posts SET note = new || '!';
ALTER TABLE posts DROP COLUMN gone;"
    );
    assert!(
        postgres[1].contains("-- Existing rows get 0 as posts.gone: what they had is gone."),
        "{}",
        postgres[1]
    );
    assert!(postgres[1].contains("-- Loses the values of posts.size."), "{}", postgres[1]);
}

/// Everything that `ALTER TABLE` cannot do on SQLite, each by itself.
#[test]
fn sqlite_makes_a_table_anew_for_the_rest() {
    let users = table("users", vec![]);
    let plain = || table("posts", vec![Column::new("n", Kind::Int), Column::new("user_id", Kind::Id)]);
    let keyed =
        |on_delete| Table { foreign_keys: vec![ForeignKey::new("user_id", "users", on_delete)], ..plain() };
    let with = |column: Column| table("posts", vec![column, Column::new("user_id", Kind::Id)]);
    let n = || Column::new("n", Kind::Int);
    let check = Check { name: "posts_check".to_owned(), expression: "n > 0".to_owned() };
    for (before, after, postgres) in [
        (
            plain(),
            keyed(OnDelete::Cascade),
            "ADD CONSTRAINT posts_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE",
        ),
        (keyed(OnDelete::Cascade), plain(), "DROP CONSTRAINT posts_user_id_fkey"),
        (keyed(OnDelete::Cascade), keyed(OnDelete::Restrict), "REFERENCES users (id) ON DELETE RESTRICT"),
        (
            plain(),
            Table { uniques: vec![Unique::new(&["user_id", "n"])], ..plain() },
            "ADD CONSTRAINT posts_user_id_n_key UNIQUE (user_id, n)",
        ),
        (Table { uniques: vec![Unique::new(&["n"])], ..plain() }, plain(), "DROP CONSTRAINT posts_n_key"),
        (plain(), Table { checks: vec![check], ..plain() }, "ADD CONSTRAINT posts_check CHECK (n > 0)"),
        (with(n().check("n > 0")), plain(), "DROP CONSTRAINT posts_n_check"),
        (plain(), with(n().nullable()), "ALTER COLUMN n DROP NOT NULL"),
        (plain(), with(n().default(DefaultValue::Number("7".to_owned()))), "ALTER COLUMN n SET DEFAULT 7"),
        (plain(), with(Column::new("n", Kind::Text)), "ALTER COLUMN n TYPE text COLLATE \"C\" USING n::text"),
        (with(Column { generated: Some("1".to_owned()), ..n() }), plain(), "ALTER COLUMN n DROP EXPRESSION"),
        (
            plain(),
            Table { primary_key: vec!["id".to_owned(), "n".to_owned()], ..plain() },
            "ADD CONSTRAINT posts_pkey PRIMARY KEY (id, n)",
        ),
    ] {
        let [sqlite, written] = up(&[users.clone(), before.clone()], &[users.clone(), after.clone()]);
        assert!(
            sqlite.contains("CREATE TABLE posts_new (") && sqlite.contains("DROP TABLE posts;"),
            "{sqlite}"
        );
        assert!(
            written.contains(&format!("ALTER TABLE posts {postgres}")) || written.contains(postgres),
            "{postgres}: {written}"
        );
        assert!(!written.contains("CREATE TABLE"), "{written}");
        // No change is none.
        let same = [users.clone(), after];
        assert_eq!(up(&same, &same), ["", ""]);
    }
}

#[test]
fn a_kind_that_sqlite_stores_alike_changes_on_postgres_alone() {
    let posts =
        |kind| vec![table("posts", vec![Column::new("n", kind).default(DefaultValue::Number("0".into()))])];
    let [sqlite, postgres] = up(&posts(Kind::Int), &posts(Kind::BigInt));
    assert_eq!(sqlite, "");
    assert_eq!(
        postgres,
        "ALTER TABLE posts ALTER COLUMN n DROP DEFAULT;
ALTER TABLE posts ALTER COLUMN n TYPE bigint USING n::bigint;
ALTER TABLE posts ALTER COLUMN n SET DEFAULT 0;"
    );
}

#[test]
fn names_of_constraints_follow_a_rename() {
    let columns =
        |name: &str| vec![Column::new(name, Kind::Enum(vec!["a".into()])), Column::new("user_id", Kind::Id)];
    let made = |name: &str, column: &str| Table {
        foreign_keys: vec![ForeignKey::new("user_id", "users", OnDelete::Cascade)],
        uniques: vec![Unique::new(&[column])],
        ..table(name, columns(column))
    };
    let users = table("users", vec![]);
    let before = [users.clone(), made("posts", "state")];
    let after = [users, made("articles", "status")];
    let [sqlite, postgres] = written(&before, &after, &["posts:articles", "articles.state:status"], &[]);
    let plain = "ALTER TABLE posts RENAME TO articles;\nALTER TABLE articles RENAME COLUMN state TO status;";
    assert_eq!(sqlite, [plain, ""]);
    assert_eq!(
        postgres[0],
        format!(
            "{plain}
ALTER TABLE articles RENAME CONSTRAINT posts_pkey TO articles_pkey;
ALTER TABLE articles RENAME CONSTRAINT posts_user_id_fkey TO articles_user_id_fkey;
ALTER TABLE articles RENAME CONSTRAINT posts_state_key TO articles_status_key;
ALTER TABLE articles RENAME CONSTRAINT posts_state_check TO articles_status_check;"
        )
    );
}

#[test]
fn a_condition_makes_way_for_that_of_a_kind() {
    let posts = |kind| vec![table("posts", vec![Column::new("state", kind).check("state <> ''")])];
    let listed = || posts(Kind::Enum(vec!["a".into()]));
    let [[_, _], [up, down]] = written(&posts(Kind::Text), &listed(), &[], &[]);
    let lines = |sql: &str| sql.lines().filter(|line| !line.starts_with("--")).map(str::to_owned).collect();
    let [up, down]: [Vec<String>; 2] = [lines(&up), lines(&down)];
    assert_eq!(
        up,
        [
            "ALTER TABLE posts RENAME CONSTRAINT posts_state_check TO posts_state_check1;",
            "ALTER TABLE posts ADD CONSTRAINT posts_state_check CHECK (state IN ('a'));"
        ]
    );
    assert_eq!(
        down,
        [
            "ALTER TABLE posts DROP CONSTRAINT posts_state_check;",
            "ALTER TABLE posts RENAME CONSTRAINT posts_state_check1 TO posts_state_check;"
        ]
    );
}
