//! Columns of lists, on the example `network`: written, read and searched, with the same bytes from both databases.

use crate::network::{ERRORS, refused, run};
use crate::support::Server;
use serde_json::{Value, json};

on_both_databases!(
    serving crate::network::entities::app();
    lists_come_back_as_they_were_given,
    elements_that_cannot_be_kept_are_refused,
    lists_may_be_too_long,
    conditions_on_lists,
    conditions_on_each_type_of_element,
    lists_have_no_order,
    defaults_and_lists_that_inputs_do_not_set,
    lists_of_join_tables,
    what_is_computed_of_lists,
);

pub const LISTS: &str = "words kinds friends moments years scores gifts ratings fees days drawings";

/// A value of each type of element, with extremes and what needs care in SQL and JSON.
pub fn everything() -> Value {
    json!({
        "words": ["", "a,b", "\"", "\\", "{}", "NULL", "null", " é\n\u{1f600}", "'", "a", "a"],
        "kinds": ["GAMES", "BOOKS", "GAMES"],
        "friends": ["018f0f5e-0a4b-7c3d-8e9f-a0b1c2d3e4f5", "ffffffff-ffff-ffff-ffff-ffffffffffff"],
        "moments": ["1970-01-01T00:00:00.000000Z", "2024-04-18T14:40:00.000001Z", "9999-12-31T23:59:59.999999Z"],
        "years": [32767, -32768, 0],
        "scores": [2147483647, -2147483648_i64, 0],
        "gifts": ["9223372036854775807", "-9223372036854775808", "9007199254740993"],
        "ratings": [0.1, 0.1 + 0.2, f64::MIN, f64::MAX, 5e-324, 1e-5, 0.0, 2.0, 1e21],
        "fees": ["99999999.99", "-99999999.99", "0.00", "0.05", "12.50"],
        "days": ["0001-01-01", "2024-02-29", "9999-12-31"],
        "drawings": ["", "AA==", "AAECAw==", "/////w=="],
    })
}

async fn club(server: &Server) -> String {
    let made =
        run(server, &format!(r#"createClub(input: {{ name: "c" }}) {{ club {{ id }} {ERRORS} }}"#)).await;
    made["club"]["id"].as_str().unwrap().to_owned()
}

/// Creates surveys that are called `a`, `b` and so on, with these fields.
pub async fn surveys(server: &Server, inputs: &[Value]) -> Vec<Value> {
    let club = club(server).await;
    let named = inputs.iter().zip('a'..).map(|(input, title)| {
        let mut input = input.clone();
        input["title"] = json!(title);
        input["clubId"] = json!(club);
        input
    });
    let query = format!(
        "mutation($inputs: [CreateSurveyInput!]!) {{ it: createSurveys(inputs: $inputs) {{ surveys {{ id {LISTS} }} {ERRORS} }} }}"
    );
    let answer = server.post(&query, json!({ "inputs": named.collect::<Vec<_>>() })).await.json();
    assert_eq!(answer["data"]["it"]["userErrors"], json!([]), "{answer}");
    answer["data"]["it"]["surveys"].as_array().unwrap().clone()
}

/// The id of the first survey.
pub async fn first(server: &Server) -> String {
    let data = server.data("{ surveys(limit: 1) { id } }").await;
    data["surveys"][0]["id"].as_str().unwrap().to_owned()
}

fn without_id(survey: &Value) -> Value {
    let mut survey = survey.clone();
    survey.as_object_mut().unwrap().remove("id");
    survey
}

async fn lists_come_back_as_they_were_given(server: Server) {
    let mut nothing = everything();
    let mut empty = everything();
    for name in LISTS.split(' ') {
        // These must have something.
        nothing[name] = if name == "words" { json!([]) } else { Value::Null };
        empty[name] = if name == "scores" { json!([1]) } else { json!([]) };
    }
    let expected = [everything(), nothing, empty];
    let made = surveys(&server, &expected).await;
    // As the mutation knows them, and as the database has them.
    assert_eq!(made.iter().map(without_id).collect::<Vec<_>>(), expected);
    let read = server.data(&format!("{{ surveys {{ {LISTS} }} }}")).await["surveys"].clone();
    assert_eq!(read, json!(expected));
    for (survey, expected) in made.iter().zip(&expected) {
        let id = survey["id"].as_str().unwrap();
        // The row is written anew, with what was read of it.
        let update = format!(
            r#"updateSurvey(input: {{ id: "{id}", title: "z" }}) {{ survey {{ {LISTS} }} {ERRORS} }}"#
        );
        assert_eq!(run(&server, &update).await["survey"], *expected);
        let read = server.data(&format!(r#"{{ survey(id: "{id}") {{ {LISTS} }} }}"#)).await["survey"].clone();
        assert_eq!(read, *expected);
    }
    // An update replaces the whole list. One value stands for a list of it.
    let id = made[0]["id"].as_str().unwrap();
    let update = format!(
        r#"updateSurvey(input: {{ id: "{id}", words: "only", days: null, gifts: [7, "8"], kinds: [] }}) {{ survey {{ words days gifts kinds years }} {ERRORS} }}"#
    );
    let expected = json!({ "words": ["only"], "days": null, "gifts": ["7", "8"], "kinds": [], "years": [32767, -32768, 0] });
    assert_eq!(run(&server, &update).await["survey"], expected);
    let read = server.data(&format!(r#"{{ survey(id: "{id}") {{ words days gifts kinds years }} }}"#)).await;
    assert_eq!(read["survey"], expected);
    // As rows within another.
    let create = format!(
        r#"createClub(input: {{ name: "d", tags: ["x", "y"], surveys: [{{ title: "m", words: ["1"] }}, {{ title: "n", scores: [1, 2] }}] }}) {{
            club {{ tags surveys {{ title words scores club {{ tags }} }} }} {ERRORS} }}"#
    );
    let tags = json!({ "tags": ["x", "y"] });
    let expected = json!({ "tags": ["x", "y"], "surveys": [
        { "title": "m", "words": ["1"], "scores": null, "club": tags },
        { "title": "n", "words": [], "scores": [1, 2], "club": tags },
    ] });
    assert_eq!(run(&server, &create).await["club"], expected);
    // What an upsert finds, and what it makes.
    let upsert = format!(
        r#"upsertClubs(inputs: [{{ name: "d", tags: ["z"] }}, {{ name: "e", tags: ["w"] }}]) {{ clubs {{ name tags }} {ERRORS} }}"#
    );
    let expected = json!([{ "name": "d", "tags": ["z"] }, { "name": "e", "tags": ["w"] }]);
    assert_eq!(run(&server, &upsert).await["clubs"], expected);
    assert_eq!(
        server.data(r#"{ clubs(where: { name: { in: ["d", "e"] } }) { name tags } }"#).await["clubs"],
        expected
    );
}

async fn elements_that_cannot_be_kept_are_refused(server: Server) {
    let club = club(&server).await;
    for (list, code, place) in [
        (r#"words: ["a", "b\u0000"]"#, "INVALID", "1"),
        (r#"gifts: [1, "9223372036854775808"]"#, "INVALID", "1"),
        ("years: [0, 1, 32768]", "INVALID", "2"),
        (r#"fees: ["0.005"]"#, "INVALID", "0"),
        (r#"days: ["2024-01-01", "2023-02-29"]"#, "INVALID", "1"),
        (r#"moments: ["1969-12-31"]"#, "INVALID", "0"),
        (r#"friends: ["7"]"#, "INVALID", "0"),
        (r#"drawings: ["A"]"#, "INVALID", "0"),
        ("words: null", "REQUIRED", "words"),
        ("scores: []", "INVALID", "scores"),
    ] {
        let create =
            format!(r#"createSurvey(input: {{ clubId: "{club}", title: "a", {list} }}) {{ {ERRORS} }}"#);
        assert_eq!(refused(&server, &create).await, json!([[code, place]]), "{list}");
    }
    for list in
        [r#"words: ["a", null]"#, "kinds: [CHESS]", "ratings: [\"1\"]", "words: [[\"a\"]]", "scores: [1.5]"]
    {
        let create = format!(
            r#"mutation {{ createSurvey(input: {{ clubId: "{club}", title: "a", {list} }}) {{ {ERRORS} }} }}"#
        );
        let refused = server.ask(&create).await;
        assert_eq!(refused["errors"][0]["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED", "{list}");
    }
    for (condition, message) in [
        (r#"gifts: { has: "x" }"#, "argument `where.gifts.has` must be a 64-bit integer, or one in a string"),
        (
            r#"days: { hasSome: ["2024-01-01", "x"] }"#,
            "argument `where.days.hasSome[1]` must be a date as in 2024-04-18, from year 1 to 9999",
        ),
        (r#"words: { hasEvery: ["\u0000"] }"#, "argument `where.words.hasEvery[0]` must not contain U+0000"),
        ("words: { hasEvery: null }", "argument `where.words.hasEvery` must not be null: omit it"),
        ("words: { has: null }", "argument `where.words.has` must not be null: use `isNull` or omit it"),
        ("words: { isEmpty: null }", "argument `where.words.isEmpty` must be true or false"),
    ] {
        let refused = server.ask(&format!("{{ surveys(where: {{ {condition} }}) {{ title }} }}")).await;
        assert_eq!(refused["errors"][0]["message"], message);
    }
    assert_eq!(server.data("{ surveys { title } }").await["surveys"], json!([]));
}

async fn lists_may_be_too_long(server: Server) {
    let create = |many: usize| {
        format!(r#"createClub(input: {{ name: "a", tags: {:?} }}) {{ {ERRORS} }}"#, vec!["x"; many])
    };
    assert_eq!(refused(&server, &create(21)).await, json!([["TOO_MANY", "tags"]]));
    run(&server, &create(20)).await;
    let type_of = r#"{ __type(name: "CreateSurveyInput") { inputFields { name description } } }"#;
    let fields = server.data(type_of).await["__type"]["inputFields"].clone();
    let ends = |name: &str, text: &str| {
        let field = fields.as_array().unwrap().iter().find(|field| field["name"] == name).unwrap();
        assert!(field["description"].as_str().unwrap().ends_with(text), "{field}");
    };
    ends("words", " Up to 20 items. The default is [].");
    ends("scores", " 1 to 10 items.");
    // Without a bound, as long as a request may be.
    let club = server.id(r#"club(name: "a")"#).await;
    let (gifts, words): (Vec<i64>, Vec<String>) = ((0..20_000).collect(), vec!["é".repeat(100_000); 3]);
    let query =
        format!("mutation($input: CreateSurveyInput!) {{ it: createSurvey(input: $input) {{ {ERRORS} }} }}");
    let input = json!({ "clubId": club, "title": "a", "gifts": gifts, "words": words });
    let answer = server.post(&query, json!({ "input": input })).await.json();
    assert_eq!(answer["data"]["it"]["userErrors"], json!([]), "{answer}");
    let read = server.data("{ surveys { gifts words } }").await["surveys"][0].clone();
    assert_eq!((read["gifts"].as_array().unwrap().len(), &read["words"]), (20_000, &json!(words)));
    let query = "query($word: String!) { surveys(where: { words: { has: $word }, gifts: { hasEvery: [0, 19999] } }) { title } }";
    let answer = server.post(query, json!({ "word": words[0] })).await.json();
    assert_eq!(answer["data"]["surveys"], json!([{ "title": "a" }]));
    let answer = server.post(query, json!({ "word": &words[0][2..] })).await.json();
    assert_eq!(answer["data"]["surveys"], json!([]));
}

/// The titles of all surveys that match, one after the other.
pub async fn titles(server: &Server, condition: &str) -> String {
    let data = server.data(&format!("{{ surveys(where: {{ {condition} }}) {{ title }} }}")).await;
    data["surveys"].as_array().unwrap().iter().map(|survey| survey["title"].as_str().unwrap()).collect()
}

async fn conditions_on_lists(server: Server) {
    let scores = [json!([1, 2]), json!([2, 3, 3]), Value::Null, json!([3])];
    let words = [json!(["a", "A"]), json!([]), json!(["a", "b", "a"]), json!(["Ä", ""])];
    let inputs: Vec<Value> = words
        .into_iter()
        .zip(scores)
        .map(|(words, scores)| json!({ "words": words, "scores": scores }))
        .collect();
    surveys(&server, &inputs).await;
    for (condition, expected) in [
        (r#"words: { has: "a" }"#, "ac"),
        (r#"words: { has: "A" }"#, "a"),
        (r#"words: { has: "" }"#, "d"),
        (r#"words: { has: "ä" }"#, ""),
        (r#"words: { hasSome: ["b", "Ä", "x"] }"#, "cd"),
        (r#"words: { hasSome: ["b", "b"] }"#, "c"),
        ("words: { hasSome: [] }", ""),
        (r#"words: { hasEvery: ["a", "b"] }"#, "c"),
        (r#"words: { hasEvery: ["a", "a", "a"] }"#, "ac"),
        ("words: { hasEvery: [] }", "abcd"),
        ("words: { isEmpty: true }", "b"),
        ("words: { isEmpty: false }", "acd"),
        (r#"words: { has: "a", hasSome: ["A", "b"], isEmpty: false }"#, "ac"),
        (r#"not: { words: { has: "a" } }"#, "bd"),
        ("words: {}", "abcd"),
        // Of NULL nothing holds, and so its opposite does.
        ("scores: { has: 3 }", "bd"),
        ("scores: { hasEvery: [] }", "abd"),
        ("scores: { hasSome: [] }", ""),
        ("scores: { hasSome: [1, 3] }", "abd"),
        ("scores: { hasEvery: [3, 2] }", "b"),
        ("scores: { isEmpty: true }", ""),
        ("scores: { isEmpty: false }", "abd"),
        ("scores: { isNull: true }", "c"),
        ("scores: { isNull: false }", "abd"),
        ("not: { scores: { has: 3 } }", "ac"),
        ("not: { scores: { hasEvery: [] } }", "c"),
        ("not: { scores: { isEmpty: true } }", "abcd"),
        ("not: { scores: { isEmpty: false } }", "c"),
        ("or: [{ scores: { has: 1 } }, { words: { isEmpty: true } }]", "ab"),
        (r#"club: { surveys: { some: { words: { has: "Ä" } } } }"#, "abcd"),
        (r#"club: { surveys: { every: { words: { has: "a" } } } }"#, ""),
        (r#"club: { tags: { isEmpty: true } }"#, "abcd"),
    ] {
        assert_eq!(titles(&server, condition).await, expected, "{condition}");
    }
    let count = r#"{ surveysConnection(where: { words: { has: "a" } }) { totalCount } }"#;
    assert_eq!(server.data(count).await["surveysConnection"]["totalCount"], 2);
}

async fn conditions_on_each_type_of_element(server: Server) {
    let mut other = everything();
    for name in LISTS.split(' ') {
        other[name] = json!([other[name][0]]);
    }
    let all = everything();
    surveys(&server, &[all.clone(), other, json!({})]).await;
    let types = [
        ("kinds", "ClubKind"),
        ("friends", "ID"),
        ("moments", "DateTime"),
        ("years", "Int"),
        ("scores", "Int"),
        ("gifts", "BigInt"),
        ("ratings", "Float"),
        ("fees", "Decimal"),
        ("days", "Date"),
        ("drawings", "Bytes"),
        ("words", "String"),
    ];
    for (name, element) in types {
        let nth = |nth: usize| all[name][nth].clone();
        for (condition, value, expected) in [
            ("has", nth(0), "ab"),
            ("has", nth(1), "a"),
            ("hasSome", json!([nth(1), nth(1)]), "a"),
            ("hasSome", json!([nth(1), nth(0)]), "ab"),
            ("hasEvery", json!([nth(0), nth(1)]), "a"),
            ("hasEvery", all[name].clone(), "a"),
        ] {
            let ty = if condition == "has" { format!("{element}!") } else { format!("[{element}!]!") };
            let query = format!(
                "query($value: {ty}) {{ surveys(where: {{ {name}: {{ {condition}: $value }} }}) {{ title }} }}"
            );
            let answer = server.post(&query, json!({ "value": value })).await.json();
            let found: String = answer["data"]["surveys"]
                .as_array()
                .unwrap_or_else(|| panic!("{name} {answer}"))
                .iter()
                .map(|survey| survey["title"].as_str().unwrap())
                .collect();
            assert_eq!(found, expected, "{name} {condition} {value}");
        }
        // Each element by itself.
        for value in all[name].as_array().unwrap() {
            let query = format!(
                "query($value: {element}!) {{ surveys(where: {{ {name}: {{ has: $value }} }}) {{ title }} }}"
            );
            let answer = server.post(&query, json!({ "value": value })).await.json();
            assert_eq!(answer["data"]["surveys"][0]["title"], "a", "{name} {value}: {answer}");
        }
    }
    // By value, in whatever form.
    for (condition, expected) in [
        (r#"fees: { has: "12.5" }"#, "a"),
        (r#"fees: { has: 0 }"#, "a"),
        ("ratings: { has: -0.0 }", "a"),
        ("ratings: { has: 2 }", "a"),
        ("ratings: { has: 0.3 }", ""),
        (r#"moments: { has: "2024-04-18T16:40:00.000001+02:00" }"#, "a"),
        (r#"friends: { has: "018F0F5E-0A4B-7C3D-8E9F-A0B1C2D3E4F5" }"#, "ab"),
        (r#"gifts: { has: 9007199254740992 }"#, ""),
    ] {
        assert_eq!(titles(&server, condition).await, expected, "{condition}");
    }
}

async fn lists_have_no_order(server: Server) {
    for arguments in [
        "orderBy: [{ words: ASC }]",
        r#"where: { words: { eq: ["a"] } }"#,
        r#"where: { words: { isNull: true } }"#,
        r#"where: { words: { has: ["a", "b"] } }"#,
    ] {
        let refused = server.ask(&format!("{{ surveys({arguments}) {{ title }} }}")).await;
        assert_eq!(refused["errors"][0]["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED", "{arguments}");
    }
    let query = r#"{ __type(name: "NullableBigIntListFilter") { inputFields { name description type { name kind ofType { kind ofType { name } } } } } }"#;
    let fields = server.data(query).await["__type"]["inputFields"].clone();
    let names: Vec<&str> =
        fields.as_array().unwrap().iter().map(|field| field["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["has", "hasSome", "hasEvery", "isEmpty", "isNull"]);
}

async fn defaults_and_lists_that_inputs_do_not_set(server: Server) {
    let club = club(&server).await;
    let create = format!(
        r#"createSurvey(input: {{ clubId: "{club}", title: "a" }}) {{ survey {{ words votes gifts club {{ tags }} }} {ERRORS} }}"#
    );
    let expected = json!({ "words": [], "votes": [], "gifts": null, "club": { "tags": [] } });
    assert_eq!(run(&server, &create).await["survey"], expected);
    // Somebody else sets it.
    let votes = if server.is_postgres() { "'{t,f}'" } else { "'[true, false]'" };
    server.sql(&format!("UPDATE surveys SET votes = {votes}")).await;
    assert_eq!(server.data("{ surveys { votes } }").await["surveys"], json!([{ "votes": [true, false] }]));
    for (condition, expected) in [
        ("votes: { has: true }", "a"),
        ("votes: { hasEvery: [true, false] }", "a"),
        ("votes: { isEmpty: true }", ""),
    ] {
        assert_eq!(titles(&server, condition).await, expected, "{condition}");
    }
    // A row that is written by hand begins as one that the server writes.
    let id = if server.is_postgres() {
        "'018f0f5e-0a4b-7c3d-8e9f-a0b1c2d3e4f5'"
    } else {
        "x'018f0f5e0a4b7c3d8e9fa0b1c2d3e4f5'"
    };
    server.sql(&format!("INSERT INTO clubs (id, name) VALUES ({id}, 'by hand')")).await;
    assert_eq!(server.data(r#"{ club(name: "by hand") { tags } }"#).await["club"], json!({ "tags": [] }));
    let survey = first(&server).await;
    let set =
        format!(r#"mutation {{ updateSurvey(input: {{ id: "{survey}", votes: [true] }}) {{ {ERRORS} }} }}"#);
    assert_eq!(server.ask(&set).await["errors"][0]["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED");
}

async fn lists_of_join_tables(server: Server) {
    run(
        &server,
        &format!(r#"createPersons(inputs: [{{ handle: "bo" }}, {{ handle: "cy" }}]) {{ {ERRORS} }}"#),
    )
    .await;
    let create = format!(
        r#"createPerson(input: {{ handle: "ada", following: {{
            connect: [{{ handle: "bo", follow: {{ closeness: 1, topics: ["a", "b,c"] }} }}, {{ handle: "cy", follow: {{ closeness: 2 }} }}]
            create: [{{ handle: "di", follow: {{ closeness: 3, topics: [] }} }}] }} }}) {{ {ERRORS} }}"#
    );
    run(&server, &create).await;
    let edges = |arguments: &str| {
        format!(
            r#"{{ person(handle: "ada") {{ followingConnection{arguments} {{ edges {{ topics node {{ handle }} }} }} }} }}"#
        )
    };
    let edge = |handle: &str, topics: Value| json!({ "topics": topics, "node": { "handle": handle } });
    let all = [edge("bo", json!(["a", "b,c"])), edge("cy", Value::Null), edge("di", json!([]))];
    let read = server.data(&edges("(orderBy: [{ handle: ASC }])")).await;
    assert_eq!(read["person"]["followingConnection"]["edges"], json!(all));
    for (condition, expected) in [
        (r#"{ has: "b,c" }"#, json!([all[0]])),
        ("{ isEmpty: true }", json!([all[2]])),
        ("{ isNull: true }", json!([all[1]])),
    ] {
        let read = server.data(&edges(&format!("(where: {{ follow: {{ topics: {condition} }} }})"))).await;
        assert_eq!(read["person"]["followingConnection"]["edges"], expected, "{condition}");
    }
    let id = server.id(r#"person(handle: "ada")"#).await;
    let update = format!(
        r#"updatePerson(input: {{ id: "{id}", following: {{ connect: [{{ handle: "bo", follow: {{ closeness: 1, topics: ["z"] }} }}] }} }}) {{ {ERRORS} }}"#
    );
    run(&server, &update).await;
    let read = server.data(&edges(r#"(where: { follow: { topics: { has: "z" } } })"#)).await;
    assert_eq!(read["person"]["followingConnection"]["edges"], json!([edge("bo", json!(["z"]))]));
}

async fn what_is_computed_of_lists(server: Server) {
    surveys(&server, &[json!({ "words": ["a", "ccc", "bb"], "gifts": ["1", "2"] }), json!({})]).await;
    let read = server.data("{ surveys { summary } }").await;
    assert_eq!(read["surveys"], json!([{ "summary": "ccc, bb, a (2)" }, { "summary": " (0)" }]));
}
