//! The executor as other programs mount it: async-graphql's trait, and its services for axum over it.

use crate::support::{Server, until};
use async_graphql::{
    BatchRequest, Data, Executor as _, Request, Response,
    extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute},
};
use async_graphql_axum::GraphQL;
use axum::{
    Router,
    body::Body,
    http::{self, StatusCode, header},
};
use doorway::{
    blog::{self, app},
    executor::Executor,
};
use futures_util::StreamExt;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use std::sync::Arc;
use tower::ServiceExt;

on_both_databases!(
    statements_are_exact_under_the_trait,
    a_batch_is_run_in_its_order,
    limits_and_errors_hold_under_the_trait,
    cost_is_told_only_where_the_program_allows_it,
    a_program_has_extensions_and_session_data_of_its_own,
    the_service_for_axum_answers,
);

const PAGE: &str = "{ users { username blogPosts { title tags { name } } } }";

fn json_of(response: &Response) -> Value {
    serde_json::to_value(response).unwrap()
}

async fn statements_are_exact_under_the_trait(server: Server) {
    let server = server.with_demo().await;
    let executor = Executor::new(app(), server.db.clone());
    let expected = server.ask(PAGE).await;
    server.take_statements();
    assert_eq!(json_of(&executor.execute(Request::new(PAGE)).await), expected);
    assert_eq!(server.take_statements().len(), 3);
    for session_data in [None, Some(Arc::new(Data::default()))] {
        let responses: Vec<_> = executor.execute_stream(Request::new(PAGE), session_data).collect().await;
        assert_eq!(responses.iter().map(json_of).collect::<Value>(), json!([expected]));
        assert_eq!(server.take_statements().len(), 3);
    }
    // Side by side, each has batches of its own.
    let executions = (0..8).map(|_| {
        let executor = executor.clone();
        tokio::spawn(async move { executor.execute(Request::new(PAGE)).await })
    });
    for execution in futures_util::future::join_all(executions).await {
        assert_eq!(json_of(&execution.unwrap()), expected);
    }
    assert_eq!(server.take_statements().len(), 8 * 3);
}

async fn a_batch_is_run_in_its_order(server: Server) {
    let server = server.with_demo().await;
    let executor = Executor::new(app(), server.db.clone());
    let write = |name: &str| {
        Request::new(format!(
            "mutation {{ upsertTag(input: {{ name: \"{name}\" }}) {{ tag {{ version }} }} }}"
        ))
    };
    let names = || Request::new("{ tags(orderBy: [{ createdAt: DESC }], limit: 2) { name } }");
    server.take_statements();
    let batch = vec![write("first"), Request::new(PAGE), write("second"), names()];
    let response = executor.execute_batch(BatchRequest::Batch(batch)).await;
    let response = serde_json::to_value(&response).unwrap();
    assert_eq!(response[3]["data"]["tags"], json!([{ "name": "second" }, { "name": "first" }]), "{response}");
    assert_eq!(response[1]["data"], server.data(PAGE).await);
    let single =
        executor.execute_batch(BatchRequest::Single(Request::new("{ tags(limit: 0) { id } }"))).await;
    assert_eq!(serde_json::to_value(&single).unwrap(), json!({ "data": { "tags": [] } }));
}

async fn limits_and_errors_hold_under_the_trait(server: Server) {
    let server = server.with_demo().await;
    server.sql("DROP TABLE profiles").await;
    let executor = Executor::new(app(), server.db.clone());
    let too_many: String = (0..2001).map(|nth| format!("a{nth}: __typename ")).collect();
    for (query, code) in [
        ("{".to_owned(), "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }".to_owned(), "GRAPHQL_VALIDATION_FAILED"),
        (format!("{{ {too_many} }}"), "BAD_USER_INPUT"),
        ("{ users(limit: -1) { id } }".to_owned(), "BAD_USER_INPUT"),
        ("{ users { profile { bio } } }".to_owned(), "INTERNAL_SERVER_ERROR"),
    ] {
        let one = executor.execute(Request::new(&query)).await;
        let session = Some(Arc::new(Data::default()));
        let other = executor.execute_stream(Request::new(&query), session).next().await.unwrap();
        for response in [one, other].iter().map(json_of) {
            assert_eq!(response["errors"][0]["extensions"]["code"], code, "{response}");
            assert!(!response["errors"][0]["message"].to_string().contains("no such table"), "{response}");
        }
    }
    let response = json_of(&executor.execute(Request::new("subscription { tagChanged { id } }")).await);
    assert!(response["errors"][0]["message"].as_str().unwrap().contains("WebSocket"), "{response}");
}

async fn cost_is_told_only_where_the_program_allows_it(server: Server) {
    for allowed in [false, true] {
        let executor = Executor::new(app(), server.db.clone()).explain(allowed);
        let ask = || {
            let mut request = Request::new("{ tags { id } }");
            let explain = async_graphql::Value::from_json(json!({ "explain": true })).unwrap();
            request.extensions.insert("doorway".into(), explain);
            request
        };
        let one = executor.execute(ask()).await;
        let other = executor.execute_stream(ask(), None).next().await.unwrap();
        for response in [one, other] {
            assert_eq!(response.extensions.contains_key("doorway"), allowed);
        }
    }
}

/// Who is signed in, as a program's connection knows it.
struct Viewer(&'static str);

/// Puts the viewer into each response's extensions.
struct Greet;

impl ExtensionFactory for Greet {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Greet)
    }
}

#[async_graphql::async_trait::async_trait]
impl Extension for Greet {
    async fn execute(
        &self,
        ctx: &ExtensionContext<'_>,
        operation: Option<&str>,
        next: NextExecute<'_>,
    ) -> Response {
        let viewer = ctx.data::<Viewer>().map_or("nobody", |viewer| viewer.0);
        next.run(ctx, operation).await.extension("viewer", viewer.into())
    }
}

async fn a_program_has_extensions_and_session_data_of_its_own(server: Server) {
    let schema = app().extended(blog::schema().extension(Greet));
    let executor = Executor::new(schema, server.db.clone());
    let session = || {
        let mut data = Data::default();
        data.insert(Viewer("ada"));
        Some(Arc::new(data))
    };
    let viewer = |response: Response| json_of(&response)["extensions"]["viewer"].clone();
    let query = || Request::new("{ tags { id } }");
    assert_eq!(viewer(executor.execute(query()).await), "nobody");
    assert_eq!(viewer(executor.execute(query().data(Viewer("zoe"))).await), "zoe");
    assert_eq!(viewer(executor.execute_stream(query(), None).next().await.unwrap()), "nobody");
    assert_eq!(viewer(executor.execute_stream(query(), session()).next().await.unwrap()), "ada");
    let mut events = executor.execute_stream(Request::new("subscription { tagChanged { kind } }"), session());
    let next = tokio::spawn(async move { events.next().await.unwrap() });
    until(|| server.db.receivers() == 1).await;
    server.data("mutation { createTag(input: { name: \"a\" }) { tag { id } } }").await;
    let event = next.await.unwrap();
    assert_eq!(json_of(&event)["data"], json!({ "tagChanged": { "kind": "CREATED" } }));
    assert_eq!(viewer(event), "ada");
}

async fn the_service_for_axum_answers(server: Server) {
    let server = server.with_demo().await;
    let app = Router::new().route_service("/", GraphQL::new(Executor::new(app(), server.db.clone())));
    let post = async |body: Value| {
        let request = http::Request::post("/").header(header::CONTENT_TYPE, "application/json");
        let response =
            app.clone().oneshot(request.body(Body::from(body.to_string())).unwrap()).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        serde_json::from_slice::<Value>(&response.into_body().collect().await.unwrap().to_bytes()).unwrap()
    };
    let expected = server.ask(PAGE).await;
    server.take_statements();
    assert_eq!(post(json!({ "query": PAGE })).await, expected);
    assert_eq!(server.take_statements().len(), 3);
    let batch = post(json!([{ "query": PAGE }, { "query": "{ tags { name } }" }])).await;
    assert_eq!(batch[0], expected);
    assert!(batch[1]["data"]["tags"].is_array(), "{batch}");
    assert_eq!(server.take_statements().len(), 3 + 1);
}
