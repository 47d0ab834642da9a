//! That a person has bookmarked a message: a list in an order of its own.

use super::{Message, Person, message::messages, person::persons};
use async_graphql::SimpleObject;
use diesel::prelude::*;
use doorway::db::{Guid, Id};
use doorway::join_table;

diesel::table! {
    use diesel::sql_types::*;
    use super::Guid;

    bookmarks (person_id, message_id) {
        person_id -> Guid,
        message_id -> Guid,
        rank -> Integer,
    }
}
diesel::joinable!(bookmarks -> persons (person_id));
diesel::joinable!(bookmarks -> messages (message_id));

/// That a person has bookmarked a message.
#[derive(Debug, Clone, Queryable, Insertable, Identifiable, Associations, SimpleObject)]
#[diesel(table_name = bookmarks, primary_key(person_id, message_id), treat_none_as_default_value = false)]
#[diesel(belongs_to(Person), belongs_to(Message))]
pub struct Bookmark {
    /// The person.
    #[graphql(skip)]
    pub person_id: Id,
    /// The message.
    #[graphql(skip)]
    pub message_id: Id,
    /// The message's place in the person's list, from 0.
    pub rank: i32,
}

join_table! { Bookmark: bookmarks }
