//! Under which names the server answers: a page whose name leads to it is not let in (DNS rebinding).

use crate::support::{Server, Socket};
use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use doorway::server::Options;
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_tungstenite::tungstenite::Error;

on_both_databases!(other_names_are_refused_on_every_way, names_can_be_allowed);

const QUERY: &str = "/graphql?query=%7Busers%7Bid%7D%7D";
const REBOUND: [(&str, &str); 2] = [("host", "evil.test:8000"), ("origin", "http://evil.test:8000")];

async fn get(server: &Server, path: &str, headers: &[(&str, &str)]) -> (StatusCode, String) {
    let mut request = Request::get(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let (status, _, body) = server.fetch(request.body(Body::empty()).unwrap()).await;
    (status, String::from_utf8_lossy(&body).into_owned())
}

async fn other_names_are_refused_on_every_way(server: Server) {
    // The router, as other programs mount it.
    let page = ("accept", "text/html");
    for (path, more) in
        [(QUERY, None), ("/graphql", Some(page)), ("/", None), ("/elsewhere", None), ("/ide/x", None)]
    {
        let headers: Vec<_> = REBOUND.into_iter().chain(more).collect();
        let (status, body) = get(&server, path, &headers).await;
        assert_eq!(status, StatusCode::MISDIRECTED_REQUEST, "{path}");
        let body: Value = serde_json::from_str(&body).unwrap();
        let message = "this host is not allowed: add it to DOORWAY_ALLOWED_HOSTS (--allowed-hosts)";
        assert_eq!(body["errors"][0]["message"], message, "{path}");
        assert_eq!(body["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
    }
    for path in ["/healthz", "/readyz"] {
        assert_eq!(get(&server, path, &REBOUND).await.0, StatusCode::OK);
    }
    // The server itself.
    let address = server.listen_with(Options::default()).await;
    for (head, status) in [
        (format!("GET {QUERY} HTTP/1.1\r\nHost: evil.test"), 421),
        (format!("GET {QUERY} HTTP/1.1\r\nHost: localhost:1"), 200),
        (format!("GET {QUERY} HTTP/1.1\r\nHost: blog.localhost"), 200),
        (format!("GET {QUERY} HTTP/1.1\r\nHost: 127.0.0.1"), 200),
        (format!("GET {QUERY} HTTP/1.1\r\nHost: [::1]:80"), 200),
        (format!("GET {QUERY} HTTP/1.1\r\nHost:"), 200),
        (format!("GET http://evil.test{QUERY} HTTP/1.1\r\nHost: localhost"), 421),
        (format!("GET http://localhost{QUERY} HTTP/1.1\r\nHost: evil.test"), 421),
        (format!("GET http://localhost{QUERY} HTTP/1.1\r\nHost: localhost"), 200),
        (format!("GET {QUERY} HTTP/1.0\r\nX-A: b"), 200),
        (format!("GET {QUERY} HTTP/1.0\r\nHost: evil.test"), 421),
        ("GET /healthz HTTP/1.1\r\nHost: evil.test".to_owned(), 200),
        ("POST /graphql HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 2\r\nHost: evil.test\r\nOrigin: http://evil.test".to_owned(), 421),
    ] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let end = if head.starts_with("POST") { "{}" } else { "" };
        stream.write_all(format!("{head}\r\nConnection: close\r\n\r\n{end}").as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.split(' ').nth(1) == Some(&status.to_string()), "{head}: {answer}");
    }
    for (authority, status) in [("evil.test", 421), ("localhost:7", 200)] {
        let stream = TcpStream::connect(address).await.unwrap();
        let (mut send, connection) = h2::client::handshake(stream).await.unwrap();
        tokio::spawn(connection);
        let request = Request::get(format!("http://{authority}{QUERY}")).body(()).unwrap();
        let response = send.send_request(request, true).unwrap().0.await.unwrap();
        assert_eq!(response.status(), status, "{authority}");
    }
    let protocol = ("sec-websocket-protocol", "graphql-transport-ws");
    match Socket::open(address, &[protocol, REBOUND[0], REBOUND[1]]).await {
        Err(Error::Http(response)) => assert_eq!(response.status(), 421),
        other => panic!("{:?}", other.err()),
    }
}

async fn names_can_be_allowed(server: Server) {
    let hosts = |text: &str| Options { hosts: text.parse().unwrap(), ..Options::default() };
    let server = server.with_options(hosts("blog.example,*.example.org"));
    for (host, status) in [
        ("blog.example", 200),
        ("BLOG.example:8443", 200),
        ("a.b.example.org", 200),
        ("example.org", 421),
        ("evil.test", 421),
        ("localhost", 200),
    ] {
        assert_eq!(get(&server, QUERY, &[("host", host)]).await.0, status, "{host}");
    }
    let server = server.with_options(hosts("*"));
    assert_eq!(get(&server, QUERY, &REBOUND).await.0, StatusCode::OK);
}
