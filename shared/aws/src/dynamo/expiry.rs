//! The end of what is kept. What is old enough is found through the index of retention, which may lag; each record is read
//! again before it goes, and steps are small, so that a crash leaves the rest to the next call.

use super::{
    DynamoStore,
    error::corrupt,
    event_lists::event_of,
    key::{self, Key, Kind, SHARDS},
    rows::{delivery, event},
    step,
    transaction::Transaction,
    wire::Range,
};
use jiff::Timestamp;
use psa_bridge_core::{
    delivery::{Change, Delivery},
    ids::{ConnectionId, EventId},
    ports::StoreError,
    reason::Reason,
};

/// What goes as a whole item, in this order, after events.
const OTHERS: [Kind; 8] = [
    Kind::Operation,
    Kind::Rejected,
    Kind::Idempotency,
    Kind::Record,
    Kind::Storm,
    Kind::RouteRequest,
    Kind::Budget,
    Kind::Notice,
];

/// A step takes no more on once it has so many actions. What one event brings along fits between this and the hundred that
/// DynamoDB takes.
const ROOM: usize = 45;
/// Events that are read at once.
const PIECE: usize = 50;
/// Events that a step looks at, of which many may have to stay.
const LOOKED_AT: usize = 500;

/// How much may still be ended and deleted, and where among the old events the next step goes on.
#[derive(Clone, Debug)]
struct Sweep {
    before: Timestamp,
    now: Timestamp,
    to_end: usize,
    to_delete: usize,
    behind: Option<String>,
}

impl DynamoStore {
    /// Step by step, each as much as DynamoDB takes at once, until nothing is left or the limits are reached.
    pub(super) async fn expire_all(
        &self,
        before: Timestamp,
        limit: usize,
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        let limit = limit.max(1);
        let mut sweep = Sweep { before, now, to_end: limit, to_delete: limit, behind: None };
        loop {
            let rest = self.expire_some(&sweep).await?;
            let is_done = (rest.to_end, rest.to_delete) == (sweep.to_end, sweep.to_delete)
                && rest.behind == sweep.behind;
            sweep = rest;
            if is_done {
                return Ok(2 * limit - sweep.to_end - sweep.to_delete);
            }
        }
    }

    /// A step; gives back what is left to do.
    async fn expire_some(&self, sweep: &Sweep) -> Result<Sweep, StoreError> {
        step!(self, |tx| {
            let mut sweep = sweep.clone();
            sweep.end_unfinished(&mut tx).await?;
            sweep.delete_events(&mut tx).await?;
            for kind in OTHERS {
                sweep.delete_items(&mut tx, kind).await?;
            }
            sweep
        })
    }
}

impl Sweep {
    /// Up to so many items of a kind that are older, the oldest first, with their places.
    async fn old(
        &self,
        tx: &Transaction<'_>,
        kind: Kind,
        limit: usize,
    ) -> Result<Vec<(String, Key)>, StoreError> {
        let mut found = Vec::new();
        for shard in 0..if limit == 0 { 0 } else { SHARDS } {
            let range = Range::expiring(kind.partition(shard)).until(key::time(self.before)).limit(limit);
            let behind = self.behind.iter().filter(|_| kind == Kind::Event);
            found.extend(tx.keys(&behind.fold(range, |range, last| range.after(last))).await?);
        }
        found.sort();
        found.truncate(limit);
        Ok(found)
    }

    async fn end_unfinished(&mut self, tx: &mut Transaction<'_>) -> Result<(), StoreError> {
        for (_, key) in self.old(tx, Kind::Unfinished, self.to_end.min(ROOM)).await? {
            if tx.actions() >= ROOM {
                break;
            }
            let (event, connection) = unfinished(&key)?;
            let kept = delivery::peek(tx, &event, &connection).await?;
            let Some(was) = kept.filter(Delivery::is_unfinished) else { continue };
            let mut is = was.clone();
            let change = Change::Ended { reason: Reason::RetentionReached, detail: None };
            is.apply(change, self.now).map_err(corrupt)?;
            delivery::keep(tx, Some(&was), &is)?;
            self.to_end -= 1;
        }
        Ok(())
    }

    /// An event goes with all its deliveries or not at all. Those that stay are passed over.
    async fn delete_events(&mut self, tx: &mut Transaction<'_>) -> Result<(), StoreError> {
        let mut looked_at = 0;
        while self.to_delete > 0 && tx.actions() < ROOM && looked_at < LOOKED_AT {
            let old = self.old(tx, Kind::Event, PIECE).await?;
            looked_at += old.len();
            if old.is_empty() {
                break;
            }
            tx.prefetch(old.iter().map(|(_, key)| key.clone())).await?;
            for (place, key) in old {
                if self.to_delete == 0 || tx.actions() >= ROOM {
                    break;
                }
                self.to_delete -= usize::from(self.delete_event(tx, &event_of(&key)?).await?);
                self.behind = Some(place);
            }
        }
        Ok(())
    }

    async fn delete_event(&self, tx: &mut Transaction<'_>, id: &EventId) -> Result<bool, StoreError> {
        let Some(kept) = event::peek(tx, id).await? else { return Ok(false) };
        tx.prefetch(kept.deliveries.keys().map(|connection| Key::delivery(id, connection))).await?;
        let mut deliveries = Vec::new();
        for connection in kept.deliveries.keys() {
            deliveries.extend(delivery::peek(tx, id, connection).await?);
        }
        let is_old = |of: &Delivery| !of.is_unfinished() && delivery::changed_at(of) < self.before;
        if !deliveries.iter().all(is_old) {
            return Ok(false);
        }
        for of in &deliveries {
            delivery::remove(tx, of);
        }
        event::remove(tx, &kept)?;
        Ok(true)
    }

    async fn delete_items(&mut self, tx: &mut Transaction<'_>, kind: Kind) -> Result<(), StoreError> {
        let room = ROOM.saturating_sub(tx.actions());
        let old = self.old(tx, kind, self.to_delete.min(room)).await?;
        tx.prefetch(old.iter().map(|(_, key)| key.clone())).await?;
        for (_, key) in old {
            let kept = tx.peek(&key).await?;
            let since = kept.and_then(|item| item.expiring).and_then(|place| Some(key::split(&place.sk)?.0));
            if since.is_some_and(|since| since < self.before) {
                tx.delete(&key);
                self.to_delete -= 1;
            }
        }
        Ok(())
    }
}

/// The delivery of a worker's row.
fn unfinished(key: &Key) -> Result<(EventId, ConnectionId), StoreError> {
    let connection = key.pk.strip_prefix("C#").and_then(|id| id.parse().ok());
    let event = key.sk.strip_prefix("W#").and_then(key::split).and_then(|(_, id)| id.parse().ok());
    event.zip(connection).ok_or_else(|| corrupt(format!("no row of a delivery: {} {}", key.pk, key.sk)))
}
