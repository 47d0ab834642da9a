//! Pages of a list as Relay has them: cursors.

mod cursor;

pub use cursor::CursorCodec;
