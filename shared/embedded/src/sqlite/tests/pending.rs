//! What one event costs while many others wait: no more among a hundred thousand than among a thousand. Counted in steps of
//! SQLite's machine, as the store's own functions take them.

use super::world::{World, at, event, options};
use crate::sqlite::{due, leases, open, routing, work};
use jiff::SignedDuration;
use psa_bridge_core::{
    catalogue::Action,
    delivery::{Attempt, Change, Request},
    event::Event,
    ids::{ConnectionId, EventId},
    life_cycle::FingerprintRecord,
    ports::{Lease, LeaseOutcome, Step, WorkItem},
};
use psa_connector::{ClientId, TicketId};
use rusqlite::Connection as Db;
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// How much more an event may cost among the many: 1.2 times.
const MOST: f64 = 1.2;
/// Events that are accepted and worked to see what one costs.
const MEASURED: usize = 100;
/// What a worker reads at a time.
const PAGE: usize = 10;

/// The store's own connection, which counts what it does.
struct Counted {
    db: Db,
    steps: Arc<AtomicU64>,
    connection: ConnectionId,
    _world: World,
}

/// What one event costs, in steps.
#[derive(Debug)]
struct Cost {
    accepting: f64,
    working: f64,
    sweeping: f64,
}

/// One of many accounts breaks; every tenth event says that it is mended.
fn told(number: usize) -> Event {
    Event {
        account: Some(format!("{}@example.com", number % 997)),
        action: (number % 10 == 9).then_some(Action::Resolve),
        time: at(i64::try_from(number).unwrap() % 86_400),
        ..event(number)
    }
}

impl Counted {
    /// With so many events that wait.
    async fn with_pending(pending: usize) -> Self {
        let (world, connection) = World::mapped().await;
        let mut db = open::writer_connection(&options(&world.folder)).unwrap();
        let transaction = db.transaction().unwrap();
        for number in 0..pending {
            routing::accept(&transaction, &told(number), at(0)).unwrap();
        }
        transaction.commit().unwrap();
        let steps = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&steps);
        db.progress_handler(
            1,
            Some(move || {
                counter.fetch_add(1, Ordering::Relaxed);
                false
            }),
        )
        .unwrap();
        Self { db, steps, connection, _world: world }
    }

    fn steps_of(&self, work: impl FnOnce()) -> f64 {
        let before = self.steps.load(Ordering::Relaxed);
        work();
        let steps = u32::try_from(self.steps.load(Ordering::Relaxed) - before).unwrap();
        f64::from(steps)
    }

    /// What each of these events costs, on average.
    fn cost(&self, first: usize) -> Cost {
        let count = f64::from(u32::try_from(MEASURED).unwrap());
        let accepting = self.steps_of(|| {
            for number in first..first + MEASURED {
                let accepted = routing::accept(&self.db, &told(number), at(1)).unwrap();
                assert_eq!(accepted.ring, std::slice::from_ref(&self.connection));
            }
        });
        let working = self.steps_of(|| self.work(MEASURED));
        let sweeping = self.steps_of(|| {
            assert_eq!(due::connections(&self.db, at(100_000), 100).unwrap().len(), 1);
            work::next_due(&self.db, &self.connection).unwrap();
        });
        Cost { accepting: accepting / count, working: working / count, sweeping }
    }

    /// Works so many deliveries as a worker does: a page at a time, the outcome of one written with the start of the next.
    fn work(&self, count: usize) {
        let until = at(1) + SignedDuration::from_mins(1);
        let LeaseOutcome::Taken(leased) = leases::take(&self.db, &self.connection, until, at(1)).unwrap()
        else {
            panic!("nobody has the lease");
        };
        let mut after: Option<(jiff::Timestamp, EventId)> = None;
        for _ in 0..count / PAGE {
            let page = work::unfinished(&self.db, &self.connection, after.as_ref(), PAGE).unwrap();
            assert_eq!(page.len(), PAGE);
            after = page.last().map(|item| (item.delivery.event_time, item.delivery.event.clone()));
            let mut outcome: Option<Step> = None;
            for item in &page {
                let steps = outcome.take().into_iter().chain([start(&leased.lease, item)]).collect();
                work::advance(&self.db, &leased.lease, steps, at(2)).unwrap();
                outcome = Some(created(item));
            }
            work::advance(&self.db, &leased.lease, outcome.into_iter().collect(), at(2)).unwrap();
        }
        leases::hand_back(&self.db, &leased.lease).unwrap();
    }
}

fn start(lease: &Lease, item: &WorkItem) -> Step {
    let client = ClientId::new("12");
    let attempt = Attempt {
        started_at: at(2),
        generation: 1,
        fence: lease.fence,
        fingerprint: item.event.fingerprint(&client),
        client,
        request: Request::CreateTicket,
    };
    Step::new(item.delivery.event.clone(), item.delivery.version, Change::AttemptStarted(attempt))
}

fn created(item: &WorkItem) -> Step {
    let ticket = TicketId::new("7");
    let mut record = FingerprintRecord::new(item.event.fingerprint(&ClientId::new("12")));
    record.created(ticket.clone(), false, item.delivery.event_time);
    let step =
        Step::new(item.delivery.event.clone(), item.delivery.version + 1, Change::TicketCreated(ticket));
    Step { record: Some(record), ..step }
}

async fn costs_no_more_among(many: usize) {
    const FEW: usize = 1_000;
    let few = Counted::with_pending(FEW).await.cost(FEW);
    let many_pending = Counted::with_pending(many).await;
    let among_many = many_pending.cost(many);
    println!("steps an event with {FEW} pending: {few:?}, with {many}: {among_many:?}");
    for (what, few, many) in [
        ("accepting", few.accepting, among_many.accepting),
        ("working", few.working, among_many.working),
        ("the sweep", few.sweeping, among_many.sweeping),
    ] {
        assert!(few > 10.0, "{what} is counted: {few}");
        assert!(many <= few * MOST, "{what} takes {many} steps an event, and {few} with {FEW} pending");
    }
}

#[tokio::test]
async fn an_event_costs_no_more_with_ten_thousand_pending_than_with_a_thousand() {
    costs_no_more_among(10_000).await;
}

#[tokio::test]
#[ignore = "takes a minute without optimisation: cargo test --release -p psa-bridge-embedded -- --ignored pending"]
async fn an_event_costs_no_more_with_a_hundred_thousand_pending_than_with_a_thousand() {
    costs_no_more_among(100_000).await;
}
