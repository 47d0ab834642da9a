//! More connections than there may be, or than there are files for.

use crate::support::{Database, Doorway, Server, doorway};
use axum::http::Request;
use doorway::server::Limits;
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Command, Stdio},
    time::Duration,
};

const QUERY: &str = "/graphql?query=%7B__typename%7D";

struct Client(TcpStream);

impl Client {
    fn connect(address: &str) -> Client {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        Client(stream)
    }

    /// Asks and keeps the connection; the status, or 0 if it is closed.
    fn ask(&mut self) -> u16 {
        self.get("/healthz")
    }

    fn get(&mut self, path: &str) -> u16 {
        let mut answer = Vec::new();
        let mut bytes = [0; 1024];
        // The server may close it first.
        let _ = write!(self.0, "GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        while !answer.ends_with(b"alive\n") && !answer.ends_with(b"ready\n") && !answer.ends_with(b"}") {
            match self.0.read(&mut bytes) {
                Ok(0) | Err(_) => return 0,
                Ok(length) => answer.extend_from_slice(&bytes[..length]),
            }
        }
        String::from_utf8(answer).unwrap().split(' ').nth(1).unwrap().parse().unwrap()
    }

    fn is_closed(&mut self) -> bool {
        matches!(self.0.read(&mut [0]), Ok(0))
    }
}

#[test]
fn the_connection_that_was_idle_longest_is_closed_for_another() {
    let doorway = Doorway::serve("sqlite::memory:", &["--max-connections", "3"]);
    let mut clients: Vec<Client> = Vec::new();
    for _ in 0..3 {
        let mut client = Client::connect(doorway.address());
        assert_eq!(client.ask(), 200);
        // Idle since another millisecond.
        std::thread::sleep(Duration::from_millis(2));
        clients.push(client);
    }
    // The first is now the one that was used last.
    assert_eq!(clients[0].ask(), 200);
    let mut fourth = Client::connect(doorway.address());
    assert_eq!(fourth.ask(), 200);
    assert!(clients[1].is_closed());
    for one in [0, 2] {
        assert_eq!(clients[one].ask(), 200, "{one}");
    }
    // One that has never asked is idle too, and here longer than others.
    let mut mute = Client::connect(doorway.address());
    assert!(fourth.is_closed());
    for one in [0, 2] {
        std::thread::sleep(Duration::from_millis(2));
        assert_eq!(clients[one].ask(), 200, "{one}");
    }
    let mut fifth = Client::connect(doorway.address());
    assert_eq!(fifth.ask(), 200);
    assert!(mute.is_closed());
}

/// Event streams and WebSockets are never idle. Health checks need no place among the connections.
#[test]
fn where_all_are_busy_another_is_refused() {
    let doorway = Doorway::serve("sqlite::memory:", &["--max-connections", "3"]);
    let mut events = Client::connect(doorway.address());
    let query = "/graphql?query=subscription%7BtagChanged%7Bid%7D%7D";
    write!(events.0, "GET {query} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n").unwrap();
    let mut socket = Client::connect(doorway.address());
    let upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws";
    write!(socket.0, "GET /graphql HTTP/1.1\r\nHost: localhost\r\n{upgrade}\r\n\r\n").unwrap();
    let read = |client: &mut Client, words: &str| {
        let mut answer = String::new();
        BufReader::new(&client.0).read_line(&mut answer).unwrap();
        assert!(answer.contains(words), "{answer}");
    };
    read(&mut events, "200");
    read(&mut socket, "101");
    // A quarter of the connections is left to requests.
    let mut another = Client::connect(doorway.address());
    write!(another.0, "GET /graphql HTTP/1.1\r\nHost: localhost\r\n{upgrade}\r\n\r\n").unwrap();
    read(&mut another, "503");
    drop(another);
    // A request whose body does not come has the last connection, as soon as the server asks for the body.
    let mut unfinished = Client::connect(doorway.address());
    let head = "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n";
    unfinished.0.write_all(head.as_bytes()).unwrap();
    read(&mut unfinished, "100 Continue");
    for _ in 0..3 {
        assert_eq!(Client::connect(doorway.address()).get(QUERY), 503);
        let mut probe = Client::connect(doorway.address());
        assert_eq!(probe.get("/healthz"), 200);
        assert!(probe.is_closed());
        assert_eq!(Client::connect(doorway.address()).get("/readyz"), 200);
        assert_eq!(Client::connect(doorway.address()).get("/healthz?from=a-balancer"), 200);
    }
    // Some that are silent do not keep it from being heard.
    let silent: Vec<_> = (0..40).map(|_| TcpStream::connect(doorway.address()).unwrap()).collect();
    assert_eq!(Client::connect(doorway.address()).get("/healthz"), 200);
    drop(silent);
    for gone in [events, socket, unfinished] {
        drop(gone);
        // Its place is free again, and stays in use by one that is idle.
        while Client::connect(doorway.address()).get(QUERY) != 200 {}
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idle_connection_of_http_2_is_closed_for_another() {
    let server = Server::on_sqlite().await;
    let address = server.listen(Limits { sockets: 1, ..Limits::default() }).await;
    for _ in 0..3 {
        let stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let (mut send, connection) = h2::client::handshake(stream).await.unwrap();
        let ended = tokio::spawn(connection);
        let request = Request::get("http://localhost/healthz").body(()).unwrap();
        let (response, _) = send.send_request(request, true).unwrap();
        let mut body = response.await.unwrap().into_body();
        while let Some(data) = body.data().await {
            data.unwrap();
        }
        drop(body);
        // The next one gets its place.
        let next = tokio::task::spawn_blocking(move || {
            let mut next = Client::connect(&address.to_string());
            assert_eq!(next.ask(), 200);
        });
        next.await.unwrap();
        // It has said goodbye.
        tokio::time::timeout(Duration::from_secs(60), ended).await.unwrap().unwrap().unwrap();
    }
}

/// More idle connections than the process may open files, and those that ask are answered.
#[cfg(unix)]
#[test]
fn files_are_left_for_requests() {
    let database = Database::sqlite();
    let mut serve = doorway(&["serve", "--database-url", &database.url, "--listen", "127.0.0.1:0"]);
    let program = serve.get_program().to_owned();
    let arguments: Vec<_> = serve.get_args().map(ToOwned::to_owned).collect();
    serve = Command::new("sh");
    // The soft limit is raised to the hard one.
    serve.args(["-c", "ulimit -Sn 100 && ulimit -Hn 200 && exec \"$0\" \"$@\""]).arg(program).args(arguments);
    let mut child = serve.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim().strip_prefix("listening on http://").unwrap().to_owned();
    let mut idle = Vec::new();
    for count in 0..300 {
        let mut client = Client::connect(&address);
        assert_eq!(client.ask(), 200, "{count}");
        idle.push(client);
    }
    // Not each of them had its own file: the limit was not only raised.
    assert!(idle[0].is_closed());
    assert_eq!(idle[299].ask(), 200);
    child.kill().unwrap();
    child.wait().unwrap();
}
