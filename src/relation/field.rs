//! What resolvers call, and what they return.

mod connection;
mod list;
mod resolve;
mod scalars;

pub use connection::{Connection, PageInfo};
pub use list::List;
pub use resolve::{
    ConnectionArguments, ListArguments, MAX_LIMIT, Source, belongs_to, by_id, by_id_or_name, connection,
    has_one, id_argument, list, locate,
};
