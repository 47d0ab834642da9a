//! Behaviour as a client sees it, through the GraphQL endpoint, on both databases by the same test.
//!
//! `cargo test` runs the tests on SQLite and shows those on PostgreSQL as ignored; `tests/run` starts a
//! PostgreSQL of its own and runs all.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that fails should say where"
)]
#![allow(missing_docs, reason = "a test's name is its documentation")]

#[macro_use]
mod support;

mod bad_input;
mod batching;
mod commands;
mod connections;
mod documents;
mod execution;
mod explain;
mod filters;
mod golden;
mod http;
mod ide;
mod import;
mod invariants;
mod migrations;
mod mutations;
mod origins;
mod outage;
mod persisted;
mod random;
mod random_writes;
mod reference;
mod sockets;
mod subscriptions;
mod told;
mod transactions;
mod walks;
mod writers;
