//! Doorway: a relational blog behind a GraphQL schema, over SQLite or PostgreSQL.
//!
//! # The map
//!
//! | module | what it is for |
//! |---|---|
//! | [`cli`] | the commands, and how each one ends |
//! | [`config`] | every setting, validated once |
//! | [`server`] | HTTP: the router, the protocol, the IDE, draining |
//! | [`demo`] | the demo blog, for [`import`] to bring in |
//! | [`import`], [`seed`] | rows from Markdown files, and from nothing |
//! | [`execution`] | how an operation is executed, and what it may take |
//! | [`entities`] | the registry, the schema, and one file for each entity |
//! | [`mutation`] | from the inputs of mutations to transactions |
//! | [`events`] | what has changed, told to every Doorway |
//! | [`document`] | how a document is read, judged and made ready to be executed |
//! | [`relation`] | relationships as data: statements, loaders, when they run, the declarations |
//! | [`error`] | what a client sees of an error |
//! | [`db`] | one API over both databases: statements, transactions, migrations, SQL types |
//!
//! `src/ide` is the IDE's page, and the build script that bundles it with npm.
//!
//! Imports point down this list only; `tests/doorway/invariants.rs` holds that.
//!
//! # What must never be
//!
//! - **A statement per row.** Every relationship field is resolved by a loader, and a loader's batch by one
//!   statement. The golden cases in `tests/golden` show the statements of each operation.
//! - **An answer that depends on the batching.** The response is the same as if every field had been
//!   resolved alone, on both databases, byte for byte.
//! - **A query written twice.** What runs on SQLite and PostgreSQL is one Diesel expression. The few places
//!   where their SQL differs are in [`relation`], behind its `Dialect`.
//! - **An entity named in [`relation`]**, GraphQL in [`db`], or SQL outside of both.
//! - **A relationship with one side.** A foreign key has a field on each of its two sides, and each names the
//!   other; a missing side does not compile or fails a test.
//! - **A half-done write.** Writes happen in a [`db::Transaction`], which leaves nothing unless it commits, and
//!   tells nobody.
//! - **A filter in memory.** Conditions, orders and pages are SQL; nothing is read to be thrown away.
//! - **Rows kept between operations.** Loaders and their rows end with the operation that asked.
//! - **The database's words in a response.** They are logged under an id, and the id is sent.

pub mod cli;
pub mod config;
pub mod db;
pub mod demo;
pub mod document;
pub mod entities;
pub mod error;
pub mod events;
pub mod execution;
pub mod import;
pub mod mutation;
pub mod relation;
pub mod seed;
pub mod server;
