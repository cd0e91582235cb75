//! What can go wrong with mappings, told apart by what the caller may do about it.

use crate::{
    connection::ConnectionConflict,
    ports::{OpenError, StoreError},
};
use psa_connector::{ClientId, LicenseId, PsaError};
use thiserror::Error;

/// Why something was not done.
#[derive(Debug, Error)]
pub enum MappingsError {
    /// The partner has no such connection.
    #[error("there is no such connection")]
    NoConnection,
    /// There is no such organisation in whose chain the partner is.
    #[error("there is no such organisation")]
    NoOrganization,
    /// The organisation is not mapped in this connection.
    #[error("there is no such mapping")]
    NoMapping,
    /// The connection is revoked, or suspended so that it must not be asked.
    #[error(transparent)]
    Conflict(#[from] ConnectionConflict),
    /// The PSA has no such client, or does not show it.
    #[error("the PSA shows no client {0}")]
    ClientMissing(ClientId),
    /// No tickets can be logged for the client.
    #[error("the client {0} is inactive")]
    ClientInactive(ClientId),
    /// The licence is not one of the client's.
    #[error("the client has no licence {0}")]
    LicenseMissing(LicenseId),
    /// The PSA has no licences.
    #[error("the PSA has no licences")]
    NoLicenses,
    /// Licences, or contracts, are made by people in this PSA.
    #[error("licences cannot be made in this PSA")]
    NoNewLicenses,
    /// The same organisation twice in one request.
    #[error("the organisation is named twice")]
    NamedTwice,
    /// Time ran out before its turn came.
    #[error("time ran out before this one's turn")]
    NotReached,
    /// A value is not as it has to be.
    #[error("{field}: {message}")]
    Invalid {
        /// Which.
        field: &'static str,
        /// What it has to be.
        message: String,
    },
    /// The PSA did not answer as asked.
    #[error(transparent)]
    Psa(#[from] PsaError),
    /// The connector could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
