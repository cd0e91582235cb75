//! Route requests: who is at one, and how far that has come.

use super::{
    DynamoStore,
    key::{self, Key},
    rows::{
        audit, connection, organization,
        route_request::{self, KeptRequest},
    },
    step,
    transaction::Transaction,
    wire::Range,
};
use jiff::Timestamp;
use psa_bridge_core::{
    audit as lines,
    ids::{ConnectionId, PartnerId},
    ports::{
        Actor, BackfillAsked, BackfillProgress, BackfillState, RouteReach, RouteRequest, RouteScope,
        RouteTurn, StoreError,
    },
};

impl DynamoStore {
    pub(super) async fn open_route_requests(&self, limit: usize) -> Result<Vec<RouteRequest>, StoreError> {
        let mut tx = self.begin();
        let range = Range::of(key::OPEN_ROUTE_REQUESTS).limit(limit.max(1));
        open(&mut tx, &range).await
    }

    pub(super) async fn claim(
        &self,
        scope: &RouteScope,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Option<RouteRequest>, StoreError> {
        step!(self, |tx| {
            let before = route_request::get(&mut tx, scope).await?;
            let free = before.filter(|kept| kept.finished_at.is_none() && kept.request.is_free(now));
            let Some(before) = free else { return Ok(None) };
            let mut after = before.clone();
            after.request.fence += 1;
            after.request.claimed_until = Some(until);
            after.request.started_at = after.request.started_at.or(Some(now));
            route_request::keep(&mut tx, Some(&before), &after)?;
            Some(after.request)
        })
    }

    pub(super) async fn advance_claim(
        &self,
        request: &RouteRequest,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<RouteTurn, StoreError> {
        step!(self, |tx| turn(&mut tx, request, until, now, None).await?)
    }

    pub(super) async fn finish_claim(
        &self,
        request: &RouteRequest,
        now: Timestamp,
    ) -> Result<RouteTurn, StoreError> {
        let until = request.claimed_until.unwrap_or(now);
        step!(self, |tx| turn(&mut tx, request, until, now, Some(now)).await?)
    }

    pub(super) async fn ask_for_backfill(
        &self,
        partner: &PartnerId,
        connection: &ConnectionId,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<BackfillAsked, StoreError> {
        step!(self, |tx| {
            let kept = connection::get(&mut tx, connection).await?;
            let usable = kept.filter(|kept| kept.partner == *partner && kept.revoked_at.is_none());
            let Some(usable) = usable else { return Ok(BackfillAsked::NoConnection) };
            let scope = RouteScope::Connection(connection.clone());
            let asked = route_request::get(&mut tx, &scope).await?;
            if asked.is_some_and(|kept| kept.finished_at.is_none()) {
                return Ok(BackfillAsked::Already);
            }
            route_request::ask(&mut tx, scope, RouteReach::Missing, now).await?;
            audit::write(&mut tx, &lines::backfill_asked(&usable, actor, now))?;
            BackfillAsked::Asked
        })
    }

    pub(super) async fn progress(
        &self,
        connection: &ConnectionId,
        now: Timestamp,
    ) -> Result<BackfillProgress, StoreError> {
        let mut tx = self.begin();
        let changed = changed(&mut tx, connection).await?;
        let own = route_request::get(&mut tx, &RouteScope::Connection(connection.clone())).await?;
        let own_is_open = own.as_ref().is_some_and(|kept| kept.finished_at.is_none());
        let mut asked = changed.iter().chain(own.as_ref().map(|kept| &kept.request));
        let state = if asked.any(|request| !request.is_free(now)) {
            BackfillState::Running
        } else if own_is_open || !changed.is_empty() {
            BackfillState::Waiting
        } else {
            BackfillState::Idle
        };
        let request = own.as_ref().map(|kept| &kept.request);
        Ok(BackfillProgress {
            state,
            requested_at: request.map(|request| request.requested_at),
            started_at: request.and_then(|request| request.started_at),
            finished_at: own.as_ref().and_then(|kept| kept.finished_at),
            looked_at: request.map_or(0, |request| request.looked_at),
            routed: request.map_or(0, |request| request.routed),
            organizations: changed.len() as u64,
            remaining: self.remaining(&mut tx, connection).await?,
        })
    }
}

/// The requests of a range of those that are not finished.
async fn open(tx: &mut Transaction<'_>, range: &Range) -> Result<Vec<RouteRequest>, StoreError> {
    let mut scopes: Vec<RouteScope> = Vec::new();
    for row in tx.query(range).await? {
        scopes.push(row.read()?);
    }
    tx.prefetch(scopes.iter().map(Key::route_request)).await?;
    let mut requests = Vec::new();
    for scope in &scopes {
        let kept = route_request::get(tx, scope).await?;
        requests.extend(kept.filter(|kept| kept.finished_at.is_none()).map(|kept| kept.request));
    }
    Ok(requests)
}

/// The requests of organisations that are mapped in the connection.
async fn changed(
    tx: &mut Transaction<'_>,
    connection: &ConnectionId,
) -> Result<Vec<RouteRequest>, StoreError> {
    let requests = open(tx, &Range::of(key::OPEN_ROUTE_REQUESTS)).await?;
    let id = |request: &RouteRequest| match &request.scope {
        RouteScope::Organization(id) => Some(id.clone()),
        RouteScope::Connection(_) => None,
    };
    tx.prefetch(requests.iter().filter_map(id).map(|id| Key::mapping(&id, connection))).await?;
    let mut changed = Vec::new();
    for request in requests {
        let Some(id) = id(&request) else { continue };
        let row = organization::mapping(tx, connection, &id).await?;
        changed.extend(row.is_some_and(|row| row.mapping.is_some()).then_some(request));
    }
    Ok(changed)
}

/// Makes a step under a claim; `finished` where it is the last one.
async fn turn(
    tx: &mut Transaction<'_>,
    request: &RouteRequest,
    until: Timestamp,
    now: Timestamp,
    finished: Option<Timestamp>,
) -> Result<RouteTurn, StoreError> {
    let kept = route_request::get(tx, &request.scope).await?;
    let own = kept.filter(|kept| kept.finished_at.is_none() && kept.request.fence == request.fence);
    let Some(before) = own else { return Ok(RouteTurn::Lost) };
    let mut after = before.clone();
    after.request.claimed_until = Some(until);
    if before.request.requested_at != request.requested_at {
        after.request.started_at = after.request.started_at.or(Some(now));
        route_request::keep(tx, Some(&before), &after)?;
        return Ok(RouteTurn::AskedAgain(after.request));
    }
    let claimed_until = if finished.is_some() { None } else { Some(until) };
    let reach = before.request.reach;
    let request = RouteRequest { claimed_until, reach, ..request.clone() };
    route_request::keep(tx, Some(&before), &KeptRequest { request, finished_at: finished })?;
    Ok(RouteTurn::Made)
}
