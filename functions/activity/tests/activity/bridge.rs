//! The function with a store that tests put events through.

use http::Method;
use jiff::{SignedDuration, Timestamp};
use psa_bridge_activity::{Activity, router};
use psa_bridge_core::{
    catalogue::Language,
    delivery::{Attempt, Change, Request},
    event::Event,
    ids::{ConnectionId, EventId, Fingerprint},
    ports::{EventStore, LeaseOutcome, Step, WorkStore},
};
use psa_bridge_http::Scope;
use psa_bridge_rig::{ACME, BookPsa, Reply, World, id};
use psa_connector::ClientId;
use std::{ops::Deref, sync::Arc};

pub(crate) struct Bridge {
    /// Nothing but a ticket's address is ever asked of it.
    pub(crate) psa: BookPsa,
    http: psa_bridge_rig::Bridge,
}

impl Deref for Bridge {
    type Target = psa_bridge_rig::Bridge;
    fn deref(&self) -> &Self::Target {
        &self.http
    }
}

pub(crate) fn activity(world: &World, psa: &BookPsa) -> Activity {
    Activity {
        store: world.store.clone(),
        connectors: Arc::new(psa.clone()),
        bell: world.bell.clone(),
        clock: world.clock.clone(),
    }
}

/// A failed mail backup of an organisation.
pub(crate) fn event(source_id: &str, organization: &str, time: Timestamp) -> Event {
    Event {
        id: EventId::derive("test", source_id),
        source: "test".into(),
        source_id: source_id.into(),
        event_type: "backup.email.failed".into(),
        time,
        organization: id(organization),
        organization_name: None,
        partners: None,
        account: Some("jo@contoso.example".into()),
        severity: None,
        title: None,
        description: Some("It broke.".into()),
        dedup_key: None,
        action: None,
        url: None,
        seats: None,
    }
}

impl Bridge {
    pub(crate) fn new() -> Self {
        let (world, psa) = (World::new(), BookPsa::closed());
        let routes = router(activity(&world, &psa));
        Self { psa, http: psa_bridge_rig::Bridge::new(world, routes) }
    }

    /// A live connection of ACME, onto which its organisation `org-1` is mapped.
    pub(crate) async fn mapped() -> (Self, ConnectionId) {
        let bridge = Self::new();
        let connection = bridge.live(ACME, "one", Language::En).await;
        bridge.register("org-1", "Bakery", &[ACME]).await;
        bridge.map(ACME, &connection, "org-1", true).await;
        (bridge, connection)
    }

    /// A live connection of the partner.
    pub(crate) async fn live(&self, partner: &str, name: &str, language: Language) -> ConnectionId {
        let connection = self.connect(partner, name).await;
        self.confirm(partner, &connection, language).await;
        connection
    }

    /// Connections that were rung for, each at once.
    pub(crate) fn rung_at_once(&self) -> Vec<String> {
        let rung = std::mem::take(&mut *self.bell.0.lock().unwrap());
        assert!(rung.iter().all(|(_, delay)| delay.is_zero()), "{rung:?}");
        rung.into_iter().map(|(connection, _)| connection.into()).collect()
    }

    pub(crate) async fn accept(&self, source_id: &str, organization: &str) -> EventId {
        let event = event(source_id, organization, self.now());
        self.store.accept(&event, self.now()).await.unwrap();
        event.id
    }

    /// Works the first waiting delivery of a connection to this end, as a worker would.
    pub(crate) async fn work(&self, connection: &ConnectionId, end: Change) {
        let until = self.now() + SignedDuration::from_mins(1);
        let LeaseOutcome::Taken(work) = self.store.lease(connection, until, self.now()).await.unwrap() else {
            panic!("the lease is free");
        };
        let item = self.store.unfinished(connection, None, 1).await.unwrap().remove(0);
        let attempt = Attempt {
            started_at: self.now(),
            generation: work.connection.generation,
            fence: work.lease.fence,
            client: ClientId::new("57"),
            fingerprint: Fingerprint::new("57", "backup.email", None, None),
            request: Request::CreateTicket,
        };
        let mut version = item.delivery.version;
        for change in [Change::AttemptStarted(attempt), end] {
            let step = Step::new(item.delivery.event.clone(), version, change);
            version = self.store.advance(&work.lease, vec![step], self.now()).await.unwrap()[0].version;
        }
        self.store.hand_back(&work.lease).await.unwrap();
    }

    pub(crate) async fn retry(&self, partner: &str, event: &EventId) -> Reply {
        self.ask(Method::POST, &format!("/v1/events/{event}/retry"), Some(partner), Scope::Manage, None).await
    }
}
