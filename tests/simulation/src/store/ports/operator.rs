//! What the operator sees of all partners, and does.

use crate::store::MemoryStore;
use async_trait::async_trait;
use psa_bridge_core::{
    connection::Connection,
    ids::RejectedId,
    ports::{AuditEntry, AuditFilter, OperatorStore, RejectedFilter, RejectedRecord, Replay, StoreError},
    trouble::Trouble,
};
use psa_connector::Page;

#[async_trait]
impl OperatorStore for MemoryStore {
    async fn troubled_connections(
        &self,
        any_of: &[Trouble],
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<Connection>, StoreError> {
        self.step("troubled_connections", |state| state.troubled_connections(any_of, after, limit)).await
    }

    async fn rejected(
        &self,
        filter: &RejectedFilter,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<RejectedRecord>, StoreError> {
        self.step("rejected", |state| state.rejected_page(filter, after, limit)).await
    }

    async fn rejected_record(&self, id: &RejectedId) -> Result<Option<RejectedRecord>, StoreError> {
        self.step("rejected_record", |state| Ok(state.rejected_record(id))).await
    }

    async fn mark_replayed(&self, id: &RejectedId, replay: &Replay) -> Result<bool, StoreError> {
        self.step("mark_replayed", |state| Ok(state.mark_replayed(id, replay))).await
    }

    async fn operator_audit(
        &self,
        filter: &AuditFilter,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<AuditEntry>, StoreError> {
        self.step("operator_audit", |state| state.audit_page(None, filter, after, limit)).await
    }
}
