//! No event lost and none ticketed twice, though the process dies at any point, or is asked to stop in the middle of it.

use crate::disturbed::{Scenario, Stage, Survived, run_disturbed};
use psa_sim::FaultSchedule;
use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};
use tokio::task::block_in_place;

/// More than the bridge gives itself to finish what is on the wire.
const GRACE: Duration = Duration::from_secs(45);

async fn kill_and_start(stage: &Stage) {
    block_in_place(|| {
        stage.bridge.kill();
        stage.bridge.start();
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_ten_points_in_the_middle_of_five_hundred_events_it_loses_and_doubles_none() {
    let Survived { searches, .. } = run_disturbed(Scenario::new(11, 500, 10), kill_and_start).await;
    assert!(searches > 0, "no death came between a request and its answer");
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_while_the_psas_stumble_it_loses_and_doubles_none() {
    let faults = FaultSchedule::default_faults(13);
    run_disturbed(Scenario { faults, ..Scenario::new(13, 100, 5) }, kill_and_start).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_again_while_it_starts_it_loses_and_doubles_none() {
    let deaths = AtomicUsize::new(0);
    run_disturbed(Scenario::new(14, 100, 4), async |stage: &Stage| {
        stage.bridge.kill();
        // Each time a little later, from before it opens its files until it works.
        for milliseconds in [0, 5, 15, 40, 80, 160] {
            stage.bridge.spawn();
            tokio::time::sleep(Duration::from_millis(milliseconds)).await;
            stage.bridge.kill();
            deaths.fetch_add(1, Ordering::SeqCst);
        }
        block_in_place(|| stage.bridge.start());
    })
    .await;
    assert_eq!(deaths.into_inner(), 24);
}

#[tokio::test(flavor = "multi_thread")]
async fn asked_to_stop_it_finishes_what_is_on_the_wire_and_goes_on_after_the_next_start() {
    let (finished, left) = (AtomicUsize::new(0), AtomicUsize::new(0));
    // Slow PSAs, so that something is on the wire whenever it is asked.
    let slow = Scenario { create_time: Duration::from_millis(200), ..Scenario::new(12, 120, 3) };
    let Survived { searches, .. } = run_disturbed(slow, async |stage: &Stage| {
        let before = stage.simulators.ticket_count();
        let status = block_in_place(|| stage.bridge.terminate(GRACE));
        assert!(status.success(), "{status}\n{}", stage.bridge.log());
        finished.fetch_add(stage.simulators.ticket_count() - before, Ordering::SeqCst);
        let at_rest = stage.simulators.ticket_count();
        block_in_place(|| stage.bridge.start());
        stage.until("tickets after the next start", || stage.simulators.ticket_count() > at_rest).await;
        left.fetch_add(1, Ordering::SeqCst);
    })
    .await;
    assert!(finished.into_inner() > 0, "nothing was on the wire when it was asked");
    assert_eq!(left.into_inner(), 3, "nothing was handed back");
    // The partner's pause in the middle of the run may come between a request and its answer; a stop never may.
    assert!(searches <= 1, "{searches} requests were left without their answers");
}
