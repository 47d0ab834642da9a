//! Dates as people write them. To understand one more form, add a line to a table below.
//!
//! No crate does this: `dateparser` and `dtparse` read `3/4/2024` as March and fill in what is missing from the clock, and an import
//! must not guess.

use crate::db::Timestamp;
use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, Utc};

/// The forms of a date, in the notation of [`chrono::format::strftime`]. Leading zeros may be missing, and names of months
/// may be short.
const DATES: [&str; 12] = [
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y年%m月%d日",
    "%d.%m.%Y",
    "%B %d %Y",
    "%d %B %Y",
    "%d-%B-%Y",
    "%B-%d-%Y",
    "%Y %B %d",
    "%Y-%B-%d",
    "%Y%m%d",
];

/// The forms of a time of day.
const TIMES: [&str; 6] = ["%I:%M:%S %p", "%I:%M %p", "%I %p", "%H:%M:%S%.f", "%H:%M", "%H%M%S"];

/// The zones that RFC 2822 (section 4.3) names, then others that mean one zone only; in hours from UTC.
const ZONES: [(&str, i32); 25] = [
    ("z", 0),
    ("utc", 0),
    ("gmt", 0),
    ("est", -5),
    ("edt", -4),
    ("cst", -6),
    ("cdt", -5),
    ("mst", -7),
    ("mdt", -6),
    ("pst", -8),
    ("pdt", -7),
    ("wet", 0),
    ("west", 1),
    ("cet", 1),
    ("cest", 2),
    ("eet", 2),
    ("eest", 3),
    ("msk", 3),
    ("hkt", 8),
    ("jst", 9),
    ("kst", 9),
    ("aest", 10),
    ("aedt", 11),
    ("nzst", 12),
    ("nzdt", 13),
];

/// Reads a date, which may have a time of day and a zone. Without a time, it is the first instant of the day; without a zone, UTC.
/// `None` for a form that is not known, is ambiguous (`3/4/2024`), or lies outside of the years 1970 to 9999.
pub(super) fn read(text: &str) -> Option<Timestamp> {
    if let Ok(at) = text.parse() {
        return Some(at);
    }
    let text = tidy(text);
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    // Without marks, there must be all eight digits.
    let forms = DATES.iter().filter(|form| **form != "%Y%m%d" || digits == 8);
    let dates = forms.filter_map(|form| NaiveDate::parse_and_remainder(&text, form).ok());
    let at = dates.chain(day_or_month_first(&text)).find_map(|(date, rest)| {
        // Digits that follow belong to the date, so it was not read to its end.
        if rest.starts_with(|next: char| next.is_ascii_digit() || next == '-') {
            return None;
        }
        let (time, rest) = time(rest.trim_start_matches(['T', 't', ',', ' ', ':']));
        at(date, time, zone(rest)?)
    });
    at.or_else(|| since_1970(&text))
}

/// `text` without what says nothing: the weekday, commas, `at`, `of`, the `th` of `5th`, a zone's name behind its offset.
fn tidy(text: &str) -> String {
    let text = text.split(['(', '[']).next().unwrap_or(text).replace(',', " ");
    let words = text.split_whitespace().enumerate().filter_map(|(nth, word)| {
        let lower = word.trim_end_matches('.').to_lowercase();
        let weekday =
            ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].iter().any(|day| lower.starts_with(day));
        if lower == "at"
            || lower == "of"
            || (nth == 0 && weekday && !lower.contains(|c: char| c.is_ascii_digit()))
        {
            return None;
        }
        let ordinal = ["st", "nd", "rd", "th"].iter().find_map(|end| lower.strip_suffix(end));
        let number = ordinal.filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
        let month = word.strip_suffix('.').filter(|word| word.chars().all(char::is_alphabetic));
        Some(match lower.as_str() {
            // chrono knows the month by three letters or by all of them.
            "sept" => "Sep".to_owned(),
            _ => number.or(month).unwrap_or(word).to_owned(),
        })
    });
    let mut words: Vec<String> = words.collect();
    let is_time =
        |word: &String| word.contains(':') && word.bytes().all(|byte| byte.is_ascii_digit() || byte == b':');
    // `13:14 21.1.2016` has the time first, `Feb 4 12:54:22 UTC 2022` has it within the date.
    if words.len() > 1 && is_time(&words[0]) {
        words.rotate_left(1);
    } else if words.len() > 3 && is_time(&words[2]) && words.last().is_some_and(|year| year.len() == 4) {
        let year = words.pop().unwrap_or_default();
        words.insert(2, year);
    }
    words.join(" ")
}

/// `13/4/2024` and `4/13/2024`: whichever order makes a date. If both do, it is only read if they agree.
fn day_or_month_first(text: &str) -> Option<(NaiveDate, &str)> {
    let read = |form| NaiveDate::parse_and_remainder(text, form).ok();
    [("%d/%m/%Y", "%m/%d/%Y"), ("%d-%m-%Y", "%m-%d-%Y")].into_iter().find_map(|(day_first, month_first)| {
        match (read(day_first), read(month_first)) {
            (Some(one), Some(other)) => (one == other).then_some(one),
            (one, other) => one.or(other),
        }
    })
}

/// The time of day at the beginning of `text`, and what follows it; midnight if there is none.
fn time(text: &str) -> (NaiveTime, &str) {
    TIMES
        .iter()
        .find_map(|form| NaiveTime::parse_and_remainder(text, form).ok())
        .unwrap_or((NaiveTime::MIN, text))
}

/// The zone that `text` is: `Z`, `UTC`, `+2`, `-07`, `+0200`, `+02:00`, `UTC+2`; UTC if it is empty.
fn zone(text: &str) -> Option<FixedOffset> {
    let lower = text.trim().to_lowercase();
    // Go and Ruby write the name behind the offset: `+0800 CST`.
    let lower = match lower.split_once(' ') {
        Some((offset, name)) if offset.starts_with(['+', '-']) && name.chars().all(char::is_alphabetic) => {
            offset.to_owned()
        }
        _ => lower,
    };
    if let Some((_, hours)) = ZONES.iter().find(|(name, _)| *name == lower) {
        return FixedOffset::east_opt(hours * 3600);
    }
    let offset = lower.strip_prefix("utc").or(lower.strip_prefix("gmt")).unwrap_or(&lower);
    let Some(sign) = offset.chars().next() else { return FixedOffset::east_opt(0) };
    let sign = match sign {
        '+' => 1,
        '-' | '\u{2212}' => -1,
        _ => return None,
    };
    let digits: String = offset.chars().skip(1).filter(|c| *c != ':').collect();
    if digits.is_empty() || digits.len() > 4 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: i32 = digits.parse().ok()?;
    let (hours, minutes) = if digits.len() > 2 { (number / 100, number % 100) } else { (number, 0) };
    // No zone is further from UTC.
    if minutes >= 60 || hours > 14 {
        return None;
    }
    FixedOffset::east_opt(sign * (hours * 3600 + minutes * 60))
}

fn at(date: NaiveDate, time: NaiveTime, zone: FixedOffset) -> Option<Timestamp> {
    let at: DateTime<FixedOffset> = NaiveDateTime::new(date, time).and_local_timezone(zone).single()?;
    Timestamp::from_micros(at.timestamp_micros())
}

/// Ten digits are seconds since 1970, thirteen are milliseconds.
fn since_1970(text: &str) -> Option<Timestamp> {
    let number: i64 = text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))?;
    let at: DateTime<Utc> = match text.len() {
        10 => DateTime::from_timestamp(number, 0)?,
        13 => DateTime::from_timestamp_millis(number)?,
        _ => return None,
    };
    Timestamp::from_micros(at.timestamp_micros())
}

/// The date that a path says, and the rest of the part it is in: `2024-03-05-trip`, `2024/3/5/trip`, `20240305_trip`. The
/// last one counts. Day and month are not guessed: `2024/03/5-ways` has no date.
pub(super) fn in_path(path: &str) -> Option<(Timestamp, &str)> {
    let starts = std::iter::once(0).chain(path.match_indices('/').map(|(at, _)| at + 1));
    let mut starts: Vec<usize> = starts.collect();
    starts.reverse();
    starts.into_iter().find_map(|start| beginning(&path[start..]))
}

fn beginning(text: &str) -> Option<(Timestamp, &str)> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let (year, month, day, rest) = if digits(text) == 8 {
        (&text[..4], &text[4..6], &text[6..8], &text[8..])
    } else {
        let mark = text.get(4..5).filter(|mark| ["-", "_", ".", "/"].contains(mark))?;
        let (year, after) = (&text[..4], &text[5..]);
        let (month, after) = after.split_once(mark)?;
        let (day, rest) = after.split_at(digits(after));
        if mark == "/" && !(rest.is_empty() || rest.starts_with('/')) {
            return None;
        }
        (year, month, day, rest)
    };
    let number = |text: &str, most: usize| {
        let is_number = (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<u32>().ok().filter(|_| is_number)
    };
    if !year.starts_with(['1', '2']) || rest.starts_with(|next: char| next.is_alphanumeric() && next != 'T') {
        return None;
    }
    let date =
        NaiveDate::from_ymd_opt(number(year, 4)?.try_into().ok()?, number(month, 2)?, number(day, 2)?)?;
    // Zola's `2024-03-05T07-08-09Z-x`.
    let clock = rest.strip_prefix('T').and_then(|rest| NaiveTime::parse_and_remainder(rest, "%H-%M-%S").ok());
    let (time, rest) =
        clock.map_or((NaiveTime::MIN, rest), |(time, rest)| (time, rest.strip_prefix('Z').unwrap_or(rest)));
    let at = at(date, time, FixedOffset::east_opt(0)?)?;
    Some((at, rest.trim_start_matches(['-', '_', '.', ' ', '/'])))
}
