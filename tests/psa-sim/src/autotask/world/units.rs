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

    /// Changes the units from a day on; at most one row is cut. The caller has checked that the contract has that day.
    pub fn adjust_units(&mut self, contract_service: i64, from: i64, change: i64) {
        let next_row = self.next_unit_row();
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
            }
        }
        service.units = rows;
    }
}

#[cfg(test)]
mod tests {
    use super::{Tenant, Units};
    use crate::autotask::tenant::Contract;

    fn day(text: &str) -> i64 {
        format!("{text}T00:00:00Z").parse::<jiff::Timestamp>().unwrap().as_millisecond()
    }

    fn row(id: i64, start: &str, end: &str, units: i64) -> Units {
        Units { id, start: day(start), end: day(end), units, posted: false }
    }

    /// A quarterly contract to that day, with ten units of a service.
    fn quarterly(last: &str) -> (Tenant, i64) {
        let mut tenant = Tenant::demo("units");
        tenant.contract_services.clear();
        tenant.contracts = [(
            7,
            Contract {
                id: 7,
                company: 174,
                name: "Quarterly".to_owned(),
                contract_type: 7,
                status: 1,
                start: day("2026-01-01"),
                end: day(last),
                months_in_period: 3,
            },
        )]
        .into();
        let service = tenant.add_contract_service(7, 12, 10);
        (tenant, service)
    }

    #[test]
    fn each_period_has_a_row_and_the_last_ends_with_the_contract() {
        let (tenant, service) = quarterly("2026-08-31");
        let expected = [
            row(9001, "2026-01-01", "2026-03-31", 10),
            row(9002, "2026-04-01", "2026-06-30", 10),
            row(9003, "2026-07-01", "2026-08-31", 10),
        ];
        assert_eq!(tenant.contract_services[&service].units, expected);
    }

    #[test]
    fn a_contract_that_ends_on_the_first_day_of_a_period_has_a_row_of_one_day() {
        let (tenant, service) = quarterly("2026-07-01");
        let last = tenant.contract_services[&service].units.last().copied();
        assert_eq!(last, Some(row(9003, "2026-07-01", "2026-07-01", 10)));
    }

    #[test]
    fn an_adjustment_cuts_the_period_that_it_falls_into_and_adds_to_what_follows() {
        let (mut tenant, service) = quarterly("2026-08-31");
        tenant.adjust_units(service, day("2026-05-10"), 5);
        tenant.adjust_units(service, day("2026-08-31"), -3);
        let expected = [
            row(9001, "2026-01-01", "2026-03-31", 10),
            row(9002, "2026-04-01", "2026-05-09", 10),
            row(9004, "2026-05-10", "2026-06-30", 15),
            row(9003, "2026-07-01", "2026-08-30", 15),
            row(9005, "2026-08-31", "2026-08-31", 12),
        ];
        assert_eq!(tenant.contract_services[&service].units, expected);
        assert_eq!(tenant.units_on(service, day("2026-05-09")), Some(10));
        assert_eq!(tenant.units_on(service, day("2026-05-10")), Some(15));
        assert_eq!(tenant.units_on(service, day("2026-09-01")), None);
    }
}
