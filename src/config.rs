//! Every setting, from a flag or its variable, validated once.

use crate::db::{BadUrl, DatabaseUrl};
use clap::Args;
use std::net::SocketAddr;

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
}

/// The settings, checked.
#[derive(Debug)]
pub struct Settings {
    /// Where the data is.
    pub database: DatabaseUrl,
    /// Where to listen.
    pub listen: SocketAddr,
    /// What to log.
    pub log: tracing_subscriber::EnvFilter,
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
}

impl TryFrom<Flags> for Settings {
    type Error = BadSetting;

    fn try_from(flags: Flags) -> Result<Settings, BadSetting> {
        Ok(Settings {
            database: flags.database_url.parse()?,
            listen: flags.listen.parse().map_err(|_| BadSetting::Listen(flags.listen))?,
            log: tracing_subscriber::EnvFilter::try_new(flags.log)?,
        })
    }
}
