//! The head of a partner: its connections that were not revoked. A partner has few, so that they are one item, which is
//! written where one comes, goes, or is confirmed. Routing reads it in place of the connections, which workers change
//! all the time.

use crate::dynamo::{item::Item, key::Key, transaction::Transaction};
use jiff::Timestamp;
use psa_bridge_core::{
    connection::Connection,
    ids::{ConnectionId, PartnerId},
    ports::StoreError,
};
use psa_connector::PsaKind;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The connections of a partner that were not revoked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Connections(pub(crate) BTreeMap<ConnectionId, Live>);

/// What others need to know of a connection that was not revoked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Live {
    /// The PSA that it links to.
    pub(crate) psa: PsaKind,
    /// The key of its tenant there.
    pub(crate) tenant: String,
    /// When it was made.
    pub(crate) created_at: Timestamp,
    /// Whether its set-up was confirmed.
    pub(crate) confirmed: bool,
}

impl Live {
    fn of(connection: &Connection) -> Option<Self> {
        connection.revoked_at.is_none().then(|| Self {
            psa: connection.tenant.psa,
            tenant: connection.tenant.key.clone(),
            created_at: connection.created_at,
            confirmed: connection.confirmed_at.is_some(),
        })
    }
}

/// A partner's connections, on which the step decides.
pub(crate) async fn get(tx: &mut Transaction<'_>, id: &PartnerId) -> Result<Connections, StoreError> {
    tx.guard(&Key::partner(id));
    peek(tx, id).await
}

/// A partner's connections, for a look.
pub(crate) async fn peek(tx: &mut Transaction<'_>, id: &PartnerId) -> Result<Connections, StoreError> {
    let item = tx.peek(&Key::partner(id)).await?;
    Ok(item.map(|item| item.read()).transpose()?.unwrap_or_default())
}

/// Brings the head up to date with a connection that is kept, new or changed. Reads and writes nothing where nothing
/// changed that it says.
pub(crate) async fn keep(
    tx: &mut Transaction<'_>,
    before: Option<&Connection>,
    after: &Connection,
) -> Result<(), StoreError> {
    let (was, is) = (before.and_then(Live::of), Live::of(after));
    if was == is {
        return Ok(());
    }
    let mut connections = get(tx, &after.partner).await?;
    match is {
        Some(live) => connections.0.insert(after.id.clone(), live),
        None => connections.0.remove(&after.id),
    };
    tx.put(Item::new(Key::partner(&after.partner), &connections)?);
    Ok(())
}
