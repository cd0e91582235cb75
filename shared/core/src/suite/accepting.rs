//! Events in: what is kept, who gets a delivery, and who is told why not.

use super::fixture::{
    Must, World, at, connection_id, event, event_naming, mapping_onto, organization, partner, registered,
};
use crate::{
    connection::ConnectionChange,
    delivery::{Delivery, DeliveryState, Happened},
    event::{Event, SEATS_CHANGED, Seats},
    organization::RegisteredBy,
    reason::Reason,
};

pub(super) async fn a_new_event_is_kept_with_a_delivery_and_rings(w: World) {
    let halo = w.simple().await;
    let event = event("acme", "1", at(-5));
    let accepted = w.take_in(&event, at(0)).await;
    assert!(!accepted.duplicate, "an event that was never seen is no duplicate");
    assert_eq!(accepted.ring, std::slice::from_ref(&halo), "the connection that has work now is rung");
    let view = w.seen("msp", &event).await;
    assert_eq!(view.event, event, "the event is kept as it came");
    assert_eq!(view.accepted_at, at(0));
    assert_eq!(view.unrouted, None, "a partner with a delivery is not unrouted");
    assert!(!view.chain_disagrees);
    let expected = Delivery::new(&event, halo, partner("msp"), None, at(0), at(0));
    let deliveries: Vec<Delivery> = view.deliveries.into_iter().map(|each| each.delivery).collect();
    assert_eq!(deliveries, [expected], "one delivery, as the domain makes it");
}

pub(super) async fn a_duplicate_makes_no_second_delivery_and_keeps_the_first_body(w: World) {
    let halo = w.simple().await;
    let first = event("acme", "1", at(-5));
    w.take_in(&first, at(0)).await;
    let before = w.delivery("msp", &first, &halo).await;
    w.register("other", &["rival"]).await;
    let changed = Event {
        title: Some("Another title".to_owned()),
        organization: organization("other"),
        partners: Some(vec![partner("rival")]),
        time: at(-1),
        ..first.clone()
    };
    let accepted = w.take_in(&changed, at(60)).await;
    assert!(accepted.duplicate, "the same source and id is a duplicate, whatever the body");
    assert_eq!(
        accepted.ring,
        std::slice::from_ref(&halo),
        "work that nobody began is rung again: the first bell may be lost"
    );
    let view = w.seen("msp", &first).await;
    assert_eq!(view.event, first, "the event stays as first kept");
    assert_eq!(view.accepted_at, at(0), "the time of acceptance is that of the first");
    assert_eq!(view.deliveries.len(), 1, "a duplicate never gets a second delivery");
    let after = w.delivery("msp", &first, &halo).await;
    assert_eq!((after.state, after.version, after.due_at), (before.state, before.version, before.due_at));
    assert!(!w.sees("rival", &first).await, "a changed body does not show the event to others");
}

pub(super) async fn a_duplicate_is_routed_by_the_mappings_of_now(w: World) {
    w.register("acme", &["msp"]).await;
    let halo = w.live("msp", "halo").await;
    let event = event("acme", "1", at(-5));
    assert_eq!(w.take_in(&event, at(0)).await.ring, [], "nothing to ring without a mapping");
    assert_eq!(w.seen("msp", &event).await.unrouted, Some(Reason::Unmapped));
    w.map("msp", &halo, "acme").await;
    let accepted = w.take_in(&event, at(10)).await;
    assert!(accepted.duplicate);
    assert_eq!(accepted.ring, std::slice::from_ref(&halo), "the duplicate found the mapping");
    let view = w.seen("msp", &event).await;
    assert_eq!(view.unrouted, None, "the reason for no delivery goes when there is one");
    let delivery = w.delivery("msp", &event, &halo).await;
    assert_eq!((delivery.state, delivery.accepted_at), (DeliveryState::Waiting, at(0)));
}

pub(super) async fn a_duplicate_of_a_finished_event_changes_nothing(w: World) {
    let halo = w.simple().await;
    let event = event("acme", "1", at(-5));
    w.take_in(&event, at(0)).await;
    let lease = w.take_lease(&halo, at(1)).await;
    let done = w.make_ticket(&lease, "msp", &event, at(2)).await;
    let accepted = w.take_in(&event, at(60)).await;
    assert!(accepted.duplicate);
    assert_eq!(accepted.ring, [], "a ticket that is there is no work");
    let after = w.delivery("msp", &event, &halo).await;
    assert_eq!((after.state, after.version), (done.state, done.version), "the delivery stays done");
}

pub(super) async fn an_unknown_organisation_is_registered_by_the_chain_that_the_event_names(w: World) {
    let mut event = event_naming("newco", "1", at(-5), &["distributor", "msp"]);
    event.organization_name = Some("New Company".to_owned());
    w.take_in(&event, at(0)).await;
    let kept = w.organization(&organization("newco")).await.must("read it").must("the organisation");
    assert_eq!(
        kept.chain,
        [partner("distributor"), partner("msp")],
        "the chain is the event's, top tier first"
    );
    assert_eq!(kept.registered_by, RegisteredBy::Event);
    assert_eq!(kept.name.as_deref(), Some("New Company"));
    assert_eq!(kept.updated_at, at(0));
    for each in ["distributor", "msp"] {
        assert_eq!(w.seen(each, &event).await.unrouted, Some(Reason::NoConnection));
        let list = w.organizations(&partner(each), None, 10).await.must("list organisations").items;
        assert_eq!(list, std::slice::from_ref(&kept), "{each} sees the organisation");
    }
}

pub(super) async fn an_unknown_organisation_without_a_chain_keeps_the_event_for_later(w: World) {
    let event = event("nobody", "1", at(-5));
    let accepted = w.take_in(&event, at(0)).await;
    assert_eq!((accepted.duplicate, accepted.ring), (false, vec![]));
    assert_eq!(w.organization(&organization("nobody")).await.must("read it"), None, "nothing to register");
    assert!(!w.sees("msp", &event).await, "no chain, so nobody sees it");
    let kept = w.events_accepted(at(0), at(1), None, 10).await.must("list accepted events").items;
    assert_eq!(kept, std::slice::from_ref(&event.id), "the event is kept all the same");

    w.register("nobody", &["msp"]).await;
    w.route_again(&event.id, at(-1000), at(20)).await.must("route again");
    assert_eq!(w.seen("msp", &event).await.unrouted, Some(Reason::NoConnection), "now the partner sees it");
}

pub(super) async fn an_event_never_overwrites_the_registry(w: World) {
    w.register("acme", &["msp"]).await;
    let mut event = event_naming("acme", "1", at(-5), &["msp", "rival"]);
    event.organization_name = Some("Another name".to_owned());
    w.take_in(&event, at(0)).await;
    let kept = w.organization(&organization("acme")).await.must("read it").must("the organisation");
    assert_eq!(kept, registered("acme", &["msp"], at(-3500)), "what the registry says stays");
    let named_first = event_naming("newco", "2", at(-5), &["msp"]);
    let named_later = event_naming("newco", "3", at(-4), &["rival"]);
    w.take_in(&named_first, at(1)).await;
    w.take_in(&named_later, at(2)).await;
    let kept = w.organization(&organization("newco")).await.must("read it").must("the organisation");
    assert_eq!(kept.chain, [partner("msp")], "an event does not overwrite what an earlier one registered");
    assert!(!w.sees("rival", &named_later).await, "naming oneself gives no access");
}

pub(super) async fn a_chain_that_disagrees_reaches_those_that_both_name(w: World) {
    w.register("acme", &["distributor", "msp"]).await;
    let mut connections = Vec::new();
    for (owner, name) in [("distributor", "big"), ("msp", "halo")] {
        let connection = w.live(owner, name).await;
        w.map(owner, &connection, "acme").await;
        connections.push(connection);
    }
    let partial = event_naming("acme", "1", at(-5), &["msp", "rival"]);
    let accepted = w.take_in(&partial, at(0)).await;
    assert_eq!(
        accepted.ring,
        [connection_id("halo")],
        "the distributor was not named, the rival is not registered"
    );
    assert!(w.seen("msp", &partial).await.chain_disagrees, "the view says that the chains disagree");
    assert!(!w.sees("distributor", &partial).await && !w.sees("rival", &partial).await);

    let same = event_naming("acme", "2", at(-5), &["distributor", "msp"]);
    let accepted = w.take_in(&same, at(0)).await;
    connections.sort();
    assert_eq!(accepted.ring, connections, "all of the chain where both agree");
    assert!(!w.seen("msp", &same).await.chain_disagrees);
}

pub(super) async fn every_partner_of_the_chain_reads_why_it_has_no_delivery(w: World) {
    let chain = ["without", "unmapped", "unconfirmed", "gone", "live"];
    w.register("acme", &chain).await;
    w.live("unmapped", "a").await;
    let unconfirmed = w.connect("unconfirmed", "b").await;
    w.map("unconfirmed", &unconfirmed, "acme").await;
    let gone = w.live("gone", "c").await;
    w.map("gone", &gone, "acme").await;
    w.change("gone", &gone, ConnectionChange::Revoked, at(-100)).await;
    let live = w.live("live", "d").await;
    w.map("live", &live, "acme").await;

    let event = event("acme", "1", at(-5));
    assert_eq!(w.take_in(&event, at(0)).await.ring, [live]);
    let expected = [
        ("without", Some(Reason::NoConnection)),
        ("unmapped", Some(Reason::Unmapped)),
        ("unconfirmed", Some(Reason::NotConfirmed)),
        ("gone", Some(Reason::NoConnection)),
        ("live", None),
    ];
    for (by, reason) in expected {
        let view = w.seen(by, &event).await;
        assert_eq!(view.unrouted, reason, "why {by} has no delivery");
        assert_eq!(view.deliveries.len(), usize::from(reason.is_none()), "deliveries of {by}");
    }
}

pub(super) async fn a_flow_that_is_off_ends_the_delivery_for_good(w: World) {
    w.register("acme", &["msp"]).await;
    let halo = w.live("msp", "halo").await;
    w.map_with("msp", &halo, &mapping_onto("acme", false), at(-100)).await;
    let event = event("acme", "1", at(-5));
    assert_eq!(w.take_in(&event, at(0)).await.ring, [], "an ended delivery is no work");
    let ended = w.delivery("msp", &event, &halo).await;
    assert_eq!(ended.state, DeliveryState::Ended { reason: Reason::FlowOff });
    let happened: Vec<Happened> = ended.timeline.iter().map(|entry| entry.what).collect();
    assert_eq!(happened, [Happened::Accepted, Happened::Ended], "both are told");

    w.map_with("msp", &halo, &mapping_onto("acme", true), at(5)).await;
    assert_eq!(w.take_in(&event, at(10)).await.ring, [], "switching the flow on does not bring the past");
    assert_eq!(w.route_again(&event.id, at(-1000), at(11)).await.must("route again"), []);
    assert_eq!(
        w.delivery("msp", &event, &halo).await.state,
        DeliveryState::Ended { reason: Reason::FlowOff }
    );
}

pub(super) async fn two_connections_of_one_partner_get_a_delivery_each(w: World) {
    let halo = w.simple().await;
    let second = w.live("msp", "second").await;
    w.map("msp", &second, "acme").await;
    let event = event("acme", "1", at(-5));
    let mut both = vec![halo, second];
    both.sort();
    assert_eq!(w.take_in(&event, at(0)).await.ring, both);
    assert_eq!(w.seen("msp", &event).await.deliveries.len(), 2);
}

pub(super) async fn a_seat_count_makes_no_delivery(w: World) {
    let halo = w.simple().await;
    let event = Event {
        event_type: SEATS_CHANGED.to_owned(),
        seats: Some(Seats { product: "mail".to_owned(), quantity: 12 }),
        ..event("acme", "1", at(-5))
    };
    assert_eq!(w.take_in(&event, at(0)).await.ring, []);
    let view = w.seen("msp", &event).await;
    assert_eq!((view.unrouted, view.deliveries.len()), (Some(Reason::SeatCount), 0));
    assert_eq!(view.event, event);
    assert_eq!(w.next_due(&halo).await.must("ask when work is due"), None);
}
