//! Documents: how a text is read and validated, and what of it is executed.
//!
//! A text is parsed and validated once, by `apollo-compiler` and a few rules of ours, and kept in [`Documents`]. Each
//! request then gets its operation in a normal form ([`Prepared`]), which leaves nothing for async-graphql to
//! interpret: no variables, no directives, no named fragments, and each field once.
//!
//! | file | what it is for |
//! |---|---|
//! | `cache` | the documents that were read |
//! | `prepare` | an operation with its variables: GraphQL specification, sections 6.1 and 6.3.2 |
//! | `introspection` | answers `__schema` and `__type` |
//! | `values` | the values of variables and arguments: sections 6.1.2 and 6.4.1 |
//! | `schema` | reads a text and validates it |
//! | `rules`, `colons` | the rules that `apollo-compiler` lacks |
//! | `problem` | what is wrong with a document |
//! | `suggest` | the name that was probably meant |
//! | `location` | names the place of an error |
//! | `limits` | refuses a document that is too large, before any work that could take long |
//! | `lines` | lines and columns of errors |
//! | `tokens` | the tokens of a text |

mod cache;
mod colons;
mod introspection;
mod limits;
mod lines;
mod location;
mod prepare;
mod problem;
mod rules;
mod schema;
mod suggest;
mod tokens;
mod values;

pub use cache::{Documents, Hash};
pub use introspection::Introspected;
pub use limits::Limits;
pub use prepare::Prepared;
pub use schema::{BadSchema, Document, Kind, Refused, Schema};
