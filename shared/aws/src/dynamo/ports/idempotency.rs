//! Idempotency keys: one item each.

use crate::dynamo::{
    DynamoStore,
    item::Item,
    key::{Key, Kind, Place},
    step,
    transaction::{Commit, Transaction},
};
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use psa_bridge_core::ports::{IdempotencyOutcome, IdempotencyStore, StoreError, StoredResponse};
use serde::{Deserialize, Serialize};

/// For longer than any key counts.
const KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A key as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct KeptKey {
    body_hash: String,
    begun_at: Timestamp,
    response: Option<StoredResponse>,
}

impl KeptKey {
    /// What it says to a request of that body.
    fn answer(self, body_hash: &str) -> IdempotencyOutcome {
        match self.response {
            _ if self.body_hash != body_hash => IdempotencyOutcome::OtherBody,
            None => IdempotencyOutcome::InFlight,
            Some(response) => IdempotencyOutcome::Answered(response),
        }
    }

    fn keep(&self, tx: &mut Transaction<'_>, key: &Key) -> Result<(), StoreError> {
        let place = Place::expiring(Kind::Idempotency, self.begun_at, key);
        let gone_after = self.begun_at.saturating_add(KEPT).unwrap_or(Timestamp::MAX);
        tx.put(Item::new(key.clone(), self)?.expiring(place).gone_after(gone_after));
        Ok(())
    }
}

#[async_trait]
impl IdempotencyStore for DynamoStore {
    async fn begin_idempotent(
        &self,
        scope: &str,
        key: &str,
        body_hash: &str,
        expired_before: Timestamp,
        forgotten_before: Timestamp,
        now: Timestamp,
    ) -> Result<IdempotencyOutcome, StoreError> {
        let key = Key::idempotency(scope, key);
        let fresh = KeptKey { body_hash: body_hash.to_owned(), begun_at: now, response: None };
        // Mostly nobody used it before.
        let mut tx = self.begin();
        tx.expect_absent(&key);
        fresh.keep(&mut tx, &key)?;
        if tx.commit().await? == Commit::Made {
            return Ok(IdempotencyOutcome::Fresh);
        }
        step!(self, |tx| {
            let kept: Option<KeptKey> = tx.get(&key).await?.map(|item| item.read()).transpose()?;
            let counts = kept.filter(|kept| {
                let limit = if kept.response.is_some() { forgotten_before } else { expired_before };
                kept.begun_at >= limit
            });
            if let Some(kept) = counts {
                kept.answer(body_hash)
            } else {
                fresh.keep(&mut tx, &key)?;
                IdempotencyOutcome::Fresh
            }
        })
    }

    async fn finish_idempotent(
        &self,
        scope: &str,
        key: &str,
        response: &StoredResponse,
    ) -> Result<(), StoreError> {
        let key = Key::idempotency(scope, key);
        step!(self, |tx| {
            let kept: Option<KeptKey> = tx.get(&key).await?.map(|item| item.read()).transpose()?;
            if let Some(kept) = kept {
                KeptKey { response: Some(response.clone()), ..kept }.keep(&mut tx, &key)?;
            }
        })
    }

    async fn forget_idempotent(&self, scope: &str, key: &str) -> Result<(), StoreError> {
        let key = Key::idempotency(scope, key);
        step!(self, |tx| tx.delete(&key))
    }
}
