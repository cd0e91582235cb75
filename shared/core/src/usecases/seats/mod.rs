//! What a partner does with seat counts: sees both counts beside each other, has them written, confirms what waits, takes
//! a change back, and reads what was changed.
//!
//! Nothing is written here: a wish is kept on its line, and the connection's worker carries it out.

mod view;

pub use view::{SeatState, SeatView};

use crate::{
    budget::Purpose,
    connection::{Connection, ConnectionConflict},
    ids::{ConnectionId, OrganizationId, PartnerId},
    ports::{
        Actor, Bell, ConnectorFactory, HistoryLine, OpenError, SeatItem, SeatWish, SeatWishError, Store,
        StoreError,
    },
    seats::IllegalSeatChange,
    usecases::work::seats::{place, read},
};
use futures_util::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use psa_connector::{Clock, Page, PsaConnector, PsaError};
use std::{fmt, sync::Arc};
use thiserror::Error;
use tracing::warn;

/// How long reading from the PSA may take; an answer must be given within 25 seconds.
const TIME: SignedDuration = SignedDuration::from_secs(14);
/// Lines read at a time, to find out which are not there.
const PAGE: usize = 100;

/// What partners do with seat counts.
#[derive(Clone)]
pub struct Seats {
    /// Where lines are kept.
    pub store: Arc<dyn Store>,
    /// Opens connectors, to read what the PSA shows now.
    pub connectors: Arc<dyn ConnectorFactory>,
    /// Rung for what a person wants done.
    pub bell: Arc<dyn Bell>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

impl fmt::Debug for Seats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seats").finish_non_exhaustive()
    }
}

/// Why something was not done.
#[derive(Debug, Error)]
pub enum SeatsError {
    /// The partner has no such connection.
    #[error("there is no such connection")]
    NoConnection,
    /// The vendor told no such count, or the organisation is not the partner's.
    #[error("there is no such line")]
    NoLine,
    /// No count of these organisations was told, or they are not mapped in this connection, or not the partner's. Nothing
    /// was set to work.
    #[error("there are no lines of {0:?}")]
    NoLinesOf(Vec<OrganizationId>),
    /// The line does not take it.
    #[error(transparent)]
    Line(#[from] IllegalSeatChange),
    /// The connection is revoked, or suspended so that it must not be asked.
    #[error(transparent)]
    Conflict(#[from] ConnectionConflict),
    /// The PSA did not answer as asked.
    #[error(transparent)]
    Psa(#[from] PsaError),
    /// The connector could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<SeatWishError> for SeatsError {
    fn from(error: SeatWishError) -> Self {
        match error {
            SeatWishError::NoConnection => Self::NoConnection,
            SeatWishError::NoLine => Self::NoLine,
            SeatWishError::Illegal(error) => Self::Line(error),
            SeatWishError::Store(error) => Self::Store(error),
        }
    }
}

impl Seats {
    /// A page of lines as they were seen last.
    pub async fn list(
        &self,
        partner: &PartnerId,
        connection: &ConnectionId,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<SeatView>, SeatsError> {
        let connection = self.connection(partner, connection).await?;
        let page = self.store.seat_lines(&connection.id, after, limit).await?;
        let items = page.items.into_iter().map(|item| SeatView::new(item, &connection)).collect();
        Ok(Page { items, next: page.next })
    }

    /// A page of lines as the PSA shows them now, as far as there is time; nothing is changed by it. What cannot be read
    /// says why.
    pub async fn list_fresh(
        &self,
        partner: &PartnerId,
        connection: &ConnectionId,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<SeatView>, SeatsError> {
        let connection = self.connection(partner, connection).await?;
        connection.may_be_asked()?;
        let psa = self.connectors.open(&connection, Purpose::Person).await?;
        let page = self.store.seat_lines(&connection.id, after, limit).await?;
        let until = self.clock.now().saturating_add(TIME).unwrap_or(Timestamp::MAX);
        let side_by_side = usize::try_from(psa.capabilities().concurrency).unwrap_or(1).max(1);
        let fresh: Vec<_> =
            page.items.into_iter().map(|item| self.fresh(psa.as_ref(), &connection, item, until)).collect();
        Ok(Page { items: stream::iter(fresh).buffered(side_by_side).collect().await, next: page.next })
    }

    async fn fresh(
        &self,
        psa: &dyn PsaConnector,
        connection: &Connection,
        item: SeatItem,
        until: Timestamp,
    ) -> SeatView {
        let place = place(&item, &connection.seats()).ok();
        let Some(license) = place.filter(|_| self.clock.now() < until) else {
            return SeatView::new(item, connection);
        };
        let now = self.clock.now();
        match read(psa, &license, now.to_zoned(TimeZone::UTC).date()).await {
            Ok(reading) => SeatView::fresh(item, connection, license, &reading, now),
            Err(error) => {
                warn!(connection = %connection.id, organization = %item.line.organization, %error, "Could not read a seat count");
                SeatView::unreadable(item, connection, &error)
            }
        }
    }

    /// Keeps a wish and wakes the worker. Returns how many lines it is about. Of a wish for several organisations, all is
    /// taken or nothing.
    pub async fn wish(
        &self,
        partner: &PartnerId,
        connection: &ConnectionId,
        wish: &SeatWish,
        actor: &Actor,
    ) -> Result<u64, SeatsError> {
        let set = match self.store.wish_seats(partner, connection, wish, actor, self.clock.now()).await {
            Err(SeatWishError::NoLine) => return Err(self.missing(connection, wish).await?),
            set => set?,
        };
        if let Err(error) = self.bell.ring(connection).await {
            // The sweep rings for whatever is due, so a lost bell costs time and nothing else.
            warn!(%connection, %error, "Could not ring a bell");
        }
        Ok(set)
    }

    /// What of a wish is not there, by name where it named several.
    async fn missing(&self, connection: &ConnectionId, wish: &SeatWish) -> Result<SeatsError, StoreError> {
        let SeatWish::Sync(named) = wish else { return Ok(SeatsError::NoLine) };
        let mut missing: Vec<OrganizationId> = named.clone();
        let mut after = None;
        loop {
            let page = self.store.seat_lines(connection, after.as_deref(), PAGE).await?;
            missing.retain(|name| page.items.iter().all(|item| item.line.organization != *name));
            after = page.next;
            if after.is_none() || missing.is_empty() {
                break;
            }
        }
        // What came meanwhile is there for the next wish.
        Ok(if missing.is_empty() { SeatsError::NoLine } else { SeatsError::NoLinesOf(missing) })
    }

    /// What was changed in the PSA, newest first.
    pub async fn history(
        &self,
        partner: &PartnerId,
        connection: &ConnectionId,
        organization: Option<&OrganizationId>,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<HistoryLine>, SeatsError> {
        let connection = self.connection(partner, connection).await?;
        Ok(self.store.seat_history(&connection.id, organization, after, limit).await?)
    }

    async fn connection(&self, partner: &PartnerId, id: &ConnectionId) -> Result<Connection, SeatsError> {
        self.store.connection(partner, id).await?.ok_or(SeatsError::NoConnection)
    }
}
