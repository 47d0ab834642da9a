//! Columns of JSON, on the example `network`: the same bytes from both databases, whatever way they came.

use crate::network::{ERRORS, refused, run};
use crate::network_columns::names;
use crate::support::Server;
use serde_json::{Value, json};

on_both_databases!(
    serving crate::network::entities::app();
    json_comes_back_in_one_form,
    json_that_cannot_be_kept_is_refused,
    json_has_no_order_and_no_conditions_but_null,
);

/// The bytes of the response, from the field on.
async fn text_of(server: &Server, query: &str, variables: Value) -> String {
    let text = server.post(query, variables).await.text;
    text.split_once(r#""extra":"#).unwrap_or_else(|| panic!("{text}")).1.to_owned()
}

async fn json_comes_back_in_one_form(server: Server) {
    let create = format!(
        r#"mutation($name: String!, $extra: JSON) {{ createClub(input: {{ name: $name, extra: $extra }}) {{ club {{ extra }} {ERRORS} }} }}"#
    );
    for (nth, (extra, expected)) in [
        (
            r#"{ "b": [1, true, null, "é\"\n\u0001"], "a": {}, "B": [], "\ud83d\ude00": 1, "￦": 2 }"#,
            "{\"B\":[],\"a\":{},\"b\":[1,true,null,\"é\\\"\\n\\u0001\"],\"￦\":2,\"😀\":1}",
        ),
        ("1.0", "1"),
        ("-0.0", "0"),
        ("1e16", "10000000000000000"),
        ("9007199254740993", "9007199254740993"),
        ("[-9223372036854775808, 18446744073709551615]", "[-9223372036854775808,18446744073709551615]"),
        (
            "[0.1, 0.30000000000000004, 5e-324, 1e300, 1.5e-7]",
            "[0.1,0.30000000000000004,5e-324,1e+300,1.5e-7]",
        ),
        (r#""""#, r#""""#),
        (r#""null""#, r#""null""#),
        ("false", "false"),
        ("[]", "[]"),
        ("null", "null"),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("club {nth}");
        let extra: Value = serde_json::from_str(extra).unwrap();
        let end = |rest: &str| format!("{expected}}}{rest}");
        // As the mutation knows it, and as the database has it.
        let made = text_of(&server, &create, json!({ "name": name, "extra": extra })).await;
        assert!(made.starts_with(&end(",")), "{made}");
        let read = text_of(&server, &format!(r#"{{ club(name: "{name}") {{ extra }} }}"#), Value::Null).await;
        assert!(read.starts_with(&end("}")), "{read}");
        // The row is written anew, with what was read of it.
        let id = server.id(&format!(r#"club(name: "{name}")"#)).await;
        let update = format!(
            r#"mutation {{ updateClub(input: {{ id: "{id}", founded: 1 }}) {{ club {{ extra }} }} }}"#
        );
        let updated = text_of(&server, &update, Value::Null).await;
        assert!(updated.starts_with(&end("}")), "{updated}");
        let read = text_of(&server, &format!(r#"{{ club(name: "{name}") {{ extra }} }}"#), Value::Null).await;
        assert!(read.starts_with(&end("}")), "{read}");
    }
    // As a literal, with a variable in it.
    let query = format!(
        r#"mutation($a: Int!) {{ createClub(input: {{ name: "literal", extra: {{ b: [$a, 2.50, 18446744073709551615], a: {{ c: "x" }} }} }}) {{ club {{ extra }} {ERRORS} }} }}"#
    );
    let made = text_of(&server, &query, json!({ "a": 7 })).await;
    assert!(made.starts_with(r#"{"a":{"c":"x"},"b":[7,2.5,18446744073709551615]}"#), "{made}");
    // As somebody else writes it.
    let sql = r#"UPDATE clubs SET extra = ' { "b": 1.0, "a": 100e-1, "c": 1E300, "b": -0.0 } ' WHERE name = 'literal'"#;
    server.sql(sql).await;
    let read = text_of(&server, r#"{ club(name: "literal") { extra } }"#, Value::Null).await;
    assert!(read.starts_with(r#"{"a":10,"b":0,"c":1e+300}"#), "{read}");
}

async fn json_that_cannot_be_kept_is_refused(server: Server) {
    let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    let create = format!(
        r#"mutation($extra: JSON) {{ it: createClub(input: {{ name: "a", extra: $extra }}) {{ {ERRORS} }} }}"#
    );
    for (extra, code) in [
        ("\"\\u0000\"".to_owned(), "INVALID"),
        ("{ \"\\u0000\": 1 }".to_owned(), "INVALID"),
        (nested(101), "INVALID"),
        (format!("[\"{}\"]", "é".repeat(997)), "TOO_LONG"),
    ] {
        let extra: Value = serde_json::from_str(&extra).unwrap();
        let answer = server.post(&create, json!({ "extra": extra })).await.json();
        let error = &answer["data"]["it"]["userErrors"][0];
        assert_eq!((&error["code"], &error["field"]), (&json!(code), &json!(["input", "extra"])), "{answer}");
    }
    let literal = format!(r#"createClub(input: {{ name: "a", extra: [GAMES] }}) {{ {ERRORS} }}"#);
    assert_eq!(refused(&server, &literal).await, json!([["INVALID", "extra"]]));
    assert_eq!(server.data("{ clubs { name } }").await["clubs"], json!([]));
    for extra in [nested(100), format!("[\"{}\"]", "é".repeat(996))] {
        let extra: Value = serde_json::from_str(&extra).unwrap();
        let answer = server.post(&create, json!({ "extra": extra })).await.json();
        assert_eq!(answer["data"]["it"]["userErrors"], json!([]), "{answer}");
        server.sql("DELETE FROM clubs").await;
    }
}

async fn json_has_no_order_and_no_conditions_but_null(server: Server) {
    for (name, extra) in [("a", "{}"), ("b", "null"), ("c", "[null]")] {
        run(&server, &format!(r#"createClub(input: {{ name: "{name}", extra: {extra} }}) {{ {ERRORS} }}"#))
            .await;
    }
    for (condition, expected) in [
        ("extra: { isNull: true }", "b"),
        ("extra: { isNull: false }", "ac"),
        ("not: { extra: { isNull: true } }", "ac"),
    ] {
        assert_eq!(names(&server, &format!("where: {{ {condition} }}")).await, expected, "{condition}");
    }
    for arguments in ["where: { extra: { eq: {} } }", "orderBy: [{ extra: ASC }]"] {
        let refused = server.ask(&format!("{{ clubs({arguments}) {{ name }} }}")).await;
        assert_eq!(refused["errors"][0]["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED", "{arguments}");
    }
}
