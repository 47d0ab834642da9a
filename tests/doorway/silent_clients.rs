//! Clients that do not read, or only keep the server busy: they end, and what they held is free again.

use crate::support::{Server, Socket, until};
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use doorway::blog;
use doorway::server::{self, Limits, Options};
use http_body_util::BodyExt;
use serde_json::json;
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    time::timeout,
};
use tower::ServiceExt;

on_both_databases!(
    a_response_that_is_not_read_ends_its_connection,
    streams_without_a_window_end_their_connection,
    event_streams_that_are_not_read_end,
    pings_without_a_reader_end_their_connection,
    pings_of_a_client_are_no_sign_that_it_reads,
    large_responses_arrive_whole,
    responses_that_are_not_read_are_bounded,
    a_client_that_does_not_read_holds_nothing_that_others_need,
    clients_that_read_little_by_little_make_room,
    clients_that_read_nothing_make_room,
    one_address_takes_half_of_the_room,
);

/// A test fails when it waits longer for something.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A few megabytes.
const LARGE: &str = "/graphql?query=%7BblogPosts%7Bcontent%7D%7D";
const SMALL: &str = "/graphql?query=%7B__typename%7D";

/// A server whose posts are large.
async fn large(server: Server) -> Server {
    let server = server.with_demo().await;
    server.sql(&format!("UPDATE blog_posts SET content = '{}'", "x".repeat(900_000))).await;
    server
}

fn impatient() -> Limits {
    Limits { write: Duration::from_millis(500), ..Limits::default() }
}

/// A client whose system takes few bytes that it has not read.
async fn connect(address: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    socket.connect(address).await.unwrap()
}

async fn ask(address: SocketAddr, path: &str, more: &str) -> TcpStream {
    let mut stream = connect(address).await;
    let head = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{more}\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

/// The whole of what comes, to the end of the connection.
async fn rest(mut stream: TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    let _ = timeout(TIMEOUT, stream.read_to_end(&mut bytes)).await.expect("the connection stays open");
    bytes
}

async fn a_response_that_is_not_read_ends_its_connection(server: Server) {
    let server = large(server).await;
    let address = server.listen(Limits { sockets: 1, ..impatient() }).await;
    let silent = ask(address, LARGE, "").await;
    // It has come.
    timeout(TIMEOUT, silent.peek(&mut [0])).await.unwrap().unwrap();
    let full = rest(ask(address, SMALL, "Connection: close\r\n").await).await;
    let full = String::from_utf8(full).unwrap();
    assert!(full.starts_with("HTTP/1.1 503 ") && full.contains("\r\nRetry-After: 1\r\n"), "{full}");
    let (head, body) = full.split_once("\r\n\r\n").unwrap();
    assert!(head.contains(&format!("Content-Length: {}", body.len())), "{full}");
    assert!(body.contains(r#""code":"SERVICE_UNAVAILABLE""#), "{full}");
    let free = async {
        while !rest(ask(address, SMALL, "Connection: close\r\n").await).await.starts_with(b"HTTP/1.1 200") {}
    };
    timeout(TIMEOUT, free).await.expect("its connection stays open");
    drop(silent);
}

/// A client of HTTP/2 says itself how much it takes, and answers pings.
async fn streams_without_a_window_end_their_connection(server: Server) {
    let server = large(server).await;
    let address = server.listen(impatient()).await;
    for (path, window) in [(SMALL, 0), (SMALL, 1), (LARGE, 0), (LARGE, 100_000)] {
        let stream = TcpStream::connect(address).await.unwrap();
        let mut client = h2::client::Builder::new();
        let (mut send, connection) =
            client.initial_window_size(window).handshake::<_, axum::body::Bytes>(stream).await.unwrap();
        let ended = tokio::spawn(connection);
        let request = Request::get(format!("http://localhost{path}")).body(()).unwrap();
        let (response, _) = send.send_request(request, true).unwrap();
        let response = response.await.unwrap();
        assert_eq!(response.status(), 200);
        let ended = timeout(TIMEOUT, ended).await;
        assert!(ended.is_ok(), "{path} with a window of {window} keeps its connection open");
        drop(response);
    }
}

async fn event_streams_that_are_not_read_end(server: Server) {
    let server = large(server).await;
    let address = server.listen(impatient()).await;
    let path = "/graphql?query=subscription%7BblogPostChanged%7BblogPost%7Bcontent%7D%7D%7D";
    let silent = ask(address, path, "Accept: text/event-stream\r\n").await;
    until(|| server.db.receivers() == 1).await;
    let posts = server.data("{ blogPosts(limit: 1) { id } }").await;
    let id = posts["blogPosts"][0]["id"].as_str().unwrap();
    let ended = async {
        for title in 0.. {
            let input = format!(r#"{{ id: "{id}", title: "{title}" }}"#);
            server
                .data(&format!("mutation {{ updateBlogPost(input: {input}) {{ blogPost {{ id }} }} }}"))
                .await;
            if server.db.receivers() == 0 {
                break;
            }
        }
    };
    timeout(TIMEOUT, ended).await.expect("it goes on");
    drop(silent);
}

/// Begins a WebSocket by hand.
async fn websocket(address: SocketAddr, protocol: &str) -> TcpStream {
    let more = format!(
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: {protocol}\r\n"
    );
    let mut stream = ask(address, "/graphql", &more).await;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
    assert!(head.starts_with("http/1.1 101 "), "{head}");
    assert!(head.contains("sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo=\r\n"), "{head}");
    assert!(head.contains(&format!("sec-websocket-protocol: {protocol}\r\n")), "{head}");
    stream
}

/// A masked ping with 125 bytes.
fn ping() -> Vec<u8> {
    [&[0x89, 0x80 | 125, 0, 0, 0, 0][..], &[b'x'; 125]].concat()
}

const PROTOCOLS: [&str; 2] = ["graphql-transport-ws", "graphql-ws"];

/// The server does not read on while the answers are not read.
async fn pings_without_a_reader_end_their_connection(server: Server) {
    let address = server.listen(impatient()).await;
    for protocol in PROTOCOLS {
        let mut stream = websocket(address, protocol).await;
        let pings = ping().repeat(100);
        let ended = async { while stream.write_all(&pings).await.is_ok() {} };
        timeout(TIMEOUT, ended).await.unwrap_or_else(|_| panic!("{protocol} goes on"));
    }
}

async fn pings_of_a_client_are_no_sign_that_it_reads(server: Server) {
    let limits = Limits { ping: Duration::from_millis(200), init: TIMEOUT * 10, ..Limits::default() };
    let address = server.listen(limits).await;
    for protocol in PROTOCOLS {
        let mut stream = websocket(address, protocol).await;
        // Each answer is followed by the next ping.
        let ended = async {
            let mut bytes = [0; 4096];
            while stream.write_all(&ping()).await.is_ok()
                && stream.read(&mut bytes).await.is_ok_and(|n| n > 0)
            {}
        };
        timeout(TIMEOUT, ended).await.unwrap_or_else(|_| panic!("{protocol} goes on"));
    }
}

/// Over each protocol, byte for byte.
async fn large_responses_arrive_whole(server: Server) {
    let server = large(server).await;
    let expected = server.send(Request::get(LARGE).body(Body::empty()).unwrap()).await.text;
    assert!(expected.len() > 8_000_000);
    let address = server.listen(impatient()).await;
    let received = rest(ask(address, LARGE, "Connection: close\r\n").await).await;
    let received = String::from_utf8(received).unwrap();
    let (head, body) = received.split_once("\r\n\r\n").unwrap();
    assert!(head.contains(&format!("content-length: {}", expected.len())), "{head}");
    assert!(body == expected);

    let (mut send, connection) =
        h2::client::handshake(TcpStream::connect(address).await.unwrap()).await.unwrap();
    tokio::spawn(connection);
    let request = Request::get(format!("http://localhost{LARGE}")).body(()).unwrap();
    let (response, _) = send.send_request(request, true).unwrap();
    let mut body = response.await.unwrap().into_body();
    let mut received = Vec::new();
    while let Some(data) = body.data().await {
        let data = data.unwrap();
        body.flow_control().release_capacity(data.len()).unwrap();
        received.extend_from_slice(&data);
    }
    assert!(received == expected.as_bytes());

    let expected: serde_json::Value = serde_json::from_str(&expected).unwrap();
    let query = "{ blogPosts { content } }";
    let mut socket = Socket::ready(address).await;
    socket.subscribe("a", query).await;
    assert!(socket.event("a").await == expected["data"]);
    let mut socket = Socket::legacy(address).await;
    socket.start("a", query).await;
    assert!(socket.next().await["payload"] == expected);
}

async fn responses_that_are_not_read_are_bounded(server: Server) {
    let server = large(server).await;
    let limits = Limits { unwritten: 10_000_000, ..Limits::default() };
    let router =
        server::custom_router(blog::app(), server.db.clone(), Options { limits, ..Options::default() });
    let get = |path: &str, accept: &str| {
        let request = Request::get(path).header(header::ACCEPT, accept).body(Body::empty()).unwrap();
        router.clone().oneshot(request)
    };
    let first = get(LARGE, "*/*").await.unwrap();
    assert_eq!(first.status(), StatusCode::OK);
    let second = get(LARGE, "*/*").await.unwrap();
    assert_eq!(second.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(second.headers()[header::RETRY_AFTER], "1");
    let second = second.into_body().collect().await.unwrap().to_bytes();
    let second: serde_json::Value = serde_json::from_slice(&second).unwrap();
    assert_eq!(second["errors"][0]["extensions"]["code"], "SERVICE_UNAVAILABLE", "{second}");
    // A client must not try again what was written.
    let write =
        r#"mutation { updateTag(input: { id: "ID", name: "renamed" }) { tag { posts { content } } } }"#;
    let tags = server.data("{ tags(limit: 1) { id } }").await;
    let write = json!({ "query": write.replace("ID", tags["tags"][0]["id"].as_str().unwrap()) }).to_string();
    let write =
        Request::post("/graphql").header(header::CONTENT_TYPE, "application/json").body(Body::from(write));
    let written = router.clone().oneshot(write.unwrap()).await.unwrap();
    assert_eq!((written.status(), written.headers().get(header::RETRY_AFTER)), (StatusCode::OK, None));
    let written = written.into_body().collect().await.unwrap().to_bytes();
    let written: serde_json::Value = serde_json::from_slice(&written).unwrap();
    assert_eq!(written["errors"][0]["extensions"]["code"], "RESPONSE_DROPPED");
    assert_eq!(written["data"], json!(null));
    assert_eq!(server.data(r#"{ tag(name: "renamed") { name } }"#).await["tag"]["name"], "renamed");
    // Small ones are not counted.
    assert_eq!(get(SMALL, "*/*").await.unwrap().status(), StatusCode::OK);
    // Nor has a query room over a stream.
    let refused =
        get(LARGE, "text/event-stream").await.unwrap().into_body().collect().await.unwrap().to_bytes();
    let refused = String::from_utf8(refused.to_vec()).unwrap();
    assert!(
        refused.starts_with("event: next\ndata: {\"errors\":[{\"message\":\"too many responses wait"),
        "{refused}"
    );
    // An event waits.
    let subscription =
        "/graphql?query=subscription%7BblogPostChanged%7BblogPost%7Ba:content,b:content,c:content%7D%7D%7D";
    let mut events = get(subscription, "text/event-stream").await.unwrap().into_body();
    let mut event =
        tokio::spawn(async move { (events.frame().await.unwrap().unwrap().into_data().unwrap(), events) });
    until(|| server.db.receivers() == 1).await;
    let posts = server.data("{ blogPosts(limit: 1) { id } }").await;
    let change =
        r#"mutation { updateBlogPost(input: { id: "ID", title: "changed" }) { blogPost { title } } }"#;
    server.data(&change.replace("ID", posts["blogPosts"][0]["id"].as_str().unwrap())).await;
    assert!(timeout(Duration::from_millis(300), &mut event).await.is_err());
    drop(first);
    let (event, events) = timeout(TIMEOUT, event).await.unwrap().unwrap();
    assert!(event.starts_with(b"event: next") && event.len() > 2_700_000);
    assert_eq!(get(LARGE, "*/*").await.unwrap().status(), StatusCode::SERVICE_UNAVAILABLE);
    drop((event, events));
    assert_eq!(get(LARGE, "*/*").await.unwrap().status(), StatusCode::OK);
    // One that is larger than all may be is answered, alone.
    let limits = Limits { unwritten: 1_000_000, ..Limits::default() };
    let server = server.with_options(Options { limits, ..Options::default() });
    let answer = server.send(Request::get(LARGE).body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_ne!(answer.json()["data"], json!(null));
}

/// A message of a client, masked with zeros.
fn message(text: &str) -> Vec<u8> {
    let length = u16::try_from(text.len()).unwrap().to_be_bytes();
    [&[0x81, 0xFE], length.as_slice(), &[0; 4], text.as_bytes()].concat()
}

/// Its other operations go on while the server waits for it to read one's response.
async fn a_client_that_does_not_read_holds_nothing_that_others_need(server: Server) {
    let server = large(server).await;
    let address = server.listen(Limits { write: Duration::from_secs(600), ..Limits::default() }).await;
    let write = r#"mutation { upsertTag(input: { name: "again" }) { tag { name } } }"#;
    for (protocol, start) in [("graphql-transport-ws", "subscribe"), ("graphql-ws", "start")] {
        // What its mutations wait for.
        let mut held = server.db.begin().await.unwrap();
        if server.is_postgres() {
            held.run(diesel::sql_query("LOCK TABLE tags IN SHARE ROW EXCLUSIVE MODE")).await.unwrap();
        }
        let mut socket = websocket(address, protocol).await;
        let operation = |id: usize, query: &str| {
            message(
                &json!({ "type": start, "id": id.to_string(), "payload": { "query": query } }).to_string(),
            )
        };
        let mut messages = message(&format!(r#"{{"type":"connection_init"}}{}"#, " ".repeat(100)));
        for id in 0..3 {
            messages.extend(operation(id, &format!("{write} # {}", " ".repeat(100))));
        }
        messages.extend(operation(3, "{ blogPosts { content author { username profile { bio } } } }"));
        socket.write_all(&messages).await.unwrap();
        // The server writes, and the client reads no more than this.
        socket.read_exact(&mut [0; 1024]).await.unwrap();
        drop(held);
        for _ in 0..5 {
            let answered = timeout(TIMEOUT, server.post_json(json!({ "query": write }))).await.unwrap();
            assert_eq!(answered.json()["data"]["upsertTag"]["tag"]["name"], "again", "{}", answered.json());
        }
    }
}

/// Reads a little at a time and never waits long, until it may hurry. The number of bytes until the end of the connection.
fn read_slowly(mut stream: TcpStream, hurry: Arc<AtomicBool>) -> tokio::task::JoinHandle<usize> {
    tokio::spawn(async move {
        let (mut received, mut bytes) = (0, [0; 4096]);
        while let Ok(length @ 1..) = stream.read(&mut bytes).await {
            received += length;
            if !hurry.load(Relaxed) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
        received
    })
}

/// Others wait for them.
async fn clients_that_read_little_by_little_make_room(server: Server) {
    let server = large(server).await;
    let address = server.listen(Limits { unwritten: 10_000_000, ..impatient() }).await;
    let mut socket = websocket(address, "graphql-transport-ws").await;
    // Masked with zeros.
    for text in [
        r#"{"type":"connection_init"}"#,
        r#"{"type":"subscribe","id":"a","payload":{"query":"{ blogPosts { content } }"}}"#,
    ] {
        let length = u8::try_from(text.len()).unwrap();
        socket.write_all(&[&[0x81, 0x80 | length, 0, 0, 0, 0], text.as_bytes()].concat()).await.unwrap();
    }
    for name in ["WebSocket", "HTTP", "events"] {
        let mut slow = match name {
            "WebSocket" => std::mem::replace(&mut socket, connect(address).await),
            "HTTP" => ask(address, LARGE, "").await,
            _ => ask(address, LARGE, "Accept: text/event-stream\r\n").await,
        };
        slow.read_exact(&mut [0; 1024]).await.unwrap();
        let hurry = Arc::<AtomicBool>::default();
        let slow = read_slowly(slow, hurry.clone());
        let others = async {
            while !rest(ask(address, LARGE, "Connection: close\r\n").await).await.starts_with(b"HTTP/1.1 200")
            {
            }
        };
        timeout(TIMEOUT, others).await.unwrap_or_else(|_| panic!("{name} is never disconnected"));
        hurry.store(true, Relaxed);
        assert!(slow.await.unwrap() < 8_000_000, "{name}");
    }
}

/// Long before what they leave unread would end their connections.
async fn clients_that_read_nothing_make_room(server: Server) {
    let server = large(server).await;
    let (write, slow) = (Duration::from_secs(600), Duration::from_millis(100));
    let address = server.listen(Limits { unwritten: 10_000_000, write, slow, ..Limits::default() }).await;
    let mut silent = Vec::new();
    for name in ["WebSocket", "HTTP", "events"] {
        let mut one = match name {
            "WebSocket" => {
                let mut socket = websocket(address, "graphql-transport-ws").await;
                let query =
                    r#"{"type":"subscribe","id":"a","payload":{"query":"{ blogPosts { content } }"}}"#;
                for text in [r#"{"type":"connection_init"}"#, query] {
                    socket.write_all(&message(&format!("{text}{}", " ".repeat(126)))).await.unwrap();
                }
                socket
            }
            "HTTP" => ask(address, LARGE, "").await,
            _ => ask(address, LARGE, "Accept: text/event-stream\r\n").await,
        };
        one.read_exact(&mut [0; 1024]).await.unwrap();
        silent.push(one);
        let others = async {
            let mut status = [0; 12];
            while status != *b"HTTP/1.1 200" {
                let mut other = TcpStream::connect(address).await.unwrap();
                let head = format!("GET {LARGE} HTTP/1.1\r\nHost: localhost\r\n\r\n");
                other.write_all(head.as_bytes()).await.unwrap();
                other.read_exact(&mut status).await.unwrap();
            }
        };
        timeout(TIMEOUT, others).await.unwrap_or_else(|_| panic!("{name} is never disconnected"));
    }
}

/// However many connections it opens.
async fn one_address_takes_half_of_the_room(server: Server) {
    let server = large(server).await;
    let (write, slow) = (Duration::from_secs(600), Duration::from_secs(600));
    let address = server.listen(Limits { unwritten: 20_000_000, write, slow, ..Limits::default() }).await;
    let mut silent = Vec::new();
    // Linux has all of these addresses, other systems only the first.
    let last = if cfg!(target_os = "linux") { 2 } else { 1 };
    for from in 1..=last {
        let mut statuses = Vec::new();
        for _ in 0..3 {
            let socket = TcpSocket::new_v4().unwrap();
            socket.set_recv_buffer_size(4096).unwrap();
            socket.bind(([127, 0, 0, from], 0).into()).unwrap();
            let mut stream = socket.connect(address).await.unwrap();
            let head = format!("GET {LARGE} HTTP/1.1\r\nHost: localhost\r\n\r\n");
            stream.write_all(head.as_bytes()).await.unwrap();
            let mut status = [0; 12];
            stream.read_exact(&mut status).await.unwrap();
            statuses.push(String::from_utf8_lossy(&status[9..]).into_owned());
            silent.push(stream);
        }
        assert_eq!(statuses, ["200", "503", "503"], "{from}");
    }
}
