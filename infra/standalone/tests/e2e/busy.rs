//! Another process has the database for a while: a backup, a person with a tool.

use crate::disturbed::{Scenario, Stage, run_disturbed};
use rusqlite::Connection;

#[tokio::test(flavor = "multi_thread")]
async fn while_another_process_has_the_database_senders_are_told_and_nothing_is_lost() {
    run_disturbed(Scenario::new(31, 200, 2), async |stage: &Stage| {
        let other = Connection::open(stage.bridge.data().join("psa-bridge.db")).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        tokio::join!(stage.assert_nothing_is_taken(), stage.assert_that_it_says_so());
        other.execute_batch("ROLLBACK").unwrap();
        stage.until_well().await;
    })
    .await;
}
