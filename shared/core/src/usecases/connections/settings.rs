//! The partner's choices for tickets, checked against what the tenant's tickets take before they are kept.

use super::{Connections, ConnectionsError, contact};
use crate::{
    budget::Purpose,
    catalogue::Language,
    connection::{Connection, ConnectionChange, Settings},
    ids::{ConnectionId, PartnerId},
    life_cycle::LifeCycle,
    ports::{Actor, StoreError},
    seats::{SeatMode, SeatSettings},
    usecases::leg::{Leg, every_connection},
};
use jiff::Timestamp;
use psa_connector::{Capabilities, FieldProblem, FieldValues, PsaConnector, SectionName, TicketForm};
use tracing::warn;

/// What a partner saves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SaveSettings {
    /// Fields of a new ticket, by the PSA's name of them.
    pub ticket: FieldValues,
    /// Fields of a note.
    pub note: FieldValues,
    /// Fields of a ticket that is resolved.
    pub resolve: FieldValues,
    /// Fields of a ticket that is opened again.
    pub reopen: FieldValues,
    /// Whether the seat count is written to the PSA: the short form of `seats`.
    pub sync_seats: bool,
    /// When and how seat counts are written; by the short form, where none.
    pub seats: Option<SeatSettings>,
    /// What becomes of repeats, recoveries, relapses and storms.
    pub life_cycle: LifeCycle,
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
        self.form_of(&connection, connector.as_ref()).await
    }

    /// What the tenant says that its tickets take, and what its refusals have shown.
    async fn form_of(
        &self,
        connection: &Connection,
        connector: &dyn PsaConnector,
    ) -> Result<TicketForm, ConnectionsError> {
        let mut form = self.in_time("ticket form", connector.ticket_form()).await?;
        form.require(SectionName::Create, &connection.revealed_fields);
        Ok(form)
    }

    /// The daily check: holds the settings of live connections against what their tenants take now, from that place on
    /// until it is `until`. One connection's trouble is logged and does not keep the others from being checked.
    pub async fn compare_connections(
        &self,
        after: Option<&str>,
        until: Timestamp,
        actor: &Actor,
    ) -> Result<Leg, StoreError> {
        let by = (&*self.store, &*self.clock);
        every_connection(by, after, until, |connection| async move {
            let compared = self.compare_settings(&connection, actor).await;
            if let Err(error) = &compared {
                warn!(connection = %connection.id, ?error, "Could not hold the settings against the form");
            }
            compared.is_ok()
        })
        .await
    }

    async fn compare_settings(&self, connection: &Connection, actor: &Actor) -> Result<(), ConnectionsError> {
        let Some(settings) = &connection.settings else { return Ok(()) };
        let connector = self.connectors.open(connection, Purpose::Worker).await?;
        let form = self.form_of(connection, connector.as_ref()).await?;
        let problems = settings.problems(&form);
        if problems == connection.unfit_settings {
            return Ok(());
        }
        warn!(connection = %connection.id, ?problems, "What the tenant takes has changed");
        let change = ConnectionChange::SettingsCompared { problems };
        self.change(&connection.partner, &connection.id, change, actor).await.map(drop)
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
        let form = self.form_of(&connection, connector.as_ref()).await?;
        let wish = SaveSettings { emergency_contact: entered(wish.emergency_contact), ..wish };
        let mut problems = wish.settings().problems(&form);
        problems.extend(other_problems(&wish, connector.capabilities(), &connection));
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
        let settings = wish.settings();
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

impl SaveSettings {
    fn settings(&self) -> Settings {
        Settings {
            ticket: self.ticket.clone(),
            note: self.note.clone(),
            resolve: self.resolve.clone(),
            reopen: self.reopen.clone(),
            sync_seats: self.sync_seats,
            seats: self.seats.clone(),
            life_cycle: self.life_cycle,
        }
    }
}

fn entered(contact: Option<String>) -> Option<String> {
    contact.map(|contact| contact.trim().to_owned()).filter(|contact| !contact.is_empty())
}

/// Everything that does not fit and is no field of a ticket.
fn other_problems(
    wish: &SaveSettings,
    capabilities: Capabilities,
    connection: &Connection,
) -> Vec<FieldProblem> {
    let mut problems = Vec::new();
    problems.extend(seat_problems(wish, capabilities));
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

fn seat_problems(wish: &SaveSettings, capabilities: Capabilities) -> Vec<FieldProblem> {
    let mut problems = Vec::new();
    let has_place = capabilities.licenses || capabilities.contract_services;
    if !has_place && wish.settings().seats().mode != SeatMode::Off {
        let field = if wish.seats.is_some() { "seats.mode" } else { "sync_seats" };
        let message = "This PSA has no place for seat counts: switch their sync off.";
        problems.push(problem(field, "not_supported", message));
    }
    let Some(seats) = &wish.seats else { return problems };
    if seats.max_drop_percent > 100 {
        let message = "This is a share: 0 to 100 percent.";
        problems.push(problem("seats.max_drop_percent", "out_of_range", message));
    }
    if seats.product.as_ref().is_some_and(|product| product.trim().is_empty() || product.len() > 256) {
        let message = "Name a product as the vendor's events do, in 1 to 256 bytes, or leave it out.";
        problems.push(problem("seats.product", "malformed", message));
    }
    problems
}

fn problem(field: &str, code: &str, message: &str) -> FieldProblem {
    FieldProblem { field: field.to_owned(), code: code.to_owned(), message: message.to_owned() }
}
