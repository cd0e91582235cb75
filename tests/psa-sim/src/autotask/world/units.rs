//! Units of contract services: a row for each billing period, cut in two where an adjustment falls into one.

use super::time::{DAY, day_of, months_after};
use crate::autotask::tenant::{ContractService, Tenant, Units};

impl Tenant {
    /// Adds a service to a contract, with so many units in every period; returns its id, 0 if there is no such contract.
    pub fn add_contract_service(&mut self, contract: i64, service: i64, units: i64) -> i64 {
        let Some(held) = self.contracts.get(&contract) else { return 0 };
        let (start, end, months) = (held.start, held.end, held.months_in_period.max(1));
        let unit_price = self.services.get(&service).map_or(0.0, |service| service.unit_price);
        let id = self.contract_services.keys().next_back().map_or(456, |last| last + 1);
        let mut rows = Vec::new();
        for (row, period) in (self.next_unit_row()..).zip(0..) {
            let first = months_after(start, period * months);
            if first > end {
                break;
            }
            let last = (months_after(start, (period + 1) * months) - DAY).min(end);
            rows.push(Units { id: row, start: first, end: last, units, posted: false });
        }
        self.contract_services.insert(id, ContractService { id, contract, service, unit_price, units: rows });
        id
    }

    fn next_unit_row(&self) -> i64 {
        let rows = self.contract_services.values().flat_map(|service| &service.units);
        rows.map(|row| row.id).max().map_or(9001, |last| last + 1)
    }

    /// How many units a service of a contract has on a day; nothing outside of the contract.
    pub fn units_on(&self, contract_service: i64, time: i64) -> Option<i64> {
        let day = day_of(time);
        let service = self.contract_services.get(&contract_service)?;
        service.units.iter().find(|row| row.start <= day && day <= row.end).map(|row| row.units)
    }

    /// Changes the units from a day on. The caller has checked that the contract has that day.
    pub fn adjust_units(&mut self, contract_service: i64, from: i64, change: i64) {
        let mut next_row = self.next_unit_row();
        let Some(service) = self.contract_services.get_mut(&contract_service) else { return };
        let mut rows = Vec::new();
        for row in &service.units {
            if row.end < from {
                rows.push(*row);
            } else if row.start >= from {
                rows.push(Units { units: row.units + change, ..*row });
            } else {
                rows.push(Units { end: from - DAY, ..*row });
                rows.push(Units { id: next_row, start: from, units: row.units + change, ..*row });
                next_row += 1;
            }
        }
        service.units = rows;
    }
}
