//! An organisation and how it is mapped: one partition, whose head every change of the organisation and of its mappings
//! writes. Who decides on the set gets the head; so an event is never routed by a mixture of before and after.
//!
//! The head stays when the organisation is deleted, and a mapping's row when the mapping is: the row says that the
//! connection mapped the organisation once.

use super::license;
use crate::dynamo::{
    item::Item,
    key::{Key, Place, connection_partition, organization_partition},
    transaction::Transaction,
    wire::Range,
};
use psa_bridge_core::{
    ids::{ConnectionId, OrganizationId, PartnerId},
    mapping::Mapping,
    organization::Organization,
    ports::StoreError,
};
use serde::{Deserialize, Serialize};

/// The head of an organisation's partition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Head {
    organization: Option<Organization>,
}

/// How a connection maps an organisation, or did once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeptMapping {
    /// The connection.
    pub(crate) connection: ConnectionId,
    /// The mapping, unless it was deleted.
    pub(crate) mapping: Option<Mapping>,
}

/// An organisation and all that maps it, or did once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mapped {
    /// The organisation, where it is registered.
    pub(crate) organization: Option<Organization>,
    /// By connection.
    pub(crate) mappings: Vec<KeptMapping>,
}

impl Mapped {
    /// How that connection maps it, or did once.
    pub(crate) fn of(&self, connection: &ConnectionId) -> Option<&KeptMapping> {
        self.mappings.iter().find(|kept| kept.connection == *connection)
    }
}

/// All of an organisation's partition, on which the step decides. One call.
pub(crate) async fn get_all(tx: &mut Transaction<'_>, id: &OrganizationId) -> Result<Mapped, StoreError> {
    // A query may see one commit in its first item and the next one in its last. The head sorts first, so that what is seen
    // with it or after it is never older than it: a newer one fails the condition on the head.
    let range = Range::of(organization_partition(id)).from("HEAD").until("N");
    let mut mapped = Mapped::default();
    let head = Key::organization(id);
    let items = tx.query(&range).await?;
    tx.expect_absent(&head);
    for item in items {
        if item.key == head {
            mapped.organization = item.read::<Head>()?.organization;
        } else {
            mapped.mappings.push(item.read()?);
        }
    }
    Ok(mapped)
}

/// The organisation, on which the step decides.
pub(crate) async fn get(
    tx: &mut Transaction<'_>,
    id: &OrganizationId,
) -> Result<Option<Organization>, StoreError> {
    tx.guard(&Key::organization(id));
    peek(tx, id).await
}

/// The organisation, for a look.
pub(crate) async fn peek(
    tx: &mut Transaction<'_>,
    id: &OrganizationId,
) -> Result<Option<Organization>, StoreError> {
    let head = tx.peek(&Key::organization(id)).await?;
    let head = head.map(|item| item.read::<Head>()).transpose()?;
    Ok(head.and_then(|head| head.organization))
}

/// Keeps an organisation, new or changed, and lists it for the partners of its chain. Returns what it was.
pub(crate) async fn keep(
    tx: &mut Transaction<'_>,
    organization: &Organization,
) -> Result<Option<Organization>, StoreError> {
    let before = get(tx, &organization.id).await?;
    write(tx, &organization.id, Some(organization))?;
    let owned = |partner: &PartnerId| Key::owned(partner, &organization.id);
    let was = before.as_ref().map_or(&[][..], |before| &before.chain);
    for partner in was.iter().filter(|partner| !organization.chain.contains(partner)) {
        tx.delete(&owned(partner));
    }
    for partner in organization.chain.iter().filter(|partner| !was.contains(partner)) {
        tx.put(Item::mark(owned(partner)));
    }
    Ok(before)
}

/// Deletes an organisation; its mappings are the caller's to delete. Returns what it was.
pub(crate) async fn remove(
    tx: &mut Transaction<'_>,
    id: &OrganizationId,
) -> Result<Option<Organization>, StoreError> {
    let before = get(tx, id).await?;
    for partner in before.iter().flat_map(|before| &before.chain) {
        tx.delete(&Key::owned(partner, id));
    }
    write(tx, id, None)?;
    Ok(before)
}

/// How a connection maps an organisation, or did once; whoever owns the organisation now.
pub(crate) async fn mapping(
    tx: &mut Transaction<'_>,
    connection: &ConnectionId,
    organization: &OrganizationId,
) -> Result<Option<KeptMapping>, StoreError> {
    tx.peek(&Key::mapping(organization, connection)).await?.map(|item| item.read()).transpose()
}

/// A mapping, while its partner is in the organisation's chain; for a look.
pub(crate) async fn owned_mapping(
    tx: &mut Transaction<'_>,
    connection: &ConnectionId,
    organization: &OrganizationId,
) -> Result<Option<Mapping>, StoreError> {
    tx.prefetch([Key::mapping(organization, connection), Key::organization(organization)]).await?;
    let kept = mapping(tx, connection, organization).await?.and_then(|kept| kept.mapping);
    let owner = peek(tx, organization).await?;
    Ok(kept.filter(|mapping| owner.is_some_and(|owner| owner.chain.contains(&mapping.partner))))
}

/// Keeps a mapping, new or changed. Returns what the row said before: none where the connection never mapped the
/// organisation.
pub(crate) async fn keep_mapping(
    tx: &mut Transaction<'_>,
    new: &Mapping,
) -> Result<Option<KeptMapping>, StoreError> {
    let organization = get(tx, &new.organization).await?;
    let before = mapping(tx, &new.connection, &new.organization).await?;
    write(tx, &new.organization, organization.as_ref())?;
    let was = before.as_ref().and_then(|kept| kept.mapping.as_ref());
    license::changed(tx, was, Some(new)).await?;
    write_mapping(tx, new)?;
    Ok(before)
}

/// Keeps what changes nothing about where events and counts go: a mapping's health.
pub(crate) fn write_mapping(tx: &mut Transaction<'_>, mapping: &Mapping) -> Result<(), StoreError> {
    let kept = KeptMapping { connection: mapping.connection.clone(), mapping: Some(mapping.clone()) };
    let item = Item::new(Key::mapping(&mapping.organization, &mapping.connection), &kept)?;
    // Among the mappings of its connection.
    let place = Place::new(connection_partition(&mapping.connection), format!("M#{}", mapping.organization));
    tx.put(item.listed(place));
    Ok(())
}

/// Deletes a mapping. The row stays.
pub(crate) async fn remove_mapping(
    tx: &mut Transaction<'_>,
    connection: &ConnectionId,
    organization: &OrganizationId,
) -> Result<(), StoreError> {
    let head = get(tx, organization).await?;
    write(tx, organization, head.as_ref())?;
    let before = mapping(tx, connection, organization).await?.and_then(|kept| kept.mapping);
    license::changed(tx, before.as_ref(), None).await?;
    let kept = KeptMapping { connection: connection.clone(), mapping: None };
    tx.put(Item::new(Key::mapping(organization, connection), &kept)?);
    Ok(())
}

fn write(
    tx: &mut Transaction<'_>,
    id: &OrganizationId,
    organization: Option<&Organization>,
) -> Result<(), StoreError> {
    let head = Head { organization: organization.cloned() };
    tx.put(Item::new(Key::organization(id), &head)?);
    Ok(())
}
