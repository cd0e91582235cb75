//! Work on all connections in legs: where there is no time for all of them at once, the next leg goes on where one ended.

use crate::{
    connection::Connection,
    ports::{Store, StoreError},
};
use futures_util::future::join_all;
use jiff::Timestamp;
use psa_connector::Clock;

/// Connections that are looked at side by side, so that a slow PSA does not hold up the rest by much.
const SIDE_BY_SIDE: usize = 4;

/// How far it came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Leg {
    /// How many were looked at.
    pub looked_at: usize,
    /// Where the next leg goes on; none where this was the last.
    pub next: Option<String>,
}

/// Looks at the connections that nothing holds, from that place on, until all were looked at or it is `until`; at a few in
/// any case. `check` says whether it could.
pub(crate) async fn every_connection<F: Future<Output = bool>>(
    (store, clock): (&dyn Store, &dyn Clock),
    after: Option<&str>,
    until: Timestamp,
    check: impl Fn(Connection) -> F,
) -> Result<Leg, StoreError> {
    let mut leg = Leg { looked_at: 0, next: after.map(str::to_owned) };
    loop {
        let page = store.all_connections(leg.next.as_deref(), SIDE_BY_SIDE).await?;
        let free = page.items.into_iter().filter(|connection| connection.hold().is_none());
        let checked = join_all(free.map(&check)).await;
        leg.looked_at += checked.into_iter().filter(|could| *could).count();
        leg.next = page.next;
        if leg.next.is_none() || clock.now() >= until {
            return Ok(leg);
        }
    }
}
