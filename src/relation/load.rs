//! Loaders: each answers any number of keys by one statement, and keeps the rows.
//!
//! | file | what is in it |
//! |---|---|
//! | `loaders` | one type for each kind of fetch |
//! | `reading` | takes the rows of a statement as they come |
//! | `rows` | rows as they are kept: JSON, and the keys that lead on from them |
//! | `json` | values as JSON |
//! | `explain` | what was run, for those who ask |
//! | `budget` | what an operation may take |

mod budget;
mod explain;
mod json;
mod loaders;
mod reading;
mod rows;

pub use budget::{Budget, MAX_FILTERING, MAX_OBJECTS};
pub use explain::{EXTENSION, Explain, is_asked};
pub use loaders::{CountLoader, PageLoader, Shared, Texts};
pub use rows::{Group, NO_GROUP, Rows};
