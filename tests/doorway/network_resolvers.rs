//! Computed fields, on the example `network`: of columns, of rows that relationships lead to, and by statements of their own.

use crate::network::{ERRORS, follow, people, run};
use crate::support::{Server, Socket, until};
use doorway::server::{Limits, Options};
use serde_json::{Value, json};

on_both_databases!(
    serving crate::network::entities::app();
    a_field_of_columns_reads_only_these,
    a_field_reads_through_relationships_in_batches,
    a_field_with_a_statement_of_its_own_runs_it_once,
    a_field_may_need_both,
    a_field_may_be_rows,
    fields_are_computed_wherever_their_entity_is,
    fields_are_computed_in_payloads_and_events,
    an_error_is_that_of_its_field,
    a_list_that_is_too_long_is_not_cut,
    variables_are_arguments,
    what_is_computed_counts_as_response,
    what_is_computed_has_a_cost,
    batches_are_explained,
    the_schema_describes_them,
);

async fn a_field_of_columns_reads_only_these(server: Server) {
    people(&server).await;
    let data =
        server.data(r##"{ persons { mention other: mention(sign: "#") shortHandle(length: 2) } }"##).await;
    let person = |handle: &str, short: &str| json!({ "mention": format!("@{handle}"), "other": format!("#{handle}"), "shortHandle": short });
    assert_eq!(data["persons"], json!([person("ada", "ad"), person("bo", "bo"), person("cy", "cy")]));
    let statements = server.take_statements();
    assert_eq!(statements.len(), 1);
    let columns = statements[0].split_once(" FROM").unwrap().0.replace(['`', '"'], "");
    assert_eq!(columns, "SELECT persons.handle");
}

async fn a_field_reads_through_relationships_in_batches(server: Server) {
    let all = people(&server).await;
    follow(&server, &all).await;
    let data = server.data("{ persons { handle friends influence } }").await;
    let person = |handle: &str, friends: Value, influence: Value| json!({ "handle": handle, "friends": friends, "influence": influence });
    let expected = json!([
        person("ada", json!(["bo"]), json!(2.0)),
        person("bo", json!(["ada"]), json!(1.0)),
        person("cy", json!([]), json!(0.0)),
    ]);
    assert_eq!(data["persons"], expected);
    // The people; their followers and whom they follow, as rows and as numbers.
    assert_eq!(server.take_statements().len(), 5);
    // Two names are one field.
    let data = server.data("{ persons { a: friends b: friends } }").await;
    assert_eq!(data["persons"][0], json!({ "a": ["bo"], "b": ["bo"] }));
    assert_eq!(server.take_statements().len(), 3);
    let data = server.data("{ messages(orderBy: { id: ASC }) { line } }").await;
    assert_eq!(data["messages"][2], json!({ "line": "bo: reply" }));
    assert_eq!(server.take_statements().len(), 2);
    // Those who are hidden are nobody's.
    let (_, bo, _) = &all;
    run(&server, &format!(r#"updatePerson(input: {{ id: "{bo}", isSuspended: true }}) {{ {ERRORS} }}"#))
        .await;
    let data = server.data("{ persons { friends } messages(orderBy: { id: ASC }) { line } }").await;
    assert_eq!(data["persons"][0], json!({ "friends": [] }));
    assert_eq!(data["messages"][2], json!({ "line": "somebody: reply" }));
}

/// The statements that find the last message of people.
fn of_last_wrote_at(statements: &[String]) -> usize {
    statements.iter().filter(|sql| sql.contains("max(")).count()
}

async fn a_field_with_a_statement_of_its_own_runs_it_once(server: Server) {
    let (ada, ..) = people(&server).await;
    run(&server, &format!(r#"createPersons(inputs: [{{ handle: "di" }}]) {{ {ERRORS} }}"#)).await;
    server.take_statements();
    let data = server.data("{ persons { handle lastWroteAt messages { createdAt } } }").await;
    let statements = server.take_statements();
    assert_eq!((statements.len(), of_last_wrote_at(&statements)), (3, 1));
    for person in data["persons"].as_array().unwrap() {
        let last =
            person["messages"].as_array().unwrap().iter().map(|one| one["createdAt"].as_str().unwrap()).max();
        assert_eq!(person["lastWroteAt"].as_str(), last, "{person}");
    }
    assert_eq!(data["persons"][3]["lastWroteAt"], Value::Null);
    // One for each level, and none for people whom it has been computed for.
    let data = server
        .data("{ persons { lastWroteAt mentor { handle lastWroteAt mentees { lastWroteAt mentor { lastWroteAt } } } } }")
        .await;
    let (mentor, mentee) = (&data["persons"][1]["mentor"], &data["persons"][1]["mentor"]["mentees"][0]);
    assert_eq!(mentor["lastWroteAt"], data["persons"][0]["lastWroteAt"]);
    assert_eq!(mentee["lastWroteAt"], data["persons"][1]["lastWroteAt"]);
    assert_eq!(mentee["mentor"]["lastWroteAt"], mentor["lastWroteAt"]);
    let statements = server.take_statements();
    assert!(of_last_wrote_at(&statements) <= 4, "{statements:?}");
    // Nobody is asked for where there is nobody.
    let data =
        server.data(r#"{ persons(where: { handle: { eq: "nobody" } }) { lastWroteAt friends } }"#).await;
    assert_eq!(data["persons"], json!([]));
    assert_eq!(server.take_statements().len(), 1);
    let data = server.data(&format!(r#"{{ person(id: "{ada}") {{ lastWroteAt }} }}"#)).await;
    assert!(data["person"]["lastWroteAt"].is_string());
    assert_eq!(server.take_statements().len(), 2);
}

async fn a_field_may_need_both(server: Server) {
    let (ada, bo, cy) = people(&server).await;
    for (club, members) in [("chess", vec![&ada, &bo, &cy]), ("go", vec![&cy]), ("none", vec![])] {
        let members =
            members.iter().zip(1..).map(|(id, nth)| format!(r#"{{ personId: "{id}", number: {nth} }}"#));
        let members = members.collect::<Vec<_>>().join(" ");
        run(
            &server,
            &format!(r#"createClub(input: {{ name: "{club}", memberships: [{members}] }}) {{ {ERRORS} }}"#),
        )
        .await;
    }
    server.take_statements();
    let query = r#"{ clubs { name always: activeMembers(since: "2000-01-01") never: activeMembers(since: "9999-01-01") } }"#;
    let data = server.data(query).await;
    let club = |name: &str, always: i64| json!({ "name": name, "always": always, "never": 0 });
    assert_eq!(data["clubs"], json!([club("chess", 3), club("go", 1), club("none", 0)]));
    // The clubs, their members, and the messages once for each argument.
    assert_eq!(server.take_statements().len(), 4);
    let response = server.ask(r#"{ clubs { activeMembers(since: "soon") } }"#).await;
    assert_eq!(response["data"], Value::Null);
    assert_eq!(response["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{response}");
    assert_eq!(response["errors"][0]["path"], json!(["clubs", 0, "activeMembers"]));
}

async fn a_field_may_be_rows(server: Server) {
    let all = people(&server).await;
    follow(&server, &all).await;
    let query = "{ persons { handle newestFollower { handle newestFollower { handle } } suggestions { handle mentor { handle } } } }";
    let person = |handle: &str, newest: Value, suggestions: Value| json!({ "handle": handle, "newestFollower": newest, "suggestions": suggestions });
    let follower = |handle: &str, newest: Option<&str>| {
        let newest = newest.map(|handle| json!({ "handle": handle }));
        json!({ "handle": handle, "newestFollower": newest })
    };
    let expected = json!([
        person("ada", follower("cy", None), json!([])),
        person("bo", follower("ada", Some("cy")), json!([])),
        person("cy", Value::Null, json!([{ "handle": "bo", "mentor": { "handle": "ada" } }])),
    ]);
    assert_eq!(server.data(query).await["persons"], expected);
    // The people, their followers, whom they follow, and whom those follow; the rows of both fields; and the mentors.
    assert_eq!(server.take_statements().len(), 6);
    // Each name selects for itself.
    let query = r#"{ person(handle: "ada") { a: newestFollower { handle } b: newestFollower { mention } } }"#;
    let data = server.data(query).await;
    assert_eq!(data["person"], json!({ "a": { "handle": "cy" }, "b": { "mention": "@cy" } }));
    assert_eq!(server.take_statements().len(), 3);
    // Errors below have their way through the field.
    let response = server.ask("{ persons { suggestions { it: shortHandle(length: 0) } } }").await;
    assert_eq!(response["data"], Value::Null);
    assert_eq!(response["errors"][0]["path"], json!(["persons", 2, "suggestions", 0, "it"]));
    let response =
        server.ask("{ persons { handle newestFollower { it: shortHandle(length: 0) } mention } }").await;
    assert_eq!(
        response["data"]["persons"][0],
        json!({ "handle": "ada", "newestFollower": null, "mention": "@ada" })
    );
    assert_eq!(response["errors"][1]["path"], json!(["persons", 1, "newestFollower", "it"]));
    // Those who are hidden are nobody's, also where a statement has found them.
    let (_, bo, cy) = &all;
    for hidden in [bo, cy] {
        let hide = format!(r#"updatePerson(input: {{ id: "{hidden}", isSuspended: true }}) {{ {ERRORS} }}"#);
        run(&server, &hide).await;
    }
    let data = server.data("{ persons { handle newestFollower { handle } suggestions { handle } } }").await;
    assert_eq!(data["persons"], json!([person("ada", Value::Null, json!([]))]));
    run(&server, &format!(r#"createPerson(input: {{ handle: "di", following: {{ connect: [{{ handle: "ada", follow: {{ closeness: 1 }} }}] }} }}) {{ {ERRORS} }}"#)).await;
    let data = server.data("{ persons { handle newestFollower { handle } suggestions { handle } } }").await;
    assert_eq!(data["persons"][0], person("ada", json!({ "handle": "di" }), json!([])));
    // Ada follows Bo, who is hidden.
    assert_eq!(data["persons"][1], person("di", Value::Null, json!([])));
}

async fn fields_are_computed_wherever_their_entity_is(server: Server) {
    let all = people(&server).await;
    follow(&server, &all).await;
    let (ada, bo, _) = &all;
    let fields = "mention friends lastWroteAt newestFollower { handle mention }";
    let expected = |data: &Value| {
        assert_eq!(data["mention"], "@ada");
        assert_eq!(data["newestFollower"], json!({ "handle": "cy", "mention": "@cy" }));
        assert_eq!(data["friends"], json!(["bo"]));
        assert!(data["lastWroteAt"].is_string(), "{data}");
    };
    for (query, path) in [
        (format!("persons {{ {fields} }}"), "/persons/0"),
        (format!("personsConnection {{ nodes {{ {fields} }} }}"), "/personsConnection/nodes/0"),
        (
            format!("personsConnection {{ edges {{ node {{ {fields} }} }} }}"),
            "/personsConnection/edges/0/node",
        ),
        (format!(r#"person(handle: "ada") {{ {fields} }}"#), "/person"),
        (format!(r#"node(id: "{ada}") {{ ... on Person {{ {fields} }} }}"#), "/node"),
        (format!(r#"nodes(ids: ["{bo}", "{ada}"]) {{ id ...F }}"#), "/nodes/1"),
        ("messages(orderBy: { id: ASC }) { author { ...F } }".to_owned(), "/messages/0/author"),
        (format!(r#"person(id: "{bo}") {{ mentor {{ {fields} }} }}"#), "/person/mentor"),
        (format!(r#"person(id: "{bo}") {{ following {{ {fields} }} }}"#), "/person/following/0"),
        (
            format!(
                r#"person(id: "{bo}") {{ followersConnection {{ edges {{ closeness node {{ {fields} }} }} }} }}"#
            ),
            "/person/followersConnection/edges/0/node",
        ),
    ] {
        let fragment = if query.contains("...F") {
            format!("fragment F on Person {{ {fields} }}")
        } else {
            String::new()
        };
        let data = server.data(&format!("{{ {query} }} {fragment}")).await;
        expected(data.pointer(path).unwrap_or_else(|| panic!("{query}: {data}")));
        server.take_statements();
    }
    // Beside the same rows in another list, and with a condition that variables decide.
    let query = format!(
        "query($yes: Boolean!) {{ a: persons {{ handle }} b: persons {{ mention friends ... @include(if: $yes) {{ {fields} }} }} }}"
    );
    let response = server.post(&query, json!({ "yes": true })).await.json();
    expected(&response["data"]["b"][0]);
    assert_eq!(server.take_statements().len(), 5);
    let response = server.post(&query, json!({ "yes": false })).await.json();
    assert_eq!(response["data"]["b"][0], json!({ "friends": ["bo"], "mention": "@ada" }));
    assert_eq!(server.take_statements().len(), 3);
}

async fn fields_are_computed_in_payloads_and_events(server: Server) {
    let all = people(&server).await;
    follow(&server, &all).await;
    let (ada, ..) = &all;
    let mut socket = Socket::ready(server.listen(Limits::default()).await).await;
    socket.subscribe("a", "subscription { personChanged { person { mention friends lastWroteAt newestFollower { handle } } } }").await;
    until(|| server.db.receivers() == 1).await;
    server.take_statements();
    let update = format!(
        r#"updatePerson(input: {{ id: "{ada}", handle: "eve" }}) {{ person {{ mention friends lastWroteAt newestFollower {{ handle }} }} {ERRORS} }}"#
    );
    let payload = run(&server, &update).await["person"].clone();
    assert_eq!(payload["mention"], "@eve");
    assert_eq!(payload["friends"], json!(["bo"]));
    assert!(payload["lastWroteAt"].is_string());
    assert_eq!(payload["newestFollower"], json!({ "handle": "cy" }));
    assert_eq!(socket.event("a").await["personChanged"]["person"], payload);
}

async fn an_error_is_that_of_its_field(server: Server) {
    people(&server).await;
    let code = "BAD_USER_INPUT";
    // A field that may not be null takes what is around it along.
    let response = server.ask("{ persons { handle shortHandle(length: 0) } }").await;
    assert_eq!(response["data"], Value::Null);
    let error = &response["errors"][0];
    assert_eq!(error["message"], "argument `length` must be 1 or more");
    assert_eq!(
        (&error["path"], &error["extensions"]["code"]),
        (&json!(["persons", 0, "shortHandle"]), &json!(code))
    );
    assert_eq!(error["locations"], json!([{ "line": 1, "column": 20 }]));
    assert_eq!(response["errors"].as_array().unwrap().len(), 1);
    let response = server.ask("{ messages { body author { it: shortHandle(length: 0) } } }").await;
    assert_eq!(response["data"]["messages"][0], json!({ "body": "first", "author": null }));
    assert_eq!(response["errors"][0]["path"], json!(["messages", 0, "author", "it"]));
    // One that may be null is.
    let response = server.ask("{ messages { body excerpt(length: -1) } }").await;
    assert_eq!(response["data"]["messages"][1], json!({ "body": "second", "excerpt": null }));
    assert_eq!(response["errors"].as_array().unwrap().len(), 4);
    assert_eq!(response["errors"][1]["path"], json!(["messages", 1, "excerpt"]));
    // The same row twice: each has its error.
    let response = server.ask("{ messages { author { handle it: shortHandle(length: 0) } } }").await;
    assert_eq!(response["errors"].as_array().unwrap().len(), 4, "{response}");
    // What the statement of a batch says is not sent.
    server.sql("ALTER TABLE messages RENAME COLUMN created_at TO gone").await;
    let response = server.ask("{ persons { handle lastWroteAt } }").await;
    assert_eq!(response["data"]["persons"][0], json!({ "handle": "ada", "lastWroteAt": null }));
    assert_eq!(response["errors"].as_array().unwrap().len(), 3);
    for (nth, error) in response["errors"].as_array().unwrap().iter().enumerate() {
        assert_eq!(error["path"], json!(["persons", nth, "lastWroteAt"]));
        assert_eq!(error["extensions"]["code"], "INTERNAL_SERVER_ERROR");
        assert!(!error["message"].as_str().unwrap().contains("created_at"), "{error}");
    }
    // So does what a relationship leads to.
    server.sql("ALTER TABLE follows RENAME COLUMN follower_id TO gone").await;
    let response = server.ask("{ persons { handle influence } }").await;
    assert_eq!(response["data"]["persons"][0], json!({ "handle": "ada", "influence": null }));
    assert_eq!(response["errors"][0]["path"], json!(["persons", 0, "influence"]));
    let response = server.ask("{ persons { handle friends } }").await;
    assert_eq!(response["data"], Value::Null);
    assert_eq!(response["errors"][0]["path"], json!(["persons", 0, "friends"]), "{response}");
}

async fn a_list_that_is_too_long_is_not_cut(server: Server) {
    run(&server, &format!(r#"createPerson(input: {{ handle: "ada" }}) {{ {ERRORS} }}"#)).await;
    let ada = server.id(r#"person(handle: "ada")"#).await;
    let follow = |from: usize, to: usize| {
        let inputs = (from..to).map(|nth| {
            json!({ "handle": format!("p{nth:04}"), "following": { "connect": [{ "id": ada, "follow": { "closeness": 1 } }] } })
        });
        inputs.collect::<Value>()
    };
    let create = "mutation($inputs: [CreatePersonInput!]!) { createPersons(inputs: $inputs) { userErrors { message } } }";
    let query = r#"{ person(handle: "ada") { friends } }"#;
    for (from, to) in [(0, 500), (500, 1000)] {
        let made = server.post(create, json!({ "inputs": follow(from, to) })).await.json();
        assert_eq!(made["data"]["createPersons"]["userErrors"], json!([]), "{made}");
    }
    assert_eq!(server.data(query).await["person"]["friends"], json!([]));
    server.post(create, json!({ "inputs": follow(1000, 1001) })).await;
    let response = server.ask(query).await;
    assert_eq!(response["data"]["person"], Value::Null);
    assert!(response["errors"][0]["message"].as_str().unwrap().contains("1000"), "{response}");
    // It has as many followers as it has.
    assert_eq!(
        server.data(r#"{ person(handle: "ada") { influence } }"#).await["person"]["influence"],
        Value::Null
    );
}

async fn variables_are_arguments(server: Server) {
    people(&server).await;
    let query = "query($sign: String! = \"~\", $length: Int!) { person(handle: \"ada\") { mention(sign: $sign) shortHandle(length: $length) } }";
    for (variables, mention, short) in [
        (json!({ "length": 1 }), "~ada", "a"),
        (json!({ "length": 2, "sign": "" }), "ada", "ad"),
        (json!({ "length": 9, "sign": "\"" }), "\"ada", "ada"),
    ] {
        let response = server.post(query, variables).await.json();
        assert_eq!(
            response["data"]["person"],
            json!({ "mention": mention, "shortHandle": short }),
            "{response}"
        );
    }
    // It has a default, so that a variable which may be null may stand for it.
    let query = "query($sign: String) { person(handle: \"ada\") { mention(sign: $sign) } }";
    let response = server.post(query, json!({})).await.json();
    assert_eq!(response["data"]["person"]["mention"], "@ada", "{response}");
    let response = server.post(query, json!({ "sign": null })).await.json();
    assert_eq!(response["errors"][0]["message"], "argument `sign` must not be null: omit it");
}

async fn what_is_computed_counts_as_response(server: Server) {
    people(&server).await;
    let limits = doorway::engine::Limits { response: 4_000, ..doorway::engine::Limits::default() };
    let bounds = doorway::execution::Bounds::new(limits, 16);
    let server = server.with_options(Options { bounds, ..Options::default() });
    for (length, fits) in [(1_000, true), (1_500, false)] {
        let query = format!(r#"{{ persons {{ mention(sign: "{}") }} }}"#, "x".repeat(length));
        let response = server.ask(&query).await;
        assert_eq!(response.get("errors").is_none(), fits, "{length}: {response}");
        if !fits {
            assert_eq!(response["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{response}");
            assert!(response["errors"][0]["message"].as_str().unwrap().contains("4000 bytes"), "{response}");
        }
    }
}

async fn what_is_computed_has_a_cost(server: Server) {
    let cost = async |query: &str| {
        let body = json!({ "query": query, "extensions": { "doorway": { "cost": true } } });
        server.post_json(body).await.json()["extensions"]["doorway"]["cost"].clone()
    };
    for (query, expected) in [
        ("{ persons(limit: 7) { mention } }", 7),
        // 10 followers of each, and 10 whom each follows.
        ("{ persons(limit: 7) { friends } }", 7 + 70 + 70),
        // 10 rows of each are counted, twice.
        ("{ persons(limit: 7) { influence } }", 7 + 70 + 70),
        ("{ persons(limit: 7) { lastWroteAt } }", 7 + 70),
        ("{ persons(limit: 7) { a: lastWroteAt b: lastWroteAt } }", 7 + 70),
        // The followers of each, and the newest of them.
        ("{ persons(limit: 7) { newestFollower { id } } }", 7 + 70 + 7),
        // Whom each follows, 10 for each, and the rows.
        ("{ persons(limit: 7) { suggestions { id } } }", 7 + 70 + 70 + 70),
    ] {
        assert_eq!(cost(query).await, expected, "{query}");
    }
}

async fn batches_are_explained(server: Server) {
    let all = people(&server).await;
    follow(&server, &all).await;
    let server = server.with_options(Options { explain: true, ..Options::default() });
    let query = "{ persons { mention friends lastWroteAt } }";
    let body = json!({ "query": query, "extensions": { "doorway": { "explain": true } } });
    let response = server.post_json(body).await.json();
    let batches = response["extensions"]["doorway"]["batches"].as_array().unwrap();
    let served: Vec<_> = batches.iter().map(|one| json!([one["fields"], one["keys"], one["rows"]])).collect();
    let mut expected = [
        json!([["persons"], 1, 3]),
        json!([["persons.friends"], 3, 3]),
        json!([["persons.friends"], 3, 3]),
        json!([["persons.lastWroteAt"], 3, 3]),
    ];
    let mut served = served;
    served.sort_by_key(Value::to_string);
    expected.sort_by_key(Value::to_string);
    assert_eq!(served, expected, "{response}");
    assert_eq!(response["extensions"]["doorway"]["totals"]["statements"], 4);
}

async fn the_schema_describes_them(server: Server) {
    let query = r#"{ __type(name: "Person") { fields { name description type { kind ofType { name } } args { name description defaultValue type { kind } } } } }"#;
    let data = server.data(query).await;
    let field = |name: &str| {
        let fields = data["__type"]["fields"].as_array().unwrap();
        fields.iter().find(|field| field["name"] == name).unwrap_or_else(|| panic!("{name}")).clone()
    };
    let mention = field("mention");
    assert_eq!(mention["description"], "The handle as messages mention it.");
    assert_eq!(mention["type"], json!({ "kind": "NON_NULL", "ofType": { "name": "String" } }));
    let sign = json!([{ "name": "sign", "description": "What comes before the handle.", "defaultValue": "\"@\"", "type": { "kind": "NON_NULL" } }]);
    assert_eq!(mention["args"], sign);
    assert_eq!(field("lastWroteAt")["type"]["kind"], "SCALAR");
    // They are in no filter, order or input.
    let sdl = crate::network::entities::app().sdl().to_owned();
    assert!(!sdl.contains("mention: String\n") && sdl.contains("mention("), "{sdl}");
}
