//! The responses of an operation, for every transport. Documents that prove valid are remembered.

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

/// The responses of an operation: one, or for a subscription one for each event. `session_data` is the data of the
/// connection.
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
