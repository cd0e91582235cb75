//! What the store asks of DynamoDB for an event that becomes a ticket. Calls are what the vendor pays for and what partners
//! wait for, so they are held to a number.

#![expect(clippy::unwrap_used, reason = "a test whose set-up fails has failed")]

mod support;

use jiff::{SignedDuration, Timestamp};
use psa_bridge_aws::{CallCounter, DynamoStore, TOGETHER};
use psa_bridge_core::{
    catalogue::{Action, Language},
    connection::{CheckResult, Connection, ConnectionChange, Settings, TestProof},
    delivery::{Attempt, Change, Delivery, Request},
    event::{Event, SEATS_CHANGED, Seats},
    ids::{ConnectionId, EventId, Fingerprint},
    organization::{Organization, RegisteredBy},
    ports::{
        Actor, EventStore, Lease, LeaseOutcome, MappingChange, PutMapping, RegistryStore, Release, Step,
        WorkStore,
    },
    reason::Reason,
    seats::{SeatMode, SeatSettings},
};
use psa_connector::{CheckReport, ClientId, LicenseId, PsaKind, TenantIdentity, TicketId};
use support::emulator;

/// Events of a storm that wait for one worker.
const WAITING: i64 = 10;

fn at(seconds: i64) -> Timestamp {
    Timestamp::constant(1_772_352_000, 0).checked_add(SignedDuration::from_secs(seconds)).unwrap()
}

fn event(number: i64) -> Event {
    Event {
        id: EventId::derive("cost", &number.to_string()),
        source: "cost".to_owned(),
        source_id: number.to_string(),
        event_type: "backup.email.failed".to_owned(),
        time: at(number),
        organization: "acme".parse().unwrap(),
        organization_name: None,
        partners: None,
        account: Some(format!("{number}@example.org")),
        severity: None,
        title: None,
        description: None,
        dedup_key: None,
        action: None,
        url: None,
        seats: None,
    }
}

fn ready_connection() -> Connection {
    let tenant = TenantIdentity { psa: PsaKind::HaloPsa, key: "halo|1".to_owned(), name: "halo".to_owned() };
    let check = CheckResult { at: at(0), report: CheckReport::default() };
    let id = "con_halo".parse().unwrap();
    let mut connection = Connection::new(id, "msp".parse().unwrap(), tenant, Language::En, check);
    let settings = Settings::default();
    let proof =
        TestProof { at: at(0), ticket: TicketId::new("1"), generation: 1, settings: Some(settings.clone()) };
    let contact = ConnectionChange::ContactSaved {
        emergency_contact: Some("noc@example.org".to_owned()),
        language: Language::En,
    };
    for change in [ConnectionChange::SettingsSaved(settings), contact, ConnectionChange::Proven(proof)] {
        connection.apply(change, at(0)).unwrap();
    }
    connection
}

/// One live connection, in which an organisation of two partners is mapped.
async fn set_up(store: &DynamoStore) -> ConnectionId {
    let actor = Actor("test".to_owned());
    let organization = Organization {
        id: "acme".parse().unwrap(),
        name: None,
        chain: vec!["distributor".parse().unwrap(), "msp".parse().unwrap()],
        registered_by: RegisteredBy::Registry,
        updated_at: at(0),
    };
    store.put_organization(&organization, &actor).await.unwrap();
    let connection = ready_connection();
    assert!(store.create_connection(&connection, &actor).await.unwrap());
    let confirmed = ConnectionChange::Confirmed;
    store.change_connection(&connection.partner, &connection.id, confirmed, &actor, at(0)).await.unwrap();
    let wish = PutMapping {
        organization: organization.id,
        client: ClientId::new("12"),
        client_name: "Acme".to_owned(),
        license: Some(LicenseId::new("7")),
        flow: true,
    };
    let put = store.put_mapping(&connection.partner, &connection.id, &wish, &actor, at(0)).await.unwrap();
    assert!(matches!(put, MappingChange::Saved(_)));
    connection.id
}

async fn lease(store: &DynamoStore, connection: &ConnectionId) -> Lease {
    match store.lease(connection, at(1000), at(100)).await.unwrap() {
        LeaseOutcome::Taken(work) => work.lease,
        other => panic!("{other:?}"),
    }
}

fn start(lease: &Lease, delivery: &Delivery, event: &Event) -> Step {
    let client = ClientId::new("12");
    let fingerprint: Fingerprint = event.fingerprint(&client);
    let attempt = Attempt {
        started_at: at(100),
        generation: 1,
        fence: lease.fence,
        client,
        fingerprint,
        request: Request::CreateTicket,
    };
    Step::new(delivery.event.clone(), delivery.version, Change::AttemptStarted(attempt))
}

#[tokio::test]
async fn an_event_that_becomes_a_ticket_costs_at_most_five_calls() {
    let counter = CallCounter::default();
    let client = emulator().dynamo(counter.clone());
    let store = emulator().store(&client).await;
    let connection = set_up(&store).await;

    let mut accepting = 0;
    for number in 0..WAITING {
        counter.take();
        let accepted = store.accept(&event(number), at(50 + 2 * number)).await.unwrap();
        assert_eq!(accepted.ring, std::slice::from_ref(&connection));
        // The organisation is known once it was read a while after its head was first seen.
        let most = if number < 2 { 3 } else { 2 };
        assert!(counter.total() <= most, "accepting asks {:?}", counter.calls());
        accepting += counter.total();
    }

    counter.take();
    let lease = lease(&store, &connection).await;
    let work = store.unfinished(&connection, None, 50).await.unwrap();
    assert_eq!(work.len(), usize::try_from(WAITING).unwrap());
    // As a worker does: the outcome of an attempt is written together with the start of the next.
    let mut steps = vec![start(&lease, &work[0].delivery, &work[0].event)];
    for (number, item) in work.iter().enumerate() {
        let advanced = store.advance(&lease, std::mem::take(&mut steps), at(100)).await.unwrap();
        let begun = advanced.last().unwrap();
        assert_eq!(begun.event, item.delivery.event);
        let created = Change::TicketCreated(TicketId::new(number.to_string()));
        steps.push(Step::new(begun.event.clone(), begun.version, created));
        if let Some(next) = work.get(number + 1) {
            steps.push(start(&lease, &next.delivery, &next.event));
        }
    }
    store.advance(&lease, steps, at(100)).await.unwrap();
    assert!(store.unfinished(&connection, None, 50).await.unwrap().is_empty());
    assert_eq!(store.release(&lease).await.unwrap(), Release::Released);

    let working = counter.take();
    let all = accepting + working.values().sum::<u64>();
    println!("{WAITING} events: {accepting} calls to accept, to work {working:?}; {all} in all");
    // One more a batch of ten is the bell's.
    assert!(all < 5 * WAITING.unsigned_abs(), "accepting {accepting}, working {working:?}");
}

#[tokio::test]
async fn what_a_worker_ends_together_is_no_more_than_dynamodb_takes() {
    let client = emulator().dynamo(CallCounter::default());
    let store = emulator().store(&client).await;
    let connection = set_up(&store).await;
    for number in 0..i64::try_from(TOGETHER).unwrap() {
        // A recovery has a row more.
        let event = Event { action: Some(Action::Resolve), ..event(number) };
        store.accept(&event, at(50)).await.unwrap();
    }
    let (partner, acme, actor) = ("msp".parse().unwrap(), "acme".parse().unwrap(), Actor("test".to_owned()));
    assert!(store.delete_mapping(&partner, &connection, &acme, &actor, at(60)).await.unwrap());
    let lease = lease(&store, &connection).await;
    let work = store.unfinished(&connection, None, TOGETHER).await.unwrap();
    let unmapped = || Change::Ended { reason: Reason::Unmapped, detail: None };
    let steps =
        work.iter().map(|item| Step::new(item.delivery.event.clone(), item.delivery.version, unmapped()));
    let ended = store.advance(&lease, steps.collect(), at(100)).await.unwrap();
    assert_eq!(ended.len(), TOGETHER);
    assert!(store.unfinished(&connection, None, TOGETHER).await.unwrap().is_empty());
}

#[tokio::test]
async fn seat_counts_of_a_revoked_connection_cost_the_sweep_nothing() {
    let counter = CallCounter::default();
    let store = emulator().store(&emulator().dynamo(counter.clone())).await;
    let calls = async || {
        counter.take();
        assert_eq!(store.due_connections(at(500), 10).await.unwrap(), []);
        counter.take()
    };
    let nothing = calls().await;
    let connection = set_up(&store).await;
    let (partner, actor) = ("msp".parse().unwrap(), Actor("test".to_owned()));
    let seats = SeatSettings { mode: SeatMode::Daily, ..SeatSettings::default() };
    let settings = Settings { seats: Some(seats), ..Settings::default() };
    let saved = ConnectionChange::SettingsSaved(settings);
    store.change_connection(&partner, &connection, saved, &actor, at(1)).await.unwrap();
    let told = Seats { product: "mail".to_owned(), quantity: 12 };
    let counted = Event { event_type: SEATS_CHANGED.to_owned(), seats: Some(told), ..event(2) };
    store.accept(&counted, at(3)).await.unwrap();
    assert_eq!(store.due_connections(at(500), 10).await.unwrap(), std::slice::from_ref(&connection));
    store.change_connection(&partner, &connection, ConnectionChange::Revoked, &actor, at(4)).await.unwrap();
    assert_eq!(calls().await, nothing);
}
