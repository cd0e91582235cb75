//! A PSA that does what a test tells it.

use crate::bridge::MemoryVault;
use async_trait::async_trait;
use jiff::Timestamp;
use psa_bridge_core::{
    budget::Purpose,
    connection::Connection,
    ids::ConnectionId,
    ports::{ConnectorFactory, OpenError, Vault},
};
use psa_connector::{
    Capabilities, CheckCode, CheckLine, CheckReport, CheckStatus, Client, ClientId, CredentialProblem,
    Credentials, FieldValue, FieldValues, FormField, FormSection, License, NewNote, NewTicket, NoteId, Page,
    PsaConnector, PsaError, PsaErrorKind, PsaKind, Reference, SectionName, TenantIdentity, Ticket,
    TicketForm, TicketId, Touched,
    form::{FieldKind, FieldOption},
};
use secrecy::ExposeSecret;
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::sync::{Notify, Semaphore};

/// What the PSA does. Secrets that begin with `good` lead to the tenant `acme`, with `other` to `umbrella`; others are
/// refused.
#[derive(Debug)]
pub(crate) struct ScriptedPsa {
    pub(crate) takes_seats: Mutex<bool>,
    pub(crate) is_down: Mutex<bool>,
    /// Whether the tenant has dropped priority 21.
    pub(crate) has_changed: Mutex<bool>,
    /// Checks take one each and give it back.
    pub(crate) checks: Semaphore,
    /// Told when a check begins.
    pub(crate) checking: Notify,
}

impl Default for ScriptedPsa {
    fn default() -> Self {
        Self {
            takes_seats: Mutex::new(true),
            is_down: Mutex::new(false),
            has_changed: Mutex::new(false),
            checks: Semaphore::new(100),
            checking: Notify::new(),
        }
    }
}

/// Opens the scripted PSA with the credentials of the vault.
pub(crate) struct FakeConnectors {
    psa: Arc<ScriptedPsa>,
    vault: Arc<MemoryVault>,
    retired: Mutex<Vec<(ConnectionId, u32)>>,
}

impl FakeConnectors {
    pub(crate) fn new(psa: Arc<ScriptedPsa>, vault: Arc<MemoryVault>) -> Self {
        Self { psa, vault, retired: Mutex::default() }
    }

    /// What was retired, below which generation.
    pub(crate) fn retired(&self) -> Vec<(ConnectionId, u32)> {
        self.retired.lock().unwrap().clone()
    }

    fn with(&self, credentials: &Credentials) -> Result<Arc<dyn PsaConnector>, OpenError> {
        let secret = credentials.get("client_secret").ok_or_else(|| {
            OpenError::Credentials(vec![CredentialProblem {
                field: "client_secret".into(),
                code: "required".into(),
                message: "Enter the client secret.".into(),
            }])
        })?;
        let secret = secret.expose_secret().to_owned();
        Ok(Arc::new(ScriptedConnector { psa: self.psa.clone(), secret }))
    }
}

#[async_trait]
impl ConnectorFactory for FakeConnectors {
    fn try_out(&self, _: PsaKind, credentials: &Credentials) -> Result<Arc<dyn PsaConnector>, OpenError> {
        self.with(credentials)
    }
    async fn open(&self, connection: &Connection, _: Purpose) -> Result<Arc<dyn PsaConnector>, OpenError> {
        self.with(&self.vault.get(&connection.id, connection.generation).await?)
    }
    fn retire(&self, connection: &ConnectionId, generation: u32) {
        self.retired.lock().unwrap().push((connection.clone(), generation));
    }
}

#[derive(Debug)]
struct ScriptedConnector {
    psa: Arc<ScriptedPsa>,
    secret: String,
}

impl ScriptedConnector {
    fn call(&self, operation: &'static str) -> Result<(), PsaError> {
        if *self.psa.is_down.lock().unwrap() {
            return Err(PsaError::new(PsaErrorKind::Unavailable, operation, "down"));
        }
        Ok(())
    }

    fn is_known(&self) -> bool {
        self.secret.starts_with("good") || self.secret.starts_with("other")
    }
}

fn not_scripted<T>(operation: &'static str) -> Result<T, PsaError> {
    Err(PsaError::new(PsaErrorKind::Protocol, operation, "not scripted"))
}

#[async_trait]
impl PsaConnector for ScriptedConnector {
    fn psa(&self) -> PsaKind {
        PsaKind::HaloPsa
    }
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            licenses: *self.psa.takes_seats.lock().unwrap(),
            contract_services: false,
            create_license: false,
            notes: true,
            reopen: true,
            touched: true,
            concurrency: 1,
            settle_time: Duration::from_mins(3),
        }
    }
    async fn check(&self) -> CheckReport {
        self.psa.checking.notify_one();
        let _turn = self.psa.checks.acquire().await.unwrap();
        let line = |code, label: &str, works: bool| CheckLine {
            code,
            label: label.into(),
            status: if works { CheckStatus::Ok } else { CheckStatus::Failed },
            found: if works { "Right.".into() } else { "The PSA refuses them.".into() },
            fix: (!works).then(|| "Enter them again.".into()),
        };
        let reachable = self.call("check").is_ok();
        CheckReport {
            lines: vec![
                line(CheckCode::Reachable, "The address leads to the PSA", reachable),
                line(CheckCode::Credentials, "The PSA accepts the credentials", self.is_known()),
            ],
        }
    }
    async fn ping(&self) -> Result<(), PsaError> {
        self.call("ping")
    }
    async fn tenant(&self) -> Result<TenantIdentity, PsaError> {
        self.call("tenant")?;
        let name = if self.secret.starts_with("other") { "umbrella" } else { "acme" };
        Ok(TenantIdentity { psa: PsaKind::HaloPsa, key: name.into(), name: format!("{name}.halopsa.com") })
    }
    async fn ticket_form(&self) -> Result<TicketForm, PsaError> {
        self.call("ticket form")?;
        Ok(form(*self.psa.has_changed.lock().unwrap()))
    }
    async fn search_clients(&self, _: &str, _: Option<&str>) -> Result<Page<Client>, PsaError> {
        not_scripted("search clients")
    }
    async fn client(&self, id: &ClientId) -> Result<Option<Client>, PsaError> {
        self.call("client")?;
        let client = |active| Client { id: id.clone(), name: "A client".into(), active };
        Ok(match id.as_str() {
            "12" | "13" => Some(client(true)),
            "99" => Some(client(false)),
            _ => None,
        })
    }
    async fn licenses(&self, _: &ClientId) -> Result<Vec<License>, PsaError> {
        not_scripted("licenses")
    }
    async fn create_ticket(&self, _: &NewTicket) -> Result<TicketId, PsaError> {
        not_scripted("create ticket")
    }
    async fn find_ticket(
        &self,
        _: &ClientId,
        _: &Reference,
        _: Timestamp,
    ) -> Result<Option<TicketId>, PsaError> {
        not_scripted("find ticket")
    }
    async fn ticket(&self, _: &TicketId) -> Result<Ticket, PsaError> {
        not_scripted("ticket")
    }
    async fn touched(&self, _: &TicketId) -> Result<Touched, PsaError> {
        not_scripted("touched")
    }
    async fn add_note(&self, _: &TicketId, _: &NewNote) -> Result<NoteId, PsaError> {
        not_scripted("add note")
    }
    async fn find_note(&self, _: &TicketId, _: &Reference) -> Result<Option<NoteId>, PsaError> {
        not_scripted("find note")
    }
    async fn set_status(&self, _: &TicketId, _: i64) -> Result<(), PsaError> {
        not_scripted("set status")
    }
    fn ticket_url(&self, id: &TicketId) -> String {
        format!("https://acme.halopsa.com/tickets?id={id}")
    }
}

/// Type and SLA are required; SLA 2 has the priorities 21 and 22, SLA 3 has 31.
fn form(changed: bool) -> TicketForm {
    let option = |value, parent: Option<i64>| FieldOption {
        value: FieldValue::Int(value),
        label: format!("Choice {value}"),
        parent: parent.map(FieldValue::Int),
        closes: false,
        fills: FieldValues::new(),
    };
    let field = |id: &str, label: &str, depends_on: Option<&str>, options| FormField {
        id: id.into(),
        label: label.into(),
        kind: FieldKind::Choice { options },
        required: true,
        default: None,
        depends_on: depends_on.map(Into::into),
        help: None,
        overrides: None,
        user_defined: false,
    };
    let mut priorities = vec![option(21, Some(2)), option(22, Some(2)), option(31, Some(3))];
    priorities.retain(|priority| !changed || priority.value != FieldValue::Int(21));
    let fields = vec![
        field("tickettype_id", "Ticket type", None, vec![option(1, None)]),
        field("sla_id", "SLA", None, vec![option(2, None), option(3, None)]),
        field("priority_id", "Priority", Some("sla_id"), priorities),
    ];
    let status = FormField { required: false, ..field("status_id", "Status", None, vec![option(9, None)]) };
    TicketForm {
        sections: vec![
            FormSection { name: SectionName::Create, fields },
            FormSection { name: SectionName::Resolve, fields: vec![status] },
        ],
    }
}
