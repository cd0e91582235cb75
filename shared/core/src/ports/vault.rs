//! Where credentials rest, encrypted, one secret a connection and generation.

use crate::ids::ConnectionId;
use async_trait::async_trait;
use psa_connector::Credentials;
use thiserror::Error;

/// The vault could not do it.
#[derive(Debug, Error)]
pub enum VaultError {
    /// There is no secret of that connection and generation.
    #[error("there is no secret of that name")]
    NotFound,
    /// The secret was changed outside, or the key is another.
    #[error("the secret cannot be decrypted: it was tampered with, or the key is another")]
    Unreadable,
    /// It cannot be reached.
    #[error("the vault is unavailable: {detail}")]
    Unavailable {
        /// What happened.
        detail: String,
        /// What the driver said.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
}

/// Keeps credentials.
#[async_trait]
pub trait Vault: Send + Sync {
    /// Keeps them as this generation; overwrites what a failed connect left there.
    async fn put(
        &self,
        connection: &ConnectionId,
        generation: u32,
        credentials: &Credentials,
    ) -> Result<(), VaultError>;
    /// Reads them.
    async fn get(&self, connection: &ConnectionId, generation: u32) -> Result<Credentials, VaultError>;
    /// Deletes all generations below this one for good. Nothing there is no error.
    async fn delete_below(&self, connection: &ConnectionId, generation: u32) -> Result<(), VaultError>;
}
