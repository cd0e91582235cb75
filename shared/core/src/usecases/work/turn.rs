//! One delivery's turn: what is to be done with it, from where it stands, from what is remembered, and from the ticket.

use super::{
    Interrupted,
    session::{Session, Turn},
};
use crate::{
    connection::Settings,
    delivery::{Attempt, Change, Counts, Delivery, DeliveryState},
    ids::Fingerprint,
    life_cycle::{
        FingerprintRecord, LifeCycle,
        moves::{Move, Situation},
    },
    ports::{Step, WorkItem},
    reason::Reason,
};
use jiff::Timestamp;
use psa_connector::{Capabilities, PsaConnector, PsaError, PsaErrorKind, TicketState, Touched};
use std::{collections::VecDeque, sync::Arc};
use tracing::warn;

/// Merges that are followed from ticket to ticket.
const MAX_LOOKS: usize = 5;

impl Session<'_> {
    /// Moves a delivery on. `rest` is what the page still holds: in a storm, some of it is listed along.
    pub(super) async fn turn(
        &mut self,
        connector: &Arc<dyn PsaConnector>,
        item: WorkItem,
        rest: &mut VecDeque<WorkItem>,
    ) -> Result<Turn, Interrupted> {
        match &item.delivery.state {
            DeliveryState::Attempting(attempt) => self.take_over(&item.delivery, attempt).await,
            DeliveryState::Settling(attempt) if item.delivery.due_at > self.now() => {
                self.block_all(&item.delivery, attempt);
                Ok(Turn::Stayed)
            }
            DeliveryState::Settling(attempt) => self.settle(connector, &item, attempt).await,
            DeliveryState::Waiting if item.delivery.noted.is_some() => {
                self.follow_note(connector, &item).await
            }
            DeliveryState::Waiting => self.begin(connector, item, rest).await,
            DeliveryState::Done { .. } | DeliveryState::Ended { .. } => Ok(Turn::Moved),
        }
    }

    /// An attempt that its worker did not live to finish: there may be a ticket or a note.
    async fn take_over(&mut self, delivery: &Delivery, attempt: &Attempt) -> Result<Turn, Interrupted> {
        let look_at = self.settled(attempt.started_at);
        let detail = "the worker stopped before it learnt the outcome".to_owned();
        self.step(delivery, Change::OutcomeUnknown { look_at, detail }).await?;
        self.block_all(delivery, attempt);
        Ok(Turn::Moved)
    }

    pub(super) fn block_all(&mut self, delivery: &Delivery, attempt: &Attempt) {
        attempt.blocks(&delivery.organization).for_each(|fingerprint| self.block(fingerprint));
    }

    async fn begin(
        &mut self,
        connector: &Arc<dyn PsaConnector>,
        item: WorkItem,
        rest: &mut VecDeque<WorkItem>,
    ) -> Result<Turn, Interrupted> {
        let Some(mapping) = item.mapping.clone() else {
            return Ok(self.end(&item.delivery, Reason::Unmapped));
        };
        if !mapping.flow {
            return Ok(self.end(&item.delivery, Reason::FlowOff));
        }
        let fingerprint = item.event.fingerprint(&mapping.client);
        if item.delivery.due_at > self.now() || self.is_blocked(&fingerprint) {
            self.block(fingerprint);
            return Ok(Turn::Stayed);
        }
        let mut record = self.memory.record(&item, &fingerprint);
        let next = match self.decide(connector, &item, &mut record).await {
            Ok(next) => next,
            Err(error) => return self.cannot_look(connector, &item, fingerprint, error).await,
        };
        match next {
            Move::End(reason) => Ok(self.end_by_rule(&item.delivery, record, reason)),
            Move::Note { ticket, purpose } => {
                self.add_note(connector, &item, &mapping, record, ticket, purpose).await
            }
            Move::List(ticket) => self.list(connector, item, &mapping, ticket, rest).await,
            Move::Create { .. } if self.is_storm(&item) => {
                self.roll_up(connector, item, &mapping, rest).await
            }
            Move::Create { link } => self.make(connector, &item, &mapping, record, link).await,
            // Tickets that were merged in a ring, or in too long a row: nobody can say which one goes on.
            Move::Look(_) if item.delivery.resolves => {
                Ok(self.end_by_rule(&item.delivery, record, Reason::NothingToResolve))
            }
            Move::Look(link) => self.make(connector, &item, &mapping, record, Some(link)).await,
        }
    }

    /// What is to be done; asks the PSA for the ticket where it may have changed since.
    async fn decide(
        &self,
        connector: &Arc<dyn PsaConnector>,
        item: &WorkItem,
        record: &mut FingerprintRecord,
    ) -> Result<Move, PsaError> {
        let (choices, capabilities) = (self.choices(), connector.capabilities());
        let now = self.now();
        let mut next = situation(item, record, &choices, &capabilities, now).first();
        for _ in 0..MAX_LOOKS {
            let Move::Look(ticket) = &next else { return Ok(next) };
            let state = match connector.ticket(ticket).await {
                Ok(ticket) => ticket.state,
                Err(error) if *error.kind() == PsaErrorKind::NotFound => TicketState::Deleted,
                Err(error) => return Err(error),
            };
            match &state {
                TicketState::Open => record.is_open_again(),
                TicketState::Merged(target) => record.merged_into(target.clone()),
                TicketState::Closed | TicketState::Deleted => {}
            }
            let asks = situation(item, record, &choices, &capabilities, now);
            let may_close = item.delivery.resolves
                && state == TicketState::Open
                && record.ticket.as_ref().is_some_and(|tracked| asks.may_close(tracked));
            let nobody_touched = may_close && connector.touched(ticket).await? == Touched::Nobody;
            next = asks.after_look(&state, nobody_touched);
        }
        Ok(next)
    }

    /// What is to be done from what is remembered alone.
    pub(super) fn first_move(
        &self,
        connector: &Arc<dyn PsaConnector>,
        item: &WorkItem,
        record: &FingerprintRecord,
    ) -> Move {
        situation(item, record, &self.choices(), &connector.capabilities(), self.now()).first()
    }

    pub(super) fn choices(&self) -> LifeCycle {
        self.connection.settings.as_ref().map(|settings: &Settings| settings.life_cycle).unwrap_or_default()
    }

    /// Ends it by the rules of the life cycle, and remembers what it said.
    pub(super) fn end_by_rule(
        &mut self,
        delivery: &Delivery,
        mut record: FingerprintRecord,
        reason: Reason,
    ) -> Turn {
        match (delivery.resolves, reason) {
            (true, Reason::ResolveIgnored) => {}
            (true, _) => record.resolved(delivery.event_time),
            (false, Reason::ResolvedWhileWaiting) => record.waived(delivery.event_time),
            (false, _) => {}
        }
        let change = Change::Ended { reason, detail: None };
        let step = Step::new(delivery.event.clone(), delivery.version, change);
        self.remember(Step { record: Some(record), ..step });
        Turn::Moved
    }

    /// The ticket could not be looked at, so nothing was decided.
    pub(super) async fn cannot_look(
        &mut self,
        connector: &Arc<dyn PsaConnector>,
        item: &WorkItem,
        fingerprint: Fingerprint,
        error: PsaError,
    ) -> Result<Turn, Interrupted> {
        let delivery = &item.delivery;
        warn!(event = %delivery.event, connection = %self.connection.id, %error, "Could not look at a ticket");
        let counts = match error.kind() {
            PsaErrorKind::Rejected { .. }
            | PsaErrorKind::NotFound
            | PsaErrorKind::MissingCapability
            | PsaErrorKind::Protocol => Counts::Failure,
            PsaErrorKind::Unavailable | PsaErrorKind::OutcomeUnknown => Counts::Nothing,
            // The connection's trouble, not the ticket's: it keeps its turn.
            PsaErrorKind::RateLimited { .. }
            | PsaErrorKind::InvalidCredentials
            | PsaErrorKind::WrongIntegration
            | PsaErrorKind::MissingPermission => return self.hold_for(&error).await,
        };
        let detail = error.to_string();
        if counts == Counts::Failure && delivery.failures + 1 >= self.worker.plan.max_failures {
            let change = Change::Ended { reason: Reason::PsaFailed, detail: Some(error.partner_message()) };
            self.outcome(delivery, delivery.version, change);
            return Ok(Turn::Moved);
        }
        let due_at = self.after(self.worker.plan.backoff_after(delivery.failures + 1));
        self.outcome(delivery, delivery.version, Change::TryAgain { due_at, counts, detail });
        self.block(fingerprint);
        self.unless_stopped(connector).await
    }
}

fn situation<'a>(
    item: &'a WorkItem,
    record: &'a FingerprintRecord,
    choices: &'a LifeCycle,
    capabilities: &'a Capabilities,
    now: Timestamp,
) -> Situation<'a> {
    Situation {
        event_time: item.delivery.event_time,
        resolves: item.delivery.resolves,
        resolve_waits: item.resolve_waits,
        fallback: item.delivery.fallback,
        record,
        choices,
        capabilities,
        now,
    }
}
