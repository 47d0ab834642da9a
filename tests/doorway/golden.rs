//! Golden cases over the demo blog: `tests/golden` has `NAME.graphql` with its JSON, and its SQL on each database, so
//! that a review shows what operations cost. `UPDATE_GOLDEN=1 tests/run golden` rewrites them: read the difference.

use crate::support::Server;
use std::{collections::BTreeSet, fs, path::Path};

on_both_databases!(every_case_matches_its_json_and_sql);

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden"))
}

async fn every_case_matches_its_json_and_sql(server: Server) {
    let server = server.with_demo().await;
    let dialect = if server.is_postgres() { "postgres" } else { "sqlite" };
    for name in names(".graphql") {
        let query = fs::read_to_string(folder().join(format!("{name}.graphql"))).unwrap();
        let variables = fs::read_to_string(folder().join(format!("{name}.variables.json")));
        let variables = variables.map_or(serde_json::json!({}), |text| serde_json::from_str(&text).unwrap());
        server.take_statements();
        let answer = server.post(&query, variables).await;
        let mut sql = server.take_statements().join(";\n");
        if !sql.is_empty() {
            sql.push_str(";\n");
        }
        expect(&format!("{name}.json"), &answer.pretty());
        expect(&format!("{name}.{dialect}.sql"), &sql);
    }
}

fn names(ending: &str) -> BTreeSet<String> {
    let files = fs::read_dir(folder()).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    files.filter_map(|file| file.strip_suffix(ending).map(str::to_owned)).collect()
}

fn expect(file: &str, actual: &str) {
    let path = folder().join(file);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, actual).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{file}: {error}"));
    assert!(expected == actual, "{file} differs from what was answered:\n{actual}");
}

#[test]
fn every_golden_file_belongs_to_a_case() {
    let cases = names(".graphql");
    assert!(cases.len() >= 10, "{cases:?}");
    for ending in [".variables.json", ".json", ".sqlite.sql", ".postgres.sql"] {
        for name in names(ending) {
            let name = name.trim_end_matches(".variables");
            assert!(cases.contains(name), "{name}{ending} has no .graphql");
        }
    }
}
