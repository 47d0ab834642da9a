//! HTTP: the router, the protocols, the IDE, and the server's life from the first connection to the last.
//!
//! | module | what it is for |
//! |---|---|
//! | `listen` | connections: accepted, timed out, drained at the end |
//! | `router` | every path, and what it leads to |
//! | `graphql` | `/graphql`: GraphQL over HTTP |
//! | `stream` | subscriptions: server-sent events and WebSockets |
//! | `shared` | what every handler shares |
//! | `life` | the end of the server, from a signal to the last moment |
//! | `full` | what clients get while all connections are busy |
//! | `undated` | connections while the clock says a time that HTTP has no date for |
//! | `transport` | a connection's socket, which does not wait for ever |
//! | `outgoing` | bodies of responses, piece by piece |
//! | `files` | how many files the process may open |
//! | `connections` | how many connections are open, and which of them are idle |
//! | `documents` | documents that requests name instead of sending |
//! | `ide` | GraphiQL's page and files |
//! | `http` | media types, request parameters, responses, hosts, origins |
//!
//! Each imports only those below it.

mod connections;
mod documents;
mod files;
mod full;
mod graphql;
mod http;
mod ide;
mod life;
mod listen;
mod outgoing;
mod router;
mod shared;
mod stream;
mod transport;
mod undated;

pub use documents::{BadDocuments, TrustedDocuments};
pub use files::{max_connections, raise_file_limit};
pub use http::{Hosts, Origins};
pub use listen::{serve, serve_on};
pub use router::{custom_router, router};
pub use shared::{Limits, Options};
