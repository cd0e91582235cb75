//! The latest seat counts of an organisation, by product: one item, because a vendor has few products, and because who
//! maps the organisation decides on the set.

use crate::dynamo::{item::Item, key::Key, transaction::Transaction};
use psa_bridge_core::{ids::OrganizationId, ports::StoreError, seats::ToldSeats};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The latest counts, by product.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Told(pub(crate) BTreeMap<String, ToldSeats>);

/// What was told of an organisation, on which the step decides.
pub(crate) async fn get(tx: &mut Transaction<'_>, id: &OrganizationId) -> Result<Told, StoreError> {
    tx.guard(&Key::told_seats(id));
    peek(tx, id).await
}

/// What was told of an organisation, for a look.
pub(crate) async fn peek(tx: &mut Transaction<'_>, id: &OrganizationId) -> Result<Told, StoreError> {
    let item = tx.peek(&Key::told_seats(id)).await?;
    Ok(item.map(|item| item.read()).transpose()?.unwrap_or_default())
}

/// Keeps what was told.
pub(crate) fn keep(tx: &mut Transaction<'_>, id: &OrganizationId, told: &Told) -> Result<(), StoreError> {
    tx.put(Item::new(Key::told_seats(id), told)?);
    Ok(())
}
