//! Ids, references and fingerprints.

use proptest::prelude::*;
use psa_bridge_core::ids::{
    ConnectionId, EventId, Fingerprint, IdError, MAX_EXTERNAL_ID, OperationId, OrganizationId, PartnerId,
    ticket_reference,
};
use psa_connector::SystemRandom;
use std::collections::BTreeSet;

#[test]
fn ids_from_outside_are_taken_as_they_are_within_limits() {
    for good in ["a", "Ä-12", "with space inside", &"x".repeat(MAX_EXTERNAL_ID)] {
        assert_eq!(good.parse::<PartnerId>().unwrap().as_str(), good);
    }
    let too_long = "x".repeat(MAX_EXTERNAL_ID + 1);
    let bad = [
        ("", IdError::Empty),
        (too_long.as_str(), IdError::TooLong),
        (" a", IdError::Characters),
        ("a\n", IdError::Characters),
        ("a\u{0}b", IdError::Characters),
    ];
    for (text, error) in bad {
        assert_eq!(text.parse::<OrganizationId>(), Err(error), "{text:?}");
        assert!(serde_json::from_value::<OrganizationId>(text.into()).is_err(), "also from JSON: {text:?}");
    }
}

#[test]
fn ids_of_ours_do_not_mix() {
    let (event, connection) = (EventId::derive("s", "1"), ConnectionId::random(&SystemRandom));
    assert_eq!(connection.as_str().parse::<EventId>(), Err(IdError::Prefix("evt_")));
    assert_eq!(event.as_str().parse::<ConnectionId>(), Err(IdError::Prefix("con_")));
    assert!(OperationId::random(&SystemRandom).as_str().starts_with("op_"));
}

#[test]
fn random_ids_do_not_repeat() {
    let ids: BTreeSet<_> = (0..1000).map(|_| ConnectionId::random(&SystemRandom)).collect();
    assert_eq!(ids.len(), 1000);
}

#[test]
fn a_dedup_key_takes_the_place_of_problem_and_account() {
    let with = |problem, account| Fingerprint::new("12", problem, account, Some("key"));
    assert_eq!(with("a", None), with("b", Some("ann")));
    assert_ne!(
        with("a", None),
        Fingerprint::new("13", "a", None, Some("key")),
        "another client is another thing"
    );
    assert_ne!(Fingerprint::new("12", "a", None, None), Fingerprint::new("12", "a", Some("ann"), None));
    assert_ne!(
        Fingerprint::new("12", "x", Some("key"), None),
        Fingerprint::new("12", "x", None, Some("key"))
    );
}

/// Few letters, so that shifted boundaries are likely.
fn text() -> impl Strategy<Value = String> {
    "[ab]{0,4}"
}

proptest! {
    #[test]
    fn two_events_never_share_an_id(a in (text(), text()), b in (text(), text())) {
        let same = EventId::derive(&a.0, &a.1) == EventId::derive(&b.0, &b.1);
        prop_assert_eq!(same, a == b, "wherever the boundary between source and id lies");
    }

    #[test]
    fn two_things_never_share_a_fingerprint(
        a in (text(), text(), prop::option::of("[ab]{1,3}")),
        b in (text(), text(), prop::option::of("[ab]{1,3}")),
    ) {
        let of = |thing: &(String, String, Option<String>)| {
            Fingerprint::new(&thing.0, &thing.1, thing.2.as_deref(), None)
        };
        prop_assert_eq!(of(&a) == of(&b), a == b);
    }

    #[test]
    fn a_reference_fits_the_narrowest_field(source in ".{0,300}", id in ".{0,300}") {
        let event = EventId::derive(&source, &id);
        prop_assert_eq!(event.as_str().parse::<EventId>(), Ok(event.clone()), "a derived id can be read back");
        let connections = [ConnectionId::random(&SystemRandom), ConnectionId::random(&SystemRandom)];
        let [one, other] = connections.map(|connection| ticket_reference(&event, &connection));
        prop_assert!(one.as_str().len() <= 50);
        prop_assert!(one.as_str().starts_with("PSB-"));
        let plain = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-';
        prop_assert!(one.as_str().chars().all(plain), "{} survives any field", one);
        prop_assert_ne!(one, other, "each connection has its own");
    }
}
