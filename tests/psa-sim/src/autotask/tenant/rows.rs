//! What is configured, as the records that the API shows.

use std::collections::BTreeMap;
use std::time::Instant;

use serde::Serialize;
use serde_json::{Value, json};

use super::{Category, Company, Contact, Contract, ContractService, Resource, Tenant};
use crate::autotask::schema::Entity;
use crate::autotask::world::show_time;

/// The fields of a record that are set.
pub type Row = BTreeMap<&'static str, Value>;

/// A record of an entity.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Record {
    /// Its fields.
    pub fields: Row,
    /// Its user-defined fields.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub user_defined: BTreeMap<String, Value>,
    /// The company that it belongs to, for rights that are restricted to companies.
    #[serde(skip)]
    pub company: Option<i64>,
    /// Queries show it only from then on.
    #[serde(skip)]
    pub visible_from: Option<Instant>,
}

impl Record {
    pub(crate) fn new(company: Option<i64>, fields: impl IntoIterator<Item = (&'static str, Value)>) -> Self {
        Self { fields: fields.into_iter().collect(), company, ..Self::default() }
    }

    /// Its id.
    pub fn id(&self) -> i64 {
        self.number("id").unwrap_or(0)
    }

    /// A number, if it is set.
    pub fn number(&self, field: &str) -> Option<i64> {
        self.fields.get(field).and_then(Value::as_i64)
    }

    /// A text, if it is set.
    pub fn text(&self, field: &str) -> Option<&str> {
        self.fields.get(field).and_then(Value::as_str)
    }
}

impl Tenant {
    /// The records of an entity that is configured, by id.
    pub fn records(&self, entity: Entity) -> Vec<Record> {
        match entity {
            Entity::Companies => self.companies.values().map(company).collect(),
            Entity::Contacts => self.contacts.values().map(contact).collect(),
            Entity::CompanyLocations => self
                .locations
                .values()
                .map(|location| {
                    Record::new(
                        Some(location.company),
                        [
                            ("id", location.id.into()),
                            ("companyID", location.company.into()),
                            ("name", location.name.clone().into()),
                            ("isActive", location.active.into()),
                        ],
                    )
                })
                .collect(),
            Entity::TicketCategories => self.categories.values().map(category).collect(),
            Entity::TicketCategoryFieldDefaults => self.categories.values().map(field_defaults).collect(),
            Entity::Resources => self.resources.values().map(resource).collect(),
            Entity::BillingCodes => self
                .billing_codes
                .values()
                .map(|code| {
                    Record::new(
                        None,
                        [
                            ("id", code.id.into()),
                            ("name", code.name.clone().into()),
                            ("isActive", code.active.into()),
                            ("useType", code.use_type.into()),
                        ],
                    )
                })
                .collect(),
            Entity::Services => self
                .services
                .values()
                .map(|service| {
                    Record::new(
                        None,
                        [
                            ("id", service.id.into()),
                            ("name", service.name.clone().into()),
                            ("isActive", service.active.into()),
                            ("unitPrice", service.unit_price.into()),
                            ("periodType", 2.into()),
                        ],
                    )
                })
                .collect(),
            Entity::Contracts => self.contracts.values().map(contract).collect(),
            Entity::ContractServices => {
                self.contract_services.values().map(|service| self.contract_service(service)).collect()
            }
            Entity::ContractServiceUnits => self.unit_rows(),
            Entity::Tickets | Entity::TicketNotes | Entity::ContractServiceAdjustments => Vec::new(),
        }
    }

    fn company_of_contract(&self, contract: i64) -> Option<i64> {
        self.contracts.get(&contract).map(|contract| contract.company)
    }

    fn contract_service(&self, service: &ContractService) -> Record {
        Record::new(
            self.company_of_contract(service.contract),
            [
                ("id", service.id.into()),
                ("contractID", service.contract.into()),
                ("serviceID", service.service.into()),
                ("unitPrice", service.unit_price.into()),
                ("internalCurrencyUnitPrice", service.unit_price.into()),
            ],
        )
    }

    fn unit_rows(&self) -> Vec<Record> {
        let mut rows = Vec::new();
        for service in self.contract_services.values() {
            let company = self.company_of_contract(service.contract);
            for units in &service.units {
                let mut row = Record::new(
                    company,
                    [
                        ("id", units.id.into()),
                        ("contractID", service.contract.into()),
                        ("contractServiceID", service.id.into()),
                        ("serviceID", service.service.into()),
                        ("units", units.units.into()),
                        ("startDate", show_time(units.start).into()),
                        ("endDate", show_time(units.end).into()),
                    ],
                );
                if units.posted {
                    row.fields.insert("approveAndPostDate", show_time(units.end).into());
                }
                rows.push(row);
            }
        }
        rows.sort_by_key(Record::id);
        rows
    }
}

fn company(company: &Company) -> Record {
    let mut record = Record::new(
        Some(company.id),
        [
            ("id", company.id.into()),
            ("companyName", company.name.clone().into()),
            ("companyNumber", format!("C{:04}", company.id).into()),
            ("companyType", company.company_type.into()),
            ("isActive", company.active.into()),
            ("phone", "555-0100".into()),
            ("ownerResourceID", 29.into()),
        ],
    );
    if let Some(parent) = company.parent {
        record.fields.insert("parentCompanyID", parent.into());
    }
    record
}

fn contact(contact: &Contact) -> Record {
    Record::new(
        Some(contact.company),
        [
            ("id", contact.id.into()),
            ("companyID", contact.company.into()),
            ("firstName", contact.first_name.clone().into()),
            ("lastName", contact.last_name.clone().into()),
            ("emailAddress", contact.email.clone().into()),
            ("isActive", i64::from(contact.active).into()),
        ],
    )
}

fn category(category: &Category) -> Record {
    let nickname: String = category.name.chars().take(3).collect();
    Record::new(
        None,
        [
            ("id", category.id.into()),
            ("name", category.name.clone().into()),
            ("nickname", nickname.to_uppercase().into()),
            ("displayColorRGB", 0.into()),
            ("isActive", category.active.into()),
            ("isApiOnly", category.api_only.into()),
            ("isGlobalDefault", category.global_default.into()),
        ],
    )
}

/// The names of the defaults are not those of the ticket's fields.
fn field_defaults(category: &Category) -> Record {
    let mut record =
        Record::new(None, [("id", category.id.into()), ("ticketCategoryID", category.id.into())]);
    for (field, value) in &category.defaults {
        let name = match field.as_str() {
            "issueType" => "issueTypeID",
            "subIssueType" => "subIssueTypeID",
            "source" => "sourceID",
            "ticketType" => "ticketTypeID",
            "billingCodeID" => "workTypeID",
            other => other,
        };
        if let Some(known) = Entity::TicketCategoryFieldDefaults.schema().field(name) {
            record.fields.insert(known.name, value.clone());
        }
    }
    record
}

fn resource(resource: &Resource) -> Record {
    Record::new(
        None,
        [
            ("id", resource.id.into()),
            ("firstName", resource.first_name.clone().into()),
            ("lastName", resource.last_name.clone().into()),
            ("isActive", resource.active.into()),
            ("email", format!("{}@msp.example", resource.first_name.to_lowercase()).into()),
        ],
    )
}

fn contract(contract: &Contract) -> Record {
    let period = match contract.months_in_period {
        1 => 2,
        3 => 3,
        6 => 4,
        _ => 5,
    };
    Record::new(
        Some(contract.company),
        [
            ("id", contract.id.into()),
            ("companyID", contract.company.into()),
            ("contractName", contract.name.clone().into()),
            ("contractType", contract.contract_type.into()),
            ("status", contract.status.into()),
            ("startDate", show_time(contract.start).into()),
            ("endDate", show_time(contract.end).into()),
            ("contractPeriodType", json!(period)),
            ("timeReportingRequiresStartAndStopTimes", 0.into()),
        ],
    )
}
