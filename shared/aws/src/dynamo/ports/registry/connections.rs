//! Connections: kept, read, changed by people.

use crate::dynamo::{
    DynamoStore,
    error::corrupt,
    item::Item,
    key::{CONNECTIONS, Key, connection_partition},
    listing::{self, List},
    rows::{
        audit, connection, connection_list, partner, route_request,
        seat_errand::{self, What},
        seat_line,
    },
    step,
    transaction::Transaction,
    wire::Range,
};
use async_trait::async_trait;
use jiff::Timestamp;
use psa_bridge_core::{
    audit as lines,
    connection::{Connection, ConnectionChange},
    ids::{ConnectionId, PartnerId},
    ports::{Actor, ChangeError, RouteReach, RouteScope, StoreError},
    seats::change_wakes,
    trouble::Trouble,
};
use psa_connector::Page;

/// Keeps a new connection, unless the partner has one to the same tenant.
pub(super) async fn create(store: &DynamoStore, new: &Connection, actor: &Actor) -> Result<bool, StoreError> {
    step!(store, |tx| {
        tx.prefetch([Key::connection(&new.id), Key::partner(&new.partner)]).await?;
        let live = partner::get(&mut tx, &new.partner).await?;
        let is_same = |live: &partner::Live| live.psa == new.tenant.psa && live.tenant == new.tenant.key;
        let has_tenant = new.revoked_at.is_none() && live.0.values().any(is_same);
        if has_tenant || connection::get(&mut tx, &new.id).await?.is_some() {
            return Ok(false);
        }
        connection::keep(&mut tx, None, new).await?;
        connection_list::keep(&mut tx, None, new);
        audit::write(&mut tx, &lines::connection_created(new, actor))?;
        true
    })
}

/// One of the partner's.
pub(super) async fn of_partner(
    store: &DynamoStore,
    partner: &PartnerId,
    id: &ConnectionId,
) -> Result<Option<Connection>, StoreError> {
    let found = connection::peek(&mut store.begin(), id).await?;
    Ok(found.filter(|connection| connection.partner == *partner))
}

/// The partner's that were not revoked.
pub(super) async fn list(store: &DynamoStore, partner: &PartnerId) -> Result<Vec<Connection>, StoreError> {
    let mut tx = store.begin();
    let live = partner::peek(&mut tx, partner).await?;
    let ids: Vec<&ConnectionId> = live.0.keys().collect();
    let mut found: Vec<Connection> = read(&mut tx, &ids).await?.into_iter().flatten().collect();
    found.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
    Ok(found)
}

/// Applies a change that a person made.
pub(super) async fn change(
    store: &DynamoStore,
    partner: &PartnerId,
    id: &ConnectionId,
    change: &ConnectionChange,
    actor: &Actor,
    now: Timestamp,
) -> Result<Connection, ChangeError> {
    let (after, errand) = made(store, partner, id, change, actor, now).await?;
    store.run_or_leave(errand.as_ref()).await;
    Ok(after)
}

/// Makes the change. The connection, and where the errand is that is left.
async fn made(
    store: &DynamoStore,
    partner: &PartnerId,
    id: &ConnectionId,
    change: &ConnectionChange,
    actor: &Actor,
    now: Timestamp,
) -> Result<(Connection, Option<Key>), ChangeError> {
    step!(store, |tx| {
        let kept = connection::get(&mut tx, id).await?;
        let before = kept.filter(|kept| kept.partner == *partner).ok_or(ChangeError::NotFound)?;
        let mut after = before.clone();
        after.apply(change.clone(), now)?;
        connection::keep_changed(&mut tx, &before, &after, now).await?;
        connection_list::keep(&mut tx, Some(&before), &after);
        audit::write(&mut tx, &lines::connection_changed(change, &before, &after, actor, now))?;
        if *change == ConnectionChange::Confirmed {
            let scope = RouteScope::Connection(id.clone());
            route_request::ask(&mut tx, scope, RouteReach::Missing, now).await?;
        }
        let is_revoked = before.revoked_at.is_none() && after.revoked_at.is_some();
        let what = if is_revoked { What::Rest } else { What::Wake };
        let mut errand = None;
        if (is_revoked || change_wakes(&before, &after)) && seat_line::any(&mut tx, id).await? {
            errand = Some(seat_errand::begin(&mut tx, id, what, now)?);
        }
        (after, errand)
    })
}

/// Everybody's that were not revoked.
pub(super) async fn list_all(
    store: &DynamoStore,
    after: Option<&str>,
    limit: usize,
) -> Result<Page<Connection>, StoreError> {
    listing::page(store.begin(), &Everybodys, Range::of(CONNECTIONS), after, limit).await
}

/// Those of these connections that were not revoked, each in its place.
async fn read(
    tx: &mut Transaction<'_>,
    ids: &[&ConnectionId],
) -> Result<Vec<Option<Connection>>, StoreError> {
    tx.prefetch(ids.iter().map(|id| Key::connection(id))).await?;
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        let kept = connection::peek(tx, id).await?;
        found.push(kept.filter(|connection| connection.revoked_at.is_none()));
    }
    Ok(found)
}

/// The connections of rows of the list.
async fn of_rows(tx: &mut Transaction<'_>, rows: &[Item]) -> Result<Vec<Option<Connection>>, StoreError> {
    let ids: Vec<ConnectionId> =
        rows.iter().map(|row| row.key.sk.parse().map_err(corrupt)).collect::<Result<_, _>>()?;
    read(tx, &ids.iter().collect::<Vec<_>>()).await
}

struct Everybodys;

#[async_trait]
impl List for Everybodys {
    type Shown = Connection;
    const NAME: &'static str = "connections";

    async fn choose(
        &self,
        tx: &mut Transaction<'_>,
        rows: &[Item],
    ) -> Result<Vec<Option<Connection>>, StoreError> {
        of_rows(tx, rows).await
    }
}

/// Connections that have one of these troubles. Which have it is the domain's to tell, so all are looked at until a page is
/// full: connections are few beside what goes through them.
pub(in crate::dynamo::ports) struct Troubled<'t> {
    pub(in crate::dynamo::ports) any_of: &'t [Trouble],
}

#[async_trait]
impl List for Troubled<'_> {
    type Shown = Connection;
    const NAME: &'static str = "troubled connections";

    async fn choose(
        &self,
        tx: &mut Transaction<'_>,
        rows: &[Item],
    ) -> Result<Vec<Option<Connection>>, StoreError> {
        let mut shown = of_rows(tx, rows).await?;
        for place in &mut shown {
            if let Some(connection) = place
                && !self.has_any(tx, connection).await?
            {
                *place = None;
            }
        }
        Ok(shown)
    }
}

impl Troubled<'_> {
    async fn has_any(&self, tx: &mut Transaction<'_>, connection: &Connection) -> Result<bool, StoreError> {
        let has =
            |has_unfinished| self.any_of.iter().any(|trouble| trouble.is_of(connection, has_unfinished));
        // Whether anything waits is asked only where it matters.
        match (has(false), has(true)) {
            (either, same) if either == same => Ok(either),
            (_, with) => {
                let waiting = Range::of(connection_partition(&connection.id)).prefix("W#").limit(1);
                Ok(tx.query(&waiting).await?.is_empty() != with)
            }
        }
    }
}
