//! Rows that the scope of their entity hides: for clients it is as if they were not there.

use crate::network::{ERRORS, follow, people, refused, run};
use crate::support::{Database, Server};
use doorway::db::Notice;
use serde_json::json;

on_both_databases!(
    serving crate::network::entities::app();
    hidden_rows_are_nowhere,
    a_row_that_is_required_may_be_hidden,
    hidden_rows_are_not_changed_nor_referred_to,
    names_of_hidden_rows_stay_taken,
    a_payload_shows_what_was_written,
    those_who_listen_do_not_see_hidden_rows,
    hidden_rows_cost_no_statement,
);

/// Two messages that nobody replies to, and what leads to them: Bo likes both, has bookmarked both and pinned both.
async fn two_more(server: &Server, bo: &str) -> [String; 2] {
    let mut ids = Vec::new();
    for body in ["kept", "removed"] {
        let message = format!(
            r#"createMessage(input: {{ body: "{body}", authorId: "{bo}", editorId: "{bo}" }}) {{ message {{ id }} {ERRORS} }}"#
        );
        ids.push(run(server, &message).await["message"]["id"].as_str().unwrap().to_owned());
    }
    let [kept, removed] = [&ids[0], &ids[1]];
    let both = format!(r#"{{ connect: [{{ id: "{removed}" }}, {{ id: "{kept}" }}] }}"#);
    let update = format!(
        r#"updatePerson(input: {{ id: "{bo}", likes: {both}, bookmarks: {both}, pins: {both} }}) {{ {ERRORS} }}"#
    );
    run(server, &update).await;
    [kept.clone(), removed.clone()]
}

/// Every way to a message, or to a number or an order that depends on some.
const WAYS: &[&str] = &[
    "{ messages { body author { handle } } }",
    "{ messages(limit: 1, offset: 4) { body } }",
    "{ messagesConnection(first: 2) { totalCount edges { node { body } } pageInfo { hasNextPage } } }",
    "{ messagesConnection(last: 2) { edges { node { body } } pageInfo { hasPreviousPage } } }",
    r#"{ messages(where: { body: { startsWith: "re" } }) { body } }"#,
    r#"{ messages(where: { not: { body: { eq: "kept" } } }) { body } }"#,
    r#"{ messages(where: { author: { handle: { eq: "bo" } } }) { body } }"#,
    "{ messages(orderBy: { parent: { body: ASC } }) { body } }",
    "{ messages(orderBy: [{ likedBy: { count: DESC } }, { body: ASC }]) { body } }",
    "{ persons { handle messages { body } editedMessages { body } } }",
    "{ persons { handle likes { body } bookmarks { body } pins { body } } }",
    r#"{ persons { handle likes(where: { body: { gt: "l" } }, orderBy: { body: DESC }) { body } } }"#,
    "{ persons { messagesConnection(first: 1) { totalCount edges { node { body } } pageInfo { hasNextPage } } } }",
    "{ persons { pinsConnection(first: 1) { totalCount edges { rank node { body } } pageInfo { hasNextPage } } } }",
    "{ persons { likesConnection(last: 1) { totalCount edges { node { body } } pageInfo { hasPreviousPage } } } }",
    r#"{ person(handle: "bo") { bookmarks(limit: 1) { body } pins(offset: 1) { body } } }"#,
    r#"{ persons(where: { messages: { some: { body: { eq: "removed" } } } }) { handle } }"#,
    r#"{ persons(where: { likes: { some: { body: { eq: "removed" } } } }) { handle } }"#,
    r#"{ persons(where: { likes: { every: { body: { eq: "kept" } } } }) { handle } }"#,
    r#"{ persons(where: { messages: { none: { body: { eq: "removed" } } } }) { handle } }"#,
    "{ persons(where: { messages: { some: {} } }) { handle } }",
    "{ persons(where: { messagesCount: { gt: 2 } }) { handle } }",
    "{ persons(where: { likesCount: { eq: 1 } }) { handle } }",
    "{ persons(where: { likesCount: { lt: 50 } }) { handle } }",
    "{ persons(orderBy: [{ messagesCount: DESC }, { handle: ASC }]) { handle } }",
    r#"{ persons(orderBy: [{ messages: { count: DESC, where: { body: { ne: "x" } } } }, { handle: ASC }]) { handle } }"#,
];

/// What is hidden is as what is deleted, in every answer.
async fn hidden_rows_are_nowhere(server: Server) {
    let deleted = if server.is_postgres() { Database::postgres().await } else { Database::sqlite() };
    let deleted = Server::migrated(crate::network::entities::app(), deleted).await;
    let mut removed = Vec::new();
    for server in [&server, &deleted] {
        let (_, bo, _) = people(server).await;
        removed.push(two_more(server, &bo).await[1].clone());
    }
    let mut before = Vec::new();
    for way in WAYS {
        before.push(server.data(way).await);
        assert_eq!(before.last().unwrap(), &deleted.data(way).await, "{way}");
    }
    server.sql("UPDATE messages SET removed_at = created_at WHERE body = 'removed'").await;
    deleted.sql("DELETE FROM messages WHERE body = 'removed'").await;
    let mut changed = 0;
    for (way, before) in WAYS.iter().zip(before) {
        let data = server.data(way).await;
        assert_eq!(data, deleted.data(way).await, "{way}");
        changed += usize::from(data != before);
    }
    assert!(changed > 20, "only {changed} of the answers depended on the row");
    for way in ["node(id: $id) { __typename id }", "nodes(ids: [$id]) { id }", "message(id: $id) { body }"] {
        let query = format!("{{ it: {} }}", way.replace("$id", &format!("\"{}\"", removed[0])));
        let it = server.data(&query).await["it"].take();
        assert!(it == json!(null) || it == json!([null]), "{query}: {it}");
    }
}

/// Where a foreign key is never null, its row may still be hidden.
async fn a_row_that_is_required_may_be_hidden(server: Server) {
    people(&server).await;
    server.sql("UPDATE persons SET is_suspended = (1 = 1) WHERE handle = 'ada'").await;
    let data =
        server.data("{ messages { body author { handle } } persons { handle mentor { handle } } }").await;
    let first = json!({ "body": "first", "author": null });
    assert!(data["messages"].as_array().unwrap().contains(&first), "{data}");
    assert_eq!(data["persons"][0], json!({ "handle": "bo", "mentor": null }));
    assert_eq!(server.data(r#"{ person(handle: "ada") { handle } }"#).await["person"], json!(null));
    // Nor can what they wrote be found by their name, or be ordered by it.
    let found = r#"{ messages(where: { author: { handle: { eq: "ada" } } }) { body } }"#;
    assert_eq!(server.data(found).await["messages"], json!([]));
    let ordered = "{ messages(orderBy: [{ author: { handle: ASC } }, { body: ASC }]) { body } }";
    let bodies = server.data(ordered).await["messages"].clone();
    assert_eq!(
        bodies,
        json!([{ "body": "reply" }, { "body": "deeper" }, { "body": "first" }, { "body": "second" }])
    );
    let kind = r#"{ __type(name: "Message") { fields { name type { kind name } } } }"#;
    let fields = server.data(kind).await["__type"]["fields"].clone();
    let author = fields.as_array().unwrap().iter().find(|field| field["name"] == "author").unwrap();
    assert_eq!(author["type"], json!({ "kind": "OBJECT", "name": "Person" }));
}

async fn hidden_rows_are_not_changed_nor_referred_to(server: Server) {
    let (ada, bo, _) = people(&server).await;
    let [kept, removed] = two_more(&server, &bo).await;
    server.sql("UPDATE messages SET removed_at = created_at WHERE body = 'removed'").await;
    server.sql("UPDATE persons SET is_suspended = (1 = 1) WHERE handle = 'cy'").await;
    let refusals = [
        (format!(r#"updateMessage(input: {{ id: "{removed}", body: "x" }}) {{ {ERRORS} }}"#), "id"),
        (format!(r#"deleteMessage(input: {{ id: "{removed}" }}) {{ {ERRORS} }}"#), "id"),
        (
            format!(
                r#"createMessage(input: {{ body: "x", authorId: "{bo}", parentId: "{removed}" }}) {{ {ERRORS} }}"#
            ),
            "parentId",
        ),
        (
            format!(r#"updateMessage(input: {{ id: "{kept}", parentId: "{removed}" }}) {{ {ERRORS} }}"#),
            "parentId",
        ),
        (
            format!(
                r#"updatePerson(input: {{ id: "{ada}", likes: {{ connect: [{{ id: "{removed}" }}] }} }}) {{ {ERRORS} }}"#
            ),
            "id",
        ),
        (
            format!(
                r#"movePersonPin(input: {{ id: "{bo}", message: {{ id: "{removed}" }}, position: 0 }}) {{ {ERRORS} }}"#
            ),
            "id",
        ),
        (
            format!(
                r#"updateMessage(input: {{ id: "{kept}", likedBy: {{ connect: [{{ handle: "cy" }}] }} }}) {{ {ERRORS} }}"#
            ),
            "handle",
        ),
        (
            format!(
                r#"createPerson(input: {{ handle: "di", following: {{ connect: [{{ handle: "cy", follow: {{ closeness: 1 }} }}] }} }}) {{ {ERRORS} }}"#
            ),
            "handle",
        ),
        (
            format!(
                r#"createPerson(input: {{ handle: "di", likes: {{ connect: [{{ id: "{removed}" }}] }} }}) {{ {ERRORS} }}"#
            ),
            "id",
        ),
    ];
    for (mutation, field) in refusals {
        assert_eq!(refused(&server, &mutation).await, json!([["NOT_FOUND", field]]), "{mutation}");
    }
    // It goes with those that it belongs to.
    run(&server, &format!(r#"deletePerson(input: {{ id: "{bo}" }}) {{ {ERRORS} }}"#)).await;
    server.sql("UPDATE messages SET removed_at = NULL").await;
    let left = server.data("{ messages { body } }").await["messages"].clone();
    assert_eq!(left, json!([{ "body": "first" }, { "body": "second" }]));
}

async fn names_of_hidden_rows_stay_taken(server: Server) {
    people(&server).await;
    server.sql("UPDATE persons SET is_suspended = (1 = 1) WHERE handle = 'ada'").await;
    for mutation in [
        r#"createPerson(input: { handle: "ada" })"#,
        r#"upsertPerson(input: { handle: "ada" })"#,
        r#"upsertPerson(input: { handle: "ada", messages: [{ body: "x" }] })"#,
        r#"upsertPersons(inputs: [{ handle: "new" }, { handle: "ada" }])"#,
    ] {
        let answer = server.ask(&format!("mutation {{ it: {mutation} {{ {ERRORS} }} }}")).await;
        let errors = answer["data"]["it"]["userErrors"].as_array();
        // An upsert has no nested rows.
        let Some(errors) = errors else { continue };
        assert_eq!(errors.len(), 1, "{mutation}: {answer}");
        assert_eq!(
            (&errors[0]["code"], &errors[0]["field"].as_array().unwrap().last()),
            (&json!("TAKEN"), &Some(&json!("handle"))),
            "{mutation}"
        );
    }
    assert_eq!(server.data(r#"{ person(handle: "new") { handle } }"#).await["person"], json!(null));
    run(&server, &format!(r#"upsertPerson(input: {{ handle: "bo" }}) {{ person {{ handle }} {ERRORS} }}"#))
        .await;
}

async fn a_payload_shows_what_was_written(server: Server) {
    let (_, bo, _) = people(&server).await;
    let [_, removed] = two_more(&server, &bo).await;
    let remove = format!(
        r#"updateMessage(input: {{ id: "{removed}", removedAt: "2024-01-01T00:00:00Z" }}) {{ message {{ body removedAt author {{ handle }} }} {ERRORS} }}"#
    );
    let payload = run(&server, &remove).await;
    let written = json!({ "body": "removed", "removedAt": "2024-01-01T00:00:00.000000Z", "author": { "handle": "bo" } });
    assert_eq!(payload["message"], written);
    assert_eq!(refused(&server, &remove).await, json!([["NOT_FOUND", "id"]]));
}

async fn those_who_listen_do_not_see_hidden_rows(server: Server) {
    let (ada, bo, _) = people(&server).await;
    follow(&server, &(ada.clone(), bo.clone(), server.id(r#"person(handle: "cy")"#).await)).await;
    let mut notices = server.db.notices().await.unwrap();
    let hide = format!(r#"updatePerson(input: {{ id: "{bo}", isSuspended: true }}) {{ {ERRORS} }}"#);
    run(&server, &hide).await;
    let notice = notices.next().await.unwrap().unwrap();
    let Notice::Payload(text) = notice else { panic!("{notice:?}") };
    assert!(text.starts_with("U.persons"), "{text}");
    // Whoever follows them from now on is told nothing of them.
    let following =
        r#"{ person(handle: "ada") { following { handle } followingConnection { totalCount } } }"#;
    let seen = server.data(following).await["person"].clone();
    assert_eq!(seen["following"].as_array().unwrap().len(), 0, "{seen}");
    assert_eq!(seen["followingConnection"]["totalCount"], 0);
}

/// One for each relationship, as without a scope.
async fn hidden_rows_cost_no_statement(server: Server) {
    let (_, bo, _) = people(&server).await;
    two_more(&server, &bo).await;
    server.take_statements();
    server
        .data("{ persons { handle messages { body author { handle } } likes { body } pins { body } } }")
        .await;
    assert_eq!(server.take_statements().len(), 5);
    let none = server.data("{ persons(where: { messagesCount: { gt: 1 } }) { handle } }").await;
    assert_eq!(none["persons"].as_array().map(Vec::len), Some(2));
    assert_eq!(server.take_statements().len(), 1);
}
