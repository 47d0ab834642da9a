//! That a person is in a club: an entity of its own, with rules over several columns.

use super::{Club, Person, club::clubs, person::persons};
use async_graphql::SimpleObject;
use diesel::prelude::*;
use doorway::db::{Guid, Id};
use doorway::{entity, mutations, queries, relationships};

diesel::table! {
    use diesel::sql_types::*;
    use super::Guid;

    memberships (id) {
        id -> Guid,
        person_id -> Guid,
        club_id -> Guid,
        number -> Integer,
        card -> Nullable<Text>,
        level -> Integer,
        visits -> BigInt,
    }
}
diesel::joinable!(memberships -> persons (person_id));
diesel::joinable!(memberships -> clubs (club_id));

/// That a person is in a club.
#[derive(Debug, Clone, Queryable, Insertable, Identifiable, Associations, SimpleObject)]
#[diesel(table_name = memberships, treat_none_as_default_value = false)]
#[diesel(belongs_to(Person), belongs_to(Club))]
pub struct Membership {
    /// The primary key.
    pub id: Id,
    /// The person's id.
    pub person_id: Id,
    /// The club's id.
    pub club_id: Id,
    /// The member's number, unique in the club.
    pub number: i32,
    /// The unique number of the member's card, or null.
    pub card: Option<String>,
    /// How far the member has come.
    pub level: i32,
    /// How often the member has come. The door counts it.
    pub visits: i64,
}

entity! {
    Membership: memberships, order [asc number],
    unique [[person_id, club_id], [club_id, number], [card]],
    check [number_is_positive "number > 0" "the number must be 1 or more"],
    default [level 1, visits 0], read_only [visits]
}

relationships! { Membership {
    belongs_to {
        /// The person.
        person: Person, back_populates memberships;
        /// The club.
        club: Club, back_populates memberships, on delete restrict;
    }
} }

queries! { MembershipQuery for Membership {
    /// Finds a membership by id. Null if there is no such membership.
    membership by id;
    /// All memberships, by number.
    memberships, memberships_connection;
} }

mutations! { MembershipMutation for Membership, many "memberships" {
    create {
        /// Creates a membership.
        create_membership, create_memberships;
    }
    update {
        /// Updates a membership. Fields you leave out keep their values.
        update_membership, update_memberships;
    }
    delete {
        /// Deletes a membership.
        delete_membership, delete_memberships;
    }
} }
