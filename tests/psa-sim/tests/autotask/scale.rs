//! A hundred thousand tickets.

use std::time::{Duration, Instant};

use psa_sim::AutotaskSim;
use serde_json::json;

use crate::client::with;

#[tokio::test]
async fn a_companys_recent_tickets_and_a_reference_are_found_among_a_hundred_thousand() {
    let autotask = with(AutotaskSim::builder().rate_limit(None)).await;
    for company in [0, 174, 175, 176, 177] {
        autotask.sim.seed_tickets(company, 20_000);
    }
    let id = autotask.ticket(json!({ "externalID": "psab-1" })).await.id();
    let created = autotask.read(id).await["createDate"].clone();
    let recent = json!({ "filter": [
        { "op": "eq", "field": "companyID", "value": 174 }, { "op": "gte", "field": "createDate", "value": created }
    ] });
    let start = Instant::now();
    for _ in 0..50 {
        assert_eq!(autotask.post("Tickets/query", recent.clone()).await.ids(), [id]);
        assert_eq!(autotask.find("Tickets", "externalID", "eq", json!("psab-1")).await.ids(), [id]);
    }
    assert!(start.elapsed() < Duration::from_secs(3), "{:?} for a hundred searches", start.elapsed());
    assert_eq!(autotask.sim.ticket_count(), 100_001);
}
