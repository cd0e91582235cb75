//! One partner with one connection, and the worker and the schedule that serve it.

use super::{ScriptedPsa, World, actor, id, watched::RecordingVault};
use async_trait::async_trait;
use jiff::SignedDuration;
use psa_bridge_core::{
    budget::Purpose,
    catalogue::{Action, Language},
    cloud_event,
    connection::{Connection, ConnectionChange},
    delivery::{Delivery, DeliveryState},
    ids::{ConnectionId, EventId, OperationId, OrganizationId, PartnerId},
    operation::{Operation, OperationState},
    ports::{ConnectorFactory, EventFilter, EventStore, OpenError, RegistryStore},
    reason::Reason,
    usecases::{
        backfill::{Backfill, BackfillPlan},
        work::{WorkPlan, Worked, Worker},
    },
};
use psa_connector::{ClientId, Clock, Credentials, PsaConnector, PsaKind, SystemRandom};
use std::{ops::Deref, sync::Arc};
use tokio_util::sync::CancellationToken;

#[derive(Debug)]
struct OnePsa(Arc<ScriptedPsa>);

#[async_trait]
impl ConnectorFactory for OnePsa {
    fn try_out(&self, _: PsaKind, _: &Credentials) -> Result<Arc<dyn PsaConnector>, OpenError> {
        Ok(self.0.clone())
    }
    async fn open(&self, _: &Connection, _: Purpose) -> Result<Arc<dyn PsaConnector>, OpenError> {
        Ok(self.0.clone())
    }
    fn retire(&self, _: &ConnectionId, _: u32) {}
}

/// One partner, one organisation mapped to client 57 of one live connection.
pub struct Scene {
    /// The PSA.
    pub psa: Arc<ScriptedPsa>,
    /// What was deleted.
    pub vault: Arc<RecordingVault>,
    /// Cancelled where the process is to stop.
    pub stopping: CancellationToken,
    /// The partner.
    pub partner: PartnerId,
    /// Its organisation.
    pub organization: OrganizationId,
    /// Its connection.
    pub connection: ConnectionId,
    world: World,
}

impl Deref for Scene {
    type Target = World;
    fn deref(&self) -> &World {
        &self.world
    }
}

impl Scene {
    /// A confirmed connection.
    pub async fn live() -> Self {
        let scene = Self::connected().await;
        scene.confirm(scene.partner.as_str(), &scene.connection, Language::En).await;
        scene
    }

    /// A connection whose set-up goes no further than mapping.
    pub async fn connected() -> Self {
        let world = World::new();
        world.register("org-1", "Bakery", &["msp-1"]).await;
        let scene = Self {
            psa: Arc::new(ScriptedPsa::new(world.clock.clone())),
            vault: Arc::default(),
            stopping: CancellationToken::new(),
            partner: id("msp-1"),
            organization: id("org-1"),
            connection: world.connect("msp-1", "one").await,
            world,
        };
        scene.map(true).await;
        scene
    }

    /// Maps the organisation, or changes its flow.
    pub async fn map(&self, flow: bool) {
        let (partner, organization) = (self.partner.as_str(), self.organization.as_str());
        self.world.map(partner, &self.connection, organization, flow).await;
    }

    /// Removes the mapping.
    pub async fn unmap(&self) {
        let now = self.clock.now();
        let (partner, connection) = (&self.partner, &self.connection);
        self.store.delete_mapping(partner, connection, &self.organization, &actor(), now).await.unwrap();
    }

    /// Changes the connection as a person would.
    pub async fn change(&self, change: ConnectionChange) -> Connection {
        self.world.change(self.partner.as_str(), &self.connection, change).await
    }

    /// The connection as it is now.
    pub async fn connection_now(&self) -> Connection {
        self.store.connection(&self.partner, &self.connection).await.unwrap().unwrap()
    }

    /// All that it stands on, for what concerns other partners or connections.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// Accepts an event that happened so many seconds ago.
    pub async fn event(&self, id: &str, account: &str, seconds_ago: i64) -> EventId {
        self.accept(id, account, seconds_ago, Action::Trigger).await
    }

    /// Accepts the recovery of what was broken, as of so many seconds ago.
    pub async fn recovery(&self, id: &str, account: &str, seconds_ago: i64) -> EventId {
        self.accept(id, account, seconds_ago, Action::Resolve).await
    }

    /// Accepts an event of that type, which says no more than its type.
    pub async fn typed_event(&self, id: &str, event_type: &str, seconds_ago: i64) -> EventId {
        let data = serde_json::json!({"organization_id": self.organization});
        self.accept_any(id, event_type, seconds_ago, data).await
    }

    /// A failure of that organisation.
    pub async fn event_of(&self, organization: &str, id: &str, account: &str, seconds_ago: i64) -> EventId {
        let data = serde_json::json!({"organization_id": organization, "account": account});
        self.accept_any(id, "backup.email.failed", seconds_ago, data).await
    }

    async fn accept(&self, id: &str, account: &str, seconds_ago: i64, action: Action) -> EventId {
        let data = serde_json::json!({
            "organization_id": self.organization, "account": account, "action": action,
        });
        self.accept_any(id, "backup.email.failed", seconds_ago, data).await
    }

    async fn accept_any(
        &self,
        id: &str,
        event_type: &str,
        seconds_ago: i64,
        data: serde_json::Value,
    ) -> EventId {
        let time = self.clock.now() - SignedDuration::from_secs(seconds_ago);
        let value = serde_json::json!({
            "specversion": "1.0", "id": id, "source": "/test", "type": event_type, "time": time.to_string(),
            "data": data,
        });
        let event = cloud_event::read(&value, self.clock.now()).unwrap();
        self.store.accept(&event, self.clock.now()).await.unwrap();
        event.id
    }

    /// A worker with the plan of production.
    pub fn worker(&self) -> Worker {
        Worker {
            store: self.store.clone(),
            connectors: Arc::new(OnePsa(self.psa.clone())),
            vault: self.vault.clone(),
            bell: self.bell.clone(),
            clock: self.clock.clone(),
            plan: WorkPlan::default(),
            stopping: self.stopping.clone(),
        }
    }

    /// Works the connection for a slice.
    pub async fn work(&self) -> Worked {
        let worker = self.worker();
        let deadline = self.clock.now() + worker.plan.slice;
        worker.work(&self.connection, deadline).await.unwrap()
    }

    /// The schedule.
    pub fn backfill(&self) -> Backfill {
        Backfill {
            store: self.store.clone(),
            bell: self.bell.clone(),
            clock: self.clock.clone(),
            plan: BackfillPlan::default(),
        }
    }

    /// The connections that were rung since it was last asked.
    pub fn rung(&self) -> Vec<ConnectionId> {
        self.bell.heard()
    }

    /// Why the partner has no delivery of an event.
    pub async fn unrouted(&self, event: &EventId) -> Option<Reason> {
        self.store.event(&self.partner, event).await.unwrap().unwrap().unrouted
    }

    /// The delivery of an event.
    pub async fn delivery(&self, event: &EventId) -> Delivery {
        let view = self.store.event(&self.partner, event).await.unwrap().unwrap();
        view.deliveries.into_iter().next().unwrap().delivery
    }

    /// Why the delivery of an event ended, if it has.
    pub async fn ended(&self, event: &EventId) -> Option<Reason> {
        match self.delivery(event).await.state {
            DeliveryState::Ended { reason } => Some(reason),
            _ => None,
        }
    }

    /// Whether an event has its ticket.
    pub async fn is_done(&self, event: &EventId) -> bool {
        matches!(self.delivery(event).await.state, DeliveryState::Done { .. })
    }

    /// Asks for a test ticket.
    pub async fn ask_for_test(&self) -> OperationId {
        let connection = self.connection_now().await;
        let operation = Operation {
            id: OperationId::random(&SystemRandom),
            partner: self.partner.clone(),
            connection: self.connection.clone(),
            client: ClientId::new("57"),
            generation: connection.generation,
            settings: connection.settings,
            created_at: self.clock.now(),
            state: OperationState::Waiting,
            due_at: self.clock.now(),
            steps: Vec::new(),
            version: 0,
        };
        self.store.create_operation(&operation, &actor()).await.unwrap();
        operation.id
    }

    /// An operation as it is now.
    pub async fn operation(&self, id: &OperationId) -> Operation {
        self.store.operation(&self.partner, id).await.unwrap().unwrap()
    }

    /// How many events the partner sees.
    pub async fn events_seen(&self) -> usize {
        self.store.events(&self.partner, &EventFilter::default(), None, 100).await.unwrap().items.len()
    }
}
