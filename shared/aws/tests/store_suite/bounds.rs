//! A call does a bounded piece of work, whatever is stored.

use crate::{faults::event, support::emulator};
use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use psa_bridge_aws::CallCounter;
use psa_bridge_core::{
    organization::{Organization, RegisteredBy},
    ports::{Actor, EventFilter, EventStore, RegistryStore, RetryWish},
    reason::Reason,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_looks_for_what_is_not_there_gets_short_pages_that_come_to_an_end() {
    const EVENTS: usize = 900;
    let counter = CallCounter::default();
    let store = emulator().store(&emulator().dynamo(counter.clone())).await;
    let now = Timestamp::from_second(1_772_352_000).unwrap();
    let (msp, actor) = ("msp".parse().unwrap(), Actor("ann".to_owned()));
    let chain = vec![msp];
    let organization = Organization {
        id: "acme".parse().unwrap(),
        name: None,
        chain: chain.clone(),
        registered_by: RegisteredBy::Registry,
        updated_at: now,
    };
    store.put_organization(&organization, &actor).await.unwrap();
    stream::iter(0..EVENTS)
        .for_each_concurrent(8, |n| {
            let store = &store;
            async move { drop(store.accept(&event(&n.to_string()), now).await.unwrap()) }
        })
        .await;

    let filter = EventFilter { reason: Some(Reason::PsaRefused), ..EventFilter::default() };
    let (mut pages, mut after) = (0, None::<String>);
    loop {
        counter.take();
        let page = store.events(&chain[0], &filter, after.as_deref(), 50).await.unwrap();
        assert!(page.items.is_empty());
        assert!(counter.total() < 40, "{:?}", counter.calls());
        (pages, after) = (pages + 1, page.next);
        if after.is_none() {
            break;
        }
    }
    assert_eq!(pages, 3, "some four hundred events a page");

    let wish = RetryWish {
        reason: Reason::PsaRefused,
        connection: None,
        organization: None,
        until: None,
        ended_before: now,
    };
    let (mut pages, mut after) = (0, None::<String>);
    loop {
        counter.take();
        let page = store.retry_all(&chain[0], &wish, after.as_deref(), 20, &actor, now).await.unwrap();
        assert_eq!(page.retried, 0);
        assert!(counter.total() < 20, "{:?}", counter.calls());
        (pages, after) = (pages + 1, page.next);
        if after.is_none() {
            break;
        }
    }
    assert_eq!(pages, 5, "two hundred events a page, the last of which comes again");
}
