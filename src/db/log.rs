//! SQLite's write-ahead log, which somebody may cut off while it is open. What was written last is lost then, and SQLite would go on
//! writing behind the hole.

use diesel::{
    QueryableByName, RunQueryDsl, SqliteConnection, result::QueryResult, sql_query, sql_types::BigInt,
};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

/// The bytes before the log's first frame, and before the page in each frame (<https://www.sqlite.org/fileformat2.html#walformat>).
const HEAD: u64 = 32;
const FRAME_HEAD: u64 = 24;

/// What SQLite knows of the log, without doing anything to it. It has -1 frames where there is no log.
const FRAMES: &str = "PRAGMA wal_checkpoint(NOOP)";
const PAGE_SIZE: &str = "PRAGMA page_size";

#[derive(QueryableByName)]
struct Frames {
    #[diesel(sql_type = BigInt)]
    log: i64,
}

#[derive(QueryableByName)]
struct PageSize {
    #[diesel(sql_type = BigInt)]
    page_size: i64,
}

/// The log of an open database.
#[derive(Debug)]
pub(super) struct Log {
    path: PathBuf,
    /// How long it was after the last write.
    seen: AtomicU64,
}

impl Log {
    /// That of the database at this path.
    pub(super) fn of(database: &Path) -> Log {
        Log { path: format!("{}-wal", database.display()).into(), seen: AtomicU64::new(0) }
    }

    /// Its bytes; `None` if there is no such file.
    pub(super) fn length(&self) -> Option<u64> {
        fs::metadata(&self.path).ok().map(|metadata| metadata.len())
    }

    /// Notes how long it is after a write.
    pub(super) fn look(&self) {
        self.seen.store(self.length().unwrap_or(0), Relaxed);
    }

    /// Whether it has lost what was written since the last look. To be asked before each write.
    ///
    /// # Errors
    /// SQLite's.
    pub(super) fn is_cut_off(&self, connection: &mut SqliteConnection) -> QueryResult<bool> {
        // SQLite does not make it shorter, but for another program that asks for that.
        if self.has(self.seen.load(Relaxed)) {
            return Ok(false);
        }
        // Between the two lengths, it may have been made shorter so; hardly twice.
        for _ in 0..2 {
            let needed = Log::needed(connection)?;
            if self.has(needed) {
                self.look();
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether it has so many bytes. A file that is not there is somebody else's to notice.
    pub(super) fn has(&self, bytes: u64) -> bool {
        self.length().is_none_or(|length| length >= bytes)
    }

    /// How many bytes it must have.
    ///
    /// # Errors
    /// SQLite's.
    pub(super) fn needed(connection: &mut SqliteConnection) -> QueryResult<u64> {
        let Frames { log } = sql_query(FRAMES).get_result(connection)?;
        let PageSize { page_size } = sql_query(PAGE_SIZE).get_result(connection)?;
        Ok(match u64::try_from(log) {
            Ok(frames @ 1..) => HEAD + frames * (FRAME_HEAD + u64::try_from(page_size).unwrap_or(0)),
            _ => 0,
        })
    }
}
