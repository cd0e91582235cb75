//! The picklists of a demo tenant, with values that can't be chosen any more.

use std::collections::BTreeMap;

use super::PicklistValue;

/// A picklist's name and its values.
type List = (&'static str, Vec<PicklistValue>);

/// The picklists of a demo tenant.
pub fn picklists() -> BTreeMap<String, Vec<PicklistValue>> {
    let lists = of_tickets().into_iter().chain(of_notes()).chain(of_other_entities());
    lists.map(|(name, values)| (name.to_owned(), values)).collect()
}

/// A value that the tenant made.
pub fn value(value: i64, label: &str) -> PicklistValue {
    let label = label.to_owned();
    PicklistValue { value, label, parent: None, active: true, system: false, default: false }
}

/// A value that can't be chosen any more.
pub fn inactive(number: i64, label: &str) -> PicklistValue {
    PicklistValue { active: false, ..value(number, label) }
}

/// A value that goes with a value of the parent.
fn child(number: i64, label: &str, parent: i64) -> PicklistValue {
    PicklistValue { parent: Some(parent), ..value(number, label) }
}

/// A value that is Autotask's own.
fn system(number: i64, label: &str) -> PicklistValue {
    PicklistValue { system: true, ..value(number, label) }
}

fn default(value: PicklistValue) -> PicklistValue {
    PicklistValue { default: true, ..value }
}

fn of_tickets() -> Vec<List> {
    let statuses = vec![
        default(system(1, "New")),
        system(5, "Complete"),
        value(7, "Waiting Customer"),
        value(8, "In Progress"),
        inactive(9, "Waiting Materials"),
        value(15, "Change Order"),
    ];
    let priorities = vec![
        value(4, "Critical"),
        value(1, "High"),
        value(2, "Medium"),
        value(3, "Low"),
        inactive(6, "Panic"),
    ];
    let queues = vec![
        value(29_682_833, "Level I Support"),
        value(29_683_482, "Monitoring Alert"),
        value(29_683_490, "Backup"),
        inactive(29_683_499, "Old queue"),
    ];
    let types = vec![
        default(system(1, "Service Request")),
        system(2, "Incident"),
        system(3, "Problem"),
        system(4, "Change Request"),
        system(5, "Alert"),
    ];
    let sources =
        vec![value(2, "Phone"), value(4, "Email"), system(8, "Monitoring Alert"), inactive(11, "Fax")];
    let issue_types =
        vec![value(4, "Hardware"), value(10, "Backup"), value(11, "Security"), inactive(12, "Telex")];
    let sub_issue_types = vec![
        child(11, "Server", 4),
        child(12, "Workstation", 4),
        child(136, "Microsoft 365", 10),
        child(137, "Restore", 10),
        child(150, "Phishing", 11),
        child(151, "Risky sign-in", 11),
        PicklistValue { active: false, ..child(152, "Floppy virus", 11) },
    ];
    vec![
        ("Tickets.status", statuses),
        ("Tickets.priority", priorities),
        ("Tickets.queueID", queues),
        ("Tickets.ticketType", types),
        ("Tickets.source", sources),
        ("Tickets.issueType", issue_types),
        ("Tickets.subIssueType", sub_issue_types),
        ("Tickets.serviceLevelAgreementID", vec![value(1, "Standard SLA"), value(2, "Premium SLA")]),
    ]
}

fn of_notes() -> Vec<List> {
    let types = vec![
        system(1, "Task Summary"),
        system(2, "Task Detail"),
        system(3, "Task Notes"),
        system(13, "Workflow Rule Note"),
        system(15, "Duplicate Ticket Note"),
        system(18, "Client Portal Note"),
        system(94, "Ticket Merge Note"),
        system(99, "RMM Note"),
        system(100, "BDR Note"),
        system(101, "Email Note"),
    ];
    let publish = vec![
        system(1, "All Autotask Users"),
        system(2, "Internal Users Only"),
        system(4, "Internal & Co-Managed"),
    ];
    vec![("TicketNotes.noteType", types), ("TicketNotes.publish", publish)]
}

fn of_other_entities() -> Vec<List> {
    vec![
        (
            "Companies.companyType",
            vec![value(1, "Customer"), value(2, "Lead"), value(3, "Prospect"), value(7, "Vendor")],
        ),
        ("Companies.classification", vec![value(200, "Managed"), value(201, "Break-fix")]),
        (
            "Contracts.contractType",
            vec![system(1, "Time and Materials"), system(4, "Block Hours"), system(7, "Recurring Service")],
        ),
        ("Contracts.status", vec![system(0, "Inactive"), system(1, "Active")]),
        (
            "Contracts.contractPeriodType",
            vec![system(2, "Monthly"), system(3, "Quarterly"), system(4, "Semi-Annual"), system(5, "Yearly")],
        ),
        (
            "BillingCodes.useType",
            vec![system(1, "General Allocation Code"), system(2, "Internal Allocation Code")],
        ),
    ]
}
