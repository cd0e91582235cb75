//! Why a partner's wish about a connection was not done.

use super::SetupStep;
use crate::{
    connection::ConnectionConflict,
    ports::{ChangeError, OpenError, StoreError, VaultError},
};
use psa_connector::{CheckReport, FieldProblem, PsaError};
use thiserror::Error;

/// Why a partner's wish about a connection was not done.
#[derive(Debug, Error)]
pub enum ConnectionsError {
    /// The partner has no such connection.
    #[error("there is no such connection")]
    NotFound,
    /// The connection does not take it now.
    #[error(transparent)]
    Conflict(ConnectionConflict),
    /// The PSA did not pass the check. Nothing was stored.
    #[error("the check of the PSA did not pass")]
    NotConnected {
        /// Every line of the check.
        report: CheckReport,
    },
    /// The partner has a connection to the same tenant. Nothing was stored.
    #[error("{tenant} is connected already")]
    AlreadyConnected {
        /// What a person calls the tenant.
        tenant: String,
    },
    /// The credentials belong to another tenant than the connection. Nothing was stored.
    #[error("the credentials belong to {found}, and the connection to {bound}")]
    DifferentTenant {
        /// What a person calls the connection's tenant.
        bound: String,
        /// What a person calls the credentials' tenant.
        found: String,
    },
    /// What was to be saved does not fit. Nothing was stored.
    #[error("the settings do not fit: {0:?}")]
    InvalidSettings(
        /// Every problem; fields are paths in what was to be saved.
        Vec<FieldProblem>,
    ),
    /// The set-up cannot be confirmed yet.
    #[error("the set-up is not complete: {0:?}")]
    NotReady(
        /// What is left to do, in order.
        Vec<SetupStep>,
    ),
    /// The PSA has no such client, or does not show it.
    #[error("the PSA has no such client")]
    ClientNotFound,
    /// The client is inactive in the PSA.
    #[error("the client is inactive in the PSA")]
    ClientInactive,
    /// The connector could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The credentials could not be kept or deleted.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The PSA did not answer what was asked.
    #[error(transparent)]
    Psa(#[from] PsaError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<ConnectionConflict> for ConnectionsError {
    fn from(conflict: ConnectionConflict) -> Self {
        Self::Conflict(conflict)
    }
}

impl From<ChangeError> for ConnectionsError {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::NotFound => Self::NotFound,
            ChangeError::Conflict(conflict) => Self::Conflict(conflict),
            ChangeError::Store(error) => Self::Store(error),
        }
    }
}
