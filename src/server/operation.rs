//! The responses of an operation, for every transport; a document that proved to be valid is remembered.

use super::app::App;
use super::documents::Operation;
use async_graphql::{Data, Error, Response};
use futures_util::{Stream, StreamExt};
use std::sync::Arc;

/// The one response of a query or a mutation.
///
/// # Errors
/// The error to answer with, where executing it panicked.
pub(super) async fn respond(app: &App, mut operation: Operation) -> Result<Response, Error> {
    let new = operation.take_new();
    let response = app.executor.respond(operation.request).await?;
    app.remember(&new, &response);
    Ok(response)
}

/// The responses to an operation, one to any but a subscription; a panic is one, and the last. `session_data` is what the
/// operation's connection was opened with.
pub(super) fn responses(
    app: &App,
    mut operation: Operation,
    session_data: Option<Arc<Data>>,
) -> impl Stream<Item = Response> + Send + use<> {
    let (app, mut new) = (app.clone(), Some(operation.take_new()));
    app.executor.responses(operation.request, session_data).map(move |response| {
        // Once, and not with each event.
        if let Some(new) = new.take() {
            app.remember(&new, &response);
        }
        response
    })
}
