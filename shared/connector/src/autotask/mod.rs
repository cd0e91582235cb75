//! Autotask PSA over its REST API (<https://ww1.autotask.net/help/DeveloperHelp/Content/APIs/REST/REST_API_Home.htm>).
//!
//! What shapes this connector: a create has no idempotency key, so it is sent once, carries our reference, and is looked
//! for when its answer is lost; refusals come as 500 with their reason in the body, so the body decides; API users get
//! locked, so refused credentials are never tried again by themselves; and what a tenant requires shows only in part in
//! its metadata, so a refusal is read for the field that it names.

mod account;
mod api;
mod check;
mod error;
mod fields;
mod form;
mod form_kinds;
mod guide;
mod memory;
mod model;
mod options;
mod render;
mod search;
mod seats;
mod session;
mod write;
mod zone;

use crate::integrations::{ConnectorOptions, CredentialProblem, Credentials};
use crate::{
    Capabilities, CheckReport, Client, ClientId, FieldValues, License, LicenseRef, NewNote, NewTicket,
    NoteId, Page, PsaConnector, PsaError, PsaErrorKind, PsaKind, Reference, SeatChange, SeatCount, SeatWrite,
    SectionName, TenantIdentity, Ticket, TicketForm, TicketId, TicketState, Touched, Transport,
};
use account::Account;
use async_trait::async_trait;
use jiff::Timestamp;
use jiff::civil::Date;
use model::{CompanyRow, TicketRow};
use session::Session;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use write::{company, ticket_id};

pub(crate) use guide::integration;
pub use memory::AutotaskMemory;
pub use options::AutotaskOptions;

/// Autotask publishes no limit for a create; this is twice what gateways wait, and a margin.
const SETTLE_TIME: Duration = Duration::from_mins(3);

/// How long the form may be used to complete new tickets before it is read anew.
const FORM_LIFE: Duration = Duration::from_mins(15);

/// The status that completes a ticket, the same in every tenant.
const COMPLETE: i64 = 5;

pub(crate) fn capabilities(options: &ConnectorOptions) -> Capabilities {
    Capabilities {
        licenses: false,
        contract_services: true,
        create_license: false,
        notes: true,
        reopen: true,
        touched: true,
        // Three for each kind of object, of all who use the same tracking identifier for the tenant: two for us.
        concurrency: 2,
        settle_time: options.settle_time.unwrap_or(SETTLE_TIME),
    }
}

/// One Autotask.
#[derive(Debug)]
pub(crate) struct Autotask {
    session: Session,
    options: ConnectorOptions,
    form: Mutex<Option<KnownForm>>,
}

#[derive(Debug)]
struct KnownForm {
    read_at: Timestamp,
    /// None where the API user may not read it.
    form: Option<Arc<TicketForm>>,
}

impl Autotask {
    pub(crate) fn open(
        credentials: &Credentials,
        transport: &Transport,
        options: &ConnectorOptions,
    ) -> Result<Self, Vec<CredentialProblem>> {
        let account = Account::parse(credentials, &options.autotask)?;
        let session = Session::new(account, transport, options);
        Ok(Self { session, options: options.clone(), form: Mutex::new(None) })
    }

    /// The form as it was a moment ago. One reading serves all who ask meanwhile.
    async fn recent_form(&self) -> Result<Option<Arc<TicketForm>>, PsaError> {
        let mut known = self.form.lock().await;
        let now = self.session.now();
        if let Some(known) = &*known
            && known.read_at.checked_add(FORM_LIFE).is_ok_and(|until| now < until)
        {
            return Ok(known.form.clone());
        }
        let form = match form::ticket_form(&self.session).await {
            Ok(form) => Some(Arc::new(form)),
            Err(error) if *error.kind() == PsaErrorKind::MissingPermission => {
                tracing::info!(%error, "Tickets are made of the settings alone: the form may not be read");
                None
            }
            Err(error) => return Err(error),
        };
        *known = Some(KnownForm { read_at: now, form: form.clone() });
        Ok(form)
    }

    async fn create(
        &self,
        ticket: &NewTicket,
        fields: &FieldValues,
        due: Option<Timestamp>,
    ) -> Result<TicketId, PsaError> {
        const OPERATION: &str = "create ticket";
        let body = write::ticket(OPERATION, ticket, fields, due)?;
        let id = api::create_ticket(&self.session, &body).await?;
        id.map(|id| TicketId::new(id.to_string())).ok_or_else(|| no_id(OPERATION))
    }
}

#[async_trait]
impl PsaConnector for Autotask {
    fn psa(&self) -> PsaKind {
        PsaKind::Autotask
    }

    fn capabilities(&self) -> Capabilities {
        capabilities(&self.options)
    }

    async fn check(&self) -> CheckReport {
        Box::pin(check::check(&self.session)).await
    }

    async fn ping(&self) -> Result<(), PsaError> {
        api::any_ticket(&self.session).await.map(drop)
    }

    /// The tenant's database. Needs a call with credentials, since anybody can ask where a user name lives.
    async fn tenant(&self) -> Result<TenantIdentity, PsaError> {
        match api::information(&self.session, api::TICKETS).await {
            // To be told that one may not is to be known.
            Err(error) if *error.kind() != PsaErrorKind::MissingPermission => return Err(error),
            Ok(_) | Err(_) => {}
        }
        let database = self.session.zone().await?.database.to_string();
        Ok(TenantIdentity { psa: PsaKind::Autotask, name: format!("Autotask {database}"), key: database })
    }

    async fn ticket_form(&self) -> Result<TicketForm, PsaError> {
        let form = form::ticket_form(&self.session).await?;
        let known = KnownForm { read_at: self.session.now(), form: Some(Arc::new(form.clone())) };
        *self.form.lock().await = Some(known);
        Ok(form)
    }

    async fn search_clients(&self, search: &str, after: Option<&str>) -> Result<Page<Client>, PsaError> {
        search::companies(&self.session, search, after).await
    }

    async fn client(&self, id: &ClientId) -> Result<Option<Client>, PsaError> {
        let row = api::company(&self.session, company("read company", id.as_str())?).await?;
        Ok(row.and_then(client))
    }

    /// The services of recurring-service contracts.
    async fn licenses(&self, client: &ClientId) -> Result<Vec<License>, PsaError> {
        seats::of_company(&self.session, company("list contracts", client.as_str())?).await
    }

    async fn seat_count(&self, license: &LicenseRef, effective: Date) -> Result<SeatCount, PsaError> {
        seats::count(&self.session, license, effective).await
    }

    async fn set_seat_count(&self, change: &SeatChange) -> Result<SeatWrite, PsaError> {
        seats::set(&self.session, change).await
    }

    /// The due date is sent where no service level agreement is known to set one. Where one might, Autotask is asked
    /// without it first, and gets it only when it says that it needs it.
    async fn create_ticket(&self, ticket: &NewTicket) -> Result<TicketId, PsaError> {
        let known = if write::needs_form(&ticket.fields) { self.recent_form().await? } else { None };
        let section = known.as_ref().and_then(|form| form.section(SectionName::Create));
        let fields = write::completed(&ticket.fields, section);
        let due = write::due("create ticket", &fields, self.session.now())?;
        let at_first = due.filter(|_| !write::sla_may_set_due(&fields, section));
        let made = self.create(ticket, &fields, at_first).await;
        match (made, due) {
            (Err(error), Some(due)) if at_first.is_none() && is_about_due_date(&error) => {
                self.create(ticket, &fields, Some(due)).await
            }
            (made, _) => made,
        }
    }

    async fn find_ticket(
        &self,
        client: &ClientId,
        reference: &Reference,
        since: Timestamp,
    ) -> Result<Option<TicketId>, PsaError> {
        search::ticket(&self.session, company("find ticket", client.as_str())?, reference, since).await
    }

    async fn ticket(&self, id: &TicketId) -> Result<Ticket, PsaError> {
        let row = api::ticket(&self.session, ticket_id("read ticket", id.as_str())?).await?;
        let Some(row) = row else { return Ok(Ticket::deleted(id.clone())) };
        let in_text = || crate::plain_text::reference_in(row.description.as_deref()?);
        Ok(Ticket {
            id: id.clone(),
            number: row.number().map(str::to_owned),
            client: row.company.filter(|id| *id >= 0).map(|id| ClientId::new(id.to_string())),
            reference: row.external_id().map(Reference::new).or_else(in_text),
            state: state(&row),
            status: row.status,
            created_at: row.create_date,
            title: row.title.unwrap_or_default(),
        })
    }

    async fn touched(&self, id: &TicketId) -> Result<Touched, PsaError> {
        let id = ticket_id("read ticket", id.as_str())?;
        let Some(row) = api::ticket(&self.session, id).await? else { return Ok(Touched::Unknown) };
        // The last activity alone shows a person, and what a note of ours has covered shows in the notes.
        match search::touched(&row, &[]) {
            Touched::Nobody => Ok(search::touched(&row, &api::notes(&self.session, id).await?)),
            touched => Ok(touched),
        }
    }

    async fn add_note(&self, ticket: &TicketId, note: &NewNote) -> Result<NoteId, PsaError> {
        const OPERATION: &str = "add note";
        let ticket = ticket_id(OPERATION, ticket.as_str())?;
        let body = write::note(OPERATION, ticket, note)?;
        let id = api::create_note(&self.session, ticket, &body).await?;
        id.map(|id| NoteId::new(id.to_string())).ok_or_else(|| no_id(OPERATION))
    }

    async fn find_note(&self, ticket: &TicketId, reference: &Reference) -> Result<Option<NoteId>, PsaError> {
        let notes = api::notes(&self.session, ticket_id("find note", ticket.as_str())?).await?;
        let ours = notes.iter().filter(|note| {
            let mut texts = [&note.description, &note.title].into_iter().flatten();
            texts.any(|text| crate::plain_text::mentions(text, reference))
        });
        // Later ones quote it.
        Ok(ours.filter_map(|note| note.id).min().map(|id| NoteId::new(id.to_string())))
    }

    /// A change that Autotask accepts can be undone by a tenant's workflow rule, so it is read back.
    async fn set_status(&self, ticket: &TicketId, status: i64) -> Result<(), PsaError> {
        const OPERATION: &str = "set ticket status";
        let id = ticket_id(OPERATION, ticket.as_str())?;
        api::set_status(&self.session, id, status).await?;
        let Some(row) = api::ticket(&self.session, id).await? else {
            return Err(PsaError::new(PsaErrorKind::NotFound, OPERATION, "The ticket is gone"));
        };
        if row.status == Some(status) {
            return Ok(());
        }
        let kind = PsaErrorKind::Rejected { field: Some("status".to_owned()) };
        let detail = format!("Autotask answered with success and left the status at {:?}", row.status);
        Err(PsaError::new(kind, OPERATION, detail))
    }

    fn ticket_url(&self, id: &TicketId) -> String {
        self.session.ticket_url(id.as_str())
    }
}

fn client(row: CompanyRow) -> Option<Client> {
    Some(Client {
        id: ClientId::new(row.id.filter(|id| *id >= 0)?.to_string()),
        name: row.company_name.unwrap_or_default(),
        active: row.is_active != Some(false),
    })
}

/// A merged ticket is complete, and nothing on it names the other.
fn state(row: &TicketRow) -> TicketState {
    let complete = row.status.map_or(row.completed_date.is_some(), |status| status == COMPLETE);
    if complete { TicketState::Closed } else { TicketState::Open }
}

fn is_about_due_date(error: &PsaError) -> bool {
    *error.kind() == PsaErrorKind::Rejected { field: Some(write::DUE.to_owned()) }
}

fn no_id(operation: &'static str) -> PsaError {
    PsaError::new(PsaErrorKind::OutcomeUnknown, operation, "The answer holds no id of what was made")
}

#[cfg(test)]
mod tests;
