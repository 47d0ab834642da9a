//! What is to be done: a row with a number, which belongs to agents with UUIDs and to other tickets.

use super::{Agent, Block, Comment, Label, Resolution, TicketLabel, Watch};
use async_graphql::SimpleObject;
use diesel::prelude::*;
use doorway::db::{DbError, Guid, Id, Instant, Reader, Timestamp};
use doorway::relation::{RowOf, RowsOf};
use doorway::{entity, mutations, queries, relationships, resolvers};
use std::collections::HashSet;

diesel::table! {
    use diesel::sql_types::*;
    use super::{Guid, Instant};

    tickets (id) {
        id -> BigInt,
        title -> Text,
        urgency -> Integer,
        reporter_id -> Guid,
        assignee_id -> Nullable<Guid>,
        parent_id -> Nullable<BigInt>,
        created_at -> Instant,
        updated_at -> Instant,
        version -> Integer,
    }
}

/// What is to be done.
#[derive(Debug, Clone, Queryable, Insertable, Identifiable, SimpleObject)]
#[diesel(table_name = tickets, treat_none_as_default_value = false)]
pub struct Ticket {
    /// The primary key.
    pub id: i64,
    /// What is to be done.
    pub title: String,
    /// How soon.
    pub urgency: i32,
    /// The id of the agent who reported it.
    pub reporter_id: Id,
    /// The id of the agent who works on it, or null.
    pub assignee_id: Option<Id>,
    /// The id of the ticket that it is a part of, or null.
    pub parent_id: Option<i64>,
    /// When the ticket was made.
    pub created_at: Timestamp,
    /// When the ticket last changed.
    pub updated_at: Timestamp,
    /// Goes up by one with each change.
    pub version: i32,
}

entity! { Ticket: tickets, order [desc urgency], text [title 1..=200], default [urgency 0] }

relationships! { Ticket {
    belongs_to {
        /// Who reported the ticket.
        reporter: Agent by reporter_id, back_populates reported;
        /// Who works on the ticket, or null.
        assignee: Agent by assignee_id, back_populates assigned;
        /// The ticket that it is a part of, or null.
        parent: Ticket by parent_id, back_populates parts, on delete cascade;
    }
    has_one {
        /// How the ticket was resolved, or null.
        resolution: Resolution, back_populates ticket;
    }
    has_many {
        /// Its parts, the most urgent first.
        parts, parts_connection: Ticket, back_populates parent;
        /// What was written about it, oldest first.
        comments, comments_connection: Comment, back_populates ticket;
    }
    many_to_many {
        /// Those who watch the ticket.
        watchers, watchers_connection: Agent, through Watch, back_populates watching;
        /// Its labels, in an order of their own.
        labels, labels_connection: Label, through TicketLabel by rank, back_populates tickets;
        /// The tickets that wait for this one.
        blocks, blocks_connection: Ticket, through Block from blocker_id to blocked_id, back_populates blocked_by;
        /// The tickets that this one waits for.
        blocked_by, blocked_by_connection: Ticket, through Block from blocked_id to blocker_id, back_populates blocks;
    }
} }

resolvers! { Ticket {
    /// The part that was made last, or null.
    latest_part: RowOf<Ticket>, from [parts { id }] => parts.into_iter().max();

    /// The ticket, if it is a part, with the other parts of what it is a part of, oldest first.
    siblings: RowsOf<Ticket>, from [parent_id] through reader => siblings(&reader, parent_id).await;
} }

/// The parts of these tickets, by one statement.
async fn siblings(reader: &Reader, parents: Vec<Option<i64>>) -> Result<Vec<Vec<i64>>, DbError> {
    let known: HashSet<i64> = parents.iter().flatten().copied().collect();
    let of_parents = tickets::table.filter(tickets::parent_id.eq_any(known));
    let parts: Vec<(i64, Option<i64>)> =
        reader.rows(of_parents.select((tickets::id, tickets::parent_id)).order(tickets::id)).await?;
    let of = |parent: Option<i64>| {
        let own = parts.iter().filter(|(_, of)| parent.is_some() && *of == parent);
        own.map(|(id, _)| *id).collect()
    };
    Ok(parents.into_iter().map(of).collect())
}

queries! { TicketQuery for Ticket {
    /// Finds a ticket by id. Null if there is no such ticket.
    ticket by id;
    /// All tickets, the most urgent first.
    tickets, tickets_connection;
} }

mutations! { TicketMutation for Ticket, many "tickets" {
    create {
        /// Creates a ticket.
        create_ticket, create_tickets;
    }
    update {
        /// Updates a ticket. Fields you leave out keep their values.
        update_ticket, update_tickets;
    }
    delete {
        /// Deletes a ticket with its parts.
        delete_ticket, delete_tickets;
    }
    move {
        /// Moves a label among a ticket's labels.
        move_ticket_label: Label in labels;
    }
} }
