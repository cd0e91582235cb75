//! Events that miss a delivery, and all that routing may still change.

use super::{
    DynamoStore, cursor,
    event_lists::{page, place},
    key::{self, Key, SHARDS},
    rows::{
        event::{self, is_open},
        organization, route_request,
    },
    step,
    transaction::Transaction,
    wire::Range,
};
use jiff::Timestamp;
use psa_bridge_core::{
    delivery::Delivery,
    ids::{ConnectionId, EventId},
    ports::{RouteReach, RouteScope, StoreError},
    reason::Reason,
};
use psa_connector::Page;

const PENDING: &str = "events pending";
/// A step takes no more on once it has so many actions.
const ROOM: usize = 45;

impl DynamoStore {
    pub(super) async fn list_pending(
        &self,
        since: Timestamp,
        until: Timestamp,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<EventId>, StoreError> {
        let behind = cursor::time_and::<EventId>(PENDING, after)?;
        let behind = behind.map(|(at, id)| key::time_and(at, id.as_str()));
        let rows = self.pending(Some(since), until, behind.as_deref(), limit.max(1) + 1).await?;
        Ok(page(PENDING, rows, limit))
    }

    /// Events that routing may still change, accepted before `until`, in order of acceptance.
    async fn pending(
        &self,
        since: Option<Timestamp>,
        until: Timestamp,
        behind: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(Timestamp, EventId)>, StoreError> {
        let mut tx = self.begin();
        let mut rows = Vec::new();
        for shard in 0..SHARDS {
            let range = Range::of(key::pending_partition(shard)).until(key::time(until));
            let range = since.into_iter().fold(range, |range, since| range.from(key::time(since)));
            let range = behind.into_iter().fold(range, Range::after);
            for row in tx.query(&range.limit(limit)).await? {
                rows.push(place(&row.key.sk)?);
            }
        }
        rows.sort();
        rows.truncate(limit);
        Ok(rows)
    }

    /// Closes the window for up to `limit` sightings and missing deliveries, in steps of as many events as DynamoDB takes at
    /// once. What a crash leaves, the next call closes.
    pub(super) async fn close_old(&self, window: Timestamp, limit: usize) -> Result<usize, StoreError> {
        let limit = limit.max(1);
        let mut closed = 0;
        while closed < limit {
            let some = self.close_some(window, limit - closed).await?;
            if some == 0 {
                break;
            }
            closed += some;
        }
        Ok(closed)
    }

    async fn close_some(&self, window: Timestamp, limit: usize) -> Result<usize, StoreError> {
        step!(self, |tx| {
            let old = self.pending(None, window, None, limit.min(ROOM)).await?;
            tx.prefetch(old.iter().map(|(_, id)| Key::event(id))).await?;
            let mut closed = 0;
            for (_, id) in old {
                if closed >= limit || tx.actions() >= ROOM {
                    break;
                }
                closed += close_event(&mut tx, &id, limit - closed).await?;
            }
            closed
        })
    }

    /// How many events of organisations that the connection maps now have no delivery to it.
    pub(super) async fn remaining(
        &self,
        tx: &mut Transaction<'_>,
        connection: &ConnectionId,
    ) -> Result<u64, StoreError> {
        let partition = key::missing_partition(&RouteScope::Connection(connection.clone()));
        let mut missing = Vec::new();
        for row in tx.query(&Range::of(partition)).await? {
            missing.push(row.read::<event::Missing>()?.organization);
        }
        tx.prefetch(missing.iter().map(|organization| Key::mapping(organization, connection))).await?;
        let mut remaining = 0;
        for organization in &missing {
            let row = organization::mapping(tx, connection, organization).await?;
            remaining += u64::from(row.is_some_and(|row| row.mapping.is_some()));
        }
        Ok(remaining)
    }
}

/// Closes the window of an event for up to so many sightings, and missing deliveries.
async fn close_event(tx: &mut Transaction<'_>, id: &EventId, limit: usize) -> Result<usize, StoreError> {
    let Some(before) = event::peek(tx, id).await? else { return Ok(0) };
    let mut after = before.clone();
    let mut closed = 0;
    for why in after.sightings.values_mut().filter(|why| is_open(**why)).take(limit) {
        *why = Some(Reason::LeftWindowUnrouted);
        closed += 1;
    }
    let forgotten: Vec<ConnectionId> = after.missing.iter().take(limit - closed).cloned().collect();
    after.missing.retain(|connection| !forgotten.contains(connection));
    event::keep(tx, Some(&before), &after)?;
    Ok(closed + forgotten.len())
}

/// What ended as unmapped is missing again: to be called in the step that ends it. Where a mapping was made since the worker
/// looked, nobody else would ask.
pub(super) async fn ended_as_unmapped(
    tx: &mut Transaction<'_>,
    delivery: &Delivery,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Delivery { event, connection, organization, .. } = delivery;
    if let Some(before) = event::get(tx, event).await? {
        let mut after = before.clone();
        after.missing.insert(connection.clone());
        event::keep(tx, Some(&before), &after)?;
    }
    organization::get(tx, organization).await?;
    if organization::owned_mapping(tx, connection, organization).await?.is_some() {
        let scope = RouteScope::Organization(organization.clone());
        route_request::ask(tx, scope, RouteReach::Missing, now).await?;
    }
    Ok(())
}
