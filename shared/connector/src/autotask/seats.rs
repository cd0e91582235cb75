//! Seat counts as units of the services of recurring-service contracts.
//!
//! Autotask takes no number of units, only a change of it from a day on, which nobody can see or take back afterwards. So
//! the units of that day are read, the difference is posted once, and the units are read again: what they are is the only
//! proof of what became of it.

use super::api;
use super::model::{ContractRow, UnitsRow};
use super::session::Session;
use super::write::company;
use crate::{
    License, LicenseId, LicenseRef, PsaError, PsaErrorKind, SeatBasis, SeatChange, SeatCount, SeatWrite,
};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::collections::BTreeMap;

const READ: &str = "read seat count";
const SET: &str = "set seat count";

/// A service of a contract, and the company whose contract it must be.
#[derive(Clone, Copy)]
struct Place {
    company: i64,
    contract: i64,
    contract_service: i64,
}

impl Place {
    fn parse(operation: &'static str, license: &LicenseRef) -> Result<Self, PsaError> {
        let ids = license.license.as_str().split_once(':');
        let id = |text: &str| text.parse().ok().filter(|id: &i64| *id > 0);
        let ids = ids.and_then(|(contract, service)| Some((id(contract)?, id(service)?)));
        let (contract, contract_service) = ids.ok_or_else(|| {
            let detail = "Not sent: this is no id of a contract's service, which is written contract:service";
            rejected(operation, "contractServiceID", detail)
        })?;
        Ok(Self { company: company(operation, license.client.as_str())?, contract, contract_service })
    }

    fn id(self) -> LicenseId {
        LicenseId::new(format!("{}:{}", self.contract, self.contract_service))
    }

    /// The units on that day.
    async fn read(self, session: &Session, day: Date) -> Result<SeatCount, PsaError> {
        let rows = api::units(session, self.contract, day).await?;
        let ours: Vec<_> =
            rows.into_iter().filter(|row| row.contract_service == Some(self.contract_service)).collect();
        match ours.as_slice() {
            [row] => counted(row),
            [] => {
                let detail = format!("The contract's service has no period that holds {day}");
                Err(PsaError::new(PsaErrorKind::NotFound, READ, detail))
            }
            // Which of them counts is not told.
            _ => {
                Err(PsaError::new(PsaErrorKind::Protocol, READ, format!("Several rows of units hold {day}")))
            }
        }
    }

    /// That the contract is the company's, and takes adjustments on that day.
    async fn verify(self, session: &Session, day: Date) -> Result<(), PsaError> {
        let contract = api::contract(session, self.contract).await?;
        let is_it = |contract: &ContractRow| {
            contract.company == Some(self.company)
                && contract.contract_type.is_none_or(|kind| kind == api::RECURRING_SERVICE)
        };
        match contract.filter(is_it) {
            Some(contract) if contract.runs_on(day) => Ok(()),
            Some(_) => Err(PsaError::new(
                PsaErrorKind::NotFound,
                READ,
                format!("The contract does not run on {day}"),
            )),
            None => {
                let detail = "The contract is gone, another company's, or bills no recurring services";
                Err(PsaError::new(PsaErrorKind::NotFound, READ, detail))
            }
        }
    }
}

fn counted(row: &UnitsRow) -> Result<SeatCount, PsaError> {
    match (row.units, row.period()) {
        (Some(count), Some((from, until))) => {
            Ok(SeatCount { count, basis: SeatBasis::Period { from, until } })
        }
        _ => Err(PsaError::new(PsaErrorKind::Protocol, READ, "The row of units holds no number of them")),
    }
}

pub(super) async fn count(
    session: &Session,
    license: &LicenseRef,
    effective: Date,
) -> Result<SeatCount, PsaError> {
    let place = Place::parse(READ, license)?;
    place.verify(session, effective).await?;
    place.read(session, effective).await
}

pub(super) async fn set(session: &Session, change: &SeatChange) -> Result<SeatWrite, PsaError> {
    let leave_by = session.leave_by();
    let place = Place::parse(SET, &change.license)?;
    if change.target < 0 {
        return Err(rejected(SET, "unitChange", "Not sent: there are no fewer than 0 seats"));
    }
    place.verify(session, change.effective).await?;
    let found = place.read(session, change.effective).await?.count;
    if found == change.target {
        return Ok(SeatWrite::Written { from: found, to: found, restored: Vec::new() });
    }
    if found != change.expected {
        return Ok(SeatWrite::Moved { found });
    }
    let difference = change
        .target
        .checked_sub(found)
        .ok_or_else(|| rejected(SET, "unitChange", "Not sent: the difference is too large"))?;
    // Never again: a reply that was lost may stand for an adjustment that was made, or is yet to be.
    api::adjust(session, place.contract_service, difference, change.effective, leave_by).await?;
    let now = place.read(session, change.effective).await.map_err(unclear)?.count;
    if now == change.target {
        return Ok(SeatWrite::Written { from: found, to: now, restored: Vec::new() });
    }
    let detail =
        format!("Autotask took an adjustment by {difference} and shows {now} units, which were {found}");
    Err(PsaError::new(PsaErrorKind::OutcomeUnknown, SET, detail))
}

/// Every service of the company's recurring-service contracts, with its units of today.
pub(super) async fn of_company(session: &Session, company: i64) -> Result<Vec<License>, PsaError> {
    let today = session.now().to_zoned(TimeZone::UTC).date();
    let contracts = api::contracts(session, company).await?;
    let (mut found, mut names) = (Vec::new(), BTreeMap::new());
    for contract in contracts.iter().filter(|contract| contract.company == Some(company)) {
        let Some(id) = contract.id else { continue };
        let units = api::units(session, id, today).await?;
        for service in api::contract_services(session, id).await? {
            let Some(contract_service) = service.id else { continue };
            let name = service_name(session, service.service, &mut names).await?;
            let mut rows = units.iter().filter(|row| row.contract_service == Some(contract_service));
            found.push(License {
                id: Place { company, contract: id, contract_service }.id(),
                name: format!("{} – {name}", contract.contract_name.as_deref().unwrap_or_default().trim()),
                count: rows.next().and_then(|row| row.units).unwrap_or(0),
                active: contract.runs_on(today),
            });
        }
    }
    Ok(found)
}

/// A service's name; its id where the API user may not read it.
async fn service_name(
    session: &Session,
    service: Option<i64>,
    known: &mut BTreeMap<i64, String>,
) -> Result<String, PsaError> {
    let Some(id) = service else { return Ok("?".to_owned()) };
    if let Some(name) = known.get(&id) {
        return Ok(name.clone());
    }
    let row = match api::service(session, id).await {
        Err(error) if *error.kind() == PsaErrorKind::MissingPermission => None,
        row => row?,
    };
    let name = row.and_then(|row| row.name).unwrap_or_else(|| id.to_string());
    known.insert(id, name.clone());
    Ok(name)
}

/// What fails after the adjustment leaves open how it ended.
fn unclear(error: PsaError) -> PsaError {
    let detail = format!("Adjusted, and not read back: {}", error.detail());
    PsaError::new(PsaErrorKind::OutcomeUnknown, SET, detail).with_source(error)
}

fn rejected(operation: &'static str, field: &str, detail: &str) -> PsaError {
    PsaError::new(PsaErrorKind::Rejected { field: Some(field.to_owned()) }, operation, detail)
}
