//! That a person likes a message: a join table without an order.

use super::{Message, Person, message::messages, person::persons};
use async_graphql::SimpleObject;
use diesel::prelude::*;
use doorway::db::{Guid, Id, Instant, Timestamp};
use doorway::join_table;

diesel::table! {
    use diesel::sql_types::*;
    use super::{Guid, Instant};

    likes (person_id, message_id) {
        person_id -> Guid,
        message_id -> Guid,
        added_at -> Instant,
    }
}
diesel::joinable!(likes -> persons (person_id));
diesel::joinable!(likes -> messages (message_id));

/// That a person likes a message.
#[derive(Debug, Clone, Queryable, Insertable, Identifiable, Associations, SimpleObject)]
#[diesel(table_name = likes, primary_key(person_id, message_id), treat_none_as_default_value = false)]
#[diesel(belongs_to(Person), belongs_to(Message))]
pub struct Like {
    /// The person.
    #[graphql(skip)]
    pub person_id: Id,
    /// The message.
    #[graphql(skip)]
    pub message_id: Id,
    /// Since when.
    pub added_at: Timestamp,
}

join_table! { Like: likes }
