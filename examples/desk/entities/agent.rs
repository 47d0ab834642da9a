//! Who works at the help desk. Its key is a UUID, as that of every new table that says nothing else.

use super::{Badge, Comment, Ticket, Watch};
use async_graphql::SimpleObject;
use diesel::prelude::*;
use doorway::db::{Guid, Id};
use doorway::{entity, mutations, queries, relationships};

diesel::table! {
    use diesel::sql_types::*;
    use super::Guid;

    agents (id) {
        id -> Guid,
        name -> Text,
    }
}

/// Who works at the help desk.
#[derive(Debug, Clone, Queryable, Insertable, Identifiable, SimpleObject)]
#[diesel(table_name = agents, treat_none_as_default_value = false)]
pub struct Agent {
    /// The primary key.
    pub id: Id,
    /// A unique name.
    pub name: String,
}

entity! { Agent: agents, order [asc name], named name, text [name 1..=100] }

relationships! { Agent {
    has_one {
        /// The agent's badge, or null.
        badge: Badge, back_populates agent;
    }
    has_many {
        /// The tickets that the agent reported.
        reported, reported_connection: Ticket, back_populates reporter;
        /// The tickets that the agent works on.
        assigned, assigned_connection: Ticket, back_populates assignee;
        /// What the agent wrote.
        comments, comments_connection: Comment, back_populates author;
    }
    many_to_many {
        /// The tickets that the agent watches.
        watching, watching_connection: Ticket, through Watch, back_populates watchers;
    }
} }

queries! { AgentQuery for Agent {
    /// Finds an agent by id or by name. Give exactly one of the two. Null if there is no such agent.
    agent by id or name: "The exact name. Not together with `id`.";
    /// All agents, by name.
    agents, agents_connection;
} }

mutations! { AgentMutation for Agent, many "agents" {
    create {
        /// Creates an agent.
        create_agent, create_agents;
    }
    update {
        /// Updates an agent. Fields you leave out keep their values.
        update_agent, update_agents;
    }
    delete {
        /// Deletes an agent with their badge, and with what they reported and wrote.
        delete_agent, delete_agents;
    }
} }
