//! What the operator sees of all partners, and does: trouble of connections, input that was no event, and its replay.

use super::{Actor, AuditEntry, AuditFilter, RejectedInput, StoreError};
use crate::{
    connection::Connection,
    ids::{EventId, RejectedId},
    trouble::Trouble,
};
use async_trait::async_trait;
use jiff::Timestamp;
use psa_connector::Page;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Rejected input as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RejectedRecord {
    /// Its id.
    pub id: RejectedId,
    /// The input, and what is wrong with it.
    #[serde(flatten)]
    pub input: RejectedInput,
    /// What became of it later; null where nothing did.
    pub replay: Option<Replay>,
}

/// That rejected input became events after all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Replay {
    /// When.
    pub at: Timestamp,
    /// Who had it replayed.
    pub by: Actor,
    /// What it became.
    pub events: Vec<EventId>,
    /// Whether another body was sent in place of the input.
    pub corrected: bool,
}

/// Which rejected input. Empty: all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RejectedFilter {
    /// With that code.
    pub code: Option<String>,
    /// Received then or later.
    pub since: Option<Timestamp>,
    /// Received before then.
    pub until: Option<Timestamp>,
    /// That was replayed, or was not.
    pub replayed: Option<bool>,
}

/// Steps of the operator.
#[async_trait]
pub trait OperatorStore: Send + Sync {
    /// Connections of all partners that are not revoked and have at least one of these troubles, in order of id.
    async fn troubled_connections(
        &self,
        any_of: &[Trouble],
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<Connection>, StoreError>;

    /// Kept input that is no event, newest first.
    async fn rejected(
        &self,
        filter: &RejectedFilter,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<RejectedRecord>, StoreError>;

    /// One of them.
    async fn rejected_record(&self, id: &RejectedId) -> Result<Option<RejectedRecord>, StoreError>;

    /// Notes that input became events, with a line of the operator's audit. False, and nothing noted, where it was
    /// noted before or there is no such input.
    async fn mark_replayed(&self, id: &RejectedId, replay: &Replay) -> Result<bool, StoreError>;

    /// What the vendor's side changed across partners, newest first.
    async fn operator_audit(
        &self,
        filter: &AuditFilter,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<AuditEntry>, StoreError>;
}
