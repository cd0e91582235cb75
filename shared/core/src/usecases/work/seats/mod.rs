//! Seat counts under the connection's lease: each line that is due is compared with what the PSA shows, and written where
//! the rules say so. They come after the deliveries, because a count can wait for a ticket and not the other way round.
//!
//! - [`compare`] reads and judges;
//! - [`write`] records a change, sends it, and sorts out what came of it;
//! - [`settle`] looks what became of a change whose answer was lost.

mod compare;
mod settle;
mod write;

pub(crate) use compare::{Prospect, SeatReading, place, prospect, read};

use super::{
    Interrupted,
    session::{Session, Stop, Turn},
};
use crate::{
    ports::{SeatItem, SeatStep},
    seats::{LOOK_EVERY, LineChange, SeatLine, SeatMode, SeatReason},
};
use jiff::Timestamp;
use psa_connector::{PsaConnector, PsaError, PsaErrorKind};
use std::sync::Arc;
use tracing::warn;

/// Lines read at a time: each is judged by what is so when its turn comes, also by what the one before it found out.
const PAGE: usize = 1;

impl Session<'_> {
    /// Works every line that is due.
    pub(super) async fn work_seats(
        &mut self,
        connector: &Arc<dyn PsaConnector>,
    ) -> Result<Stop, Interrupted> {
        let mut moved = false;
        loop {
            let due = self.worker.store.due_seats(&self.connection.id, self.now(), PAGE).await?;
            if due.is_empty() {
                return Ok(Stop::Drained);
            }
            for item in due {
                if self.is_out_of_time() || moved && self.lets_others_go() {
                    return Ok(Stop::OutOfTime);
                }
                if self.is_held_now().await? {
                    return Ok(Stop::Held);
                }
                // Boxed, because it holds all that any kind of turn may need.
                if let Turn::Stop(stop) = Box::pin(self.seat_turn(connector, &item)).await? {
                    return Ok(stop);
                }
                moved = true;
            }
        }
    }

    /// One line's turn: it always ends with the line due later, or with the connection held.
    async fn seat_turn(
        &mut self,
        connector: &Arc<dyn PsaConnector>,
        item: &SeatItem,
    ) -> Result<Turn, Interrupted> {
        match &item.line.attempt {
            Some(attempt) => self.settle_seats(connector, item, attempt).await,
            None => self.compare_seats(connector, item).await,
        }
    }

    /// Writes a change of the line.
    async fn seats(&self, item: &SeatItem, change: LineChange) -> Result<SeatLine, Interrupted> {
        let line = &item.line;
        let step = SeatStep {
            organization: line.organization.clone(),
            product: line.product.clone(),
            heard: line.bells,
            change,
        };
        Ok(self.worker.store.advance_seats(self.lease, step, self.now()).await?)
    }

    /// When the line is compared next by itself.
    fn next_look(&self) -> Option<Timestamp> {
        (self.connection.seats().mode != SeatMode::Off).then(|| self.after(LOOK_EVERY))
    }

    /// What is to become of a line when a call about it failed and changed nothing.
    async fn seats_failed(
        &mut self,
        connector: &Arc<dyn PsaConnector>,
        item: &SeatItem,
        error: &PsaError,
    ) -> Result<Turn, Interrupted> {
        warn!(organization = %item.line.organization, connection = %self.connection.id, %error, "A seat count failed");
        if let Some(reason) = refusal(error) {
            // What to do is told by the reason.
            let detail = error.psa_message().map(str::to_owned);
            return self.seats_refused(item, reason, detail).await;
        }
        let due_at = self.after(self.worker.plan.backoff_after(item.line.failures + 1));
        self.seats(item, LineChange::TryAgain { due_at, detail: told(error) }).await?;
        self.seats_trouble(connector, error).await
    }

    /// A change may have been made, or cannot be looked for now: it stays open until then.
    async fn seats_unknown(
        &mut self,
        connector: &Arc<dyn PsaConnector>,
        item: &SeatItem,
        error: &PsaError,
        at: Timestamp,
    ) -> Result<Turn, Interrupted> {
        warn!(organization = %item.line.organization, connection = %self.connection.id, %error, "What became of a seat count is not known yet");
        self.seats(item, LineChange::LookAgain { at, detail: told(error) }).await?;
        self.seats_trouble(connector, error).await
    }

    /// Nothing is under way, and a person has to mend something first.
    async fn seats_refused(
        &mut self,
        item: &SeatItem,
        reason: SeatReason,
        detail: Option<String>,
    ) -> Result<Turn, Interrupted> {
        let SeatItem { line, told, .. } = item;
        let license = line.attempt.as_ref().map(|attempt| attempt.read.license.clone());
        let license = license.or_else(|| item.mapping.as_ref()?.license.clone());
        let here = license.map_or(i64::from(told.count), |license| line.goal(told, &license, self.today()));
        let refused = LineChange::Refused { reason, here, detail, next: self.next_look() };
        self.seats(item, refused).await?;
        Ok(Turn::Moved)
    }

    /// What a failed call says of the connection.
    async fn seats_trouble(
        &mut self,
        connector: &Arc<dyn PsaConnector>,
        error: &PsaError,
    ) -> Result<Turn, Interrupted> {
        match error.kind() {
            PsaErrorKind::RateLimited { .. }
            | PsaErrorKind::InvalidCredentials
            | PsaErrorKind::WrongIntegration => self.hold_for(error).await,
            PsaErrorKind::Unavailable | PsaErrorKind::Protocol | PsaErrorKind::OutcomeUnknown => {
                self.unless_stopped(connector).await
            }
            _ => Ok(Turn::Moved),
        }
    }
}

/// What a failed call is to the partner. What it is to the operator is in the log.
pub(crate) fn told(error: &PsaError) -> String {
    match (error.kind(), error.psa_message()) {
        (PsaErrorKind::Rejected { .. }, None) => "The PSA refuses to show or to change the count.".to_owned(),
        (PsaErrorKind::Rejected { .. }, Some(message)) => {
            format!("The PSA refuses to show or to change the count. It says: {message}")
        }
        _ => error.partner_message(),
    }
}

/// What a person has to mend, where a call about a licence failed for that.
pub(crate) fn refusal(error: &PsaError) -> Option<SeatReason> {
    match error.kind() {
        PsaErrorKind::NotFound => Some(SeatReason::LicenseMissing),
        // Tickets may work all the same, so this is no reason to stop the connection.
        PsaErrorKind::MissingPermission => Some(SeatReason::PermissionMissing),
        PsaErrorKind::Rejected { .. } | PsaErrorKind::MissingCapability => Some(SeatReason::PsaRefused),
        _ => None,
    }
}
