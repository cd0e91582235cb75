//! What the operator sees of all partners, and does.

use crate::sqlite::{SqliteStore, audit, connections, rejected};
use async_trait::async_trait;
use psa_bridge_core::{
    connection::Connection,
    ids::RejectedId,
    ports::{AuditEntry, AuditFilter, OperatorStore, RejectedFilter, RejectedRecord, Replay, StoreError},
    trouble::Trouble,
};
use psa_connector::Page;

#[async_trait]
impl OperatorStore for SqliteStore {
    async fn troubled_connections(
        &self,
        any_of: &[Trouble],
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<Connection>, StoreError> {
        let (any_of, after) = (any_of.to_vec(), after.map(str::to_owned));
        self.read(move |db| connections::list_troubled(db, &any_of, after.as_deref(), limit)).await
    }

    async fn rejected(
        &self,
        filter: &RejectedFilter,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<RejectedRecord>, StoreError> {
        let (filter, after) = (filter.clone(), after.map(str::to_owned));
        self.read(move |db| rejected::list(db, &filter, after.as_deref(), limit)).await
    }

    async fn rejected_record(&self, id: &RejectedId) -> Result<Option<RejectedRecord>, StoreError> {
        let id = id.clone();
        self.read(move |db| rejected::load(db, &id)).await
    }

    async fn mark_replayed(&self, id: &RejectedId, replay: &Replay) -> Result<bool, StoreError> {
        let (id, replay) = (id.clone(), replay.clone());
        self.write(move |db| Ok(rejected::mark_replayed(db, &id, &replay)?)).await
    }

    async fn operator_audit(
        &self,
        filter: &AuditFilter,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<AuditEntry>, StoreError> {
        let (filter, after) = (filter.clone(), after.map(str::to_owned));
        self.read(move |db| audit::list(db, audit::OPERATOR, &filter, after.as_deref(), limit)).await
    }
}
