//! The PSAs of the scene: what they bill, what was changed in them, and what people do there.

use super::scene::{AUTOTASK, BEFORE, HALOPSA, Scene};
use jiff::Timestamp;
use psa_bridge_workload::{DeskIndex, Simulator, Simulators};
use psa_sim::{
    AutotaskSim, FaultKind, FaultRule, HaloSim,
    autotask::{Adjusted, Contract},
};
use serde_json::{Map, Value, json};

const DAY: i64 = 86_400_000;
/// The contract that is billed by the seat.
pub const CONTRACT: i64 = 29_700_001;

impl Scene {
    /// The count that the PSA bills today.
    pub fn there(&self, desk: DeskIndex) -> i64 {
        match self.simulators.of(desk).unwrap() {
            Simulator::Halopsa(sim) => sim.tenant().licences[&self.places[&desk]]["count"].as_i64().unwrap(),
            Simulator::Autotask(sim) => sim.units_today(self.places[&desk]).unwrap(),
        }
    }

    /// A person in the PSA sets the count.
    pub fn edit(&self, desk: DeskIndex, count: i64) {
        let place = self.places[&desk];
        let is_there = match self.simulators.of(desk).unwrap() {
            Simulator::Halopsa(sim) => {
                sim.edit_licence(place, Map::from_iter([("count".to_owned(), count.into())]))
            }
            Simulator::Autotask(sim) => sim.set_units(place, Timestamp::now().as_millisecond(), count),
        };
        assert!(is_there);
    }

    /// Every change of the count that the PSA took from the bridge: by how much.
    pub fn changes(&self, desk: DeskIndex) -> Vec<i64> {
        match self.simulators.of(desk).unwrap() {
            Simulator::Halopsa(_) => {
                let counts =
                    self.license_changes().into_iter().filter(|change| change["field_name"] == "count");
                let number = |value: &Value| value.as_str().unwrap().parse::<i64>().unwrap();
                counts.map(|change| number(&change["new_value"]) - number(&change["old_value"])).collect()
            }
            Simulator::Autotask(_) => self.adjustments().iter().map(|adjusted| adjusted.change).collect(),
        }
    }

    /// The licence as it is.
    pub fn stored_license(&self) -> Map<String, Value> {
        self.halopsa().tenant().licences[&self.places[&HALOPSA]].clone()
    }

    /// What the bridge changed of the licence, as HaloPSA's history tells it.
    pub fn license_changes(&self) -> Vec<Value> {
        let changes = self.halopsa().licence_changes(self.places[&HALOPSA]).into_iter();
        changes.filter(|change| change["who"] == "PSA Bridge (API only)").collect()
    }

    /// What the bridge adjusted of the contract's service.
    pub fn adjustments(&self) -> Vec<Adjusted> {
        let of = |adjusted: &Adjusted| adjusted.contract_service == self.places[&AUTOTASK];
        self.autotask().adjustments().into_iter().filter(of).collect()
    }

    /// The next change of the count at that PSA meets this.
    pub fn next_change_meets(&self, desk: DeskIndex, kind: FaultKind) {
        let rule = FaultRule::next(kind, 1);
        match self.simulators.of(desk).unwrap() {
            Simulator::Halopsa(sim) => sim.add_fault(rule.at("POST", "softwarelicence")),
            Simulator::Autotask(sim) => sim.add_fault(rule.at("POST", "contractserviceadjustments")),
        }
    }

    /// How often that has happened at a PSA.
    pub fn struck(&self, desk: DeskIndex, kind: FaultKind) -> u64 {
        self.simulators.of(desk).unwrap().counts().injected(kind)
    }
}

pub fn halopsa(simulators: &Simulators) -> &HaloSim {
    match simulators.of(HALOPSA).unwrap() {
        Simulator::Halopsa(sim) => sim,
        Simulator::Autotask(_) => unreachable!("the desk has a HaloPSA"),
    }
}

pub fn autotask(simulators: &Simulators) -> &AutotaskSim {
    match simulators.of(AUTOTASK).unwrap() {
        Simulator::Autotask(sim) => sim,
        Simulator::Halopsa(_) => unreachable!("the desk has an Autotask"),
    }
}

/// A licence that people have filled in.
pub fn add_license(sim: &HaloSim, client: i64) -> i64 {
    sim.edit_tenant(|tenant| {
        let id = tenant.add_licence(client, "Backup seats", BEFORE);
        let filled = [
            ("notes", json!("Price agreed until 2027")),
            ("price", json!(3.75)),
            ("purchase_price", json!(2.1)),
            ("supplier_id", json!(10)),
            ("billing_cycle", json!("Annually")),
            ("product_sku", json!("BK-1")),
            ("end_date", json!("2027-06-30T00:00:00")),
        ];
        tenant.licences.get_mut(&id).unwrap().extend(filled.map(|(name, value)| (name.to_owned(), value)));
        id
    })
}

/// A contract of a year around today, with one service.
pub fn add_service(sim: &AutotaskSim, company: i64) -> i64 {
    let today = Timestamp::now().as_millisecond() / DAY * DAY;
    let contract = Contract {
        id: CONTRACT,
        company,
        name: "Managed backup".to_owned(),
        contract_type: 7,
        status: 1,
        start: today - 183 * DAY,
        end: today + 183 * DAY,
        months_in_period: 1,
    };
    sim.edit_tenant(|tenant| {
        tenant.contracts.insert(CONTRACT, contract);
        tenant.add_contract_service(CONTRACT, 12, BEFORE)
    })
}
