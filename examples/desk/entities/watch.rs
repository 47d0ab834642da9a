//! That an agent watches a ticket: a join table of a UUID and a number.

use super::{Agent, Ticket, agent::agents, ticket::tickets};
use async_graphql::SimpleObject;
use diesel::prelude::*;
use doorway::db::{Guid, Id};
use doorway::join_table;

diesel::table! {
    use diesel::sql_types::*;
    use super::Guid;

    watches (agent_id, ticket_id) {
        agent_id -> Guid,
        ticket_id -> BigInt,
        reason -> Nullable<Text>,
    }
}
diesel::joinable!(watches -> agents (agent_id));
diesel::joinable!(watches -> tickets (ticket_id));

/// That an agent watches a ticket.
#[derive(Debug, Clone, Queryable, Insertable, Identifiable, Associations, SimpleObject)]
#[diesel(table_name = watches, primary_key(agent_id, ticket_id), treat_none_as_default_value = false)]
#[diesel(belongs_to(Agent), belongs_to(Ticket))]
pub struct Watch {
    /// The agent.
    #[graphql(skip)]
    pub agent_id: Id,
    /// The ticket.
    #[graphql(skip)]
    pub ticket_id: i64,
    /// Why, or null.
    pub reason: Option<String>,
}

join_table! { Watch: watches }
