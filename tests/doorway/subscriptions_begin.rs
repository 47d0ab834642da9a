//! Subscriptions that begin and end on PostgreSQL, where nobody is notified while nobody subscribes.

use crate::support::{Database, Doorway, Server, Socket};
use doorway::{
    blog::demo,
    db::{Db, Notice, NoticeStream},
};
use futures_util::{StreamExt, future::join_all, stream};
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering::SeqCst},
    },
    time::Duration,
};
use tokio::{sync::mpsc, task::yield_now};
use tokio_postgres::{AsyncMessage, Client, NoTls};

/// A session that hears every notification, and says nothing of it: no Doorway knows that it listens.
struct Eavesdropper {
    client: Client,
    heard: mpsc::UnboundedReceiver<String>,
}

impl Eavesdropper {
    async fn new(url: &str) -> Eavesdropper {
        let (client, mut connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
        let (sender, heard) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            let mut messages = stream::poll_fn(|cx| connection.poll_message(cx));
            while let Some(Ok(message)) = messages.next().await {
                if let AsyncMessage::Notification(notification) = message {
                    let _ = sender.send(notification.payload().to_owned());
                }
            }
        });
        client.batch_execute("LISTEN doorway").await.unwrap();
        Eavesdropper { client, heard }
    }

    async fn next(&mut self) -> String {
        let next = tokio::time::timeout(Duration::from_secs(30), self.heard.recv());
        next.await.expect("no notification came").unwrap()
    }

    /// Waits until nobody announces that it listens any more.
    async fn until_nobody_listens(&self) {
        let locks = "SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid = 1685024626 AND objid = 1
                     AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
        let wait = async { while !self.client.query(locks, &[]).await.unwrap().is_empty() {} };
        tokio::time::timeout(Duration::from_secs(30), wait).await.expect("somebody goes on listening");
    }
}

fn open(database: &Database) -> Db {
    Db::open(&database.url.parse().unwrap()).unwrap().lingering(Duration::ZERO)
}

async fn leave(db: &Db, notice: &str) {
    let mut tx = db.begin().await.unwrap();
    tx.notify(vec![notice.to_owned()]).await.unwrap();
    tx.commit().await.unwrap();
}

async fn next(notices: &mut NoticeStream) -> Notice {
    let next = tokio::time::timeout(Duration::from_secs(30), notices.next());
    next.await.expect("no notice came").unwrap().unwrap()
}

fn payload(text: &str) -> Notice {
    Notice::Payload(text.into())
}

/// Writes of every kind.
async fn write(server: &Server, nth: usize) {
    let query = format!(
        r#"mutation {{
            createUser(input: {{ username: "user {nth}", profile: {{ bio: "" }}, blogPosts: [
                {{ title: "t", content: "", tags: {{ connect: [{{ name: "sql" }}], create: [{{ name: "tag {nth}" }}] }} }}
            ] }}) {{ userErrors {{ code }} }}
            createTag(input: {{ name: "new {nth}" }}) {{ userErrors {{ code }} }}
            upsertTag(input: {{ name: "other {nth}" }}) {{ userErrors {{ code }} }}
        }}"#
    );
    let data = server.data(&query).await;
    assert!(!data.to_string().contains("code"), "{data}");
    let tag = server.id(&format!(r#"tag(name: "new {nth}")"#)).await;
    let query = format!(
        r#"mutation {{
            updateTag(input: {{ id: "{tag}", name: "newer {nth}" }}) {{ userErrors {{ code }} }}
            deleteTag(input: {{ id: "{tag}" }}) {{ userErrors {{ code }} }}
        }}"#
    );
    let data = server.data(&query).await;
    assert!(!data.to_string().contains("code"), "{data}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: tests/run"]
async fn nobody_is_notified_while_nobody_subscribes() {
    let server = Server::on_postgres().await.with_demo().await;
    let mut eavesdropper = Eavesdropper::new(&server.database.url).await;
    let db = open(&server.database);
    for round in 0..3 {
        write(&server, round).await;
        let mut notices = db.notices().await.unwrap();
        let mut more = db.notices().await.unwrap();
        let text = format!("round {round}");
        leave(&server.db, &text).await;
        assert_eq!(next(&mut notices).await, payload(&text));
        drop(notices);
        // The first notification since the last round: its writes have sent none.
        assert_eq!(eavesdropper.next().await, text);
        leave(&server.db, "one is left").await;
        assert_eq!(next(&mut more).await, payload(&text));
        assert_eq!(next(&mut more).await, payload("one is left"));
        assert_eq!(eavesdropper.next().await, "one is left");
        drop(more);
        eavesdropper.until_nobody_listens().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: tests/run"]
async fn a_killed_process_listens_no_more() {
    let database = Database::migrated_postgres().await;
    let db = open(&database);
    demo::fill(&db).await.unwrap();
    let mut eavesdropper = Eavesdropper::new(&database.url).await;
    let doorway = Doorway::serve(&database.url, &[]);
    let mut socket = Socket::ready(doorway.address().parse().unwrap()).await;
    socket.subscribe("a", "subscription { tagChanged { kind } }").await;
    // The subscription has begun when a resynchronisation arrives.
    let arrived = async {
        socket.event("a").await;
    };
    let written = async {
        loop {
            leave(&db, "R").await;
        }
    };
    tokio::select! { () = arrived => (), () = written => () }
    assert_eq!(eavesdropper.next().await, "R");
    doorway.signal("KILL");
    eavesdropper.until_nobody_listens().await;
    leave(&db, "to nobody").await;
    let mut notices = db.notices().await.unwrap();
    leave(&db, "last").await;
    assert_eq!(next(&mut notices).await, payload("last"));
    let mut heard = eavesdropper.next().await;
    while heard == "R" {
        heard = eavesdropper.next().await;
    }
    assert_eq!(heard, "last");
}

/// A transaction that has looked for subscribers before there was one, and does not end, delays the first of them only for
/// a while. One that has not looked yet does not.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: tests/run"]
async fn a_writer_that_does_not_end_resynchronises_later() {
    let database = Database::migrated_postgres().await;
    let (db, other) = (open(&database), open(&database));
    let mut late = db.begin().await.unwrap();
    let mut unrelated = db.begin().await.unwrap();
    late.notify(vec!["before".into()]).await.unwrap();
    unrelated.run(diesel::sql_query("LOCK TABLE tags")).await.unwrap();
    let mut notices = other.notices().await.unwrap();
    unrelated.notify(vec!["unrelated".into()]).await.unwrap();
    unrelated.commit().await.unwrap();
    assert_eq!(next(&mut notices).await, payload("unrelated"));
    late.commit().await.unwrap();
    assert_eq!(next(&mut notices).await, Notice::Resync);
    leave(&db, "after").await;
    assert_eq!(next(&mut notices).await, payload("after"));
}

const DOORWAYS: usize = 3;
const WRITERS: usize = 6;

/// What one subscription was.
struct Subscription {
    /// The number of the last notice that each writer had begun to commit when the subscription had begun.
    begun: Vec<u64>,
    received: Vec<String>,
}

/// Several Doorways write all the time, and each subscribes and unsubscribes at random moments. Whatever is committed
/// after a subscription has begun arrives, once, in the order of the commits.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs PostgreSQL: tests/run"]
async fn subscriptions_lose_nothing_while_others_write() {
    for seed in 1..=3 {
        subscribe_at_random(seed).await;
    }
}

async fn subscribe_at_random(seed: u64) {
    let database = Database::migrated_postgres().await;
    let mut eavesdropper = Eavesdropper::new(&database.url).await;
    let doorways: Vec<Db> = (0..DOORWAYS).map(|_| open(&database)).collect();
    let committing: Arc<Vec<AtomicU64>> = Arc::new((0..WRITERS).map(|_| AtomicU64::new(0)).collect());
    let done = Arc::new(AtomicBool::new(false));
    let subscriptions = Arc::new(Mutex::new(Vec::new()));
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let (db, committing, done) =
                (doorways[writer % DOORWAYS].clone(), committing.clone(), done.clone());
            let mut rng = fastrand::Rng::with_seed(seed * 1000 + writer as u64);
            tokio::spawn(async move {
                for nth in 1.. {
                    if done.load(SeqCst) {
                        break;
                    }
                    let mut tx = db.begin().await.unwrap();
                    tx.notify(vec![format!("{writer} {nth}")]).await.unwrap();
                    for _ in 0..rng.usize(0..50) {
                        yield_now().await;
                    }
                    committing[writer].store(nth, SeqCst);
                    tx.commit().await.unwrap();
                }
            })
        })
        .collect();
    let subscribers = doorways.iter().enumerate().flat_map(|(nth, db)| [(2 * nth, db), (2 * nth + 1, db)]);
    let subscribers: Vec<_> = subscribers
        .map(|(nth, db)| {
            let (db, committing, subscriptions) = (db.clone(), committing.clone(), subscriptions.clone());
            let mut rng = fastrand::Rng::with_seed(seed * 1000 + 500 + nth as u64);
            tokio::spawn(async move {
                for _ in 0..25 {
                    for _ in 0..rng.usize(0..3000) {
                        yield_now().await;
                    }
                    let mut notices = db.notices().await.unwrap();
                    let begun = committing.iter().map(|last| last.load(SeqCst)).collect();
                    let mut received = Vec::new();
                    for _ in 0..rng.usize(1..40) {
                        match next(&mut notices).await {
                            Notice::Payload(text) => received.push(text.to_string()),
                            Notice::Resync => panic!("nothing was lost"),
                        }
                    }
                    subscriptions.lock().unwrap().push(Subscription { begun, received });
                }
            })
        })
        .collect();
    for subscriber in join_all(subscribers).await {
        subscriber.unwrap();
    }
    done.store(true, SeqCst);
    for writer in join_all(writers).await {
        writer.unwrap();
    }
    // In the order of the commits, all that was sent: until this one, for which there is a subscriber.
    let mut notices = doorways[0].notices().await.unwrap();
    leave(&doorways[0], "end").await;
    assert_eq!(next(&mut notices).await, payload("end"));
    let mut sent = HashMap::new();
    loop {
        let heard = eavesdropper.next().await;
        if heard == "end" {
            break;
        }
        let nth = sent.len();
        assert_eq!(sent.insert(heard, nth), None);
    }
    let written: u64 = committing.iter().map(|last| last.load(SeqCst)).sum();
    assert!((sent.len() as u64) < written, "there was always a subscriber: seed {seed}");
    for Subscription { begun, received } in subscriptions.lock().unwrap().iter() {
        let order: Vec<usize> = received.iter().map(|text| sent[text]).collect();
        assert!(order.windows(2).all(|two| two[0] + 1 == two[1]), "seed {seed}: {received:?}");
        let mut last: Vec<Option<u64>> = vec![None; WRITERS];
        for text in received {
            let (writer, nth) = text.split_once(' ').unwrap();
            let (writer, nth): (usize, u64) = (writer.parse().unwrap(), nth.parse().unwrap());
            match last[writer].replace(nth) {
                Some(before) => assert_eq!(nth, before + 1, "seed {seed}: {received:?}"),
                None => assert!(nth <= begun[writer] + 1, "seed {seed}: {text} after {begun:?}"),
            }
        }
    }
}
