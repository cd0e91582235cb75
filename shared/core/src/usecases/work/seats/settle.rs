//! A change whose answer was lost, or whose worker died: once the settle time has passed, the count is read again.
//! Unchanged: it was not made, and is judged anew. At the target: it was made. Anything else is a person's to say.
//!
//! Where the count is a field that is set and not added to, the same change is sent again instead, with the licence as it
//! was before: that also puts back what the first one may have lost. But not where nobody wants it any more: what was
//! unmapped or mapped elsewhere since, or is not to be written any more, is only read.

use super::{
    super::{
        Interrupted,
        session::{Session, Turn},
    },
    refusal, told,
    write::request,
};
use crate::{
    ports::SeatItem,
    seats::{LOOK_EVERY, LineChange, SeatAttempt, SeatReason},
};
use psa_connector::{LicenseRecord, LicenseRef, PsaConnector, PsaError, PsaErrorKind, SeatWrite};
use std::sync::Arc;
use tracing::warn;

/// What a partner is told of a change whose answer nobody wrote down.
const UNKNOWN: &str = "Whether the change took effect is being found out.";

impl Session<'_> {
    pub(super) async fn settle_seats(
        &mut self,
        connector: &Arc<dyn PsaConnector>,
        item: &SeatItem,
        attempt: &SeatAttempt,
    ) -> Result<Turn, Interrupted> {
        let settled = self.settled(attempt.started_at);
        if settled > self.now() {
            // Rung for something else meanwhile.
            let detail = item.line.trouble.clone().unwrap_or_else(|| UNKNOWN.to_owned());
            self.seats(item, LineChange::LookAgain { at: settled, detail }).await?;
            return Ok(Turn::Stayed);
        }
        let of = LicenseRef { client: attempt.read.client.clone(), license: attempt.read.license.clone() };
        if let Some(before) = attempt.before.as_ref().filter(|_| self.is_still_wanted(item, &of)) {
            return self.send_again(connector, item, attempt, before).await;
        }
        match connector.seat_count(&of, attempt.effective).await {
            Ok(found) if found.count == attempt.target => {
                self.seats(item, LineChange::Found { restored: Vec::new() }).await?;
            }
            Ok(found) if found.count == attempt.expected => {
                let due_at = self.after(self.worker.plan.backoff_after(item.line.failures + 1));
                self.seats(item, LineChange::NotWritten { due_at }).await?;
            }
            Ok(found) => return self.seats_ambiguous(item, found.count).await,
            Err(error) => return self.cannot_settle(connector, item, attempt, &error).await,
        }
        self.call_worked().await?;
        Ok(Turn::Moved)
    }

    async fn send_again(
        &mut self,
        connector: &Arc<dyn PsaConnector>,
        item: &SeatItem,
        attempt: &SeatAttempt,
        before: &LicenseRecord,
    ) -> Result<Turn, Interrupted> {
        let look_at = self.settled(self.now());
        let generation = self.connection.generation;
        self.seats(item, LineChange::SentAgain { generation, look_at }).await?;
        match connector.set_seat_count(&request(item, attempt, Some(before.clone()))).await {
            Ok(SeatWrite::Written { restored, .. }) => {
                self.seats(item, LineChange::Found { restored }).await?;
                self.call_worked().await?;
                Ok(Turn::Moved)
            }
            Ok(SeatWrite::Moved { found }) => self.seats_ambiguous(item, found).await,
            // It was read as it was before, and the PSA does not take the change: nothing is under way.
            Err(error)
                if matches!(
                    error.kind(),
                    PsaErrorKind::Rejected { .. } | PsaErrorKind::MissingCapability
                ) =>
            {
                self.seats_failed(connector, item, &error).await
            }
            Err(error) => self.cannot_settle(connector, item, attempt, &error).await,
        }
    }

    /// Whether the change was made cannot be told now, so the attempt stays open, whatever the reason.
    async fn cannot_settle(
        &mut self,
        connector: &Arc<dyn PsaConnector>,
        item: &SeatItem,
        attempt: &SeatAttempt,
        error: &PsaError,
    ) -> Result<Turn, Interrupted> {
        let gives_up = item.line.failures + 1 >= self.worker.plan.max_failures;
        let reason = match error.kind() {
            // Gone, or not to be seen any more: there is nothing left that could be counted twice.
            PsaErrorKind::NotFound => {
                let detail = Some(unknown(attempt, error));
                return self.seats_refused(item, SeatReason::LicenseMissing, detail).await;
            }
            PsaErrorKind::Protocol | PsaErrorKind::OutcomeUnknown => {
                gives_up.then_some(SeatReason::OutcomeUnreadable)
            }
            _ => refusal(error),
        };
        let at = match (reason, error.kind()) {
            (Some(_), _) => self.after(LOOK_EVERY),
            (None, PsaErrorKind::OutcomeUnknown) => self.settled(self.now()),
            (None, _) => self.after(self.worker.plan.longest_backoff),
        };
        warn!(organization = %item.line.organization, connection = %self.connection.id, %error, "What became of a seat count is still not known");
        let detail = if reason.is_some() { unknown(attempt, error) } else { told(error) };
        self.seats(item, LineChange::CannotTell { at, detail, reason }).await?;
        self.seats_trouble(connector, error).await
    }
}

/// What is known of a change whose outcome is not: whoever looks at the PSA needs it.
fn unknown(attempt: &SeatAttempt, error: &PsaError) -> String {
    let SeatAttempt { started_at, read, expected, target, effective, .. } = attempt;
    format!(
        "A change of {} from {expected} to {target} from {effective} on was sent at {started_at}, and whether it was made is not known. {}",
        read.license,
        told(error)
    )
}
