//! Audit, idempotency keys and budgets.

use crate::sqlite::{SqliteStore, audit, budgets, idempotency, seat_work};
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
impl RecordStore for SqliteStore {
    async fn audit(
        &self,
        partner: &PartnerId,
        filter: &AuditFilter,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<AuditEntry>, StoreError> {
        let (partner, filter, after) = (partner.clone(), filter.clone(), after.map(str::to_owned));
        self.read(move |db| audit::list(db, partner.as_str(), &filter, after.as_deref(), limit)).await
    }

    async fn write_audit(&self, line: &AuditLine) -> Result<(), StoreError> {
        let line = line.clone();
        self.write(move |db| Ok(audit::write(db, &line)?)).await
    }

    async fn expire_audit(&self, before: Timestamp, limit: usize) -> Result<usize, StoreError> {
        self.write(move |db| Ok(audit::expire(db, before, limit)? + seat_work::expire(db, before, limit)?))
            .await
    }
}

#[async_trait]
impl IdempotencyStore for SqliteStore {
    async fn begin_idempotent(
        &self,
        scope: &str,
        key: &str,
        body_hash: &str,
        expired_before: Timestamp,
        forgotten_before: Timestamp,
        now: Timestamp,
    ) -> Result<IdempotencyOutcome, StoreError> {
        let (scope, key, body_hash) = (scope.to_owned(), key.to_owned(), body_hash.to_owned());
        let limits = idempotency::Limits { expired_before, forgotten_before };
        self.write(move |db| Ok(idempotency::begin(db, &scope, &key, &body_hash, &limits, now)?)).await
    }

    async fn finish_idempotent(
        &self,
        scope: &str,
        key: &str,
        response: &StoredResponse,
    ) -> Result<(), StoreError> {
        let (scope, key, response) = (scope.to_owned(), key.to_owned(), response.clone());
        self.write(move |db| Ok(idempotency::finish(db, &scope, &key, &response)?)).await
    }

    async fn forget_idempotent(&self, scope: &str, key: &str) -> Result<(), StoreError> {
        let (scope, key) = (scope.to_owned(), key.to_owned());
        self.write(move |db| Ok(idempotency::forget(db, &scope, &key)?)).await
    }
}

#[async_trait]
impl BudgetStore for SqliteStore {
    async fn take_budget(
        &self,
        tenant: &str,
        plan: &BudgetPlan,
        purpose: Purpose,
        wish: u32,
        now: Timestamp,
    ) -> Result<BudgetGrant, StoreError> {
        let (tenant, plan) = (tenant.to_owned(), *plan);
        self.write(move |db| Ok(budgets::take(db, &tenant, &plan, purpose, wish, now)?)).await
    }
}
