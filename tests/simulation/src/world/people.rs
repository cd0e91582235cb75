//! A partner's technician, who connects PSAs, maps customers, and changes everything about it.

use super::{World, actor, cast};
use crate::psa::{opener::credentials, tenant::CLOSED};
use psa_bridge_core::{
    catalogue::Language,
    connection::Connection,
    ids::{ConnectionId, OrganizationId, PartnerId},
    life_cycle::LifeCycle,
    ports::RegistryStore,
    usecases::{
        connections::{Connect, SaveSettings},
        mappings::MappingWish,
    },
};
use psa_connector::FieldValue;

/// One technician.
#[derive(Clone, Debug)]
pub struct Technician {
    /// The world in which they live.
    pub world: World,
    /// For whom they work.
    pub partner: PartnerId,
    /// What they choose about the life of tickets.
    pub life_cycle: LifeCycle,
}

impl Technician {
    /// One who chooses what most choose.
    pub fn new(world: &World, partner: &PartnerId) -> Self {
        Self { world: world.clone(), partner: partner.clone(), life_cycle: LifeCycle::default() }
    }

    /// Sets up what there is to set up, then does `changes` things more.
    pub async fn work(self, changes: u64) {
        for tenant in self.world.cast.tenants.clone() {
            if tenant.partners.contains(&self.partner) {
                self.set_up(&tenant.key).await;
            }
        }
        for _ in 0..changes {
            self.wait(1_000, 900_000).await;
            self.change_something().await;
        }
    }

    /// Connects a tenant and brings the connection to life, as far as a world like this lets one get.
    pub async fn set_up(&self, tenant: &str) {
        for _ in 0..12 {
            self.wait(500, 60_000).await;
            let Some(connection) = self.connection_to(tenant).await else {
                self.connect(tenant).await;
                continue;
            };
            if connection.confirmed_at.is_some() {
                break;
            }
            if connection.settings.is_none() || connection.emergency_contact.is_none() {
                self.save_settings(&connection.id).await;
            } else if !connection.is_proven() {
                self.send_test_ticket(&connection.id).await;
            } else {
                let (partner, id) = (self.partner.clone(), connection.id.clone());
                let confirm = self.world.ask(|bridge| async move {
                    bridge.schedule.connections.confirm(&partner, &id, &actor("ann")).await.is_ok()
                });
                confirm.await;
            }
            self.map_some(&connection.id).await;
        }
    }

    /// The connection to that tenant that was not revoked.
    pub async fn connection_to(&self, tenant: &str) -> Option<Connection> {
        let own = self.world.store.connections(&self.partner).await.unwrap_or_default();
        own.into_iter().find(|connection| connection.tenant.key == tenant)
    }

    async fn connect(&self, tenant: &str) {
        let secret = self.new_api_user(tenant);
        let psa = self.world.psas.tenant(tenant, |tenant| tenant.psa);
        let wish = Connect { psa, credentials: credentials(tenant, &secret), language: Language::En };
        let partner = self.partner.clone();
        let connect = self.world.ask(|bridge| async move {
            bridge.schedule.connections.connect(&partner, wish, &actor("ann")).await.is_ok()
        });
        connect.await;
    }

    /// A new API user in the PSA.
    pub(super) fn new_api_user(&self, tenant: &str) -> String {
        let number = self.world.simulation.new_process();
        let secret = format!("secret-{number}-of-{}", self.partner);
        self.world.psas.tenant(tenant, |tenant| tenant.let_in.insert(secret.clone()));
        secret
    }

    /// Saves choices for tickets, mostly the same ones.
    pub async fn save_settings(&self, id: &ConnectionId) {
        let queue = if self.world.simulation.happens(1, 5) { 2 } else { 1 };
        let values = |id: &str, value| [(id.to_owned(), FieldValue::Int(value))].into_iter().collect();
        let wish = SaveSettings {
            ticket: values("queue_id", queue),
            resolve: values("status_id", CLOSED),
            emergency_contact: Some("noc@example.com".to_owned()),
            life_cycle: self.life_cycle,
            ..SaveSettings::default()
        };
        let (partner, id) = (self.partner.clone(), id.clone());
        let save = self.world.ask(|bridge| async move {
            bridge.schedule.connections.save_settings(&partner, &id, wish, &actor("ann")).await.is_ok()
        });
        save.await;
    }

    async fn send_test_ticket(&self, id: &ConnectionId) {
        let client = self.world.simulation.draw(cast::any_client);
        let (partner, connection) = (self.partner.clone(), id.clone());
        let ask = self.world.ask(|bridge| async move {
            let connections = &bridge.schedule.connections;
            connections.request_test_ticket(&partner, &connection, &client, &actor("ann")).await.is_ok()
        });
        ask.await;
        self.wait(2_000, 120_000).await;
    }

    async fn map_some(&self, id: &ConnectionId) {
        for organization in self.own_organizations() {
            if self.world.simulation.happens(2, 3) {
                self.map(id, organization, true).await;
            }
        }
    }

    /// Organisations in whose chain the partner is, and now and then one in whose it is not.
    fn own_organizations(&self) -> Vec<OrganizationId> {
        let all = &self.world.cast.organizations;
        let tries =
            |chain: &[PartnerId]| chain.contains(&self.partner) || self.world.simulation.happens(1, 10);
        all.iter().filter(|(_, chain)| tries(chain)).map(|(id, _)| id.clone()).collect()
    }

    /// Maps an organisation onto some client.
    pub async fn map(&self, id: &ConnectionId, organization: OrganizationId, flow: bool) {
        let client = self.world.simulation.draw(cast::any_client);
        let wish = MappingWish { organization, client, license: None, flow };
        let (partner, id) = (self.partner.clone(), id.clone());
        let map = self.world.ask(|bridge| async move {
            bridge.schedule.mappings.put(&partner, &id, wish, &actor("ann")).await.is_ok()
        });
        map.await;
    }

    /// Waits between both numbers of milliseconds.
    pub async fn wait(&self, low: u64, high: u64) {
        let span = self.world.simulation.span(low, high);
        self.world.simulation.sleep(span).await;
    }
}
