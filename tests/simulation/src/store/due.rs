//! Which connections the sweep rings.

use super::state::State;
use jiff::Timestamp;
use psa_bridge_core::{connection::Connection, ids::ConnectionId};

impl State {
    pub(super) fn due_connections(&self, now: Timestamp, limit: usize) -> Vec<ConnectionId> {
        let free = |id: &ConnectionId| {
            self.leases.get(id).is_some_and(|kept| kept.held_until.is_none_or(|until| until <= now))
        };
        let mut due: Vec<(Timestamp, &ConnectionId)> = self
            .connections
            .values()
            .filter(|connection| free(&connection.id))
            .filter_map(|connection| Some((self.due_at(connection, now)?, &connection.id)))
            .filter(|(due_at, _)| *due_at <= now)
            .collect();
        due.sort_unstable();
        due.into_iter().take(limit.max(1)).map(|(_, id)| id.clone()).collect()
    }

    /// When a worker has something to do for the connection, if it may at `now`.
    fn due_at(&self, connection: &Connection, now: Timestamp) -> Option<Timestamp> {
        let delivery = self.pending.get(&connection.id).and_then(|pending| pending.by_due.first());
        let delivery = delivery.map(|(due_at, _)| *due_at);
        let operation = self.open_operations(&connection.id).iter().map(|operation| operation.due_at).min();
        if connection.revoked_at.is_some() {
            // What is left has to be ended, whenever it was due.
            return delivery.or(operation).map(|_| Timestamp::MIN);
        }
        if connection.not_before.is_some_and(|not_before| not_before > now) {
            return None;
        }
        let worked = delivery.filter(|_| connection.hold().is_none());
        let canary = connection
            .suspended
            .as_ref()
            // Nobody looks whether an outage is over where a person wants no calls at all.
            .filter(|_| connection.paused.is_none())
            .and_then(|suspended| suspended.canary_at);
        let seats = self.seats_due_at(&connection.id);
        [worked, operation, canary, seats].into_iter().flatten().min()
    }
}
