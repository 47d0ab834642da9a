//! What mutations write, what they return, and what they refuse.

use crate::support::Server;
use doorway::{db::DbError, entities, mutation};
use serde_json::{Value, json};

on_both_databases!(
    a_user_is_made_with_everything_that_is_theirs,
    both_sides_are_in_sync_in_the_same_operation,
    absent_stays_and_null_clears,
    the_tags_of_a_post_are_ordered,
    a_version_that_is_not_the_expected_one_is_a_conflict,
    what_can_be_mended_is_said_with_its_place,
    deletes_take_what_is_theirs_and_nothing_else,
    a_thousand_rows_take_a_bounded_number_of_statements,
    one_mistake_among_many_writes_nothing,
    text_is_kept_as_it_was_sent,
    each_constraint_is_a_mistake_with_its_place,
);

/// Runs one mutation field with its input; the payload.
async fn run(server: &Server, field: &str, input: Value, body: &str) -> Value {
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

/// The same, which must succeed.
async fn done(server: &Server, field: &str, input: Value, body: &str) -> Value {
    let payload = run(server, field, input, body).await;
    assert_eq!(payload["userErrors"], json!([]), "{field}");
    payload
}

async fn id(server: &Server, field: &str) -> String {
    let data = server.data(&format!("{{ it: {field} {{ id }} }}")).await;
    data["it"]["id"].as_str().unwrap_or_else(|| panic!("{field}")).to_owned()
}

async fn a_user_is_made_with_everything_that_is_theirs(server: Server) {
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
    let user = done(&server, "createUser", input, body).await["user"].clone();
    // The tag that is referred to; the names that must not be there yet (of users, tags; of profiles, the user);
    // users, profiles, posts, tags, links; and what the payload asks for: user, profile, its user, posts, authors, tags.
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
        server.data("{ tag(name: \"newer\") { posts { title author { profile { displayName } } } } }").await;
    assert_eq!(
        data["tag"]["posts"],
        json!([{ "title": "One", "author": { "profile": { "displayName": "Zoë" } } }])
    );
}

async fn both_sides_are_in_sync_in_the_same_operation(server: Server) {
    let server = server.with_demo().await;
    let (ada, lena) = (
        id(&server, "user(username: \"ada-moreno\")").await,
        id(&server, "user(username: \"lena-fischer\")").await,
    );
    let post =
        server.data(&format!("{{ user(id: \"{ada}\") {{ blogPosts(limit: 1) {{ id title }} }} }}")).await;
    let post = &post["user"]["blogPosts"][0];
    let query = "mutation($post: ID!, $ada: ID!, $lena: ID!) {
        to_lena: updateBlogPost(input: { id: $post, authorId: $lena }) { blogPost { author { username blogPosts(limit: 1) { id } } } }
        tagged: updateBlogPost(input: { id: $post, tags: { set: [{ name: \"sqlite\" }] } }) {
          blogPost { tags { name posts(limit: 1) { id } } author { username } } }
        renamed: updateUser(input: { id: $lena, username: \"lena\" }) { user { blogPosts(limit: 1) { author { username } } } }
        back: updateBlogPost(input: { id: $post, authorId: $ada }) { blogPost { version author { username blogPosts(limit: 1) { id } } } } }";
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

async fn absent_stays_and_null_clears(server: Server) {
    let server = server.with_demo().await;
    let profile = server
        .data("{ profiles(where: { displayName: { eq: \"Ada Moreno\" } }) { id bio updatedAt version } }")
        .await;
    let before = &profile["profiles"][0];
    assert!(before["bio"].is_string());
    let body = "profile { displayName bio updatedAt version createdAt }";
    let after = done(&server, "updateProfile", json!({ "id": before["id"], "bio": null }), body).await;
    assert_eq!(
        (&after["profile"]["displayName"], &after["profile"]["bio"]),
        (&json!("Ada Moreno"), &json!(null))
    );
    assert_eq!(after["profile"]["version"], json!(before["version"].as_i64().unwrap() + 1));
    assert!(after["profile"]["updatedAt"].as_str() > before["updatedAt"].as_str());
    // What is the same is no change.
    let same = done(
        &server,
        "updateProfile",
        json!({ "id": before["id"], "bio": null, "displayName": "Ada Moreno" }),
        body,
    )
    .await;
    assert_eq!(same["profile"], after["profile"]);
    let same = done(&server, "updateProfile", json!({ "id": before["id"] }), body).await;
    assert_eq!(same["profile"], after["profile"]);
}

async fn the_tags_of_a_post_are_ordered(server: Server) {
    let server = server.with_demo().await;
    let ada = id(&server, "user(username: \"ada-moreno\")").await;
    let tags = json!({ "connect": [{ "name": "sqlite" }, { "name": "sql" }] });
    let input = json!({ "title": "t", "content": "", "authorId": ada, "tags": tags });
    let body = "blogPost { id version tags { name } tagsConnection { edges { position addedAt } } }";
    let post = done(&server, "createBlogPost", input, body).await["blogPost"].clone();
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
        let after = done(&server, field, input, body).await["blogPost"].clone();
        assert_eq!(names(&after).join(" "), expected, "{change}");
        version += 1;
        assert_eq!(after["version"], version, "a change of the list is a change of the post");
        let edges = after["tagsConnection"]["edges"].as_array().unwrap();
        assert!(edges.iter().enumerate().all(|(nth, edge)| edge["position"] == nth), "{edges:?}");
        let sql = names(&after).iter().position(|name| name == "sql").unwrap();
        assert_eq!(edges[sql]["addedAt"], added, "what stays keeps its own columns");
    }
    let empty = json!({ "id": post["id"], "tags": { "set": [] } });
    assert_eq!(names(&done(&server, "updateBlogPost", empty, body).await["blogPost"]).len(), 0);
}

async fn a_version_that_is_not_the_expected_one_is_a_conflict(server: Server) {
    let server = server.with_demo().await;
    let tag = id(&server, "tag(name: \"sql\")").await;
    let renamed = done(
        &server,
        "updateTag",
        json!({ "id": tag, "name": "SQL", "expectedVersion": 1 }),
        "tag { name version }",
    )
    .await;
    assert_eq!(renamed["tag"], json!({ "name": "SQL", "version": 2 }));
    let late = run(
        &server,
        "updateTag",
        json!({ "id": tag, "name": "sequel", "expectedVersion": 1 }),
        "tag { name version }",
    )
    .await;
    assert_eq!(late["tag"], json!({ "name": "SQL", "version": 2 }), "the current one");
    assert_eq!(
        late["userErrors"],
        json!([{ "code": "CONFLICT", "field": ["input", "expectedVersion"], "message": "the tag has version 2 by now, not 1" }])
    );
    let late =
        run(&server, "deleteTag", json!({ "id": tag, "expectedVersion": 1 }), "tag { name } deletedId").await;
    assert_eq!((&late["tag"]["name"], &late["deletedId"]), (&json!("SQL"), &json!(null)));
    let gone =
        done(&server, "deleteTag", json!({ "id": tag, "expectedVersion": 2 }), "tag { name } deletedId")
            .await;
    assert_eq!(gone, json!({ "tag": null, "deletedId": tag, "userErrors": [] }));
}

async fn what_can_be_mended_is_said_with_its_place(server: Server) {
    let server = server.with_demo().await;
    let (ada, sql) =
        (id(&server, "user(username: \"ada-moreno\")").await, id(&server, "tag(name: \"sql\")").await);
    let post = server.data("{ blogPosts(limit: 1) { id } }").await["blogPosts"][0]["id"].clone();
    let unknown = "01890a5d-ac96-774b-bcce-b302099a8057";
    let many: Vec<Value> = (0..101).map(|nth| json!({ "name": format!("t{nth}") })).collect();
    let before = server
        .data("{ users { id version } blogPosts { id version tags { name } } tags { id } profiles { id } }")
        .await;
    for (field, input, code, place, words) in [
        ("createUser", json!({ "username": "ada-moreno" }), "TAKEN", "input.username", "another user"),
        ("createUser", json!({ "username": "" }), "REQUIRED", "input.username", "empty"),
        ("createUser", json!({ "username": " \t" }), "REQUIRED", "input.username", "empty"),
        (
            "createUser",
            json!({ "username": "x".repeat(201) }),
            "TOO_LONG",
            "input.username",
            "200 characters at most, not 201",
        ),
        ("createUser", json!({ "username": "a\u{0}b" }), "INVALID", "input.username", "U+0000"),
        (
            "createUser",
            json!({ "username": "u", "profile": { "displayName": "" } }),
            "REQUIRED",
            "input.profile.displayName",
            "empty",
        ),
        (
            "createUser",
            json!({ "username": "u", "blogPosts": [{ "title": "t", "content": "" }, { "title": "", "content": "" }] }),
            "REQUIRED",
            "input.blogPosts.1.title",
            "empty",
        ),
        (
            "createUser",
            json!({ "username": "u", "blogPosts": [{ "title": "t", "content": "", "publishedAt": "soon" }] }),
            "INVALID",
            "input.blogPosts.0.publishedAt",
            "date",
        ),
        (
            "createUser",
            json!({ "username": "u", "blogPosts": [{ "title": "t", "content": "", "tags": { "create": [{ "name": "sql" }] } }] }),
            "TAKEN",
            "input.blogPosts.0.tags.create.0.name",
            "another tag",
        ),
        (
            "createUser",
            json!({ "username": "u", "blogPosts": [{ "title": "t", "content": "", "tags": { "create": [{ "name": "n" }, { "name": "n" }] } }] }),
            "DUPLICATE",
            "input.blogPosts.0.tags.create.1.name",
            "twice",
        ),
        (
            "createProfile",
            json!({ "userId": ada }),
            "TAKEN",
            "input.userId",
            "this user has a profile already",
        ),
        ("createProfile", json!({ "userId": unknown }), "NOT_FOUND", "input.userId", "no user"),
        ("createProfile", json!({ "userId": sql }), "NOT_FOUND", "input.userId", "no user"),
        ("createProfile", json!({ "userId": "7" }), "INVALID", "input.userId", "UUID"),
        (
            "createBlogPost",
            json!({ "title": "t", "content": "", "authorId": unknown }),
            "NOT_FOUND",
            "input.authorId",
            "no user",
        ),
        (
            "createBlogPost",
            json!({ "title": "t", "content": "", "authorId": ada, "tags": { "connect": [{ "name": "SQL" }] } }),
            "NOT_FOUND",
            "input.tags.connect.0.name",
            "no tag with this name",
        ),
        (
            "createBlogPost",
            json!({ "title": "t", "content": "", "authorId": ada, "tags": { "set": [{ "id": sql }, { "name": "sql" }] } }),
            "DUPLICATE",
            "input.tags.set.1.name",
            "twice",
        ),
        (
            "createBlogPost",
            json!({ "title": "t", "content": "", "authorId": ada, "tags": { "create": many } }),
            "TOO_MANY",
            "input.tags.create",
            "100 items at most, not 101",
        ),
        ("createTag", json!({ "name": "sql" }), "TAKEN", "input.name", "another tag"),
        ("updateTag", json!({ "id": sql, "name": "sqlite" }), "TAKEN", "input.name", "another tag"),
        ("updateTag", json!({ "id": sql, "name": null }), "REQUIRED", "input.name", "null"),
        ("updateTag", json!({ "id": unknown, "name": "n" }), "NOT_FOUND", "input.id", "no tag"),
        ("updateTag", json!({ "id": ada, "name": "n" }), "NOT_FOUND", "input.id", "no tag"),
        (
            "updateUser",
            json!({ "id": ada, "username": "lena-fischer" }),
            "TAKEN",
            "input.username",
            "another user",
        ),
        (
            "updateBlogPost",
            json!({ "id": post, "authorId": unknown }),
            "NOT_FOUND",
            "input.authorId",
            "no user",
        ),
        ("updateBlogPost", json!({ "id": post, "authorId": null }), "REQUIRED", "input.authorId", "null"),
        (
            "updateBlogPost",
            json!({ "id": post, "tags": { "disconnect": [{ "id": unknown }] } }),
            "NOT_FOUND",
            "input.tags.disconnect.0.id",
            "no tag with this id",
        ),
        (
            "updateBlogPost",
            json!({ "id": post, "tags": { "connect": [{ "id": "x" }] } }),
            "INVALID",
            "input.tags.connect.0.id",
            "UUID",
        ),
        (
            "moveBlogPostTag",
            json!({ "id": post, "tag": { "name": "sqlite" }, "position": 0 }),
            "NOT_FOUND",
            "input.tag.name",
            "not in the list",
        ),
        (
            "moveBlogPostTag",
            json!({ "id": post, "tag": { "name": "performance" }, "position": -1 }),
            "INVALID",
            "input.position",
            "place",
        ),
        ("deleteUser", json!({ "id": unknown }), "NOT_FOUND", "input.id", "no user"),
        ("upsertTag", json!({ "name": "" }), "REQUIRED", "input.name", "empty"),
        ("upsertTags", json!([{ "name": "a" }, { "name": "a" }]), "DUPLICATE", "inputs.1.name", "twice"),
        ("deleteTags", json!([{ "id": sql }, { "id": sql }]), "DUPLICATE", "inputs.1.id", "twice"),
        (
            "createTags",
            json!((0..1001).map(|nth| json!({ "name": format!("t{nth}") })).collect::<Vec<_>>()),
            "TOO_MANY",
            "inputs",
            "1000 items at most, not 1001",
        ),
    ] {
        let payload = run(&server, field, input.clone(), "__typename").await;
        let errors = payload["userErrors"].as_array().unwrap();
        assert_eq!(errors.len(), 1, "{field} {input}: {payload}");
        let path: Vec<&str> =
            errors[0]["field"].as_array().unwrap().iter().map(|step| step.as_str().unwrap()).collect();
        assert_eq!((&errors[0]["code"], path.join(".")), (&json!(code), place.to_owned()), "{field} {input}");
        assert!(errors[0]["message"].as_str().unwrap().contains(words), "{field}: {payload}");
    }
    let after = server
        .data("{ users { id version } blogPosts { id version tags { name } } tags { id } profiles { id } }")
        .await;
    assert_eq!(before, after, "nothing was written");
    // All mistakes of one kind of check are said at once.
    let input = json!({ "username": "", "profile": { "bio": "a\u{0}" }, "blogPosts": [{ "title": "", "content": "" }] });
    assert_eq!(
        run(&server, "createUser", input, "__typename").await["userErrors"].as_array().unwrap().len(),
        3
    );
}

async fn deletes_take_what_is_theirs_and_nothing_else(server: Server) {
    let server = server.with_demo().await;
    let ada = id(&server, "user(username: \"ada-moreno\")").await;
    done(&server, "deleteUser", json!({ "id": ada }), "deletedId").await;
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
    let sql = id(&server, "tag(name: \"sql\")").await;
    done(&server, "deleteTag", json!({ "id": sql }), "deletedId").await;
    assert_eq!(
        server.data("{ blogPosts { id } }").await["blogPosts"].as_array().unwrap().len(),
        6,
        "posts stay"
    );
}

async fn a_thousand_rows_take_a_bounded_number_of_statements(server: Server) {
    let server = server.with_demo().await;
    let ada = id(&server, "user(username: \"ada-moreno\")").await;
    let counts = async |field: &str, inputs: Vec<Value>, body: &str| {
        server.take_statements();
        let payload = done(&server, field, json!(inputs), body).await;
        (payload, server.take_statements().len())
    };
    let tags = (0..1000).map(|nth| json!({ "name": format!("tag {nth}") })).collect();
    let (payload, statements) = counts("createTags", tags, "tags { id name }").await;
    assert_eq!(payload["tags"].as_array().unwrap().len(), 1000);
    assert_eq!(payload["tags"][999]["name"], "tag 999");
    // Whether the names are taken, the rows, those who subscribed (on PostgreSQL), and the tags of the payload.
    assert_eq!(statements, if server.is_postgres() { 4 } else { 3 });
    let post = |nth: usize| {
        json!({ "title": format!("post {nth}"), "content": "", "authorId": ada,
        "tags": { "connect": [{ "name": format!("tag {nth}") }, { "name": "sql" }] } })
    };
    let (payload, statements) =
        counts("createBlogPosts", (0..1000).map(post).collect(), "blogPosts { id }").await;
    assert!(statements <= 9, "{statements}");
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

async fn one_mistake_among_many_writes_nothing(server: Server) {
    let server = server.with_demo().await;
    let before = server.data("{ tags { name } }").await;
    let payload = run(
        &server,
        "createTags",
        json!([{ "name": "first" }, { "name": "sql" }, { "name": "third" }]),
        "tags { name }",
    )
    .await;
    assert_eq!(payload["tags"], json!([]));
    assert_eq!(payload["userErrors"][0]["field"], json!(["inputs", "1", "name"]));
    assert_eq!(server.data("{ tags { name } }").await, before);
    // Several fields are several transactions, in order.
    let query = "mutation { a: createTag(input: { name: \"a\" }) { tag { name } } b: createTag(input: { name: \"a\" }) { userErrors { code } }
        c: upsertTag(input: { name: \"a\" }) { tag { name } userErrors { code } } }";
    let data = server.data(query).await;
    assert_eq!(data["b"]["userErrors"], json!([{ "code": "TAKEN" }]));
    assert_eq!((&data["a"]["tag"], &data["c"]["tag"]), (&json!({ "name": "a" }), &json!({ "name": "a" })));
}

async fn text_is_kept_as_it_was_sent(server: Server) {
    for name in
        ["🎉 party", "e\u{301}", "é", "  spaces  ", "a'b\"c\\d", "%_", "\u{202e}right to left", "line\nbreak"]
    {
        let tag = done(&server, "createTag", json!({ "name": name }), "tag { name }").await;
        assert_eq!(tag["tag"]["name"], name);
        let found =
            server.post("query($n: String!) { tag(name: $n) { name } }", json!({ "n": name })).await.json();
        assert_eq!(found["data"]["tag"]["name"], name);
    }
}

/// As when another transaction came between the check and the write: every constraint that the tables have, broken
/// by SQL, and what it is to a caller.
async fn each_constraint_is_a_mistake_with_its_place(server: Server) {
    let server = server.with_demo().await;
    let unknown = if server.is_postgres() { "gen_random_uuid()" } else { "randomblob(16)" };
    let copy = |table: &str, columns: &str, values: &str| {
        format!(
            "INSERT INTO {table} (id, {columns}, created_at, updated_at) SELECT {unknown}, {values}, created_at, updated_at FROM {table} LIMIT 1"
        )
    };
    for (sql, constraint, mistake) in [
        (copy("users", "username", "username"), "users_username_key", Some(("Taken", "username"))),
        (copy("tags", "name", "name"), "tags_name_key", Some(("Taken", "name"))),
        (copy("profiles", "user_id", "user_id"), "profiles_user_id_key", Some(("Taken", "userId"))),
        (
            format!("UPDATE profiles SET user_id = {unknown}"),
            "profiles_user_id_fkey",
            Some(("NotFound", "userId")),
        ),
        (
            format!("UPDATE blog_posts SET user_id = {unknown}"),
            "blog_posts_user_id_fkey",
            Some(("NotFound", "authorId")),
        ),
        (
            format!("UPDATE post_tags SET tag_id = {unknown}"),
            "post_tags_tag_id_fkey",
            Some(("NotFound", "tags")),
        ),
        (
            format!("UPDATE post_tags SET post_id = {unknown}"),
            "post_tags_post_id_fkey",
            Some(("NotFound", "tags")),
        ),
        (
            "INSERT INTO post_tags SELECT * FROM post_tags".into(),
            "post_tags_pkey",
            Some(("Duplicate", "tags")),
        ),
        ("UPDATE tags SET id = (SELECT id FROM tags ORDER BY id LIMIT 1)".into(), "tags_pkey", None),
    ] {
        let mut tx = server.db.begin().await.unwrap();
        let Err(DbError::Violation { constraint: found, .. }) = tx.run(diesel::sql_query(&sql)).await else {
            panic!("{sql}")
        };
        // SQLite has no names for foreign keys, which it never breaks: its one writer has checked them. And it calls a
        // primary key a unique one.
        let on_sqlite = match constraint {
            "post_tags_pkey" => "post_tags_post_id_tag_id_key",
            "tags_pkey" => "tags_id_key",
            name if name.ends_with("_fkey") => "",
            name => name,
        };
        assert_eq!(found, if server.is_postgres() { constraint } else { on_sqlite }, "{sql}");
        let error = mutation::of_constraint(&entities::shapes(), &found, "input");
        let told = error
            .as_ref()
            .map(|error| (format!("{:?}", error.code), error.field.clone().unwrap()[1].clone()));
        let expected =
            mistake.filter(|_| !found.is_empty()).map(|(code, field)| (code.to_owned(), field.to_owned()));
        assert_eq!(told, expected, "{found}");
    }
}
