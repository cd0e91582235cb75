//! A simulator and a connector to it.

use psa_connector::clock::{Clock, SystemClock, SystemRandom};
use psa_connector::conformance::Subject;
use psa_connector::{
    AutotaskOptions, ClientId, ConnectorOptions, Credentials, EgressPolicy, FieldValue, FieldValues,
    LicenseId, LicenseRef, NewTicket, PsaConnector, PsaKind, Reference, Text, TextBlock, TicketId, Transport,
    TransportOptions, open,
};
use psa_sim::AutotaskSim;
use psa_sim::autotask::{ApiUser, Switches};
use std::sync::Arc;
use std::time::Duration;

/// A company of the demo tenant that nobody else's test data is on.
pub const COMPANY: i64 = 177;

pub async fn sim() -> AutotaskSim {
    AutotaskSim::builder().start().await.unwrap()
}

pub async fn sim_with(change: impl FnOnce(&mut Switches)) -> AutotaskSim {
    let sim = sim().await;
    sim.configure(change);
    sim
}

pub fn credentials() -> Credentials {
    Credentials::new().with("user_name", AutotaskSim::USERNAME).with("secret", AutotaskSim::SECRET)
}

pub fn options(sim: &AutotaskSim) -> ConnectorOptions {
    let autotask = AutotaskOptions {
        integration_code: Some(AutotaskSim::INTEGRATION_CODE.into()),
        url: format!("{}/ATServicesRest", sim.base_url()),
        ..AutotaskOptions::default()
    };
    ConnectorOptions { autotask, ..ConnectorOptions::default() }
}

pub fn connector(sim: &AutotaskSim) -> Arc<dyn PsaConnector> {
    connector_with(&credentials(), &options(sim))
}

pub fn connector_with(credentials: &Credentials, options: &ConnectorOptions) -> Arc<dyn PsaConnector> {
    open(PsaKind::Autotask, credentials, &transport(), options).unwrap()
}

pub fn transport() -> Transport {
    transport_on(Arc::new(SystemClock))
}

pub fn transport_on(clock: Arc<dyn Clock>) -> Transport {
    let policy = EgressPolicy::public_only().allow_loopback();
    let limits = TransportOptions { timeout: Duration::from_secs(10), ..TransportOptions::default() };
    Transport::new(policy, limits, clock, Arc::new(SystemRandom)).unwrap()
}

/// What a ticket needs in the demo tenant, and its default category does not give.
pub fn settings() -> FieldValues {
    values(&[("priority", 2), ("dueDateTime", 24)])
}

pub fn values(pairs: &[(&str, i64)]) -> FieldValues {
    pairs.iter().map(|(field, value)| ((*field).to_owned(), FieldValue::Int(*value))).collect()
}

pub fn subject(sim: &AutotaskSim) -> Subject {
    subject_of(connector(sim))
}

pub fn subject_of(connector: Arc<dyn PsaConnector>) -> Subject {
    Subject { fields: settings(), ..Subject::new(connector, ClientId::new(COMPANY.to_string())) }
}

/// The subject with a company that has a recurring-service contract, and one of its services.
pub fn with_seats(subject: Subject) -> Subject {
    let license = license(174, "29684183:456");
    Subject { client: license.client.clone(), license: Some(license), ..subject }
}

pub fn license(company: i64, license: &str) -> LicenseRef {
    LicenseRef { client: ClientId::new(company.to_string()), license: LicenseId::new(license) }
}

pub fn new_ticket(reference: &str) -> NewTicket {
    NewTicket {
        client: ClientId::new(COMPANY.to_string()),
        reference: Reference::new(reference),
        title: format!("Ticket {reference}"),
        description: Text { blocks: vec![TextBlock::Paragraph("It failed.".into())] },
        fields: settings(),
    }
}

pub async fn found(connector: &dyn PsaConnector, reference: &str) -> Option<TicketId> {
    let client = ClientId::new(COMPANY.to_string());
    connector.find_ticket(&client, &Reference::new(reference), SystemClock.now()).await.unwrap()
}

pub fn edit_user(sim: &AutotaskSim, change: impl FnOnce(&mut ApiUser)) {
    sim.edit_tenant(|tenant| change(&mut tenant.api_users[0]));
}
