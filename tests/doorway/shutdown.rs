//! The end of a server with operations that are still running on PostgreSQL.

use crate::support::{Database, Doorway, Socket};
use axum::http::Request;
use doorway::db::Db;
use tokio::{
    io::{AsyncWriteExt, copy},
    net::{TcpListener, TcpStream},
};

#[derive(diesel::QueryableByName)]
struct Count {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    count: i64,
}

/// Forwards connections to PostgreSQL, which is never told that a client has gone: it would stop the statements by itself.
async fn hiding_proxy(target: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let server = TcpStream::connect(&target).await.unwrap();
            let ((mut from, mut to), (mut back, mut forth)) = (client.into_split(), server.into_split());
            tokio::spawn(async move {
                let _ = copy(&mut from, &mut forth).await;
                // Kept open: dropping it would close it.
                std::future::pending::<()>().await;
                drop(forth);
            });
            tokio::spawn(async move { copy(&mut back, &mut to).await });
        }
    });
    address
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: tests/run"]
async fn statements_of_operations_that_are_cut_off_are_cancelled() {
    let database = Database::migrated_postgres().await;
    let (head, name) = database.url.rsplit_once('/').unwrap();
    let (user, host) = head.rsplit_once('@').unwrap();
    let url = format!("{user}@{}/{name}", hiding_proxy(host.to_owned()).await);
    let serve = tokio::task::spawn_blocking(move || {
        Doorway::serve(&url, &["--no-migrate", "--log", "info,doorway::sql=debug"])
    });
    let mut doorway = serve.await.unwrap();
    let direct = Db::open(&database.url.parse().unwrap()).unwrap();
    let waiting = async || {
        let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        direct.reader().rows::<Count, _>(diesel::sql_query(sql)).await.unwrap()[0].count
    };
    let mut lock = direct.begin().await.unwrap();
    lock.run(diesel::sql_query("LOCK TABLE users, tags")).await.unwrap();

    // One over each protocol, and a mutation. Each is running when the next one begins.
    let running =
        |doorway: &mut Doorway, words: &str| tokio::task::block_in_place(|| doorway.wait_for_log(words));
    let address: std::net::SocketAddr = doorway.address().parse().unwrap();
    let mut http = TcpStream::connect(address).await.unwrap();
    let path = "/graphql?query=%7Busers%7Bid%7D%7D";
    http.write_all(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").as_bytes()).await.unwrap();
    running(&mut doorway, "FROM \"users\"");
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut send, connection) = h2::client::handshake(stream).await.unwrap();
    tokio::spawn(connection);
    let request = Request::get(format!("http://localhost{path}")).body(()).unwrap();
    let http_2 = send.send_request(request, true).unwrap().0;
    running(&mut doorway, "FROM \"users\"");
    let mut socket = Socket::ready(address).await;
    socket.subscribe("a", "{ users(limit: 7) { username } }").await;
    running(&mut doorway, "FROM \"users\"");
    socket.subscribe("b", r#"mutation { createTag(input: { name: "late" }) { tag { id } } }"#).await;
    running(&mut doorway, "INSERT INTO");
    let mut legacy = Socket::legacy(address).await;
    legacy.start("a", "{ tags { name } }").await;
    running(&mut doorway, "FROM \"tags\"");
    // They share connections.
    while waiting().await < 2 {
        tokio::task::yield_now().await;
    }

    doorway.signal("TERM");
    let status = tokio::task::spawn_blocking(move || {
        doorway.wait_for_log("still running after 10 s");
        doorway.wait()
    });
    assert_eq!(status.await.unwrap().code(), Some(0));
    // The lock is still held.
    let ended = async {
        while waiting().await > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), ended).await.expect("statements go on");
    lock.commit().await.unwrap();
    let rows = "SELECT count(*) FROM tags";
    assert_eq!(direct.reader().rows::<Count, _>(diesel::sql_query(rows)).await.unwrap()[0].count, 0);
    assert!(http_2.await.is_err());
    drop(http);
}
