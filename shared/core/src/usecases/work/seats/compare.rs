//! Reading what the PSA shows, and judging it.

use super::super::{
    Interrupted,
    session::{Session, Turn},
};
use crate::{
    mapping::Mapping,
    ports::SeatItem,
    seats::{
        Judged, LineChange, Looked, Row, Rows, SeatEffective, SeatMode, SeatReason, SeatRest, SeatSettings,
        SeatWait, Verdict, judge,
    },
};
use jiff::{civil::Date, tz::TimeZone};
use psa_connector::{
    LicenseId, LicenseRecord, LicenseRef, PsaConnector, PsaError, PsaErrorKind, SeatBasis, SeatCount,
};
use std::sync::Arc;

/// What was read of a line.
pub(crate) struct SeatReading {
    /// The counts.
    pub(crate) rows: Rows,
    /// From when on a change counts here.
    pub(crate) effective: SeatEffective,
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
        let (mapping, license) = match place(item, &settings) {
            Ok(place) => place,
            Err(why) => {
                self.seats(item, LineChange::Rested { why }).await?;
                return Ok(Turn::Moved);
            }
        };
        if let Some(reason) = amiss(item, &settings) {
            return self.let_wait(item, None, reason, None).await;
        }
        let of = LicenseRef { client: mapping.client.clone(), license: license.clone() };
        let today = self.now().to_zoned(TimeZone::UTC).date();
        let reading = match read(connector.as_ref(), &of, today, settings.effective).await {
            Ok(reading) => reading,
            Err(error) => return self.seats_failed(connector, item, &error).await,
        };
        self.call_worked().await?;
        let seen = Looked { at: self.now(), client: of.client.clone(), license, rows: reading.rows };
        let settings = SeatSettings { effective: reading.effective, ..settings };
        match judge(&item.line, &item.told, &settings, &of.license, &reading.rows) {
            Verdict::Equal => {
                let change = LineChange::Compared { seen: Some(seen), wait: None, next: self.next_look() };
                self.seats(item, change).await?;
                Ok(Turn::Moved)
            }
            Verdict::Wait(judged, reason) => self.let_wait(item, Some(seen), reason, Some(judged)).await,
            Verdict::Write(judged, cause) => {
                self.write_seats(connector, item, (judged, cause), seen, reading.record).await
            }
        }
    }

    async fn let_wait(
        &mut self,
        item: &SeatItem,
        seen: Option<Looked>,
        reason: SeatReason,
        judged: Option<Judged>,
    ) -> Result<Turn, Interrupted> {
        let wait = SeatWait {
            reason,
            since: self.now(),
            there: judged.map(|judged| judged.there),
            here: item.line.goal(&item.told),
            on: judged.map(|judged| judged.on),
            detail: None,
        };
        let change = LineChange::Compared { seen, wait: Some(wait), next: self.next_look() };
        self.seats(item, change).await?;
        Ok(Turn::Moved)
    }
}

/// Where the count belongs, or why nowhere.
fn place<'a>(item: &'a SeatItem, settings: &SeatSettings) -> Result<(&'a Mapping, LicenseId), SeatRest> {
    if settings.mode == SeatMode::Off && !item.line.is_wanted() {
        return Err(SeatRest::Off);
    }
    if settings.product.as_ref().is_some_and(|product| *product != item.line.product) {
        return Err(SeatRest::OtherProduct);
    }
    let mapping = item.mapping.as_ref().ok_or(SeatRest::NoLicense)?;
    let license = mapping.license.clone().ok_or(SeatRest::NoLicense)?;
    Ok((mapping, license))
}

/// What keeps the licence from having one count to take.
fn amiss(item: &SeatItem, settings: &SeatSettings) -> Option<SeatReason> {
    if item.license_shared {
        Some(SeatReason::LicenseShared)
    } else if item.products > 1 && settings.product.is_none() {
        Some(SeatReason::SeveralProducts)
    } else {
        None
    }
}

/// Reads what the PSA shows of a licence: of one with periods, that of today and the one of the first of the next month,
/// so that a change that was scheduled is seen.
pub(crate) async fn read(
    connector: &dyn PsaConnector,
    of: &LicenseRef,
    today: Date,
    effective: SeatEffective,
) -> Result<SeatReading, PsaError> {
    let now = connector.seat_count(of, today).await?;
    let row = |on: Date, count: &SeatCount| Row { on, count: count.count };
    if let SeatBasis::License { record } = &now.basis {
        let rows = Rows { today: row(today, &now), later: None };
        return Ok(SeatReading { rows, effective: SeatEffective::Today, record: Some(record.clone()) });
    }
    let on = Rows::later_day(today);
    let later = match connector.seat_count(of, on).await {
        Ok(later) => Some(row(on, &later)),
        // The contract ends before.
        Err(error) if *error.kind() == PsaErrorKind::NotFound && effective != SeatEffective::NextMonth => {
            None
        }
        Err(error) => return Err(error),
    };
    Ok(SeatReading { rows: Rows { today: row(today, &now), later }, effective, record: None })
}
