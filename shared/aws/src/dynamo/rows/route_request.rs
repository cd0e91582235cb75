//! Route requests: one item a scope, also when it is finished, since its fence goes on counting; and a row for each that
//! is not finished, by when it was asked for.

use crate::dynamo::{
    item::Item,
    key::{Key, Kind, Place},
    transaction::Transaction,
};
use jiff::{SignedDuration, Timestamp};
use psa_bridge_core::ports::{RouteReach, RouteRequest, RouteScope, StoreError};
use serde::{Deserialize, Serialize};

/// A wish to route events again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeptRequest {
    /// The request.
    pub(crate) request: RouteRequest,
    /// When it was finished.
    pub(crate) finished_at: Option<Timestamp>,
}

impl KeptRequest {
    fn is_open(&self) -> bool {
        self.finished_at.is_none()
    }
}

/// The request of a scope, on which the step decides, finished or not.
pub(crate) async fn get(
    tx: &mut Transaction<'_>,
    scope: &RouteScope,
) -> Result<Option<KeptRequest>, StoreError> {
    tx.get(&Key::route_request(scope)).await?.map(|item| item.read()).transpose()
}

/// Keeps a request, new or changed.
pub(crate) fn keep(
    tx: &mut Transaction<'_>,
    before: Option<&KeptRequest>,
    after: &KeptRequest,
) -> Result<(), StoreError> {
    let scope = &after.request.scope;
    let row = |kept: &KeptRequest| Key::open_route_request(scope, kept.request.requested_at);
    let had = before.filter(|kept| kept.is_open()).map(row);
    let has = after.is_open().then(|| row(after));
    if had != has {
        if let Some(key) = had {
            tx.delete(&key);
        }
        if let Some(key) = has {
            tx.put(Item::new(key, scope)?);
        }
    }
    let key = Key::route_request(scope);
    let place = after.finished_at.map(|at| Place::expiring(Kind::RouteRequest, at, &key));
    let mut item = Item::new(key, after)?;
    item.expiring = place;
    tx.put(item);
    Ok(())
}

/// Asks for events to be routed again. A newer wish takes the place of an older one and is always later than that; all of
/// an organisation's events stay asked for until they were looked at.
pub(crate) async fn ask(
    tx: &mut Transaction<'_>,
    scope: RouteScope,
    reach: RouteReach,
    now: Timestamp,
) -> Result<(), StoreError> {
    let later = |at: Timestamp| at.saturating_add(SignedDuration::from_nanos(1)).unwrap_or(Timestamp::MAX);
    let kept = get(tx, &scope).await?;
    let older = kept.as_ref();
    let stays_all = older.is_some_and(|kept| kept.is_open() && kept.request.reach == RouteReach::All);
    let request = RouteRequest {
        scope,
        reach: if stays_all { RouteReach::All } else { reach },
        requested_at: older.map_or(now, |kept| later(kept.request.requested_at).max(now)),
        cursor: None,
        fence: older.map_or(0, |kept| kept.request.fence),
        claimed_until: older.and_then(|kept| kept.request.claimed_until),
        started_at: None,
        looked_at: 0,
        routed: 0,
    };
    keep(tx, older, &KeptRequest { request, finished_at: None })
}
