//! What has to become of an event, at each desk. Decided from the world alone, never from what the bridge did.

use crate::{
    organizations::{Link, Organization},
    world::{DeskIndex, PartnerIndex, World},
};
use std::fmt;

/// What has to become of an event at one desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Expected {
    /// One ticket in the PSA.
    Ticket,
    /// No ticket, and this reason for the partner to read.
    NoTicket(&'static str),
    /// Nothing here: the organisation is at another desk of the partner.
    Elsewhere,
    /// The partner does not see the event.
    NotVisible,
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ticket => f.write_str("ticket"),
            Self::NoTicket(reason) => write!(f, "no ticket: {reason}"),
            Self::Elsewhere => f.write_str("at the other PSA alone"),
            Self::NotVisible => f.write_str("not visible"),
        }
    }
}

/// What has to become of an event of `organization` at a desk. `named` are the partners that the event names.
pub fn expected(
    world: &World,
    organization: &Organization,
    desk: DeskIndex,
    named: Option<&[PartnerIndex]>,
    event_type: &str,
) -> Expected {
    let partner = world.desks[desk].partner;
    if !organization.chain.contains(&partner) || named.is_some_and(|named| !named.contains(&partner)) {
        return Expected::NotVisible;
    }
    if event_type == "seats.changed" {
        return Expected::NoTicket("seat_count");
    }
    match organization.link(desk) {
        Some(Link::Mapped | Link::MappedLate | Link::ClientStopped) if event_type.ends_with(".resolved") => {
            Expected::NoTicket("resolve_ignored")
        }
        Some(Link::Mapped | Link::MappedLate) => Expected::Ticket,
        Some(Link::FlowOff) => Expected::NoTicket("flow_off"),
        Some(Link::ClientStopped) => Expected::NoTicket("client_missing"),
        None if world.desks_of(partner).any(|desk| organization.link(desk).is_some()) => Expected::Elsewhere,
        None if world.desks[desk].choices.is_some() => Expected::NoTicket("unmapped"),
        None => Expected::NoTicket("no_connection"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::{
        DISTRIBUTOR, DISTRIBUTOR_AUTOTASK, DISTRIBUTOR_HALOPSA, IDLE, IDLE_DESK, RESELLER_HALOPSA,
        SUB_RESELLER_HALOPSA,
    };

    const FAILED: &str = "backup.email.failed";

    #[test]
    fn an_event_reaches_those_that_registry_and_event_both_name() {
        let world = World::new();
        let named = [DISTRIBUTOR, IDLE];
        let seen = |desk| expected(&world, &world.organizations[2], desk, Some(&named), FAILED);
        assert_eq!(seen(DISTRIBUTOR_HALOPSA), Expected::Ticket);
        assert_eq!(seen(DISTRIBUTOR_AUTOTASK), Expected::Ticket);
        for desk in [RESELLER_HALOPSA, SUB_RESELLER_HALOPSA, IDLE_DESK] {
            assert_eq!(seen(desk), Expected::NotVisible);
        }
    }

    #[test]
    fn a_partner_with_two_psas_gets_a_ticket_where_the_organisation_is_mapped() {
        let world = World::new();
        let at = |desk| expected(&world, &world.organizations[0], desk, None, FAILED);
        assert_eq!(
            (at(DISTRIBUTOR_HALOPSA), at(DISTRIBUTOR_AUTOTASK)),
            (Expected::Ticket, Expected::Elsewhere)
        );
    }

    #[test]
    fn a_seat_count_makes_no_ticket_however_the_organisation_is_mapped() {
        let world = World::new();
        let at = |desk| expected(&world, &world.organizations[0], desk, None, "seats.changed");
        assert_eq!(at(DISTRIBUTOR_HALOPSA), Expected::NoTicket("seat_count"));
        assert_eq!(at(DISTRIBUTOR_AUTOTASK), Expected::NoTicket("seat_count"));
    }
}
