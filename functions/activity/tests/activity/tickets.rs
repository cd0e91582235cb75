//! A PSA that is only asked where its tickets are seen.

use async_trait::async_trait;
use jiff::Timestamp;
use psa_bridge_core::{
    budget::Purpose,
    connection::Connection,
    ids::ConnectionId,
    ports::{ConnectorFactory, OpenError, VaultError},
};
use psa_connector::{
    Capabilities, CheckReport, Client, ClientId, Credentials, License, NewNote, NewTicket, NoteId, Page,
    PsaConnector, PsaError, PsaKind, Reference, TenantIdentity, Ticket, TicketForm, TicketId, Touched,
};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// Opens it, unless its credentials are to be missing.
#[derive(Debug, Default)]
pub(crate) struct Links {
    pub(crate) has_no_credentials: AtomicBool,
}

#[derive(Debug)]
struct Linker;

#[async_trait]
impl ConnectorFactory for Links {
    fn try_out(&self, _: PsaKind, _: &Credentials) -> Result<Arc<dyn PsaConnector>, OpenError> {
        Ok(Arc::new(Linker))
    }
    async fn open(&self, _: &Connection, _: Purpose) -> Result<Arc<dyn PsaConnector>, OpenError> {
        if self.has_no_credentials.load(Ordering::SeqCst) {
            return Err(VaultError::NotFound.into());
        }
        Ok(Arc::new(Linker))
    }
    fn retire(&self, _: &ConnectionId, _: u32) {}
}

#[async_trait]
impl PsaConnector for Linker {
    fn psa(&self) -> PsaKind {
        PsaKind::HaloPsa
    }
    fn ticket_url(&self, id: &TicketId) -> String {
        format!("https://psa.example/ticket?id={id}")
    }
    fn capabilities(&self) -> Capabilities {
        unreachable!("no call goes to the PSA")
    }
    async fn check(&self) -> CheckReport {
        unreachable!("no call goes to the PSA")
    }
    async fn ping(&self) -> Result<(), PsaError> {
        unreachable!("no call goes to the PSA")
    }
    async fn tenant(&self) -> Result<TenantIdentity, PsaError> {
        unreachable!("no call goes to the PSA")
    }
    async fn ticket_form(&self) -> Result<TicketForm, PsaError> {
        unreachable!("no call goes to the PSA")
    }
    async fn search_clients(&self, _: &str, _: Option<&str>) -> Result<Page<Client>, PsaError> {
        unreachable!("no call goes to the PSA")
    }
    async fn client(&self, _: &ClientId) -> Result<Option<Client>, PsaError> {
        unreachable!("no call goes to the PSA")
    }
    async fn licenses(&self, _: &ClientId) -> Result<Vec<License>, PsaError> {
        unreachable!("no call goes to the PSA")
    }
    async fn create_ticket(&self, _: &NewTicket) -> Result<TicketId, PsaError> {
        unreachable!("no call goes to the PSA")
    }
    async fn find_ticket(
        &self,
        _: &ClientId,
        _: &Reference,
        _: Timestamp,
    ) -> Result<Option<TicketId>, PsaError> {
        unreachable!("no call goes to the PSA")
    }
    async fn ticket(&self, _: &TicketId) -> Result<Ticket, PsaError> {
        unreachable!("no call goes to the PSA")
    }
    async fn touched(&self, _: &TicketId) -> Result<Touched, PsaError> {
        unreachable!("no call goes to the PSA")
    }
    async fn add_note(&self, _: &TicketId, _: &NewNote) -> Result<NoteId, PsaError> {
        unreachable!("no call goes to the PSA")
    }
    async fn find_note(&self, _: &TicketId, _: &Reference) -> Result<Option<NoteId>, PsaError> {
        unreachable!("no call goes to the PSA")
    }
    async fn set_status(&self, _: &TicketId, _: i64) -> Result<(), PsaError> {
        unreachable!("no call goes to the PSA")
    }
}
