//! A tenant like a small MSP's, with the cases in it that trouble integrations.

use std::collections::BTreeMap;

use serde_json::Value;

use super::picklists::{inactive, picklists, value};
use super::{
    ApiUser, BillingCode, Category, Company, Contact, Contract, Location, PicklistValue, Resource, Service,
    Tenant, UserDefinedField,
};
use crate::autotask::world::{day_of, months_after};
use crate::time::unix_milliseconds;

/// The user name of a demo tenant's API user: every demo tenant has the same.
pub const USERNAME: &str = "bridge-api@demo.example";
/// The secret that goes with it.
pub const SECRET: &str = "s3cret$with#marks~*@";
/// The tracking identifier that the user was created for.
pub const INTEGRATION_CODE: &str = "PSABRIDGESIMULATORCODE00001";

impl Tenant {
    /// A small MSP with zone, database and API user; the MSP itself and six companies (one inactive, one the parent of
    /// another, one a vendor); contacts active and not; queues, priorities, statuses, sources and issue types with
    /// values that are not active any more; six categories, of which some require what no metadata shows; work types,
    /// user-defined fields, people with roles, and contracts: two recurring ones, one of hours, one that ended.
    pub fn demo(name: &str) -> Self {
        let mut tenant = Self {
            name: name.to_owned(),
            zone_name: "America East".to_owned(),
            database: 123_456,
            web_url: "https://ww3.autotask.net/".to_owned(),
            api_users: vec![api_user()],
            companies: companies(),
            contacts: contacts(),
            locations: [(31, 174, "Head office"), (32, 175, "Warehouse")]
                .map(|(id, company, name)| {
                    (id, Location { id, company, name: name.to_owned(), active: true })
                })
                .into(),
            picklists: picklists(),
            categories: categories(),
            user_defined_fields: user_defined_fields(),
            resources: resources(),
            billing_codes: billing_codes(),
            services: services(),
            contracts: BTreeMap::new(),
            contract_services: BTreeMap::new(),
            workflow_rules: Vec::new(),
            complete_status: 5,
        };
        add_contracts(&mut tenant);
        tenant
    }
}

fn api_user() -> ApiUser {
    ApiUser {
        username: USERNAME.to_owned(),
        secret: SECRET.to_owned(),
        integration_code: INTEGRATION_CODE.to_owned(),
        resource: 4,
        active: true,
        locked: false,
        bad_log_ins: 0,
        rights: BTreeMap::new(),
        restricted_to: Vec::new(),
        default_category: None,
    }
}

fn companies() -> BTreeMap<i64, Company> {
    let company = |id, name: &str, company_type, parent| {
        (id, Company { id, name: name.to_owned(), active: true, company_type, parent })
    };
    let mut companies = BTreeMap::from([
        company(0, "The MSP itself", 1, None),
        company(174, "Acme & Sons", 1, None),
        company(175, "Müller Logistik GmbH", 1, None),
        company(176, "Müller Spedition GmbH", 1, Some(175)),
        company(177, "Café <Rive Gauche>", 1, None),
        company(178, "Former Customer Ltd", 1, None),
        company(179, "Backup Vendor Inc", 7, None),
    ]);
    if let Some(former) = companies.get_mut(&178) {
        former.active = false;
    }
    companies
}

fn contacts() -> BTreeMap<i64, Contact> {
    [(501, 174, "Robin", true), (502, 175, "Kim", true), (503, 174, "Sasha", false), (504, 176, "Alex", true)]
        .map(|(id, company, first_name, active)| {
            let email = format!("{}@company{company}.example", first_name.to_lowercase());
            let (first_name, last_name) = (first_name.to_owned(), "Contact".to_owned());
            (id, Contact { id, company, first_name, last_name, email, active })
        })
        .into()
}

fn categories() -> BTreeMap<i64, Category> {
    let category = |id, name: &str, defaults: &[(&str, i64)], required: &[&str], due_in_hours| {
        let defaults =
            defaults.iter().map(|&(field, value)| (field.to_owned(), Value::from(value))).collect();
        let required = required.iter().map(|&field| field.to_owned()).collect();
        let (active, api_only, global_default) = (true, false, false);
        let name = name.to_owned();
        (id, Category { id, name, active, api_only, global_default, defaults, required, due_in_hours })
    };
    let mut categories = BTreeMap::from([
        category(2, "Datto RMM Alert", &[("ticketType", 5), ("source", 8)], &[], Some(24)),
        category(3, "Standard", &[("queueID", 29_682_833), ("ticketType", 1)], &[], None),
        category(
            112,
            "Backup Alert",
            &[("queueID", 29_683_490), ("issueType", 10), ("subIssueType", 136)],
            &[],
            Some(48),
        ),
        category(113, "Incident", &[], &["queueID", "issueType", "subIssueType"], None),
        category(
            114,
            "Security Alert",
            &[("queueID", 29_683_482), ("priority", 1)],
            &["source", "billingCodeID", "Environment"],
            Some(4),
        ),
        category(115, "Retired", &[], &[], None),
    ]);
    for (id, category) in &mut categories {
        category.global_default = *id == 3;
        category.api_only = *id == 114;
        category.active = *id != 115;
    }
    categories
}

fn user_defined_fields() -> Vec<UserDefinedField> {
    let field = |name: &str, kind: &str, length, values: Vec<PicklistValue>| UserDefinedField {
        name: name.to_owned(),
        kind: kind.to_owned(),
        required: false,
        length,
        values,
    };
    vec![
        field("Alert ID", "String", 100, Vec::new()),
        field(
            "Environment",
            "List",
            0,
            vec![value(1, "Production"), value(2, "Test"), inactive(3, "Mainframe")],
        ),
        field("Affected users", "Integer", 0, Vec::new()),
    ]
}

fn resources() -> BTreeMap<i64, Resource> {
    let resource = |id, first_name: &str, last_name: &str, active, roles: &[i64]| {
        let (first_name, last_name, roles) = (first_name.to_owned(), last_name.to_owned(), roles.to_vec());
        (id, Resource { id, first_name, last_name, active, roles })
    };
    [
        resource(4, "API", "User", true, &[]),
        resource(29, "Dana", "Technician", true, &[8, 9]),
        resource(30, "Jo", "Engineer", true, &[8]),
        resource(31, "Former", "Colleague", false, &[8]),
    ]
    .into()
}

fn billing_codes() -> BTreeMap<i64, BillingCode> {
    [
        (29_682_801, "Remote support", true, 1),
        (29_682_802, "Onsite support", true, 1),
        (29_682_803, "Dial-up support", false, 1),
        (29_682_810, "Holiday", true, 2),
    ]
    .map(|(id, name, active, use_type)| (id, BillingCode { id, name: name.to_owned(), active, use_type }))
    .into()
}

fn services() -> BTreeMap<i64, Service> {
    [
        (12, "Backup - M365 seats", true, 3.75),
        (13, "Email security - mailboxes", true, 2.0),
        (14, "Old antivirus", false, 1.0),
    ]
    .map(|(id, name, active, unit_price)| (id, Service { id, name: name.to_owned(), active, unit_price }))
    .into()
}

fn add_contracts(tenant: &mut Tenant) {
    let today = day_of(unix_milliseconds());
    let (past, future) = (months_after(today, -6), months_after(today, 6));
    let contract = |id, company, name: &str, contract_type, status, start, end| {
        let (name, months_in_period) = (name.to_owned(), 1);
        (id, Contract { id, company, name, contract_type, status, start, end, months_in_period })
    };
    tenant.contracts = [
        contract(29_684_183, 174, "Acme managed services", 7, 1, past, future),
        contract(29_684_184, 175, "Müller managed services", 7, 1, past, future),
        contract(29_684_185, 174, "Acme block of hours", 4, 1, past, future),
        contract(
            29_684_186,
            177,
            "Café until last year",
            7,
            0,
            months_after(today, -30),
            months_after(today, -18),
        ),
    ]
    .into();
    tenant.add_contract_service(29_684_183, 12, 25);
    tenant.add_contract_service(29_684_183, 13, 40);
    tenant.add_contract_service(29_684_184, 12, 80);
}
