//! The subscription root: what is told while it happens.

use crate::db::{Db, Id};
use crate::entities::{BlogPost, Tag, User};
use crate::events::{self, Delivery, EventKind};
use crate::relation::{Stored, by_id, id_argument};
use async_graphql::{Context, ID, Object, Result, Subscription};
use futures_util::{Stream, StreamExt, future::ready};
use std::sync::Arc;

/// Where every subscription begins. A subscriber more than 4,096 events behind gets the error TOO_SLOW and the end.
#[derive(Debug, Default)]
pub struct SubscriptionRoot;

/// Where every subscription begins. A subscriber more than 4,096 events behind gets the error TOO_SLOW and the end.
#[Subscription(name = "Subscription")]
impl SubscriptionRoot {
    /// Tells of each post that a mutation creates, updates or deletes from now on, in the order of the commits.
    async fn blog_post_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only posts that the user with this id writes, or wrote before the change.")]
        author_id: Option<ID>,
        #[graphql(desc = "Only posts that have the tag with this id, or had it before the change.")]
        tag_id: Option<ID>,
    ) -> Result<impl Stream<Item = Result<BlogPostEvent>>> {
        let only = [("authorId", author_id), ("tagId", tag_id)];
        Ok(changes(ctx, BlogPost::TABLE, only).await?.map(|change| change.map(BlogPostEvent)))
    }

    /// Tells of each user whom a mutation creates, updates or deletes from now on, in the order of the commits. A change of
    /// the profile is one of the user here.
    async fn user_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only the user with this id.")] id: Option<ID>,
    ) -> Result<impl Stream<Item = Result<UserEvent>>> {
        Ok(changes(ctx, User::TABLE, [("id", id)]).await?.map(|change| change.map(UserEvent)))
    }

    /// Tells of each tag that a mutation creates, updates or deletes from now on, in the order of the commits.
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

/// Makes an event's type: what it is, and its field for the row, which is read when the event is told.
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

            /// The row's id; null for RESYNC, which is about no one row.
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
    /// A change of a post: its fields, its author or its list of tags.
    BlogPostEvent,
    /// The post as it is when this is told, which may be later than the change; null where it is gone, and for RESYNC.
    blog_post: BlogPost
}
event! {
    /// A change of a user or of the profile.
    UserEvent,
    /// The user as they are when this is told, which may be later than the change; null where they are gone, and for
    /// RESYNC.
    user: User
}
event! {
    /// A change of a tag; that posts are given it or lose it is none.
    TagEvent,
    /// The tag as it is when this is told, which may be later than the change; null where it is gone, and for RESYNC.
    tag: Tag
}
