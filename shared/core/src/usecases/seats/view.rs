//! A line as a partner sees it: both counts, the difference, and what waits.

use crate::{
    connection::Connection,
    ids::{EventId, OrganizationId},
    ports::SeatItem,
    reason::Reason,
    seats::{
        Judged, Looked, SeatLine, SeatMode, SeatReason, SeatRest, SeatSettings, SeatWait, Undone, Verdict,
        counting,
    },
    usecases::work::seats::{Prospect, SeatReading, prospect, refusal, told},
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
        let settings = connection.seats();
        let prospect = prospect(&item, &settings);
        let license = item.mapping.as_ref().and_then(|mapping| mapping.license.clone());
        let judged = judged(&item, &settings, license.as_ref(), &prospect);
        let waits = still_waits(&item.line, &prospect).cloned();
        let state = state(&item, &settings, waits.as_ref(), &prospect);
        let would_wait = match prospect {
            Prospect::Amiss(reason) | Prospect::Judged(Verdict::Wait(_, reason)) => Some(reason),
            Prospect::Judged(_) | Prospect::Rests(_) | Prospect::Unread => None,
        };
        let reason = would_wait.or(waits.as_ref().map(|waits| waits.reason));
        let reason = reason.filter(|_| !matches!(state, SeatState::Equal | SeatState::UnderWay));
        let line = item.line;
        let undoing = license.as_ref().and_then(|license| line.undoing(&item.told, license));
        let told = i64::from(item.told.count);
        let here = judged.map_or_else(
            || undoing.map_or(told, |undone| undone.rows.expected_on(undone.from)),
            |judged| judged.here,
        );
        let there = judged.map(|judged| judged.there);
        Self {
            undone_by: undoing.map(|Undone { by, .. }| by.clone()),
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
            waits_since: waits.as_ref().map(|waits| waits.since),
            can_be_confirmed: waits.as_ref().is_some_and(|waits| {
                Some(waits.reason) == reason
                    && waits.reason.can_be_confirmed()
                    && waits.there == there
                    && waits.here == here
            }),
            trouble: waits.and_then(|waits| waits.detail).or(line.trouble),
            due_at: line.due_at,
            hold: connection.hold(),
        }
    }

    /// As the PSA shows it now.
    pub(super) fn fresh(
        mut item: SeatItem,
        connection: &Connection,
        place: LicenseRef,
        reading: &SeatReading,
        now: Timestamp,
    ) -> Self {
        let LicenseRef { client, license } = place;
        item.line.seen = Some(Looked { at: now, client, license, rows: reading.rows });
        Self::new(item, connection)
    }

    /// As it was seen last, and that it cannot be read now.
    pub(super) fn unreadable(item: SeatItem, connection: &Connection, error: &PsaError) -> Self {
        let view = Self::new(item, connection);
        let reason = refusal(error).or(view.reason);
        let fix = reason.map(|reason| reason.fix().to_owned());
        Self { trouble: Some(told(error)), reason, fix, ..view }
    }
}

/// The counts that are shown beside each other.
fn judged(
    item: &SeatItem,
    settings: &SeatSettings,
    license: Option<&LicenseId>,
    prospect: &Prospect,
) -> Option<Judged> {
    if let Prospect::Judged(Verdict::Write(judged, _) | Verdict::Wait(judged, _)) = prospect {
        return Some(*judged);
    }
    let seen = item.line.seen.as_ref().filter(|seen| Some(&seen.license) == license)?;
    Some(counting(&item.line, &item.told, settings, &seen.license, &seen.rows))
}

/// What waits, unless another judgement has replaced it since: the worker has not come by yet.
fn still_waits<'l>(line: &'l SeatLine, prospect: &Prospect) -> Option<&'l SeatWait> {
    line.waits.as_ref().filter(|waits| match prospect {
        Prospect::Unread => true,
        Prospect::Rests(_) => false,
        Prospect::Amiss(reason) | Prospect::Judged(Verdict::Wait(_, reason)) => {
            waits.reason == *reason || !waits.reason.is_judged()
        }
        Prospect::Judged(Verdict::Equal | Verdict::Write(..)) => !waits.reason.is_judged(),
    })
}

fn state(
    item: &SeatItem,
    settings: &SeatSettings,
    waits: Option<&SeatWait>,
    prospect: &Prospect,
) -> SeatState {
    let line = &item.line;
    let is_off = settings.mode == SeatMode::Off && !line.is_wanted();
    match (prospect, waits) {
        (_, None) if line.attempt.is_some() => SeatState::UnderWay,
        (_, Some(_)) if line.attempt.is_some() => SeatState::Waiting,
        (Prospect::Rests(SeatRest::OtherProduct), _) => SeatState::OtherProduct,
        (Prospect::Rests(_), _) => SeatState::NoLicense,
        (Prospect::Judged(Verdict::Equal), None) => SeatState::Equal,
        (_, Some(_)) if !line.is_wanted() => SeatState::Waiting,
        _ if is_off => SeatState::Off,
        _ => SeatState::Pending,
    }
}
