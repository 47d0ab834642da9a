//! What names a row of any type where keys are numbers, on the example `desk`: `node` and `nodes`, and the cursors of lists.

use crate::desk::desk;
use crate::network::{ERRORS, run};
use crate::support::Server;
use serde_json::{Value, json};

on_both_databases!(
    serving crate::desk::entities::app();
    every_row_is_found_by_its_type_and_id,
    the_least_and_the_greatest_numbers_are_found,
    what_names_no_row_for_certain_is_refused,
    a_number_costs_what_a_uuid_costs_less_the_search,
    a_cursor_is_of_one_list,
    the_schema_says_what_names_a_row,
);

const EXTREMES: [&str; 5] = ["-9223372036854775808", "-1", "0", "9007199254740993", "9223372036854775807"];

async fn nodes(server: &Server, ids: &Value) -> Value {
    let query = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }";
    let answer = server.post(query, json!({ "ids": ids })).await.json();
    assert!(answer.get("errors").is_none(), "{answer}");
    answer["data"]["nodes"].clone()
}

/// The `id` and `__typename` of each row, as lists have them, make what `node` takes, and lead back to it.
async fn every_row_is_found_by_its_type_and_id(server: Server) {
    desk(&server).await;
    let query = "{ agents { __typename id } badges { __typename id } tickets { __typename id } resolutions { __typename id }
        comments { __typename id } labels { __typename id } }";
    let data = server.data(query).await;
    let rows: Vec<&Value> =
        data.as_object().unwrap().values().flat_map(|rows| rows.as_array().unwrap()).collect();
    let global = |row: &&Value| {
        let (kind, id) = (row["__typename"].as_str().unwrap(), row["id"].as_str().unwrap());
        if id.len() == 36 { id.to_owned() } else { format!("{kind}:{id}") }
    };
    let ids: Vec<String> = rows.iter().map(global).collect();
    // Two agents, a badge, three tickets, a resolution, three comments and two labels; four of them have the number 1.
    assert_eq!((ids.len(), ids.iter().filter(|id| id.ends_with(":1")).count()), (12, 4));
    assert_eq!(nodes(&server, &json!(ids)).await, json!(rows));
    for (id, row) in ids.iter().zip(&rows) {
        let node = server.data(&format!(r#"{{ node(id: "{id}") {{ __typename id }} }}"#)).await;
        assert_eq!(node["node"], **row);
    }
    // Each where it was asked for, also twice, and null for what is not there.
    let ids = json!([
        "Ticket:3",
        "Label:1",
        "Ticket:99",
        "Ticket:3",
        "Label:3",
        "00000000-0000-7000-8000-000000000000"
    ]);
    let ticket = json!({ "__typename": "Ticket", "id": "3" });
    let label = json!({ "__typename": "Label", "id": "1" });
    assert_eq!(nodes(&server, &ids).await, json!([ticket, label, null, ticket, null, null]));
}

async fn the_least_and_the_greatest_numbers_are_found(server: Server) {
    for id in EXTREMES {
        assert_eq!(nodes(&server, &json!([format!("Label:{id}")])).await, json!([null]), "{id}");
        server.sql(&format!("INSERT INTO labels (id, name) VALUES ({id}, 'n{id}')")).await;
    }
    let ids: Vec<String> = EXTREMES.iter().map(|id| format!("Label:{id}")).collect();
    let labels: Vec<Value> = EXTREMES.iter().map(|id| json!({ "__typename": "Label", "id": id })).collect();
    assert_eq!(nodes(&server, &json!(ids)).await, json!(labels));
    // No other type has them.
    let others: Vec<String> = EXTREMES.iter().map(|id| format!("Ticket:{id}")).collect();
    assert_eq!(nodes(&server, &json!(others)).await, json!([null, null, null, null, null]));
    for id in EXTREMES {
        let query = format!(
            r#"{{ node(id: "Label:{id}") {{ ... on Label {{ id name }} }} label(id: "{id}") {{ name }} }}"#
        );
        let name = format!("n{id}");
        assert_eq!(
            server.data(&query).await,
            json!({ "node": { "id": id, "name": name }, "label": { "name": name } })
        );
    }
}

async fn what_names_no_row_for_certain_is_refused(server: Server) {
    let (ada, _) = desk(&server).await;
    let (of_uuid, of_number) = (format!("Agent:{ada}"), format!("Ticket:{ada}"));
    let (short, after) = (ada[1..].to_owned(), format!("{ada}:1"));
    for bad in [
        // Without a type, or of one that has no numbers, or that is none.
        "1",
        "0",
        "",
        ":",
        ":1",
        "Agent:1",
        "Nobody:1",
        "ticket:1",
        "tickets:1",
        " Ticket:1",
        "Node:1",
        &of_uuid,
        // Of a number that is written otherwise than the server writes it.
        "Ticket:",
        "Ticket:x",
        "Ticket:01",
        "Ticket:+1",
        "Ticket:-0",
        "Ticket:00",
        "Ticket:-01",
        "Ticket: 1",
        "Ticket:1 ",
        "Ticket:1.0",
        "Ticket:1e0",
        "Ticket:0x1",
        "Ticket:1:1",
        "Ticket::1",
        "Ticket:1_0",
        "Ticket:1\\n",
        "Ticket:1\\u0000",
        "Ticket:\\u0661",
        "Ticket:\\uff11",
        "Ticket:--1",
        "Ticket:-",
        "Ticket:null",
        &of_number,
        // Beyond 64 bits.
        "Ticket:9223372036854775808",
        "Ticket:-9223372036854775809",
        "Ticket:18446744073709551617",
        "Ticket:100000000000000000000000000000000000000001",
        // No UUID.
        &short,
        &after,
    ] {
        for (query, argument) in [
            (format!(r#"{{ node(id: "{bad}") {{ id }} }}"#), "id"),
            (format!(r#"{{ nodes(ids: ["Ticket:1", "{bad}"]) {{ id }} }}"#), "ids[1]"),
        ] {
            let answer = server.ask(&query).await;
            let error = &answer["errors"][0];
            assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT", "{query}: {answer}");
            let message = error["message"].as_str().unwrap();
            assert!(
                message.contains(&format!("`{argument}` ")) && message.contains("`Badge:7`"),
                "{message}"
            );
        }
    }
    // A number in the place of a text says no type.
    for number in ["1", "0", "-1", "9223372036854775808"] {
        let answer = server.ask(&format!("{{ node(id: {number}) {{ id }} }}")).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{number}: {answer}");
    }
    // What `node` takes is no id elsewhere, since the place says the type.
    for query in [
        r#"{ ticket(id: "Ticket:1") { id } }"#,
        r#"{ tickets(where: { id: { eq: "Ticket:1" } }) { id } }"#,
        r#"{ label(id: "Ticket:1") { id } }"#,
    ] {
        let answer = server.ask(query).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{query}: {answer}");
    }
}

/// A number says its table, so none is searched for it.
async fn a_number_costs_what_a_uuid_costs_less_the_search(server: Server) {
    let (ada, _) = desk(&server).await;
    for (ids, statements) in [
        (json!([ada]), 2),
        (json!(["Ticket:1"]), 1),
        (json!(["Ticket:1", "Ticket:2", "Ticket:99"]), 1),
        (json!(["Ticket:1", "Label:1"]), 2),
        (json!(["Ticket:1", ada]), 3),
    ] {
        server.take_statements();
        nodes(&server, &ids).await;
        let made = server.take_statements();
        assert_eq!(made.len(), statements, "{ids}: {made:#?}");
    }
}

async fn a_cursor_is_of_one_list(server: Server) {
    let (ada, _) = desk(&server).await;
    run(&server, &format!(r#"updateLabel(input: {{ id: 1, name: "a" }}) {{ {ERRORS} }}"#)).await;
    // Each has a row 1, in an order by nothing but its number.
    let lists = ["ticketsConnection", "commentsConnection", "labelsConnection", "badgesConnection"];
    let order = "orderBy: [{ id: ASC }]";
    let mut cursors = Vec::new();
    for list in lists {
        let data = server
            .data(&format!("{{ it: {list}(first: 1, {order}) {{ edges {{ cursor node {{ id }} }} }} }}"))
            .await;
        let edge = &data["it"]["edges"][0];
        assert_eq!(edge["node"]["id"], "1", "{list}");
        cursors.push(edge["cursor"].as_str().unwrap().to_owned());
    }
    for (of, cursor) in lists.iter().zip(&cursors) {
        for list in lists {
            let answer = server
                .ask(&format!(r#"{{ {list}(after: "{cursor}", {order}) {{ nodes {{ id }} }} }}"#))
                .await;
            match list == *of {
                true => assert!(answer.get("errors").is_none(), "{list}: {answer}"),
                false => {
                    let error = &answer["errors"][0];
                    assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT", "{of} in {list}: {answer}");
                }
            }
        }
    }
    // Nor is it an id, or the other way round.
    for query in [
        format!(r#"{{ node(id: "{}") {{ id }} }}"#, cursors[0]),
        format!(r#"{{ ticketsConnection(after: "Ticket:1", {order}) {{ nodes {{ id }} }} }}"#),
        format!(r#"{{ agentsConnection(after: "{ada}") {{ nodes {{ id }} }} }}"#),
    ] {
        let answer = server.ask(&query).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{query}: {answer}");
    }
}

async fn the_schema_says_what_names_a_row(server: Server) {
    let query = r#"{ node: __type(name: "Node") { description fields { name description } }
        query: __type(name: "Query") { fields { name args { name description } } } }"#;
    let data = server.data(query).await;
    assert!(data["node"]["description"].as_str().unwrap().contains("`Badge:7`"), "{data}");
    assert!(
        data["node"]["fields"][0]["description"].as_str().unwrap().contains("unique in its own type"),
        "{data}"
    );
    for name in ["node", "nodes"] {
        let fields = data["query"]["fields"].as_array().unwrap();
        let field = fields.iter().find(|field| field["name"] == name).unwrap();
        let text = field["args"][0]["description"].as_str().unwrap();
        assert!(text.contains("UUID") && text.contains("`Badge:7`"), "{text}");
    }
}
