//! The registry of organisations.

use crate::dynamo::{
    DynamoStore,
    error::corrupt,
    item::Item,
    key::{Key, partner_partition},
    listing::{self, List},
    rows::{
        audit, connection,
        organization::{self, KeptMapping, Mapped},
        route_request,
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
    ids::{OrganizationId, PartnerId},
    mapping::Mapping,
    organization::Organization,
    ports::{Actor, RouteReach, RouteScope, StoreError},
    seats::gets_back,
};
use psa_connector::Page;

/// What the sort keys of a partner's organisations begin with.
const OWNED: &str = "O#";
/// Connections whose lines are set to work at once: two actions each.
const WOKEN_AT_ONCE: usize = 20;
/// Mappings that are deleted at once: three actions each, beside those of the organisation itself.
const DELETED_AT_ONCE: usize = 20;

/// Registers or changes an organisation as the vendor says; returns what it was.
pub(super) async fn put(
    store: &DynamoStore,
    new: &Organization,
    actor: &Actor,
) -> Result<Option<Organization>, StoreError> {
    let (before, errands) = kept(store, new, actor).await?;
    for errand in &errands {
        store.run_or_leave(Some(errand)).await;
    }
    Ok(before)
}

/// Keeps the organisation. What it was, and where the errands are that are left.
async fn kept(
    store: &DynamoStore,
    new: &Organization,
    actor: &Actor,
) -> Result<(Option<Organization>, Vec<Key>), StoreError> {
    let now = new.updated_at;
    step!(store, |tx| {
        let Mapped { mappings, .. } = organization::get_all(&mut tx, &new.id).await?;
        let before = organization::keep(&mut tx, new).await?;
        let mut errands = Vec::new();
        audit::write_all(&mut tx, &lines::organization_changed(before.as_ref(), Some(new), actor, now))?;
        // A vendor that registers all of its organisations every night must not have all of their events looked at.
        if before.as_ref().is_none_or(|before| before.chain != new.chain) {
            let scope = RouteScope::Organization(new.id.clone());
            route_request::ask(&mut tx, scope, RouteReach::All, now).await?;
            errands = seats_back(&mut tx, before.as_ref(), new, mappings, now).await?;
        }
        (before, errands)
    })
}

/// Leaves the errands of setting the organisation's lines to work in the connections of partners that its chain got. Of
/// very many some are left to the daily look.
async fn seats_back(
    tx: &mut Transaction<'_>,
    before: Option<&Organization>,
    new: &Organization,
    mappings: Vec<KeptMapping>,
    now: Timestamp,
) -> Result<Vec<Key>, StoreError> {
    if told_seats::get(tx, &new.id).await?.0.is_empty() {
        return Ok(Vec::new());
    }
    let mapped = mappings.into_iter().filter(|kept| kept.mapping.is_some()).map(|kept| kept.connection);
    let mut errands = Vec::new();
    for id in mapped {
        let connection = connection::peek(tx, &id).await?;
        if errands.len() < WOKEN_AT_ONCE
            && connection.is_some_and(|connection| gets_back(&connection, before, new))
        {
            errands.push(seat_errand::begin(tx, &id, What::Mapped(new.id.clone()), now)?);
        }
    }
    Ok(errands)
}

/// Removes an organisation with its mappings. Of many mappings some go ahead, in steps of their own: who calls again after
/// a failure in between goes on there.
pub(super) async fn delete(
    store: &DynamoStore,
    id: &OrganizationId,
    actor: &Actor,
    now: Timestamp,
) -> Result<bool, StoreError> {
    loop {
        if let Some(was_there) = delete_some(store, id, actor, now).await? {
            return Ok(was_there);
        }
    }
}

/// Removes some mappings; with the last of them the organisation, and then tells whether it was there.
async fn delete_some(
    store: &DynamoStore,
    id: &OrganizationId,
    actor: &Actor,
    now: Timestamp,
) -> Result<Option<bool>, StoreError> {
    step!(store, |tx| {
        let Mapped { organization, mappings } = organization::get_all(&mut tx, id).await?;
        let Some(before) = organization else { return Ok(Some(false)) };
        let kept: Vec<Mapping> = mappings.into_iter().filter_map(|kept| kept.mapping).collect();
        for mapping in kept.iter().take(DELETED_AT_ONCE) {
            organization::remove_mapping(&mut tx, &mapping.connection, id).await?;
            audit::write_all(&mut tx, &lines::mapping_changed(Some(mapping), None, actor, now))?;
        }
        if kept.len() <= DELETED_AT_ONCE {
            organization::remove(&mut tx, id).await?;
            audit::write_all(&mut tx, &lines::organization_changed(Some(&before), None, actor, now))?;
            let scope = RouteScope::Organization(id.clone());
            route_request::ask(&mut tx, scope, RouteReach::All, now).await?;
        }
        (kept.len() <= DELETED_AT_ONCE).then_some(true)
    })
}

/// One organisation.
pub(super) async fn one(
    store: &DynamoStore,
    id: &OrganizationId,
) -> Result<Option<Organization>, StoreError> {
    organization::peek(&mut store.begin(), id).await
}

/// Organisations in whose chain the partner is.
pub(super) async fn list(
    store: &DynamoStore,
    partner: &PartnerId,
    after: Option<&str>,
    limit: usize,
) -> Result<Page<Organization>, StoreError> {
    let range = Range::of(partner_partition(partner)).prefix(OWNED);
    listing::page(store.begin(), &Owned { partner }, range, after, limit).await
}

/// The organisations of a partner.
struct Owned<'p> {
    partner: &'p PartnerId,
}

#[async_trait]
impl List for Owned<'_> {
    type Shown = Organization;
    const NAME: &'static str = "organizations";

    async fn choose(
        &self,
        tx: &mut Transaction<'_>,
        rows: &[Item],
    ) -> Result<Vec<Option<Organization>>, StoreError> {
        let ids = rows
            .iter()
            .map(|row| row.key.sk.strip_prefix(OWNED).unwrap_or_default().parse().map_err(corrupt));
        let ids: Vec<OrganizationId> = ids.collect::<Result<_, StoreError>>()?;
        tx.prefetch(ids.iter().map(Key::organization)).await?;
        let mut shown = Vec::with_capacity(ids.len());
        for id in &ids {
            let kept = organization::peek(tx, id).await?;
            // It may have changed hands since the row was read.
            shown.push(kept.filter(|kept| kept.chain.contains(self.partner)));
        }
        Ok(shown)
    }
}
