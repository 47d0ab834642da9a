//! The table, and the conditions that it must meet.

use crate::Counted;
use std::{fmt, time::Duration};

/// What came of one number of connections.
pub(crate) struct Step {
    connections: u64,
    /// A second.
    accepted: f64,
    /// A second.
    refused: f64,
    failed: u64,
    /// Milliseconds.
    p50: f64,
    p99: f64,
    cheap_p99: f64,
    cheap_refused: u64,
    /// Megabytes.
    peak: u64,
}

/// The two lines that a table of Markdown begins with.
pub(crate) fn head(name: &str) -> String {
    let columns = [
        name,
        "accepted/s",
        "refused/s",
        "failed",
        "p50, ms",
        "p99, ms",
        "cheap p99, ms",
        "cheap refused",
        "peak, MB",
    ];
    format!("| {} |\n|{}", columns.join(" | "), "--:|".repeat(columns.len()))
}

impl Step {
    pub(crate) fn new(
        connections: u64,
        measured: Duration,
        mut heavy: Counted,
        mut cheap: Counted,
        peak: u64,
    ) -> Step {
        let seconds = measured.as_secs_f64();
        Step {
            connections,
            accepted: heavy.accepted.len() as f64 / seconds,
            refused: heavy.refused as f64 / seconds,
            failed: heavy.failed + cheap.failed,
            p50: percentile(&mut heavy.accepted, 0.5),
            p99: percentile(&mut heavy.accepted, 0.99),
            cheap_p99: percentile(&mut cheap.accepted, 0.99),
            cheap_refused: cheap.refused,
            peak,
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Step { connections, accepted, refused, failed, p50, p99, cheap_p99, cheap_refused, peak } = self;
        write!(
            f,
            "| {connections} | {accepted:.0} | {refused:.0} | {failed} | {p50:.0} | {p99:.0} | {cheap_p99:.1} | \
             {cheap_refused} | {peak} |"
        )
    }
}

/// The conditions that do not hold.
pub(crate) fn failed(steps: &[Step]) -> Vec<String> {
    let best = steps.iter().map(|step| step.accepted).fold(0.0, f64::max);
    // Where all are accepted, a connection more is a wait more. With 64, the server has all it can do.
    let usual = steps.iter().find(|step| step.connections == 64);
    let mut problems = Vec::new();
    for step in steps {
        let Step { connections, accepted, p99, peak, failed, .. } = step;
        if *accepted < 0.9 * best {
            problems.push(format!(
                "{connections} connections: {accepted:.0} accepted/s, and the best is {best:.0}"
            ));
        }
        if *failed > 0 {
            problems.push(format!("{connections} connections: {failed} requests failed"));
        }
        let Some(usual) = usual else { continue };
        let most = 3.0 * usual.p99;
        if *p99 > most || p99.is_infinite() {
            problems
                .push(format!("{connections} connections: p99 is {p99:.0} ms, and {most:.0} are allowed"));
        }
        // A connection costs memory of its own, but not an answer's.
        let most = usual.peak * 5 / 4 + connections.saturating_sub(64) / 10;
        if *peak > most {
            problems.push(format!("{connections} connections: {peak} MB, and {most} are allowed"));
        }
    }
    problems
}

fn percentile(times: &mut [u64], part: f64) -> f64 {
    times.sort_unstable();
    let at = ((times.len() as f64 * part) as usize).min(times.len().saturating_sub(1));
    // Without an answer it is within no bound.
    times.get(at).map_or(f64::INFINITY, |microseconds| *microseconds as f64 / 1000.0)
}
