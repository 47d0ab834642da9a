//! Requests from pages of other origins.

use crate::support::{Answer, Database, Doorway, Server, Socket};
use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use doorway::server::Options;
use tokio_tungstenite::tungstenite::Error;

on_both_databases!(requests_from_other_origins_are_refused, listed_origins_are_allowed);

const QUERY: &str = "/graphql?query=%7Busers%7Bid%7D%7D";

async fn get(server: &Server, headers: &[(&str, &str)]) -> Answer {
    send(server, "GET", QUERY, headers).await
}

async fn send(server: &Server, method: &str, uri: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::builder().method(method).uri(uri).header("host", "doorway.example");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    server.send(request.body(Body::empty()).unwrap()).await
}

/// Options for a server that is called so.
fn named() -> Options {
    Options { hosts: "doorway.example".parse().unwrap(), ..Options::default() }
}

async fn requests_from_other_origins_are_refused(server: Server) {
    let server = server.with_options(named());
    for (headers, allowed) in [
        (vec![], true),
        (vec![("sec-fetch-site", "same-origin")], true),
        (vec![("sec-fetch-site", "none")], true),
        (vec![("sec-fetch-site", "cross-site")], false),
        (vec![("sec-fetch-site", "same-site")], false),
        // A proxy may have changed `Host`. `Sec-Fetch-Site` comes from the browser.
        (vec![("sec-fetch-site", "same-origin"), ("origin", "https://blog.example")], true),
        (vec![("origin", "https://doorway.example")], true),
        (vec![("origin", "https://DOORWAY.example")], true),
        (vec![("origin", "https://doorway.example:444")], false),
        (vec![("origin", "https://elsewhere.example")], false),
        (vec![("origin", "null")], false),
        (vec![("referer", "https://doorway.example/graphql?query=x")], true),
        (vec![("referer", "https://elsewhere.example/https://doorway.example")], false),
        // A page can suppress `Origin` and `Referer`, but not `User-Agent`.
        (vec![("user-agent", "Mozilla/5.0 (X11; Linux x86_64)")], false),
        (vec![("user-agent", "Mozilla/5.0"), ("referer", "http://doorway.example/")], true),
        (vec![("user-agent", "curl/8.0")], true),
        (vec![("sec-fetch-site", "cross-site"), ("accept", "text/event-stream")], false),
        (vec![("sec-fetch-site", "cross-site"), ("accept", "application/json")], false),
    ] {
        let answer = get(&server, &headers).await;
        let expected = if allowed { StatusCode::OK } else { StatusCode::FORBIDDEN };
        assert_eq!(answer.status, expected, "{headers:?}");
        assert_eq!(answer.text.contains("this origin is not allowed"), !allowed, "{}", answer.text);
        assert_eq!(answer.header("access-control-allow-origin"), "");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
    }
    // A link on another page may lead to the IDE, which runs nothing by itself.
    let link = [("sec-fetch-site", "cross-site"), ("accept", "text/html,*/*;q=0.8")];
    let page = get(&server, &link).await;
    assert_eq!((page.status, page.header("cache-control")), (StatusCode::OK, "no-cache"));
    assert!(
        page.header("vary").to_ascii_lowercase().contains("accept,"),
        "a cache must not serve the page to other clients"
    );
    // The server also refuses a POST that a browser should not have sent.
    let json = ("content-type", "application/json");
    for (headers, status) in [
        (vec![json, ("origin", "https://elsewhere.example")], StatusCode::FORBIDDEN),
        (vec![json, ("origin", "https://doorway.example")], StatusCode::BAD_REQUEST),
        (vec![json], StatusCode::BAD_REQUEST),
        // Some test runners call themselves a browser. A page would send `Origin` with a POST.
        (vec![json, ("user-agent", "Mozilla/5.0")], StatusCode::BAD_REQUEST),
    ] {
        assert_eq!(send(&server, "POST", "/graphql", &headers).await.status, status, "{headers:?}");
    }
    // HTML forms can send only these types of content.
    for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"] {
        let answer = send(&server, "POST", "/graphql", &[("content-type", kind)]).await;
        assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{kind}");
    }
    // Preflight requests get no permission.
    let preflight = [("origin", "https://elsewhere.example"), ("access-control-request-method", "POST")];
    let answer = send(&server, "OPTIONS", "/graphql", &preflight).await;
    assert_eq!(
        (answer.status, answer.header("access-control-allow-origin")),
        (StatusCode::METHOD_NOT_ALLOWED, "")
    );
    assert_eq!(answer.allow.as_deref(), Some("GET, HEAD, POST"));
}

async fn listed_origins_are_allowed(server: Server) {
    let options = |origins: &str| Options { origins: origins.parse().unwrap(), ..named() };
    let server = server.with_options(options("https://a.example, http://localhost:3000"));
    for (origin, allowed) in [
        ("https://a.example", true),
        ("http://localhost:3000", true),
        ("http://localhost:3001", false),
        ("http://a.example", false),
        ("https://b.a.example", false),
    ] {
        let (allows, status) = if allowed { (origin, StatusCode::OK) } else { ("", StatusCode::FORBIDDEN) };
        let answer = get(&server, &[("origin", origin), ("sec-fetch-site", "cross-site")]).await;
        assert_eq!(
            (answer.status, answer.header("access-control-allow-origin")),
            (status, allows),
            "{origin}"
        );
        let asks = [
            ("origin", origin),
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", "content-type,authorization"),
        ];
        let answer = send(&server, "OPTIONS", "/graphql", &asks).await;
        assert_eq!(answer.header("access-control-allow-origin"), allows, "{origin}");
        assert!(answer.header("access-control-allow-methods").contains("POST"));
        assert_eq!(answer.header("access-control-allow-headers"), "content-type,authorization");
        let varies = |vary: &axum::http::HeaderValue| vary.to_str().unwrap().contains("origin");
        assert!(answer.headers.get_all("vary").iter().any(varies), "{:?}", answer.headers);
    }
    let server = server.with_options(options("*"));
    let answer =
        get(&server, &[("origin", "https://anybody.example"), ("sec-fetch-site", "cross-site")]).await;
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (StatusCode::OK, "*"));
}

#[tokio::test(flavor = "multi_thread")]
async fn sockets_open_for_listed_origins() {
    let database = Database::sqlite();
    let server = tokio::task::spawn_blocking(move || {
        (Doorway::serve(&database.url, &["--cors-origins", "https://a.example"]), database)
    });
    let (server, _database) = server.await.unwrap();
    let address = server.address().parse().unwrap();
    let open = |origin: &'static str| async move {
        Socket::open(address, &[("sec-websocket-protocol", "graphql-transport-ws"), ("origin", origin)]).await
    };
    assert!(open("https://a.example").await.is_ok());
    match open("https://b.example").await {
        Err(Error::Http(response)) => assert_eq!(response.status(), 403),
        other => panic!("{:?}", other.err()),
    }
}
