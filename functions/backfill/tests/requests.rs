//! Working route requests: what they cost, that they go on after a crash, and that nobody works one twice at once.

#![expect(clippy::unwrap_used, reason = "a test whose set-up fails has failed")]

use futures_util::future::join_all;
use jiff::SignedDuration;
use psa_bridge_core::{
    catalogue::Language,
    connection::ConnectionChange,
    ids::ConnectionId,
    ports::{BackfillState, EventStore, RouteScope, RouteStore, RouteTurn, WorkStore},
    reason::Reason,
};
use psa_bridge_rig::{Scene, actor};

/// More than a page.
const MANY: usize = 150;

/// Accepts so many events at once.
async fn accept(scene: &Scene, prefix: &str, count: usize) {
    for first in (0..count).step_by(500) {
        let names: Vec<String> =
            (first..count.min(first + 500)).map(|number| format!("{prefix}-{number}")).collect();
        join_all(names.iter().map(|name| scene.event(name, name, 5))).await;
    }
}

async fn unfinished(scene: &Scene, connection: &ConnectionId) -> usize {
    scene.store.unfinished(connection, None, 10_000).await.unwrap().len()
}

#[tokio::test]
async fn what_has_its_deliveries_is_looked_at_by_no_run() {
    let scene = Scene::live().await;
    scene.backfill().run_requests().await.unwrap();
    accept(&scene, "done", MANY).await;
    scene.map(true).await;
    scene.register(scene.organization.as_str(), "Other name", &[scene.partner.as_str()]).await;
    let (by, now) = (actor(), scene.now());
    scene.store.ask_backfill(&scene.partner, &scene.connection, &by, now).await.unwrap();
    assert_eq!(scene.store.route_requests(10).await.unwrap().len(), 2, "mapping and asking did ask");
    assert_eq!(scene.backfill().run_requests().await.unwrap(), 0);
    scene.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(scene.backfill().run_recent().await.unwrap(), 0);
    assert_eq!(scene.backfill().run_daily().await.unwrap(), 0);
    assert_eq!(scene.store.route_requests(10).await.unwrap(), []);
}

#[tokio::test]
async fn a_second_connection_gets_the_past_that_the_first_one_has() {
    let scene = Scene::live().await;
    scene.backfill().run_requests().await.unwrap();
    accept(&scene, "one", MANY).await;
    let second = scene.connect(scene.partner.as_str(), "two").await;
    scene.rung();
    let partner = scene.partner.as_str();
    scene.world().map(partner, &second, scene.organization.as_str(), true).await;
    assert_eq!(scene.backfill().run_requests().await.unwrap(), MANY, "its first mapping: all are new to it");
    assert_eq!(unfinished(&scene, &second).await, 0, "its set-up is not confirmed");
    let progress = scene.store.backfill_progress(&second, scene.now()).await.unwrap();
    assert_eq!((progress.state, progress.remaining), (BackfillState::Idle, MANY as u64));

    scene.confirm(partner, &second, Language::En).await;
    assert_eq!(scene.backfill().run_requests().await.unwrap(), MANY);
    assert_eq!(unfinished(&scene, &second).await, MANY);
    assert_eq!(unfinished(&scene, &scene.connection).await, MANY, "the first got none twice");
    let progress = scene.store.backfill_progress(&second, scene.now()).await.unwrap();
    assert_eq!((progress.looked_at, progress.routed, progress.remaining), (MANY as u64, MANY as u64, 0));
    assert_eq!(scene.rung().iter().filter(|rung| **rung == second).count(), 2, "once a page");
}

#[tokio::test]
async fn a_long_request_takes_turns_to_its_end() {
    let scene = Scene::connected().await;
    scene.backfill().run_requests().await.unwrap();
    let many = 2_150;
    accept(&scene, "long", many).await;
    scene.confirm(scene.partner.as_str(), &scene.connection, Language::En).await;
    assert_eq!(scene.backfill().run_requests().await.unwrap(), many);
    assert_eq!(unfinished(&scene, &scene.connection).await, many);
    let progress = scene.store.backfill_progress(&scene.connection, scene.now()).await.unwrap();
    assert_eq!((progress.state, progress.looked_at), (BackfillState::Idle, many as u64));
}

#[tokio::test]
async fn after_a_crash_it_goes_on_where_it_was_left_once_the_claim_ran_out() {
    let scene = Scene::connected().await;
    scene.backfill().run_requests().await.unwrap();
    accept(&scene, "late", MANY).await;
    scene.confirm(scene.partner.as_str(), &scene.connection, Language::En).await;
    // A process that did one page and died.
    let scope = RouteScope::Connection(scene.connection.clone());
    let until = scene.now() + SignedDuration::from_secs(60);
    let mut dead =
        scene.store.claim_route_request(&scope, until, scene.now()).await.unwrap().expect("a free request");
    let since = scene.now() - SignedDuration::from_hours(48);
    let page = scene.store.events_missing(&scope, since, None, 100).await.unwrap();
    dead.cursor = page.next;
    assert_eq!(scene.store.advance_route_request(&dead, until, scene.now()).await.unwrap(), RouteTurn::Made);

    assert_eq!(scene.backfill().run_requests().await.unwrap(), 0, "its claim holds");
    assert_eq!(unfinished(&scene, &scene.connection).await, 0);
    scene.clock.advance(SignedDuration::from_secs(61));
    assert_eq!(scene.backfill().run_requests().await.unwrap(), MANY - 100);
    assert_eq!(
        scene.store.finish_route_request(&dead, scene.now()).await.unwrap(),
        RouteTurn::Lost,
        "what the dead one still sends is refused"
    );
    // This one died after noting its page and before routing it, which the backfill never does; what is on record as
    // missing is found all the same.
    assert_eq!(scene.backfill().run_recent().await.unwrap(), 100);
    assert_eq!(unfinished(&scene, &scene.connection).await, MANY);
}

#[tokio::test]
async fn runs_side_by_side_look_at_each_event_once() {
    let scene = Scene::connected().await;
    scene.backfill().run_requests().await.unwrap();
    accept(&scene, "side", MANY).await;
    scene.confirm(scene.partner.as_str(), &scene.connection, Language::En).await;
    let (one, other, third) = (scene.backfill(), scene.backfill(), scene.backfill());
    let looked_at = tokio::try_join!(one.run_requests(), other.run_requests(), third.run_requests()).unwrap();
    assert_eq!(looked_at.0 + looked_at.1 + looked_at.2, MANY);
    assert_eq!(unfinished(&scene, &scene.connection).await, MANY);
}

#[tokio::test]
async fn reasons_that_no_request_concerns_are_brought_up_to_date() {
    let scene = Scene::live().await;
    scene.register("org-2", "Florist", &["msp-2"]).await;
    let event = scene.event_of("org-2", "1", "anna@x", 5).await;
    let told = async || scene.store.event(&"msp-2".parse().unwrap(), &event).await.unwrap().unwrap().unrouted;
    assert_eq!(told().await, Some(Reason::NoConnection));
    let connection = scene.connect("msp-2", "two").await;
    scene.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(scene.backfill().run_recent().await.unwrap(), 1);
    assert_eq!(told().await, Some(Reason::Unmapped));
    scene.world().change("msp-2", &connection, ConnectionChange::Revoked).await;
    scene.backfill().run_recent().await.unwrap();
    assert_eq!(told().await, Some(Reason::NoConnection));
}
