//! Where every connector comes from, in both homes: credentials of the connection's generation, kept open between uses,
//! behind a gate that keeps the tenant's request budget and closes for good when the credentials are retired.

mod cache;
mod gate;
mod generations;
mod lane;
#[cfg(test)]
mod tests;

use crate::{
    budget::{BudgetPlans, Purpose},
    connection::Connection,
    ids::ConnectionId,
    ports::{BudgetStore, ConnectorFactory, OpenError, Vault, VaultError},
};
use async_trait::async_trait;
use cache::{ConnectorCache, ConnectorKey};
use data_encoding::BASE32_NOPAD;
use gate::ConnectionGate;
use generations::Generations;
use lane::Lanes;
use psa_connector::{
    Clock, ConnectorOptions, CredentialProblem, Credentials, PsaConnector, PsaKind, RequestGate, Transport,
    integrations,
};
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use std::{fmt, sync::Arc};

/// How a connector is opened that asks a gate before each of its requests.
pub trait OpenConnector: fmt::Debug + Send + Sync {
    /// The connector to the tenant that these credentials lead to, or what is wrong with them.
    fn open(
        &self,
        psa: PsaKind,
        credentials: &Credentials,
        gate: Arc<dyn RequestGate>,
    ) -> Result<Arc<dyn PsaConnector>, Vec<CredentialProblem>>;
}

/// Over the network.
#[derive(Debug)]
struct Network {
    transport: Transport,
    options: ConnectorOptions,
}

impl OpenConnector for Network {
    fn open(
        &self,
        psa: PsaKind,
        credentials: &Credentials,
        gate: Arc<dyn RequestGate>,
    ) -> Result<Arc<dyn PsaConnector>, Vec<CredentialProblem>> {
        psa_connector::open(psa, credentials, &self.transport.with_gate(gate), &self.options)
    }
}

/// Opens connectors to the tenants of PSAs.
pub struct TenantConnectors {
    vault: Arc<dyn Vault>,
    opener: Arc<dyn OpenConnector>,
    clock: Arc<dyn Clock>,
    lanes: Lanes,
    generations: Generations,
    cache: ConnectorCache,
}

impl fmt::Debug for TenantConnectors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TenantConnectors").field("opener", &self.opener).finish_non_exhaustive()
    }
}

impl TenantConnectors {
    /// Connectors over `transport`, each tenant within the plan of its PSA.
    pub fn new(
        vault: Arc<dyn Vault>,
        budgets: Arc<dyn BudgetStore>,
        transport: Transport,
        clock: Arc<dyn Clock>,
        options: ConnectorOptions,
        plans: BudgetPlans,
    ) -> Self {
        Self::opened_by(Arc::new(Network { transport, options }), vault, budgets, clock, plans)
    }

    /// The same with connectors from elsewhere, such as to a PSA that is a model.
    pub fn opened_by(
        opener: Arc<dyn OpenConnector>,
        vault: Arc<dyn Vault>,
        budgets: Arc<dyn BudgetStore>,
        clock: Arc<dyn Clock>,
        plans: BudgetPlans,
    ) -> Self {
        let lanes = Lanes::new(budgets, Arc::clone(&clock), plans);
        Self {
            vault,
            opener,
            clock,
            lanes,
            generations: Generations::default(),
            cache: ConnectorCache::default(),
        }
    }
}

#[async_trait]
impl ConnectorFactory for TenantConnectors {
    fn try_out(&self, psa: PsaKind, credentials: &Credentials) -> Result<Arc<dyn PsaConnector>, OpenError> {
        let lane = self.lanes.of(&trial_account(psa, credentials), psa);
        let gate = ConnectionGate::for_trial(lane);
        self.opener.open(psa, credentials, Arc::new(gate)).map_err(OpenError::Credentials)
    }

    async fn open(
        &self,
        connection: &Connection,
        purpose: Purpose,
    ) -> Result<Arc<dyn PsaConnector>, OpenError> {
        let now = self.clock.now();
        // Watched before the secret is read, so that retiring it meanwhile closes what is being opened.
        let watch = self.generations.watch(&connection.id, connection.generation, now);
        if connection.revoked_at.is_some() || watch.is_retired() {
            return Err(OpenError::Vault(VaultError::NotFound));
        }
        let key =
            ConnectorKey { connection: connection.id.clone(), generation: connection.generation, purpose };
        if let Some(connector) = self.cache.get(&key, now) {
            return Ok(connector);
        }
        let credentials = self.vault.get(&connection.id, connection.generation).await?;
        let lane = self.lanes.of(&tenant_account(connection), connection.psa);
        let gate = ConnectionGate::new(lane, purpose, watch);
        let opened = self.opener.open(connection.psa, &credentials, Arc::new(gate));
        let connector = opened.map_err(OpenError::Credentials)?;
        Ok(self.cache.keep(key, connector, now))
    }

    fn retire(&self, connection: &ConnectionId, generation: u32) {
        self.generations.retire(connection, generation, self.clock.now());
        self.cache.forget_below(connection, generation);
    }
}

/// Whoever connects the same tenant, of whichever partner, spends from the same account.
fn tenant_account(connection: &Connection) -> String {
    format!("{}:{}", connection.psa.display_name(), connection.tenant.key)
}

/// The tenant is not known before the credentials work. Until then the place and the name that they are for stand in
/// for it, hashed, since people paste secrets into the wrong field.
fn trial_account(psa: PsaKind, credentials: &Credentials) -> String {
    let mut hash = Sha256::new();
    for integration in integrations().iter().filter(|integration| integration.psa == psa) {
        for field in integration.credential_fields.iter().filter(|field| !field.secret) {
            let value = credentials.get(&field.id).map_or("", |value| value.expose_secret());
            hash.update((value.len() as u64).to_be_bytes());
            hash.update(value);
        }
    }
    format!("trial:{}:{}", psa.display_name(), BASE32_NOPAD.encode(&hash.finalize()[..15]))
}
