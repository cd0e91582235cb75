//! The audit.

use crate::dynamo::{
    DynamoStore,
    item::Item,
    key::{Key, Kind, SHARDS, audit_of_connection, audit_partition, time},
    listing::{self, List},
    rows::audit,
    step,
    transaction::Transaction,
    wire::Range,
};
use async_trait::async_trait;
use jiff::Timestamp;
use psa_bridge_core::{
    audit::AuditLine,
    ids::PartnerId,
    ports::{AuditEntry, AuditFilter, RecordStore, StoreError},
};
use psa_connector::Page;

/// Lines that are deleted at once.
const DELETED_AT_ONCE: usize = 50;

#[async_trait]
impl RecordStore for DynamoStore {
    async fn audit(
        &self,
        partner: &PartnerId,
        filter: &AuditFilter,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<AuditEntry>, StoreError> {
        audit_page(self, Some(partner), filter, after, limit).await
    }

    async fn write_audit(&self, line: &AuditLine) -> Result<(), StoreError> {
        step!(self, |tx| audit::write(&mut tx, line)?)
    }

    async fn expire_audit(&self, before: Timestamp, limit: usize) -> Result<usize, StoreError> {
        let mut deleted = 0;
        for kind in [Kind::Audit, Kind::SeatHistory] {
            deleted += delete_old(self, kind, before, limit.max(1)).await?;
        }
        Ok(deleted)
    }
}

/// Deletes up to so many items of a kind that are older, the oldest first. Returns how many.
async fn delete_old(
    store: &DynamoStore,
    kind: Kind,
    before: Timestamp,
    limit: usize,
) -> Result<usize, StoreError> {
    let mut old: Vec<(String, Key)> = Vec::new();
    for shard in 0..SHARDS {
        let range = Range::expiring(kind.partition(shard)).until(time(before)).limit(limit);
        old.extend(store.begin().keys(&range).await?);
    }
    old.sort();
    old.truncate(limit);
    let keys: Vec<Key> = old.into_iter().map(|(_, key)| key).collect();
    let mut deleted = 0;
    for keys in keys.chunks(DELETED_AT_ONCE) {
        deleted += delete(store, keys).await?;
    }
    Ok(deleted)
}

/// Deletes those of these items that are there. Returns how many.
async fn delete(store: &DynamoStore, keys: &[Key]) -> Result<usize, StoreError> {
    step!(store, |tx| {
        tx.prefetch(keys.iter().cloned()).await?;
        let mut deleted = 0;
        for key in keys {
            // The index lags: what it still shows may have been deleted by somebody else.
            if tx.get(key).await?.is_some() {
                tx.delete(key);
                deleted += 1;
            }
        }
        deleted
    })
}

/// A page of the lines of a partner; of the operator's without one.
pub(super) async fn audit_page(
    store: &DynamoStore,
    partner: Option<&PartnerId>,
    filter: &AuditFilter,
    after: Option<&str>,
    limit: usize,
) -> Result<Page<AuditEntry>, StoreError> {
    let partition = audit_partition(partner);
    let mut range = match &filter.connection {
        None => Range::of(&partition),
        Some(connection) => Range::listed(audit_of_connection(connection)),
    };
    if let Some(since) = filter.since {
        range = range.from(time(since));
    }
    if let Some(until) = filter.until {
        // Lines of that moment sort after it.
        range = range.until(time(until));
    }
    let list = AuditLines { partition };
    listing::page(store.begin(), &list, range.backward(), after, limit).await
}

/// The lines of one partition, also where they are listed with those of others.
struct AuditLines {
    partition: String,
}

#[async_trait]
impl List for AuditLines {
    type Shown = AuditEntry;
    const NAME: &'static str = "audit";

    async fn choose(
        &self,
        _: &mut Transaction<'_>,
        rows: &[Item],
    ) -> Result<Vec<Option<AuditEntry>>, StoreError> {
        let shown = |row: &Item| (row.key.pk == self.partition).then(|| row.read()).transpose();
        rows.iter().map(shown).collect()
    }
}
