//! The partner's choices for tickets, checked against what the tenant's tickets take before they are kept.

use super::{Connections, ConnectionsError, contact};
use crate::{
    catalogue::Language,
    connection::{Connection, ConnectionChange, Settings},
    ids::{ConnectionId, PartnerId},
    ports::Actor,
};
use psa_connector::{Capabilities, FieldProblem, FieldValues, SectionName, TicketForm};

/// What a partner saves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SaveSettings {
    /// Fields of a new ticket, by the PSA's name of them.
    pub ticket: FieldValues,
    /// Whether the seat count is written to the PSA.
    pub sync_seats: bool,
    /// The language of tickets and mails; as it is, where none.
    pub language: Option<Language>,
    /// Who is written to when the connection stops working. Needed to confirm, and from then on.
    pub emergency_contact: Option<String>,
}

impl Connections {
    /// What this tenant's tickets take.
    pub async fn ticket_form(
        &self,
        partner: &PartnerId,
        id: &ConnectionId,
    ) -> Result<TicketForm, ConnectionsError> {
        let connection = self.usable(partner, id).await?;
        let connector = self.open(&connection).await?;
        Ok(self.in_time("ticket form", connector.ticket_form()).await?)
    }

    /// Keeps the partner's choices, if the tenant's tickets take them all.
    pub async fn save_settings(
        &self,
        partner: &PartnerId,
        id: &ConnectionId,
        wish: SaveSettings,
        actor: &Actor,
    ) -> Result<Connection, ConnectionsError> {
        let connection = self.usable(partner, id).await?;
        let connector = self.open(&connection).await?;
        let form = self.in_time("ticket form", connector.ticket_form()).await?;
        let wish = SaveSettings { emergency_contact: entered(wish.emergency_contact), ..wish };
        let problems = problems(&wish, &form, connector.capabilities(), &connection);
        if !problems.is_empty() {
            return Err(ConnectionsError::InvalidSettings(problems));
        }
        let saved = self.save_changed(connection, wish, actor).await?;
        if saved.is_live() {
            // Missing settings may have held deliveries.
            self.ring_or_leave_to_sweep(id).await;
        }
        Ok(saved)
    }

    /// Drops the choices for tickets and seats. Connection, contact and language stay.
    pub async fn reset_settings(
        &self,
        partner: &PartnerId,
        id: &ConnectionId,
        actor: &Actor,
    ) -> Result<Connection, ConnectionsError> {
        let connection = self.usable(partner, id).await?;
        if connection.settings.is_none() {
            return Ok(connection);
        }
        self.change(partner, id, ConnectionChange::SettingsReset, actor).await
    }

    async fn save_changed(
        &self,
        mut connection: Connection,
        wish: SaveSettings,
        actor: &Actor,
    ) -> Result<Connection, ConnectionsError> {
        let (partner, id) = (connection.partner.clone(), connection.id.clone());
        let language = wish.language.unwrap_or(connection.language);
        let settings = Settings { ticket: wish.ticket, sync_seats: wish.sync_seats };
        if connection.emergency_contact != wish.emergency_contact || connection.language != language {
            let change =
                ConnectionChange::ContactSaved { emergency_contact: wish.emergency_contact, language };
            connection = self.change(&partner, &id, change, actor).await?;
        }
        if connection.settings.as_ref() != Some(&settings) {
            connection = self.change(&partner, &id, ConnectionChange::SettingsSaved(settings), actor).await?;
        }
        Ok(connection)
    }
}

fn entered(contact: Option<String>) -> Option<String> {
    contact.map(|contact| contact.trim().to_owned()).filter(|contact| !contact.is_empty())
}

/// Everything that does not fit, each with its path in what was to be saved.
fn problems(
    wish: &SaveSettings,
    form: &TicketForm,
    capabilities: Capabilities,
    connection: &Connection,
) -> Vec<FieldProblem> {
    let mut problems = form.problems(SectionName::Create, &wish.ticket);
    for problem in &mut problems {
        problem.field = format!("ticket.{}", problem.field);
    }
    if wish.sync_seats && !capabilities.licenses && !capabilities.contract_services {
        let message = "This PSA has no place for seat counts: switch their sync off.";
        problems.push(problem("sync_seats", "not_supported", message));
    }
    match &wish.emergency_contact {
        Some(address) if !contact::is_address(address) => {
            let message = "This is not one e-mail address. It looks like noc@example.com.";
            problems.push(problem("emergency_contact", "malformed", message));
        }
        None if connection.is_live() => {
            let message = "A live connection needs somebody to write to: enter an e-mail address.";
            problems.push(problem("emergency_contact", "required", message));
        }
        Some(_) | None => {}
    }
    problems
}

fn problem(field: &str, code: &str, message: &str) -> FieldProblem {
    FieldProblem { field: field.to_owned(), code: code.to_owned(), message: message.to_owned() }
}
