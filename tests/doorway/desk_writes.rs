//! Writes of rows whose keys are numbers, and who hears of them, on the example `desk`.

use crate::desk::{desk, ids, subscribed};
use crate::network::{ERRORS, refused, run};
use crate::support::Server;
use serde_json::{Value, json};
use std::collections::BTreeSet;

on_both_databases!(
    serving crate::desk::entities::app();
    new_rows_refer_to_each_other_before_they_have_numbers,
    numbers_cost_a_statement_for_each_table,
    a_number_is_not_given_again,
    lists_are_written_from_both_sides,
    what_is_not_there_is_not_found,
    a_name_is_found_or_made,
    the_same_number_of_two_tables_is_two_rows,
    what_is_deleted_takes_along_what_belongs_to_it,
    many_writers_get_numbers_of_their_own,
    rows_of_other_programs_are_in_nobodys_way,
    those_who_listen_hear_of_the_row_that_they_asked_for,
);

async fn new_rows_refer_to_each_other_before_they_have_numbers(server: Server) {
    let (ada, _) = desk(&server).await;
    let input = format!(
        r#"[{{ title: "new", reporterId: "{ada}", resolution: {{ text: "r" }}, comments: [{{ text: "a" }} {{ text: "b" }}],
              parts: [{{ title: "part", reporterId: "{ada}", parts: [{{ title: "deep", reporterId: "{ada}" }}] }}],
              labels: {{ connect: [{{ name: "soft" }}], create: [{{ name: "new" }}] }},
              watchers: {{ create: [{{ name: "cy" }}] }},
              blocks: {{ create: [{{ title: "waits", reporterId: "{ada}", block: {{ isHard: false }} }}] }} }}
            {{ title: "other", reporterId: "{ada}", parentId: 1 }}]"#
    );
    let read = "id title parent { id } parts { id title parent { title } parts { title } } comments { text ticket { title } } \
                resolution { text ticket { title } } labels { id name } watchers { name } blocks { title blockedBy { title } }";
    let made =
        run(&server, &format!("createTickets(inputs: {input}) {{ tickets {{ {read} }} {ERRORS} }}")).await;
    let ticket = |title: &str| json!({ "title": title });
    let part = json!({ "id": "5", "title": "part", "parent": ticket("new"), "parts": [ticket("deep")] });
    let comment = |text: &str| json!({ "text": text, "ticket": ticket("new") });
    let first = json!({ "id": "4", "title": "new", "parent": null, "parts": [part],
        "comments": [comment("a"), comment("b")], "resolution": comment("r"),
        "labels": [{ "id": "2", "name": "soft" }, { "id": "3", "name": "new" }], "watchers": [{ "name": "cy" }],
        "blocks": [{ "title": "waits", "blockedBy": [ticket("new")] }] });
    assert_eq!(made["tickets"][0], first);
    assert_eq!(made["tickets"][1]["parent"], json!({ "id": "1" }));
    // As the payload has it, so it is.
    let id = made["tickets"][0]["id"].as_str().unwrap();
    assert_eq!(server.data(&format!("{{ ticket(id: {id}) {{ {read} }} }}")).await["ticket"], first);
}

/// Keys that are UUIDs cost nothing; those that are numbers one statement for each table, and on SQLite that of other questions.
async fn numbers_cost_a_statement_for_each_table(server: Server) {
    let (ada, _) = desk(&server).await;
    run(&server, &format!(r#"createAgent(input: {{ name: "uuid" }}) {{ agent {{ id }} {ERRORS} }}"#)).await;
    let inserts = |all: &[String]| all.iter().filter(|sql| sql.contains("INSERT INTO")).count();
    let made = server.take_statements();
    assert_eq!((made.len(), inserts(&made)), (1, 1), "{made:#?}");
    let comments = r#"comments: [{ text: "a" } { text: "b" }]"#;
    let create = format!(
        r#"createTicket(input: {{ title: "t", reporterId: "{ada}", {comments} }}) {{ ticket {{ id title }} {ERRORS} }}"#
    );
    run(&server, &create).await;
    let made = server.take_statements();
    if server.is_postgres() {
        assert_eq!((made.len(), inserts(&made)), (3, 1), "{made:#?}");
        assert_eq!(made.iter().filter(|sql| sql.contains("nextval")).count(), 2, "{made:#?}");
    } else {
        assert_eq!(made.iter().filter(|sql| sql.contains("sqlite_sequence WHERE")).count(), 2, "{made:#?}");
        assert_eq!(inserts(&made), 2, "{made:#?}");
    }
}

async fn a_number_is_not_given_again(server: Server) {
    let (ada, _) = desk(&server).await;
    let create = format!(
        r#"createTicket(input: {{ title: "t", reporterId: "{ada}" }}) {{ ticket {{ id }} {ERRORS} }}"#
    );
    let number = async || {
        let made = run(&server, &create).await;
        made["ticket"]["id"].as_str().unwrap().parse::<i64>().unwrap()
    };
    let first = number().await;
    run(&server, &format!("deleteTicket(input: {{ id: {first} }}) {{ {ERRORS} }}")).await;
    let second = number().await;
    assert!(second > first, "{second} {first}");
    // What is refused may leave a gap, and takes nothing from anybody.
    let wrong = format!(
        r#"createTickets(inputs: [{{ title: "t", reporterId: "{ada}" }} {{ title: "t", reporterId: "{ada}", parentId: 99 }}]) {{ {ERRORS} }}"#
    );
    assert_eq!(refused(&server, &wrong).await, json!([["NOT_FOUND", "parentId"]]));
    assert!(number().await > second);
}

async fn lists_are_written_from_both_sides(server: Server) {
    let (ada, bo) = desk(&server).await;
    let update = async |entity: &str, id: &str, list: &str, show: &str| {
        let variable = entity.to_lowercase();
        let query = format!(
            r#"update{entity}(input: {{ id: "{id}", {list} }}) {{ {variable} {{ {show} }} {ERRORS} }}"#
        );
        run(&server, &query).await[variable].clone()
    };
    let shown = update("Ticket", "1", "labels: { set: [{ id: 2 }] }", "labels { id }").await;
    assert_eq!(shown, json!({ "labels": [{ "id": "2" }] }));
    let shown = update(
        "Ticket",
        "1",
        "labels: { connect: [{ name: \"hard\" }], create: [{ name: \"new\" }] }",
        "labels { name }",
    );
    assert_eq!(shown.await, json!({ "labels": [{ "name": "soft" }, { "name": "hard" }, { "name": "new" }] }));
    let moved = "moveTicketLabel(input: { id: 1, label: { id: 1 }, position: 0 })";
    let moved = run(&server, &format!("{moved} {{ ticket {{ labels {{ name }} }} {ERRORS} }}")).await;
    assert_eq!(moved["ticket"]["labels"], json!([{ "name": "hard" }, { "name": "soft" }, { "name": "new" }]));
    let shown = update("Ticket", "1", "labels: { disconnect: [{ id: 2 }] }", "labels { name }").await;
    assert_eq!(shown, json!({ "labels": [{ "name": "hard" }, { "name": "new" }] }));
    // From the side of a UUID to that of a number, and the other way.
    let watching = r#"watching: { connect: [{ id: 1, watch: { reason: "r" } } { id: 3 }] }"#;
    let shown = update("Agent", &ada, watching, "watching { id }").await;
    assert_eq!(shown, json!({ "watching": [{ "id": "1" }, { "id": "3" }] }));
    let shown =
        update("Ticket", "1", &format!(r#"watchers: {{ set: [{{ id: "{bo}" }}] }}"#), "watchers { name }")
            .await;
    assert_eq!(shown, json!({ "watchers": [{ "name": "bo" }] }));
    assert_eq!(ids(&server, r#"tickets(where: { watchers: { some: { name: { eq: "ada" } } } })"#).await, "3");
    // A table that is joined with itself.
    let hard = "block: { isHard: false }";
    let shown =
        update("Ticket", "1", &format!("blockedBy: {{ set: [{{ id: 2, {hard} }}] }}"), "blockedBy { id }")
            .await;
    assert_eq!(shown, json!({ "blockedBy": [{ "id": "2" }] }));
    assert_eq!(ids(&server, "tickets(where: { blocks: { some: {} } })").await, "2");
}

async fn what_is_not_there_is_not_found(server: Server) {
    let (ada, _) = desk(&server).await;
    for (mutation, field) in [
        ("updateTicket(input: { id: 99 })".to_owned(), "id"),
        ("deleteTicket(input: { id: -1 })".to_owned(), "id"),
        (
            format!(r#"createTicket(input: {{ title: "t", reporterId: "{ada}", parentId: "99" }})"#),
            "parentId",
        ),
        ("updateTicket(input: { id: 1, parentId: 99 })".to_owned(), "parentId"),
        ("updateTicket(input: { id: 1, labels: { connect: [{ id: 99 }] } })".to_owned(), "id"),
        (r#"createComment(input: { text: "t", ticketId: 99 })"#.to_owned(), "ticketId"),
    ] {
        let refused = refused(&server, &format!("{mutation} {{ {ERRORS} }}")).await;
        assert_eq!(refused, json!([["NOT_FOUND", field]]), "{mutation}");
    }
    let taken = r#"createResolution(input: { text: "t", ticketId: 1 })"#;
    assert_eq!(refused(&server, &format!("{taken} {{ {ERRORS} }}")).await, json!([["TAKEN", "ticketId"]]));
    let circle = "updateTicket(input: { id: 1, parentId: 2 })";
    assert_eq!(refused(&server, &format!("{circle} {{ {ERRORS} }}")).await, json!([["INVALID", "parentId"]]));
    let twice = "updateTickets(inputs: [{ id: 1 } { id: \"1\" }])";
    assert_eq!(refused(&server, &format!("{twice} {{ {ERRORS} }}")).await, json!([["DUPLICATE", "id"]]));
    let old = "updateTicket(input: { id: 1, expectedVersion: 7 })";
    let payload = format!("{old} {{ ticket {{ id }} {ERRORS} }}");
    assert_eq!(refused(&server, &payload).await, json!([["CONFLICT", "expectedVersion"]]));
}

async fn a_name_is_found_or_made(server: Server) {
    desk(&server).await;
    let inputs = r#"[{ name: "soft", color: "blue" } { name: "new", color: "red" }]"#;
    let upsert = format!("upsertLabels(inputs: {inputs}) {{ labels {{ id name color }} {ERRORS} }}");
    let made = run(&server, &upsert).await["labels"].clone();
    assert_eq!(made[0], json!({ "id": "2", "name": "soft", "color": "blue" }));
    assert_eq!((&made[1]["name"], &made[1]["color"]), (&json!("new"), &json!("red")));
    assert_eq!(run(&server, &upsert).await["labels"], made);
    let swap = format!(
        r#"updateLabels(inputs: [{{ id: 1, name: "soft" }} {{ id: 2, name: "hard" }}]) {{ labels {{ id name }} {ERRORS} }}"#
    );
    let expected = json!([{ "id": "1", "name": "soft" }, { "id": "2", "name": "hard" }]);
    assert_eq!(run(&server, &swap).await["labels"], expected);
}

/// Ticket 1, label 1, comment 1 and badge 1 are different rows, also within one mutation.
async fn the_same_number_of_two_tables_is_two_rows(server: Server) {
    let (ada, _) = desk(&server).await;
    let mut notices = server.db.notices().await.unwrap();
    let input = r#"{ id: 1, title: "changed", labels: { set: [{ id: 2 } { id: 1 }] } }"#;
    let changed = run(
        &server,
        &format!("updateTicket(input: {input}) {{ ticket {{ title labels {{ id }} }} {ERRORS} }}"),
    )
    .await;
    assert_eq!(changed["ticket"], json!({ "title": "changed", "labels": [{ "id": "2" }, { "id": "1" }] }));
    // The ticket that is made has the number of a comment that is made with it, and of a label.
    let create = format!(
        r#"createTicket(input: {{ title: "four", reporterId: "{ada}", comments: [{{ text: "four" }}] }}) {{ ticket {{ id comments {{ id }} }} {ERRORS} }}"#
    );
    assert_eq!(run(&server, &create).await["ticket"], json!({ "id": "4", "comments": [{ "id": "4" }] }));
    run(&server, &format!("deleteLabel(input: {{ id: 1 }}) {{ {ERRORS} }}")).await;
    run(&server, &format!("deleteComment(input: {{ id: 1 }}) {{ {ERRORS} }}")).await;
    let mut heads = Vec::new();
    while heads.last().is_none_or(|head| head != "D.comments") {
        let doorway::db::Notice::Payload(text) = notices.next().await.unwrap().unwrap() else { panic!() };
        heads.push(text.split_once(':').unwrap().0.to_owned());
    }
    assert_eq!(heads, ["U.tickets", "C.tickets", "C.comments", "D.labels", "D.comments"]);
    assert_eq!(ids(&server, "tickets(orderBy: { id: ASC })").await, "1 2 3 4");
    assert_eq!(ids(&server, "labels").await, "2");
    assert_eq!(ids(&server, "badges").await, "1");
}

async fn what_is_deleted_takes_along_what_belongs_to_it(server: Server) {
    desk(&server).await;
    let delete = format!(r#"deleteTicket(input: {{ id: "1" }}) {{ deletedId {ERRORS} }}"#);
    assert_eq!(run(&server, &delete).await["deletedId"], "1");
    assert_eq!(ids(&server, "tickets").await, "3");
    assert_eq!(ids(&server, "comments").await, "");
    assert_eq!(ids(&server, "resolutions").await, "");
    let many = format!("deleteLabels(inputs: [{{ id: 2 }} {{ id: 1 }}]) {{ deletedIds {ERRORS} }}");
    assert_eq!(run(&server, &many).await["deletedIds"], json!(["2", "1"]));
}

async fn many_writers_get_numbers_of_their_own(server: Server) {
    let (ada, _) = desk(&server).await;
    let create = |nth: usize| {
        let (server, ada) = (&server, &ada);
        async move {
            let input =
                format!(r#"{{ title: "t{nth}", reporterId: "{ada}", comments: [{{ text: "c{nth}" }}] }}"#);
            let read = "ticket { id title comments { text } }";
            run(server, &format!("createTicket(input: {input}) {{ {read} {ERRORS} }}")).await["ticket"]
                .clone()
        }
    };
    let made = futures_util::future::join_all((0..40).map(create)).await;
    let numbers: BTreeSet<&str> = made.iter().map(|ticket| ticket["id"].as_str().unwrap()).collect();
    assert_eq!(numbers.len(), 40);
    for (nth, ticket) in made.iter().enumerate() {
        assert_eq!(ticket["comments"], json!([{ "text": format!("c{nth}") }]), "{ticket}");
    }
}

async fn rows_of_other_programs_are_in_nobodys_way(server: Server) {
    server.sql("INSERT INTO labels (name) VALUES ('theirs')").await;
    let create =
        |name: &str| format!(r#"createLabel(input: {{ name: "{name}" }}) {{ label {{ id }} {ERRORS} }}"#);
    assert_eq!(run(&server, &create("ours")).await["label"]["id"], "2");
    server.sql("INSERT INTO labels (name) VALUES ('theirs too')").await;
    assert_eq!(run(&server, &create("ours too")).await["label"]["id"], "4");
    assert_eq!(ids(&server, "labels(orderBy: { id: ASC })").await, "1 2 3 4");
}

async fn those_who_listen_hear_of_the_row_that_they_asked_for(server: Server) {
    let (ada, _) = desk(&server).await;
    let subscriptions = [
        ("ticket", "ticketChanged(id: 1) { kind id ticket { title labels { id } } }"),
        ("parts", "ticketChanged(parentId: \"1\") { kind id ticket { parent { id } } }"),
        ("labelled", "ticketChanged(labelId: 2) { kind id }"),
        ("label", "labelChanged(id: 1) { kind id label { name } }"),
    ];
    let mut sockets = subscribed(&server, subscriptions).await;
    let mut heard = async |id: &str, field: &str, expected: Value| {
        assert_eq!(sockets.get_mut(id).unwrap().event(id).await[field], expected, "{id}");
    };
    // Comment 1 and badge 1 are nobody's business here.
    run(&server, &format!(r#"updateComment(input: {{ id: 1, text: "new" }}) {{ {ERRORS} }}"#)).await;
    run(&server, &format!(r#"updateBadge(input: {{ id: 1, color: "blue" }}) {{ {ERRORS} }}"#)).await;
    run(&server, &format!(r#"updateLabel(input: {{ id: 1, name: "heavy" }}) {{ {ERRORS} }}"#)).await;
    heard("label", "labelChanged", json!({ "kind": "UPDATED", "id": "1", "label": { "name": "heavy" } }))
        .await;
    // A part of the first ticket: it concerns those who follow that, but not as their row.
    let create = format!(
        r#"createTicket(input: {{ title: "part", reporterId: "{ada}", parentId: 1 }}) {{ {ERRORS} }}"#
    );
    run(&server, &create).await;
    let part = json!({ "kind": "CREATED", "id": "4", "ticket": { "title": "part", "labels": [] } });
    heard("ticket", "ticketChanged", part).await;
    heard(
        "parts",
        "ticketChanged",
        json!({ "kind": "CREATED", "id": "4", "ticket": { "parent": { "id": "1" } } }),
    )
    .await;
    run(
        &server,
        &format!("updateTicket(input: {{ id: 3, labels: {{ disconnect: [{{ id: 2 }}] }} }}) {{ {ERRORS} }}"),
    )
    .await;
    heard("labelled", "ticketChanged", json!({ "kind": "UPDATED", "id": "3" })).await;
    let answer = server.ask("subscription { ticketChanged(id: \"x\") { id } }").await;
    assert!(answer["errors"].is_array(), "{answer}");
}
