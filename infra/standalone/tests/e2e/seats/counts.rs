//! Counts that go up and down within what is allowed reach both PSAs by themselves, each once.

use super::scene::{BEFORE, BOTH, HALOPSA, ORGANIZATION, PRODUCT, Scene, UNTOLD};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn each_count_that_the_vendor_tells_is_in_both_psas_once() {
    let scene = Scene::at_once().await;
    let counts = [101, 120, 119, 100, 97, 130];
    for count in counts {
        scene.tell(count).await;
        scene.until_equal(count).await;
        assert_eq!(BOTH.map(|desk| scene.there(desk)), [count; 2]);
    }
    let steps = [1, 19, -1, -19, -3, 33];
    for desk in BOTH {
        assert_eq!(scene.changes(desk), steps);
        let history = scene.history(desk).await;
        let told: Vec<(i64, i64)> = history
            .iter()
            .rev()
            .map(|entry| (entry["from"].as_i64().unwrap(), entry["to"].as_i64().unwrap()))
            .collect();
        let expected: Vec<(i64, i64)> =
            [BEFORE].iter().chain(&counts).copied().zip(counts.iter().copied()).collect();
        assert_eq!(told, expected);
        for entry in &history {
            assert_eq!((&entry["organization"], &entry["product"]), (&json!(ORGANIZATION), &json!(PRODUCT)));
            assert_eq!((&entry["by"], &entry["cause"]), (&Value::Null, &json!("told")), "{entry:#}");
            assert!(entry["event"].as_str().is_some_and(|event| event.starts_with("evt_")), "{entry:#}");
            assert!(entry["at"].as_str().is_some_and(|at| at.parse::<Timestamp>().is_ok()), "{entry:#}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_count_that_comes_late_changes_nothing() {
    let scene = Scene::at_once().await;
    scene.tell(110).await;
    scene.until_equal(110).await;
    scene.tell_at(105, Timestamp::now() - SignedDuration::from_mins(10)).await;
    scene.tell(111).await;
    scene.until_equal(111).await;
    for desk in BOTH {
        assert_eq!(scene.changes(desk), [10, 1]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn switched_off_both_counts_are_shown_and_nothing_is_written_until_a_person_asks() {
    let scene = Scene::new(json!({ "mode": "off" })).await;
    scene.tell(107).await;
    for desk in BOTH {
        let line = scene.line(desk, "?refresh=true").await;
        let counts = (&line["here"], &line["there"], &line["difference"]);
        assert_eq!(counts, (&json!(107), &json!(BEFORE), &json!(7)), "{line:#}");
        assert_eq!((&line["state"], scene.there(desk)), (&json!("off"), BEFORE), "{line:#}");
    }
    scene.sync(HALOPSA).await;
    scene.until_there("the count that a person asked for", || scene.there(HALOPSA) == 107).await;
    assert_eq!(BOTH.map(|desk| scene.changes(desk)), [vec![7], vec![]]);
    let equal = scene.until(HALOPSA, "equal", |line| line["state"] == "equal").await;
    assert_eq!(equal["difference"], 0);
    let entry = &scene.history(HALOPSA).await[0];
    assert_eq!((&entry["by"], &entry["cause"]), (&json!("ann"), &json!("told")), "{entry:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn organisations_without_counts_are_named_and_nothing_is_done() {
    let scene = Scene::at_once().await;
    scene.edit(HALOPSA, 95);
    let named = json!({ "organizations": [UNTOLD, ORGANIZATION, "org-99"] });
    let reply = scene.wish(HALOPSA, "sync", &named).await;
    assert_eq!((reply.status, reply.code()), (404, "not_found"), "{}", reply.body);
    let detail = reply.body["detail"].as_str().unwrap();
    assert!(detail.contains(&format!("{UNTOLD}, org-99")) && !detail.contains(ORGANIZATION), "{detail}");
    assert!(reply.body["fix"].is_string(), "{}", reply.body);
    let line = scene.line(HALOPSA, "").await;
    assert_eq!((&line["state"], &line["there"]), (&json!("equal"), &json!(BEFORE)), "nothing was compared");
}
