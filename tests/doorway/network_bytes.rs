//! Columns of bytes, on the example `network`: written, read, compared and paged by, with the same bytes from both databases.

use crate::network::{ERRORS, refused, run};
use crate::network_columns::{names, walk};
use crate::support::Server;
use base64::{Engine, engine::general_purpose::STANDARD};
use doorway::db::DbError;
use serde_json::{Value, json};

on_both_databases!(
    serving crate::network::entities::app();
    bytes_come_back_as_they_were_given,
    bytes_that_are_not_base64_are_refused,
    bytes_may_be_too_many,
    bytes_are_compared,
    pages_in_the_order_of_bytes,
);

/// None, one and two bytes, on either side of 0x80, ties and null.
const CLUBS: [(&str, Option<&str>); 8] = [
    ("a", Some("AA==")),
    ("b", Some("")),
    ("c", Some("AAA=")),
    ("d", None),
    ("e", Some("/w==")),
    ("f", Some("gA==")),
    ("g", Some("AA==")),
    ("h", Some("fw==")),
];

async fn clubs(server: &Server) -> Value {
    let inputs =
        CLUBS.map(|(name, badge)| format!(r#"{{ name: "{name}", badge: {} }}"#, json!(badge))).join(" ");
    let create = format!("createClubs(inputs: [{inputs}]) {{ clubs {{ name badge }} {ERRORS} }}");
    run(server, &create).await["clubs"].clone()
}

async fn bytes_come_back_as_they_were_given(server: Server) {
    let expected = json!(CLUBS.map(|(name, badge)| json!({ "name": name, "badge": badge })));
    // As the mutation knows them, and as the database has them.
    assert_eq!(clubs(&server).await, expected);
    assert_eq!(server.data("{ clubs { name badge } }").await["clubs"], expected);
    // A row that is written anew, with what was read of it.
    for (name, badge) in CLUBS {
        let id = server.id(&format!(r#"club(name: "{name}")"#)).await;
        let update =
            format!(r#"updateClub(input: {{ id: "{id}", founded: 1 }}) {{ club {{ badge }} {ERRORS} }}"#);
        assert_eq!(run(&server, &update).await["club"]["badge"], json!(badge), "{name}");
        let read = server.data(&format!(r#"{{ club(name: "{name}") {{ badge }} }}"#)).await;
        assert_eq!(read["club"]["badge"], json!(badge), "{name}");
    }
    let all = STANDARD.encode((0..=255).collect::<Vec<u8>>());
    let create = format!(
        "mutation($badge: Bytes) {{ it: createClub(input: {{ name: \"all\", badge: $badge }}) {{ club {{ badge }} {ERRORS} }} }}"
    );
    let answer = server.post(&create, json!({ "badge": all })).await.json();
    assert_eq!(answer["data"]["it"], json!({ "club": { "badge": all }, "userErrors": [] }));
    let query = "query($badges: [Bytes!]!) { clubs(where: { badge: { in: $badges } }) { badge } }";
    let answer = server.post(query, json!({ "badges": [all, "////"] })).await.json();
    assert_eq!(answer["data"]["clubs"], json!([{ "badge": all }]));
}

async fn bytes_that_are_not_base64_are_refused(server: Server) {
    for badge in
        [r#""AA""#, r#""AA=""#, r#""A===""#, r#""AB==""#, r#""A A=""#, r#""_w==""#, r#""AA==\n""#, "1", "[0]"]
    {
        let create = format!(r#"createClub(input: {{ name: "a", badge: {badge} }}) {{ {ERRORS} }}"#);
        assert_eq!(refused(&server, &create).await, json!([["INVALID", "badge"]]), "{badge}");
    }
    let refused = server.ask(r#"{ clubs(where: { badge: { in: ["AA==", "AA"] } }) { name } }"#).await;
    let message = "argument `where.badge.in[1]` must be bytes in base64, in a string";
    assert_eq!(refused["errors"][0]["message"], message);
    assert_eq!(server.data("{ clubs { name } }").await["clubs"], json!([]));
}

async fn bytes_may_be_too_many(server: Server) {
    let create = |bytes: usize| {
        let badge = STANDARD.encode(vec![7; bytes]);
        format!(r#"createClub(input: {{ name: "a", badge: "{badge}" }}) {{ {ERRORS} }}"#)
    };
    assert_eq!(refused(&server, &create(65_537)).await, json!([["TOO_LONG", "badge"]]));
    run(&server, &create(65_536)).await;
    let id = server.id(r#"club(name: "a")"#).await;
    let longer = STANDARD.encode(vec![7; 65_540]);
    let update = format!(
        r#"mutation {{ it: updateClub(input: {{ id: "{id}", badge: "{longer}" }}) {{ {ERRORS} }} }}"#
    );
    let errors = server.data(&update).await["it"]["userErrors"].clone();
    assert_eq!(errors[0]["message"], "may have up to 65536 bytes, not 65540");
    // Nor does the table take it.
    let zeros = if server.is_postgres() { "decode(repeat('00', 65537), 'hex')" } else { "zeroblob(65537)" };
    let mut tx = server.db.begin().await.unwrap();
    let update = diesel::sql_query(format!("UPDATE clubs SET badge = {zeros}"));
    let error = tx.run(update).await.unwrap_err();
    assert!(matches!(error, DbError::Violation { .. }), "{error:?}");
    let type_of = r#"{ __type(name: "CreateClubInput") { inputFields { name description } } }"#;
    let fields = server.data(type_of).await["__type"]["inputFields"].clone();
    let badge = fields.as_array().unwrap().iter().find(|field| field["name"] == "badge").unwrap();
    assert!(badge["description"].as_str().unwrap().ends_with(" Up to 65,536 bytes."), "{badge}");
}

async fn bytes_are_compared(server: Server) {
    clubs(&server).await;
    for (condition, expected) in [
        (r#"eq: "AA==""#, "ag"),
        (r#"eq: """#, "b"),
        (r#"ne: """#, "acefgh"),
        (r#"in: ["", "/w=="]"#, "be"),
        (r#"in: ["/w=="]"#, "e"),
        ("in: []", ""),
        (r#"notIn: ["AA==", "////"]"#, "bcefh"),
        ("isNull: true", "d"),
        ("isNull: false", "abcefgh"),
    ] {
        let condition = format!("where: {{ badge: {{ {condition} }} }}");
        assert_eq!(names(&server, &condition).await, expected, "{condition}");
    }
    let refused = server.ask(r#"{ clubs(where: { badge: { lt: "AA==" } }) { name } }"#).await;
    assert_eq!(refused["errors"][0]["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED");
}

async fn pages_in_the_order_of_bytes(server: Server) {
    clubs(&server).await;
    for (order, expected) in [
        ("{ badge: ASC }, { name: ASC }", "bagchfed"),
        ("{ badge: DESC }, { name: ASC }", "defhcagb"),
        ("{ badge: DESC }, { name: DESC }", "defhcgab"),
    ] {
        assert_eq!(names(&server, &format!("orderBy: [{order}]")).await, expected, "{order}");
        assert_eq!(walk(&server, order).await, (expected.to_owned(), expected.to_owned()), "{order}");
    }
}
