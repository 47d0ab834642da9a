//! The subscription root: changes as they happen.

use crate::engine::{Given, Operation, id_argument};
use crate::entities::{BlogPost, Tag, User};
use crate::events::{self, Delivery, EventKind};
use crate::relation::{Entity, Fields, Stored, add_field, register_object};
use async_graphql::{
    Context, ContextSelectionSet, ID, InputType, OutputType, Positioned, Result, ServerResult, Subscription,
    Value, parser::types::Field, registry::Registry,
};
use futures_util::{Stream, StreamExt, future::ready};
use std::{borrow::Cow, sync::Arc};

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
    let delivery = events::subscribe(ctx.data::<Arc<Operation>>()?.db()).await?;
    Ok(delivery.filter_map(move |delivery| {
        ready(match delivery {
            Ok(Delivery::Resync) => Some(Ok(Delivery::Resync)),
            Ok(Delivery::Event(event, _)) if event.table != table => None,
            Ok(Delivery::Event(event, text)) => {
                ids.iter().all(|id| event.concerns(*id)).then_some(Ok(Delivery::Event(event, text)))
            }
            Err(error) => Some(Err(error)),
        })
    }))
}

/// Makes an event's type, with a field for the row. The engine reads the row when the event is delivered.
macro_rules! event {
    ($text:literal, $event:ident, $row_text:literal, $row:ident) => {
        #[doc = $text]
        #[derive(Debug, Clone)]
        pub struct $event(Delivery);

        impl OutputType for $event {
            fn type_name() -> Cow<'static, str> {
                stringify!($event).into()
            }

            fn create_type_info(registry: &mut Registry) -> String {
                register_object(registry, stringify!($event), $text, |registry| {
                    let mut fields = Fields::new();
                    let kind = <EventKind as OutputType>::create_type_info(registry);
                    add_field(&mut fields, "kind", kind, "What happened.");
                    add_field(&mut fields, "id", "ID", "The row's id. Null for RESYNC.");
                    add_field(&mut fields, $row::shape().variable(), <$row as Stored>::NAME, $row_text);
                    fields
                })
            }

            async fn resolve(
                &self,
                ctx: &ContextSelectionSet<'_>,
                field: &Positioned<Field>,
            ) -> ServerResult<Value> {
                give(ctx, field, &self.0).await
            }
        }
    };
}

event! {
    "A change to a post: its fields, its author or its list of tags.",
    BlogPostEvent,
    "The post at the time of delivery, which may be later than the change. Null if it is gone, and for RESYNC.",
    BlogPost
}
event! {
    "A change to a user or to their profile.",
    UserEvent,
    "The user at the time of delivery, which may be later than the change. Null if they are gone, and for RESYNC.",
    User
}
event! {
    "A change to a tag. Adding it to a post or removing it does not count.",
    TagEvent,
    "The tag at the time of delivery, which may be later than the change. Null if it is gone, and for RESYNC.",
    Tag
}

/// Reads and writes an event.
async fn give(
    ctx: &ContextSelectionSet<'_>,
    field: &Positioned<Field>,
    delivery: &Delivery,
) -> ServerResult<Value> {
    let id = delivery.id();
    let given = Given {
        rows: id.into_iter().collect(),
        known: Vec::new(),
        event: delivery.text(),
        values: vec![
            ("kind", delivery.kind().to_value()),
            ("id", id.map_or(Value::Null, |id| Value::from(id.to_string()))),
        ],
    };
    Operation::give_field(ctx, field, given).await
}
