//! What DynamoDB does on a bad day: the store tries again, with bounds, and never makes a step twice.

use crate::{
    fresh::Factory,
    network::{Fault, Network},
    run,
    support::emulator,
};
use aws_sdk_dynamodb::{
    Client,
    config::{IntoShared, retry::RetryConfig},
};
use futures_util::future::join_all;
use jiff::Timestamp;
use psa_bridge_aws::{CallCounter, DynamoStore};
use psa_bridge_core::{
    event::Event,
    ids::EventId,
    organization::{Organization, RegisteredBy},
    ports::{Actor, EventStore, IdempotencyOutcome, IdempotencyStore, RegistryStore, RouteStore, StoreError},
    suite::{self, Case},
};
use std::time::Duration;

/// As often as the clients of the functions try, but for shorter waits.
const TRIES: u32 = 5;

/// Cases that read and write in every way that the store has.
fn a_part(case: &Case) -> bool {
    let modules =
        ["accepting::", "routing::", "advancing::", "leases::", "mappings::", "records::", "ending::"];
    modules.iter().any(|module| case.name.starts_with(module))
}

fn client(network: &Network) -> Client {
    let repeats =
        RetryConfig::standard().with_max_attempts(TRIES).with_initial_backoff(Duration::from_millis(2));
    emulator().dynamo_over(network.clone().into_shared(), repeats, CallCounter::default())
}

async fn passes(fault: Fault) {
    let seed = rand::random();
    let network = Network::with(fault, seed);
    let cases = suite::cases().into_iter().filter(a_part).collect();
    println!("{fault:?}, seed {seed}");
    run(cases, Factory::over(emulator(), client(&network))).await;
    let (calls, faults) = network.told();
    println!("{fault:?}: something happened to {faults} of {calls} calls");
    assert!(faults > calls / 100, "faults happened");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn throttled_calls_are_made_again() {
    passes(Fault::Throttling(0.05)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_whose_reply_was_lost_is_made_once() {
    passes(Fault::LostReplies(0.2)).await;
}

fn now() -> Timestamp {
    Timestamp::from_second(1_772_352_000).unwrap()
}

pub(crate) fn event(name: &str) -> Event {
    Event {
        id: EventId::derive("faults", name),
        source: "faults".to_owned(),
        source_id: name.to_owned(),
        event_type: "backup.email.failed".to_owned(),
        time: now(),
        organization: "acme".parse().unwrap(),
        organization_name: None,
        partners: None,
        account: None,
        severity: None,
        title: None,
        description: None,
        dedup_key: None,
        action: None,
        url: None,
        seats: None,
    }
}

/// A store on a bad way to a new table, and one on a good way to the same.
async fn stores(network: &Network) -> [DynamoStore; 2] {
    let good = emulator().dynamo(CallCounter::default());
    let table = emulator().table(&good).await;
    [client(network), good].map(|client| DynamoStore::new(client, table.clone(), suite::NOTICES))
}

async fn accepted(store: &DynamoStore) -> usize {
    let all = store.events_pending(Timestamp::MIN, Timestamp::MAX, None, 1_000).await.unwrap();
    all.items.len()
}

#[tokio::test]
async fn a_write_without_any_reply_is_looked_for_and_found() {
    for fault in [Fault::LostReplies(1.0), Fault::LostThenThrottled] {
        let [bad, good] = stores(&Network::with(fault, 1)).await;
        let answer = bad.accept(&event("1"), now()).await.unwrap();
        assert!(!answer.duplicate, "{fault:?}: the first time is the first time");
        assert!(good.accept(&event("1"), now()).await.unwrap().duplicate, "{fault:?}: it was kept");
        let [bad, _] = stores(&Network::with(fault, 1)).await;
        let taken = bad.begin_idempotent("a", "k", "h", now(), now(), now()).await.unwrap();
        assert_eq!(taken, IdempotencyOutcome::Fresh, "{fault:?}: the key is whose write it was");
    }
}

#[tokio::test]
async fn what_is_throttled_for_good_ends_as_unavailable_and_changed_nothing() {
    let network = Network::with(Fault::Throttling(1.0), 1);
    let [bad, good] = stores(&network).await;
    let ended = bad.accept(&event("1"), now()).await;
    assert!(matches!(ended, Err(StoreError::Unavailable { .. })), "{ended:?}");
    let (calls, _) = network.told();
    assert!(calls <= u64::from(TRIES), "{calls} calls");
    assert_eq!(accepted(&good).await, 0);
}

#[tokio::test]
async fn what_always_meets_others_ends_as_unavailable_after_bounded_tries() {
    let network = Network::with(Fault::AlwaysConflicting, 1);
    let store = DynamoStore::new(client(&network), "none", suite::NOTICES);
    let ended = store.begin_idempotent("a", "k", "h", now(), now(), now()).await;
    assert!(matches!(ended, Err(StoreError::Unavailable { .. })), "{ended:?}");
    let (_, tries) = network.told();
    // Once for a key that nobody has, then as a step.
    assert_eq!(tries, 15);
}

/// DynamoDB lets transactions conflict that check the same item, even where neither writes it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_burst_of_events_of_one_organisation_is_accepted() {
    const BURST: usize = 50;
    let network = Network::with(Fault::Conflicts, 1);
    let [bad, good] = stores(&network).await;
    let organization = Organization {
        id: "acme".parse().unwrap(),
        name: None,
        chain: vec!["msp".parse().unwrap()],
        registered_by: RegisteredBy::Registry,
        updated_at: now(),
    };
    good.put_organization(&organization, &Actor("vendor".to_owned())).await.unwrap();
    let events: Vec<Event> = (0..BURST).map(|n| event(&n.to_string())).collect();
    let began = std::time::Instant::now();
    let answers = join_all(events.iter().map(|event| bad.accept(event, now()))).await;
    let failed: Vec<&Event> =
        events.iter().zip(&answers).filter(|(_, answer)| answer.is_err()).map(|(event, _)| event).collect();
    let (calls, conflicts) = network.told();
    println!(
        "{BURST} at once: {conflicts} conflicts, {calls} calls, {} failed, {:?}",
        failed.len(),
        began.elapsed()
    );
    // On a slow machine the emulator may hold items for longer than DynamoDB ever does; the queue brings those again.
    assert!(failed.len() <= BURST / 10, "{} failed", failed.len());
    for event in failed {
        bad.accept(event, now()).await.unwrap();
    }
    assert_eq!(accepted(&good).await, BURST);
}
