//! Mutations: what they write and return.

use crate::support::Server;
use serde_json::{Value, json};

on_both_databases!(
    create_user_also_creates_profile_posts_and_tags,
    later_fields_read_both_sides_of_a_change,
    update_keeps_absent_fields_and_clears_null_ones,
    the_tags_of_a_post_keep_their_order,
    deletes_cascade_to_owned_rows_only,
    a_thousand_rows_take_few_statements,
    text_is_stored_unchanged,
);

/// Runs one mutation field with this input, and returns its payload.
pub async fn run(server: &Server, field: &str, input: Value, body: &str) -> Value {
    let (argument, ty) = if input.is_array() {
        let one = field.trim_end_matches('s');
        ("inputs", format!("[{}{}Input!]!", one[..1].to_uppercase(), &one[1..]))
    } else {
        ("input", format!("{}{}Input!", field[..1].to_uppercase(), &field[1..]))
    };
    let query = format!(
        "mutation($in: {ty}) {{ {field}({argument}: $in) {{ {body} userErrors {{ code field message }} }} }}"
    );
    let answer = server.post(&query, json!({ "in": input })).await.json();
    assert!(answer.get("errors").is_none(), "{field}: {answer}");
    answer["data"][field].clone()
}

/// The same for a mutation that must succeed.
pub async fn succeed(server: &Server, field: &str, input: Value, body: &str) -> Value {
    let payload = run(server, field, input, body).await;
    assert_eq!(payload["userErrors"], json!([]), "{field}");
    payload
}

async fn create_user_also_creates_profile_posts_and_tags(server: Server) {
    let server = server.with_demo().await;
    server.take_statements();
    let input = json!({
        "username": "zoe",
        "profile": { "displayName": "Zoë", "bio": null },
        "blogPosts": [
            { "title": "One", "content": "1", "publishedAt": "2025-01-01T00:00:00Z",
              "tags": { "connect": [{ "name": "sql" }], "create": [{ "name": "new" }, { "name": "newer" }] } },
            { "title": "Two", "content": "" },
        ],
    });
    let body = "user { version createdAt updatedAt profile { displayName bio user { username } }
        blogPosts { title publishedAt author { username } tagsConnection { edges { position node { name } } } } }";
    let user = succeed(&server, "createUser", input, body).await["user"].clone();
    // Reads before the write: the connected tag, and whether the names of user and tags and the user of the profile
    // are free. Writes: users, profiles, posts, tags, links. Reads for the payload: user, profile, its user, posts,
    // authors, tags.
    let statements = server.take_statements().len();
    assert!(statements <= 17, "{statements}");
    assert_eq!(user["version"], 1);
    assert_eq!(user["createdAt"], user["updatedAt"]);
    assert_eq!(user["profile"], json!({ "displayName": "Zoë", "bio": null, "user": { "username": "zoe" } }));
    assert_eq!(
        user["blogPosts"],
        json!([
            { "title": "Two", "publishedAt": null, "author": { "username": "zoe" }, "tagsConnection": { "edges": [] } },
            { "title": "One", "publishedAt": "2025-01-01T00:00:00.000000Z", "author": { "username": "zoe" },
              "tagsConnection": { "edges": [
                { "position": 0, "node": { "name": "sql" } },
                { "position": 1, "node": { "name": "new" } },
                { "position": 2, "node": { "name": "newer" } } ] } },
        ])
    );
    let data =
        server.data(r#"{ tag(name: "newer") { posts { title author { profile { displayName } } } } }"#).await;
    assert_eq!(
        data["tag"]["posts"],
        json!([{ "title": "One", "author": { "profile": { "displayName": "Zoë" } } }])
    );
}

async fn later_fields_read_both_sides_of_a_change(server: Server) {
    let server = server.with_demo().await;
    let (ada, lena) = (
        server.id(r#"user(username: "ada-moreno")"#).await,
        server.id(r#"user(username: "lena-fischer")"#).await,
    );
    let post =
        server.data(&format!(r#"{{ user(id: "{ada}") {{ blogPosts(limit: 1) {{ id title }} }} }}"#)).await;
    let post = &post["user"]["blogPosts"][0];
    let query = r#"mutation($post: ID!, $ada: ID!, $lena: ID!) {
        to_lena: updateBlogPost(input: { id: $post, authorId: $lena }) { blogPost { author { username blogPosts(limit: 1) { id } } } }
        tagged: updateBlogPost(input: { id: $post, tags: { set: [{ name: "sqlite" }] } }) {
          blogPost { tags { name posts(limit: 1) { id } } author { username } } }
        renamed: updateUser(input: { id: $lena, username: "lena" }) { user { blogPosts(limit: 1) { author { username } } } }
        back: updateBlogPost(input: { id: $post, authorId: $ada }) { blogPost { version author { username blogPosts(limit: 1) { id } } } } }"#;
    let answer = server.post(query, json!({ "post": post["id"], "ada": ada, "lena": lena })).await.json();
    let data = &answer["data"];
    assert_eq!(
        data["to_lena"]["blogPost"]["author"],
        json!({ "username": "lena-fischer", "blogPosts": [{ "id": post["id"] }] })
    );
    assert_eq!(
        data["tagged"]["blogPost"],
        json!({ "tags": [{ "name": "sqlite", "posts": [{ "id": post["id"] }] }], "author": { "username": "lena-fischer" } })
    );
    assert_eq!(data["renamed"]["user"]["blogPosts"][0]["author"]["username"], "lena");
    assert_eq!(
        data["back"]["blogPost"],
        json!({ "version": 4, "author": { "username": "ada-moreno", "blogPosts": [{ "id": post["id"] }] } })
    );
}

async fn update_keeps_absent_fields_and_clears_null_ones(server: Server) {
    let server = server.with_demo().await;
    let profile = server
        .data(r#"{ profiles(where: { displayName: { eq: "Ada Moreno" } }) { id bio updatedAt version } }"#)
        .await;
    let before = &profile["profiles"][0];
    assert!(before["bio"].is_string());
    let body = "profile { displayName bio updatedAt version createdAt }";
    let after = succeed(&server, "updateProfile", json!({ "id": before["id"], "bio": null }), body).await;
    assert_eq!(
        (&after["profile"]["displayName"], &after["profile"]["bio"]),
        (&json!("Ada Moreno"), &json!(null))
    );
    assert_eq!(after["profile"]["version"], json!(before["version"].as_i64().unwrap() + 1));
    assert!(after["profile"]["updatedAt"].as_str() > before["updatedAt"].as_str());
    // Equal values are not a change.
    let same = succeed(
        &server,
        "updateProfile",
        json!({ "id": before["id"], "bio": null, "displayName": "Ada Moreno" }),
        body,
    )
    .await;
    assert_eq!(same["profile"], after["profile"]);
    let same = succeed(&server, "updateProfile", json!({ "id": before["id"] }), body).await;
    assert_eq!(same["profile"], after["profile"]);
}

async fn the_tags_of_a_post_keep_their_order(server: Server) {
    let server = server.with_demo().await;
    let ada = server.id(r#"user(username: "ada-moreno")"#).await;
    let tags = json!({ "connect": [{ "name": "sqlite" }, { "name": "sql" }] });
    let input = json!({ "title": "t", "content": "", "authorId": ada, "tags": tags });
    let body = "blogPost { id version tags { name } tagsConnection { edges { position addedAt } } }";
    let post = succeed(&server, "createBlogPost", input, body).await["blogPost"].clone();
    let names = |post: &Value| -> Vec<String> {
        post["tags"].as_array().unwrap().iter().map(|tag| tag["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&post), ["sqlite", "sql"]);
    let added = post["tagsConnection"]["edges"][1]["addedAt"].clone();
    let mut version = 1;
    for (field, change, expected) in [
        (
            "updateBlogPost",
            json!({ "tags": { "set": [{ "name": "graphql" }, { "name": "sql" }, { "name": "sqlite" }] } }),
            "graphql sql sqlite",
        ),
        (
            "updateBlogPost",
            json!({ "tags": { "disconnect": [{ "name": "graphql" }], "create": [{ "name": "z" }, { "name": "a" }] } }),
            "sql sqlite z a",
        ),
        (
            "updateBlogPost",
            json!({ "tags": { "connect": [{ "name": "sqlite" }, { "name": "graphql" }] } }),
            "sql sqlite z a graphql",
        ),
        ("moveBlogPostTag", json!({ "tag": { "name": "graphql" }, "position": 1 }), "sql graphql sqlite z a"),
        ("moveBlogPostTag", json!({ "tag": { "name": "sql" }, "position": 99 }), "graphql sqlite z a sql"),
        ("moveBlogPostTag", json!({ "tag": { "name": "sql" }, "position": 0 }), "sql graphql sqlite z a"),
        (
            "updateBlogPost",
            json!({ "tags": { "set": [{ "name": "sql" }], "disconnect": [{ "name": "postgresql" }] } }),
            "sql",
        ),
    ] {
        let mut input = change.clone();
        input["id"] = post["id"].clone();
        let after = succeed(&server, field, input, body).await["blogPost"].clone();
        assert_eq!(names(&after).join(" "), expected, "{change}");
        version += 1;
        assert_eq!(after["version"], version, "changing the tags changes the post");
        let edges = after["tagsConnection"]["edges"].as_array().unwrap();
        assert!(edges.iter().enumerate().all(|(nth, edge)| edge["position"] == nth), "{edges:?}");
        let sql = names(&after).iter().position(|name| name == "sql").unwrap();
        assert_eq!(edges[sql]["addedAt"], added, "a tag that stays keeps its own columns");
    }
    let empty = json!({ "id": post["id"], "tags": { "set": [] } });
    assert_eq!(names(&succeed(&server, "updateBlogPost", empty, body).await["blogPost"]).len(), 0);
}

async fn deletes_cascade_to_owned_rows_only(server: Server) {
    let server = server.with_demo().await;
    let ada = server.id(r#"user(username: "ada-moreno")"#).await;
    succeed(&server, "deleteUser", json!({ "id": ada }), "deletedId").await;
    let data = server
        .data(
            "{ users { username } profiles { displayName } blogPosts { author { username } } tags { name } }",
        )
        .await;
    assert!(!data.to_string().contains("ada-moreno") && !data.to_string().contains("Ada Moreno"));
    assert_eq!(data["blogPosts"].as_array().unwrap().len(), 6);
    assert_eq!(data["tags"].as_array().unwrap().len(), 9, "tags stay");
    let again = run(&server, "deleteUser", json!({ "id": ada }), "deletedId").await;
    assert_eq!(again["userErrors"][0]["code"], "NOT_FOUND");
    let sql = server.id(r#"tag(name: "sql")"#).await;
    succeed(&server, "deleteTag", json!({ "id": sql }), "deletedId").await;
    assert_eq!(
        server.data("{ blogPosts { id } }").await["blogPosts"].as_array().unwrap().len(),
        6,
        "posts stay"
    );
}

async fn a_thousand_rows_take_few_statements(server: Server) {
    let server = server.with_demo().await;
    let ada = server.id(r#"user(username: "ada-moreno")"#).await;
    let counts = async |field: &str, inputs: Vec<Value>, body: &str| {
        server.take_statements();
        let payload = succeed(&server, field, json!(inputs), body).await;
        (payload, server.take_statements().len())
    };
    let tags = (0..1000).map(|nth| json!({ "name": format!("tag {nth}") })).collect();
    let (payload, statements) = counts("createTags", tags, "tags { id name }").await;
    assert_eq!(payload["tags"].as_array().unwrap().len(), 1000);
    assert_eq!(payload["tags"][999]["name"], "tag 999");
    // Insert the tags. The payload shows them as they were written.
    assert_eq!(statements, 1);
    let post = |nth: usize| {
        json!({ "title": format!("post {nth}"), "content": "", "authorId": ada,
        "tags": { "connect": [{ "name": format!("tag {nth}") }, { "name": "sql" }] } })
    };
    let (payload, statements) =
        counts("createBlogPosts", (0..1000).map(post).collect(), "blogPosts { id }").await;
    // Insert the posts, find the tags, insert the links: one statement on PostgreSQL.
    assert_eq!(statements, if server.is_postgres() { 1 } else { 3 });
    let posts = payload["blogPosts"].as_array().unwrap();
    let (payload, statements) = counts("updateBlogPosts",
        posts.iter().map(|post| json!({ "id": post["id"], "title": "same", "tags": { "disconnect": [{ "name": "sql" }] } })).collect(),
        "blogPosts { title version tags { name } }").await;
    assert!(statements <= 11, "{statements}");
    assert!(
        payload["blogPosts"]
            .as_array()
            .unwrap()
            .iter()
            .all(|post| post["version"] == 2 && post["tags"].as_array().unwrap().len() == 1)
    );
    let (_, statements) = counts(
        "upsertTags",
        (500..1500).map(|nth| json!({ "name": format!("tag {nth}") })).collect(),
        "tags { id }",
    )
    .await;
    assert!(statements <= 4, "{statements}");
    assert_eq!(server.data("{ tagsConnection { totalCount } }").await["tagsConnection"]["totalCount"], 1509);
    let (payload, statements) = counts(
        "deleteBlogPosts",
        posts.iter().map(|post| json!({ "id": post["id"] })).collect(),
        "deletedIds",
    )
    .await;
    assert!(statements <= 7, "{statements}");
    assert_eq!(payload["deletedIds"].as_array().unwrap().len(), 1000);
}

async fn text_is_stored_unchanged(server: Server) {
    for name in
        ["🎉 party", "e\u{301}", "é", "  spaces  ", "a'b\"c\\d", "%_", "\u{202e}right to left", "line\nbreak"]
    {
        let tag = succeed(&server, "createTag", json!({ "name": name }), "tag { name }").await;
        assert_eq!(tag["tag"]["name"], name);
        let found =
            server.post("query($n: String!) { tag(name: $n) { name } }", json!({ "n": name })).await.json();
        assert_eq!(found["data"]["tag"]["name"], name);
    }
}
