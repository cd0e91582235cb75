//! Accepting an event and routing it: the domain says where it goes, and this keeps it.
//!
//! A new event costs three calls: the organisation's partition; the event and the heads of the chain's partners; the
//! write. Where this process read the organisation lately (`known`), its head is read with the event in place of its
//! partition, and two calls are enough. The write is conditional on the organisation's head, so that who owns the
//! organisation and how it is mapped is as it was read. It is not on the partners' heads, which everybody's events share: a
//! connection that is made, confirmed or revoked meanwhile is, to this event, one that came later. What confirming asks for
//! is found by the schedule even where it was looked for in between.

use super::{
    DynamoStore,
    error::corrupt,
    key::Key,
    known::KnownOrganizations,
    rows::{
        delivery,
        event::{self, KeptEvent},
        organization::{self, Mapped},
        partner, route_request,
    },
    step, telling_seats,
    transaction::Transaction,
};
use jiff::Timestamp;
use psa_bridge_core::{
    delivery::{Change, Delivery, DeliveryState},
    event::Event,
    ids::{ConnectionId, EventId, PartnerId},
    organization::{Organization, RegisteredBy},
    ports::{Accepted, RouteReach, RouteScope, StoreError},
    reason::Reason,
    routing::{self, PlannedDelivery, RouteCandidate, Routing},
};
use std::collections::BTreeSet;

/// One routing of one event.
struct Route {
    /// The event as this step leaves it.
    kept: KeptEvent,
    /// Events accepted before get no new delivery; where none, as when a pipeline sends it, they do.
    window: Option<Timestamp>,
    now: Timestamp,
}

impl DynamoStore {
    pub(super) async fn accept_event(&self, event: &Event, now: Timestamp) -> Result<Accepted, StoreError> {
        step!(self, |tx| accept(&mut tx, &self.known, event, now).await?)
    }

    pub(super) async fn route_event_again(
        &self,
        id: &EventId,
        window: Timestamp,
        now: Timestamp,
    ) -> Result<Vec<ConnectionId>, StoreError> {
        step!(self, |tx| {
            let Some(before) = event::get(&mut tx, id).await? else { return Ok(Vec::new()) };
            let mapped = organization::get_all(&mut tx, &before.event.organization).await?;
            let chain = chain(&mapped, &before.event);
            prefetch(&mut tx, &before.event.id, &chain, Some(&before)).await?;
            let route = Route { kept: before.clone(), window: Some(window), now };
            route.make(&mut tx, Some(&before), &mapped).await?
        })
    }
}

async fn accept(
    tx: &mut Transaction<'_>,
    known: &KnownOrganizations,
    sent: &Event,
    now: Timestamp,
) -> Result<Accepted, StoreError> {
    let mut mapped = mapped(tx, known, sent, now).await?;
    let before = event::get(tx, &sent.id).await?;
    let kept = before.clone().unwrap_or_else(|| KeptEvent::new(sent.clone(), now));
    if kept.event.organization != sent.organization {
        mapped = organization::get_all(tx, &kept.event.organization).await?;
    }
    if let Some(before) = &before {
        prefetch(tx, &sent.id, &chain(&mapped, &before.event), Some(before)).await?;
    }
    register_unknown(tx, &kept.event, &mut mapped, now).await?;
    let route = Route { kept, window: None, now };
    let new = route.make(tx, before.as_ref(), &mapped).await?;
    let Some(before) = before else { return Ok(Accepted { duplicate: false, ring: new }) };
    // All of them, not the new ones alone: the bell for an older one may be what was lost.
    let known: BTreeSet<&ConnectionId> = before.deliveries.keys().chain(&new).collect();
    let mut ring = Vec::new();
    for connection in known {
        let kept = delivery::peek(tx, &sent.id, connection).await?;
        ring.extend(kept.filter(Delivery::is_unfinished).map(|kept| kept.connection));
    }
    Ok(Accepted { duplicate: true, ring })
}

/// The event's organisation and how it is mapped, with what routing will look at, read at once.
async fn mapped(
    tx: &mut Transaction<'_>,
    known: &KnownOrganizations,
    sent: &Event,
    now: Timestamp,
) -> Result<Mapped, StoreError> {
    let (id, head) = (&sent.organization, Key::organization(&sent.organization));
    if let Some((version, mapped)) = known.get(id, now) {
        let partners = chain(&mapped, sent);
        tx.prefetch(partners.iter().map(Key::partner).chain([Key::event(&sent.id), head.clone()])).await?;
        if tx.get(&head).await?.is_some_and(|item| item.version == Some(version)) {
            return Ok(Mapped::clone(&mapped));
        }
    }
    let mapped = organization::get_all(tx, id).await?;
    prefetch(tx, &sent.id, &chain(&mapped, sent), None).await?;
    if let Some(version) = tx.get(&head).await?.and_then(|item| item.version) {
        known.keep(id, version, &mapped, now);
    }
    Ok(mapped)
}

/// Whose connections routing looks at.
fn chain(mapped: &Mapped, event: &Event) -> Vec<PartnerId> {
    match &mapped.organization {
        Some(organization) => organization.chain.clone(),
        None => event.partners.clone().unwrap_or_default(),
    }
}

/// Reads at once what routing will look at.
async fn prefetch(
    tx: &mut Transaction<'_>,
    id: &EventId,
    chain: &[PartnerId],
    kept: Option<&KeptEvent>,
) -> Result<(), StoreError> {
    let partners = chain.iter().map(Key::partner);
    let known = kept.iter().flat_map(|kept| kept.deliveries.keys());
    let deliveries = known.map(|connection| Key::delivery(id, connection));
    tx.prefetch(partners.chain(deliveries).chain([Key::event(id)])).await
}

/// An organisation that nobody registered is taken from the event where it names a chain.
async fn register_unknown(
    tx: &mut Transaction<'_>,
    event: &Event,
    mapped: &mut Mapped,
    now: Timestamp,
) -> Result<(), StoreError> {
    let named = event.partners.clone().filter(|chain| !chain.is_empty());
    let (None, Some(chain)) = (&mapped.organization, named) else { return Ok(()) };
    let organization = Organization {
        id: event.organization.clone(),
        name: event.organization_name.clone(),
        chain,
        registered_by: RegisteredBy::Event,
        updated_at: now,
    };
    organization::keep(tx, &organization).await?;
    // Earlier events of it may have named no chain.
    let scope = RouteScope::Organization(event.organization.clone());
    route_request::ask(tx, scope, RouteReach::All, now).await?;
    mapped.organization = Some(organization);
    Ok(())
}

/// The connections of the organisation's chain that were not revoked, with its mapping in each.
async fn candidates(tx: &mut Transaction<'_>, mapped: &Mapped) -> Result<Vec<RouteCandidate>, StoreError> {
    let mut candidates = Vec::new();
    for partner in mapped.organization.iter().flat_map(|organization| &organization.chain) {
        for (connection, live) in partner::peek(tx, partner).await?.0 {
            let row = mapped.of(&connection);
            candidates.push(RouteCandidate {
                partner: partner.clone(),
                confirmed: live.confirmed,
                mapping: row.and_then(|row| row.mapping.clone()),
                ever_mapped: row.is_some(),
                connection,
            });
        }
    }
    Ok(candidates)
}

impl Route {
    /// Routes the event and keeps it. The connections with new work.
    async fn make(
        mut self,
        tx: &mut Transaction<'_>,
        before: Option<&KeptEvent>,
        mapped: &Mapped,
    ) -> Result<Vec<ConnectionId>, StoreError> {
        let candidates = candidates(tx, mapped).await?;
        let routing = routing::route(&self.kept.event, mapped.organization.as_ref(), &candidates);
        let mut ring = telling_seats::tell(tx, &self.kept.event, &candidates, self.now).await?;
        for planned in &routing.deliveries {
            if self.deliver(tx, planned).await? {
                ring.push(planned.connection.clone());
            }
        }
        self.show(&routing);
        self.miss(tx, &routing, &ring).await?;
        self.kept.chain_disagrees = routing.chain_disagrees;
        event::keep(tx, before, &self.kept)?;
        ring.sort();
        Ok(ring)
    }

    /// Makes the delivery, or sets it to work again. Whether there is new work.
    async fn deliver(
        &mut self,
        tx: &mut Transaction<'_>,
        planned: &PlannedDelivery,
    ) -> Result<bool, StoreError> {
        let PlannedDelivery { connection, partner, ended } = planned;
        if !self.kept.deliveries.contains_key(connection) {
            if self.is_open() {
                let (owner, accepted_at) = (partner.clone(), self.kept.accepted_at);
                let event = &self.kept.event;
                let new = Delivery::new(event, connection.clone(), owner, *ended, accepted_at, self.now);
                delivery::keep(tx, None, &new)?;
                self.kept.deliveries.insert(connection.clone(), partner.clone());
            }
            return Ok(self.is_open() && ended.is_none());
        }
        let Some(before) = delivery::peek(tx, &self.kept.event.id, connection).await? else {
            return Ok(false);
        };
        if !ended_as_unmapped(&before) || ended.is_some() {
            return Ok(false);
        }
        let mut after = before.clone();
        after.apply(Change::Rerouted, self.now).map_err(corrupt)?;
        delivery::keep(tx, Some(&before), &after)?;
        Ok(true)
    }

    /// Every partner of the chain sees the event, and nobody else.
    fn show(&mut self, routing: &Routing) {
        let delivered: BTreeSet<&PartnerId> = self.kept.deliveries.values().collect();
        let sightings = routing.chain.iter().map(|partner| {
            let told = self.kept.sightings.get(partner).copied().flatten();
            let why = (!delivered.contains(partner)).then(|| self.reason(routing, partner, told));
            (partner.clone(), why)
        });
        self.kept.sightings = sightings.collect();
    }

    /// Brings the record of missing deliveries up to date. What ended as unmapped is missing until it is worked again.
    async fn miss(
        &mut self,
        tx: &mut Transaction<'_>,
        routing: &Routing,
        woken: &[ConnectionId],
    ) -> Result<(), StoreError> {
        let mut missing = BTreeSet::new();
        let planned = routing.deliveries.iter().map(|planned| &planned.connection);
        for connection in routing.missing.iter().chain(planned) {
            if !self.is_open() || woken.contains(connection) {
                continue;
            }
            let is_missing = !self.kept.deliveries.contains_key(connection)
                || delivery::peek(tx, &self.kept.event.id, connection)
                    .await?
                    .is_none_or(|kept| ended_as_unmapped(&kept));
            if is_missing {
                missing.insert(connection.clone());
            }
        }
        self.kept.missing = missing;
        Ok(())
    }

    fn is_open(&self) -> bool {
        self.window.is_none_or(|window| self.kept.accepted_at >= window)
    }

    /// Why the partner has no delivery, given what it was told before.
    fn reason(&self, routing: &Routing, partner: &PartnerId, before: Option<Reason>) -> Reason {
        const LEFT: Reason = Reason::LeftWindowUnrouted;
        let of_now = routing.unrouted.iter().find(|(each, _)| each == partner).map(|(_, reason)| *reason);
        match (self.window, before) {
            // Who reads that the window closed would not understand that it opened again.
            (None, Some(LEFT)) => LEFT,
            (Some(_), Some(before)) if !self.is_open() => before,
            (Some(_), None) if !self.is_open() && of_now != Some(Reason::SeatCount) => LEFT,
            _ => of_now.unwrap_or(LEFT),
        }
    }
}

fn ended_as_unmapped(delivery: &Delivery) -> bool {
    delivery.state == (DeliveryState::Ended { reason: Reason::Unmapped })
}
