//! Columns of every type that tables may have, on the example `network`: written, read, compared and paged by, with the same bytes from
//! both databases.

use crate::network::{ERRORS, refused, run};
use crate::support::Server;
use serde_json::{Value, json};

on_both_databases!(
    serving crate::network::entities::app();
    values_come_back_as_they_were_given,
    values_that_a_column_cannot_hold_are_refused,
    conditions_on_each_type,
    pages_in_the_order_of_each_type,
    variables_hold_values_of_each_type,
    defaults_and_columns_that_inputs_do_not_set,
    columns_that_the_database_computes,
);

const COLUMNS: &str = "name kind isOpen founded budget rating meetsOn";

/// Extremes, ties and nulls.
const CLUBS: [&str; 6] = [
    r#"{ name: "a", kind: GAMES, isOpen: true, founded: 1900, budget: "9223372036854775807", rating: 0.1, meetsOn: "9999-12-31" }"#,
    r#"{ name: "b", kind: SPORTS, isOpen: false, founded: -32768, budget: "-9223372036854775808", rating: -1.7976931348623157e308, meetsOn: "0001-01-01" }"#,
    r#"{ name: "c", kind: BOOKS, isOpen: false, founded: 32767, budget: 9007199254740993, rating: 0.30000000000000004, meetsOn: "2024-02-29" }"#,
    r#"{ name: "d" }"#,
    r#"{ name: "e", kind: GAMES, isOpen: true, founded: 1900, budget: 0, rating: 0.1, meetsOn: "1999-12-31" }"#,
    r#"{ name: "f", kind: null, isOpen: null, founded: null, budget: null, rating: -0.0, meetsOn: null }"#,
];

async fn clubs(server: &Server) {
    run(server, &format!("createClubs(inputs: [{}]) {{ {ERRORS} }}", CLUBS.join(" "))).await;
}

async fn values_come_back_as_they_were_given(server: Server) {
    let payload = format!("{{ clubs {{ {COLUMNS} }} {ERRORS} }}");
    let made = run(&server, &format!("createClubs(inputs: [{}]) {payload}", CLUBS.join(" "))).await;
    let club = |name: &str, values: Value| {
        let [kind, is_open, founded, budget, rating, meets_on]: [Value; 6] =
            values.as_array().unwrap().clone().try_into().unwrap();
        json!({ "name": name, "kind": kind, "isOpen": is_open, "founded": founded, "budget": budget,
            "rating": rating, "meetsOn": meets_on })
    };
    let expected = json!([
        club("a", json!(["GAMES", true, 1900, "9223372036854775807", 0.1, "9999-12-31"])),
        club("b", json!(["SPORTS", false, -32768, "-9223372036854775808", f64::MIN, "0001-01-01"])),
        club("c", json!(["BOOKS", false, 32767, "9007199254740993", 0.1 + 0.2, "2024-02-29"])),
        club("d", json!([null, null, null, null, null, null])),
        club("e", json!(["GAMES", true, 1900, "0", 0.1, "1999-12-31"])),
        club("f", json!([null, null, null, null, 0.0, null])),
    ]);
    // As the mutation knows them, and as the database has them.
    assert_eq!(made["clubs"], expected);
    assert_eq!(server.data(&format!("{{ clubs {{ {COLUMNS} }} }}")).await["clubs"], expected);
    let id = server.id(r#"club(name: "d")"#).await;
    let update = format!(
        r#"updateClub(input: {{ id: "{id}", kind: BOOKS, isOpen: false, founded: 0, budget: "-1", rating: 1e-5, meetsOn: "2024-01-01" }}) {{ club {{ {COLUMNS} }} {ERRORS} }}"#
    );
    let expected = club("d", json!(["BOOKS", false, 0, "-1", 1e-5, "2024-01-01"]));
    assert_eq!(run(&server, &update).await["club"], expected);
    assert_eq!(server.data(&format!(r#"{{ club(name: "d") {{ {COLUMNS} }} }}"#)).await["club"], expected);
}

async fn values_that_a_column_cannot_hold_are_refused(server: Server) {
    for (field, value) in [
        ("founded", "32768"),
        ("founded", "-32769"),
        ("budget", "\"9223372036854775808\""),
        ("budget", "\"1.5\""),
        ("meetsOn", "\"2023-02-29\""),
        ("meetsOn", "\"yesterday\""),
    ] {
        let create = format!(r#"createClub(input: {{ name: "a", {field}: {value} }}) {{ {ERRORS} }}"#);
        assert_eq!(refused(&server, &create).await, json!([["INVALID", field]]), "{value}");
    }
    for value in ["kind: CHESS", r#"kind: "GAMES""#, "isOpen: 1", "founded: 1.5", r#"rating: "1""#] {
        let refused = server
            .ask(&format!(r#"mutation {{ createClub(input: {{ name: "a", {value} }}) {{ {ERRORS} }} }}"#))
            .await;
        assert_eq!(
            refused["errors"][0]["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED",
            "{value}: {refused}"
        );
    }
    let refused = server.ask(r#"{ clubs(where: { founded: { eq: 40000 } }) { name } }"#).await;
    assert_eq!(refused["errors"][0]["message"], "argument `where.founded.eq` must be a 16-bit integer");
    assert_eq!(server.data("{ clubs { name } }").await["clubs"], json!([]));
}

/// The names of all clubs, one after the other.
pub async fn names(server: &Server, arguments: &str) -> String {
    let data = server.data(&format!("{{ clubs({arguments}) {{ name }} }}")).await;
    data["clubs"].as_array().unwrap().iter().map(|club| club["name"].as_str().unwrap()).collect()
}

async fn conditions_on_each_type(server: Server) {
    clubs(&server).await;
    for (condition, expected) in [
        ("kind: { eq: GAMES }", "ae"),
        ("kind: { ne: GAMES }", "bc"),
        ("kind: { in: [BOOKS, SPORTS] }", "bc"),
        ("kind: { notIn: [BOOKS] }", "abe"),
        ("kind: { isNull: true }", "df"),
        ("kind: { gt: BOOKS, lt: SPORTS }", "ae"),
        ("isOpen: { eq: true }", "ae"),
        ("isOpen: { ne: true }", "bc"),
        ("isOpen: { isNull: true }", "df"),
        ("not: { isOpen: { eq: true } }", "bcdf"),
        ("founded: { lte: 1900 }", "abe"),
        ("founded: { in: [32767, -32768] }", "bc"),
        (r#"budget: { gt: "9007199254740992" }"#, "ac"),
        (r#"budget: { eq: "9007199254740993" }"#, "c"),
        (r#"budget: { in: ["-9223372036854775808", 0] }"#, "be"),
        ("rating: { eq: 0.1 }", "ae"),
        ("rating: { gt: 0.3 }", "c"),
        ("rating: { lte: 0 }", "bf"),
        ("rating: { eq: -0.0 }", "f"),
        (r#"meetsOn: { lt: "2000-01-01" }"#, "be"),
        (r#"meetsOn: { in: ["9999-12-31", "2024-02-29"] }"#, "ac"),
        (r#"meetsOn: { eq: "0001-01-01" }"#, "b"),
    ] {
        assert_eq!(names(&server, &format!("where: {{ {condition} }}")).await, expected, "{condition}");
    }
}

/// All pages of one row, forward and backward.
pub async fn walk(server: &Server, order: &str) -> (String, String) {
    let mut ways = Vec::new();
    for (size, cursor, end, more) in
        [("first", "after", "endCursor", "hasNextPage"), ("last", "before", "startCursor", "hasPreviousPage")]
    {
        let (mut seen, mut at) = (String::new(), String::new());
        loop {
            let query = format!(
                "{{ clubsConnection({size}: 1, orderBy: [{order}]{at}) {{ nodes {{ name }} pageInfo {{ {end} {more} }} }} }}"
            );
            let page = server.data(&query).await["clubsConnection"].clone();
            seen += page["nodes"][0]["name"].as_str().unwrap();
            if page["pageInfo"][more] == false {
                break;
            }
            at = format!(", {cursor}: {}", page["pageInfo"][end]);
        }
        ways.push(seen);
    }
    let backward = ways.pop().unwrap().chars().rev().collect();
    (ways.pop().unwrap(), backward)
}

async fn pages_in_the_order_of_each_type(server: Server) {
    clubs(&server).await;
    // NULL counts as the greatest value.
    for (order, expected) in [
        ("{ kind: ASC }, { name: ASC }", "caebdf"),
        ("{ kind: DESC }, { name: ASC }", "dfbaec"),
        ("{ isOpen: ASC }, { name: ASC }", "bcaedf"),
        ("{ isOpen: DESC }, { name: DESC }", "fdeacb"),
        ("{ founded: ASC }, { name: ASC }", "baecdf"),
        ("{ founded: DESC }, { name: ASC }", "dfcaeb"),
        ("{ budget: ASC }, { name: ASC }", "becadf"),
        ("{ budget: DESC }, { name: ASC }", "dfaceb"),
        ("{ rating: ASC }, { name: ASC }", "bfaecd"),
        ("{ rating: DESC }, { name: DESC }", "dceafb"),
        ("{ meetsOn: ASC }, { name: ASC }", "becadf"),
        ("{ meetsOn: DESC }, { name: ASC }", "dfaceb"),
    ] {
        assert_eq!(names(&server, &format!("orderBy: [{order}]")).await, expected, "{order}");
        assert_eq!(walk(&server, order).await, (expected.to_owned(), expected.to_owned()), "{order}");
    }
}

async fn variables_hold_values_of_each_type(server: Server) {
    let query = format!(
        "mutation($input: CreateClubInput!) {{ createClub(input: $input) {{ club {{ {COLUMNS} }} {ERRORS} }} }}"
    );
    let input = json!({ "name": "a", "kind": "GAMES", "isOpen": true, "founded": 7, "budget": "12", "rating": 2.5, "meetsOn": "2024-01-01" });
    let answer = server.post(&query, json!({ "input": input })).await.json();
    assert_eq!(answer["data"]["createClub"], json!({ "club": input, "userErrors": [] }));
    let query = "query($kinds: [ClubKind!]!, $budget: BigInt!) { clubs(where: { kind: { in: $kinds }, budget: { gte: $budget } }) { name } }";
    let answer = server.post(query, json!({ "kinds": ["GAMES", "BOOKS"], "budget": "12" })).await.json();
    assert_eq!(answer["data"]["clubs"], json!([{ "name": "a" }]));
    let answer = server.post(query, json!({ "kinds": ["CHESS"], "budget": "12" })).await.json();
    assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{answer}");
}

async fn defaults_and_columns_that_inputs_do_not_set(server: Server) {
    run(&server, &format!(r#"createClub(input: {{ name: "chess" }}) {{ {ERRORS} }}"#)).await;
    let club = server.id(r#"club(name: "chess")"#).await;
    let create = |handle: &str, rest: &str| {
        let member = format!(r#"{{ clubId: "{club}", {rest} }}"#);
        format!(
            r#"createPerson(input: {{ handle: "{handle}", memberships: [{member}] }}) {{ person {{ memberships {{ level visits }} }} {ERRORS} }}"#
        )
    };
    let made = run(&server, &create("ada", "number: 1")).await;
    assert_eq!(made["person"]["memberships"], json!([{ "level": 1, "visits": "0" }]));
    let made = run(&server, &create("bo", "number: 2, level: 5")).await;
    assert_eq!(made["person"]["memberships"], json!([{ "level": 5, "visits": "0" }]));
    // Somebody else sets it.
    server.sql("UPDATE memberships SET visits = 5000000000 WHERE number = 1").await;
    let data = server.data(r#"{ memberships(where: { visits: { gt: "4294967296" } }) { id visits } }"#).await;
    assert_eq!(data["memberships"][0]["visits"], "5000000000");
    let id = data["memberships"][0]["id"].as_str().unwrap();
    let update = format!(
        r#"updateMembership(input: {{ id: "{id}", level: 2 }}) {{ membership {{ level visits }} {ERRORS} }}"#
    );
    assert_eq!(run(&server, &update).await["membership"], json!({ "level": 2, "visits": "5000000000" }));
    let set = server
        .ask(&format!(
            r#"mutation {{ updateMembership(input: {{ id: "{id}", visits: 1 }}) {{ {ERRORS} }} }}"#
        ))
        .await;
    assert_eq!(set["errors"][0]["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED");
    let data = server
        .data(r#"{ __type(name: "CreateMembershipInput") { inputFields { name type { kind } } } }"#)
        .await;
    let field = |name: &str, kind: &str| json!({ "name": name, "type": { "kind": kind } });
    let fields = ["personId", "clubId", "number"].map(|name| field(name, "NON_NULL"));
    let expected: Value =
        fields.into_iter().chain(["card", "level"].map(|name| field(name, "SCALAR"))).collect();
    assert_eq!(data["__type"]["inputFields"], expected);
}

async fn columns_that_the_database_computes(server: Server) {
    // The payload has them, of several rows, of one, and of those within another.
    let made = run(
        &server,
        &format!("createClubs(inputs: [{}]) {{ clubs {{ name century }} {ERRORS} }}", CLUBS.join(" ")),
    )
    .await;
    let expected = json!([
        { "name": "a", "century": 19 },
        { "name": "b", "century": -326 },
        { "name": "c", "century": 328 },
        { "name": "d", "century": null },
        { "name": "e", "century": 19 },
        { "name": "f", "century": null },
    ]);
    assert_eq!(made["clubs"], expected);
    assert_eq!(server.data("{ clubs { name century } }").await["clubs"], expected);
    let create =
        format!(r#"createClub(input: {{ name: "g", founded: 2001 }}) {{ club {{ century }} {ERRORS} }}"#);
    assert_eq!(run(&server, &create).await["club"]["century"], 21);
    let id = server.id(r#"club(name: "g")"#).await;
    for (founded, century) in [("2000", json!(20)), ("null", json!(null)), ("1", json!(1)), ("1", json!(1))] {
        let update = format!(
            r#"updateClub(input: {{ id: "{id}", founded: {founded} }}) {{ club {{ century }} {ERRORS} }}"#
        );
        assert_eq!(run(&server, &update).await["club"]["century"], century, "{founded}");
    }
    // What an upsert finds, and what it makes.
    let upsert = format!(
        r#"upsertClubs(inputs: [{{ name: "g", founded: 301 }}, {{ name: "h", founded: 401 }}]) {{ clubs {{ name century }} {ERRORS} }}"#
    );
    let expected = json!([{ "name": "g", "century": 4 }, { "name": "h", "century": 5 }]);
    assert_eq!(run(&server, &upsert).await["clubs"], expected);
    // Two that swap their names are written twice.
    let other = server.id(r#"club(name: "h")"#).await;
    let swap = format!(
        r#"updateClubs(inputs: [{{ id: "{id}", name: "h" }}, {{ id: "{other}", name: "g" }}]) {{ clubs {{ name century }} {ERRORS} }}"#
    );
    let expected = json!([{ "name": "h", "century": 4 }, { "name": "g", "century": 5 }]);
    assert_eq!(run(&server, &swap).await["clubs"], expected);
    run(&server, &format!(r#"deleteClubs(inputs: [{{ id: "{id}" }}, {{ id: "{other}" }}]) {{ {ERRORS} }}"#))
        .await;

    for (condition, expected) in [
        ("century: { eq: 19 }", "ae"),
        ("century: { ne: 19 }", "bc"),
        ("century: { lt: 0 }", "b"),
        ("century: { in: [328, -326] }", "bc"),
        ("century: { isNull: true }", "df"),
    ] {
        assert_eq!(names(&server, &format!("where: {{ {condition} }}")).await, expected, "{condition}");
    }
    for (order, expected) in
        [("{ century: ASC }, { name: ASC }", "baecdf"), ("{ century: DESC }, { name: DESC }", "fdceab")]
    {
        assert_eq!(names(&server, &format!("orderBy: [{order}]")).await, expected, "{order}");
        assert_eq!(walk(&server, order).await, (expected.to_owned(), expected.to_owned()), "{order}");
    }

    for input in ["CreateClubInput", "UpdateClubInput", "UpsertClubInput"] {
        let query = format!(r#"{{ __type(name: "{input}") {{ inputFields {{ name }} }} }}"#);
        let fields = server.data(&query).await["__type"]["inputFields"].clone();
        let fields = fields.as_array().unwrap();
        assert!(fields.iter().any(|field| field["name"] == "founded"), "{input}");
        assert!(fields.iter().all(|field| field["name"] != "century"), "{input}");
    }
}
