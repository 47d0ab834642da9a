//! More operations than may run at a time.

use crate::support::{Database, Server};
use doorway::{blog::HISTORY, engine::Limits, execution::Bounds, server::Options};
use futures_util::{StreamExt, stream::FuturesUnordered};
use serde_json::json;

const HEAVY: &str = r#"{ users(where: { username: { ne: "x" } }) { username } }"#;

/// One heavy read runs, four wait, and the others are refused at once. `held` keeps the first one running.
async fn refused_while(server: &Server, held: impl Sized) {
    let asked = (0..40).map(|_| server.post_json(json!({ "query": HEAVY })));
    let mut answers: FuturesUnordered<_> = asked.collect();
    for _ in 0..35 {
        let refused = answers.next().await.unwrap();
        assert_eq!(refused.status, 503);
        assert_eq!(refused.header("retry-after"), "1");
        let body = refused.json();
        assert_eq!(body["errors"][0]["extensions"]["code"], "SERVICE_UNAVAILABLE");
        assert_eq!(body["errors"][0]["message"], "the server is busy: try again later");
        assert_eq!(body.get("data"), None);
    }
    // Reads that are quick, and mutations, have places of their own.
    if server.is_postgres() {
        assert!(server.data("{ tags { name } }").await["tags"].is_array());
        server.data(r#"mutation { createTag(input: { name: "made" }) { tag { name } } }"#).await;
    }
    drop(held);
    let mut ran = 0;
    while let Some(answer) = answers.next().await {
        // Who waited has waited a second, or had their turn.
        assert!([200, 503].contains(&answer.status.as_u16()));
        ran += usize::from(answer.status == 200);
    }
    assert!(ran > 0, "the first one ran");
    assert!(server.data(HEAVY).await["users"].is_array());
}

fn one_at_a_time() -> Options {
    Options { bounds: Bounds::new(Limits::default(), 1), ..Options::default() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn heavy_reads_that_are_too_many_are_refused_on_sqlite() {
    // In memory, reads wait for the open transaction.
    let server = Server::on(Database::at("sqlite::memory:".to_owned())).with_options(one_at_a_time());
    server.db.migrations(HISTORY).up().await.unwrap();
    let held = server.db.begin().await.unwrap();
    refused_while(&server, held).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: tests/run"]
async fn heavy_reads_that_are_too_many_are_refused_on_postgres() {
    let server = Server::on_postgres().await.with_options(one_at_a_time());
    let mut held = server.db.begin().await.unwrap();
    held.run(diesel::sql_query("LOCK TABLE users IN ACCESS EXCLUSIVE MODE")).await.unwrap();
    refused_while(&server, held).await;
}
