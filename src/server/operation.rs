//! The responses of an operation, for every transport; a panic is answered too.

use super::app::App;
use super::documents::Operation;
use crate::error::{INTERNAL_SERVER_ERROR, masked, without_location};
use crate::execution;
use async_graphql::{Error, Response};
use futures_util::{FutureExt, Stream, StreamExt};
use std::panic::AssertUnwindSafe;

/// The one response of a query or a mutation.
///
/// # Errors
/// The error to answer with, where executing it panicked.
pub(super) async fn respond(app: &App, mut operation: Operation) -> Result<Response, Error> {
    let new = operation.take_new();
    let execution = AssertUnwindSafe(execution::execute(&app.schema, &app.db, operation.request));
    let response = execution.catch_unwind().await.map_err(|_| panicked())?;
    app.remember(&new, &response);
    Ok(response)
}

/// The responses to an operation, one to any but a subscription; a panic is one, and the last.
pub(super) fn responses(app: &App, mut operation: Operation) -> impl Stream<Item = Response> + Send + use<> {
    let (app, mut new) = (app.clone(), Some(operation.take_new()));
    let responses = execution::execute_stream(&app.schema, &app.db, operation.request);
    AssertUnwindSafe(responses).catch_unwind().map(move |response| match response {
        Ok(response) => {
            // Once, and not with each event.
            if let Some(new) = new.take() {
                app.remember(&new, &response);
            }
            response
        }
        Err(_) => Response::from_errors(vec![without_location(panicked())]),
    })
}

fn panicked() -> Error {
    masked(INTERNAL_SERVER_ERROR, "something went wrong inside the server", &"a panic, see above")
}
