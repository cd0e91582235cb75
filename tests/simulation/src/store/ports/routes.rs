//! Route requests.

use crate::store::MemoryStore;
use async_trait::async_trait;
use jiff::Timestamp;
use psa_bridge_core::{
    ids::{ConnectionId, EventId, PartnerId},
    ports::{
        Actor, BackfillAsked, BackfillProgress, RouteRequest, RouteScope, RouteStore, RouteTurn, StoreError,
    },
};
use psa_connector::Page;

#[async_trait]
impl RouteStore for MemoryStore {
    async fn events_missing(
        &self,
        scope: &RouteScope,
        since: Timestamp,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<EventId>, StoreError> {
        self.step("events_missing", |state| state.events_missing(scope, since, after, limit)).await
    }

    async fn events_pending(
        &self,
        since: Timestamp,
        until: Timestamp,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<EventId>, StoreError> {
        self.step("events_pending", |state| state.events_pending(since, until, after, limit)).await
    }

    async fn route_requests(&self, limit: usize) -> Result<Vec<RouteRequest>, StoreError> {
        self.step("route_requests", |state| Ok(state.route_requests_page(limit))).await
    }

    async fn claim_route_request(
        &self,
        scope: &RouteScope,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Option<RouteRequest>, StoreError> {
        self.step("claim_route_request", |state| Ok(state.claim_route_request(scope, until, now))).await
    }

    async fn advance_route_request(
        &self,
        request: &RouteRequest,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<RouteTurn, StoreError> {
        self.step("advance_route_request", |state| Ok(state.advance_route_request(request, until, now))).await
    }

    async fn finish_route_request(
        &self,
        request: &RouteRequest,
        now: Timestamp,
    ) -> Result<RouteTurn, StoreError> {
        self.step("finish_route_request", |state| Ok(state.finish_route_request(request, now))).await
    }

    async fn ask_backfill(
        &self,
        partner: &PartnerId,
        connection: &ConnectionId,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<BackfillAsked, StoreError> {
        self.step("ask_backfill", |state| Ok(state.ask_backfill(partner, connection, actor, now))).await
    }

    async fn backfill_progress(
        &self,
        connection: &ConnectionId,
        now: Timestamp,
    ) -> Result<BackfillProgress, StoreError> {
        self.step("backfill_progress", |state| Ok(state.backfill_progress(connection, now))).await
    }
}
