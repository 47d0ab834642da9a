//! Every statement, as the connections report it: for the log and for tests.

use diesel::connection::{Instrumentation, InstrumentationEvent};
use std::sync::Arc;

/// Who is told each statement's SQL text.
pub(super) type Observer = Arc<dyn Fn(&str) + Send + Sync>;

/// What a connection reports to: the log, and the observer. The text is made only where one of them listens.
pub(super) fn instrumentation(observer: Option<Observer>) -> impl Instrumentation {
    move |event: InstrumentationEvent<'_>| {
        let InstrumentationEvent::StartQuery { query, .. } = event else { return };
        let logged = tracing::enabled!(target: "doorway::sql", tracing::Level::DEBUG);
        if !logged && observer.is_none() {
            return;
        }
        let text = query.to_string();
        // Diesel appends the bound values, which are the readers' and writers' own affair.
        let text = text.split_once(" -- binds: ").map_or(text.as_str(), |(sql, _)| sql);
        // One line for each, also where a migration is written over several.
        tracing::debug!(target: "doorway::sql", "{}", text.replace('\n', " "));
        if let Some(observer) = &observer {
            observer(text);
        }
    }
}
