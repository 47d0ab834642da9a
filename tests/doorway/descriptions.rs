//! The numbers in the schema's descriptions: they are those that the server's errors state.

use crate::support::Server;
use serde_json::{Value, json};
use std::collections::BTreeSet;

on_both_databases!(
    list_arguments_state_their_bounds,
    connections_state_how_many_they_return,
    bulk_mutations_state_how_many_they_take,
);

/// The numbers in a text, also with separators: `1,000`.
fn numbers(text: &str) -> BTreeSet<u64> {
    let digits = text.replace(',', "");
    digits.split(|c: char| !c.is_ascii_digit()).filter_map(|number| number.parse().ok()).collect()
}

/// Every argument of this name in the schema, as `Type.field`, with its description and its default.
async fn arguments(server: &Server, name: &str) -> Vec<(String, String, Value)> {
    let query = "{ __schema { types { name fields { name args { name description defaultValue } } } } }";
    let data = server.data(query).await;
    let mut found = Vec::new();
    for kind in data["__schema"]["types"].as_array().unwrap() {
        for field in kind["fields"].as_array().into_iter().flatten() {
            for argument in field["args"].as_array().unwrap().iter().filter(|one| one["name"] == name) {
                let path = format!("{}.{}", kind["name"].as_str().unwrap(), field["name"].as_str().unwrap());
                let description = argument["description"].as_str().unwrap().to_owned();
                found.push((path, description, argument["defaultValue"].clone()));
            }
        }
    }
    found
}

async fn list_arguments_state_their_bounds(server: Server) {
    let filters = format!("where: {{ and: [{}] }}", "{}".repeat(600));
    let keys = format!("orderBy: [{}]", "{ id: ASC }".repeat(20));
    for (name, given, field) in [
        ("limit", 1, "users(limit: -1) { id }"),
        ("offset", 1, "users(offset: -1) { id }"),
        ("first", 1, "usersConnection(first: -1) { nodes { id } }"),
        ("last", 1, "usersConnection(last: -1) { nodes { id } }"),
        ("where", 600, &format!("users({filters}) {{ id }}")),
        ("orderBy", 20, &format!("users({keys}) {{ id }}")),
    ] {
        let response = server.ask(&format!("{{ {field} }}")).await;
        let error = &response["errors"][0];
        assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT", "{response}");
        let mut bounds = numbers(error["message"].as_str().unwrap());
        bounds.remove(&given);
        assert!(!bounds.is_empty(), "{error}");
        // 4 lists and 4 connections at the root, and the 3 relationships to many.
        let arguments = arguments(&server, name).await;
        assert!(arguments.len() >= 7, "{name}: {arguments:?}");
        for (path, description, _) in arguments {
            assert!(
                numbers(&description).is_superset(&bounds),
                "{path}({name}): {description:?}, but {error}"
            );
        }
    }
}

async fn connections_state_how_many_they_return(server: Server) {
    let inputs: Vec<Value> = (0..150).map(|nth| json!({ "name": format!("tag {nth}") })).collect();
    let create =
        "mutation($inputs: [CreateTagInput!]!) { createTags(inputs: $inputs) { userErrors { message } } }";
    let created = server.post(create, json!({ "inputs": inputs })).await.json();
    assert_eq!(created["data"]["createTags"]["userErrors"], json!([]), "{created}");
    let data = server.data("{ tags { id } tagsConnection { nodes { id } } }").await;
    let returned = data["tagsConnection"]["nodes"].as_array().unwrap().len();
    for (path, description, _) in arguments(&server, "first").await {
        assert!(
            numbers(&description).contains(&(returned as u64)),
            "{path}: {description:?}, not {returned}"
        );
    }
    let listed = data["tags"].as_array().unwrap().len();
    for (path, _, default) in arguments(&server, "limit").await {
        assert_eq!(default, listed.to_string(), "{path}");
    }
    assert!(returned < 150 && listed < 150);
}

async fn bulk_mutations_state_how_many_they_take(server: Server) {
    let inputs: Vec<Value> = (0..1500).map(|nth| json!({ "name": format!("tag {nth}") })).collect();
    let create = "mutation($inputs: [CreateTagInput!]!) { createTags(inputs: $inputs) { userErrors { code message } } }";
    let response = server.post(create, json!({ "inputs": inputs })).await.json();
    let error = &response["data"]["createTags"]["userErrors"][0];
    assert_eq!(error["code"], "TOO_MANY", "{response}");
    let mut bounds = numbers(error["message"].as_str().unwrap());
    bounds.remove(&1500);
    assert!(!bounds.is_empty(), "{error}");
    let arguments = arguments(&server, "inputs").await;
    assert!(arguments.len() >= 14, "{arguments:?}");
    for (path, description, _) in arguments {
        assert!(numbers(&description).is_superset(&bounds), "{path}: {description:?}, but {error}");
    }
    let query = "{ __type(name: \"Mutation\") { fields { name description args { name } } } }";
    let data = server.data(query).await;
    for field in data["__type"]["fields"].as_array().unwrap() {
        if field["args"][0]["name"] == "inputs" {
            let description = field["description"].as_str().unwrap();
            assert!(
                numbers(description).is_superset(&bounds),
                "{}: {description:?}, but {error}",
                field["name"]
            );
        }
    }
}
