//! What one event costs by the clock while many others wait: `cargo bench -p psa-bridge-embedded`. A test holds the same to
//! 1.2 times in steps of SQLite's machine (`sqlite/tests/pending.rs`); this prints what that comes to.

use jiff::{SignedDuration, Timestamp};
use psa_bridge_core::{
    catalogue::Language,
    connection::{CheckResult, Connection, ConnectionChange, Settings, TestProof},
    delivery::{Attempt, Change, Request},
    event::Event,
    ids::{ConnectionId, EventId, PartnerId},
    organization::{Organization, RegisteredBy},
    ports::{Actor, EventStore, LeaseOutcome, PutMapping, RegistryStore, Step, WorkStore},
};
use psa_bridge_embedded::{SqliteOptions, SqliteStore};
use psa_connector::{CheckReport, ClientId, PsaKind, TenantIdentity, TicketId};
use std::{
    error::Error,
    sync::Arc,
    time::{Duration, Instant},
};
use tempfile::TempDir;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Events that are accepted and worked to see what one costs.
const MEASURED: usize = 10_000;
/// How often each size is measured, in turn: a disk is not equally fast at all times.
const ROUNDS: usize = 9;
/// Events that are accepted at the same time, as from many callers.
const AT_ONCE: usize = 64;

fn at(seconds: i64) -> Timestamp {
    Timestamp::constant(1_772_352_000, 0) + SignedDuration::from_secs(seconds)
}

/// When the event of that number is accepted: time goes on between two events, as it does for who is called.
fn accepted_at(number: usize) -> Outcome<Timestamp> {
    Ok(at(0) + SignedDuration::from_millis(i64::try_from(number)?))
}

fn event(number: usize) -> Outcome<Event> {
    let id = format!("{number:06}");
    Ok(Event {
        id: EventId::derive("bench", &id),
        source: "bench".to_owned(),
        source_id: id,
        event_type: "backup.email.failed".to_owned(),
        time: accepted_at(number)? - SignedDuration::from_secs(2),
        organization: "acme".parse()?,
        organization_name: None,
        partners: None,
        account: Some(format!("{}@example.com", number % 997)),
        severity: None,
        title: None,
        description: None,
        dedup_key: None,
        action: None,
        url: None,
        seats: None,
    })
}

/// A store in which `acme` is mapped in one live connection.
async fn open(folder: &TempDir) -> Outcome<(Arc<SqliteStore>, ConnectionId)> {
    let store = Arc::new(SqliteStore::open(&SqliteOptions::new(folder.path().join("bridge.db")))?);
    let (partner, actor): (PartnerId, _) = ("msp".parse()?, Actor("bench".to_owned()));
    let acme = Organization {
        id: "acme".parse()?,
        name: None,
        chain: vec![partner.clone()],
        registered_by: RegisteredBy::Registry,
        updated_at: at(-100),
    };
    store.put_organization(&acme, &actor).await?;
    let id: ConnectionId = "con_bench".parse()?;
    let tenant = TenantIdentity { psa: PsaKind::HaloPsa, key: "bench".to_owned(), name: "Bench".to_owned() };
    let check = CheckResult { at: at(-100), report: CheckReport::default() };
    let mut connection = Connection::new(id.clone(), partner.clone(), tenant, Language::En, check);
    connection.emergency_contact = Some("noc@example.org".to_owned());
    connection.settings = Some(Settings::default());
    connection.proof = Some(TestProof {
        at: at(-100),
        ticket: TicketId::new("1"),
        generation: 1,
        settings: connection.settings.clone(),
    });
    store.create_connection(&connection, &actor).await?;
    store.change_connection(&partner, &id, ConnectionChange::Confirmed, &actor, at(-90)).await?;
    let mapping = PutMapping {
        organization: "acme".parse()?,
        client: ClientId::new("12"),
        client_name: "Acme".to_owned(),
        license: None,
        flow: true,
    };
    store.put_mapping(&partner, &id, &mapping, &actor, at(-80)).await?;
    Ok((store, id))
}

async fn accept(store: &Arc<SqliteStore>, numbers: std::ops::Range<usize>) -> Outcome<Duration> {
    let events: Vec<(Event, Timestamp)> =
        numbers.map(|number| Ok((event(number)?, accepted_at(number)?))).collect::<Outcome<_>>()?;
    let began = Instant::now();
    for together in events.chunks(AT_ONCE) {
        let accepting: Vec<_> = together
            .iter()
            .cloned()
            .map(|(event, now)| {
                let store = Arc::clone(store);
                tokio::spawn(async move { store.accept(&event, now).await })
            })
            .collect();
        for accepted in accepting {
            accepted.await??;
        }
    }
    Ok(began.elapsed())
}

/// Works so many deliveries as a worker does, without a PSA.
async fn work(store: &SqliteStore, connection: &ConnectionId, count: usize) -> Outcome<Duration> {
    const PAGE: usize = 10;
    let began = Instant::now();
    let LeaseOutcome::Taken(leased) = store.lease(connection, at(3_600), at(1_000)).await? else {
        return Err("somebody has the lease".into());
    };
    let client = ClientId::new("12");
    for _ in 0..count / PAGE {
        let mut outcome = Vec::new();
        for item in store.unfinished(connection, None, PAGE).await? {
            let attempt = Attempt {
                started_at: at(1_001),
                generation: 1,
                fence: leased.lease.fence,
                fingerprint: item.event.fingerprint(&client),
                client: client.clone(),
                request: Request::CreateTicket,
            };
            let (event, version) = (item.delivery.event, item.delivery.version);
            outcome.push(Step::new(event.clone(), version, Change::AttemptStarted(attempt)));
            store.advance(&leased.lease, std::mem::take(&mut outcome), at(1_001)).await?;
            let change = Change::TicketCreated(TicketId::new("7"));
            outcome.push(Step::new(event, version + 1, change));
        }
        store.advance(&leased.lease, outcome, at(1_001)).await?;
    }
    store.hand_back(&leased.lease).await?;
    Ok(began.elapsed())
}

/// What accepting and working one event takes, in microseconds, with so many pending.
async fn measure(pending: usize) -> Outcome<[u128; 2]> {
    let folder = tempfile::tempdir()?;
    let (store, connection) = open(&folder).await?;
    accept(&store, 0..pending).await?;
    let accepting = accept(&store, pending..pending + MEASURED).await?;
    let working = work(&store, &connection, MEASURED).await?;
    store.close().await;
    Ok([accepting, working].map(|all| all.as_micros() / MEASURED as u128))
}

fn median(rounds: &mut [u128]) -> u128 {
    rounds.sort_unstable();
    rounds[rounds.len() / 2]
}

fn main() -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let sizes = [1_000, 100_000];
    let mut costs: [[Vec<u128>; 3]; 2] = Default::default();
    for _ in 0..ROUNDS {
        for (pending, costs) in sizes.into_iter().zip(&mut costs) {
            let [accepting, working] = runtime.block_on(measure(pending))?;
            for (kept, cost) in costs.iter_mut().zip([accepting, working, accepting + working]) {
                kept.push(cost);
            }
        }
    }
    println!(
        "{:>8}  {:>10}  {:>10}  {:>10}   µs an event, median of {ROUNDS}",
        "pending", "accept", "work", "together"
    );
    for (pending, mut costs) in sizes.into_iter().zip(costs) {
        let [accept, work, together] = costs.each_mut().map(|rounds| median(rounds));
        println!("{pending:>8}  {accept:>10}  {work:>10}  {together:>10}");
    }
    Ok(())
}
