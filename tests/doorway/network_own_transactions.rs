//! What mutations of a program's own may do in their transaction, on the tables of the example `network`.

use crate::network::{
    ERRORS,
    entities::{self, Club, Message, Person},
    refused, run,
};
use crate::support::{Server, Socket, until};
use async_graphql::{MergedObject, Schema, value};
use diesel::sql_query;
use doorway::{
    app::App,
    db::Id,
    events::EventKind,
    mutation::{Create, Undone, Writing},
    own_mutations,
    server::Limits,
};
use serde_json::json;

on_both_databases!(
    serving crate::network_own_transactions::app();
    inputs_are_those_of_the_generated_mutations,
    a_mistake_that_is_ignored_undoes_it_all,
    constraints_are_mistakes_in_arguments,
    statements_of_its_own_are_in_the_transaction,
);

own_mutations! { Own {
    /// Creates a person, and a message by them.
    join(
        /// The person.
        input: Create<Person>,
        /// The text.
        body: String = "hello".to_owned(),
    ): Message, tx => join(tx, input, body).await;

    /// Creates a person, and deletes a club if that can be done.
    careless(
        /// The club.
        club: Id,
    ): Person, tx => careless(tx, club).await;

    /// Renames everybody who is called so, by SQL, and tells of one of them.
    rename(
        /// The person to tell of.
        person: Id,
        /// The name.
        from: String,
        /// The new name.
        handle: String,
    ): Person, tx => rename(tx, person, from, handle).await;

    /// Does nothing.
    rest(): Person, _tx => Ok::<Option<Id>, Undone>(None);
} }

async fn join(tx: &mut Writing, input: Create<Person>, body: String) -> Result<Id, Undone> {
    let person = tx.create::<Person>(input).await.map_err(|undone| undone.within("input"))?;
    let message = value!({ "authorId": (person.to_string()), "body": body });
    tx.create::<Message>(message).await
}

async fn careless(tx: &mut Writing, club: Id) -> Result<Id, Undone> {
    let _ = tx.delete::<Club>(club).await;
    tx.create::<Person>(value!({ "handle": "careless" })).await
}

async fn rename(tx: &mut Writing, person: Id, from: String, handle: String) -> Result<Id, Undone> {
    let update = format!("UPDATE persons SET handle = '{handle}' WHERE handle = '{from}'");
    tx.run::<Person>(sql_query(update)).await?;
    tx.publish::<Person>(EventKind::Updated, person, &[]).await?;
    Ok(person)
}

#[derive(MergedObject, Default)]
struct Mutations(entities::Mutation, Own);

pub fn app() -> App {
    let schema = Schema::build(entities::Query::default(), Mutations::default(), entities::SubscriptionRoot);
    App::new(schema, entities::graph(), entities::app().history())
}

async fn inputs_are_those_of_the_generated_mutations(server: Server) {
    let joined = format!(
        r#"join(input: {{ handle: "ada", mentees: [{{ handle: "bo" }}] }}) {{ message {{ line author {{ mentees {{ mention }} }} }} {ERRORS} }}"#
    );
    let message = run(&server, &joined).await["message"].clone();
    assert_eq!(message, json!({ "line": "ada: hello", "author": { "mentees": [{ "mention": "@bo" }] } }));
    // The second write has a mistake, and the first is undone.
    let long = "x".repeat(10_001);
    let query = format!(r#"join(input: {{ handle: "cy" }}, body: "{long}") {{ {ERRORS} }}"#);
    assert_eq!(refused(&server, &query).await, json!([["TOO_LONG", "body"]]));
    let data = server
        .data(&format!(r#"mutation {{ join(input: {{ handle: "ada" }}) {{ message {{ id }} {ERRORS} }} }}"#))
        .await;
    let taken = json!([{ "code": "TAKEN", "field": ["input", "handle"], "message": "another person has this handle" }]);
    assert_eq!(data["join"], json!({ "message": null, "userErrors": taken }));
    assert_eq!(
        server.data("{ persons { handle } }").await["persons"],
        json!([{ "handle": "ada" }, { "handle": "bo" }])
    );
    assert_eq!(run(&server, &format!("rest {{ person {{ id }} {ERRORS} }}")).await["person"], json!(null));
}

async fn a_mistake_that_is_ignored_undoes_it_all(server: Server) {
    run(&server, &format!(r#"createPerson(input: {{ handle: "ada" }}) {{ {ERRORS} }}"#)).await;
    let ada = server.id(r#"person(handle: "ada")"#).await;
    for (name, members) in
        [("used", format!(r#"[{{ personId: "{ada}", number: 1 }}]"#)), ("free", "[]".to_owned())]
    {
        run(
            &server,
            &format!(r#"createClub(input: {{ name: "{name}", memberships: {members} }}) {{ {ERRORS} }}"#),
        )
        .await;
    }
    let (used, free) = (server.id(r#"club(name: "used")"#).await, server.id(r#"club(name: "free")"#).await);
    let data = server
        .data(&format!(r#"mutation {{ careless(club: "{used}") {{ person {{ id }} {ERRORS} }} }}"#))
        .await;
    assert_eq!(
        (&data["careless"]["person"], &data["careless"]["userErrors"][0]["code"]),
        (&json!(null), &json!("IN_USE"))
    );
    // The way to the id is none to an argument.
    assert_eq!(data["careless"]["userErrors"][0]["field"], json!(null));
    assert_eq!(server.data("{ persons { handle } }").await["persons"], json!([{ "handle": "ada" }]));
    // Where nothing was begun, the rest may go on.
    let nobody = "00000000-0000-7000-8000-000000000000";
    run(&server, &format!(r#"careless(club: "{nobody}") {{ {ERRORS} }}"#)).await;
    assert_eq!(
        refused(&server, &format!(r#"careless(club: "{free}") {{ {ERRORS} }}"#)).await,
        json!([["TAKEN", null]])
    );
    assert_eq!(
        server.data("{ clubs { name } }").await["clubs"],
        json!([{ "name": "free" }, { "name": "used" }])
    );
}

async fn constraints_are_mistakes_in_arguments(server: Server) {
    run(
        &server,
        &format!(r#"createPersons(inputs: [{{ handle: "ada" }} {{ handle: "bo" }}]) {{ {ERRORS} }}"#),
    )
    .await;
    let ada = server.id(r#"person(handle: "ada")"#).await;
    let rename = |to: &str| {
        format!(r#"rename(person: "{ada}", from: "ada", handle: "{to}") {{ person {{ handle }} {ERRORS} }}"#)
    };
    assert_eq!(refused(&server, &rename("bo")).await, json!([["TAKEN", "handle"]]));
    assert_eq!(run(&server, &rename("eve")).await["person"], json!({ "handle": "eve" }));
}

async fn statements_of_its_own_are_in_the_transaction(server: Server) {
    run(
        &server,
        &format!(r#"createPersons(inputs: [{{ handle: "ada" }} {{ handle: "bo" }}]) {{ {ERRORS} }}"#),
    )
    .await;
    let ada = server.id(r#"person(handle: "ada")"#).await;
    let mut socket = Socket::ready(server.listen(Limits::default()).await).await;
    socket.subscribe("a", "subscription { personChanged { kind person { handle } } }").await;
    until(|| server.db.receivers() == 1).await;
    let rename = |to: &str| format!(r#"rename(person: "{ada}", from: "ada", handle: "{to}") {{ {ERRORS} }}"#);
    refused(&server, &rename("bo")).await;
    run(&server, &rename("eve")).await;
    // The first has left no event.
    assert_eq!(
        socket.event("a").await["personChanged"],
        json!({ "kind": "UPDATED", "person": { "handle": "eve" } })
    );
}
