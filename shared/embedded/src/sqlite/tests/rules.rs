//! Rules of this store that the ports leave open, or that only its way of keeping things could break.

use super::world::{World, actor, at, event, partner};
use psa_bridge_core::{
    delivery::DeliveryState,
    event::Event,
    organization::{Organization, RegisteredBy},
    ports::{
        AuditFilter, EventStore, EventView, RecordStore, RegistryStore, RouteScope, RouteStore, WorkStore,
    },
    reason::Reason,
};

fn acme(chain: &[&str], second: i64) -> Organization {
    Organization {
        id: "acme".parse().unwrap(),
        name: Some("Acme".to_owned()),
        chain: chain.iter().map(|partner| partner.parse().unwrap()).collect(),
        registered_by: RegisteredBy::Registry,
        updated_at: at(second),
    }
}

async fn seen(w: &World, event: &Event) -> EventView {
    EventStore::event(&**w, &partner(), &event.id).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_wish_at_the_same_moment_as_an_older_one_is_not_struck_off_with_it() {
    let w = World::empty();
    w.put_organization(&acme(&["msp"], 0), &actor()).await.unwrap();
    let older = w.route_requests(10).await.unwrap();
    w.put_organization(&acme(&["msp", "sub"], 0), &actor()).await.unwrap();
    w.finish_route_request(&older[0], at(0)).await.unwrap();
    let left = w.route_requests(10).await.unwrap();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].scope, RouteScope::Organization("acme".parse().unwrap()));
    w.finish_route_request(&left[0], at(0)).await.unwrap();
    assert_eq!(w.route_requests(10).await.unwrap(), []);
}

#[tokio::test]
async fn a_mapping_of_a_partner_that_left_the_chain_makes_no_ticket_and_comes_back_with_it() {
    let (w, halo) = World::mapped().await;
    let organization = "acme".parse().unwrap();
    w.accept(&event(1), at(0)).await.unwrap();
    w.put_organization(&acme(&["rival"], 1), &actor()).await.unwrap();
    assert_eq!(
        w.unfinished(&halo, None, 10).await.unwrap()[0].mapping,
        None,
        "the worker ends it as unmapped"
    );
    assert_eq!(w.mapping(&halo, &organization).await.unwrap(), None);
    assert_eq!(w.mappings(&halo, None, None, 10).await.unwrap().items, []);
    assert!(!w.delete_mapping(&partner(), &halo, &organization, &actor(), at(2)).await.unwrap());

    w.put_organization(&acme(&["msp"], 3), &actor()).await.unwrap();
    assert!(w.unfinished(&halo, None, 10).await.unwrap()[0].mapping.is_some());
    assert!(w.mapping(&halo, &organization).await.unwrap().is_some());
    assert_eq!(w.mappings(&halo, None, None, 10).await.unwrap().items.len(), 1);
}

#[tokio::test]
async fn what_ended_at_retention_can_be_read_for_as_long_again() {
    let (w, _halo) = World::mapped().await;
    let old = event(1);
    w.accept(&old, at(0)).await.unwrap();
    assert_eq!(w.expire(at(100), 100, at(1000)).await.unwrap(), 1);
    assert_eq!(w.expire(at(100), 100, at(1000)).await.unwrap(), 0, "the same run leaves it");
    let delivery = seen(&w, &old).await.deliveries.remove(0).delivery;
    assert_eq!(delivery.state, DeliveryState::Ended { reason: Reason::RetentionReached });
    assert_eq!(w.expire(at(1001), 100, at(1901)).await.unwrap(), 1);
    assert!(EventStore::event(&*w, &partner(), &old.id).await.unwrap().is_none());
}

#[tokio::test]
async fn an_event_goes_with_all_its_deliveries_or_not_at_all() {
    let (w, halo) = World::mapped().await;
    w.connect("second").await;
    w.keep_finished(&halo, 0..1).await;
    w.expire(at(-1), 100, at(50)).await.unwrap();
    assert_eq!(seen(&w, &event(0)).await.deliveries.len(), 2);
    w.expire(at(10), 100, at(50)).await.unwrap();
    let left = seen(&w, &event(0)).await.deliveries;
    assert_eq!(
        left.len(),
        2,
        "the first is old enough, the second just ended; without the first it would be made anew"
    );
    assert!(w.accept(&event(0), at(60)).await.unwrap().duplicate);
}

#[tokio::test]
async fn a_duplicate_leaves_an_unmapped_partner_with_the_reason_it_read() {
    let w = World::empty();
    w.put_organization(&acme(&["msp"], -100), &actor()).await.unwrap();
    let event = event(1);
    w.accept(&event, at(0)).await.unwrap();
    assert_eq!(w.close_window(at(1), 10).await.unwrap(), 1);
    w.accept(&event, at(2)).await.unwrap();
    assert_eq!(seen(&w, &event).await.unrouted, Some(Reason::LeftWindowUnrouted));
    w.route_again(&event.id, at(1), at(3)).await.unwrap();
    assert_eq!(seen(&w, &event).await.unrouted, Some(Reason::LeftWindowUnrouted));
}

#[tokio::test]
async fn a_seat_count_is_told_as_such_also_when_the_window_closes() {
    let w = World::empty();
    w.put_organization(&acme(&["msp"], -100), &actor()).await.unwrap();
    let event = Event { event_type: psa_bridge_core::event::SEATS_CHANGED.to_owned(), ..event(1) };
    w.accept(&event, at(0)).await.unwrap();
    assert_eq!(w.close_window(at(1), 10).await.unwrap(), 0);
    assert_eq!(seen(&w, &event).await.unrouted, Some(Reason::SeatCount));
}

#[tokio::test]
async fn the_audit_of_an_organisation_tells_no_partner_of_another() {
    let w = World::empty();
    w.put_organization(&acme(&["msp"], 0), &actor()).await.unwrap();
    w.put_organization(&acme(&["rival"], 1), &actor()).await.unwrap();
    w.put_organization(&acme(&["rival", "third"], 2), &actor()).await.unwrap();
    let of = async |partner: &str| {
        w.audit(&partner.parse().unwrap(), &AuditFilter::default(), None, 10).await.unwrap().items
    };
    let actions = |lines: &[psa_bridge_core::ports::AuditEntry]| {
        lines.iter().map(|line| line.action.clone()).collect::<Vec<_>>()
    };
    assert_eq!(actions(&of("msp").await), ["organization.removed", "organization.saved"]);
    assert_eq!(
        actions(&of("rival").await),
        ["organization.saved"],
        "nothing changed for it when another joined"
    );
    for partner in ["msp", "rival", "third"] {
        for line in of(partner).await {
            let shown = serde_json::to_string(&line).unwrap();
            for other in ["msp", "rival", "third"].into_iter().filter(|other| *other != partner) {
                assert!(!shown.contains(other), "{partner} reads of {other}: {shown}");
            }
        }
    }
}
