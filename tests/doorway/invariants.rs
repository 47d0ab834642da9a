//! What must hold between the code, the live database and the schema.

use crate::support::{Server, assert_migrations_make_what_is_declared};
use diesel::{QueryableByName, sql_types::Text};
use doorway::{
    blog::{self as entities, RELATIONSHIPS, app},
    relation::{Kind, Relationship},
};
use serde_json::Value;
use std::{collections::BTreeSet, fs};

on_both_databases!(
    every_foreign_key_has_a_field_on_both_sides,
    tables_have_the_columns_that_the_code_declares,
    fields_are_nullable_where_their_columns_are,
    foreign_keys_are_enforced_and_cascade,
);

#[derive(QueryableByName, Debug, PartialEq, Eq, PartialOrd, Ord, Clone)]
struct ForeignKey {
    #[diesel(sql_type = Text)]
    source: String,
    #[diesel(sql_type = Text)]
    source_column: String,
    #[diesel(sql_type = Text)]
    target: String,
    #[diesel(sql_type = Text)]
    target_column: String,
    #[diesel(sql_type = Text)]
    is_unique: String,
}

async fn foreign_keys(server: &Server) -> Vec<ForeignKey> {
    let sql = if server.is_postgres() {
        "SELECT k.conrelid::regclass::text AS source, a.attname::text AS source_column, \
            k.confrelid::regclass::text AS target, b.attname::text AS target_column, \
            EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = k.conrelid AND i.indisunique \
                AND i.indkey::text = k.conkey[1]::text)::text AS is_unique \
         FROM pg_constraint k JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1] \
         JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = k.confkey[1] \
         WHERE k.contype = 'f' ORDER BY 1, 2"
    } else {
        "SELECT m.name AS source, f.\"from\" AS source_column, f.\"table\" AS target, f.\"to\" AS target_column, \
            CASE WHEN EXISTS (SELECT 1 FROM pragma_index_list(m.name) i WHERE i.\"unique\" \
                AND (SELECT group_concat(name) FROM pragma_index_info(i.name)) = f.\"from\") \
            THEN 'true' ELSE 'false' END AS is_unique \
         FROM sqlite_schema m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table' ORDER BY 1, 2"
    };
    server.db.reader().rows(diesel::sql_query(sql)).await.unwrap()
}

/// The declared fields whose statement goes along this foreign key, away from the row that holds it and
/// towards it.
fn fields_along(key: &ForeignKey) -> (Vec<Relationship>, Vec<Relationship>) {
    let declared = || RELATIONSHIPS.iter().copied().flatten().copied();
    let away = declared().filter(|field| match field.join.link {
        Some(link) => {
            link.table == key.source && link.far == key.source_column && field.join.target == key.target
        }
        None => {
            field.kind == Kind::BelongsTo
                && (field.join.source, field.join.from) == (&*key.source, &*key.source_column)
                && (field.join.target, field.join.to) == (&*key.target, &*key.target_column)
        }
    });
    let kind = if key.is_unique == "true" { Kind::HasOne } else { Kind::HasMany };
    let towards = declared().filter(|field| match field.join.link {
        Some(link) => {
            link.table == key.source && link.near == key.source_column && field.join.source == key.target
        }
        None => {
            field.kind == kind
                && (field.join.source, field.join.from) == (&*key.target, &*key.target_column)
                && (field.join.target, field.join.to) == (&*key.source, &*key.source_column)
        }
    });
    (away.collect(), towards.collect())
}

async fn every_foreign_key_has_a_field_on_both_sides(server: Server) {
    let keys = foreign_keys(&server).await;
    assert!(keys.len() >= 4, "the database's keys were not found: {keys:?}");
    let mut seen = BTreeSet::new();
    for key in &keys {
        let (away, towards) = fields_along(key);
        assert_eq!((away.len(), towards.len()), (1, 1), "{key:?}: {away:?} {towards:?}");
        assert_eq!(away[0].field, towards[0].back_populates, "{key:?}");
        assert_eq!(towards[0].field, away[0].back_populates, "{key:?}");
        seen.extend([away[0], towards[0]].map(|field| (field.join.source, field.field)));
    }
    assert_eq!(seen.len(), RELATIONSHIPS.concat().len(), "a field without a foreign key: {RELATIONSHIPS:?}");
}

#[derive(QueryableByName, Debug)]
struct Column {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    nullable: String,
}

async fn columns(server: &Server, table: &str) -> Vec<Column> {
    let sql = if server.is_postgres() {
        format!(
            "SELECT column_name::text AS name, (is_nullable = 'YES')::text AS nullable \
             FROM information_schema.columns WHERE table_name = '{table}' ORDER BY ordinal_position"
        )
    } else {
        format!(
            "SELECT name, CASE \"notnull\" WHEN 1 THEN 'false' ELSE 'true' END AS nullable \
             FROM pragma_table_info('{table}') ORDER BY cid"
        )
    };
    server.db.reader().rows(diesel::sql_query(sql)).await.unwrap()
}

async fn tables_have_the_columns_that_the_code_declares(server: Server) {
    for (table, known) in entities::tables() {
        let live: Vec<String> = columns(&server, table).await.into_iter().map(|column| column.name).collect();
        assert_eq!(live, known, "{table}");
    }
}

async fn fields_are_nullable_where_their_columns_are(server: Server) {
    for (table, name) in
        [("users", "User"), ("profiles", "Profile"), ("blog_posts", "BlogPost"), ("tags", "Tag")]
    {
        let query = format!(r#"{{ __type(name: "{name}") {{ fields {{ name type {{ kind }} }} }} }}"#);
        let data = server.data(&query).await;
        let fields = data["__type"]["fields"].as_array().unwrap();
        for column in columns(&server, table).await {
            let field = camel_case(&column.name);
            let found = fields.iter().find(|one| one["name"] == Value::String(field.clone()));
            let nullable =
                found.unwrap_or_else(|| panic!("{name}.{field} is missing"))["type"]["kind"] != "NON_NULL";
            assert_eq!(nullable.to_string(), column.nullable, "{name}.{field}");
        }
    }
}

fn camel_case(snake: &str) -> String {
    let mut words = snake.split('_');
    let first = words.next().unwrap().to_owned();
    words.fold(first, |name, word| name + &word[..1].to_uppercase() + &word[1..])
}

async fn foreign_keys_are_enforced_and_cascade(server: Server) {
    let server = server.with_demo().await;
    server.sql("DELETE FROM users WHERE username = 'ada-moreno'").await;
    server.sql("DELETE FROM tags WHERE name = 'sql'").await;
    let data = server.data("{ profiles { user { username } } blogPosts { author { username } tags { name } } tags { posts { title } } }").await;
    assert_eq!(data["profiles"].as_array().unwrap().len(), 3);
    assert_eq!(data["blogPosts"].as_array().unwrap().len(), 6);
    assert!(!data.to_string().contains("ada-moreno") && !data.to_string().contains(r#""sql""#), "{data}");
    let mut tx = server.db.begin().await.unwrap();
    let orphan = "UPDATE profiles SET user_id = (SELECT id FROM tags LIMIT 1)";
    assert!(matches!(tx.run(diesel::sql_query(orphan)).await, Err(doorway::db::DbError::Violation { .. })));
}

#[test]
fn the_migrations_make_what_the_code_declares() {
    assert_migrations_make_what_is_declared("migrations", &app());
}

#[test]
fn schema_graphql_is_up_to_date() {
    let committed = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/schema.graphql")).unwrap();
    assert!(committed == app().sdl(), "run `doorway schema > schema.graphql` and read the difference");
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_in_the_schema_is_described() {
    let server = Server::on_sqlite().await;
    let query = "{ __schema { types { name description fields { name description args { name description } }
        inputFields { name description } enumValues { name description } } } }";
    let data = server.data(query).await;
    // The specification's own, which every schema has.
    let built_in = ["Boolean", "Float", "ID", "Int", "String"];
    let mut mute = Vec::new();
    for kind in data["__schema"]["types"].as_array().unwrap() {
        let name = kind["name"].as_str().unwrap();
        if name.starts_with("__") || built_in.contains(&name) {
            continue;
        }
        let mut check = |path: String, one: &Value| {
            if one["description"].as_str().is_none_or(str::is_empty) {
                mute.push(path);
            }
        };
        check(name.to_owned(), kind);
        for list in ["fields", "inputFields", "enumValues"] {
            for one in kind[list].as_array().into_iter().flatten() {
                let path = format!("{name}.{}", one["name"].as_str().unwrap());
                check(path.clone(), one);
                for argument in one["args"].as_array().into_iter().flatten() {
                    check(format!("{path}({})", argument["name"].as_str().unwrap()), argument);
                }
            }
        }
    }
    assert_eq!(mute, Vec::<String>::new());
}
