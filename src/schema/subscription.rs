//! The subscription root: changes as they happen.

use crate::db::{Db, Id};
use crate::entities::{BlogPost, Tag, User};
use crate::events::{self, Delivery, EventKind};
use crate::relation::{Stored, by_id, id_argument};
use async_graphql::{Context, ID, Object, Result, Subscription};
use futures_util::{Stream, StreamExt, future::ready};
use std::sync::Arc;

/// The subscription root. A subscriber that falls more than 4,096 events behind gets a TOO_SLOW error, and its
/// subscription ends.
#[derive(Debug, Default)]
pub struct SubscriptionRoot;

/// The subscription root. A subscriber that falls more than 4,096 events behind gets a TOO_SLOW error, and its
/// subscription ends.
#[Subscription(name = "Subscription")]
impl SubscriptionRoot {
    /// An event for each post that a mutation creates, updates or deletes, in commit order.
    async fn blog_post_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only posts whose author has this id, before or after the change.")]
        author_id: Option<ID>,
        #[graphql(desc = "Only posts with this tag, before or after the change.")] tag_id: Option<ID>,
    ) -> Result<impl Stream<Item = Result<BlogPostEvent>>> {
        let only = [("authorId", author_id), ("tagId", tag_id)];
        Ok(changes(ctx, BlogPost::TABLE, only).await?.map(|change| change.map(BlogPostEvent)))
    }

    /// An event for each user that a mutation creates, updates or deletes, in commit order. A change to a profile counts
    /// as a change to its user.
    async fn user_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only the user with this id.")] id: Option<ID>,
    ) -> Result<impl Stream<Item = Result<UserEvent>>> {
        Ok(changes(ctx, User::TABLE, [("id", id)]).await?.map(|change| change.map(UserEvent)))
    }

    /// An event for each tag that a mutation creates, updates or deletes, in commit order.
    async fn tag_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only the tag with this id.")] id: Option<ID>,
    ) -> Result<impl Stream<Item = Result<TagEvent>>> {
        Ok(changes(ctx, Tag::TABLE, [("id", id)]).await?.map(|change| change.map(TagEvent)))
    }
}

/// The changes of a table's rows that concern all of the given ids.
async fn changes<const N: usize>(
    ctx: &Context<'_>,
    table: &'static str,
    only: [(&str, Option<ID>); N],
) -> Result<impl Stream<Item = Result<Delivery>> + use<N>> {
    let mut ids = Vec::new();
    for (name, id) in only {
        if let Some(id) = id {
            ids.push(id_argument(name, &id)?);
        }
    }
    let delivery = events::subscribe(ctx.data::<Db>()?).await?;
    Ok(delivery.filter_map(move |delivery| {
        ready(match delivery {
            Ok(Delivery::Resync) => Some(Ok(Delivery::Resync)),
            Ok(Delivery::Event(event)) if event.table != table => None,
            Ok(Delivery::Event(event)) => {
                ids.iter().all(|id| event.concerns(*id)).then_some(Ok(Delivery::Event(event)))
            }
            Err(error) => Some(Err(error)),
        })
    }))
}

/// Makes an event's type, with a field for the row. The row is read when the event is delivered.
macro_rules! event {
    ($(#[doc = $text:literal])+ $event:ident, $(#[doc = $row_text:literal])+ $field:ident: $row:ident) => {
        $(#[doc = $text])+
        #[derive(Debug, Clone)]
        pub struct $event(Delivery);

        $(#[doc = $text])+
        #[Object]
        impl $event {
            /// What happened.
            async fn kind(&self) -> EventKind {
                self.0.kind()
            }

            /// The row's id. Null for RESYNC.
            async fn id(&self) -> Option<Id> {
                self.0.id()
            }

            $(#[doc = $row_text])+
            async fn $field(&self, ctx: &Context<'_>) -> Result<Option<Arc<$row>>> {
                match self.0.id() {
                    Some(id) => by_id(ctx, id).await,
                    None => Ok(None),
                }
            }
        }
    };
}

event! {
    /// A change to a post: its fields, its author or its list of tags.
    BlogPostEvent,
    /// The post at the time of delivery, which may be later than the change. Null if it is gone, and for RESYNC.
    blog_post: BlogPost
}
event! {
    /// A change to a user or to their profile.
    UserEvent,
    /// The user at the time of delivery, which may be later than the change. Null if they are gone, and for RESYNC.
    user: User
}
event! {
    /// A change to a tag. Adding it to a post or removing it does not count.
    TagEvent,
    /// The tag at the time of delivery, which may be later than the change. Null if it is gone, and for RESYNC.
    tag: Tag
}
