//! The partners' PSAs: a simulator of HaloPSA for each, in this process.

use crate::{
    error::WorkloadError,
    world::{PartnerIndex, World},
};
use psa_sim::{FaultKind, FaultSchedule, HaloSim, RateLimit, StoredTicket};
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
    tenants: BTreeMap<PartnerIndex, HaloSim>,
}

impl Simulators {
    /// Starts one for each partner that has a PSA, on free ports.
    pub async fn start(world: &World, options: &SimulatorOptions) -> Result<Self, WorkloadError> {
        let mut tenants = BTreeMap::new();
        for (partner, ..) in world.connected() {
            // The same faults for all, but not at the same requests.
            let seed = options.seed.wrapping_mul(31).wrapping_add(u64::try_from(partner).unwrap_or_default());
            let faults = FaultSchedule { seed, ..options.faults.clone() };
            let sim = HaloSim::builder()
                .tenant(world.tenant(partner))
                .faults(faults)
                .rate_limit(options.rate_limit)
                .seed(seed)
                .start()
                .await?;
            tenants.insert(partner, sim);
        }
        Ok(Self { tenants })
    }

    /// A partner's PSA.
    pub fn of(&self, partner: PartnerIndex) -> Option<&HaloSim> {
        self.tenants.get(&partner)
    }

    /// All, with their partners.
    pub fn all(&self) -> impl Iterator<Item = (PartnerIndex, &HaloSim)> {
        self.tenants.iter().map(|(partner, sim)| (*partner, sim))
    }

    /// Their origins, for the bridge to be let out to.
    pub fn origins(&self) -> Vec<String> {
        self.tenants.values().map(|sim| sim.base_url().to_owned()).collect()
    }

    /// The longest until what one of them stores can be found.
    pub fn settle_bound(&self) -> Duration {
        self.tenants.values().map(HaloSim::settle_bound).max().unwrap_or_default()
    }

    /// Tickets so far, in all of them.
    pub fn ticket_count(&self) -> usize {
        self.tenants.values().map(HaloSim::ticket_count).sum()
    }

    /// The tickets of a partner's PSA.
    pub fn tickets(&self, partner: PartnerIndex) -> Vec<StoredTicket> {
        self.of(partner).map(HaloSim::tickets).unwrap_or_default()
    }

    /// Faults so far, by kind.
    pub fn faults(&self) -> BTreeMap<FaultKind, u64> {
        let mut faults = BTreeMap::new();
        for (kind, count) in self.tenants.values().flat_map(|sim| sim.counts().faults) {
            *faults.entry(kind).or_default() += count;
        }
        faults
    }

    /// Requests so far, by method, endpoint and outcome.
    pub fn requests(&self) -> BTreeMap<String, u64> {
        let mut requests = BTreeMap::new();
        for (line, count) in self.tenants.values().flat_map(|sim| sim.counts().requests) {
            *requests.entry(line).or_default() += count;
        }
        requests
    }

    /// Requests that a rate limit refused, faults apart.
    pub fn rate_limited(&self) -> u64 {
        self.tenants.values().map(|sim| sim.counts().rate_limited).sum()
    }

    /// Ends them.
    pub async fn stop(self) {
        for sim in self.tenants.into_values() {
            sim.stop().await;
        }
    }
}
