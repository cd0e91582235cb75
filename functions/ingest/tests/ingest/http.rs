use crate::scene::{Scene, event, with};
use psa_bridge_ingest::MAX_POST;
use serde_json::{Value, json};

#[tokio::test]
async fn an_event_is_taken_once_and_told_apart_the_second_time() {
    let scene = Scene::new();
    let body = event("1").to_string();
    let (status, answer) = scene.post(body.clone()).await;
    assert_eq!((status.as_u16(), &answer["accepted"]), (202, &json!(1)));
    assert!(scene.is_kept("1").await);
    let (status, again) = scene.post(body).await;
    assert_eq!((status.as_u16(), &again["duplicates"]), (202, &json!(1)));
    assert_eq!(answer["results"][0]["id"], again["results"][0]["id"]);
}

#[tokio::test]
async fn a_wrong_event_is_refused_with_every_problem_by_member() {
    let scene = Scene::new();
    let wrong =
        json!({"specversion": "1.0", "id": 7, "source": "/test", "type": "x", "time": "today", "data": {}});
    let (status, problem) = scene.post(wrong.to_string()).await;
    assert_eq!((status.as_u16(), &problem["code"]), (422, &json!("invalid_event")));
    let fields: Vec<&str> =
        problem["errors"].as_array().unwrap().iter().filter_map(|e| e["field"].as_str()).collect();
    assert_eq!(fields, ["id", "time", "data.organization_id"]);
}

#[tokio::test]
async fn each_kind_of_malformed_body_has_a_code_of_its_own() {
    let scene = Scene::new();
    let megabyte = with("1", "/data/account", json!("x".repeat(1 << 20)));
    let future = with("1", "/time", json!("2999-01-01T00:00:00Z"));
    let controls = with("1", "/source", json!("a\u{0}b"));
    let many = Value::Array((0..10_000).map(|n| event(&n.to_string())).collect());
    let table: [(String, u16, &str); 7] = [
        ("{not json".to_owned(), 400, "invalid_json"),
        ("\"text\"".to_owned(), 422, "invalid_event"),
        (json!({"hello": "world"}).to_string(), 422, "invalid_event"),
        (megabyte.to_string(), 413, "event_too_large"),
        (future.to_string(), 422, "invalid_event"),
        (controls.to_string(), 422, "invalid_event"),
        (many.to_string(), 413, "batch_too_large"),
    ];
    for (body, status, code) in table {
        let start: String = body.chars().take(60).collect();
        let (got, problem) = scene.post(body).await;
        assert_eq!((got.as_u16(), problem["code"].as_str()), (status, Some(code)), "{start}");
        assert!(problem["fix"].is_string() && problem["detail"].is_string(), "{problem}");
    }
    assert!(!scene.is_kept("1").await);
    assert!(scene.rejected().await.is_empty(), "whoever posts is told, and keeps it");
}

#[tokio::test]
async fn what_is_wrong_in_a_batch_harms_nothing_beside_it() {
    let scene = Scene::new();
    let batch = json!([
        event("good-1"),
        with("bad", "/time", json!("2999-01-01T00:00:00Z")),
        3,
        with("big", "/data/account", json!("x".repeat(70_000))),
        event("good-2"),
        event("good-1"),
    ]);
    let (status, answer) = scene.post_as("application/cloudevents-batch+json", batch.to_string()).await;
    assert_eq!(status.as_u16(), 202);
    let statuses: Vec<&str> =
        answer["results"].as_array().unwrap().iter().filter_map(|r| r["status"].as_str()).collect();
    let (first, rest) = statuses.split_first().unwrap();
    let (last, between) = rest.split_last().unwrap();
    assert_eq!(between, ["rejected", "rejected", "rejected", "accepted"]);
    // The same event twice in one batch is taken once; which of the two is the duplicate is of no interest.
    let mut twins = [*first, *last];
    twins.sort_unstable();
    assert_eq!(twins, ["accepted", "duplicate"]);
    assert_eq!(answer["results"][1]["errors"][0]["code"], "time_ahead");
    assert_eq!(answer["results"][3]["errors"][0]["code"], "too_large");
    assert!(scene.is_kept("good-1").await && scene.is_kept("good-2").await && !scene.is_kept("bad").await);
}

#[tokio::test]
async fn a_thousand_events_are_taken_in_one_request() {
    let scene = Scene::new();
    let batch = Value::Array((0..1000).map(|n| event(&n.to_string())).collect());
    let (status, answer) = scene.post(batch.to_string()).await;
    assert_eq!((status.as_u16(), &answer["accepted"]), (202, &json!(1000)));
}

#[tokio::test]
async fn a_body_over_the_limit_and_one_that_is_no_json_event_are_refused() {
    let scene = Scene::new();
    let (status, problem) = scene.post(" ".repeat(MAX_POST + 1)).await;
    assert_eq!((status.as_u16(), problem["code"].as_str()), (413, Some("body_too_large")));
    let (status, problem) = scene.post_as("text/plain", event("1").to_string()).await;
    assert_eq!((status.as_u16(), problem["code"].as_str()), (415, Some("unsupported_media_type")));
}
