//! A mutation of the network's own: two people who follow each other from then on.

use super::{Person, follow::follows};
use async_graphql::value;
use diesel::prelude::*;
use doorway::db::Id;
use doorway::mutation::{Undone, UserErrorCode, Writing};
use doorway::own_mutations;

own_mutations! { FriendshipMutation {
    /// Makes two people follow each other, and be equally close: as close as they say, or as the closer of the two was. Shows the first.
    befriend(
        /// The first person's id.
        person: Id,
        /// The second person's id.
        other: Id,
        /// How close they are from now on.
        closeness: Option<i32>,
    ): Person, tx => befriend(tx, person, other, closeness).await;
} }

async fn befriend(tx: &mut Writing, person: Id, other: Id, closeness: Option<i32>) -> Result<Id, Undone> {
    if person == other {
        return Err(Undone::refused(UserErrorCode::Duplicate, "other", "must be another person"));
    }
    // Nobody else changes whom they follow in the meantime.
    let there = tx.lock::<Person>(&[person, other]).await?;
    for (id, argument) in [(person, "person"), (other, "other")] {
        if !there.contains(&id) {
            return Err(Undone::refused(
                UserErrorCode::NotFound,
                argument,
                "there is no person with this id",
            ));
        }
    }
    let between = (follows::follower_id.eq(person).and(follows::followed_id.eq(other)))
        .or(follows::follower_id.eq(other).and(follows::followed_id.eq(person)));
    let known: Vec<i32> = tx.rows(follows::table.filter(between).select(follows::closeness)).await?;
    let closeness = closeness.or(known.into_iter().max()).unwrap_or(0);
    for (follower, followed) in [(person, other), (other, person)] {
        let follow = value!({ "id": (followed.to_string()), "follow": { "closeness": closeness } });
        let input = value!({ "id": (follower.to_string()), "following": { "connect": [follow] } });
        tx.update::<Person>(input).await?;
    }
    Ok(person)
}
