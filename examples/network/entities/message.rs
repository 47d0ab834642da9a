//! What people write: to all, or in reply to another message. A removed message stays in the table and is hidden.

use super::{Bookmark, Like, Person, Pin};
use async_graphql::SimpleObject;
use diesel::prelude::*;
use doorway::db::{Guid, Id, Instant, Timestamp};
use doorway::error::bad_argument;
use doorway::{entity, mutations, queries, relationships, resolvers};

diesel::table! {
    use diesel::sql_types::*;
    use super::{Guid, Instant};

    messages (id) {
        id -> Guid,
        body -> Text,
        author_id -> Guid,
        editor_id -> Nullable<Guid>,
        parent_id -> Nullable<Guid>,
        removed_at -> Nullable<Instant>,
        created_at -> Instant,
        updated_at -> Instant,
        version -> Integer,
    }
}

/// What a person writes.
#[derive(Debug, Clone, Queryable, Insertable, Identifiable, SimpleObject)]
#[diesel(table_name = messages, treat_none_as_default_value = false)]
pub struct Message {
    /// The primary key.
    pub id: Id,
    /// The text.
    pub body: String,
    /// The author's id.
    pub author_id: Id,
    /// The id of the person who edited it last, or null.
    pub editor_id: Option<Id>,
    /// The id of the message that it replies to, or null.
    pub parent_id: Option<Id>,
    /// When the message was removed. Removed messages are hidden, so this is null except in the payload that removes one.
    pub removed_at: Option<Timestamp>,
    /// When the message was written.
    pub created_at: Timestamp,
    /// When the message last changed.
    pub updated_at: Timestamp,
    /// Goes up by one with each change.
    pub version: i32,
}

entity! { Message: messages, order [asc id], text [body 1..=10000], scope [removed_at is_null] }

relationships! { Message {
    belongs_to {
        /// Who wrote the message.
        author: Person by author_id, back_populates messages;
        /// Who edited the message last, or null.
        editor: Person by editor_id, back_populates edited_messages;
        /// The message that it replies to, or null.
        parent: Message by parent_id, back_populates replies, on delete cascade;
    }
    has_many {
        /// The replies, oldest first.
        replies, replies_connection: Message, back_populates parent;
    }
    many_to_many {
        /// Those who like the message.
        liked_by, liked_by_connection: Person, through Like, back_populates likes;
        /// Those who have bookmarked the message.
        bookmarked_by, bookmarked_by_connection: Person, through Bookmark, back_populates bookmarks;
        /// Those who have pinned the message.
        pinned_by, pinned_by_connection: Person, through Pin, back_populates pins;
    }
} }

resolvers! { Message {
    /// The first characters of the text.
    excerpt(
        /// How many of them: 1 or more.
        length: i32 = 20,
    ): Option<String>, from [body] => match usize::try_from(length) {
        Ok(length @ 1..) => Ok(Some(body.chars().take(length).collect())),
        _ => Err(bad_argument("length", "must be 1 or more")),
    };

    /// The author's handle and the text.
    line: String, from [author { handle }, body] => format!("{}: {body}", author.first().map_or("somebody", |handle| handle));
} }

queries! { MessageQuery for Message {
    /// Finds a message by id. Null if there is no such message.
    message by id;
    /// All messages, oldest first.
    messages, messages_connection;
} }

mutations! { MessageMutation for Message, many "messages" {
    create {
        /// Creates a message.
        create_message, create_messages;
    }
    update {
        /// Updates a message. Fields you leave out keep their values.
        update_message, update_messages;
    }
    delete {
        /// Deletes a message with its replies.
        delete_message, delete_messages;
    }
} }
