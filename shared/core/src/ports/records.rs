//! Audit, idempotency keys and budgets.

use super::{Actor, StoreError};
use crate::{
    audit::AuditLine,
    budget::{BudgetGrant, BudgetPlan, Purpose},
    ids::{ConnectionId, PartnerId},
};
use async_trait::async_trait;
use jiff::Timestamp;
use psa_connector::Page;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One change of what people configure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditEntry {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// What, e.g. `connection.confirmed`, `mapping.saved`.
    pub action: String,
    /// In which connection.
    pub connection: Option<ConnectionId>,
    /// On what: an organisation, an event, an operation.
    pub subject: Option<String>,
    /// What it was. Never a secret.
    #[schema(value_type = Option<Object>)]
    pub before: Option<serde_json::Value>,
    /// What it is. Never a secret.
    #[schema(value_type = Option<Object>)]
    pub after: Option<serde_json::Value>,
}

/// Which audit lines. Empty: all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// About that connection.
    pub connection: Option<ConnectionId>,
    /// Of then or later.
    pub since: Option<Timestamp>,
    /// Of before then.
    pub until: Option<Timestamp>,
}

/// Steps on records.
#[async_trait]
pub trait RecordStore: Send + Sync {
    /// A partner's audit lines, newest first.
    async fn audit(
        &self,
        partner: &PartnerId,
        filter: &AuditFilter,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<AuditEntry>, StoreError>;

    /// Keeps a line of a change that is no store's step: what a person is about to change in a PSA.
    async fn write_audit(&self, line: &AuditLine) -> Result<(), StoreError>;

    /// Deletes up to `limit` audit lines and up to `limit` entries of the history of seat counts that are older than
    /// `before`, oldest first. Returns how many.
    async fn expire_audit(&self, before: Timestamp, limit: usize) -> Result<usize, StoreError>;
}

/// An answer that is given again to the same idempotency key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredResponse {
    /// HTTP status.
    pub status: u16,
    /// Content type.
    pub content_type: String,
    /// `Location`, where there was one.
    pub location: Option<String>,
    /// The body.
    pub body: String,
}

/// What is known of an idempotency key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IdempotencyOutcome {
    /// Nothing: it is yours now, finish or forget it.
    Fresh,
    /// The first request with it is still being answered.
    InFlight,
    /// It was used with another body.
    OtherBody,
    /// It was answered so.
    Answered(StoredResponse),
}

/// Steps on idempotency keys. A key is told apart by who uses it and on which route.
#[async_trait]
pub trait IdempotencyStore: Send + Sync {
    /// Takes a key, unless it is taken. What was begun before `expired_before` and never finished is free again, and so
    /// is what was answered before `forgotten_before`.
    async fn begin_idempotent(
        &self,
        scope: &str,
        key: &str,
        body_hash: &str,
        expired_before: Timestamp,
        forgotten_before: Timestamp,
        now: Timestamp,
    ) -> Result<IdempotencyOutcome, StoreError>;

    /// Keeps the answer.
    async fn finish_idempotent(
        &self,
        scope: &str,
        key: &str,
        response: &StoredResponse,
    ) -> Result<(), StoreError>;

    /// Frees a key whose request failed in a way that another try may mend.
    async fn forget_idempotent(&self, scope: &str, key: &str) -> Result<(), StoreError>;
}

/// Steps on request budgets.
#[async_trait]
pub trait BudgetStore: Send + Sync {
    /// Takes up to `wish` requests from the account of a PSA tenant.
    async fn take_budget(
        &self,
        tenant: &str,
        plan: &BudgetPlan,
        purpose: Purpose,
        wish: u32,
        now: Timestamp,
    ) -> Result<BudgetGrant, StoreError>;
}
