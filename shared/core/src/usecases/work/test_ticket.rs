//! A person's test ticket: made and found again by the code that makes real ones, each step told.

use super::{
    Interrupted,
    session::{Session, Stop},
    ticket,
};
use crate::{
    budget::Purpose,
    connection::{ConnectionChange, TestProof},
    operation::{Operation, OperationState, OperationStep},
    ports::OpenError,
};
use jiff::Timestamp;
use psa_connector::{PsaConnector, PsaError, PsaErrorKind, SectionName, TicketForm, TicketId};
use tracing::{info, warn};

/// How a step of a test ticket is named.
const CREATE: &str = "create";
const SETTLE: &str = "settle";
const FIND: &str = "find";
const NOTE: &str = "note";
const CLOSE: &str = "close";
/// Tries at a note or a close, where what went wrong may pass.
const TRIES: usize = 3;

impl Session<'_> {
    /// Works the operations that are due. Whatever holds deliveries does not hold these: a person asked.
    pub(super) async fn work_operations(&mut self) -> Result<Option<Stop>, Interrupted> {
        let open = self.worker.store.open_operations(&self.connection.id).await?;
        for mut operation in open {
            while !operation.state.is_finished() && operation.due_at <= self.now() {
                if self.is_out_of_time() {
                    return Ok(Some(Stop::OutOfTime));
                }
                self.advance_operation(&mut operation).await?;
            }
        }
        Ok(None)
    }

    /// Fails what was asked for before the connection was revoked.
    pub(super) async fn fail_operations(&mut self) -> Result<(), Interrupted> {
        for mut operation in self.worker.store.open_operations(&self.connection.id).await? {
            fail(&mut operation, "connection_revoked", "The connection was revoked meanwhile.".to_owned());
            self.save(&mut operation).await?;
        }
        Ok(())
    }

    async fn advance_operation(&mut self, operation: &mut Operation) -> Result<(), Interrupted> {
        if operation.generation != self.connection.generation {
            let message = "Other credentials were saved meanwhile. Send another test ticket.";
            fail(operation, "credentials_changed", message.to_owned());
            return self.save(operation).await;
        }
        let connector = match self.worker.connectors.open(&self.connection, Purpose::Person).await {
            Ok(connector) => connector,
            Err(error) => {
                fail(operation, "credentials_unreadable", unreadable(&error));
                return self.save(operation).await;
            }
        };
        match operation.state.clone() {
            OperationState::Waiting => self.create(connector.as_ref(), operation).await,
            OperationState::Creating { started_at } => {
                self.look(connector.as_ref(), operation, started_at, None).await
            }
            OperationState::Finding { started_at, ticket } => {
                self.look(connector.as_ref(), operation, started_at, Some(ticket)).await
            }
            OperationState::Noting { ticket } => self.note(connector.as_ref(), operation, ticket).await,
            OperationState::Closing { ticket } => self.close(connector.as_ref(), operation, ticket).await,
            OperationState::Succeeded { .. } | OperationState::Failed { .. } => Ok(()),
        }
    }

    async fn create(
        &mut self,
        connector: &dyn PsaConnector,
        operation: &mut Operation,
    ) -> Result<(), Interrupted> {
        let started_at = self.now();
        operation.state = OperationState::Creating { started_at };
        // Should this worker die with the reply, the next one looks for the ticket before anything else.
        operation.due_at = self.settled(started_at);
        self.save(operation).await?;
        let made = connector.create_ticket(&ticket::of_test(&self.connection, operation)).await;
        match made {
            Ok(ticket) => {
                self.tell(operation, CREATE, true, format!("The PSA made ticket {ticket}."));
                operation.due_at = self.now();
                operation.state = OperationState::Finding { started_at, ticket };
            }
            Err(error) if *error.kind() == PsaErrorKind::OutcomeUnknown => {
                let detail =
                    format!("{} Looking for it from {} on.", error.partner_message(), operation.due_at);
                self.tell(operation, SETTLE, true, detail);
            }
            Err(error) => {
                self.fail_step(operation, CREATE, &error);
                self.explain_refusal(connector, operation, &error).await?;
            }
        }
        self.save(operation).await
    }

    /// A refusal that names a field without a value shows that it is required here, though no form told so: from now on
    /// the form does, and the operation says what to choose.
    async fn explain_refusal(
        &mut self,
        connector: &dyn PsaConnector,
        operation: &mut Operation,
        error: &PsaError,
    ) -> Result<(), Interrupted> {
        let chosen = operation.settings.as_ref().map(|settings| settings.ticket.clone()).unwrap_or_default();
        let Some(field) = self.reveal(error, &chosen).await? else { return Ok(()) };
        let form = connector.ticket_form().await.unwrap_or_else(|error| {
            // Only the label is lost: the field's own name says as much.
            warn!(connection = %self.connection.id, %error, "Could not read the ticket form");
            TicketForm::default()
        });
        let label = form.label(SectionName::Create, &field).unwrap_or(&field);
        let said = error.psa_message().map(|said| format!(" The PSA says: {said}")).unwrap_or_default();
        let message =
            format!("The PSA requires a value for {label}: choose one in the ticket settings.{said}");
        fail(operation, "field_required", message);
        Ok(())
    }

    /// A note on the test ticket, as a repeat would get it. The ticket is proven without: what fails here is told.
    async fn note(
        &mut self,
        connector: &dyn PsaConnector,
        operation: &mut Operation,
        ticket: TicketId,
    ) -> Result<(), Interrupted> {
        let note = ticket::of_test_note(&self.connection, operation);
        let there = connector.find_note(&ticket, &note.reference).await;
        let added = match there {
            Ok(Some(_)) => Ok(()),
            Ok(None) => connector.add_note(&ticket, &note).await.map(drop),
            Err(error) => Err(error),
        };
        match added {
            Ok(()) => self.tell(operation, NOTE, true, "A note was added.".to_owned()),
            Err(error) if self.may_pass(operation, NOTE, &error) => return self.save(operation).await,
            Err(error) => self.tell(operation, NOTE, false, error.partner_message()),
        }
        operation.state = OperationState::Closing { ticket };
        self.save(operation).await
    }

    /// Closes the test ticket, so that it is nobody's work.
    async fn close(
        &mut self,
        connector: &dyn PsaConnector,
        operation: &mut Operation,
        ticket: TicketId,
    ) -> Result<(), Interrupted> {
        let resolve =
            operation.settings.as_ref().map(|settings| settings.resolve.clone()).unwrap_or_default();
        let closed = match connector.ticket_form().await.map(|form| form.closing_status(&resolve)) {
            Ok(Some(status)) => connector.set_status(&ticket, status).await.map(|()| true),
            Ok(None) => Ok(false),
            Err(error) => Err(error),
        };
        match closed {
            Ok(true) => self.tell(operation, CLOSE, true, format!("Ticket {ticket} was closed.")),
            Ok(false) => {
                let detail = "The PSA shows no status that closes a ticket, so it stays open.";
                self.tell(operation, CLOSE, false, detail.to_owned());
            }
            Err(error) if self.may_pass(operation, CLOSE, &error) => return self.save(operation).await,
            Err(error) => self.tell(operation, CLOSE, false, error.partner_message()),
        }
        let ticket_url = connector.ticket_url(&ticket);
        operation.state = OperationState::Succeeded { ticket, ticket_url };
        self.save(operation).await
    }

    async fn look(
        &mut self,
        connector: &dyn PsaConnector,
        operation: &mut Operation,
        started_at: Timestamp,
        made: Option<TicketId>,
    ) -> Result<(), Interrupted> {
        let reference = crate::ids::test_reference(&operation.id);
        match connector.find_ticket(&operation.client, &reference, started_at).await {
            Ok(Some(ticket)) => {
                self.tell(operation, FIND, true, format!("Ticket {ticket} was found by its reference."));
                let proof = TestProof {
                    at: self.now(),
                    ticket: ticket.clone(),
                    generation: operation.generation,
                    settings: operation.settings.clone(),
                };
                self.change(ConnectionChange::Proven(proof)).await?;
                operation.state = OperationState::Noting { ticket };
                info!(connection = %self.connection.id, operation = %operation.id, "A test ticket was made and found");
            }
            Ok(None) if self.now() < self.settled(started_at) => {
                operation.due_at = self.after(self.worker.plan.backoff).min(self.settled(started_at));
            }
            Ok(None) => {
                let message = match made {
                    Some(ticket) => format!(
                        "Ticket {ticket} was made, but the API user cannot find it among the client's tickets. Give it \
                         the right to see all tickets of this client."
                    ),
                    None => "The PSA's reply was lost and no ticket was made. Send another test ticket."
                        .to_owned(),
                };
                self.tell(operation, FIND, false, message.clone());
                fail(operation, "test_ticket_not_found", message);
            }
            Err(error) if is_passing(&error) && self.now() < self.settled(started_at) => {
                operation.due_at = self.after(self.worker.plan.backoff).min(self.settled(started_at));
            }
            Err(error) => self.fail_step(operation, FIND, &error),
        }
        self.save(operation).await
    }

    /// Whether a step that failed is worth another try: tells so, and puts it off.
    fn may_pass(&self, operation: &mut Operation, step: &str, error: &PsaError) -> bool {
        let tried = operation.steps.iter().filter(|done| done.step == step).count();
        let again = is_passing(error) && tried + 1 < TRIES;
        if again {
            self.tell(operation, step, false, format!("{} It is tried again.", error.partner_message()));
            operation.due_at = self.after(self.worker.plan.backoff);
        }
        again
    }

    fn tell(&self, operation: &mut Operation, step: &str, ok: bool, detail: String) {
        operation.steps.push(OperationStep { at: self.now(), step: step.to_owned(), ok, detail });
    }

    fn fail_step(&self, operation: &mut Operation, step: &str, error: &PsaError) {
        let message = error.partner_message();
        self.tell(operation, step, false, message.clone());
        fail(operation, code(error.kind()), message);
    }

    async fn save(&self, operation: &mut Operation) -> Result<(), Interrupted> {
        operation.version += 1;
        self.worker.store.save_operation(self.lease, operation).await.map_err(Interrupted::from)
    }
}

fn fail(operation: &mut Operation, code: &str, message: String) {
    operation.state = OperationState::Failed { code: code.to_owned(), message };
}

fn unreadable(error: &OpenError) -> String {
    tracing::warn!(%error, "Could not open a connector for a test ticket");
    "The credentials cannot be read. Enter them again.".to_owned()
}

fn is_passing(error: &PsaError) -> bool {
    matches!(
        error.kind(),
        PsaErrorKind::RateLimited { .. }
            | PsaErrorKind::Unavailable
            | PsaErrorKind::OutcomeUnknown
            | PsaErrorKind::Protocol
    )
}

/// The stable code of a failed step.
fn code(kind: &PsaErrorKind) -> &'static str {
    match kind {
        PsaErrorKind::InvalidCredentials => "invalid_credentials",
        PsaErrorKind::WrongIntegration => "wrong_integration",
        PsaErrorKind::MissingPermission => "missing_permission",
        PsaErrorKind::Rejected { .. } => "psa_refused",
        PsaErrorKind::NotFound => "not_found",
        PsaErrorKind::RateLimited { .. } => "rate_limited",
        PsaErrorKind::Unavailable => "psa_unavailable",
        PsaErrorKind::OutcomeUnknown => "outcome_unknown",
        PsaErrorKind::Protocol => "psa_answer_unreadable",
        PsaErrorKind::MissingCapability => "not_supported",
    }
}
