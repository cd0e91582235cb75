//! A tenant like a small MSP's, with the cases in it that trouble integrations.

use super::{
    Category, CustomField, LookupValue, Outcome, Priority, Sla, Status, Supplier, Team, Tenant, TicketType,
    Workflow,
};
use crate::halopsa::access::Rights;

/// The credentials of a demo tenant's application: every demo tenant has the same.
pub const CLIENT_ID: &str = "00000000-0000-4000-8000-000000000001";
/// The secret that goes with it.
pub const CLIENT_SECRET: &str = "11111111-0000-4000-8000-000000000001-22222222-0000-4000-8000-000000000001";

impl Tenant {
    /// A small MSP: six clients (one inactive), five ticket types (one with mandatory fields, one with a workflow that
    /// forbids the private note, one that can't be created), two SLAs that share priority numbers with different
    /// meanings, licences (two of one name, one inactive, one deleted), and one application for `all:standard`.
    pub fn demo(name: &str) -> Self {
        let mut tenant = Self::bare(name);
        add_customers(&mut tenant);
        tenant.slas.push(premium_sla());
        tenant.teams.push(Team { id: 2, name: "2nd Line Support".to_owned() });
        tenant.teams.push(Team { id: 3, name: "Backup".to_owned() });
        tenant.ticket_types = ticket_types();
        tenant.workflows.push(Workflow { id: 3, name: "Change approval".to_owned(), outcomes: vec![12] });
        tenant.outcomes = vec![
            outcome(4, "Close", false, 9),
            outcome(7, "Private Note", true, 0),
            outcome(12, "Public Note", false, 0),
            outcome(20, "Reassign", true, 0),
        ];
        tenant.categories =
            [(1, "Backup"), (2, "Backup>Microsoft 365"), (3, "IT Security Threats>Investigations")]
                .map(|(id, value)| Category { id, type_id: 1, value: value.to_owned() })
                .into();
        tenant.custom_fields = vec![
            custom_field(150, "CFBridgeReference", "Bridge reference", &[]),
            custom_field(151, "CFEnvironment", "Environment", &["Production", "Test"]),
        ];
        add_licences(&mut tenant);
        tenant.add_application("PSA Bridge (API only)", &["all:standard"], Rights::default());
        tenant.agents.push(crate::halopsa::access::Agent {
            id: 50,
            name: "Dana Technician".to_owned(),
            rights: Rights::default(),
        });
        tenant
    }
}

fn add_customers(tenant: &mut Tenant) {
    for name in ["Internal", "Acme & Sons", "Müller Logistik GmbH", "Café <Rive Gauche>", "Northwind Traders"]
    {
        let client = tenant.add_client(name);
        if let Some(site) = tenant.general_user(client, None).map(|user| user.site_id) {
            tenant.add_user(client, site, "Robin Contact", &format!("robin@client{client}.example"));
        }
    }
    let former = tenant.add_client("Former Customer Ltd");
    if let Some(client) = tenant.clients.get_mut(&former) {
        client.inactive = true;
    }
}

fn add_licences(tenant: &mut Tenant) {
    tenant.suppliers = vec![
        Supplier { id: 10, name: "Backup Vendor".to_owned() },
        Supplier { id: 11, name: "Pax8".to_owned() },
    ];
    let seats = tenant.add_licence(2, "Backup Vendor - M365 seats", 25);
    if let Some(licence) = tenant.licences.get_mut(&seats) {
        licence.insert("notes".to_owned(), "Price agreed with Acme until 2027".into());
        licence.insert("supplier_id".to_owned(), 10.into());
        licence.insert("price".to_owned(), 3.75.into());
    }
    tenant.add_licence(2, "Backup Vendor - M365 seats", 5);
    tenant.add_licence(3, "Backup Vendor - M365 seats", 80);
    let stopped = tenant.add_licence(3, "Old antivirus", 12);
    if let Some(licence) = tenant.licences.get_mut(&stopped) {
        licence.insert("is_active".to_owned(), false.into());
    }
    let deleted = tenant.add_licence(4, "Mail archive", 7);
    if let Some(licence) = tenant.licences.get_mut(&deleted) {
        licence.insert("deleted".to_owned(), true.into());
    }
}

pub(super) fn statuses() -> Vec<Status> {
    [(1, "New"), (2, "In Progress"), (4, "With User"), (8, "Resolved"), (9, "Closed")]
        .map(|(id, name)| Status { id, name: name.to_owned(), closed: id == 9 })
        .into()
}

pub(super) fn lookups() -> Vec<LookupValue> {
    let lists: [(i64, &[&str]); 3] = [
        (12, &["Company Wide", "Multiple Users Affected", "Single User Affected"]),
        (22, &["Manual", "Email", "End User Portal", "Monitoring"]),
        (27, &["High", "Medium", "Low"]),
    ];
    let mut values = Vec::new();
    for (lookup_id, names) in lists {
        let first = i64::from(lookup_id != 22);
        for (id, name) in (first..).zip(names) {
            values.push(LookupValue { lookup_id, id, name: (*name).to_owned() });
        }
    }
    values
}

pub(super) fn standard_sla() -> Sla {
    Sla {
        id: 1,
        name: "Standard".to_owned(),
        priorities: vec![
            priority(1, 1, "Critical", 1.0, 4.0, false),
            priority(1, 2, "High", 2.0, 8.0, false),
            priority(1, 3, "Medium", 4.0, 24.0, false),
            priority(1, 4, "Low", 8.0, 48.0, false),
        ],
    }
}

fn premium_sla() -> Sla {
    Sla {
        id: 2,
        name: "Premium".to_owned(),
        priorities: vec![
            priority(2, 1, "Platinum - Low", 4.0, 16.0, false),
            priority(2, 2, "Platinum - Medium", 1.0, 4.0, false),
            priority(2, 3, "Platinum - Emergency", 0.25, 1.0, false),
            priority(2, 9, "Platinum - Retired", 8.0, 80.0, true),
        ],
    }
}

fn priority(
    sla: i64,
    priority_id: i64,
    name: &str,
    response_hours: f64,
    fix_hours: f64,
    hidden: bool,
) -> Priority {
    let guid = format!("{sla:08}-0000-4000-8000-{priority_id:012}");
    Priority { guid, priority_id, name: name.to_owned(), response_hours, fix_hours, hidden }
}

pub(super) fn ticket_type(id: i64, name: &str) -> TicketType {
    TicketType {
        id,
        name: name.to_owned(),
        default_sla: 1,
        default_priority: 3,
        initial_status: 1,
        default_team: "1st Line Support".to_owned(),
        workflow_id: 0,
        can_create: true,
        inactive: false,
        mandatory: Vec::new(),
    }
}

fn ticket_types() -> Vec<TicketType> {
    let strict = ["impact", "urgency", "category_1"].map(str::to_owned).into();
    vec![
        ticket_type(1, "Incident"),
        TicketType { default_team: "Backup".to_owned(), ..ticket_type(21, "Alert") },
        TicketType { mandatory: strict, default_sla: 2, ..ticket_type(22, "Security Incident") },
        TicketType { workflow_id: 3, ..ticket_type(23, "Change Request") },
        TicketType { can_create: false, ..ticket_type(24, "Project Task") },
    ]
}

fn outcome(id: i64, name: &str, hidden_from_user: bool, new_status: i64) -> Outcome {
    Outcome { id, name: name.to_owned(), hidden_from_user, new_status }
}

fn custom_field(id: i64, name: &str, label: &str, values: &[&str]) -> CustomField {
    let values = values.iter().map(|&value| value.to_owned()).collect();
    CustomField { id, name: name.to_owned(), label: label.to_owned(), values }
}
