//! Accepting an event and routing it: the domain says where it goes, and this writes it, in one step.

use super::{
    deliveries::{self, Existing},
    error::{DbError, DbResult},
    events, missing, organizations,
    rows::{all, change, optional_document},
    seats,
};
use jiff::Timestamp;
use psa_bridge_core::{
    delivery::{Change, Delivery},
    event::Event,
    ids::{ConnectionId, EventId, OrganizationId, PartnerId},
    organization::Organization,
    ports::Accepted,
    reason::Reason,
    routing::{self, PlannedDelivery, RouteCandidate, Routing},
};
use rusqlite::Connection as Db;

/// Keeps an event, unless it is kept already, and routes it.
pub(super) fn accept(db: &Db, event: &Event, now: Timestamp) -> DbResult<Accepted> {
    if events::insert(db, event, now)? {
        let organization = organizations::of_event(db, event, now)?;
        let route = Route { event, accepted_at: now, window: None, now };
        let ring = route.write(db, organization.as_ref())?;
        return Ok(Accepted { duplicate: false, ring });
    }
    let Some((kept, accepted_at)) = events::kept(db, &event.id)? else {
        return Err(DbError::corrupt("an event", "it is there and cannot be found"));
    };
    let organization = organizations::of_event(db, &kept, now)?;
    Route { event: &kept, accepted_at, window: None, now }.write(db, organization.as_ref())?;
    // All of them, not the new ones alone: the bell for an older one may be what was lost.
    Ok(Accepted { duplicate: true, ring: deliveries::unfinished_of_event(db, &event.id)? })
}

/// Routes a kept event by the mappings of now.
pub(super) fn route_again(
    db: &Db,
    event: &EventId,
    window: Timestamp,
    now: Timestamp,
) -> DbResult<Vec<ConnectionId>> {
    let Some((kept, accepted_at)) = events::kept(db, event)? else { return Ok(Vec::new()) };
    let organization = organizations::load(db, &kept.organization)?;
    Route { event: &kept, accepted_at, window: Some(window), now }.write(db, organization.as_ref())
}

/// One routing of one event.
struct Route<'a> {
    event: &'a Event,
    accepted_at: Timestamp,
    /// Events accepted before get no new delivery; where none, as when a pipeline sends it, they do.
    window: Option<Timestamp>,
    now: Timestamp,
}

impl Route<'_> {
    /// Writes where the event goes; returns the connections that have new work.
    fn write(&self, db: &Db, organization: Option<&Organization>) -> DbResult<Vec<ConnectionId>> {
        let candidates = candidates(db, &self.event.organization)?;
        let routing = routing::route(self.event, organization, &candidates);
        let mut existing = deliveries::of_event(db, &self.event.id)?;
        let mut ring = seats::tell(db, self.event, &candidates, self.now)?;
        for planned in &routing.deliveries {
            let found = existing.iter().find(|each| each.connection == planned.connection.as_str());
            let woken = match found {
                Some(delivery) => {
                    delivery.unmapped && planned.ended.is_none() && self.reroute(db, planned)?
                }
                None => {
                    self.is_open() && {
                        existing.push(self.deliver(db, planned)?);
                        planned.ended.is_none()
                    }
                }
            };
            if woken {
                ring.push(planned.connection.clone());
            }
        }
        self.write_sightings(db, &routing, &existing)?;
        self.write_missing(db, &routing, &existing, &ring)?;
        events::set_disagreement(db, &self.event.id, routing.chain_disagrees)?;
        ring.sort();
        Ok(ring)
    }

    fn is_open(&self) -> bool {
        self.window.is_none_or(|window| self.accepted_at >= window)
    }

    fn deliver(&self, db: &Db, planned: &PlannedDelivery) -> DbResult<Existing> {
        let delivery = Delivery::new(
            self.event,
            planned.connection.clone(),
            planned.partner.clone(),
            planned.ended,
            self.accepted_at,
            self.now,
        );
        deliveries::insert(db, &delivery)?;
        Ok(Existing {
            connection: planned.connection.to_string(),
            partner: planned.partner.to_string(),
            unmapped: false,
        })
    }

    fn reroute(&self, db: &Db, planned: &PlannedDelivery) -> DbResult<bool> {
        let Some(mut delivery) = deliveries::load(db, &self.event.id, planned.connection.as_str())? else {
            return Ok(false);
        };
        delivery.apply(Change::Rerouted, self.now).map_err(|error| DbError::corrupt("a delivery", error))?;
        deliveries::save(db, &delivery)?;
        Ok(true)
    }

    /// Brings the record of missing deliveries up to date. What ended as unmapped is missing until it is worked again.
    fn write_missing(
        &self,
        db: &Db,
        routing: &Routing,
        deliveries: &[Existing],
        woken: &[ConnectionId],
    ) -> DbResult<()> {
        let ended_as_unmapped = |connection: &&ConnectionId| {
            let found = deliveries.iter().find(|each| each.connection == connection.as_str());
            found.map(|each| each.unmapped)
        };
        let planned = routing.deliveries.iter().map(|planned| &planned.connection);
        let is_missing = |connection: &&ConnectionId| {
            self.is_open() && !woken.contains(connection) && ended_as_unmapped(connection).unwrap_or(true)
        };
        let is: Vec<&str> =
            routing.missing.iter().chain(planned).filter(is_missing).map(ConnectionId::as_str).collect();
        let was = missing::of_event(db, &self.event.id)?;
        for connection in was.iter().filter(|each| !is.contains(&each.as_str())) {
            missing::forget(db, &self.event.id, connection)?;
        }
        for connection in is.iter().filter(|each| !was.iter().any(|was| was == *each)) {
            missing::note(db, self.event, self.accepted_at, connection)?;
        }
        Ok(())
    }

    /// Every partner of the chain sees the event, and nobody else.
    fn write_sightings(&self, db: &Db, routing: &Routing, deliveries: &[Existing]) -> DbResult<()> {
        let before = sightings(db, &self.event.id)?;
        for (partner, _) in &before {
            if !routing.chain.iter().any(|each| each.as_str() == partner) {
                change(
                    db,
                    "DELETE FROM sightings WHERE event = ?1 AND partner = ?2",
                    [self.event.id.as_str(), partner],
                )?;
            }
        }
        for partner in &routing.chain {
            let known =
                before.iter().find(|(each, _)| each == partner.as_str()).map(|(_, reason)| reason.as_deref());
            let delivered = deliveries.iter().any(|each| each.partner == partner.as_str());
            let unrouted =
                if delivered { None } else { Some(self.reason(routing, partner, known.flatten())) };
            if known != Some(unrouted) {
                self.write_sighting(db, partner, unrouted)?;
            }
        }
        Ok(())
    }

    /// Why the partner has no delivery, given what it was told before.
    fn reason<'r>(&self, routing: &Routing, partner: &PartnerId, before: Option<&'r str>) -> &'r str {
        const LEFT: &str = "left_window_unrouted";
        let of_now =
            routing.unrouted.iter().find(|(each, _)| each == partner).map(|(_, reason)| reason.code());
        match (self.window, before) {
            // Who reads that the window closed would not understand that it opened again.
            (None, Some(LEFT)) => LEFT,
            (Some(_), Some(before)) if !self.is_open() => before,
            (Some(_), None) if !self.is_open() && of_now != Some(Reason::SeatCount.code()) => LEFT,
            _ => of_now.unwrap_or(LEFT),
        }
    }

    fn write_sighting(&self, db: &Db, partner: &PartnerId, unrouted: Option<&str>) -> DbResult<()> {
        const SQL: &str = "
            INSERT INTO sightings (event, partner, organization, accepted_at, unrouted) VALUES (?1, ?2, ?3, ?4, ?5)
            ON CONFLICT (event, partner) DO UPDATE SET unrouted = excluded.unrouted";
        let (event, organization) = (self.event.id.as_str(), self.event.organization.as_str());
        let accepted_at = super::rows::text(self.accepted_at);
        change(db, SQL, (event, partner.as_str(), organization, accepted_at, unrouted)).map(drop)
    }
}

/// The connections of the organisation's chain that were not revoked, with its mapping in each.
fn candidates(db: &Db, organization: &OrganizationId) -> DbResult<Vec<RouteCandidate>> {
    const SQL: &str = "
        SELECT c.id, c.partner, c.confirmed, m.doc, e.connection IS NOT NULL
        FROM organization_chain o
        CROSS JOIN connections c ON c.partner = o.partner AND c.revoked = 0
        LEFT JOIN mappings m ON m.connection = c.id AND m.organization = o.organization
        LEFT JOIN ever_mapped e ON e.connection = c.id AND e.organization = o.organization
        WHERE o.organization = ?1";
    all(db, SQL, [organization.as_str()], |row| {
        Ok(RouteCandidate {
            connection: deliveries::connection_id(&row.get::<_, String>(0)?)?,
            partner: partner_id(&row.get::<_, String>(1)?)?,
            confirmed: row.get(2)?,
            mapping: optional_document(row, 3)?,
            ever_mapped: row.get(4)?,
        })
    })
}

fn partner_id(text: &str) -> DbResult<PartnerId> {
    text.parse().map_err(|error| DbError::corrupt("the id of a partner", error))
}

/// Who sees the event, and why each has no delivery.
fn sightings(db: &Db, event: &EventId) -> DbResult<Vec<(String, Option<String>)>> {
    const SQL: &str = "SELECT partner, unrouted FROM sightings WHERE event = ?1";
    all(db, SQL, [event.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))
}
