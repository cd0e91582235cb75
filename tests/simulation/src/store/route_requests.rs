//! Whose events have to be routed again, who is at it, and how far that has come.

use super::state::{KeptRequest, State};
use jiff::{SignedDuration, Timestamp};
use psa_bridge_core::{
    audit,
    ids::{ConnectionId, PartnerId},
    ports::{
        Actor, BackfillAsked, BackfillProgress, BackfillState, RouteReach, RouteRequest, RouteScope,
        RouteTurn,
    },
};

impl State {
    /// Asks for events to be routed again. A newer wish takes the place of an older one and is always later than that;
    /// all of an organisation's events stay asked for until they were looked at.
    pub(super) fn ask_for_routing(&mut self, scope: RouteScope, reach: RouteReach, now: Timestamp) {
        let later =
            |at: Timestamp| at.saturating_add(SignedDuration::from_nanos(1)).unwrap_or(Timestamp::MAX);
        let older = self.route_requests.get(&scope);
        let stays_all =
            older.is_some_and(|kept| kept.finished_at.is_none() && kept.request.reach == RouteReach::All);
        let request = RouteRequest {
            scope: scope.clone(),
            reach: if stays_all { RouteReach::All } else { reach },
            requested_at: older.map_or(now, |kept| later(kept.request.requested_at).max(now)),
            cursor: None,
            fence: older.map_or(0, |kept| kept.request.fence),
            claimed_until: older.and_then(|kept| kept.request.claimed_until),
            started_at: None,
            looked_at: 0,
            routed: 0,
        };
        self.route_requests.insert(scope, KeptRequest { request, finished_at: None });
    }

    fn open_request(&mut self, scope: &RouteScope) -> Option<&mut RouteRequest> {
        let kept = self.route_requests.get_mut(scope).filter(|kept| kept.finished_at.is_none());
        kept.map(|kept| &mut kept.request)
    }

    pub(super) fn route_requests_page(&self, limit: usize) -> Vec<RouteRequest> {
        let open = self.route_requests.values().filter(|kept| kept.finished_at.is_none());
        let mut open: Vec<RouteRequest> = open.map(|kept| kept.request.clone()).collect();
        open.sort_by_key(|request| request.requested_at);
        open.truncate(limit.max(1));
        open
    }

    pub(super) fn claim_route_request(
        &mut self,
        scope: &RouteScope,
        until: Timestamp,
        now: Timestamp,
    ) -> Option<RouteRequest> {
        let request = self.open_request(scope).filter(|request| request.is_free(now))?;
        request.fence += 1;
        request.claimed_until = Some(until);
        request.started_at = request.started_at.or(Some(now));
        Some(request.clone())
    }

    pub(super) fn advance_route_request(
        &mut self,
        request: &RouteRequest,
        until: Timestamp,
        now: Timestamp,
    ) -> RouteTurn {
        let kept = self.open_request(&request.scope).filter(|kept| kept.fence == request.fence);
        let Some(kept) = kept else { return RouteTurn::Lost };
        if kept.requested_at == request.requested_at {
            *kept = RouteRequest { claimed_until: Some(until), reach: kept.reach, ..request.clone() };
            return RouteTurn::Made;
        }
        kept.claimed_until = Some(until);
        kept.started_at = kept.started_at.or(Some(now));
        RouteTurn::AskedAgain(kept.clone())
    }

    pub(super) fn finish_route_request(&mut self, request: &RouteRequest, now: Timestamp) -> RouteTurn {
        let until = request.claimed_until.unwrap_or(now);
        let turn = self.advance_route_request(request, until, now);
        if turn == RouteTurn::Made
            && let Some(kept) = self.route_requests.get_mut(&request.scope)
        {
            kept.finished_at = Some(now);
            kept.request.claimed_until = None;
        }
        turn
    }

    pub(super) fn end_claims(&mut self) {
        self.route_requests.values_mut().for_each(|kept| kept.request.claimed_until = None);
    }

    pub(super) fn ask_backfill(
        &mut self,
        partner: &PartnerId,
        connection: &ConnectionId,
        actor: &Actor,
        now: Timestamp,
    ) -> BackfillAsked {
        let usable = self.connection_of(partner, connection).filter(|found| found.revoked_at.is_none());
        let Some(usable) = usable else { return BackfillAsked::NoConnection };
        let scope = RouteScope::Connection(connection.clone());
        if self.open_request(&scope).is_some() {
            return BackfillAsked::Already;
        }
        self.ask_for_routing(scope, RouteReach::Missing, now);
        self.write_line(audit::backfill_asked(&usable, actor, now));
        BackfillAsked::Asked
    }

    pub(super) fn backfill_progress(&self, connection: &ConnectionId, now: Timestamp) -> BackfillProgress {
        let is_worked = |request: &RouteRequest| request.claimed_until.is_some_and(|until| until > now);
        let changed: Vec<&RouteRequest> = self
            .route_requests
            .values()
            .filter(|kept| kept.finished_at.is_none())
            .map(|kept| &kept.request)
            .filter(|request| match &request.scope {
                RouteScope::Organization(id) => self.mapping(connection, id).is_some(),
                RouteScope::Connection(_) => false,
            })
            .collect();
        let own = self.route_requests.get(&RouteScope::Connection(connection.clone()));
        let own_is_open = own.is_some_and(|kept| kept.finished_at.is_none());
        let worked = changed.iter().any(|request| is_worked(request))
            || own.is_some_and(|kept| is_worked(&kept.request));
        let state = if worked {
            BackfillState::Running
        } else if own_is_open || !changed.is_empty() {
            BackfillState::Waiting
        } else {
            BackfillState::Idle
        };
        BackfillProgress {
            state,
            requested_at: own.map(|kept| kept.request.requested_at),
            started_at: own.and_then(|kept| kept.request.started_at),
            finished_at: own.and_then(|kept| kept.finished_at),
            looked_at: own.map_or(0, |kept| kept.request.looked_at),
            routed: own.map_or(0, |kept| kept.request.routed),
            organizations: changed.len() as u64,
            remaining: self.remaining(connection),
        }
    }
}
