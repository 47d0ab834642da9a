//! Events: which rows a transaction created, updated or deleted, published to every Doorway when it commits.
//!
//! An event holds ids only, so that it fits a notice; who hears of it reads the row afterwards, as it then is.

use crate::db::{Db, DbError, Id, Notice, NoticeStream, Transaction};
use crate::error::{TOO_SLOW, coded, from_database};
use async_graphql::{Enum, Error};
use futures_util::stream::{self, Stream};
use std::{borrow::Cow, sync::Arc};

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
pub enum EventKind {
    /// The row was created.
    Created,
    /// The row changed, or something that is part of it: a user's profile, a post's list of tags.
    Updated,
    /// The row was deleted.
    Deleted,
    /// Events may have been missed, whatever the filter: refetch what you keep. Sent after the connection to the database
    /// was lost, and instead of more than 1,000 events of one mutation.
    Resync,
}

/// A row's change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The row's table.
    pub table: Cow<'static, str>,
    /// The row.
    pub id: Id,
    /// What happened to it.
    pub kind: EventKind,
    /// The rows that it is, or was, related to, so that filters work also for what is gone.
    pub related: Vec<Id>,
}

/// What a subscriber hears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// A row was changed. The text of the notice is the same one for all who hear of it.
    Event(Event, Arc<str>),
    /// Events may have been missed.
    Resync,
}

impl Delivery {
    /// What happened.
    pub fn kind(&self) -> EventKind {
        match self {
            Delivery::Event(event, _) => event.kind,
            Delivery::Resync => EventKind::Resync,
        }
    }

    /// The text that all who hear of it have in common.
    pub fn text(&self) -> Option<Arc<str>> {
        match self {
            Delivery::Event(_, text) => Some(text.clone()),
            Delivery::Resync => None,
        }
    }

    /// The row that was changed; none for a resynchronisation, which is about no single row.
    pub fn id(&self) -> Option<Id> {
        match self {
            Delivery::Event(event, _) => Some(event.id),
            Delivery::Resync => None,
        }
    }
}

/// The most events that a transaction publishes. More would leave every subscriber behind, and refetching is less work
/// than handling each.
pub const MAX_EVENTS: usize = 1_000;

/// The notice of a resynchronisation.
const RESYNC: &str = "R";

/// Related ids in one notice; an event with more takes several.
pub const IDS: usize = 200;

/// Tells of these events, in this order, if and when the transaction commits; of a resynchronisation in place of
/// more than [`MAX_EVENTS`].
///
/// # Errors
/// The database's; the transaction has then failed.
pub async fn publish(tx: &mut Transaction, events: &[Event]) -> Result<(), DbError> {
    tx.notify(notices(events)).await
}

/// The notices by which [`publish`] tells of these events.
pub fn notices(events: &[Event]) -> Vec<String> {
    if events.len() > MAX_EVENTS {
        return vec![RESYNC.to_owned()];
    }
    events.iter().flat_map(Event::notices).collect()
}

/// Every event of the transactions that commit from now on, in the order of the commits. One that receives
/// too slowly gets an error and then the end.
///
/// # Errors
/// `SERVICE_UNAVAILABLE` when the database cannot be listened to.
pub async fn subscribe(db: &Db) -> Result<impl Stream<Item = Result<Delivery, Error>> + Send + use<>, Error> {
    let notices = db.notices().await.map_err(from_database)?;
    Ok(stream::unfold((notices, None), |(mut notices, mut begun)| async {
        let delivery = next(&mut notices, &mut begun).await?;
        Some((delivery, (notices, begun)))
    }))
}

/// The next event; `begun` holds one whose related ids are still coming.
async fn next(notices: &mut NoticeStream, begun: &mut Option<Event>) -> Option<Result<Delivery, Error>> {
    loop {
        let payload = match notices.next().await? {
            Ok(Notice::Payload(payload)) if &*payload != RESYNC => payload,
            Ok(_) => {
                *begun = None;
                return Some(Ok(Delivery::Resync));
            }
            Err(too_slow) => {
                let text = format!("{too_slow}: subscribe again, and read again what you keep");
                return Some(Err(coded(TOO_SLOW, text)));
            }
        };
        let Some((mut event, more)) = Event::from_notice(&payload) else {
            // Of a newer Doorway, or of somebody else.
            tracing::warn!(payload = &*payload, "a notice on the channel `doorway` cannot be read");
            continue;
        };
        if let Some(mut first) = begun.take().filter(|first| (first.id, first.kind) == (event.id, event.kind))
        {
            first.related.append(&mut event.related);
            event = first;
        }
        if more {
            *begun = Some(event);
        } else {
            return Some(Ok(Delivery::Event(event, payload)));
        }
    }
}

impl Event {
    /// Whether the event is about this row, or one related to it.
    pub fn concerns(&self, id: Id) -> bool {
        self.id == id || self.related.contains(&id)
    }

    /// As notices: `C` (created), `U` or `D`, `+` where another notice goes on with more related ids and `.`
    /// where none does, the table, a colon, and the ids as 32 hexadecimal digits each ([`Id::to_hex`]), the row's own first.
    fn notices(&self) -> Vec<String> {
        let kind = match self.kind {
            EventKind::Created => 'C',
            EventKind::Updated => 'U',
            EventKind::Deleted => 'D',
            // Told without its row.
            EventKind::Resync => return vec![RESYNC.to_owned()],
        };
        let parts = self.related.len().div_ceil(IDS).max(1);
        let part = |part| {
            let more = if part + 1 < parts { '+' } else { '.' };
            let mut text = format!("{kind}{more}{}:{}", self.table, self.id.to_hex());
            let related = self.related.iter().skip(part * IDS).take(IDS);
            related.for_each(|id| text.push_str(&id.to_hex()));
            text
        };
        (0..parts).map(part).collect()
    }

    fn from_notice(text: &str) -> Option<(Event, bool)> {
        let (head, ids) = text.split_once(':')?;
        let kind = match head.get(..1)? {
            "C" => EventKind::Created,
            "U" => EventKind::Updated,
            "D" => EventKind::Deleted,
            _ => return None,
        };
        let more = match head.get(1..2)? {
            "+" => true,
            "." => false,
            _ => return None,
        };
        let table = head.get(2..).filter(|table| !table.is_empty())?.to_owned().into();
        let mut rows = Vec::with_capacity(ids.len() / 32);
        let mut rest = ids;
        while !rest.is_empty() {
            let (id, next) = Id::take_hex(rest)?;
            rows.push(id);
            rest = next;
        }
        let related = rows.split_off(1.min(rows.len()));
        Some((Event { table, id: rows.pop()?, kind, related }, more))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_survives_its_notices() {
        for (related, expected) in [(0, 1), (1, 1), (IDS, 1), (IDS + 1, 2), (3 * IDS, 3)] {
            let related: Vec<Id> = std::iter::repeat_with(Id::new).take(related).collect();
            let event = Event { table: "tags".into(), id: Id::new(), kind: EventKind::Deleted, related };
            let notices = event.notices();
            assert_eq!(notices.len(), expected);
            let mut back = Vec::new();
            for (nth, notice) in notices.iter().enumerate() {
                assert!(notice.len() <= crate::db::MAX_NOTICE);
                let (part, more) = Event::from_notice(notice).unwrap();
                assert_eq!((part.id, part.kind, more), (event.id, event.kind, nth + 1 < expected));
                back.extend(part.related);
            }
            assert_eq!(back, event.related);
        }
        for unreadable in ["", ":", "C", "C.tags:", "C.tags:12", "X.tags:0", "é.tags:", "C?tags:", "C.:0"] {
            assert_eq!(Event::from_notice(unreadable), None, "{unreadable}");
        }
    }
}
