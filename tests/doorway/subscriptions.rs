//! Subscriptions over both protocols, their arguments, and invalid ones.

use crate::support::{Server, Socket, until};
use axum::{
    body::Body,
    http::{Request, header},
};
use diesel::sql_query;
use doorway::{
    blog::app,
    db::{Db, Id},
    events::{self, Event, EventKind},
    server::{self, Limits},
};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

on_both_databases!(
    events_over_a_socket_contain_their_row,
    subscriptions_work_over_server_sent_events,
    arguments_select_events,
    waiting_subscribers_hold_no_database_connection,
    a_subscription_must_have_one_field,
);

/// An event. Its row need not exist.
pub fn event(table: &'static str, kind: EventKind, id: Id, related: &[Id]) -> Event {
    Event { table: table.into(), id, kind, related: related.to_vec() }
}

pub fn new_tag() -> Event {
    event("tags", EventKind::Created, Id::new(), &[])
}

/// Runs these statements and publishes these events, in one transaction.
pub async fn write(db: &Db, statements: &[&str], events: &[Event]) {
    let mut tx = db.begin().await.unwrap();
    for sql in statements {
        assert!(tx.run(sql_query(*sql)).await.unwrap() > 0, "{sql}");
    }
    events::publish(&mut tx, events).await.unwrap();
    tx.commit().await.unwrap();
}

pub fn id_of(row: &Value) -> Id {
    row["id"].as_str().unwrap().parse().unwrap()
}

async fn tag(server: &Server, name: &str) -> Id {
    id_of(&server.data(&format!(r#"{{ tag(name: "{name}") {{ id }} }}"#)).await["tag"])
}

async fn events_over_a_socket_contain_their_row(server: Server) {
    let server = server.with_demo().await;
    let id = tag(&server, "sql").await;
    let mut socket = Socket::ready(server.listen(Limits::default()).await).await;
    socket
        .subscribe("a", "subscription { tagChanged { kind id tag { name posts { tags { name } } } } }")
        .await;
    until(|| server.db.receivers() == 1).await;

    let rename = "UPDATE tags SET name = 'structured' WHERE name = 'sql'";
    server.take_statements();
    write(&server.db, &[rename], &[event("tags", EventKind::Updated, id, &[])]).await;
    let data = socket.event("a").await;
    assert_eq!(data["tagChanged"]["kind"], "UPDATED");
    assert_eq!(data["tagChanged"]["id"], id.to_string());
    assert_eq!(data["tagChanged"]["tag"]["name"], "structured");
    assert!(data["tagChanged"]["tag"]["posts"].as_array().unwrap().len() > 1, "{data}");
    let reads =
        server.take_statements().iter().filter(|sql| sql.contains("FROM") && !sql.contains("notify")).count();
    assert_eq!(reads, 3, "one statement for each level");

    // Rows of an earlier event are not cached.
    let rename = "UPDATE tags SET name = 'relational' WHERE name = 'structured'";
    write(&server.db, &[rename], &[event("tags", EventKind::Updated, id, &[])]).await;
    assert_eq!(socket.event("a").await["tagChanged"]["tag"]["name"], "relational");

    let delete = "DELETE FROM tags WHERE name = 'relational'";
    write(&server.db, &[delete], &[event("tags", EventKind::Deleted, id, &[])]).await;
    let data = socket.event("a").await;
    assert_eq!(data["tagChanged"], json!({ "kind": "DELETED", "id": id.to_string(), "tag": null }));

    socket.send(json!({ "type": "complete", "id": "a" })).await;
    until(|| server.db.receivers() == 0).await;
}

/// A stream of server-sent events.
pub struct Events(Body, String);

impl Events {
    pub async fn of(db: &Db, request: Request<Body>) -> Events {
        let response = server::router(app(), db.clone()).oneshot(request).await.unwrap();
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
        Events(response.into_body(), String::new())
    }

    pub async fn subscribed(db: &Db, query: &str) -> Events {
        let body = json!({ "query": query }).to_string();
        let request =
            Request::post("/graphql").header(header::CONTENT_TYPE, "application/json; charset=utf-8");
        Events::of(db, request.header(header::ACCEPT, "text/event-stream").body(body.into()).unwrap()).await
    }

    /// The next event: the text up to an empty line.
    pub async fn next(&mut self) -> Option<String> {
        loop {
            if let Some((event, rest)) = self.1.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.1 = rest;
                return Some(event);
            }
            let frame = self.0.frame().await?.unwrap().into_data().unwrap();
            self.1.push_str(std::str::from_utf8(&frame).unwrap());
        }
    }
}

async fn subscriptions_work_over_server_sent_events(server: Server) {
    let server = server.with_demo().await;
    let id = tag(&server, "sql").await;
    let mut posted =
        Events::subscribed(&server.db, "subscription { tagChanged { kind tag { name } } }").await;
    let get = Request::get("/graphql?query=subscription{tagChanged{kind,tag{name}}}");
    let mut got =
        Events::of(&server.db, get.header(header::ACCEPT, "text/event-stream").body(Body::empty()).unwrap())
            .await;
    let written = async {
        until(|| server.db.receivers() == 2).await;
        write(&server.db, &[], &[event("tags", EventKind::Updated, id, &[])]).await;
    };
    let (one, other, ()) = tokio::join!(posted.next(), got.next(), written);
    let expected =
        concat!("event: next\n", r#"data: {"data":{"tagChanged":{"kind":"UPDATED","tag":{"name":"sql"}}}}"#);
    assert_eq!((one.as_deref(), other.as_deref()), (Some(expected), Some(expected)));
    drop((posted, got));
    assert_eq!(server.db.receivers(), 0);

    // Other operations, and subscriptions that are refused, give one event and end.
    let mut events = Events::subscribed(&server.db, r#"{ tag(name: "sql") { name } }"#).await;
    let next = concat!("event: next\n", r#"data: {"data":{"tag":{"name":"sql"}}}"#);
    assert_eq!(events.next().await.as_deref(), Some(next));
    assert_eq!(events.next().await.as_deref(), Some("event: complete\ndata:"));
    assert_eq!(events.next().await, None);
    let mut events = Events::subscribed(&server.db, r#"subscription { tagChanged(id: "x") { kind } }"#).await;
    assert!(events.next().await.unwrap().contains("BAD_USER_INPUT"));
    assert_eq!(events.next().await.as_deref(), Some("event: complete\ndata:"));

    // A client that also accepts JSON gets JSON, except for subscriptions.
    let both = "application/json, text/event-stream";
    let ask = |query: &str| {
        let get = Request::get(format!("/graphql?query={query}")).header(header::ACCEPT, both);
        server.send(get.body(Body::empty()).unwrap())
    };
    assert_eq!(ask("{tag(name:%22sql%22){name}}").await.content_type, "application/json; charset=utf-8");
    let refused = server.ask("subscription { tagChanged { kind } }").await;
    assert_eq!(refused["errors"][0]["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED", "{refused}");
    assert!(refused["errors"][0]["message"].as_str().unwrap().contains("text/event-stream"), "{refused}");
    let get = Request::get("/graphql?query=subscription{tagChanged{kind}}").header(header::ACCEPT, both);
    Events::of(&server.db, get.body(Body::empty()).unwrap()).await;
    // GET does not run mutations, whatever the client accepts.
    let get = Request::get("/graphql?query=mutation{nothing}").header(header::ACCEPT, "text/event-stream");
    assert_eq!(server.send(get.body(Body::empty()).unwrap()).await.status, 405);
}

async fn arguments_select_events(server: Server) {
    let [ada, ben, sql, rust, post] = std::array::from_fn(|_| Id::new());
    let mut socket = Socket::ready(server.listen(Limits::default()).await).await;
    let queries = [
        ("all", "blogPostChanged".to_owned()),
        ("author", format!(r#"blogPostChanged(authorId: "{ada}")"#)),
        ("tag", format!(r#"blogPostChanged(tagId: "{sql}")"#)),
        ("both", format!(r#"blogPostChanged(authorId: "{ada}", tagId: "{sql}")"#)),
        ("user", format!(r#"userChanged(id: "{ada}")"#)),
        ("tags", format!(r#"tagChanged(id: "{sql}")"#)),
    ];
    for (id, field) in &queries {
        socket.subscribe(id, &format!("subscription {{ it: {field} {{ kind id }} }}")).await;
    }
    until(|| server.db.receivers() == queries.len()).await;
    for (published, expected) in [
        (event("blog_posts", EventKind::Created, post, &[ada, rust]), vec!["all", "author"]),
        (
            event("blog_posts", EventKind::Updated, post, &[ada, rust, sql]),
            vec!["all", "author", "tag", "both"],
        ),
        (event("blog_posts", EventKind::Deleted, post, &[ben, sql]), vec!["all", "tag"]),
        (event("users", EventKind::Updated, ada, &[]), vec!["user"]),
        (event("users", EventKind::Updated, ben, &[]), vec![]),
        (event("tags", EventKind::Updated, sql, &[post]), vec!["tags"]),
        (event("tags", EventKind::Updated, rust, &[post]), vec![]),
    ] {
        // No subscription here receives events of profiles.
        write(&server.db, &[], &[published.clone(), event("profiles", EventKind::Created, post, &[])]).await;
        let mut received = Vec::new();
        for _ in &expected {
            let message = socket.next().await;
            assert_eq!(message["payload"]["data"]["it"]["id"], published.id.to_string(), "{message}");
            received.push(message["id"].as_str().unwrap().to_owned());
        }
        received.sort_by_key(|id| queries.iter().position(|(one, _)| one == id));
        assert_eq!(received, expected, "{published:?}");
    }
    // Nothing else has arrived: the next message is the answer to this one.
    socket.send(json!({ "type": "ping" })).await;
    assert_eq!(socket.next().await, json!({ "type": "pong" }));
    socket.subscribe("bad", r#"subscription { blogPostChanged(authorId: "ada") { kind } }"#).await;
    let message = socket.next().await;
    let error = &message["payload"][0];
    assert_eq!((&message["type"], &error["extensions"]["code"]), (&json!("error"), &json!("BAD_USER_INPUT")));
    assert!(error["message"].as_str().unwrap().starts_with("argument `authorId` must be an id"), "{message}");
    // Nothing was executed, and so it is an error of the request, which is the end of it.
    socket.send(json!({ "type": "ping" })).await;
    assert_eq!(socket.next().await, json!({ "type": "pong" }));
}

/// More subscribers than connections to PostgreSQL, and each of them reads rows.
async fn waiting_subscribers_hold_no_database_connection(server: Server) {
    let server = server.with_demo().await;
    let id = tag(&server, "sql").await;
    let mut socket = Socket::ready(server.listen(Limits::default()).await).await;
    for nth in 0..40 {
        socket
            .subscribe(&nth.to_string(), "subscription { tagChanged { tag { name posts { title } } } }")
            .await;
    }
    until(|| server.db.receivers() == 40).await;
    for _ in 0..2 {
        write(&server.db, &[], &[event("tags", EventKind::Updated, id, &[])]).await;
        for _ in 0..40 {
            let message = socket.next().await;
            assert_eq!(message["payload"]["data"]["tagChanged"]["tag"]["name"], "sql", "{message}");
        }
        let together =
            futures_util::future::join_all((0..16).map(|_| server.data("{ tags { name } }"))).await;
        assert_eq!(together.len(), 16);
    }
}

async fn a_subscription_must_have_one_field(server: Server) {
    let mut socket = Socket::ready(server.listen(Limits::default()).await).await;
    for query in [
        "subscription { tagChanged { id } userChanged { id } }",
        "subscription { ...F ...G } fragment F on Subscription { tagChanged { id } } fragment G on Subscription { a: tagChanged { id } }",
        "subscription { __typename }",
        "subscription { tagChanged @skip(if: true) { id } }",
        "subscription { ... on Query { tagChanged { id } } }",
        "subscription { ...F } fragment F on Subscription { ...F }",
        "subscription { ...F }",
        "subscription { nothing { id } }",
        "subscription { tagChanged { nothing } }",
    ] {
        socket.subscribe("bad", query).await;
        let message = socket.next().await;
        assert_eq!(
            (&message["type"], &message["id"]),
            (&json!("error"), &json!("bad")),
            "{query}: {message}"
        );
        assert_eq!(
            message["payload"][0]["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED",
            "{query}: {message}"
        );
    }
    socket.subscribe("bad", "subscription {").await;
    assert_eq!(socket.next().await["payload"][0]["extensions"]["code"], "GRAPHQL_PARSE_FAILED");
    let fragments = "subscription { ... { ...F } } fragment F on Subscription { tagChanged { ...T } } \
                     fragment T on TagEvent { kind }";
    socket.subscribe("good", fragments).await;
    until(|| server.db.receivers() == 1).await;
    write(&server.db, &[], &[new_tag()]).await;
    assert_eq!(socket.event("good").await, json!({ "tagChanged": { "kind": "CREATED" } }));
}
