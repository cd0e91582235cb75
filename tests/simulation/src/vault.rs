//! A vault in memory, which can fail like any other part. It also tells whose secret is whose, so that a call can be
//! traced to a connection.

use crate::executor::{Fate, Simulation};
use async_trait::async_trait;
use psa_bridge_core::{
    ids::ConnectionId,
    ports::{Vault, VaultError},
};
use psa_connector::Credentials;
use secrecy::ExposeSecret;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// The field of the credentials that tells one set of them from another.
pub const SECRET: &str = "secret";

/// The vault.
#[derive(Clone, Debug)]
pub struct MemoryVault {
    simulation: Simulation,
    kept: Arc<Mutex<Kept>>,
}

#[derive(Debug, Default)]
struct Kept {
    secrets: BTreeMap<(ConnectionId, u32), Credentials>,
    /// Every secret that was ever put, deleted or not.
    owners: BTreeMap<String, ConnectionId>,
}

impl MemoryVault {
    /// An empty vault.
    pub fn new(simulation: Simulation) -> Self {
        Self { simulation, kept: Arc::default() }
    }

    /// Whose secret that is or was.
    pub fn owner(&self, secret: &str) -> Option<ConnectionId> {
        self.lock().owners.get(secret).cloned()
    }

    /// The secrets that are kept for a connection.
    pub fn secrets_of(&self, connection: &ConnectionId) -> Vec<String> {
        let kept = self.lock();
        let own = kept.secrets.iter().filter(|((of, _), _)| of == connection);
        own.map(|(_, credentials)| secret_of(credentials)).collect()
    }

    async fn point(&self, what: &'static str) -> Result<(), VaultError> {
        match self.simulation.point(what).await {
            Fate::Goes => Ok(()),
            Fate::Fails => Err(VaultError::Unavailable { detail: "simulated".to_owned(), source: None }),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What tells these credentials from others.
pub fn secret_of(credentials: &Credentials) -> String {
    credentials.get(SECRET).map(|secret| secret.expose_secret().to_owned()).unwrap_or_default()
}

#[async_trait]
impl Vault for MemoryVault {
    async fn put(
        &self,
        connection: &ConnectionId,
        generation: u32,
        credentials: &Credentials,
    ) -> Result<(), VaultError> {
        self.point("vault.put").await?;
        {
            let mut kept = self.lock();
            kept.owners.insert(secret_of(credentials), connection.clone());
            kept.secrets.insert((connection.clone(), generation), credentials.clone());
        }
        self.point("vault.put, done").await
    }

    async fn get(&self, connection: &ConnectionId, generation: u32) -> Result<Credentials, VaultError> {
        self.point("vault.get").await?;
        let kept = self.lock().secrets.get(&(connection.clone(), generation)).cloned();
        kept.ok_or(VaultError::NotFound)
    }

    async fn delete_below(&self, connection: &ConnectionId, generation: u32) -> Result<(), VaultError> {
        self.point("vault.delete").await?;
        self.lock().secrets.retain(|(of, kept), _| of != connection || *kept >= generation);
        self.point("vault.delete, done").await
    }
}
