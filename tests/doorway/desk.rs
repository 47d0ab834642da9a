//! The example `desk`: keys that are numbers which the database gives, related to keys that are UUIDs in every way.

#[path = "../../examples/desk/entities/mod.rs"]
pub mod entities;

use crate::network::{ERRORS, refused, run};
use crate::support::{Server, Socket, assert_migrations_make_what_is_declared, until};
use doorway::server::Limits;
use serde_json::{Value, json};
use std::collections::BTreeMap;

on_both_databases!(
    serving crate::desk::entities::app();
    relationships_of_every_kind_open_from_both_sides,
    an_id_is_a_text_or_a_number,
    what_is_no_number_is_refused_as_what_is_no_uuid,
    filters_and_orders_know_numbers,
    pages_go_on_behind_rows_that_tie,
    numbers_of_64_bits_stay_what_they_are,
    any_row_is_found_by_its_type_and_number,
    variables_hold_numbers,
    resolvers_read_and_give_numbers,
);

/// Ada, with a badge and three tickets, and Bo, who has taken on the second ticket, a part of the first; the third blocks the first.
pub async fn desk(server: &Server) -> (String, String) {
    let inputs = r#"[{ name: "ada", badge: { color: "red" }, reported: [
        { title: "net", urgency: 2, comments: [{ text: "c1" }, { text: "c2" }], resolution: { text: "done" },
          labels: { create: [{ name: "hard" }, { name: "soft" }] } }
        { title: "printer", urgency: 1, comments: [{ text: "c3" }] }
        { title: "mouse", urgency: 1 }] }
        { name: "bo" }]"#;
    let made = run(server, &format!("createAgents(inputs: {inputs}) {{ agents {{ id }} {ERRORS} }}")).await;
    let id = |nth: usize| made["agents"][nth]["id"].as_str().unwrap().to_owned();
    let (ada, bo) = (id(0), id(1));
    let watchers = format!(r#"watchers: {{ connect: [{{ id: "{bo}", watch: {{ reason: "mine" }} }}] }}"#);
    let inputs = format!(
        r#"[{{ id: 2, parentId: 1, assigneeId: "{bo}", {watchers} }}
            {{ id: "3", blocks: {{ connect: [{{ id: 1, block: {{ isHard: true }} }}] }}, labels: {{ connect: [{{ id: 2 }} {{ name: "hard" }}] }} }}]"#
    );
    run(server, &format!("updateTickets(inputs: {inputs}) {{ {ERRORS} }}")).await;
    run(server, &format!(r#"updateComment(input: {{ id: "2", authorId: "{bo}" }}) {{ {ERRORS} }}"#)).await;
    server.take_statements();
    (ada, bo)
}

/// A connection for each of these subscriptions, by its name: who hears of an event first is not said.
pub async fn subscribed<const N: usize>(
    server: &Server,
    subscriptions: [(&'static str, &str); N],
) -> BTreeMap<&'static str, Socket> {
    let address = server.listen(Limits::default()).await;
    let mut sockets = BTreeMap::new();
    for (nth, (id, field)) in subscriptions.into_iter().enumerate() {
        let mut socket = Socket::ready(address).await;
        socket.subscribe(id, &format!("subscription {{ {field} }}")).await;
        sockets.insert(id, socket);
        until(|| server.db.receivers() == nth + 1).await;
    }
    sockets
}

/// The ids of a list.
pub async fn ids(server: &Server, field: &str) -> String {
    let data = server.data(&format!("{{ it: {field} {{ id }} }}")).await;
    let ids = data["it"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap());
    ids.collect::<Vec<_>>().join(" ")
}

fn list(field: &str, values: &[&str]) -> Value {
    values.iter().map(|value| json!({ field: value })).collect()
}

async fn relationships_of_every_kind_open_from_both_sides(server: Server) {
    desk(&server).await;
    let query = "{ agents { name badge { id color agent { name } } reported { id } assigned { id } comments { id } watching { id } } }";
    let data = server.data(query).await;
    let badge = json!({ "id": "1", "color": "red", "agent": { "name": "ada" } });
    let expected = json!([
        { "name": "ada", "badge": badge, "reported": list("id", &["1", "3", "2"]), "assigned": [], "comments": [], "watching": [] },
        { "name": "bo", "badge": null, "reported": [], "assigned": list("id", &["2"]), "comments": list("id", &["2"]),
            "watching": list("id", &["2"]) },
    ]);
    assert_eq!(data["agents"], expected);
    // One for each field.
    assert_eq!(server.take_statements().len(), 7);

    let query = "{ tickets { id reporter { name } assignee { name } parent { id title } parts { id } resolution { text ticket { id } }
        comments { id author { name } } watchers { name } labels { id name tickets { id } } blocks { id } blockedBy { id } } }";
    let data = server.data(query).await;
    let comment = |id: &str, author: Option<&str>| json!({ "id": id, "author": author.map(|name| json!({ "name": name })) });
    let label = |id: &str, name: &str| json!({ "id": id, "name": name, "tickets": list("id", &["1", "3"]) });
    let ada = json!({ "name": "ada" });
    let expected = json!([
        { "id": "1", "reporter": ada, "assignee": null, "parent": null, "parts": list("id", &["2"]),
            "resolution": { "text": "done", "ticket": { "id": "1" } },
            "comments": [comment("1", None), comment("2", Some("bo"))], "watchers": [],
            "labels": [label("1", "hard"), label("2", "soft")], "blocks": [], "blockedBy": list("id", &["3"]) },
        { "id": "3", "reporter": ada, "assignee": null, "parent": null, "parts": [], "resolution": null, "comments": [],
            "watchers": [], "labels": [label("2", "soft"), label("1", "hard")], "blocks": list("id", &["1"]), "blockedBy": [] },
        { "id": "2", "reporter": ada, "assignee": { "name": "bo" }, "parent": { "id": "1", "title": "net" }, "parts": [],
            "resolution": null, "comments": [comment("3", None)], "watchers": list("name", &["bo"]), "labels": [],
            "blocks": [], "blockedBy": [] },
    ]);
    assert_eq!(data["tickets"], expected);
    assert_eq!(server.take_statements().len(), 14);

    // Their connections, the columns of the join tables, and counts.
    let query = "{ tickets { id watchersConnection { totalCount edges { reason node { name } } } blocksConnection { edges { isHard node { id } } }
        commentsConnection(first: 1) { totalCount nodes { id } pageInfo { hasNextPage } } } }";
    let data = server.data(query).await;
    assert_eq!(server.take_statements().len(), 6);
    let last = &data["tickets"][2]["watchersConnection"];
    assert_eq!(*last, json!({ "totalCount": 1, "edges": [{ "reason": "mine", "node": { "name": "bo" } }] }));
    let edges = json!([{ "isHard": true, "node": { "id": "1" } }]);
    assert_eq!(data["tickets"][1]["blocksConnection"]["edges"], edges);
    let comments = json!({ "totalCount": 2, "nodes": [{ "id": "1" }], "pageInfo": { "hasNextPage": true } });
    assert_eq!(data["tickets"][0]["commentsConnection"], comments);
}

async fn an_id_is_a_text_or_a_number(server: Server) {
    desk(&server).await;
    let query = r#"{ a: ticket(id: 2) { title } b: ticket(id: "2") { title parent { title } } c: ticket(id: 99) { title }
        d: label(id: 1) { name tickets { id } } e: label(name: "soft") { id } }"#;
    let data = server.data(query).await;
    let expected = json!({ "a": { "title": "printer" }, "b": { "title": "printer", "parent": { "title": "net" } }, "c": null,
        "d": { "name": "hard", "tickets": list("id", &["1", "3"]) }, "e": { "id": "2" } });
    assert_eq!(data, expected);
}

async fn variables_hold_numbers(server: Server) {
    desk(&server).await;
    let query = "query($id: ID!, $ids: [ID!]) { ticket(id: $id) { title } tickets(where: { id: { in: $ids } }) { id } }";
    for id in [json!(2), json!("2")] {
        let answer = server.post(query, json!({ "id": id, "ids": [3, "1"] })).await.json();
        let expected = json!({ "ticket": { "title": "printer" }, "tickets": list("id", &["1", "3"]) });
        assert_eq!(answer["data"], expected, "{answer}");
    }
}

async fn what_is_no_number_is_refused_as_what_is_no_uuid(server: Server) {
    let (ada, _) = desk(&server).await;
    let uuid = format!("\"{ada}\"");
    for bad in ["\"x\"", "\"\"", "\"+1\"", "\"01\"", "\"1.0\"", "\"9223372036854775808\"", "\" 1\"", &uuid] {
        for query in [
            format!("{{ ticket(id: {bad}) {{ id }} }}"),
            format!("{{ tickets(where: {{ id: {{ eq: {bad} }} }}) {{ id }} }}"),
            format!("{{ tickets(where: {{ parentId: {{ in: [1, {bad}] }} }}) {{ id }} }}"),
        ] {
            let answer = server.ask(&query).await;
            assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{query}: {answer}");
            let message = answer["errors"][0]["message"].as_str().unwrap();
            assert!(message.contains("a whole number of 64 bits"), "{message}");
        }
        for mutation in [
            format!("updateTicket(input: {{ id: {bad} }}) {{ {ERRORS} }}"),
            format!("deleteTicket(input: {{ id: {bad} }}) {{ {ERRORS} }}"),
            format!("updateTicket(input: {{ id: 1, labels: {{ set: [{{ id: {bad} }}] }} }}) {{ {ERRORS} }}"),
        ] {
            assert_eq!(refused(&server, &mutation).await, json!([["INVALID", "id"]]), "{mutation}");
        }
    }
    // Where a UUID must be, a number is none.
    let answer = server.ask("{ agent(id: 1) { id } }").await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{answer}");
}

async fn filters_and_orders_know_numbers(server: Server) {
    let (ada, bo) = desk(&server).await;
    for (condition, expected) in [
        ("id: { eq: 2 }", "2"),
        ("id: { ne: \"2\" }", "1 3"),
        ("id: { in: [1, \"3\", 99] }", "1 3"),
        ("id: { in: [] }", ""),
        ("id: { notIn: [1] }", "3 2"),
        ("id: { gt: 1, lte: 3 }", "3 2"),
        ("parentId: { eq: 1 }", "2"),
        ("parentId: { isNull: true }", "1 3"),
        ("parent: { id: { eq: 1 }, labels: { some: { id: { in: [1, 2] } } } }", "2"),
        ("labels: { some: { id: { eq: 1 }, ticketLabel: { rank: { eq: 1 } } } }", "3"),
        ("partsCount: { eq: 1 }, blockedByCount: { gt: 0 }", "1"),
        ("commentsCount: { lt: 25 }, comments: { none: {} }", "3"),
        ("blocks: { some: { blockedBy: { some: { id: { eq: 3 } } } } }", "3"),
        ("comments: { some: { author: { assigned: { some: { parentId: { eq: 1 } } } } } }", "1"),
        (&format!("reporterId: {{ eq: \"{ada}\" }}, assigneeId: {{ eq: \"{bo}\" }}"), "2"),
    ] {
        assert_eq!(
            ids(&server, &format!("tickets(where: {{ {condition} }})")).await,
            expected,
            "{condition}"
        );
    }
    for (order, expected) in [
        ("{ id: DESC }", "3 2 1"),
        ("{ parentId: ASC }", "2 1 3"),
        ("{ parentId: DESC }, { title: ASC }", "3 1 2"),
        ("{ parent: { id: ASC } }, { id: DESC }", "2 3 1"),
        ("{ labelsCount: DESC }, { id: DESC }", "3 1 2"),
    ] {
        assert_eq!(ids(&server, &format!("tickets(orderBy: [{order}])")).await, expected, "{order}");
    }
    assert_eq!(ids(&server, "badges").await, "1");
}

async fn pages_go_on_behind_rows_that_tie(server: Server) {
    desk(&server).await;
    for number in 4..=12 {
        let urgency = number % 3;
        let create = format!(
            r#"createTicket(input: {{ title: "t{number}", urgency: {urgency}, parentId: {}, reporterId: "{}" }}) {{ {ERRORS} }}"#,
            if number % 2 == 0 { "1" } else { "null" },
            server.id(r#"agent(name: "ada")"#).await,
        );
        run(&server, &create).await;
    }
    let orders = [
        "",
        "orderBy: { id: ASC }",
        "orderBy: { urgency: ASC }",
        "orderBy: { parentId: DESC }",
        "orderBy: { parent: { id: ASC } }",
    ];
    for order in orders {
        let arguments = if order.is_empty() { String::new() } else { format!("({order})") };
        let whole = ids(&server, &format!("tickets{arguments}")).await;
        for (size, end, from, next) in [
            ("first", "after", "endCursor", "hasNextPage"),
            ("last", "before", "startCursor", "hasPreviousPage"),
        ] {
            let (mut pages, mut cursor) = (Vec::new(), String::new());
            loop {
                let query = format!(
                    "{{ ticketsConnection({size}: 5 {cursor} {order}) {{ nodes {{ id }} pageInfo {{ {from} {next} }} }} }}"
                );
                let data = server.data(&query).await;
                let page = &data["ticketsConnection"];
                let nodes = page["nodes"].as_array().unwrap().iter();
                pages.push(nodes.map(|node| node["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>());
                cursor = format!("{end}: {}", page["pageInfo"][from]);
                if page["pageInfo"][next] == false {
                    break;
                }
            }
            if size == "last" {
                pages.reverse();
            }
            assert_eq!(pages.concat().join(" "), whole, "{size} {order}");
        }
    }
}

async fn numbers_of_64_bits_stay_what_they_are(server: Server) {
    let extremes = ["-9223372036854775808", "-1", "0", "9007199254740993", "9223372036854775807"];
    for id in extremes {
        server.sql(&format!("INSERT INTO labels (id, name) VALUES ({id}, 'n{id}')")).await;
    }
    assert_eq!(ids(&server, "labels(orderBy: { id: ASC })").await, extremes.join(" "));
    for id in extremes {
        assert_eq!(
            server.data(&format!(r#"{{ label(id: "{id}") {{ id name }} }}"#)).await["label"]["name"],
            format!("n{id}")
        );
        let query = format!(r#"{{ labels(where: {{ id: {{ in: ["{id}", 12] }} }}) {{ id }} }}"#);
        assert_eq!(server.data(&query).await["labels"], list("id", &[id]));
        let update = format!(
            r#"updateLabel(input: {{ id: "{id}", color: "red" }}) {{ label {{ id color }} {ERRORS} }}"#
        );
        assert_eq!(run(&server, &update).await["label"], json!({ "id": id, "color": "red" }));
    }
}

async fn any_row_is_found_by_its_type_and_number(server: Server) {
    let (ada, _) = desk(&server).await;
    let query = format!(
        r#"{{ node(id: "Ticket:1") {{ __typename id ... on Ticket {{ title labels {{ name }} }} ... on Label {{ name }} }}
            nodes(ids: ["Label:1", "{ada}", "Ticket:99", "Badge:1", "Comment:1"]) {{ __typename id ... on Comment {{ ticket {{ title }} }} }} }}"#
    );
    let data = server.data(&query).await;
    let node = json!({ "__typename": "Ticket", "id": "1", "title": "net", "labels": list("name", &["hard", "soft"]) });
    assert_eq!(data["node"], node);
    let expected = json!([{ "__typename": "Label", "id": "1" }, { "__typename": "Agent", "id": ada }, null,
        { "__typename": "Badge", "id": "1" }, { "__typename": "Comment", "id": "1", "ticket": { "title": "net" } }]);
    assert_eq!(data["nodes"], expected);
    for bad in ["1", "Ticket:x", "Ticket:", "Nobody:1", ":1", "Agent:1", "ticket:1"] {
        let answer = server.ask(&format!(r#"{{ node(id: "{bad}") {{ id }} }}"#)).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{bad}: {answer}");
    }
}

async fn resolvers_read_and_give_numbers(server: Server) {
    let (ada, _) = desk(&server).await;
    let part =
        format!(r#"createTicket(input: {{ title: "t", reporterId: "{ada}", parentId: 1 }}) {{ {ERRORS} }}"#);
    run(&server, &part).await;
    server.take_statements();
    let query =
        "{ tickets(orderBy: [{ id: ASC }]) { id latestPart { title parent { id } } siblings { id } } }";
    let data = server.data(query).await;
    let latest = json!({ "title": "t", "parent": { "id": "1" } });
    let siblings = list("id", &["2", "4"]);
    let expected = json!([
        { "id": "1", "latestPart": latest, "siblings": [] },
        { "id": "2", "latestPart": null, "siblings": siblings },
        { "id": "3", "latestPart": null, "siblings": [] },
        { "id": "4", "latestPart": null, "siblings": siblings },
    ]);
    assert_eq!(data["tickets"], expected);
    // The tickets, their parts, the siblings' ids, and both kinds of rows: a parent's id is in its part.
    assert_eq!(server.take_statements().len(), 5);
}

#[test]
fn its_migrations_make_what_its_code_declares() {
    assert_migrations_make_what_is_declared("examples/desk/migrations", &entities::app());
}
