//! Documents: how a text is read and validated, and what of it is executed.
//!
//! A text is parsed and validated once, by `apollo-compiler` and a few rules of ours, and kept in [`Documents`]. Each
//! request then has its variables coerced ([`Requested`]), and what it selects is a tree in which each field stands once
//! ([`Selection`]): no directives, no fragments. What others make of a document, they keep with it ([`Document::keep`]).
//!
//! | file | what it is for |
//! |---|---|
//! | `cache` | the documents that were read |
//! | `introspection` | answers `__schema` and `__type` |
//! | `selection` | what an operation selects: GraphQL specification, sections 6.1 and 6.3.2 |
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
mod problem;
mod rules;
mod schema;
mod selection;
mod suggest;
mod tokens;
mod values;

pub use cache::{Documents, Hash};
pub use introspection::is_introspection;
pub use limits::Limits;
pub use schema::{BadSchema, Document, Kind, Refused, Schema};
pub use selection::{Argument, OwnedArgument, Requested, SelectedField, Selection};
