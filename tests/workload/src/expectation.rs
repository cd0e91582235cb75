//! Where an event has to go, at each desk. Decided from the world alone, never from what the bridge did. What may become
//! of it there is in [`crate::allowed`].

use crate::{
    events::SEATS_CHANGED,
    organizations::{Link, Organization},
    world::{DeskIndex, PartnerIndex, World},
};

/// What has to become of an event at one desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Expected {
    /// To the PSA, as the partner's choices about the life of tickets say.
    Worked,
    /// To a client that was stopped, for which the PSA takes nothing.
    ClientStopped,
    /// No ticket, and this reason for the partner to read.
    NoTicket(&'static str),
    /// Nothing here: the organisation is at another desk of the partner.
    Elsewhere,
    /// The partner does not see the event.
    NotVisible,
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
    if event_type == SEATS_CHANGED {
        return Expected::NoTicket("seat_count");
    }
    match organization.link(desk) {
        Some(Link::Mapped | Link::MappedLate) => Expected::Worked,
        Some(Link::ClientStopped) => Expected::ClientStopped,
        Some(Link::FlowOff) => Expected::NoTicket("flow_off"),
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
        assert_eq!(seen(DISTRIBUTOR_HALOPSA), Expected::Worked);
        assert_eq!(seen(DISTRIBUTOR_AUTOTASK), Expected::Worked);
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
            (Expected::Worked, Expected::Elsewhere)
        );
    }

    #[test]
    fn a_seat_count_makes_no_ticket_however_the_organisation_is_mapped() {
        let world = World::new();
        let at = |desk| expected(&world, &world.organizations[0], desk, None, SEATS_CHANGED);
        assert_eq!(at(DISTRIBUTOR_HALOPSA), Expected::NoTicket("seat_count"));
        assert_eq!(at(DISTRIBUTOR_AUTOTASK), Expected::NoTicket("seat_count"));
    }
}
