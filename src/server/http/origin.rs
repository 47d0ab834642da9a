//! Pages of other origins: which of them may use the server, and how to recognise a page.

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use std::{str::FromStr, time::Duration};
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

/// How long a browser may remember that it may ask, and so how long one that is taken off the list may go on.
const PREFLIGHT: Duration = Duration::from_secs(600);

/// The other origins whose pages may ask: none by default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origins {
    any: bool,
    listed: Vec<HeaderValue>,
}

impl FromStr for Origins {
    type Err = String;

    /// Reads a list such as `https://example.org,http://localhost:3000`, or `*` for all there are.
    fn from_str(text: &str) -> Result<Origins, String> {
        let mut origins = Origins::default();
        for one in text.split(',').map(str::trim).filter(|one| !one.is_empty()) {
            if one == "*" {
                origins.any = true;
                continue;
            }
            let one = one.to_ascii_lowercase();
            let host = one.split_once("://").filter(|(scheme, host)| {
                let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
                !scheme.is_empty() && !host.is_empty() && host.bytes().all(plain)
            });
            // As browsers write it.
            let own_port = match host {
                Some(("https", _)) => ":443",
                Some(("http", _)) => ":80",
                _ => "",
            };
            match (host, HeaderValue::from_str(one.strip_suffix(own_port).unwrap_or(&one))) {
                (Some(_), Ok(value)) => origins.listed.push(value),
                _ => {
                    return Err(format!(
                        "expected origins such as https://example.org, separated by commas, or *, not \"{one}\""
                    ));
                }
            }
        }
        Ok(origins)
    }
}

impl Origins {
    fn allow(&self, origin: Option<&HeaderValue>) -> bool {
        self.any || origin.is_some_and(|origin| self.listed.contains(origin))
    }

    /// Whether a request comes from no page, from one of this host, or from one that may ask.
    ///
    /// Browsers say where a request comes from in `Sec-Fetch-Site` (Fetch Metadata, section 2.2); those that do not,
    /// being old or not on a secure connection, in `Origin` or `Referer`. A page can keep them from saying even that of
    /// a GET, but not from saying that they are browsers, and so is refused. A POST always has its `Origin`.
    pub(in crate::server) fn allows(&self, method: &Method, headers: &HeaderMap) -> bool {
        let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or_default());
        let origin = headers.get(header::ORIGIN);
        if self.allow(origin) {
            return true;
        }
        if let Some(site) = text(HeaderName::from_static("sec-fetch-site")) {
            return site == "same-origin" || site == "none";
        }
        let Some(page) = text(header::ORIGIN).or_else(|| text(header::REFERER)) else {
            return method == Method::POST
                || !text(header::USER_AGENT).is_some_and(|agent| agent.starts_with("Mozilla/"));
        };
        let host = page.split_once("://").map(|(_, rest)| rest.split('/').next().unwrap_or_default());
        matches!((host, text(header::HOST)), (Some(page), Some(own)) if page.eq_ignore_ascii_case(own))
    }

    /// The layer that tells browsers which origins may ask and read the answer.
    pub(in crate::server) fn layer(&self) -> CorsLayer {
        let layer = CorsLayer::new()
            .allow_methods([Method::GET, Method::POST])
            .allow_headers(AllowHeaders::mirror_request())
            .expose_headers([header::ETAG])
            .max_age(PREFLIGHT);
        layer.allow_origin(if self.any { AllowOrigin::any() } else { AllowOrigin::list(self.listed.clone()) })
    }

    /// Whether there are any.
    pub(in crate::server) fn is_empty(&self) -> bool {
        !self.any && self.listed.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_read_from_a_setting() {
        let origins = |text: &str| text.parse::<Origins>();
        assert!(origins("").is_ok_and(|none| none.is_empty()));
        assert!(origins("*").is_ok_and(|any| any.any));
        let two = origins(" https://Example.org:443 , http://localhost:3000,");
        assert!(two.is_ok_and(|two| two.listed == ["https://example.org", "http://localhost:3000"]));
        for wrong in
            ["example.org", "https://", "https://a/", "https://a/b", "https://*.a", "://a", "https://a b"]
        {
            assert!(origins(wrong).is_err_and(|problem| problem.contains(wrong)), "{wrong}");
        }
    }
}
