//! A simulator and a connector to it.

use psa_connector::clock::{Clock, SystemClock, SystemRandom};
use psa_connector::conformance::Subject;
use psa_connector::{
    ClientId, ConnectorOptions, Credentials, EgressPolicy, FieldValues, LicenseId, LicenseRef, NewTicket,
    PsaConnector, PsaKind, Reference, Text, TextBlock, TicketId, Transport, TransportOptions, open,
};
use psa_sim::HaloSim;
use std::sync::Arc;
use std::time::Duration;

/// A client of the demo tenant that nobody else's test data is on.
pub const CLIENT: i64 = 3;

pub async fn sim() -> HaloSim {
    HaloSim::builder().start().await.unwrap()
}

pub fn credentials(sim: &HaloSim) -> Credentials {
    Credentials::new()
        .with("site_url", sim.base_url())
        .with("client_id", HaloSim::CLIENT_ID)
        .with("client_secret", HaloSim::CLIENT_SECRET)
}

pub fn connector(sim: &HaloSim) -> Arc<dyn PsaConnector> {
    connector_with(&credentials(sim), &ConnectorOptions::default())
}

pub fn connector_with(credentials: &Credentials, options: &ConnectorOptions) -> Arc<dyn PsaConnector> {
    let policy = EgressPolicy::public_only().allow_loopback();
    let limits = TransportOptions { timeout: Duration::from_secs(10), ..TransportOptions::default() };
    let transport = Transport::new(policy, limits, Arc::new(SystemClock), Arc::new(SystemRandom)).unwrap();
    open(PsaKind::HaloPsa, credentials, &transport, options).unwrap()
}

pub fn subject(sim: &HaloSim) -> Subject {
    subject_of(connector(sim))
}

/// With the licence of the demo tenant that takes the client's seats.
pub fn subject_of(connector: Arc<dyn PsaConnector>) -> Subject {
    let subject = Subject::new(connector, ClientId::new(CLIENT.to_string()));
    Subject { license: Some(license(CLIENT, 502)), makes_licenses: true, ..subject }
}

pub fn license(client: i64, license: i64) -> LicenseRef {
    let (client, license) = (client.to_string(), license.to_string());
    LicenseRef { client: ClientId::new(client), license: LicenseId::new(license) }
}

pub fn new_ticket(reference: &str) -> NewTicket {
    NewTicket {
        client: ClientId::new(CLIENT.to_string()),
        reference: Reference::new(reference),
        title: format!("Ticket {reference}"),
        description: Text { blocks: vec![TextBlock::Paragraph("It failed.".into())] },
        fields: FieldValues::new(),
    }
}

pub async fn found(connector: &dyn PsaConnector, reference: &str) -> Option<TicketId> {
    let client = ClientId::new(CLIENT.to_string());
    connector.find_ticket(&client, &Reference::new(reference), SystemClock.now()).await.unwrap()
}
