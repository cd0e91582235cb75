//! Rejected input, once what was in its way is mended.

use crate::bridge::{Bridge, activity};
use http::{Method, StatusCode};
use jiff::SignedDuration;
use psa_bridge_core::{
    ids::EventId,
    ports::{EventStore, RejectedInput},
    usecases::accept::Ingest,
};
use psa_bridge_http::Scope;
use psa_bridge_rig::{ACME, Reply, id};
use serde_json::{Value, json};

/// An event of `org-1`, as the pipelines send it.
fn event(source_id: &str) -> Value {
    json!({
        "specversion": "1.0", "id": source_id, "source": "/test", "type": "backup.email.failed",
        "time": "2026-03-01T11:59:00Z", "data": { "organization_id": "org-1" },
    })
}

impl Bridge {
    /// What the queue brings.
    async fn queue(&self, message: &str) {
        let parts = activity(self, &self.psa);
        let ingest = Ingest { store: parts.store, bell: parts.bell, clock: parts.clock };
        ingest.message(message.as_bytes()).await.unwrap();
        self.clock.advance(SignedDuration::from_secs(1));
    }

    async fn operate(&self, method: Method, path: &str, body: Option<Value>) -> Reply {
        self.ask(method, path, None, Scope::Operate, body).await
    }

    async fn rejected(&self, query: &str) -> Vec<Value> {
        let list = self.operate(Method::GET, &format!("/v1/operator/rejected?{query}"), None).await.ok();
        list["items"].as_array().unwrap().clone()
    }

    async fn replay(&self, id: &str, body: Option<Value>) -> Reply {
        self.operate(Method::POST, &format!("/v1/operator/rejected/{id}/replay"), body).await
    }
}

#[tokio::test]
async fn input_that_is_an_event_by_now_is_taken_in_as_from_the_queue() {
    let (bridge, _) = Bridge::mapped().await;
    let mut early = event("e1");
    early["time"] = json!("2026-03-01T13:00:00Z");
    bridge.queue(&early.to_string()).await;
    let rejected = bridge.rejected("code=time_ahead&replayed=false").await.remove(0);
    let number = rejected["id"].as_str().unwrap();
    let still = bridge.replay(number, None).await;
    assert_eq!(still.problem(), (422, "still_invalid"));
    assert_eq!(still.body["errors"][0]["field"], "time");
    assert!(bridge.rejected("replayed=true").await.is_empty());

    bridge.clock.advance(SignedDuration::from_hours(1));
    let replay = bridge.replay(number, None).await.ok();
    let expected = EventId::derive("/test", "e1");
    assert_eq!((&replay["events"], &replay["corrected"]), (&json!([expected]), &json!(false)));
    assert_eq!(replay["by"], "user-7");
    assert_eq!(bridge.rung_at_once(), ["con_one"]);
    assert!(bridge.store.event(&id(ACME), &expected).await.unwrap().is_some());
    assert_eq!(bridge.replay(number, None).await.ok(), replay, "again is answered as the first time");
    assert_eq!(bridge.rejected("replayed=true").await[0]["replay"], replay);
    let audit = bridge.operate(Method::GET, "/v1/operator/audit", None).await.ok();
    let lines = audit["items"].as_array().unwrap();
    let replays: Vec<&Value> = lines.iter().filter(|line| line["action"] == "rejected.replayed").collect();
    assert_eq!(replays.len(), 1, "{audit}");
    assert_eq!((&replays[0]["actor"], &replays[0]["subject"]), (&json!("user-7"), &json!(number)));
}

#[tokio::test]
async fn input_is_replayed_with_a_corrected_body_in_its_place() {
    let (bridge, _) = Bridge::mapped().await;
    bridge.queue("{broken").await;
    let number = bridge.rejected("code=not_json").await[0]["id"].as_str().unwrap().to_owned();
    let wrong = bridge.replay(&number, Some(json!({ "specversion": "1.0" }))).await;
    assert_eq!(wrong.problem(), (422, "still_invalid"));
    assert_eq!(bridge.replay(&number, Some(json!([]))).await.problem(), (422, "still_invalid"));
    let replay = bridge.replay(&number, Some(json!([event("e1"), event("e2")]))).await.ok();
    let expected = ["e1", "e2"].map(|id| EventId::derive("/test", id));
    assert_eq!((&replay["events"], &replay["corrected"]), (&json!(expected), &json!(true)));
}

#[tokio::test]
async fn input_that_was_not_kept_whole_takes_a_body() {
    let (bridge, _) = Bridge::mapped().await;
    bridge.queue(&format!("[\"{}", "x".repeat(100_000))).await;
    let no_text = RejectedInput {
        received_at: bridge.now(),
        code: "not_json".into(),
        field: None,
        message: "no text".into(),
        raw: "\"\u{fffd}\"".into(),
        length: 5,
    };
    bridge.store.reject(&no_text).await.unwrap();
    for rejected in bridge.rejected("").await {
        let number = rejected["id"].as_str().unwrap();
        assert_eq!(bridge.replay(number, None).await.problem(), (409, "input_not_whole"));
        assert_eq!(bridge.replay(number, Some(event("e1"))).await.status, StatusCode::OK);
    }
    assert_eq!(bridge.replay("rej_999", None).await.problem(), (404, "not_found"));
    assert_eq!(bridge.replay("nonsense", None).await.problem(), (404, "not_found"));
}

#[tokio::test]
async fn all_of_a_code_are_replayed_page_by_page_and_each_says_what_became_of_it() {
    let (bridge, _) = Bridge::mapped().await;
    for number in 0..5 {
        let mut early = event(&format!("e{number}"));
        early["time"] = json!(if number == 2 { "2026-03-02T13:00:00Z" } else { "2026-03-01T13:00:00Z" });
        bridge.queue(&early.to_string()).await;
    }
    bridge.queue("{broken").await;
    bridge.clock.advance(SignedDuration::from_hours(1));
    let (mut outcomes, mut cursor) = (Vec::new(), String::new());
    for _ in 0..3 {
        let path = format!("/v1/operator/rejected/replay?code=time_ahead&limit=2{cursor}");
        let page = bridge.operate(Method::POST, &path, None).await.ok();
        let results = page["results"].as_array().unwrap();
        assert_eq!(page["replayed"].as_u64().unwrap() + page["left"].as_u64().unwrap(), results.len() as u64);
        outcomes.extend(results.iter().map(|result| result["outcome"].as_str().unwrap().to_owned()));
        cursor = page["next"].as_str().map_or_else(String::new, |next| format!("&cursor={next}"));
    }
    assert_eq!(outcomes, ["replayed", "replayed", "still_invalid", "replayed", "replayed"]);
    assert_eq!(cursor, "");
    let left = bridge.rejected("replayed=false").await;
    let codes: Vec<_> = left.iter().map(|rejected| &rejected["code"]).collect();
    assert_eq!(codes, ["not_json", "time_ahead"], "what is still wrong, and what was not asked for");
    let path = "/v1/operator/rejected/replay";
    assert_eq!(bridge.operate(Method::POST, path, None).await.problem(), (400, "invalid_parameter"));
}

#[tokio::test]
async fn partners_replay_nothing() {
    let bridge = Bridge::new();
    for path in ["/v1/operator/rejected/rej_1/replay", "/v1/operator/rejected/replay?code=missing"] {
        let answer = bridge.ask(Method::POST, path, Some(ACME), Scope::Manage, None).await;
        assert_eq!(answer.problem(), (403, "insufficient_scope"), "{path}");
    }
}
