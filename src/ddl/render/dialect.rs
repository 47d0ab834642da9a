//! The two databases.

/// A database, as statements know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ddl) enum Dialect {
    Sqlite,
    Postgres,
}
