//! Seat counts.

use crate::store::MemoryStore;
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
impl SeatStore for MemoryStore {
    async fn told_seats(&self, organization: &OrganizationId) -> Result<Vec<ToldSeats>, StoreError> {
        self.step("told_seats", |state| Ok(state.told_of(organization))).await
    }

    async fn seat_lines(
        &self,
        connection: &ConnectionId,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<SeatItem>, StoreError> {
        self.step("seat_lines", |state| state.seat_page(connection, after, limit)).await
    }

    async fn seat_line(
        &self,
        connection: &ConnectionId,
        organization: &OrganizationId,
        product: &str,
    ) -> Result<Option<SeatItem>, StoreError> {
        self.step("seat_line", |state| Ok(state.seat_item(connection, organization, product))).await
    }

    async fn due_seats(
        &self,
        connection: &ConnectionId,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<SeatItem>, StoreError> {
        self.step("due_seats", |state| Ok(state.due_seats(connection, now, limit))).await
    }

    async fn advance_seats(
        &self,
        lease: &Lease,
        step: SeatStep,
        now: Timestamp,
    ) -> Result<SeatLine, AdvanceError> {
        self.step("advance_seats", |state| state.advance_seats(lease, &step, now)).await
    }

    async fn wish_seats(
        &self,
        partner: &PartnerId,
        connection: &ConnectionId,
        wish: &SeatWish,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<u64, SeatWishError> {
        self.step("wish_seats", |state| state.wish_seats(partner, connection, wish, actor, now)).await
    }

    async fn seat_history(
        &self,
        connection: &ConnectionId,
        organization: Option<&OrganizationId>,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<HistoryLine>, StoreError> {
        let page =
            |state: &mut crate::store::State| state.seat_history_page(connection, organization, after, limit);
        self.step("seat_history", page).await
    }
}
