//! Hosts: under which names the server answers.
//!
//! A page can have its own name lead to this server (DNS rebinding): then it is of the same origin as the server, and its `Host`
//! is the only sign. No page can have an IP address, or `localhost`, for its name.

use axum::http::{HeaderMap, Uri, header, uri::Authority};
use std::{net::IpAddr, str::FromStr};

/// The names under which the server answers, beside IP addresses, `localhost` and `*.localhost`: none by default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hosts {
    any: bool,
    names: Vec<String>,
    /// Those whose subdomains are allowed, each with the dot before it.
    parents: Vec<String>,
}

impl FromStr for Hosts {
    type Err = String;

    /// Reads a list such as `example.org,*.example.org`, or `*` for all there are. A port is ignored.
    fn from_str(text: &str) -> Result<Hosts, String> {
        let mut hosts = Hosts::default();
        for one in text.split(',').map(str::trim).filter(|one| !one.is_empty()) {
            if one == "*" {
                hosts.any = true;
                continue;
            }
            let host = name(one).to_ascii_lowercase();
            let (parent, host) = match host.strip_prefix("*.") {
                Some(host) => (true, host),
                None => (false, host.as_str()),
            };
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
            let is_name = !host.is_empty() && !host.starts_with('.') && host.bytes().all(plain);
            match (is_name || is_address(host), parent) {
                (true, true) if is_name => hosts.parents.push(format!(".{host}")),
                (true, false) => hosts.names.push(host.to_owned()),
                _ => {
                    return Err(format!(
                        "expected names such as example.org or *.example.org, separated by commas, or *, not \"{one}\""
                    ));
                }
            }
        }
        if !text.trim().is_empty() && hosts == Hosts::default() {
            return Err(format!(
                "expected names such as example.org, separated by commas, or *, not \"{text}\""
            ));
        }
        Ok(hosts)
    }
}

impl Hosts {
    /// Whether a request is for one of these hosts, or says of none: HTTP/1.0 need not. HTTP/2 has it in the URI, and HTTP/1.1
    /// may have it there too.
    pub(in crate::server) fn allow(&self, uri: &Uri, headers: &HeaderMap) -> bool {
        if self.any {
            return true;
        }
        let named = headers.get_all(header::HOST).iter().map(|host| host.to_str().unwrap_or("?"));
        let asked = uri.authority().map(Authority::as_str);
        named.chain(asked).all(|host| host.is_empty() || self.allows(host))
            // Those who ask whether it is alive may know it by any name.
            || matches!(uri.path(), "/healthz" | "/readyz")
    }

    fn allows(&self, host: &str) -> bool {
        let host = name(host);
        let is = |name: &str| host.eq_ignore_ascii_case(name);
        let is_below = |parent: &str| {
            let end = host.len().checked_sub(parent.len()).filter(|start| *start > 0);
            let end = end.and_then(|start| host.get(start..));
            end.is_some_and(|end| end.eq_ignore_ascii_case(parent))
        };
        is("localhost")
            || is_below(".localhost")
            || is_address(host)
            || self.names.iter().any(|name| is(name))
            || self.parents.iter().any(|parent| is_below(parent))
    }
}

/// A host without its port, and without the dot that a name may end with.
fn name(host: &str) -> &str {
    // An IPv6 address has colons of its own.
    let from = host.find(']').unwrap_or(0);
    let host = match host[from..].split_once(':') {
        Some((rest, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => &host[..from + rest.len()],
        _ => host,
    };
    host.strip_suffix('.').unwrap_or(host)
}

fn is_address(host: &str) -> bool {
    let address = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(address) => address.parse().ok().filter(IpAddr::is_ipv6),
        None => host.parse().ok().filter(IpAddr::is_ipv4),
    };
    address.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn hosts(text: &str) -> Hosts {
        text.parse().unwrap_or_else(|problem| unreachable!("{problem}"))
    }

    #[test]
    fn hosts_are_read_from_a_setting() {
        assert_eq!(hosts(""), Hosts::default());
        assert!(hosts("*").any);
        let some = hosts(" Example.org:443 , *.example.org,[::1]:80");
        assert_eq!(
            (some.names, some.parents),
            (vec!["example.org".into(), "[::1]".into()], vec![".example.org".into()])
        );
        for wrong in ["https://example.org", "a b", "*.", "a/b", "*.[::1]", ".org", "a.*", "[x]", "ada@a"] {
            assert!(wrong.parse::<Hosts>().is_err_and(|problem| problem.contains(wrong)), "{wrong}");
        }
    }

    #[test]
    fn names_must_be_allowed_and_addresses_are() {
        let allowed = hosts("example.org,*.example.net");
        for (host, expected) in [
            ("localhost", true),
            ("LocalHost:8000", true),
            ("localhost.", true),
            ("blog.localhost:8000", true),
            ("127.0.0.1:8000", true),
            ("192.168.0.7", true),
            ("[::1]:8000", true),
            ("[fe80::1]", true),
            ("", true),
            ("example.org", true),
            ("EXAMPLE.org:443", true),
            ("example.org.", true),
            ("a.example.net", true),
            ("a.b.example.net", true),
            ("example.net", false),
            ("a.example.org", false),
            ("notexample.net", false),
            ("evil.test", false),
            ("localhost.evil.test", false),
            ("notlocalhost", false),
            (".localhost", false),
            ("127.0.0.1.evil.test", false),
            ("127.1", false),
            ("2130706433", false),
            ("0x7f.0.0.1", false),
            ("::1", false),
            ("[::1].evil.test", false),
            ("[::1", false),
            ("[127.0.0.1]", false),
            ("ada@localhost", false),
            ("localhost@evil.test", false),
        ] {
            let headers = HeaderMap::from_iter(HeaderValue::from_str(host).map(|host| (header::HOST, host)));
            let uri = Uri::from_static("/graphql");
            assert_eq!(allowed.allow(&uri, &headers), expected, "{host}");
            assert!(hosts("*").allow(&uri, &headers));
            assert!(allowed.allow(&Uri::from_static("/healthz"), &headers));
        }
        // Each that is named must be allowed.
        let headers = HeaderMap::from_iter([(header::HOST, HeaderValue::from_static("localhost"))]);
        assert!(allowed.allow(&Uri::from_static("http://127.0.0.1/graphql"), &headers));
        assert!(!allowed.allow(&Uri::from_static("http://evil.test/graphql"), &headers));
        assert!(!allowed.allow(&Uri::from_static("http://evil.test/graphql"), &HeaderMap::new()));
    }
}
