//! `DATABASE_URL`: which database, and where.

use std::{fmt, str::FromStr};

/// A database's address, checked.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// `postgres://USER:PASSWORD@HOST:PORT/NAME` or `postgresql://…`, as libpq reads it.
    Postgres(String),
    /// `sqlite:PATH`, or `sqlite::memory:` for one that ends with the process.
    Sqlite(String),
}

/// Why a text is no [`DatabaseUrl`]; never repeats the text, which may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadUrl {
    /// It begins with no scheme of ours.
    #[error("expected sqlite:FILE, sqlite::memory: or postgres://USER@HOST/DATABASE")]
    Scheme,
    /// `sqlite:` and nothing behind it.
    #[error("sqlite: needs a file name, as in sqlite:doorway.db, or :memory:")]
    NoFile,
    /// PostgreSQL's own rules are broken.
    #[error("not a PostgreSQL address: {0}")]
    Postgres(String),
    /// A SQLite path with parameters, as other libraries take them.
    #[error(
        "sqlite: takes a file name without parameters (?…); sqlite:file:NAME?… is SQLite's own form of them"
    )]
    Parameters,
    /// It asks for an encrypted connection.
    #[error("sslmode={0} is not supported: Doorway connects to PostgreSQL without TLS")]
    Tls(String),
    /// An `@` before the one in front of the host.
    #[error("the user or the password contains an @: write it as %40")]
    At,
}

impl FromStr for DatabaseUrl {
    type Err = BadUrl;

    fn from_str(url: &str) -> Result<Self, BadUrl> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let (place, parameters) = url.split_once('?').unwrap_or((url, ""));
            if place.matches('@').count() > 1 {
                return Err(BadUrl::At);
            }
            let mut modes = parameters.split('&').filter_map(|one| one.strip_prefix("sslmode="));
            if let Some(mode) =
                modes.next_back().filter(|mode| !["disable", "allow", "prefer"].contains(mode))
            {
                return Err(BadUrl::Tls(mode.to_owned()));
            }
            // What `allow` and `prefer` try first does not matter without TLS.
            let config = url
                .replace("sslmode=allow", "sslmode=prefer")
                .parse::<tokio_postgres::Config>()
                .map_err(|error| {
                    let cause = std::error::Error::source(&error).map(ToString::to_string);
                    BadUrl::Postgres(cause.unwrap_or_else(|| error.to_string()))
                })?;
            if config.get_hosts().is_empty() {
                return Err(BadUrl::Postgres("it has no host".to_owned()));
            }
            return Ok(DatabaseUrl::Postgres(url.replace("sslmode=allow", "sslmode=prefer")));
        }
        let path = url.strip_prefix("sqlite:").ok_or(BadUrl::Scheme)?;
        let path = path.strip_prefix("//").unwrap_or(path);
        if path.is_empty() {
            return Err(BadUrl::NoFile);
        }
        if path.contains('?') && !path.starts_with("file:") {
            return Err(BadUrl::Parameters);
        }
        Ok(DatabaseUrl::Sqlite(path.to_owned()))
    }
}

impl fmt::Debug for DatabaseUrl {
    /// Without the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

impl fmt::Display for DatabaseUrl {
    /// Without the user, the password and the parameters.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DatabaseUrl::Sqlite(path) => write!(f, "sqlite:{path}"),
            DatabaseUrl::Postgres(url) => {
                let rest = url.split_once("://").map_or("", |(_, rest)| rest);
                let rest = rest.split('?').next().unwrap_or(rest);
                let place = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
                write!(f, "postgres://{place}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_read_or_says_what_is_wrong() {
        let read = |url: &str| url.parse::<DatabaseUrl>().map(|url| url.to_string());
        assert_eq!(read("sqlite:doorway.db"), Ok("sqlite:doorway.db".into()));
        assert_eq!(read("sqlite:///var/lib/blog.db"), Ok("sqlite:/var/lib/blog.db".into()));
        assert_eq!(read("sqlite::memory:"), Ok("sqlite::memory:".into()));
        assert_eq!(
            read("postgresql://ada:p%40ss@db:5433/blog?connect_timeout=3&sslmode=allow"),
            Ok("postgres://db:5433/blog".into())
        );
        assert_eq!(read("mysql://localhost/blog"), Err(BadUrl::Scheme));
        assert_eq!(read(""), Err(BadUrl::Scheme));
        assert_eq!(read("sqlite:"), Err(BadUrl::NoFile));
        assert_eq!(read("sqlite:blog.db?mode=rwc"), Err(BadUrl::Parameters));
        assert_eq!(read("postgres://"), Err(BadUrl::Postgres("it has no host".into())));
        assert_eq!(read("postgres://ada:p@ss@db/blog"), Err(BadUrl::At));
        for mode in ["require", "verify-ca", "verify-full", "yes"] {
            let read = read(&format!("postgres://db/blog?sslmode={mode}"));
            assert_eq!(read, Err(BadUrl::Tls(mode.into())));
        }
        assert!(matches!(read("postgres://db:port/blog"), Err(BadUrl::Postgres(_))));
    }
}
