//! What a mutation does to the database: new rows are written at once; for the rest, and where something stands in the way
//! of new rows, it checks the changes, plans the lists, and writes, in one transaction.

mod apply;
mod check;
mod create;
mod events;
mod links;
mod numbers;

pub(super) use apply::apply;
pub(super) use check::check;
pub(super) use create::create_at_once;
pub(super) use links::plan_lists;
pub(super) use numbers::{number_ahead, number_within};
