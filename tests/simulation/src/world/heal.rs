//! The world becomes kind: PSAs work, partners mend what is theirs to mend, and the bridge is given time.

use super::{World, people::Technician};
use crate::{executor::Unkindness, promises::unfinished};
use jiff::SignedDuration;
use psa_bridge_core::{connection::SuspensionCause, ids::PartnerId, ports::RegistryStore};

/// How long the bridge has to finish everything.
const PATIENCE: SignedDuration = SignedDuration::from_hours(12);

impl World {
    /// Makes the world kind, and waits until nothing is left to do.
    pub async fn heal(&self) {
        self.simulation.set_unkindness(Unkindness { interleaving: 30, ..Unkindness::default() });
        self.clear_up();
        // A process that is about to start needs its time.
        self.simulation.sleep(SignedDuration::from_mins(3)).await;
        for partner in self.cast.partners.clone() {
            self.mend(&partner).await;
        }
        // As the schedule does at the latest a day later.
        self.ask(|bridge| async move { bridge.schedule.backfill.run_daily().await.is_ok() }).await;
        let until = self.simulation.now().saturating_add(PATIENCE).unwrap_or_default();
        while self.simulation.now() < until {
            self.simulation.sleep(SignedDuration::from_mins(2)).await;
            let routed = self.store.inspect(|state| state.open_route_requests() == 0);
            if routed && unfinished(&self.ledger).is_empty() {
                return;
            }
        }
    }

    /// What a partner does who finds out what is wrong.
    async fn mend(&self, partner: &PartnerId) {
        let technician = Technician::new(self, partner);
        // Nobody makes the bridge end a pause.
        let leaves_pauses = self.simulation.happens(1, 8);
        for connection in self.store.connections(partner).await.unwrap_or_default() {
            let id = &connection.id;
            if connection.settings.is_none() {
                technician.save_settings(id).await;
            }
            if connection.paused.is_some() && !leaves_pauses {
                technician.resume(id).await;
            }
            let secrets = self.vault.secrets_of(id);
            let let_in = self.psas.tenant(&connection.tenant.key, |tenant| {
                secrets.iter().any(|secret| tenant.let_in.contains(secret))
            });
            let cause = connection.suspended.as_ref().map(|suspension| suspension.cause);
            if !let_in || cause == Some(SuspensionCause::Credentials) {
                technician.replace_credentials(&connection).await;
            } else if cause.is_some() {
                technician.check(id).await;
            }
        }
    }
}
