//! What the domain needs of the world. Two homes implement it: `embedded` on one machine, `aws` on AWS.
//!
//! Store methods are whole atomic steps of the domain, not reads and writes to be combined: each either happens, and is
//! durable when it returns, or leaves no trace. The rules inside a step (state machines, routing, the budget) are pure
//! functions of this crate that every store calls, so that both homes follow the same ones.

mod bell;
mod connectors;
mod events;
mod notices;
mod nudge;
mod operator;
mod records;
mod registry;
mod routes;
mod seats;
mod telling;
mod vault;
mod work;

pub use bell::{Bell, BellError};
pub use connectors::{ConnectorFactory, OpenError};
pub use events::{
    Accepted, ConnectionDelivery, EventFilter, EventStore, EventView, RejectedInput, Retried, RetryPage,
    RetryWish,
};
pub use notices::NoticeStore;
pub use nudge::{NoticeNudge, RouteNudge};
pub use operator::{OperatorStore, RejectedFilter, RejectedRecord, Replay};
pub use records::{
    AuditEntry, AuditFilter, BudgetStore, IdempotencyOutcome, IdempotencyStore, RecordStore, StoredResponse,
};
pub use registry::{ChangeError, MappingChange, PutMapping, RegistryStore};
pub use routes::{
    BackfillAsked, BackfillProgress, BackfillState, RouteReach, RouteRequest, RouteScope, RouteStore,
    RouteTurn,
};
pub use seats::{HistoryLine, SeatItem, SeatStep, SeatStore, SeatWish, SeatWishError, WishTold};
pub use telling::{Mail, MailError, Mailer, Webhook, WebhookError};
pub use vault::{Vault, VaultError};
pub use work::{AdvanceError, Counters, Lease, LeaseOutcome, LeasedWork, Release, Step, WorkItem, WorkStore};

use thiserror::Error;

/// All of the store.
pub trait Store:
    EventStore
    + RouteStore
    + WorkStore
    + RegistryStore
    + RecordStore
    + OperatorStore
    + IdempotencyStore
    + BudgetStore
    + NoticeStore
    + SeatStore
{
}

impl<T> Store for T where
    T: EventStore
        + RouteStore
        + WorkStore
        + RegistryStore
        + RecordStore
        + OperatorStore
        + IdempotencyStore
        + BudgetStore
        + NoticeStore
        + SeatStore
{
}

/// The store could not do it. Nothing was changed.
#[derive(Debug, Error)]
pub enum StoreError {
    /// It cannot be reached, is full or too busy. Later it may work.
    #[error("the store is unavailable: {detail}")]
    Unavailable {
        /// What happened.
        detail: String,
        /// What the driver said.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// A record cannot be read back: a bug, or another program's hand.
    #[error("a stored record cannot be read: {detail}")]
    Corrupt {
        /// Which, and why.
        detail: String,
    },
    /// A cursor that this store did not make.
    #[error("the cursor is not of this list")]
    Cursor,
}

/// Who made a change: the subject of a token, or a part of the bridge.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(transparent)]
pub struct Actor(pub String);
