//! A stage with one connection, on which a test says what happens: what the PSA answers, and what people do meanwhile.

use super::{
    psa::{Kind, Place},
    world::{Script, Shared, World},
};
use crate::{random::Chance, store::MemoryStore};
use jiff::{SignedDuration, Timestamp};
use psa_bridge_core::{
    catalogue::Language,
    connection::{CheckResult, Connection, ConnectionChange, Settings, TestProof},
    event::{Event, SEATS_CHANGED, Seats},
    ids::{ConnectionId, EventId, OrganizationId, PartnerId},
    organization::{Organization, RegisteredBy},
    ports::{Actor, EventStore, PutMapping, RegistryStore, SeatItem, SeatStore, SeatWish, SeatWishError},
    seats::{SeatEntry, SeatSettings},
    usecases::{
        seats::{SeatView, Seats as SeatsUseCase},
        work::{WorkPlan, Worker},
    },
};
use psa_connector::{CheckReport, ClientId, LicenseId, PsaKind, SeatChange, TenantIdentity, TicketId};
use std::{
    future::Future,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};
use tokio_util::sync::CancellationToken;

/// When every history begins: 25 May 2026, in the morning.
pub const START: Timestamp = Timestamp::constant(1_779_700_000, 0);

/// The connection of every history.
pub fn connection_id() -> ConnectionId {
    id("con_seats")
}

/// An id.
///
/// # Panics
/// Where it is none.
#[track_caller]
pub fn id<T: std::str::FromStr>(text: &str) -> T
where
    T::Err: std::fmt::Debug,
{
    match text.parse() {
        Ok(id) => id,
        Err(error) => panic!("{text}: {error:?}"),
    }
}

/// Who wishes something.
pub fn ann() -> Actor {
    Actor("ann".to_owned())
}

/// Finishes what waits for nobody but whoever polls it.
pub fn finish<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return output;
        }
    }
}

/// A worker on that store.
pub fn worker(shared: &Shared, store: MemoryStore) -> Worker {
    Worker {
        store: Arc::new(store),
        connectors: Arc::new(shared.clone()),
        vault: Arc::new(shared.clone()),
        bell: Arc::new(shared.clone()),
        clock: Arc::new(shared.clone()),
        plan: WorkPlan::default(),
        stopping: CancellationToken::new(),
    }
}

/// An event that tells a count.
pub fn counted(organization: &str, name: &str, time: Timestamp, quantity: u32) -> Event {
    Event {
        id: EventId::derive("story", name),
        source: "story".to_owned(),
        source_id: name.to_owned(),
        event_type: SEATS_CHANGED.to_owned(),
        time,
        organization: id::<OrganizationId>(organization),
        organization_name: None,
        partners: None,
        account: None,
        severity: None,
        title: None,
        description: None,
        dedup_key: None,
        action: None,
        url: None,
        seats: Some(Seats { product: "mail".to_owned(), quantity }),
    }
}

/// An organisation on a licence.
pub fn mapped(organization: &str, license: Option<&str>) -> PutMapping {
    PutMapping {
        organization: id(organization),
        client: ClientId::new("3"),
        client_name: "Acme".to_owned(),
        license: license.map(LicenseId::new),
        flow: true,
    }
}

/// An organisation of these partners.
pub fn owned(organization: &str, chain: &[&str], now: Timestamp) -> Organization {
    Organization {
        id: id(organization),
        name: None,
        chain: chain.iter().map(|partner| id(partner)).collect(),
        registered_by: RegisteredBy::Registry,
        updated_at: now,
    }
}

fn settled_as(seats: &SeatSettings) -> Settings {
    Settings { seats: Some(seats.clone()), ..Settings::default() }
}

/// A live connection in which the organisation is mapped onto the place.
///
/// # Panics
/// Where the store refuses.
pub fn set_up(store: &MemoryStore, seats: &SeatSettings) {
    let partner: PartnerId = id("msp");
    let check = CheckResult { at: START, report: CheckReport::default() };
    let tenant = TenantIdentity { psa: PsaKind::Autotask, key: "t".to_owned(), name: "tenant".to_owned() };
    let connection = Connection::new(connection_id(), partner.clone(), tenant, Language::En, check);
    let settings = settled_as(seats);
    let proof =
        TestProof { at: START, ticket: TicketId::new("1"), generation: 1, settings: Some(settings.clone()) };
    let contact = ConnectionChange::ContactSaved {
        emergency_contact: Some("noc@example.com".to_owned()),
        language: Language::En,
    };
    finish(async {
        let made = async {
            store.put_organization(&owned("acme", &["msp"], START), &ann()).await?;
            store.create_connection(&connection, &ann()).await?;
            store.put_mapping(&partner, &connection.id, &mapped("acme", Some("7")), &ann(), START).await
        };
        if let Err(error) = made.await {
            panic!("cannot set up: {error}");
        }
        for change in [
            ConnectionChange::SettingsSaved(settings),
            contact,
            ConnectionChange::Proven(proof),
            ConnectionChange::Confirmed,
        ] {
            let changed = store.change_connection(&partner, &connection.id, change, &ann(), START).await;
            if let Err(error) = changed {
                panic!("cannot set up: {error}");
            }
        }
    });
}

/// One connection, one organisation on one licence, and a PSA that answers as it is told.
pub struct Stage {
    /// The PSA, and what it is to answer.
    pub shared: Shared,
    store: MemoryStore,
    worker: Worker,
    events: u32,
}

impl std::fmt::Debug for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stage").field("shared", &self.shared).finish_non_exhaustive()
    }
}

impl Stage {
    /// A stage whose PSA shows that count, with these settings.
    pub fn new(kind: Kind, count: i64, settings: &SeatSettings) -> Self {
        let shared = Shared::new(World {
            now: START,
            chance: Chance::of(0),
            place: Place::new(kind, count),
            is_healed: true,
            store_fails: false,
            script: Script::default(),
        });
        let store = MemoryStore::default();
        set_up(&store, settings);
        let worker = worker(&shared, store.clone());
        Self { shared, store, worker, events: 0 }
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        self.shared.with(|world| world.now)
    }

    /// Lets time go by, and the worker come.
    pub fn pass(&self, span: SignedDuration) {
        self.shared.with(|world| world.now += span);
        self.work();
    }

    /// The vendor tells a count.
    pub fn tell(&mut self, count: u32) {
        self.events += 1;
        let event = counted("acme", &self.events.to_string(), self.now(), count);
        must(finish(self.store.accept(&event, self.now())));
    }

    /// The worker comes.
    pub fn work(&self) {
        let deadline = self.now() + SignedDuration::from_secs(3_600);
        must(finish(self.worker.work(&connection_id(), deadline)));
    }

    /// Settings are saved.
    pub fn choose(&self, seats: &SeatSettings) {
        let change = ConnectionChange::SettingsSaved(settled_as(seats));
        let (partner, now) = (id("msp"), self.now());
        must(finish(self.store.change_connection(&partner, &connection_id(), change, &ann(), now)));
    }

    /// The organisation is mapped onto that licence, or onto none.
    pub fn map(&self, organization: &str, license: Option<&str>) {
        let (partner, mapping) = (id("msp"), mapped(organization, license));
        must(finish(self.store.put_mapping(&partner, &connection_id(), &mapping, &ann(), self.now())));
    }

    /// The mapping is taken away.
    pub fn unmap(&self) {
        let (partner, now) = (id("msp"), self.now());
        must(finish(self.store.delete_mapping(&partner, &connection_id(), &id("acme"), &ann(), now)));
    }

    /// The organisation becomes that of these partners.
    pub fn own(&self, organization: &str, chain: &[&str]) {
        must(finish(self.store.put_organization(&owned(organization, chain, self.now()), &ann())));
    }

    /// A person wishes something.
    pub fn wish(&self, wish: &SeatWish) -> Result<u64, SeatWishError> {
        finish(self.store.wish_seats(&id("msp"), &connection_id(), wish, &ann(), self.now()))
    }

    /// A person takes the change to that count back.
    pub fn undo(&self, to: i64) -> Result<u64, SeatWishError> {
        self.wish(&SeatWish::Undo { organization: id("acme"), product: "mail".to_owned(), to })
    }

    /// The organisation's line, whoever owns it.
    pub fn item(&self) -> SeatItem {
        let item = finish(self.store.seat_line(&connection_id(), &id("acme"), "mail"));
        must(must(item).ok_or("there is no line"))
    }

    /// What a person sees, as the PSA shows it now.
    pub fn preview(&self) -> SeatView {
        let seats = SeatsUseCase {
            store: Arc::new(self.store.clone()),
            connectors: Arc::new(self.shared.clone()),
            bell: Arc::new(self.shared.clone()),
            clock: Arc::new(self.shared.clone()),
        };
        let page = must(finish(seats.list_fresh(&id("msp"), &connection_id(), None, 10)));
        must(page.items.into_iter().next().ok_or("there is no line"))
    }

    /// The changes in the history, oldest first.
    pub fn history(&self) -> Vec<SeatEntry> {
        self.store.inspect(|state| state.seat_history().map(|line| line.entry.clone()).collect())
    }

    /// All that was sent to the PSA, in order.
    pub fn sent(&self) -> Vec<SeatChange> {
        self.shared.with(|world| world.script.sent.clone())
    }
}

#[track_caller]
fn must<T, E: std::fmt::Debug>(result: Result<T, E>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("{error:?}"),
    }
}
