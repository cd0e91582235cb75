//! Missing deliveries: what routing again has to look at, and nothing besides.

use super::fixture::{Must, World, actor, at, event, event_naming, mapping_onto, organization, partner};
use crate::{
    connection::ConnectionChange,
    event::{Event, SEATS_CHANGED},
    ids::{ConnectionId, EventId},
    ports::{RouteReach, RouteScope},
    reason::Reason,
};

/// The beginning of a window that all events of these cases lie in.
const LONG_AGO: i64 = -100_000;

async fn missing(w: &World, scope: RouteScope) -> Vec<EventId> {
    w.events_missing(&scope, at(LONG_AGO), None, 1000).await.must("list what is missing").items
}

async fn missing_of(w: &World, connection: &ConnectionId) -> Vec<EventId> {
    missing(w, RouteScope::Connection(connection.clone())).await
}

async fn missing_of_acme(w: &World) -> Vec<EventId> {
    missing(w, RouteScope::Organization(organization("acme"))).await
}

async fn pending(w: &World) -> Vec<EventId> {
    w.events_pending(at(LONG_AGO), at(100_000), None, 1000).await.must("list what is pending").items
}

async fn unmap(w: &World, connection: &ConnectionId) {
    let acme = organization("acme");
    let gone = w.delete_mapping(&partner("msp"), connection, &acme, &actor("ann"), at(1)).await;
    assert!(gone.must("delete the mapping"));
}

async fn route(w: &World, event: &Event) -> Vec<ConnectionId> {
    w.route_again(&event.id, at(LONG_AGO), at(50)).await.must("route again")
}

pub(super) async fn what_has_all_its_deliveries_is_not_looked_at(w: World) {
    let halo = w.simple().await;
    let event = event("acme", "1", at(-5));
    w.take_in(&event, at(0)).await;
    let looked_at = [missing_of(&w, &halo).await, missing_of_acme(&w).await, pending(&w).await];
    assert_eq!(looked_at, [[], [], []] as [[EventId; 0]; 3]);
}

pub(super) async fn what_came_without_a_mapping_is_found_once_there_is_one(w: World) {
    let halo = w.simple().await;
    unmap(&w, &halo).await;
    let event = event("acme", "1", at(-5));
    w.take_in(&event, at(2)).await;
    assert_eq!(missing_of(&w, &halo).await, std::slice::from_ref(&event.id));
    assert_eq!(missing_of_acme(&w).await, std::slice::from_ref(&event.id));
    assert_eq!(pending(&w).await, std::slice::from_ref(&event.id));
    assert_eq!(route(&w, &event).await, [], "nothing changed");
    assert_eq!(missing_of(&w, &halo).await, std::slice::from_ref(&event.id), "so it is missing still");
    w.map("msp", &halo, "acme").await;
    assert_eq!(route(&w, &event).await, std::slice::from_ref(&halo));
    let looked_at = [missing_of(&w, &halo).await, missing_of_acme(&w).await, pending(&w).await];
    assert_eq!(looked_at, [[], [], []] as [[EventId; 0]; 3]);
}

pub(super) async fn what_came_before_confirming_is_found_oldest_first(w: World) {
    for id in ["acme", "zeta"] {
        w.register(id, &["msp"]).await;
    }
    let halo = w.connect("msp", "halo").await;
    for id in ["acme", "zeta"] {
        w.map("msp", &halo, id).await;
    }
    let (late, early) = (event("acme", "late", at(-5)), event("zeta", "early", at(-50)));
    for each in [&late, &early] {
        w.take_in(each, at(0)).await;
    }
    let expected = [early.id.clone(), late.id.clone()];
    assert_eq!(missing_of(&w, &halo).await, expected, "in order over all organisations");
    w.change("msp", &halo, ConnectionChange::Confirmed, at(1)).await;
    for each in [&late, &early] {
        assert_eq!(route(&w, each).await, std::slice::from_ref(&halo));
    }
    assert_eq!(missing_of(&w, &halo).await, []);
}

pub(super) async fn a_delivery_to_one_connection_does_not_hide_that_another_is_missing(w: World) {
    let halo = w.simple().await;
    let second = w.connect("msp", "second").await;
    w.map("msp", &second, "acme").await;
    let event = event("acme", "1", at(-5));
    w.take_in(&event, at(0)).await;
    assert_eq!(w.seen("msp", &event).await.unrouted, None, "the partner has a delivery");
    assert_eq!(missing_of(&w, &second).await, std::slice::from_ref(&event.id), "and misses another");
    assert_eq!(missing_of(&w, &halo).await, []);
    assert_eq!(pending(&w).await, std::slice::from_ref(&event.id));
    w.change("msp", &second, ConnectionChange::Confirmed, at(1)).await;
    assert_eq!(route(&w, &event).await, std::slice::from_ref(&second));
    assert_eq!(w.seen("msp", &event).await.deliveries.len(), 2);
    assert_eq!(pending(&w).await, []);
}

pub(super) async fn the_first_mapping_asks_for_all_events_and_a_later_one_for_the_missing(w: World) {
    w.register("acme", &["msp"]).await;
    let (halo, second) = (w.live("msp", "halo").await, w.live("msp", "second").await);
    let old = event("acme", "old", at(-5));
    w.take_in(&old, at(0)).await;
    for connection in [&halo, &second] {
        w.settle_requests().await;
        w.map("msp", connection, "acme").await;
        let asked = w.route_requests(10).await.must("list the route requests");
        assert_eq!(asked[0].reach, RouteReach::All, "no record of {old:?} says that it misses a delivery");
        assert_eq!(route(&w, &old).await, std::slice::from_ref(connection));
        w.settle_requests().await;
        w.map_with("msp", connection, &mapping_onto("acme", false), at(1)).await;
        let asked = w.route_requests(10).await.must("list the route requests");
        assert_eq!(asked[0].reach, RouteReach::Missing, "from the first mapping on there is a record");
        unmap(&w, connection).await;
        w.settle_requests().await;
        w.map("msp", connection, "acme").await;
        let asked = w.route_requests(10).await.must("list the route requests");
        assert_eq!(asked[0].reach, RouteReach::Missing, "also while it is not mapped");
    }
}

pub(super) async fn what_ended_as_unmapped_is_missing(w: World) {
    let halo = w.simple().await;
    let event = event("acme", "1", at(-5));
    w.take_in(&event, at(0)).await;
    unmap(&w, &halo).await;
    w.settle_requests().await;
    let lease = w.take_lease(&halo, at(2)).await;
    w.end(&lease, "msp", &event, Reason::Unmapped, at(2)).await;
    assert_eq!(w.asked_scopes().await, [], "there is no mapping to route it by");
    assert_eq!(missing_of(&w, &halo).await, std::slice::from_ref(&event.id));
    assert_eq!(route(&w, &event).await, []);
    assert_eq!(missing_of(&w, &halo).await, std::slice::from_ref(&event.id));
    w.map("msp", &halo, "acme").await;
    assert_eq!(route(&w, &event).await, std::slice::from_ref(&halo));
    assert_eq!(missing_of(&w, &halo).await, []);
}

pub(super) async fn what_ends_as_unmapped_while_it_is_mapped_again_is_asked_for(w: World) {
    let halo = w.simple().await;
    let event = event("acme", "1", at(-5));
    w.take_in(&event, at(0)).await;
    w.settle_requests().await;
    // A worker that read it without a mapping ends it after the mapping was made and its request was worked.
    let lease = w.take_lease(&halo, at(2)).await;
    w.end(&lease, "msp", &event, Reason::Unmapped, at(2)).await;
    assert_eq!(w.asked_scopes().await, [RouteScope::Organization(organization("acme"))]);
    assert_eq!(missing_of_acme(&w).await, std::slice::from_ref(&event.id));
    assert_eq!(route(&w, &event).await, std::slice::from_ref(&halo));
}

pub(super) async fn an_event_that_registers_its_organisation_asks_for_those_before_it(w: World) {
    let (nameless, naming) = (event("newco", "1", at(-9)), event_naming("newco", "2", at(-8), &["msp"]));
    w.take_in(&nameless, at(0)).await;
    assert_eq!(w.asked_scopes().await, []);
    w.take_in(&naming, at(1)).await;
    let asked = w.route_requests(10).await.must("list the route requests");
    let found: Vec<_> = asked.into_iter().map(|each| (each.scope, each.reach)).collect();
    assert_eq!(found, [(RouteScope::Organization(organization("newco")), RouteReach::All)]);
    w.settle_requests().await;
    w.take_in(&event_naming("newco", "3", at(-7), &["msp"]), at(2)).await;
    assert_eq!(w.asked_scopes().await, [], "once");
}

pub(super) async fn a_seat_count_misses_nothing(w: World) {
    let halo = w.simple().await;
    unmap(&w, &halo).await;
    let seats = Event { event_type: SEATS_CHANGED.to_owned(), ..event("acme", "seats", at(-5)) };
    w.take_in(&seats, at(2)).await;
    assert_eq!((missing_of(&w, &halo).await, pending(&w).await), (vec![], vec![]));
}

pub(super) async fn what_partners_of_others_or_revoked_connections_miss_is_not_noted(w: World) {
    w.register("acme", &["distributor", "msp"]).await;
    let (halo, big) = (w.connect("msp", "halo").await, w.connect("distributor", "big").await);
    for (owner, connection) in [("msp", &halo), ("distributor", &big)] {
        w.map(owner, connection, "acme").await;
    }
    let event = event_naming("acme", "1", at(-5), &["msp"]);
    w.take_in(&event, at(0)).await;
    assert_eq!(missing_of(&w, &big).await, [], "the event is not the distributor's");
    assert_eq!(missing_of(&w, &halo).await, std::slice::from_ref(&event.id));
    w.change("msp", &halo, ConnectionChange::Revoked, at(1)).await;
    route(&w, &event).await;
    assert_eq!(missing_of(&w, &halo).await, [], "a revoked connection gets nothing any more");
}

pub(super) async fn pending_events_come_in_order_of_acceptance_each_once(w: World) {
    // Pending in the eyes of two partners, and for two connections of which neither is confirmed.
    w.register("acme", &["distributor", "msp"]).await;
    for name in ["halo", "second"] {
        let connection = w.connect("msp", name).await;
        w.map("msp", &connection, "acme").await;
    }
    let mut expected = Vec::new();
    for n in 0..7 {
        let event = event("acme", &format!("{n}"), at(-n));
        w.take_in(&event, at(n / 2)).await;
        expected.push((n / 2, event.id));
    }
    expected.sort();
    let expected: Vec<EventId> = expected.into_iter().map(|(_, id)| id).collect();
    assert_eq!(pending(&w).await, expected);
    let (mut paged, mut after) = (Vec::new(), None);
    loop {
        let page = w.events_pending(at(0), at(100), after.as_deref(), 2).await.must("list a page");
        assert!(page.items.len() <= 2, "at most as many as the limit");
        paged.extend(page.items);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(paged, expected, "page by page, also between equal times");
    let some = w.events_pending(at(1), at(2), None, 100).await.must("list a span").items;
    assert_eq!(some, expected[2..4], "from the first moment to before the last");
}

pub(super) async fn missing_events_page_in_order_of_event_time(w: World) {
    w.register("acme", &["msp"]).await;
    let (halo, second) = (w.connect("msp", "halo").await, w.connect("msp", "second").await);
    for connection in [&halo, &second] {
        w.map("msp", connection, "acme").await;
    }
    let mut expected = Vec::new();
    for (n, time) in (0..).zip([-30, -10, -20, -20, -20, -40]) {
        let event = event("acme", &format!("{n}"), at(time));
        w.take_in(&event, at(n)).await;
        expected.push((event.time, event.id));
    }
    expected.sort();
    let expected: Vec<EventId> = expected.into_iter().map(|(_, id)| id).collect();
    for scope in [RouteScope::Connection(halo.clone()), RouteScope::Organization(organization("acme"))] {
        let (mut paged, mut after) = (Vec::new(), None);
        loop {
            let page = w.events_missing(&scope, at(0), after.as_deref(), 2).await.must("list a page");
            assert!(page.items.len() <= 2, "at most as many as the limit");
            paged.extend(page.items);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(paged, expected, "each once, though two connections miss it: {scope:?}");
    }
    let scope = RouteScope::Connection(halo);
    let inside = w.events_missing(&scope, at(5), None, 100).await.must("list").items;
    assert_eq!(inside.len(), 1, "of those accepted since");
}

pub(super) async fn what_left_the_window_is_missing_no_longer(w: World) {
    let halo = w.simple().await;
    let second = w.connect("msp", "second").await;
    w.map("msp", &second, "acme").await;
    let (old, inside) = (event("acme", "old", at(-5)), event("acme", "inside", at(-5)));
    w.take_in(&old, at(0)).await;
    w.take_in(&inside, at(100)).await;
    assert_eq!(missing_of(&w, &second).await.len(), 2);
    assert_eq!(w.close_window(at(100), 10).await.must("close the window"), 1);
    assert_eq!(missing_of(&w, &second).await, [inside.id]);
    assert_eq!(w.close_window(at(100), 10).await.must("close the window"), 0);
    assert_eq!(w.route_again(&old.id, at(100), at(101)).await.must("route again"), []);
    assert_eq!(missing_of(&w, &second).await.len(), 1, "routing does not bring it back");
    assert_eq!(w.seen("msp", &old).await.deliveries.len(), 1);
    assert_eq!(missing_of(&w, &halo).await, []);
}
