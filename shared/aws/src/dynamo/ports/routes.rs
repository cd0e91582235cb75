//! Route requests.

use crate::dynamo::DynamoStore;
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
impl RouteStore for DynamoStore {
    async fn events_missing(
        &self,
        scope: &RouteScope,
        since: Timestamp,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<EventId>, StoreError> {
        self.list_missing(scope, since, after, limit).await
    }

    async fn events_pending(
        &self,
        since: Timestamp,
        until: Timestamp,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<EventId>, StoreError> {
        self.list_pending(since, until, after, limit).await
    }

    async fn route_requests(&self, limit: usize) -> Result<Vec<RouteRequest>, StoreError> {
        self.open_route_requests(limit).await
    }

    async fn claim_route_request(
        &self,
        scope: &RouteScope,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Option<RouteRequest>, StoreError> {
        self.claim(scope, until, now).await
    }

    async fn advance_route_request(
        &self,
        request: &RouteRequest,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<RouteTurn, StoreError> {
        self.advance_claim(request, until, now).await
    }

    async fn finish_route_request(
        &self,
        request: &RouteRequest,
        now: Timestamp,
    ) -> Result<RouteTurn, StoreError> {
        self.finish_claim(request, now).await
    }

    async fn ask_backfill(
        &self,
        partner: &PartnerId,
        connection: &ConnectionId,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<BackfillAsked, StoreError> {
        self.ask_for_backfill(partner, connection, actor, now).await
    }

    async fn backfill_progress(
        &self,
        connection: &ConnectionId,
        now: Timestamp,
    ) -> Result<BackfillProgress, StoreError> {
        self.progress(connection, now).await
    }
}
