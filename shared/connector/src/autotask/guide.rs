//! The set-up guide for Autotask: the form, and what a partner does in Autotask before filling it. The names are those of
//! Autotask's screens (<https://autotask.net/help/content/4_admin/1CompanySettings_Users/ResourcesUsersHR/Resources/API_User_Add_Edit.htm>).

use super::account::{INTEGRATION_CODE, SECRET, USER_NAME};
use super::capabilities;
use crate::PsaKind;
use crate::integrations::{ConnectorOptions, CredentialField, GuideStep, Integration};

/// What a partner needs to know and enter.
pub(crate) fn integration() -> Integration {
    Integration {
        psa: PsaKind::Autotask,
        name: PsaKind::Autotask.display_name().to_owned(),
        credential_fields: vec![
            field(
                USER_NAME,
                "User name (key)",
                false,
                true,
                "The API user's Username (Key), which looks like an e-mail address. Not the name that a person signs in \
                 with.",
            ),
            field(
                SECRET,
                "Secret",
                true,
                true,
                "The API user's Password (Secret), shown when it is generated.",
            ),
            field(
                INTEGRATION_CODE,
                "Tracking identifier",
                true,
                false,
                "Only where the API user's tracking identifier is \"Custom (Internal Integration)\": the identifier that \
                 Autotask shows there. Leave it empty where this product is chosen as the integration vendor.",
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
            "security_level",
            "Make a security level for the bridge",
            "Admin › Organization Settings & Users › Resources/Users (HR) › Security › Security Levels. Copy \
             \"API User (system) (API-only)\", name the copy, and set:\n\
             CRM, Organizations: View All.\n\
             Service Desk, Tickets: View All, Add Yes, Edit All.\n\
             Service Desk, Ticket Notes: View All, Add Yes.\n\
             Contracts, Contracts: View All, Edit Yes, and Contract Visibility not limited, for seat counts; tickets work \
             without.\n\
             Web Services API: can log in to the Web Services API.\n\
             Not required to change password: ticked, so that the secret does not expire.\n\
             The system's own level works as well, and allows more than the bridge needs.",
        ),
        (
            "user",
            "Make an API user",
            "Admin › Organization Settings & Users › Resources/Users (HR) › Resources/Users › New › New API User. It is \
             free of charge.\n\
             Security Level: the level of the step before.\n\
             Generate Key, then Generate Secret, and copy both.\n\
             E-mail address: one that is read, since Autotask writes to it when the user is locked.",
        ),
        (
            "vendor",
            "Choose the integration vendor",
            "On the same page, under API Tracking Identifier, choose Integration Vendor and this product in the list. Where \
             it is not in the list, choose \"Custom (Internal Integration)\" and copy the tracking identifier. Save.",
        ),
        (
            "category",
            "Look at the ticket categories",
            "Admin › Features & Settings › Service Desk › Ticket Categories. What a category requires of a ticket holds for \
             the bridge too: choose a category for its tickets whose required fields it can fill, with defaults for the \
             rest. The test ticket shows what is missing.",
        ),
        (
            "connect",
            "Connect",
            "Enter the user name (key) and the secret. A new API user can take five minutes to work. The check then lists \
             whatever is missing.",
        ),
    ]
    .into_iter()
    .map(|(id, title, text)| GuideStep { id: id.to_owned(), title: title.to_owned(), text: text.to_owned() })
    .collect()
}
