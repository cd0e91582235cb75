//! What must be true once the world has been kind for a while.

use super::Ledger;
use crate::{
    psa::{Psas, tenant::Tenant},
    store::{KeptEvent, State},
};
use psa_bridge_core::{
    connection::Connection,
    delivery::{Delivery, DeliveryState, Outcome},
    ids::{PartnerId, note_reference, ticket_reference},
    reason::Reason,
};
use psa_connector::Reference;
use std::collections::BTreeMap;

/// Deliveries that are unfinished though nothing holds their connection.
pub fn unfinished(ledger: &Ledger) -> Vec<String> {
    ledger.store().inspect(|state| {
        let connections = by_id(state);
        let left = state.deliveries().filter(|delivery| {
            let hold = connections.get(&delivery.connection).and_then(|connection| connection.hold());
            // What a revoked connection left has to be ended, not held.
            delivery.is_unfinished() && hold.is_none_or(|hold| hold == Reason::ConnectionRevoked)
        });
        left.map(|delivery| format!("{} of {}: {:?}", delivery.event, delivery.connection, delivery.state))
            .collect()
    })
}

/// Holds what is left against the promises.
pub fn check_end(ledger: &Ledger, psas: &Psas, partners: &[PartnerId]) {
    for what in unfinished(ledger) {
        ledger.simulation().breach(1, format!("it is never finished: {what}"));
    }
    ledger.store().inspect(|state| {
        let end = End { ledger, psas, state, connections: by_id(state) };
        end.check_acknowledged();
        for kept in state.events() {
            end.check_event(kept, partners);
        }
        for delivery in state.deliveries() {
            end.check_delivery(delivery);
        }
    });
}

fn by_id(state: &State) -> BTreeMap<psa_bridge_core::ids::ConnectionId, &Connection> {
    state.connections().map(|connection| (connection.id.clone(), connection)).collect()
}

struct End<'a> {
    ledger: &'a Ledger,
    psas: &'a Psas,
    state: &'a State,
    connections: BTreeMap<psa_bridge_core::ids::ConnectionId, &'a Connection>,
}

impl End<'_> {
    fn breach(&self, promise: u8, what: String) {
        self.ledger.simulation().breach(promise, what);
    }

    fn check_acknowledged(&self) {
        let facts = self.ledger.facts();
        for id in facts.acknowledged.iter().filter(|id| self.state.event(id).is_none()) {
            self.breach(1, format!("{id} was accepted and is gone"));
        }
        let kept = self.state.rejected().count();
        if kept < facts.rejected {
            self.breach(8, format!("{kept} of {} that are no events were kept", facts.rejected));
        }
    }

    /// Everyone in the chain reads what became of it, and nobody else sees it.
    fn check_event(&self, kept: &KeptEvent, partners: &[PartnerId]) {
        let organization = self.state.organization(&kept.event.organization);
        let id = &kept.event.id;
        for partner in partners {
            let view = self.state.view(partner, id);
            // Said again here, since a check that asks the rule finds no fault with it.
            let owns = organization.is_some_and(|organization| organization.chain.contains(partner));
            let is_named = kept.event.partners.as_ref().is_none_or(|named| named.contains(partner));
            match (owns && is_named, view) {
                (true, Some(view)) => {
                    if view.unrouted.is_none() && view.deliveries.is_empty() {
                        self.breach(1, format!("{partner} reads nothing of {id}"));
                    }
                    if view.deliveries.iter().any(|each| each.delivery.partner != *partner) {
                        self.breach(5, format!("{partner} sees another's delivery of {id}"));
                    }
                }
                (true, None) => self.breach(1, format!("{partner} does not see {id}")),
                (false, Some(_)) => self.breach(5, format!("{partner} sees {id}")),
                (false, None) => {}
            }
        }
    }

    fn check_delivery(&self, delivery: &Delivery) {
        let Some(connection) = self.connections.get(&delivery.connection) else {
            return self.breach(1, format!("{} has a delivery to nowhere", delivery.event));
        };
        if connection.partner != delivery.partner {
            self.breach(5, format!("{} is delivered to another partner's connection", delivery.event));
        }
        let reference = ticket_reference(&delivery.event, &delivery.connection);
        match &delivery.state {
            DeliveryState::Done { ticket, outcome, .. } => {
                let note = note_reference(&delivery.event, &delivery.connection);
                let told = self.psas.tenant(&connection.tenant.key, |tenant| match outcome {
                    Outcome::Created | Outcome::Found => {
                        tenant.with_reference(&reference).any(|kept| kept.id == *ticket)
                    }
                    Outcome::RolledUp => tenant.tickets.iter().any(|kept| kept.id == *ticket),
                    Outcome::Noted | Outcome::Resolved | Outcome::ResolveNoted | Outcome::Reopened => {
                        tenant.notes_with(&note) == 1
                    }
                });
                if !told {
                    let what = format!("{} is {outcome:?} on {ticket}, and is not there", delivery.event);
                    self.breach(1, what);
                }
            }
            DeliveryState::Ended { reason } => {
                if !self.is_true(*reason, delivery, connection, &reference) {
                    let what = format!("{} ended as {}, which is not true", delivery.event, reason.code());
                    self.breach(1, what);
                }
            }
            // Held, or told already.
            DeliveryState::Waiting | DeliveryState::Attempting(_) | DeliveryState::Settling(_) => {}
        }
    }

    /// Whether the reason that the partner reads was ever the case.
    fn is_true(&self, reason: Reason, of: &Delivery, connection: &Connection, reference: &Reference) -> bool {
        let facts = self.ledger.facts();
        let place = (of.connection.clone(), of.organization.clone());
        let count = |refusals: bool| {
            self.psas.tenant(&connection.tenant.key, |tenant| {
                let counts = if refusals { &tenant.refused } else { &tenant.failed };
                counts.get(reference).copied().unwrap_or(0)
            })
        };
        match reason {
            Reason::PsaRefused => count(true) >= 3,
            Reason::PsaFailed => count(false) > 0,
            Reason::ClientMissing => !facts.inactive.is_empty() && count(true) >= 3,
            Reason::ConnectionRevoked => connection.revoked_at.is_some(),
            Reason::FlowOff => facts.flow_off.contains(&place),
            Reason::Unmapped | Reason::NothingToResolve | Reason::Superseded => true,
            Reason::AlreadyResolved | Reason::ResolvedWhileWaiting => of.resolves || self.was_resolved(of),
            Reason::NoteRefused => {
                let note = note_reference(&of.event, &of.connection);
                let refused =
                    |tenant: &mut Tenant| tenant.permission_was_lost || tenant.refused.contains_key(&note);
                self.psas.tenant(&connection.tenant.key, refused)
            }
            _ => false,
        }
    }

    /// Whether a recovery of the same thing, no older, is known.
    fn was_resolved(&self, failure: &Delivery) -> bool {
        self.state.deliveries().any(|each| {
            each.resolves && each.connection == failure.connection && each.event_time >= failure.event_time
        })
    }
}
