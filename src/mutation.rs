//! Writes: from the inputs of mutations to one transaction for each, for any entity.
//!
//! | module | what it is for |
//! |---|---|
//! | `declare` | the macros of an entity file |
//! | `own` | mutations of a program's own: the transaction that they write in |
//! | `undone` | why one of those has left nothing |
//! | `run` | what mutation fields call: read, check, plan, write, and try again where others got in the way |
//! | `payload` | what a mutation returns: ids, whose rows are loaded after the transaction |
//! | `write` | the statements, whose number does not depend on how many rows there are |
//! | `input` | the input types, and how they are read into changes |
//! | `changes` | what a mutation is to change, as data |
//! | `user_error` | the mistakes that a caller can fix |
//!
//! Each imports only those below it. Nothing here names an entity.

mod changes;
mod declare;
mod input;
mod own;
mod payload;
mod run;
mod undone;
mod user_error;
mod write;

pub use input::{Create, Delete, Move, Update, Upsert, is_one_list};
pub use own::{Does, OwnField, Writing, add_own_field, own_argument, transact};
pub use payload::{Created, Deleted, Many, Moved, Payload, Updated, Upserted, Verb};
pub use run::{create, create_all, delete, delete_all, move_link, update, update_all, upsert, upsert_all};
pub use undone::Undone;
pub use user_error::{UserError, UserErrorCode, of_constraint};
