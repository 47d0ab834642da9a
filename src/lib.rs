//! Doorway: tables behind a GraphQL schema, over SQLite or PostgreSQL. Its own application is a relational blog.
//!
//! # The map
//!
//! | module | what it is for |
//! |---|---|
//! | [`blog`] | the blog: entities, import, seed and demo rows |
//! | [`cli`] | the commands, and how each one ends |
//! | [`config`] | every setting, validated once |
//! | [`server`] | HTTP: the router, the protocols, the IDE, draining |
//! | [`executor`] | the executor that a server mounts: ours, or another program's |
//! | [`execution`] | runs an operation within its limits |
//! | [`app`] | an application: its entities, its schema, its migrations |
//! | [`ddl`] | migrations, written from what the code declares |
//! | [`mutation`] | turns the inputs of mutations into transactions |
//! | [`events`] | publishes what changed to every Doorway |
//! | [`engine`] | plans an operation, runs it in waves, writes its response |
//! | [`document`] | reads and validates documents |
//! | [`relation`] | relationships as data: statements, loaders, the macros of an entity file |
//! | [`error`] | what a client sees of an error |
//! | [`db`] | one API over both databases: statements, transactions, migrations, SQL types |
//! | [`clock`] | the system's clock, which may be wrong |
//!
//! `src/ide` is GraphiQL's page, and the build script that bundles it with npm.
//!
//! Imports point down this list only, and no file imports in a circle; `tests/doorway/imports.rs` checks both. The larger
//! modules have a map of their own.
//!
//! # Glossary
//!
//! | word | meaning |
//! |---|---|
//! | entity | a row type that is a GraphQL object: `User`, `BlogPost` |
//! | relationship | a field that leads from an entity to others: `BlogPost.tags` |
//! | join | the columns that a relationship follows ([`relation::Join`]) |
//! | join table, link | the table of a many-to-many relationship, and one of its rows |
//! | shape | an entity as data, without its Rust type ([`relation::Shape`]) |
//! | key | the id, or the unique name, that a row is asked for by |
//! | plan | an operation, compiled: its loads, and the fields that hang on their rows ([`engine::Plan`]) |
//! | request | everything about a batch except its keys ([`relation::PageRequest`]) |
//! | batch | all keys with equal requests, answered by one statement |
//! | wave | the batches that run together, because all of their keys are known |
//! | loader | answers the keys of one request by one statement, and keeps the rows ([`relation::PageLoader`]) |
//! | keyset | a row's values in an order, which say where the row stands |
//! | cursor | a keyset as text, valid for one list in one order |
//! | connection, edge, node | a page of a list, a row with its cursor, and the row (Relay) |
//! | changes | what a mutation is to write, read from its input and not yet checked |
//! | resolver, computed field | a function of a program's own, and the field of an entity that it makes values for |
//! | payload | what a mutation returns |
//! | notice, event | a text that a committed transaction leaves, and the row change it stands for |
//!
//! # What must never be
//!
//! - **A statement per row.** Every relationship field is read by a loader, with one statement for each batch. The golden
//!   cases in `tests/golden` show the statements of each operation.
//! - **An answer that depends on batching.** The response is the same as if every field had been resolved alone, on
//!   both databases, byte for byte.
//! - **A query written twice.** One Diesel expression runs on SQLite and on PostgreSQL. The few places where their SQL
//!   differs are in [`relation`], behind its `Dialect`.
//! - **An entity named outside of [`blog`]**, GraphQL in [`db`], or SQL outside of [`db`], [`relation`] and [`ddl`].
//! - **A relationship with one side.** A foreign key has a field on each of its two sides, and each names the other. A
//!   missing side does not compile, or fails a test.
//! - **A half-done write.** Writes happen in a [`db::Transaction`], which leaves nothing and publishes nothing unless it
//!   commits.
//! - **A filter in memory.** Conditions, orders and pages are SQL. No row is read only to be dropped.
//! - **Rows kept between operations.** Loaders and their rows end with the operation.
//! - **Database text in a response.** It is logged with an id, and only the id is sent.

pub mod app;
pub mod blog;
pub mod cli;
pub mod clock;
pub mod config;
pub mod db;
pub mod ddl;
pub mod document;
pub mod engine;
pub mod error;
pub mod events;
pub mod execution;
pub mod executor;
pub mod mutation;
pub mod relation;
pub mod server;
