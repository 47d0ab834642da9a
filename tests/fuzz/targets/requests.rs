//! The parameters of a request: a query string of `GET /graphql`, a body of `POST /graphql`, or the parameters themselves,
//! which must get the same answer in both.
//!
//! The first byte chooses which.

#![no_main]

use axum::{
    Router,
    body::Body,
    http::{Method, Request, StatusCode, Uri, header},
};
use doorway::server::{Options, custom_router};
use doorway_fuzz::{APP, SEPARATOR, block_on, check_response, in_time, with_blog};
use http_body_util::BodyExt;
use libfuzzer_sys::{Corpus, fuzz_target};
use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use serde_json::{Map, Value};
use tower::ServiceExt;

fuzz_target!(|data: &[u8]| -> Corpus {
    let [form, rest @ ..] = data else { return Corpus::Reject };
    match form % 3 {
        0 => {
            let Ok(uri) = Uri::try_from([b"/graphql?", rest].concat()) else { return Corpus::Reject };
            with_blog(false, |db| {
                ask(&custom_router(APP.clone(), db.clone(), Options::default()), Method::GET, &uri, b"")
            });
        }
        1 => {
            let uri = Uri::from_static("/graphql");
            with_blog(true, |db| {
                ask(&custom_router(APP.clone(), db.clone(), Options::default()), Method::POST, &uri, rest)
            });
        }
        _ => {
            let Ok(text) = std::str::from_utf8(rest) else { return Corpus::Reject };
            return both(text);
        }
    }
    Corpus::Keep
});

/// Sends the same parameters in both ways.
fn both(text: &str) -> Corpus {
    let (mut query, mut body) = (Vec::new(), Map::new());
    let names = ["query", "variables", "operationName", "extensions", "documentId"];
    for (name, text) in names.into_iter().zip(text.split(SEPARATOR)).filter(|(_, text)| !text.is_empty()) {
        query.push(format!("{name}={}", percent_encode(text.as_bytes(), NON_ALPHANUMERIC)));
        let value = match name {
            "variables" | "extensions" => serde_json::from_str(text),
            _ => Ok(text.into()),
        };
        let Ok(value) = value else { return Corpus::Reject };
        body.insert(name.to_owned(), value);
    }
    let uri = Uri::try_from(format!("/graphql?{}", query.join("&")));
    let (Ok(uri), Ok(body)) = (uri, serde_json::to_vec(&body)) else { return Corpus::Reject };
    with_blog(true, |db| {
        let router = || custom_router(APP.clone(), db.clone(), Options::default());
        let (status, by_get) = ask(&router(), Method::GET, &uri, b"");
        if status != StatusCode::METHOD_NOT_ALLOWED {
            assert_eq!((status, by_get), ask(&router(), Method::POST, &Uri::from_static("/graphql"), &body));
        }
    });
    Corpus::Keep
}

fn ask(router: &Router, method: Method, uri: &Uri, body: &[u8]) -> (StatusCode, Value) {
    let (status, response) = in_time(|| {
        let request = Request::builder()
            .method(method.clone())
            .uri(uri.clone())
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "application/graphql-response+json")
            .body(Body::from(body.to_vec()))
            .unwrap();
        block_on(async {
            let response = router.clone().oneshot(request).await.unwrap();
            (response.status(), response.into_body().collect().await.unwrap().to_bytes())
        })
    });
    assert!(!status.is_server_error(), "{status}: {}", String::from_utf8_lossy(&response));
    (status, check_response(&response))
}
