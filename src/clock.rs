//! The system's clocks. Everything that needs the time of day asks here; nothing here panics, whatever the clock says.
//!
//! A clock before 2020 or after 9999 is wrong beyond doubt: a machine without a battery, or a date set by hand. Rows written by it
//! would have wrong times for ever, so writes are refused while it is.

use chrono::{DateTime, SecondsFormat};
use std::{
    fmt,
    ops::RangeInclusive,
    sync::{Mutex, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use uuid::{ContextV7, Uuid};

/// What a clock may say, in microseconds since 1970: the years 2020 to 9999.
const PLAUSIBLE: RangeInclusive<i64> = 1_577_836_800_000_000..=253_402_300_799_999_999;

/// What the `Date` of an HTTP response can say, likewise: the years 1970 to 9999.
const HTTP: RangeInclusive<i64> = 0..=253_402_300_799_999_999;

/// The system's clock is wrong; it says this many microseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub struct WrongClock(i64);

impl fmt::Display for WrongClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the system clock is wrong: ")?;
        match DateTime::from_timestamp_micros(self.0) {
            Some(at) => f.write_str(&at.to_rfc3339_opts(SecondsFormat::Micros, true)),
            None => write!(f, "{} s since 1970", self.0 / 1_000_000),
        }
    }
}

/// How much time of a processor this thread has used. Where the system does not tell, the time that has passed.
pub fn thread_time() -> Duration {
    #[cfg(unix)]
    {
        let used = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
        let seconds = Duration::from_secs(u64::try_from(used.tv_sec).unwrap_or(0));
        seconds + Duration::from_nanos(u64::try_from(used.tv_nsec).unwrap_or(0))
    }
    #[cfg(not(unix))]
    {
        static START: std::sync::LazyLock<std::time::Instant> =
            std::sync::LazyLock::new(std::time::Instant::now);
        START.elapsed()
    }
}

/// The present, in microseconds since 1970.
///
/// # Errors
/// [`WrongClock`] outside the years 2020 to 9999.
pub fn now() -> Result<i64, WrongClock> {
    within(&PLAUSIBLE, micros(SystemTime::now()))
}

/// Checks that the present can be written as the `Date` of an HTTP response.
///
/// # Errors
/// [`WrongClock`] outside the years 1970 to 9999.
pub fn check_http_date() -> Result<(), WrongClock> {
    within(&HTTP, micros(SystemTime::now())).map(drop)
}

/// A new version 7 UUID, greater than every one made before it in this process, also when the clock has been put back.
pub fn new_uuid() -> Uuid {
    static UUIDS: Mutex<Uuids> = Mutex::new(Uuids::new());
    UUIDS.lock().unwrap_or_else(PoisonError::into_inner).next(now().ok())
}

/// What a clock says that is put a moment before 1970.
#[cfg(test)]
pub(crate) fn wrong_for_tests() -> WrongClock {
    WrongClock(-1)
}

fn within(allowed: &RangeInclusive<i64>, micros: i64) -> Result<i64, WrongClock> {
    if allowed.contains(&micros) { Ok(micros) } else { Err(WrongClock(micros)) }
}

/// Microseconds since 1970, as far as they go.
fn micros(at: SystemTime) -> i64 {
    match at.duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_micros()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_micros()).map_or(i64::MIN, |before| -before),
    }
}

/// What makes ascending UUIDs.
///
/// `uuid` counts within a millisecond, but its times must not descend: put back, it goes on counting from a time that it makes up,
/// and jumps back itself when the clock reaches the last second again.
struct Uuids {
    /// The latest time that one was made at.
    last: i64,
    counter: ContextV7,
}

impl Uuids {
    const fn new() -> Uuids {
        Uuids { last: *PLAUSIBLE.start(), counter: ContextV7::new() }
    }

    /// The next one, made `now`, or at the last time that is known where there is none.
    fn next(&mut self, now: Option<i64>) -> Uuid {
        self.last = self.last.max(now.unwrap_or(self.last));
        let micros = self.last.unsigned_abs();
        let nanos = u32::try_from(micros % 1_000_000).unwrap_or(0) * 1_000;
        Uuid::new_v7(uuid::Timestamp::from_unix(&self.counter, micros / 1_000_000, nanos))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const SECOND: i64 = 1_000_000;
    /// 2026-11-25T21:46:40.100Z.
    const PRESENT: i64 = 1_795_643_200 * SECOND + 100_000;

    fn read(micros: i64) -> Result<i64, String> {
        within(&PLAUSIBLE, micros).map_err(|wrong| wrong.to_string())
    }

    #[test]
    fn a_clock_from_2020_to_9999_is_believed() {
        for micros in [*PLAUSIBLE.start(), PRESENT, *PLAUSIBLE.end()] {
            assert_eq!(read(micros), Ok(micros));
        }
        for (micros, said) in [
            (PLAUSIBLE.start() - 1, "2019-12-31T23:59:59.999999Z"),
            (0, "1970-01-01T00:00:00.000000Z"),
            (-1, "1969-12-31T23:59:59.999999Z"),
            (PLAUSIBLE.end() + 1, "+10000-01-01T00:00:00.000000Z"),
            (i64::MAX, "9223372036854 s since 1970"),
            (i64::MIN, "-9223372036854 s since 1970"),
        ] {
            assert_eq!(read(micros), Err(format!("the system clock is wrong: {said}")));
        }
        assert!(now().is_ok() && check_http_date().is_ok());
        assert!(within(&HTTP, 0).is_ok() && within(&HTTP, -1).is_err());
    }

    #[test]
    fn every_time_of_the_system_has_its_microseconds() {
        assert_eq!(micros(UNIX_EPOCH), 0);
        assert_eq!(micros(UNIX_EPOCH + Duration::from_micros(7)), 7);
        assert_eq!(micros(UNIX_EPOCH - Duration::from_micros(7)), -7);
        for far in [u64::MAX >> 1, u64::MAX >> 2, 1 << 45] {
            let far = Duration::from_secs(far);
            assert!(UNIX_EPOCH.checked_add(far).is_none_or(|at| micros(at) == i64::MAX));
            assert!(UNIX_EPOCH.checked_sub(far).is_none_or(|at| micros(at) == i64::MIN));
        }
    }

    /// Among these, those on which `uuid` alone goes back: put back into a later part of an earlier second, then forward.
    #[test]
    fn uuids_ascend_however_the_clock_jumps() {
        let mut uuids = Uuids::new();
        let times = [
            None,
            Some(PRESENT),
            Some(PRESENT - SECOND + 800_000),
            Some(PRESENT + 400_000),
            None,
            Some(PRESENT - 3_600 * SECOND),
            Some(PRESENT + SECOND),
            Some(PRESENT + SECOND),
            Some(*PLAUSIBLE.start()),
            Some(*PLAUSIBLE.end()),
            Some(PRESENT),
            None,
        ];
        let made: Vec<Uuid> = times.into_iter().map(|now| uuids.next(now)).collect();
        assert!(made.is_sorted_by(|one, next| one < next), "{made:#?}");
        assert!(made.iter().all(|uuid| uuid.get_version_num() == 7));
        let millis = |uuid: &Uuid| uuid.get_timestamp().map(|at| at.to_unix().0);
        // A wrong clock leaves the time as it is, so that ids are of the present again when the clock is.
        assert_eq!(millis(&made[4]), millis(&made[3]));
        assert_eq!(millis(&made[1]), Some(PRESENT.unsigned_abs() / 1_000_000));
    }
}
