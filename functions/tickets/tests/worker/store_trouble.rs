//! What a worker does when the table itself cannot be written for a while.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use psa_bridge_core::{
    budget::Purpose,
    connection::Connection,
    ids::ConnectionId,
    ports::{ConnectorFactory, LeaseOutcome, OpenError, WorkStore},
    usecases::work::{Worked, Worker},
};
use psa_bridge_rig::{Scene, TestClock};
use psa_connector::{Clock, Credentials, PsaConnector, PsaKind};
use std::{
    fmt,
    sync::{Arc, Mutex},
    time::Duration,
};

/// Another process that can have the file to itself, and a clock by which it lets go after so many sleeps.
struct OtherProcess {
    file: Mutex<rusqlite::Connection>,
    sleeps: Mutex<u32>,
    clock: Arc<TestClock>,
}

impl OtherProcess {
    fn new(scene: &Scene, sleeps: u32) -> Arc<Self> {
        let file = rusqlite::Connection::open(scene.database()).unwrap();
        Arc::new(Self { file: Mutex::new(file), sleeps: Mutex::new(sleeps), clock: scene.clock.clone() })
    }

    fn take(&self) {
        self.file.lock().unwrap().execute_batch("BEGIN IMMEDIATE").unwrap();
    }
}

impl fmt::Debug for OtherProcess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OtherProcess")
    }
}

#[async_trait]
impl Clock for OtherProcess {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }
    async fn sleep(&self, duration: Duration) {
        self.clock.sleep(duration).await;
        let mut sleeps = self.sleeps.lock().unwrap();
        *sleeps -= 1;
        if *sleeps == 0 {
            self.file.lock().unwrap().execute_batch("ROLLBACK").unwrap();
        }
    }
}

/// Opens connectors as the scene does; another process takes the file at that moment.
struct TakenMeanwhile(Arc<OtherProcess>, Arc<dyn ConnectorFactory>);

#[async_trait]
impl ConnectorFactory for TakenMeanwhile {
    fn try_out(&self, psa: PsaKind, credentials: &Credentials) -> Result<Arc<dyn PsaConnector>, OpenError> {
        self.1.try_out(psa, credentials)
    }
    async fn open(
        &self,
        connection: &Connection,
        purpose: Purpose,
    ) -> Result<Arc<dyn PsaConnector>, OpenError> {
        self.0.take();
        self.1.open(connection, purpose).await
    }
    fn retire(&self, connection: &ConnectionId, generation: u32) {
        self.1.retire(connection, generation);
    }
}

fn worker(scene: &Scene, other: &Arc<OtherProcess>) -> Worker {
    let usual = scene.worker();
    let connectors = Arc::new(TakenMeanwhile(Arc::clone(other), Arc::clone(&usual.connectors)));
    Worker { connectors, clock: other.clone(), ..usual }
}

#[tokio::test]
async fn a_store_that_is_away_gets_its_lease_back_as_soon_as_it_is_there_again() {
    let scene = Scene::live().await;
    let event = scene.event("1", "anna@x", 5).await;
    let other = OtherProcess::new(&scene, 6);
    let deadline = scene.clock.now() + SignedDuration::from_secs(45);
    let worked = worker(&scene, &other).work(&scene.connection, deadline).await;
    assert!(worked.is_err(), "{worked:?}");
    assert!(scene.psa.tickets().is_empty(), "no request may leave that is not on record");

    assert_eq!(scene.work().await, Worked::Drained, "the lease was left behind");
    assert!(scene.is_done(&event).await);
}

#[tokio::test]
async fn a_store_that_stays_away_is_left_alone_once_the_lease_has_run_out() {
    let scene = Scene::live().await;
    let other = OtherProcess::new(&scene, u32::MAX);
    scene.event("1", "anna@x", 5).await;
    let (began, deadline) = (scene.clock.now(), scene.clock.now() + SignedDuration::from_secs(45));
    let worker = worker(&scene, &other);
    let until = deadline + worker.plan.lease_margin;
    assert!(worker.work(&scene.connection, deadline).await.is_err());
    assert!(scene.clock.now() >= until && scene.clock.now() < until + (deadline - began));
    other.file.lock().unwrap().execute_batch("ROLLBACK").unwrap();
    let leased = scene.store.lease(&scene.connection, until, scene.clock.now()).await.unwrap();
    assert!(matches!(leased, LeaseOutcome::Taken(_)));
}
