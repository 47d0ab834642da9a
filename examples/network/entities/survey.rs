//! A survey among the members of a club: a list of answers to each of its questions.

use super::club::{Club, ClubKind, ClubKindText, clubs};
use async_graphql::SimpleObject;
use diesel::prelude::*;
use doorway::db::{Date, Day, Decimal, Fixed, Guid, Id, Instant, List, Timestamp};
use doorway::{entity, mutations, queries, relationships, resolvers};

diesel::table! {
    use diesel::sql_types::*;
    use super::{ClubKindText, Day, Fixed, Guid, Instant, List};

    surveys (id) {
        id -> Guid,
        club_id -> Guid,
        title -> Text,
        words -> List<Text>,
        kinds -> Nullable<List<ClubKindText>>,
        friends -> Nullable<List<Guid>>,
        moments -> Nullable<List<Instant>>,
        years -> Nullable<List<SmallInt>>,
        scores -> Nullable<List<Integer>>,
        gifts -> Nullable<List<BigInt>>,
        ratings -> Nullable<List<Double>>,
        fees -> Nullable<List<Fixed<10, 2>>>,
        days -> Nullable<List<Day>>,
        votes -> Nullable<List<Bool>>,
        drawings -> Nullable<List<Binary>>,
    }
}
diesel::joinable!(surveys -> clubs (club_id));

/// A survey among the members of a club.
#[derive(Debug, Clone, Queryable, Identifiable, Associations, SimpleObject)]
#[diesel(table_name = surveys, belongs_to(Club))]
pub struct Survey {
    /// The primary key.
    pub id: Id,
    /// The id of the club.
    pub club_id: Id,
    /// What it is called.
    pub title: String,
    /// What comes to mind.
    pub words: Vec<String>,
    /// What the club should be for, or null.
    pub kinds: Option<Vec<ClubKind>>,
    /// The ids of those who should join, or null.
    pub friends: Option<Vec<Id>>,
    /// When one was happiest, or null.
    pub moments: Option<Vec<Timestamp>>,
    /// The best years, or null.
    pub years: Option<Vec<i16>>,
    /// How good the club is, or null.
    pub scores: Option<Vec<i32>>,
    /// What one would give, in cents, or null.
    pub gifts: Option<Vec<i64>>,
    /// How much one likes the club, or null.
    pub ratings: Option<Vec<f64>>,
    /// What a year should cost, or null.
    pub fees: Option<Vec<Decimal>>,
    /// The days on which to meet, or null.
    pub days: Option<Vec<Date>>,
    /// Whether the club should stay, or null.
    pub votes: Option<Vec<bool>>,
    /// What one draws, or null.
    pub drawings: Option<Vec<Vec<u8>>>,
}

entity! {
    Survey: surveys, order [asc title], list [words ..=20, scores 1..=10], default [words [], votes []],
    read_only [votes]
}

relationships! { Survey {
    belongs_to {
        /// The club.
        club: Club, back_populates surveys;
    }
} }

resolvers! { Survey {
    /// The words, longest first, with the number of gifts.
    summary: String, from [words, gifts] => summary(words, gifts);
} }

fn summary(mut words: Vec<String>, gifts: Option<Vec<i64>>) -> String {
    words.sort_by_key(|word| std::cmp::Reverse(word.chars().count()));
    format!("{} ({})", words.join(", "), gifts.map_or(0, |gifts| gifts.len()))
}

queries! { SurveyQuery for Survey {
    /// Finds a survey by id. Null if there is no such survey.
    survey by id;
    /// All surveys, by title.
    surveys, surveys_connection;
} }

mutations! { SurveyMutation for Survey, many "surveys" {
    create {
        /// Creates a survey.
        create_survey, create_surveys;
    }
    update {
        /// Updates a survey. Fields you leave out keep their values.
        update_survey, update_surveys;
    }
    delete {
        /// Deletes a survey.
        delete_survey, delete_surveys;
    }
} }
