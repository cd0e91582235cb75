//! A test ticket goes the way of a real one, and says at each step what came of it.

use psa_bridge_core::{connection::ConnectionChange, operation::OperationState};
use psa_bridge_rig::{Answer, SETTLE, Scene};
use psa_connector::{Clock, PsaErrorKind};

#[tokio::test]
async fn a_test_ticket_that_is_made_and_found_proves_the_connection_before_it_is_confirmed() {
    let scene = Scene::connected().await;
    scene.change(ConnectionChange::SettingsSaved(psa_bridge_core::connection::Settings::default())).await;
    let id = scene.ask_for_test().await;
    scene.work().await;
    let operation = scene.operation(&id).await;
    let OperationState::Succeeded { ticket_url, .. } = &operation.state else { panic!("{operation:?}") };
    assert_eq!(ticket_url, "https://halo.example/ticket?id=100");
    let steps: Vec<(&str, bool)> = operation.steps.iter().map(|s| (s.step.as_str(), s.ok)).collect();
    assert_eq!(steps, [("create", true), ("find", true), ("note", true), ("close", true)]);
    assert!(scene.connection_now().await.is_proven());
}

#[tokio::test]
async fn settings_saved_after_the_test_are_not_proven() {
    let scene = Scene::connected().await;
    scene.ask_for_test().await;
    scene.work().await;
    assert!(scene.connection_now().await.is_proven());
    scene.change(ConnectionChange::SettingsSaved(psa_bridge_core::connection::Settings::default())).await;
    assert!(!scene.connection_now().await.is_proven());
}

#[tokio::test]
async fn a_refused_test_ticket_fails_at_once_with_the_words_of_the_psa() {
    let scene = Scene::connected().await;
    let id = scene.ask_for_test().await;
    scene.psa.creates([Answer::Error(PsaErrorKind::Rejected { field: None })]);
    scene.work().await;
    let operation = scene.operation(&id).await;
    let OperationState::Failed { code, message } = operation.state else { panic!("{operation:?}") };
    assert_eq!(code, "psa_refused");
    assert!(message.contains("ticket settings"), "{message}");
    assert!(!scene.connection_now().await.is_proven());
}

#[tokio::test]
async fn a_test_ticket_whose_reply_was_lost_is_looked_for_and_not_made_twice() {
    let scene = Scene::connected().await;
    let id = scene.ask_for_test().await;
    scene.psa.creates([Answer::StoredAndLost]);
    scene.work().await;
    assert!(!scene.operation(&id).await.state.is_finished());
    scene.clock.advance(SETTLE);
    scene.work().await;
    assert!(matches!(scene.operation(&id).await.state, OperationState::Succeeded { .. }));
    assert_eq!(scene.psa.tickets().len(), 1);
}

#[tokio::test]
async fn a_test_ticket_that_was_never_stored_fails_after_the_settle_time() {
    let scene = Scene::connected().await;
    let id = scene.ask_for_test().await;
    scene.psa.creates([Answer::Error(PsaErrorKind::OutcomeUnknown)]);
    scene.work().await;
    scene.clock.advance(SETTLE);
    scene.work().await;
    let OperationState::Failed { code, .. } = scene.operation(&id).await.state else {
        panic!("not finished")
    };
    assert_eq!(code, "test_ticket_not_found");
}

#[tokio::test]
async fn new_credentials_end_a_test_that_was_asked_for_with_the_old_ones() {
    let scene = Scene::connected().await;
    let id = scene.ask_for_test().await;
    let report = psa_connector::CheckReport::default();
    let check = psa_bridge_core::connection::CheckResult { at: scene.clock.now(), report };
    scene.change(ConnectionChange::CredentialsReplaced { replaces: 1, check }).await;
    scene.work().await;
    let OperationState::Failed { code, .. } = scene.operation(&id).await.state else {
        panic!("not finished")
    };
    assert_eq!(code, "credentials_changed");
    assert!(scene.psa.calls().is_empty());
}

#[tokio::test]
async fn revoking_ends_a_test_that_was_asked_for() {
    let scene = Scene::connected().await;
    let id = scene.ask_for_test().await;
    scene.change(ConnectionChange::Revoked).await;
    scene.work().await;
    let OperationState::Failed { code, .. } = scene.operation(&id).await.state else {
        panic!("not finished")
    };
    assert_eq!(code, "connection_revoked");
    assert!(scene.psa.calls().is_empty());
}

#[tokio::test]
async fn a_note_or_a_close_that_the_psa_refuses_is_told_and_leaves_the_ticket_proven() {
    let scene = Scene::connected().await;
    let id = scene.ask_for_test().await;
    scene.psa.notes(vec![Answer::Error(PsaErrorKind::MissingPermission); 2]);
    scene.work().await;
    let operation = scene.operation(&id).await;
    assert!(matches!(operation.state, OperationState::Succeeded { .. }), "{operation:?}");
    let steps: Vec<(&str, bool)> = operation.steps.iter().map(|s| (s.step.as_str(), s.ok)).collect();
    assert_eq!(steps, [("create", true), ("find", true), ("note", false), ("close", false)]);
    assert!(scene.connection_now().await.is_proven());
}

#[tokio::test]
async fn a_field_that_only_a_refusal_shows_to_be_required_is_required_from_then_on() {
    let scene = Scene::connected().await;
    let id = scene.ask_for_test().await;
    scene.psa.creates([Answer::Error(PsaErrorKind::Rejected { field: Some("queue_id".to_owned()) })]);
    scene.work().await;
    let OperationState::Failed { code, message } = scene.operation(&id).await.state else {
        panic!("not finished")
    };
    assert_eq!(code, "field_required");
    assert!(message.contains("Queue") && message.contains("ticket settings"), "{message}");
    let revealed: Vec<String> = scene.connection_now().await.revealed_fields.into_iter().collect();
    assert_eq!(revealed, ["queue_id"]);
}

#[tokio::test]
async fn a_refusal_over_a_value_that_was_chosen_reveals_nothing() {
    let scene = Scene::connected().await;
    let ticket = [("queue_id".to_owned(), psa_connector::FieldValue::Int(1))].into();
    let settings = psa_bridge_core::connection::Settings { ticket, ..Default::default() };
    scene.change(ConnectionChange::SettingsSaved(settings)).await;
    let id = scene.ask_for_test().await;
    scene.psa.creates([Answer::Error(PsaErrorKind::Rejected { field: Some("queue_id".to_owned()) })]);
    scene.work().await;
    let OperationState::Failed { code, .. } = scene.operation(&id).await.state else {
        panic!("not finished")
    };
    assert_eq!(code, "psa_refused");
    assert!(scene.connection_now().await.revealed_fields.is_empty());
}

#[tokio::test]
async fn a_note_that_fails_for_a_moment_is_tried_again_and_no_more_than_three_times() {
    let scene = Scene::connected().await;
    let id = scene.ask_for_test().await;
    scene.psa.notes(vec![Answer::Error(PsaErrorKind::Unavailable); 4]);
    for _ in 0..8 {
        scene.work().await;
        scene.clock.advance(SETTLE);
    }
    let operation = scene.operation(&id).await;
    assert!(matches!(operation.state, OperationState::Succeeded { .. }), "{operation:?}");
    let steps: Vec<(&str, bool)> = operation.steps.iter().map(|s| (s.step.as_str(), s.ok)).collect();
    let (note, close) = (("note", false), ("close", false));
    assert_eq!(steps, [("create", true), ("find", true), note, note, note, close, ("close", true)]);
}
