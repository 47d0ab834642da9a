//! Delivery of events: their order, slow subscribers, lost connections, and several servers.

use crate::{
    subscriptions::{Events, event, id_of, new_tag, write},
    support::{Server, Socket, until},
};
use diesel::sql_query;
use doorway::{
    db::{Db, Id, Notice},
    events::{self, Event, EventKind},
    server::Limits,
};
use serde_json::json;

on_both_databases!(
    rolled_back_transactions_publish_nothing,
    events_come_in_commit_order,
    two_hundred_subscribers_receive_everything,
    slow_subscribers_are_ended_and_others_continue,
    an_event_with_many_related_rows_comes_once,
    too_many_events_become_a_resync,
);

async fn rolled_back_transactions_publish_nothing(server: Server) {
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

/// Each writer increments the version of the same row, for which it waits until the previous writer has committed,
/// and publishes the new version.
async fn events_come_in_commit_order(server: Server) {
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

async fn two_hundred_subscribers_receive_everything(server: Server) {
    let address = server.listen(Limits::default()).await;
    let mut sockets = Vec::new();
    for _ in 0..200 {
        let mut socket = Socket::ready(address).await;
        socket.subscribe("a", "subscription { tagChanged { id } }").await;
        sockets.push(socket);
    }
    until(|| server.db.receivers() == 200).await;
    let events: Vec<Event> = std::iter::repeat_with(new_tag).take(50).collect();
    let expected: Vec<Id> = events.iter().map(|event| event.id).collect();
    let readers = sockets.into_iter().map(|mut socket| async move {
        let mut received = Vec::new();
        while received.len() < 50 {
            received.push(id_of(&socket.event("a").await["tagChanged"]));
        }
        received
    });
    let readers: Vec<_> = readers.map(tokio::spawn).collect();
    for event in events {
        write(&server.db, &[], &[event]).await;
    }
    for reader in readers {
        // This also drops the reader's socket.
        assert_eq!(reader.await.unwrap(), expected);
    }
    until(|| server.db.receivers() == 0).await;
}

async fn slow_subscribers_are_ended_and_others_continue(server: Server) {
    let query = "subscription { tagChanged { id } }";
    let mut slow = Events::subscribed(&server.db, query).await;
    let mut socket = Socket::ready(server.listen(Limits::default()).await).await;
    socket.subscribe("a", query).await;
    let first = async {
        until(|| server.db.receivers() == 2).await;
        write(&server.db, &[], &[new_tag()]).await;
    };
    let (event, ()) = tokio::join!(slow.next(), first);
    assert!(event.unwrap().starts_with("event: next"));
    socket.event("a").await;
    for _ in 0..9 {
        let events: Vec<Event> = std::iter::repeat_with(new_tag).take(500).collect();
        write(&server.db, &[], &events).await;
        for event in events {
            assert_eq!(id_of(&socket.event("a").await["tagChanged"]), event.id);
        }
    }
    let end = slow.next().await.unwrap();
    assert!(end.starts_with("event: next") && end.contains(r#""code":"TOO_SLOW""#), "{end}");
    assert_eq!(slow.next().await.as_deref(), Some("event: complete\ndata:"));
    assert_eq!(slow.next().await, None);
    until(|| server.db.receivers() == 1).await;
    write(&server.db, &[], &[new_tag()]).await;
    socket.event("a").await;
}

/// The related rows do not fit in one notice. Subscribers of the last one receive the event once.
async fn an_event_with_many_related_rows_comes_once(server: Server) {
    let related: Vec<Id> = std::iter::repeat_with(Id::new).take(1_000).collect();
    let mut socket = Socket::ready(server.listen(Limits::default()).await).await;
    let query = format!(r#"subscription {{ blogPostChanged(tagId: "{}") {{ id }} }}"#, related[999]);
    socket.subscribe("a", &query).await;
    until(|| server.db.receivers() == 1).await;
    for _ in 0..2 {
        let event = event("blog_posts", EventKind::Updated, Id::new(), &related);
        write(&server.db, &[], std::slice::from_ref(&event)).await;
        assert_eq!(id_of(&socket.event("a").await["blogPostChanged"]), event.id);
    }
}

async fn too_many_events_become_a_resync(server: Server) {
    let mut socket = Socket::ready(server.listen(Limits::default()).await).await;
    let query = format!(r#"subscription {{ userChanged(id: "{}") {{ kind id }} }}"#, Id::new());
    socket.subscribe("a", &query).await;
    until(|| server.db.receivers() == 1).await;
    let events: Vec<Event> = std::iter::repeat_with(new_tag).take(events::MAX_EVENTS + 1).collect();
    write(&server.db, &[], &events[1..]).await;
    write(&server.db, &[], &events).await;
    assert_eq!(socket.event("a").await, json!({ "userChanged": { "kind": "RESYNC", "id": null } }));
    socket.send(json!({ "type": "ping" })).await;
    assert_eq!(socket.next().await, json!({ "type": "pong" }));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: tests/run"]
async fn servers_on_one_postgres_receive_each_others_events() {
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
    // Dropping a database ends its listener.
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
async fn a_lost_connection_sends_resync() {
    let server = Server::on_postgres().await;
    let mut socket = Socket::ready(server.listen(Limits::default()).await).await;
    let id = Id::new();
    socket
        .subscribe(
            "a",
            &format!(r#"subscription {{ it: tagChanged(id: "{id}") {{ kind id tag {{ id }} }} }}"#),
        )
        .await;
    until(|| server.db.receivers() == 1).await;
    let kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                WHERE datname = current_database() AND query LIKE 'LISTEN%'";
    for _ in 0..2 {
        write(&server.db, &[kill], &[]).await;
        assert_eq!(socket.event("a").await, json!({ "it": { "kind": "RESYNC", "id": null, "tag": null } }));
        write(&server.db, &[], &[event("tags", EventKind::Created, id, &[])]).await;
        assert_eq!(socket.event("a").await["it"]["kind"], "CREATED");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: tests/run"]
async fn an_unreachable_database_ends_the_subscription() {
    let url = "postgres://nobody@127.0.0.1:1/nothing".parse().unwrap();
    let mut events = Events::subscribed(&Db::open(&url).unwrap(), "subscription { tagChanged { id } }").await;
    let event = events.next().await.unwrap();
    assert!(event.contains("SERVICE_UNAVAILABLE") && !event.contains("refused"), "{event}");
    assert_eq!(events.next().await.as_deref(), Some("event: complete\ndata:"));
}
