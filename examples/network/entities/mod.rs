//! The entities of the network, and the application that they make.

mod bookmark;
mod club;
mod follow;
mod friendship;
mod like;
mod membership;
mod message;
mod person;
mod pin;
mod survey;

use doorway::{app::App, history, registry};

registry! {
    entities {
        person: Person, persons, PersonQuery, PersonMutation;
        message: Message, messages, MessageQuery, MessageMutation;
        club: Club, clubs, ClubQuery, ClubMutation;
        membership: Membership, memberships, MembershipQuery, MembershipMutation;
        survey: Survey, surveys, SurveyQuery, SurveyMutation;
    }
    links {
        follow: Follow, follows;
        like: Like, likes;
        bookmark: Bookmark, bookmarks;
        pin: Pin, pins;
    }
    own_mutations {
        friendship: FriendshipMutation;
    }
    changed {
        /// An event for each message that a mutation creates, updates or deletes, in commit order.
        message_changed: Message as MessageEvent,
            "A change to a message.",
            "The message at the time of delivery. Null if it is gone, and for RESYNC.",
            by {
                author_id "Only messages of the person with this id.";
                parent_id "Only replies to the message with this id.";
            }
        /// An event for each person that a mutation creates, updates or deletes, in commit order.
        person_changed: Person as PersonEvent,
            "A change to a person, or to whom they follow.",
            "The person at the time of delivery. Null if they are gone, and for RESYNC.",
            by { id "Only the person with this id."; }
    }
}

/// The application.
pub fn app() -> App {
    app_with(history!("examples/network/migrations/sqlite", "examples/network/migrations/postgres"))
}
