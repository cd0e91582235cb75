//! The schedule: routes again what mappings, confirmations and changes of the registry left to be routed, rings for what
//! is due, and closes what has run out of time. Every part can run at any time, twice at once, and be cut off anywhere.
//!
//! What it costs follows what is pending. An event is routed in the step that accepts it; what it then misses is on record
//! (see [`crate::ports::RouteStore`]), and each change that lets missing deliveries be made asks for a look at them in
//! its own step. So the requests find everything. The runs over the last half hour and the whole window look at the
//! pending ones only: they bring stale reasons up to date (that a partner connected a PSA or revoked it asks for
//! nothing), and are the second line of defence should a request ever be lost.

use super::leg::Leg;
use crate::{
    ids::{ConnectionId, EventId},
    ports::{Bell, RouteReach, RouteRequest, RouteScope, RouteTurn, Store, StoreError},
};
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use psa_connector::{Clock, Page};
use std::{collections::BTreeSet, fmt, sync::Arc};
use tracing::{info, warn};

const PAGE: usize = 100;
/// Connections that a sweep rings for: whoever waits longer than a minute waits for it.
const RUNG_AT_ONCE: usize = 1_000;
/// Events of a page that are routed side by side.
const SIDE_BY_SIDE: usize = 16;
/// Requests that one process works side by side.
const REQUESTS_SIDE_BY_SIDE: usize = 4;
/// After so many pages a request waits until the others had their turn: one partner's long past delays nobody else.
const PAGES_A_TURN: usize = 20;
/// How long a claim lasts beyond its latest page, and so how long a request waits after its worker died.
const CLAIM: SignedDuration = SignedDuration::from_secs(60);

/// How far the schedule looks back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackfillPlan {
    /// Events accepted within it become tickets once there is a mapping.
    pub window: SignedDuration,
    /// What is looked at again often.
    pub recent: SignedDuration,
    /// How long records are kept.
    pub retention: SignedDuration,
    /// How long audit lines are kept.
    pub audit_retention: SignedDuration,
}

impl Default for BackfillPlan {
    fn default() -> Self {
        Self {
            window: SignedDuration::from_hours(48),
            recent: SignedDuration::from_mins(30),
            retention: SignedDuration::from_hours(90 * 24),
            audit_retention: SignedDuration::from_hours(730 * 24),
        }
    }
}

/// What steps of a page each took.
struct Taken {
    count: usize,
    is_all: bool,
}

/// Where the daily run goes on once it has looked at the window.
const TIDY: &str = "tidy";

/// What became of a request in one turn.
enum Turn {
    /// It is finished, or somebody else works it.
    Over,
    /// It goes on in another turn.
    GoesOn,
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
    /// Routes again what was asked for, several requests side by side, each under a claim. A request that fails is kept
    /// for the next run and keeps no other from being worked. Returns how many events were looked at.
    pub async fn run_requests(&self) -> Result<usize, StoreError> {
        let mut looked_at = 0;
        loop {
            let requests = self.store.route_requests(PAGE).await?;
            let mut more = requests.len() == PAGE;
            let now = self.clock.now();
            let free: Vec<RouteScope> =
                requests.into_iter().filter(|request| request.is_free(now)).map(|free| free.scope).collect();
            more &= !free.is_empty();
            let turns: Vec<Result<(usize, Turn), StoreError>> = stream::iter(free)
                .map(|scope| self.take_turn(scope))
                .buffer_unordered(REQUESTS_SIDE_BY_SIDE)
                .collect()
                .await;
            let mut failed = None;
            for turn in turns {
                match turn {
                    Ok((count, turn)) => {
                        looked_at += count;
                        more |= matches!(turn, Turn::GoesOn);
                    }
                    Err(error) => {
                        warn!(%error, "Could not route events again");
                        failed = Some(error);
                    }
                }
            }
            match failed {
                Some(error) => return Err(error),
                None if more => {}
                None => return Ok(looked_at),
            }
        }
    }

    /// Rings for connections that nobody works though they have due work.
    pub async fn sweep(&self) -> Result<usize, StoreError> {
        let due = self.store.due_connections(self.clock.now(), RUNG_AT_ONCE).await?;
        self.ring(due.iter()).await;
        Ok(due.len())
    }

    /// Routes again what was accepted lately and is pending.
    pub async fn run_recent(&self) -> Result<usize, StoreError> {
        self.run_pending(self.plan.recent).await
    }

    /// The same for the whole window; then closes it for what left it without a mapping, and lets go of what is older
    /// than retention. Returns how many events were looked at.
    pub async fn run_daily(&self) -> Result<usize, StoreError> {
        let looked_at = self.run_pending(self.plan.window).await?;
        self.tidy(Timestamp::MAX).await?;
        Ok(looked_at)
    }

    /// The same in legs: the window first, then what is to be closed and let go, a page at a time until it is `until`.
    pub async fn run_daily_leg(&self, after: Option<&str>, until: Timestamp) -> Result<Leg, StoreError> {
        let looked_at = if after.is_none() { self.run_pending(self.plan.window).await? } else { 0 };
        let is_tidy = self.tidy(until).await?;
        Ok(Leg { looked_at, next: (!is_tidy).then(|| TIDY.to_owned()) })
    }

    /// Whether nothing is left to close and let go.
    async fn tidy(&self, until: Timestamp) -> Result<bool, StoreError> {
        let now = self.clock.now();
        let (window, retention) = (self.before(self.plan.window), self.before(self.plan.retention));
        let audit = self.before(self.plan.audit_retention);
        let closed = self.to_the_last(until, || self.store.close_window(window, PAGE)).await?;
        let expired = self.to_the_last(until, || self.store.expire(retention, PAGE, now)).await?;
        let lines = self.to_the_last(until, || self.store.expire_audit(audit, PAGE)).await?;
        let is_tidy = closed.is_all && expired.is_all && lines.is_all;
        info!(
            closed = closed.count,
            expired = expired.count,
            audit_lines = lines.count,
            is_tidy,
            "Tidied up"
        );
        Ok(is_tidy)
    }

    /// Makes a step that takes up to a page until it finds less than that, or until it is `until`; once in any case.
    async fn to_the_last<F: Future<Output = Result<usize, StoreError>>>(
        &self,
        until: Timestamp,
        mut step: impl FnMut() -> F,
    ) -> Result<Taken, StoreError> {
        let mut count = 0;
        loop {
            let page = step().await?;
            count += page;
            let is_all = page < PAGE;
            if is_all || self.clock.now() >= until {
                return Ok(Taken { count, is_all });
            }
        }
    }

    fn before(&self, span: SignedDuration) -> Timestamp {
        self.clock.now().saturating_sub(span).unwrap_or(Timestamp::MIN)
    }

    async fn run_pending(&self, span: SignedDuration) -> Result<usize, StoreError> {
        let (since, until) = (self.before(span), self.clock.now());
        let (mut looked_at, mut routed) = (0, 0);
        let mut cursor = None;
        for pages in 1.. {
            let page = self.store.events_pending(since, until, cursor.as_deref(), PAGE).await?;
            looked_at += page.items.len();
            routed += self.route(page.items).await?;
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
            if pages % PAGES_A_TURN == 0 {
                info!(looked_at, routed, "Routing pending events");
            }
        }
        Ok(looked_at)
    }

    /// Works a request for a while, if nobody else does. Returns how many events were looked at.
    async fn take_turn(&self, scope: RouteScope) -> Result<(usize, Turn), StoreError> {
        let (until, now) = (self.claim_end(), self.clock.now());
        let Some(mut request) = self.store.claim_route_request(&scope, until, now).await? else {
            return Ok((0, Turn::Over));
        };
        let mut looked_at = 0;
        for _ in 0..PAGES_A_TURN {
            match self.run_page(&mut request).await {
                Ok((count, RouteTurn::Made)) => {
                    looked_at += count;
                    if request.cursor.is_none() {
                        let RouteRequest { looked_at: all, routed, .. } = request;
                        info!(?scope, looked_at = all, routed, "Routed events again");
                        return Ok((looked_at, Turn::Over));
                    }
                }
                Ok((count, RouteTurn::AskedAgain(newer))) => {
                    looked_at += count;
                    request = newer;
                }
                Ok((count, RouteTurn::Lost)) => return Ok((looked_at + count, Turn::Over)),
                Err(error) => {
                    self.hand_back(&request).await;
                    return Err(error);
                }
            }
        }
        info!(?scope, looked_at = request.looked_at, routed = request.routed, "Routing events again");
        self.hand_back(&request).await;
        Ok((looked_at, Turn::GoesOn))
    }

    /// Routes the next page of a request and notes how far that came. Returns how many events there were.
    async fn run_page(&self, request: &mut RouteRequest) -> Result<(usize, RouteTurn), StoreError> {
        let page = self.next_page(request).await?;
        let count = page.items.len();
        let routed = self.route(page.items).await?;
        let done = RouteRequest {
            cursor: page.next,
            looked_at: request.looked_at + count as u64,
            routed: request.routed + routed as u64,
            claimed_until: Some(self.claim_end()),
            ..request.clone()
        };
        let now = self.clock.now();
        let turn = match done.cursor {
            Some(_) => self.store.advance_route_request(&done, self.claim_end(), now).await?,
            None => self.store.finish_route_request(&done, now).await?,
        };
        *request = done;
        Ok((count, turn))
    }

    async fn next_page(&self, request: &RouteRequest) -> Result<Page<EventId>, StoreError> {
        let (since, cursor) = (self.before(self.plan.window), request.cursor.as_deref());
        match (&request.scope, request.reach) {
            (RouteScope::Organization(organization), RouteReach::All) => {
                self.store.events_of_organization(organization, since, cursor, PAGE).await
            }
            (scope, RouteReach::All | RouteReach::Missing) => {
                self.store.events_missing(scope, since, cursor, PAGE).await
            }
        }
    }

    fn claim_end(&self) -> Timestamp {
        self.clock.now().saturating_add(CLAIM).unwrap_or(Timestamp::MAX)
    }

    /// Lets others claim the request. Where that fails, they wait until the claim runs out.
    async fn hand_back(&self, request: &RouteRequest) {
        let now = self.clock.now();
        if let Err(error) = self.store.advance_route_request(request, now, now).await {
            warn!(scope = ?request.scope, %error, "Could not hand back the claim on a route request");
        }
    }

    /// Routes events. Returns how many deliveries were set to work.
    async fn route(&self, events: Vec<EventId>) -> Result<usize, StoreError> {
        let (window, now) = (self.before(self.plan.window), self.clock.now());
        let rung: Vec<Vec<ConnectionId>> = stream::iter(events)
            .map(|event| async move { self.store.route_again(&event, window, now).await })
            .buffer_unordered(SIDE_BY_SIDE)
            .try_collect()
            .await?;
        let routed = rung.iter().map(Vec::len).sum();
        let connections: BTreeSet<ConnectionId> = rung.into_iter().flatten().collect();
        self.ring(connections.iter()).await;
        Ok(routed)
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
