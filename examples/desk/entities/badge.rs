//! An agent's badge: a row with a number, which belongs to one with a UUID.

use super::{Agent, agent::agents};
use async_graphql::SimpleObject;
use diesel::prelude::*;
use doorway::db::{Guid, Id};
use doorway::{entity, mutations, queries, relationships};

diesel::table! {
    use diesel::sql_types::*;
    use super::Guid;

    badges (id) {
        id -> BigInt,
        agent_id -> Guid,
        color -> Text,
    }
}
diesel::joinable!(badges -> agents (agent_id));

/// An agent's badge.
#[derive(Debug, Clone, Queryable, Insertable, Identifiable, Associations, SimpleObject)]
#[diesel(table_name = badges, treat_none_as_default_value = false, belongs_to(Agent))]
pub struct Badge {
    /// The primary key.
    pub id: i64,
    /// The agent's id.
    pub agent_id: Id,
    /// Its colour.
    pub color: String,
}

entity! { Badge: badges, order [desc id] }

relationships! { Badge {
    belongs_to {
        /// Whose badge it is.
        agent: Agent, back_populates badge;
    }
} }

queries! { BadgeQuery for Badge {
    /// Finds a badge by id. Null if there is no such badge.
    badge by id;
    /// All badges, newest first.
    badges, badges_connection;
} }

mutations! { BadgeMutation for Badge, many "badges" {
    create {
        /// Creates a badge.
        create_badge, create_badges;
    }
    update {
        /// Updates a badge. Fields you leave out keep their values.
        update_badge, update_badges;
    }
    delete {
        /// Deletes a badge.
        delete_badge, delete_badges;
    }
} }
