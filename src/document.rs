//! Documents: how a text is read and judged, and what of it is executed.
//!
//! A text is parsed and validated once, by `apollo-compiler` and a few rules of ours, and kept in [`Documents`]. Each
//! request then gets its operation in a normal form ([`Prepared`]), which leaves nothing for async-graphql to
//! interpret: no variables, no directives, no named fragments, and each field once.
//!
//! | file | what it does |
//! |---|---|
//! | `limits` | refuses what is too large, before any work that could take long |
//! | `schema` | reads a text and judges it |
//! | `rules`, `colons` | the rules that `apollo-compiler` lacks |
//! | `tokens` | the tokens of a text |
//! | `cache` | keeps what was read |
//! | `prepare` | an operation with its variables: GraphQL specification, sections 6.1 and 6.3.2 |
//! | `values` | the values of variables and arguments: sections 6.1.2 and 6.4.1 |
//! | `introspection` | answers `__schema` and `__type` |
//! | `lines` | lines and columns of errors |
//! | `place` | what stands at a place, for errors

mod cache;
mod colons;
mod introspection;
mod limits;
mod lines;
mod place;
mod prepare;
mod rules;
mod schema;
mod tokens;
mod values;

pub use cache::{Documents, Hash};
pub use introspection::Introspected;
pub use limits::Limits;
pub use prepare::Prepared;
pub use schema::{BadSchema, Document, Kind, Refused, Schema};
