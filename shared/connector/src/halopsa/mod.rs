//! HaloPSA and HaloITSM over their REST API (<https://halopsa.com/apidocs>).

mod guide;
mod site;

use crate::integrations::{ConnectorOptions, CredentialProblem, Credentials};
use crate::{
    Capabilities, CheckReport, Client, ClientId, License, NewNote, NewTicket, NoteId, Page, PsaConnector,
    PsaError, PsaErrorKind, PsaKind, Reference, TenantIdentity, Ticket, TicketForm, TicketId, Touched,
    Transport,
};
use async_trait::async_trait;
use jiff::Timestamp;
use site::Site;
use std::time::Duration;

pub(crate) use guide::integration;

/// Longest time that a ticket was seen to stay invisible after its create began, with a margin: HaloPSA's gateway gives
/// up after a minute while the request goes on behind it.
const SETTLE_TIME: Duration = Duration::from_secs(180);

pub(crate) fn capabilities(options: &ConnectorOptions) -> Capabilities {
    Capabilities {
        licenses: true,
        contract_services: false,
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
    site: Site,
    options: ConnectorOptions,
}

fn unfinished<T>(operation: &'static str) -> Result<T, PsaError> {
    Err(PsaError::new(PsaErrorKind::Protocol, operation, "Not built yet"))
}

impl HaloPsa {
    pub(crate) fn open(
        credentials: &Credentials,
        transport: &Transport,
        options: &ConnectorOptions,
    ) -> Result<Self, Vec<CredentialProblem>> {
        let site = Site::parse(credentials, transport.policy())?;
        Ok(Self { site, options: options.clone() })
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
        CheckReport::default()
    }
    async fn ping(&self) -> Result<(), PsaError> {
        unfinished("ping")
    }
    async fn tenant(&self) -> Result<TenantIdentity, PsaError> {
        unfinished("tenant")
    }
    async fn ticket_form(&self) -> Result<TicketForm, PsaError> {
        unfinished("ticket form")
    }
    async fn search_clients(&self, _search: &str, _after: Option<&str>) -> Result<Page<Client>, PsaError> {
        unfinished("search clients")
    }
    async fn client(&self, _id: &ClientId) -> Result<Option<Client>, PsaError> {
        unfinished("client")
    }
    async fn licenses(&self, _client: &ClientId) -> Result<Vec<License>, PsaError> {
        unfinished("licenses")
    }
    async fn create_ticket(&self, _ticket: &NewTicket) -> Result<TicketId, PsaError> {
        unfinished("create ticket")
    }
    async fn find_ticket(
        &self,
        _client: &ClientId,
        _reference: &Reference,
        _since: Timestamp,
    ) -> Result<Option<TicketId>, PsaError> {
        unfinished("find ticket")
    }
    async fn ticket(&self, _id: &TicketId) -> Result<Ticket, PsaError> {
        unfinished("ticket")
    }
    async fn touched(&self, _id: &TicketId) -> Result<Touched, PsaError> {
        unfinished("touched")
    }
    async fn add_note(&self, _ticket: &TicketId, _note: &NewNote) -> Result<NoteId, PsaError> {
        unfinished("add note")
    }
    async fn find_note(
        &self,
        _ticket: &TicketId,
        _reference: &Reference,
    ) -> Result<Option<NoteId>, PsaError> {
        unfinished("find note")
    }
    async fn set_status(&self, _ticket: &TicketId, _status: i64) -> Result<(), PsaError> {
        unfinished("set status")
    }
    fn ticket_url(&self, id: &TicketId) -> String {
        format!("{}/tickets?id={id}", self.site.portal)
    }
}
