//! A mutation of a program's own, on the example `network`: it writes in one transaction, as the generated ones do.

use crate::network::{ERRORS, people, refused, run};
use crate::support::{Server, Socket, until};
use doorway::server::{Limits, Options};
use serde_json::{Value, json};

on_both_databases!(
    serving crate::network::entities::app();
    it_writes_and_shows_what_it_wrote,
    mistakes_are_in_the_payload_and_leave_nothing,
    what_fails_half_way_leaves_nothing,
    events_come_after_the_commit,
    its_transaction_is_explained,
    two_at_a_time_do_not_lose_anything,
);

fn befriend(person: &str, other: &str, rest: &str, selected: &str) -> String {
    format!(r#"befriend(person: "{person}", other: "{other}"{rest}) {{ person {{ {selected} }} {ERRORS} }}"#)
}

async fn follows(server: &Server) -> Value {
    let query = "{ persons { handle version followingConnection { edges { closeness node { handle } } } } }";
    let data = server.data(query).await;
    let persons = data["persons"].as_array().unwrap().iter().flat_map(|person| {
        let edges = person["followingConnection"]["edges"].as_array().unwrap();
        edges.iter().map(|edge| json!([person["handle"], edge["node"]["handle"], edge["closeness"]]))
    });
    persons.collect()
}

async fn it_writes_and_shows_what_it_wrote(server: Server) {
    let (ada, bo, cy) = people(&server).await;
    let payload =
        run(&server, &befriend(&ada, &bo, ", closeness: 3", "handle version friends followers { handle }"))
            .await;
    let expected =
        json!({ "handle": "ada", "version": 2, "friends": ["bo"], "followers": [{ "handle": "bo" }] });
    assert_eq!(payload["person"], expected);
    assert_eq!(follows(&server).await, json!([["ada", "bo", 3], ["bo", "ada", 3]]));
    // As close as the closer of the two, which it has read in its transaction.
    let input = format!(
        r#"{{ id: "{cy}", following: {{ connect: [{{ id: "{ada}", follow: {{ closeness: 7 }} }}] }} }}"#
    );
    run(&server, &format!("updatePerson(input: {input}) {{ {ERRORS} }}")).await;
    run(&server, &befriend(&ada, &cy, "", "id")).await;
    assert_eq!(
        follows(&server).await,
        json!([["ada", "bo", 3], ["ada", "cy", 7], ["bo", "ada", 3], ["cy", "ada", 7]])
    );
    // Several are several transactions, in order.
    let query = format!(
        "mutation {{ a: {} b: {} }}",
        befriend(&ada, &bo, ", closeness: 1", "version"),
        befriend(&ada, &ada, "", "version"),
    );
    let data = server.data(&query).await;
    assert_eq!(data["a"]["userErrors"], json!([]));
    assert_eq!(data["b"]["person"], Value::Null);
    assert_eq!(follows(&server).await[0], json!(["ada", "bo", 1]));
}

async fn mistakes_are_in_the_payload_and_leave_nothing(server: Server) {
    let (ada, bo, _) = people(&server).await;
    run(&server, &befriend(&ada, &bo, ", closeness: 3", "id")).await;
    let before = server.data("{ persons { handle version } }").await;
    let nobody = "00000000-0000-7000-8000-000000000000";
    for (person, other, expected) in [
        (&*ada, &*ada, json!([["DUPLICATE", "other"]])),
        (&*ada, nobody, json!([["NOT_FOUND", "other"]])),
        (nobody, &*ada, json!([["NOT_FOUND", "person"]])),
    ] {
        assert_eq!(refused(&server, &befriend(person, other, "", "id")).await, expected);
    }
    // Those who are hidden are not there.
    run(&server, &format!(r#"updatePerson(input: {{ id: "{bo}", isSuspended: true }}) {{ {ERRORS} }}"#))
        .await;
    assert_eq!(refused(&server, &befriend(&ada, &bo, "", "id")).await, json!([["NOT_FOUND", "other"]]));
    // An argument that is none is an error of the request, or of the field.
    let response = server.ask(&format!("mutation {{ {} }}", befriend("me", &bo, "", "id"))).await;
    assert_eq!(response["data"], Value::Null);
    assert_eq!(response["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{response}");
    assert_eq!(follows(&server).await, json!([]));
    assert_eq!(server.data("{ persons { handle version } }").await["persons"][0], before["persons"][0]);
}

/// The first of its two updates is made, and the second is refused by the database.
async fn what_fails_half_way_leaves_nothing(server: Server) {
    let (ada, bo, _) = people(&server).await;
    server.sql("CREATE UNIQUE INDEX only_one ON follows (closeness)").await;
    let mut socket = Socket::ready(server.listen(Limits::default()).await).await;
    socket.subscribe("a", "subscription { personChanged { person { handle version } } }").await;
    until(|| server.db.receivers() == 1).await;
    let response = server.ask(&format!("mutation {{ {} }}", befriend(&ada, &bo, "", "id"))).await;
    assert_eq!(response["data"], Value::Null);
    let error = &response["errors"][0];
    assert_eq!(
        (&error["path"], &error["extensions"]["code"]),
        (&json!(["befriend"]), &json!("INTERNAL_SERVER_ERROR"))
    );
    assert_eq!(follows(&server).await, json!([]));
    // Nobody has heard of it: the next event is another's.
    run(&server, &format!(r#"updatePerson(input: {{ id: "{bo}", handle: "eve" }}) {{ {ERRORS} }}"#)).await;
    assert_eq!(socket.event("a").await["personChanged"]["person"], json!({ "handle": "eve", "version": 3 }));
}

async fn events_come_after_the_commit(server: Server) {
    let (ada, bo, _) = people(&server).await;
    let mut socket = Socket::ready(server.listen(Limits::default()).await).await;
    socket.subscribe("a", "subscription { personChanged { kind person { handle friends } } }").await;
    until(|| server.db.receivers() == 1).await;
    refused(&server, &befriend(&ada, &ada, "", "id")).await;
    run(&server, &befriend(&ada, &bo, "", "id")).await;
    let event = |handle: &str, friend: &str| json!({ "kind": "UPDATED", "person": { "handle": handle, "friends": [friend] } });
    assert_eq!(socket.event("a").await["personChanged"], event("ada", "bo"));
    assert_eq!(socket.event("a").await["personChanged"], event("bo", "ada"));
}

async fn its_transaction_is_explained(server: Server) {
    let (ada, bo, _) = people(&server).await;
    let server = server.with_options(Options { explain: true, ..Options::default() });
    let query = format!("mutation {{ it: {} }}", befriend(&ada, &bo, "", "handle"));
    let body = json!({ "query": query, "extensions": { "doorway": { "explain": true } } });
    let explained = server.post_json(body).await.json()["extensions"]["doorway"].clone();
    let transactions = explained["transactions"].as_array().unwrap();
    assert_eq!(transactions.len(), 1);
    assert_eq!(transactions[0]["field"], "it");
    let statements = transactions[0]["statements"].as_array().unwrap();
    let sql = |nth: usize| statements[nth]["sql"].as_str().unwrap();
    assert!(sql(0).starts_with("BEGIN") && sql(statements.len() - 1) == "COMMIT", "{explained}");
    assert_eq!(explained["batches"].as_array().unwrap().len(), 1);
    // A mutation costs what it writes, and what it selects.
    assert_eq!(explained["cost"], 10 + 1);
}

async fn two_at_a_time_do_not_lose_anything(server: Server) {
    let (ada, bo, cy) = people(&server).await;
    let pairs = [(&ada, &bo), (&bo, &ada), (&bo, &cy), (&cy, &bo), (&cy, &ada), (&ada, &cy)];
    let all = pairs.iter().cycle().take(24).map(|(person, other)| {
        let (server, mutation) = (&server, befriend(person, other, ", closeness: 1", "id"));
        async move { run(server, &mutation).await }
    });
    futures_util::future::join_all(all).await;
    assert_eq!(follows(&server).await.as_array().unwrap().len(), 6);
}
