//! Mutations that are refused.

use crate::{
    mutations::{run, succeed},
    support::Server,
};
use doorway::{blog as entities, db::DbError, mutation};
use serde_json::{Value, json};

on_both_databases!(
    an_unexpected_version_is_a_conflict,
    user_errors_name_the_input_field,
    one_mistake_in_a_list_writes_nothing,
    every_constraint_becomes_a_user_error,
);

async fn an_unexpected_version_is_a_conflict(server: Server) {
    let server = server.with_demo().await;
    let tag = server.id(r#"tag(name: "sql")"#).await;
    let renamed = succeed(
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
    assert_eq!(late["tag"], json!({ "name": "SQL", "version": 2 }), "the row as it is now");
    assert_eq!(
        late["userErrors"],
        json!([{ "code": "CONFLICT", "field": ["input", "expectedVersion"], "message": "the tag has version 2 by now, not 1" }])
    );
    let late =
        run(&server, "deleteTag", json!({ "id": tag, "expectedVersion": 1 }), "tag { name } deletedId").await;
    assert_eq!((&late["tag"]["name"], &late["deletedId"]), (&json!("SQL"), &json!(null)));
    let gone =
        succeed(&server, "deleteTag", json!({ "id": tag, "expectedVersion": 2 }), "tag { name } deletedId")
            .await;
    assert_eq!(gone, json!({ "tag": null, "deletedId": tag, "userErrors": [] }));
}

async fn user_errors_name_the_input_field(server: Server) {
    let server = server.with_demo().await;
    let (ada, sql) =
        (server.id(r#"user(username: "ada-moreno")"#).await, server.id(r#"tag(name: "sql")"#).await);
    let post = server.data("{ blogPosts(limit: 1) { id } }").await["blogPosts"][0]["id"].clone();
    let unknown = "01890a5d-ac96-774b-bcce-b302099a8057";
    let many: Vec<Value> = (0..101).map(|nth| json!({ "name": format!("t{nth}") })).collect();
    let before = server
        .data("{ users { id version } blogPosts { id version tags { name } } tags { id } profiles { id } }")
        .await;
    for (field, input, code, path, words) in [
        ("createUser", json!({ "username": "ada-moreno" }), "TAKEN", "input.username", "another user"),
        ("createUser", json!({ "username": "" }), "REQUIRED", "input.username", "empty"),
        ("createUser", json!({ "username": " \t" }), "REQUIRED", "input.username", "empty"),
        (
            "createUser",
            json!({ "username": "x".repeat(201) }),
            "TOO_LONG",
            "input.username",
            "up to 200 characters, not 201",
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
            "this user already has a profile",
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
            "up to 100 items, not 101",
        ),
        (
            "createBlogPost",
            json!({ "title": "t", "content": "", "authorId": ada, "tags": { "connect": [{ "id": sql }, { "name": "sqlite" }, { "name": "sql" }] } }),
            "DUPLICATE",
            "input.tags.connect.2.name",
            "twice",
        ),
        (
            "createBlogPost",
            json!({ "title": "t", "content": "", "authorId": ada, "tags": { "connect": [{ "name": "sql" }], "create": &many[..100] } }),
            "TOO_MANY",
            "input.tags",
            "up to 100 items, not 101",
        ),
        // What the mutation itself creates is not there yet.
        (
            "createBlogPosts",
            json!([
                { "title": "t", "content": "", "authorId": ada, "tags": { "create": [{ "name": "own" }] } },
                { "title": "t", "content": "", "authorId": ada, "tags": { "connect": [{ "name": "own" }] } },
            ]),
            "NOT_FOUND",
            "inputs.1.tags.connect.0.name",
            "no tag with this name",
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
            "position",
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
            "up to 1000 items, not 1001",
        ),
    ] {
        let payload = run(&server, field, input.clone(), "__typename").await;
        let errors = payload["userErrors"].as_array().unwrap();
        assert_eq!(errors.len(), 1, "{field} {input}: {payload}");
        let found: Vec<&str> =
            errors[0]["field"].as_array().unwrap().iter().map(|step| step.as_str().unwrap()).collect();
        assert_eq!((&errors[0]["code"], found.join(".")), (&json!(code), path.to_owned()), "{field} {input}");
        assert!(errors[0]["message"].as_str().unwrap().contains(words), "{field}: {payload}");
    }
    let after = server
        .data("{ users { id version } blogPosts { id version tags { name } } tags { id } profiles { id } }")
        .await;
    assert_eq!(before, after, "nothing was written");
    // All mistakes that one kind of check finds are reported together.
    let input = json!({ "username": "", "profile": { "bio": "a\u{0}" }, "blogPosts": [{ "title": "", "content": "" }] });
    assert_eq!(
        run(&server, "createUser", input, "__typename").await["userErrors"].as_array().unwrap().len(),
        3
    );
}

async fn one_mistake_in_a_list_writes_nothing(server: Server) {
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
    // Each field is a transaction of its own, and they run in order.
    let query = r#"mutation { a: createTag(input: { name: "a" }) { tag { name } } b: createTag(input: { name: "a" }) { userErrors { code } }
        c: upsertTag(input: { name: "a" }) { tag { name } userErrors { code } } }"#;
    let data = server.data(query).await;
    assert_eq!(data["b"]["userErrors"], json!([{ "code": "TAKEN" }]));
    assert_eq!((&data["a"]["tag"], &data["c"]["tag"]), (&json!({ "name": "a" }), &json!({ "name": "a" })));
}

/// Another transaction may write between a mutation's check and its write. Then a constraint fails. This test
/// violates every constraint with SQL, and looks at the user error.
async fn every_constraint_becomes_a_user_error(server: Server) {
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
        // SQLite reports a primary key as a unique one, and foreign keys without a name. No mutation violates those
        // on SQLite: there is only one writer, and it has checked them.
        let on_sqlite = match constraint {
            "post_tags_pkey" => "post_tags_post_id_tag_id_key",
            "tags_pkey" => "tags_id_key",
            name if name.ends_with("_fkey") => "",
            name => name,
        };
        assert_eq!(found, if server.is_postgres() { constraint } else { on_sqlite }, "{sql}");
        let error = mutation::of_constraint(&entities::shapes(), &found, "input");
        let found_error =
            error.first().map(|error| (format!("{:?}", error.code), error.field.clone().unwrap()[1].clone()));
        let expected =
            mistake.filter(|_| !found.is_empty()).map(|(code, field)| (code.to_owned(), field.to_owned()));
        assert_eq!(found_error, expected, "{found}");
    }
}
