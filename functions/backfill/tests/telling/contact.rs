//! Mails to the emergency contact.

use crate::wires::{Wires, notify, suspend};
use jiff::SignedDuration;
use psa_bridge_core::{
    catalogue::Language,
    connection::{ConnectionChange, Settings, SuspensionCause},
    ports::{MailError, NoticeStore},
};
use psa_bridge_rig::{Answer, CONTACT, Scene};
use psa_connector::PsaErrorKind;
use std::sync::Arc;

fn minutes(count: i64) -> SignedDuration {
    SignedDuration::from_mins(count)
}

fn down(times: usize) -> Vec<Answer> {
    vec![Answer::Error(PsaErrorKind::Unavailable); times]
}

#[tokio::test]
async fn an_outage_is_one_mail_and_its_end_another_however_long_it_lasts() {
    let (scene, wires) = (Scene::live().await, Arc::new(Wires::default()));
    let notify = notify(&scene, &wires);
    for (id, account) in [("1", "anna@x"), ("2", "bert@x"), ("3", "carl@x")] {
        scene.event(id, account, 5).await;
    }
    scene.psa.creates(down(3));
    scene.psa.pings(down(12));
    let mut told = Vec::new();
    for _ in 0..60 {
        scene.work().await;
        notify.run_mails().await.unwrap();
        told.extend(wires.mails());
        scene.clock.advance(minutes(5));
    }
    assert_eq!(scene.psa.tickets().len(), 3, "the outage is over, and nothing was lost");
    assert!(scene.psa.calls().iter().filter(|call| **call == "ping").count() > 10, "it lasted");
    let [stopped, over] = &told[..] else { panic!("two mails, not {}", told.len()) };
    assert_eq!((stopped.to.as_str(), over.to.as_str()), (CONTACT, CONTACT));
    assert!(stopped.subject.contains("have stopped"), "{}", stopped.subject);
    for words in [
        "PSA Bridge cannot reach HaloPSA (one.example)",
        "Tickets waiting: 3",
        &format!("https://portal.vendor.example/psa/{}", scene.connection),
    ] {
        assert!(stopped.text.contains(words), "{words} in {}", stopped.text);
    }
    assert!(over.subject.contains("In order again"), "{}", over.subject);
    assert_ne!(stopped.id, over.id);
    assert!(!stopped.text.contains("anna") && !over.text.contains("anna"), "nothing of any event");
}

#[tokio::test]
async fn a_short_outage_is_not_worth_a_mail() {
    let (scene, wires) = (Scene::live().await, Arc::new(Wires::default()));
    let notify = notify(&scene, &wires);
    suspend(&scene, SuspensionCause::Unavailable).await;
    scene.clock.advance(SignedDuration::from_secs(59));
    notify.run_mails().await.unwrap();
    scene.change(ConnectionChange::Recovered).await;
    scene.clock.advance(minutes(60));
    notify.run_mails().await.unwrap();
    assert!(wires.mails().is_empty());
}

#[tokio::test]
async fn refused_credentials_found_by_the_worker_are_told_at_once_in_the_partners_language() {
    let (scene, wires) = (Scene::live().await, Arc::new(Wires::default()));
    let emergency_contact = Some("notfall@msp.example".to_owned());
    scene.change(ConnectionChange::ContactSaved { emergency_contact, language: Language::De }).await;
    scene.event("1", "anna@x", 5).await;
    scene.psa.creates([Answer::Error(PsaErrorKind::InvalidCredentials)]);
    scene.work().await;
    notify(&scene, &wires).run_mails().await.unwrap();
    let [mail] = &wires.mails()[..] else { panic!("one mail") };
    assert_eq!(mail.to, "notfall@msp.example");
    assert!(mail.text.contains("nimmt die Zugangsdaten von PSA Bridge nicht mehr an"), "{}", mail.text);
    assert!(mail.text.contains("Wartende Tickets: 1"), "{}", mail.text);
}

#[tokio::test]
async fn a_budget_that_has_not_sufficed_for_an_hour_is_told_and_when_it_does_again() {
    let (scene, wires) = (Scene::live().await, Arc::new(Wires::default()));
    let notify = notify(&scene, &wires);
    let limited =
        Answer::Error(PsaErrorKind::RateLimited { after: Some(std::time::Duration::from_mins(10)) });
    scene.event("1", "anna@x", 5).await;
    scene.psa.creates(vec![limited.clone(); 2]);
    for _ in 0..3 {
        scene.work().await;
        scene.clock.advance(minutes(11));
    }
    notify.run_mails().await.unwrap();
    assert!(wires.mails().is_empty(), "it sufficed in the end");
    assert_eq!(scene.connection_now().await.short_of_budget_since, None);
    scene.event("2", "bert@x", 5).await;
    scene.psa.creates(vec![limited; 8]);
    for _ in 0..9 {
        scene.work().await;
        notify.run_mails().await.unwrap();
        scene.clock.advance(minutes(11));
    }
    notify.run_mails().await.unwrap();
    let subjects: Vec<_> = wires.mails().into_iter().map(|mail| mail.text).collect();
    let [spent, over] = &subjects[..] else { panic!("two mails, not {subjects:#?}") };
    assert!(spent.contains("request limit") && spent.contains("Tickets waiting: 1"), "{spent}");
    assert!(over.contains("works again"), "{over}");
}

#[tokio::test]
async fn settings_that_stay_missing_are_told() {
    let (scene, wires) = (Scene::live().await, Arc::new(Wires::default()));
    let notify = notify(&scene, &wires);
    scene.change(ConnectionChange::SettingsReset).await;
    scene.clock.advance(minutes(59));
    notify.run_mails().await.unwrap();
    assert!(wires.mails().is_empty());
    scene.clock.advance(minutes(1));
    notify.run_mails().await.unwrap();
    scene.change(ConnectionChange::SettingsSaved(Settings::default())).await;
    notify.run_mails().await.unwrap();
    assert_eq!(wires.mails().len(), 2);
}

#[tokio::test]
async fn a_mail_that_fails_is_tried_again_under_the_same_id_and_given_up_in_the_open() {
    let (scene, wires) = (Scene::live().await, Arc::new(Wires::default()));
    let notify = notify(&scene, &wires);
    suspend(&scene, SuspensionCause::Credentials).await;
    wires.fail_mails(vec![MailError::Failed("421 busy".to_owned()); 100]);
    let mut tries = Vec::new();
    for minute in 0..(26 * 60) {
        if notify.run_mails().await.unwrap() > 0 {
            tries.push(minute);
        }
        scene.clock.advance(minutes(1));
    }
    assert_eq!(tries[..6], [0, 1, 6, 21, 81, 141], "the waits grow");
    assert!(tries.last().is_some_and(|last| (23 * 60..=24 * 60).contains(last)), "{tries:?}");
    let mails = wires.mails();
    assert!(mails.iter().all(|mail| mail == &mails[0]), "the same mail each time");
    let failed = scene.store.failed_notices(None, 10).await.unwrap().items;
    let [notice] = &failed[..] else { panic!("{failed:?}") };
    assert!(notice.error.as_deref().is_some_and(|error| error.contains("421 busy")), "{notice:?}");
    // Nobody was told that it had stopped, so nobody is told that it works again.
    scene.change(ConnectionChange::Recovered).await;
    assert_eq!(notify.run_mails().await.unwrap(), 0);
}

#[tokio::test]
async fn a_mail_that_is_refused_for_good_is_not_tried_again() {
    let (scene, wires) = (Scene::live().await, Arc::new(Wires::default()));
    let notify = notify(&scene, &wires);
    suspend(&scene, SuspensionCause::Permission).await;
    wires.fail_mails([MailError::Refused("550 no such user".to_owned())]);
    assert_eq!(notify.run_mails().await.unwrap(), 1);
    scene.clock.advance(minutes(600));
    assert_eq!(notify.run_mails().await.unwrap(), 0);
    assert_eq!(scene.store.failed_notices(None, 10).await.unwrap().items.len(), 1);
}

#[tokio::test]
async fn a_contact_that_is_gone_is_told_to_the_operator() {
    let (scene, wires) = (Scene::live().await, Arc::new(Wires::default()));
    let none = ConnectionChange::ContactSaved { emergency_contact: None, language: Language::En };
    scene.change(none).await;
    suspend(&scene, SuspensionCause::Credentials).await;
    notify(&scene, &wires).run_mails().await.unwrap();
    assert!(wires.mails().is_empty());
    let failed = scene.store.failed_notices(None, 10).await.unwrap().items;
    assert_eq!(failed[0].error.as_deref(), Some("the connection has no emergency contact"));
}

#[tokio::test]
async fn nothing_more_is_begun_once_the_process_is_to_stop() {
    let (scene, wires) = (Scene::live().await, Arc::new(Wires::default()));
    let notify = notify(&scene, &wires);
    suspend(&scene, SuspensionCause::Credentials).await;
    notify.stopping.cancel();
    assert_eq!(notify.run_mails().await.unwrap(), 0);
}
