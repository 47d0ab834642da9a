//! The IDE's page and files, without a browser. `tests/clients/browser.test.js` tests them in one.

use crate::support::Server;
use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, Request, StatusCode, header},
};
use doorway::server::Options;
use flate2::read::GzDecoder;
use std::io::Read;

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8";

struct Page {
    headers: HeaderMap,
    html: String,
}

impl Page {
    fn header(&self, name: HeaderName) -> &str {
        self.headers[name].to_str().unwrap()
    }

    /// Whether the build had npm.
    fn is_built(&self) -> bool {
        !self.html.contains("https://cdn.")
    }

    /// Our files that the page names in attributes.
    fn files(&self) -> Vec<String> {
        let named = self.html.split(r#"="ide/"#).skip(1);
        named.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
    }
}

/// Under any name.
async fn server() -> Server {
    let hosts = "*".parse().unwrap();
    Server::on_sqlite().await.with_options(Options { hosts, ..Options::default() })
}

async fn page(server: &Server, host: &str) -> Page {
    let request = Request::get("/graphql").header(header::ACCEPT, BROWSER).header(header::HOST, host);
    let (status, headers, body) = server.fetch(request.body(Body::empty()).unwrap()).await;
    assert_eq!(status, StatusCode::OK);
    Page { headers, html: String::from_utf8(body).unwrap() }
}

async fn file(server: &Server, name: &str, codings: &str) -> (StatusCode, HeaderMap, Vec<u8>) {
    let request = Request::get(format!("/ide/{name}")).header(header::ACCEPT_ENCODING, codings);
    server.fetch(request.body(Body::empty()).unwrap()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_security_policy_allows_only_what_the_page_needs() {
    let page = page(&server().await, "blog.example:8000").await;
    assert_eq!(page.header(header::CONTENT_TYPE), "text/html; charset=utf-8");
    assert_eq!(page.header(header::CACHE_CONTROL), "no-cache");
    assert_eq!(page.header(header::X_CONTENT_TYPE_OPTIONS), "nosniff");
    assert_eq!(page.header(header::REFERRER_POLICY), "same-origin");
    let policy: Vec<_> = page.header(header::CONTENT_SECURITY_POLICY).split("; ").collect();
    let sockets = "connect-src 'self' ws://blog.example:8000 wss://blog.example:8000";
    for rule in ["default-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", sockets] {
        assert!(policy.contains(&rule), "{rule} is not in {policy:?}");
    }
    let scripts = policy.iter().find(|rule| rule.starts_with("script-src")).unwrap();
    let cdn = if page.is_built() { "" } else { " https://cdn.jsdelivr.net/npm/" };
    assert_eq!(*scripts, format!("script-src 'self'{cdn}"));
    // The policy forbids inline scripts.
    for script in page.html.split("<script").skip(1) {
        assert!(script.split('>').next().unwrap().contains(r#" src=""#), "{script}");
    }
    assert!(page.html.contains("<title>Doorway</title>") && page.html.contains(r#"data-explain="false""#));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_shows_its_own_address() {
    let server = server().await;
    assert!(page(&server, "[::1]:8000").await.html.contains(">http://[::1]:8000/graphql</span>"));
    // An invalid host appears in neither the page nor its policy.
    for host in ["x;script-src-elem", r#""><script>"#, "a,b", "a@b", ""] {
        let page = page(&server, host).await;
        assert!(page.html.contains(">http://HOST/graphql</span>"), "{host}");
        assert!(page.header(header::CONTENT_SECURITY_POLICY).contains("connect-src 'self'; "), "{host}");
    }
    let request =
        Request::get("/graphql").header(header::ACCEPT, BROWSER).header(header::HOST, "blog.example");
    let request = request.header("X-Forwarded-Proto", "https").body(Body::empty()).unwrap();
    assert!(server.send(request).await.text.contains(">https://blog.example/graphql</span>"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_file_of_the_page_is_served() {
    let server = server().await;
    let page = page(&server, "localhost").await;
    let mut names = page.files();
    assert!(!names.is_empty());
    // Style sheets name the fonts.
    for name in names.clone().iter().filter(|name| name.ends_with(".css")) {
        let (_, _, bytes) = file(&server, name, "identity").await;
        let text = String::from_utf8(bytes).unwrap();
        assert!(!text.contains(r#"url("http"#) && !text.contains("@import"));
        let urls = text.split(r#"url("./"#).skip(1).map(|rest| rest.split('"').next().unwrap().to_owned());
        names.extend(urls);
    }
    assert!(!page.is_built() || names.iter().any(|name| name.ends_with(".woff2")), "{names:?}");
    for name in names {
        let (status, headers, sent) = file(&server, &name, "br, gzip;q=0.8").await;
        let header = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap());
        assert_eq!(status, StatusCode::OK, "{name}");
        let kind = match name.rsplit('.').next().unwrap() {
            "js" => "text/javascript; charset=utf-8",
            "css" => "text/css; charset=utf-8",
            "txt" => "text/plain; charset=utf-8",
            font => &format!("font/{font}"),
        };
        assert_eq!(header(header::CONTENT_TYPE), Some(kind), "{name}");
        assert_eq!(header(header::X_CONTENT_TYPE_OPTIONS), Some("nosniff"), "{name}");
        if !page.is_built() {
            assert_eq!(header(header::CACHE_CONTROL), Some("no-cache"), "{name}");
            continue;
        }
        assert_eq!(header(header::CACHE_CONTROL), Some("public, max-age=31536000, immutable"), "{name}");
        assert_eq!(header(header::CONTENT_ENCODING), Some("gzip"), "{name}");
        assert_eq!(header(header::VARY), Some("Accept-Encoding"), "{name}");
        let mut content = Vec::new();
        GzDecoder::new(&*sent).read_to_end(&mut content).unwrap();
        for codings in ["", "br", "identity", "gzip;q=0"] {
            let (_, headers, plain) = file(&server, &name, codings).await;
            assert!(!headers.contains_key(header::CONTENT_ENCODING), "{name} as {codings:?}");
            assert!(plain == content, "{name} as {codings:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_from_a_cdn_are_pinned_by_hash() {
    let page = page(&server().await, "localhost").await;
    for element in page.html.split('<').filter(|element| element.contains(r#""https://"#)) {
        assert!(element.contains(r#"integrity="sha384-"#) && element.contains(r#"crossorigin="anonymous""#));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unknown_files_are_not_found() {
    let server = server().await;
    for name in ["", "main.js", "..%2FCargo.toml", "%2e%2e/graphql", "a/b", "manifest"] {
        assert_eq!(file(&server, name, "gzip").await.0, StatusCode::NOT_FOUND, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn browsers_do_not_run_the_query_in_the_address() {
    let server = server().await;
    let query = "/graphql?query=%7Busers%7Bid%7D%7D";
    let get = |accept: &str| Request::get(query).header(header::ACCEPT, accept).body(Body::empty()).unwrap();
    assert!(server.send(get(BROWSER)).await.content_type.starts_with("text/html"));
    for accept in ["application/json", "application/json, text/html", "*/*"] {
        assert_eq!(server.send(get(accept)).await.text, r#"{"data":{"users":[]}}"#, "{accept}");
    }
}
