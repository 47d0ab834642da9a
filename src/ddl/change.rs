//! From one model to another: what is renamed, what is to be, and what changes in each table.

mod plan;
mod steps;
#[cfg(test)]
mod tests;
mod wishes;

pub(super) use plan::Plan;
pub(super) use steps::{Alter, Steps};
pub(super) use wishes::{Rename, Wishes};
