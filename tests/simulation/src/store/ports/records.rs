//! Audit, idempotency keys and budgets.

use crate::store::{MemoryStore, records::Limits};
use async_trait::async_trait;
use jiff::Timestamp;
use psa_bridge_core::{
    audit::AuditLine,
    budget::{BudgetGrant, BudgetPlan, Purpose},
    ids::PartnerId,
    ports::{
        AuditEntry, AuditFilter, BudgetStore, IdempotencyOutcome, IdempotencyStore, RecordStore, StoreError,
        StoredResponse,
    },
};
use psa_connector::Page;

#[async_trait]
impl RecordStore for MemoryStore {
    async fn audit(
        &self,
        partner: &PartnerId,
        filter: &AuditFilter,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<AuditEntry>, StoreError> {
        self.step("audit", |state| state.audit_page(Some(partner), filter, after, limit)).await
    }

    async fn write_audit(&self, line: &AuditLine) -> Result<(), StoreError> {
        self.step("write_audit", |state| {
            state.write_line(line.clone());
            Ok(())
        })
        .await
    }

    async fn expire_audit(&self, before: Timestamp, limit: usize) -> Result<usize, StoreError> {
        self.step("expire_audit", |state| {
            Ok(state.expire_audit(before, limit) + state.expire_seat_history(before, limit))
        })
        .await
    }
}

#[async_trait]
impl IdempotencyStore for MemoryStore {
    async fn begin_idempotent(
        &self,
        scope: &str,
        key: &str,
        body_hash: &str,
        expired_before: Timestamp,
        forgotten_before: Timestamp,
        now: Timestamp,
    ) -> Result<IdempotencyOutcome, StoreError> {
        let limits = Limits { expired_before, forgotten_before };
        self.step("begin_idempotent", |state| Ok(state.begin_idempotent(scope, key, body_hash, &limits, now)))
            .await
    }

    async fn finish_idempotent(
        &self,
        scope: &str,
        key: &str,
        response: &StoredResponse,
    ) -> Result<(), StoreError> {
        self.step("finish_idempotent", |state| {
            if let Some(kept) = state.idempotency.get_mut(&(scope.to_owned(), key.to_owned())) {
                kept.response = Some(response.clone());
            }
            Ok(())
        })
        .await
    }

    async fn forget_idempotent(&self, scope: &str, key: &str) -> Result<(), StoreError> {
        self.step("forget_idempotent", |state| {
            state.idempotency.remove(&(scope.to_owned(), key.to_owned()));
            Ok(())
        })
        .await
    }
}

#[async_trait]
impl BudgetStore for MemoryStore {
    async fn take_budget(
        &self,
        tenant: &str,
        plan: &BudgetPlan,
        purpose: Purpose,
        wish: u32,
        now: Timestamp,
    ) -> Result<BudgetGrant, StoreError> {
        self.step("take_budget", |state| Ok(state.take_budget(tenant, plan, purpose, wish, now))).await
    }
}
