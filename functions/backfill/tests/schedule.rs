//! What the schedule finds: events that a mapping or a confirmation lets become tickets, work that no bell announced, and
//! what has run out of time.

use jiff::SignedDuration;
use psa_bridge_core::{
    catalogue::Language,
    connection::{ConnectionChange, Settings, TestProof},
    delivery::DeliveryState,
    organization::{Organization, RegisteredBy},
    ports::{EventStore, RegistryStore},
    reason::Reason,
};
use psa_bridge_rig::{Scene, actor};
use psa_connector::{Clock, TicketId};

const WINDOW: SignedDuration = SignedDuration::from_hours(48);

async fn confirm(scene: &Scene) {
    let at = scene.clock.now();
    let proof =
        TestProof { at, ticket: TicketId::new("1"), generation: 1, settings: Some(Settings::default()) };
    let emergency_contact = Some("ops@example.com".to_owned());
    for change in [
        ConnectionChange::SettingsSaved(Settings::default()),
        ConnectionChange::ContactSaved { emergency_contact, language: Language::En },
        ConnectionChange::Proven(proof),
        ConnectionChange::Confirmed,
    ] {
        scene.change(change).await;
    }
}

#[tokio::test]
async fn confirming_makes_the_events_of_the_last_48_hours_to_tickets_oldest_first() {
    let scene = Scene::connected().await;
    let too_old = scene.event("0", "old@x", 10).await;
    scene.clock.advance(WINDOW + SignedDuration::from_secs(1));
    let late = scene.event("1", "late@x", 5).await;
    let early = scene.event("2", "early@x", 50).await;
    assert_eq!(scene.unrouted(&late).await, Some(Reason::NotConfirmed));
    scene.backfill().run_requests().await.unwrap();
    assert!(scene.rung().is_empty(), "nothing to do before the set-up is confirmed");
    confirm(&scene).await;
    assert_eq!(scene.backfill().run_requests().await.unwrap(), 2);
    assert_eq!(scene.rung(), std::slice::from_ref(&scene.connection));
    scene.work().await;
    assert_eq!(scene.psa.accounts(), ["early@x", "late@x"]);
    assert!(scene.is_done(&late).await && scene.is_done(&early).await);
    assert_eq!(scene.unrouted(&too_old).await, Some(Reason::NotConfirmed), "it left the window before");
    assert_eq!(scene.backfill().run_requests().await.unwrap(), 0, "once is enough");
}

#[tokio::test]
async fn mapping_makes_earlier_events_to_tickets_and_unmapping_is_told() {
    let scene = Scene::live().await;
    scene.unmap().await;
    let event = scene.event("1", "anna@x", 5).await;
    assert_eq!(scene.unrouted(&event).await, Some(Reason::Unmapped));
    scene.map(true).await;
    scene.backfill().run_requests().await.unwrap();
    scene.work().await;
    assert!(scene.is_done(&event).await);
    assert_eq!(scene.unrouted(&event).await, None);
}

#[tokio::test]
async fn a_delivery_that_ended_as_unmapped_is_worked_once_there_is_a_mapping() {
    let scene = Scene::live().await;
    let event = scene.event("1", "anna@x", 5).await;
    scene.unmap().await;
    scene.work().await;
    assert_eq!(scene.ended(&event).await, Some(Reason::Unmapped));
    scene.map(true).await;
    scene.backfill().run_requests().await.unwrap();
    scene.work().await;
    assert!(scene.is_done(&event).await);
    assert_eq!(scene.psa.tickets().len(), 1);
}

#[tokio::test]
async fn events_of_an_organisation_that_was_not_known_follow_its_registration() {
    let scene = Scene::live().await;
    scene.store.delete_organization(&scene.organization, &actor(), scene.clock.now()).await.unwrap();
    let event = scene.event("1", "anna@x", 5).await;
    assert!(scene.store.event(&scene.partner, &event).await.unwrap().is_none(), "nobody's yet");
    let organization = Organization {
        id: scene.organization.clone(),
        name: None,
        chain: vec![scene.partner.clone()],
        registered_by: RegisteredBy::Registry,
        updated_at: scene.clock.now(),
    };
    scene.store.put_organization(&organization, &actor()).await.unwrap();
    scene.map(true).await;
    scene.backfill().run_requests().await.unwrap();
    scene.work().await;
    assert!(scene.is_done(&event).await);
}

#[tokio::test]
async fn the_sweep_rings_for_work_that_no_bell_announced() {
    let scene = Scene::live().await;
    assert_eq!(scene.backfill().sweep().await.unwrap(), 0);
    scene.event("1", "anna@x", 5).await;
    assert_eq!(scene.backfill().sweep().await.unwrap(), 1);
    assert_eq!(scene.rung(), std::slice::from_ref(&scene.connection));
    scene.work().await;
    scene.rung();
    assert_eq!(scene.backfill().sweep().await.unwrap(), 0);
}

#[tokio::test]
async fn the_daily_run_closes_the_window_for_what_nobody_mapped() {
    let scene = Scene::live().await;
    scene.unmap().await;
    let event = scene.event("1", "anna@x", 5).await;
    scene.clock.advance(WINDOW - SignedDuration::from_secs(1));
    scene.backfill().run_daily().await.unwrap();
    assert_eq!(scene.unrouted(&event).await, Some(Reason::Unmapped));
    scene.clock.advance(SignedDuration::from_secs(2));
    scene.backfill().run_daily().await.unwrap();
    assert_eq!(scene.unrouted(&event).await, Some(Reason::LeftWindowUnrouted));
    scene.map(true).await;
    scene.backfill().run_requests().await.unwrap();
    assert_eq!(scene.unrouted(&event).await, Some(Reason::LeftWindowUnrouted), "the past does not come back");
}

#[tokio::test]
async fn retention_ends_what_waits_with_its_reason_before_anything_is_forgotten() {
    let scene = Scene::live().await;
    let done = scene.event("1", "anna@x", 5).await;
    scene.work().await;
    scene.change(ConnectionChange::Paused { by: "anna".to_owned() }).await;
    let waiting = scene.event("2", "bert@x", 5).await;
    scene.clock.advance(SignedDuration::from_hours(24 * 91));
    scene.backfill().run_daily().await.unwrap();
    assert!(
        scene.store.event(&scene.partner, &done).await.unwrap().is_none(),
        "finished, and older than retention"
    );
    let state = scene.delivery(&waiting).await.state;
    assert_eq!(state, DeliveryState::Ended { reason: Reason::RetentionReached });
}
