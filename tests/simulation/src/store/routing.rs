//! Accepting an event and routing it: the domain says where it goes, and this keeps it.

use super::{
    expiry::corrupt,
    state::{KeptEvent, State},
};
use jiff::Timestamp;
use psa_bridge_core::{
    delivery::{Change, Delivery, DeliveryState},
    event::Event,
    ids::{ConnectionId, EventId, OrganizationId, PartnerId},
    organization::{Organization, RegisteredBy},
    ports::{Accepted, RouteReach, RouteScope, StoreError},
    reason::Reason,
    routing::{self, PlannedDelivery, RouteCandidate, Routing},
};

/// One routing of one event.
struct Route<'a> {
    event: &'a Event,
    accepted_at: Timestamp,
    /// Events accepted before get no new delivery; where none, as when a pipeline sends it, they do.
    window: Option<Timestamp>,
    now: Timestamp,
}

impl State {
    pub(super) fn accept(&mut self, event: &Event, now: Timestamp) -> Result<Accepted, StoreError> {
        if let Some(kept) = self.events.get(&event.id).cloned() {
            self.register_unknown(&kept.event, now);
            let route = Route { event: &kept.event, accepted_at: kept.accepted_at, window: None, now };
            self.route(&route)?;
            // All of them, not the new ones alone: the bell for an older one may be what was lost.
            let unfinished = self.deliveries_of(&event.id).filter(|delivery| delivery.is_unfinished());
            let ring = unfinished.map(|delivery| delivery.connection.clone()).collect();
            return Ok(Accepted { duplicate: true, ring });
        }
        self.keep_event(event, now);
        self.register_unknown(event, now);
        let ring = self.route(&Route { event, accepted_at: now, window: None, now })?;
        Ok(Accepted { duplicate: false, ring })
    }

    pub(super) fn route_again(
        &mut self,
        id: &EventId,
        window: Timestamp,
        now: Timestamp,
    ) -> Result<Vec<ConnectionId>, StoreError> {
        let Some(kept) = self.events.get(id).cloned() else { return Ok(Vec::new()) };
        let accepted_at = kept.accepted_at;
        self.route(&Route { event: &kept.event, accepted_at, window: Some(window), now })
    }

    fn keep_event(&mut self, event: &Event, now: Timestamp) {
        self.of_organization.insert((event.organization.clone(), event.time, event.id.clone()));
        self.accepted.insert((now, event.id.clone()));
        let kept = KeptEvent { event: event.clone(), accepted_at: now, chain_disagrees: false };
        self.events.insert(event.id.clone(), kept);
    }

    /// An organisation that nobody registered is taken from the event where it names a chain.
    fn register_unknown(&mut self, event: &Event, now: Timestamp) {
        let named = event.partners.clone().filter(|chain| !chain.is_empty());
        let (false, Some(chain)) = (self.organizations.contains_key(&event.organization), named) else {
            return;
        };
        // Earlier events of it may have named no chain.
        let scope = RouteScope::Organization(event.organization.clone());
        self.ask_for_routing(scope, RouteReach::All, now);
        self.write_organization(Organization {
            id: event.organization.clone(),
            name: event.organization_name.clone(),
            chain,
            registered_by: RegisteredBy::Event,
            updated_at: now,
        });
    }

    fn route(&mut self, route: &Route<'_>) -> Result<Vec<ConnectionId>, StoreError> {
        let candidates = self.candidates(&route.event.organization);
        let mut ring = self.tell_seats(route.event, &candidates, route.now);
        let organization = self.organizations.get(&route.event.organization);
        let routing = routing::route(route.event, organization, &candidates);
        for planned in &routing.deliveries {
            if self.deliver(route, planned)? {
                ring.push(planned.connection.clone());
            }
        }
        self.show(route, &routing);
        self.miss(route, &routing, &ring);
        if let Some(kept) = self.events.get_mut(&route.event.id) {
            kept.chain_disagrees = routing.chain_disagrees;
        }
        ring.sort();
        Ok(ring)
    }

    /// The connections of the organisation's chain that were not revoked, with its mapping in each.
    fn candidates(&self, id: &OrganizationId) -> Vec<RouteCandidate> {
        let Some(organization) = self.organizations.get(id) else { return Vec::new() };
        let live = self.connections.values().filter(|connection| {
            connection.revoked_at.is_none() && organization.chain.contains(&connection.partner)
        });
        live.map(|connection| RouteCandidate {
            connection: connection.id.clone(),
            partner: connection.partner.clone(),
            confirmed: connection.confirmed_at.is_some(),
            mapping: self.mapping(&connection.id, id).cloned(),
            ever_mapped: self.ever_mapped.contains(&(id.clone(), connection.id.clone())),
        })
        .collect()
    }

    /// Makes the delivery, or sets it to work again. Whether there is new work.
    fn deliver(&mut self, route: &Route<'_>, planned: &PlannedDelivery) -> Result<bool, StoreError> {
        let Some(kept) = self.delivery(&route.event.id, &planned.connection) else {
            if !route.is_open() {
                return Ok(false);
            }
            self.keep(Delivery::new(
                route.event,
                planned.connection.clone(),
                planned.partner.clone(),
                planned.ended,
                route.accepted_at,
                route.now,
            ));
            return Ok(planned.ended.is_none());
        };
        if kept.state != (DeliveryState::Ended { reason: Reason::Unmapped }) || planned.ended.is_some() {
            return Ok(false);
        }
        let mut delivery = kept.clone();
        delivery.apply(Change::Rerouted, route.now).map_err(corrupt)?;
        self.keep(delivery);
        Ok(true)
    }

    /// Every partner of the chain sees the event, and nobody else.
    fn show(&mut self, route: &Route<'_>, routing: &Routing) {
        let id = &route.event.id;
        let before: Vec<(PartnerId, Option<Reason>)> =
            self.sightings(id).map(|(partner, why)| (partner.clone(), why)).collect();
        for (partner, _) in before.iter().filter(|(partner, _)| !routing.chain.contains(partner)) {
            self.unsee(id, partner, route.accepted_at);
        }
        for partner in &routing.chain {
            let told = before.iter().find(|(each, _)| each == partner).and_then(|(_, why)| *why);
            let delivered = self.deliveries_of(id).any(|delivery| delivery.partner == *partner);
            let why = (!delivered).then(|| route.reason(routing, partner, told));
            self.see(id, partner, route.accepted_at, why);
        }
    }

    /// Brings the record of missing deliveries up to date. What ended as unmapped is missing until it is worked again.
    fn miss(&mut self, route: &Route<'_>, routing: &Routing, woken: &[ConnectionId]) {
        let planned = routing.deliveries.iter().map(|planned| &planned.connection);
        let ended_as_unmapped = |connection: &ConnectionId| {
            let found = self.delivery(&route.event.id, connection);
            found.is_none_or(|found| found.state == (DeliveryState::Ended { reason: Reason::Unmapped }))
        };
        let is = routing.missing.iter().chain(planned).filter(|connection| {
            route.is_open() && !woken.contains(connection) && ended_as_unmapped(connection)
        });
        let is = is.cloned().collect();
        self.set_missing(route.event, route.accepted_at, &is);
    }

    fn see(&mut self, event: &EventId, partner: &PartnerId, accepted_at: Timestamp, why: Option<Reason>) {
        self.unsee(event, partner, accepted_at);
        self.sightings.insert((event.clone(), partner.clone()), why);
        self.seen.insert((partner.clone(), accepted_at, event.clone()));
        if why.is_some_and(|why| !matches!(why, Reason::LeftWindowUnrouted | Reason::SeatCount)) {
            self.open_sightings.insert((accepted_at, event.clone(), partner.clone()));
        }
    }

    pub(super) fn unsee(&mut self, event: &EventId, partner: &PartnerId, accepted_at: Timestamp) {
        self.sightings.remove(&(event.clone(), partner.clone()));
        self.seen.remove(&(partner.clone(), accepted_at, event.clone()));
        self.open_sightings.remove(&(accepted_at, event.clone(), partner.clone()));
    }

    pub(super) fn close_window(&mut self, window: Timestamp, limit: usize) -> usize {
        let old = self.open_sightings.iter().take_while(|(accepted_at, ..)| *accepted_at < window);
        let limit = limit.max(1);
        let old: Vec<_> = old.take(limit).cloned().collect();
        for (accepted_at, event, partner) in &old {
            self.see(event, partner, *accepted_at, Some(Reason::LeftWindowUnrouted));
        }
        old.len() + self.forget_missing_before(window, limit - old.len())
    }
}

impl Route<'_> {
    fn is_open(&self) -> bool {
        self.window.is_none_or(|window| self.accepted_at >= window)
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
