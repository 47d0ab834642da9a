//! `where` and `orderBy`: their input types, and how what a client sent becomes a condition and an order.

pub(crate) mod read;
pub(crate) mod types;
