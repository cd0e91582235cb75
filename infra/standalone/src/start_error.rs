//! Why the bridge cannot start.

use crate::{config::ConfigError, keys::SecretFileError};
use psa_bridge_core::ports::StoreError;
use psa_bridge_embedded::{KeyError as VaultKeyError, OpenError, SmtpError};
use psa_bridge_http::KeyError;
use psa_connector::transport::{EgressDenied, TransportError};
use std::{io, path::PathBuf};
use thiserror::Error;

/// The bridge cannot start.
#[derive(Debug, Error)]
pub enum StartError {
    /// The configuration is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The data folder cannot be used.
    #[error("the data folder {path} cannot be used: {source}")]
    Folder {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another bridge works on it.
    #[error("another psa-bridge works on {0}: stop it first")]
    Locked(PathBuf),
    /// A secret file cannot be used.
    #[error(transparent)]
    SecretFile(#[from] SecretFileError),
    /// The vault's key cannot be used.
    #[error(transparent)]
    VaultKey(#[from] VaultKeyError),
    /// The database cannot be opened.
    #[error(transparent)]
    Store(#[from] OpenError),
    /// The database cannot be used.
    #[error(transparent)]
    Step(#[from] StoreError),
    /// The keys for tokens cannot be used.
    #[error("the keys for tokens cannot be used: {0}")]
    TokenKey(#[from] KeyError),
    /// The key set cannot be read.
    #[error("auth.jwks_file {path} cannot be read: {source}")]
    KeySet {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// An exception to the egress rules is malformed.
    #[error("egress.allow: {0}")]
    Egress(#[from] EgressDenied),
    /// No HTTP client.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The way to the mail server cannot be prepared.
    #[error(transparent)]
    Mail(#[from] SmtpError),
    /// The address is taken or not ours.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Which.
        address: String,
        /// What the system said.
        source: io::Error,
    },
}
