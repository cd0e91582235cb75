//! Notes on the ticket of a problem, and the change of its status that follows one.

use super::{
    Interrupted,
    attempt::{UnderWay, again, happen},
    session::{Session, Turn},
    statuses::Statuses,
    ticket,
};
use crate::{
    delivery::{Change, Counts, Delivery, NotePurpose, Noted, Request, StatusChange},
    life_cycle::FingerprintRecord,
    mapping::Mapping,
    ports::{Step, WorkItem},
    reason::Reason,
};
use psa_connector::{PsaConnector, PsaError, PsaErrorKind, TicketId, Touched};
use std::sync::Arc;
use tracing::info;

const SOMEBODY_WORKS_ON_IT: &str = "somebody has worked on the ticket since";
const NO_SUCH_STATUS: &str = "the PSA shows no status for it";

impl Session<'_> {
    /// Adds a note, and makes the change of status that follows it.
    pub(super) async fn add_note(
        &mut self,
        connector: &Arc<dyn PsaConnector>,
        item: &WorkItem,
        mapping: &Mapping,
        mut record: FingerprintRecord,
        ticket: TicketId,
        purpose: NotePurpose,
    ) -> Result<Turn, Interrupted> {
        let count = record.ticket.as_ref().map_or(0, |tracked| tracked.repeats).saturating_add(1);
        let note = ticket::of_note(&self.connection, item, purpose, count);
        let request = Request::AddNote { ticket: ticket.clone(), purpose };
        let mut under_way = self.start(connector, std::slice::from_ref(item), mapping, request).await?;
        let Err(error) = connector.add_note(&ticket, &note).await else {
            info!(event = %item.event.id, connection = %self.connection.id, %ticket, ?purpose, "Added a note");
            heard(&mut record, &item.delivery, purpose);
            let mut noted = None;
            for delivery in &mut under_way.deliveries {
                let step = happen(delivery, Change::NoteAdded, self.now())?;
                self.remember(Step { record: Some(record.clone()), ..step });
                noted = delivery.noted.clone().map(|noted| (delivery.clone(), noted));
            }
            self.call_worked().await?;
            return match noted {
                Some((delivery, noted)) => self.change_status(connector, delivery, noted, record).await,
                None => Ok(Turn::Moved),
            };
        };
        match error.kind() {
            PsaErrorKind::Rejected { .. } | PsaErrorKind::NotFound => {
                self.note_refused(under_way, &record, purpose, &error)
            }
            // Some PSAs need a right of its own for notes: if the rest works, only the note is refused.
            PsaErrorKind::MissingPermission if connector.ping().await.is_ok() => {
                self.note_refused(under_way, &record, purpose, &error)
            }
            _ => self.sort_out(under_way, error).await,
        }
    }

    /// The ticket takes no note: a new ticket takes its place, once. What is over needs none.
    fn note_refused(
        &mut self,
        mut under_way: UnderWay<'_>,
        record: &FingerprintRecord,
        purpose: NotePurpose,
        error: &PsaError,
    ) -> Result<Turn, Interrupted> {
        let is_second = record.ticket.as_ref().is_some_and(|tracked| tracked.is_fallback);
        let detail = error.partner_message();
        // Nothing overtakes it until it has its ticket.
        self.block(record.fingerprint.clone());
        self.all(&mut under_way, |_| {
            if purpose.is_resolve() || is_second {
                Change::Ended { reason: Reason::NoteRefused, detail: Some(detail.clone()) }
            } else {
                Change::NoteRefused { detail: detail.clone() }
            }
        })?;
        Ok(Turn::Moved)
    }

    /// A note that was added before: what has to follow it is made now.
    pub(super) async fn follow_note(
        &mut self,
        connector: &Arc<dyn PsaConnector>,
        item: &WorkItem,
    ) -> Result<Turn, Interrupted> {
        let Some(noted) = item.delivery.noted.clone() else { return Ok(Turn::Stayed) };
        if item.delivery.due_at > self.now() || self.is_blocked(&noted.fingerprint) {
            self.block(noted.fingerprint);
            return Ok(Turn::Stayed);
        }
        let record = self.memory.record(item, &noted.fingerprint);
        let delivery = item.delivery.clone();
        if noted.change == StatusChange::Close {
            // Time has passed since nobody had worked on it.
            match connector.touched(&noted.ticket).await {
                Ok(Touched::Nobody) => {}
                Ok(Touched::Person | Touched::Unknown) => {
                    return self.status_refused(delivery, &noted, SOMEBODY_WORKS_ON_IT.to_owned());
                }
                Err(error) => return self.status_failed(connector, delivery, noted, error).await,
            }
        }
        self.change_status(connector, delivery, noted, record).await
    }

    async fn change_status(
        &mut self,
        connector: &Arc<dyn PsaConnector>,
        mut delivery: Delivery,
        noted: Noted,
        mut record: FingerprintRecord,
    ) -> Result<Turn, Interrupted> {
        let status = match self.statuses(connector).await {
            Ok(statuses) => match noted.change {
                StatusChange::Close => statuses.closed,
                StatusChange::Reopen => statuses.open,
            },
            Err(error) => return self.status_failed(connector, delivery, noted, error).await,
        };
        let Some(status) = status else {
            return self.status_refused(delivery, &noted, NO_SUCH_STATUS.to_owned());
        };
        if let Err(error) = connector.set_status(&noted.ticket, status).await {
            return self.status_failed(connector, delivery, noted, error).await;
        }
        info!(event = %delivery.event, connection = %self.connection.id, ticket = %noted.ticket, change = ?noted.change,
            "Changed the status of a ticket");
        match noted.change {
            StatusChange::Close => record.closed(self.now()),
            StatusChange::Reopen => record.is_open_again(),
        }
        let step = happen(&mut delivery, Change::StatusChanged, self.now())?;
        self.remember(Step { record: Some(record), ..step });
        self.call_worked().await?;
        Ok(Turn::Moved)
    }

    fn status_refused(
        &mut self,
        mut delivery: Delivery,
        noted: &Noted,
        detail: String,
    ) -> Result<Turn, Interrupted> {
        if noted.change == StatusChange::Reopen {
            // Nothing overtakes it until it has a ticket of its own.
            self.block(noted.fingerprint.clone());
        }
        let step = happen(&mut delivery, Change::StatusRefused { detail }, self.now())?;
        self.remember(step);
        Ok(Turn::Moved)
    }

    async fn status_failed(
        &mut self,
        connector: &Arc<dyn PsaConnector>,
        mut delivery: Delivery,
        noted: Noted,
        error: PsaError,
    ) -> Result<Turn, Interrupted> {
        tracing::warn!(event = %delivery.event, connection = %self.connection.id, %error, "Could not change a status");
        let detail = error.to_string();
        let counts = match error.kind() {
            PsaErrorKind::Rejected { .. } | PsaErrorKind::NotFound | PsaErrorKind::MissingCapability => {
                return self.status_refused(delivery, &noted, error.partner_message());
            }
            PsaErrorKind::MissingPermission if connector.ping().await.is_ok() => {
                return self.status_refused(delivery, &noted, error.partner_message());
            }
            PsaErrorKind::Protocol if delivery.failures + 1 >= self.worker.plan.max_failures => {
                return self.status_refused(delivery, &noted, error.partner_message());
            }
            PsaErrorKind::Protocol => Counts::Failure,
            _ => Counts::Nothing,
        };
        let due_at = self.after(self.worker.plan.backoff_after(delivery.failures + 1));
        let step = happen(&mut delivery, again(due_at, counts, &detail), self.now())?;
        self.remember(step);
        self.block(noted.fingerprint);
        match error.kind() {
            PsaErrorKind::Protocol | PsaErrorKind::Unavailable | PsaErrorKind::OutcomeUnknown => {
                self.unless_stopped(connector).await
            }
            _ => self.hold_for(&error).await,
        }
    }

    /// The statuses that the settings choose, else the tenant's own. Read once a session.
    async fn statuses(&mut self, connector: &Arc<dyn PsaConnector>) -> Result<Statuses, PsaError> {
        if let Some(statuses) = self.statuses {
            return Ok(statuses);
        }
        let form = connector.ticket_form().await?;
        let settings = self.connection.settings.clone().unwrap_or_default();
        let statuses = Statuses {
            closed: form.closing_status(&settings.resolve),
            open: form.reopening_status(&settings.reopen),
        };
        self.statuses = Some(statuses);
        Ok(statuses)
    }
}

/// What a note that is on its ticket makes the bridge remember.
pub(super) fn heard(record: &mut FingerprintRecord, delivery: &Delivery, purpose: NotePurpose) {
    if purpose.is_resolve() {
        record.resolved(delivery.event_time);
    } else {
        record.noted(delivery.event_time);
    }
}
