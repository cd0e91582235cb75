//! Which connections an event goes to, and what every other partner of its chain is told. Pure: stores call it inside
//! the transaction that writes what it says.

use crate::{
    event::Event,
    ids::{ConnectionId, PartnerId},
    mapping::Mapping,
    organization::Organization,
    reason::Reason,
};

/// A connection of a partner of the chain, as far as routing cares. Revoked ones are none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteCandidate {
    /// The connection.
    pub connection: ConnectionId,
    /// Its partner.
    pub partner: PartnerId,
    /// Whether its set-up was confirmed.
    pub confirmed: bool,
    /// How the event's organisation is mapped in it.
    pub mapping: Option<Mapping>,
    /// Whether it ever was. From the step of the first mapping on, missing deliveries are noted.
    pub ever_mapped: bool,
}

/// Where an event goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Routing {
    /// Who sees the event: the chain of the registry, less those that the event does not name, where it names any.
    pub chain: Vec<PartnerId>,
    /// Whether event and registry disagree.
    pub chain_disagrees: bool,
    /// A delivery for each.
    pub deliveries: Vec<PlannedDelivery>,
    /// Partners of the chain without any delivery, and why.
    pub unrouted: Vec<(PartnerId, Reason)>,
    /// Connections that a change of their own may yet give a delivery: where the organisation was mapped once, and now
    /// is not, or not confirmed. The store keeps a record of each, so that who routes again after such a change finds
    /// just these events, and not those that have all that they should.
    ///
    /// Left out is what a request for *all* of the organisation's events precedes in any case: connections that never
    /// mapped it, and partners outside of the chain.
    pub missing: Vec<ConnectionId>,
}

/// A delivery that an event should have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedDelivery {
    /// To where.
    pub connection: ConnectionId,
    /// Whose.
    pub partner: PartnerId,
    /// Ended at once, and why; to be worked, where none.
    pub ended: Option<Reason>,
}

/// The partners that see an event, and whether event and registry disagree about them.
pub fn chain(event: &Event, organization: Option<&Organization>) -> (Vec<PartnerId>, bool) {
    let registered = organization.map_or(&[][..], |organization| &organization.chain);
    let Some(named) = &event.partners else { return (registered.to_vec(), false) };
    let both: Vec<PartnerId> = registered.iter().filter(|partner| named.contains(partner)).cloned().collect();
    let disagrees =
        both.len() != registered.len() || named.iter().any(|partner| !registered.contains(partner));
    (both, disagrees)
}

/// Routes `event` of `organization` over the connections of its chain.
pub fn route(event: &Event, organization: Option<&Organization>, candidates: &[RouteCandidate]) -> Routing {
    let (chain, chain_disagrees) = chain(event, organization);
    let mut routing = Routing { chain_disagrees, ..Routing::default() };
    for partner in &chain {
        let own: Vec<&RouteCandidate> = candidates.iter().filter(|c| c.partner == *partner).collect();
        let planned = if event.makes_ticket() { plan(&own) } else { Vec::new() };
        if event.makes_ticket() {
            routing.missing.extend(missing(&own));
        }
        if planned.is_empty() {
            routing.unrouted.push((partner.clone(), why_unrouted(event, &own)));
        }
        routing.deliveries.extend(planned);
    }
    routing.chain = chain;
    routing
}

fn plan(own: &[&RouteCandidate]) -> Vec<PlannedDelivery> {
    own.iter()
        .filter(|candidate| candidate.confirmed)
        .filter_map(|candidate| {
            let mapping = candidate.mapping.as_ref()?;
            let ended = (!mapping.flow).then_some(Reason::FlowOff);
            Some(PlannedDelivery {
                connection: candidate.connection.clone(),
                partner: candidate.partner.clone(),
                ended,
            })
        })
        .collect()
}

fn missing(own: &[&RouteCandidate]) -> impl Iterator<Item = ConnectionId> {
    let is_missing =
        |each: &&&RouteCandidate| each.ever_mapped && !(each.confirmed && each.mapping.is_some());
    own.iter().filter(is_missing).map(|each| each.connection.clone())
}

fn why_unrouted(event: &Event, own: &[&RouteCandidate]) -> Reason {
    if !event.makes_ticket() {
        Reason::SeatCount
    } else if own.is_empty() {
        Reason::NoConnection
    } else if own.iter().any(|candidate| candidate.mapping.is_some()) {
        Reason::NotConfirmed
    } else {
        Reason::Unmapped
    }
}
