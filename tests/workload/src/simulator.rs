//! One simulated PSA, of either kind, as far as the workload cares which.

use crate::{
    choices::Psa,
    error::WorkloadError,
    seats,
    stored::{self, Stored},
    world::{DeskIndex, World},
};
use psa_sim::{AutotaskSim, Counts, FaultSchedule, HaloSim, RateLimit};
use serde_json::Value;
use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

/// One simulated PSA.
pub enum Simulator {
    /// A `HaloPSA`.
    Halopsa(HaloSim),
    /// An Autotask.
    Autotask(AutotaskSim),
}

impl Simulator {
    pub(crate) async fn start(
        world: &World,
        desk: DeskIndex,
        psa: Psa,
        faults: FaultSchedule,
        limit: Option<RateLimit>,
        front: Option<&str>,
    ) -> Result<Self, WorkloadError> {
        let seed = faults.seed;
        Ok(match psa {
            Psa::Halopsa => {
                let sim = HaloSim::builder().tenant(world.halopsa_tenant(desk)).faults(faults);
                Self::Halopsa(sim.rate_limit(limit).seed(seed).behind(front).start().await?)
            }
            Psa::Autotask => {
                let sim = AutotaskSim::builder().tenant(world.autotask_tenant(desk)).faults(faults);
                // Autotask never says when to come back.
                let limit = limit.map(|limit| RateLimit { retry_after: false, ..limit });
                Self::Autotask(sim.rate_limit(limit).seed(seed).behind(front).start().await?)
            }
        })
    }

    /// It answers as fast as it can, for runs of load.
    pub(crate) fn hasten(&self) {
        match self {
            Self::Halopsa(sim) => sim.configure(|switches| switches.create_ms = 0),
            Self::Autotask(sim) => {
                sim.configure(|switches| (switches.answer_ms, switches.create_ms) = (0, 0));
            }
        }
    }

    /// Which PSA.
    pub fn psa(&self) -> Psa {
        match self {
            Self::Halopsa(_) => Psa::Halopsa,
            Self::Autotask(_) => Psa::Autotask,
        }
    }

    /// Where it listens, whatever stands in front of it.
    pub fn address(&self) -> Option<SocketAddr> {
        match self {
            Self::Halopsa(sim) => sim.address(),
            Self::Autotask(sim) => sim.address(),
        }
    }

    /// How long it takes to create a ticket, from now on.
    pub fn set_create_time(&self, time: Duration) {
        let milliseconds = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        match self {
            Self::Halopsa(sim) => sim.configure(|switches| switches.create_ms = milliseconds),
            Self::Autotask(sim) => sim.configure(|switches| switches.create_ms = milliseconds),
        }
    }

    /// Its origin, as clients reach it.
    pub fn base_url(&self) -> &str {
        match self {
            Self::Halopsa(sim) => sim.base_url(),
            Self::Autotask(sim) => sim.base_url(),
        }
    }

    /// The page on which its tickets come in.
    pub fn control_url(&self) -> &str {
        match self {
            Self::Halopsa(sim) => sim.control_url(),
            Self::Autotask(sim) => sim.control_url(),
        }
    }

    /// What happened so far.
    pub fn counts(&self) -> Counts {
        match self {
            Self::Halopsa(sim) => sim.counts(),
            Self::Autotask(sim) => sim.counts(),
        }
    }

    /// How often it was searched for tickets.
    pub fn searches(&self) -> u64 {
        self.counts().requests_to(match self {
            Self::Halopsa(_) => "GET /tickets ",
            Self::Autotask(_) => "POST /tickets/query ",
        })
    }

    /// How many tickets it has.
    pub fn ticket_count(&self) -> usize {
        match self {
            Self::Halopsa(sim) => sim.ticket_count(),
            Self::Autotask(sim) => sim.ticket_count(),
        }
    }

    /// How many tickets have each reference, as it counts them itself.
    pub fn references(&self) -> BTreeMap<String, usize> {
        match self {
            Self::Halopsa(sim) => sim.tickets_by("third_party_id_string"),
            Self::Autotask(sim) => sim.tickets_by("externalID"),
        }
    }

    pub(crate) fn settle_bound(&self) -> Duration {
        match self {
            Self::Halopsa(sim) => sim.settle_bound(),
            Self::Autotask(sim) => sim.settle_bound(),
        }
    }

    pub(crate) fn tickets(&self) -> Vec<Stored> {
        match self {
            Self::Halopsa(sim) => sim.tickets().iter().map(stored::in_halopsa).collect(),
            Self::Autotask(sim) => {
                let mut notes = sim.all_notes();
                let tickets = sim.tickets().into_iter();
                let in_autotask = |ticket: psa_sim::AutotaskTicket| {
                    stored::in_autotask(&ticket, &notes.remove(&ticket.id).unwrap_or_default())
                };
                tickets.map(in_autotask).collect()
            }
        }
    }

    /// The numbers of its open tickets.
    pub(crate) fn open_tickets(&self) -> Vec<i64> {
        match self {
            Self::Halopsa(sim) => sim
                .tickets()
                .iter()
                .filter(|ticket| ticket.closed.is_none())
                .map(|ticket| ticket.id)
                .collect(),
            Self::Autotask(sim) => {
                let open = |ticket: &&psa_sim::AutotaskTicket| ticket.text("completedDate").is_none();
                sim.tickets().iter().filter(open).map(|ticket| ticket.id).collect()
            }
        }
    }

    /// A person closes a ticket. Returns whether there is such a one.
    pub(crate) fn close_ticket(&self, ticket: i64) -> bool {
        match self {
            Self::Halopsa(sim) => sim.close_ticket(ticket),
            Self::Autotask(sim) => sim.complete_ticket(ticket),
        }
    }

    /// A person writes into a ticket. Returns whether there is such a one.
    pub(crate) fn touch_ticket(&self, ticket: i64) -> bool {
        match self {
            Self::Halopsa(sim) => sim.touch_ticket(ticket, "Looking into it"),
            Self::Autotask(sim) => sim.touch_ticket(ticket, "Looking into it"),
        }
    }

    /// A person stops a client. Returns whether there is such a one.
    pub(crate) fn stop_client(&self, client: i64) -> bool {
        match self {
            Self::Halopsa(sim) => sim.set_client_inactive(client, true),
            Self::Autotask(sim) => sim.set_company_active(client, false),
        }
    }

    /// What takes the seat count of a client, as the API names it.
    pub(crate) fn seat_license(&self, client: i64) -> Option<String> {
        match self {
            Self::Halopsa(sim) => seats::license_of(&sim.tenant(), client).map(|id| id.to_string()),
            Self::Autotask(sim) => {
                seats::service_of(&sim.tenant(), client).map(|(contract, id)| format!("{contract}:{id}"))
            }
        }
    }

    /// The seats that a client is billed for today.
    pub(crate) fn seats(&self, client: i64) -> Option<i64> {
        match self {
            Self::Halopsa(sim) => {
                let tenant = sim.tenant();
                let license = seats::license_of(&tenant, client)?;
                tenant.licences.get(&license)?.get("count")?.as_i64()
            }
            Self::Autotask(sim) => sim.units_today(seats::service_of(&sim.tenant(), client)?.1),
        }
    }

    /// How often the seats of a client were changed through the API.
    pub(crate) fn seat_changes(&self, client: i64) -> usize {
        match self {
            Self::Halopsa(sim) => {
                let changes = seats::license_of(&sim.tenant(), client).map(|id| sim.licence_changes(id));
                let is_count = |change: &&Value| change.get("field_name") == Some(&"count".into());
                changes.iter().flatten().filter(is_count).count()
            }
            Self::Autotask(sim) => {
                let service = seats::service_of(&sim.tenant(), client).map(|(_, service)| service);
                let adjustments = sim.adjustments().into_iter();
                adjustments.filter(|adjusted| Some(adjusted.contract_service) == service).count()
            }
        }
    }

    pub(crate) async fn stop(self) {
        match self {
            Self::Halopsa(sim) => sim.stop().await,
            Self::Autotask(sim) => sim.stop().await,
        }
    }
}
