//! The process dies, or an answer is lost, in the middle of a change: the count ends right, and no adjustment is made twice.

use super::scene::{AUTOTASK, BEFORE, BOTH, Scene};
use psa_bridge_workload::Simulator;
use psa_sim::{FaultKind, FaultTiming};
use rand::{RngExt, SeedableRng, rngs::SmallRng};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::task::block_in_place;

fn kill_and_start(scene: &Scene) {
    block_in_place(|| {
        scene.bridge.kill();
        scene.bridge.start();
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_while_the_psa_makes_a_change_it_finds_it_and_makes_no_other() {
    let scene = Scene::at_once().await;
    for (_, sim) in scene.simulators.all() {
        let slow = FaultTiming { latency_ms: 700, ..FaultTiming::default() };
        match sim {
            Simulator::Halopsa(sim) => sim.set_fault_timing(slow),
            Simulator::Autotask(sim) => sim.set_fault_timing(slow),
        }
    }
    for (round, (desk, count)) in BOTH.into_iter().zip([108, 109]).enumerate() {
        // The PSA has the request, and makes the change only after the bridge is dead.
        scene.next_change_meets(desk, FaultKind::Latency);
        scene.tell(count).await;
        let before = scene.there(desk);
        scene.until_there("a change on its way", || scene.struck(desk, FaultKind::Latency) == 1).await;
        assert_eq!(scene.there(desk), before, "it is not made yet");
        kill_and_start(&scene);
        let line = scene.until(desk, "under way", |line| line["state"] != "pending").await;
        if line["state"] == "under_way" {
            let told = line["trouble"].as_str().unwrap_or_default();
            assert!(told.is_empty() || told.contains("found out"), "{line:#}");
        }
        scene.until_equal(count).await;
        assert_eq!(scene.there(desk), count);
        let entry = &scene.history(desk).await[0];
        assert_eq!((&entry["found"], &entry["to"]), (&json!(true), &json!(count)), "{round}: {entry:#}");
    }
    for desk in BOTH {
        assert_eq!(scene.changes(desk), [8, 1], "each change is made once");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_lost_is_told_in_words_for_partners_and_the_change_made_once() {
    let scene = Scene::at_once().await;
    let faults = [
        (FaultKind::ResetAfterStore, 108),
        (FaultKind::GatewayTimeoutAfterStore, 109),
        // Nothing was changed by it.
        (FaultKind::Reset, 110),
        (FaultKind::ServerError, 111),
    ];
    for (kind, count) in faults {
        for desk in BOTH {
            scene.next_change_meets(desk, kind);
        }
        scene.tell(count).await;
        for desk in BOTH {
            scene.until_there("the fault", || scene.struck(desk, kind) == 1).await;
            let line = scene.until(desk, "what became of it", |line| line["state"] != "pending").await;
            let trouble = line["trouble"].as_str().unwrap_or_default();
            assert!(
                !["OutcomeUnknown", "adjust", "POST", "http"].iter().any(|it| trouble.contains(it)),
                "{line:#}"
            );
        }
        scene.until_equal(count).await;
        for desk in BOTH {
            assert_eq!(scene.line(desk, "").await["trouble"], Value::Null, "{kind:?}");
        }
    }
    for desk in BOTH {
        assert_eq!((scene.changes(desk), scene.there(desk)), (vec![8, 1, 1, 1], 111));
    }
    assert!(scene.bridge.logged(&["OutcomeUnknown"]) > 0, "the operator is told what happened");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_adjustment_that_comes_long_after_its_answer_was_lost_is_not_made_again() {
    let scene = Scene::at_once().await;
    scene.autotask().set_fault_timing(FaultTiming { late_commit_ms: 1500, ..FaultTiming::default() });
    scene.next_change_meets(AUTOTASK, FaultKind::LateCommit);
    scene.tell(108).await;
    scene.until_there("the fault", || scene.struck(AUTOTASK, FaultKind::LateCommit) == 1).await;
    // Neither another count nor a person makes the bridge send anything before it knows.
    scene.tell(109).await;
    let reply = scene.wish(AUTOTASK, "sync", &json!({})).await;
    assert_eq!(reply.status, 202, "{}", reply.body);
    scene.until_equal(109).await;
    assert_eq!(scene.changes(AUTOTASK), [8, 1]);
    assert_eq!(scene.history(AUTOTASK).await[1]["found"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_moment_of_a_change_both_psas_end_with_the_count_and_no_change_is_made_twice() {
    const DEATHS: usize = 8;
    let scene = Scene::at_once().await;
    scene.autotask().configure(|switches| switches.answer_ms = 15);
    let mut random = SmallRng::seed_from_u64(31);
    let mut count = BEFORE;
    for _ in 0..DEATHS {
        count += 1;
        scene.tell(count).await;
        tokio::time::sleep(Duration::from_millis(random.random_range(0..120))).await;
        kill_and_start(&scene);
        scene.until_equal(count).await;
    }
    for desk in BOTH {
        assert_eq!(scene.changes(desk), [1; DEATHS]);
        assert_eq!(scene.there(desk), count);
        assert_eq!(scene.history(desk).await.len(), DEATHS);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn several_counts_and_a_death_in_between_leave_the_last_one() {
    let scene = Scene::at_once().await;
    scene.autotask().configure(|switches| switches.answer_ms = 15);
    for count in [101, 104, 102, 107, 103] {
        scene.tell(count).await;
    }
    kill_and_start(&scene);
    for count in [110, 106] {
        scene.tell(count).await;
    }
    scene.until_equal(106).await;
    for desk in BOTH {
        assert_eq!(scene.there(desk), 106);
        assert_eq!(scene.changes(desk).iter().sum::<i64>(), 106 - BEFORE);
        assert_eq!(scene.changes(desk).len(), scene.history(desk).await.len());
    }
    assert!(scene.adjustments().len() <= 7, "{:?}", scene.adjustments());
    assert_eq!(scene.there(AUTOTASK), 106);
}
