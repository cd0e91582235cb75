//! Rejected input goes in again: as it came, once what was in its way is mended, or corrected by the operator.

use super::accept::{Ingest, Outcome};
use crate::{
    cloud_event::{self, InvalidEvent},
    ids::RejectedId,
    ports::{Actor, RejectedFilter, RejectedRecord, Replay, StoreError},
};
use psa_connector::Page;
use tracing::info;

/// What became of one replay.
#[derive(Debug)]
pub enum Replayed {
    /// It became events.
    Done(Replay),
    /// It had become events before; nothing was done.
    Before(Replay),
    /// It is no event yet. Of a batch, those that are events were taken all the same: sending them again is harmless.
    StillInvalid(InvalidEvent),
    /// Not all of it was kept, so it can only be replayed with a body in its place.
    NotWhole,
}

impl Ingest {
    /// Takes kept input in again, or another body in its place. None where there is no such input. An error means that
    /// it can be asked for again: what was accepted stays so and is told apart then.
    pub async fn replay(
        &self,
        id: &RejectedId,
        corrected: Option<&[u8]>,
        by: &Actor,
    ) -> Result<Option<Replayed>, StoreError> {
        let Some(record) = self.store.rejected_record(id).await? else { return Ok(None) };
        self.replay_record(&record, corrected, by).await.map(Some)
    }

    /// Takes a page of kept input in again, newest first: what was not replayed yet and passes the filter.
    pub async fn replay_page(
        &self,
        filter: RejectedFilter,
        after: Option<&str>,
        limit: usize,
        by: &Actor,
    ) -> Result<Page<(RejectedId, Replayed)>, StoreError> {
        let filter = RejectedFilter { replayed: Some(false), ..filter };
        let page = self.store.rejected(&filter, after, limit).await?;
        let mut items = Vec::with_capacity(page.items.len());
        for record in page.items {
            let replayed = self.replay_record(&record, None, by).await?;
            items.push((record.id, replayed));
        }
        Ok(Page { items, next: page.next })
    }

    async fn replay_record(
        &self,
        record: &RejectedRecord,
        corrected: Option<&[u8]>,
        by: &Actor,
    ) -> Result<Replayed, StoreError> {
        if let Some(before) = &record.replay {
            return Ok(Replayed::Before(before.clone()));
        }
        if corrected.is_none() && !record.input.is_whole() {
            return Ok(Replayed::NotWhole);
        }
        let body = corrected.unwrap_or(record.input.raw.as_bytes());
        let values = match cloud_event::split(body) {
            Ok(values) if values.is_empty() => return Ok(Replayed::StillInvalid(InvalidEvent::nothing())),
            Ok(values) => values,
            Err(invalid) => return Ok(Replayed::StillInvalid(invalid)),
        };
        let mut events = Vec::with_capacity(values.len());
        let mut problems = Vec::new();
        for outcome in self.accept_all(&values).await {
            match outcome {
                Outcome::Accepted(id) | Outcome::Duplicate(id) => events.push(id),
                Outcome::Invalid(invalid) => problems.extend(invalid.problems),
                Outcome::Failed(error) => return Err(error),
            }
        }
        if !problems.is_empty() {
            return Ok(Replayed::StillInvalid(InvalidEvent { problems }));
        }
        let replay = Replay { at: self.clock.now(), by: by.clone(), events, corrected: corrected.is_some() };
        if self.store.mark_replayed(&record.id, &replay).await? {
            info!(rejected = %record.id, events = replay.events.len(), "Replayed rejected input");
            return Ok(Replayed::Done(replay));
        }
        // Another replay at the same moment was first. Its events are those that this one found kept.
        let first = self.store.rejected_record(&record.id).await?.and_then(|record| record.replay);
        Ok(Replayed::Before(first.unwrap_or(replay)))
    }
}
