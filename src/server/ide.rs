//! The IDE.

use async_graphql::http::GraphiQLSource;
use axum::response::{Html, IntoResponse, Response};

/// The page.
pub(super) fn page(_explain: bool) -> Response {
    let page = GraphiQLSource::build().endpoint("/graphql").subscription_endpoint("/graphql");
    Html(page.title("Doorway").finish()).into_response()
}
