//! One worker a connection at a time, and no bell is lost.

use super::fixture::{LEASE, Must, World, at, attempt, connection_id, event};
use crate::{
    connection::ConnectionChange,
    delivery::Change,
    ports::{AdvanceError, LeaseOutcome, Release},
    reason::Reason,
};

pub(super) async fn a_free_lease_is_taken_with_the_connection_as_it_is(w: World) {
    let halo = w.simple().await;
    let LeaseOutcome::Taken(work) = w.try_lease(&halo, at(0)).await else { panic!("a free lease is taken") };
    assert_eq!(work.lease.connection, halo);
    assert_eq!(work.lease.until, at(LEASE));
    assert_eq!(work.connection, w.connection_of("msp", &halo).await, "the worker gets the connection of now");
}

pub(super) async fn a_connection_that_is_not_there_has_no_lease(w: World) {
    assert_eq!(w.try_lease(&connection_id("nowhere"), at(0)).await, LeaseOutcome::Unknown);
}

pub(super) async fn a_lease_is_taken_by_one_alone(w: World) {
    let halo = w.simple().await;
    let other = w.live("msp", "other").await;
    w.take_lease(&halo, at(0)).await;
    assert_eq!(w.try_lease(&halo, at(1)).await, LeaseOutcome::Held);
    assert_eq!(
        w.reopened().await.try_lease(&halo, at(LEASE - 1)).await,
        LeaseOutcome::Held,
        "also for others"
    );
    w.take_lease(&other, at(1)).await;
}

pub(super) async fn a_lease_ends_at_its_time_and_the_next_has_a_higher_fence(w: World) {
    let halo = w.simple().await;
    let first = w.take_lease(&halo, at(0)).await;
    let second = w.take_lease(&halo, at(LEASE)).await;
    assert!(second.fence > first.fence, "fences grow: {} after {}", second.fence, first.fence);
    assert_eq!(w.release(&second).await.must("release"), Release::Released);
    let third = w.take_lease(&halo, at(LEASE + 1)).await;
    assert!(third.fence > second.fence, "also after a release: {} after {}", third.fence, second.fence);
}

pub(super) async fn a_released_lease_is_free(w: World) {
    let halo = w.simple().await;
    let lease = w.take_lease(&halo, at(0)).await;
    assert_eq!(w.release(&lease).await.must("release"), Release::Released);
    w.take_lease(&halo, at(1)).await;
}

pub(super) async fn a_bell_that_rang_meanwhile_keeps_the_lease(w: World) {
    let halo = w.simple().await;
    let event = event("acme", "1", at(-5));
    w.take_in(&event, at(0)).await;
    let lease = w.take_lease(&halo, at(0)).await;
    assert_eq!(w.try_lease(&halo, at(1)).await, LeaseOutcome::Held, "a bell rings");
    let Release::BellRang(kept) = w.release(&lease).await.must("release") else {
        panic!("a bell rang: the worker must look again before it goes")
    };
    assert_eq!((&kept.connection, kept.fence), (&halo, lease.fence), "it is the same lease");
    assert_eq!(w.try_lease(&halo, at(2)).await, LeaseOutcome::Held, "nobody else has it; another bell");
    w.make_ticket(&kept, "msp", &event, at(3)).await;
    let Release::BellRang(kept) = w.release(&kept).await.must("release") else {
        panic!("each bell is heard, also one after the first")
    };
    assert_eq!(w.release(&kept).await.must("release"), Release::Released, "no bell since");
    w.take_lease(&halo, at(4)).await;
}

pub(super) async fn bells_of_an_earlier_lease_do_not_keep_the_next(w: World) {
    let halo = w.simple().await;
    w.take_lease(&halo, at(0)).await;
    assert_eq!(w.try_lease(&halo, at(1)).await, LeaseOutcome::Held);
    let next = w.take_lease(&halo, at(LEASE)).await;
    assert_eq!(w.release(&next).await.must("release"), Release::Released, "who took it later looked later");
}

pub(super) async fn a_lease_that_was_taken_over_is_lost(w: World) {
    let halo = w.simple().await;
    let event = event("acme", "1", at(-5));
    w.take_in(&event, at(0)).await;
    let lost = w.take_lease(&halo, at(0)).await;
    let lease = w.take_lease(&halo, at(LEASE)).await;
    assert_eq!(w.release(&lost).await.must("release"), Release::Lost);
    w.hand_back(&lost).await.must("handing back what is lost is no error");
    assert_eq!(w.try_lease(&halo, at(LEASE + 1)).await, LeaseOutcome::Held, "the holder keeps it");

    let delivery = w.delivery("msp", &event, &halo).await;
    let start = Change::AttemptStarted(attempt(&lost, &event, at(LEASE + 1)));
    let advanced = w.try_advance(&lost, &delivery, start, at(LEASE + 1)).await;
    assert!(
        matches!(advanced, Err(AdvanceError::LeaseLost)),
        "a worker without its lease changes nothing: {advanced:?}"
    );
    let end = Change::Ended { reason: Reason::Unmapped, detail: None };
    let advanced = w.try_advance(&lost, &delivery, end, at(LEASE + 1)).await;
    assert!(matches!(advanced, Err(AdvanceError::LeaseLost)), "nor does it end anything: {advanced:?}");
    let changed = w.change_leased(&lost, ConnectionChange::CallFailed, at(LEASE + 1)).await;
    assert!(matches!(changed, Err(AdvanceError::LeaseLost)), "nor the connection: {changed:?}");
    assert_eq!(w.delivery("msp", &event, &halo).await, delivery);
    w.make_ticket(&lease, "msp", &event, at(LEASE + 2)).await;
}

pub(super) async fn a_lease_that_was_released_is_lost(w: World) {
    let halo = w.simple().await;
    let event = event("acme", "1", at(-5));
    w.take_in(&event, at(0)).await;
    let released = w.take_lease(&halo, at(0)).await;
    assert_eq!(w.release(&released).await.must("release"), Release::Released);
    w.take_lease(&halo, at(1)).await;
    let delivery = w.delivery("msp", &event, &halo).await;
    let start = Change::AttemptStarted(attempt(&released, &event, at(2)));
    let advanced = w.try_advance(&released, &delivery, start, at(2)).await;
    assert!(matches!(advanced, Err(AdvanceError::LeaseLost)), "{advanced:?}");
    assert_eq!(w.release(&released).await.must("release again"), Release::Lost);
}

pub(super) async fn handing_back_frees_the_lease_whatever_rang(w: World) {
    let halo = w.simple().await;
    let lease = w.take_lease(&halo, at(0)).await;
    assert_eq!(w.try_lease(&halo, at(1)).await, LeaseOutcome::Held);
    w.hand_back(&lease).await.must("hand back");
    let next = w.take_lease(&halo, at(2)).await;
    assert!(next.fence > lease.fence);
}

pub(super) async fn a_revoked_or_paused_connection_can_be_leased_to_tidy_up(w: World) {
    let halo = w.simple().await;
    let event = event("acme", "1", at(-5));
    w.take_in(&event, at(0)).await;
    w.change("msp", &halo, ConnectionChange::Paused { by: "ann".to_owned() }, at(1)).await;
    let lease = w.take_lease(&halo, at(2)).await;
    w.hand_back(&lease).await.must("hand back");
    w.change("msp", &halo, ConnectionChange::Revoked, at(3)).await;
    let LeaseOutcome::Taken(work) = w.try_lease(&halo, at(4)).await else {
        panic!("somebody must end its deliveries")
    };
    assert_eq!(work.connection.revoked_at, Some(at(3)));
    w.end(&work.lease, "msp", &event, Reason::ConnectionRevoked, at(5)).await;
}
