//! The function, a worker, and a PSA with one licence.

use http::Method;
use jiff::{SignedDuration, Timestamp};
use psa_bridge_core::{
    catalogue::Language,
    connection::{ConnectionChange, Settings},
    event::{Event, SEATS_CHANGED, Seats as Count},
    ids::{ConnectionId, EventId},
    ports::{EventStore, PutMapping, RegistryStore},
    seats::SeatSettings,
    usecases::work::{WorkPlan, Worker},
};
use psa_bridge_http::Scope;
use psa_bridge_rig::{BookPsa, RecordingVault, Reply, World, actor, id};
use psa_bridge_seats::{Seats, router};
use psa_connector::{ClientId, Clock, LicenseId};
use serde_json::Value;
use std::{ops::Deref, sync::Arc};
use tokio_util::sync::CancellationToken;

pub(crate) const PRODUCT: &str = "m365-backup";

pub(crate) struct Bridge {
    pub(crate) psa: BookPsa,
    pub(crate) halo: ConnectionId,
    worker: Worker,
    http: psa_bridge_rig::Bridge,
}

impl Deref for Bridge {
    type Target = psa_bridge_rig::Bridge;
    fn deref(&self) -> &Self::Target {
        &self.http
    }
}

pub(crate) fn seats(world: &World, psa: &BookPsa) -> Seats {
    Seats {
        store: world.store.clone(),
        connectors: Arc::new(psa.clone()),
        bell: world.bell.clone(),
        clock: world.clock.clone(),
    }
}

impl Bridge {
    /// The organisation `bakery` of `acme`, on the licence `L` of five seats.
    pub(crate) async fn new(settings: SeatSettings) -> Self {
        let (world, psa) = (World::new(), BookPsa::default());
        psa.add_license("57", "L");
        let halo = world.connect("acme", "halo").await;
        world.confirm("acme", &halo, Language::En).await;
        world.register("bakery", "Bakery Ltd", &["acme"]).await;
        let mapping = PutMapping {
            organization: id("bakery"),
            client: ClientId::new("57"),
            client_name: "Bakery".to_owned(),
            license: Some(LicenseId::new("L")),
            flow: true,
        };
        world.store.put_mapping(&id("acme"), &halo, &mapping, &actor(), world.now()).await.unwrap();
        let worker = Worker {
            store: world.store.clone(),
            connectors: Arc::new(psa.clone()),
            vault: Arc::new(RecordingVault::default()),
            bell: world.bell.clone(),
            clock: world.clock.clone(),
            plan: WorkPlan::default(),
            stopping: CancellationToken::new(),
        };
        let routes = router(seats(&world, &psa));
        let http = psa_bridge_rig::Bridge::new(world, routes);
        let bridge = Self { psa, halo, worker, http };
        bridge.choose(settings).await;
        bridge
    }

    pub(crate) async fn choose(&self, seats: SeatSettings) {
        let settings = Settings { seats: Some(seats), ..Settings::default() };
        self.change("acme", &self.halo, ConnectionChange::SettingsSaved(settings)).await;
    }

    /// The vendor tells a count; a worker does what there is to do.
    pub(crate) async fn tell(&self, quantity: u32) {
        let now: Timestamp = self.now();
        let name = format!("{quantity} {now}");
        let event = Event {
            id: EventId::derive("test", &name),
            source: "test".to_owned(),
            source_id: name,
            event_type: SEATS_CHANGED.to_owned(),
            time: now,
            organization: id("bakery"),
            organization_name: None,
            partners: None,
            account: None,
            severity: None,
            title: None,
            description: None,
            dedup_key: None,
            action: None,
            url: None,
            seats: Some(Count { product: PRODUCT.to_owned(), quantity }),
        };
        self.store.accept(&event, now).await.unwrap();
        self.work().await;
    }

    pub(crate) async fn work(&self) {
        self.clock.advance(SignedDuration::from_secs(1));
        let deadline = self.clock.now() + SignedDuration::from_secs(60);
        self.worker.work(&self.halo, deadline).await.unwrap();
    }

    pub(crate) fn path(&self, rest: &str) -> String {
        format!("/v1/connections/{}/seats{rest}", self.halo)
    }

    /// The only line.
    pub(crate) async fn line(&self) -> Value {
        let list = self.get("acme", &self.path("")).await.ok();
        assert_eq!(list["items"].as_array().unwrap().len(), 1, "{list}");
        list["items"][0].clone()
    }

    pub(crate) async fn post(&self, partner: &str, rest: &str, body: Value) -> Reply {
        self.ask(Method::POST, &self.path(rest), Some(partner), Scope::Manage, Some(body)).await
    }

    /// The count in the PSA.
    pub(crate) fn there(&self) -> i64 {
        let mut count = 0;
        self.psa.with(|books| count = books.licenses[0].1.count);
        count
    }

    /// A hand in the PSA.
    pub(crate) fn edit(&self, count: i64) {
        self.psa.with(|books| books.licenses[0].1.count = count);
    }
}
