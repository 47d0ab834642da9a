//! Pages of a list as Relay has them: cursors, edges, and how a connection's types are called.

mod cursor;
mod edge;

pub(crate) use cursor::CursorCodec;
pub use edge::{Direct, Edge, EdgePage, Through, Via};
