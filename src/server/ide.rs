//! The IDE: its page, and the files of the page under `/ide`.
//!
//! `src/ide/build.rs` says what they are: GraphiQL as npm has it, inside of the binary, or a page that takes it from
//! a CDN.

use axum::{
    body::{Body, Bytes},
    extract::Path,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use flate2::read::GzDecoder;
use std::{
    collections::BTreeMap,
    io::{self, Read},
    sync::{Mutex, PoisonError},
};

/// Where GraphiQL comes from.
#[allow(dead_code, reason = "a build has one of the two")]
enum Page {
    /// These files of ours.
    Built { script: &'static str, style: &'static str, licences: &'static str },
    /// The files of [`CDN`].
    FromCdn,
}

struct File {
    name: &'static str,
    form: Form,
    bytes: &'static [u8],
}

/// How a file is kept.
#[allow(dead_code, reason = "a build has one of the two")]
#[derive(PartialEq)]
enum Form {
    /// Compressed, under a name that holds the hash of its content.
    Gzip,
    /// As it is, under a name that stays when the content changes.
    Plain,
}

include!(concat!(env!("OUT_DIR"), "/ide.rs"));

/// The whole of the page but for what differs.
const TEMPLATE: &str = include_str!("../ide/page.html");

/// The files of npm's packages, byte for byte.
const CDN: &str = "https://cdn.jsdelivr.net/npm/";

/// Each with the hash of its content. These are the last of their packages that a page can load without a build.
const CDN_STYLES: [(&str, &str); 2] = [
    (
        "graphiql@4.1.2/graphiql.min.css",
        "sha384-1el1QShFBnnXTx9x/Cprg82hZWKt0ry29OAYIXt05swbi0KcZDFoj0CWguMpopJr",
    ),
    (
        "@graphiql/plugin-explorer@4.0.6/dist/style.css",
        "sha384-XffIsImDMwexX8UM/Bg3tss0MZOeQmZcnHzk0avUrw9ff0IQ2g9j7QLA6m2lz5D0",
    ),
];

/// In the order in which they need each other.
const CDN_SCRIPTS: [(&str, &str); 5] = [
    (
        "react@18.3.1/umd/react.production.min.js",
        "sha384-DGyLxAyjq0f9SPpVevD6IgztCFlnMF6oW/XQGmfe+IsZ8TqEiDrcHkMLKI6fiB/Z",
    ),
    (
        "react-dom@18.3.1/umd/react-dom.production.min.js",
        "sha384-gTGxhz21lVGYNMcdJOyq01Edg0jhn/c22nsx0kyqP0TxaV5WVdsSH1fSDUf5YJj1",
    ),
    (
        "graphiql@4.1.2/graphiql.min.js",
        "sha384-9XdHu7ajgGJziD4J1zNBKQ842Q/+zZfDv+ib1eMhZWBH6hPAs806x+Jbcf0yNO6B",
    ),
    (
        "@graphiql/plugin-explorer@4.0.6/dist/index.umd.js",
        "sha384-gXYG2RCFRuAiKUaKTbKxOVlvr0U9z0D/V/l5jdvRSH46vQ+9cpkG2d3ByiggUYvD",
    ),
    (
        "graphql-ws@6.4.2/umd/graphql-ws.min.js",
        "sha384-mxvR4Mzbsb6QVx/9xI2gtQikQA6m8zMDBFnu3l//4/ROsWt7y2sUGWd+/tYQqDm7",
    ),
];

/// The page, at whatever address the browser has asked for it; with `explain` its requests ask how they are executed.
pub(super) fn page(headers: &HeaderMap, explain: bool) -> Response {
    let host = host(headers);
    let (head, why) = match PAGE {
        Page::Built { script, style, licences } => (
            format!(
                "<link rel=\"stylesheet\" href=\"ide/{style}\">\n<link rel=\"license\" href=\"ide/{licences}\">\n\
                 <script type=\"module\" src=\"ide/{script}\"></script>"
            ),
            "it is still loading, or a part of it could not be loaded, or this browser runs no scripts or is too old".to_owned(),
        ),
        Page::FromCdn => (
            cdn_head(),
            format!("this Doorway was built without it, and the browser did not get it from {CDN} either"),
        ),
    };
    // A proxy that terminates TLS says so. A script in the page corrects the line.
    let secure = headers.get("x-forwarded-proto").is_some_and(|scheme| scheme == "https");
    let scheme = if secure { "https" } else { "http" };
    let address = format!("{scheme}://{}/graphql", host.unwrap_or("HOST"));
    let html = TEMPLATE
        .replace("{explain}", if explain { "true" } else { "false" })
        .replace("{head}", &head)
        .replace("{why}", &why)
        .replace("{address}", &address);
    let mut response = Html(html).into_response();
    let headers = response.headers_mut();
    guard(headers);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(header::VARY, HeaderValue::from_static("Accept, Host, X-Forwarded-Proto"));
    if let Ok(policy) = HeaderValue::try_from(policy(host)) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// What every response of ours says, so that a browser takes it for nothing else.
fn guard(headers: &mut HeaderMap) {
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
}

/// The host that the client has asked, if it can stand in a page and in a header as it is.
fn host(headers: &HeaderMap) -> Option<&str> {
    let host = headers.get(header::HOST)?.to_str().ok()?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
    (!host.is_empty() && host.bytes().all(plain)).then_some(host)
}

/// What the page may load and do: scripts of ours alone, styles also from scripts (Monaco), and no other page around
/// it.
fn policy(host: Option<&str>) -> String {
    let cdn = if matches!(PAGE, Page::FromCdn) { format!(" {CDN}") } else { String::new() };
    // Not every browser counts a WebSocket to its own host as 'self'. An IPv6 address cannot be named here.
    let sockets = match host {
        Some(host) if !host.starts_with('[') => format!(" ws://{host} wss://{host}"),
        _ => String::new(),
    };
    // The built page starts its workers from blobs that it has loaded; the other has none.
    let workers = if cdn.is_empty() { "blob:" } else { "'none'" };
    // Fonts as data are those of the CDN's style sheet.
    let fonts = if cdn.is_empty() { "" } else { " data:" };
    format!(
        "default-src 'self'; script-src 'self'{cdn}; style-src 'self' 'unsafe-inline'{cdn}; \
         font-src 'self'{fonts}; img-src 'self' data:; connect-src 'self'{sockets}; worker-src {workers}; \
         object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}

fn cdn_head() -> String {
    let whole = |hash: &str| format!("integrity=\"{hash}\" crossorigin=\"anonymous\"");
    let styles = CDN_STYLES
        .map(|(file, hash)| format!("<link rel=\"stylesheet\" href=\"{CDN}{file}\" {}>\n", whole(hash)));
    // In order, and a module's turn is after them; where one is blocked, the others' still comes.
    let scripts = CDN_SCRIPTS
        .map(|(file, hash)| format!("<script defer src=\"{CDN}{file}\" {}></script>\n", whole(hash)));
    styles.concat() + &scripts.concat() + "<script type=\"module\" src=\"ide/cdn.js\"></script>"
}

/// `GET /ide/{file}`: one of the page's files.
pub(super) async fn asset(Path(name): Path<String>, headers: HeaderMap) -> Response {
    let Some(file) = FILES.iter().find(|file| file.name == name) else {
        return (StatusCode::NOT_FOUND, "the IDE has no such file\n").into_response();
    };
    let mut response = Response::new(Body::empty());
    let given = response.headers_mut();
    guard(given);
    given.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(file.name)));
    if file.form == Form::Plain {
        given.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        *response.body_mut() = file.bytes.into();
        return response;
    }
    given.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    given.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    if takes_gzip(&headers) {
        given.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        *response.body_mut() = file.bytes.into();
        return response;
    }
    match plain(file) {
        Ok(bytes) => *response.body_mut() = bytes.into(),
        Err(error) => {
            tracing::error!(%error, name, "a file of the IDE could not be decompressed");
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
    }
    response
}

/// What a file holds, once for all clients: each would else have its own megabytes until it has read them.
fn plain(file: &File) -> io::Result<Bytes> {
    static KNOWN: Mutex<BTreeMap<&str, Bytes>> = Mutex::new(BTreeMap::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(bytes) = known.get(file.name) {
        return Ok(bytes.clone());
    }
    let mut bytes = Vec::new();
    GzDecoder::new(file.bytes).read_to_end(&mut bytes)?;
    let bytes = Bytes::from(bytes);
    known.insert(file.name, bytes.clone());
    Ok(bytes)
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("txt") => "text/plain; charset=utf-8",
        Some("ttf") => "font/ttf",
        Some("woff") => "font/woff",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}

/// Whether `Accept-Encoding` names gzip, other than to refuse it.
fn takes_gzip(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip"))
            && !parts.any(|part| part.strip_prefix("q=").is_some_and(|q| q.parse() == Ok(0.0_f32)))
    })
}
