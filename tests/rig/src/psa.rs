//! A PSA that does what a test scripts, answer by answer, and remembers what it was asked.

use super::{SETTLE, TestClock};
use async_trait::async_trait;
use jiff::Timestamp;
use psa_connector::{
    Capabilities, CheckReport, Client, ClientId, Clock, FieldKind, FieldOption, FieldValue, FormField,
    FormSection, License, NewNote, NewTicket, NoteId, Page, PsaConnector, PsaError, PsaErrorKind, PsaKind,
    Reference, SectionName, TenantIdentity, Ticket, TicketForm, TicketId, TicketState, Touched,
};
use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex},
};

/// What a call is answered with.
#[derive(Clone, Debug)]
pub enum Answer {
    /// As it should be.
    Fine,
    /// With this error; nothing is stored.
    Error(PsaErrorKind),
    /// Outcome unknown, and the ticket is stored all the same.
    StoredAndLost,
}

#[derive(Debug, Default)]
struct State {
    creates: VecDeque<Answer>,
    pings: VecDeque<Answer>,
    finds: VecDeque<Answer>,
    notes: VecDeque<Answer>,
    client_gone: bool,
    tickets: Vec<(TicketId, NewTicket)>,
    written: Vec<(TicketId, NewNote)>,
    states: HashMap<TicketId, TicketState>,
    touched: Option<Touched>,
    calls: Vec<&'static str>,
}

/// The PSA.
#[derive(Debug)]
pub struct ScriptedPsa {
    clock: Arc<TestClock>,
    state: Mutex<State>,
}

impl ScriptedPsa {
    /// A PSA that has nothing yet.
    pub fn new(clock: Arc<TestClock>) -> Self {
        Self { clock, state: Mutex::default() }
    }

    /// The next creates are answered so; later ones are fine.
    pub fn creates(&self, answers: impl IntoIterator<Item = Answer>) {
        self.state.lock().unwrap().creates = answers.into_iter().collect();
    }

    /// The next pings are answered so; later ones are fine.
    pub fn pings(&self, answers: impl IntoIterator<Item = Answer>) {
        self.state.lock().unwrap().pings = answers.into_iter().collect();
    }

    /// The next searches are answered so; later ones are fine.
    pub fn finds(&self, answers: impl IntoIterator<Item = Answer>) {
        self.state.lock().unwrap().finds = answers.into_iter().collect();
    }

    /// The next notes and changes of status are answered so; later ones are fine.
    pub fn notes(&self, answers: impl IntoIterator<Item = Answer>) {
        self.state.lock().unwrap().notes = answers.into_iter().collect();
    }

    /// A person does this to a ticket.
    pub fn set_state(&self, ticket: &TicketId, to: TicketState) {
        self.state.lock().unwrap().states.insert(ticket.clone(), to);
    }

    /// Where a ticket is in its life.
    pub fn state_of(&self, ticket: &TicketId) -> TicketState {
        self.state.lock().unwrap().states.get(ticket).cloned().unwrap_or(TicketState::Open)
    }

    /// Who has worked on any ticket from now on; nobody before.
    pub fn touch(&self, by: Touched) {
        self.state.lock().unwrap().touched = Some(by);
    }

    /// The notes that were added, in order.
    pub fn written(&self) -> Vec<(TicketId, NewNote)> {
        self.state.lock().unwrap().written.clone()
    }

    /// The client is gone from now on.
    pub fn lose_client(&self) {
        self.state.lock().unwrap().client_gone = true;
    }

    /// The accounts that the tickets are about, in the order in which they were made.
    pub fn accounts(&self) -> Vec<String> {
        let state = self.state.lock().unwrap();
        let account = |ticket: &NewTicket| ticket.title.rsplit(' ').next().unwrap_or_default().to_owned();
        state.tickets.iter().map(|(_, ticket)| account(ticket)).collect()
    }

    /// What was made.
    pub fn tickets(&self) -> Vec<(TicketId, NewTicket)> {
        self.state.lock().unwrap().tickets.clone()
    }

    /// What was asked, in order.
    pub fn calls(&self) -> Vec<&'static str> {
        self.state.lock().unwrap().calls.clone()
    }

    fn next(&self, call: &'static str, queue: impl Fn(&mut State) -> &mut VecDeque<Answer>) -> Answer {
        let mut state = self.state.lock().unwrap();
        state.calls.push(call);
        queue(&mut state).pop_front().unwrap_or(Answer::Fine)
    }

    fn store(&self, ticket: &NewTicket) -> TicketId {
        let mut state = self.state.lock().unwrap();
        let id = TicketId::new((state.tickets.len() + 100).to_string());
        state.tickets.push((id.clone(), ticket.clone()));
        id
    }
}

fn error(kind: PsaErrorKind, operation: &'static str) -> PsaError {
    PsaError::new(kind, operation, "scripted")
}

#[async_trait]
impl PsaConnector for ScriptedPsa {
    fn psa(&self) -> PsaKind {
        PsaKind::HaloPsa
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = psa_connector::integrations().remove(0).capabilities;
        capabilities.settle_time = SETTLE.unsigned_abs();
        capabilities
    }

    async fn check(&self) -> CheckReport {
        CheckReport::default()
    }

    async fn ping(&self) -> Result<(), PsaError> {
        match self.next("ping", |state| &mut state.pings) {
            Answer::Error(kind) => Err(error(kind, "ping")),
            _ => Ok(()),
        }
    }

    async fn tenant(&self) -> Result<TenantIdentity, PsaError> {
        Err(error(PsaErrorKind::Protocol, "tenant"))
    }

    async fn ticket_form(&self) -> Result<TicketForm, PsaError> {
        self.state.lock().unwrap().calls.push("form");
        let choice = |id: &str, label: &str, value, closes| FormField {
            id: id.to_owned(),
            label: label.to_owned(),
            kind: FieldKind::Choice {
                options: vec![FieldOption {
                    value: FieldValue::Int(value),
                    label: label.to_owned(),
                    parent: None,
                    closes,
                    fills: psa_connector::FieldValues::new(),
                }],
            },
            ..FormField::default()
        };
        let section = |name, field| FormSection { name, fields: vec![field] };
        Ok(TicketForm {
            sections: vec![
                section(SectionName::Create, choice("queue_id", "Queue", 1, false)),
                section(SectionName::Resolve, choice("status_id", "Status", 9, true)),
                section(SectionName::Reopen, choice("status_id", "Status", 2, false)),
            ],
        })
    }

    async fn search_clients(&self, _: &str, _: Option<&str>) -> Result<Page<Client>, PsaError> {
        Ok(Page { items: Vec::new(), next: None })
    }

    async fn client(&self, id: &ClientId) -> Result<Option<Client>, PsaError> {
        if let Answer::Error(kind) = self.next("client", |state| &mut state.pings) {
            return Err(error(kind, "client"));
        }
        let gone = self.state.lock().unwrap().client_gone;
        Ok((!gone).then(|| Client { id: id.clone(), name: "Bakery Ltd".to_owned(), active: true }))
    }

    async fn licenses(&self, _: &ClientId) -> Result<Vec<License>, PsaError> {
        Ok(Vec::new())
    }

    async fn create_ticket(&self, ticket: &NewTicket) -> Result<TicketId, PsaError> {
        match self.next("create", |state| &mut state.creates) {
            Answer::Fine => Ok(self.store(ticket)),
            Answer::Error(kind) => Err(error(kind, "create_ticket")),
            Answer::StoredAndLost => {
                self.store(ticket);
                Err(error(PsaErrorKind::OutcomeUnknown, "create_ticket"))
            }
        }
    }

    async fn find_ticket(
        &self,
        client: &ClientId,
        reference: &Reference,
        since: Timestamp,
    ) -> Result<Option<TicketId>, PsaError> {
        assert!(since <= self.clock.now(), "a search into the future");
        if let Answer::Error(kind) = self.next("find", |state| &mut state.finds) {
            return Err(error(kind, "find_ticket"));
        }
        let state = self.state.lock().unwrap();
        let found = state
            .tickets
            .iter()
            .find(|(_, ticket)| ticket.reference == *reference && ticket.client == *client);
        Ok(found.map(|(id, _)| id.clone()))
    }

    async fn ticket(&self, id: &TicketId) -> Result<Ticket, PsaError> {
        if let Answer::Error(kind) = self.next("ticket", |state| &mut state.finds) {
            return Err(error(kind, "ticket"));
        }
        let state = self.state_of(id);
        let tickets = self.tickets();
        let (_, made) =
            tickets.iter().find(|(made, _)| made == id).unwrap_or_else(|| panic!("no ticket {id}"));
        Ok(Ticket {
            id: id.clone(),
            number: Some(id.to_string()),
            client: Some(made.client.clone()),
            reference: Some(made.reference.clone()),
            title: made.title.clone(),
            state,
            status: None,
            created_at: None,
        })
    }

    async fn touched(&self, _: &TicketId) -> Result<Touched, PsaError> {
        let mut state = self.state.lock().unwrap();
        state.calls.push("touched");
        Ok(state.touched.unwrap_or(Touched::Nobody))
    }

    async fn add_note(&self, ticket: &TicketId, note: &NewNote) -> Result<NoteId, PsaError> {
        let answer = self.next("note", |state| &mut state.notes);
        if let Answer::Error(kind) = answer {
            return Err(error(kind, "add_note"));
        }
        self.state.lock().unwrap().written.push((ticket.clone(), note.clone()));
        match answer {
            Answer::StoredAndLost => Err(error(PsaErrorKind::OutcomeUnknown, "add_note")),
            _ => Ok(NoteId::new("1")),
        }
    }

    async fn find_note(&self, ticket: &TicketId, reference: &Reference) -> Result<Option<NoteId>, PsaError> {
        if let Answer::Error(kind) = self.next("find note", |state| &mut state.finds) {
            return Err(error(kind, "find_note"));
        }
        let found = self.written().iter().any(|(on, note)| on == ticket && note.reference == *reference);
        Ok(found.then(|| NoteId::new("1")))
    }

    async fn set_status(&self, ticket: &TicketId, status: i64) -> Result<(), PsaError> {
        let (call, to) = match status {
            9 => ("close", TicketState::Closed),
            2 => ("reopen", TicketState::Open),
            other => panic!("no such status: {other}"),
        };
        if let Answer::Error(kind) = self.next(call, |state| &mut state.notes) {
            return Err(error(kind, "set_status"));
        }
        self.set_state(ticket, to);
        Ok(())
    }

    fn ticket_url(&self, id: &TicketId) -> String {
        format!("https://halo.example/ticket?id={id}")
    }
}
