//! What happens to PSAs while nobody of ours does anything: outages, locked API users, clients that go, technicians.

use super::{World, cast};
use crate::psa::tenant::{KeptTicket, Mood, Tenant};
use jiff::SignedDuration;
use psa_bridge_core::{delivery::DeliveryState, ids::ConnectionId};
use psa_connector::{TicketId, TicketState};
use std::collections::BTreeSet;

impl World {
    /// Changes something about some tenant, so many times over `span`.
    pub async fn weather(self, times: u64, span: SignedDuration) {
        let gap = u64::try_from(span.as_millis()).unwrap_or(u64::MAX) / times.max(1);
        for _ in 0..times {
            self.simulation.sleep(self.simulation.span(0, gap * 2)).await;
            let keys = self.psas.keys();
            if let Some(key) = self.simulation.draw(|chance| chance.pick(&keys).cloned()) {
                self.change_tenant(&key);
            }
        }
    }

    fn change_tenant(&self, key: &str) {
        let lot = self.simulation.draw(|chance| chance.below(20));
        let client = self.simulation.draw(cast::any_client);
        self.simulation.tell(|| format!("something happens to {key}: {lot}"));
        let index = self.simulation.draw(crate::random::Chance::number);
        self.mark_known(key);
        let inactive = self.psas.tenant(key, |tenant| {
            match lot {
                0..=3 => tenant.mood = Mood::Down,
                4..=7 => tenant.mood = Mood::Shaky,
                8..=12 => tenant.mood = Mood::Fine,
                13 => lock_out(tenant, index),
                14 => take_permission(tenant, index),
                15 => tenant.without_permission.clear(),
                16 => return tenant.clients.insert(client.clone(), false).is_some(),
                _ => edit_ticket(tenant, index),
            }
            false
        });
        if inactive {
            self.ledger.client_was_inactive(client);
        }
    }

    /// Technicians leave alone what the bridge still looks for: a ticket that is deleted meanwhile is not there.
    fn mark_known(&self, key: &str) {
        let known: BTreeSet<TicketId> = self.store.inspect(|state| {
            let done = state.deliveries().filter_map(|delivery| match &delivery.state {
                DeliveryState::Done { ticket, .. } => Some((&delivery.connection, ticket)),
                _ => None,
            });
            let of_tenant = |id: &ConnectionId| {
                state.connections().any(|connection| connection.id == *id && connection.tenant.key == key)
            };
            done.filter(|(id, _)| of_tenant(id)).map(|(_, ticket)| ticket.clone()).collect()
        });
        self.psas.tenant(key, |tenant| {
            tenant.tickets.iter_mut().for_each(|ticket| ticket.known |= known.contains(&ticket.id));
        });
    }

    /// Everything works again.
    pub(super) fn clear_up(&self) {
        for key in self.psas.keys() {
            self.psas.tenant(&key, |tenant| {
                tenant.mood = Mood::Fine;
                tenant.without_permission.clear();
                tenant.clients.values_mut().for_each(|active| *active = true);
            });
        }
    }
}

fn nth<T>(count: usize, index: u64, mut items: impl Iterator<Item = T>) -> Option<T> {
    items.nth(usize::try_from(index.checked_rem(count as u64)?).unwrap_or(0))
}

fn lock_out(tenant: &mut Tenant, index: u64) {
    let user = nth(tenant.let_in.len(), index, tenant.let_in.iter().cloned());
    if let Some(user) = user {
        tenant.let_in.remove(&user);
    }
}

fn take_permission(tenant: &mut Tenant, index: u64) {
    tenant.permission_was_lost = true;
    tenant.without_permission.extend(nth(tenant.let_in.len(), index, tenant.let_in.iter().cloned()));
}

/// A technician works on a ticket that the bridge knows of.
fn edit_ticket(tenant: &mut Tenant, index: u64) {
    let count = tenant.tickets.iter().filter(|ticket| ticket.known).count();
    let target = tenant.tickets.first().map(|first| first.id.clone());
    let Some(ticket) = nth(count, index, tenant.tickets.iter_mut().filter(|ticket| ticket.known)) else {
        return;
    };
    let KeptTicket { state, touched, .. } = ticket;
    *touched = true;
    match (index / 7 % 5, target) {
        (0, _) => *state = TicketState::Closed,
        (1, _) => *state = TicketState::Deleted,
        (2, Some(target)) if target != ticket.id => *state = TicketState::Merged(target),
        _ => {}
    }
}
