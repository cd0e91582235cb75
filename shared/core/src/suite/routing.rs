//! Routing again what was accepted before: after mapping, after confirming, and until the window closes.

use super::fixture::{Must, World, actor, at, event, mapping_onto, organization, partner, registered};
use crate::{
    connection::ConnectionChange,
    delivery::{DeliveryState, Happened},
    organization::Organization,
    ports::RouteScope,
    reason::Reason,
};

/// The beginning of a window that all events of these cases lie in.
const LONG_AGO: i64 = -100_000;

pub(super) async fn routing_again_makes_the_deliveries_that_are_missing(w: World) {
    w.register("acme", &["msp"]).await;
    let event = event("acme", "1", at(-5));
    w.take_in(&event, at(0)).await;
    let halo = w.live("msp", "halo").await;
    w.map("msp", &halo, "acme").await;
    let ring = w.route_again(&event.id, at(0), at(50)).await.must("route again");
    assert_eq!(
        ring,
        std::slice::from_ref(&halo),
        "accepted exactly at the beginning of the window is inside"
    );
    let delivery = w.delivery("msp", &event, &halo).await;
    assert_eq!(delivery.state, DeliveryState::Waiting);
    assert_eq!((delivery.accepted_at, delivery.due_at), (at(0), at(50)));
    assert_eq!(w.seen("msp", &event).await.unrouted, None);

    w.route_again(&event.id, at(0), at(60)).await.must("route again");
    assert_eq!(w.seen("msp", &event).await.deliveries.len(), 1, "routing twice makes no second delivery");
    assert_eq!(w.delivery("msp", &event, &halo).await, delivery, "and leaves the first as it was");
}

pub(super) async fn an_event_from_before_the_window_gets_no_new_delivery(w: World) {
    w.register("acme", &["msp"]).await;
    let event = event("acme", "1", at(-5));
    w.take_in(&event, at(0)).await;
    let halo = w.live("msp", "halo").await;
    w.map("msp", &halo, "acme").await;
    let ring = w.route_again(&event.id, at(1), at(50)).await.must("route again");
    assert_eq!(ring, [], "nothing new for an event that left the window");
    let view = w.seen("msp", &event).await;
    assert_eq!(view.deliveries.len(), 0);
    assert!(view.unrouted.is_some(), "the partner still reads a reason");
}

pub(super) async fn what_ended_as_unmapped_is_rerouted_once_there_is_a_mapping(w: World) {
    let halo = w.simple().await;
    let event = event("acme", "1", at(-5));
    w.take_in(&event, at(0)).await;
    let deleted = w.delete_mapping(&partner("msp"), &halo, &organization("acme"), &actor("ann"), at(1)).await;
    assert!(deleted.must("delete the mapping"));
    let lease = w.take_lease(&halo, at(2)).await;
    let ended = w.end(&lease, "msp", &event, Reason::Unmapped, at(2)).await;
    w.hand_back(&lease).await.must("hand the lease back");
    assert_eq!(w.route_again(&event.id, at(LONG_AGO), at(3)).await.must("route again"), [], "still unmapped");
    assert_eq!(w.delivery("msp", &event, &halo).await.state, ended.state);

    w.map_with("msp", &halo, &mapping_onto("acme", true), at(4)).await;
    let ring = w.route_again(&event.id, at(LONG_AGO), at(5)).await.must("route again");
    assert_eq!(ring, std::slice::from_ref(&halo));
    let rerouted = w.delivery("msp", &event, &halo).await;
    assert_eq!((rerouted.state.clone(), rerouted.due_at), (DeliveryState::Waiting, at(5)));
    assert_eq!(rerouted.version, ended.version + 1, "one change more");
    assert_eq!(rerouted.timeline.last().map(|entry| entry.what), Some(Happened::Rerouted));
    assert!(w.is_due(&halo, at(6)).await, "the sweep finds it");
}

pub(super) async fn what_ended_otherwise_is_not_rerouted(w: World) {
    let halo = w.simple().await;
    let (refused, done) = (event("acme", "1", at(-5)), event("acme", "2", at(-4)));
    for each in [&refused, &done] {
        w.take_in(each, at(0)).await;
    }
    let lease = w.take_lease(&halo, at(2)).await;
    w.end(&lease, "msp", &refused, Reason::PsaRefused, at(2)).await;
    w.make_ticket(&lease, "msp", &done, at(2)).await;
    for each in [&refused, &done] {
        let before = w.delivery("msp", each, &halo).await;
        assert_eq!(w.route_again(&each.id, at(LONG_AGO), at(5)).await.must("route again"), []);
        assert_eq!(w.delivery("msp", each, &halo).await, before);
    }
}

pub(super) async fn routing_again_brings_reasons_up_to_date(w: World) {
    w.register("acme", &["msp"]).await;
    let event = event("acme", "1", at(-5));
    w.take_in(&event, at(0)).await;
    assert_eq!(w.seen("msp", &event).await.unrouted, Some(Reason::NoConnection));
    let halo = w.connect("msp", "halo").await;
    w.route_again(&event.id, at(LONG_AGO), at(1)).await.must("route again");
    assert_eq!(w.seen("msp", &event).await.unrouted, Some(Reason::Unmapped), "there is a connection now");
    w.map("msp", &halo, "acme").await;
    w.route_again(&event.id, at(LONG_AGO), at(2)).await.must("route again");
    assert_eq!(w.seen("msp", &event).await.unrouted, Some(Reason::NotConfirmed), "and a mapping");
    w.change("msp", &halo, ConnectionChange::Revoked, at(3)).await;
    w.route_again(&event.id, at(LONG_AGO), at(4)).await.must("route again");
    assert_eq!(w.seen("msp", &event).await.unrouted, Some(Reason::NoConnection), "a revoked one is none");
}

pub(super) async fn a_partner_that_joins_the_chain_sees_events_after_routing_again(w: World) {
    w.register("acme", &["msp"]).await;
    let event = event("acme", "1", at(-5));
    w.take_in(&event, at(0)).await;
    let longer = registered("acme", &["distributor", "msp"], at(1));
    w.put_organization(&longer, &actor("vendor")).await.must("change the organisation");
    w.route_again(&event.id, at(LONG_AGO), at(2)).await.must("route again");
    assert_eq!(w.seen("distributor", &event).await.unrouted, Some(Reason::NoConnection));
    let shorter = registered("acme", &["distributor"], at(3));
    w.put_organization(&shorter, &actor("vendor")).await.must("change the organisation");
    w.route_again(&event.id, at(LONG_AGO), at(4)).await.must("route again");
    assert!(!w.sees("msp", &event).await, "a partner that left the chain no longer sees the event");
    assert!(w.sees("distributor", &event).await);
}

pub(super) async fn each_change_that_matters_asks_for_routing_again(w: World) {
    let acme = RouteScope::Organization(organization("acme"));
    w.register("acme", &["msp"]).await;
    assert_eq!(w.asked_scopes().await, std::slice::from_ref(&acme), "registering an organisation asks");
    w.settle_requests().await;
    let halo = w.connect("msp", "halo").await;
    w.map("msp", &halo, "acme").await;
    assert_eq!(w.asked_scopes().await, std::slice::from_ref(&acme), "mapping asks");
    w.settle_requests().await;
    w.change("msp", &halo, ConnectionChange::Confirmed, at(2)).await;
    assert_eq!(
        w.asked_scopes().await,
        [RouteScope::Connection(halo.clone())],
        "confirming asks, in the same step"
    );
    w.settle_requests().await;
    w.change("msp", &halo, ConnectionChange::Paused { by: "ann".to_owned() }, at(3)).await;
    assert_eq!(w.asked_scopes().await, [], "pausing does not");
    let vendor = actor("vendor");
    assert!(
        w.delete_organization(&organization("acme"), &vendor, at(4)).await.must("delete the organisation")
    );
    assert_eq!(w.asked_scopes().await, [acme], "deleting an organisation asks");
}

pub(super) async fn registering_the_same_chain_again_asks_for_nothing(w: World) {
    w.register("acme", &["distributor", "msp"]).await;
    w.settle_requests().await;
    let named = Organization {
        name: Some("Acme Inc".to_owned()),
        ..registered("acme", &["distributor", "msp"], at(1))
    };
    w.put_organization(&named, &actor("vendor")).await.must("register it again");
    assert_eq!(w.asked_scopes().await, [], "a nightly registration of everything costs nothing");
    let shorter = registered("acme", &["msp"], at(2));
    w.put_organization(&shorter, &actor("vendor")).await.must("change the chain");
    assert_eq!(w.asked_scopes().await, [RouteScope::Organization(organization("acme"))]);
}

pub(super) async fn a_refused_change_asks_for_nothing(w: World) {
    w.register("acme", &["msp"]).await;
    let halo = w.connect("msp", "halo").await;
    w.change("msp", &halo, ConnectionChange::SettingsReset, at(1)).await;
    w.settle_requests().await;
    let confirmed =
        w.change_connection(&partner("msp"), &halo, ConnectionChange::Confirmed, &actor("ann"), at(2)).await;
    assert!(confirmed.is_err(), "the settings are missing");
    assert_eq!(w.asked_scopes().await, []);
}

pub(super) async fn closing_the_window_ends_what_stayed_unrouted(w: World) {
    let halo = w.simple().await;
    w.register("orphan", &["distributor", "msp"]).await;
    let old: Vec<_> = (0..3).map(|n| event("orphan", &format!("old {n}"), at(n))).collect();
    for (n, each) in (0..).zip(&old) {
        w.take_in(each, at(n)).await;
    }
    let inside = event("orphan", "inside", at(0));
    w.take_in(&inside, at(100)).await;
    let routed = event("acme", "routed", at(0));
    w.take_in(&routed, at(0)).await;

    let mut closed = 0;
    for _ in 0..4 {
        let count = w.close_window(at(100), 2).await.must("close the window");
        assert!(count <= 2, "at most as many as the limit, not {count}");
        closed += count;
    }
    assert_eq!(closed, 6, "three events in the eyes of two partners each");
    assert_eq!(w.close_window(at(100), 10).await.must("close the window"), 0, "what is closed stays closed");
    for each in &old {
        for by in ["distributor", "msp"] {
            assert_eq!(w.seen(by, each).await.unrouted, Some(Reason::LeftWindowUnrouted));
        }
    }
    assert_eq!(w.seen("msp", &inside).await.unrouted, Some(Reason::Unmapped), "not yet: it is in the window");
    assert_eq!(w.seen("msp", &routed).await.unrouted, None);
    assert_eq!(
        w.delivery("msp", &routed, &halo).await.state,
        DeliveryState::Waiting,
        "deliveries do not age out"
    );
}
