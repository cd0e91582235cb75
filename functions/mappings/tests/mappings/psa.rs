//! A PSA with the clients and licences that a test gives it.

use async_trait::async_trait;
use jiff::Timestamp;
use psa_bridge_core::{
    budget::Purpose,
    connection::Connection,
    ids::ConnectionId,
    ports::{ConnectorFactory, OpenError},
};
use psa_connector::{
    Capabilities, CheckReport, Client, ClientId, Credentials, License, LicenseId, NewNote, NewTicket, NoteId,
    Page, PsaConnector, PsaError, PsaErrorKind, PsaKind, Reference, TenantIdentity, Ticket, TicketForm,
    TicketId, Touched,
};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

#[derive(Debug, Default)]
pub(crate) struct Books {
    pub(crate) clients: Vec<Client>,
    pub(crate) licenses: Vec<(ClientId, License)>,
    pub(crate) has_no_licenses: bool,
    pub(crate) fails_with: Option<PsaErrorKind>,
    pub(crate) calls: Vec<String>,
}

/// The PSA, and the factory that opens it.
#[derive(Clone, Debug, Default)]
pub(crate) struct FakePsa(pub(crate) Arc<Mutex<Books>>);

pub(crate) fn client(id: &str, name: &str) -> Client {
    Client { id: ClientId::new(id), name: name.to_owned(), active: true }
}

impl FakePsa {
    pub(crate) fn with(&self, change: impl FnOnce(&mut Books)) {
        change(&mut self.0.lock().unwrap());
    }

    pub(crate) fn add_license(&self, client: &str, license: &str) {
        let license = License {
            id: LicenseId::new(license),
            name: format!("Licence {license}"),
            count: 5,
            active: true,
        };
        self.with(|books| books.licenses.push((ClientId::new(client), license)));
    }

    /// What was asked since the last time.
    pub(crate) fn calls(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap().calls)
    }

    fn call<T>(&self, call: String, answer: impl FnOnce(&Books) -> T) -> Result<T, PsaError> {
        let mut books = self.0.lock().unwrap();
        books.calls.push(call);
        match &books.fails_with {
            Some(kind) => Err(PsaError::new(kind.clone(), "call", "as the test wants it")),
            None => Ok(answer(&books)),
        }
    }
}

#[async_trait]
impl ConnectorFactory for FakePsa {
    fn try_out(&self, _: PsaKind, _: &Credentials) -> Result<Arc<dyn PsaConnector>, OpenError> {
        Ok(Arc::new(self.clone()))
    }
    async fn open(&self, _: &Connection, _: Purpose) -> Result<Arc<dyn PsaConnector>, OpenError> {
        Ok(Arc::new(self.clone()))
    }
    fn retire(&self, _: &ConnectionId, _: u32) {}
}

#[async_trait]
impl PsaConnector for FakePsa {
    fn psa(&self) -> PsaKind {
        PsaKind::HaloPsa
    }
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            licenses: !self.0.lock().unwrap().has_no_licenses,
            contract_services: false,
            notes: true,
            reopen: true,
            touched: true,
            concurrency: 2,
            settle_time: Duration::from_mins(3),
        }
    }
    async fn search_clients(&self, search: &str, after: Option<&str>) -> Result<Page<Client>, PsaError> {
        const PAGE: usize = 10;
        let start: usize = after.map_or(0, |after| after.parse().unwrap());
        self.call(format!("search {search:?} from {start}"), |books| {
            let search = search.to_lowercase();
            let found =
                books.clients.iter().filter(|it| it.active && it.name.to_lowercase().contains(&search));
            let mut items: Vec<Client> = found.skip(start).take(PAGE + 1).cloned().collect();
            let next = (items.len() > PAGE).then(|| (start + PAGE).to_string());
            items.truncate(PAGE);
            Page { items, next }
        })
    }
    async fn client(&self, id: &ClientId) -> Result<Option<Client>, PsaError> {
        self.call(format!("client {id}"), |books| books.clients.iter().find(|it| it.id == *id).cloned())
    }
    async fn licenses(&self, client: &ClientId) -> Result<Vec<License>, PsaError> {
        self.call(format!("licences of {client}"), |books| {
            let own = books.licenses.iter().filter(|(owner, _)| owner == client);
            own.map(|(_, license)| license.clone()).collect()
        })
    }
    fn ticket_url(&self, id: &TicketId) -> String {
        format!("https://psa.example/{id}")
    }
    async fn check(&self) -> CheckReport {
        unreachable!("mappings need no check")
    }
    async fn ping(&self) -> Result<(), PsaError> {
        unreachable!("mappings need no ping")
    }
    async fn tenant(&self) -> Result<TenantIdentity, PsaError> {
        unreachable!("mappings need no tenant")
    }
    async fn ticket_form(&self) -> Result<TicketForm, PsaError> {
        unreachable!("mappings need no form")
    }
    async fn create_ticket(&self, _: &NewTicket) -> Result<TicketId, PsaError> {
        unreachable!("mappings make no ticket")
    }
    async fn find_ticket(
        &self,
        _: &ClientId,
        _: &Reference,
        _: Timestamp,
    ) -> Result<Option<TicketId>, PsaError> {
        unreachable!("mappings look for no ticket")
    }
    async fn ticket(&self, _: &TicketId) -> Result<Ticket, PsaError> {
        unreachable!("mappings read no ticket")
    }
    async fn touched(&self, _: &TicketId) -> Result<Touched, PsaError> {
        unreachable!("mappings read no ticket")
    }
    async fn add_note(&self, _: &TicketId, _: &NewNote) -> Result<NoteId, PsaError> {
        unreachable!("mappings add no note")
    }
    async fn find_note(&self, _: &TicketId, _: &Reference) -> Result<Option<NoteId>, PsaError> {
        unreachable!("mappings look for no note")
    }
    async fn set_status(&self, _: &TicketId, _: i64) -> Result<(), PsaError> {
        unreachable!("mappings set no status")
    }
}
