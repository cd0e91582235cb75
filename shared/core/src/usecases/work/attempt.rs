//! Making a ticket, and looking for one after a lost reply.

use super::{
    Interrupted,
    session::{Session, Stop, Turn},
    ticket,
};
use crate::{
    connection::ConnectionChange,
    delivery::{Attempt, Change, Counts, Delivery},
    ids::{Fingerprint, ticket_reference},
    mapping::Mapping,
    ports::WorkItem,
    reason::Reason,
};
use jiff::Timestamp;
use psa_connector::{PsaConnector, PsaError, PsaErrorKind};
use std::sync::Arc;
use tracing::{info, warn};

impl Session<'_> {
    /// Records the attempt, makes the ticket, and sorts out what came of it.
    pub(super) async fn make(
        &mut self,
        connector: &Arc<dyn PsaConnector>,
        item: &WorkItem,
        mapping: &Mapping,
        fingerprint: Fingerprint,
    ) -> Result<Turn, Interrupted> {
        let delivery = &item.delivery;
        let new_ticket = ticket::of_delivery(&self.connection, item, &mapping.client);
        let attempt = Attempt {
            started_at: self.now(),
            generation: self.connection.generation,
            fence: self.lease.fence,
            client: mapping.client.clone(),
            fingerprint: fingerprint.clone(),
        };
        let started_at = attempt.started_at;
        self.step(delivery, Change::AttemptStarted(attempt)).await?;
        // From here on the delivery's version is one more than the one that was read.
        let version = delivery.version + 1;
        match connector.create_ticket(&new_ticket).await {
            Ok(ticket) => {
                info!(event = %delivery.event, connection = %self.connection.id, %ticket, "Made a ticket");
                self.outcome(delivery, version, Change::TicketCreated(ticket));
                self.call_worked().await?;
                Ok(Turn::Moved)
            }
            Err(error) => {
                warn!(event = %delivery.event, connection = %self.connection.id, %error, "Could not make a ticket");
                self.sort_out(connector, delivery, version, mapping, fingerprint, started_at, error).await
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "one failed attempt, all of it needed to tell what failed")]
    async fn sort_out(
        &mut self,
        connector: &Arc<dyn PsaConnector>,
        delivery: &Delivery,
        version: u64,
        mapping: &Mapping,
        fingerprint: Fingerprint,
        started_at: Timestamp,
        error: PsaError,
    ) -> Result<Turn, Interrupted> {
        let detail = error.to_string();
        let again =
            |due_at: Timestamp, counts: Counts| Change::TryAgain { due_at, counts, detail: detail.clone() };
        match error.kind() {
            PsaErrorKind::OutcomeUnknown => {
                let look_at = self.settled(started_at);
                self.outcome(delivery, version, Change::OutcomeUnknown { look_at, detail });
                self.blocks_unless_stopped(connector, fingerprint).await
            }
            PsaErrorKind::Rejected { .. } | PsaErrorKind::NotFound => {
                if delivery.refusals + 1 < self.worker.plan.max_refusals {
                    let due_at = self.after(self.worker.plan.backoff_after(delivery.refusals + 1));
                    self.outcome(delivery, version, again(due_at, Counts::Refusal));
                    return Ok(Turn::MovedAndBlocks(fingerprint));
                }
                self.give_up_refused(connector, delivery, version, mapping, &error).await
            }
            PsaErrorKind::Protocol => {
                let due_at = self.after(self.worker.plan.backoff_after(delivery.failures + 1));
                self.outcome(delivery, version, again(due_at, Counts::Failure));
                self.blocks_unless_stopped(connector, fingerprint).await
            }
            PsaErrorKind::Unavailable => {
                let due_at = self.after(self.worker.plan.backoff);
                self.outcome(delivery, version, again(due_at, Counts::Nothing));
                self.blocks_unless_stopped(connector, fingerprint).await
            }
            PsaErrorKind::RateLimited { .. }
            | PsaErrorKind::InvalidCredentials
            | PsaErrorKind::WrongIntegration
            | PsaErrorKind::MissingPermission => {
                self.outcome(delivery, version, again(self.now(), Counts::Nothing));
                self.hold_for(&error).await
            }
        }
    }

    /// The PSA refused it for the last time. If the PSA works otherwise, that is the ticket's fault; if not, the ticket
    /// keeps its turn.
    async fn give_up_refused(
        &mut self,
        connector: &Arc<dyn PsaConnector>,
        delivery: &Delivery,
        version: u64,
        mapping: &Mapping,
        error: &PsaError,
    ) -> Result<Turn, Interrupted> {
        let chosen =
            self.connection.settings.as_ref().map(|settings| settings.ticket.clone()).unwrap_or_default();
        self.reveal(error, &chosen).await?;
        let (reason, detail) = match connector.client(&mapping.client).await {
            Ok(Some(client)) if client.active => (Reason::PsaRefused, error.partner_message()),
            Ok(_) => {
                let detail = format!("{} ({})", mapping.client_name, mapping.client);
                (Reason::ClientMissing, detail)
            }
            Err(trouble) => {
                let detail = trouble.to_string();
                let again = Change::TryAgain { due_at: self.now(), counts: Counts::Nothing, detail };
                self.outcome(delivery, version, again);
                return self.hold_for(&trouble).await;
            }
        };
        self.outcome(delivery, version, Change::Ended { reason, detail: Some(detail) });
        Ok(Turn::Moved)
    }

    /// The settle time has passed: the ticket is there, or it is not.
    pub(super) async fn settle(
        &mut self,
        connector: &Arc<dyn PsaConnector>,
        item: &WorkItem,
        attempt: &Attempt,
    ) -> Result<Turn, Interrupted> {
        let delivery = &item.delivery;
        let reference = ticket_reference(&delivery.event, &delivery.connection);
        let since = delivery.search_since.unwrap_or(attempt.started_at);
        match connector.find_ticket(&attempt.client, &reference, since).await {
            Ok(Some(ticket)) => {
                info!(event = %delivery.event, connection = %self.connection.id, %ticket, "Found a ticket");
                self.step(delivery, Change::TicketFound(ticket)).await?;
                self.call_worked().await?;
                Ok(Turn::Moved)
            }
            Ok(None) if delivery.failures + 1 >= self.worker.plan.max_failures => {
                self.call_worked().await?;
                self.end(delivery, Reason::PsaFailed).await
            }
            Ok(None) => {
                self.call_worked().await?;
                let due_at = self.after(self.worker.plan.backoff_after(delivery.failures + 1));
                self.step(delivery, Change::NotFound { due_at }).await?;
                Ok(Turn::MovedAndBlocks(attempt.fingerprint.clone()))
            }
            Err(error) => {
                warn!(event = %delivery.event, connection = %self.connection.id, %error, "Could not look for a ticket");
                let due_at = self.after(self.worker.plan.backoff);
                let detail = error.to_string();
                self.step(delivery, Change::LookAgain { due_at, detail }).await?;
                match error.kind() {
                    PsaErrorKind::NotFound | PsaErrorKind::Rejected { .. } => {
                        Ok(Turn::MovedAndBlocks(attempt.fingerprint.clone()))
                    }
                    PsaErrorKind::Unavailable | PsaErrorKind::OutcomeUnknown | PsaErrorKind::Protocol => {
                        self.blocks_unless_stopped(connector, attempt.fingerprint.clone()).await
                    }
                    _ => self.hold_for(&error).await,
                }
            }
        }
    }

    /// After a call that failed without saying why: the fingerprint waits, and after several such calls in a row the
    /// connection is put to the test.
    async fn blocks_unless_stopped(
        &mut self,
        connector: &Arc<dyn PsaConnector>,
        fingerprint: Fingerprint,
    ) -> Result<Turn, Interrupted> {
        self.change(ConnectionChange::CallFailed).await?;
        if self.connection.failures < self.worker.plan.max_failing_calls {
            return Ok(Turn::MovedAndBlocks(fingerprint));
        }
        match connector.ping().await {
            Ok(()) => {
                self.call_worked().await?;
                Ok(Turn::MovedAndBlocks(fingerprint))
            }
            Err(error) => self.hold_for(&error).await,
        }
    }

    pub(super) async fn call_worked(&mut self) -> Result<(), Interrupted> {
        if self.connection.failures == 0 {
            return Ok(());
        }
        self.change(ConnectionChange::CallWorked).await
    }

    async fn hold_for(&mut self, error: &PsaError) -> Result<Turn, Interrupted> {
        self.hold_connection(error).await?;
        Ok(Turn::Stop(Stop::Held))
    }
}
