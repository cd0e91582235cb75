//! Steps of deliveries, connections and operations under a lease: all of them or none.

use super::fixture::{LEASE, Must, World, actor, at, attempt, event, operation, passed_check, step};
use crate::{
    connection::{CanaryPlan, ConnectionChange, ConnectionConflict, SuspensionCause},
    delivery::{Attempt, Change, Counts, DeliveryState},
    ids::ConnectionId,
    operation::{OperationState, OperationStep},
    ports::{AdvanceError, Lease},
    reason::Reason,
};
use jiff::SignedDuration;
use psa_connector::TicketId;

const PLAN: CanaryPlan =
    CanaryPlan { first: SignedDuration::from_secs(60), longest: SignedDuration::from_secs(3600) };

pub(super) async fn every_change_is_the_state_machines_and_is_kept(w: World) {
    let halo = w.simple().await;
    let event = event("acme", "1", at(-5));
    w.take_in(&event, at(0)).await;
    let lease = w.take_lease(&halo, at(1)).await;
    let start = Change::AttemptStarted(attempt(&lease, &event, at(2)));
    let changes = [
        start.clone(),
        Change::TryAgain { due_at: at(9), counts: Counts::Refusal, detail: "too many".to_owned() },
        start.clone(),
        Change::TryAgain { due_at: at(10), counts: Counts::Failure, detail: "broken".to_owned() },
        start.clone(),
        Change::OutcomeUnknown { look_at: at(200), detail: "timeout — größer".to_owned() },
        Change::LookAgain { due_at: at(210), detail: "search failed".to_owned() },
        Change::NotFound { due_at: at(220) },
        start,
        Change::OutcomeUnknown { look_at: at(400), detail: "reset".to_owned() },
        Change::TicketFound(TicketId::new("77")),
    ];
    let mut delivery = w.delivery("msp", &event, &halo).await;
    for (second, change) in (2..).zip(changes) {
        delivery = w.advance_one(&lease, &delivery, change, at(second)).await;
        assert_eq!(w.delivery("msp", &event, &halo).await, delivery, "what advance returned is what is kept");
    }
    assert!(matches!(delivery.state, DeliveryState::Done { .. }));
}

pub(super) async fn steps_of_one_advance_happen_together(w: World) {
    let halo = w.simple().await;
    let events = [event("acme", "1", at(-5)), event("acme", "2", at(-4)), event("acme", "3", at(-3))];
    for each in &events {
        w.take_in(each, at(0)).await;
    }
    let lease = w.take_lease(&halo, at(1)).await;
    let first = w.start(&lease, "msp", &events[0], at(2)).await;
    let second = w.delivery("msp", &events[1], &halo).await;
    let steps = vec![
        step(&first, Change::TicketCreated(TicketId::new("1"))),
        step(&second, Change::AttemptStarted(attempt(&lease, &events[1], at(3)))),
    ];
    let changed = w.advance(&lease, steps, at(3)).await.must("finish one and start the next");
    assert_eq!(changed.len(), 2);
    assert!(matches!(changed[0].state, DeliveryState::Done { .. }), "in the order of the steps");
    assert!(matches!(changed[1].state, DeliveryState::Attempting(_)));
    for (event, expected) in events.iter().zip(&changed) {
        assert_eq!(&w.delivery("msp", event, &halo).await, expected);
    }
}

/// A lease with an attempt under way, and a waiting delivery; whatever is tried, both must stay as they are.
async fn nothing_is_changed_by(w: &World, halo: &ConnectionId, lease: &Lease, spoil: Spoil) -> AdvanceError {
    let good = event("acme", "good", at(-5));
    let bad = event("acme", "bad", at(-4));
    let (good_before, bad_before) =
        (w.delivery("msp", &good, halo).await, w.delivery("msp", &bad, halo).await);
    let mut spoiled = step(&bad_before, spoil.change);
    spoiled.version = spoiled.version.wrapping_add_signed(spoil.version);
    let fine = step(&good_before, Change::TicketCreated(TicketId::new("1")));
    for steps in [vec![fine.clone(), spoiled.clone()], vec![spoiled, fine]] {
        let error = w.advance(lease, steps, at(10)).await;
        assert!(error.is_err(), "one step of two is not possible");
        assert_eq!(w.delivery("msp", &good, halo).await, good_before, "the possible one is not made either");
        assert_eq!(w.delivery("msp", &bad, halo).await, bad_before);
    }
    let steps = vec![step(&bad_before, Change::NotFound { due_at: at(11) })];
    match w.advance(lease, steps, at(10)).await {
        Err(error) => error,
        Ok(_) => panic!("a waiting delivery is not searched for"),
    }
}

struct Spoil {
    change: Change,
    version: i64,
}

async fn one_attempting_one_waiting(w: &World) -> (ConnectionId, Lease) {
    let halo = w.simple().await;
    for (name, second) in [("good", -5), ("bad", -4)] {
        w.take_in(&event("acme", name, at(second)), at(0)).await;
    }
    let lease = w.take_lease(&halo, at(1)).await;
    w.start(&lease, "msp", &event("acme", "good", at(-5)), at(2)).await;
    (halo, lease)
}

pub(super) async fn an_illegal_step_spoils_all(w: World) {
    let (halo, lease) = one_attempting_one_waiting(&w).await;
    let spoil = Spoil { change: Change::TicketFound(TicketId::new("2")), version: 0 };
    let error = nothing_is_changed_by(&w, &halo, &lease, spoil).await;
    assert!(matches!(error, AdvanceError::Illegal(_)), "the state machine says so: {error:?}");
}

pub(super) async fn a_step_from_another_version_spoils_all(w: World) {
    let (halo, lease) = one_attempting_one_waiting(&w).await;
    for version in [1, -1] {
        let change = Change::Ended { reason: Reason::PsaRefused, detail: None };
        nothing_is_changed_by(&w, &halo, &lease, Spoil { change, version }).await;
    }
    let bad = event("acme", "bad", at(-4));
    let mut stale = w.delivery("msp", &bad, &halo).await;
    stale.version += 1;
    let ended = Change::Ended { reason: Reason::PsaRefused, detail: None };
    let error = w.try_advance(&lease, &stale, ended, at(5)).await;
    assert!(matches!(error, Err(AdvanceError::Conflict)), "the delivery changed meanwhile: {error:?}");
}

pub(super) async fn a_start_with_old_credentials_spoils_all(w: World) {
    let (halo, lease) = one_attempting_one_waiting(&w).await;
    let replaced = ConnectionChange::CredentialsReplaced { replaces: 1, check: passed_check(at(3)) };
    w.change("msp", &halo, replaced, at(3)).await;
    let bad = event("acme", "bad", at(-4));
    let old = attempt(&lease, &bad, at(4));
    nothing_is_changed_by(
        &w,
        &halo,
        &lease,
        Spoil { change: Change::AttemptStarted(old.clone()), version: 0 },
    )
    .await;
    let delivery = w.delivery("msp", &bad, &halo).await;
    let error = w.try_advance(&lease, &delivery, Change::AttemptStarted(old.clone()), at(5)).await;
    assert!(matches!(error, Err(AdvanceError::LeaseLost)), "the credentials changed: {error:?}");
    let new = Attempt { generation: 2, ..old };
    w.advance_one(&lease, &delivery, Change::AttemptStarted(new), at(6)).await;
}

pub(super) async fn no_attempt_starts_on_a_paused_connection(w: World) {
    let (halo, lease) = one_attempting_one_waiting(&w).await;
    w.change("msp", &halo, ConnectionChange::Paused { by: "ann".to_owned() }, at(3)).await;
    let bad = event("acme", "bad", at(-4));
    let start = Change::AttemptStarted(attempt(&lease, &bad, at(4)));
    nothing_is_changed_by(&w, &halo, &lease, Spoil { change: start.clone(), version: 0 }).await;
    let good = w.delivery("msp", &event("acme", "good", at(-5)), &halo).await;
    w.advance_one(&lease, &good, Change::TicketCreated(TicketId::new("1")), at(5)).await;
    w.change("msp", &halo, ConnectionChange::Resumed, at(6)).await;
    let delivery = w.delivery("msp", &bad, &halo).await;
    w.advance_one(&lease, &delivery, start, at(7)).await;
}

pub(super) async fn no_attempt_starts_once_revoked_but_what_is_open_can_end(w: World) {
    let (halo, lease) = one_attempting_one_waiting(&w).await;
    w.change("msp", &halo, ConnectionChange::Revoked, at(3)).await;
    let bad = event("acme", "bad", at(-4));
    for generation in [1, 2] {
        let change = Change::AttemptStarted(Attempt { generation, ..attempt(&lease, &bad, at(4)) });
        nothing_is_changed_by(&w, &halo, &lease, Spoil { change, version: 0 }).await;
    }
    let good = w.delivery("msp", &event("acme", "good", at(-5)), &halo).await;
    w.advance_one(&lease, &good, Change::TicketCreated(TicketId::new("1")), at(5)).await;
    let revoked = Change::Ended { reason: Reason::ConnectionRevoked, detail: None };
    let delivery = w.delivery("msp", &bad, &halo).await;
    w.advance_one(&lease, &delivery, revoked, at(6)).await;
}

pub(super) async fn an_advance_of_what_is_not_there_fails(w: World) {
    let (halo, lease) = one_attempting_one_waiting(&w).await;
    let unmapped = event("acme", "never accepted", at(-4));
    let mut delivery = w.delivery("msp", &event("acme", "bad", at(-4)), &halo).await;
    delivery.event = unmapped.id;
    let ended = Change::Ended { reason: Reason::PsaRefused, detail: None };
    assert!(w.try_advance(&lease, &delivery, ended, at(5)).await.is_err(), "there is no such delivery");
}

pub(super) async fn a_worker_changes_the_leased_connection(w: World) {
    let halo = w.simple().await;
    let lease = w.take_lease(&halo, at(0)).await;
    let mut expected = w.connection_of("msp", &halo).await;
    let suspended = ConnectionChange::Suspended {
        cause: SuspensionCause::Unavailable,
        detail: "503".to_owned(),
        plan: PLAN,
    };
    let changes = [
        ConnectionChange::CallFailed,
        ConnectionChange::Throttled { until: at(30) },
        suspended,
        ConnectionChange::CanaryFailed { plan: PLAN },
        ConnectionChange::Recovered,
        ConnectionChange::CallWorked,
    ];
    for (second, change) in (1..).zip(changes) {
        expected.apply(change.clone(), at(second)).must("the change is legal");
        let kept = w.change_leased(&lease, change, at(second)).await.must("change the connection");
        assert_eq!(kept, expected, "the rule, and nothing else, made it");
        assert_eq!(w.connection_of("msp", &halo).await, expected, "and it is kept");
    }
    w.change("msp", &halo, ConnectionChange::Revoked, at(20)).await;
    let after = w.change_leased(&lease, ConnectionChange::CallFailed, at(21)).await;
    assert!(
        matches!(after, Err(AdvanceError::Connection(ConnectionConflict::Revoked) | AdvanceError::LeaseLost)),
        "a revoked connection takes no change: {after:?}"
    );
}

pub(super) async fn an_operation_is_saved_from_the_version_before(w: World) {
    let halo = w.simple().await;
    let first = operation("msp", &halo, "test", at(0));
    w.create_operation(&first, &actor("ann")).await.must("create the operation");
    let lease = w.take_lease(&halo, at(1)).await;
    let mut next = first.clone();
    next.version = 1;
    next.state = OperationState::Creating { started_at: at(2) };
    next.due_at = at(200);
    next.steps.push(OperationStep {
        at: at(2),
        step: "create".to_owned(),
        ok: true,
        detail: "sent".to_owned(),
    });
    w.save_operation(&lease, &next).await.must("save the operation");
    assert_eq!(w.open_operations(&halo).await.must("list operations"), [next.clone()]);
    let again = w.save_operation(&lease, &next).await;
    assert!(matches!(again, Err(AdvanceError::Conflict)), "the stored version is not one less: {again:?}");

    w.take_lease(&halo, at(1 + LEASE)).await;
    let later = crate::operation::Operation { version: 2, state: OperationState::Waiting, ..next.clone() };
    let late = w.save_operation(&lease, &later).await;
    assert!(
        matches!(late, Err(AdvanceError::LeaseLost)),
        "a worker without its lease saves nothing: {late:?}"
    );
    assert_eq!(w.open_operations(&halo).await.must("list operations"), [next]);
}
