//! No partner sees, maps or changes what is not theirs.

use super::fixture::{
    Must, World, actor, at, event, event_naming, mapping_onto, operation, organization, partner,
};
use crate::{
    connection::ConnectionChange,
    delivery::DeliveryState,
    ports::{EventFilter, Retried},
    reason::Reason,
};

pub(super) async fn a_stranger_sees_nothing(w: World) {
    let halo = w.simple().await;
    w.connect("rival", "theirs").await;
    let event = event("acme", "1", at(-5));
    w.take_in(&event, at(0)).await;
    let test = operation("msp", &halo, "test", at(0));
    w.create_operation(&test, &actor("ann")).await.must("create the operation");

    let rival = partner("rival");
    assert_eq!(w.connection(&rival, &halo).await.must("read it"), None);
    assert!(w.connections(&rival).await.must("list").iter().all(|connection| connection.partner == rival));
    assert_eq!(w.operation(&rival, &test.id).await.must("read it"), None);
    assert_eq!(w.operation(&partner("msp"), &test.id).await.must("read it"), Some(test));
    assert_eq!(w.organizations(&rival, None, 10).await.must("list").items, []);
    assert!(!w.sees("rival", &event).await);
    let connection = Some(halo.clone());
    for filter in [EventFilter::default(), EventFilter { connection, ..EventFilter::default() }] {
        assert_eq!(w.events(&rival, &filter, None, 10).await.must("list").items, []);
    }
    assert_eq!(w.retry(&rival, &event.id, &actor("eve"), at(1)).await.must("retry"), Retried::NotFound);
    let lines = w.audit_of("rival").await;
    assert_eq!(lines.len(), 1, "nothing but the rival's own connection: {lines:?}");
    assert!(w.audit_of("nobody").await.is_empty());
}

pub(super) async fn partners_of_one_chain_share_the_event_and_nothing_else(w: World) {
    w.register("acme", &["distributor", "msp"]).await;
    let big = w.live("distributor", "big").await;
    let halo = w.live("msp", "halo").await;
    w.map("distributor", &big, "acme").await;
    w.map("msp", &halo, "acme").await;
    let event = event("acme", "1", at(-5));
    w.take_in(&event, at(0)).await;
    for (by, own, other) in [("distributor", &big, &halo), ("msp", &halo, &big)] {
        let view = w.seen(by, &event).await;
        let connections: Vec<_> = view.deliveries.iter().map(|each| &each.delivery.connection).collect();
        assert_eq!(connections, [own], "{by} sees its own delivery alone");
        let filter = EventFilter { connection: Some(other.clone()), ..EventFilter::default() };
        let found = w.events(&partner(by), &filter, None, 10).await.must("list").items;
        assert_eq!(found, [], "{by} finds nothing by the other's connection");
        assert!(w.audit_of(by).await.iter().all(|line| line.connection.as_ref() != Some(other)));
    }
}

pub(super) async fn filters_look_at_ones_own_deliveries_alone(w: World) {
    w.register("acme", &["distributor", "msp"]).await;
    let big = w.live("distributor", "big").await;
    w.map("distributor", &big, "acme").await;
    let event = event("acme", "1", at(-5));
    w.take_in(&event, at(0)).await;
    let lease = w.take_lease(&big, at(1)).await;
    w.end(&lease, "distributor", &event, Reason::PsaRefused, at(2)).await;
    let ended = EventFilter { state: Some("ended".to_owned()), ..EventFilter::default() };
    let refused = EventFilter { reason: Some(Reason::PsaRefused), ..EventFilter::default() };
    let unrouted = EventFilter { state: Some("unrouted".to_owned()), ..EventFilter::default() };
    for (by, filter, expected) in [
        ("distributor", &ended, 1),
        ("distributor", &refused, 1),
        ("distributor", &unrouted, 0),
        ("msp", &ended, 0),
        ("msp", &refused, 0),
        ("msp", &unrouted, 1),
    ] {
        let found = w.events(&partner(by), filter, None, 10).await.must("list").items;
        assert_eq!(found.len(), expected, "{by} with {filter:?}");
    }
}

pub(super) async fn a_retry_touches_ones_own_deliveries_alone(w: World) {
    w.register("acme", &["distributor", "msp"]).await;
    let big = w.live("distributor", "big").await;
    let halo = w.live("msp", "halo").await;
    w.map("distributor", &big, "acme").await;
    w.map("msp", &halo, "acme").await;
    let event = event("acme", "1", at(-5));
    w.take_in(&event, at(0)).await;
    for (by, connection) in [("distributor", &big), ("msp", &halo)] {
        let lease = w.take_lease(connection, at(1)).await;
        w.end(&lease, by, &event, Reason::PsaRefused, at(2)).await;
    }
    let retried = w.retry(&partner("msp"), &event.id, &actor("ann"), at(3)).await.must("retry");
    assert_eq!(retried, Retried::Ring(vec![halo.clone()]));
    let theirs = w.delivery("distributor", &event, &big).await.state;
    assert_eq!(theirs, DeliveryState::Ended { reason: Reason::PsaRefused });
}

pub(super) async fn naming_a_chain_gives_no_access_to_a_registered_organisation(w: World) {
    w.simple().await;
    let theirs = w.live("rival", "theirs").await;
    let event = event_naming("acme", "1", at(-5), &["rival"]);
    assert_eq!(w.take_in(&event, at(0)).await.ring, []);
    assert!(!w.sees("rival", &event).await && !w.sees("msp", &event).await, "both must name a partner");
    let put = mapping_onto("acme", true);
    let mapped =
        w.put_mapping(&partner("rival"), &theirs, &put, &actor("eve"), at(1)).await.must("try to map");
    assert_eq!(mapped, crate::ports::MappingChange::NoOrganization);
}

pub(super) async fn connecting_again_inherits_nothing(w: World) {
    let old = w.simple().await;
    w.change("msp", &old, ConnectionChange::Revoked, at(0)).await;
    let new = w.live("msp", "halo again").await;
    assert_eq!(
        w.mappings(&new, None, None, 10).await.must("list").items,
        [],
        "a new connection has no mappings"
    );
    let event = event("acme", "1", at(-5));
    assert_eq!(w.take_in(&event, at(1)).await.ring, []);
    assert_eq!(w.seen("msp", &event).await.unrouted, Some(Reason::Unmapped));
    let acme = organization("acme");
    assert_eq!(w.mapping(&new, &acme).await.must("read it"), None);
}
