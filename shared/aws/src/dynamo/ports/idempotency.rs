//! Idempotency keys: one item each, and parts of an answer that is too long for one.

use crate::dynamo::{
    DynamoStore,
    error::corrupt,
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

/// Longest body of an answer that stands with its key, in bytes, and longest part of a longer one. In JSON it takes twice as
/// much where it is JSON itself, and DynamoDB takes 400 KB.
const PART: usize = 100_000;

/// Where the body of an answer is that does not stand with its key. They are written before the key says so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Parts {
    name: String,
    count: usize,
}

impl Parts {
    fn key(&self, of: &Key, number: usize) -> Key {
        Key::new(of.pk.clone(), format!("P#{}#{number:04}", self.name))
    }

    fn keys(&self, of: &Key) -> Vec<Key> {
        (0..self.count).map(|number| self.key(of, number)).collect()
    }
}

/// A key as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct KeptKey {
    body_hash: String,
    begun_at: Timestamp,
    response: Option<StoredResponse>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parts: Option<Parts>,
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
        tx.put(item(key, self, self.begun_at)?);
        Ok(())
    }
}

fn item(key: &Key, doc: &impl Serialize, begun_at: Timestamp) -> Result<Item, StoreError> {
    let place = Place::expiring(Kind::Idempotency, begun_at, key);
    let gone_after = begun_at.saturating_add(KEPT).unwrap_or(Timestamp::MAX);
    Ok(Item::new(key.clone(), doc)?.expiring(place).gone_after(gone_after))
}

/// A text in pieces of so many bytes at most.
fn pieces(text: &str, longest: usize) -> Vec<&str> {
    let (mut pieces, mut rest) = (Vec::new(), text);
    while !rest.is_empty() {
        let (piece, left) = rest.split_at(rest.floor_char_boundary(longest));
        pieces.push(piece);
        rest = left;
    }
    pieces
}

impl DynamoStore {
    /// Keeps the body of an answer beside the key. The answer without it, and where it is.
    async fn keep_parts(
        &self,
        key: &Key,
        response: &StoredResponse,
    ) -> Result<(StoredResponse, Option<Parts>), StoreError> {
        let kept = self.begin().peek(key).await?.map(|item| item.read::<KeptKey>()).transpose()?;
        let Some(kept) = kept.filter(|_| response.body.len() > PART) else {
            return Ok((response.clone(), None));
        };
        let pieces = pieces(&response.body, PART);
        let parts = Parts { name: format!("{:032x}", rand::random::<u128>()), count: pieces.len() };
        for (part, piece) in parts.keys(key).iter().zip(pieces) {
            let item = item(part, &piece, kept.begun_at)?;
            let written: Result<(), StoreError> = step!(self, |tx| tx.put(item.clone()));
            written?;
        }
        Ok((StoredResponse { body: String::new(), ..response.clone() }, Some(parts)))
    }

    /// The answer with its body.
    async fn whole(
        &self,
        key: &Key,
        answer: IdempotencyOutcome,
        parts: Option<Parts>,
    ) -> Result<IdempotencyOutcome, StoreError> {
        let (IdempotencyOutcome::Answered(mut response), Some(parts)) = (answer.clone(), parts) else {
            return Ok(answer);
        };
        let (mut tx, keys) = (self.begin(), parts.keys(key));
        tx.prefetch(keys.iter().cloned()).await?;
        for key in &keys {
            let part = tx.peek(key).await?.ok_or_else(|| corrupt("an answer misses a part"))?;
            response.body.push_str(&part.read::<String>()?);
        }
        Ok(IdempotencyOutcome::Answered(response))
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
        let fresh = KeptKey { body_hash: body_hash.to_owned(), begun_at: now, response: None, parts: None };
        // Mostly nobody used it before.
        let mut tx = self.begin();
        tx.expect_absent(&key);
        fresh.keep(&mut tx, &key)?;
        if tx.commit().await? == Commit::Made {
            return Ok(IdempotencyOutcome::Fresh);
        }
        let made: Result<_, StoreError> = step!(self, |tx| {
            let kept: Option<KeptKey> = tx.get(&key).await?.map(|item| item.read()).transpose()?;
            let counts = kept.filter(|kept| {
                let limit = if kept.response.is_some() { forgotten_before } else { expired_before };
                kept.begun_at >= limit
            });
            if let Some(kept) = counts {
                let parts = kept.parts.clone();
                (kept.answer(body_hash), parts)
            } else {
                fresh.keep(&mut tx, &key)?;
                (IdempotencyOutcome::Fresh, None)
            }
        });
        let (answer, parts) = made?;
        self.whole(&key, answer, parts).await
    }

    async fn finish_idempotent(
        &self,
        scope: &str,
        key: &str,
        response: &StoredResponse,
    ) -> Result<(), StoreError> {
        let key = Key::idempotency(scope, key);
        let (response, parts) = self.keep_parts(&key, response).await?;
        step!(self, |tx| {
            let kept: Option<KeptKey> = tx.get(&key).await?.map(|item| item.read()).transpose()?;
            if let Some(kept) = kept {
                KeptKey { response: Some(response.clone()), parts: parts.clone(), ..kept }
                    .keep(&mut tx, &key)?;
            }
        })
    }

    async fn forget_idempotent(&self, scope: &str, key: &str) -> Result<(), StoreError> {
        let key = Key::idempotency(scope, key);
        step!(self, |tx| tx.delete(&key))
    }
}
