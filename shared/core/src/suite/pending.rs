//! Finding work: what is unfinished, when it is due, which connections the sweep rings.

use super::fixture::{
    LEASE, Must, World, actor, at, connection_id, event, mapping_onto, operation, organization, partner,
    some_settings,
};
use crate::{
    connection::{CanaryPlan, ConnectionChange, SuspensionCause},
    delivery::{Change, Counts},
    event::Event,
    ids::EventId,
    operation::{Operation, OperationState},
    ports::{Counters, WorkItem},
    reason::Reason,
};
use jiff::{SignedDuration, Timestamp};
use psa_connector::TicketId;

fn key(item: &WorkItem) -> (Timestamp, EventId) {
    (item.event.time, item.event.id.clone())
}

pub(super) async fn unfinished_deliveries_come_in_order_of_event_time_and_id(w: World) {
    let halo = w.simple().await;
    // Accepted in another order than they happened, several at the same time.
    let times = [30, 10, 20, 20, 20, 10, 0, -86_400];
    let mut expected = Vec::new();
    for (n, time) in (0..).zip(times) {
        let event = event("acme", &format!("{n}"), at(time));
        w.take_in(&event, at(100 + n)).await;
        expected.push((event.time, event.id));
    }
    expected.sort();
    let all = w.unfinished(&halo, None, 100).await.must("list unfinished deliveries");
    assert_eq!(all.iter().map(key).collect::<Vec<_>>(), expected);

    let (mut paged, mut after) = (Vec::new(), None);
    loop {
        let page = w.unfinished(&halo, after.clone(), 3).await.must("list a page");
        assert!(page.len() <= 3, "at most as many as the limit");
        let Some(last) = page.last() else { break };
        after = Some(key(last));
        paged.extend(page.iter().map(key));
    }
    assert_eq!(paged, expected, "page by page, also between equal times");
}

pub(super) async fn a_work_item_has_what_is_needed_to_work_it(w: World) {
    let halo = w.simple().await;
    let other = w.live("msp", "other").await;
    let event = event("acme", "1", at(-5));
    w.take_in(&event, at(0)).await;
    let items = w.unfinished(&halo, None, 10).await.must("list unfinished deliveries");
    let [item] = items.as_slice() else { panic!("one item, not {}", items.len()) };
    assert_eq!(item.event, event);
    assert_eq!(item.delivery, w.delivery("msp", &event, &halo).await);
    assert_eq!(item.organization_name.as_deref(), Some("acme Ltd"), "the registered name");
    let mapping = w.mapping(&halo, &organization("acme")).await.must("read the mapping");
    assert_eq!(item.mapping, mapping);
    assert!(mapping.is_some());
    assert_eq!(w.unfinished(&other, None, 10).await.must("list"), [], "another connection has no work");

    let off = mapping_onto("acme", false);
    w.map_with("msp", &halo, &off, at(1)).await;
    let items = w.unfinished(&halo, None, 10).await.must("list");
    assert_eq!(items[0].mapping.as_ref().map(|mapping| mapping.flow), Some(false), "how it is mapped now");
    w.delete_mapping(&partner("msp"), &halo, &organization("acme"), &actor("ann"), at(2))
        .await
        .must("delete it");
    let items = w.unfinished(&halo, None, 10).await.must("list");
    assert_eq!(items.len(), 1, "what waits goes on waiting when the mapping goes");
    assert_eq!(items[0].mapping, None);
}

pub(super) async fn open_attempts_are_unfinished_and_ends_are_not(w: World) {
    let halo = w.simple().await;
    let names = ["waiting", "attempting", "settling", "again", "done", "ended"];
    let events: Vec<Event> = (0..).zip(names).map(|(n, name)| event("acme", name, at(n))).collect();
    for each in &events {
        w.take_in(each, at(10)).await;
    }
    let lease = w.take_lease(&halo, at(11)).await;
    w.start(&lease, "msp", &events[1], at(12)).await;
    let settling = w.start(&lease, "msp", &events[2], at(12)).await;
    let unknown = Change::OutcomeUnknown { look_at: at(200), detail: "timeout".to_owned() };
    w.advance_one(&lease, &settling, unknown, at(13)).await;
    let again = w.start(&lease, "msp", &events[3], at(12)).await;
    let later = Change::TryAgain { due_at: at(500), counts: Counts::Nothing, detail: "429".to_owned() };
    w.advance_one(&lease, &again, later, at(13)).await;
    w.make_ticket(&lease, "msp", &events[4], at(12)).await;
    w.end(&lease, "msp", &events[5], Reason::PsaRefused, at(12)).await;

    let items = w.unfinished(&halo, None, 10).await.must("list unfinished deliveries");
    let found: Vec<&str> = items.iter().map(|item| item.event.source_id.as_str()).collect();
    assert_eq!(found, names[..4], "due or not");
    let counters = w.counters(&halo).await.must("count");
    assert_eq!(
        counters,
        Counters { unfinished: 4, done: 1, ended: 1, oldest_unfinished: Some(events[0].time) }
    );
    let empty = w.counters(&connection_id("nowhere")).await.must("count");
    assert_eq!(empty, Counters::default());
}

pub(super) async fn the_next_due_time_is_the_earliest_of_deliveries_and_operations(w: World) {
    let halo = w.simple().await;
    assert_eq!(w.next_due(&halo).await.must("ask"), None, "nothing to do");
    let test = operation("msp", &halo, "test", at(300));
    w.create_operation(&test, &actor("ann")).await.must("create the operation");
    assert_eq!(w.next_due(&halo).await.must("ask"), Some(at(300)));
    let event = event("acme", "1", at(-5));
    w.take_in(&event, at(0)).await;
    assert_eq!(w.next_due(&halo).await.must("ask"), Some(at(0)), "not the time of the event");
    let lease = w.take_lease(&halo, at(1)).await;
    let started = w.start(&lease, "msp", &event, at(2)).await;
    let unknown = Change::OutcomeUnknown { look_at: at(200), detail: "timeout".to_owned() };
    let settling = w.advance_one(&lease, &started, unknown, at(3)).await;
    assert_eq!(w.next_due(&halo).await.must("ask"), Some(at(200)));
    w.advance_one(&lease, &settling, Change::TicketFound(TicketId::new("1")), at(4)).await;
    assert_eq!(w.next_due(&halo).await.must("ask"), Some(at(300)));
    let failed = OperationState::Failed { code: "x".to_owned(), message: "y".to_owned() };
    let finished = Operation { version: 1, state: failed, ..test };
    w.save_operation(&lease, &finished).await.must("save the operation");
    assert_eq!(w.next_due(&halo).await.must("ask"), None);
}

pub(super) async fn open_operations_come_oldest_first_without_the_finished(w: World) {
    let halo = w.simple().await;
    let other = w.live("msp", "other").await;
    for (name, second) in [("b", 2), ("a", 3), ("c", 1)] {
        let operation = operation("msp", &halo, name, at(second));
        w.create_operation(&operation, &actor("ann")).await.must("create an operation");
    }
    w.create_operation(&operation("msp", &other, "d", at(0)), &actor("ann"))
        .await
        .must("create an operation");
    let lease = w.take_lease(&halo, at(4)).await;
    let failed = OperationState::Failed { code: "x".to_owned(), message: "y".to_owned() };
    let finished = Operation { version: 1, state: failed, ..operation("msp", &halo, "b", at(2)) };
    w.save_operation(&lease, &finished).await.must("save the operation");
    let open = w.open_operations(&halo).await.must("list operations");
    let names: Vec<&str> = open.iter().map(|operation| operation.id.as_str()).collect();
    assert_eq!(names, ["op_c", "op_a"]);
    let kept = w.operation(&partner("msp"), &finished.id).await.must("read it");
    assert_eq!(kept, Some(finished), "a finished one can still be read");
}

pub(super) async fn the_sweep_finds_due_work_that_nobody_works(w: World) {
    let halo = w.simple().await;
    assert!(!w.is_due(&halo, at(0)).await, "no work, no bell");
    let event = event("acme", "1", at(-5));
    w.take_in(&event, at(0)).await;
    assert!(w.is_due(&halo, at(0)).await, "waiting work is due at its time");
    let lease = w.take_lease(&halo, at(1)).await;
    assert!(!w.is_due(&halo, at(2)).await, "somebody works it");
    assert!(w.is_due(&halo, at(1 + LEASE)).await, "its worker died");
    let started = w.start(&lease, "msp", &event, at(3)).await;
    let unknown = Change::OutcomeUnknown { look_at: at(200), detail: "timeout".to_owned() };
    let settling = w.advance_one(&lease, &started, unknown, at(4)).await;
    w.hand_back(&lease).await.must("hand back");
    assert!(!w.is_due(&halo, at(199)).await, "not due yet");
    assert!(w.is_due(&halo, at(200)).await, "now it is");
    let lease = w.take_lease(&halo, at(201)).await;
    w.advance_one(&lease, &settling, Change::TicketFound(TicketId::new("1")), at(202)).await;
    w.hand_back(&lease).await.must("hand back");
    assert!(!w.is_due(&halo, at(10_000)).await, "all is done");
}

pub(super) async fn the_sweep_leaves_held_connections_alone(w: World) {
    let halo = w.simple().await;
    w.take_in(&event("acme", "1", at(-5)), at(0)).await;
    let paused = ConnectionChange::Paused { by: "ann".to_owned() };
    let cases = [
        ("paused", paused, ConnectionChange::Resumed),
        (
            "without settings",
            ConnectionChange::SettingsReset,
            ConnectionChange::SettingsSaved(some_settings("1")),
        ),
        ("with refused credentials", suspended(SuspensionCause::Credentials), ConnectionChange::Recovered),
        ("without a permission", suspended(SuspensionCause::Permission), ConnectionChange::Recovered),
    ];
    for (second, (how, hold, release)) in (1..).zip(cases) {
        w.change("msp", &halo, hold, at(second)).await;
        assert!(!w.is_due(&halo, at(1_000_000)).await, "a connection {how} is left alone");
        w.change("msp", &halo, release, at(second)).await;
        assert!(w.is_due(&halo, at(1_000_000)).await, "and found again once it is no longer {how}");
    }
}

fn suspended(cause: SuspensionCause) -> ConnectionChange {
    let plan = CanaryPlan { first: SignedDuration::from_secs(60), longest: SignedDuration::from_secs(3600) };
    ConnectionChange::Suspended { cause, detail: "what the PSA said".to_owned(), plan }
}

pub(super) async fn the_sweep_finds_a_connection_whose_canary_is_due(w: World) {
    let halo = w.simple().await;
    w.change("msp", &halo, suspended(SuspensionCause::Unavailable), at(0)).await;
    assert!(!w.is_due(&halo, at(59)).await, "the canary is not due");
    assert!(w.is_due(&halo, at(60)).await, "the canary is due, with or without work");
    w.take_in(&event("acme", "1", at(-5)), at(1)).await;
    assert!(
        !w.is_due(&halo, at(59)).await,
        "due work does not wake a suspended connection before its canary"
    );
    let lease = w.take_lease(&halo, at(60)).await;
    assert!(!w.is_due(&halo, at(61)).await, "somebody is at it");
    w.hand_back(&lease).await.must("hand back");
}

pub(super) async fn the_sweep_finds_work_once_its_throttle_ends(w: World) {
    let halo = w.simple().await;
    w.take_in(&event("acme", "1", at(-5)), at(0)).await;
    w.change("msp", &halo, ConnectionChange::Throttled { until: at(100) }, at(1)).await;
    assert!(w.is_due(&halo, at(100)).await);
}

pub(super) async fn the_sweep_finds_revoked_connections_until_nothing_is_unfinished(w: World) {
    let halo = w.simple().await;
    let idle = w.live("msp", "idle").await;
    let event = event("acme", "1", at(-5));
    w.take_in(&event, at(0)).await;
    for each in [&halo, &idle] {
        w.change("msp", each, ConnectionChange::Revoked, at(1)).await;
    }
    assert!(w.is_due(&halo, at(2)).await, "its deliveries have to be ended");
    assert!(!w.is_due(&idle, at(2)).await, "nothing is left to do");
    let lease = w.take_lease(&halo, at(3)).await;
    w.end(&lease, "msp", &event, Reason::ConnectionRevoked, at(4)).await;
    w.hand_back(&lease).await.must("hand back");
    assert!(!w.is_due(&halo, at(5)).await);
}

pub(super) async fn the_sweep_finds_a_test_ticket_that_outlived_its_connection(w: World) {
    let halo = w.connect("msp", "halo").await;
    let test = operation("msp", &halo, "test", at(1000));
    w.create_operation(&test, &actor("ann")).await.must("create the operation");
    w.change("msp", &halo, ConnectionChange::Revoked, at(1)).await;
    assert!(w.is_due(&halo, at(2)).await, "it has to be ended, and need not wait for its time");
}

pub(super) async fn the_sweep_finds_a_test_ticket_before_the_set_up_is_confirmed(w: World) {
    let halo = w.connect("msp", "halo").await;
    let test = operation("msp", &halo, "test", at(10));
    w.create_operation(&test, &actor("ann")).await.must("create the operation");
    assert!(!w.is_due(&halo, at(9)).await, "not due yet");
    assert!(
        w.is_due(&halo, at(10)).await,
        "confirming needs the test ticket, so it cannot wait for confirming"
    );
}

pub(super) async fn the_sweep_returns_at_most_its_limit(w: World) {
    w.register("acme", &["msp"]).await;
    for name in ["a", "b", "c"] {
        let connection = w.live("msp", name).await;
        w.map("msp", &connection, "acme").await;
    }
    w.take_in(&event("acme", "1", at(-5)), at(0)).await;
    let mut all = w.due_connections(at(1), 10).await.must("list due connections");
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 3, "each once");
    assert_eq!(w.due_connections(at(1), 2).await.must("list two").len(), 2);
}
