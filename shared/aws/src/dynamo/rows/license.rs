//! Which organisations a connection maps onto a licence. The list of a connection's mappings lags, and whether a licence
//! is shared decides what is billed; so this is kept with the mappings and read consistently.

use super::organization;
use crate::dynamo::{item::Item, key::Key, transaction::Transaction};
use psa_bridge_core::{
    ids::{ConnectionId, OrganizationId, PartnerId},
    mapping::Mapping,
    ports::StoreError,
};
use psa_connector::LicenseId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The organisations that are mapped onto a licence.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Users(BTreeSet<OrganizationId>);

/// Whether another organisation that is the partner's is mapped onto the licence, for a look.
pub(crate) async fn is_shared(
    tx: &mut Transaction<'_>,
    connection: &ConnectionId,
    license: &LicenseId,
    organization: &OrganizationId,
    partner: &PartnerId,
) -> Result<bool, StoreError> {
    let item = tx.peek(&Key::license(connection, license)).await?;
    let users: Users = item.map(|item| item.read()).transpose()?.unwrap_or_default();
    let others: Vec<&OrganizationId> = users.0.iter().filter(|user| *user != organization).collect();
    tx.prefetch(others.iter().map(|user| Key::organization(user))).await?;
    for user in others {
        // The mapping of a partner that left the chain is none.
        if organization::peek(tx, user).await?.is_some_and(|owner| owner.chain.contains(partner)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Brings the licences' users up to date with a mapping that is kept or deleted. Reads and writes nothing where its
/// licence is what it was.
pub(crate) async fn changed(
    tx: &mut Transaction<'_>,
    before: Option<&Mapping>,
    after: Option<&Mapping>,
) -> Result<(), StoreError> {
    let license = |of: Option<&Mapping>| of.and_then(|of| of.license.clone());
    let (was, is) = (license(before), license(after));
    let Some(either) = after.or(before).filter(|_| was != is) else { return Ok(()) };
    let Mapping { connection, organization, .. } = either;
    if let Some(was) = was {
        change(tx, &Key::license(connection, &was), |users| users.0.remove(organization)).await?;
    }
    if let Some(is) = is {
        change(tx, &Key::license(connection, &is), |users| users.0.insert(organization.clone())).await?;
    }
    Ok(())
}

/// Makes a change, which says whether it changes anything.
async fn change(
    tx: &mut Transaction<'_>,
    key: &Key,
    change: impl FnOnce(&mut Users) -> bool,
) -> Result<(), StoreError> {
    let mut users: Users = tx.get(key).await?.map(|item| item.read()).transpose()?.unwrap_or_default();
    match (change(&mut users), users.0.is_empty()) {
        (true, true) => tx.delete(key),
        (true, false) => tx.put(Item::new(key.clone(), &users)?),
        (false, _) => {}
    }
    Ok(())
}
