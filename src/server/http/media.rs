//! Media types: what a client takes (RFC 9110, section 12.5.1), and what it sends (GraphQL over HTTP, "Media
//! Types").

use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use mime::Mime;
use std::borrow::Cow;

const JSON: &str = "application/json";
const GRAPHQL_JSON: &str = "application/graphql-response+json";
const EVENTS: &str = "text/event-stream";
const PAGE: &str = "text/html";

/// How a GraphQL response is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::server) enum Media {
    /// `application/graphql-response+json`, whose status is that of the operation.
    Graphql,
    /// `application/json`, whose status says whether there is a GraphQL response.
    Json,
}

impl Media {
    /// As a header.
    pub(in crate::server) fn content_type(self) -> &'static str {
        match self {
            Media::Graphql => "application/graphql-response+json; charset=utf-8",
            Media::Json => "application/json; charset=utf-8",
        }
    }

    /// The status of a response in which nothing was executed (GraphQL over HTTP, "Status Codes").
    pub(in crate::server) fn request_error(self) -> StatusCode {
        match self {
            Media::Graphql => StatusCode::BAD_REQUEST,
            Media::Json => StatusCode::OK,
        }
    }
}

/// What a client takes.
pub(in crate::server) struct Accept {
    /// The ranges with their weights; `None` where it has not said.
    ranges: Option<Vec<(String, f32)>>,
}

impl Accept {
    pub(in crate::server) fn of(headers: &HeaderMap) -> Accept {
        let mut values = headers.get_all(header::ACCEPT).iter().peekable();
        let given = values.peek().is_some();
        let texts = values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
        let ranges = texts.filter_map(range).collect();
        Accept { ranges: given.then_some(ranges) }
    }

    /// The weight of the range that names the type itself; 0 where none does.
    fn named(&self, kind: &str) -> f32 {
        let named = self.ranges.iter().flatten().find(|(range, _)| range == kind);
        named.map_or(0.0, |(_, weight)| *weight)
    }

    /// The weight of the most specific range that the type is in.
    fn weight(&self, kind: &str) -> f32 {
        let Some(ranges) = &self.ranges else { return 1.0 };
        let (family, _) = kind.split_once('/').unwrap_or((kind, ""));
        let wanted = [kind.to_owned(), format!("{family}/*"), "*/*".to_owned()];
        let found = wanted.iter().find_map(|range| ranges.iter().find(|(known, _)| known == range));
        found.map_or(0.0, |(_, weight)| *weight)
    }

    /// Which of the two a response is written in; `None` where the client takes neither. The newer one must be
    /// named: who takes anything may be a client from before it.
    pub(in crate::server) fn json(&self) -> Option<Media> {
        let (graphql, json) = (self.named(GRAPHQL_JSON), self.weight(JSON));
        if graphql > 0.0 && graphql >= json {
            Some(Media::Graphql)
        } else {
            (json > 0.0).then_some(Media::Json)
        }
    }

    /// Whether it takes a stream of events, as one type of several or, in the second, as the only one. Some clients
    /// name every type they can read in every request.
    pub(in crate::server) fn events(&self) -> (bool, bool) {
        let events = self.named(EVENTS) > 0.0;
        (events, events && self.named(JSON) == 0.0 && self.named(GRAPHQL_JSON) == 0.0)
    }

    /// Whether it would rather have a page: it is a browser.
    pub(in crate::server) fn page(&self) -> bool {
        let page = self.named(PAGE);
        page > 0.0 && page >= self.weight(JSON) && page > self.named(JSON).max(self.named(GRAPHQL_JSON))
    }
}

/// A range of an `Accept` header. What asks for another charset than ours is of no use.
fn range(text: &str) -> Option<(String, f32)> {
    let range: Mime = text.trim().parse().ok()?;
    let weight = range.get_param("q").map_or(1.0, |weight| weight.as_str().parse().unwrap_or(0.0));
    is_utf8(&range).then(|| (range.essence_str().to_owned(), weight))
}

/// Whether its charset is UTF-8, or any, or not named.
fn is_utf8(kind: &Mime) -> bool {
    kind.get_param(mime::CHARSET)
        .is_none_or(|charset| ["utf-8", "utf8", "*"].iter().any(|known| charset == *known))
}

/// Checks that a body says that it is JSON, in UTF-8, as it is: what else a browser lets any page send.
///
/// # Errors
/// What is wrong with it.
pub(in crate::server) fn check_json(headers: &HeaderMap) -> Result<(), Cow<'static, str>> {
    let wanted = "send the request as JSON, with the header Content-Type: application/json";
    let only = |name: HeaderName| {
        let mut values = headers.get_all(name).iter();
        (values.next().map(|value| value.to_str().unwrap_or_default()), values.next().is_some())
    };
    let (Some(given), several) = only(header::CONTENT_TYPE) else { return Err(wanted.into()) };
    if several {
        return Err("the request has more than one Content-Type: send Content-Type: application/json".into());
    }
    let Some(given) = given.parse::<Mime>().ok().filter(|given| given.essence_str() == JSON) else {
        return Err(wanted.into());
    };
    if !is_utf8(&given) {
        return Err("JSON must be UTF-8: send the body in UTF-8 with Content-Type: application/json".into());
    }
    match only(header::CONTENT_ENCODING) {
        (Some(coding), _) if !coding.eq_ignore_ascii_case("identity") => {
            Err("the body has a Content-Encoding: send it uncompressed, without that header".into())
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn accept(text: &'static str) -> Accept {
        Accept::of(&HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(text))]))
    }

    #[test]
    fn the_heaviest_type_is_taken() {
        assert_eq!(Accept::of(&HeaderMap::new()).json(), Some(Media::Json));
        for (text, expected) in [
            ("*/*", Some(Media::Json)),
            ("application/*", Some(Media::Json)),
            ("application/json", Some(Media::Json)),
            ("application/graphql-response+json", Some(Media::Graphql)),
            ("Application/GraphQL-Response+JSON; charset=UTF-8", Some(Media::Graphql)),
            ("application/graphql-response+json, application/json", Some(Media::Graphql)),
            ("application/json, application/graphql-response+json", Some(Media::Graphql)),
            ("application/graphql-response+json;q=0.5, application/json", Some(Media::Json)),
            ("application/graphql-response+json;q=0.5, */*;q=0.1", Some(Media::Graphql)),
            ("application/graphql-response+json;q=0, application/json;q=0.1", Some(Media::Json)),
            ("application/json;q=0, */*", None),
            ("application/json;charset=utf-16", None),
            ("image/png", None),
            ("", None),
        ] {
            assert_eq!(accept(text).json(), expected, "{text}");
        }
    }

    #[test]
    fn a_browser_is_told_from_a_client() {
        for (text, page) in [
            ("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", true),
            ("text/html, */*", true),
            ("text/html, application/json", false),
            ("text/html;q=0.5, application/json", false),
            ("*/*", false),
            ("text/html;q=0", false),
        ] {
            assert_eq!(accept(text).page(), page, "{text}");
        }
        assert_eq!(accept("text/event-stream").events(), (true, true));
        assert_eq!(accept("text/event-stream, application/json").events(), (true, false));
        assert_eq!(accept("*/*").events(), (false, false));
    }
}
