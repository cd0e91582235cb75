//! Events for the vendor: over a real connection, signed, in order, again after a failure, through a restart.

use crate::wires::{Wires, notify, suspend};
use axum::{Router, body::Bytes, extract::State, routing::post};
use http::{HeaderMap, StatusCode};
use jiff::SignedDuration;
use psa_bridge_core::{
    connection::{ConnectionChange, SuspensionCause},
    ids::NoticeId,
    notice::Channel,
    ports::{NoticeStore, Webhook, WebhookError},
    webhook::{SignedWebhook, WebhookSecret},
};
use psa_bridge_rig::{Answer, Scene};
use psa_connector::{EgressPolicy, PsaErrorKind, SystemClock, SystemRandom, Transport, TransportOptions};
use serde_json::Value;
use std::{
    net::Ipv4Addr,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{net::TcpListener, task::JoinHandle};
use url::Url;

const NEW: &str = "whsec_bmV3LXNlY3JldC10aGF0LWlzLWxvbmctZW5vdWdo";
const OLD: &str = "whsec_b2xkLXNlY3JldC10aGF0LWlzLWxvbmctZW5vdWdo";

/// What a receiver on loopback got, and what it answers.
#[derive(Clone, Default)]
struct Inbox {
    got: Arc<Mutex<Vec<(HeaderMap, Bytes)>>>,
    answer: Arc<Mutex<Option<(StatusCode, String)>>>,
}

struct Server {
    inbox: Inbox,
    url: Url,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn server(answer: Option<(u16, &str)>) -> Server {
    let inbox = Inbox::default();
    *inbox.answer.lock().unwrap() =
        answer.map(|(status, body)| (StatusCode::from_u16(status).unwrap(), body.to_owned()));
    let receive = |State(inbox): State<Inbox>, headers: HeaderMap, body: Bytes| async move {
        inbox.got.lock().unwrap().push((headers, body));
        let answer = inbox.answer.lock().unwrap().clone();
        answer.unwrap_or((StatusCode::NO_CONTENT, String::new()))
    };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("http://{}/hooks?tenant=1", listener.local_addr().unwrap()).parse().unwrap();
    let router = Router::new().route("/hooks", post(receive)).with_state(inbox.clone());
    let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    Server { inbox, url, task }
}

fn webhook(url: &Url, secrets: &[&str], timeout: Duration) -> SignedWebhook {
    let policy = EgressPolicy::public_only().allow_loopback();
    let options = TransportOptions { timeout, max_body: 1024, tries: 1, ..TransportOptions::default() };
    let transport = Transport::new(policy, options, Arc::new(SystemClock), Arc::new(SystemRandom)).unwrap();
    let secrets = secrets.iter().map(|it| WebhookSecret::parse(&(*it).into()).unwrap()).collect();
    SignedWebhook { transport, url: url.clone(), secrets }
}

const MINUTE: Duration = Duration::from_mins(1);

async fn send(server: &Server, secrets: &[&str]) -> Result<(), WebhookError> {
    let id = NoticeId::derive(&["test"]);
    webhook(&server.url, secrets, MINUTE).send(&id, r#"{"specversion":"1.0","name":"é"}"#).await
}

#[tokio::test]
async fn a_receiver_verifies_events_with_the_library_of_the_convention() {
    let server = server(None).await;
    send(&server, &[NEW]).await.unwrap();
    let got = server.inbox.got.lock().unwrap().clone();
    let [(headers, body)] = &got[..] else { panic!("one request, not {got:?}") };
    standardwebhooks::Webhook::new(NEW).unwrap().verify(body, headers).unwrap();
    assert!(standardwebhooks::Webhook::new(OLD).unwrap().verify(body, headers).is_err());
    assert_eq!(headers["webhook-id"], NoticeId::derive(&["test"]).as_str());
    assert_eq!(headers["content-type"], "application/cloudevents+json");
}

#[tokio::test]
async fn while_secrets_change_either_verifies() {
    let server = server(None).await;
    send(&server, &[NEW, OLD]).await.unwrap();
    let got = server.inbox.got.lock().unwrap().clone();
    for secret in [NEW, OLD] {
        standardwebhooks::Webhook::new(secret).unwrap().verify(&got[0].1, &got[0].0).unwrap();
    }
}

#[tokio::test]
async fn only_a_success_is_one() {
    for (status, expected) in
        [(200, true), (202, true), (302, false), (400, false), (404, false), (429, false), (500, false)]
    {
        let server = server(Some((status, ""))).await;
        let sent = send(&server, &[NEW]).await;
        match sent {
            Ok(()) => assert!(expected, "{status}"),
            Err(WebhookError::Failed(why)) => {
                assert!(!expected && why.contains(&status.to_string()), "{status}: {why}");
            }
            Err(WebhookError::Gone) => panic!("{status}"),
        }
        assert_eq!(server.inbox.got.lock().unwrap().len(), 1, "{status} is sent once");
    }
    assert_eq!(send(&server(Some((410, ""))).await, &[NEW]).await, Err(WebhookError::Gone));
}

#[tokio::test]
async fn an_answer_without_end_or_none_at_all_is_a_failure() {
    let server = server(Some((200, &"x".repeat(5000)))).await;
    assert!(matches!(send(&server, &[NEW]).await, Err(WebhookError::Failed(_))));
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url: Url = format!("http://{}/", silent.local_addr().unwrap()).parse().unwrap();
    let id = NoticeId::derive(&["test"]);
    let sent = webhook(&url, &[NEW], Duration::from_millis(300)).send(&id, "{}").await;
    let Err(WebhookError::Failed(why)) = sent else { panic!("{sent:?}") };
    assert!(!why.contains("whsec"), "{why}");
}

fn types(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["type"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn the_vendor_hears_of_a_connections_life_in_order() {
    let (scene, wires) = (Scene::live().await, Arc::new(Wires::default()));
    let notify = notify(&scene, &wires);
    let event = scene.event("1", "anna@x", 5).await;
    scene.psa.creates([Answer::Error(PsaErrorKind::InvalidCredentials)]);
    scene.work().await;
    scene.change(ConnectionChange::Recovered).await;
    scene.change(ConnectionChange::Revoked).await;
    scene.work().await;
    notify.run_webhook().await.unwrap();
    let events = wires.events();
    assert_eq!(
        types(&events),
        [
            "psabridge.connection.suspended",
            "psabridge.connection.recovered",
            "psabridge.connection.revoked",
            "psabridge.delivery.ended",
        ]
    );
    let connection = scene.connection.as_str();
    for event in &events {
        assert_eq!(event["specversion"], "1.0");
        assert_eq!(event["source"], "https://bridge.vendor.example");
        assert_eq!(
            (&event["data"]["partner"], &event["data"]["connection"]),
            (&"msp-1".into(), &connection.into())
        );
        assert!(!event.to_string().contains("anna"), "no personal data: {event}");
    }
    assert_eq!(events[0]["data"]["cause"], "credentials");
    let ended = &events[3]["data"];
    assert_eq!((&ended["reason"], &ended["event"]), (&"connection_revoked".into(), &event.as_str().into()));
    assert_eq!((&ended["event_source"], &ended["event_id"]), (&"/test".into(), &"1".into()));
    assert_eq!(events[3]["subject"], event.as_str());
}

#[tokio::test]
async fn an_event_is_sent_again_as_it_was_and_what_follows_waits() {
    let (scene, wires) = (Scene::live().await, Arc::new(Wires::default()));
    let notify = notify(&scene, &wires);
    suspend(&scene, SuspensionCause::Unavailable).await;
    scene.change(ConnectionChange::Recovered).await;
    wires.fail_events(vec![WebhookError::Failed("503".to_owned()); 2]);
    let mut sent = Vec::new();
    for second in 0..400 {
        notify.run_webhook().await.unwrap();
        sent.extend(wires.events.lock().unwrap().drain(..).map(|(id, body)| (second, id, body)));
        scene.clock.advance(SignedDuration::from_secs(1));
    }
    let seconds: Vec<_> = sent.iter().map(|(second, ..)| *second).collect();
    assert_eq!(
        seconds,
        [0, 5, 305, 305],
        "after five seconds, after five minutes, and then the next at once"
    );
    assert!(sent[0].1 == sent[1].1 && sent[0].2 == sent[2].2, "same id, same body");
    assert!(sent[3].2.contains("recovered"), "{}", sent[3].2);
}

#[tokio::test]
async fn an_event_that_is_never_taken_is_given_up_and_lets_the_next_pass() {
    let (scene, wires) = (Scene::live().await, Arc::new(Wires::default()));
    let notify = notify(&scene, &wires);
    suspend(&scene, SuspensionCause::Unavailable).await;
    wires.fail_events(vec![WebhookError::Failed("400".to_owned()); 20]);
    for _ in 0..(74 * 60) {
        notify.run_webhook().await.unwrap();
        scene.clock.advance(SignedDuration::from_mins(1));
    }
    let failed = scene.store.failed_notices(None, 10).await.unwrap().items;
    assert_eq!(failed.len(), 1, "{failed:?}");
    wires.webhook_errors.lock().unwrap().clear();
    wires.events();
    scene.change(ConnectionChange::Recovered).await;
    notify.run_webhook().await.unwrap();
    assert_eq!(types(&wires.events()), ["psabridge.connection.recovered"]);
}

#[tokio::test]
async fn a_receiver_that_is_gone_is_left_alone_until_the_next_start() {
    let (scene, wires) = (Scene::live().await, Arc::new(Wires::default()));
    let before = notify(&scene, &wires);
    suspend(&scene, SuspensionCause::Credentials).await;
    wires.fail_events([WebhookError::Gone]);
    before.run_webhook().await.unwrap();
    assert_eq!(wires.events().len(), 1);
    scene.change(ConnectionChange::Recovered).await;
    scene.clock.advance(SignedDuration::from_hours(200));
    assert_eq!(before.run_webhook().await.unwrap(), 0, "410 means leave me alone");
    notify(&scene, &wires).run_webhook().await.unwrap();
    assert_eq!(types(&wires.events()), ["psabridge.connection.suspended", "psabridge.connection.recovered"]);
}

#[tokio::test]
async fn what_a_dead_process_had_taken_is_sent_by_the_next_one_under_its_id() {
    let (scene, wires) = (Scene::live().await, Arc::new(Wires::default()));
    suspend(&scene, SuspensionCause::Credentials).await;
    let now = scene.now();
    let until = now + SignedDuration::from_hours(1);
    let taken = scene.store.take_notices(Channel::Webhook, until, 10, now).await.unwrap();
    let notify = notify(&scene, &wires);
    assert_eq!(notify.run_webhook().await.unwrap(), 0, "somebody has it");
    // The next start knows that nobody does.
    scene.store.end_all_leases().await.unwrap();
    notify.run_webhook().await.unwrap();
    let sent = wires.events.lock().unwrap().clone();
    assert_eq!(sent.iter().map(|(id, _)| id).collect::<Vec<_>>(), [&taken[0].id]);
}
