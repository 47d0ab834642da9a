//! The engine: an operation becomes a plan, which runs in waves and is written once.
//!
//! A [`Plan`] is compiled from the shapes alone and kept with its document. It names the loaders that the operation needs,
//! with the columns that each reads, and the fields that hang on their rows. `Run` asks the loaders in waves: each wave has
//! one statement for each relationship field whose keys are known, and the next begins when all of them are answered. Then the
//! response is written into one buffer, depth first, by copying what the loaders have read.
//!
//! | file | what it is for |
//! |---|---|
//! | `giving` | operations whose root fields are resolvers' |
//! | `operation` | an operation that runs: its plan, its reader, its budget |
//! | `shared` | what subscriptions share |
//! | `task` | work that goes on while nobody polls |
//! | `answer` | a response: its data as bytes, its errors and its extensions |
//! | `room` | room for large responses, and when the response to an event may be made |
//! | `computed` | runs and writes what resolvers compute |
//! | `page` | writes connections |
//! | `write` | writes the data, with errors and nulls where the specification has them |
//! | `given` | what a resolver gives to be written: a payload, an event |
//! | `cost` | what an operation costs, before it runs |
//! | `run` | the waves: what each asks, and what hangs on its rows |
//! | `results` | what resolvers have computed between the waves |
//! | `wave` | one wave: all loaders at once |
//! | `connection` | compiles connections |
//! | `resolvers` | compiles fields that resolvers compute |
//! | `compile` | from a selection to a plan |
//! | `loads` | which fields share a loader, and what each loader reads |
//! | `arguments` | from the arguments of a field to the request of its loader |
//! | `plan` | the plan as data |
//! | `limits` | what one operation may take |
//! | `kept` | JSON that is kept with plans |
//! | `length` | where long documents are read, and long responses written |
//! | `graph` | the entities of a schema, with their root fields |
//!
//! Each imports only those below it.

mod answer;
mod arguments;
mod compile;
mod computed;
mod connection;
mod cost;
mod given;
mod giving;
mod graph;
mod kept;
mod length;
mod limits;
mod loads;
mod operation;
mod page;
mod plan;
mod resolvers;
mod results;
mod room;
mod run;
mod shared;
mod task;
mod wave;
mod write;

pub use answer::Answer;
pub use arguments::id_argument;
pub use cost::writing;
pub use given::Given;
pub use graph::Graph;
pub use length::{Turn, is_long, reading, turn, turn_within};
pub use limits::Limits;
pub use operation::Operation;
pub use plan::Plan;
pub use room::{EventTurns, Room, Taken};
pub use shared::Events;
pub use task::apart;
