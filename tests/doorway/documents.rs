//! Documents by the letter of the GraphQL specification (September 2025): what runs, what is refused, and how large one
//! may be.

use crate::support::{Server, Socket, until};
use axum::http::{Request, header};
use doorway::server::Limits;
use serde_json::{Value, json};
use std::fmt::Write;

on_both_databases!(
    a_default_decides_what_is_skipped,
    a_mutation_reached_twice_runs_once,
    strings_have_the_value_of_the_specification,
    values_are_of_their_types,
    a_document_is_valid_as_a_whole,
    mistaken_names_get_a_suggestion,
    what_is_valid_runs,
    fields_are_collected_as_the_specification_has_it,
    limits_are_stated_each_by_itself,
    introspection_is_the_schema,
    a_request_error_has_no_data,
);

const PARSE: &str = "GRAPHQL_PARSE_FAILED";
const VALIDATION: &str = "GRAPHQL_VALIDATION_FAILED";
const INPUT: &str = "BAD_USER_INPUT";

/// Asks for what is to be refused before anything runs, and gives the first message.
async fn refused(server: &Server, query: &str, variables: Value, code: &str) -> String {
    let response = server.post(query, variables).await.json();
    assert_eq!(response.get("data"), None, "{query}: {response}");
    let error = &response["errors"][0];
    assert_eq!(error["extensions"]["code"], code, "{query}: {response}");
    assert_eq!(error.get("path"), None, "{query}: {response}");
    error["message"].as_str().unwrap().to_owned()
}

/// Section 6.1.2, `CoerceVariableValues`.
async fn a_default_decides_what_is_skipped(server: Server) {
    let server = server.with_demo().await;
    let ada = server.data("{ user(username: \"ada-moreno\") { id } }").await;
    let id = &ada["user"]["id"];
    let delete = "mutation($id: ID!, $dry: Boolean! = true) {
        deleteUser(input: { id: $id }) @skip(if: $dry) { deletedId } }";
    let dry = server.post(delete, json!({ "id": id })).await.json();
    assert_eq!(dry, json!({ "data": {} }));
    assert_eq!(server.data("{ user(username: \"ada-moreno\") { id } }").await, ada);
    let include = "query($f: Boolean = true) { users(limit: 1) { profile @include(if: $f) { bio } } }";
    let with = server.post(include, json!({})).await.json();
    assert!(with["data"]["users"][0]["profile"]["bio"].is_string(), "{with}");
    let without = server.post(include, json!({ "f": false })).await.json();
    assert_eq!(without["data"], json!({ "users": [{}] }));
    let wet = server.post(delete, json!({ "id": id, "dry": false })).await.json();
    assert_eq!(&wet["data"]["deleteUser"]["deletedId"], id, "{wet}");
}

/// Section 6.3.2, `CollectFields`.
async fn a_mutation_reached_twice_runs_once(server: Server) {
    let server = server.with_demo().await;
    let ada = server.data("{ user(username: \"ada-moreno\") { id } }").await;
    let input = json!({ "title": "Once", "content": "", "authorId": ada["user"]["id"] });
    let twice = "mutation($i: CreateBlogPostInput!) { ...A ...B }
        fragment A on Mutation { createBlogPost(input: $i) { blogPost { title } } }
        fragment B on Mutation { createBlogPost(input: $i) { blogPost { author { username } } userErrors { message } } }";
    let created = server.post(twice, json!({ "i": input })).await.json();
    let post = json!({ "title": "Once", "author": { "username": "ada-moreno" } });
    assert_eq!(created, json!({ "data": { "createBlogPost": { "blogPost": post, "userErrors": [] } } }));
    let posts = server.data("{ blogPosts(where: { title: { eq: \"Once\" } }) { title } }").await;
    assert_eq!(posts, json!({ "blogPosts": [{ "title": "Once" }] }));
}

/// Section 2.9.4, `StringValue` and `BlockStringValue`.
async fn strings_have_the_value_of_the_specification(server: Server) {
    for (literal, expected) in [
        ("\"\"\"\n    a \\\"\"\" b\n       \n      c\n    \"\"\"", "a \"\"\" b\n   \n  c"),
        ("\"\"\"one\r\n  two\r  three\"\"\"", "one\ntwo\nthree"),
        (r#""\u{1F600}""#, "😀"),
        (r#""\uD83D\uDE01""#, "😁"),
        (r#""\u00e9\t\/\\\"""#, "é\t/\\\""),
    ] {
        let mutation = format!(
            "mutation {{ createTag(input: {{ name: {literal} }}) {{ tag {{ name }} userErrors {{ message }} }} }}"
        );
        let created = server.data(&mutation).await;
        assert_eq!(created["createTag"]["tag"]["name"], expected, "{literal}: {created}");
        let found = server.post("query($n: String!) { tag(name: $n) { name } }", json!({ "n": expected }));
        assert_eq!(found.await.json()["data"]["tag"]["name"], expected);
    }
    for literal in [r#""\uD83D""#, r#""\uDE00\uD83D""#, r#""\u{110000}""#, r#""\u{D83D}""#, r#""\x""#] {
        refused(&server, &format!("{{ tag(name: {literal}) {{ id }} }}"), json!({}), PARSE).await;
    }
}

/// Sections 5.6 and 6.1.2.
async fn values_are_of_their_types(server: Server) {
    for (query, words) in [
        (
            "mutation { createTag(input: { name: \"a\", name: \"b\" }) { tag { id } } }",
            "`name` is given twice",
        ),
        (
            "{ users(where: { username: { contains: \"z\" }, username: { eq: \"y\" } }) { id } }",
            "`username` is given twice",
        ),
        (
            "query($w: TagFilter = { id: { in: [\"a\"] }, id: null }) { tags(where: $w) { id } }",
            "`id` is given twice",
        ),
        ("{ users(orderBy: [{ username: \"DESC\" }]) { id } }", "`users(orderBy:)`"),
        ("{ users(limit: 3000000000) { id } }", "`users(limit:)`"),
        ("query($d: Direction) { users(orderBy: [{ username: ASC, id: $d }]) { id } }", "exactly one"),
        ("query($d: Direction) { users(orderBy: [{ id: $d }]) { id } }", "$d"),
    ] {
        let message = refused(&server, query, json!({}), VALIDATION).await;
        assert!(message.contains(words), "{query}: {message}");
    }
    let nothing = server.data("{ tags { id } }").await;
    assert_eq!(nothing, json!({ "tags": [] }), "nothing was written");
    let order = "query($o: [UserOrder!], $n: Int! = 1) { users(orderBy: $o, limit: $n) { id } }";
    for variables in [
        json!({ "o": [{ "username": "ASC", "id": "ASC" }] }),
        json!({ "o": [{}] }),
        json!({ "o": [{ "username": null }] }),
        json!({ "o": [{ "username": "UP" }] }),
        json!({ "o": [{ "nobody": "ASC" }] }),
        json!({ "o": [null] }),
        json!({ "n": 3_000_000_000_u32 }),
        json!({ "n": 1.5 }),
        json!({ "n": "1" }),
        json!({ "n": null }),
    ] {
        refused(&server, order, variables, INPUT).await;
    }
    for variables in
        [json!({ "o": { "username": "ASC" } }), json!({ "o": null, "n": 0 }), json!({ "n": 1.0 })]
    {
        let answer = server.post(order, variables).await.json();
        assert_eq!(answer, json!({ "data": { "users": [] } }));
    }
}

async fn mistaken_names_get_a_suggestion(server: Server) {
    for (query, name) in [
        ("{ usrs { id } }", "users"),
        ("{ users { usrname } }", "username"),
        ("{ node(id: \"x\") { di } }", "id"),
        ("{ users(limti: 1) { id } }", "limit"),
        ("{ users(where: { usrname: { eq: \"a\" } }) { id } }", "username"),
        ("{ users(orderBy: [{ username: ACS }]) { id } }", "ASC"),
        ("query($w: UserFitler) { users(where: $w) { id } }", "UserFilter"),
    ] {
        let message = refused(&server, query, json!({}), VALIDATION).await;
        assert!(message.ends_with(&format!("Did you mean `{name}`?")), "{query}: {message}");
    }
    let message = refused(&server, "{ users { shoeSize } }", json!({}), VALIDATION).await;
    assert_eq!(message, "type `User` does not have a field `shoeSize`");
    // Comparing this with the names of all types took minutes, and 200 MB for each.
    let name = "x".repeat(1_000_000);
    let query = format!("query($w: {name}) {{ users(where: $w) {{ id }} }}");
    let message = refused(&server, &query, json!({}), VALIDATION).await;
    assert!(message.contains(&name) && !message.contains("Did you mean"), "{} bytes", message.len());
}

/// Section 5: whatever variables were sent, and whichever operation is asked for.
async fn a_document_is_valid_as_a_whole(server: Server) {
    for query in [
        "query($b: Nope) { users { id } }",
        "query($b: String) { users(limit: $b) { id } }",
        "query($i: ID) { blogPost(id: $i) { id } }",
        "query($x: String!) { users(where: { username: { in: $x } }) { id } }",
        "query($x: [String]) { users(where: { username: { in: $x } }) { id } }",
        "query($b: Boolean) { users @include(if: $b) { id } }",
        "query($a: Int! = 1, $a: Int! = 1) { users(limit: $a) { id } }",
        "query($x: Int) { users { id } }",
        "query($x: Int! = 1 @foo) { users(limit: $x) { id } }",
        "query($x: Int! = 1 @skip(if: true)) { users(limit: $x) { id } }",
        "{ __typename @nope }",
        "{ node(id: \"x\") { ...U ...T } } fragment U on User { a: username } fragment T on Tag { a: version }",
        "query A { users { id } } query B { nobody { id } }",
        "{ users { id } } fragment F on User { id }",
    ] {
        let variables = json!({ "b": 1, "i": "x", "x": ["x"], "a": 1 });
        let body = json!({ "query": query, "variables": variables, "operationName": query.contains(" A ").then_some("A") });
        let response = server.post_json(body).await.json();
        assert_eq!(response["errors"][0]["extensions"]["code"], VALIDATION, "{query}: {response}");
        assert_eq!(response.get("data"), None, "{query}: {response}");
    }
    refused(&server, "query() { users { id } }", json!({}), PARSE).await;
    refused(&server, "{ users { } }", json!({}), PARSE).await;
    refused(&server, "{ users(limit) { id } }", json!({}), PARSE).await;
    let conflict = "{ users(limit: 1) { id } users(limit: 2) { id } }";
    assert!(refused(&server, conflict, json!({}), VALIDATION).await.contains("`users`"));
}

async fn what_is_valid_runs(server: Server) {
    assert_eq!(server.data("{ users(limit: -0) { id } }").await, json!({ "users": [] }));
    let zero = "query($n: Int! = -0) { users(limit: $n) { id } }";
    assert_eq!(server.data(zero).await, json!({ "users": [] }));
    let described = "\"What it is\" query A(\"how many\" $n: Int! = 0) { users(limit: $n) { ...F } }
        \"A part\" fragment F on User { id }";
    assert_eq!(server.data(described).await, json!({ "users": [] }));
    let mut socket = Socket::ready(server.listen(Limits::default()).await).await;
    let twice = "subscription { ...A ...B } fragment A on Subscription { tagChanged { kind } }
        fragment B on Subscription { tagChanged { tag { name } } }";
    socket.subscribe("a", twice).await;
    until(|| server.db.receivers() == 1).await;
    server.data("mutation { createTag(input: { name: \"new\" }) { tag { id } } }").await;
    let expected = json!({ "tagChanged": { "kind": "CREATED", "tag": { "name": "new" } } });
    assert_eq!(socket.event("a").await, expected);
}

/// Sections 6.3.2 and 6.4.3: by type, in order, merged by response key.
async fn fields_are_collected_as_the_specification_has_it(server: Server) {
    let server = server.with_demo().await;
    let ids = server.data("{ tag(name: \"sql\") { id } user(username: \"ada-moreno\") { id } }").await;
    let query = "query($ids: [ID!]!, $no: Boolean! = false) { nodes(ids: $ids) {
        ... on User { name: username } __typename ... on Tag { name posts(limit: 1) { title } }
        ...N ... on Tag { posts(limit: 1) { author { username } } id @skip(if: true) }
        ... @include(if: $no) { id } } }
        fragment N on Node { ... on Node { kind: __typename } ... on User { profile { displayName } } }";
    let variables = json!({ "ids": [ids["tag"]["id"], ids["user"]["id"]] });
    let answer = server.post(query, variables).await.text;
    let expected = concat!(
        r#"{"data":{"nodes":[{"__typename":"Tag","name":"sql","posts":[{"title":"TITLE","author":{"username":"WHO"}}],"#,
        r#""kind":"Tag"},{"name":"ada-moreno","__typename":"User","kind":"User","profile":{"displayName":"Ada Moreno"}}]}}"#,
    );
    let post = server.data("{ tag(name: \"sql\") { posts(limit: 1) { title author { username } } } }").await;
    let post = &post["tag"]["posts"][0];
    let expected = expected
        .replace("TITLE", post["title"].as_str().unwrap())
        .replace("WHO", post["author"]["username"].as_str().unwrap());
    assert_eq!(answer, expected);
}

async fn limits_are_stated_each_by_itself(server: Server) {
    let server = server.with_demo().await;
    let nested = |levels: usize| {
        format!(
            "{{ users(limit: 1) {}id{} }}",
            "{ profile { user ".repeat(levels) + "{ ",
            " }".repeat(2 * levels + 1)
        )
    };
    // As many levels as there may be: users, then profile and user in turn, then id.
    server.data(&nested(49)).await;
    let doubling = (0..60).fold(String::from("{ users { ...F0 } } "), |mut text, nth| {
        write!(text, "fragment F{nth} on User {{ ...F{next} ...F{next} }} ", next = nth + 1).unwrap();
        text
    }) + "fragment F60 on User { nobody }";
    let fields = format!("{{ users {{ {} }} }}", "id ".repeat(2000));
    let aliases = format!("{{ users {{ {} }} }}", "a: id ".repeat(1001));
    let roots = format!("{{ {} }}", "__typename ".repeat(1001));
    let directives = format!("{{ users {{ id {} }} }}", "@skip(if: false) ".repeat(1001));
    let fragments = (0..501).fold(String::new(), |mut text, nth| {
        write!(text, "fragment F{nth} on User {{ id }} ").unwrap();
        text
    });
    let operations = (0..101).fold(String::new(), |mut text, nth| {
        write!(text, "query Q{nth} {{ users {{ id }} }} ").unwrap();
        text
    });
    let values = format!("{{ tags(where: {{ and: {}{} }}) {{ id }} }}", "[".repeat(300), "]".repeat(300));
    for (document, words) in [
        (nested(50), "more than 100 levels of fields and fragments"),
        (doubling, "more than 2000 fields, with fragments expanded"),
        (fields, "more than 2000 fields"),
        (aliases, "more than 1000 aliases"),
        (roots, "more than 1000 fields at its root"),
        (directives, "more than 1000 directives"),
        (fragments, "more than 500 fragments"),
        (operations, "more than 100 operations"),
        (values, "brackets more than 300 levels deep"),
        (
            "{ users(where: { username: { in: [".to_owned() + &"1 ".repeat(250_000) + "] } }) { id } }",
            "more than 250000 tokens",
        ),
        (
            "query A { users(where: { username: { in: [".to_owned()
                + &"1 ".repeat(200_000)
                + "] } }) { id } } query B { tags { id } } query C { tags { id } }",
            "more than 500000 tokens, counted for each of its operations",
        ),
        (
            format!(
                "query({}) {{ users {{ id }} }}",
                (0..501).map(|nth| format!("$v{nth}: Int ")).collect::<String>()
            ),
            "more than 500 variables",
        ),
        ("{ users { id } } #".to_owned() + &"x".repeat(1 << 20), "1 MiB"),
    ] {
        let message = server.ask(&document).await["errors"][0]["message"].as_str().unwrap().to_owned();
        assert!(message.contains(words), "{words}: {message}");
    }
    // What a variable holds counts wherever it is put.
    let query = format!(
        "query($n: String!) {{ tags(where: {{ or: [{}] }}) {{ id }} }}",
        "{ name: { eq: $n } }, ".repeat(300)
    );
    let message = refused(&server, &query, json!({ "n": "x".repeat(900_000) }), INPUT).await;
    assert!(message.contains("more than 128 MiB"), "{message}");
}

async fn introspection_is_the_schema(server: Server) {
    let query = "{ __schema { description queryType { name } } users(limit: 0) { id } again: __typename
        node: __type(name: \"Node\") { kind interfaces { name } possibleTypes { name } } none: __type(name: \"Nope\") { name } }";
    let types = json!([{ "name": "BlogPost" }, { "name": "Profile" }, { "name": "Tag" }, { "name": "User" }]);
    let expected = json!({
        "__schema": { "description": null, "queryType": { "name": "Query" } },
        "users": [],
        "again": "Query",
        "node": { "kind": "INTERFACE", "interfaces": [], "possibleTypes": types },
        "none": null,
    });
    let answer = server.post(query, json!({})).await;
    let mut sorted = answer.json();
    sorted["data"]["node"]["possibleTypes"].as_array_mut().unwrap().sort_by_key(|ty| ty["name"].to_string());
    assert_eq!(sorted, json!({ "data": expected }));
    let order = ["__schema", "users", "again", "node", "none"];
    let places: Vec<_> = order.iter().map(|key| answer.text.find(&format!("\"{key}\":")).unwrap()).collect();
    assert!(places.is_sorted(), "{}", answer.text);
    // An error that leaves no data leaves none of this either.
    let failed = server.ask("{ __schema { queryType { name } } users(limit: -1) { id } }").await;
    assert_eq!(failed["data"], Value::Null);
    let deep = "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }";
    let message = refused(&server, deep, json!({}), INPUT).await;
    assert!(message.contains("introspection"), "{message}");
}

/// Section 7.1, over each transport.
async fn a_request_error_has_no_data(server: Server) {
    let stream = "subscription { tagChanged(id: \"x\") { kind } }";
    for query in ["{", "{ nobody }", "query($n: Int!) { users(limit: $n) { id } }", stream] {
        let request = Request::post("/graphql").header(header::CONTENT_TYPE, "application/json");
        let request = request.header(header::ACCEPT, "text/event-stream");
        let events =
            server.send(request.body(json!({ "query": query }).to_string().into()).unwrap()).await.text;
        assert!(events.contains("\"errors\"") && !events.contains("\"data\""), "{query}: {events}");
        let mut socket = Socket::ready(server.listen(Limits::default()).await).await;
        socket.subscribe("a", query).await;
        let message = socket.next().await;
        assert_eq!(message["type"], "error", "{query}: {message}");
        assert_eq!(message["payload"].as_array().map(Vec::len), Some(1), "{query}: {message}");
    }
}
