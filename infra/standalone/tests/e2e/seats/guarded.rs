//! What the bridge does not do by itself: it waits, says why and what to do, and does just what a person confirms.

use super::scene::{AUTOTASK, BEFORE, BOTH, HALOPSA, Scene};
use rusqlite::Connection;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn a_large_drop_and_one_to_zero_wait_until_they_are_confirmed_as_they_are_shown() {
    let scene = Scene::at_once().await;
    let mut there = BEFORE;
    for (here, reason) in [(79, "big_drop"), (0, "to_zero")] {
        scene.tell(here).await;
        for desk in BOTH {
            scene.until_waiting(desk, reason, there, here).await;
            assert_eq!(scene.there(desk), there);
            for (seen, wanted) in [(there + 1, here), (there, here + 1)] {
                let reply = scene.confirm(desk, seen, wanted).await;
                assert_eq!((reply.status, reply.code()), (409, "counts_changed"), "{}", reply.body);
            }
            assert_eq!(scene.confirm(desk, there, here).await.status, 202);
        }
        scene.until_equal(here).await;
        for desk in BOTH {
            assert_eq!(scene.there(desk), here);
            let entry = &scene.history(desk).await[0];
            let told = (&entry["by"], &entry["cause"], &entry["from"], &entry["to"]);
            assert_eq!(told, (&json!("ann"), &json!("confirmed"), &json!(there), &json!(here)));
        }
        there = here;
    }
    assert_eq!(BOTH.map(|desk| scene.changes(desk)), [vec![-21, -79], vec![-21, -79]]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hand_in_the_psa_is_left_alone_until_a_person_decides() {
    let scene = Scene::at_once().await;
    for desk in BOTH {
        scene.edit(desk, 104);
    }
    // Another count of the vendor's does not undo what a person did.
    scene.tell(110).await;
    for desk in BOTH {
        scene.until_waiting(desk, "moved_by_hand", 104, 110).await;
        assert_eq!(scene.there(desk), 104);
    }
    assert_eq!(scene.confirm(AUTOTASK, 104, 110).await.status, 202);
    // Or the person sets it right in the PSA.
    scene.edit(HALOPSA, 110);
    scene.sync(HALOPSA).await;
    scene.until_equal(110).await;
    assert_eq!(scene.changes(AUTOTASK), [6]);
    assert!(scene.changes(HALOPSA).is_empty(), "{:?}", scene.changes(HALOPSA));
    // From there on, all is as before.
    scene.tell(111).await;
    scene.until_equal(111).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_taken_back_until_the_vendor_tells_another_count() {
    let scene = Scene::at_once().await;
    scene.tell(115).await;
    scene.until_equal(115).await;
    for desk in BOTH {
        let reply = scene.undo(desk, 114).await;
        assert_eq!((reply.status, reply.code()), (409, "nothing_to_undo"), "{}", reply.body);
        assert_eq!(scene.undo(desk, 115).await.status, 202);
    }
    scene.until_equal(BEFORE).await;
    for desk in BOTH {
        let line = scene.line(desk, "?refresh=true").await;
        assert_eq!((&line["undone_by"], &line["told"]), (&json!("ann"), &json!(115)), "{line:#}");
        let entry = &scene.history(desk).await[0];
        let told = (&entry["by"], &entry["cause"], &entry["from"], &entry["to"]);
        assert_eq!(told, (&json!("ann"), &json!("undone"), &json!(115), &json!(BEFORE)));
    }
    scene.tell(116).await;
    scene.until_equal(116).await;
    for desk in BOTH {
        assert_eq!(scene.changes(desk), [15, -15, 16]);
        assert_eq!(scene.line(desk, "").await["undone_by"], Value::Null);
    }
}

/// A day goes by: what is due in it is due now.
fn let_a_day_pass(scene: &Scene) {
    scene.bridge.kill();
    let db = Connection::open(scene.bridge.data().join("psa-bridge.db")).unwrap();
    let due = "UPDATE seat_lines SET due_at = '2026-01-01T00:00:00.000000000Z' WHERE due_at IS NOT NULL";
    assert_eq!(db.execute(due, []).unwrap(), 2, "both lines are to be compared daily");
    drop(db);
    scene.bridge.start();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_daily_comparison_finds_a_hand_and_sets_it_right_only_where_that_is_wanted() {
    let scene = Scene::at_once().await;
    scene.save(AUTOTASK, &json!({ "mode": "at_once", "repair_drift": true })).await;
    scene.until_equal(BEFORE).await;
    for desk in BOTH {
        scene.edit(desk, 98);
    }
    let_a_day_pass(&scene);
    scene.until_waiting(HALOPSA, "moved_by_hand", 98, BEFORE).await;
    scene.until_there("what is set right", || scene.there(AUTOTASK) == BEFORE).await;
    scene.until(AUTOTASK, "equal", |line| line["state"] == "equal").await;
    assert_eq!(BOTH.map(|desk| scene.there(desk)), [98, BEFORE]);
    let entry = &scene.history(AUTOTASK).await[0];
    assert_eq!((&entry["cause"], &entry["by"]), (&json!("repaired"), &Value::Null), "{entry:#}");
    assert_eq!(BOTH.map(|desk| scene.changes(desk)), [vec![], vec![2]]);
}
