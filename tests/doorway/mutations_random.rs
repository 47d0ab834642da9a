//! A random sequence of mutations, compared with a simple model in memory. After each step, a query reads every
//! relationship from both sides.

mod model;

use crate::support::Server;
use fastrand::Rng;
use model::{Model, Post, STATE, Tag, User};
use serde_json::{Value, json};

on_both_databases!(random_mutations_keep_both_sides_in_sync);

fn pick<'a, T>(rng: &mut Rng, from: &'a [T]) -> Option<&'a T> {
    if from.is_empty() { None } else { Some(&from[rng.usize(..from.len())]) }
}

/// Some of the tags: references by id or by name, and the ids.
fn references(rng: &mut Rng, tags: &[Tag], most: usize) -> (Vec<Value>, Vec<String>) {
    let mut order: Vec<&Tag> = tags.iter().collect();
    rng.shuffle(&mut order);
    order.truncate(rng.usize(0..=most));
    let reference =
        |tag: &&Tag| if rng.bool() { json!({ "id": tag.id }) } else { json!({ "name": tag.name }) };
    (order.iter().map(reference).collect(), order.iter().map(|tag| tag.id.clone()).collect())
}

/// Runs a mutation field, applies it to the model with `then`, and compares the whole state.
async fn step(
    server: &Server,
    field: &str,
    ty: &str,
    input: &Value,
    body: &str,
    model: &mut Model,
    then: impl FnOnce(&mut Model, &Value),
) {
    let query = format!(
        "mutation($in: {ty}!) {{ it: {field}(input: $in) {{ {body} userErrors {{ code message }} }} }}"
    );
    let answer = server.post(&query, json!({ "in": input })).await.json();
    let payload = &answer["data"]["it"];
    assert_eq!(payload["userErrors"], json!([]), "{field} {input}: {answer}");
    then(model, payload);
    assert_eq!(server.data(&format!("{{ {STATE} }}")).await, model.state(), "after {field} {input}");
}

async fn random_mutations_keep_both_sides_in_sync(server: Server) {
    let server = server.with_any_cost();
    let mut rng = Rng::with_seed(20_261_123);
    let mut model = Model::default();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut done = [0; 12];
    for nth in 0..260 {
        let kind = if model.users.is_empty() { 0 } else { rng.usize(0..12) };
        let user = pick(&mut rng, &model.users).map(|user| user.id.clone()).unwrap_or_default();
        let post = pick(&mut rng, &model.posts).map(|post| post.id.clone());
        let tag = pick(&mut rng, &model.tags).map(|tag| tag.id.clone());
        let name = format!("n{nth}");
        done[kind] += 1;
        match (kind, post, tag) {
            (0, ..) => {
                let (sent, connected) = references(&mut rng, &model.tags, 2);
                let input = json!({ "username": name, "profile": { "bio": name }, "blogPosts": [
                    { "title": "first", "content": "", "tags": { "connect": sent, "create": [{ "name": name }] } },
                    { "title": "second", "content": "" } ] });
                let body =
                    "user { id profile { id } blogPosts(orderBy: { title: ASC }) { id tags { id name } } }";
                step(&server, "createUser", "CreateUserInput", &input, body, &mut model, |model, payload| {
                    let user = &payload["user"];
                    let (first, second) = (&user["blogPosts"][0], &user["blogPosts"][1]);
                    let new = first["tags"].as_array().unwrap().last().unwrap();
                    model.tags.push(Tag { id: text(&new["id"]), name: name.clone() });
                    let id = text(&user["id"]);
                    let mut tags = connected;
                    tags.push(text(&new["id"]));
                    for (post, title, tags) in [(first, "first", tags), (second, "second", Vec::new())] {
                        model.posts.push(Post {
                            id: text(&post["id"]),
                            title: title.into(),
                            author: id.clone(),
                            tags,
                            version: 1,
                        });
                    }
                    let profile = Some((text(&user["profile"]["id"]), Some(name.clone())));
                    model.users.push(User { id, name, profile });
                })
                .await;
            }
            (1, ..) => {
                let input = json!({ "id": user, "username": name });
                step(&server, "updateUser", "UpdateUserInput", &input, "", &mut model, |model, _| {
                    model.users.iter_mut().find(|one| one.id == user).unwrap().name = name;
                })
                .await;
            }
            (2, ..) if model.users.len() > 3 => {
                step(
                    &server,
                    "deleteUser",
                    "DeleteUserInput",
                    &json!({ "id": user }),
                    "deletedId",
                    &mut model,
                    |model, _| {
                        model.users.retain(|one| one.id != user);
                        model.posts.retain(|post| post.author != user);
                    },
                )
                .await;
            }
            (3, ..) => {
                let owner = model.users.iter().find(|one| one.id == user).unwrap();
                match owner.profile.clone() {
                    Some((id, _)) if rng.bool() => {
                        step(
                            &server,
                            "deleteProfile",
                            "DeleteProfileInput",
                            &json!({ "id": id }),
                            "deletedId",
                            &mut model,
                            |model, _| {
                                model.users.iter_mut().find(|one| one.id == user).unwrap().profile = None;
                            },
                        )
                        .await;
                    }
                    Some((id, _)) => {
                        step(
                            &server,
                            "updateProfile",
                            "UpdateProfileInput",
                            &json!({ "id": id, "bio": null }),
                            "",
                            &mut model,
                            |model, _| {
                                model.users.iter_mut().find(|one| one.id == user).unwrap().profile =
                                    Some((id, None));
                            },
                        )
                        .await;
                    }
                    None => {
                        let input = json!({ "userId": user, "bio": name });
                        step(
                            &server,
                            "createProfile",
                            "CreateProfileInput",
                            &input,
                            "profile { id }",
                            &mut model,
                            |model, payload| {
                                let profile = Some((text(&payload["profile"]["id"]), Some(name)));
                                model.users.iter_mut().find(|one| one.id == user).unwrap().profile = profile;
                            },
                        )
                        .await;
                    }
                }
            }
            (4, ..) => {
                let (sent, tags) = references(&mut rng, &model.tags, 4);
                let input =
                    json!({ "title": name, "content": "", "authorId": user, "tags": { "set": sent } });
                step(
                    &server,
                    "createBlogPost",
                    "CreateBlogPostInput",
                    &input,
                    "blogPost { id }",
                    &mut model,
                    |model, payload| {
                        model.posts.push(Post {
                            id: text(&payload["blogPost"]["id"]),
                            title: name,
                            author: user,
                            tags,
                            version: 1,
                        });
                    },
                )
                .await;
            }
            (5, Some(post), _) => {
                let input = json!({ "id": post, "title": name, "authorId": user });
                step(&server, "updateBlogPost", "UpdateBlogPostInput", &input, "", &mut model, |model, _| {
                    let post = model.post(&post);
                    (post.title, post.author) = (name, user);
                    post.version += 1;
                })
                .await;
            }
            (6, Some(post), _) => {
                let (sent, set) = references(&mut rng, &model.tags, 5);
                let input = json!({ "id": post, "tags": { "set": sent } });
                step(&server, "updateBlogPost", "UpdateBlogPostInput", &input, "", &mut model, |model, _| {
                    let post = model.post(&post);
                    post.version += i32::from(post.tags != set);
                    post.tags = set;
                })
                .await;
            }
            (7, Some(post), _) => {
                let (disconnect, out) = references(&mut rng, &model.tags, 3);
                let (connect, into) = references(&mut rng, &model.tags, 3);
                let input = json!({ "id": post, "tags": { "disconnect": disconnect, "connect": connect } });
                step(&server, "updateBlogPost", "UpdateBlogPostInput", &input, "", &mut model, |model, _| {
                    let post = model.post(&post);
                    let before = post.tags.clone();
                    post.tags.retain(|tag| !out.contains(tag));
                    for tag in into {
                        if !post.tags.contains(&tag) {
                            post.tags.push(tag);
                        }
                    }
                    post.version += i32::from(post.tags != before);
                })
                .await;
            }
            (8, Some(post), _) if !model.post(&post).tags.is_empty() => {
                let tags = model.post(&post).tags.clone();
                let (moved, place) = (tags[rng.usize(..tags.len())].clone(), rng.usize(0..6));
                let input = json!({ "id": post, "tag": { "id": moved }, "position": place });
                step(
                    &server,
                    "moveBlogPostTag",
                    "MoveBlogPostTagInput",
                    &input,
                    "",
                    &mut model,
                    |model, _| {
                        let post = model.post(&post);
                        let before = post.tags.clone();
                        post.tags.retain(|tag| *tag != moved);
                        post.tags.insert(place.min(post.tags.len()), moved);
                        post.version += i32::from(post.tags != before);
                    },
                )
                .await;
            }
            (9, Some(post), _) if rng.bool() => {
                step(
                    &server,
                    "deleteBlogPost",
                    "DeleteBlogPostInput",
                    &json!({ "id": post }),
                    "deletedId",
                    &mut model,
                    |model, _| {
                        model.posts.retain(|one| one.id != post);
                    },
                )
                .await;
            }
            (10, _, Some(tag)) if rng.bool() => {
                step(
                    &server,
                    "deleteTag",
                    "DeleteTagInput",
                    &json!({ "id": tag }),
                    "deletedId",
                    &mut model,
                    |model, _| {
                        model.tags.retain(|one| one.id != tag);
                        model.posts.iter_mut().for_each(|post| post.tags.retain(|one| *one != tag));
                    },
                )
                .await;
            }
            (11, ..) => {
                let name = format!("n{}", rng.usize(0..=nth));
                step(
                    &server,
                    "upsertTag",
                    "UpsertTagInput",
                    &json!({ "name": name }),
                    "tag { id }",
                    &mut model,
                    |model, payload| {
                        let id = text(&payload["tag"]["id"]);
                        match model.tag_named(&name) {
                            Some(known) => assert_eq!(known.id, id),
                            None => model.tags.push(Tag { id, name }),
                        }
                    },
                )
                .await;
            }
            _ => {}
        }
    }
    assert!(done.iter().all(|times| *times > 5), "{done:?}");
    assert!(model.users.len() > 3 && model.posts.len() > 10 && model.tags.len() > 5);
}
