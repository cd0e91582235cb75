//! What is remembered of fingerprints and storms: kept with its step, read with the work, let go at retention.

use super::fixture::{Must, World, at, attempt, client_of, event, step};
use crate::{
    catalogue::Action,
    delivery::Change,
    event::Event,
    ids::{ConnectionId, Fingerprint},
    life_cycle::{FingerprintRecord, StormRecord},
    ports::{Lease, Step, WorkItem},
    reason::Reason,
};
use psa_connector::{ClientId, TicketId};

fn fingerprint_of(event: &Event) -> Fingerprint {
    event.fingerprint(&client_of(event.organization.as_str()))
}

fn some_record(event: &Event) -> FingerprintRecord {
    let mut record = FingerprintRecord::new(fingerprint_of(event));
    record.created(TicketId::new("T-7"), false, event.time);
    record.resolved(at(77));
    record
}

fn some_storm(event: &Event) -> StormRecord {
    let mut storm = StormRecord::new(event.organization.clone());
    storm.created(at(3));
    storm.listed(&TicketId::new("T-9"), &ClientId::new("12"), 4, at(3));
    storm
}

async fn item(w: &World, connection: &ConnectionId, event: &Event) -> WorkItem {
    let items = w.unfinished(connection, None, 100).await.must("list unfinished deliveries");
    items.into_iter().find(|item| item.event.id == event.id).must("the delivery is unfinished")
}

/// Ends the first event, and remembers something of it.
async fn end_and_remember(w: &World, lease: &Lease, event: &Event) {
    let delivery = w.delivery("msp", event, &lease.connection).await;
    let ended = Change::Ended { reason: Reason::NothingToResolve, detail: None };
    let (record, storm) = (Some(some_record(event)), Some(some_storm(event)));
    let remembering = Step { record, storm, ..step(&delivery, ended) };
    w.advance(lease, vec![remembering], at(5)).await.must("end and remember");
}

pub(super) async fn what_a_step_remembers_comes_with_the_next_of_its_kind(w: World) {
    let halo = w.simple().await;
    let [first, second] = [event("acme", "1", at(-5)), event("acme", "2", at(-4))];
    let other = Event { account: Some("bob@example.org".to_owned()), ..event("acme", "3", at(-3)) };
    for each in [&first, &second, &other] {
        w.take_in(each, at(0)).await;
    }
    let lease = w.take_lease(&halo, at(1)).await;
    let nothing = item(&w, &halo, &second).await;
    assert_eq!((nothing.record, nothing.storm), (None, None), "nothing is remembered yet");

    end_and_remember(&w, &lease, &first).await;
    let same = item(&w, &halo, &second).await;
    assert_eq!(same.record, Some(some_record(&first)), "of the same fingerprint, whole");
    assert_eq!(same.storm, Some(some_storm(&first)));
    let of_other = item(&w, &halo, &other).await;
    assert_eq!(of_other.record, None, "another fingerprint");
    assert_eq!(of_other.storm, Some(some_storm(&first)), "of the same organisation");

    let mut newer = some_record(&first);
    newer.closed(at(9));
    let delivery = w.delivery("msp", &other, &halo).await;
    let ended = Change::Ended { reason: Reason::NothingToResolve, detail: None };
    let steps = vec![Step { record: Some(newer.clone()), ..step(&delivery, ended) }];
    w.advance(&lease, steps, at(9)).await.must("remember anew");
    let same = item(&w, &halo, &second).await;
    assert_eq!(same.record, Some(newer), "the latest counts");
    assert_eq!(same.storm, Some(some_storm(&first)), "what a step says nothing of stays");
}

pub(super) async fn another_connection_remembers_nothing_of_it(w: World) {
    let halo = w.simple().await;
    let second = w.live("msp", "second").await;
    w.map("msp", &second, "acme").await;
    let both = [event("acme", "1", at(-5)), event("acme", "2", at(-4))];
    for each in &both {
        w.take_in(each, at(0)).await;
    }
    let lease = w.take_lease(&halo, at(1)).await;
    end_and_remember(&w, &lease, &both[0]).await;
    let there = item(&w, &second, &both[1]).await;
    assert_eq!((there.record, there.storm), (None, None));
}

pub(super) async fn a_step_that_is_not_made_is_not_remembered(w: World) {
    let halo = w.simple().await;
    let [first, second] = [event("acme", "1", at(-5)), event("acme", "2", at(-4))];
    for each in [&first, &second] {
        w.take_in(each, at(0)).await;
    }
    let lease = w.take_lease(&halo, at(1)).await;
    let delivery = w.delivery("msp", &first, &halo).await;
    let ended = Change::Ended { reason: Reason::NothingToResolve, detail: None };
    let good = Step { record: Some(some_record(&first)), ..step(&delivery, ended) };
    let waiting = w.delivery("msp", &second, &halo).await;
    let bad = step(&waiting, Change::TicketFound(TicketId::new("1")));
    assert!(w.advance(&lease, vec![good.clone(), bad], at(5)).await.is_err());
    w.hand_back(&lease).await.must("hand back");
    assert!(w.advance(&lease, vec![good], at(6)).await.is_err(), "without the lease");
    let same = item(&w, &halo, &second).await;
    assert_eq!((same.record, same.storm), (None, None));
}

pub(super) async fn what_is_under_way_keeps_its_fingerprint_whatever_the_mapping_says(w: World) {
    let halo = w.simple().await;
    let [first, second] = [event("acme", "1", at(-5)), event("acme", "2", at(-4))];
    for each in [&first, &second] {
        w.take_in(each, at(0)).await;
    }
    let lease = w.take_lease(&halo, at(1)).await;
    let delivery = w.delivery("msp", &second, &halo).await;
    let mut under_way = attempt(&lease, &second, at(2));
    under_way.fingerprint = fingerprint_of(&first);
    w.advance_one(&lease, &delivery, Change::AttemptStarted(under_way), at(2)).await;
    end_and_remember(&w, &lease, &first).await;
    let moved = crate::ports::PutMapping {
        client: ClientId::new("elsewhere"),
        ..super::fixture::mapping_onto("acme", true)
    };
    w.map_with("msp", &halo, &moved, at(6)).await;
    assert_eq!(item(&w, &halo, &second).await.record, Some(some_record(&first)));
}

pub(super) async fn a_recovery_that_waits_no_earlier_is_told(w: World) {
    let halo = w.simple().await;
    let failure = event("acme", "failure", at(-10));
    let later = event("acme", "later", at(-4));
    let recovery = Event { action: Some(Action::Resolve), ..event("acme", "recovery", at(-5)) };
    let account = Some("bob@example.org".to_owned());
    let of_other = Event { action: Some(Action::Resolve), account, ..event("acme", "other", at(-1)) };
    for each in [&failure, &later, &of_other] {
        w.take_in(each, at(0)).await;
    }
    assert!(!item(&w, &halo, &failure).await.resolve_waits, "that of another account does not count");
    w.take_in(&recovery, at(1)).await;
    assert!(item(&w, &halo, &failure).await.resolve_waits);
    assert!(!item(&w, &halo, &later).await.resolve_waits, "it is older than this failure");
    assert!(!item(&w, &halo, &recovery).await.resolve_waits, "it does not wait for itself");
    let lease = w.take_lease(&halo, at(2)).await;
    w.end(&lease, "msp", &recovery, Reason::NothingToResolve, at(3)).await;
    assert!(!item(&w, &halo, &failure).await.resolve_waits, "it waits no more");
}

pub(super) async fn what_is_remembered_is_let_go_at_retention(w: World) {
    let halo = w.simple().await;
    let [first, second] = [event("acme", "1", at(-5)), event("acme", "2", at(-4))];
    for each in [&first, &second] {
        w.take_in(each, at(0)).await;
    }
    let lease = w.take_lease(&halo, at(1)).await;
    end_and_remember(&w, &lease, &first).await;
    w.expire(at(5), 100, at(6)).await.must("expire what is older");
    // The other waits for longer than retention, and so ends; a newer one shows what is remembered.
    let third = event("acme", "3", at(-3));
    w.take_in(&third, at(7)).await;
    assert!(item(&w, &halo, &third).await.record.is_some(), "as old as retention is kept");
    w.expire(at(6), 100, at(8)).await.must("expire what is older");
    let left = item(&w, &halo, &third).await;
    assert_eq!((left.record, left.storm), (None, None));
}
