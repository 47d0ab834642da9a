//! What a database says of its tables, without the order of columns.

use super::Server;
use diesel::{QueryableByName, sql_types::Text};

/// Tables, columns, keys, conditions and indexes, one line each.
#[derive(Debug, PartialEq, Eq)]
pub struct Catalogue(Vec<String>);

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// Names of NOT NULL, which PostgreSQL 18 has, do not follow a rename.
const POSTGRES: &str = "\
    SELECT format('%s.%s %s %s %s %s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), \
        (SELECT collname FROM pg_collation o WHERE o.oid = a.attcollation), a.attnotnull, \
        pg_get_expr(d.adbin, d.adrelid), a.attgenerated) AS line \
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum \
    WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped \
    UNION ALL \
    SELECT format('%s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) FROM pg_constraint \
    WHERE connamespace = 'public'::regnamespace AND contype <> 'n' \
    UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'";

/// The text of tables says what nothing else does: their conditions.
const SQLITE: &str = "\
    SELECT m.name || '.' || x.name || ' ' || x.type || ' ' || x.\"notnull\" || ' ' || coalesce(x.dflt_value, '') || ' ' || x.pk || ' ' || x.hidden AS line \
    FROM sqlite_schema m, pragma_table_xinfo(m.name) x WHERE m.type = 'table' \
    UNION ALL SELECT m.name || ' references ' || k.\"from\" || ' ' || k.\"table\" || ' ' || k.\"to\" || ' ' || k.on_delete \
    FROM sqlite_schema m, pragma_foreign_key_list(m.name) k WHERE m.type = 'table' \
    UNION ALL SELECT m.name || ' index ' || CASE WHEN i.name LIKE 'sqlite%' THEN '' ELSE i.name END || ' ' || i.\"unique\" || ' ' || i.partial || ' ' || \
        (SELECT group_concat(coalesce(name, '') || \"desc\") FROM pragma_index_xinfo(i.name) WHERE \"key\") \
    FROM sqlite_schema m, pragma_index_list(m.name) i WHERE m.type = 'table' \
    UNION ALL SELECT 'text ' || sql FROM sqlite_schema WHERE type = 'table'";

impl Catalogue {
    pub async fn of(server: &Server) -> Catalogue {
        let sql = if server.is_postgres() { POSTGRES } else { SQLITE };
        let lines: Vec<Line> = server.db.reader().rows(diesel::sql_query(sql)).await.unwrap();
        let mut all = Vec::new();
        for Line { line } in lines {
            match line.strip_prefix("text ") {
                Some(sql) => all.extend(definitions(sql)),
                None => all.push(line),
            }
        }
        all.retain(|line| !line.contains("__diesel_schema_migrations"));
        all.sort();
        Catalogue(all)
    }

    /// Fails unless it is this one.
    pub fn check(&self, expected: &Catalogue, why: &str) {
        let only = |here: &Catalogue, there: &Catalogue| -> Vec<String> {
            here.0.iter().filter(|line| !there.0.contains(line)).cloned().collect()
        };
        let (more, less) = (only(self, expected), only(expected, self));
        assert!(self == expected, "{why}\nonly there: {more:#?}\nmissing: {less:#?}");
    }
}

/// The parts of a `CREATE TABLE`, without comments, quotes and line ends.
fn definitions(sql: &str) -> Vec<String> {
    let text: Vec<&str> = sql.lines().map(|line| line.split("--").next().unwrap().trim()).collect();
    let text = text.join(" ").replace('"', "");
    let (head, body) = text.split_once('(').unwrap();
    let (body, tail) = body.rsplit_once(')').unwrap();
    let (mut depth, mut parts) = (0, vec![String::new()]);
    for letter in body.chars() {
        depth += i32::from(letter == '(') - i32::from(letter == ')');
        if letter == ',' && depth == 0 {
            parts.push(String::new());
        } else {
            parts.last_mut().unwrap().push(letter);
        }
    }
    parts.iter().map(|part| format!("{} {}: {}", head.trim(), tail.trim(), part.trim())).collect()
}
