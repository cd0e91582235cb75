//! The settle time of a request has passed: what it asked for is there, or it is not.

use super::{
    Interrupted,
    attempt::happen,
    note::heard,
    session::{Session, Turn},
};
use crate::{
    delivery::{Attempt, Change, Request},
    ids::{note_reference, roll_up_reference, ticket_reference},
    ports::{Step, WorkItem},
    reason::Reason,
};
use psa_connector::{PsaConnector, PsaError, PsaErrorKind, Reference, TicketId};
use std::sync::Arc;
use tracing::{info, warn};

impl Session<'_> {
    /// Looks for what an attempt asked for.
    pub(super) async fn settle(
        &mut self,
        connector: &Arc<dyn PsaConnector>,
        item: &WorkItem,
        attempt: &Attempt,
    ) -> Result<Turn, Interrupted> {
        let delivery = &item.delivery;
        match self.find(connector, item, attempt).await {
            Ok(Some(change)) => {
                info!(event = %delivery.event, connection = %self.connection.id, ?change, "Found what was asked for");
                let step = self.found(item, attempt, change)?;
                self.write_outcomes([step]).await?;
                if attempt.note().is_some_and(|(_, purpose)| purpose.status_change().is_some()) {
                    // Its status is changed on the next pass; nothing may overtake it.
                    self.block(attempt.fingerprint.clone());
                }
                self.call_worked().await?;
                Ok(Turn::Moved)
            }
            Ok(None) if delivery.failures + 1 >= self.worker.plan.max_failures => {
                self.call_worked().await?;
                Ok(self.end(delivery, Reason::PsaFailed))
            }
            Ok(None) => {
                self.call_worked().await?;
                let due_at = self.after(self.worker.plan.backoff_after(delivery.failures + 1));
                self.step(delivery, Change::NotFound { due_at }).await?;
                self.block_all(delivery, attempt);
                Ok(Turn::Moved)
            }
            Err(error) => self.look_again(connector, item, attempt, error).await,
        }
    }

    async fn find(
        &mut self,
        connector: &Arc<dyn PsaConnector>,
        item: &WorkItem,
        attempt: &Attempt,
    ) -> Result<Option<Change>, PsaError> {
        let (event, connection) = (&item.delivery.event, &item.delivery.connection);
        let since = item.delivery.search_since.unwrap_or(attempt.started_at);
        let client = &attempt.client;
        match &attempt.request {
            Request::CreateTicket => {
                let reference = ticket_reference(event, connection);
                Ok(connector.find_ticket(client, &reference, since).await?.map(Change::TicketFound))
            }
            Request::RollUp { lead, ticket } => {
                let reference = roll_up_reference(lead, connection, attempt.started_at);
                if let Some(there) = self.looked_for.get(&reference) {
                    return Ok(there.clone().map(Change::RolledUp));
                }
                let there = match ticket {
                    None => connector.find_ticket(client, &reference, since).await?,
                    Some(ticket) => has_note(connector, ticket, &reference).await?.then(|| ticket.clone()),
                };
                self.looked_for.insert(reference, there.clone());
                Ok(there.map(Change::RolledUp))
            }
            Request::AddNote { ticket, .. } => {
                let there = has_note(connector, ticket, &note_reference(event, connection)).await?;
                Ok(there.then_some(Change::NoteFound))
            }
        }
    }

    /// The step for what was found, with what is to be remembered of it, as if the reply had not been lost.
    fn found(&mut self, item: &WorkItem, attempt: &Attempt, change: Change) -> Result<Step, Interrupted> {
        let mut delivery = item.delivery.clone();
        let mut record = self.memory.record(item, &attempt.fingerprint);
        let mut storm = self.memory.storm(item);
        let now = self.now();
        match (&change, attempt.note()) {
            (Change::TicketFound(ticket), _) => {
                record.created(ticket.clone(), delivery.fallback, delivery.event_time);
                storm.created(now);
            }
            (Change::RolledUp(ticket), _) => {
                super::roll_up::listed(&mut record, &delivery, ticket);
                storm.listed(ticket, &attempt.client, 1, now);
            }
            (_, Some((_, purpose))) => heard(&mut record, &delivery, purpose),
            (_, None) => {}
        }
        let step = happen(&mut delivery, change, now)?;
        let step = Step { record: Some(record), storm: Some(storm), ..step };
        self.memory.keep(&step);
        Ok(step)
    }

    async fn look_again(
        &mut self,
        connector: &Arc<dyn PsaConnector>,
        item: &WorkItem,
        attempt: &Attempt,
        error: PsaError,
    ) -> Result<Turn, Interrupted> {
        let delivery = &item.delivery;
        warn!(event = %delivery.event, connection = %self.connection.id, %error, "Could not look for a request's outcome");
        let due_at = self.after(self.worker.plan.backoff);
        self.step(delivery, Change::LookAgain { due_at, detail: error.to_string() }).await?;
        self.block_all(delivery, attempt);
        match error.kind() {
            PsaErrorKind::NotFound | PsaErrorKind::Rejected { .. } | PsaErrorKind::MissingCapability => {
                Ok(Turn::Moved)
            }
            PsaErrorKind::Unavailable | PsaErrorKind::OutcomeUnknown | PsaErrorKind::Protocol => {
                self.unless_stopped(connector).await
            }
            _ => self.hold_for(&error).await,
        }
    }
}

/// Whether the note is there. A ticket that is gone has none.
async fn has_note(
    connector: &Arc<dyn PsaConnector>,
    ticket: &TicketId,
    reference: &Reference,
) -> Result<bool, PsaError> {
    match connector.find_note(ticket, reference).await {
        Ok(note) => Ok(note.is_some()),
        Err(error) if *error.kind() == PsaErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}
