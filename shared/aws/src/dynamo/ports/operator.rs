//! What the operator sees of all partners, and does.

use super::{records::audit_page, registry::connections::Troubled};
use crate::dynamo::{
    DynamoStore,
    item::Item,
    key::{CONNECTIONS, Key, REJECTED},
    listing::{self, List},
    rows::{audit, rejected},
    step,
    transaction::Transaction,
    wire::Range,
};
use async_trait::async_trait;
use psa_bridge_core::{
    audit::input_replayed,
    connection::Connection,
    ids::RejectedId,
    ports::{AuditEntry, AuditFilter, OperatorStore, RejectedFilter, RejectedRecord, Replay, StoreError},
    trouble::Trouble,
};
use psa_connector::Page;

#[async_trait]
impl OperatorStore for DynamoStore {
    async fn troubled_connections(
        &self,
        any_of: &[Trouble],
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<Connection>, StoreError> {
        listing::page(self.begin(), &Troubled { any_of }, Range::of(CONNECTIONS), after, limit).await
    }

    async fn rejected(
        &self,
        filter: &RejectedFilter,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<RejectedRecord>, StoreError> {
        let mut range = Range::of(REJECTED);
        if let Some(since) = filter.since {
            range = range.from(rejected::prefix(since));
        }
        if let Some(until) = filter.until {
            // The ids of that moment sort after what they begin with.
            range = range.until(rejected::prefix(until));
        }
        listing::page(self.begin(), &Rejected { filter }, range.backward(), after, limit).await
    }

    async fn rejected_record(&self, id: &RejectedId) -> Result<Option<RejectedRecord>, StoreError> {
        self.begin().peek(&Key::rejected(id)).await?.map(|item| item.read()).transpose()
    }

    async fn mark_replayed(&self, id: &RejectedId, replay: &Replay) -> Result<bool, StoreError> {
        step!(self, |tx| {
            let kept: Option<RejectedRecord> =
                tx.get(&Key::rejected(id)).await?.map(|item| item.read()).transpose()?;
            let Some(mut record) = kept.filter(|record| record.replay.is_none()) else { return Ok(false) };
            record.replay = Some(replay.clone());
            rejected::keep(&mut tx, &record)?;
            audit::write(&mut tx, &input_replayed(&record, replay))?;
            true
        })
    }

    async fn operator_audit(
        &self,
        filter: &AuditFilter,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<AuditEntry>, StoreError> {
        audit_page(self, None, filter, after, limit).await
    }
}

/// Input with a code, replayed or not.
struct Rejected<'f> {
    filter: &'f RejectedFilter,
}

#[async_trait]
impl List for Rejected<'_> {
    type Shown = RejectedRecord;
    const NAME: &'static str = "rejected";

    async fn choose(
        &self,
        _: &mut Transaction<'_>,
        rows: &[Item],
    ) -> Result<Vec<Option<RejectedRecord>>, StoreError> {
        let is_wanted = |record: &RejectedRecord| {
            self.filter.code.as_ref().is_none_or(|wanted| *wanted == record.input.code)
                && self.filter.replayed.is_none_or(|replayed| record.replay.is_some() == replayed)
        };
        rows.iter().map(|row| Ok(Some(row.read()?).filter(is_wanted))).collect()
    }
}
