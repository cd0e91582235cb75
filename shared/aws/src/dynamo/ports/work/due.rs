//! The sweep: which connections have due work that nobody does. It looks at those that have any work at all.

use crate::dynamo::{
    DynamoStore,
    error::corrupt,
    item::Item,
    key::{Key, SHARDS, sweep_partition},
    rows::lease::KeptLease,
    wire::Range,
};
use futures_util::{StreamExt, TryStreamExt, future::try_join_all, stream};
use jiff::Timestamp;
use psa_bridge_core::{connection::Connection, ids::ConnectionId, ports::StoreError};
use std::collections::HashMap;

/// Connections that are looked at side by side.
const SIDE_BY_SIDE: usize = 16;

/// Rows that are read at once. Of a connection with more work, the rest is passed over.
const ROWS: usize = 200;

impl DynamoStore {
    pub(super) async fn sweep(&self, now: Timestamp, limit: usize) -> Result<Vec<ConnectionId>, StoreError> {
        let ids: Vec<ConnectionId> =
            try_join_all((0..SHARDS).map(|shard| self.with_work(shard))).await?.concat();
        let free = self.free_connections(&ids, now).await?;
        let due: Vec<Option<(Timestamp, ConnectionId)>> = stream::iter(free)
            .map(|connection| async move { self.look_at(connection, now).await })
            .buffer_unordered(SIDE_BY_SIDE)
            .try_collect()
            .await?;
        let mut due: Vec<_> = due.into_iter().flatten().collect();
        due.sort_unstable();
        Ok(due.into_iter().take(limit).map(|(_, id)| id).collect())
    }

    /// The connections of a shard that have work.
    async fn with_work(&self, shard: u8) -> Result<Vec<ConnectionId>, StoreError> {
        let range = Range::of(sweep_partition(shard)).limit(ROWS);
        let (mut found, mut rest) = (Vec::new(), range.clone());
        loop {
            let rows = self.wire.query(&rest).await?;
            for row in &rows {
                let (id, _) = row.key.sk.split_once('#').ok_or_else(|| corrupt("work of no connection"))?;
                found.push(id.parse().map_err(corrupt)?);
            }
            // Rows come in order of connection.
            found.dedup();
            match found.last() {
                // Sorts after all work of that connection, and before that of the next.
                Some(last) if rows.len() == ROWS => rest = range.clone().from(format!("{last}$")),
                _ => return Ok(found),
            }
        }
    }

    /// Those of these connections that nobody works.
    async fn free_connections(
        &self,
        ids: &[ConnectionId],
        now: Timestamp,
    ) -> Result<Vec<Connection>, StoreError> {
        let keys: Vec<Key> = ids.iter().flat_map(|id| [Key::connection(id), Key::lease(id)]).collect();
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let found: HashMap<Key, Item> =
            self.wire.get_all(&keys).await?.into_iter().map(|item| (item.key.clone(), item)).collect();
        let is_free = |id: &ConnectionId| {
            found.get(&Key::lease(id)).is_none_or(|item| KeptLease::of(|name| item.number(name)).is_free(now))
        };
        let free = ids.iter().filter(|id| is_free(id)).filter_map(|id| found.get(&Key::connection(id)));
        free.map(Item::read).collect()
    }

    /// When the connection is due, if it is at `now`.
    async fn look_at(
        &self,
        connection: Connection,
        now: Timestamp,
    ) -> Result<Option<(Timestamp, ConnectionId)>, StoreError> {
        let due_at = self.due_at(&connection, now).await?;
        Ok(due_at.filter(|due_at| *due_at <= now).map(|due_at| (due_at, connection.id)))
    }

    /// When a worker has something to do for the connection, if it may at `now`.
    async fn due_at(&self, connection: &Connection, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        let id = &connection.id;
        if connection.revoked_at.is_some() {
            // What is left has to be ended, whenever it was due.
            return Ok(self.earliest(id, Timestamp::MAX).await?.map(|_| Timestamp::MIN));
        }
        if connection.not_before.is_some_and(|not_before| not_before > now) {
            return Ok(None);
        }
        // Nobody looks whether an outage is over where a person wants no calls at all.
        let suspended = connection.suspended.as_ref().filter(|_| connection.paused.is_none());
        let canary = suspended.and_then(|suspended| suspended.canary_at);
        if connection.hold().is_some() {
            return Ok(self.operation_due(id).await?.into_iter().chain(canary).min());
        }
        let (work, seats) = tokio::try_join!(self.earliest(id, now), self.seats_due(id))?;
        Ok(work.into_iter().chain(seats).chain(canary).min())
    }
}
