//! Writes: from the inputs of mutations to one transaction for each, for any entity.
//!
//! `inputs` are the types in the schema, made from the entities' columns and relationships. `read` makes
//! [`Changes`](changes::Changes) of what was sent, and notes what the caller can mend. `apply` checks them against
//! the database and writes them, in a number of statements that does not depend on how many rows there are.
//! `payload` is what a mutation returns: ids, whose rows are loaded after the transaction.
//!
//! Nothing here names an entity.

mod apply;
mod changes;
mod check;
mod declare;
mod inputs;
mod links;
mod payload;
mod read;
mod run;
mod user_error;

pub use inputs::{Create, Delete, Move, Update, Upsert};
pub use payload::{Created, Deleted, Many, Moved, Payload, Updated, Upserted, Verb};
pub use run::{create, create_all, delete, delete_all, move_link, update, update_all, upsert, upsert_all};
pub use user_error::{UserError, UserErrorCode, of_constraint};
