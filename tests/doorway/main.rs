//! The tests of Doorway. Most ask its GraphQL endpoint as a client does, and run on both databases.
//!
//! `cargo test` runs them on SQLite and ignores those that need PostgreSQL. `tests/run` starts a PostgreSQL server
//! and runs all of them.
//!
//! A file is named after its area; with a suffix, after one aspect of it (`mutations.rs`, `mutations_errors.rs`).
//! Files called `…_random.rs` compare random operations with a simple model. Some files are special:
//!
//! - `golden.rs` compares responses and SQL with the files in `tests/golden`.
//! - `invariants.rs` compares code, schema, tables and the imports in `src`.
//! - `reference.rs` is not a test, but the model for filters, orders and connections.
//! - `support/` starts servers and creates databases.

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
mod connections_random;
mod cost;
mod cross_origin;
mod database_limits;
mod descriptions;
mod desk;
mod desk_identity;
mod desk_nodes;
mod desk_own_mutations;
mod desk_writes;
mod documents;
mod engine;
mod execution;
mod executor;
mod explain;
mod filters;
mod filters_errors;
mod full_disk;
mod generate;
mod generate_checks;
mod generate_models;
mod generate_random;
mod golden;
mod heroes;
mod hosts;
mod http;
mod ide;
mod import;
mod import_random;
mod imports;
mod invariants;
mod load;
mod many_connections;
mod migrations;
mod minimum_rust;
mod mutations;
mod mutations_concurrent;
mod mutations_errors;
mod mutations_events;
mod mutations_interrupted;
mod mutations_random;
mod network;
mod network_bytes;
mod network_columns;
mod network_decimals;
mod network_json;
mod network_links;
mod network_lists;
mod network_lists_written;
mod network_own_mutations;
mod network_own_transactions;
mod network_resolvers;
mod network_scope;
mod network_writes;
mod persisted_documents;
mod plans;
mod postgres_outage;
mod queries_random;
mod reference;
mod shutdown;
mod silent_clients;
mod slow_reads;
mod sqlite_files;
mod subscriptions;
mod subscriptions_begin;
mod subscriptions_delivery;
mod tasks;
mod transactions;
mod trusted_documents;
mod unfinished_requests;
mod websocket;
mod websocket_legacy;
mod writes_random;
