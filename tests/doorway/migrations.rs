//! Migrations: up, down and up again, and many processes at once.

use crate::support::{Database, Server};
use doorway::blog::HISTORY;
use doorway::db::Db;

async fn up_and_down(database: Database) {
    let server = Server::on(database);
    let migrations = server.db.migrations(HISTORY);
    let all = migrations.list().await.unwrap();
    assert!(all.len() >= 5);
    assert!(all.iter().all(|one| !one.applied));
    assert_eq!(migrations.down().await.unwrap(), [], "there is nothing to revert yet");
    let up = migrations.up().await.unwrap();
    assert_eq!(up.len(), all.len());
    assert_eq!(migrations.up().await.unwrap(), []);
    // With rows, since `down` must work on them too.
    let server = server.with_demo().await;
    let migrations = server.db.migrations(HISTORY);
    for expected in up.iter().rev() {
        let down = migrations.down().await.unwrap();
        assert_eq!(down.iter().map(|one| &one.name).collect::<Vec<_>>(), [&expected.name]);
    }
    assert!(migrations.list().await.unwrap().iter().all(|one| !one.applied));
    assert_eq!(migrations.up().await.unwrap(), up);
    server.with_demo().await;
}

/// Several processes may start on one empty database.
async fn concurrent_migrations(database: Database) {
    let url = database.url.parse().unwrap();
    let starts = (0..8).map(|_| {
        let db = Db::open(&url).unwrap();
        tokio::spawn(async move { db.migrations(HISTORY).up().await.unwrap().len() })
    });
    let applied = futures_util::future::join_all(starts).await;
    let applied: usize = applied.into_iter().map(Result::unwrap).sum();
    let all = Db::open(&url).unwrap().migrations(HISTORY).list().await.unwrap();
    assert_eq!(applied, all.len(), "each migration was applied once");
}

#[tokio::test(flavor = "multi_thread")]
async fn up_and_down_on_sqlite() {
    up_and_down(Database::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: tests/run"]
async fn up_and_down_on_postgres() {
    up_and_down(Database::postgres().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_migrations_run_once_on_sqlite() {
    concurrent_migrations(Database::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: tests/run"]
async fn concurrent_migrations_run_once_on_postgres() {
    concurrent_migrations(Database::postgres().await).await;
}
