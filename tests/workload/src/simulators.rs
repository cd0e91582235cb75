//! The partners' PSAs: a simulator for each desk that has one, in this process.

use crate::{
    choices::Psa,
    error::WorkloadError,
    simulator::Simulator,
    stored::Stored,
    world::{DeskIndex, World},
    zone_directory::ZoneDirectory,
};
use psa_sim::{FaultKind, FaultSchedule, RateLimit};
use std::{collections::BTreeMap, time::Duration};

/// How the simulators behave.
#[derive(Clone, Debug)]
pub struct SimulatorOptions {
    /// Where randomness starts.
    pub seed: u64,
    /// What goes wrong by itself.
    pub faults: FaultSchedule,
    /// How many requests each bears.
    pub rate_limit: Option<RateLimit>,
}

/// The partners' PSAs.
pub struct Simulators {
    tenants: BTreeMap<DeskIndex, Simulator>,
    zones: ZoneDirectory,
}

impl Simulators {
    /// Starts one for each desk that has a PSA, on free ports.
    pub async fn start(world: &World, options: &SimulatorOptions) -> Result<Self, WorkloadError> {
        Self::start_behind(world, options, &BTreeMap::new()).await
    }

    /// The same, reached through what stands in front of them: an origin for each desk that has something there.
    pub async fn start_behind(
        world: &World,
        options: &SimulatorOptions,
        fronts: &BTreeMap<DeskIndex, String>,
    ) -> Result<Self, WorkloadError> {
        let mut tenants = BTreeMap::new();
        for (desk, _, choices) in world.connected() {
            // The same faults for all, but not at the same requests.
            let seed = options.seed.wrapping_mul(31).wrapping_add(u64::try_from(desk).unwrap_or_default());
            let faults = FaultSchedule { seed, ..options.faults.clone() };
            let front = fronts.get(&desk).map(String::as_str);
            let sim = Simulator::start(world, desk, choices.psa, faults, options.rate_limit, front).await?;
            tenants.insert(desk, sim);
        }
        let autotask = tenants.iter().filter(|(_, sim)| sim.psa() == Psa::Autotask);
        // The look-up itself is no tenant's: it asks them where they listen.
        let at = |sim: &Simulator| sim.address().map(|address| format!("http://{address}"));
        let users = autotask.filter_map(|(desk, sim)| Some((World::autotask_user(*desk), at(sim)?)));
        let zones = ZoneDirectory::start(users.collect()).await?;
        Ok(Self { tenants, zones })
    }

    /// All answer as fast as they can, for runs of load.
    pub fn hasten(&self) {
        self.tenants.values().for_each(Simulator::hasten);
    }

    /// The PSA of a desk.
    pub fn of(&self, desk: DeskIndex) -> Option<&Simulator> {
        self.tenants.get(&desk)
    }

    /// All, with their desks.
    pub fn all(&self) -> impl Iterator<Item = (DeskIndex, &Simulator)> {
        self.tenants.iter().map(|(desk, sim)| (*desk, sim))
    }

    /// Their origins, for the bridge to be let out to.
    pub fn origins(&self) -> Vec<String> {
        let simulators = self.tenants.values().map(|sim| sim.base_url().to_owned());
        simulators.chain([self.zones.origin().to_owned()]).collect()
    }

    /// Where the zones of Autotask tenants are asked for.
    pub fn zone_url(&self) -> String {
        self.zones.url()
    }

    /// The longest until what one of them stores can be found.
    pub fn settle_bound(&self) -> Duration {
        self.tenants.values().map(Simulator::settle_bound).max().unwrap_or_default()
    }

    /// Tickets so far, in all of them.
    pub fn ticket_count(&self) -> usize {
        self.tenants.values().map(Simulator::ticket_count).sum()
    }

    /// The tickets at a desk.
    pub(crate) fn tickets(&self, desk: DeskIndex) -> Vec<Stored> {
        self.of(desk).map(Simulator::tickets).unwrap_or_default()
    }

    /// Faults so far, by kind.
    pub fn faults(&self) -> BTreeMap<FaultKind, u64> {
        let mut faults = BTreeMap::new();
        for (kind, count) in self.tenants.values().flat_map(|sim| sim.counts().faults) {
            *faults.entry(kind).or_default() += count;
        }
        faults
    }

    /// Requests so far, by PSA, method, endpoint and outcome.
    pub fn requests(&self) -> BTreeMap<String, u64> {
        let mut requests = BTreeMap::new();
        for sim in self.tenants.values() {
            for (line, count) in sim.counts().requests {
                *requests.entry(format!("{:<8} {line}", sim.psa())).or_default() += count;
            }
        }
        requests
    }

    /// Requests that a rate limit refused, faults apart.
    pub fn rate_limited(&self) -> u64 {
        self.tenants.values().map(|sim| sim.counts().rate_limited).sum()
    }

    /// Requests that were refused because too many of the same tenant were on their way.
    pub fn thread_limited(&self) -> u64 {
        self.tenants.values().map(|sim| sim.counts().thread_limited + sim.counts().parallel_creates).sum()
    }

    /// Ends them.
    pub async fn stop(self) {
        for sim in self.tenants.into_values() {
            sim.stop().await;
        }
    }
}
