//! A change of a count: recorded before it leaves, because where the PSA takes differences, sending it twice would count
//! it twice.

use super::super::{
    Interrupted, WorkError,
    session::{Session, Turn},
};
use crate::{
    ports::{AdvanceError, SeatItem},
    seats::{IllegalSeatChange, Judged, LineChange, Looked, SeatAttempt, SeatCause, SeatReason},
};
use psa_connector::{
    LicenseRecord, LicenseRef, PsaConnector, PsaError, PsaErrorKind, SeatChange, SeatWrite, WriteStyle,
};
use std::sync::Arc;
use tracing::info;

impl Session<'_> {
    pub(super) async fn write_seats(
        &mut self,
        connector: &Arc<dyn PsaConnector>,
        item: &SeatItem,
        (judged, cause): (Judged, SeatCause),
        read: Looked,
        before: Option<LicenseRecord>,
    ) -> Result<Turn, Interrupted> {
        let line = &item.line;
        let by = match cause {
            SeatCause::Confirmed | SeatCause::Undone => line.confirmed.as_ref().map(|wish| wish.by.clone()),
            SeatCause::Told | SeatCause::Repaired => None,
        };
        let undone_by = line.undoing(&item.told, &read.license).map(|undone| undone.by.clone());
        let started_at = self.now();
        let attempt = SeatAttempt {
            started_at,
            generation: self.connection.generation,
            read,
            expected: judged.there,
            target: judged.here,
            effective: judged.on,
            cause,
            by: by.or(undone_by).or_else(|| line.asked.clone()),
            event: item.told.event.clone(),
            before,
        };
        let look_at = self.settled(started_at);
        match self.seats(item, LineChange::Started { attempt: attempt.clone(), look_at }).await {
            // It is due again, and judged by what is so now.
            Err(Interrupted::Failed(WorkError::Step(AdvanceError::Seats(IllegalSeatChange::Overtaken)))) => {
                return Ok(Turn::Moved);
            }
            started => drop(started?),
        }
        let change = request(item, &attempt, None);
        match connector.set_seat_count(&change).await {
            Ok(SeatWrite::Written { restored, from, to }) if from != to => {
                info!(organization = %line.organization, connection = %self.connection.id,
                    from = attempt.expected, to = attempt.target, "Wrote a seat count");
                self.seats(item, LineChange::Written { restored }).await?;
                self.call_worked().await?;
                Ok(Turn::Moved)
            }
            // Also where somebody else had just set it: nothing was written, so there is nothing to tell or to take back.
            Ok(SeatWrite::Moved { .. } | SeatWrite::Written { .. }) => {
                let due_at = self.after(self.worker.plan.backoff_after(line.failures + 1));
                self.seats(item, LineChange::Moved { due_at }).await?;
                Ok(Turn::Moved)
            }
            Err(error) => self.seats_not_written(connector, item, &error, look_at).await,
        }
    }

    /// A change that failed: it may have taken effect, or has not.
    pub(super) async fn seats_not_written(
        &mut self,
        connector: &Arc<dyn PsaConnector>,
        item: &SeatItem,
        error: &PsaError,
        look_at: jiff::Timestamp,
    ) -> Result<Turn, Interrupted> {
        if *error.kind() != PsaErrorKind::OutcomeUnknown {
            return self.seats_failed(connector, item, error).await;
        }
        self.seats_unknown(connector, item, error, look_at).await
    }

    /// The PSA shows a count that neither the bridge nor anybody else was known to want.
    pub(super) async fn seats_ambiguous(&mut self, item: &SeatItem, there: i64) -> Result<Turn, Interrupted> {
        info!(organization = %item.line.organization, connection = %self.connection.id, there,
            reason = SeatReason::AmbiguousAfterLostAnswer.code(), "A seat count waits for a person");
        self.seats(item, LineChange::Ambiguous { there, next: self.next_look() }).await?;
        Ok(Turn::Moved)
    }
}

/// What is asked of the PSA.
pub(super) fn request(item: &SeatItem, attempt: &SeatAttempt, before: Option<LicenseRecord>) -> SeatChange {
    SeatChange {
        license: LicenseRef { client: attempt.read.client.clone(), license: attempt.read.license.clone() },
        expected: attempt.expected,
        target: attempt.target,
        effective: attempt.effective,
        style: if item.in_full { WriteStyle::Full } else { WriteStyle::CountOnly },
        before,
    }
}
