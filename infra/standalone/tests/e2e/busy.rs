//! Another process has the database for a while: a backup, a person with a tool.

use crate::disturbed::{Scenario, Stage, run_disturbed};
use rusqlite::Connection;
use std::sync::Arc;
use tokio::task::{block_in_place, spawn_blocking};

#[tokio::test(flavor = "multi_thread")]
async fn while_another_process_has_the_database_senders_are_told_and_nothing_is_lost() {
    run_disturbed(Scenario::new(31, 200, 2), async |stage: &Stage| {
        let other = Connection::open(stage.bridge.data().join("psa-bridge.db")).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let bridge = Arc::clone(&stage.bridge);
        let health = spawn_blocking(move || bridge.health());
        let (health, ()) = tokio::join!(health, stage.assert_nothing_is_taken());
        let (status, body) = health.unwrap();
        assert_eq!(status, 503, "{body}");
        other.execute_batch("ROLLBACK").unwrap();
        stage.until("health", || block_in_place(|| stage.bridge.health().0 == 200)).await;
    })
    .await;
}
