//! How a database is used.

use std::time::Duration;

/// How a database is used.
#[derive(Debug, Clone, Copy)]
pub struct Usage {
    /// The most connections to PostgreSQL.
    pub pool_size: usize,
    /// How long an operation may take. A statement that takes a little longer is stopped by the database, in case nothing else does.
    pub time: Duration,
    /// The most bytes of rows that all operations hold together.
    pub memory: usize,
}

impl Default for Usage {
    fn default() -> Usage {
        Usage { pool_size: 16, time: Duration::from_secs(30), memory: 256 << 20 }
    }
}

impl Usage {
    /// How long a statement may take before the database is to stop it; longer than an operation, whose end says what is wrong.
    pub(super) fn statement(&self) -> Duration {
        self.time + Duration::from_secs(10)
    }
}
