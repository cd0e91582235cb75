//! The set-up guide for HaloPSA: the form, and what a partner does in HaloPSA before filling it. The names are those of
//! HaloPSA's screens (<https://usehalo.com/guides/1566>).

use super::capabilities;
use super::site::{CLIENT_ID, CLIENT_SECRET, SITE_URL, TENANT};
use crate::PsaKind;
use crate::integrations::{ConnectorOptions, CredentialField, GuideStep, Integration};

/// What a partner needs to know and enter.
pub(crate) fn integration() -> Integration {
    Integration {
        psa: PsaKind::HaloPsa,
        name: PsaKind::HaloPsa.display_name().to_owned(),
        credential_fields: vec![
            field(
                SITE_URL,
                "Site URL",
                false,
                true,
                "The Resource Server under Configuration › Integrations › Halo API, with or without /api, for example \
                 https://example.halopsa.com.",
            ),
            field(
                CLIENT_ID,
                "Client ID",
                false,
                true,
                "On the application's Authentication tab. Copy it after saving: it can change until then.",
            ),
            field(CLIENT_SECRET, "Client secret", true, true, "Shown once, when the application is saved."),
            field(
                TENANT,
                "Tenant",
                false,
                false,
                "Under Configuration › Integrations › Halo API, next to the Resource Server. Needed only where sign-in \
                 fails without it; a self-hosted HaloPSA has none.",
            ),
        ],
        guide: steps(),
        capabilities: capabilities(&ConnectorOptions::default()),
    }
}

fn field(id: &str, label: &str, secret: bool, required: bool, help: &str) -> CredentialField {
    CredentialField { id: id.to_owned(), label: label.to_owned(), secret, required, help: help.to_owned() }
}

fn steps() -> Vec<GuideStep> {
    [
        (
            "role",
            "Make a role for the bridge",
            "Configuration › Teams & Agents › Roles › New. On Permissions, set:\n\
             Tickets Access Level: Read and Modify.\n\
             Customers Access Level: Read Only.\n\
             Suppliers Access Level: Read and Modify.\n\
             Software Licensing Access Level: Read and Modify.\n\
             Can add new Tickets: Yes.\n\
             Can view Unassigned Tickets, and Tickets that are assigned to other Agents: Yes, so that a ticket is found again.\n\
             Can edit Tickets not assigned to them: Yes.\n\
             Can edit closed Tickets: Yes, so that a relapse can reopen its ticket.\n\
             Ticket Types: allow use of all.\n\
             Customers: allow all, or choose those that the bridge may see.",
        ),
        (
            "agent",
            "Make an API-only agent",
            "Configuration › Teams & Agents › Agents › New. Tick \"Is an API-only Agent\", which costs no licence. Give it \
             the role, and make it a member of the team that is to see the tickets.",
        ),
        (
            "application",
            "Make an application",
            "Configuration › Integrations › Halo API › View Applications › New.\n\
             Authentication method: Client ID and Secret (Services).\n\
             Login type: Agent.\n\
             Agent to log in as: the agent of the step before.\n\
             Permissions: all:standard. What the application may do is bounded by the agent's role as well.\n\
             Save, then copy the client ID and the client secret.",
        ),
        (
            "fewest_permissions",
            "Or: the fewest permissions",
            "For tickets alone, the role needs Tickets (Read and Modify), Customers (Read Only), adding tickets and editing \
             those of others; the application needs edit:tickets and read:customers. Seat counts need Suppliers and \
             Software Licensing (Read and Modify) in the role, and edit:suppliers and edit:softwarelicensing in the \
             application. Fields whose lists the agent may not read are left out of the ticket settings.",
        ),
        (
            "connect",
            "Connect",
            "Enter the site's address, the client ID and the client secret. The check then lists whatever is missing.",
        ),
    ]
    .into_iter()
    .map(|(id, title, text)| GuideStep { id: id.to_owned(), title: title.to_owned(), text: text.to_owned() })
    .collect()
}
