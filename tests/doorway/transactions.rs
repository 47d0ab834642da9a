//! Transactions: they write everything or nothing, even when they are cancelled.

use crate::support::Server;
use diesel::{QueryableByName, sql_query, sql_types::BigInt};
use doorway::db::{Db, DbError, Id};
use std::time::Duration;

on_both_databases!(
    transactions_write_everything_or_nothing,
    a_failed_statement_fails_the_transaction,
    violations_name_the_constraint,
    cancelled_transactions_leave_nothing,
    sixteen_writers_never_find_the_database_locked,
);

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

async fn count(db: &Db, what: &str) -> i64 {
    let rows: Vec<Count> =
        db.reader().rows(sql_query(format!("SELECT count(*) AS n FROM {what}"))).await.unwrap();
    rows[0].n
}

/// An INSERT of a tag that both databases understand.
fn insert(server: &Server, name: &str) -> diesel::query_builder::SqlQuery {
    let hex = Id::new().to_string().replace('-', "");
    let (id, now) =
        if server.is_postgres() { (format!("'{hex}'"), "now()") } else { (format!("x'{hex}'"), "1") };
    sql_query(format!(
        "INSERT INTO tags (id, name, created_at, updated_at) VALUES ({id}, '{name}', {now}, {now})"
    ))
}

async fn transactions_write_everything_or_nothing(server: Server) {
    let mut tx = server.db.begin().await.unwrap();
    assert_eq!(tx.run(insert(&server, "a")).await.unwrap(), 1);
    let seen: Vec<Count> = tx.rows(sql_query("SELECT count(*) AS n FROM tags")).await.unwrap();
    assert_eq!(seen[0].n, 1, "it sees its own writes");
    assert_eq!(count(&server.db, "tags").await, 0, "others do not");
    drop(tx);
    let mut tx = server.db.begin().await.unwrap();
    tx.run(insert(&server, "b")).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(count(&server.db, "tags WHERE name = 'b'").await, 1);
    assert_eq!(count(&server.db, "tags").await, 1);
}

async fn a_failed_statement_fails_the_transaction(server: Server) {
    let mut tx = server.db.begin().await.unwrap();
    tx.run(insert(&server, "a")).await.unwrap();
    assert!(matches!(tx.run(insert(&server, "a")).await, Err(DbError::Violation { .. })));
    assert!(matches!(tx.run(insert(&server, "b")).await, Err(DbError::Aborted)));
    assert!(matches!(tx.commit().await, Err(DbError::Aborted)));
    assert_eq!(count(&server.db, "tags").await, 0);
}

async fn violations_name_the_constraint(server: Server) {
    let mut tx = server.db.begin().await.unwrap();
    tx.run(insert(&server, "a")).await.unwrap();
    match tx.run(insert(&server, "a")).await {
        Err(DbError::Violation { constraint, .. }) => assert_eq!(constraint, "tags_name_key"),
        other => panic!("{other:?}"),
    }
}

/// 400 transactions, each cancelled a little later than the last one, also during a statement.
async fn cancelled_transactions_leave_nothing(server: Server) {
    let mut finished = 0;
    for after in 0..400_u64 {
        let name = format!("cancelled-{after}");
        let work = async {
            let mut tx = server.db.begin().await.unwrap();
            tx.run(insert(&server, &name)).await.unwrap();
            if server.is_postgres() {
                tx.run(sql_query("SELECT pg_sleep(0.001)")).await.unwrap();
            }
            let delete = sql_query(format!("DELETE FROM tags WHERE name = '{name}'"));
            assert_eq!(tx.run(delete).await.unwrap(), 1);
            tx.commit().await.unwrap();
        };
        finished += i32::from(tokio::time::timeout(Duration::from_micros(after * 8), work).await.is_ok());
    }
    assert_eq!(count(&server.db, "tags").await, 0);
    // The first name can be inserted: no lock is left.
    let mut tx = server.db.begin().await.unwrap();
    tx.run(insert(&server, "cancelled-0")).await.unwrap();
    drop(tx);
    if server.is_postgres() {
        let idle =
            "pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'";
        // Tasks roll back the cancelled transactions: wait until they have.
        while count(&server.db, idle).await > 0 {
            tokio::task::yield_now().await;
        }
        assert!(finished < 400, "no transaction was cancelled");
    }
}

async fn sixteen_writers_never_find_the_database_locked(server: Server) {
    let writers = (0..16).map(|writer| {
        let (db, inserts) =
            (server.db.clone(), (0..20).map(|nth| insert(&server, &format!("{writer}-{nth}"))));
        let inserts: Vec<_> = inserts.collect();
        tokio::spawn(async move {
            for insert in inserts {
                let mut tx = db.begin().await.unwrap();
                // A read before a write: with deferred transactions, this would fail on SQLite.
                let _: Vec<Count> = tx.rows(sql_query("SELECT count(*) AS n FROM tags")).await.unwrap();
                tx.run(insert).await.unwrap();
                tx.commit().await.unwrap();
            }
        })
    });
    for writer in futures_util::future::join_all(writers).await {
        writer.unwrap();
    }
    assert_eq!(count(&server.db, "tags").await, 320);
}
