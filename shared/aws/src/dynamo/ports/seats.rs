//! Seat counts.

mod lists;
mod steps;
mod wishes;

use crate::dynamo::{
    DynamoStore,
    item::Item,
    key::Key,
    rows::{
        seat_line::{self, Due, KeptLine, due_at, due_rows, due_rows_at},
        told_seats,
    },
    seat_errands::is_owned,
    seat_items,
};
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
use steps::AdvanceSeats;

#[async_trait]
impl SeatStore for DynamoStore {
    async fn told_seats(&self, organization: &OrganizationId) -> Result<Vec<ToldSeats>, StoreError> {
        let told = told_seats::peek(&mut self.begin(), organization).await?;
        Ok(told.0.into_values().collect())
    }

    async fn seat_lines(
        &self,
        connection: &ConnectionId,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<SeatItem>, StoreError> {
        lists::lines(self, connection, after, limit).await
    }

    async fn seat_line(
        &self,
        connection: &ConnectionId,
        organization: &OrganizationId,
        product: &str,
    ) -> Result<Option<SeatItem>, StoreError> {
        let mut tx = self.begin();
        let kept = seat_line::peek(&mut tx, &Key::seat_line(connection, organization, product)).await?;
        let Some(KeptLine { line, .. }) = kept else { return Ok(None) };
        let found = seat_items::of(&mut tx, vec![line.clone()]).await?;
        let is_owned = is_owned(&mut tx, &line).await?;
        Ok(found.into_iter().flatten().find(|_| is_owned))
    }

    async fn due_seats(
        &self,
        connection: &ConnectionId,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<SeatItem>, StoreError> {
        let limit = limit.max(1);
        loop {
            let rows = self.wire.query(&due_rows_at(connection, now).limit(limit)).await?;
            let (mut errands, mut lines) = (Vec::new(), Vec::new());
            for row in &rows {
                match row.read()? {
                    Due::Errand(_) => errands.push(&row.key),
                    Due::Line { organization, product } => {
                        lines.push(Key::seat_line(connection, &organization, &product));
                    }
                }
            }
            for errand in &errands {
                self.run_errand(errand).await?;
            }
            if errands.is_empty() {
                return self.items_due(lines, now).await;
            }
        }
    }

    async fn advance_seats(
        &self,
        lease: &Lease,
        step: SeatStep,
        now: Timestamp,
    ) -> Result<SeatLine, AdvanceError> {
        self.make_leased(lease, &AdvanceSeats { lease, step: &step, now }).await
    }

    async fn wish_seats(
        &self,
        partner: &PartnerId,
        connection: &ConnectionId,
        wish: &SeatWish,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<u64, SeatWishError> {
        wishes::take(self, partner, connection, wish, actor, now).await
    }

    async fn seat_history(
        &self,
        connection: &ConnectionId,
        organization: Option<&OrganizationId>,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<HistoryLine>, StoreError> {
        lists::history(self, connection, organization, after, limit).await
    }
}

impl DynamoStore {
    /// Those of these lines that are due at `now`, in their order.
    async fn items_due(&self, keys: Vec<Key>, now: Timestamp) -> Result<Vec<SeatItem>, StoreError> {
        let mut tx = self.begin();
        tx.prefetch(keys.iter().cloned()).await?;
        let mut lines = Vec::with_capacity(keys.len());
        for key in &keys {
            let kept = seat_line::peek(&mut tx, key).await?.map(|kept| kept.line);
            lines.extend(kept.filter(|line| line.due_at.is_some_and(|due_at| due_at <= now)));
        }
        let told: Vec<Key> = lines.iter().map(|line| Key::told_seats(&line.organization)).collect();
        let items = seat_items::of(&mut tx, lines).await?;
        for key in keys.iter().chain(&told) {
            // What a worker changes next.
            self.cache.keep(tx.peek(key).await?);
        }
        Ok(items.into_iter().flatten().collect())
    }

    /// When the earliest line of a connection is due, or an errand over its lines, whatever holds it.
    pub(super) async fn seats_due(&self, connection: &ConnectionId) -> Result<Option<Timestamp>, StoreError> {
        let rows: Vec<Item> = self.wire.query(&due_rows(connection).limit(1)).await?;
        Ok(rows.first().and_then(due_at))
    }
}
