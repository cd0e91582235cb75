//! A hundred thousand tickets.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::client::halo;

#[tokio::test]
async fn a_clients_recent_tickets_are_found_among_a_hundred_thousand() {
    let halo = halo().await;
    for client in 1..=5 {
        halo.sim.seed_tickets(client, 20_000);
    }
    let start_of_search = halo.ticket(json!({})).await.json()["dateoccurred"].as_str().unwrap().to_owned();
    let query = format!(
        "Tickets?client_id=2&datesearch=dateoccured&startdate={start_of_search}&includedetails=true&pageinate=true&page_size=100&page_no=1"
    );
    let start = Instant::now();
    for _ in 0..50 {
        assert_eq!(halo.get(&query).await.json()["record_count"], 1);
    }
    assert!(start.elapsed() < Duration::from_secs(2), "{:?} for fifty searches", start.elapsed());
    assert_eq!(halo.sim.ticket_count(), 100_001);
}
