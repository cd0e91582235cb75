//! Mappings of organisations onto clients. One whose partner left the organisation's chain is kept and shown to nobody,
//! so that a slip of the registry, once mended, has cost nothing.

use crate::dynamo::{
    DynamoStore,
    item::Item,
    key::{Key, connection_partition},
    listing::{self, List},
    rows::{
        audit,
        organization::{self, KeptMapping},
        partner, route_request,
        seat_errand::{self, What},
        told_seats,
    },
    step,
    transaction::Transaction,
    wire::Range,
};
use async_trait::async_trait;
use jiff::Timestamp;
use psa_bridge_core::{
    audit as lines,
    ids::{ConnectionId, OrganizationId, PartnerId},
    mapping::{Mapping, MappingHealth},
    ports::{Actor, MappingChange, PutMapping, RouteReach, RouteScope, StoreError},
};
use psa_connector::{ClientId, Page};

/// One mapping.
pub(super) async fn one(
    store: &DynamoStore,
    connection: &ConnectionId,
    organization: &OrganizationId,
) -> Result<Option<Mapping>, StoreError> {
    organization::owned_mapping(&mut store.begin(), connection, organization).await
}

/// Maps an organisation, or changes its mapping.
pub(super) async fn put(
    store: &DynamoStore,
    partner: &PartnerId,
    connection: &ConnectionId,
    wish: &PutMapping,
    actor: &Actor,
    now: Timestamp,
) -> Result<MappingChange, StoreError> {
    let mapping = Mapping {
        connection: connection.clone(),
        partner: partner.clone(),
        organization: wish.organization.clone(),
        client: wish.client.clone(),
        client_name: wish.client_name.clone(),
        license: wish.license.clone(),
        flow: wish.flow,
        health: MappingHealth::Ok,
        updated_at: now,
    };
    let (change, errand) = made(store, mapping, actor).await?;
    store.run_or_leave(errand.as_ref()).await;
    Ok(change)
}

/// Leaves the errand of making the organisation's lines and setting them to work, where counts of it were told.
async fn seats_mapped(
    tx: &mut Transaction<'_>,
    connection: &ConnectionId,
    organization: &OrganizationId,
    now: Timestamp,
) -> Result<Option<Key>, StoreError> {
    if told_seats::get(tx, organization).await?.0.is_empty() {
        return Ok(None);
    }
    let what = What::Mapped(organization.clone());
    Ok(Some(seat_errand::begin(tx, connection, what, now)?))
}

/// Keeps the mapping. What came of it, and where the errand is that is left.
async fn made(
    store: &DynamoStore,
    mapping: Mapping,
    actor: &Actor,
) -> Result<(MappingChange, Option<Key>), StoreError> {
    let Mapping { partner, connection, organization, updated_at: now, .. } = &mapping;
    step!(store, |tx| {
        let keys = [
            Key::partner(partner),
            Key::organization(organization),
            Key::mapping(organization, connection),
            Key::told_seats(organization),
        ];
        let license = mapping.license.iter().map(|license| Key::license(connection, license));
        tx.prefetch(license.chain(keys)).await?;
        if !partner::get(&mut tx, partner).await?.0.contains_key(connection) {
            return Ok((MappingChange::NoConnection, None));
        }
        let owner = organization::get(&mut tx, organization).await?;
        if !owner.is_some_and(|owner| owner.chain.contains(partner)) {
            return Ok((MappingChange::NoOrganization, None));
        }
        let earlier = organization::keep_mapping(&mut tx, &mapping).await?;
        // Mapped for the first time: none of the events before has a record that it misses a delivery here.
        let reach = if earlier.is_none() { RouteReach::All } else { RouteReach::Missing };
        let before = earlier.and_then(|earlier| earlier.mapping);
        audit::write_all(&mut tx, &lines::mapping_changed(before.as_ref(), Some(&mapping), actor, *now))?;
        let scope = RouteScope::Organization(organization.clone());
        route_request::ask(&mut tx, scope, reach, *now).await?;
        let errand = seats_mapped(&mut tx, connection, organization, *now).await?;
        (MappingChange::Saved(mapping.clone()), errand)
    })
}

/// Removes a mapping of the partner.
pub(super) async fn delete(
    store: &DynamoStore,
    partner: &PartnerId,
    connection: &ConnectionId,
    organization: &OrganizationId,
    actor: &Actor,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let Some(errand) = deleted(store, partner, connection, organization, actor, now).await? else {
        return Ok(false);
    };
    store.run_or_leave(errand.as_ref()).await;
    Ok(true)
}

/// Deletes the mapping, if there is one; then gives where the errand is that is left.
async fn deleted(
    store: &DynamoStore,
    partner: &PartnerId,
    connection: &ConnectionId,
    organization: &OrganizationId,
    actor: &Actor,
    now: Timestamp,
) -> Result<Option<Option<Key>>, StoreError> {
    step!(store, |tx| {
        let own = organization::owned_mapping(&mut tx, connection, organization).await?;
        let Some(before) = own.filter(|kept| kept.partner == *partner) else { return Ok(None) };
        organization::remove_mapping(&mut tx, connection, organization).await?;
        audit::write_all(&mut tx, &lines::mapping_changed(Some(&before), None, actor, now))?;
        Some(seats_mapped(&mut tx, connection, organization, now).await?)
    })
}

/// Notes what became of the client, if it is still the mapped one.
pub(super) async fn set_health(
    store: &DynamoStore,
    connection: &ConnectionId,
    organization: &OrganizationId,
    client: &ClientId,
    health: MappingHealth,
) -> Result<(), StoreError> {
    step!(store, |tx| {
        let kept = organization::mapping(&mut tx, connection, organization).await?;
        let mapping = kept.and_then(|kept| kept.mapping).filter(|mapping| mapping.client == *client);
        if let Some(mapping) = mapping.filter(|mapping| mapping.health != health) {
            organization::write_mapping(&mut tx, &Mapping { health, ..mapping })?;
        }
    })
}

/// A connection's mappings.
pub(super) async fn list(
    store: &DynamoStore,
    connection: &ConnectionId,
    health: Option<MappingHealth>,
    after: Option<&str>,
    limit: usize,
) -> Result<Page<Mapping>, StoreError> {
    let range = Range::listed(connection_partition(connection)).prefix("M#");
    listing::page(store.begin(), &OfConnection { health }, range, after, limit).await
}

/// Mappings of one health, or all.
struct OfConnection {
    health: Option<MappingHealth>,
}

#[async_trait]
impl List for OfConnection {
    type Shown = Mapping;
    const NAME: &'static str = "mappings";

    async fn choose(
        &self,
        tx: &mut Transaction<'_>,
        rows: &[Item],
    ) -> Result<Vec<Option<Mapping>>, StoreError> {
        let mut shown = Vec::with_capacity(rows.len());
        for row in rows {
            let kept: KeptMapping = row.read()?;
            let is_wanted = |mapping: &Mapping| self.health.is_none_or(|health| mapping.health == health);
            shown.push(kept.mapping.filter(is_wanted));
        }
        tx.prefetch(shown.iter().flatten().map(|mapping| Key::organization(&mapping.organization))).await?;
        for place in &mut shown {
            if let Some(mapping) = place {
                let owner = organization::peek(tx, &mapping.organization).await?;
                if !owner.is_some_and(|owner| owner.chain.contains(&mapping.partner)) {
                    *place = None;
                }
            }
        }
        Ok(shown)
    }
}
