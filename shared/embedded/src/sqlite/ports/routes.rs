//! Route requests and what they have to look at.

use crate::sqlite::{SqliteStore, missing, route_requests};
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
impl RouteStore for SqliteStore {
    async fn events_missing(
        &self,
        scope: &RouteScope,
        since: Timestamp,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<EventId>, StoreError> {
        let (scope, after) = (scope.clone(), after.map(str::to_owned));
        self.read(move |db| missing::list(db, &scope, since, after.as_deref(), limit)).await
    }

    async fn events_pending(
        &self,
        since: Timestamp,
        until: Timestamp,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<EventId>, StoreError> {
        let after = after.map(str::to_owned);
        self.read(move |db| missing::pending(db, since, until, after.as_deref(), limit)).await
    }

    async fn route_requests(&self, limit: usize) -> Result<Vec<RouteRequest>, StoreError> {
        self.read(move |db| route_requests::list(db, limit)).await
    }

    async fn claim_route_request(
        &self,
        scope: &RouteScope,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Option<RouteRequest>, StoreError> {
        let scope = scope.clone();
        self.write(move |db| Ok(route_requests::claim(db, &scope, until, now)?)).await
    }

    async fn advance_route_request(
        &self,
        request: &RouteRequest,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<RouteTurn, StoreError> {
        let request = request.clone();
        self.write(move |db| Ok(route_requests::advance(db, &request, until, now)?)).await
    }

    async fn finish_route_request(
        &self,
        request: &RouteRequest,
        now: Timestamp,
    ) -> Result<RouteTurn, StoreError> {
        let request = request.clone();
        self.write(move |db| Ok(route_requests::finish(db, &request, now)?)).await
    }

    async fn ask_backfill(
        &self,
        partner: &PartnerId,
        connection: &ConnectionId,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<BackfillAsked, StoreError> {
        let (partner, connection, actor) = (partner.clone(), connection.clone(), actor.clone());
        self.write(move |db| Ok(route_requests::ask_backfill(db, &partner, &connection, &actor, now)?)).await
    }

    async fn backfill_progress(
        &self,
        connection: &ConnectionId,
        now: Timestamp,
    ) -> Result<BackfillProgress, StoreError> {
        let connection = connection.clone();
        self.read(move |db| route_requests::progress(db, &connection, now)).await
    }
}
