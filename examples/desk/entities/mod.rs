//! The entities of the help desk, and the application that they make.

mod agent;
mod badge;
mod block;
mod comment;
mod label;
mod merge;
mod resolution;
mod ticket;
mod ticket_label;
mod watch;

use doorway::{app::App, history, registry};

registry! {
    entities {
        agent: Agent, agents, AgentQuery, AgentMutation;
        badge: Badge, badges, BadgeQuery, BadgeMutation;
        ticket: Ticket, tickets, TicketQuery, TicketMutation;
        resolution: Resolution, resolutions, ResolutionQuery, ResolutionMutation;
        comment: Comment, comments, CommentQuery, CommentMutation;
        label: Label, labels, LabelQuery, LabelMutation;
    }
    links {
        watch: Watch, watches;
        ticket_label: TicketLabel, ticket_labels;
        block: Block, blocks;
    }
    own_mutations {
        merge: MergeMutation;
    }
    changed {
        /// An event for each ticket that a mutation creates, updates or deletes, in commit order.
        ticket_changed: Ticket as TicketEvent,
            "A change to a ticket.",
            "The ticket at the time of delivery. Null if it is gone, and for RESYNC.",
            by {
                id "Only the ticket with this id.";
                parent_id "Only parts of the ticket with this id.";
                label_id "Only tickets with this label, before or after the change.";
                reporter_id "Only tickets that the agent with this id reported.";
            }
        /// An event for each label that a mutation creates, updates or deletes, in commit order.
        label_changed: Label as LabelEvent,
            "A change to a label.",
            "The label at the time of delivery. Null if it is gone, and for RESYNC.",
            by { id "Only the label with this id."; }
    }
}

/// The application.
pub fn app() -> App {
    app_with(history!("examples/desk/migrations/sqlite", "examples/desk/migrations/postgres"))
}
