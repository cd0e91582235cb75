//! What is unfinished in a connection. All of it is found by consistent reads of the connection's partition.

use crate::dynamo::{
    DynamoStore,
    error::corrupt,
    item::Item,
    key::{Key, connection_partition, split, time},
    rows::{
        delivery::{DONE, ENDED, Waiting},
        event, organization,
    },
    transaction::Transaction,
    wire::Range,
};
use jiff::Timestamp;
use psa_bridge_core::{
    delivery::Delivery,
    event::Event,
    ids::{ConnectionId, EventId, Topic},
    mapping::Mapping,
    operation::Operation,
    ports::{Counters, StoreError, WorkItem},
};
use std::collections::{BTreeMap, BTreeSet};

/// Up to so many waiting recoveries of a connection are read with each page of its work; where there are more, those of
/// the page's topics are read one by one.
const RESOLVES: usize = 400;

/// Rows that are read at once to find what is due.
const DUE: usize = 100;

/// Waiting recoveries by topic: their places, a time and an event each, as in keys.
type Resolves = BTreeMap<String, Vec<String>>;

/// A delivery with what was read of it at once.
struct Read {
    delivery: Delivery,
    event: Event,
    organization_name: Option<String>,
    mapping: Option<Mapping>,
    record: Option<Key>,
}

impl DynamoStore {
    pub(super) async fn unfinished_page(
        &self,
        connection: &ConnectionId,
        after: Option<(Timestamp, EventId)>,
        limit: usize,
    ) -> Result<Vec<WorkItem>, StoreError> {
        let waiting = rows(connection, "W#").limit(limit);
        let mut range = waiting.clone();
        if let Some((at, event)) = after {
            range = range.after(&Key::waiting(connection, at, &event).sk);
        }
        loop {
            let rows = self.wire.query(&range).await?;
            let Some(last) = rows.last() else { return Ok(Vec::new()) };
            range = waiting.clone().after(&last.key.sk);
            let items = self.work_items(connection, &rows).await?;
            // Where all of the page were finished since its rows were read, more may follow.
            if !items.is_empty() {
                return Ok(items);
            }
        }
    }

    async fn work_items(
        &self,
        connection: &ConnectionId,
        rows: &[Item],
    ) -> Result<Vec<WorkItem>, StoreError> {
        let rows: Vec<Waiting> = rows.iter().map(Item::read).collect::<Result<_, _>>()?;
        let mut tx = self.begin();
        let keys = rows.iter().flat_map(|row| keys_of(connection, row));
        let ((), resolves) = tokio::try_join!(tx.prefetch(keys), self.some_resolves(connection))?;
        let mut read = Vec::with_capacity(rows.len());
        for row in &rows {
            read.extend(self.read(&mut tx, connection, row).await?);
        }
        tx.prefetch(read.iter().filter_map(|read| read.record.clone())).await?;
        let resolves = match resolves {
            Some(resolves) => resolves,
            None => self.resolves_of(connection, read.iter().map(|read| &read.delivery.topic)).await?,
        };
        let mut items = Vec::with_capacity(read.len());
        for read in read {
            items.push(work_item(&mut tx, read, &resolves).await?);
        }
        Ok(items)
    }

    /// None where it is not unfinished any more.
    async fn read(
        &self,
        tx: &mut Transaction<'_>,
        connection: &ConnectionId,
        row: &Waiting,
    ) -> Result<Option<Read>, StoreError> {
        let Some(item) = tx.peek(&Key::delivery(&row.event, connection)).await? else { return Ok(None) };
        let delivery: Delivery = item.read()?;
        let event = event::peek(tx, &row.event).await?.map(|kept| kept.event);
        let Some(event) = event.filter(|_| delivery.is_unfinished()) else { return Ok(None) };
        self.cache.keep([item]);
        let mapping = organization::owned_mapping(tx, connection, &row.organization).await?;
        let organization = organization::peek(tx, &row.organization).await?;
        let fingerprint = WorkItem::fingerprint(&delivery, &event, mapping.as_ref());
        Ok(Some(Read {
            organization_name: organization.and_then(|organization| organization.name),
            record: fingerprint.map(|fingerprint| Key::record(connection, &fingerprint)),
            delivery,
            event,
            mapping,
        }))
    }

    /// All recoveries that wait, where they are not too many.
    async fn some_resolves(&self, connection: &ConnectionId) -> Result<Option<Resolves>, StoreError> {
        let rows = self.wire.query(&rows(connection, "S#").limit(RESOLVES)).await?;
        if rows.len() < RESOLVES { by_topic(&rows).map(Some) } else { Ok(None) }
    }

    async fn resolves_of(
        &self,
        connection: &ConnectionId,
        topics: impl Iterator<Item = &Topic>,
    ) -> Result<Resolves, StoreError> {
        let mut found = Resolves::new();
        for topic in topics.collect::<BTreeSet<_>>() {
            let range = rows(connection, &crate::dynamo::key::resolve_prefix(topic));
            found.extend(by_topic(&self.wire.query(&range).await?)?);
        }
        Ok(found)
    }

    pub(super) async fn deliveries_under_way(
        &self,
        connection: &ConnectionId,
    ) -> Result<Vec<Delivery>, StoreError> {
        let rows = self.wire.query(&rows(connection, "A#")).await?;
        let mut keys = Vec::with_capacity(rows.len());
        for row in &rows {
            let event = row.key.sk.trim_start_matches("A#").parse().map_err(corrupt)?;
            keys.push(Key::delivery(&event, connection));
        }
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let found = self.wire.get_all(&keys).await?;
        let found: Vec<Delivery> = found.iter().map(Item::read).collect::<Result<_, _>>()?;
        Ok(found.into_iter().filter(|delivery| delivery.open_attempt().is_some()).collect())
    }

    /// When the earliest unfinished delivery or operation is due, or, found sooner, one that is due by `enough`: of a
    /// connection with much to do, a page of rows is read. The rows of waiting recoveries sort in between.
    pub(super) async fn earliest(
        &self,
        connection: &ConnectionId,
        enough: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        let all = Range::of(connection_partition(connection)).from("Q#").until("W$");
        let (mut rest, mut earliest) = (all.clone().limit(DUE), None);
        loop {
            let rows = self.wire.query(&rest).await?;
            earliest = earliest_of(&rows, earliest)?;
            match rows.last() {
                Some(last) if rows.len() == DUE && earliest.is_none_or(|earliest| earliest > enough) => {
                    rest = all.clone().after(&last.key.sk).limit(DUE);
                }
                _ => return Ok(earliest),
            }
        }
    }

    /// When the earliest operation that is not finished is due.
    pub(super) async fn operation_due(
        &self,
        connection: &ConnectionId,
    ) -> Result<Option<Timestamp>, StoreError> {
        let open = self.operations_not_finished(connection).await?;
        Ok(open.iter().map(|operation| operation.due_at).min())
    }

    pub(super) async fn operations_not_finished(
        &self,
        connection: &ConnectionId,
    ) -> Result<Vec<Operation>, StoreError> {
        self.wire.query(&rows(connection, "Q#")).await?.iter().map(Item::read).collect()
    }

    pub(super) async fn count(&self, connection: &ConnectionId) -> Result<Counters, StoreError> {
        let waiting = rows(connection, "W#");
        let (finished, first) = (rows(connection, "N#"), waiting.clone().limit(1));
        let (finished, first, unfinished) =
            tokio::try_join!(self.wire.query(&finished), self.wire.query(&first), self.wire.count(&waiting))?;
        let sum = |name| finished.iter().map(|row| row.number(name)).sum::<i64>();
        let oldest = first.first().and_then(|row| split(row.key.sk.strip_prefix("W#")?));
        Ok(Counters {
            unfinished,
            done: u64::try_from(sum(DONE)).unwrap_or_default(),
            ended: u64::try_from(sum(ENDED)).unwrap_or_default(),
            oldest_unfinished: oldest.map(|(at, _)| at),
        })
    }
}

/// When the earliest of these is due, or of those before.
fn earliest_of(rows: &[Item], before: Option<Timestamp>) -> Result<Option<Timestamp>, StoreError> {
    let mut earliest = before;
    for row in rows {
        let due_at = match row.key.sk.as_bytes() {
            [b'Q', ..] => row.read::<Operation>()?.due_at,
            [b'W', ..] => row.read::<Waiting>()?.due_at,
            _ => continue,
        };
        earliest = Some(earliest.map_or(due_at, |earliest| earliest.min(due_at)));
    }
    Ok(earliest)
}

fn rows(connection: &ConnectionId, prefix: &str) -> Range {
    Range::of(connection_partition(connection)).prefix(prefix)
}

fn keys_of(connection: &ConnectionId, row: &Waiting) -> [Key; 5] {
    [
        Key::delivery(&row.event, connection),
        Key::event(&row.event),
        Key::organization(&row.organization),
        Key::mapping(&row.organization, connection),
        Key::storm(connection, &row.organization),
    ]
}

async fn work_item(
    tx: &mut Transaction<'_>,
    read: Read,
    resolves: &Resolves,
) -> Result<WorkItem, StoreError> {
    let Delivery { connection, organization, .. } = &read.delivery;
    let storm = tx.peek(&Key::storm(connection, organization)).await?;
    let record = match &read.record {
        Some(key) => tx.peek(key).await?,
        None => None,
    };
    Ok(WorkItem {
        organization_name: read.organization_name,
        record: record.map(|record| record.read()).transpose()?,
        storm: storm.map(|storm| storm.read()).transpose()?,
        resolve_waits: resolve_waits(&read.delivery, resolves),
        mapping: read.mapping,
        event: read.event,
        delivery: read.delivery,
    })
}

/// Whether an unfinished delivery of the same topic says, at its time or later, that the problem is over.
fn resolve_waits(delivery: &Delivery, resolves: &Resolves) -> bool {
    let places = resolves.get(delivery.topic.as_str()).into_iter().flatten();
    let earliest = time(delivery.event_time);
    let mut later = places.filter(|place| **place >= earliest);
    later.any(|place| split(place).is_some_and(|(_, event)| event != delivery.event.as_str()))
}

fn by_topic(rows: &[Item]) -> Result<Resolves, StoreError> {
    let mut found = Resolves::new();
    for row in rows {
        let parts = row.key.sk.strip_prefix("S#").and_then(|rest| rest.split_once('#'));
        let (topic, place) = parts.ok_or_else(|| corrupt("a row of a recovery has no topic"))?;
        found.entry(topic.to_owned()).or_default().push(place.to_owned());
    }
    Ok(found)
}
