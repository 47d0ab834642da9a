//! HTTP: the router, the protocols, the IDE, and the server's life from the first connection to the last.
//!
//! | module | what it is for |
//! |---|---|
//! | `listen` | connections: accepted, timed out, drained at the end |
//! | `router` | every path, and what it leads to |
//! | `graphql` | `/graphql`: GraphQL over HTTP |
//! | `undated` | connections while the clock says a time that HTTP has no date for |
//! | `stream` | subscriptions: server-sent events and WebSockets |
//! | `app` | what every handler shares |
//! | `documents` | documents that requests name instead of sending |
//! | `ide` | GraphiQL's page and files |
//! | `http` | media types, request parameters, responses, origins |
//!
//! Each imports only those below it.

mod app;
mod documents;
mod graphql;
mod http;
mod ide;
mod listen;
mod router;
mod stream;
mod undated;

pub use app::{Limits, Options};
pub use documents::{BadDocuments, TrustedDocuments};
pub use http::Origins;
pub use listen::{serve, serve_on};
pub use router::{custom_router, router};
