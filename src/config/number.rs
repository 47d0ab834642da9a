//! Settings that are numbers.

use std::ops::RangeInclusive;

/// A setting that must be a number within a range, and is not.
#[derive(Debug, thiserror::Error)]
#[error("{setting}: expected a number from {least} to {most}, not \"{given}\"")]
pub struct BadNumber {
    setting: &'static str,
    least: u64,
    most: u64,
    given: String,
}

/// A setting that is a number.
pub(super) struct Number {
    /// Its variable and its flag.
    pub(super) setting: &'static str,
    pub(super) range: RangeInclusive<u64>,
}

impl Number {
    /// The number that a text is.
    pub(super) fn of(&self, text: &str) -> Result<u64, BadNumber> {
        let value = text.parse().ok().filter(|value| self.range.contains(value));
        value.ok_or_else(|| BadNumber {
            setting: self.setting,
            least: *self.range.start(),
            most: *self.range.end(),
            given: text.to_owned(),
        })
    }

    /// The same; nothing if the text is empty.
    pub(super) fn given(&self, text: &str) -> Result<Option<u64>, BadNumber> {
        if text.is_empty() { Ok(None) } else { self.of(text).map(Some) }
    }
}

/// A number of things in memory.
pub(super) fn size(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
