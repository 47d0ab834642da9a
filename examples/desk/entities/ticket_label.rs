//! That a ticket has a label: a join table of two numbers, in an order of its own.

use super::{Label, Ticket, label::labels, ticket::tickets};
use async_graphql::SimpleObject;
use diesel::prelude::*;
use doorway::join_table;

diesel::table! {
    ticket_labels (ticket_id, label_id) {
        ticket_id -> BigInt,
        label_id -> BigInt,
        rank -> Integer,
    }
}
diesel::joinable!(ticket_labels -> tickets (ticket_id));
diesel::joinable!(ticket_labels -> labels (label_id));

/// That a ticket has a label.
#[derive(Debug, Clone, Queryable, Insertable, Identifiable, Associations, SimpleObject)]
#[diesel(table_name = ticket_labels, primary_key(ticket_id, label_id), treat_none_as_default_value = false)]
#[diesel(belongs_to(Ticket), belongs_to(Label))]
pub struct TicketLabel {
    /// The ticket.
    #[graphql(skip)]
    pub ticket_id: i64,
    /// The label.
    #[graphql(skip)]
    pub label_id: i64,
    /// The label's place in the ticket's list, from 0.
    pub rank: i32,
}

join_table! { TicketLabel: ticket_labels }
