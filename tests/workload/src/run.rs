//! A run: events posted in waves, with what people do late in between, until nothing is left to do.

use crate::{
    api::{Api, Call, Caller},
    error::WorkloadError,
    events::Event,
    expectation::Expected,
    life::Life,
    organizations::{Link, Registered},
    progress::Progress,
    seats,
    send::{Ledger, Sender},
    set_up::{Connections, act, confirm, map},
    simulators::Simulators,
    submissions::Plan,
    technicians::{self, Handled},
    world::{DeskIndex, World},
};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    pin::pin,
    time::{Duration, Instant},
};

/// How long nothing may move before a run is taken as ended, with whatever is still missing.
const STANDSTILL: Duration = Duration::from_secs(75);
/// Before which wave people do what they had forgotten; some are paused while it is sent.
const LATE_STEPS: usize = 3;
/// The longest wait for what was sent before the next wave, however much is left of it.
const LULL: Duration = Duration::from_secs(20);
/// Runs of more events do not wait between waves.
const LONG_RUN: usize = 5_000;
/// The wait between two looks.
const PAUSE: Duration = Duration::from_millis(200);

/// What a run is made with.
pub struct Run<'a> {
    /// The bridge.
    pub api: &'a Api,
    /// The world.
    pub world: &'a World,
    /// The PSAs.
    pub simulators: &'a Simulators,
    /// The partners' connections.
    pub connections: &'a Connections,
    /// What is posted.
    pub plan: &'a Plan,
    /// How far it has come.
    pub progress: &'a Progress,
}

/// A run that has ended.
pub struct Ran {
    /// What the bridge said about the events that it was sent.
    pub ledger: Ledger,
    /// From the first event to the last ticket.
    pub took: Duration,
    /// Whether nothing was left to do.
    pub drained: bool,
    /// What people had in hand meanwhile, by desk.
    pub handled: BTreeMap<DeskIndex, Handled>,
}

impl Run<'_> {
    /// Runs it, showing how far it has come.
    pub async fn run(&self) -> Result<Ran, WorkloadError> {
        let work = pin!(self.work());
        let show = pin!(self.progress.show(self.simulators));
        tokio::select! {
            ran = work => ran,
            never = show => match never {},
        }
    }

    /// So many tickets the events become at least, in all PSAs together: where each failure has its own.
    pub fn fewest_tickets(&self) -> usize {
        let each = self.world.connected().filter(|(_, desk, _)| desk.life == Life::TicketAnEvent);
        each.map(|(desk, ..)| self.count(|event| !event.resolves && event.expected(desk) == Expected::Worked))
            .sum()
    }

    async fn work(&self) -> Result<Ran, WorkloadError> {
        let began = Instant::now();
        self.progress.expect(self.plan.events.len(), self.simulators);
        let sender = Sender::new(self.api, self.plan, self.progress);
        let mut handled = BTreeMap::new();
        for (number, wave) in self.plan.waves.iter().enumerate() {
            if number >= LATE_STEPS {
                self.map_late(number).await?;
            }
            if number == LATE_STEPS {
                self.progress.enter("mapping and confirming late");
                self.pause_or_resume("pause").await?;
                self.confirm_late().await?;
                handled = technicians::work_through(self.world, self.simulators);
            }
            self.progress.enter("sending");
            sender.send(wave).await?;
            self.progress.enter("working");
            if number == LATE_STEPS {
                self.pause_or_resume("resume").await?;
            }
            if number + 1 < self.plan.waves.len() {
                self.lull().await?;
            }
        }
        self.map_late(self.plan.waves.len()).await?;
        self.progress.enter("waiting for tickets");
        let (drained, ended) = self.drain().await?;
        self.progress.enter("waiting for seat counts");
        seats::wait(self).await?;
        self.progress.enter("done");
        Ok(Ran { ledger: sender.take_ledger(), took: ended.duration_since(began), drained, handled })
    }

    /// Maps, before that wave, what was forgotten during the set-up. What an event registers is mapped as soon as one of its
    /// events was sent.
    async fn map_late(&self, wave: usize) -> Result<(), WorkloadError> {
        for organization in &self.world.organizations {
            let by_event = organization.registered == Registered::ByEvent;
            let first = if by_event { self.plan.first_after(&organization.id) } else { Some(0) };
            if first.map(|first| first.max(LATE_STEPS)) != Some(wave) {
                continue;
            }
            for (desk, link) in &organization.links {
                if *link == Link::MappedLate
                    && let Some(connected) = self.connections.get(desk)
                    && let Some(client) = self.world.client(*desk, &organization.id)
                {
                    let partner = self.world.partner_at(*desk);
                    map(self.api, partner, &connected.id, &organization.id, client, true).await?;
                }
            }
        }
        Ok(())
    }

    async fn confirm_late(&self) -> Result<(), WorkloadError> {
        for (desk, connected) in
            self.connections.iter().filter(|(desk, _)| self.world.desks[**desk].confirmed_late)
        {
            confirm(self.api, self.world.partner_at(*desk), &connected.id).await?;
        }
        Ok(())
    }

    async fn pause_or_resume(&self, what: &str) -> Result<(), WorkloadError> {
        for (desk, connected) in self.connections.iter().filter(|(desk, _)| self.world.desks[**desk].paused) {
            act(self.api, self.world.partner_at(*desk), &connected.id, what).await?;
        }
        Ok(())
    }

    /// Waits until what was sent is done, as far as nothing stands in its way, so that what follows meets its tickets. A
    /// long run meets them anyway.
    async fn lull(&self) -> Result<(), WorkloadError> {
        if self.plan.events.len() > LONG_RUN {
            return Ok(());
        }
        let began = Instant::now();
        for (desk, connected) in self.connections {
            while self.counters(*desk, &connected.id).await?.unfinished != Some(0) && began.elapsed() < LULL {
                tokio::time::sleep(PAUSE).await;
            }
        }
        Ok(())
    }

    /// Waits until every connection has finished all that reaches it, or nothing moves any more. How long it takes is no
    /// part of what has to be.
    async fn drain(&self) -> Result<(bool, Instant), WorkloadError> {
        let mut before = Vec::new();
        let mut moved = Instant::now();
        // Counting takes the longer the more there is.
        let pause = PAUSE + Duration::from_millis(u64::try_from(self.plan.events.len() / 100).unwrap_or(0));
        let wanted: BTreeMap<DeskIndex, usize> = self
            .connections
            .keys()
            .map(|desk| (*desk, self.count(|event| makes_delivery(event, *desk))))
            .collect();
        loop {
            let mut now = Vec::new();
            let mut drained = true;
            for (desk, connected) in self.connections {
                let counters = self.counters(*desk, &connected.id).await?;
                drained &= counters.is_all_of(wanted.get(desk).copied().unwrap_or_default());
                now.push(counters);
            }
            if drained {
                return Ok((true, Instant::now()));
            }
            if now != before {
                (before, moved) = (now, Instant::now());
            }
            if moved.elapsed() > STANDSTILL {
                return Ok((false, moved));
            }
            tokio::time::sleep(pause).await;
        }
    }

    async fn counters(&self, desk: DeskIndex, connection: &str) -> Result<Counters, WorkloadError> {
        let caller = Caller::Partner(&self.world.partner_at(desk).id);
        let reply = self.api.send(Call::get(caller, format!("/v1/connections/{connection}"))).await?;
        let body = reply.success()?;
        let count = |name: &str| body.pointer(&format!("/counters/{name}")).and_then(Value::as_u64);
        Ok(Counters { unfinished: count("unfinished"), done: count("done"), ended: count("ended") })
    }

    fn count(&self, wanted: impl Fn(&Event) -> bool) -> usize {
        self.plan.events.iter().filter(|event| wanted(event)).count()
    }
}

/// Whether the event reaches the desk's connection; the reasons other than these are given without a delivery.
fn makes_delivery(event: &Event, desk: DeskIndex) -> bool {
    matches!(
        event.expected(desk),
        Expected::Worked | Expected::ClientStopped | Expected::NoTicket("flow_off")
    )
}

/// How many deliveries of a connection stand where; none where the bridge does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Counters {
    unfinished: Option<u64>,
    done: Option<u64>,
    ended: Option<u64>,
}

impl Counters {
    /// Whether so many are finished, and none is left.
    fn is_all_of(self, deliveries: usize) -> bool {
        let finished = self.done.zip(self.ended).map(|(done, ended)| done + ended);
        self.unfinished == Some(0) && finished == u64::try_from(deliveries).ok()
    }
}
