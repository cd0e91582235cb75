//! The whole way: the binary, a PSA that goes away and comes back, a mail in the outbox folder, and a webhook's receiver
//! that verifies what it gets.

use crate::bridge::Bridge;
use axum::{Router, body::Bytes, extract::State, http::HeaderMap, routing::post};
use psa_bridge_workload::{Api, Call, Caller, SimulatorOptions, Simulators, World, set_up};
use psa_sim::FaultSchedule;
use serde_json::Value;
use std::{
    fs::{self, OpenOptions},
    io::Write,
    net::Ipv4Addr,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::net::TcpListener;

const SECRET: &str = "whsec_bmV3LXNlY3JldC10aGF0LWlzLWxvbmctZW5vdWdo";

type Inbox = Arc<Mutex<Vec<Value>>>;

async fn receive(State(inbox): State<Inbox>, headers: HeaderMap, body: Bytes) {
    standardwebhooks::Webhook::new(SECRET).unwrap().verify(&body, &headers).unwrap();
    inbox.lock().unwrap().push(serde_json::from_slice(&body).unwrap());
}

/// Mails in the outbox of a bridge, as they are on the disk.
fn outbox(bridge: &Bridge) -> Vec<String> {
    let Ok(files) = fs::read_dir(bridge.data().join("outbox")) else { return Vec::new() };
    let files =
        files.map(|file| file.unwrap().path()).filter(|path| path.extension().is_some_and(|it| it == "eml"));
    files.map(|path| fs::read_to_string(path).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_connection_is_told_to_its_contact_and_to_the_vendor_through_a_restart() {
    let inbox = Inbox::default();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().route("/hooks", post(receive)).with_state(Arc::clone(&inbox));

    let world = World::new();
    let options = SimulatorOptions { seed: 1, faults: FaultSchedule::none(), rate_limit: None };
    let simulators = Simulators::start(&world, &options).await.unwrap();
    let bridge = Bridge::beside(&simulators);
    let mut config = OpenOptions::new().append(true).open(bridge.config()).unwrap();
    write!(config, "\n[webhook]\nurl = \"http://{address}/hooks\"\nsecret = \"{SECRET}\"\n").unwrap();
    bridge.start();
    let api = Api::new(bridge.access(&world)).unwrap();
    set_up(&api, &world, &simulators).await.unwrap();
    let partner = Caller::Partner(&world.partners[0].id);
    let listed = api.send(Call::get(partner, "/v1/connections")).await.unwrap().success().unwrap();
    let connection = listed["items"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/connections/{connection}");
    api.send(Call::new(partner, reqwest::Method::DELETE, path)).await.unwrap().success().unwrap();
    while outbox(&bridge).is_empty() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let mails = outbox(&bridge);
    assert_eq!(mails.len(), 1, "{mails:#?}");
    assert!(mails[0].contains("Message-ID: <ntc_") && mails[0].contains("\r\nTo: "), "{}", mails[0]);

    // The receiver holds the event in its hands when the bridge dies, and never answers.
    let (held, _) = listener.accept().await.unwrap();
    held.readable().await.unwrap();
    bridge.kill();
    drop(held);
    bridge.start();
    let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    while inbox.lock().unwrap().is_empty() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let event = inbox.lock().unwrap()[0].clone();
    assert_eq!(event["type"], "psabridge.connection.revoked", "{event}");
    assert_eq!(event["data"]["connection"], connection.as_str());
    assert_eq!(outbox(&bridge).len(), 1, "the mail is not sent again");
    serving.abort();
    simulators.stop().await;
}
