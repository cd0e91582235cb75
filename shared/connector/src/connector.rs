//! The trait that every PSA implements.

use crate::{
    CheckReport, Client, ClientId, License, LicenseDraft, LicenseRef, NewNote, NewTicket, NoteId, Page,
    PsaError, PsaKind, Reference, SeatChange, SeatCount, SeatWrite, TenantIdentity, Ticket, TicketForm,
    TicketId, Touched,
};
use async_trait::async_trait;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use utoipa::ToSchema;

/// What a PSA, through its connector, can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a question of its own, and every mix of answers occurs"
)]
pub struct Capabilities {
    /// Clients have software licences whose seat count can be kept.
    pub licenses: bool,
    /// Clients have contracts with services whose units can be kept.
    pub contract_services: bool,
    /// A licence can be made for a client that has none.
    pub create_license: bool,
    /// Notes can be added to a ticket.
    pub notes: bool,
    /// A closed ticket can be opened again.
    pub reopen: bool,
    /// The PSA can say whether a person worked on a ticket.
    pub touched: bool,
    /// How many requests the PSA bears at the same time.
    pub concurrency: u32,
    /// Longest time from the start of a create until a ticket that was made by it must be visible to
    /// [`PsaConnector::find_ticket`], whatever became of the reply. Seconds.
    #[schema(value_type = u64)]
    #[serde(with = "seconds")]
    pub settle_time: Duration,
}

impl Capabilities {
    /// Whether seat counts can be kept at all, on licences or on contract services.
    pub fn seats(&self) -> bool {
        self.licenses || self.contract_services
    }
}

mod seconds {
    use serde::{Deserialize, Deserializer, Serializer};
    use std::time::Duration;

    pub(super) fn serialize<S: Serializer>(value: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(value.as_secs())
    }
    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_secs)
    }
}

/// One tenant of one PSA, with credentials.
///
/// Whatever is not idempotent is sent once: an error of kind [`OutcomeUnknown`](crate::PsaErrorKind::OutcomeUnknown)
/// leaves it to the caller to look for the reference once the settle time has passed. No method trusts a 200 by itself.
#[async_trait]
pub trait PsaConnector: Send + Sync + std::fmt::Debug {
    /// Which PSA.
    fn psa(&self) -> PsaKind;

    /// What it can do.
    fn capabilities(&self) -> Capabilities;

    /// Asks every question of the set-up guide and answers them all at once; no side effects. Trouble with the PSA is
    /// a failed line, so there is always a report.
    async fn check(&self) -> CheckReport;

    /// The cheapest authenticated call without side effects: tells a refused ticket from a broken connection.
    async fn ping(&self) -> Result<(), PsaError>;

    /// Which tenant the credentials belong to.
    async fn tenant(&self) -> Result<TenantIdentity, PsaError>;

    /// This tenant's ticket form.
    async fn ticket_form(&self) -> Result<TicketForm, PsaError>;

    /// Active clients whose name contains `search` (all, where empty), in order of name, from the page that `after`
    /// names.
    async fn search_clients(&self, search: &str, after: Option<&str>) -> Result<Page<Client>, PsaError>;

    /// One client, active or not; none where the PSA has no such client or does not show it.
    async fn client(&self, id: &ClientId) -> Result<Option<Client>, PsaError>;

    /// Everything of a client that takes a seat count: its licences or the services of its contracts. Of PSAs without
    /// either, an empty list.
    async fn licenses(&self, client: &ClientId) -> Result<Vec<License>, PsaError>;

    /// Makes a licence, or answers the client's active one of that name, whatever it counts. Where the answer is lost,
    /// it is asked again once the settle time has passed.
    async fn create_license(&self, client: &ClientId, draft: &LicenseDraft) -> Result<License, PsaError> {
        let _ = (client, draft);
        Err(PsaError::missing_capability("create licence"))
    }

    /// The seat count that holds on that day. [`NotFound`](crate::PsaErrorKind::NotFound) where there is no such
    /// licence, it is deleted, another client's, or has no period on that day.
    async fn seat_count(&self, license: &LicenseRef, effective: Date) -> Result<SeatCount, PsaError> {
        let _ = (license, effective);
        Err(PsaError::missing_capability("read seat count"))
    }

    /// Changes a seat count: reads it, writes where it is what was expected, and reads it back. Where the target is
    /// there already, nothing is written.
    ///
    /// After [`OutcomeUnknown`](crate::PsaErrorKind::OutcomeUnknown) the change may have taken effect, or may yet until
    /// the settle time has passed. The connector has not sent it twice; the caller reads the count again then.
    async fn set_seat_count(&self, change: &SeatChange) -> Result<SeatWrite, PsaError> {
        let _ = change;
        Err(PsaError::missing_capability("set seat count"))
    }

    /// Makes a ticket. Not idempotent.
    async fn create_ticket(&self, ticket: &NewTicket) -> Result<TicketId, PsaError>;

    /// The ticket of that client with that reference, made at `since` or later, or none. Reads to the last page and
    /// compares on our side, so "none" is what the PSA shows, not what a filter missed.
    async fn find_ticket(
        &self,
        client: &ClientId,
        reference: &Reference,
        since: Timestamp,
    ) -> Result<Option<TicketId>, PsaError>;

    /// A ticket as it is now. A ticket that is gone is [`TicketState::Deleted`](crate::TicketState::Deleted), not an
    /// error.
    async fn ticket(&self, id: &TicketId) -> Result<Ticket, PsaError>;

    /// Whether anybody but the API user has worked on it.
    async fn touched(&self, id: &TicketId) -> Result<Touched, PsaError>;

    /// Adds a note. Not idempotent.
    async fn add_note(&self, ticket: &TicketId, note: &NewNote) -> Result<NoteId, PsaError>;

    /// The note with that reference on the ticket, or none.
    async fn find_note(&self, ticket: &TicketId, reference: &Reference) -> Result<Option<NoteId>, PsaError>;

    /// Sets the status and reads it back. Idempotent.
    async fn set_status(&self, ticket: &TicketId, status: i64) -> Result<(), PsaError>;

    /// Where a person sees the ticket in a browser.
    fn ticket_url(&self, id: &TicketId) -> String;
}
