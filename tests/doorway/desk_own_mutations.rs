//! A mutation of a program's own on rows whose keys are numbers, on the example `desk`: it creates, updates and deletes such rows in one
//! transaction, or leaves nothing.

use crate::desk::{desk, ids, subscribed};
use crate::network::{ERRORS, refused, run};
use crate::support::{Server, Socket, until};
use doorway::db::Notice;
use doorway::server::Limits;
use serde_json::{Value, json};
use std::collections::BTreeMap;

on_both_databases!(
    serving crate::desk::entities::app();
    it_creates_updates_and_deletes_rows_and_shows_one,
    what_is_wrong_at_its_end_leaves_nothing,
    an_argument_is_an_id_of_its_entity,
    those_who_follow_the_rows_hear_of_them,
    the_notices_know_the_tables_of_numbers,
    what_another_transaction_took_is_not_there,
);

const SHOWN: &str = "id title parts { id title } comments { id text }";

fn merge(ticket: &str, into: &str, rest: &str) -> String {
    format!("mergeTickets(ticket: {ticket}, into: {into}{rest}) {{ ticket {{ {SHOWN} }} {ERRORS} }}")
}

/// All that there is to be seen of tickets and comments.
async fn all(server: &Server) -> Value {
    let query = "{ tickets(orderBy: [{ id: ASC }]) { id title version updatedAt parent { id } labels { id } watchers { name } }
        comments { id text ticket { id } } resolutions { text ticket { id } } }";
    server.data(query).await
}

async fn it_creates_updates_and_deletes_rows_and_shows_one(server: Server) {
    desk(&server).await;
    let payload = run(&server, &merge("1", "\"3\"", r#", text: "merged""#)).await;
    // Comments 1 and 2 and part 2 have come along, and 4 is new.
    let comment = |id: &str, text: &str| json!({ "id": id, "text": text });
    let ticket = json!({ "id": "3", "title": "mouse", "parts": [{ "id": "2", "title": "printer" }],
        "comments": [comment("1", "c1"), comment("2", "c2"), comment("4", "merged")] });
    assert_eq!(payload, json!({ "ticket": ticket, "userErrors": [] }));
    assert_eq!(server.data(&format!("{{ ticket(id: 3) {{ {SHOWN} }} }}")).await["ticket"], ticket);
    // What is deleted takes along what belongs to it, and nothing of the same number.
    assert_eq!(ids(&server, "tickets(orderBy: [{ id: ASC }])").await, "2 3");
    assert_eq!(ids(&server, "resolutions").await, "");
    assert_eq!(ids(&server, "comments").await, "1 2 3 4");
    assert_eq!(ids(&server, "labels(orderBy: [{ id: ASC }])").await, "1 2");
    assert_eq!(ids(&server, "badges").await, "1");
    let part = server.data("{ ticket(id: 2) { version parent { id } } }").await;
    assert_eq!(part["ticket"], json!({ "version": 3, "parent": { "id": "3" } }));
    // Several are several transactions, in order.
    let query = format!("mutation {{ a: {} b: {} }}", merge("2", "3", ""), merge("2", "3", ""));
    let data = server.data(&query).await;
    assert_eq!(data["a"]["ticket"]["comments"].as_array().unwrap().len(), 4);
    assert_eq!(data["b"]["ticket"], Value::Null);
    assert_eq!(ids(&server, "tickets").await, "3");
}

/// Comments are moved, then parts, then a comment is made: what fails at any of it undoes what was done before.
async fn what_is_wrong_at_its_end_leaves_nothing(server: Server) {
    desk(&server).await;
    let before = all(&server).await;
    let mut socket = Socket::ready(server.listen(Limits::default()).await).await;
    socket.subscribe("a", "subscription { ticketChanged { kind id } }").await;
    until(|| server.db.receivers() == 1).await;
    for (mutation, expected) in [
        (merge("1", "1", ""), json!([["DUPLICATE", "into"]])),
        (merge("1", "99", ""), json!([["NOT_FOUND", "into"]])),
        (merge("-1", "1", ""), json!([["NOT_FOUND", "ticket"]])),
        // A part of itself: its comments were moved by then.
        (merge("1", "2", ""), json!([["INVALID", "into"]])),
        // So were its parts.
        (merge("1", "3", r#", text: """#), json!([["REQUIRED", "text"]])),
    ] {
        assert_eq!(refused(&server, &mutation).await, expected, "{mutation}");
        assert_eq!(all(&server).await, before, "{mutation}");
    }
    // The database refuses its last step.
    server.sql("CREATE TABLE kept (ticket_id BIGINT NOT NULL REFERENCES tickets (id))").await;
    server.sql("INSERT INTO kept VALUES (1)").await;
    let answer = server.ask(&format!("mutation {{ {} }}", merge("1", "3", r#", text: "merged""#))).await;
    assert_eq!(answer["data"], Value::Null, "{answer}");
    let error = &answer["errors"][0];
    assert_eq!(
        (&error["path"], &error["extensions"]["code"]),
        (&json!(["mergeTickets"]), &json!("INTERNAL_SERVER_ERROR"))
    );
    assert_eq!(all(&server).await, before);
    // Nobody has heard of any of it: the next event is another's.
    run(&server, &format!(r#"updateTicket(input: {{ id: 2, title: "other" }}) {{ {ERRORS} }}"#)).await;
    assert_eq!(socket.event("a").await["ticketChanged"], json!({ "kind": "UPDATED", "id": "2" }));
    // A number that was given to a comment which then was not made is nobody's.
    let create =
        format!(r#"createComment(input: {{ text: "t", ticketId: 3 }}) {{ comment {{ id }} {ERRORS} }}"#);
    let made = run(&server, &create).await["comment"]["id"].as_str().unwrap().parse::<i64>().unwrap();
    assert!(made > 3, "{made}");
}

async fn an_argument_is_an_id_of_its_entity(server: Server) {
    let (ada, _) = desk(&server).await;
    let before = all(&server).await;
    let uuid = format!("\"{ada}\"");
    for bad in [
        "\"x\"",
        "\"\"",
        "\"+1\"",
        "\"01\"",
        "\"-0\"",
        "\"Ticket:1\"",
        "\"9223372036854775808\"",
        "9223372036854775808",
        &uuid,
    ] {
        let answer = server.ask(&format!("mutation {{ {} }}", merge(bad, "3", ""))).await;
        assert_eq!(answer["data"], Value::Null, "{bad}: {answer}");
        assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{bad}: {answer}");
    }
    assert_eq!(all(&server).await, before);
    let query = "mutation($a: ID!, $b: ID!) { mergeTickets(ticket: $a, into: $b) { ticket { id } } }";
    let answer = server.post(query, json!({ "a": 2, "b": "3" })).await.json();
    assert_eq!(answer["data"]["mergeTickets"]["ticket"]["id"], "3", "{answer}");
    assert!(server.app.sdl().contains("ticket: ID!") && server.app.sdl().contains("into: ID!"));
}

async fn those_who_follow_the_rows_hear_of_them(server: Server) {
    desk(&server).await;
    let subscriptions = [
        ("gone", "ticketChanged(id: 1) { kind id ticket { id } }"),
        ("part", "ticketChanged(id: 2) { kind id ticket { parent { id } } }"),
        ("before", "ticketChanged(parentId: 1) { kind id }"),
        ("after", "ticketChanged(parentId: 3) { kind id }"),
        ("labelled", "ticketChanged(labelId: 1) { kind id }"),
        // Numbers that others have as well.
        ("other", "labelChanged(id: 1) { kind id }"),
    ];
    let mut sockets = subscribed(&server, subscriptions).await;
    run(&server, &merge("1", "3", r#", text: "merged""#)).await;
    run(&server, &format!(r#"updateLabel(input: {{ id: 1, color: "blue" }}) {{ {ERRORS} }}"#)).await;
    let mut heard = async |id: &str, field: &str, expected: Value| {
        assert_eq!(sockets.get_mut(id).unwrap().event(id).await[field], expected, "{id}");
    };
    // A part of it has gone elsewhere: that concerns those who follow it.
    let part = json!({ "kind": "UPDATED", "id": "2", "ticket": { "id": "2" } });
    heard("gone", "ticketChanged", part).await;
    heard("gone", "ticketChanged", json!({ "kind": "DELETED", "id": "1", "ticket": null })).await;
    heard(
        "part",
        "ticketChanged",
        json!({ "kind": "UPDATED", "id": "2", "ticket": { "parent": { "id": "3" } } }),
    )
    .await;
    heard("before", "ticketChanged", json!({ "kind": "UPDATED", "id": "2" })).await;
    heard("after", "ticketChanged", json!({ "kind": "UPDATED", "id": "2" })).await;
    heard("labelled", "ticketChanged", json!({ "kind": "DELETED", "id": "1" })).await;
    heard("other", "labelChanged", json!({ "kind": "UPDATED", "id": "1" })).await;
}

/// What the body publishes says the same as what the generated mutations say.
async fn the_notices_know_the_tables_of_numbers(server: Server) {
    desk(&server).await;
    let mut notices = server.db.notices().await.unwrap();
    let mut heard = async |until: &str| {
        let mut all = BTreeMap::new();
        loop {
            let Notice::Payload(text) = notices.next().await.unwrap().unwrap() else { panic!() };
            let (head, ids) = text.split_once(':').unwrap();
            // An `n`, the table and the number, for each.
            let mut ids: Vec<String> = ids.split('n').skip(1).map(str::to_owned).collect();
            ids[1..].sort();
            all.insert(head.to_owned(), ids);
            if head == until {
                return all;
            }
        }
    };
    let comment =
        |ticket: i64| format!("updateComment(input: {{ id: 3, ticketId: {ticket} }}) {{ {ERRORS} }}");
    run(&server, &comment(3)).await;
    let generated = heard("U.comments").await["U.comments"].clone();
    run(&server, &comment(2)).await;
    heard("U.comments").await;
    run(&server, &merge("2", "3", "")).await;
    let own = heard("D.tickets").await;
    // The comment, and the tickets that it was of and is of.
    assert_eq!(generated.len(), 3);
    assert_eq!(own["U.comments"], generated);
}

async fn what_another_transaction_took_is_not_there(server: Server) {
    desk(&server).await;
    // Each into the next, and the last into the first: none is merged twice, and one at least stays.
    let pairs = [("1", "3"), ("3", "1"), ("1", "3"), ("3", "1")];
    let all = pairs.iter().map(|(ticket, into)| {
        let (server, query) =
            (&server, format!("mutation {{ it: {} }}", merge(ticket, into, r#", text: "m""#)));
        async move { server.ask(&query).await }
    });
    let answers = futures_util::future::join_all(all).await;
    let merged = answers.iter().filter(|answer| answer["data"]["it"]["ticket"].is_object()).count();
    assert_eq!(merged, 1, "{answers:#?}");
    let refused = |answer: &&Value| answer["data"]["it"]["userErrors"][0]["code"] == "NOT_FOUND";
    assert_eq!(answers.iter().filter(refused).count(), 3, "{answers:#?}");
    assert_eq!(server.data("{ comments { id } }").await["comments"].as_array().unwrap().len(), 4);
}
