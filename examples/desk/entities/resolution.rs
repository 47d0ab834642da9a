//! How a ticket was resolved: a row with a UUID, which belongs to one with a number.

use super::{Ticket, ticket::tickets};
use async_graphql::SimpleObject;
use diesel::prelude::*;
use doorway::db::{Guid, Id};
use doorway::{entity, mutations, queries, relationships};

diesel::table! {
    use diesel::sql_types::*;
    use super::Guid;

    resolutions (id) {
        id -> Guid,
        ticket_id -> BigInt,
        text -> Text,
    }
}
diesel::joinable!(resolutions -> tickets (ticket_id));

/// How a ticket was resolved.
#[derive(Debug, Clone, Queryable, Insertable, Identifiable, Associations, SimpleObject)]
#[diesel(table_name = resolutions, treat_none_as_default_value = false, belongs_to(Ticket))]
pub struct Resolution {
    /// The primary key.
    pub id: Id,
    /// The ticket's id.
    pub ticket_id: i64,
    /// What was done.
    pub text: String,
}

entity! { Resolution: resolutions, order [asc id] }

relationships! { Resolution {
    belongs_to {
        /// The ticket.
        ticket: Ticket, back_populates resolution;
    }
} }

queries! { ResolutionQuery for Resolution {
    /// Finds a resolution by id. Null if there is no such resolution.
    resolution by id;
    /// All resolutions, oldest first.
    resolutions, resolutions_connection;
} }

mutations! { ResolutionMutation for Resolution, many "resolutions" {
    create {
        /// Creates a resolution.
        create_resolution, create_resolutions;
    }
    update {
        /// Updates a resolution. Fields you leave out keep their values.
        update_resolution, update_resolutions;
    }
    delete {
        /// Deletes a resolution.
        delete_resolution, delete_resolutions;
    }
} }
