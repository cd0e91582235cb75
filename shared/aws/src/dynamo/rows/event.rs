//! An event: as first accepted, who sees it and why they have no delivery, where it has deliveries, and where one is
//! missing. One item, because the chain of an organisation is short; its version is the head of all of these sets. Rows
//! beside it say where it is to be found.

use crate::dynamo::{
    item::Item,
    key::{Key, Kind, Place},
    transaction::Transaction,
};
use jiff::Timestamp;
use psa_bridge_core::{
    event::Event,
    ids::{ConnectionId, EventId, PartnerId},
    ports::{RouteScope, StoreError},
    reason::Reason,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// An event as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeptEvent {
    /// As first accepted.
    pub(crate) event: Event,
    /// When that was.
    pub(crate) accepted_at: Timestamp,
    /// Whether its chain and the registry disagree.
    pub(crate) chain_disagrees: bool,
    /// Who sees it, and why there is no delivery.
    pub(crate) sightings: BTreeMap<PartnerId, Option<Reason>>,
    /// The connections that it has deliveries to, and whose they are.
    pub(crate) deliveries: BTreeMap<ConnectionId, PartnerId>,
    /// Connections that mapped its organisation once and have no delivery of it.
    pub(crate) missing: BTreeSet<ConnectionId>,
}

/// What a row beside an event says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Found {
    /// When the event was accepted.
    pub(crate) accepted_at: Timestamp,
}

/// What a row of a missing delivery says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Missing {
    /// Whose event.
    pub(crate) organization: psa_bridge_core::ids::OrganizationId,
    /// When it was accepted.
    pub(crate) accepted_at: Timestamp,
}

impl KeptEvent {
    /// One that was accepted just now.
    pub(crate) fn new(event: Event, accepted_at: Timestamp) -> Self {
        Self {
            event,
            accepted_at,
            chain_disagrees: false,
            sightings: BTreeMap::new(),
            deliveries: BTreeMap::new(),
            missing: BTreeSet::new(),
        }
    }

    /// Whether routing may still change something: a partner has no delivery and may get one, or one is missing.
    pub(crate) fn is_pending(&self) -> bool {
        !self.missing.is_empty() || self.sightings.values().any(|why| is_open(*why))
    }

    /// The rows by which it is found.
    fn rows(&self) -> Result<BTreeMap<Key, Item>, StoreError> {
        let Event { id, organization, time, .. } = &self.event;
        let found = Found { accepted_at: self.accepted_at };
        let mut rows = vec![Item::new(Key::event_of(organization, *time, id), &found)?];
        for partner in self.sightings.keys() {
            rows.push(Item::mark(Key::seen(partner, self.accepted_at, id)));
        }
        if !self.missing.is_empty() {
            let scope = RouteScope::Organization(organization.clone());
            rows.push(Item::new(Key::missing(&scope, *time, id), &found)?);
        }
        let missing = Missing { organization: organization.clone(), accepted_at: self.accepted_at };
        for connection in &self.missing {
            let scope = RouteScope::Connection(connection.clone());
            rows.push(Item::new(Key::missing(&scope, *time, id), &missing)?);
        }
        if self.is_pending() {
            rows.push(Item::mark(Key::pending(self.accepted_at, id)));
        }
        Ok(rows.into_iter().map(|row| (row.key.clone(), row)).collect())
    }
}

/// Whether a mapping may still send it on its way to a partner that was told so.
pub(crate) fn is_open(why: Option<Reason>) -> bool {
    why.is_some_and(|why| !matches!(why, Reason::LeftWindowUnrouted | Reason::SeatCount))
}

/// The event, on which the step decides.
pub(crate) async fn get(tx: &mut Transaction<'_>, id: &EventId) -> Result<Option<KeptEvent>, StoreError> {
    tx.get(&Key::event(id)).await?.map(|item| item.read()).transpose()
}

/// The event, for a look.
pub(crate) async fn peek(tx: &mut Transaction<'_>, id: &EventId) -> Result<Option<KeptEvent>, StoreError> {
    tx.peek(&Key::event(id)).await?.map(|item| item.read()).transpose()
}

/// Keeps an event, new or changed, and brings the rows beside it up to date. Writes nothing where nothing changed.
pub(crate) fn keep(
    tx: &mut Transaction<'_>,
    before: Option<&KeptEvent>,
    after: &KeptEvent,
) -> Result<(), StoreError> {
    if before == Some(after) {
        return Ok(());
    }
    let key = Key::event(&after.event.id);
    let place = Place::expiring(Kind::Event, after.accepted_at, &key);
    tx.put(Item::new(key, after)?.expiring(place));
    let had = before.map(KeptEvent::rows).transpose()?.unwrap_or_default();
    let has = after.rows()?;
    for key in had.keys().filter(|key| !has.contains_key(key)) {
        tx.delete(key);
    }
    for (_, row) in has.into_iter().filter(|(key, _)| !had.contains_key(key)) {
        tx.put(row);
    }
    Ok(())
}

/// Deletes an event and the rows beside it; its deliveries go by themselves.
pub(crate) fn remove(tx: &mut Transaction<'_>, kept: &KeptEvent) -> Result<(), StoreError> {
    tx.delete(&Key::event(&kept.event.id));
    for key in kept.rows()?.keys() {
        tx.delete(key);
    }
    Ok(())
}
