//! Each fault, as a client meets it.

use std::time::{Duration, Instant};

use psa_sim::{FaultKind, FaultRule, FaultSchedule, FaultTiming, Frequency, HaloSim, RateLimit, Switches};
use serde_json::json;

use crate::client::{Halo, fine_ticket, halo, with};

async fn struck_by(kind: FaultKind) -> Halo {
    let halo = halo().await;
    halo.sim.set_fault_timing(FaultTiming {
        latency_ms: 300,
        late_commit_ms: 400,
        late_visibility_ms: 400,
        retry_after_seconds: 3,
    });
    halo.sim.add_fault(FaultRule::next(kind, 1).at("POST", "tickets"));
    halo
}

async fn listed(halo: &Halo) -> usize {
    let list = halo.get("Tickets?client_id=2").await.json();
    list["tickets"].as_array().map_or(0, Vec::len)
}

#[tokio::test]
async fn too_many_requests_comes_with_and_without_a_time() {
    let with_time = struck_by(FaultKind::TooManyRequests).await;
    let refused = with_time.ticket(json!({})).await;
    assert_eq!((refused.status.as_u16(), refused.retry_after.as_deref()), (429, Some("3")));
    let bare = struck_by(FaultKind::TooManyRequestsBare).await;
    let refused = bare.ticket(json!({})).await;
    assert_eq!((refused.status.as_u16(), refused.retry_after), (429, None));
    assert_eq!(bare.sim.ticket_count(), 0);
    assert_eq!(bare.ticket(json!({})).await.status, 201, "it struck once");
}

#[tokio::test]
async fn a_server_error_and_a_maintenance_page_store_nothing() {
    let halo = struck_by(FaultKind::ServerError).await;
    assert_eq!(halo.ticket(json!({})).await.status, 500);
    assert_eq!(halo.sim.ticket_count(), 0);
    let halo = struck_by(FaultKind::Maintenance).await;
    let page = halo.ticket(json!({})).await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("<html>"));
    assert_eq!(halo.sim.ticket_count(), 0);
}

#[tokio::test]
async fn a_reset_is_a_connection_that_ends_without_an_answer() {
    let halo = struck_by(FaultKind::Reset).await;
    let error = halo.try_post("Tickets", &json!([fine_ticket(json!({}))])).await.unwrap_err();
    assert!(error.is_request() && !error.is_connect() && !error.is_timeout(), "{error:?}");
    assert_eq!(halo.sim.ticket_count(), 0);
    assert_eq!(halo.sim.counts().requests_to("POST /tickets reset"), 1);
}

#[tokio::test]
async fn an_answer_is_lost_after_the_ticket_was_stored() {
    let halo = struck_by(FaultKind::GatewayTimeoutAfterStore).await;
    assert_eq!(halo.ticket(json!({})).await.status, 504);
    assert_eq!(listed(&halo).await, 1);
    let halo = struck_by(FaultKind::ResetAfterStore).await;
    assert!(halo.try_post("Tickets", &json!([fine_ticket(json!({}))])).await.is_err());
    assert_eq!(listed(&halo).await, 1);
}

#[tokio::test]
async fn a_late_commit_is_nowhere_and_then_there() {
    let halo = struck_by(FaultKind::LateCommit).await;
    halo.sim.add_fault(FaultRule::next(FaultKind::LateCommit, 1).at("POST", "tickets"));
    let start = Instant::now();
    assert!(halo.try_post("Tickets", &json!([fine_ticket(json!({}))])).await.is_err(), "the first is cut");
    assert_eq!(halo.sim.ticket_count(), 0);
    assert_eq!(halo.ticket(json!({})).await.status, 504, "the next times out");
    halo.wait_until("both are stored", async || halo.sim.ticket_count() == 2).await;
    assert!(start.elapsed() >= Duration::from_millis(400));
    halo.wait_until("both are counted", async || halo.sim.counts().late_commits == 2).await;
}

#[tokio::test]
async fn a_late_commit_does_not_outlive_a_reset() {
    let halo = struck_by(FaultKind::LateCommit).await;
    assert!(halo.try_post("Tickets", &json!([fine_ticket(json!({}))])).await.is_err());
    halo.sim.reset();
    // Nothing happens, which takes as long as it would take to happen.
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!(halo.sim.ticket_count(), 0);
}

#[tokio::test]
async fn what_would_be_refused_is_refused_and_the_fault_waits() {
    let halo = struck_by(FaultKind::LateCommit).await;
    assert_eq!(halo.ticket(json!({ "client_id": 999 })).await.status, 400);
    assert_eq!(halo.sim.counts().injected(FaultKind::LateCommit), 0);
    assert!(halo.try_post("Tickets", &json!([fine_ticket(json!({}))])).await.is_err());
}

#[tokio::test]
async fn late_visibility_hides_from_lists_but_not_from_reading() {
    let halo = struck_by(FaultKind::LateVisibility).await;
    let id = halo.ticket(json!({})).await.id();
    assert_eq!(listed(&halo).await, 0);
    assert_eq!(halo.get(&format!("Tickets/{id}")).await.status, 200);
    halo.wait_until("the list shows it", async || listed(&halo).await == 1).await;
}

#[tokio::test]
async fn notes_are_lost_and_late_as_tickets_are() {
    let halo = halo().await;
    let id = halo.ticket(json!({})).await.id();
    let note = json!([{ "ticket_id": id, "outcome_id": 7, "note": "again" }]);
    halo.sim.set_fault_timing(FaultTiming { late_visibility_ms: 400, ..FaultTiming::default() });
    halo.sim.add_fault(FaultRule::next(FaultKind::GatewayTimeoutAfterStore, 1).at("POST", "actions"));
    halo.sim.add_fault(FaultRule::next(FaultKind::LateVisibility, 1).at("POST", "actions"));
    assert_eq!(halo.post("Actions", note).await.status, 504);
    assert_eq!(halo.sim.ticket(id).unwrap().actions.len(), 2);
    let path = format!("Actions?ticket_id={id}");
    assert_eq!(halo.get(&path).await.json()["record_count"], 1);
    halo.wait_until("the note is shown", async || halo.get(&path).await.json()["record_count"] == 2).await;
}

#[tokio::test]
async fn latency_is_only_slow_and_a_client_that_hangs_up_does_not_undo_the_work() {
    let halo = struck_by(FaultKind::Latency).await;
    let request = halo.request(reqwest::Method::POST, "Tickets").json(&json!([fine_ticket(json!({}))]));
    let error = request.timeout(Duration::from_millis(100)).send().await.unwrap_err();
    assert!(error.is_timeout());
    halo.wait_until("the ticket is stored all the same", async || halo.sim.ticket_count() == 1).await;
}

#[tokio::test]
async fn faults_keep_to_their_endpoint_and_method() {
    let halo = halo().await;
    halo.sim.add_fault(FaultRule::share(FaultKind::ServerError, 1.0).at("get", "Client"));
    for _ in 0..3 {
        assert_eq!(halo.get("client").await.status, 500);
    }
    assert_eq!(halo.get("Tickets").await.status, 200);
    assert_eq!(halo.ticket(json!({})).await.status, 201);
    halo.sim.set_faults(FaultSchedule::none());
    assert_eq!(halo.get("Client").await.status, 200);
}

#[tokio::test]
async fn the_token_endpoint_is_struck_too() {
    let halo = halo().await;
    halo.sim.add_fault(FaultRule {
        endpoint: Some("token".to_owned()),
        ..FaultRule::next(FaultKind::TooManyRequests, 1)
    });
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", HaloSim::CLIENT_ID),
        ("client_secret", HaloSim::CLIENT_SECRET),
        ("scope", "all"),
    ];
    assert_eq!(halo.ask_token("?tenant=demo", &form).await.status, 429);
    assert_eq!(halo.ask_token("?tenant=demo", &form).await.status, 200);
}

#[tokio::test]
async fn by_default_every_fault_strikes_five_percent_of_creates_and_none_is_stored_beyond_the_bound() {
    let timing =
        FaultTiming { latency_ms: 5, late_commit_ms: 40, late_visibility_ms: 40, retry_after_seconds: 1 };
    let halo =
        with(HaloSim::builder().switches(Switches { create_ms: 1, ..Switches::default() }).rate_limit(None))
            .await;
    halo.sim.set_faults(FaultSchedule::default_faults(11).with_timing(timing));
    let (mut answered, mut unknown) = (0, 0);
    for _ in 0..200 {
        match halo.try_post("Tickets", &json!([fine_ticket(json!({}))])).await {
            Ok(answer) if answer.status == 201 => answered += 1,
            _ => unknown += 1,
        }
    }
    assert_eq!(answered + unknown, 200);
    let counts = halo.sim.counts();
    for kind in FaultKind::ALL {
        assert!(counts.injected(kind) >= 10, "{kind:?}: {counts:?}");
    }
    let lost_but_stored =
        [FaultKind::GatewayTimeoutAfterStore, FaultKind::ResetAfterStore, FaultKind::LateCommit];
    let stored = answered
        + lost_but_stored.iter().map(|&kind| usize::try_from(counts.injected(kind)).unwrap()).sum::<usize>();
    assert_eq!(halo.sim.settle_bound(), Duration::from_millis(86));
    // What is promised is that nothing comes after the bound, so this is the one thing to wait for.
    tokio::time::sleep(halo.sim.settle_bound()).await;
    halo.wait_until("all that was accepted is stored", async || halo.sim.ticket_count() == stored).await;
}

#[tokio::test]
async fn a_reset_forgets_the_requests_before_it() {
    let limit = RateLimit { requests: 3, window_seconds: 3_600, retry_after: true };
    let halo = with(HaloSim::builder().rate_limit(Some(limit))).await;
    while halo.get("Client").await.status == 200 {}
    halo.sim.reset();
    assert_ne!(halo.get("Client").await.status, 429, "refused for its token, not for what was before");
}

#[tokio::test]
async fn the_rate_limit_really_refuses() {
    let halo = with(HaloSim::builder().rate_limit(Some(RateLimit {
        requests: 3,
        window_seconds: 1,
        retry_after: true,
    })))
    .await;
    for _ in 0..3 {
        assert_eq!(halo.get("Client").await.status, 200);
    }
    let refused = halo.get("Client").await;
    assert_eq!((refused.status.as_u16(), refused.retry_after.as_deref()), (429, Some("1")));
    halo.wait_until("the window rolls on", async || halo.get("Client").await.status == 200).await;
    assert!(halo.sim.counts().rate_limited >= 1);
    halo.sim.set_rate_limit(None);
    for _ in 0..5 {
        assert_eq!(halo.get("Client").await.status, 200);
    }
}

#[test]
fn a_rule_reads_from_json_as_it_is_written() {
    let rule: FaultRule =
        serde_json::from_value(json!({ "kind": "late_commit", "next": 2, "endpoint": "tickets" })).unwrap();
    assert_eq!((rule.kind, rule.frequency), (FaultKind::LateCommit, Frequency::Next(2)));
    let written = serde_json::to_value(FaultRule::share(FaultKind::Reset, 0.5)).unwrap();
    assert_eq!(written, json!({ "kind": "reset", "probability": 0.5 }));
    assert!(serde_json::from_value::<FaultRule>(json!({ "kind": "reset" })).is_err());
}
