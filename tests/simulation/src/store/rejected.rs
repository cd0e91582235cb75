//! Input that is no event, and what became of it once it was replayed.

use super::{cursor, state::State};
use jiff::Timestamp;
use psa_bridge_core::{
    audit,
    ids::RejectedId,
    ports::{RejectedFilter, RejectedInput, RejectedRecord, Replay, StoreError},
};
use psa_connector::Page;

const LIST: &str = "rejected";

impl State {
    pub(super) fn reject(&mut self, input: &RejectedInput) -> Result<(), StoreError> {
        let number = self.number();
        let id = format!("{}{number}", RejectedId::PREFIX).parse().map_err(super::expiry::corrupt)?;
        let record = RejectedRecord { id, input: input.clone(), replay: None };
        self.rejected.insert((input.received_at, number), record);
        Ok(())
    }

    /// What was kept, newest first.
    pub(super) fn rejected_page(
        &self,
        filter: &RejectedFilter,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<RejectedRecord>, StoreError> {
        let before = cursor::time_and::<u64>(LIST, after)?.unwrap_or((Timestamp::MAX, u64::MAX));
        let rows = self.rejected.range(..before).rev().filter(|(_, record)| is_wanted(record, filter));
        let rows = rows.map(|((at, number), record)| ([at.to_string(), number.to_string()], record.clone()));
        Ok(cursor::page(LIST, rows, limit))
    }

    pub(super) fn rejected_record(&self, id: &RejectedId) -> Option<RejectedRecord> {
        self.rejected.values().find(|record| record.id == *id).cloned()
    }

    /// Notes what became of it. False where that was noted before.
    pub(super) fn mark_replayed(&mut self, id: &RejectedId, replay: &Replay) -> bool {
        let found = self.rejected.values_mut().find(|record| record.id == *id && record.replay.is_none());
        let Some(record) = found else { return false };
        record.replay = Some(replay.clone());
        let record = record.clone();
        self.write_line(audit::input_replayed(&record, replay));
        true
    }
}

fn is_wanted(record: &RejectedRecord, filter: &RejectedFilter) -> bool {
    let RejectedInput { received_at, code, .. } = &record.input;
    filter.code.as_ref().is_none_or(|wanted| wanted == code)
        && filter.since.is_none_or(|since| *received_at >= since)
        && filter.until.is_none_or(|until| *received_at < until)
        && filter.replayed.is_none_or(|replayed| record.replay.is_some() == replayed)
}
