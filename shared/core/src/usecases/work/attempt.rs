//! Requests that must not be made twice: recorded before they leave; and what to do when one fails.

use super::{
    Interrupted,
    session::{Session, Stop, Turn},
    ticket,
};
use crate::{
    connection::ConnectionChange,
    delivery::{Attempt, Change, Counts, Delivery, Request},
    life_cycle::FingerprintRecord,
    mapping::Mapping,
    ports::{AdvanceError, Step, WorkItem},
    reason::Reason,
};
use jiff::Timestamp;
use psa_connector::{PsaConnector, PsaError, PsaErrorKind, TicketId};
use std::sync::Arc;
use tracing::{info, warn};

/// A request that has left, and the deliveries that it is for, as they stand then.
pub(super) struct UnderWay<'a> {
    pub(super) connector: &'a Arc<dyn PsaConnector>,
    pub(super) mapping: &'a Mapping,
    pub(super) started_at: Timestamp,
    pub(super) deliveries: Vec<Delivery>,
}

impl Session<'_> {
    /// Records an attempt for each of these deliveries, in one step. The request may leave then.
    pub(super) async fn start<'a>(
        &mut self,
        connector: &'a Arc<dyn PsaConnector>,
        items: &[WorkItem],
        mapping: &'a Mapping,
        request: Request,
    ) -> Result<UnderWay<'a>, Interrupted> {
        let started_at = self.now();
        let mut under_way =
            UnderWay { connector, mapping, started_at, deliveries: Vec::with_capacity(items.len()) };
        let mut steps = Vec::with_capacity(items.len());
        for item in items {
            let attempt = Attempt {
                started_at,
                generation: self.connection.generation,
                fence: self.lease.fence,
                client: mapping.client.clone(),
                fingerprint: item.event.fingerprint(&mapping.client),
                request: request.clone(),
            };
            let mut delivery = item.delivery.clone();
            steps.push(happen(&mut delivery, Change::AttemptStarted(attempt), started_at)?);
            under_way.deliveries.push(delivery);
        }
        self.write_outcomes(steps).await?;
        Ok(under_way)
    }

    /// Makes a ticket, and sorts out what came of it. `link` is an earlier ticket about the same problem.
    pub(super) async fn make(
        &mut self,
        connector: &Arc<dyn PsaConnector>,
        item: &WorkItem,
        mapping: &Mapping,
        mut record: FingerprintRecord,
        link: Option<TicketId>,
    ) -> Result<Turn, Interrupted> {
        let earlier = link.map(|ticket| connector.ticket_url(&ticket));
        let new_ticket = ticket::of_delivery(&self.connection, item, &mapping.client, earlier.as_deref());
        let items = std::slice::from_ref(item);
        let mut under_way = self.start(connector, items, mapping, Request::CreateTicket).await?;
        match connector.create_ticket(&new_ticket).await {
            Ok(ticket) => {
                info!(event = %item.event.id, connection = %self.connection.id, %ticket, "Made a ticket");
                record.created(ticket.clone(), item.delivery.fallback, item.delivery.event_time);
                let mut storm = self.memory.storm(item);
                storm.created(self.now());
                for delivery in &mut under_way.deliveries {
                    let step = happen(delivery, Change::TicketCreated(ticket.clone()), self.now())?;
                    self.remember(Step { record: Some(record.clone()), storm: Some(storm.clone()), ..step });
                }
                self.call_worked().await?;
                Ok(Turn::Moved)
            }
            Err(error) => self.sort_out(under_way, error).await,
        }
    }

    /// What is to become of a request that failed.
    pub(super) async fn sort_out(
        &mut self,
        mut under_way: UnderWay<'_>,
        error: PsaError,
    ) -> Result<Turn, Interrupted> {
        let detail = error.to_string();
        for delivery in &under_way.deliveries {
            warn!(event = %delivery.event, connection = %self.connection.id, %error, "A request failed");
            if let Some(attempt) = delivery.open_attempt().cloned() {
                self.block_all(delivery, &attempt);
            }
        }
        match error.kind() {
            PsaErrorKind::OutcomeUnknown => {
                let look_at = self.settled(under_way.started_at);
                self.all(&mut under_way, |_| Change::OutcomeUnknown { look_at, detail: detail.clone() })?;
                self.unless_stopped(under_way.connector).await
            }
            PsaErrorKind::Rejected { .. } | PsaErrorKind::NotFound | PsaErrorKind::MissingCapability => {
                self.refused(under_way, &error).await
            }
            PsaErrorKind::Protocol => {
                let (plan, now) = (self.worker.plan, self.now());
                self.all(&mut under_way, |delivery| {
                    let wait = plan.backoff_after(delivery.failures + 1);
                    let due_at = now.saturating_add(wait).unwrap_or(Timestamp::MAX);
                    Change::TryAgain { due_at, counts: Counts::Failure, detail: detail.clone() }
                })?;
                self.unless_stopped(under_way.connector).await
            }
            PsaErrorKind::Unavailable => {
                let due_at = self.after(self.worker.plan.backoff);
                self.all(&mut under_way, |_| again(due_at, Counts::Nothing, &detail))?;
                self.unless_stopped(under_way.connector).await
            }
            PsaErrorKind::RateLimited { .. }
            | PsaErrorKind::InvalidCredentials
            | PsaErrorKind::WrongIntegration
            | PsaErrorKind::MissingPermission => {
                let now = self.now();
                self.all(&mut under_way, |_| again(now, Counts::Nothing, &detail))?;
                self.hold_for(&error).await
            }
        }
    }

    /// The PSA said no. After the last time: if the PSA works otherwise, that is the ticket's fault; if not, the ticket
    /// keeps its turn.
    async fn refused(&mut self, mut under_way: UnderWay<'_>, error: &PsaError) -> Result<Turn, Interrupted> {
        let (plan, now, detail) = (self.worker.plan, self.now(), error.to_string());
        let is_last = |delivery: &Delivery| delivery.refusals + 1 >= plan.max_refusals;
        let verdict = if under_way.deliveries.iter().any(is_last) {
            match self.verdict(&under_way, error).await? {
                Ok(verdict) => Some(verdict),
                Err(trouble) => {
                    let detail = trouble.to_string();
                    self.all(&mut under_way, |_| again(now, Counts::Nothing, &detail))?;
                    return self.hold_for(&trouble).await;
                }
            }
        } else {
            None
        };
        self.all(&mut under_way, |delivery| match &verdict {
            Some((reason, said)) if is_last(delivery) => {
                Change::Ended { reason: *reason, detail: Some(said.clone()) }
            }
            _ => {
                let wait = plan.backoff_after(delivery.refusals + 1);
                again(now.saturating_add(wait).unwrap_or(Timestamp::MAX), Counts::Refusal, &detail)
            }
        })?;
        Ok(Turn::Moved)
    }

    /// Why a ticket that was refused for the last time has none: the mapped client is gone, or the content. An error of
    /// the PSA in place of an answer is the connection's trouble.
    async fn verdict(
        &mut self,
        under_way: &UnderWay<'_>,
        error: &PsaError,
    ) -> Result<Result<(Reason, String), PsaError>, Interrupted> {
        let chosen =
            self.connection.settings.as_ref().map(|settings| settings.ticket.clone()).unwrap_or_default();
        self.reveal(error, &chosen).await?;
        let mapping = under_way.mapping;
        Ok(match under_way.connector.client(&mapping.client).await {
            Ok(Some(client)) if client.active => Ok((Reason::PsaRefused, error.partner_message())),
            Ok(_) => Ok((Reason::ClientMissing, format!("{} ({})", mapping.client_name, mapping.client))),
            Err(trouble) => Err(trouble),
        })
    }

    /// The same, or nearly the same, happens to each delivery of a request. Written with what comes next.
    pub(super) fn all(
        &mut self,
        under_way: &mut UnderWay<'_>,
        change: impl Fn(&Delivery) -> Change,
    ) -> Result<(), Interrupted> {
        for delivery in &mut under_way.deliveries {
            let change = change(delivery);
            let step = happen(delivery, change, self.now())?;
            self.remember(step);
        }
        Ok(())
    }

    /// After a call that failed without saying why; after several such calls in a row the connection is put to the test.
    pub(super) async fn unless_stopped(
        &mut self,
        connector: &Arc<dyn PsaConnector>,
    ) -> Result<Turn, Interrupted> {
        self.change(ConnectionChange::CallFailed).await?;
        if self.connection.failures < self.worker.plan.max_failing_calls {
            return Ok(Turn::Moved);
        }
        match connector.ping().await {
            Ok(()) => {
                self.call_worked().await?;
                Ok(Turn::Moved)
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

    pub(super) async fn hold_for(&mut self, error: &PsaError) -> Result<Turn, Interrupted> {
        self.hold_connection(error).await?;
        Ok(Turn::Stop(Stop::Held))
    }
}

/// The step that makes this change of a delivery, which is changed here as the store will change it.
pub(super) fn happen(delivery: &mut Delivery, change: Change, at: Timestamp) -> Result<Step, Interrupted> {
    let step = Step::new(delivery.event.clone(), delivery.version, change.clone());
    delivery.apply(change, at).map_err(|illegal| Interrupted::from(AdvanceError::from(illegal)))?;
    Ok(step)
}

pub(super) fn again(due_at: Timestamp, counts: Counts, detail: &str) -> Change {
    Change::TryAgain { due_at, counts, detail: detail.to_owned() }
}
