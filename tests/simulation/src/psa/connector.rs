//! The connector to the model: asks the gate before each request, as real ones do.

use super::{
    Psas,
    create::{BREAKS_CODE, Course},
    tenant::{CLOSED, Mood, OPEN},
};
use crate::executor::BreaksCode;
use async_trait::async_trait;
use jiff::Timestamp;
use psa_connector::{
    Capabilities, CheckCode, CheckLine, CheckReport, CheckStatus, Client, ClientId, FieldKind, FieldOption,
    FieldValue, FieldValues, FormField, FormSection, License, NewNote, NewTicket, NoteId, Page, PsaConnector,
    PsaError, PsaErrorKind, PsaKind, Reference, RequestGate, RequestKind, SectionName, TenantIdentity,
    Ticket, TicketForm, TicketId, TicketState, Touched,
};
use std::sync::Arc;

/// The connector.
#[derive(Debug)]
pub struct ModelConnector {
    pub(super) psas: Psas,
    pub(super) psa: PsaKind,
    pub(super) tenant: String,
    pub(super) secret: String,
    pub(super) gate: Arc<dyn RequestGate>,
}

impl ModelConnector {
    /// Sends a request; what comes back is the right to the turn until the answer is in.
    async fn begin(&self, kind: RequestKind, operation: &'static str) -> Result<Box<dyn Send>, PsaError> {
        let turn = self.gate.enter(kind).await.map_err(|closed| {
            let after = Some(closed.retry_after);
            PsaError::new(PsaErrorKind::RateLimited { after }, operation, "the gate is closed")
        })?;
        // From here to the request's being counted nothing waits, as between a gate and the wire.
        let (simulation, ledger) = (&self.psas.simulation, &self.psas.ledger);
        simulation.tell(|| format!("{operation} begins on {} with {}", self.tenant, self.secret));
        ledger.call_begins(&self.tenant, &self.secret, operation);
        let now = simulation.now();
        let tried_out = matches!(operation, "check" | "tenant");
        let within = self.psas.tenant(&self.tenant, |tenant| tenant.count_request(now, !tried_out));
        if !within {
            simulation.breach(4, format!("{operation} is a request more than {} bears", self.tenant));
        }
        Ok(turn)
    }

    /// A request that changes nothing.
    async fn read(&self, operation: &'static str) -> Result<(), PsaError> {
        let _turn = self.begin(RequestKind::Read, operation).await?;
        self.travel(operation).await;
        let (mood, let_in) =
            self.psas.tenant(&self.tenant, |tenant| (tenant.mood, tenant.let_in.contains(&self.secret)));
        let lot = self.psas.simulation.draw(|chance| chance.below(100));
        let failed = match (mood, lot) {
            (Mood::Down, _) | (Mood::Shaky, 0..25) | (Mood::Fine, 0..1) => Some(PsaErrorKind::Unavailable),
            (Mood::Shaky, 25..30) => Some(PsaErrorKind::Protocol),
            (Mood::Shaky, 30..35) => Some(PsaErrorKind::RateLimited { after: None }),
            _ if !let_in => Some(PsaErrorKind::InvalidCredentials),
            _ => None,
        };
        failed.map_or(Ok(()), |kind| Err(PsaError::new(kind, operation, "simulated")))
    }

    /// The way there and back.
    async fn travel(&self, operation: &'static str) {
        let simulation = &self.psas.simulation;
        // Whether it fails is the PSA's part; here time passes, and the bridge may die.
        let _fate = simulation.point(operation).await;
        let slow = simulation.happens(1, 50);
        simulation.sleep(simulation.span(20, if slow { 25_000 } else { 900 })).await;
        let _fate = simulation.point(operation).await;
    }

    /// Whether the API user may change something.
    fn refuse_user(&self, operation: &'static str) -> Result<(), PsaError> {
        let kind = self.psas.tenant(&self.tenant, |tenant| {
            let down = tenant.mood == Mood::Down;
            if !down && !tenant.let_in.contains(&self.secret) {
                Some(PsaErrorKind::InvalidCredentials)
            } else if !down && tenant.without_permission.contains(&self.secret) {
                Some(PsaErrorKind::MissingPermission)
            } else {
                None
            }
        });
        kind.map_or(Ok(()), |kind| Err(PsaError::new(kind, operation, "simulated")))
    }
}

fn line(code: CheckCode, works: bool) -> CheckLine {
    let status = if works { CheckStatus::Ok } else { CheckStatus::Failed };
    CheckLine { code, label: String::new(), status, found: String::new(), fix: None }
}

#[async_trait]
impl PsaConnector for ModelConnector {
    fn psa(&self) -> PsaKind {
        self.psa
    }

    fn capabilities(&self) -> Capabilities {
        self.psas.ledger.capabilities(self.psa)
    }

    async fn check(&self) -> CheckReport {
        let asked = self.read("check").await;
        let let_in = !matches!(&asked, Err(error) if *error.kind() == PsaErrorKind::InvalidCredentials);
        let reachable = asked.is_ok() || !let_in;
        let may = !matches!(self.refuse_user("check"), Err(error) if *error.kind() == PsaErrorKind::MissingPermission);
        CheckReport {
            lines: vec![
                line(CheckCode::Reachable, reachable),
                line(CheckCode::Credentials, let_in),
                line(CheckCode::TicketsAdd, may),
            ],
        }
    }

    async fn ping(&self) -> Result<(), PsaError> {
        self.read("ping").await
    }

    async fn tenant(&self) -> Result<TenantIdentity, PsaError> {
        self.read("tenant").await?;
        Ok(TenantIdentity { psa: self.psa, key: self.tenant.clone(), name: self.tenant.clone() })
    }

    async fn ticket_form(&self) -> Result<TicketForm, PsaError> {
        self.read("ticket_form").await?;
        let section = |name, id: &str, options| FormSection {
            name,
            fields: vec![FormField {
                id: id.to_owned(),
                label: id.to_owned(),
                kind: FieldKind::Choice { options },
                ..FormField::default()
            }],
        };
        Ok(TicketForm {
            sections: vec![
                section(SectionName::Create, "queue_id", vec![option(1, false), option(2, false)]),
                section(SectionName::Note, "outcome_id", vec![option(1, false)]),
                section(SectionName::Resolve, "status_id", vec![option(OPEN, false), option(CLOSED, true)]),
                section(SectionName::Reopen, "status_id", vec![option(OPEN, false), option(CLOSED, true)]),
            ],
        })
    }

    async fn search_clients(&self, _search: &str, _after: Option<&str>) -> Result<Page<Client>, PsaError> {
        self.read("search_clients").await?;
        let clients = self.psas.tenant(&self.tenant, |tenant| tenant.clients.clone());
        let items = clients.into_iter().map(|(id, active)| client(id, active)).collect();
        Ok(Page { items, next: None })
    }

    async fn client(&self, id: &ClientId) -> Result<Option<Client>, PsaError> {
        self.read("client").await?;
        let active = self.psas.tenant(&self.tenant, |tenant| tenant.clients.get(id).copied());
        Ok(active.map(|active| client(id.clone(), active)))
    }

    async fn licenses(&self, _client: &ClientId) -> Result<Vec<License>, PsaError> {
        self.read("licenses").await?;
        Ok(Vec::new())
    }

    async fn create_ticket(&self, ticket: &NewTicket) -> Result<TicketId, PsaError> {
        const NAME: &str = "create_ticket";
        let called_at = self.psas.simulation.now();
        let _turn = self.begin(RequestKind::Write, NAME).await?;
        self.psas.ledger.ticket_is_requested(&self.tenant, &self.secret, ticket, called_at);
        if ticket.title.contains(BREAKS_CODE) {
            self.psas.tenant(&self.tenant, |tenant| tenant.count_failure(&ticket.reference));
            std::panic::resume_unwind(Box::new(BreaksCode));
        }
        self.refuse_user(NAME)?;
        let (course, id) = self.psas.take_ticket(&self.tenant, ticket);
        self.psas.simulation.tell(|| format!("{} is {course:?}", ticket.reference));
        self.travel(NAME).await;
        let id = answer(&course, id, NAME)?;
        // The bridge has it in hand, though it may die before it writes that down.
        let _fate = self.psas.simulation.point("create_ticket, answered").await;
        Ok(id)
    }

    async fn find_ticket(
        &self,
        client: &ClientId,
        reference: &Reference,
        since: Timestamp,
    ) -> Result<Option<TicketId>, PsaError> {
        self.read("find_ticket").await?;
        let now = self.psas.simulation.now();
        Ok(self.psas.tenant(&self.tenant, |tenant| {
            let mut found = tenant.with_reference(reference).filter(|ticket| {
                ticket.client == *client
                    && ticket.stored_at >= since
                    && ticket.visible_at <= now
                    && ticket.state != TicketState::Deleted
            });
            found.next().map(|ticket| ticket.id.clone())
        }))
    }

    async fn ticket(&self, id: &TicketId) -> Result<Ticket, PsaError> {
        self.read("ticket").await?;
        let now = self.psas.simulation.now();
        let found = self.psas.tenant(&self.tenant, |tenant| {
            tenant.stored(id, now).map(|kept| Ticket {
                id: kept.id.clone(),
                number: None,
                client: Some(kept.client.clone()),
                reference: Some(kept.reference.clone()),
                title: kept.title.clone(),
                state: kept.state.clone(),
                status: Some(kept.status),
                created_at: Some(kept.stored_at),
            })
        });
        found.ok_or_else(|| PsaError::new(PsaErrorKind::NotFound, "ticket", "simulated"))
    }

    async fn touched(&self, id: &TicketId) -> Result<Touched, PsaError> {
        self.read("touched").await?;
        let now = self.psas.simulation.now();
        let touched =
            self.psas.tenant(&self.tenant, |tenant| tenant.stored(id, now).map(|kept| kept.touched));
        Ok(match touched {
            Some(true) => Touched::Person,
            Some(false) => Touched::Nobody,
            None => Touched::Unknown,
        })
    }

    async fn add_note(&self, ticket: &TicketId, note: &NewNote) -> Result<NoteId, PsaError> {
        const NAME: &str = "add_note";
        let _turn = self.begin(RequestKind::Write, NAME).await?;
        let stored = self.psas.tenant(&self.tenant, |tenant| tenant.notes_with(&note.reference));
        self.psas.ledger.note_is_requested(&self.tenant, &self.secret, ticket, note, stored);
        self.refuse_user(NAME)?;
        let course = self.psas.take_note(&self.tenant, ticket, &note.reference);
        self.travel(NAME).await;
        answer(&course, Some(NoteId::new(note.reference.as_str())), NAME)
    }

    async fn find_note(&self, ticket: &TicketId, reference: &Reference) -> Result<Option<NoteId>, PsaError> {
        self.read("find_note").await?;
        let now = self.psas.simulation.now();
        let there = self.psas.tenant(&self.tenant, |tenant| {
            tenant.stored(ticket, now).is_some_and(|kept| {
                kept.notes.iter().any(|(each, visible_at)| each == reference && *visible_at <= now)
            })
        });
        Ok(there.then(|| NoteId::new(reference.as_str())))
    }

    async fn set_status(&self, ticket: &TicketId, status: i64) -> Result<(), PsaError> {
        const NAME: &str = "set_status";
        {
            let _turn = self.begin(RequestKind::Write, NAME).await?;
            self.refuse_user(NAME)?;
            self.travel(NAME).await;
        }
        let now = self.psas.simulation.now();
        let course = self.psas.simulation.draw(|chance| {
            let mood = self.psas.tenant(&self.tenant, |tenant| tenant.mood);
            super::create::draw(chance, mood, now)
        });
        if !matches!(course, Course::Failed(_)) {
            self.psas.tenant(&self.tenant, |tenant| {
                if let Some(kept) = tenant.stored(ticket, now) {
                    kept.status = status;
                    kept.state = if status == CLOSED { TicketState::Closed } else { TicketState::Open };
                }
            });
        }
        answer(&course, Some(()), NAME)
    }

    fn ticket_url(&self, id: &TicketId) -> String {
        format!("https://{}.example/ticket?id={id}", self.tenant)
    }
}

fn option(value: i64, closes: bool) -> FieldOption {
    FieldOption {
        value: FieldValue::Int(value),
        label: value.to_string(),
        parent: None,
        closes,
        fills: FieldValues::new(),
    }
}

fn client(id: ClientId, active: bool) -> Client {
    Client { name: format!("Client {id}"), id, active }
}

/// What the bridge hears of a request that took this course.
fn answer<T>(course: &Course, made: Option<T>, operation: &'static str) -> Result<T, PsaError> {
    let kind = match (course, made) {
        (Course::Answered { .. }, Some(made)) => return Ok(made),
        (Course::Failed(kind), _) => kind.clone(),
        (Course::Answered { .. } | Course::Lost { .. }, _) => PsaErrorKind::OutcomeUnknown,
    };
    Err(PsaError::new(kind, operation, "simulated"))
}
