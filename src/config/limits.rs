//! The settings that bound operations.

use super::number::{BadNumber, Number, size};
use crate::document;
use crate::engine::Limits;
use crate::execution::{Admission, Bounds};
use clap::Args;
use std::time::Duration;

/// The limits as they are given. Empty is the default.
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
pub struct LimitFlags {
    /// The most that an operation may cost, in rows that it may touch
    #[arg(long, global = true, env = "DOORWAY_MAX_COST", default_value = "50000", value_name = "COST")]
    max_cost: String,
    /// The most data in a response, in MiB
    #[arg(long, global = true, env = "DOORWAY_MAX_RESPONSE", default_value = "64", value_name = "MIB")]
    max_response: String,
    /// How long an operation may take
    #[arg(long, global = true, env = "DOORWAY_TIME_LIMIT", default_value = "30", value_name = "SECONDS")]
    time_limit: String,
    /// Heavy reads that run at a time; four times as many wait, for a second (default: 8 for each core, at least 16)
    #[arg(long, global = true, env = "DOORWAY_MAX_HEAVY", default_value = "", value_name = "NUMBER")]
    #[arg(hide_default_value = true)]
    max_heavy: String,
    /// The most bytes of a document
    #[arg(
        long,
        global = true,
        env = "DOORWAY_MAX_DOCUMENT",
        default_value = "1048576",
        value_name = "BYTES"
    )]
    max_document: String,
    /// The most tokens of a document
    #[arg(long, global = true, env = "DOORWAY_MAX_TOKENS", default_value = "250000", value_name = "NUMBER")]
    max_tokens: String,
    /// The most levels of fields and fragments in an operation
    #[arg(long, global = true, env = "DOORWAY_MAX_DEPTH", default_value = "100", value_name = "NUMBER")]
    max_depth: String,
    /// The most aliases in an operation
    #[arg(long, global = true, env = "DOORWAY_MAX_ALIASES", default_value = "1000", value_name = "NUMBER")]
    max_aliases: String,
}

impl LimitFlags {
    /// What operations may take.
    pub(super) fn bounds(&self) -> Result<Bounds, BadNumber> {
        let default = Limits::default();
        let cost = COST.given(&self.max_cost)?.unwrap_or(default.cost);
        let response = RESPONSE.given(&self.max_response)?.map_or(default.response, |mib| size(mib << 20));
        let time = TIME.given(&self.time_limit)?.map_or(default.time, Duration::from_secs);
        let heavy = HEAVY.given(&self.max_heavy)?.map_or_else(Admission::heavy_by_default, size);
        Ok(Bounds::new(Limits { cost, response, time }, heavy))
    }

    /// How large documents may be.
    pub(super) fn documents(&self) -> Result<document::Limits, BadNumber> {
        let default = document::Limits::default();
        Ok(document::Limits {
            bytes: DOCUMENT.given(&self.max_document)?.map_or(default.bytes, size),
            tokens: TOKENS.given(&self.max_tokens)?.map_or(default.tokens, size),
            depth: DEPTH.given(&self.max_depth)?.map_or(default.depth, size),
            aliases: ALIASES.given(&self.max_aliases)?.map_or(default.aliases, size),
            ..default
        })
    }
}

const COST: Number = Number { setting: "DOORWAY_MAX_COST (--max-cost)", range: 1..=1_000_000_000 };
const RESPONSE: Number = Number { setting: "DOORWAY_MAX_RESPONSE (--max-response)", range: 1..=1024 };
const TIME: Number = Number { setting: "DOORWAY_TIME_LIMIT (--time-limit)", range: 1..=3600 };
const HEAVY: Number = Number { setting: "DOORWAY_MAX_HEAVY (--max-heavy)", range: 1..=10_000 };
// No larger than the body of a request; no deeper than the stack is made for.
const DOCUMENT: Number = Number { setting: "DOORWAY_MAX_DOCUMENT (--max-document)", range: 1..=1_048_576 };
const TOKENS: Number = Number { setting: "DOORWAY_MAX_TOKENS (--max-tokens)", range: 1..=1_000_000 };
const DEPTH: Number = Number { setting: "DOORWAY_MAX_DEPTH (--max-depth)", range: 1..=100 };
const ALIASES: Number = Number { setting: "DOORWAY_MAX_ALIASES (--max-aliases)", range: 0..=2_000 };
