//! What can go wrong with a PSA, told apart by what the caller may do next.

use serde::{Deserialize, Serialize};
use std::time::Duration;
use thiserror::Error;

/// A call to a PSA that did not give what was asked for.
///
/// `Display` is the operator's text: what was tried and what came back. [`PsaError::partner_message`] is the partner's:
/// what to do. Neither ever holds a secret.
#[derive(Debug, Error)]
#[error("{operation}: {kind:?}: {detail}")]
pub struct PsaError {
    kind: PsaErrorKind,
    operation: &'static str,
    detail: String,
    psa_message: Option<String>,
    #[source]
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// The kinds of [`PsaError`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PsaErrorKind {
    /// The PSA does not accept the credentials. Never repeat by itself: API users get locked.
    InvalidCredentials,
    /// The credentials belong to another vendor's integration.
    WrongIntegration,
    /// The credentials are right and may not do this.
    MissingPermission,
    /// The PSA understood the request and refuses its content. Nothing was stored.
    Rejected {
        /// The field that it names, where it does.
        field: Option<String>,
    },
    /// There is no such thing in the PSA, or the API user cannot see it.
    NotFound,
    /// Too many requests. Nothing was stored.
    RateLimited {
        /// How long the PSA, or our own budget, asks to wait.
        after: Option<Duration>,
    },
    /// The PSA cannot be reached or is down. Nothing was stored.
    Unavailable,
    /// The request may have taken effect: the reply was lost, or is none that this request would have had.
    OutcomeUnknown,
    /// The PSA answered what its API does not allow. Nothing was stored.
    Protocol,
    /// This PSA has no such thing. Nothing was sent; see [`Capabilities`](crate::Capabilities).
    MissingCapability,
}

impl PsaError {
    /// An error of `operation` (the connector's name of the call). `detail` is for the operator.
    pub fn new(kind: PsaErrorKind, operation: &'static str, detail: impl Into<String>) -> Self {
        Self { kind, operation, detail: detail.into(), psa_message: None, source: None }
    }

    /// What is asked for is nothing that this PSA can do.
    pub fn missing_capability(operation: &'static str) -> Self {
        Self::new(PsaErrorKind::MissingCapability, operation, "Not sent: this PSA cannot do this")
    }

    /// Adds the PSA's own words, which are shown to the partner as they are.
    #[must_use]
    pub fn with_psa_message(mut self, message: impl Into<String>) -> Self {
        self.psa_message = Some(message.into());
        self
    }

    /// Adds what caused it.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What kind.
    pub fn kind(&self) -> &PsaErrorKind {
        &self.kind
    }

    /// The connector's name of the call that failed.
    pub fn operation(&self) -> &'static str {
        self.operation
    }

    /// What happened, for the operator.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The PSA's own words, where it had any.
    pub fn psa_message(&self) -> Option<&str> {
        self.psa_message.as_deref()
    }

    /// What the partner should do, in English. Texts in other languages are chosen by [`PsaError::kind`].
    pub fn partner_message(&self) -> String {
        let advice = match &self.kind {
            PsaErrorKind::InvalidCredentials => "The PSA does not accept the credentials. Enter them again.",
            PsaErrorKind::WrongIntegration => {
                "The API user belongs to another integration. Choose this vendor's integration on the API user."
            }
            PsaErrorKind::MissingPermission => {
                "The API user may not do this. Check its role against the set-up guide."
            }
            PsaErrorKind::Rejected { field: Some(_) } => {
                "The PSA refuses a field of the ticket. Change it in the ticket settings."
            }
            PsaErrorKind::Rejected { field: None } => {
                "The PSA refuses the request. Check the ticket settings against the PSA's rules."
            }
            PsaErrorKind::NotFound => {
                "The PSA no longer has this record, or the API user cannot see it. Check the mapping."
            }
            PsaErrorKind::RateLimited { .. } => {
                "The PSA limits the number of requests. It will be tried again."
            }
            PsaErrorKind::Unavailable => "The PSA cannot be reached at present. It will be tried again.",
            PsaErrorKind::OutcomeUnknown => {
                "The PSA's reply was lost. Whether the request took effect is being found out."
            }
            PsaErrorKind::Protocol => {
                "The PSA gave an answer that could not be understood. Check the site's address."
            }
            PsaErrorKind::MissingCapability => "This PSA cannot do this. Do it in the PSA by hand.",
        };
        match &self.psa_message {
            Some(message) => format!("{advice} The PSA says: {message}"),
            None => advice.to_owned(),
        }
    }
}
