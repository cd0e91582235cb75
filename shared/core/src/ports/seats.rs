//! Seat counts: what the vendor told, the lines that keep it in a PSA, and their history.
//!
//! What the vendor tells comes in with [`EventStore::accept`](super::EventStore::accept), which keeps the latest count of
//! each product in the same step, makes a line in every connection that maps the organisation, and sets it to work where
//! the settings say so. Mapping an organisation makes the lines of all that was told of it, and so does a chain that gets
//! back the partner of a mapping; saving settings, confirming and mapping set lines to work.

use super::{Actor, AdvanceError, Lease, StoreError};
use crate::{
    ids::{ConnectionId, OrganizationId, PartnerId},
    mapping::Mapping,
    seats::{IllegalSeatChange, LineChange, SeatEntry, SeatLine, ToldSeats},
};
use async_trait::async_trait;
use jiff::Timestamp;
use psa_connector::Page;
use serde_json::{Value, json};
use thiserror::Error;

/// A line with what is needed to work it or to show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeatItem {
    /// The line.
    pub line: SeatLine,
    /// What the vendor told last.
    pub told: ToldSeats,
    /// How the organisation is mapped now, where its partner is in the organisation's chain.
    pub mapping: Option<Mapping>,
    /// The organisation's registered name.
    pub organization_name: Option<String>,
    /// How many products the vendor tells counts of, for this organisation.
    pub products: u64,
    /// Whether another organisation of the partner's is mapped onto the same licence in this connection.
    pub license_shared: bool,
    /// Whether any licence of this connection lost other fields when the count alone was sent.
    pub in_full: bool,
}

/// One change of one line, under the connection's lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeatStep {
    /// Which line of the lease's connection.
    pub organization: OrganizationId,
    /// Of which product.
    pub product: String,
    /// The bells that had been heard when the line was read.
    pub heard: u64,
    /// The change.
    pub change: LineChange,
}

/// What a person wants of lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SeatWish {
    /// All that is mapped compared and written now.
    SyncAll,
    /// These organisations' lines compared and written now.
    Sync(Vec<OrganizationId>),
    /// A change that waits, at just these counts.
    Confirm {
        /// Whose.
        organization: OrganizationId,
        /// Of what.
        product: String,
        /// The count in the PSA that the person saw.
        there: i64,
        /// The vendor's count that the person saw.
        here: i64,
    },
    /// The last change taken back.
    Undo {
        /// Whose.
        organization: OrganizationId,
        /// Of what.
        product: String,
        /// The count that the person saw as the last change's outcome.
        to: i64,
    },
}

/// A wish as the audit tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WishTold {
    /// What was done.
    pub action: &'static str,
    /// To whom, where to one.
    pub subject: Option<String>,
    /// What it was.
    pub before: Option<Value>,
    /// What it is to be.
    pub after: Option<Value>,
}

impl SeatWish {
    /// The wish as every store's audit tells it.
    pub fn told(&self) -> WishTold {
        match self {
            Self::SyncAll => {
                WishTold { action: "seats.sync_asked", subject: None, before: None, after: None }
            }
            Self::Sync(organizations) => WishTold {
                action: "seats.sync_asked",
                subject: None,
                before: None,
                after: Some(json!({ "organizations": organizations })),
            },
            Self::Confirm { organization, product, there, here } => WishTold {
                action: "seats.confirmed",
                subject: Some(organization.to_string()),
                before: Some(json!({ "product": product, "count": there })),
                after: Some(json!({ "product": product, "count": here })),
            },
            Self::Undo { organization, product, to } => WishTold {
                action: "seats.undone",
                subject: Some(organization.to_string()),
                before: Some(json!({ "product": product, "count": to })),
                after: None,
            },
        }
    }
}

/// Why a wish was not taken. Nothing was changed.
#[derive(Debug, Error)]
pub enum SeatWishError {
    /// The partner has no such connection, or revoked it.
    #[error("there is no such connection")]
    NoConnection,
    /// No such line.
    #[error("there is no such line")]
    NoLine,
    /// The line does not take it.
    #[error(transparent)]
    Illegal(#[from] IllegalSeatChange),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Steps on seat counts.
#[async_trait]
pub trait SeatStore: Send + Sync {
    /// The latest counts of an organisation, in order of product.
    async fn told_seats(&self, organization: &OrganizationId) -> Result<Vec<ToldSeats>, StoreError>;

    /// A connection's lines, in order of organisation and product. Those whose organisation is not the partner's any more
    /// are left out.
    async fn seat_lines(
        &self,
        connection: &ConnectionId,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<SeatItem>, StoreError>;

    /// One line, with the same exception.
    async fn seat_line(
        &self,
        connection: &ConnectionId,
        organization: &OrganizationId,
        product: &str,
    ) -> Result<Option<SeatItem>, StoreError>;

    /// Lines that are due at `now`, the longest due first, whoever owns their organisations.
    async fn due_seats(
        &self,
        connection: &ConnectionId,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<SeatItem>, StoreError>;

    /// Makes a change and adds its entry to the history. Conditional on the lease's fence and, where it starts an
    /// attempt, on nothing holding the connection and on its still having the attempt's generation.
    async fn advance_seats(
        &self,
        lease: &Lease,
        step: SeatStep,
        now: Timestamp,
    ) -> Result<SeatLine, AdvanceError>;

    /// Takes a person's wish, with an audit line, and returns how many lines are set to work.
    async fn wish_seats(
        &self,
        partner: &PartnerId,
        connection: &ConnectionId,
        wish: &SeatWish,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<u64, SeatWishError>;

    /// What was changed in the PSA, newest first: all of a connection, or of one organisation. Left out is what is not
    /// the partner's any more.
    async fn seat_history(
        &self,
        connection: &ConnectionId,
        organization: Option<&OrganizationId>,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<HistoryLine>, StoreError>;
}

/// An entry of the history, and of which line it is.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct HistoryLine {
    /// Whose seats.
    pub organization: OrganizationId,
    /// Of what.
    pub product: String,
    /// What was changed.
    #[serde(flatten)]
    pub entry: SeatEntry,
}
