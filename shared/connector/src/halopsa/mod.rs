//! HaloPSA and HaloITSM over their REST API (<https://halopsa.com/apidocs>).
//!
//! What shapes this connector: a create has no idempotency key, so it is sent once, carries our reference, and is looked
//! for when its answer is lost; numbers of tickets are allocated by a race, so creates go one at a time; and a missing
//! right can look like an expired token, an empty list or a refusal, so no answer is taken at its word.

mod api;
mod check;
mod error;
mod form;
mod guide;
mod lenient;
mod model;
mod render;
mod search;
mod seats;
mod session;
mod site;
mod token;
mod write;

use crate::integrations::{ConnectorOptions, CredentialProblem, Credentials};
use crate::{
    Capabilities, CheckReport, Client, ClientId, License, LicenseDraft, LicenseRef, NewNote, NewTicket,
    NoteId, Page, PsaConnector, PsaError, PsaErrorKind, PsaKind, Reference, SeatChange, SeatCount, SeatWrite,
    TenantIdentity, Ticket, TicketForm, TicketId, TicketState, Touched, Transport,
};
use async_trait::async_trait;
use jiff::Timestamp;
use jiff::civil::Date;
use model::{ClientRow, TicketRow};
use session::Session;
use site::Site;
use std::time::Duration;
use tokio::sync::{Mutex, OnceCell};
use write::number;

pub(crate) use guide::integration;

/// HaloPSA's gateway gives up on a request after about a minute while the request goes on behind it; this leaves the
/// database as long again, and a margin.
const SETTLE_TIME: Duration = Duration::from_mins(3);

pub(crate) fn capabilities(options: &ConnectorOptions) -> Capabilities {
    Capabilities {
        licenses: true,
        contract_services: false,
        create_license: true,
        notes: true,
        reopen: true,
        touched: true,
        concurrency: 4,
        settle_time: options.settle_time.unwrap_or(SETTLE_TIME),
    }
}

/// One HaloPSA.
#[derive(Debug)]
pub(crate) struct HaloPsa {
    session: Session,
    options: ConnectorOptions,
    /// Held while a ticket is made: parallel creates fail in HaloPSA's database.
    creating: Mutex<()>,
    /// The agent that the application acts as, once it is known.
    own_agent: OnceCell<Option<i64>>,
}

impl HaloPsa {
    pub(crate) fn open(
        credentials: &Credentials,
        transport: &Transport,
        options: &ConnectorOptions,
    ) -> Result<Self, Vec<CredentialProblem>> {
        let site = Site::parse(credentials, transport.policy())?;
        Ok(Self {
            session: Session::new(site, transport.clone(), options.page_size),
            options: options.clone(),
            creating: Mutex::new(()),
            own_agent: OnceCell::new(),
        })
    }

    /// A ticket that a right hides, or none, when it is gone.
    async fn ticket_row(&self, id: &TicketId) -> Result<Option<TicketRow>, PsaError> {
        match api::ticket(&self.session, number("read ticket", "ticket", id.as_str())?).await {
            Ok(row) if row.real_id().is_some() && row.deleted != Some(true) => Ok(Some(row)),
            Ok(_) => Ok(None),
            Err(error) if *error.kind() == PsaErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// `hasbeenclosed` is what others rely on; whether it ever comes off after a reopening is not told, so a mark
    /// without a date is held against the status.
    async fn state(&self, row: &TicketRow) -> Result<TicketState, PsaError> {
        if let Some(into) = row.merged_into_id.filter(|into| *into > 0 && Some(*into) != row.id) {
            return Ok(TicketState::Merged(TicketId::new(into.to_string())));
        }
        let closed = match (row.hasbeenclosed, row.dateclosed, row.status_id) {
            (Some(true), None, Some(status)) => {
                form::closing_statuses(&self.session).await?.contains(&status)
            }
            (Some(mark), _, _) => mark,
            (None, Some(_), _) => true,
            (None, None, Some(status)) => form::closing_statuses(&self.session).await?.contains(&status),
            (None, None, None) => false,
        };
        Ok(if closed { TicketState::Closed } else { TicketState::Open })
    }
}

#[async_trait]
impl PsaConnector for HaloPsa {
    fn psa(&self) -> PsaKind {
        PsaKind::HaloPsa
    }

    fn capabilities(&self) -> Capabilities {
        capabilities(&self.options)
    }

    async fn check(&self) -> CheckReport {
        check::check(&self.session).await
    }

    async fn ping(&self) -> Result<(), PsaError> {
        api::any_ticket(&self.session).await.map(drop)
    }

    /// The resource server and the tenant: on shared servers the address alone names no database. Needs a token, since
    /// an address that anybody can enter proves nothing.
    async fn tenant(&self) -> Result<TenantIdentity, PsaError> {
        self.session.token().await?;
        let server = self.session.server().await?;
        let site = &self.session.site;
        let address = site.portal.split_once("://").map_or(site.portal.as_str(), |(_, address)| address);
        let tenant = site.tenant.as_ref().or(server.tenant.as_ref()).map(|tenant| tenant.to_lowercase());
        Ok(TenantIdentity {
            psa: PsaKind::HaloPsa,
            key: format!("{}|{}", address.to_lowercase(), tenant.unwrap_or_default()),
            name: address.to_owned(),
        })
    }

    async fn ticket_form(&self) -> Result<TicketForm, PsaError> {
        form::ticket_form(&self.session).await
    }

    async fn search_clients(&self, search: &str, after: Option<&str>) -> Result<Page<Client>, PsaError> {
        search::clients(&self.session, search, after).await
    }

    async fn client(&self, id: &ClientId) -> Result<Option<Client>, PsaError> {
        let wanted = number("read client", "client_id", id.as_str())?;
        let row = match api::client(&self.session, wanted).await {
            Ok(row) => row,
            Err(error) if *error.kind() == PsaErrorKind::NotFound => None,
            // Some tenants show the list and refuse the detail page.
            Err(error) if *error.kind() == PsaErrorKind::MissingPermission => {
                api::all_clients(&self.session).await?.into_iter().find(|row| row.id == Some(wanted))
            }
            Err(error) => return Err(error),
        };
        Ok(row.and_then(client))
    }

    async fn licenses(&self, client: &ClientId) -> Result<Vec<License>, PsaError> {
        seats::of_client(&self.session, number("list licences", "client_id", client.as_str())?).await
    }

    async fn create_license(&self, client: &ClientId, draft: &LicenseDraft) -> Result<License, PsaError> {
        let _one_at_a_time = self.creating.lock().await;
        seats::create(&self.session, client, draft).await
    }

    /// A licence holds one count, whatever the day.
    async fn seat_count(&self, license: &LicenseRef, _effective: Date) -> Result<SeatCount, PsaError> {
        seats::count(&self.session, license).await
    }

    async fn set_seat_count(&self, change: &SeatChange) -> Result<SeatWrite, PsaError> {
        seats::set(&self.session, change).await
    }

    async fn create_ticket(&self, ticket: &NewTicket) -> Result<TicketId, PsaError> {
        const OPERATION: &str = "create ticket";
        let body = write::ticket(OPERATION, ticket)?;
        let _one_at_a_time = self.creating.lock().await;
        let row = api::create_ticket(&self.session, body).await?;
        row.and_then(|row| row.real_id()).map(|id| TicketId::new(id.to_string())).ok_or_else(|| {
            PsaError::new(PsaErrorKind::OutcomeUnknown, OPERATION, "The answer holds no ticket with an id")
        })
    }

    async fn find_ticket(
        &self,
        client: &ClientId,
        reference: &Reference,
        since: Timestamp,
    ) -> Result<Option<TicketId>, PsaError> {
        let client = number("find ticket", "client_id", client.as_str())?;
        search::ticket(&self.session, client, reference, since).await
    }

    async fn ticket(&self, id: &TicketId) -> Result<Ticket, PsaError> {
        let Some(row) = self.ticket_row(id).await? else { return Ok(Ticket::deleted(id.clone())) };
        let state = self.state(&row).await?;
        let in_text = || row.texts().find_map(render::reference_in);
        Ok(Ticket {
            id: id.clone(),
            number: Some(id.to_string()),
            client: row.client_id.filter(|id| *id > 0).map(|id| ClientId::new(id.to_string())),
            reference: row.third_party().map(Reference::new).or_else(in_text),
            state,
            status: row.status_id,
            created_at: row.dateoccurred,
            title: row.summary.unwrap_or_default(),
        })
    }

    async fn touched(&self, id: &TicketId) -> Result<Touched, PsaError> {
        let ticket = number("list actions", "ticket", id.as_str())?;
        let own_agent = *self
            .own_agent
            .get_or_try_init(|| async {
                match api::me(&self.session).await {
                    Ok(me) => Ok(me.and_then(|me| me.agent_id())),
                    // Without the right to know who we are, nobody's work can be told from ours.
                    Err(error) if *error.kind() == PsaErrorKind::MissingPermission => Ok(None),
                    Err(error) if *error.kind() == PsaErrorKind::NotFound => Ok(None),
                    Err(error) => Err(error),
                }
            })
            .await?;
        let actions = api::actions(&self.session, ticket).await?;
        Ok(search::touched(&actions, own_agent, &self.session.site.client_id))
    }

    async fn add_note(&self, ticket: &TicketId, note: &NewNote) -> Result<NoteId, PsaError> {
        const OPERATION: &str = "add note";
        let ticket = number(OPERATION, "ticket", ticket.as_str())?;
        let body = write::note(OPERATION, ticket, note)?;
        let row = api::create_action(&self.session, body).await?;
        row.and_then(|row| row.id).filter(|id| *id > 0).map(|id| NoteId::new(id.to_string())).ok_or_else(
            || {
                PsaError::new(
                    PsaErrorKind::OutcomeUnknown,
                    OPERATION,
                    "The answer holds no action with an id",
                )
            },
        )
    }

    async fn find_note(&self, ticket: &TicketId, reference: &Reference) -> Result<Option<NoteId>, PsaError> {
        let actions = api::actions(&self.session, number("find note", "ticket", ticket.as_str())?).await?;
        let ours =
            actions.iter().filter(|action| action.texts().any(|text| render::mentions(text, reference)));
        // Later ones quote it.
        Ok(ours.filter_map(|action| action.id).min().map(|id| NoteId::new(id.to_string())))
    }

    async fn set_status(&self, ticket: &TicketId, status: i64) -> Result<(), PsaError> {
        const OPERATION: &str = "set ticket status";
        let id = number(OPERATION, "ticket", ticket.as_str())?;
        api::set_status(&self.session, id, status).await?;
        let Some(row) = self.ticket_row(ticket).await? else {
            return Err(PsaError::new(PsaErrorKind::NotFound, OPERATION, "The ticket is gone"));
        };
        if row.status_id == Some(status) {
            return Ok(());
        }
        let kind = PsaErrorKind::Rejected { field: Some("status_id".to_owned()) };
        let detail = format!("HaloPSA answered with success and left the status at {:?}", row.status_id);
        Err(PsaError::new(kind, OPERATION, detail))
    }

    fn ticket_url(&self, id: &TicketId) -> String {
        format!("{}/tickets?id={id}", self.session.site.portal)
    }
}

fn client(row: ClientRow) -> Option<Client> {
    Some(Client {
        id: ClientId::new(row.id.filter(|id| *id > 0)?.to_string()),
        name: row.name.unwrap_or_default(),
        active: row.inactive != Some(true),
    })
}
