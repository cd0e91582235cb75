//! How things end, and begin again: retry by hand, and the end of retention.

use super::fixture::{Must, World, actor, at, event, partner};
use crate::{
    delivery::{Change, DeliveryState, Happened},
    ports::Retried,
    reason::Reason,
};

pub(super) async fn a_retry_sets_refused_deliveries_to_work_again(w: World) {
    let halo = w.simple().await;
    let event = event("acme", "1", at(-5));
    w.take_in(&event, at(0)).await;
    for (second, reason) in [(10, Reason::PsaRefused), (20, Reason::PsaFailed), (30, Reason::ClientMissing)] {
        let lease = w.take_lease(&halo, at(second)).await;
        let ended = w.end(&lease, "msp", &event, reason, at(second)).await;
        w.hand_back(&lease).await.must("hand back");
        let lines = w.audit_of("msp").await.len();
        let retried = w.retry(&partner("msp"), &event.id, &actor("ann"), at(second + 1)).await.must("retry");
        assert_eq!(retried, Retried::Ring(vec![halo.clone()]));
        let mut expected = ended;
        expected.apply(Change::Retried { by: "ann".to_owned() }, at(second + 1)).must("a retry is legal");
        let delivery = w.delivery("msp", &event, &halo).await;
        assert_eq!(delivery, expected, "the rule, and nothing else, set it to work");
        assert_eq!(delivery.timeline.last().map(|entry| entry.what), Some(Happened::Retried));
        assert!(w.is_due(&halo, at(second + 1)).await, "the sweep finds it");
        let audit = w.audit_of("msp").await;
        assert_eq!(audit.len(), lines + 1, "one audit line a retry");
        assert_eq!((&audit[0].actor, audit[0].at), (&actor("ann"), at(second + 1)));
        assert_eq!(audit[0].subject.as_deref(), Some(event.id.as_str()), "on which event");
    }
}

pub(super) async fn what_did_not_end_retryably_is_not_retried(w: World) {
    let halo = w.simple().await;
    w.register("orphan", &["msp"]).await;
    let (waiting, done) = (event("acme", "waiting", at(0)), event("acme", "done", at(1)));
    let (ended, unrouted) = (event("acme", "ended", at(2)), event("orphan", "unrouted", at(3)));
    for each in [&waiting, &done, &ended, &unrouted] {
        w.take_in(each, at(5)).await;
    }
    let lease = w.take_lease(&halo, at(6)).await;
    w.make_ticket(&lease, "msp", &done, at(7)).await;
    w.end(&lease, "msp", &ended, Reason::Unmapped, at(7)).await;
    let lines = w.audit_of("msp").await.len();
    for each in [&waiting, &done, &ended, &unrouted] {
        let before = w.seen("msp", each).await;
        let retried = w.retry(&partner("msp"), &each.id, &actor("ann"), at(8)).await.must("retry");
        assert_eq!(retried, Retried::NothingToRetry, "{}", each.source_id);
        assert_eq!(w.seen("msp", each).await, before);
    }
    let unknown = event("acme", "never accepted", at(0));
    let retried = w.retry(&partner("msp"), &unknown.id, &actor("ann"), at(8)).await.must("retry");
    assert_eq!(retried, Retried::NotFound);
    assert_eq!(w.audit_of("msp").await.len(), lines, "nothing was retried, so no line");
}

pub(super) async fn a_retry_sets_all_that_can_be_to_work_and_no_other(w: World) {
    let halo = w.simple().await;
    let second = w.live("msp", "second").await;
    let third = w.live("msp", "third").await;
    for connection in [&second, &third] {
        w.map("msp", connection, "acme").await;
    }
    let event = event("acme", "1", at(-5));
    w.take_in(&event, at(0)).await;
    for (connection, reason) in [(&halo, Reason::PsaRefused), (&second, Reason::ClientMissing)] {
        let lease = w.take_lease(connection, at(1)).await;
        w.end(&lease, "msp", &event, reason, at(2)).await;
    }
    let lease = w.take_lease(&third, at(1)).await;
    let done = w.make_ticket(&lease, "msp", &event, at(2)).await;
    let Retried::Ring(mut ring) =
        w.retry(&partner("msp"), &event.id, &actor("ann"), at(3)).await.must("retry")
    else {
        panic!("two deliveries can be retried")
    };
    ring.sort();
    let mut expected = vec![halo.clone(), second.clone()];
    expected.sort();
    assert_eq!(ring, expected);
    assert_eq!(w.delivery("msp", &event, &third).await, done, "a ticket stays a ticket");
}

pub(super) async fn at_retention_what_is_unfinished_ends_with_its_reason(w: World) {
    let halo = w.simple().await;
    let (waiting, attempting) = (event("acme", "waiting", at(-9)), event("acme", "attempting", at(-8)));
    let recent = event("acme", "recent", at(-7));
    for (each, accepted) in [(&waiting, 0), (&attempting, 1), (&recent, 100)] {
        w.take_in(each, at(accepted)).await;
    }
    let lease = w.take_lease(&halo, at(101)).await;
    w.start(&lease, "msp", &attempting, at(102)).await;
    let count = w.expire(at(100), 100, at(1000)).await.must("expire");
    assert_eq!(count, 2, "two deliveries ended");
    for each in [&waiting, &attempting] {
        let delivery = w.delivery("msp", each, &halo).await;
        assert_eq!(delivery.state, DeliveryState::Ended { reason: Reason::RetentionReached });
        let last = delivery.timeline.last().must("a line").clone();
        assert_eq!(
            (last.at, last.what, last.reason),
            (at(1000), Happened::Ended, Some(Reason::RetentionReached))
        );
    }
    assert_eq!(
        w.delivery("msp", &recent, &halo).await.state,
        DeliveryState::Waiting,
        "accepted at the border"
    );
    let work = w.unfinished(&halo, None, 10).await.must("list unfinished deliveries");
    assert_eq!(work.len(), 1, "nobody works the expired");
}

pub(super) async fn at_retention_what_is_finished_is_deleted(w: World) {
    let halo = w.simple().await;
    w.register("orphan", &["msp"]).await;
    let old =
        [event("acme", "done", at(-9)), event("acme", "ended", at(-8)), event("orphan", "unrouted", at(-7))];
    let recent = event("acme", "recent", at(-7));
    for each in &old {
        w.take_in(each, at(0)).await;
    }
    w.take_in(&recent, at(150)).await;
    let lease = w.take_lease(&halo, at(101)).await;
    w.make_ticket(&lease, "msp", &old[0], at(102)).await;
    w.end(&lease, "msp", &old[1], Reason::PsaRefused, at(102)).await;
    let done = w.make_ticket(&lease, "msp", &recent, at(151)).await;
    w.close_window(at(100), 100).await.must("close the window");
    // Finished records are older than `before` by acceptance or by their end; this is later than both.
    let before = at(150);
    for round in 0.. {
        assert!(round < 20, "expiring comes to an end");
        if w.expire(before, 1, at(10_000)).await.must("expire") == 0 {
            break;
        }
    }
    for each in &old {
        assert!(!w.sees("msp", each).await, "{} is gone", each.source_id);
    }
    assert_eq!(w.delivery("msp", &recent, &halo).await, done, "what is younger stays");
    let kept = w.events_accepted(at(-1000), at(1000), None, 10).await.must("list").items;
    assert_eq!(kept, [recent.id], "nothing is left of the old ones");
}
