//! Each fault, and each outage, as a client meets it.

use std::time::{Duration, Instant};

use psa_sim::{AutotaskSim, AutotaskSwitches, FaultKind, FaultRule, FaultSchedule, FaultTiming, Outage};
use serde_json::json;

use crate::client::{Autotask, as_user, autotask, fine_ticket, with};

async fn struck_by(kind: FaultKind) -> Autotask {
    let autotask = autotask().await;
    autotask.sim.set_fault_timing(FaultTiming {
        latency_ms: 300,
        late_commit_ms: 400,
        late_visibility_ms: 400,
        retry_after_seconds: 3,
    });
    autotask.sim.add_fault(FaultRule::next(kind, 1).at("POST", "tickets"));
    autotask
}

async fn try_ticket(autotask: &Autotask) -> Result<crate::client::Answer, reqwest::Error> {
    autotask.try_post("Tickets", &fine_ticket(json!({}))).await
}

async fn found(autotask: &Autotask) -> usize {
    autotask.find("Tickets", "companyID", "eq", json!(174)).await.ids().len()
}

#[tokio::test]
async fn some_faults_store_nothing_and_strike_once() {
    for (kind, status, retry_after) in [
        (FaultKind::TooManyRequests, 429, Some("3")),
        (FaultKind::TooManyRequestsBare, 429, None),
        (FaultKind::ServerError, 500, None),
        (FaultKind::Maintenance, 200, None),
    ] {
        let autotask = struck_by(kind).await;
        let refused = autotask.ticket(json!({})).await;
        assert_eq!(
            (refused.status.as_u16(), refused.retry_after.as_deref()),
            (status, retry_after),
            "{kind:?}"
        );
        let is_page = refused.text.contains("<html>");
        assert_eq!(is_page, status != 429, "a gateway's page, and no refusal of Autotask's: {refused:?}");
        assert_eq!(autotask.sim.ticket_count(), 0, "{kind:?}");
        autotask.ticket(json!({})).await.id();
    }
}

#[tokio::test]
async fn a_reset_is_a_connection_that_ends_without_an_answer() {
    let autotask = struck_by(FaultKind::Reset).await;
    let error = try_ticket(&autotask).await.unwrap_err();
    assert!(error.is_request() && !error.is_connect() && !error.is_timeout(), "{error:?}");
    assert_eq!(autotask.sim.ticket_count(), 0);
}

#[tokio::test]
async fn an_answer_is_lost_after_the_ticket_was_stored() {
    let autotask = struck_by(FaultKind::GatewayTimeoutAfterStore).await;
    assert_eq!(autotask.ticket(json!({})).await.status, 504);
    assert_eq!(found(&autotask).await, 1);
    let autotask = struck_by(FaultKind::ResetAfterStore).await;
    assert!(try_ticket(&autotask).await.is_err());
    assert_eq!(found(&autotask).await, 1);
}

#[tokio::test]
async fn a_late_commit_is_nowhere_and_then_there_unless_a_reset_comes_first() {
    let autotask = struck_by(FaultKind::LateCommit).await;
    let start = Instant::now();
    assert!(try_ticket(&autotask).await.is_err());
    assert_eq!(autotask.sim.ticket_count(), 0);
    autotask.wait_until("it is stored", async || autotask.sim.ticket_count() == 1).await;
    assert!(start.elapsed() >= Duration::from_millis(400));
    autotask.sim.add_fault(FaultRule::next(FaultKind::LateCommit, 1).at("POST", "tickets"));
    assert_eq!(autotask.ticket(json!({})).await.status, 504, "in turn");
    autotask.sim.reset();
    // Nothing happens, which takes as long as it would take to happen.
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!(autotask.sim.ticket_count(), 0);
}

#[tokio::test]
async fn late_visibility_hides_from_queries_but_not_from_reading() {
    let autotask = struck_by(FaultKind::LateVisibility).await;
    let id = autotask.ticket(json!({ "externalID": "late" })).await.id();
    assert_eq!(found(&autotask).await, 0);
    assert_eq!(autotask.find("Tickets", "externalID", "eq", json!("late")).await.ids().len(), 0);
    assert_eq!(autotask.read(id).await["id"], id);
    autotask.wait_until("the query shows it", async || found(&autotask).await == 1).await;
}

#[tokio::test]
async fn a_note_may_be_visible_late_as_well() {
    let autotask = autotask().await;
    autotask.sim.set_fault_timing(FaultTiming { late_visibility_ms: 400, ..FaultTiming::default() });
    autotask.sim.add_fault(FaultRule::next(FaultKind::LateVisibility, 1).at("POST", "tickets/notes"));
    let id = autotask.ticket(json!({})).await.id();
    let note = json!({ "title": "t", "description": "d", "noteType": 1, "publish": 1 });
    autotask.post(&format!("Tickets/{id}/Notes"), note).await.id();
    let notes = async || autotask.find("TicketNotes", "ticketID", "eq", json!(id)).await.ids().len();
    assert_eq!(notes().await, 0);
    autotask.wait_until("the query shows it", async || notes().await == 1).await;
}

#[tokio::test]
async fn what_would_be_refused_is_refused_and_the_fault_waits() {
    let autotask = struck_by(FaultKind::LateCommit).await;
    assert_eq!(autotask.ticket(json!({ "title": null })).await.status, 500);
    assert_eq!(autotask.sim.counts().injected(FaultKind::LateCommit), 0);
    assert!(try_ticket(&autotask).await.is_err());
}

#[tokio::test]
async fn creates_queries_notes_and_changes_are_struck_apart() {
    let autotask = autotask().await;
    autotask.sim.add_fault(FaultRule::share(FaultKind::ServerError, 1.0).at("POST", "Tickets/query"));
    autotask
        .sim
        .add_fault(FaultRule::next(FaultKind::GatewayTimeoutAfterStore, 1).at("POST", "tickets/notes"));
    autotask.sim.add_fault(FaultRule::next(FaultKind::ResetAfterStore, 1).at("PATCH", "tickets"));
    let id = autotask.ticket(json!({})).await.id();
    assert_eq!(autotask.find("Tickets", "id", "eq", json!(id)).await.status, 500);
    let note = json!({ "title": "t", "description": "d", "noteType": 1, "publish": 1 });
    assert_eq!(autotask.post(&format!("Tickets/{id}/Notes"), note).await.status, 504);
    assert_eq!(autotask.sim.notes(id).len(), 1);
    let patch = autotask.request(reqwest::Method::PATCH, "Tickets").json(&json!({ "id": id, "priority": 4 }));
    assert!(patch.send().await.is_err());
    assert_eq!(autotask.read(id).await["priority"], 4);
}

#[tokio::test]
async fn adjustments_can_be_lost_too() {
    let autotask = autotask().await;
    let endpoint = "contractserviceadjustments";
    autotask.sim.add_fault(FaultRule::next(FaultKind::GatewayTimeoutAfterStore, 1).at("POST", endpoint));
    let id = autotask.ticket(json!({})).await.id();
    let date = autotask.read(id).await["createDate"].clone();
    let body = json!({ "contractServiceID": 456, "unitChange": 2, "effectiveDate": date });
    assert_eq!(autotask.post("ContractServiceAdjustments", body).await.status, 504);
    assert_eq!(autotask.sim.units_today(456), Some(27));
}

#[tokio::test]
async fn latency_is_only_slow_and_a_client_that_hangs_up_does_not_undo_the_work() {
    let autotask = struck_by(FaultKind::Latency).await;
    let request = autotask.request(reqwest::Method::POST, "Tickets").json(&fine_ticket(json!({})));
    let error = request.timeout(Duration::from_millis(100)).send().await.unwrap_err();
    assert!(error.is_timeout());
    autotask.wait_until("it is stored all the same", async || autotask.sim.ticket_count() == 1).await;
}

#[tokio::test]
async fn by_default_every_fault_strikes_five_percent_of_creates_and_none_is_stored_beyond_the_bound() {
    let timing =
        FaultTiming { latency_ms: 5, late_commit_ms: 40, late_visibility_ms: 40, retry_after_seconds: 1 };
    let switches = AutotaskSwitches { create_ms: 1, answer_ms: 1, ..AutotaskSwitches::default() };
    let autotask = with(AutotaskSim::builder().switches(switches).rate_limit(None)).await;
    autotask.sim.set_faults(FaultSchedule::default_faults(11).with_timing(timing));
    let mut stored = 0;
    for _ in 0..200 {
        if try_ticket(&autotask)
            .await
            .is_ok_and(|answer| answer.status == 200 && answer.text.contains("itemId"))
        {
            stored += 1;
        }
    }
    let counts = autotask.sim.counts();
    for kind in FaultKind::ALL {
        assert!(counts.injected(kind) >= 10, "{kind:?}: {counts:?}");
    }
    for kind in [FaultKind::GatewayTimeoutAfterStore, FaultKind::ResetAfterStore, FaultKind::LateCommit] {
        stored += usize::try_from(counts.injected(kind)).unwrap();
    }
    assert_eq!(autotask.sim.settle_bound(), Duration::from_millis(87));
    // What is promised is that nothing comes after the bound, so this is the one thing to wait for.
    tokio::time::sleep(autotask.sim.settle_bound()).await;
    autotask
        .wait_until("all that was accepted is stored", async || autotask.sim.ticket_count() == stored)
        .await;
}

#[tokio::test]
async fn an_outage_closes_both_zones_until_it_is_lifted() {
    let autotask = autotask().await;
    autotask.sim.set_outage(Outage::Html).await;
    assert!(autotask.get("Version").await.text.contains("maintenance"));
    autotask.sim.set_outage(Outage::Unavailable).await;
    assert_eq!(autotask.get("Version").await.status, 503);
    autotask.sim.move_zone();
    let there = format!("{}V1.0/Version", autotask.sim.zone_url());
    autotask.sim.set_outage(Outage::Refused).await;
    for url in [autotask.url("Version"), there.clone()] {
        // The connection of before is cut, and no other is made.
        assert!(autotask.http.get(&url).send().await.is_err());
        assert!(autotask.http.get(&url).send().await.unwrap_err().is_connect());
    }
    assert_eq!(autotask.command("outage", json!({ "mode": "none" })).await.status, 200);
    let back = as_user(autotask.http.get(there)).send().await.unwrap();
    assert_eq!(back.status(), 200);
}
