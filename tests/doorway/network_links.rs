//! Columns of every type on a join table, on the example `network`: in inputs, on edges, in conditions and orders as on an entity, with the same
//! bytes from both databases.

use crate::network::{ERRORS, follow, people, refused, run};
use crate::support::Server;
use serde_json::{Value, json};

on_both_databases!(
    serving crate::network::entities::app();
    columns_of_links_have_the_types_of_columns,
    columns_of_links_come_back_as_they_were_given,
    values_that_a_column_of_a_link_cannot_hold_are_refused,
    a_cursor_works_in_one_direction_of_a_link,
);

async fn columns_of_links_have_the_types_of_columns(server: Server) {
    let fields = |of: &str, list: &str| {
        format!("{{ __type(name: \"{of}\") {{ {list} {{ name type {{ name }} }} }} }}")
    };
    for (of, list) in
        [("PersonFollowingEdge", "fields"), ("PersonFollowersEdge", "fields"), ("FollowInput", "inputFields")]
    {
        let fields = server.data(&fields(of, list)).await["__type"][list].clone();
        for (name, ty) in [("gifts", "BigInt"), ("share", "Decimal"), ("token", "Bytes"), ("terms", "JSON")] {
            let field = fields.as_array().unwrap().iter().find(|field| field["name"] == name).unwrap();
            assert_eq!(field["type"]["name"], ty, "{of}.{name}");
        }
    }
}

/// More than JavaScript's numbers have, decimals that are added, no bytes, and fields in another order.
const FOLLOW: &str =
    r#"{ closeness: 1, gifts: "9007199254740993", share: "12.5", token: "", terms: { b: 1.0, a: [null] } }"#;
const OTHER: &str = r#"{ closeness: 2, gifts: -1, share: 100, token: "/w==", terms: "x" }"#;

async fn columns_of_links_come_back_as_they_were_given(server: Server) {
    let (ada, bo, cy) = people(&server).await;
    let connect = format!(
        r#"[{{ id: "{bo}", follow: {FOLLOW} }}, {{ id: "{cy}", follow: {OTHER} }}, {{ id: "{ada}", follow: {{ closeness: 3 }} }}]"#
    );
    let edges = "edges { gifts share token terms node { handle } }";
    let update = format!(
        r#"updatePerson(input: {{ id: "{ada}", following: {{ connect: {connect} }} }})
            {{ person {{ followingConnection(orderBy: {{ follow: {{ closeness: ASC }} }}) {{ {edges} }} }} {ERRORS} }}"#
    );
    let made = run(&server, &update).await["person"]["followingConnection"]["edges"].clone();
    let edge = |handle: &str, [gifts, share, token, terms]: [Value; 4]| json!({ "gifts": gifts, "share": share, "token": token, "terms": terms, "node": { "handle": handle } });
    let expected = json!([
        edge("bo", [json!("9007199254740993"), json!("12.50"), json!(""), json!({ "a": [null], "b": 1 })]),
        edge("cy", [json!("-1"), json!("100.00"), json!("/w=="), json!("x")]),
        edge("ada", [Value::Null, Value::Null, Value::Null, Value::Null]),
    ]);
    assert_eq!(made, expected);
    // Conditions and orders, from the other side too.
    for (condition, expected) in [
        (r#"gifts: { gt: "9007199254740992" }"#, "bo"),
        (r#"share: { eq: "12.50" }"#, "bo"),
        (r#"token: { in: ["", "AA=="] }"#, "bo"),
        ("terms: { isNull: true }", "ada"),
        ("gifts: { lt: 0 }", "cy"),
    ] {
        let query = format!(
            "{{ persons(where: {{ followers: {{ some: {{ follow: {{ {condition} }} }} }} }}) {{ handle }} }}"
        );
        assert_eq!(server.data(&query).await["persons"], json!([{ "handle": expected }]), "{condition}");
    }
    for (order, expected) in [
        ("{ follow: { gifts: ASC } }", ["cy", "bo", "ada"]),
        ("{ follow: { share: DESC } }", ["ada", "cy", "bo"]),
        ("{ follow: { token: ASC } }", ["bo", "cy", "ada"]),
    ] {
        let query =
            format!(r#"{{ person(handle: "ada") {{ following(orderBy: [{order}]) {{ handle }} }} }}"#);
        let expected = expected.map(|handle| json!({ "handle": handle }));
        assert_eq!(server.data(&query).await["person"]["following"], json!(expected), "{order}");
    }
    // Their cursors lead on.
    let page = |rest: &str| {
        format!(
            r#"{{ person(handle: "ada") {{ followingConnection(first: 1, orderBy: [{{ follow: {{ token: ASC }} }}]{rest})
            {{ nodes {{ handle }} pageInfo {{ endCursor }} }} }} }}"#
        )
    };
    let (mut rest, mut handles) = (String::new(), Vec::new());
    for _ in 0..3 {
        let data = server.data(&page(&rest)).await["person"]["followingConnection"].clone();
        handles.push(data["nodes"][0]["handle"].clone());
        rest = format!(", after: {}", data["pageInfo"]["endCursor"]);
    }
    assert_eq!(handles, ["bo", "cy", "ada"]);
}

async fn values_that_a_column_of_a_link_cannot_hold_are_refused(server: Server) {
    let (ada, bo, _) = people(&server).await;
    for (field, value) in [
        ("gifts", r#""9223372036854775808""#),
        ("share", r#""1.234""#),
        ("share", "1000"),
        ("token", r#""A""#),
    ] {
        let connect = format!(r#"[{{ id: "{bo}", follow: {{ closeness: 1, {field}: {value} }} }}]"#);
        let update = format!(
            r#"updatePerson(input: {{ id: "{ada}", following: {{ connect: {connect} }} }}) {{ {ERRORS} }}"#
        );
        assert_eq!(refused(&server, &update).await, json!([["INVALID", field]]), "{value}");
    }
}

async fn a_cursor_works_in_one_direction_of_a_link(server: Server) {
    let people = people(&server).await;
    follow(&server, &people).await;
    let of_ada = |field: &str, after: &str| {
        format!(
            r#"{{ of: person(handle: "ada") {{ is: {field}Connection(first: 1{after}) {{ pageInfo {{ endCursor }} }} }} }}"#
        )
    };
    let in_order = |order: &str, after: &str| {
        let page = format!("personsConnection(first: 1, orderBy: [{{ {order}: ASC }}]{after})");
        format!("{{ of: node(id: \"{}\") {{ id }} is: {page} {{ pageInfo {{ endCursor }} }} }}", people.0)
    };
    for [one, other] in [["followers", "following"], ["followersCount", "followingCount"]] {
        let query = |field: &str, after: &str| match field.ends_with("Count") {
            true => in_order(field, after),
            false => of_ada(field, after),
        };
        for (from, to) in [(one, other), (other, one)] {
            let data = server.data(&query(from, "")).await;
            let page = data.get("is").unwrap_or(&data["of"]["is"]);
            let after = format!(", after: {}", page["pageInfo"]["endCursor"]);
            server.data(&query(from, &after)).await;
            let refused = server.ask(&query(to, &after)).await;
            assert_eq!(refused["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{from} in {to}");
        }
    }
}
