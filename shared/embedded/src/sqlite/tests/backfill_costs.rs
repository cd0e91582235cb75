//! What the backfill costs: what is pending, however much is stored. Counted in steps of SQLite's machine.

use super::{
    costs::steps,
    world::{World, actor, at, event, partner},
};
use crate::sqlite::{events, missing, route_requests, rows::text};
use futures_util::future::join_all;
use psa_bridge_core::{
    connection::ConnectionChange,
    delivery::Change,
    event::Event,
    ids::ConnectionId,
    ports::{EventStore, RegistryStore, RouteReach, RouteScope, RouteStore, RouteTurn, Step, WorkStore},
    reason::Reason,
};
use rusqlite::Connection as Db;
use std::{collections::BTreeMap, ops::Range};

/// Keeps so many events whose deliveries to that connection are finished.
async fn keep_many_finished(w: &World, connection: &ConnectionId, numbers: Range<usize>) {
    let numbers: Vec<usize> = numbers.collect();
    for chunk in numbers.chunks(500) {
        let events: Vec<_> = chunk.iter().map(|number| event(*number)).collect();
        for accepted in join_all(events.iter().map(|event| w.accept(event, at(0)))).await {
            accepted.unwrap();
        }
        let lease = w.take_lease(connection, at(0)).await.lease;
        let refused = || Change::Ended { reason: Reason::PsaRefused, detail: None };
        let end = |event: &Event| Step::new(event.id.clone(), 0, refused());
        w.advance(&lease, events.iter().map(end).collect(), at(1)).await.unwrap();
        w.hand_back(&lease).await.unwrap();
    }
}

/// What each search of the backfill costs now.
fn costs(w: &World, connection: &ConnectionId) -> BTreeMap<&'static str, i32> {
    let db = Db::open(w.folder.path().join("bridge.db")).unwrap();
    let (since, until, id) = (text(at(-10_000)), text(at(10_000)), connection.as_str());
    BTreeMap::from([
        ("recent and daily", steps(&db, missing::PENDING_EVENTS, (&since, "", &until, 100))),
        ("request of a connection", steps(&db, missing::OF_CONNECTION, (id, "", "", &since, 100))),
        ("request of an organisation", steps(&db, missing::OF_ORGANIZATION, ("acme", "", "", &since, 100))),
        ("requests", steps(&db, route_requests::OLDEST, [100])),
        ("windows to close", steps(&db, events::TO_CLOSE, (&until, 100))),
        ("missing to forget", steps(&db, missing::TO_FORGET, (&since, 100))),
        ("progress", steps(&db, missing::REMAINING, [id])),
        ("changed organisations", steps(&db, route_requests::CHANGED_ORGANIZATIONS, (id, &until))),
    ])
}

/// Works every request as the backfill does; returns how many events that looked at.
async fn work_requests(w: &World) -> usize {
    let mut looked_at = 0;
    for listed in w.route_requests(100).await.unwrap() {
        let until = at(1_000);
        let mut request = w.claim_route_request(&listed.scope, until, at(500)).await.unwrap().unwrap();
        let page = match (&request.scope, request.reach) {
            (RouteScope::Organization(id), RouteReach::All) => {
                w.events_of_organization(id, at(-10_000), None, 100_000).await.unwrap()
            }
            (scope, _) => w.events_missing(scope, at(-10_000), None, 100_000).await.unwrap(),
        };
        looked_at += page.items.len();
        for event in &page.items {
            w.route_again(event, at(-10_000), at(500)).await.unwrap();
        }
        request.cursor = None;
        assert_eq!(w.finish_route_request(&request, at(501)).await.unwrap(), RouteTurn::Made);
    }
    looked_at
}

#[tokio::test]
async fn ten_thousand_finished_events_cost_the_backfill_what_a_hundred_do() {
    let (w, halo) = World::mapped().await;
    work_requests(&w).await;
    // Seven that wait for a mapping, all the time.
    let acme = "acme".parse().unwrap();
    w.delete_mapping(&partner(), &halo, &acme, &actor(), at(0)).await.unwrap();
    for number in 0..7 {
        w.accept(&event(number), at(0)).await.unwrap();
    }
    w.map(&halo).await;
    let asked = w.route_requests(10).await.unwrap();
    assert_eq!(asked.len(), 1, "mapping asked, and nobody worked it yet");

    keep_many_finished(&w, &halo, 10..110).await;
    let few = costs(&w, &halo);
    keep_many_finished(&w, &halo, 110..10_010).await;
    assert_eq!(costs(&w, &halo), few, "not a step more among 10,000 events than among 100");

    assert_eq!(work_requests(&w).await, 7, "the mapping made again looks at what is missing");
    for round in 0..2 {
        w.map(&halo).await;
        w.ask_backfill(&partner(), &halo, &actor(), at(600 + round)).await.unwrap();
        let confirmed = ConnectionChange::Confirmed;
        w.change_connection(&partner(), &halo, confirmed, &actor(), at(600 + round)).await.unwrap();
        assert_eq!(work_requests(&w).await, 0, "and then nothing is");
    }
    let pending = w.events_pending(at(-10_000), at(10_000), None, 100).await.unwrap().items;
    assert_eq!(pending, [], "nor for the runs over the window");
}

#[tokio::test]
async fn what_is_pending_is_what_the_searches_cost() {
    let (w, halo) = World::mapped().await;
    let before = costs(&w, &halo);
    w.delete_mapping(&partner(), &halo, &"acme".parse().unwrap(), &actor(), at(0)).await.unwrap();
    for number in 0..50 {
        w.accept(&event(number), at(0)).await.unwrap();
    }
    let after = costs(&w, &halo);
    for search in ["recent and daily", "request of a connection", "request of an organisation"] {
        let (before, after) = (before[search], after[search]);
        assert!(after >= before + 50, "the count can tell: {search} takes {after} steps, {before} before");
    }
}
