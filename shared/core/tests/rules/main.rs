//! The pure rules of the domain, held to what they promise: exhaustively where the states are few, by random input
//! where there is an algebra.

#![expect(clippy::unwrap_used, reason = "what cannot be unwrapped fails the test, as it should")]

mod budget;
mod connection;
mod delivery;
mod ids;
mod life_cycle;
mod reason;
mod routing;

use jiff::{SignedDuration, Timestamp};
use psa_bridge_core::{
    event::Event,
    ids::{EventId, OrganizationId, PartnerId},
};

/// So many seconds after these tests begin.
fn at(seconds: i64) -> Timestamp {
    Timestamp::constant(1_772_352_000, 0) + SignedDuration::from_secs(seconds)
}

fn partner(id: &str) -> PartnerId {
    id.parse().unwrap()
}

fn organization(id: &str) -> OrganizationId {
    id.parse().unwrap()
}

fn event(named: Option<Vec<PartnerId>>) -> Event {
    Event {
        id: EventId::derive("tests", "1"),
        source: "tests".into(),
        source_id: "1".into(),
        event_type: "backup.email.failed".into(),
        time: at(-10),
        organization: organization("acme"),
        organization_name: None,
        partners: named,
        account: None,
        severity: None,
        title: None,
        description: None,
        dedup_key: None,
        action: None,
        url: None,
        seats: None,
    }
}
