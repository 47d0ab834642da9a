//! Columns of lists that others write, on the example `network`: by SQL, which may be wrong, and by statements of Diesel's.

use crate::network::ERRORS;
use crate::network_lists::{LISTS, everything, first, surveys, titles};
use crate::support::Server;
use diesel::prelude::*;
use doorway::db::{Date, DbError, Decimal, Elements, Id, Timestamp};
use serde_json::{Value, json};

on_both_databases!(
    serving crate::network::entities::app();
    lists_that_others_have_written,
    tables_take_no_other_lists,
    statements_of_ones_own_have_lists,
);

async fn lists_that_others_have_written(server: Server) {
    surveys(&server, &[json!({ "words": ["a"] })]).await;
    // In another form, which means the same.
    let words = if server.is_postgres() { r#"'[5:6]={b,"\"c"}'"# } else { r#"' [ "b" , "\u0022c" ] '"# };
    server.sql(&format!("UPDATE surveys SET words = {words}")).await;
    assert_eq!(server.data("{ surveys { words } }").await["surveys"], json!([{ "words": ["b", "\"c"] }]));
    assert_eq!(titles(&server, r#"words: { hasEvery: ["\"c", "b"] }"#).await, "a");
    let bad: &[(&str, &str)] = if server.is_postgres() {
        &[
            ("ratings", "'{NaN}'"),
            ("ratings", "'{1,-Infinity}'"),
            ("days", "'{infinity}'"),
            ("moments", "'{infinity}'"),
            ("kinds", "'{CHESS}'"),
        ]
    } else {
        &[
            ("words", "'[1]'"),
            ("words", "'[null]'"),
            ("words", "'[[]]'"),
            ("kinds", r#"'["CHESS"]'"#),
            ("friends", r#"'["018F0F5E0A4B7C3D8E9FA0B1C2D3E4F5"]'"#),
            ("friends", r#"'["018f0f5e-0a4b-7c3d-8e9f-a0b1c2d3e4f5"]'"#),
            ("moments", r#"'["2024-01-01"]'"#),
            ("years", "'[32768]'"),
            ("scores", "'[1.5]'"),
            ("gifts", "'[9223372036854775808]'"),
            ("gifts", r#"'["1"]'"#),
            ("ratings", "'[1e400]'"),
            ("fees", "'[1.5]'"),
            ("days", r#"'["2023-02-29"]'"#),
            ("votes", "'[1]'"),
            ("drawings", r#"'["A"]'"#),
        ]
    };
    for (column, value) in bad {
        let before =
            server.data(&format!("{{ surveys {{ {column} }} }}")).await["surveys"][0][column].clone();
        server.sql(&format!("UPDATE surveys SET {column} = {value}")).await;
        let answer = server.ask(&format!("{{ surveys {{ {column} }} }}")).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "INTERNAL_SERVER_ERROR", "{column} {value}");
        // What does not read it does not mind, whatever it looks for.
        let ask = format!("{{ surveys(where: {{ {column}: {{ isEmpty: false }} }}) {{ title }} }}");
        assert_eq!(server.data(&ask).await["surveys"], json!([{ "title": "a" }]), "{column} {value}");
        let id = first(&server).await;
        // A row that cannot be read is not written.
        let update =
            format!(r#"mutation {{ updateSurvey(input: {{ id: "{id}", title: "b" }}) {{ {ERRORS} }} }}"#);
        let answer = server.ask(&update).await;
        assert_eq!(
            answer["errors"][0]["extensions"]["code"], "INTERNAL_SERVER_ERROR",
            "{column} {value}: {answer}"
        );
        let old = match before {
            Value::Null => "NULL",
            _ if server.is_postgres() => "'{}'",
            _ => "'[]'",
        };
        server.sql(&format!("UPDATE surveys SET {column} = {old}")).await;
    }
}

async fn tables_take_no_other_lists(server: Server) {
    surveys(&server, &[json!({})]).await;
    let bad: &[&str] = if server.is_postgres() {
        &["'{a,NULL}'", "'{{a},{b}}'"]
    } else {
        &["'{}'", "'null'", "'\"a\"'", "'[1,]'", "''"]
    };
    for value in bad {
        let mut tx = server.db.begin().await.unwrap();
        let update = diesel::sql_query(format!("UPDATE surveys SET words = {value}"));
        let error = tx.run(update).await.unwrap_err();
        assert!(matches!(error, DbError::Violation { .. }), "{value}: {error:?}");
    }
}

doorway::text_enum! {
    /// What a club is for.
    pub enum Aim as AimText {
        /// Playing.
        Games = "GAMES",
        /// Thinking.
        Books = "BOOKS",
    }
}

/// The tables of clubs and surveys, as another program may know them.
mod tables {
    diesel::table! {
        use diesel::sql_types::*;
        use doorway::db::{Guid, List};

        clubs (id) {
            id -> Guid,
            name -> Text,
            tags -> List<Text>,
        }
    }

    diesel::table! {
        use diesel::sql_types::*;
        use super::super::AimText;
        use doorway::db::{Day, Fixed, Guid, Instant, List};

        surveys (id) {
            id -> Guid,
            club_id -> Guid,
            title -> Text,
            kinds -> Nullable<List<AimText>>,
            friends -> Nullable<List<Guid>>,
            moments -> Nullable<List<Instant>>,
            years -> Nullable<List<SmallInt>>,
            scores -> Nullable<List<Integer>>,
            gifts -> Nullable<List<BigInt>>,
            ratings -> Nullable<List<Double>>,
            fees -> Nullable<List<Fixed<10, 2>>>,
            days -> Nullable<List<Day>>,
            votes -> Nullable<List<Bool>>,
            drawings -> Nullable<List<Binary>>,
        }
    }
}
use tables::{clubs, surveys as survey_table};

#[derive(Debug, Clone, PartialEq, Queryable, Insertable)]
#[diesel(table_name = clubs)]
struct Club {
    id: Id,
    name: String,
    #[diesel(serialize_as = Elements<String>)]
    tags: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Queryable, Insertable)]
#[diesel(table_name = survey_table, treat_none_as_default_value = false)]
struct Survey {
    id: Id,
    club_id: Id,
    title: String,
    kinds: Option<Vec<Aim>>,
    friends: Option<Vec<Id>>,
    moments: Option<Vec<Timestamp>>,
    years: Option<Vec<i16>>,
    scores: Option<Vec<i32>>,
    gifts: Option<Vec<i64>>,
    ratings: Option<Vec<f64>>,
    fees: Option<Vec<Decimal>>,
    days: Option<Vec<Date>>,
    votes: Option<Vec<bool>>,
    drawings: Option<Vec<Vec<u8>>>,
}

fn parsed<T: std::str::FromStr<Err: std::fmt::Debug>>(texts: &Value) -> Option<Vec<T>> {
    Some(texts.as_array().unwrap().iter().map(|text| text.as_str().unwrap().parse().unwrap()).collect())
}

async fn statements_of_ones_own_have_lists(server: Server) {
    let club = Club { id: Id::new(), name: "c".to_owned(), tags: vec!["a".to_owned(), "\"b,".to_owned()] };
    let all = everything();
    let survey = Survey {
        id: Id::new(),
        club_id: club.id,
        title: "a".to_owned(),
        kinds: Some(vec![Aim::Games, Aim::Books, Aim::Games]),
        friends: parsed(&all["friends"]),
        moments: parsed(&all["moments"]),
        years: Some(vec![i16::MAX, i16::MIN, 0]),
        scores: Some(vec![i32::MAX, i32::MIN, 0]),
        gifts: parsed(&all["gifts"]),
        ratings: Some(all["ratings"].as_array().unwrap().iter().map(|one| one.as_f64().unwrap()).collect()),
        fees: parsed(&all["fees"]),
        days: parsed(&all["days"]),
        votes: Some(vec![true, false]),
        drawings: Some(vec![vec![], vec![0], vec![0, 1, 2, 3], vec![255; 4]]),
    };
    let mut tx = server.db.begin().await.unwrap();
    tx.run(diesel::insert_into(clubs::table).values(club.clone())).await.unwrap();
    tx.run(diesel::insert_into(survey_table::table).values(survey.clone())).await.unwrap();
    tx.commit().await.unwrap();
    let mut expected = all;
    expected["words"] = json!([]);
    let read = server.data(&format!("{{ surveys {{ {LISTS} }} clubs {{ tags }} }}")).await;
    assert_eq!(read, json!({ "surveys": [expected], "clubs": [{ "tags": ["a", "\"b,"] }] }));
    // As Diesel reads them, and changes them.
    let read: Vec<Survey> = server.db.reader().rows(survey_table::table).await.unwrap();
    assert_eq!(read, [survey]);
    let mut tx = server.db.begin().await.unwrap();
    let tags = Elements(vec!["z".to_owned()]);
    tx.run(diesel::update(clubs::table).set(clubs::tags.eq(tags.clone()))).await.unwrap();
    tx.run(diesel::update(survey_table::table).set(survey_table::days.eq(None::<Vec<Date>>))).await.unwrap();
    tx.commit().await.unwrap();
    let found = clubs::table.filter(clubs::tags.eq(tags)).select(clubs::name);
    let found: Vec<String> = server.db.reader().rows(found).await.unwrap();
    assert_eq!(found, ["c"]);
    assert_eq!(server.data("{ surveys { days } }").await["surveys"], json!([{ "days": null }]));
}
