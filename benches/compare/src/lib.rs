//! What the two limit programs share: HTTP around them, and JSON by hand.

pub mod http;
pub mod ids;
pub mod json;
pub mod variables;
