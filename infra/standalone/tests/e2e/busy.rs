//! Another process has the database for a while: a backup, a person with a tool.

use crate::disturbed::{Scenario, Stage, run_disturbed};
use psa_bridge_workload::Api;
use rusqlite::Connection;
use tokio::task::block_in_place;

fn refused(api: &Api) -> u64 {
    api.calls().get("POST /v1/events 503").copied().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn while_another_process_has_the_database_senders_are_told_and_nothing_is_lost() {
    let survived = run_disturbed(Scenario::new(31, 200, 3), async |stage: &Stage| {
        let other = Connection::open(stage.bridge.data().join("psa-bridge.db")).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let began_with = refused(&stage.api);
        // Until those who come are told, or until all have come, the process itself says so.
        stage
            .until("a refusal", || {
                refused(&stage.api) > began_with || { block_in_place(|| stage.bridge.health().0 == 503) }
            })
            .await;
        other.execute_batch("ROLLBACK").unwrap();
    })
    .await;
    assert!(refused(&survived.stage.api) > 0, "no sender met the busy database");
}
