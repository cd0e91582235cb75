//! Seat counts.

use crate::sqlite::{SqliteStore, seat_work, seats};
use async_trait::async_trait;
use jiff::Timestamp;
use psa_bridge_core::{
    ids::{ConnectionId, OrganizationId, PartnerId},
    ports::{
        Actor, AdvanceError, HistoryLine, Lease, SeatItem, SeatStep, SeatStore, SeatWish, SeatWishError,
        StoreError,
    },
    seats::{SeatLine, ToldSeats},
};
use psa_connector::Page;

#[async_trait]
impl SeatStore for SqliteStore {
    async fn told_seats(&self, organization: &OrganizationId) -> Result<Vec<ToldSeats>, StoreError> {
        let organization = organization.clone();
        self.read(move |db| seats::told(db, &organization)).await
    }

    async fn seat_lines(
        &self,
        connection: &ConnectionId,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<SeatItem>, StoreError> {
        let (connection, after) = (connection.clone(), after.map(str::to_owned));
        self.read(move |db| seats::list(db, &connection, after.as_deref(), limit)).await
    }

    async fn seat_line(
        &self,
        connection: &ConnectionId,
        organization: &OrganizationId,
        product: &str,
    ) -> Result<Option<SeatItem>, StoreError> {
        let (connection, organization, product) =
            (connection.clone(), organization.clone(), product.to_owned());
        self.read(move |db| seats::one(db, &connection, &organization, &product)).await
    }

    async fn due_seats(
        &self,
        connection: &ConnectionId,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<SeatItem>, StoreError> {
        let connection = connection.clone();
        self.read(move |db| seats::due(db, &connection, now, limit)).await
    }

    async fn advance_seats(
        &self,
        lease: &Lease,
        step: SeatStep,
        now: Timestamp,
    ) -> Result<SeatLine, AdvanceError> {
        let lease = lease.clone();
        self.write(move |db| seat_work::advance(db, &lease, step, now)).await
    }

    async fn wish_seats(
        &self,
        partner: &PartnerId,
        connection: &ConnectionId,
        wish: &SeatWish,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<u64, SeatWishError> {
        let (partner, connection) = (partner.clone(), connection.clone());
        let (wish, actor) = (wish.clone(), actor.clone());
        self.write(move |db| seat_work::wish(db, &partner, &connection, &wish, &actor, now)).await
    }

    async fn seat_history(
        &self,
        connection: &ConnectionId,
        organization: Option<&OrganizationId>,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<HistoryLine>, StoreError> {
        let (connection, after) = (connection.clone(), after.map(str::to_owned));
        let organization = organization.cloned();
        self.read(move |db| {
            seat_work::history(db, &connection, organization.as_ref(), after.as_deref(), limit)
        })
        .await
    }
}
