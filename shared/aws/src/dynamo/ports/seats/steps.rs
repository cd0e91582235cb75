//! A change of a line that is made under a lease.

use super::super::work::{leased::UnderLease, steps::may_start};
use crate::dynamo::{
    key::Key,
    rows::{seat_history, seat_line, told_seats},
    transaction::Transaction,
};
use async_trait::async_trait;
use jiff::Timestamp;
use psa_bridge_core::{
    ports::{AdvanceError, Lease, SeatStep},
    seats::SeatLine,
};

/// A change of one line.
pub(super) struct AdvanceSeats<'a> {
    pub(super) lease: &'a Lease,
    pub(super) step: &'a SeatStep,
    pub(super) now: Timestamp,
}

impl AdvanceSeats<'_> {
    fn line(&self) -> Key {
        Key::seat_line(&self.lease.connection, &self.step.organization, &self.step.product)
    }
}

#[async_trait]
impl UnderLease for AdvanceSeats<'_> {
    type Made = SeatLine;

    fn keys(&self) -> Vec<Key> {
        let mut keys = vec![self.line(), Key::told_seats(&self.step.organization)];
        if self.step.change.starts().is_some() {
            keys.push(Key::connection(&self.lease.connection));
        }
        keys
    }

    async fn make(&self, tx: &mut Transaction<'_>) -> Result<SeatLine, AdvanceError> {
        let SeatStep { organization, product, heard, change } = self.step;
        if let Some(generation) = change.starts() {
            may_start(tx, self.lease, generation).await?;
        }
        let before = seat_line::get(tx, &self.line()).await?.ok_or(AdvanceError::Conflict)?;
        let told = told_seats::get(tx, organization).await?.0;
        let told = told.get(product).ok_or(AdvanceError::Conflict)?;
        let mut after = before.clone();
        if let Some(entry) = after.line.apply(change.clone(), told, *heard, self.now)? {
            seat_history::add(tx, &after.line, &entry)?;
        }
        seat_line::keep(tx, Some(&before), &after).await?;
        Ok(after.line)
    }
}
