//! A connection: its item, and what a change of it brings about.

use super::{notice, partner, sweep};
use crate::dynamo::{item::Item, key::Key, transaction::Transaction};
use jiff::Timestamp;
use psa_bridge_core::{connection::Connection, ids::ConnectionId, ports::StoreError};

/// A connection, on which the step decides.
pub(crate) async fn get(
    tx: &mut Transaction<'_>,
    id: &ConnectionId,
) -> Result<Option<Connection>, StoreError> {
    tx.guard(&Key::connection(id));
    peek(tx, id).await
}

/// A connection, for a look; what is written back is conditional on what was seen.
pub(crate) async fn peek(
    tx: &mut Transaction<'_>,
    id: &ConnectionId,
) -> Result<Option<Connection>, StoreError> {
    tx.peek(&Key::connection(id)).await?.map(|item| item.read()).transpose()
}

/// Keeps a changed connection, and writes down what the change causes.
pub(crate) async fn keep_changed(
    tx: &mut Transaction<'_>,
    before: &Connection,
    after: &Connection,
    now: Timestamp,
) -> Result<(), StoreError> {
    keep(tx, Some(before), after).await?;
    notice::of_change(tx, before, after, now).await
}

/// Keeps a connection, new or changed, and the lists that it is in.
pub(crate) async fn keep(
    tx: &mut Transaction<'_>,
    before: Option<&Connection>,
    after: &Connection,
) -> Result<(), StoreError> {
    tx.put(Item::new(Key::connection(&after.id), after)?);
    partner::keep(tx, before, after).await?;
    // Its canary is work like any other.
    let is_suspended = |of: &Connection| of.suspended.is_some() && of.revoked_at.is_none();
    sweep::suspended(tx, &after.id, before.is_some_and(is_suspended), is_suspended(after));
    Ok(())
}
