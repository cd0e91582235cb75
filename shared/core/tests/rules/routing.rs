//! Which connections an event goes to.

use crate::{at, event, organization, partner};
use proptest::prelude::*;
use psa_bridge_core::{
    event::SEATS_CHANGED,
    ids::{ConnectionId, PartnerId},
    mapping::{Mapping, MappingHealth},
    organization::{Organization, RegisteredBy},
    reason::Reason,
    routing::{RouteCandidate, chain, route},
};
use psa_connector::ClientId;
use std::collections::BTreeSet;

fn registered(chain: Vec<PartnerId>) -> Organization {
    Organization {
        id: organization("acme"),
        name: None,
        chain,
        registered_by: RegisteredBy::Registry,
        updated_at: at(0),
    }
}

fn candidate(owner: &PartnerId, number: usize, confirmed: bool, flow: Option<bool>) -> RouteCandidate {
    let connection: ConnectionId = format!("con_{number}").parse().unwrap();
    let mapping = flow.map(|flow| Mapping {
        connection: connection.clone(),
        partner: owner.clone(),
        organization: organization("acme"),
        client: ClientId::new("12"),
        client_name: "Acme".into(),
        license: None,
        flow,
        health: MappingHealth::Ok,
        updated_at: at(0),
    });
    RouteCandidate { connection, partner: owner.clone(), confirmed, ever_mapped: mapping.is_some(), mapping }
}

fn partners(ids: &[&str]) -> Vec<PartnerId> {
    ids.iter().map(|id| partner(id)).collect()
}

#[test]
fn the_chain_is_what_registry_and_event_both_name() {
    type Ids = &'static [&'static str];
    let cases: [(Option<Ids>, Ids, Ids, bool); 7] = [
        (None, &["a", "b"], &["a", "b"], false),
        (Some(&["a", "b"]), &["a", "b"], &["a", "b"], false),
        (Some(&["b", "a"]), &["a", "b"], &["a", "b"], false),
        (Some(&["b"]), &["a", "b"], &["b"], true),
        (Some(&["a", "b", "c"]), &["a", "b"], &["a", "b"], true),
        (Some(&["c"]), &["a", "b"], &[], true),
        (Some(&[]), &["a"], &[], true),
    ];
    for (named, registry, expected, disagrees) in cases {
        let event = event(named.map(partners));
        let found = chain(&event, Some(&registered(partners(registry))));
        assert_eq!(found, (partners(expected), disagrees), "{named:?} and {registry:?}");
    }
    assert_eq!(chain(&event(None), None), (vec![], false), "nobody owns what nobody registered");
}

#[test]
fn the_reason_for_no_delivery_is_the_one_to_mend() {
    let owner = partner("a");
    let organization = registered(vec![owner.clone()]);
    let cases = [
        (vec![], Reason::NoConnection),
        (vec![candidate(&owner, 1, true, None)], Reason::Unmapped),
        (vec![candidate(&owner, 1, false, None)], Reason::Unmapped),
        (vec![candidate(&owner, 1, false, Some(true))], Reason::NotConfirmed),
        (
            vec![candidate(&owner, 1, true, None), candidate(&owner, 2, false, Some(true))],
            Reason::NotConfirmed,
        ),
        (vec![candidate(&partner("b"), 1, true, Some(true))], Reason::NoConnection),
    ];
    for (candidates, reason) in cases {
        let routing = route(&event(None), Some(&organization), &candidates);
        assert_eq!(routing.unrouted, [(owner.clone(), reason)], "{candidates:?}");
        assert_eq!(routing.deliveries, []);
    }
    let mut seats = event(None);
    seats.event_type = SEATS_CHANGED.into();
    let routing = route(&seats, Some(&organization), &[candidate(&owner, 1, true, Some(true))]);
    assert_eq!((routing.unrouted, routing.deliveries), (vec![(owner, Reason::SeatCount)], vec![]));
}

fn any_partners() -> impl Strategy<Value = Vec<PartnerId>> {
    proptest::sample::subsequence(vec!["a", "b", "c", "d"], 0..=4).prop_map(|ids| partners(&ids))
}

fn any_candidates() -> impl Strategy<Value = Vec<RouteCandidate>> {
    let owner = proptest::sample::select(vec!["a", "b", "c", "d"]);
    let one = (owner, any::<bool>(), any::<Option<bool>>(), any::<bool>());
    prop::collection::vec(one, 0..8).prop_map(|all| {
        let number =
            |(number, (owner, confirmed, flow, mapped)): (usize, (&str, bool, Option<bool>, bool))| {
                let now = candidate(&partner(owner), number, confirmed, flow);
                RouteCandidate { ever_mapped: mapped || now.ever_mapped, ..now }
            };
        all.into_iter().enumerate().map(number).collect()
    })
}

proptest! {
    #[test]
    fn every_partner_of_the_chain_gets_a_delivery_or_a_reason_and_nobody_else_does(
        registry in any_partners(),
        named in prop::option::of(any_partners()),
        candidates in any_candidates(),
    ) {
        let event = event(named.clone());
        let routing = route(&event, Some(&registered(registry.clone())), &candidates);
        let both: Vec<_> =
            registry.iter().filter(|id| named.as_ref().is_none_or(|named| named.contains(id))).cloned().collect();
        prop_assert_eq!(&routing.chain, &both, "the registry's order, less those that are not named");

        let told: BTreeSet<_> = routing.unrouted.iter().map(|(owner, _)| owner).collect();
        prop_assert_eq!(told.len(), routing.unrouted.len(), "one reason a partner");
        for owner in &both {
            let delivered = routing.deliveries.iter().any(|planned| planned.partner == *owner);
            prop_assert!(delivered != told.contains(owner), "{} has a delivery or a reason, and not both", owner);
        }
        prop_assert!(told.iter().all(|owner| both.contains(owner)));

        let mut expected = BTreeSet::new();
        for each in candidates.iter().filter(|each| each.confirmed && both.contains(&each.partner)) {
            if let Some(mapping) = &each.mapping {
                expected.insert((each.connection.clone(), each.partner.clone(), mapping.flow));
            }
        }
        let found: BTreeSet<_> = routing
            .deliveries
            .iter()
            .map(|planned| (planned.connection.clone(), planned.partner.clone(), planned.ended.is_none()))
            .collect();
        prop_assert_eq!(found.len(), routing.deliveries.len(), "one delivery a connection");
        prop_assert_eq!(&found, &expected, "every confirmed, mapped connection of the chain, and no other");
        let missing: BTreeSet<_> = routing.missing.iter().cloned().collect();
        prop_assert_eq!(missing.len(), routing.missing.len(), "each once");
        let planned: BTreeSet<_> = found.iter().map(|(connection, ..)| connection.clone()).collect();
        let watched = candidates.iter().filter(|each| each.ever_mapped && both.contains(&each.partner));
        let expected = watched.map(|each| each.connection.clone()).filter(|id| !planned.contains(id)).collect();
        prop_assert_eq!(missing, expected, "what was ever mapped in the chain and gets no delivery now");
        prop_assert!(routing.deliveries.iter().all(|planned| planned.ended.is_none_or(|why| why == Reason::FlowOff)));
    }
}
