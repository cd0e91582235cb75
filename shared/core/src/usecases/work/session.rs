//! The order of work under one lease.

use super::{Interrupted, Worker, memory::Memory, statuses::Statuses};
use crate::{
    budget::Purpose,
    connection::{Connection, ConnectionChange},
    delivery::{Change, Delivery},
    ids::{EventId, Fingerprint},
    ports::{AdvanceError, Lease, OpenError, Step, VaultError, WorkItem},
    reason::Reason,
};
use jiff::{SignedDuration, Timestamp};
use psa_connector::{PsaConnector, Reference, TicketId};
use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::Arc,
};
use tracing::{info, warn};

/// Why a session stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// Nothing is left that is due.
    Drained,
    /// Something holds the connection.
    Held,
    /// No call may begin any more, or it is another connection's turn.
    OutOfTime,
}

/// What became of one delivery's turn.
pub(super) enum Turn {
    /// It waits for something.
    Stayed,
    /// It moved.
    Moved,
    /// The connection cannot be worked further.
    Stop(Stop),
}

/// Work under one lease.
pub(super) struct Session<'a> {
    pub(super) worker: &'a Worker,
    pub(super) lease: &'a Lease,
    pub(super) connection: Connection,
    deadline: Timestamp,
    /// From the start of an attempt until "not there" counts, as the opened connector declares it.
    pub(super) settle_time: SignedDuration,
    /// Outcomes that are written with the next step, so that a delivery costs one write and not two. Losing them costs
    /// a search: the attempt is on record.
    outcomes: Vec<Step>,
    /// Whether what a request for many asked for is there, so that it is looked for once and not once for each.
    pub(super) looked_for: HashMap<Reference, Option<TicketId>>,
    /// What waits for something on this pass, and whatever shares its fingerprint waits with it.
    blocked: HashSet<Fingerprint>,
    /// The earliest time for which something waits that stayed on this pass.
    waits_until: Option<Timestamp>,
    /// What is remembered, as far as it was changed on this page.
    pub(super) memory: Memory,
    /// Deliveries read at a time: more in a storm, so that one note lists many.
    page: usize,
    /// The statuses that close and open tickets here, once they were read.
    pub(super) statuses: Option<Statuses>,
}

/// When the connection should be worked next, given when its earliest work is due, and until when what stayed waits. What
/// is due and stayed waits for something that is not due: waking for it at once would go in circles. A hold that only a person can end has
/// no time: what ends it rings the bell. (Test tickets due meanwhile are found by the sweep.)
pub(super) fn wake_at(
    connection: &Connection,
    next_due: Option<Timestamp>,
    waits_until: Option<Timestamp>,
    now: Timestamp,
) -> Option<Timestamp> {
    let next_due = next_due?;
    let next_due = waits_until.filter(|_| next_due <= now).unwrap_or(next_due);
    if let Some(suspension) = &connection.suspended {
        return suspension.canary_at;
    }
    if matches!(connection.hold(), Some(Reason::Paused | Reason::SettingsMissing)) {
        return None;
    }
    Some(connection.not_before.map_or(next_due, |not_before| not_before.max(next_due)))
}

impl<'a> Session<'a> {
    pub(super) fn new(
        worker: &'a Worker,
        lease: &'a Lease,
        connection: Connection,
        deadline: Timestamp,
    ) -> Self {
        Self {
            worker,
            lease,
            connection,
            deadline,
            settle_time: SignedDuration::MAX,
            outcomes: Vec::new(),
            looked_for: HashMap::new(),
            blocked: HashSet::new(),
            waits_until: None,
            memory: Memory::default(),
            page: worker.plan.page,
            statuses: None,
        }
    }

    /// The connection as it is now, and the earliest time for which something waits that stayed.
    pub(super) fn into_parts(self) -> (Connection, Option<Timestamp>) {
        (self.connection, self.waits_until)
    }

    pub(super) async fn run(&mut self) -> Result<Stop, Interrupted> {
        if self.connection.revoked_at.is_some() {
            return self.end_revoked().await;
        }
        if self.connection.not_before.is_some_and(|not_before| not_before > self.now()) {
            return Ok(Stop::Held);
        }
        let connector = match self.worker.connectors.open(&self.connection, Purpose::Worker).await {
            Ok(connector) => connector,
            Err(error) => return self.cannot_open(error).await,
        };
        let settle_time = connector.capabilities().settle_time;
        self.settle_time = SignedDuration::try_from(settle_time).unwrap_or(SignedDuration::MAX);
        if let Some(stop) = self.work_operations().await? {
            return Ok(stop);
        }
        if self.connection.suspended.is_some() && !self.canary(connector.as_ref()).await? {
            return Ok(Stop::Held);
        }
        if let Some(reason) = self.connection.hold() {
            info!(connection = %self.connection.id, reason = reason.code(), "Held");
            return Ok(Stop::Held);
        }
        let mut stop = self.work_deliveries(&connector).await;
        self.write_outcomes([]).await?;
        if matches!(stop, Ok(Stop::Drained)) {
            stop = self.work_seats(&connector).await;
        }
        if matches!(stop, Ok(Stop::Drained)) && self.connection.short_of_budget_since.is_some() {
            self.change(ConnectionChange::CaughtUp).await?;
        }
        stop
    }

    pub(super) fn now(&self) -> Timestamp {
        self.worker.clock.now()
    }

    pub(super) fn after(&self, span: SignedDuration) -> Timestamp {
        self.now().saturating_add(span).unwrap_or(Timestamp::MAX)
    }

    pub(super) fn is_out_of_time(&self) -> bool {
        self.now() >= self.deadline || self.worker.stopping.is_cancelled()
    }

    /// Whether another connection is to go first. One partner's burst must not make another wait for a whole slice.
    pub(super) fn lets_others_go(&self) -> bool {
        self.worker.bell.others_wait()
    }

    async fn work_deliveries(&mut self, connector: &Arc<dyn PsaConnector>) -> Result<Stop, Interrupted> {
        let mut after: Option<(Timestamp, EventId)> = None;
        let mut moved = false;
        loop {
            // Only where something waits is there anything to be held, or to wait behind what is under way.
            let (from_start, most) = (after.is_none(), self.page);
            let page = self.worker.page_of(&self.connection, after.take(), most).await?;
            let Some(last) = page.last() else {
                if !moved {
                    return Ok(Stop::Drained);
                }
                // From the start again: what arrived meanwhile may be older than what was worked.
                moved = false;
                self.waits_until = None;
                continue;
            };
            if self.is_held_now().await? {
                return Ok(Stop::Held);
            }
            if from_start {
                self.block_what_is_under_way().await?;
            }
            let is_full = page.len() >= most;
            after = Some((last.delivery.event_time, last.delivery.event.clone()));
            self.page = self.worker.plan.page;
            let mut rest = VecDeque::from(page);
            while let Some(item) = rest.pop_front() {
                // Not before something moved, so that each gets somewhere however many wait.
                if self.is_out_of_time() || moved && self.lets_others_go() {
                    return Ok(Stop::OutOfTime);
                }
                let due_at = item.delivery.due_at;
                // Boxed, because it holds all that any kind of turn may need.
                match Box::pin(self.turn(connector, item, &mut rest)).await? {
                    Turn::Stayed if due_at > self.now() => {
                        self.waits_until = Some(self.waits_until.map_or(due_at, |until| until.min(due_at)));
                    }
                    Turn::Stayed => {}
                    Turn::Moved => moved = true,
                    Turn::Stop(stop) => return Ok(stop),
                }
            }
            // What was worked must not come up again in its old state.
            self.write_outcomes([]).await?;
            self.memory.clear();
            if moved && !is_full {
                // Nothing waits behind it but what arrived meanwhile, which the next pass finds too.
                (moved, after) = (false, None);
                self.waits_until = None;
            }
        }
    }

    /// A pass begins: what shares a fingerprint with a request whose outcome is open waits for it, though it may be older
    /// and come first, because it was told late.
    async fn block_what_is_under_way(&mut self) -> Result<(), Interrupted> {
        self.blocked.clear();
        self.looked_for.clear();
        for delivery in self.worker.store.open_attempts(&self.connection.id).await? {
            if let Some(attempt) = delivery.open_attempt() {
                self.block_all(&delivery, attempt);
            }
        }
        Ok(())
    }

    /// The next page lists more, because a storm goes on.
    pub(super) fn read_wider(&mut self) {
        self.page = self.worker.plan.storm_page;
    }

    /// Whatever shares the fingerprint waits on this pass.
    pub(super) fn block(&mut self, fingerprint: Fingerprint) {
        self.blocked.insert(fingerprint);
    }

    /// Whether something of the same fingerprint waits on this pass.
    pub(super) fn is_blocked(&self, fingerprint: &Fingerprint) -> bool {
        self.blocked.contains(fingerprint)
    }

    /// Reads the connection again, so that what people change takes effect within a page: other settings, a pause.
    pub(super) async fn is_held_now(&mut self) -> Result<bool, Interrupted> {
        let Connection { partner, id, generation, .. } = &self.connection;
        let now = self.worker.store.connection(partner, id).await?;
        let Some(now) = now.filter(|now| now.generation == *generation) else {
            return Err(Interrupted::LeaseLost);
        };
        self.connection = now;
        Ok(self.connection.hold().is_some())
    }

    /// Ends a delivery of which nothing is asked of the PSA. Written with what comes next.
    pub(super) fn end(&mut self, delivery: &Delivery, reason: Reason) -> Turn {
        self.outcome(delivery, delivery.version, Change::Ended { reason, detail: None });
        Turn::Moved
    }

    /// Writes a change at once, with the outcomes that wait.
    pub(super) async fn step(&mut self, delivery: &Delivery, change: Change) -> Result<(), Interrupted> {
        self.write_outcomes([step(delivery, change)]).await
    }

    /// Writes a change with the next one.
    pub(super) fn outcome(&mut self, delivery: &Delivery, version: u64, change: Change) {
        self.remember(Step::new(delivery.event.clone(), version, change));
    }

    /// Writes a change, and what is to be remembered with it, with the next one.
    pub(super) fn remember(&mut self, step: Step) {
        self.memory.keep(&step);
        self.outcomes.push(step);
    }

    /// Writes these changes at once, with the outcomes that wait, or with the last of them where they are more than the
    /// store takes together: the others are written before.
    pub(super) async fn write_outcomes(
        &mut self,
        with: impl IntoIterator<Item = Step>,
    ) -> Result<(), Interrupted> {
        let together = self.worker.plan.together.max(1);
        let mut outcomes: Vec<Step> = self.outcomes.drain(..).collect();
        while outcomes.len() > together {
            let later = outcomes.split_off(together);
            self.worker
                .store
                .advance(self.lease, std::mem::replace(&mut outcomes, later), self.now())
                .await?;
        }
        let steps: Vec<Step> = outcomes.iter().cloned().chain(with).collect();
        if steps.is_empty() {
            return Ok(());
        }
        let together = steps.len() > outcomes.len();
        match self.worker.store.advance(self.lease, steps, self.now()).await {
            Ok(_) => Ok(()),
            // Something holds the connection now, so nothing may start; what has happened is still to be written.
            Err(AdvanceError::LeaseLost) if together && !outcomes.is_empty() => {
                self.worker.store.advance(self.lease, outcomes, self.now()).await?;
                Err(Interrupted::LeaseLost)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Changes the connection under the lease.
    pub(super) async fn change(&mut self, change: ConnectionChange) -> Result<(), Interrupted> {
        match self.worker.store.change_leased(self.lease, change, self.now()).await {
            Ok(connection) => {
                self.connection = connection;
                Ok(())
            }
            // Revoked meanwhile: the next session ends what waits.
            Err(AdvanceError::Connection(_)) => Err(Interrupted::LeaseLost),
            Err(error) => Err(error.into()),
        }
    }

    /// When an attempt that started then must have become visible, or was never stored.
    pub(super) fn settled(&self, started_at: Timestamp) -> Timestamp {
        started_at.saturating_add(self.settle_time).unwrap_or(Timestamp::MAX)
    }

    /// Ends what waits for a revoked connection, and makes sure of what whoever revoked it may not have lived to do.
    async fn end_revoked(&mut self) -> Result<Stop, Interrupted> {
        self.worker.connectors.retire(&self.connection.id, self.connection.generation);
        if let Err(error) =
            self.worker.vault.delete_below(&self.connection.id, self.connection.generation).await
        {
            warn!(connection = %self.connection.id, %error, "Could not delete the secrets of a revoked connection");
        }
        self.fail_operations().await?;
        loop {
            let page = self.worker.page_of(&self.connection, None, self.page).await?;
            if page.is_empty() {
                return Ok(Stop::Drained);
            }
            let steps = page.iter().map(|item| step(&item.delivery, revoked(&item.delivery))).collect();
            self.worker.store.advance(self.lease, steps, self.now()).await?;
        }
    }

    async fn cannot_open(&mut self, error: OpenError) -> Result<Stop, Interrupted> {
        warn!(connection = %self.connection.id, %error, "Could not open the connector");
        match error {
            OpenError::Vault(VaultError::Unavailable { .. }) => {
                let until = self.after(self.worker.plan.throttle);
                self.change(ConnectionChange::Postponed { until }).await?;
            }
            OpenError::Vault(VaultError::NotFound | VaultError::Unreadable) | OpenError::Credentials(_) => {
                self.suspend(crate::connection::SuspensionCause::Credentials, error.to_string()).await?;
            }
        }
        Ok(Stop::Held)
    }
}

impl Worker {
    async fn page_of(
        &self,
        connection: &Connection,
        after: Option<(Timestamp, EventId)>,
        limit: usize,
    ) -> Result<Vec<WorkItem>, Interrupted> {
        Ok(self.store.unfinished(&connection.id, after, limit).await?)
    }
}

fn step(delivery: &Delivery, change: Change) -> Step {
    Step::new(delivery.event.clone(), delivery.version, change)
}

fn revoked(delivery: &Delivery) -> Change {
    let detail = delivery
        .open_attempt()
        .map(|_| "a request was under way; whether it made a ticket cannot be looked up any more".to_owned());
    Change::Ended { reason: Reason::ConnectionRevoked, detail }
}
