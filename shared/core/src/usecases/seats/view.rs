//! A line as a partner sees it: both counts, the difference, and what waits.

use crate::{
    connection::Connection,
    ids::{EventId, OrganizationId},
    ports::SeatItem,
    reason::Reason,
    seats::{Judged, Looked, Rows, SeatReason, SeatRest, SeatSettings, Undone, Verdict, judge},
    usecases::work::seats::{SeatReading, told},
};
use jiff::{Timestamp, civil::Date};
use psa_connector::{ClientId, LicenseId, LicenseRef, PsaError};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A line as a partner sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SeatView {
    /// Whose seats.
    pub organization: OrganizationId,
    /// Its registered name.
    pub organization_name: Option<String>,
    /// Of what.
    pub product: String,
    /// The count that the vendor told last.
    pub told: u32,
    /// When that was true.
    pub told_at: Timestamp,
    /// The event that told it.
    pub told_by: EventId,
    /// The count that the PSA is to have: the one that was told, unless a person took it back.
    pub here: i64,
    /// The count that the PSA shows for the period that a change would count in; null where it was not read yet.
    pub there: Option<i64>,
    /// `here` less `there`: what a change would add.
    pub difference: Option<i64>,
    /// From which day on a change would count.
    #[schema(value_type = Option<String>, format = Date)]
    pub effective: Option<Date>,
    /// All that was read, and when.
    pub seen: Option<Looked>,
    /// The client that it belongs to.
    #[schema(value_type = Option<String>)]
    pub client: Option<ClientId>,
    /// The client's name.
    pub client_name: Option<String>,
    /// The licence or contract service that takes it.
    #[schema(value_type = Option<String>)]
    pub license: Option<LicenseId>,
    /// Where it stands.
    pub state: SeatState,
    /// What a person is waited for, or what would be asked.
    pub reason: Option<SeatReason>,
    /// What to do about it.
    pub fix: Option<String>,
    /// Since when it waits.
    pub waits_since: Option<Timestamp>,
    /// Whether the change can be confirmed, at just these counts.
    pub can_be_confirmed: bool,
    /// What the PSA said when the last try failed.
    pub trouble: Option<String>,
    /// Who took the vendor's count back, where somebody did.
    pub undone_by: Option<String>,
    /// When it is compared next.
    pub due_at: Option<Timestamp>,
    /// What keeps the connection from being worked.
    pub hold: Option<Reason>,
}

/// Where a line stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SeatState {
    /// The PSA has the count.
    Equal,
    /// It is to be compared or written.
    Pending,
    /// A change was sent, and its outcome is not known yet.
    UnderWay,
    /// It waits for a person.
    Waiting,
    /// The settings say that counts are not written.
    Off,
    /// The organisation is mapped onto no licence.
    NoLicense,
    /// The settings name another product.
    OtherProduct,
}

impl SeatView {
    /// As it was seen last.
    pub(super) fn new(item: SeatItem, connection: &Connection) -> Self {
        let rows = item.line.seen.as_ref().map(|seen| (seen.license.clone(), seen.rows));
        let license = item.mapping.as_ref().and_then(|mapping| mapping.license.clone());
        let rows = rows.filter(|(of, _)| license.as_ref() == Some(of)).map(|(_, rows)| rows);
        let verdict = rows.map(|rows| verdict(&item, &connection.seats(), &rows));
        let row = rows.map(|rows| Judged {
            there: rows.today.count,
            here: item.line.goal(&item.told),
            on: rows.today.on,
        });
        let judged = match &verdict {
            Some(Verdict::Write(judged, _) | Verdict::Wait(judged, _)) => Some(*judged),
            Some(Verdict::Equal) | None => row,
        };
        let state = state(&item, verdict.as_ref());
        let would_wait = match verdict {
            Some(Verdict::Wait(_, reason)) => Some(reason),
            _ => None,
        };
        let reason = item.line.waits.as_ref().map(|waits| waits.reason).or(would_wait);
        let reason = reason.filter(|_| state != SeatState::Equal);
        let line = item.line;
        let here = line.goal(&item.told);
        let there = judged.map(|judged| judged.there);
        let waits = line.waits.as_ref();
        Self {
            undone_by: line.undoing(&item.told).map(|Undone { by, .. }| by.clone()),
            organization: line.organization,
            organization_name: item.organization_name,
            product: line.product,
            told: item.told.count,
            told_at: item.told.time,
            told_by: item.told.event,
            here,
            there,
            difference: there.map(|there| here.saturating_sub(there)),
            effective: judged.map(|judged| judged.on),
            seen: line.seen,
            client: item.mapping.as_ref().map(|mapping| mapping.client.clone()),
            client_name: item.mapping.map(|mapping| mapping.client_name),
            license,
            state,
            reason,
            fix: reason.map(|reason| reason.fix().to_owned()),
            waits_since: waits.map(|waits| waits.since),
            can_be_confirmed: waits.is_some_and(|waits| {
                waits.reason.can_be_confirmed() && waits.there == there && waits.here == here
            }),
            trouble: waits.and_then(|waits| waits.detail.clone()).or(line.trouble),
            due_at: line.due_at,
            hold: connection.hold(),
        }
    }

    /// As the PSA shows it now.
    pub(super) fn fresh(
        mut item: SeatItem,
        connection: &Connection,
        license: &LicenseRef,
        reading: &SeatReading,
        now: Timestamp,
    ) -> Self {
        item.line.seen = Some(Looked {
            at: now,
            client: license.client.clone(),
            license: license.license.clone(),
            rows: reading.rows,
        });
        Self::new(item, connection)
    }

    /// As it was seen last, and that it cannot be read now.
    pub(super) fn unreadable(item: SeatItem, connection: &Connection, error: &PsaError) -> Self {
        Self { trouble: Some(told(error)), ..Self::new(item, connection) }
    }
}

fn verdict(item: &SeatItem, settings: &SeatSettings, rows: &Rows) -> Verdict {
    let license = item.mapping.as_ref().and_then(|mapping| mapping.license.clone());
    let license = license.unwrap_or_else(|| LicenseId::new(""));
    let mut settings = settings.clone();
    if rows.later.is_none() {
        settings.effective = crate::seats::SeatEffective::Today;
    }
    judge(&item.line, &item.told, &settings, &license, rows)
}

fn state(item: &SeatItem, verdict: Option<&Verdict>) -> SeatState {
    let line = &item.line;
    let has_license = item.mapping.as_ref().is_some_and(|mapping| mapping.license.is_some());
    if line.attempt.is_some() {
        SeatState::UnderWay
    } else if !has_license {
        SeatState::NoLicense
    } else if verdict == Some(&Verdict::Equal)
        && line.waits.as_ref().is_none_or(|waits| waits.reason.can_be_confirmed())
    {
        SeatState::Equal
    } else if line.waits.is_some() && !line.is_wanted() {
        SeatState::Waiting
    } else {
        match line.rests {
            Some(SeatRest::Off) if !line.is_wanted() => SeatState::Off,
            Some(SeatRest::OtherProduct) => SeatState::OtherProduct,
            _ if line.due_at.is_none() => SeatState::Off,
            _ => SeatState::Pending,
        }
    }
}
