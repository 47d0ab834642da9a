//! The example `network`: relationships of every kind, on tables that are not the blog's. Each is opened from both sides, for one
//! statement.

#[path = "../../examples/network/entities/mod.rs"]
pub mod entities;

use crate::support::{Server, assert_migrations_make_what_is_declared};
use serde_json::{Value, json};

on_both_databases!(
    serving crate::network::entities::app();
    two_keys_to_one_table_open_from_both_sides,
    a_tree_opens_from_both_sides,
    a_table_that_is_joined_with_itself_opens_from_both_sides,
    two_join_tables_between_the_same_tables_stay_apart,
    filters_and_orders_lead_through_all_of_them,
    pages_of_each_of_them,
);

/// Runs a mutation that must succeed, and returns its payload.
pub async fn run(server: &Server, mutation: &str) -> Value {
    let data = server.data(&format!("mutation {{ it: {mutation} }}")).await;
    assert_eq!(data["it"]["userErrors"], json!([]), "{mutation}");
    data["it"].clone()
}

/// The codes and fields of the errors of a mutation that must not succeed.
pub async fn refused(server: &Server, mutation: &str) -> Value {
    let data = server.data(&format!("mutation {{ it: {mutation} }}")).await;
    let errors = data["it"]["userErrors"].as_array().unwrap_or_else(|| panic!("{mutation}: {data}"));
    errors
        .iter()
        .map(|error| json!([error["code"], error["field"].as_array().map(|field| field.last())]))
        .collect()
}

pub const ERRORS: &str = "userErrors { code field message }";

/// Ada, who is Bo's and Cy's mentor, and what they wrote: a thread of three messages, and one that Bo edited.
pub async fn people(server: &Server) -> (String, String, String) {
    let query = format!(
        r#"createPersons(inputs: [
            {{ handle: "ada", messages: [{{ body: "first" }}, {{ body: "second" }}] }}
            {{ handle: "bo" }} {{ handle: "cy" }}]) {{ persons {{ id messages {{ id }} }} {ERRORS} }}"#
    );
    let made = run(server, &query).await;
    let id = |nth: usize| made["persons"][nth]["id"].as_str().unwrap().to_owned();
    let (ada, bo, cy) = (id(0), id(1), id(2));
    let message = |nth: usize| made["persons"][0]["messages"][nth]["id"].as_str().unwrap().to_owned();
    let (first, second) = (message(0), message(1));
    for person in [&bo, &cy] {
        run(
            server,
            &format!(r#"updatePerson(input: {{ id: "{person}", mentorId: "{ada}" }}) {{ {ERRORS} }}"#),
        )
        .await;
    }
    run(server, &format!(r#"updateMessage(input: {{ id: "{second}", editorId: "{bo}" }}) {{ {ERRORS} }}"#))
        .await;
    let reply = format!(
        r#"createMessage(input: {{ body: "reply", authorId: "{bo}", parentId: "{first}" }}) {{ message {{ id }} {ERRORS} }}"#
    );
    let reply = run(server, &reply).await["message"]["id"].as_str().unwrap().to_owned();
    let deeper = format!(
        r#"createMessage(input: {{ body: "deeper", authorId: "{cy}", parentId: "{reply}" }}) {{ {ERRORS} }}"#
    );
    run(server, &deeper).await;
    server.take_statements();
    (ada, bo, cy)
}

async fn two_keys_to_one_table_open_from_both_sides(server: Server) {
    people(&server).await;
    let query = "{ messages(orderBy: { id: ASC }) { body author { handle messages { body } } editor { handle editedMessages { body } } } }";
    let data = server.data(query).await;
    let ada = json!({ "handle": "ada", "messages": [{ "body": "first" }, { "body": "second" }] });
    let bo = json!({ "handle": "bo", "messages": [{ "body": "reply" }] });
    assert_eq!(data["messages"][0], json!({ "body": "first", "author": ada, "editor": null }));
    let editor = json!({ "handle": "bo", "editedMessages": [{ "body": "second" }] });
    assert_eq!(data["messages"][1], json!({ "body": "second", "author": ada, "editor": editor }));
    assert_eq!(data["messages"][2], json!({ "body": "reply", "author": bo, "editor": null }));
    // One for each field.
    assert_eq!(server.take_statements().len(), 5);
}

async fn a_tree_opens_from_both_sides(server: Server) {
    people(&server).await;
    let query = r#"{ messages(where: { parent: { parent: {} } }) {
        body parent { body parent { body parent { body } replies { body replies { body } } } } } }"#;
    let data = server.data(query).await;
    let thread = json!({ "body": "first", "parent": null,
        "replies": [{ "body": "reply", "replies": [{ "body": "deeper" }] }] });
    let expected = json!([{ "body": "deeper", "parent": { "body": "reply", "parent": thread } }]);
    assert_eq!(data["messages"], expected);
    // The messages, two levels of parents, and two of replies: nobody stands above the first, so that nothing is asked for that.
    assert_eq!(server.take_statements().len(), 5);
    let data = server.data("{ persons { handle mentor { handle mentees { handle } } } }").await;
    let mentor = json!({ "handle": "ada", "mentees": [{ "handle": "bo" }, { "handle": "cy" }] });
    let expected = json!([{ "handle": "ada", "mentor": null }, { "handle": "bo", "mentor": mentor },
        { "handle": "cy", "mentor": mentor }]);
    assert_eq!(data["persons"], expected);
    assert_eq!(server.take_statements().len(), 3);
}

/// Bo and Cy follow Ada, and Ada follows Bo.
pub async fn follow(server: &Server, (ada, bo, cy): &(String, String, String)) {
    for (person, followed, closeness) in [(bo, ada, 3), (cy, ada, 1), (ada, bo, 2)] {
        let connect =
            format!(r#"{{ id: "{followed}", follow: {{ closeness: {closeness}, note: "n{closeness}" }} }}"#);
        let input = format!(r#"{{ id: "{person}", following: {{ connect: [{connect}] }} }}"#);
        run(server, &format!("updatePerson(input: {input}) {{ {ERRORS} }}")).await;
    }
    server.take_statements();
}

async fn a_table_that_is_joined_with_itself_opens_from_both_sides(server: Server) {
    let people = people(&server).await;
    follow(&server, &people).await;
    let query = "{ persons { handle followers { handle } following { handle followers { handle } } } }";
    let data = server.data(query).await;
    let list = |handles: &[&str]| handles.iter().map(|handle| json!({ "handle": handle })).collect::<Value>();
    let ada = json!({ "handle": "ada", "followers": list(&["bo", "cy"]) });
    let bo = json!({ "handle": "bo", "followers": list(&["ada"]) });
    let person = |handle: &str, followers: Value, following: Value| json!({ "handle": handle, "followers": followers, "following": following });
    let expected = json!([
        person("ada", list(&["bo", "cy"]), json!([bo])),
        person("bo", list(&["ada"]), json!([ada])),
        person("cy", json!([]), json!([ada])),
    ]);
    assert_eq!(data["persons"], expected);
    // The inner followers are those of people whose followers were read before.
    assert_eq!(server.take_statements().len(), 3);
    // The columns of the join table are on the edges, from either side.
    let query = r#"{ person(handle: "ada") {
        followersConnection(orderBy: { follow: { closeness: DESC } }) { totalCount edges { closeness note node { handle } } }
        followingConnection { edges { closeness note node { handle } } } } }"#;
    let data = server.data(query).await;
    let edge = |closeness: i64, handle: &str| json!({ "closeness": closeness, "note": format!("n{closeness}"), "node": { "handle": handle } });
    assert_eq!(data["person"]["followersConnection"]["edges"], json!([edge(3, "bo"), edge(1, "cy")]));
    assert_eq!(data["person"]["followersConnection"]["totalCount"], 2);
    assert_eq!(data["person"]["followingConnection"]["edges"], json!([edge(2, "bo")]));
}

async fn two_join_tables_between_the_same_tables_stay_apart(server: Server) {
    let (ada, ..) = people(&server).await;
    let data = server.data("{ messages { id } }").await;
    let id = |nth: usize| data["messages"][nth]["id"].as_str().unwrap().to_owned();
    let all = |ids: &[usize]| {
        ids.iter().map(|nth| format!(r#"{{ id: "{}" }}"#, id(*nth))).collect::<Vec<_>>().join(" ")
    };
    let input = format!(
        r#"{{ id: "{ada}", likes: {{ connect: [{}] }}, bookmarks: {{ set: [{}] }}, pins: {{ set: [{}] }} }}"#,
        all(&[0]),
        all(&[2, 1, 3]),
        all(&[3, 0]),
    );
    let payload = format!("{{ person {{ version }} {ERRORS} }}");
    assert_eq!(
        run(&server, &format!("updatePerson(input: {input}) {payload}")).await["person"]["version"],
        2
    );
    let lists = "likes { body } bookmarks { body } pins { body }";
    let query = format!(
        r#"{{ person(handle: "ada") {{ {lists} }} messages {{ likedBy {{ handle }} bookmarkedBy {{ handle }} pinnedBy {{ handle }} }} }}"#
    );
    server.take_statements();
    let data = server.data(&query).await;
    let bodies = |bodies: &[&str]| bodies.iter().map(|body| json!({ "body": body })).collect::<Value>();
    let expected = json!({ "likes": bodies(&["first"]), "bookmarks": bodies(&["reply", "second", "deeper"]),
        "pins": bodies(&["deeper", "first"]) });
    assert_eq!(data["person"], expected);
    let ada = json!([{ "handle": "ada" }]);
    assert_eq!(data["messages"][0], json!({ "likedBy": ada, "bookmarkedBy": [], "pinnedBy": ada }));
    assert_eq!(data["messages"][1], json!({ "likedBy": [], "bookmarkedBy": ada, "pinnedBy": [] }));
    assert_eq!(server.take_statements().len(), 8);
    // Each move reaches its own list.
    let person = data["person"].clone();
    let target = format!(r#"message: {{ id: "{}" }}, position: 0"#, id(0));
    let id = server.id(r#"person(handle: "ada")"#).await;
    let moved =
        format!(r#"movePersonPin(input: {{ id: "{id}", {target} }}) {{ person {{ {lists} }} {ERRORS} }}"#);
    let moved = run(&server, &moved).await["person"].clone();
    assert_eq!(moved["pins"], bodies(&["first", "deeper"]));
    assert_eq!(moved["bookmarks"], person["bookmarks"]);
    let not_there = format!(r#"movePersonBookmark(input: {{ id: "{id}", {target} }}) {{ {ERRORS} }}"#);
    assert_eq!(refused(&server, &not_there).await, json!([["NOT_FOUND", "id"]]));
}

async fn filters_and_orders_lead_through_all_of_them(server: Server) {
    let people = people(&server).await;
    follow(&server, &people).await;
    for (condition, expected) in [
        (r#"mentor: { handle: { eq: "ada" } }"#, "bo cy"),
        ("not: { mentor: {} }", "ada"),
        ("mentorId: { isNull: true }", "ada"),
        ("menteesCount: { gt: 1 }", "ada"),
        (r#"messages: { some: { editor: { handle: { eq: "bo" } } } }"#, "ada"),
        (r#"editedMessages: { some: { author: { handle: { eq: "ada" } } } }"#, "bo"),
        (r#"followers: { some: { follow: { closeness: { gte: 3 } } } }"#, "ada"),
        (r#"following: { some: { follow: { note: { eq: "n2" } }, mentor: {} } }"#, "ada"),
        (r#"followers: { none: {} }"#, "cy"),
        (r#"messages: { some: { replies: { some: {} } } }"#, "ada bo"),
        ("followersCount: { eq: 2 }, followingCount: { eq: 1 }", "ada"),
    ] {
        let data = server.data(&format!("{{ persons(where: {{ {condition} }}) {{ handle }} }}")).await;
        let handles: Vec<_> =
            data["persons"].as_array().unwrap().iter().map(|one| one["handle"].as_str().unwrap()).collect();
        assert_eq!(handles.join(" "), expected, "{condition}");
    }
    // NULL counts as the greatest value.
    for (order, expected) in [
        ("{ mentor: { handle: ASC } }, { handle: DESC }", "cy bo ada"),
        ("{ mentor: { handle: DESC } }, { handle: ASC }", "ada bo cy"),
        ("{ followersCount: DESC }, { handle: ASC }", "ada bo cy"),
        ("{ mentorId: DESC }, { handle: ASC }", "ada bo cy"),
    ] {
        let data = server.data(&format!("{{ persons(orderBy: [{order}]) {{ handle }} }}")).await;
        let handles: Vec<_> =
            data["persons"].as_array().unwrap().iter().map(|one| one["handle"].as_str().unwrap()).collect();
        assert_eq!(handles.join(" "), expected, "{order}");
    }
}

async fn pages_of_each_of_them(server: Server) {
    let people = people(&server).await;
    follow(&server, &people).await;
    let page = |rest: &str| {
        format!(
            r#"{{ persons {{ handle
                 followersConnection(first: 1, orderBy: {{ follow: {{ closeness: ASC }} }}{rest}) {{ nodes {{ handle }} pageInfo {{ hasNextPage endCursor }} }}
                 messagesConnection(first: 1) {{ nodes {{ body repliesConnection(first: 1) {{ nodes {{ body }} totalCount }} }} totalCount }} }} }}"#
        )
    };
    let data = server.data(&page("")).await;
    // The page of followers, that of messages and its count, that of replies and its count.
    assert_eq!(server.take_statements().len(), 6);
    let ada = &data["persons"][0];
    assert_eq!(ada["followersConnection"]["nodes"], json!([{ "handle": "cy" }]));
    assert_eq!(ada["followersConnection"]["pageInfo"]["hasNextPage"], true);
    assert_eq!(ada["messagesConnection"]["totalCount"], 2);
    let replies = json!({ "nodes": [{ "body": "reply" }], "totalCount": 1 });
    assert_eq!(
        ada["messagesConnection"]["nodes"],
        json!([{ "body": "first", "repliesConnection": replies }])
    );
    let cursor = ada["followersConnection"]["pageInfo"]["endCursor"].as_str().unwrap();
    let data = server.data(&page(&format!(r#", after: "{cursor}""#))).await;
    assert_eq!(data["persons"][0]["followersConnection"]["nodes"], json!([{ "handle": "bo" }]));
    assert_eq!(data["persons"][0]["followersConnection"]["pageInfo"]["hasNextPage"], false);
}

#[test]
fn its_migrations_make_what_its_code_declares() {
    assert_migrations_make_what_is_declared("examples/network/migrations", &entities::app());
}
