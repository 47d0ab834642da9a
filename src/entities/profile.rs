//! What a user says of themselves: one for a user at most.

use super::{User, user::users};
use crate::db::{Guid, Id, Instant, Timestamp};
use crate::{entity, mutations, queries, relationships};
use async_graphql::SimpleObject;
use diesel::prelude::*;

diesel::table! {
    use diesel::sql_types::*;
    use super::{Guid, Instant};

    profiles (id) {
        id -> Guid,
        user_id -> Guid,
        display_name -> Nullable<Text>,
        bio -> Nullable<Text>,
        website_url -> Nullable<Text>,
        created_at -> Instant,
        updated_at -> Instant,
        version -> Integer,
    }
}
diesel::joinable!(profiles -> users (user_id));
diesel::allow_tables_to_appear_in_same_query!(profiles, users);

/// What a user says of themselves; a user has one at most.
#[derive(Debug, Clone, Queryable, Insertable, Identifiable, Associations, SimpleObject)]
#[diesel(table_name = profiles, belongs_to(User), treat_none_as_default_value = false)]
#[graphql(complex)]
pub struct Profile {
    /// The key, a UUID, unique among all types; ids in ascending order are profiles oldest first.
    pub id: Id,
    /// The id of the user whose profile this is; no other profile has it.
    pub user_id: Id,
    /// The name as the person writes it; null where they gave none.
    pub display_name: Option<String>,
    /// A few words, in Markdown; null where they gave none.
    pub bio: Option<String>,
    /// The address of the person's own page, as they gave it: it is not checked. Null where they gave none.
    pub website_url: Option<String>,
    /// When the profile came to be; it never changes.
    pub created_at: Timestamp,
    /// When one of the fields above last changed.
    pub updated_at: Timestamp,
    /// Counts the changes that `updatedAt` tells of, from 1: the `expectedVersion` of a later change.
    pub version: i32,
}

entity! { Profile: profiles, order [asc id], text [display_name 1..=200, bio 0..=100000, website_url 1..=2000] }

relationships! { Profile {
    belongs_to {
        /// The user whose profile this is; there always is one.
        user: User, back_populates profile;
    }
} }

queries! { ProfileQuery for Profile {
    /// The profile with this id; null where there is none.
    profile by id;
    /// All profiles, oldest first.
    profiles, profiles_connection;
} }

mutations! { ProfileMutation for Profile, many "profiles" {
    create {
        /// Makes the profile of a user who has none.
        create_profile, create_profiles;
    }
    update {
        /// Changes a profile: what is left out stays as it is.
        update_profile, update_profiles;
    }
    delete {
        /// Deletes a profile; its user stays.
        delete_profile, delete_profiles;
    }
} }
