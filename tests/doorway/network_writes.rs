//! Writes through relationships of every kind, and the rules of tables, on the example `network`.

use crate::network::{ERRORS, follow, people, refused, run};
use crate::support::Server;
use doorway::db::Notice;
use serde_json::{Value, json};

on_both_databases!(
    serving crate::network::entities::app();
    rows_are_written_after_those_that_they_refer_to,
    links_have_columns_of_their_own,
    a_list_without_an_order_is_written_from_both_sides,
    a_row_does_not_come_to_stand_above_itself,
    a_foreign_key_that_may_be_null_is_cleared,
    what_is_deleted_takes_along_what_belongs_to_it,
    what_is_in_use_is_not_deleted,
    values_that_are_unique_together,
    rows_satisfy_the_checks_of_their_table,
    an_entity_without_a_version_expects_none,
    those_who_listen_hear_of_all_that_goes,
);

async fn handles(server: &Server, field: &str) -> Value {
    let data = server.data(&format!(r#"{{ person(handle: "ada") {{ it: {field} {{ handle }} }} }}"#)).await;
    data["person"]["it"].as_array().unwrap().iter().map(|one| one["handle"].clone()).collect()
}

/// A message's replies are of its own table, and may be of authors that are made with them.
async fn rows_are_written_after_those_that_they_refer_to(server: Server) {
    run(&server, &format!(r#"createClub(input: {{ name: "chess" }}) {{ {ERRORS} }}"#)).await;
    let club = server.id(r#"club(name: "chess")"#).await;
    // The first input has no messages, so that memberships come before them; of the second, both hang on the person.
    let inputs = format!(
        r#"[{{ handle: "ada", memberships: [{{ clubId: "{club}", number: 1 }}] }}
            {{ handle: "bo", mentees: [{{ handle: "cy", messages: [{{ body: "hi" }}], mentees: [{{ handle: "di" }}] }}],
               memberships: [{{ clubId: "{club}", number: 2 }}], messages: [{{ body: "ho" }}] }}]"#
    );
    run(&server, &format!("createPersons(inputs: {inputs}) {{ {ERRORS} }}")).await;
    let data = server
        .data("{ persons { handle mentor { handle } memberships { number } messages { body } } }")
        .await;
    let person = |handle: &str, mentor: Option<&str>, number: Option<i64>, body: Option<&str>| {
        json!({ "handle": handle, "mentor": mentor.map(|handle| json!({ "handle": handle })),
            "memberships": number.iter().map(|number| json!({ "number": number })).collect::<Value>(),
            "messages": body.iter().map(|body| json!({ "body": body })).collect::<Value>() })
    };
    let expected = json!([
        person("ada", None, Some(1), None),
        person("bo", None, Some(2), Some("ho")),
        person("cy", Some("bo"), None, Some("hi")),
        person("di", Some("cy"), None, None),
    ]);
    assert_eq!(data["persons"], expected);
}

async fn links_have_columns_of_their_own(server: Server) {
    let people = people(&server).await;
    follow(&server, &people).await;
    let (ada, bo, cy) = &people;
    let edges = r#"{ person(handle: "ada") { followingConnection(orderBy: { handle: ASC }) { edges { closeness note node { handle } } } } }"#;
    let followed = async |server: &Server| {
        let data = server.data(edges).await;
        let edges = data["person"]["followingConnection"]["edges"].as_array().unwrap().clone();
        edges
            .iter()
            .map(|edge| json!([edge["node"]["handle"], edge["closeness"], edge["note"]]))
            .collect::<Value>()
    };
    // A new one, and other values for the one that is there. What is not given stays.
    let connect = format!(
        r#"[{{ handle: "cy", follow: {{ closeness: 7 }} }} {{ id: "{bo}", follow: {{ closeness: 9 }} }}]"#
    );
    let update = |list: &str| {
        format!(
            r#"updatePerson(input: {{ id: "{ada}", following: {{ {list} }} }}) {{ person {{ version }} {ERRORS} }}"#
        )
    };
    let version = run(&server, &update(&format!("connect: {connect}"))).await["person"]["version"].clone();
    assert_eq!(followed(&server).await, json!([["bo", 9, "n2"], ["cy", 7, null]]));
    // The same again changes nothing.
    assert_eq!(run(&server, &update(&format!("connect: {connect}"))).await["person"]["version"], version);
    let created = r#"create: [{ handle: "di", follow: { closeness: 1, note: "new" } }], disconnect: [{ handle: "bo" }]"#;
    run(&server, &update(created)).await;
    assert_eq!(followed(&server).await, json!([["cy", 7, null], ["di", 1, "new"]]));
    run(&server, &update(&format!(r#"set: [{{ id: "{cy}", follow: {{ closeness: 5, note: null }} }}]"#)))
        .await;
    assert_eq!(followed(&server).await, json!([["cy", 5, null]]));
    // Its column that must be there must be given, and a row by one of its keys.
    let missing =
        server.ask(&format!("mutation {{ {} }}", update(&format!(r#"connect: [{{ id: "{bo}" }}]"#)))).await;
    assert!(missing["errors"][0]["message"].as_str().unwrap().contains("follow"), "{missing}");
    let both = format!(r#"connect: [{{ id: "{bo}", handle: "bo", follow: {{ closeness: 1 }} }}]"#);
    assert_eq!(refused(&server, &update(&both)).await, json!([["INVALID", "0"]]));
    assert_eq!(
        refused(&server, &update(r#"connect: [{ follow: { closeness: 1 } }]"#)).await,
        json!([["INVALID", "0"]])
    );
    let twice = format!(
        r#"connect: [{{ id: "{bo}", follow: {{ closeness: 1 }} }} {{ handle: "bo", follow: {{ closeness: 1 }} }}]"#
    );
    assert_eq!(refused(&server, &update(&twice)).await, json!([["DUPLICATE", "handle"]]));
    let create = |handle: &str, list: &str| {
        format!(
            r#"createPerson(input: {{ handle: "{handle}", followers: {{ {list} }} }}) {{ person {{ followersConnection {{ edges {{ closeness }} }} }} {ERRORS} }}"#
        )
    };
    let made =
        run(&server, &create("eve", r#"connect: [{ handle: "ada", follow: { closeness: 4 } }]"#)).await;
    assert_eq!(made["person"]["followersConnection"]["edges"], json!([{ "closeness": 4 }]));
    assert_eq!(followed(&server).await, json!([["cy", 5, null], ["eve", 4, null]]));
    let nobody = create("fay", r#"connect: [{ handle: "nobody", follow: { closeness: 4 } }]"#);
    assert_eq!(refused(&server, &nobody).await, json!([["NOT_FOUND", "handle"]]));
}

async fn a_list_without_an_order_is_written_from_both_sides(server: Server) {
    let (ada, bo, _) = people(&server).await;
    let message = server.data(r#"{ messages(where: { body: { eq: "first" } }) { id } }"#).await["messages"]
        [0]["id"]
        .clone();
    let liked = |list: String| {
        format!(
            r#"updateMessage(input: {{ id: {message}, likedBy: {{ {list} }} }}) {{ message {{ likedBy {{ handle }} }} {ERRORS} }}"#
        )
    };
    let connect = liked(format!(r#"connect: [{{ id: "{ada}" }} {{ handle: "cy" }}]"#));
    let payload = run(&server, &connect).await;
    assert_eq!(payload["message"]["likedBy"], json!([{ "handle": "ada" }, { "handle": "cy" }]));
    let likes = |list: String| {
        format!(
            r#"updatePerson(input: {{ id: "{bo}", likes: {{ {list} }} }}) {{ person {{ likes {{ body }} }} {ERRORS} }}"#
        )
    };
    let payload = run(&server, &likes(format!("connect: [{{ id: {message} }}]"))).await;
    assert_eq!(payload["person"]["likes"], json!([{ "body": "first" }]));
    let payload = run(&server, &liked(r#"disconnect: [{ handle: "cy" }, { handle: "bo" }]"#.into())).await;
    assert_eq!(payload["message"]["likedBy"], json!([{ "handle": "ada" }]));
    let payload = run(&server, &liked("set: []".into())).await;
    assert_eq!(payload["message"]["likedBy"], json!([]));
    // What orders its list is written from that side only.
    let bookmarked = server.ask(&format!(r#"mutation {{ updateMessage(input: {{ id: {message}, bookmarkedBy: {{ set: [] }} }}) {{ {ERRORS} }} }}"#)).await;
    assert!(bookmarked["errors"][0]["message"].as_str().unwrap().contains("bookmarkedBy"), "{bookmarked}");
}

async fn a_row_does_not_come_to_stand_above_itself(server: Server) {
    let (ada, bo, cy) = people(&server).await;
    let under = |person: &str, mentor: &str| format!(r#"{{ id: "{person}", mentorId: "{mentor}" }}"#);
    let update = |input: String| format!("updatePerson(input: {input}) {{ {ERRORS} }}");
    let circle = json!([["INVALID", "mentorId"]]);
    assert_eq!(refused(&server, &update(under(&ada, &ada))).await, circle);
    assert_eq!(refused(&server, &update(under(&ada, &bo))).await, circle);
    run(&server, &update(under(&cy, &bo))).await;
    assert_eq!(refused(&server, &update(under(&ada, &cy))).await, circle);
    // An upsert that finds a row changes it too.
    let upsert = |handle: &str, mentor: &str| {
        format!(r#"upsertPerson(input: {{ handle: "{handle}", mentorId: "{mentor}" }}) {{ {ERRORS} }}"#)
    };
    assert_eq!(refused(&server, &upsert("ada", &ada)).await, circle);
    assert_eq!(refused(&server, &upsert("ada", &cy)).await, circle);
    run(&server, &upsert("cy", &bo)).await;
    // What the same request changes counts as it is to be: Bo leaves Ada, and Ada goes below him.
    let both = format!(
        r#"updatePersons(inputs: [{} {{ id: "{bo}", mentorId: null }}]) {{ {ERRORS} }}"#,
        under(&ada, &bo)
    );
    run(&server, &both).await;
    assert_eq!(handles(&server, "mentees").await, json!([]));
    let both = format!("updatePersons(inputs: [{} {}]) {{ {ERRORS} }}", under(&bo, &cy), under(&cy, &bo));
    assert_eq!(refused(&server, &both).await, json!([["INVALID", "mentorId"], ["INVALID", "mentorId"]]));
}

async fn a_foreign_key_that_may_be_null_is_cleared(server: Server) {
    let (_, bo, _) = people(&server).await;
    let cleared = run(&server, &format!(r#"updatePerson(input: {{ id: "{bo}", mentorId: null }}) {{ person {{ mentorId mentor {{ id }} version }} {ERRORS} }}"#)).await;
    assert_eq!(cleared["person"], json!({ "mentorId": null, "mentor": null, "version": 3 }));
    assert_eq!(handles(&server, "mentees").await, json!(["cy"]));
    let nobody = format!(
        r#"updatePerson(input: {{ id: "{bo}", mentorId: "{}" }}) {{ {ERRORS} }}"#,
        "01900000-0000-7000-8000-000000000000"
    );
    assert_eq!(refused(&server, &nobody).await, json!([["NOT_FOUND", "mentorId"]]));
    let data = server.data("{ persons { handle mentor { handle } } }").await;
    assert_eq!(data["persons"][1], json!({ "handle": "bo", "mentor": null }));
}

async fn what_is_deleted_takes_along_what_belongs_to_it(server: Server) {
    let (ada, ..) = people(&server).await;
    let deleted =
        run(&server, &format!(r#"deletePerson(input: {{ id: "{ada}" }}) {{ deletedId {ERRORS} }}"#)).await;
    assert_eq!(deleted["deletedId"], json!(ada));
    // Her messages with all replies, and nobody's mentor is left. Those whose mentor she was have changed.
    let data = server.data("{ messages { body } persons { handle mentorId version } }").await;
    assert_eq!(data["messages"], json!([]));
    let person = |handle: &str| json!({ "handle": handle, "mentorId": null, "version": 3 });
    assert_eq!(data["persons"], json!([person("bo"), person("cy")]));
}

async fn what_is_in_use_is_not_deleted(server: Server) {
    let club =
        run(&server, &format!(r#"createClub(input: {{ name: "chess" }}) {{ club {{ id }} {ERRORS} }}"#))
            .await;
    let club = club["club"]["id"].clone();
    run(&server, &format!(r#"createPerson(input: {{ handle: "ada", memberships: [{{ clubId: {club}, number: 1 }}] }}) {{ {ERRORS} }}"#)).await;
    let delete = format!("deleteClub(input: {{ id: {club} }}) {{ {ERRORS} }}");
    assert_eq!(refused(&server, &delete).await, json!([["IN_USE", "id"]]));
    let ada = server.id(r#"person(handle: "ada")"#).await;
    run(&server, &format!(r#"deletePerson(input: {{ id: "{ada}" }}) {{ {ERRORS} }}"#)).await;
    run(&server, &delete).await;
}

async fn values_that_are_unique_together(server: Server) {
    let club =
        run(&server, &format!(r#"createClub(input: {{ name: "chess" }}) {{ club {{ id }} {ERRORS} }}"#))
            .await["club"]["id"]
            .clone();
    let people = people(&server).await;
    let join = |person: &str, number: i64, card: &str| {
        format!(
            r#"createMembership(input: {{ personId: "{person}", clubId: {club}, number: {number}, card: {card} }}) {{ membership {{ id }} {ERRORS} }}"#
        )
    };
    run(&server, &join(&people.0, 1, "\"A\"")).await;
    assert_eq!(
        refused(&server, &join(&people.0, 2, "null")).await,
        json!([["TAKEN", "personId"], ["TAKEN", "clubId"]])
    );
    assert_eq!(
        refused(&server, &join(&people.1, 1, "null")).await,
        json!([["TAKEN", "clubId"], ["TAKEN", "number"]])
    );
    assert_eq!(refused(&server, &join(&people.1, 2, "\"A\"")).await, json!([["TAKEN", "card"]]));
    // Without a card there may be several, also where that is said.
    let go = run(&server, &format!(r#"createClub(input: {{ name: "go" }}) {{ club {{ id }} {ERRORS} }}"#))
        .await["club"]["id"]
        .clone();
    let member = |person: &str, number: i64| {
        format!(r#"{{ personId: "{person}", clubId: {go}, number: {number}, card: null }}"#)
    };
    let both = [member(&people.0, 1), member(&people.1, 2)].join(" ");
    run(&server, &format!("createMemberships(inputs: [{both}]) {{ {ERRORS} }}")).await;
    run(&server, &join(&people.1, 2, "null")).await;
    let last = run(&server, &join(&people.2, 3, "null")).await["membership"]["id"].clone();
    let update = format!("updateMembership(input: {{ id: {last}, number: 2 }}) {{ {ERRORS} }}");
    assert_eq!(refused(&server, &update).await, json!([["TAKEN", "clubId"], ["TAKEN", "number"]]));
}

async fn rows_satisfy_the_checks_of_their_table(server: Server) {
    let club =
        run(&server, &format!(r#"createClub(input: {{ name: "chess" }}) {{ club {{ id }} {ERRORS} }}"#))
            .await["club"]["id"]
            .clone();
    let query = format!(
        r#"mutation {{ it: createPerson(input: {{ handle: "ada", memberships: [{{ clubId: {club}, number: 0 }}] }}) {{ {ERRORS} }} }}"#
    );
    let data = server.data(&query).await;
    let expected =
        json!([{ "code": "INVALID", "field": ["input"], "message": "the number must be 1 or more" }]);
    assert_eq!(data["it"]["userErrors"], expected);
    assert_eq!(server.data("{ persons { id } }").await["persons"], json!([]));
}

async fn an_entity_without_a_version_expects_none(server: Server) {
    let query = r#"{ __type(name: "UpdateClubInput") { inputFields { name } } }"#;
    let data = server.data(query).await;
    let fields = data["__type"]["inputFields"].as_array().unwrap();
    let fields: Value = fields.iter().map(|field| field["name"].clone()).collect();
    assert_eq!(
        fields,
        json!([
            "id", "name", "kind", "isOpen", "founded", "budget", "rating", "meetsOn", "extra", "fee",
            "badge", "tags"
        ])
    );
    let club =
        run(&server, &format!(r#"createClub(input: {{ name: "chess" }}) {{ club {{ id }} {ERRORS} }}"#))
            .await["club"]["id"]
            .clone();
    let renamed = run(
        &server,
        &format!(r#"updateClub(input: {{ id: {club}, name: "go" }}) {{ club {{ name }} {ERRORS} }}"#),
    )
    .await;
    assert_eq!(renamed["club"]["name"], "go");
}

/// A reply goes with its message, whoever wrote it, and whoever loses their mentor has changed.
async fn those_who_listen_hear_of_all_that_goes(server: Server) {
    let (ada, ..) = people(&server).await;
    let mut notices = server.db.notices().await.unwrap();
    run(&server, &format!(r#"deletePerson(input: {{ id: "{ada}" }}) {{ {ERRORS} }}"#)).await;
    run(&server, &format!(r#"createClub(input: {{ name: "the end" }}) {{ {ERRORS} }}"#)).await;
    let mut heard = Vec::new();
    loop {
        let notice = notices.next().await.unwrap().unwrap();
        let Notice::Payload(text) = notice else { panic!("{notice:?}") };
        let (head, _) = text.split_once(':').unwrap();
        if head == "C.clubs" {
            break;
        }
        heard.push(head.to_owned());
    }
    heard.sort();
    let expected =
        ["D.messages", "D.messages", "D.messages", "D.messages", "D.persons", "U.persons", "U.persons"];
    assert_eq!(heard, expected);
}
