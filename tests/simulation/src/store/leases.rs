//! Leases: who may work a connection, and whether a bell rang meanwhile.

use super::state::State;
use jiff::Timestamp;
use psa_bridge_core::{
    ids::ConnectionId,
    ports::{Lease, LeaseOutcome, LeasedWork, Release},
};

impl State {
    pub(super) fn lease(&mut self, id: &ConnectionId, until: Timestamp, now: Timestamp) -> LeaseOutcome {
        let (Some(kept), Some(connection)) = (self.leases.get_mut(id), self.connections.get(id)) else {
            return LeaseOutcome::Unknown;
        };
        if kept.held_until.is_some_and(|until| until > now) {
            kept.bells += 1;
            return LeaseOutcome::Held;
        }
        kept.fence += 1;
        kept.held_until = Some(until);
        let lease = Lease { connection: id.clone(), fence: kept.fence, until, bells: kept.bells };
        LeaseOutcome::Taken(Box::new(LeasedWork { lease, connection: connection.clone() }))
    }

    pub(super) fn release(&mut self, lease: &Lease) -> Release {
        let Some(kept) = self.leases.get_mut(&lease.connection).filter(|kept| kept.fence == lease.fence)
        else {
            return Release::Lost;
        };
        let Some(until) = kept.held_until else { return Release::Lost };
        if kept.bells != lease.bells {
            return Release::BellRang(Lease { until, bells: kept.bells, ..lease.clone() });
        }
        kept.held_until = None;
        Release::Released
    }

    pub(super) fn hand_back(&mut self, lease: &Lease) {
        if let Some(kept) = self.leases.get_mut(&lease.connection).filter(|kept| kept.fence == lease.fence) {
            kept.held_until = None;
        }
    }

    pub(super) fn end_leases(&mut self) {
        self.leases.values_mut().for_each(|kept| kept.held_until = None);
    }

    /// Whether the lease was neither handed back nor taken over.
    pub(super) fn holds(&self, lease: &Lease) -> bool {
        self.leases
            .get(&lease.connection)
            .is_some_and(|kept| kept.fence == lease.fence && kept.held_until.is_some())
    }
}
