//! What a mutation does in its transaction: it checks the changes, plans the lists, and writes.

mod apply;
mod check;
mod events;
mod links;

pub(super) use apply::apply;
pub(super) use check::check;
pub(super) use links::plan_lists;
