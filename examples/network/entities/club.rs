//! A club, which cannot be deleted while it has members.

use super::{Membership, Survey, message::messages};
use async_graphql::SimpleObject;
use diesel::prelude::*;
use doorway::db::{Date, Day, DbError, Decimal, Fixed, Guid, Id, Json, JsonValue, List, Reader, Timestamp};
use doorway::{entity, mutations, queries, relationships, resolvers, text_enum};
use std::collections::HashSet;

text_enum! {
    /// What a club is for.
    pub enum ClubKind as ClubKindText {
        /// Winning.
        Sports = "SPORTS",
        /// Playing.
        Games = "GAMES",
        /// Thinking.
        Books = "BOOKS",
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{ClubKindText, Day, Fixed, Guid, Json, List};

    clubs (id) {
        id -> Guid,
        name -> Text,
        kind -> Nullable<ClubKindText>,
        is_open -> Nullable<Bool>,
        founded -> Nullable<SmallInt>,
        budget -> Nullable<BigInt>,
        rating -> Nullable<Double>,
        meets_on -> Nullable<Day>,
        century -> Nullable<Integer>,
        extra -> Nullable<Json>,
        fee -> Nullable<Fixed<10, 2>>,
        badge -> Nullable<Binary>,
        tags -> List<Text>,
    }
}

/// A club.
#[derive(Debug, Clone, Queryable, Identifiable, SimpleObject)]
#[diesel(table_name = clubs)]
pub struct Club {
    /// The primary key.
    pub id: Id,
    /// A unique name.
    pub name: String,
    /// What the club is for, or null.
    pub kind: Option<ClubKind>,
    /// Whether anybody may join, or null.
    pub is_open: Option<bool>,
    /// The year of its founding, or null.
    pub founded: Option<i16>,
    /// Its budget in cents, or null.
    pub budget: Option<i64>,
    /// How much people like it, or null.
    pub rating: Option<f64>,
    /// The day of its next meeting, or null.
    pub meets_on: Option<Date>,
    /// The century of its founding, or null.
    pub century: Option<i32>,
    /// Whatever else there is to know, or null.
    pub extra: Option<JsonValue>,
    /// What a year costs, or null.
    pub fee: Option<Decimal>,
    /// Its badge as a small image, or null.
    pub badge: Option<Vec<u8>>,
    /// What people find it by.
    pub tags: Vec<String>,
}

entity! {
    Club: clubs, order [asc name], named name, text [name 1..=100, extra 0..=1000],
    bytes [badge ..=65536], list [tags ..=20],
    default [tags []],
    generated [century "(founded + 99) / 100"]
}

relationships! { Club {
    has_many {
        /// The members, with their numbers.
        memberships, memberships_connection: Membership, back_populates club;
        /// The surveys among the members, by title.
        surveys, surveys_connection: Survey, back_populates club;
    }
} }

resolvers! { Club {
    /// How many members have written a message since then.
    active_members(
        /// From when on.
        since: Timestamp,
    ): i64, from [memberships { person_id }] through reader => active_members(&reader, memberships, since).await;
} }

/// A number for each club, by one statement.
async fn active_members(
    reader: &Reader,
    members: Vec<Vec<Id>>,
    since: Timestamp,
) -> Result<Vec<i64>, DbError> {
    let everybody: HashSet<Id> = members.iter().flatten().copied().collect();
    let written = messages::table
        .filter(messages::author_id.eq_any(everybody).and(messages::created_at.ge(since)))
        .filter(messages::removed_at.is_null())
        .select(messages::author_id)
        .distinct();
    let active: HashSet<Id> = reader.rows(written).await?.into_iter().collect();
    let count = |club: &Vec<Id>| club.iter().filter(|member| active.contains(member)).count();
    Ok(members.iter().map(|club| i64::try_from(count(club)).unwrap_or(i64::MAX)).collect())
}

queries! { ClubQuery for Club {
    /// Finds a club by id or by name. Give exactly one of the two. Null if there is no such club.
    club by id or name: "The exact name. Not together with `id`.";
    /// All clubs, by name.
    clubs, clubs_connection;
} }

mutations! { ClubMutation for Club, many "clubs" {
    create {
        /// Creates a club.
        create_club, create_clubs;
    }
    update {
        /// Updates a club. Fields you leave out keep their values.
        update_club, update_clubs;
    }
    delete {
        /// Deletes a club without members.
        delete_club, delete_clubs;
    }
    upsert {
        /// Returns the club with this name and creates it if necessary.
        upsert_club, upsert_clubs by "names";
    }
} }
