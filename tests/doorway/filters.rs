//! What `where` and `orderBy` mean, by small examples.

use crate::support::Server;
use serde_json::{Value, json};

on_both_databases!(
    null_matches_only_is_null,
    empty_lists_and_objects_follow_logic,
    search_text_is_literal,
    both_databases_ignore_case_alike,
    text_is_ordered_by_code_point,
    null_is_the_greatest_value,
    filters_reach_relationships_from_both_sides,
);

/// The names of the tags that match `filter`, in order.
async fn tags(server: &Server, filter: Value) -> Vec<String> {
    let query = "query($where: TagFilter) { tags(where: $where, limit: 1000) { name } }";
    let answer = server.post(query, json!({ "where": filter })).await.json();
    let tags = answer["data"]["tags"].as_array().unwrap_or_else(|| panic!("{filter}: {answer}"));
    tags.iter().map(|tag| tag["name"].as_str().unwrap().to_owned()).collect()
}

/// Inserts tags with these names.
async fn insert_tags(server: &Server, names: &[&str]) {
    for (nth, name) in names.iter().enumerate() {
        let (id, at) = if server.is_postgres() {
            (format!("'00000000-0000-7000-8000-{nth:012}'"), "'2024-01-01Z'")
        } else {
            (format!("x'0000000000007000800{nth:013}'"), "1704067200000000")
        };
        let name = name.replace('\'', "''");
        server.sql(&format!("INSERT INTO tags VALUES ({id}, '{name}', {at}, {at}, 1)")).await;
    }
}

async fn null_matches_only_is_null(server: Server) {
    let server = server.with_demo().await;
    let all = server.data("{ profiles { bio } }").await["profiles"].as_array().unwrap().len();
    server.sql("UPDATE profiles SET bio = 'about' WHERE bio IS NULL").await;
    server.sql("UPDATE profiles SET bio = NULL WHERE display_name = 'Ada Moreno'").await;
    for (filter, expected) in [
        (r#"bio: { ne: "x" }"#, all - 1),
        (r#"bio: { notIn: ["x"] }"#, all - 1),
        ("bio: { notIn: [] }", all - 1),
        (r#"bio: { contains: "" }"#, all - 1),
        (r#"bio: { gte: "" }"#, all - 1),
        ("bio: { isNull: true }", 1),
        ("bio: { isNull: false }", all - 1),
        (r#"not: { bio: { eq: "x" } }"#, all),
        (r#"not: { bio: { ne: "x" } }"#, 1),
        (r#"not: { not: { bio: { ne: "x" } } }"#, all - 1),
        (r#"bio: { isNull: true, eq: "x" }"#, 0),
    ] {
        let data = server.data(&format!("{{ profiles(where: {{ {filter} }}) {{ id }} }}")).await;
        assert_eq!(data["profiles"].as_array().unwrap().len(), expected, "{filter}");
    }
}

async fn empty_lists_and_objects_follow_logic(server: Server) {
    insert_tags(&server, &["a", "b"]).await;
    for (filter, expected) in [
        (json!({}), 2),
        (json!(null), 2),
        (json!({ "and": [] }), 2),
        (json!({ "or": [] }), 0),
        (json!({ "not": {} }), 0),
        (json!({ "name": {} }), 2),
        (json!({ "name": { "in": [] } }), 0),
        (json!({ "name": { "notIn": [] } }), 2),
        (json!({ "or": [{}, { "name": { "eq": "a" } }] }), 2),
        // A single value is coerced to a list.
        (json!({ "or": { "name": { "eq": "a" } } }), 1),
        (json!({ "name": { "in": "a" } }), 1),
        (json!({ "posts": { "some": {} } }), 0),
        (json!({ "posts": { "none": {} } }), 2),
        (json!({ "posts": { "every": { "title": { "eq": "x" } } } }), 2),
        (json!({ "postsCount": { "eq": 0 } }), 2),
        (json!({ "name": { "gt": "a", "lte": "b" }, "version": { "in": [1, 2] } }), 1),
    ] {
        assert_eq!(tags(&server, filter.clone()).await.len(), expected, "{filter}");
    }
}

async fn search_text_is_literal(server: Server) {
    let names = ["100%", "100x", "a_b", "axb", r"back\slash", "it's", "[x]", "🎉 party", "é", "e\u{301}"];
    insert_tags(&server, &names).await;
    for (part, text, expected) in [
        ("contains", "%", vec!["100%"]),
        ("contains", "_", vec!["a_b"]),
        ("contains", r"\", vec![r"back\slash"]),
        ("contains", "'", vec!["it's"]),
        ("contains", "[x]", vec!["[x]"]),
        ("startsWith", "100%", vec!["100%"]),
        ("endsWith", "_b", vec!["a_b"]),
        ("endsWith", "rty", vec!["🎉 party"]),
        ("startsWith", "🎉", vec!["🎉 party"]),
        // Text is not normalised: a composed letter differs from a decomposed one.
        ("contains", "é", vec!["é"]),
        ("endsWith", "\u{301}", vec!["e\u{301}"]),
        ("containsI", "É", vec!["é"]),
        ("endsWith", "longer than the whole name", vec![]),
        ("startsWith", "longer than the whole name", vec![]),
    ] {
        assert_eq!(tags(&server, json!({ "name": { part: text } })).await, expected, "{part} {text}");
    }
    for part in ["contains", "startsWith", "endsWith", "containsI", "startsWithI", "endsWithI"] {
        assert_eq!(tags(&server, json!({ "name": { part: "" } })).await.len(), names.len(), "{part}");
    }
}

async fn both_databases_ignore_case_alike(server: Server) {
    let names = ["Straße", "ÉCOLE", "Œuvre", "Ünal", "ΟΔΟΣ", "οδος", "МОСКВА", "İzmir", "ǅ", "Ａ", "K"];
    insert_tags(&server, &names).await;
    for (part, text, expected) in [
        ("containsI", "STRASSE", vec![]),
        ("startsWithI", "STRAß", vec!["Straße"]),
        ("containsI", "école", vec!["ÉCOLE"]),
        ("startsWithI", "œ", vec!["Œuvre"]),
        ("endsWithI", "NAL", vec!["Ünal"]),
        // Case folding takes a final sigma for a sigma.
        ("containsI", "οδοσ", vec!["ΟΔΟΣ", "οδος"]),
        ("endsWithI", "Σ", vec!["ΟΔΟΣ", "οδος"]),
        ("containsI", "москва", vec!["МОСКВА"]),
        ("startsWithI", "i\u{307}z", vec!["İzmir"]),
        ("containsI", "ǆ", vec!["ǅ"]),
        ("containsI", "ａ", vec!["Ａ"]),
        // It takes the Kelvin sign for a K.
        ("startsWithI", "k", vec!["K"]),
    ] {
        let filter = json!({ "name": { part: text } });
        assert_eq!(tags(&server, filter).await, expected, "{part} {text}");
    }
}

async fn text_is_ordered_by_code_point(server: Server) {
    let names = ["b", "B", "a", "A", "ä", "z", "_", " ", "🎉", "\u{ffff}", "ab", "a b", "10", "9"];
    insert_tags(&server, &names).await;
    let mut expected = names.to_vec();
    expected.sort_unstable();
    assert_eq!(tags(&server, json!({})).await, expected);
    let after = tags(&server, json!({ "name": { "gt": "Z" } })).await;
    assert_eq!(after, expected.iter().filter(|name| **name > "Z").copied().collect::<Vec<_>>());
    expected.reverse();
    let data = server.data("{ tags(orderBy: { name: DESC }) { name } }").await;
    let names: Vec<&str> =
        data["tags"].as_array().unwrap().iter().map(|tag| tag["name"].as_str().unwrap()).collect();
    assert_eq!(names, expected);
}

async fn null_is_the_greatest_value(server: Server) {
    let server = server.with_demo().await;
    server.sql("DELETE FROM profiles WHERE display_name = 'Lena Fischer'").await;
    server.sql("UPDATE profiles SET display_name = NULL WHERE display_name = 'Ada Moreno'").await;
    for (direction, nulls) in [("ASC", [false, false, true, true]), ("DESC", [true, true, false, false])] {
        let query = format!(
            "{{ users(orderBy: [{{ profile: {{ displayName: {direction} }} }}]) {{ profile {{ displayName }} }} }}"
        );
        let data = server.data(&query).await;
        let users = data["users"].as_array().unwrap();
        let found: Vec<bool> = users.iter().map(|user| user["profile"]["displayName"].is_null()).collect();
        assert_eq!(found, nulls, "{direction}");
    }
}

async fn filters_reach_relationships_from_both_sides(server: Server) {
    let server = server.with_demo().await;
    for (field, filter, names, expected) in [
        ("users", r#"profile: { displayName: { startsWith: "Ada" } }"#, "username", vec!["ada-moreno"]),
        (
            "users",
            r#"blogPosts: { some: { tags: { some: { name: { eq: "sqlite" } } } } }"#,
            "username",
            vec!["tomas-novak"],
        ),
        ("profiles", r#"user: { username: { eq: "ada-moreno" } }"#, "displayName", vec!["Ada Moreno"]),
        (
            "tags",
            r#"posts: { some: { author: { username: { eq: "lena-fischer" } } }, none: { author: { username: { eq: "ada-moreno" } } } }"#,
            "name",
            vec!["operations", "postgresql"],
        ),
        (
            "tags",
            r#"posts: { every: { author: { profile: { displayName: { eq: "Lena Fischer" } } } } }"#,
            "name",
            vec!["postgresql"],
        ),
    ] {
        let query = format!("{{ {field}(where: {{ {filter} }}) {{ {names} }} }}");
        server.take_statements();
        let data = server.data(&query).await;
        assert_eq!(server.take_statements().len(), 1, "{query}");
        let found: Vec<&str> =
            data[field].as_array().unwrap().iter().map(|row| row[names].as_str().unwrap()).collect();
        assert_eq!(found, expected, "{query}");
    }
}
