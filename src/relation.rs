//! What Doorway exists for: relationships between tables, opened from both sides, batched and paged.
//!
//! A relationship is declared by one line on each of its sides ([`relationships!`](crate::relationships))
//! and is otherwise data, a [`Rel`]. From a `Rel`, an order and a page's bounds, [`Fetch`] makes one
//! statement that reads the right rows for any number of parents; [`Loaders`] gather the parents, and
//! [`drive`] decides when: as soon as an operation can do nothing but wait.
//!
//! Nothing here names an entity.

mod declare;
mod dispatch;
mod fetch;
mod keys;
mod list;
mod loader;
mod order;
mod rel;
mod resolve;
mod scalars;

pub use dispatch::drive;
pub use fetch::{Fetch, PageRequest, Scope};
pub use keys::Keys;
pub use list::List;
pub use loader::{Loaders, MAX_OBJECTS, MAX_TEXT};
pub use order::{Column, OrderBy};
pub use rel::{Entity, Kind, Link, Named, Rel, Related, Relationship, Stored};
pub use resolve::{MAX_LIMIT, belongs_to, by_id, by_id_or_name, has_one, id_argument, list, many};
