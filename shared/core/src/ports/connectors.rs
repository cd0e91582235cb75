//! Opening the connector of a connection.

use crate::{budget::Purpose, connection::Connection, ids::ConnectionId, ports::VaultError};
use async_trait::async_trait;
use psa_connector::{CredentialProblem, Credentials, PsaConnector, PsaKind};
use std::sync::Arc;
use thiserror::Error;

/// A connector could not be opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// Fields of the credentials are missing or malformed.
    #[error("the credentials are malformed: {0:?}")]
    Credentials(Vec<CredentialProblem>),
    /// The credentials could not be read.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

/// Opens connectors, with budget, egress rules and tracing around them.
#[async_trait]
pub trait ConnectorFactory: Send + Sync {
    /// A connector for credentials that are not stored yet.
    fn try_out(&self, psa: PsaKind, credentials: &Credentials) -> Result<Arc<dyn PsaConnector>, OpenError>;

    /// The connector of a connection, with the credentials of its generation.
    async fn open(
        &self,
        connection: &Connection,
        purpose: Purpose,
    ) -> Result<Arc<dyn PsaConnector>, OpenError>;

    /// Closes what was opened with generations below this one: no call begins with them once this returned.
    fn retire(&self, connection: &ConnectionId, generation: u32);
}
