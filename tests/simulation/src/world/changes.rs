//! What a technician changes about connections that are set up.

use super::{actor, people::Technician};
use crate::psa::opener::credentials;
use psa_bridge_core::{connection::Connection, ids::ConnectionId, ports::RegistryStore};

impl Technician {
    pub(super) async fn change_something(&self) {
        let own = self.world.store.connections(&self.partner).await.unwrap_or_default();
        let Some(connection) = self.world.simulation.draw(|chance| chance.pick(&own).cloned()) else {
            return self.set_up_any().await;
        };
        let id = connection.id.clone();
        match self.world.simulation.draw(|chance| chance.below(14)) {
            0 | 1 => self.pause(&id).await,
            2 => self.resume(&id).await,
            3..=5 => self.map_any(&id).await,
            6 => self.unmap_any(&id).await,
            7 => self.replace_credentials(&connection).await,
            8 => self.save_settings(&id).await,
            9 => self.reset_settings(&id).await,
            10 => self.check(&id).await,
            11 => self.retry_all(&id).await,
            12 if self.world.simulation.happens(1, 2) => self.revoke(&connection).await,
            _ => self.set_up_any().await,
        }
    }

    async fn set_up_any(&self) {
        let own = self.world.cast.tenants.iter().filter(|tenant| tenant.partners.contains(&self.partner));
        let own: Vec<String> = own.map(|tenant| tenant.key.clone()).collect();
        if let Some(tenant) = self.world.simulation.draw(|chance| chance.pick(&own).cloned()) {
            self.set_up(&tenant).await;
        }
    }

    async fn pause(&self, id: &ConnectionId) {
        let (partner, id) = (self.partner.clone(), id.clone());
        let pause = self.world.ask(|bridge| async move {
            bridge.schedule.connections.pause(&partner, &id, &actor("ann")).await.is_ok()
        });
        pause.await;
        // Most pauses are short; the others last until the world is kind again.
        if self.world.simulation.happens(2, 3) {
            self.wait(10_000, 600_000).await;
        }
    }

    /// Ends a pause. Whether the bridge said so.
    pub(super) async fn resume(&self, id: &ConnectionId) {
        let (partner, id) = (self.partner.clone(), id.clone());
        let resume = self.world.ask(|bridge| async move {
            bridge.schedule.connections.resume(&partner, &id, &actor("ann")).await.is_ok()
        });
        resume.await;
    }

    async fn map_any(&self, id: &ConnectionId) {
        let all = &self.world.cast.organizations;
        let picked = self.world.simulation.draw(|chance| chance.pick(all).cloned());
        if let Some((organization, _)) = picked {
            let flow = self.world.simulation.happens(4, 5);
            self.map(id, organization, flow).await;
        }
    }

    async fn unmap_any(&self, id: &ConnectionId) {
        let all = &self.world.cast.organizations;
        let Some((organization, _)) = self.world.simulation.draw(|chance| chance.pick(all).cloned()) else {
            return;
        };
        let (partner, id) = (self.partner.clone(), id.clone());
        let unmap = self.world.ask(|bridge| async move {
            bridge.schedule.mappings.delete(&partner, &id, &organization, &actor("ann")).await.is_ok()
        });
        unmap.await;
    }

    /// New credentials, and a check on the old ones: once the bridge says that they are replaced, it may not use them.
    pub(super) async fn replace_credentials(&self, connection: &Connection) {
        let tenant = connection.tenant.key.clone();
        let old = self.world.vault.secrets_of(&connection.id);
        let secret = self.new_api_user(&tenant);
        let (partner, id, entered) =
            (self.partner.clone(), connection.id.clone(), credentials(&tenant, &secret));
        let replace = self.world.ask(|bridge| async move {
            let connections = &bridge.schedule.connections;
            connections.replace_credentials(&partner, &id, &entered, &actor("ann")).await.is_ok()
        });
        if replace.await == Some(true) {
            self.world.ledger.retire(old);
        }
    }

    async fn reset_settings(&self, id: &ConnectionId) {
        let (partner, connection) = (self.partner.clone(), id.clone());
        let reset = self.world.ask(|bridge| async move {
            bridge.schedule.connections.reset_settings(&partner, &connection, &actor("ann")).await.is_ok()
        });
        reset.await;
        self.wait(1_000, 300_000).await;
        self.save_settings(id).await;
    }

    /// Checks a connection, which ends a suspension where it passes.
    pub(super) async fn check(&self, id: &ConnectionId) {
        let (partner, id) = (self.partner.clone(), id.clone());
        let check = self.world.ask(|bridge| async move {
            bridge.schedule.connections.check(&partner, &id, &actor("ann")).await.is_ok()
        });
        check.await;
    }

    async fn retry_all(&self, id: &ConnectionId) {
        use psa_bridge_core::ports::{EventFilter, EventStore, Retried};
        let filter = EventFilter {
            connection: Some(id.clone()),
            state: Some("ended".to_owned()),
            ..EventFilter::default()
        };
        let Ok(page) = self.world.store.events(&self.partner, &filter, None, 5).await else { return };
        for view in page.items {
            let (partner, event) = (self.partner.clone(), view.event.id.clone());
            let retry = self.world.ask(|bridge| async move {
                let clock = psa_connector::Clock::now(&bridge.clock());
                let retried = bridge.ingest.store.retry(&partner, &event, &actor("ann"), clock).await;
                if let Ok(Retried::Ring(connections)) = retried {
                    for connection in connections {
                        // Lost bells are the sweep's.
                        drop(bridge.ingest.bell.ring(&connection).await);
                    }
                }
            });
            retry.await;
        }
    }

    /// Revokes a connection, again and again until the bridge says that it is done.
    pub async fn revoke(&self, connection: &Connection) {
        for _ in 0..20 {
            let secrets = self.world.vault.secrets_of(&connection.id);
            let (partner, id) = (self.partner.clone(), connection.id.clone());
            let revoke = self.world.ask(|bridge| async move {
                bridge.schedule.connections.revoke(&partner, &id, &actor("ann")).await.is_ok()
            });
            if revoke.await == Some(true) {
                self.world.ledger.retire(secrets);
                let left = self.world.vault.secrets_of(&connection.id);
                if !left.is_empty() {
                    let what =
                        format!("{} secrets of {} are left after revoking it", left.len(), connection.id);
                    self.world.simulation.breach(6, what);
                }
                return;
            }
            self.wait(1_000, 30_000).await;
        }
    }
}
