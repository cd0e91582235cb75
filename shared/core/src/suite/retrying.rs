//! Trying all deliveries again that ended for one reason: what is wished for, page by page, and nothing else.

use super::fixture::{Must, World, actor, at, event, organization, partner};
use crate::{
    connection::ConnectionChange,
    delivery::{Change, Delivery, DeliveryState, Happened},
    event::Event,
    ids::ConnectionId,
    ports::{RetryPage, RetryWish},
    reason::Reason,
};
use jiff::Timestamp;

fn wish(reason: Reason) -> RetryWish {
    RetryWish { reason, connection: None, organization: None, until: None, ended_before: at(50) }
}

/// Fulfils a wish in pages of two, at the second.
async fn fulfil(w: &World, by: &str, wish: &RetryWish, second: i64) -> (usize, Vec<ConnectionId>) {
    let (mut retried, mut ring, mut after) = (0, Vec::new(), None);
    for round in 0.. {
        assert!(round < 100, "the pages come to an end");
        let page = w.retry_all(&partner(by), wish, after.as_deref(), 2, &actor("ann"), at(second)).await;
        let RetryPage { retried: count, ring: rung, next } = page.must("retry a page");
        assert!(count <= 2, "at most as many as the limit");
        retried += count;
        ring.extend(rung);
        after = next;
        if after.is_none() {
            break;
        }
    }
    ring.sort();
    ring.dedup();
    (retried, ring)
}

/// Ends an event's delivery of the partner so, at the tenth second.
async fn end(w: &World, by: &str, connection: &ConnectionId, event: &Event, reason: Reason) -> Delivery {
    let lease = w.take_lease(connection, at(10)).await;
    let ended = w.end(&lease, by, event, reason, at(10)).await;
    w.hand_back(&lease).await.must("hand back");
    ended
}

/// Events of the organisation, accepted a second apart.
async fn take_in(w: &World, of: &str, names: &[&str]) -> Vec<Event> {
    let events: Vec<Event> = names.iter().map(|name| event(of, name, at(-60))).collect();
    for (second, event) in (0..).zip(&events) {
        w.take_in(event, at(second)).await;
    }
    events
}

pub(super) async fn all_of_a_reason_are_retried_page_by_page_with_one_audit_line(w: World) {
    let halo = w.simple().await;
    let second = w.live("msp", "second").await;
    w.map("msp", &second, "acme").await;
    let events = take_in(&w, "acme", &["1", "2", "3", "4", "5"]).await;
    let mut ended = Vec::new();
    for event in &events {
        ended.push(end(&w, "msp", &halo, event, Reason::PsaRefused).await);
        ended.push(end(&w, "msp", &second, event, Reason::PsaRefused).await);
    }
    let lines = w.audit_of("msp").await.len();
    let (retried, ring) = fulfil(&w, "msp", &wish(Reason::PsaRefused), 50).await;
    let mut both = vec![halo, second];
    both.sort();
    assert_eq!((retried, ring), (10, both));
    for mut expected in ended {
        expected.apply(Change::Retried { by: "ann".to_owned() }, at(50)).must("a retry is legal");
        let event = events.iter().find(|event| event.id == expected.event).must("its event");
        assert_eq!(w.delivery("msp", event, &expected.connection).await, expected, "by the rule");
        assert_eq!(expected.timeline.last().map(|line| line.what), Some(Happened::Retried));
    }
    let audit = w.audit_of("msp").await;
    assert_eq!(audit.len(), lines + 1, "one line, however many pages");
    assert_eq!((&audit[0].actor, audit[0].at), (&actor("ann"), at(50)));
    assert_eq!(audit[0].after.as_ref().must("what it is")["deliveries"], 10, "with how many");
    assert!(audit[0].before.as_ref().must("what it was").to_string().contains("psa_refused"));
}

pub(super) async fn only_what_is_wished_for_is_retried(w: World) {
    let halo = w.simple().await;
    let second = w.live("msp", "second").await;
    w.register("other", &["msp"]).await;
    w.map("msp", &second, "other").await;
    let acme = take_in(&w, "acme", &["old", "new", "failed", "unmapped", "waiting"]).await;
    let other = take_in(&w, "other", &["theirs"]).await;
    for (event, reason) in
        acme.iter().zip([Reason::PsaRefused, Reason::PsaRefused, Reason::PsaFailed, Reason::Unmapped])
    {
        end(&w, "msp", &halo, event, reason).await;
    }
    end(&w, "msp", &second, &other[0], Reason::PsaRefused).await;
    let refused = || wish(Reason::PsaRefused);
    let nothing: &[RetryWish] = &[
        wish(Reason::Unmapped),
        wish(Reason::ClientMissing),
        wish(Reason::WaitingTurn),
        RetryWish { ended_before: at(10), ..refused() },
        RetryWish { until: Some(at(0)), ..refused() },
        RetryWish { organization: Some(organization("nobody")), ..refused() },
        RetryWish { organization: Some(organization("other")), connection: Some(halo.clone()), ..refused() },
    ];
    let lines = w.audit_of("msp").await.len();
    for wish in nothing {
        assert_eq!(fulfil(&w, "msp", wish, 50).await, (0, vec![]), "{wish:?}");
    }
    assert_eq!(w.audit_of("msp").await.len(), lines, "nothing was retried, so no line");
    let some = [
        (RetryWish { organization: Some(organization("other")), ..refused() }, &second, &other[0]),
        (RetryWish { until: Some(at(1)), connection: Some(halo.clone()), ..refused() }, &halo, &acme[0]),
        (refused(), &halo, &acme[1]),
        (wish(Reason::PsaFailed), &halo, &acme[2]),
    ];
    for (wish, connection, event) in some {
        assert_eq!(fulfil(&w, "msp", &wish, 50).await, (1, vec![connection.clone()]), "{wish:?}");
        assert_eq!(w.delivery("msp", event, connection).await.state, DeliveryState::Waiting, "{wish:?}");
    }
}

pub(super) async fn a_wish_retries_nothing_twice(w: World) {
    let halo = w.simple().await;
    let events = take_in(&w, "acme", &["1"]).await;
    end(&w, "msp", &halo, &events[0], Reason::PsaRefused).await;
    let wish = wish(Reason::PsaRefused);
    assert_eq!(fulfil(&w, "msp", &wish, 50).await.0, 1);
    let again = async |second: i64| {
        let lease = w.take_lease(&halo, at(second)).await;
        w.end(&lease, "msp", &events[0], Reason::PsaRefused, at(second)).await;
        w.hand_back(&lease).await.must("hand back");
    };
    again(51).await;
    assert_eq!(fulfil(&w, "msp", &wish, 52).await.0, 0, "it ended after the wish was made");
    let newer: Timestamp = at(52);
    assert_eq!(fulfil(&w, "msp", &RetryWish { ended_before: newer, ..wish }, 53).await.0, 1);
}

pub(super) async fn a_wish_touches_ones_own_deliveries_of_events_that_one_sees_alone(w: World) {
    w.register("acme", &["distributor", "msp"]).await;
    let (big, halo) = (w.live("distributor", "big").await, w.live("msp", "halo").await);
    w.map("distributor", &big, "acme").await;
    w.map("msp", &halo, "acme").await;
    let events = take_in(&w, "acme", &["1", "2"]).await;
    for event in &events {
        end(&w, "msp", &halo, event, Reason::PsaRefused).await;
        end(&w, "distributor", &big, event, Reason::PsaRefused).await;
    }
    let wish = wish(Reason::PsaRefused);
    let theirs = RetryWish { connection: Some(big.clone()), ..wish.clone() };
    assert_eq!(fulfil(&w, "msp", &theirs, 50).await.0, 0, "by the connection of another");
    assert_eq!(fulfil(&w, "rival", &wish, 50).await.0, 0);
    assert_eq!(fulfil(&w, "msp", &wish, 50).await, (2, vec![halo.clone()]));
    for event in &events {
        let state = w.delivery("distributor", event, &big).await.state;
        assert_eq!(state, DeliveryState::Ended { reason: Reason::PsaRefused });
    }
    w.register("acme", &["msp"]).await;
    w.route_again(&events[0].id, at(-1000), at(51)).await.must("route again");
    assert_eq!(fulfil(&w, "distributor", &wish, 52).await.0, 1, "it no longer sees the first");
}

pub(super) async fn a_wish_leaves_revoked_connections_alone(w: World) {
    let halo = w.simple().await;
    let events = take_in(&w, "acme", &["1"]).await;
    let ended = end(&w, "msp", &halo, &events[0], Reason::PsaRefused).await;
    w.change("msp", &halo, ConnectionChange::Revoked, at(20)).await;
    assert_eq!(fulfil(&w, "msp", &wish(Reason::PsaRefused), 50).await, (0, vec![]));
    assert_eq!(w.delivery("msp", &events[0], &halo).await, ended);
}
