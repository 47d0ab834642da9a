//! HTTP around the answers.

use axum::{
    Router,
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::Response,
    serve::ListenerExt,
};
use std::io::Write;
use tokio::net::TcpListener;

/// Why there is no answer.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// An answer as JSON.
pub type Answer = Result<Vec<u8>, Failure>;

/// The response to a request.
pub fn respond(answer: Answer) -> Response {
    let (status, body) = match answer {
        Ok(body) => (StatusCode::OK, body),
        Err(failure) => {
            eprintln!("{failure:?}");
            (StatusCode::INTERNAL_SERVER_ERROR, br#"{"errors":[{"message":"failed"}]}"#.to_vec())
        }
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// The answer of a mutation whose input names what does not exist.
pub fn not_found() -> Vec<u8> {
    br#"{"data":{"createBlogPost":{"blogPost":null,"userErrors":[{"message":"not found"}]}}}"#.to_vec()
}

/// Serves on a free port of the loopback interface and says on which one.
///
/// # Errors
/// If there is none.
pub async fn serve(router: Router) -> Result<(), Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    writeln!(std::io::stdout(), "listening on http://{}", listener.local_addr()?)?;
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    Ok(axum::serve(listener, router).await?)
}
