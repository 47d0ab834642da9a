//! A member of the network. Suspended people stay in the table and are hidden.

use super::{Bookmark, Follow, Like, Membership, Message, Pin, follow::follows, message::messages};
use async_graphql::SimpleObject;
use diesel::prelude::*;
use doorway::db::{DbError, Guid, Id, Instant, Reader, Timestamp};
use doorway::error::bad_argument;
use doorway::relation::{RowOf, RowsOf};
use doorway::{entity, mutations, queries, relationships, resolvers};
use std::collections::{BTreeSet, HashMap};

diesel::table! {
    use diesel::sql_types::*;
    use super::{Guid, Instant};

    persons (id) {
        id -> Guid,
        handle -> Text,
        mentor_id -> Nullable<Guid>,
        is_suspended -> Bool,
        created_at -> Instant,
        updated_at -> Instant,
        version -> Integer,
    }
}

/// A member of the network.
#[derive(Debug, Clone, Queryable, Insertable, Identifiable, SimpleObject)]
#[diesel(table_name = persons, treat_none_as_default_value = false)]
pub struct Person {
    /// The primary key.
    pub id: Id,
    /// A unique name.
    pub handle: String,
    /// The id of the person's mentor, or null.
    pub mentor_id: Option<Id>,
    /// Whether the person is suspended. Suspended people are hidden, so this is only true in the payload that suspends them.
    pub is_suspended: bool,
    /// When the person joined.
    pub created_at: Timestamp,
    /// When the person last changed.
    pub updated_at: Timestamp,
    /// Goes up by one with each change.
    pub version: i32,
}

entity! { Person: persons, order [asc handle], named handle, text [handle 1..=50], default [is_suspended false],
scope [is_suspended is false] }

relationships! { Person {
    belongs_to {
        /// The person's mentor, or null.
        mentor: Person by mentor_id, back_populates mentees;
    }
    has_many {
        /// Those whose mentor the person is.
        mentees, mentees_connection: Person, back_populates mentor;
        /// The messages that the person wrote.
        messages, messages_connection: Message, back_populates author;
        /// The messages that the person edited.
        edited_messages, edited_messages_connection: Message, back_populates editor;
        /// The clubs that the person is in.
        memberships, memberships_connection: Membership, back_populates person;
    }
    many_to_many {
        /// Those who follow the person.
        followers, followers_connection: Person, through Follow from followed_id to follower_id,
            back_populates following;
        /// Those whom the person follows.
        following, following_connection: Person, through Follow from follower_id to followed_id,
            back_populates followers;
        /// The messages that the person likes.
        likes, likes_connection: Message, through Like, back_populates liked_by;
        /// The messages that the person has bookmarked, in their own order.
        bookmarks, bookmarks_connection: Message, through Bookmark by rank, back_populates bookmarked_by;
        /// The messages that the person has pinned, in their own order.
        pins, pins_connection: Message, through Pin by rank, back_populates pinned_by;
    }
} }

resolvers! { Person {
    /// The handle as messages mention it.
    mention(
        /// What comes before the handle.
        sign: String = "@".to_owned(),
    ): String, from [handle] => sign + &handle;

    /// The first characters of the handle.
    short_handle(
        /// How many of them: 1 or more.
        length: i32,
    ): String, from [handle] => match usize::try_from(length) {
        Ok(length @ 1..) => Ok(handle.chars().take(length).collect()),
        _ => Err(bad_argument("length", "must be 1 or more")),
    };

    /// The handles of those who follow the person and whom the person follows, in their order.
    friends: Vec<String>, from [followers { handle }, following { handle }] =>
        followers.into_iter().filter(|handle| following.contains(handle)).collect::<Vec<_>>();

    /// How many people follow the person for each whom the person follows, or null if there is none.
    influence: Option<f64>, from [followers count, following count] =>
        Some(followers as f64 / following as f64).filter(|_| following > 0);

    /// The follower who joined last, or null.
    newest_follower: RowOf<Person>, from [followers { id }] => followers.into_iter().max();

    /// Those whom the people follow whom the person follows, in the order in which they joined, without those whom the person follows
    /// already.
    suggestions: RowsOf<Person>, from [id, following { id }] through reader => suggestions(&reader, id, following).await;

    /// When the person wrote the last message that is not removed, or null.
    last_wrote_at: Option<Timestamp>, from [id] through reader => last_wrote_at(&reader, id).await;
} }

/// A list for each person, by one statement.
async fn suggestions(
    reader: &Reader,
    ids: Vec<Id>,
    following: Vec<Vec<Id>>,
) -> Result<Vec<Vec<Id>>, DbError> {
    let next = diesel::alias!(follows as next);
    let (from, to) = (next.field(follows::follower_id), next.field(follows::followed_id));
    let followed = follows::table
        .inner_join(next.on(from.eq(follows::followed_id)))
        .filter(follows::follower_id.eq_any(ids.clone()).and(to.ne(follows::follower_id)))
        .select((follows::follower_id, to));
    let mut suggested: HashMap<Id, BTreeSet<Id>> = HashMap::new();
    for (id, other) in reader.rows::<(Id, Id), _>(followed).await? {
        suggested.entry(id).or_default().insert(other);
    }
    let of = |(id, following): (&Id, Vec<Id>)| {
        let others = suggested.get(id).into_iter().flatten().copied();
        others.filter(|other| !following.contains(other)).collect()
    };
    Ok(ids.iter().zip(following).map(of).collect())
}

/// A time for each person, by one statement.
async fn last_wrote_at(reader: &Reader, ids: Vec<Id>) -> Result<Vec<Option<Timestamp>>, DbError> {
    let written = messages::table
        .filter(messages::author_id.eq_any(ids.clone()).and(messages::removed_at.is_null()))
        .group_by(messages::author_id)
        .select((messages::author_id, diesel::dsl::max(messages::created_at)));
    let last: HashMap<Id, Option<Timestamp>> = reader.rows(written).await?.into_iter().collect();
    Ok(ids.iter().map(|id| last.get(id).copied().flatten()).collect())
}

queries! { PersonQuery for Person {
    /// Finds a person by id or by handle. Give exactly one of the two. Null if there is no such person.
    person by id or handle: "The exact handle. Not together with `id`.";
    /// All people, by handle.
    persons, persons_connection;
} }

mutations! { PersonMutation for Person, many "people" {
    create {
        /// Creates a person.
        create_person, create_persons;
    }
    update {
        /// Updates a person. Fields you leave out keep their values.
        update_person, update_persons;
    }
    delete {
        /// Deletes a person with their messages.
        delete_person, delete_persons;
    }
    upsert {
        /// Returns the person with this handle and creates them if necessary.
        upsert_person, upsert_persons by "handles";
    }
    move {
        /// Moves a message among a person's bookmarks.
        move_person_bookmark: Message in bookmarks;
        /// Moves a message among a person's pins.
        move_person_pin: Message in pins;
    }
} }
