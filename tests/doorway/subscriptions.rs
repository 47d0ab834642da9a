//! Events: who hears of what, in which order, and what happens when somebody cannot.

use crate::support::{Server, Socket, until};
use axum::{
    body::Body,
    http::{Request, header},
};
use diesel::sql_query;
use doorway::{
    db::{Db, Id, Notice},
    events::{self, Event, EventKind},
    server::{self, Limits},
};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

on_both_databases!(
    events_come_over_a_socket_with_their_row,
    events_come_as_server_sent_events,
    a_filter_passes_what_it_names,
    what_is_rolled_back_is_not_told,
    events_come_in_the_order_of_the_commits,
    two_hundred_hear_all_and_leave_nothing,
    who_is_too_slow_is_ended_and_others_go_on,
    a_waiting_subscriber_holds_no_connection,
    a_subscription_has_one_field,
    an_event_with_many_rows_is_one,
    too_many_events_are_a_resynchronisation,
);

/// An event about a row that need not exist.
fn event(table: &'static str, kind: EventKind, id: Id, related: &[Id]) -> Event {
    Event { table: table.into(), id, kind, related: related.to_vec() }
}

fn new_tag() -> Event {
    event("tags", EventKind::Created, Id::new(), &[])
}

/// Runs these statements and tells of these events, in one transaction.
async fn write(db: &Db, statements: &[&str], told: &[Event]) {
    let mut tx = db.begin().await.unwrap();
    for sql in statements {
        assert!(tx.run(sql_query(*sql)).await.unwrap() > 0, "{sql}");
    }
    events::tell(&mut tx, told).await.unwrap();
    tx.commit().await.unwrap();
}

fn id_of(row: &Value) -> Id {
    row["id"].as_str().unwrap().parse().unwrap()
}

async fn tag(server: &Server, name: &str) -> Id {
    id_of(&server.data(&format!("{{ tag(name: \"{name}\") {{ id }} }}")).await["tag"])
}

async fn events_come_over_a_socket_with_their_row(server: Server) {
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
    let told = socket.event("a").await;
    assert_eq!(told["tagChanged"]["kind"], "UPDATED");
    assert_eq!(told["tagChanged"]["id"], id.to_string());
    assert_eq!(told["tagChanged"]["tag"]["name"], "structured");
    assert!(told["tagChanged"]["tag"]["posts"].as_array().unwrap().len() > 1, "{told}");
    let reads =
        server.take_statements().iter().filter(|sql| sql.contains("FROM") && !sql.contains("notify")).count();
    assert_eq!(reads, 3, "one statement for each level");

    // Nothing of the event before is remembered.
    let rename = "UPDATE tags SET name = 'relational' WHERE name = 'structured'";
    write(&server.db, &[rename], &[event("tags", EventKind::Updated, id, &[])]).await;
    assert_eq!(socket.event("a").await["tagChanged"]["tag"]["name"], "relational");

    let delete = "DELETE FROM tags WHERE name = 'relational'";
    write(&server.db, &[delete], &[event("tags", EventKind::Deleted, id, &[])]).await;
    let told = socket.event("a").await;
    assert_eq!(told["tagChanged"], json!({ "kind": "DELETED", "id": id.to_string(), "tag": null }));

    socket.send(json!({ "type": "complete", "id": "a" })).await;
    until(|| server.db.receivers() == 0).await;
}

/// What comes of a stream of server-sent events.
struct Events(Body, String);

impl Events {
    async fn of(db: &Db, request: Request<Body>) -> Events {
        let response = server::router(db.clone()).oneshot(request).await.unwrap();
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
        Events(response.into_body(), String::new())
    }

    async fn subscribed(db: &Db, query: &str) -> Events {
        let body = json!({ "query": query }).to_string();
        let request =
            Request::post("/graphql").header(header::CONTENT_TYPE, "application/json; charset=utf-8");
        Events::of(db, request.header(header::ACCEPT, "text/event-stream").body(body.into()).unwrap()).await
    }

    /// The text up to the next empty line.
    async fn next(&mut self) -> Option<String> {
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

async fn events_come_as_server_sent_events(server: Server) {
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
        "event: next\ndata: {\"data\":{\"tagChanged\":{\"kind\":\"UPDATED\",\"tag\":{\"name\":\"sql\"}}}}";
    assert_eq!((one.as_deref(), other.as_deref()), (Some(expected), Some(expected)));
    drop((posted, got));
    assert_eq!(server.db.receivers(), 0);

    // An operation that is no subscription is one event and the end; so is one that is refused.
    let mut events = Events::subscribed(&server.db, "{ tag(name: \"sql\") { name } }").await;
    let next = "event: next\ndata: {\"data\":{\"tag\":{\"name\":\"sql\"}}}";
    assert_eq!(events.next().await.as_deref(), Some(next));
    assert_eq!(events.next().await.as_deref(), Some("event: complete\ndata:"));
    assert_eq!(events.next().await, None);
    let mut events = Events::subscribed(&server.db, "subscription { tagChanged(id: \"x\") { kind } }").await;
    assert!(events.next().await.unwrap().contains("BAD_USER_INPUT"));
    assert_eq!(events.next().await.as_deref(), Some("event: complete\ndata:"));

    // Who takes JSON as well gets it, but for subscriptions.
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
    // What changes something is not for GET, whatever is accepted.
    let get = Request::get("/graphql?query=mutation{nothing}").header(header::ACCEPT, "text/event-stream");
    assert_eq!(server.send(get.body(Body::empty()).unwrap()).await.status, 405);
}

async fn a_filter_passes_what_it_names(server: Server) {
    let [ada, ben, sql, rust, post] = std::array::from_fn(|_| Id::new());
    let mut socket = Socket::ready(server.listen(Limits::default()).await).await;
    let queries = [
        ("all", "blogPostChanged".to_owned()),
        ("author", format!("blogPostChanged(authorId: \"{ada}\")")),
        ("tag", format!("blogPostChanged(tagId: \"{sql}\")")),
        ("both", format!("blogPostChanged(authorId: \"{ada}\", tagId: \"{sql}\")")),
        ("user", format!("userChanged(id: \"{ada}\")")),
        ("tags", format!("tagChanged(id: \"{sql}\")")),
    ];
    for (id, field) in &queries {
        socket.subscribe(id, &format!("subscription {{ it: {field} {{ kind id }} }}")).await;
    }
    until(|| server.db.receivers() == queries.len()).await;
    for (told, expected) in [
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
        // The second is told to all that are told of posts; what comes before it is what the first brought.
        write(&server.db, &[], &[told.clone(), event("profiles", EventKind::Created, post, &[])]).await;
        let mut heard = Vec::new();
        for _ in &expected {
            let message = socket.next().await;
            assert_eq!(message["payload"]["data"]["it"]["id"], told.id.to_string(), "{message}");
            heard.push(message["id"].as_str().unwrap().to_owned());
        }
        heard.sort_by_key(|id| queries.iter().position(|(one, _)| one == id));
        assert_eq!(heard, expected, "{told:?}");
    }
    // No more than was expected has come: the answer to this is next.
    socket.send(json!({ "type": "ping" })).await;
    assert_eq!(socket.next().await, json!({ "type": "pong" }));
    socket.subscribe("bad", "subscription { blogPostChanged(authorId: \"ada\") { kind } }").await;
    let message = socket.next().await;
    let error = &message["payload"][0];
    assert_eq!((&message["type"], &error["extensions"]["code"]), (&json!("error"), &json!("BAD_USER_INPUT")));
    assert!(error["message"].as_str().unwrap().starts_with("argument `authorId` must be an id"), "{message}");
    // Nothing was executed, and so it is an error of the request, which is the end of it.
    socket.send(json!({ "type": "ping" })).await;
    assert_eq!(socket.next().await, json!({ "type": "pong" }));
}

async fn what_is_rolled_back_is_not_told(server: Server) {
    let mut notices = server.db.notices().await.unwrap();
    let mut tx = server.db.begin().await.unwrap();
    tx.notify(vec!["rolled back".into()]).await.unwrap();
    drop(tx);
    let mut tx = server.db.begin().await.unwrap();
    tx.notify(vec!["failed".into()]).await.unwrap();
    tx.run(sql_query("SELECT nothing FROM nowhere")).await.unwrap_err();
    tx.commit().await.unwrap_err();
    let mut tx = server.db.begin().await.unwrap();
    tx.notify(vec!["x".repeat(8_000)]).await.unwrap_err();
    tx.commit().await.unwrap_err();
    let mut tx = server.db.begin().await.unwrap();
    tx.notify(vec!["one".into(), "two".into(), "one".into()]).await.unwrap();
    tx.notify(vec!["it's \"three\"\n\\".into(), "two".into()]).await.unwrap();
    tx.notify(vec!["x".repeat(7_999)]).await.unwrap();
    tx.commit().await.unwrap();
    for expected in ["one", "two", "it's \"three\"\n\\", &"x".repeat(7_999)] {
        assert_eq!(notices.next().await, Some(Ok(Notice::Payload(expected.into()))));
    }
}

#[derive(diesel::QueryableByName)]
struct Version {
    #[diesel(sql_type = diesel::sql_types::Integer)]
    version: i32,
}

/// Each writer counts the same row up, which it can only after the one before has committed, and tells of the
/// number.
async fn events_come_in_the_order_of_the_commits(server: Server) {
    let server = server.with_demo().await;
    let mut notices = server.db.notices().await.unwrap();
    let writers = (0..8).map(|_| {
        let db = server.db.clone();
        tokio::spawn(async move {
            for _ in 0..25 {
                let mut tx = db.begin().await.unwrap();
                let up = "UPDATE tags SET version = version + 1 WHERE name = 'sql' RETURNING version";
                let rows: Vec<Version> = tx.rows(sql_query(up)).await.unwrap();
                tx.notify(vec![rows[0].version.to_string()]).await.unwrap();
                tx.commit().await.unwrap();
            }
        })
    });
    for writer in futures_util::future::join_all(writers).await {
        writer.unwrap();
    }
    for version in 2..=201 {
        assert_eq!(notices.next().await, Some(Ok(Notice::Payload(version.to_string().into()))));
    }
}

async fn two_hundred_hear_all_and_leave_nothing(server: Server) {
    let address = server.listen(Limits::default()).await;
    let mut sockets = Vec::new();
    for _ in 0..200 {
        let mut socket = Socket::ready(address).await;
        socket.subscribe("a", "subscription { tagChanged { id } }").await;
        sockets.push(socket);
    }
    until(|| server.db.receivers() == 200).await;
    let told: Vec<Event> = std::iter::repeat_with(new_tag).take(50).collect();
    let expected: Vec<Id> = told.iter().map(|event| event.id).collect();
    let readers = sockets.into_iter().map(|mut socket| async move {
        let mut heard = Vec::new();
        while heard.len() < 50 {
            heard.push(id_of(&socket.event("a").await["tagChanged"]));
        }
        heard
    });
    let readers: Vec<_> = readers.map(tokio::spawn).collect();
    for event in told {
        write(&server.db, &[], &[event]).await;
    }
    for reader in readers {
        // The socket is gone with its reader.
        assert_eq!(reader.await.unwrap(), expected);
    }
    until(|| server.db.receivers() == 0).await;
}

async fn who_is_too_slow_is_ended_and_others_go_on(server: Server) {
    let query = "subscription { tagChanged { id } }";
    let mut slow = Events::subscribed(&server.db, query).await;
    let mut socket = Socket::ready(server.listen(Limits::default()).await).await;
    socket.subscribe("a", query).await;
    let first = async {
        until(|| server.db.receivers() == 2).await;
        write(&server.db, &[], &[new_tag()]).await;
    };
    let (heard, ()) = tokio::join!(slow.next(), first);
    assert!(heard.unwrap().starts_with("event: next"));
    socket.event("a").await;
    for _ in 0..9 {
        let told: Vec<Event> = std::iter::repeat_with(new_tag).take(500).collect();
        write(&server.db, &[], &told).await;
        for event in told {
            assert_eq!(id_of(&socket.event("a").await["tagChanged"]), event.id);
        }
    }
    let end = slow.next().await.unwrap();
    assert!(end.starts_with("event: next") && end.contains("\"code\":\"TOO_SLOW\""), "{end}");
    assert_eq!(slow.next().await.as_deref(), Some("event: complete\ndata:"));
    assert_eq!(slow.next().await, None);
    until(|| server.db.receivers() == 1).await;
    write(&server.db, &[], &[new_tag()]).await;
    socket.event("a").await;
}

/// More subscribers than there are connections to PostgreSQL, all of which read.
async fn a_waiting_subscriber_holds_no_connection(server: Server) {
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

async fn a_subscription_has_one_field(server: Server) {
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

/// More related rows than a notice holds: told once, and to those who ask for the last of them.
async fn an_event_with_many_rows_is_one(server: Server) {
    let related: Vec<Id> = std::iter::repeat_with(Id::new).take(1_000).collect();
    let mut socket = Socket::ready(server.listen(Limits::default()).await).await;
    let query = format!("subscription {{ blogPostChanged(tagId: \"{}\") {{ id }} }}", related[999]);
    socket.subscribe("a", &query).await;
    until(|| server.db.receivers() == 1).await;
    for _ in 0..2 {
        let told = event("blog_posts", EventKind::Updated, Id::new(), &related);
        write(&server.db, &[], std::slice::from_ref(&told)).await;
        assert_eq!(id_of(&socket.event("a").await["blogPostChanged"]), told.id);
    }
}

async fn too_many_events_are_a_resynchronisation(server: Server) {
    let mut socket = Socket::ready(server.listen(Limits::default()).await).await;
    let query = format!("subscription {{ userChanged(id: \"{}\") {{ kind id }} }}", Id::new());
    socket.subscribe("a", &query).await;
    until(|| server.db.receivers() == 1).await;
    let told: Vec<Event> = std::iter::repeat_with(new_tag).take(events::MAX_EVENTS + 1).collect();
    write(&server.db, &[], &told[1..]).await;
    write(&server.db, &[], &told).await;
    assert_eq!(socket.event("a").await, json!({ "userChanged": { "kind": "RESYNC", "id": null } }));
    socket.send(json!({ "type": "ping" })).await;
    assert_eq!(socket.next().await, json!({ "type": "pong" }));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: tests/run"]
async fn doorways_of_one_postgres_hear_each_other() {
    let server = Server::on_postgres().await;
    let other = Db::open(&server.database.url.parse().unwrap()).unwrap();
    let (mut here, mut there) = (server.db.notices().await.unwrap(), other.notices().await.unwrap());
    for (from, text) in [(&server.db, "one"), (&other, "two"), (&server.db, "three")] {
        let mut tx = from.begin().await.unwrap();
        tx.notify(vec![text.into()]).await.unwrap();
        tx.commit().await.unwrap();
    }
    for expected in ["one", "two", "three"] {
        let expected = Some(Ok(Notice::Payload(expected.into())));
        assert_eq!((here.next().await, there.next().await), (expected.clone(), expected));
    }
    // Its listener ends with it.
    drop((other, here));
    assert_eq!(there.next().await, None);
    let listening = "SELECT count(*) AS version FROM pg_stat_activity \
                     WHERE datname = current_database() AND query LIKE 'LISTEN%'";
    let listening = listening.replace("count(*)", "count(*)::int");
    let wait = async {
        while server.db.reader().rows::<Version, _>(sql_query(&listening)).await.unwrap()[0].version != 1 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), wait).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: tests/run"]
async fn who_may_have_missed_events_is_told_so() {
    let server = Server::on_postgres().await;
    let mut socket = Socket::ready(server.listen(Limits::default()).await).await;
    let nobody = Id::new();
    socket
        .subscribe(
            "a",
            &format!("subscription {{ it: tagChanged(id: \"{nobody}\") {{ kind id tag {{ id }} }} }}"),
        )
        .await;
    until(|| server.db.receivers() == 1).await;
    let kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                WHERE datname = current_database() AND query LIKE 'LISTEN%'";
    for _ in 0..2 {
        write(&server.db, &[kill], &[]).await;
        assert_eq!(socket.event("a").await, json!({ "it": { "kind": "RESYNC", "id": null, "tag": null } }));
        write(&server.db, &[], &[event("tags", EventKind::Created, nobody, &[])]).await;
        assert_eq!(socket.event("a").await["it"]["kind"], "CREATED");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: tests/run"]
async fn a_database_that_cannot_be_listened_to_is_said() {
    let url = "postgres://nobody@127.0.0.1:1/nothing".parse().unwrap();
    let mut events = Events::subscribed(&Db::open(&url).unwrap(), "subscription { tagChanged { id } }").await;
    let told = events.next().await.unwrap();
    assert!(told.contains("SERVICE_UNAVAILABLE") && !told.contains("refused"), "{told}");
    assert_eq!(events.next().await.as_deref(), Some("event: complete\ndata:"));
}
