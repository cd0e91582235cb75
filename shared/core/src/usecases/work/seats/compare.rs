//! Reading what the PSA shows, and judging it.

use super::super::{
    Interrupted,
    session::{Session, Turn},
};
use crate::{
    ports::SeatItem,
    seats::{
        Judged, LineChange, Looked, Row, Rows, SeatCause, SeatMode, SeatReason, SeatRest, SeatSettings,
        SeatWait, Verdict, judge,
    },
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use psa_connector::{LicenseRecord, LicenseRef, PsaConnector, PsaError, PsaErrorKind, SeatBasis, SeatCount};
use std::sync::Arc;

/// What was read of a line.
pub(crate) struct SeatReading {
    /// The counts.
    pub(crate) rows: Rows,
    /// The whole licence, where the count is one of its fields.
    pub(crate) record: Option<LicenseRecord>,
}

impl Session<'_> {
    pub(super) async fn compare_seats(
        &mut self,
        connector: &Arc<dyn PsaConnector>,
        item: &SeatItem,
    ) -> Result<Turn, Interrupted> {
        let settings = self.connection.seats();
        if settings.mode == SeatMode::Off && !item.line.is_wanted() {
            self.seats(item, LineChange::Rested { why: SeatRest::Off, next: None }).await?;
            return Ok(Turn::Moved);
        }
        let of = match place(item, &settings) {
            Ok(of) => of,
            Err(why) => {
                // A chain that is mended by the registry rings no bell for sure, so this is looked at daily, too.
                let next = self.next_look().filter(|_| why == SeatRest::NoLicense);
                self.seats(item, LineChange::Rested { why, next }).await?;
                return Ok(Turn::Moved);
            }
        };
        let today = self.today();
        if let Some(reason) = amiss(item, &settings) {
            let here = item.line.goal(&item.told, &of.license, today);
            return self.let_wait(item, None, (reason, here, None), self.next_look()).await;
        }
        let reading = match read(connector.as_ref(), &of, today).await {
            Ok(reading) => reading,
            Err(error) => return self.seats_failed(connector, item, &error).await,
        };
        self.call_worked().await?;
        let (now, rows) = (self.now(), reading.rows);
        let unsettled = item.line.unsettled(&of.license, &rows, self.settle_time, now);
        let verdict = judge(&item.line, &item.told, &settings, &of.license, &rows);
        let seen = Looked { at: now, client: of.client, license: of.license, rows };
        match (verdict, unsettled) {
            (Verdict::Wait(judged, reason), _) => {
                let next = unsettled.or(self.next_look());
                self.let_wait(item, Some(seen), (reason, judged.here, Some(judged)), next).await
            }
            // What is set and not added to cannot be counted twice, so a person does not wait for it.
            (Verdict::Write(judged, cause @ (SeatCause::Confirmed | SeatCause::Undone)), Some(_))
                if !rows.by_period =>
            {
                self.write_seats(connector, item, (judged, cause), seen, reading.record).await
            }
            (_, Some(at)) => {
                self.seats(item, LineChange::Unsettled { seen, at }).await?;
                Ok(Turn::Moved)
            }
            (Verdict::Equal, None) => {
                let change = LineChange::Compared { seen: Some(seen), wait: None, next: self.next_look() };
                self.seats(item, change).await?;
                Ok(Turn::Moved)
            }
            (Verdict::Write(judged, cause), None) => {
                self.write_seats(connector, item, (judged, cause), seen, reading.record).await
            }
        }
    }

    async fn let_wait(
        &mut self,
        item: &SeatItem,
        seen: Option<Looked>,
        (reason, here, judged): (SeatReason, i64, Option<Judged>),
        next: Option<Timestamp>,
    ) -> Result<Turn, Interrupted> {
        let wait = SeatWait {
            reason,
            since: self.now(),
            there: judged.map(|judged| judged.there),
            here,
            on: judged.map(|judged| judged.on),
            detail: None,
        };
        self.seats(item, LineChange::Compared { seen, wait: Some(wait), next }).await?;
        Ok(Turn::Moved)
    }

    /// The day by which the PSA and the bridge count.
    pub(super) fn today(&self) -> Date {
        self.now().to_zoned(TimeZone::UTC).date()
    }

    /// Whether a change of that licence is still to be made: nobody mapped the organisation elsewhere since, or said that
    /// no counts are written.
    pub(super) fn is_still_wanted(&self, item: &SeatItem, of: &LicenseRef) -> bool {
        let settings = self.connection.seats();
        let may_write = settings.mode != SeatMode::Off || item.line.is_wanted();
        may_write
            && place(item, &settings).is_ok_and(|place| place == *of)
            && amiss(item, &settings).is_none()
    }
}

/// Where the count belongs, or why nowhere, whatever the mode.
pub(crate) fn place(item: &SeatItem, settings: &SeatSettings) -> Result<LicenseRef, SeatRest> {
    if settings.product.as_ref().is_some_and(|product| *product != item.line.product) {
        return Err(SeatRest::OtherProduct);
    }
    let mapping = item.mapping.as_ref().ok_or(SeatRest::NoLicense)?;
    mapping.license_ref().ok_or(SeatRest::NoLicense)
}

/// What keeps the licence from having one count to take.
pub(crate) fn amiss(item: &SeatItem, settings: &SeatSettings) -> Option<SeatReason> {
    if item.license_shared {
        Some(SeatReason::LicenseShared)
    } else if item.products > 1 && settings.product.is_none() {
        Some(SeatReason::SeveralProducts)
    } else {
        None
    }
}

/// What becomes of a line, as far as that follows from what is mapped, told, chosen and shown, whatever the mode. The worker
/// comes to the same.
pub(crate) fn prospect(item: &SeatItem, settings: &SeatSettings) -> Prospect {
    let of = match place(item, settings) {
        Ok(of) => of,
        Err(why) => return Prospect::Rests(why),
    };
    if let Some(reason) = amiss(item, settings) {
        return Prospect::Amiss(reason);
    }
    let seen = item.line.seen.as_ref().filter(|seen| seen.license == of.license);
    seen.map_or(Prospect::Unread, |seen| {
        Prospect::Judged(judge(&item.line, &item.told, settings, &of.license, &seen.rows))
    })
}

/// What becomes of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Prospect {
    /// There is nothing to do with it.
    Rests(SeatRest),
    /// It waits for a person, whatever the PSA shows.
    Amiss(SeatReason),
    /// What is said of what the PSA showed.
    Judged(Verdict),
    /// What the PSA shows is not known.
    Unread,
}

/// Reads what the PSA shows of a licence: of one with periods, that of today and the one of the first of the next month,
/// so that a change that was scheduled is seen.
pub(crate) async fn read(
    connector: &dyn PsaConnector,
    of: &LicenseRef,
    today: Date,
) -> Result<SeatReading, PsaError> {
    let now = connector.seat_count(of, today).await?;
    let row = |on: Date, count: &SeatCount| Row { on, count: count.count };
    if let SeatBasis::License { record } = &now.basis {
        let rows = Rows { today: row(today, &now), later: None, by_period: false };
        return Ok(SeatReading { rows, record: Some(record.clone()) });
    }
    let on = Rows::later_day(today);
    let later = match connector.seat_count(of, on).await {
        Ok(later) => Some(row(on, &later)),
        // The contract ends before.
        Err(error) if *error.kind() == PsaErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    Ok(SeatReading { rows: Rows { today: row(today, &now), later, by_period: true }, record: None })
}
