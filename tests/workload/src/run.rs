//! A run: events posted in two waves, with what people do late in between, until nothing is left to do.

use crate::{
    api::{Api, Call, Caller},
    error::WorkloadError,
    expectation::Expected,
    organizations::Link,
    progress::Progress,
    send::{Ledger, Sender},
    set_up::{Connections, act, confirm, map},
    simulators::Simulators,
    submissions::Plan,
    world::{DeskIndex, World},
};
use serde_json::Value;
use std::{
    pin::pin,
    time::{Duration, Instant},
};

/// How long nothing may move before a run is taken as ended, with whatever is still missing.
const STANDSTILL: Duration = Duration::from_secs(75);
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
    /// Whether all came to where it has to come.
    pub drained: bool,
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

    /// How many tickets the events have to become, in all PSAs together.
    pub fn expected_tickets(&self) -> usize {
        let connected = self.world.connected();
        connected.map(|(desk, ..)| self.expected_of(desk, |e| e == Expected::Ticket)).sum()
    }

    async fn work(&self) -> Result<Ran, WorkloadError> {
        let began = Instant::now();
        self.progress.expect(self.plan.events.len(), self.expected_tickets(), self.simulators);
        let sender = Sender::new(self.api, self.plan, self.progress);
        self.progress.enter("sending the first half");
        sender.send(&self.plan.first).await?;
        self.progress.enter("mapping and confirming late");
        self.pause_or_resume("pause").await?;
        self.take_late_steps().await?;
        self.progress.enter("sending the second half");
        let (before, after) = self.plan.second.split_at(self.plan.second.len() / 2);
        sender.send(before).await?;
        self.pause_or_resume("resume").await?;
        sender.send(after).await?;
        self.progress.enter("waiting for tickets");
        let (drained, ended) = self.drain().await?;
        self.progress.enter("done");
        Ok(Ran { ledger: sender.take_ledger(), took: ended.duration_since(began), drained })
    }

    /// What was forgotten during the set-up.
    async fn take_late_steps(&self) -> Result<(), WorkloadError> {
        for organization in &self.world.organizations {
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

    /// Waits until every connection's counters are what they have to be, or nothing moves any more. How long it takes
    /// is no part of what has to be.
    async fn drain(&self) -> Result<(bool, Instant), WorkloadError> {
        let mut before = Vec::new();
        let mut moved = Instant::now();
        loop {
            let mut now = Vec::new();
            let mut drained = true;
            for (desk, connected) in self.connections {
                let counters = self.counters(*desk, &connected.id).await?;
                drained &= counters == self.wanted(*desk);
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
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn counters(&self, desk: DeskIndex, connection: &str) -> Result<Counters, WorkloadError> {
        let caller = Caller::Partner(&self.world.partner_at(desk).id);
        let reply = self.api.send(Call::get(caller, format!("/v1/connections/{connection}"))).await?;
        let body = reply.success()?;
        let count = |name: &str| body.pointer(&format!("/counters/{name}")).and_then(Value::as_u64);
        Ok(Counters { unfinished: count("unfinished"), done: count("done"), ended: count("ended") })
    }

    fn wanted(&self, desk: DeskIndex) -> Counters {
        let count = |wanted: fn(Expected) -> bool| u64::try_from(self.expected_of(desk, wanted)).ok();
        Counters {
            unfinished: Some(0),
            done: count(|expected| expected == Expected::Ticket),
            // The other reasons are given without a delivery.
            ended: count(|expected| matches!(expected, Expected::NoTicket("flow_off" | "client_missing"))),
        }
    }

    fn expected_of(&self, desk: DeskIndex, wanted: impl Fn(Expected) -> bool) -> usize {
        self.plan.events.iter().filter(|event| wanted(event.expected(desk))).count()
    }
}

/// How many deliveries of a connection stand where; none where the bridge does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Counters {
    unfinished: Option<u64>,
    done: Option<u64>,
    ended: Option<u64>,
}
