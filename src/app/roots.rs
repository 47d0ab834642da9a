//! The root types of an application, as async-graphql executes them. Their Rust types are forgotten here, so that nothing above has
//! them as parameters.

use async_graphql::{Data, ObjectType, Request, Response, Schema, SubscriptionType};
use futures_util::{FutureExt, StreamExt, future::BoxFuture, stream::BoxStream};
use std::sync::Arc;

/// The responses to an operation.
pub type Responses = BoxStream<'static, Response>;

/// A schema of async-graphql's.
pub trait AnyRoots: Send + Sync {
    /// The one response of a query or a mutation.
    fn execute(&self, request: Request) -> BoxFuture<'_, Response>;
    /// The responses of any operation, with data of its connection.
    fn execute_stream(&self, request: Request, session_data: Arc<Data>) -> Responses;
}

impl<Q, M, S> AnyRoots for Schema<Q, M, S>
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    fn execute(&self, request: Request) -> BoxFuture<'_, Response> {
        Schema::execute(self, request).boxed()
    }

    fn execute_stream(&self, request: Request, session_data: Arc<Data>) -> Responses {
        self.execute_stream_with_session_data(request, session_data).boxed()
    }
}
