//! A PSA with the clients, licences and tickets that a test gives it, for what only reads.

use async_trait::async_trait;
use jiff::{Timestamp, civil::Date};
use psa_bridge_core::{
    budget::Purpose,
    connection::Connection,
    ids::ConnectionId,
    ports::{ConnectorFactory, OpenError, VaultError},
};
use psa_connector::{
    Capabilities, CheckReport, Client, ClientId, Credentials, License, LicenseDraft, LicenseId,
    LicenseRecord, LicenseRef, NewNote, NewTicket, NoteId, Page, PsaConnector, PsaError, PsaErrorKind,
    PsaKind, Reference, SeatBasis, SeatChange, SeatCount, SeatWrite, TenantIdentity, Ticket, TicketForm,
    TicketId, Touched,
};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

/// What is in it, and how it behaves.
#[derive(Debug, Default)]
pub struct Books {
    /// Its clients, in the order in which they are listed.
    pub clients: Vec<Client>,
    /// Licences, each with its client.
    pub licenses: Vec<(ClientId, License)>,
    /// Its tickets; any other is deleted.
    pub tickets: Vec<Ticket>,
    /// Tickets whose reading fails so.
    pub unreadable: Vec<(TicketId, PsaErrorKind)>,
    /// Tickets that are asked for and never answered.
    pub unanswered: Vec<TicketId>,
    /// Whether it knows no licences.
    pub has_no_licenses: bool,
    /// Whether the vault has lost its credentials.
    pub has_no_credentials: bool,
    /// Whether a call fails the test.
    pub is_closed: bool,
    /// What every call is answered with.
    pub fails_with: Option<PsaErrorKind>,
    /// For whom it was opened last.
    pub opened_for: Option<Purpose>,
    calls: Vec<String>,
}

/// The PSA, and the factory that opens it.
#[derive(Clone, Debug, Default)]
pub struct BookPsa(Arc<Mutex<Books>>);

/// An active client.
pub fn client(id: &str, name: &str) -> Client {
    Client { id: ClientId::new(id), name: name.to_owned(), active: true }
}

impl BookPsa {
    /// A PSA that knows where its tickets are seen, and whose test fails when it is called.
    pub fn closed() -> Self {
        let psa = Self::default();
        psa.with(|books| books.is_closed = true);
        psa
    }

    /// Changes what is in it.
    pub fn with(&self, change: impl FnOnce(&mut Books)) {
        change(&mut self.0.lock().unwrap());
    }

    /// A licence of the client, for five seats.
    pub fn add_license(&self, client: &str, license: &str) {
        let license = License {
            id: LicenseId::new(license),
            name: format!("Licence {license}"),
            count: 5,
            active: true,
        };
        self.with(|books| books.licenses.push((ClientId::new(client), license)));
    }

    /// What was asked since the last time.
    pub fn calls(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap().calls)
    }

    fn with_answer<T>(&self, answer: impl FnOnce(&mut Books) -> T) -> T {
        answer(&mut self.0.lock().unwrap())
    }

    fn call<T>(&self, call: String, answer: impl FnOnce(&Books) -> T) -> Result<T, PsaError> {
        let mut books = self.0.lock().unwrap();
        assert!(!books.is_closed, "nothing is to be asked of the PSA: {call}");
        books.calls.push(call);
        match &books.fails_with {
            Some(kind) => Err(PsaError::new(kind.clone(), "call", "as the test wants it")),
            None => Ok(answer(&books)),
        }
    }
}

#[async_trait]
impl ConnectorFactory for BookPsa {
    fn try_out(&self, _: PsaKind, _: &Credentials) -> Result<Arc<dyn PsaConnector>, OpenError> {
        Ok(Arc::new(self.clone()))
    }
    async fn open(&self, _: &Connection, purpose: Purpose) -> Result<Arc<dyn PsaConnector>, OpenError> {
        let mut books = self.0.lock().unwrap();
        if books.has_no_credentials {
            return Err(VaultError::NotFound.into());
        }
        books.opened_for = Some(purpose);
        drop(books);
        Ok(Arc::new(self.clone()))
    }
    fn retire(&self, _: &ConnectionId, _: u32) {}
}

#[async_trait]
impl PsaConnector for BookPsa {
    fn psa(&self) -> PsaKind {
        PsaKind::HaloPsa
    }
    fn capabilities(&self) -> Capabilities {
        let books = self.0.lock().unwrap();
        assert!(!books.is_closed, "nothing is to be asked of the PSA: capabilities");
        Capabilities {
            licenses: !books.has_no_licenses,
            contract_services: false,
            create_license: !books.has_no_licenses,
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
    async fn create_license(&self, client: &ClientId, draft: &LicenseDraft) -> Result<License, PsaError> {
        self.call(format!("create licence of {client}"), |_| ())?;
        Ok(self.with_answer(|books| {
            let named = books.licenses.iter().find(|(owner, it)| owner == client && it.name == draft.name);
            if let Some((_, license)) = named {
                return license.clone();
            }
            let id = LicenseId::new(format!("new-{}", books.licenses.len()));
            let license = License { id, name: draft.name.clone(), count: draft.count, active: true };
            books.licenses.push((client.clone(), license.clone()));
            license
        }))
    }
    async fn seat_count(&self, of: &LicenseRef, _: Date) -> Result<SeatCount, PsaError> {
        let found = self.call(format!("seats of {}", of.license), |books| {
            books.licenses.iter().find(|(_, it)| it.id == of.license).map(|(_, it)| it.count)
        })?;
        let basis = SeatBasis::License { record: LicenseRecord::new("{}") };
        match found {
            Some(count) => Ok(SeatCount { count, basis }),
            None => Err(PsaError::new(PsaErrorKind::NotFound, "read seats", "as the test wants it")),
        }
    }
    async fn set_seat_count(&self, change: &SeatChange) -> Result<SeatWrite, PsaError> {
        let of = &change.license.license;
        self.call(format!("set seats of {of} from {} to {}", change.expected, change.target), |_| ())?;
        Ok(self.with_answer(|books| match books.licenses.iter_mut().find(|(_, it)| it.id == *of) {
            Some((_, license)) if license.count == change.expected => {
                license.count = change.target;
                SeatWrite::Written { from: change.expected, to: change.target, restored: Vec::new() }
            }
            Some((_, license)) => SeatWrite::Moved { found: license.count },
            None => SeatWrite::Moved { found: 0 },
        }))
    }
    fn ticket_url(&self, id: &TicketId) -> String {
        format!("https://psa.example/ticket?id={id}")
    }
    async fn check(&self) -> CheckReport {
        unreachable!("only clients, licences and tickets are read")
    }
    async fn ping(&self) -> Result<(), PsaError> {
        self.call("ping".to_owned(), |_| ())
    }
    async fn tenant(&self) -> Result<TenantIdentity, PsaError> {
        unreachable!("only clients, licences and tickets are read")
    }
    async fn ticket_form(&self) -> Result<TicketForm, PsaError> {
        unreachable!("only clients, licences and tickets are read")
    }
    async fn create_ticket(&self, _: &NewTicket) -> Result<TicketId, PsaError> {
        unreachable!("only clients, licences and tickets are read")
    }
    async fn find_ticket(
        &self,
        _: &ClientId,
        _: &Reference,
        _: Timestamp,
    ) -> Result<Option<TicketId>, PsaError> {
        unreachable!("only clients, licences and tickets are read")
    }
    async fn ticket(&self, id: &TicketId) -> Result<Ticket, PsaError> {
        let found = self.call(format!("ticket {id}"), |books| {
            if books.unanswered.contains(id) {
                return None;
            }
            if let Some((_, kind)) = books.unreadable.iter().find(|(ticket, _)| ticket == id) {
                return Some(Err(PsaError::new(kind.clone(), "read ticket", "as the test wants it")));
            }
            let ticket = books.tickets.iter().find(|ticket| ticket.id == *id).cloned();
            Some(Ok(ticket.unwrap_or_else(|| Ticket::deleted(id.clone()))))
        })?;
        match found {
            Some(answer) => answer,
            None => std::future::pending().await,
        }
    }
    async fn touched(&self, _: &TicketId) -> Result<Touched, PsaError> {
        unreachable!("only clients, licences and tickets are read")
    }
    async fn add_note(&self, _: &TicketId, _: &NewNote) -> Result<NoteId, PsaError> {
        unreachable!("only clients, licences and tickets are read")
    }
    async fn find_note(&self, _: &TicketId, _: &Reference) -> Result<Option<NoteId>, PsaError> {
        unreachable!("only clients, licences and tickets are read")
    }
    async fn set_status(&self, _: &TicketId, _: i64) -> Result<(), PsaError> {
        unreachable!("only clients, licences and tickets are read")
    }
}
