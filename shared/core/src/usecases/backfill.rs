//! The schedule: routes again what mappings, confirmations and crashes left to be routed, rings for what is due, and
//! closes what has run out of time. Every part can run at any time, twice at once, and be cut off anywhere.

use crate::{
    ids::{ConnectionId, EventId, OrganizationId},
    ports::{Bell, RouteRequest, RouteScope, Store, StoreError},
};
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use psa_connector::Clock;
use std::{collections::BTreeSet, fmt, sync::Arc};
use tracing::{info, warn};

const PAGE: usize = 100;
const SIDE_BY_SIDE: usize = 16;

/// How far the schedule looks back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackfillPlan {
    /// Events accepted within it become tickets once there is a mapping.
    pub window: SignedDuration,
    /// What is looked at again often.
    pub recent: SignedDuration,
    /// How long records are kept.
    pub retention: SignedDuration,
}

impl Default for BackfillPlan {
    fn default() -> Self {
        Self {
            window: SignedDuration::from_hours(48),
            recent: SignedDuration::from_mins(30),
            retention: SignedDuration::from_hours(90 * 24),
        }
    }
}

/// Routes, sweeps and closes.
#[derive(Clone)]
pub struct Backfill {
    /// The table.
    pub store: Arc<dyn Store>,
    /// Rung for connections that have work.
    pub bell: Arc<dyn Bell>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// How far back.
    pub plan: BackfillPlan,
}

impl fmt::Debug for Backfill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Backfill").field("plan", &self.plan).finish_non_exhaustive()
    }
}

impl Backfill {
    /// Routes again what was asked for. A request that fails is kept for the next run and keeps no other from being
    /// worked. Returns how many events were looked at.
    pub async fn run_requests(&self) -> Result<usize, StoreError> {
        let mut looked_at = 0;
        loop {
            let requests = self.store.route_requests(PAGE).await?;
            let is_last = requests.len() < PAGE;
            let mut failed = None;
            for request in requests {
                match self.run_request(request).await {
                    Ok(count) => looked_at += count,
                    Err(error) => {
                        warn!(%error, "Could not route events again");
                        failed = Some(error);
                    }
                }
            }
            match failed {
                Some(error) => return Err(error),
                None if is_last => return Ok(looked_at),
                None => {}
            }
        }
    }

    /// Rings for connections that nobody works though they have due work.
    pub async fn sweep(&self) -> Result<usize, StoreError> {
        let due = self.store.due_connections(self.clock.now(), PAGE).await?;
        self.ring(due.iter()).await;
        Ok(due.len())
    }

    /// Routes again all that was accepted lately: finds what a crash or a mapping made at that moment left out.
    pub async fn run_recent(&self) -> Result<usize, StoreError> {
        self.run_accepted(self.plan.recent).await
    }

    /// The same for the whole window; then closes it for what left it without a mapping, and lets go of what is older
    /// than retention.
    pub async fn run_daily(&self) -> Result<usize, StoreError> {
        let looked_at = self.run_accepted(self.plan.window).await?;
        let now = self.clock.now();
        let mut closed = 0;
        loop {
            let page = self.store.close_window(self.before(self.plan.window), PAGE).await?;
            closed += page;
            if page < PAGE {
                break;
            }
        }
        let mut expired = 0;
        loop {
            let page = self.store.expire(self.before(self.plan.retention), PAGE, now).await?;
            expired += page;
            if page < PAGE {
                break;
            }
        }
        info!(looked_at, closed, expired, "Ran the daily backfill");
        Ok(looked_at)
    }

    fn before(&self, span: SignedDuration) -> Timestamp {
        self.clock.now().saturating_sub(span).unwrap_or(Timestamp::MIN)
    }

    async fn run_accepted(&self, span: SignedDuration) -> Result<usize, StoreError> {
        let (since, until) = (self.before(span), self.clock.now());
        let mut looked_at = 0;
        let mut cursor = None;
        loop {
            let page = self.store.events_accepted(since, until, cursor.as_deref(), PAGE).await?;
            looked_at += page.items.len();
            self.route(page.items).await?;
            cursor = page.next;
            if cursor.is_none() {
                return Ok(looked_at);
            }
        }
    }

    async fn run_request(&self, mut request: RouteRequest) -> Result<usize, StoreError> {
        let looked_at = match request.scope.clone() {
            RouteScope::Organization(organization) => {
                self.run_organization(&organization, &mut request).await?
            }
            RouteScope::Connection(connection) => self.run_connection(&connection, &mut request).await?,
        };
        self.store.finish_route_request(&request).await?;
        info!(scope = ?request.scope, looked_at, "Routed events again");
        Ok(looked_at)
    }

    async fn run_organization(
        &self,
        organization: &OrganizationId,
        request: &mut RouteRequest,
    ) -> Result<usize, StoreError> {
        let mut looked_at = 0;
        loop {
            let (count, next) = self.run_page(organization, request.cursor.as_deref()).await?;
            looked_at += count;
            if next.is_none() {
                return Ok(looked_at);
            }
            request.cursor = next;
            self.store.advance_route_request(request).await?;
        }
    }

    async fn run_connection(
        &self,
        connection: &ConnectionId,
        request: &mut RouteRequest,
    ) -> Result<usize, StoreError> {
        let mut looked_at = 0;
        loop {
            let mappings = self.store.mappings(connection, None, request.cursor.as_deref(), PAGE).await?;
            for mapping in mappings.items {
                let mut cursor = None;
                loop {
                    let (count, next) = self.run_page(&mapping.organization, cursor.as_deref()).await?;
                    looked_at += count;
                    cursor = next;
                    if cursor.is_none() {
                        break;
                    }
                }
            }
            if mappings.next.is_none() {
                return Ok(looked_at);
            }
            request.cursor = mappings.next;
            self.store.advance_route_request(request).await?;
        }
    }

    /// Routes a page of an organisation's events. Returns how many there were, and where the next page begins.
    async fn run_page(
        &self,
        organization: &OrganizationId,
        cursor: Option<&str>,
    ) -> Result<(usize, Option<String>), StoreError> {
        let since = self.before(self.plan.window);
        let page = self.store.events_of_organization(organization, since, cursor, PAGE).await?;
        let count = page.items.len();
        self.route(page.items).await?;
        Ok((count, page.next))
    }

    async fn route(&self, events: Vec<EventId>) -> Result<(), StoreError> {
        let (window, now) = (self.before(self.plan.window), self.clock.now());
        let rung: Vec<Vec<ConnectionId>> = stream::iter(events)
            .map(|event| async move { self.store.route_again(&event, window, now).await })
            .buffer_unordered(SIDE_BY_SIDE)
            .try_collect()
            .await?;
        let connections: BTreeSet<ConnectionId> = rung.into_iter().flatten().collect();
        self.ring(connections.iter()).await;
        Ok(())
    }

    async fn ring(&self, connections: impl Iterator<Item = &ConnectionId>) {
        for connection in connections {
            if let Err(error) = self.bell.ring(connection).await {
                // The next sweep finds the same work.
                warn!(%connection, %error, "Could not ring a bell");
            }
        }
    }
}
