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

/// What a user says about themselves. A user has at most one profile.
#[derive(Debug, Clone, Queryable, Insertable, Identifiable, Associations, SimpleObject)]
#[diesel(table_name = profiles, belongs_to(User), treat_none_as_default_value = false)]
pub struct Profile {
    /// The primary key: a version 7 UUID, unique across all types. Ascending ids are profiles from oldest to newest.
    pub id: Id,
    /// The id of the user this profile belongs to. It is unique among profiles.
    pub user_id: Id,
    /// The name to show, or null.
    pub display_name: Option<String>,
    /// A short biography in Markdown, or null.
    pub bio: Option<String>,
    /// The address of the person's own site, or null. Doorway does not validate it.
    pub website_url: Option<String>,
    /// When the profile was created.
    pub created_at: Timestamp,
    /// When one of the fields above last changed.
    pub updated_at: Timestamp,
    /// Starts at 1 and goes up by one with each change. Send it as `expectedVersion` to detect a conflicting change.
    pub version: i32,
}

entity! { Profile: profiles, order [asc id], text [display_name 1..=200, bio 0..=100000, website_url 1..=2000] }

relationships! { Profile {
    belongs_to {
        /// The user this profile belongs to.
        user: User, back_populates profile;
    }
} }

queries! { ProfileQuery for Profile {
    /// Finds a profile by id. Null if there is no such profile.
    profile by id;
    /// All profiles, oldest first by default.
    profiles, profiles_connection;
} }

mutations! { ProfileMutation for Profile, many "profiles" {
    create {
        /// Creates a profile for a user who has none.
        create_profile, create_profiles;
    }
    update {
        /// Updates a profile. Fields you leave out keep their values.
        update_profile, update_profiles;
    }
    delete {
        /// Deletes a profile. Its user stays.
        delete_profile, delete_profiles;
    }
} }
