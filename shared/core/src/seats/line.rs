//! A line: one product of one organisation in one connection.

use super::{Rows, SeatCause, SeatEntry, SeatReason, SeatRest, ToldSeats};
use crate::ids::{ConnectionId, EventId, OrganizationId, PartnerId};
use jiff::{SignedDuration, Timestamp, civil::Date};
use psa_connector::{ClientId, LicenseId, LicenseRecord};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One product of one organisation in one connection, and where its count stands. What the vendor told is apart (see
/// [`ToldSeats`]): several connections share it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatLine {
    /// In which PSA.
    pub connection: ConnectionId,
    /// Whose connection that is.
    pub partner: PartnerId,
    /// Whose seats.
    pub organization: OrganizationId,
    /// Of what.
    pub product: String,
    /// What the PSA was last known to have with the bridge's consent: what a hand in the PSA is told by.
    pub agreed: Option<Looked>,
    /// What the PSA showed when it was last looked at.
    pub seen: Option<Looked>,
    /// The change that is, or may be, under way.
    pub attempt: Option<SeatAttempt>,
    /// What a person is waited for.
    pub waits: Option<SeatWait>,
    /// The licence whose count a lost answer left unclear, until it is as it has to be or a person's change was made:
    /// whatever else is waited for meanwhile.
    #[serde(default)]
    pub unclear: Option<LicenseId>,
    /// Why nothing is to be done.
    pub rests: Option<SeatRest>,
    /// That a person wants it compared and written now.
    pub asked: Option<String>,
    /// That a person wants just this change, whatever the guard says.
    pub confirmed: Option<Confirmed>,
    /// That a person took the last change back, until the vendor tells another count.
    pub undone: Option<Undone>,
    /// The last change that the bridge made: what can be taken back.
    pub last: Option<SeatEntry>,
    /// When that was, as long as it may not be visible everywhere yet.
    pub written_at: Option<Timestamp>,
    /// Tries in a row that failed.
    pub failures: u32,
    /// What the PSA said or did when the last try failed.
    pub trouble: Option<String>,
    /// Whether the PSA lost other fields when the count alone was sent.
    pub in_full: bool,
    /// When it is to be worked next; by itself never, where none.
    pub due_at: Option<Timestamp>,
    /// Counts whatever asks for it to be worked, so that what was asked for meanwhile is not lost.
    pub bells: u64,
}

/// What the PSA showed, where, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Looked {
    /// When it was read.
    pub at: Timestamp,
    /// Of which client.
    #[schema(value_type = String)]
    pub client: ClientId,
    /// On which licence or contract service.
    #[schema(value_type = String)]
    pub license: LicenseId,
    /// What it showed.
    pub rows: Rows,
}

/// A change that was recorded before it left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatAttempt {
    /// Just before it left.
    pub started_at: Timestamp,
    /// The credentials of then.
    pub generation: u32,
    /// What had been read.
    pub read: Looked,
    /// The count that it replaces.
    pub expected: i64,
    /// The count that it asks for.
    pub target: i64,
    /// From which day on.
    pub effective: Date,
    /// Why.
    pub cause: SeatCause,
    /// Which person wanted it.
    pub by: Option<String>,
    /// The event that told the vendor's count of then.
    pub event: EventId,
    /// The licence as it was before, for putting back what a lost answer may hide that it lost. None where the PSA keeps
    /// counts by period and takes differences.
    pub before: Option<LicenseRecord>,
}

/// What a person is waited for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SeatWait {
    /// Why.
    pub reason: SeatReason,
    /// Since when.
    pub since: Timestamp,
    /// The count in the PSA, where it could be read.
    pub there: Option<i64>,
    /// The count that it is to have.
    pub here: i64,
    /// The day whose period is meant.
    #[schema(value_type = Option<String>, format = Date)]
    pub on: Option<Date>,
    /// What the PSA said.
    pub detail: Option<String>,
}

/// That a person wants this change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmed {
    /// On which licence.
    pub license: LicenseId,
    /// The count in the PSA that the person saw.
    pub from: i64,
    /// The count that it is to have.
    pub to: i64,
    /// Who.
    pub by: String,
}

/// That a person took a change back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undone {
    /// The licence on which the change was made; another one is none of it.
    pub license: LicenseId,
    /// From which day on: the change's own, or that of the taking back, whichever is later.
    pub from: Date,
    /// What the PSA has without that change.
    pub rows: Rows,
    /// The vendor's count that it overrides, by the event since which it was told.
    pub over: EventId,
    /// Who.
    pub by: String,
}

impl SeatLine {
    /// A line of which nothing is known yet.
    pub fn new(
        connection: ConnectionId,
        partner: PartnerId,
        told: &ToldSeats,
        due_at: Option<Timestamp>,
    ) -> Self {
        Self {
            connection,
            partner,
            organization: told.organization.clone(),
            product: told.product.clone(),
            agreed: None,
            seen: None,
            attempt: None,
            waits: None,
            unclear: None,
            rests: None,
            asked: None,
            confirmed: None,
            undone: None,
            last: None,
            written_at: None,
            failures: 0,
            trouble: None,
            in_full: false,
            due_at,
            bells: 0,
        }
    }

    /// The undoing that is still in force on a licence.
    pub fn undoing(&self, told: &ToldSeats, license: &LicenseId) -> Option<&Undone> {
        self.undone.as_ref().filter(|undone| undone.over == told.since && undone.license == *license)
    }

    /// The count that a licence is to have on a day: the vendor's latest, unless a person took just that one back.
    pub fn goal(&self, told: &ToldSeats, license: &LicenseId, day: Date) -> i64 {
        self.undoing(told, license)
            .map_or_else(|| i64::from(told.count), |undone| undone.rows.expected_on(day))
    }

    /// Until when what a licence shows may be from before the last write: it is not what that write left, and what the PSA
    /// stores becomes visible within the settle time.
    pub fn unsettled(
        &self,
        license: &LicenseId,
        rows: &Rows,
        settle_time: SignedDuration,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let known = self.agreed.as_ref().filter(|known| known.license == *license)?;
        let settled = self.written_at?.saturating_add(settle_time).unwrap_or(Timestamp::MAX);
        (now < settled && !rows.is_as_expected(&known.rows)).then_some(settled)
    }

    /// Whether a person wants it worked, whatever the mode.
    pub fn is_wanted(&self) -> bool {
        self.asked.is_some() || self.confirmed.is_some()
    }

    /// Asks for it to be worked.
    pub fn ring(&mut self, now: Timestamp) {
        self.bells += 1;
        self.due_at = Some(self.due_at.map_or(now, |due_at| due_at.min(now)));
    }
}
