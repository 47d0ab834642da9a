//! How long SQLite's files are, and how long they must be. Somebody may cut one off while it is open: what was written is lost then,
//! and SQLite would go on writing behind the hole.

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

/// Reads the file's head, and says how many pages there must be.
const PAGES: &str = "SELECT page_count AS pages, page_size FROM pragma_page_count, pragma_page_size, \
     (SELECT count(*) FROM sqlite_schema)";

/// What SQLite knows of the log, without doing anything to it. It has -1 frames where there is no log.
const FRAMES: &str = "PRAGMA wal_checkpoint(NOOP)";

#[derive(QueryableByName)]
struct Pages {
    #[diesel(sql_type = BigInt)]
    pages: i64,
    #[diesel(sql_type = BigInt)]
    page_size: i64,
}

#[derive(QueryableByName)]
struct Frames {
    #[diesel(sql_type = BigInt)]
    log: i64,
}

/// The lengths of an open database's file, and of its write-ahead log.
#[derive(Debug)]
pub(super) struct Lengths {
    paths: [PathBuf; 2],
    /// What they were after the last write.
    seen: [AtomicU64; 2],
}

impl Lengths {
    /// Those of the database at this path.
    pub(super) fn of(database: &Path) -> Lengths {
        let log = format!("{}-wal", database.display());
        Lengths { paths: [database.into(), log.into()], seen: Default::default() }
    }

    /// Those of the database and of its log; `None` for a file that is missing, which other checks notice.
    fn now(&self) -> [Option<u64>; 2] {
        // The log first: pages go from there to the database, which would be missed in both of them otherwise.
        let [database, log] = &self.paths;
        let length = |path| fs::metadata(path).ok().map(|metadata| metadata.len());
        let log = length(log);
        [length(database), log]
    }

    /// Notes what they are after a write.
    pub(super) fn look(&self) {
        for (seen, now) in self.seen.iter().zip(self.now()) {
            seen.store(now.unwrap_or(0), Relaxed);
        }
    }

    /// Whether one of them was cut off since the last look. To be asked before each write.
    ///
    /// # Errors
    /// SQLite's.
    pub(super) fn are_cut_off(&self, connection: &mut SqliteConnection) -> QueryResult<bool> {
        let mut both = self.seen.iter().zip(self.now());
        let is_shorter = both.any(|(seen, now)| now.is_some_and(|now| now < seen.load(Relaxed)));
        // SQLite makes them shorter as well, but only where another program asks for that.
        let are_cut_off = is_shorter && self.lack_bytes(connection)?;
        if is_shorter && !are_cut_off {
            self.look();
        }
        Ok(are_cut_off)
    }

    /// Whether SQLite knows of more bytes than there are.
    ///
    /// # Errors
    /// SQLite's.
    pub(super) fn lack_bytes(&self, connection: &mut SqliteConnection) -> QueryResult<bool> {
        // Between the two lengths, `VACUUM` may have made the file smaller, and a checkpoint the log; hardly so twice.
        for _ in 0..2 {
            let Pages { pages, page_size } = sql_query(PAGES).get_result(connection)?;
            let Frames { log: frames } = sql_query(FRAMES).get_result(connection)?;
            let [pages, page, frames] =
                [pages, page_size, frames].map(|count| u64::try_from(count).unwrap_or(0));
            let needed = if frames > 0 { HEAD + frames * (FRAME_HEAD + page) } else { 0 };
            let [Some(database), log] = self.now() else { return Ok(false) };
            if log.is_none_or(|log| log >= needed) && database + log.unwrap_or(0) >= pages * page {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
