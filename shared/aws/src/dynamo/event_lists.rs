//! Lists of events: an organisation's, everybody's, and those that a partner sees.

use super::{
    DynamoStore, cursor,
    error::corrupt,
    event_filter::is_wanted,
    item::Item,
    key::{self, Key, Kind, Place, SHARDS},
    listing::{self, List},
    rows::event::Found,
    transaction::Transaction,
    view,
    wire::Range,
};
use async_trait::async_trait;
use jiff::Timestamp;
use psa_bridge_core::{
    ids::{EventId, OrganizationId, PartnerId},
    ports::{EventFilter, EventView, RouteScope, StoreError},
};
use psa_connector::Page;

const ACCEPTED: &str = "events accepted";

/// Events of an organisation.
struct OfOrganization {
    since: Timestamp,
}

/// Events that miss a delivery.
struct Missing {
    since: Timestamp,
}

/// Events that a partner sees.
struct Seen<'f> {
    partner: &'f PartnerId,
    filter: &'f EventFilter,
}

#[async_trait]
impl List for OfOrganization {
    type Shown = EventId;
    const NAME: &'static str = "events of organization";

    async fn choose(
        &self,
        _: &mut Transaction<'_>,
        rows: &[Item],
    ) -> Result<Vec<Option<EventId>>, StoreError> {
        rows.iter().map(|row| accepted_since(row, self.since)).collect()
    }
}

#[async_trait]
impl List for Missing {
    type Shown = EventId;
    const NAME: &'static str = "events missing";

    async fn choose(
        &self,
        _: &mut Transaction<'_>,
        rows: &[Item],
    ) -> Result<Vec<Option<EventId>>, StoreError> {
        rows.iter().map(|row| accepted_since(row, self.since)).collect()
    }
}

#[async_trait]
impl List for Seen<'_> {
    type Shown = EventView;
    const NAME: &'static str = "events";

    async fn choose(
        &self,
        tx: &mut Transaction<'_>,
        rows: &[Item],
    ) -> Result<Vec<Option<EventView>>, StoreError> {
        let ids: Vec<EventId> =
            rows.iter().map(|row| Ok(place(&row.key.sk)?.1)).collect::<Result<_, StoreError>>()?;
        view::prefetch(tx, self.partner, &ids).await?;
        let mut views = Vec::with_capacity(ids.len());
        for id in &ids {
            let seen = view::of(tx, self.partner, id).await?;
            views.push(seen.filter(|seen| is_wanted(seen, self.filter)));
        }
        Ok(views)
    }
}

impl DynamoStore {
    pub(super) async fn list_of_organization(
        &self,
        organization: &OrganizationId,
        since: Timestamp,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<EventId>, StoreError> {
        let range = Range::of(key::events_partition(organization));
        listing::page(self.begin(), &OfOrganization { since }, range, after, limit).await
    }

    pub(super) async fn list_missing(
        &self,
        scope: &RouteScope,
        since: Timestamp,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<EventId>, StoreError> {
        let range = Range::of(key::missing_partition(scope));
        listing::page(self.begin(), &Missing { since }, range, after, limit).await
    }

    pub(super) async fn list_seen(
        &self,
        partner: &PartnerId,
        filter: &EventFilter,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<EventView>, StoreError> {
        let mut range = Range::of(key::seen_partition(partner)).backward();
        if let Some(since) = filter.since {
            range = range.from(key::time(since));
        }
        if let Some(until) = filter.until {
            range = range.until(key::time(until));
        }
        listing::page(self.begin(), &Seen { partner, filter }, range, after, limit).await
    }

    pub(super) async fn list_accepted(
        &self,
        since: Timestamp,
        until: Timestamp,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<EventId>, StoreError> {
        let behind = cursor::time_and::<EventId>(ACCEPTED, after)?;
        let behind = behind.map(|(at, id)| Place::expiring(Kind::Event, at, &Key::event(&id)).sk);
        let mut rows = Vec::new();
        for shard in 0..SHARDS {
            let range = Range::expiring(Kind::Event.partition(shard));
            let range = range.from(key::time(since)).until(key::time(until));
            let range = behind.iter().fold(range, |range, last| range.after(last));
            for (place, key) in self.begin().keys(&range.limit(limit.max(1) + 1)).await? {
                let (at, _) = key::split(&place).ok_or_else(|| corrupt("a place without a time"))?;
                rows.push((at, event_of(&key)?));
            }
        }
        rows.sort();
        Ok(page(ACCEPTED, rows, limit))
    }
}

fn accepted_since(row: &Item, since: Timestamp) -> Result<Option<EventId>, StoreError> {
    let (_, id) = place(&row.key.sk)?;
    Ok((row.read::<Found>()?.accepted_at >= since).then_some(id))
}

/// A page of events by time.
pub(super) fn page(list: &str, rows: Vec<(Timestamp, EventId)>, limit: usize) -> Page<EventId> {
    let rows = rows.into_iter().map(|(at, id)| ([at.to_string(), id.to_string()], id));
    cursor::page(list, rows, limit)
}

/// The time and the event of a sort key that consists of these.
pub(super) fn place(sk: &str) -> Result<(Timestamp, EventId), StoreError> {
    let place = key::split(sk).and_then(|(at, id)| Some((at, id.parse().ok()?)));
    place.ok_or_else(|| corrupt(format!("no place of an event: {sk}")))
}

/// The event of a key in its partition.
pub(super) fn event_of(key: &Key) -> Result<EventId, StoreError> {
    let id = key.pk.strip_prefix("EV#").and_then(|id| id.parse().ok());
    id.ok_or_else(|| corrupt(format!("no key of an event: {}", key.pk)))
}
