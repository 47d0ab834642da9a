//! Every setting, from a flag or its variable, validated once.
//!
//! `limits` has those that bound operations, and `number` reads those that are numbers.

mod limits;
mod number;

pub use number::BadNumber;

use crate::app::App;
use crate::db::{BadUrl, DatabaseUrl, Usage};
use crate::server::{self, BadDocuments, TrustedDocuments};
use clap::Args;
use number::{Number, size};
use std::{ffi::OsString, net::SocketAddr, path::Path, sync::Arc};

/// The settings as they are given.
#[derive(Debug, Args)]
pub struct Flags {
    /// The database: sqlite:FILE, sqlite::memory: or postgres://USER:PASSWORD@HOST/DATABASE
    #[arg(
        long,
        global = true,
        env = "DATABASE_URL",
        default_value = "sqlite:doorway.db",
        value_name = "URL"
    )]
    #[arg(hide_env_values = true)]
    database_url: String,
    /// The most connections to PostgreSQL
    #[arg(long, global = true, env = "DOORWAY_POOL_SIZE", default_value = "16", value_name = "NUMBER")]
    pool_size: String,
    /// The address to serve on; port 0 picks a free one
    #[arg(
        long,
        global = true,
        env = "DOORWAY_LISTEN",
        default_value = "127.0.0.1:8000",
        value_name = "ADDRESS:PORT"
    )]
    listen: String,
    /// What is logged to stderr: a level, or TARGET=LEVEL,…; doorway::sql=debug shows each statement
    #[arg(long, global = true, env = "DOORWAY_LOG", default_value = "info", value_name = "FILTER")]
    log: String,
    /// Other origins whose pages may send requests, separated by commas; * for all
    #[arg(long, global = true, env = "DOORWAY_CORS_ORIGINS", default_value = "", value_name = "ORIGINS")]
    #[arg(hide_default_value = true)]
    cors_origins: String,
    /// Host names that clients may use, separated by commas: example.org, *.example.org, * for all
    #[arg(long, global = true, env = "DOORWAY_ALLOWED_HOSTS", default_value = "", value_name = "HOSTS")]
    #[arg(hide_default_value = true)]
    allowed_hosts: String,
    /// The most connections of clients; by default three quarters of the files that may be open, up to 10,000
    #[arg(long, global = true, env = "DOORWAY_MAX_CONNECTIONS", default_value = "", value_name = "NUMBER")]
    #[arg(hide_default_value = true)]
    max_connections: String,
    /// A folder of documents that requests can name: *.graphql, or *.json from a client's compiler
    #[arg(long, global = true, env = "DOORWAY_TRUSTED_DOCUMENTS", value_name = "DIR")]
    trusted_documents: Option<OsString>,
    /// Run only trusted documents
    #[arg(long, global = true, env = "DOORWAY_TRUSTED_ONLY", value_parser = switch)]
    trusted_only: bool,
    /// Seconds that a CDN may serve the answer to a persisted GET query without revalidating
    #[arg(long, global = true, env = "DOORWAY_SHARED_MAX_AGE", default_value = "0", value_name = "SECONDS")]
    shared_max_age: String,
    /// Let requests ask for what they ran, including SQL: extensions: { doorway: { explain: true } }
    #[arg(long, global = true, env = "DOORWAY_EXPLAIN", value_parser = switch)]
    explain: bool,
    #[command(flatten)]
    limits: limits::LimitFlags,
}

const POOL_SIZE: Number = Number { setting: "DOORWAY_POOL_SIZE (--pool-size)", range: 1..=1000 };
const MAX_CONNECTIONS: Number =
    Number { setting: "DOORWAY_MAX_CONNECTIONS (--max-connections)", range: 1..=1_000_000 };

/// A setting that is on or off; empty is off.
fn switch(text: &str) -> Result<bool, &'static str> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" => Ok(true),
        "" | "0" | "false" | "no" | "off" => Ok(false),
        _ => Err("expected true or false"),
    }
}

/// The settings, checked.
#[derive(Debug)]
pub struct Settings {
    /// Where the data is.
    pub database: DatabaseUrl,
    /// How it is used.
    pub usage: Usage,
    /// Where to listen.
    pub listen: SocketAddr,
    /// The most connections of clients, where that was said.
    pub max_connections: Option<usize>,
    /// What to log.
    pub log: tracing_subscriber::EnvFilter,
    /// Who may ask for what.
    pub server: server::Options,
}

/// A setting that cannot be used; its text is one line and names the setting.
#[derive(Debug, thiserror::Error)]
pub enum BadSetting {
    /// `--database-url`.
    #[error("DATABASE_URL (--database-url): {0}")]
    DatabaseUrl(#[from] BadUrl),
    /// `--listen`.
    #[error("DOORWAY_LISTEN (--listen): expected ADDRESS:PORT, as in 127.0.0.1:8000, not \"{0}\"")]
    Listen(String),
    /// `--log`.
    #[error("DOORWAY_LOG (--log): expected a level such as info, or TARGET=LEVEL,…: {0}")]
    Log(#[from] tracing_subscriber::filter::ParseError),
    /// `--cors-origins`.
    #[error("DOORWAY_CORS_ORIGINS (--cors-origins): {0}")]
    Origins(String),
    /// `--allowed-hosts`.
    #[error("DOORWAY_ALLOWED_HOSTS (--allowed-hosts): {0}")]
    Hosts(String),
    /// `--shared-max-age`.
    #[error("DOORWAY_SHARED_MAX_AGE (--shared-max-age): expected seconds, as in 60, not \"{0}\"")]
    SharedMaxAge(String),
    /// One that must be a number within a range.
    #[error(transparent)]
    Number(#[from] BadNumber),
    /// `--trusted-only`.
    #[error(
        "DOORWAY_TRUSTED_ONLY (--trusted-only): there are no documents: set DOORWAY_TRUSTED_DOCUMENTS (--trusted-documents)"
    )]
    NothingTrusted,
    /// `--trusted-documents`.
    #[error("DOORWAY_TRUSTED_DOCUMENTS (--trusted-documents): {0}")]
    TrustedDocuments(#[from] BadDocuments),
}

impl Settings {
    /// Checks the flags. Documents that are trusted must be valid in `app`'s schema.
    ///
    /// # Errors
    /// [`BadSetting`], the first there is.
    pub fn read(flags: Flags, app: &App) -> Result<Settings, BadSetting> {
        let (documents, bounds) = (flags.limits.documents()?, flags.limits.bounds()?);
        let pool_size = size(POOL_SIZE.of(&flags.pool_size)?);
        Ok(Settings {
            database: flags.database_url.parse()?,
            usage: Usage { pool_size, time: bounds.time(), memory: bounds.memory() },
            listen: flags.listen.parse().map_err(|_| BadSetting::Listen(flags.listen))?,
            max_connections: MAX_CONNECTIONS.given(&flags.max_connections)?.map(size),
            log: tracing_subscriber::EnvFilter::try_new(flags.log)?,
            server: server::Options {
                hosts: flags.allowed_hosts.parse().map_err(BadSetting::Hosts)?,
                origins: flags.cors_origins.parse().map_err(BadSetting::Origins)?,
                trusted: Arc::new(match flags.trusted_documents.filter(|folder| !folder.is_empty()) {
                    Some(folder) => TrustedDocuments::read(app, Path::new(&folder), flags.trusted_only)?,
                    None if flags.trusted_only => return Err(BadSetting::NothingTrusted),
                    None => TrustedDocuments::default(),
                }),
                shared_max_age: match flags.shared_max_age.as_str() {
                    "" => 0,
                    seconds => seconds.parse().map_err(|_| BadSetting::SharedMaxAge(seconds.to_owned()))?,
                },
                explain: flags.explain,
                bounds,
                documents,
                ..server::Options::default()
            },
        })
    }
}
