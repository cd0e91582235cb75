//! What has to become of an event, for each partner. Decided from the world alone, never from what the bridge did.

use crate::world::{Link, Organization, PartnerIndex};
use std::fmt;

/// What has to become of an event for one partner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Expected {
    /// One ticket in the partner's PSA.
    Ticket,
    /// No ticket, and this reason for the partner to read.
    NoTicket(&'static str),
    /// The partner does not see the event.
    NotVisible,
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ticket => f.write_str("ticket"),
            Self::NoTicket(reason) => write!(f, "no ticket: {reason}"),
            Self::NotVisible => f.write_str("not visible"),
        }
    }
}

/// What has to become of an event of `organization` for `partner`. `named` are the partners that the event names.
pub fn expected(
    organization: &Organization,
    partner: PartnerIndex,
    named: Option<&[PartnerIndex]>,
    makes_ticket: bool,
) -> Expected {
    let Some(link) = organization.link(partner) else { return Expected::NotVisible };
    if named.is_some_and(|named| !named.contains(&partner)) {
        return Expected::NotVisible;
    }
    if !makes_ticket {
        return Expected::NoTicket("seat_count");
    }
    match link {
        Link::Mapped | Link::MappedLate => Expected::Ticket,
        Link::FlowOff => Expected::NoTicket("flow_off"),
        Link::ClientStopped => Expected::NoTicket("client_missing"),
        Link::Unmapped => Expected::NoTicket("unmapped"),
        Link::NoConnection => Expected::NoTicket("no_connection"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::{DISTRIBUTOR, IDLE, RESELLER, SUB_RESELLER, World};

    #[test]
    fn an_event_reaches_those_that_registry_and_event_both_name() {
        let world = World::new();
        let shared = &world.organizations[2];
        let named = [DISTRIBUTOR, IDLE];
        let seen = |partner| expected(shared, partner, Some(&named), true);
        assert_eq!(seen(DISTRIBUTOR), Expected::Ticket);
        assert_eq!(seen(RESELLER), Expected::NotVisible);
        assert_eq!(seen(SUB_RESELLER), Expected::NotVisible);
        assert_eq!(seen(IDLE), Expected::NotVisible);
    }

    #[test]
    fn a_seat_count_makes_no_ticket_however_the_organisation_is_mapped() {
        let world = World::new();
        assert_eq!(
            expected(&world.organizations[0], DISTRIBUTOR, None, false),
            Expected::NoTicket("seat_count")
        );
    }
}
