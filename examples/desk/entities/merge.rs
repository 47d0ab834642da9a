//! A mutation of the desk's own: two tickets that are the same become one.

use super::{Comment, Ticket, comment::comments, ticket::tickets};
use async_graphql::value;
use diesel::prelude::*;
use doorway::db::Id;
use doorway::events::EventKind;
use doorway::mutation::{Undone, UserErrorCode, Writing};
use doorway::own_mutations;
use doorway::relation::IdOf;

own_mutations! { MergeMutation {
    /// Merges a ticket into another, which gets its comments and its parts. Shows the other.
    merge_tickets(
        /// The id of the ticket that goes.
        ticket: IdOf<Ticket>,
        /// The id of the ticket that stays.
        into: IdOf<Ticket>,
        /// What a new comment on that says, if there is to be one.
        text: Option<String>,
    ): Ticket, tx => merge(tx, ticket, into, text).await;
} }

async fn merge(
    tx: &mut Writing,
    ticket: IdOf<Ticket>,
    into: IdOf<Ticket>,
    text: Option<String>,
) -> Result<IdOf<Ticket>, Undone> {
    if ticket == into {
        return Err(Undone::refused(UserErrorCode::Duplicate, "into", "must be another ticket"));
    }
    // Nobody else adds comments or parts to them in the meantime.
    let there = tx.lock::<Ticket>(&[ticket.id(), into.id()]).await?;
    for (id, argument) in [(ticket, "ticket"), (into, "into")] {
        if !there.contains(&id.id()) {
            return Err(Undone::refused(
                UserErrorCode::NotFound,
                argument,
                "there is no ticket with this id",
            ));
        }
    }
    // Any number of them, by one statement.
    let of_ticket = comments::table.filter(comments::ticket_id.eq(ticket.id()));
    let moved: Vec<i64> = tx.rows(of_ticket.select(comments::id).order(comments::id)).await?;
    tx.run::<Comment>(diesel::update(of_ticket).set(comments::ticket_id.eq(into.id()))).await?;
    for comment in moved {
        let related = [ticket.id(), into.id()];
        tx.publish::<Comment>(EventKind::Updated, Id::from(comment), &related).await?;
    }
    let of_ticket = tickets::table.filter(tickets::parent_id.eq(ticket.id()));
    let parts: Vec<i64> = tx.rows(of_ticket.select(tickets::id).order(tickets::id)).await?;
    for part in parts {
        let input = value!({ "id": part, "parentId": (into.to_string()) });
        // It may be the other itself.
        tx.update::<Ticket>(input).await.map_err(|undone| undone.at("into"))?;
    }
    if let Some(text) = text {
        let input = value!({ "ticketId": (into.to_string()), "text": text });
        tx.create::<Comment>(input).await?;
    }
    tx.delete::<Ticket>(ticket).await?;
    Ok(into)
}
