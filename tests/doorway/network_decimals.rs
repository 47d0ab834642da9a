//! Columns of exact decimal numbers, on the example `network`: written, read, compared and paged by, with the same bytes from both databases.

use crate::network::{ERRORS, refused, run};
use crate::network_columns::{names, walk};
use crate::support::Server;
use serde_json::{Value, json};

on_both_databases!(
    serving crate::network::entities::app();
    numbers_come_back_with_all_decimals,
    numbers_that_the_column_cannot_hold_are_refused,
    numbers_are_compared_exactly,
    pages_in_the_order_of_numbers,
    variables_hold_numbers,
);

/// Extremes, ties and nulls.
const CLUBS: [(&str, &str, &str); 8] = [
    ("a", r#""99999999.99""#, r#""99999999.99""#),
    ("b", r#""-99999999.99""#, r#""-99999999.99""#),
    ("c", r#""0.1""#, r#""0.10""#),
    ("d", "null", "null"),
    ("e", r#""0.10""#, r#""0.10""#),
    ("f", r#""-0.01""#, r#""-0.01""#),
    ("g", r#""-0.00""#, r#""0.00""#),
    ("h", "12", r#""12.00""#),
];

async fn clubs(server: &Server) -> Value {
    let inputs = CLUBS.map(|(name, fee, _)| format!(r#"{{ name: "{name}", fee: {fee} }}"#)).join(" ");
    run(server, &format!("createClubs(inputs: [{inputs}]) {{ clubs {{ name fee }} {ERRORS} }}")).await["clubs"].clone()
}

async fn numbers_come_back_with_all_decimals(server: Server) {
    let expected = CLUBS
        .map(|(name, _, fee)| json!({ "name": name, "fee": serde_json::from_str::<Value>(fee).unwrap() }));
    // As the mutation knows them, and as the database has them.
    assert_eq!(clubs(&server).await, json!(expected));
    assert_eq!(server.data("{ clubs { name fee } }").await["clubs"], json!(expected));
    // A row that is written anew, with what was read of it.
    for (name, _, fee) in CLUBS {
        let id = server.id(&format!(r#"club(name: "{name}")"#)).await;
        let update =
            format!(r#"updateClub(input: {{ id: "{id}", founded: 1 }}) {{ club {{ fee }} {ERRORS} }}"#);
        let fee: Value = serde_json::from_str(fee).unwrap();
        assert_eq!(run(&server, &update).await["club"]["fee"], fee, "{name}");
        assert_eq!(
            server.data(&format!(r#"{{ club(name: "{name}") {{ fee }} }}"#)).await["club"]["fee"],
            fee,
            "{name}"
        );
    }
}

async fn numbers_that_the_column_cannot_hold_are_refused(server: Server) {
    for fee in [
        r#""0.001""#,
        r#""0.100""#,
        r#""100000000""#,
        r#""-100000000.00""#,
        r#""99999999999999999999""#,
        r#""1e2""#,
        r#""""#,
        r#""1,5""#,
        r#""NaN""#,
        r#""Infinity""#,
        "1.5",
        "100000000",
        "true",
        "{}",
    ] {
        let create = format!(r#"createClub(input: {{ name: "a", fee: {fee} }}) {{ {ERRORS} }}"#);
        assert_eq!(refused(&server, &create).await, json!([["INVALID", "fee"]]), "{fee}");
    }
    assert_eq!(server.data("{ clubs { name } }").await["clubs"], json!([]));
    for (condition, place) in [
        (r#"eq: "0.001""#, "eq"),
        (r#"lt: "100000000""#, "lt"),
        (r#"gte: 1.5"#, "gte"),
        (r#"in: ["1", "0.001"]"#, "in[1]"),
        (r#"notIn: "x""#, "notIn[0]"),
    ] {
        let answer =
            server.ask(&format!("{{ clubs(where: {{ fee: {{ {condition} }} }}) {{ name }} }}")).await;
        let message = format!(
            "argument `where.fee.{place}` must be a decimal number in a string, with up to 8 digits before the point and up to 2 after it"
        );
        assert_eq!(answer["errors"][0]["message"], message, "{answer}");
        assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
    }
}

async fn numbers_are_compared_exactly(server: Server) {
    clubs(&server).await;
    for (condition, expected) in [
        (r#"eq: "0.1""#, "ce"),
        (r#"eq: "0.10""#, "ce"),
        (r#"eq: "-0""#, "g"),
        ("eq: 12", "h"),
        (r#"ne: "0.1""#, "abfgh"),
        (r#"in: ["0.1", 12, "99999999.99"]"#, "aceh"),
        (r#"in: ["-0.01"]"#, "f"),
        ("in: []", ""),
        (r#"notIn: ["0.1", "12.0"]"#, "abfg"),
        (r#"lt: "0""#, "bf"),
        (r#"lte: "0""#, "bfg"),
        (r#"gt: "99999999.98""#, "a"),
        (r#"gte: "0.10""#, "aceh"),
        ("isNull: true", "d"),
        ("isNull: false", "abcefgh"),
    ] {
        assert_eq!(
            names(&server, &format!("where: {{ fee: {{ {condition} }} }}")).await,
            expected,
            "{condition}"
        );
    }
}

async fn pages_in_the_order_of_numbers(server: Server) {
    clubs(&server).await;
    for (order, expected) in [
        ("{ fee: ASC }, { name: ASC }", "bfgcehad"),
        ("{ fee: DESC }, { name: ASC }", "dahcegfb"),
        ("{ fee: DESC }, { name: DESC }", "dahecgfb"),
    ] {
        assert_eq!(names(&server, &format!("orderBy: [{order}]")).await, expected, "{order}");
        assert_eq!(walk(&server, order).await, (expected.to_owned(), expected.to_owned()), "{order}");
    }
}

async fn variables_hold_numbers(server: Server) {
    let create = format!(
        "mutation($fee: Decimal) {{ it: createClub(input: {{ name: \"a\", fee: $fee }}) {{ club {{ fee }} {ERRORS} }} }}"
    );
    let answer = server.post(&create, json!({ "fee": "2.5" })).await.json();
    assert_eq!(answer["data"]["it"], json!({ "club": { "fee": "2.50" }, "userErrors": [] }));
    let query = "query($fees: [Decimal!]!) { clubs(where: { fee: { in: $fees } }) { fee } }";
    let answer = server.post(query, json!({ "fees": ["2.50", 3] })).await.json();
    assert_eq!(answer["data"]["clubs"], json!([{ "fee": "2.50" }]));
    let answer = server.post(query, json!({ "fees": [2.5] })).await.json();
    assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{answer}");
}
