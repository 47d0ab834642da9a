//! What `where` and `orderBy` mean, in small examples, and what they refuse.

use crate::support::Server;
use serde_json::{Value, json};

on_both_databases!(
    null_meets_nothing_but_is_null,
    empty_lists_and_objects_say_what_logic_says,
    characters_have_no_meaning_in_a_sought_text,
    case_is_folded_alike,
    text_is_ordered_by_code_point,
    nulls_are_the_greatest,
    relationships_are_reached_from_every_side,
    what_breaks_a_bound_is_named,
    what_is_too_large_is_refused_at_once,
);

/// The names of the tags that meet `filter`, in order.
async fn tags(server: &Server, filter: Value) -> Vec<String> {
    let query = "query($where: TagFilter) { tags(where: $where, limit: 1000) { name } }";
    let answer = server.post(query, json!({ "where": filter })).await.json();
    let tags = answer["data"]["tags"].as_array().unwrap_or_else(|| panic!("{filter}: {answer}"));
    tags.iter().map(|tag| tag["name"].as_str().unwrap().to_owned()).collect()
}

/// Tags of these names.
async fn with_tags(server: &Server, names: &[&str]) {
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

async fn null_meets_nothing_but_is_null(server: Server) {
    let server = server.with_demo().await;
    let all = server.data("{ profiles { bio } }").await["profiles"].as_array().unwrap().len();
    server.sql("UPDATE profiles SET bio = 'about' WHERE bio IS NULL").await;
    server.sql("UPDATE profiles SET bio = NULL WHERE display_name = 'Ada Moreno'").await;
    for (filter, expected) in [
        ("bio: { ne: \"x\" }", all - 1),
        ("bio: { notIn: [\"x\"] }", all - 1),
        ("bio: { notIn: [] }", all - 1),
        ("bio: { contains: \"\" }", all - 1),
        ("bio: { gte: \"\" }", all - 1),
        ("bio: { isNull: true }", 1),
        ("bio: { isNull: false }", all - 1),
        ("not: { bio: { eq: \"x\" } }", all),
        ("not: { bio: { ne: \"x\" } }", 1),
        ("not: { not: { bio: { ne: \"x\" } } }", all - 1),
        ("bio: { isNull: true, eq: \"x\" }", 0),
    ] {
        let data = server.data(&format!("{{ profiles(where: {{ {filter} }}) {{ id }} }}")).await;
        assert_eq!(data["profiles"].as_array().unwrap().len(), expected, "{filter}");
    }
}

async fn empty_lists_and_objects_say_what_logic_says(server: Server) {
    with_tags(&server, &["a", "b"]).await;
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
        // One value stands for a list of it.
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

async fn characters_have_no_meaning_in_a_sought_text(server: Server) {
    let names = ["100%", "100x", "a_b", "axb", r"back\slash", "it's", "[x]", "🎉 party", "é", "e\u{301}"];
    with_tags(&server, &names).await;
    for (part, sought, expected) in [
        ("contains", "%", vec!["100%"]),
        ("contains", "_", vec!["a_b"]),
        ("contains", r"\", vec![r"back\slash"]),
        ("contains", "'", vec!["it's"]),
        ("contains", "[x]", vec!["[x]"]),
        ("startsWith", "100%", vec!["100%"]),
        ("endsWith", "_b", vec!["a_b"]),
        ("endsWith", "rty", vec!["🎉 party"]),
        ("startsWith", "🎉", vec!["🎉 party"]),
        // Text is compared as it was sent: a composed letter is not a decomposed one.
        ("contains", "é", vec!["é"]),
        ("endsWith", "\u{301}", vec!["e\u{301}"]),
        ("containsI", "É", vec!["é"]),
        ("endsWith", "longer than the whole name", vec![]),
        ("startsWith", "longer than the whole name", vec![]),
    ] {
        assert_eq!(tags(&server, json!({ "name": { part: sought } })).await, expected, "{part} {sought}");
    }
    for part in ["contains", "startsWith", "endsWith", "containsI", "startsWithI", "endsWithI"] {
        assert_eq!(tags(&server, json!({ "name": { part: "" } })).await.len(), names.len(), "{part}");
    }
}

async fn case_is_folded_alike(server: Server) {
    let names = ["Straße", "ÉCOLE", "Œuvre", "Ünal", "ΟΔΟΣ", "οδος", "МОСКВА", "İzmir", "ǅ", "Ａ", "K"];
    with_tags(&server, &names).await;
    for (part, sought, expected) in [
        ("containsI", "STRASSE", vec![]),
        ("startsWithI", "STRAß", vec!["Straße"]),
        ("containsI", "école", vec!["ÉCOLE"]),
        ("startsWithI", "œ", vec!["Œuvre"]),
        ("endsWithI", "NAL", vec!["Ünal"]),
        // A final sigma is a sigma.
        ("containsI", "οδοσ", vec!["ΟΔΟΣ", "οδος"]),
        ("endsWithI", "Σ", vec!["ΟΔΟΣ", "οδος"]),
        ("containsI", "москва", vec!["МОСКВА"]),
        ("startsWithI", "i\u{307}z", vec!["İzmir"]),
        ("containsI", "ǆ", vec!["ǅ"]),
        ("containsI", "ａ", vec!["Ａ"]),
        // The Kelvin sign is a K.
        ("startsWithI", "k", vec!["K"]),
    ] {
        let filter = json!({ "name": { part: sought } });
        assert_eq!(tags(&server, filter).await, expected, "{part} {sought}");
    }
}

async fn text_is_ordered_by_code_point(server: Server) {
    let names = ["b", "B", "a", "A", "ä", "z", "_", " ", "🎉", "\u{ffff}", "ab", "a b", "10", "9"];
    with_tags(&server, &names).await;
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

async fn nulls_are_the_greatest(server: Server) {
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

async fn relationships_are_reached_from_every_side(server: Server) {
    let server = server.with_demo().await;
    for (field, filter, names, expected) in [
        ("users", "profile: { displayName: { startsWith: \"Ada\" } }", "username", vec!["ada-moreno"]),
        (
            "users",
            "blogPosts: { some: { tags: { some: { name: { eq: \"sqlite\" } } } } }",
            "username",
            vec!["tomas-novak"],
        ),
        ("profiles", "user: { username: { eq: \"ada-moreno\" } }", "displayName", vec!["Ada Moreno"]),
        (
            "tags",
            "posts: { some: { author: { username: { eq: \"lena-fischer\" } } }, none: { author: { username: { eq: \"ada-moreno\" } } } }",
            "name",
            vec!["operations", "postgresql"],
        ),
        (
            "tags",
            "posts: { every: { author: { profile: { displayName: { eq: \"Lena Fischer\" } } } } }",
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

async fn what_breaks_a_bound_is_named(server: Server) {
    let server = server.with_demo().await;
    for (field, message) in [
        ("tags(where: { id: { eq: \"x\" } })", "argument `where.id.eq` must be an id, a UUID in text form"),
        (
            "tags(where: { or: [{}, { not: { id: { in: [\"\"] } } }] })",
            "argument `where.or[1].not.id.in[0]` must be an id, a UUID in text form",
        ),
        (
            "tags(where: { name: { eq: null } })",
            "argument `where.name.eq` must not be null: ask with `isNull`, or leave it out",
        ),
        ("tags(where: { name: null })", "argument `where.name` must not be null: leave it out"),
        (
            "tags(where: { name: { contains: \"a\\u0000\" } })",
            "argument `where.name.contains` must not contain U+0000",
        ),
        (
            "tags(where: { createdAt: { lt: \"soon\" } })",
            "argument `where.createdAt.lt` is no date: expected a date as in 2024-04-18 or 2024-04-18T14:40:00Z, from year 1970 to 9999",
        ),
        (
            "tags(where: { postTagLink: { position: { gt: 1 } } })",
            "argument `where.postTagLink` has a meaning only in a many-to-many relationship that leads through this join table",
        ),
        (
            "tags(orderBy: { postTagLink: { position: ASC } })",
            "argument `orderBy[0].postTagLink` has a meaning only in a many-to-many relationship that leads through this join table",
        ),
        ("tagsConnection(first: -1)", "argument `first` must be from 0 to 1000, not -1"),
        ("tagsConnection(last: 1001)", "argument `last` must be from 0 to 1000, not 1001"),
        ("tagsConnection(first: 1, last: 1)", "argument `last` must not be given together with `first`"),
    ] {
        let body = if field.contains("Connection") { "{ totalCount }" } else { "{ id }" };
        let answer = server.ask(&format!("{{ {field} {body} }}")).await;
        assert_eq!(answer["errors"][0]["message"], message, "{field}");
        assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{field}");
        assert_eq!(answer["errors"].as_array().unwrap().len(), 1);
    }
    // These are for validation to say, before anything runs.
    for field in [
        "tags(where: 5)",
        "tags(where: { title: { eq: \"x\" } })",
        "tags(where: { name: { like: \"x\" } })",
        "tags(where: { version: { eq: \"1\" } })",
        "tags(where: { name: { isNull: true } })",
        "tags(orderBy: [{ name: ASC, id: DESC }])",
        "tags(orderBy: [{}])",
        "tags(orderBy: { name: SIDEWAYS })",
        "tags(orderBy: { posts: { where: {} } })",
    ] {
        let answer = server.ask(&format!("{{ {field} {{ id }} }}")).await;
        assert_eq!(
            answer["errors"][0]["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED",
            "{field}: {answer}"
        );
    }
}

async fn what_is_too_large_is_refused_at_once(server: Server) {
    let server = server.with_demo().await;
    let deep = |depth: usize| format!("{}{}", "{and:[".repeat(depth), "{}".to_owned() + &"]}".repeat(depth));
    let refused = async |field: String, part: &str| {
        server.take_statements();
        let answer = server.ask(&format!("{{ {field} {{ id }} }}")).await;
        let message = answer["errors"][0]["message"].as_str().unwrap_or_else(|| panic!("{part}: {answer}"));
        assert!(message.contains(part) && message.len() < 300, "{message}");
        assert_eq!(server.take_statements(), Vec::<String>::new());
    };
    server.data(&format!("{{ tags(where: {}) {{ id }} }}", deep(19))).await;
    refused(format!("tags(where: {})", deep(21)), "more than 40 fields and lists within each other").await;
    refused(format!("tags(where: {})", deep(140)), "more than 40 fields and lists within each other").await;
    refused(format!("tags(where: {})", deep(1000)), "more than 300 brackets within each other").await;
    refused(format!("tags(where: {})", deep(100_000)), "more than 300 brackets within each other").await;
    // Through relationships not so deep, on either database.
    let chain = |rounds: usize| {
        let steps = "user: { profile: { ".repeat(rounds);
        format!("profiles(where: {{ {steps} version: {{ ne: 0 }} {} }})", "} }".repeat(rounds))
    };
    server.data(&format!("{{ {} {{ id }} }}", chain(5))).await;
    refused(chain(6), "more than 10 relationships within each other").await;
    let mixed = "author: { blogPosts: { none: { tags: { every: { posts: { some: { ".repeat(2);
    let mixed = format!("{mixed} version: {{ gt: 0 }} {}", "}".repeat(14));
    server.data(&format!("{{ blogPosts(where: {{ {mixed} }}) {{ id }} }}")).await;
    let many = "{ tags: { some: { name: { ne: \"x\" } } } },".repeat(100);
    server.data(&format!("{{ blogPosts(where: {{ and: [{many}] }}) {{ id }} }}")).await;
    let wide =
        |conditions: usize| format!("tags(where: {{ or: [{}] }})", "{version:{gt:0}},".repeat(conditions));
    server.data(&format!("{{ {} {{ id }} }}", wide(250))).await;
    refused(wide(251), "has more than 500 conditions").await;
    let ids = |ids: usize| {
        format!(
            "tags(where: {{ id: {{ in: [{}] }} }})",
            "\"01890a5d-ac96-774b-bcce-b302099a8057\",".repeat(ids)
        )
    };
    server.data(&format!("{{ {} {{ id }} }}", ids(10_000))).await;
    refused(ids(10_001), "may have 10000 values at most, not 10001").await;
    let many = format!("tags(where: {{ id: {{ in: [{}] }} }})", "\"x\",".repeat(100_000));
    refused(many, "may have 10000 values at most, not 100000").await;
    refused(format!("tags(orderBy: [{}])", "{name:ASC},".repeat(11)), "may have 10 keys at most, not 11")
        .await;
    // All filters together, those of orders as well: one text of 900 kB in a hundred places.
    let field = |nth| {
        format!(
            "a{nth}: users(orderBy: {{ blogPosts: {{ where: {{ title: {{ contains: $n }} }}, count: ASC }} }}) {{ id }} "
        )
    };
    let query: String = (0..100).map(field).collect();
    let query = format!("query($n: String!) {{ {query} }}");
    let answer = server.post(&query, json!({ "n": "x".repeat(900_000) })).await.json();
    let message = answer["errors"][0]["message"].as_str().unwrap_or_default();
    assert!(message.contains("more than 2000000 conditions and values"), "{message}");
    let path = format!("{{ author: {}{{ id: ASC }}{} }}", "{ profile: { user: ".repeat(20), "} }".repeat(20));
    refused(format!("blogPosts(orderBy: {path})"), "more than 10 relationships within each other").await;
}
