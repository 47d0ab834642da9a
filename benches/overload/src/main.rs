//! Sends one heavy query over 16, 64, 256 and 1,000 connections, and a cheap one over another, and prints what came of it.
//!
//! `doorway-overload NAME URL PID SECONDS CONNECTIONS…`. Each connection sends its next request as soon as it has the answer to the one
//! before, or, after a 503, when the time in `Retry-After` is over. The exit code is 1 if a condition of `report` does not hold.

mod client;
mod process;
mod report;

use client::{Answer, Connection};
use report::Step;
use std::{
    io,
    process::ExitCode,
    time::{Duration, Instant},
};
use tokio::{task::JoinSet, time::sleep};

/// Some 9,000 objects and 300 KB.
const HEAVY: &str = "{ users(limit: 50) { username blogPosts(limit: 20) { title tags(limit: 10) { \
                     name posts(limit: 2) { title } } } } }";
const CHEAP: &str = "{ users(limit: 1) { username } }";

/// Each number of connections has its turn so often, forwards and then backwards: a machine is faster now and slower then.
const ROUNDS: u32 = 5;

/// How long all connections are busy before anything is counted.
const WARM_UP: Duration = Duration::from_secs(2);

/// Between two cheap requests.
const PAUSE: Duration = Duration::from_millis(10);

/// The requests of one connection, or of several.
#[derive(Debug, Default)]
struct Counted {
    /// Microseconds that each accepted request took.
    accepted: Vec<u64>,
    refused: u64,
    /// Connections that were closed, and answers that were neither.
    failed: u64,
}

impl Counted {
    fn add(&mut self, other: Counted) {
        self.accepted.extend(other.accepted);
        self.refused += other.refused;
        self.failed += other.failed;
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<ExitCode> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [name, url, pid, seconds, connections @ ..] = args.as_slice() else {
        eprintln!("doorway-overload NAME URL PID SECONDS CONNECTIONS…");
        return Ok(ExitCode::from(2));
    };
    let address = url.trim_start_matches("http://");
    let number =
        |text: &String| text.parse::<u64>().map_err(|error| io::Error::other(format!("{text}: {error}")));
    let pid = number(pid)?;
    let measured = Duration::from_secs(number(seconds)?);
    println!("{}", report::head(name));
    let connections = connections.iter().map(number).collect::<io::Result<Vec<_>>>()?;
    let mut steps: Vec<_> = connections.into_iter().map(Step::new).collect();
    for round in 0..ROUNDS {
        for nth in 0..steps.len() {
            let nth = if round % 2 == 0 { nth } else { steps.len() - 1 - nth };
            overload(address, pid, &mut steps[nth], measured / ROUNDS).await?;
        }
    }
    for step in &mut steps {
        step.sort();
        println!("{step}");
    }
    let failed = report::failed(&steps);
    println!();
    failed.iter().for_each(|problem| println!("{name} FAILS: {problem}"));
    if failed.is_empty() {
        println!("{name}: all conditions hold");
    }
    Ok(if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Keeps the connections of a step busy for `measured`, after a while of warming up.
async fn overload(address: &str, pid: u64, step: &mut Step, measured: Duration) -> io::Result<()> {
    process::forget_peak(pid)?;
    let begin = Instant::now() + WARM_UP;
    let end = begin + measured;
    let mut heavy = JoinSet::new();
    for _ in 0..step.connections {
        heavy.spawn(send(address.to_owned(), HEAVY, Duration::ZERO, begin, end));
    }
    let cheap = send(address.to_owned(), CHEAP, PAUSE, begin, end).await;
    heavy.join_all().await.into_iter().for_each(|counted| step.heavy.add(counted));
    step.cheap.add(cheap);
    step.measured += measured;
    step.peak = step.peak.max(process::peak(pid)?);
    Ok(())
}

/// Sends a query over one connection until `end`. What ends after `begin` counts.
async fn send(address: String, query: &str, pause: Duration, begin: Instant, end: Instant) -> Counted {
    let mut counted = Counted::default();
    let mut connection = None;
    while Instant::now() < end {
        let asked = Instant::now();
        // What is not there after this long is a failure, also beyond the end.
        let late = end.saturating_duration_since(asked) + Duration::from_secs(30);
        let answer = tokio::time::timeout(late, Connection::ask(&mut connection, &address, query)).await;
        let now = Instant::now();
        let counts = now >= begin && now < end;
        match answer {
            Ok(Ok(Answer::Accepted)) => {
                if counts {
                    let microseconds = asked.elapsed().as_micros();
                    counted.accepted.push(u64::try_from(microseconds).unwrap_or(u64::MAX));
                }
                sleep(pause).await;
            }
            Ok(Ok(Answer::Refused { retry_after })) => {
                counted.refused += u64::from(counts);
                sleep(retry_after).await;
            }
            Ok(Err(_)) | Err(_) => {
                counted.failed += u64::from(counts);
                connection = None;
                sleep(Duration::from_millis(100)).await;
            }
        }
    }
    counted
}
