//! The table, and the conditions that it must meet.

use crate::Counted;
use std::{fmt, time::Duration};

/// What came of one number of connections.
pub(crate) struct Step {
    pub(crate) connections: u64,
    pub(crate) heavy: Counted,
    pub(crate) cheap: Counted,
    /// How long that took.
    pub(crate) measured: Duration,
    /// The most megabytes that the server had.
    pub(crate) peak: u64,
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
    pub(crate) fn new(connections: u64) -> Step {
        let (heavy, cheap) = Default::default();
        Step { connections, heavy, cheap, measured: Duration::ZERO, peak: 0 }
    }

    /// Must come before a percentile is asked for.
    pub(crate) fn sort(&mut self) {
        self.heavy.accepted.sort_unstable();
        self.cheap.accepted.sort_unstable();
    }

    fn accepted(&self) -> f64 {
        self.heavy.accepted.len() as f64 / self.measured.as_secs_f64()
    }

    fn p99(&self) -> f64 {
        percentile(&self.heavy.accepted, 0.99)
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Step { connections, heavy, cheap, measured, peak } = self;
        write!(
            f,
            "| {connections} | {:.0} | {:.0} | {} | {:.0} | {:.0} | {:.1} | {} | {peak} |",
            self.accepted(),
            heavy.refused as f64 / measured.as_secs_f64(),
            heavy.failed + cheap.failed,
            percentile(&heavy.accepted, 0.5),
            self.p99(),
            percentile(&cheap.accepted, 0.99),
            cheap.refused,
        )
    }
}

/// The most milliseconds that 99 of 100 cheap requests may take.
const CHEAP: f64 = 100.0;

/// The conditions that do not hold.
pub(crate) fn failed(steps: &[Step]) -> Vec<String> {
    let best = steps.iter().map(Step::accepted).fold(0.0, f64::max);
    // Where all are accepted, a connection more is a wait more. With 64, the server has all it can do.
    let usual = steps.iter().find(|step| step.connections == 64);
    let mut problems = Vec::new();
    for step in steps {
        let Step { connections, peak, .. } = step;
        let (accepted, p99) = (step.accepted(), step.p99());
        let failed = step.heavy.failed + step.cheap.failed;
        if accepted < 0.9 * best {
            problems.push(format!(
                "{connections} connections: {accepted:.0} accepted/s, and the best is {best:.0}"
            ));
        }
        if failed > 0 {
            problems.push(format!("{connections} connections: {failed} requests failed"));
        }
        if step.cheap.refused > 0 {
            problems.push(format!(
                "{connections} connections: {} cheap requests were refused",
                step.cheap.refused
            ));
        }
        let cheap = percentile(&step.cheap.accepted, 0.99);
        if cheap > CHEAP {
            problems.push(format!(
                "{connections} connections: p99 of cheap requests is {cheap:.0} ms, and {CHEAP:.0} are allowed"
            ));
        }
        let Some(usual) = usual else { continue };
        let most = 3.0 * usual.p99();
        if p99 > most || p99.is_infinite() {
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

/// Milliseconds. The times are sorted.
fn percentile(times: &[u64], part: f64) -> f64 {
    let at = ((times.len() as f64 * part) as usize).min(times.len().saturating_sub(1));
    // Without an answer it is within no bound.
    times.get(at).map_or(f64::INFINITY, |microseconds| *microseconds as f64 / 1000.0)
}
