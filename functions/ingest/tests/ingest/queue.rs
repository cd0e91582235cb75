use crate::scene::{Scene, event, with};
use psa_bridge_core::cloud_event::MAX_EVENT;
use serde_json::json;

#[tokio::test]
async fn a_message_that_is_no_event_is_kept_with_its_reason() {
    let scene = Scene::new();
    let table: [(Vec<u8>, &str, Option<&str>); 5] = [
        (b"not json".to_vec(), "not_json", None),
        (b"\xff\xfe\x00".to_vec(), "not_json", None),
        (json!({"hello": "world"}).to_string().into_bytes(), "missing", Some("specversion")),
        (
            with("1", "/time", json!("2999-01-01T00:00:00Z")).to_string().into_bytes(),
            "time_ahead",
            Some("time"),
        ),
        (with("1", "/data/account", json!("x".repeat(1 << 20))).to_string().into_bytes(), "too_large", None),
    ];
    for (body, code, field) in table {
        scene.ingest.message(&body).await.unwrap();
        let kept = scene.rejected().await.remove(0);
        assert_eq!((kept.code.as_str(), kept.field.as_deref()), (code, field));
        assert_eq!(kept.length, body.len() as u64);
        assert!(kept.raw.len() <= MAX_EVENT + 3, "cut to the limit, give or take a replaced character");
        assert!(!kept.message.is_empty());
    }
}

#[tokio::test]
async fn what_is_wrong_in_a_message_harms_nothing_beside_it() {
    let scene = Scene::new();
    let batch = json!([event("1"), {"id": "wrong"}, event("2")]);
    scene.ingest.message(batch.to_string().as_bytes()).await.unwrap();
    assert!(scene.is_kept("1").await && scene.is_kept("2").await);
    assert_eq!(scene.rejected().await.len(), 1);
    assert!(scene.rejected().await[0].raw.contains("wrong"));
}

#[tokio::test]
async fn a_message_that_is_delivered_twice_is_taken_once() {
    let scene = Scene::new();
    let body = event("1").to_string();
    scene.ingest.message(body.as_bytes()).await.unwrap();
    scene.ingest.message(body.as_bytes()).await.unwrap();
    assert!(scene.is_kept("1").await);
    assert!(scene.rejected().await.is_empty());
}
