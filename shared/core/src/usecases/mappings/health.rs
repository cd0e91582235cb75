//! What became of mapped clients: read again by id, so that a renamed client is told from one that is gone.

use super::{Mappings, MappingsError, view::MappingView};
use crate::{
    budget::Purpose,
    connection::Connection,
    ids::{ConnectionId, OrganizationId, PartnerId},
    mapping::{Mapping, MappingHealth},
    ports::StoreError,
    usecases::leg::{Leg, every_connection},
};
use jiff::Timestamp;
use psa_connector::{Client, ClientId};
use std::collections::HashMap;
use tracing::{info, warn};

const PAGE: usize = 100;

/// How many mappings are how well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HealthCounts {
    /// As they were.
    pub ok: usize,
    /// Under another name.
    pub renamed: usize,
    /// Inactive.
    pub inactive: usize,
    /// Gone, or not shown.
    pub missing: usize,
}

impl Mappings {
    /// One mapping, after its client was read again.
    pub async fn refresh(
        &self,
        partner: &PartnerId,
        connection: &ConnectionId,
        organization: &OrganizationId,
    ) -> Result<MappingView, MappingsError> {
        let connection = self.connection(partner, connection).await?;
        let organization = self.owned(partner, organization).await?;
        let mut mapping = self.mapping(&connection.id, &organization.id).await?;
        let psa = self.open(&connection, Purpose::Person).await?;
        let client = psa.client(&mapping.client).await?;
        let health = health(&mapping.client_name, client.as_ref());
        self.note(&mut mapping, health).await?;
        Ok(MappingView::new(mapping, organization.name))
    }

    /// The daily check: reads the mapped clients of the connections that nothing holds, from that place on until it is
    /// `until`. One connection's trouble is logged and does not keep the others from being checked.
    pub async fn refresh_connections(
        &self,
        after: Option<&str>,
        until: Timestamp,
    ) -> Result<Leg, StoreError> {
        let by = (&*self.store, &*self.clock);
        every_connection(by, after, until, |connection| self.refresh_one(connection)).await
    }

    async fn refresh_one(&self, connection: Connection) -> bool {
        match self.refresh_all(&connection).await {
            Ok(counts) => {
                info!(connection = %connection.id, ?counts, "Checked the mapped clients");
                true
            }
            Err(error) => {
                warn!(connection = %connection.id, %error, "Could not check the mapped clients");
                false
            }
        }
    }

    /// Reads every mapped client of a connection again, each once.
    pub async fn refresh_all(&self, connection: &Connection) -> Result<HealthCounts, MappingsError> {
        let psa = self.open(connection, Purpose::Worker).await?;
        let mut read: HashMap<ClientId, Option<Client>> = HashMap::new();
        let mut counts = HealthCounts::default();
        let mut cursor = None;
        loop {
            let page = self.store.mappings(&connection.id, None, cursor.as_deref(), PAGE).await?;
            for mut mapping in page.items {
                if !read.contains_key(&mapping.client) {
                    let client = psa.client(&mapping.client).await?;
                    read.insert(mapping.client.clone(), client);
                }
                let client = read.get(&mapping.client).and_then(Option::as_ref);
                let health = health(&mapping.client_name, client);
                counts.count(health);
                self.note(&mut mapping, health).await?;
            }
            cursor = page.next;
            if cursor.is_none() {
                return Ok(counts);
            }
        }
    }

    async fn note(&self, mapping: &mut Mapping, health: MappingHealth) -> Result<(), MappingsError> {
        if mapping.health != health {
            self.store
                .set_mapping_health(&mapping.connection, &mapping.organization, &mapping.client, health)
                .await?;
            mapping.health = health;
        }
        Ok(())
    }
}

impl HealthCounts {
    fn count(&mut self, health: MappingHealth) {
        match health {
            MappingHealth::Ok => self.ok += 1,
            MappingHealth::Renamed => self.renamed += 1,
            MappingHealth::Inactive => self.inactive += 1,
            MappingHealth::Missing => self.missing += 1,
        }
    }
}

fn health(known_as: &str, client: Option<&Client>) -> MappingHealth {
    match client {
        None => MappingHealth::Missing,
        Some(client) if !client.active => MappingHealth::Inactive,
        Some(client) if client.name != known_as => MappingHealth::Renamed,
        Some(_) => MappingHealth::Ok,
    }
}
