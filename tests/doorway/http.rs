//! HTTP: methods, media types, limits, compression, and panics.

use crate::support::{Database, Server};
use axum::{
    body::Body,
    http::{HeaderValue, Request, StatusCode, header, request::Builder},
};
use doorway::{blog::app, db::Db, server};
use futures_util::StreamExt;
use http_body_util::BodyExt;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tower::ServiceExt;

on_both_databases!(
    posts_must_be_json,
    bodies_are_limited_to_1_mib,
    slow_headers_time_out,
    slow_bodies_time_out,
    invalid_bodies_say_why,
    get_runs_only_queries,
    browsers_get_the_ide,
    the_media_type_decides_the_status,
    responses_are_compressed_as_the_client_accepts,
    health_and_readiness,
);

fn post(content_type: &str, body: impl Into<Body>) -> Request<Body> {
    Request::post("/graphql").header(header::CONTENT_TYPE, content_type).body(body.into()).unwrap()
}

async fn posts_must_be_json(server: Server) {
    let query = r#"{"query":"{ users { id } }"}"#;
    for accepted in
        ["application/json", "Application/JSON; charset=UTF-8", r#"application/json;charset="utf-8""#]
    {
        let answer = server.send(post(accepted, query)).await;
        assert_eq!(
            (answer.status, answer.text.as_str()),
            (StatusCode::OK, r#"{"data":{"users":[]}}"#),
            "{accepted}"
        );
    }
    for refused in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json-patch",
        "application/json; charset=utf-16",
        "",
    ] {
        let answer = server.send(post(refused, query)).await;
        assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{refused}");
        assert!(answer.text.contains("Content-Type: application/json"), "{}", answer.text);
    }
    let none = Request::post("/graphql").body(query.into()).unwrap();
    assert_eq!(server.send(none).await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

async fn bodies_are_limited_to_1_mib(server: Server) {
    let body = |length: usize| {
        let frame = r#"{"query":"{ users { id } }"}"#;
        format!("{frame}{}", " ".repeat(length - frame.len()))
    };
    assert_eq!(server.send(post("application/json", body(1 << 20))).await.status, StatusCode::OK);
    let too_long = body((1 << 20) + 1);
    assert_eq!(
        server.send(post("application/json", too_long.clone())).await.status,
        StatusCode::PAYLOAD_TOO_LARGE
    );
    // The same in chunks, without Content-Length.
    let chunks = futures_util::stream::iter(
        too_long
            .into_bytes()
            .chunks(4096)
            .map(|chunk| Ok::<_, std::io::Error>(chunk.to_vec()))
            .collect::<Vec<_>>(),
    );
    let answer = server.send(post("application/json", Body::from_stream(chunks))).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(answer.text.contains("1 MiB"), "{}", answer.text);
}

/// Nothing, the beginning of HTTP/1 and HTTP/2, an unfinished header, and no second request.
async fn slow_headers_time_out(server: Server) {
    let limits = server::Limits { head: std::time::Duration::from_millis(50), ..server::Limits::default() };
    let address = server.listen(limits).await;
    for sent in [
        "",
        "P",
        "PRI * HTTP/2.0\r\n",
        "GET /healthz HTTP/1.1\r\nHost: ",
        "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n",
    ] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(sent.as_bytes()).await.unwrap();
        let mut received = Vec::new();
        let ended = stream.read_to_end(&mut received);
        let ended = tokio::time::timeout(std::time::Duration::from_secs(30), ended).await;
        assert!(ended.is_ok(), "{sent:?} keeps its connection open");
        assert_eq!(received.starts_with(b"HTTP/1.1 200"), sent.ends_with("\r\n\r\n"), "{sent:?}");
    }
}

async fn slow_bodies_time_out(server: Server) {
    let limits = server::Limits { body: std::time::Duration::from_millis(1), ..server::Limits::default() };
    let server = server.with_options(server::Options { limits, ..server::Options::default() });
    let begun = futures_util::stream::iter([Ok::<_, std::io::Error>(r#"{"query":"#)]);
    let never = Body::from_stream(begun.chain(futures_util::stream::pending()));
    let answer = server.send(post("application/json", never)).await;
    assert_eq!(answer.status, StatusCode::REQUEST_TIMEOUT);
    assert!(answer.text.contains("did not arrive"), "{}", answer.text);
    let broken = body_that_ends_with(Err(std::io::Error::other("the connection is lost")));
    let answer = server.send(post("application/json", broken)).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(answer.text.contains("ended before its body was complete"), "{}", answer.text);
}

fn body_that_ends_with(end: std::io::Result<&'static str>) -> Body {
    Body::from_stream(futures_util::stream::iter([Ok(r#"{"query":"#), end]))
}

async fn invalid_bodies_say_why(server: Server) {
    for (body, words) in [
        ("", "EOF"),
        ("{", "EOF"),
        ("null", "expected an object with the text of a `query`"),
        (r#""{ users { id } }""#, "expected an object with the text of a `query`"),
        ("{}", "the parameter `query` is missing"),
        (r#"{"query":null}"#, "the parameter `query` is missing"),
        (r#"{"query":7}"#, "`query` must be a string, not a number"),
        (r#"{"query":"{ users { id } }","query":"{ tags { id } }"}"#, "duplicate field `query`"),
        (
            r#"{"query":"{ users { id } }","variables":"x"}"#,
            "`variables` must be a JSON object, not a string",
        ),
        (r#"{"query":"{ users { id } }","variables":[]}"#, "`variables` must be a JSON object, not an array"),
        (
            r#"{"query":"{ users { id } }","operationName":7}"#,
            "`operationName` must be a string, not a number",
        ),
        (
            r#"{"query":"{ users { id } }","extensions":true}"#,
            "`extensions` must be a JSON object, not a boolean",
        ),
        (r#"{"query":"\ud800"}"#, "surrogate"),
        ("{\0\"\0", "not in UTF-8"),
        (r#"[{"query":"{ users { id } }"}]"#, "batches are not supported"),
        ("\u{feff}{}", "expected"),
    ] {
        let answer = server.send(post("application/json", body)).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
        let message = answer.json()["errors"][0]["message"].as_str().unwrap().to_owned();
        assert!(message.contains(words), "{body}: {message}");
    }
    let nulls = r#"{"query":"{ users { id } }","variables":null,"operationName":null,"extensions":null}"#;
    assert_eq!(server.send(post("application/json", nulls)).await.status, StatusCode::OK);
    let not_utf8 = server.send(post("application/json", b"{\"query\":\"\xff\"}".to_vec())).await;
    assert_eq!(not_utf8.status, StatusCode::BAD_REQUEST);
}

async fn get_runs_only_queries(server: Server) {
    let get = |uri: &str| Request::get(uri.to_owned()).body(Body::empty()).unwrap();
    let uri = "/graphql?query=query%20A(%24n%3AInt!)%7Busers(limit%3A%24n)%7Bid%7D%7D%20query%20B%7Btags%7Bid%7D%7D&operationName=A&variables=%7B%22n%22%3A1%7D";
    let answer = server.send(get(uri)).await;
    assert_eq!((answer.status, answer.text.as_str()), (StatusCode::OK, r#"{"data":{"users":[]}}"#));
    let answer = server.send(get("/graphql?query=mutation%7Busers%7Bid%7D%7D")).await;
    assert_eq!((answer.status, answer.allow.as_deref()), (StatusCode::METHOD_NOT_ALLOWED, Some("POST")));
    let chosen = "/graphql?query=query%20Q%7Busers%7Bid%7D%7Dmutation%20M%7Busers%7Bid%7D%7D&operationName=";
    assert_eq!(server.send(get(&format!("{chosen}M"))).await.status, StatusCode::METHOD_NOT_ALLOWED);
    let answer = server.send(get("/graphql?query=%7Busers%7Bid%7D%7D&variables=%5B1%5D")).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(answer.text.contains("`variables`"), "{}", answer.text);
    for (uri, words) in [
        ("/graphql", "`query` is missing"),
        ("/graphql?query=%7Busers%7Bid%7D%7D&query=%7Btags%7Bid%7D%7D", "duplicate field `query`"),
        ("/graphql?query=%7Busers(where:%7Busername:%7Beq:%22%FF%22%7D%7D)%7Bid%7D%7D", "not in UTF-8"),
    ] {
        let answer = server.send(get(uri)).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{uri}");
        assert!(answer.text.contains(words), "{}", answer.text);
    }
    let replaced = "/graphql?query=%7Busers(where:%7Busername:%7Beq:%22%ef%bf%bd%22%7D%7D)%7Bid%7D%7D";
    assert_eq!(server.send(get(replaced)).await.json(), json!({ "data": { "users": [] } }));
    let put = Request::put("/graphql").body(Body::empty()).unwrap();
    assert_eq!(server.send(put).await.status, StatusCode::METHOD_NOT_ALLOWED);
}

async fn browsers_get_the_ide(server: Server) {
    let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    let page = Request::get("/graphql").header(header::ACCEPT, browser).body(Body::empty()).unwrap();
    let answer = server.send(page).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.content_type.starts_with("text/html") && answer.text.contains("graphiql"));
    let root = server.send(Request::get("/").body(Body::empty()).unwrap()).await;
    assert_eq!(root.status, StatusCode::TEMPORARY_REDIRECT);
}

async fn the_media_type_decides_the_status(server: Server) {
    let ask = |accept: &'static str, query: &str| {
        let body = json!({ "query": query }).to_string();
        let request = Request::post("/graphql").header(header::ACCEPT, accept);
        request.header(header::CONTENT_TYPE, "application/json").body(body.into()).unwrap()
    };
    for (accept, query, status) in [
        ("application/json", "{ nobody }", StatusCode::OK),
        ("*/*", "{ nobody }", StatusCode::OK),
        ("application/graphql-response+json", "{ nobody }", StatusCode::BAD_REQUEST),
        ("application/graphql-response+json", "{ users(limit: -1) { id } }", StatusCode::OK),
        ("application/graphql-response+json, application/json;q=0.9", "{ users { id } }", StatusCode::OK),
    ] {
        let answer = server.send(ask(accept, query)).await;
        assert_eq!(answer.status, status, "{accept} {query}");
        let expected =
            if accept.contains("graphql") { "application/graphql-response+json" } else { "application/json" };
        assert_eq!(answer.content_type, format!("{expected}; charset=utf-8"));
    }
}

async fn responses_are_compressed_as_the_client_accepts(server: Server) {
    let server = server.with_demo().await;
    let long = "/graphql?query=%7BblogPosts%7Bid%20title%20content%20author%7Bid%20username%7D%7D%7D";
    let get = |uri: &str, headers: &[(&str, &str)]| {
        let with = |request: Builder, (name, value): &(&str, &str)| request.header(*name, *value);
        headers.iter().fold(Request::get(uri), with).body(Body::empty()).unwrap()
    };
    let plain = server.send(get(long, &[])).await;
    assert!(plain.text.len() > 2048 && plain.header("content-encoding").is_empty());
    for (accepts, coding) in [
        ("gzip", "gzip"),
        ("br", "br"),
        ("gzip, br", "br"),
        ("gzip;q=1, br;q=0.5", "gzip"),
        ("zstd", ""),
        ("br;q=0", ""),
    ] {
        let (_, headers, bytes) = server.fetch(get(long, &[("accept-encoding", accepts)])).await;
        let found = headers.get("content-encoding").map_or("", |value| value.to_str().unwrap());
        assert_eq!(found, coding, "{accepts}");
        let varies = |vary: &HeaderValue| vary.to_str().unwrap().contains("accept-encoding");
        assert!(headers.get_all("vary").iter().any(varies), "{headers:?}");
        assert_eq!(bytes.len() * 2 < plain.text.len(), !coding.is_empty(), "{accepts}: {}", bytes.len());
        if coding.is_empty() {
            assert_eq!(bytes, plain.text.as_bytes());
        } else {
            assert_ne!(bytes, plain.text.as_bytes());
        }
    }
    // Short responses are not compressed, nor are event streams, which compression would delay.
    let short = get("/graphql?query=%7Busers%7Bid%7D%7D", &[("accept-encoding", "gzip")]);
    assert_eq!(server.send(short).await.header("content-encoding"), "");
    let events = [("accept-encoding", "gzip"), ("accept", "text/event-stream")];
    let answer = server.send(get(long, &events)).await;
    assert!(
        answer.header("content-encoding").is_empty() && answer.text.starts_with("event: next"),
        "{}",
        answer.text
    );
}

async fn health_and_readiness(server: Server) {
    for path in ["/healthz", "/readyz"] {
        let answer = server.send(Request::get(path).body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
    }
    let unknown = server.send(Request::get("/elsewhere").body(Body::empty()).unwrap()).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_is_answered_and_the_server_continues() {
    let database = Database::migrated_sqlite().await;
    let url = database.url.parse().unwrap();
    let db = Db::open_observed(&url, |sql| assert!(!sql.contains("tags"), "a defect")).unwrap();
    let router = server::router(app(), db);
    let ask = |query: &str| {
        let request = post("application/json", json!({ "query": query }).to_string());
        let router = router.clone();
        async move {
            let response = router.oneshot(request).await.unwrap();
            let status = response.status();
            (
                status,
                String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().into()).unwrap(),
            )
        }
    };
    for _ in 0..10 {
        let (status, body) = ask("{ tags { id } }").await;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(body.contains("INTERNAL_SERVER_ERROR") && !body.contains("a defect"), "{body}");
        assert_eq!(ask("{ users { id } }").await, (StatusCode::OK, r#"{"data":{"users":[]}}"#.to_owned()));
    }
}
