//! What an agent wrote about a ticket: a row with a number, which belongs to one of each.

use super::{Agent, Ticket, agent::agents, ticket::tickets};
use async_graphql::SimpleObject;
use diesel::prelude::*;
use doorway::db::{Guid, Id};
use doorway::{entity, mutations, queries, relationships};

diesel::table! {
    use diesel::sql_types::*;
    use super::Guid;

    comments (id) {
        id -> BigInt,
        ticket_id -> BigInt,
        agent_id -> Nullable<Guid>,
        text -> Text,
    }
}
diesel::joinable!(comments -> tickets (ticket_id));
diesel::joinable!(comments -> agents (agent_id));

/// What an agent wrote about a ticket.
#[derive(Debug, Clone, Queryable, Insertable, Identifiable, Associations, SimpleObject)]
#[diesel(table_name = comments, treat_none_as_default_value = false)]
#[diesel(belongs_to(Ticket), belongs_to(Agent))]
pub struct Comment {
    /// The primary key.
    pub id: i64,
    /// The ticket's id.
    pub ticket_id: i64,
    /// The author's id, or null.
    pub agent_id: Option<Id>,
    /// The text.
    pub text: String,
}

entity! { Comment: comments, order [asc id], text [text 1..=10000] }

relationships! { Comment {
    belongs_to {
        /// What it is about.
        ticket: Ticket, back_populates comments;
        /// Who wrote it, or null.
        author: Agent, back_populates comments;
    }
} }

queries! { CommentQuery for Comment {
    /// Finds a comment by id. Null if there is no such comment.
    comment by id;
    /// All comments, oldest first.
    comments, comments_connection;
} }

mutations! { CommentMutation for Comment, many "comments" {
    create {
        /// Creates a comment.
        create_comment, create_comments;
    }
    update {
        /// Updates a comment. Fields you leave out keep their values.
        update_comment, update_comments;
    }
    delete {
        /// Deletes a comment.
        delete_comment, delete_comments;
    }
} }
