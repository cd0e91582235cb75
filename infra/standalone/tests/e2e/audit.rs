//! Every change of configuration leaves a line in the audit: who, what it was and what it is, and never a secret. The walk
//! takes every operation of the API document that writes, so that a new one cannot forget it.

use crate::bridge::Bridge;
use jiff::Timestamp;
use psa_bridge_core::ports::{EventStore, RejectedInput};
use psa_bridge_embedded::{SqliteOptions, SqliteStore};
use psa_bridge_workload::{Access, Api, Call, Caller};
use psa_sim::HaloSim;
use reqwest::Method;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    time::{Duration, Instant},
};

const PATIENCE: Duration = Duration::from_mins(1);
const PARTNER: Caller<'static> = Caller::Partner("msp");
const VENDOR: Caller<'static> = Caller::Machine;
/// Writes that change no configuration: events in, and a proposal that nobody has taken yet.
const NO_CONFIGURATION: [&str; 2] = ["postEvents", "suggestMappings"];

/// What a line has to tell: what it was, what it is, or both.
#[derive(Clone, Copy)]
enum Tells {
    Was,
    Is,
    Both,
}

struct Walk {
    api: Api,
    connection: String,
    walked: BTreeSet<&'static str>,
}

impl Walk {
    /// The lines of partner and operator, the latest first.
    async fn lines(&self) -> [Vec<Value>; 2] {
        let of = async |caller, path: &str| {
            let page = self.api.send(Call::get(caller, path)).await.unwrap().success().unwrap();
            assert_eq!(page["next"], Value::Null, "one page holds them all");
            page["items"].as_array().unwrap().clone()
        };
        [of(PARTNER, "/v1/audit?limit=100").await, of(VENDOR, "/v1/operator/audit?limit=100").await]
    }

    /// Makes the change, and holds the audit to one new line of this action.
    async fn step(
        &mut self,
        operation: &'static str,
        call: Call<'static>,
        action: &str,
        tells: Tells,
    ) -> Value {
        let before = self.lines().await;
        let reply = self.api.send(call).await.unwrap();
        let answer = reply.success().unwrap();
        let after = self.lines().await;
        let new: Vec<&Value> = before
            .iter()
            .zip(&after)
            .flat_map(|(before, after)| &after[..after.len() - before.len()])
            .filter(|line| line["action"] == action)
            .collect();
        assert!(!new.is_empty(), "{operation} leaves no line {action}: {after:?}");
        for line in new {
            assert!(["ann", "vendor"].contains(&line["actor"].as_str().unwrap()), "{operation}: {line}");
            let told = (!line["before"].is_null(), !line["after"].is_null());
            let expected = match tells {
                Tells::Was => (true, false),
                Tells::Is => (false, true),
                Tells::Both => (true, true),
            };
            assert_eq!(told, expected, "{operation} tells what it was, and what it is: {line}");
            assert_ne!(line["before"], line["after"], "{operation} changed something: {line}");
        }
        self.walked.insert(operation);
        answer
    }

    fn of_connection(&self, method: Method, rest: &str) -> Call<'static> {
        Call::new(PARTNER, method, format!("/v1/connections/{}{rest}", self.connection))
    }

    /// Asks until the answer is as it should be.
    async fn until(&self, path: &str, is_so: impl Fn(&Value) -> bool) {
        let began = Instant::now();
        loop {
            let answer = self.api.send(Call::get(PARTNER, path)).await.unwrap().success().unwrap();
            if is_so(&answer) {
                return;
            }
            assert!(began.elapsed() < PATIENCE, "{path} stays {answer}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// What no queue brings in one process: input that was no event.
async fn keep_rejected(bridge: &Bridge) {
    fs::create_dir_all(bridge.data()).unwrap();
    let store = SqliteStore::open(&SqliteOptions::new(bridge.data().join("psa-bridge.db"))).unwrap();
    for id in ["r-1", "r-2"] {
        let raw = event(id, Timestamp::now()).to_string();
        let input = RejectedInput {
            received_at: Timestamp::now(),
            code: "time_ahead".into(),
            field: Some("time".into()),
            message: "time: lies ahead".into(),
            length: raw.len() as u64,
            raw,
        };
        store.reject(&input).await.unwrap();
    }
    store.close().await;
}

fn event(id: &str, time: Timestamp) -> Value {
    json!({
        "specversion": "1.0", "id": id, "source": "/e2e", "type": "backup.email.failed",
        "time": time.to_string(), "data": { "organization_id": "org-1" },
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_of_configuration_is_told_by_the_audit_and_no_secret_is() {
    use Tells::{Both, Is, Was};
    let sim = HaloSim::builder().tenant(HaloSim::demo_tenant("acme")).start().await.unwrap();
    let bridge = Bridge::with(&[sim.base_url().to_owned()], "");
    keep_rejected(&bridge).await;
    bridge.start();
    let machine = bridge.token(&["--subject", "vendor"]);
    let partner = bridge.token(&["--partner", "msp", "--subject", "ann"]);
    let partners = BTreeMap::from([("msp".to_owned(), partner.clone().into())]);
    let access = Access { url: bridge.url(), machine: machine.clone().into(), partners };
    let mut w = Walk { api: Api::new(access).unwrap(), connection: String::new(), walked: BTreeSet::new() };

    for id in ["org-1", "org-2"] {
        let path = format!("/v1/organizations/{id}");
        let body = json!({ "name": "Bakery", "chain": ["msp"] });
        let register = Call::new(VENDOR, Method::PUT, path).json(&body);
        w.step("putOrganization", register, "organization.saved", Is).await;
    }
    let credentials = json!({
        "site_url": sim.base_url(), "client_id": HaloSim::CLIENT_ID, "client_secret": HaloSim::CLIENT_SECRET,
    });
    let connect = Call::new(PARTNER, Method::POST, "/v1/connections")
        .json(&json!({ "psa": "halopsa", "credentials": credentials }));
    let connected = w.step("connect", connect, "connection.created", Is).await;
    connected["id"].as_str().unwrap().clone_into(&mut w.connection);

    let settings = json!({
        "ticket": { "tickettype_id": 21, "sla_id": 1, "priority_id": 3 },
        "emergency_contact": "noc@msp.example", "language": "de",
    });
    let save = w.of_connection(Method::PUT, "/settings").json(&settings);
    w.step("putSettings", save.clone(), "connection.settings_saved", Is).await;
    assert!(w.lines().await[0].iter().any(|line| line["action"] == "connection.contact_saved"));
    let put = w.of_connection(Method::PUT, "/mappings/org-1").json(&json!({ "client": "2" }));
    w.step("putMapping", put, "mapping.saved", Is).await;
    let bulk = json!({ "mappings": [{ "organization": "org-2", "client": "2" }] });
    let bulk = w.of_connection(Method::PUT, "/mappings").json(&bulk);
    w.step("putMappings", bulk, "mapping.saved", Is).await;
    let delete = w.of_connection(Method::DELETE, "/mappings/org-2");
    w.step("deleteMapping", delete, "mapping.deleted", Was).await;
    let test = w.of_connection(Method::POST, "/test-ticket").json(&json!({ "client": "2" }));
    let test = w.step("sendTestTicket", test, "operation.created", Is).await;
    let operation = format!("/v1/operations/{}", test["operation"].as_str().unwrap());
    w.until(&operation, |operation| operation["finished"] == true).await;
    for (operation, path, action) in [
        ("confirmConnection", "/confirm", "connection.confirmed"),
        ("pauseConnection", "/pause", "connection.paused"),
        ("resumeConnection", "/resume", "connection.resumed"),
        ("checkConnection", "/check", "connection.checked"),
    ] {
        w.step(operation, w.of_connection(Method::POST, path), action, Both).await;
    }
    // What confirming asked for is done first: asked for twice, it is one wish.
    let backfill = format!("/v1/connections/{}/backfill", w.connection);
    w.until(&backfill, |backfill| backfill["state"] == "idle").await;
    w.step("askBackfill", w.of_connection(Method::POST, "/backfill"), "connection.backfill_asked", Is).await;
    let replace = w.of_connection(Method::PUT, "/credentials").json(&json!({ "credentials": credentials }));
    w.step("replaceCredentials", replace, "connection.credentials_replaced", Both).await;
    let gone = Call::new(VENDOR, Method::DELETE, "/v1/organizations/org-2");
    w.step("deleteOrganization", gone, "organization.removed", Was).await;

    count_seats(&mut w).await;
    // A client that is stopped in the PSA ends events so that they can be tried again.
    assert!(sim.set_client_inactive(2, true));
    let post = Call::new(VENDOR, Method::POST, "/v1/events").json(&event("e-1", Timestamp::now()));
    let taken = w.api.send(post).await.unwrap().success().unwrap();
    let id = taken.pointer("/results/0/id").and_then(Value::as_str).unwrap().to_owned();
    let path = format!("/v1/events/{id}");
    let is_ended = |event: &Value| event.pointer("/deliveries/0/can_retry") == Some(&json!(true));
    w.until(&path, is_ended).await;
    let retry = Call::new(PARTNER, Method::POST, format!("{path}/retry"));
    w.step("retryEvent", retry, "event.retried", Both).await;
    w.until(&path, is_ended).await;
    let retry =
        Call::new(PARTNER, Method::POST, "/v1/events/retry").json(&json!({ "reason": "client_missing" }));
    w.step("retryEvents", retry, "events.retried", Both).await;

    let [one, other] = ["rej_1/replay", "replay?code=time_ahead"];
    let replay = |rest: &str| Call::new(VENDOR, Method::POST, format!("/v1/operator/rejected/{rest}"));
    w.step("replayRejected", replay(one), "rejected.replayed", Both).await;
    w.step("replayAllRejected", replay(other), "rejected.replayed", Both).await;

    let reset = w.of_connection(Method::DELETE, "/settings");
    w.step("resetSettings", reset, "connection.settings_reset", Was).await;
    w.step("revokeConnection", w.of_connection(Method::DELETE, ""), "connection.revoked", Both).await;

    assert_eq!(w.walked, writes(&w.api).await, "every operation that writes is walked");
    let told = format!("{:?}", w.lines().await);
    let secret = HaloSim::CLIENT_SECRET;
    for secret in [secret, &secret[..20], &secret[secret.len() - 20..], &machine, &partner] {
        assert!(!told.contains(secret), "the audit tells a secret");
    }
    assert!(told.contains("credentials_replaced") && told.contains("noc@msp.example"), "{told}");
}

/// Tells a count, has it written onto a licence that is made for it, and takes that back.
async fn count_seats(w: &mut Walk) {
    use Tells::{Both, Is, Was};
    let mut counted = event("s-1", Timestamp::now());
    counted["type"] = json!("seats.changed");
    counted["data"] = json!({ "organization_id": "org-1", "product": "backup", "quantity": 12 });
    let post = Call::new(VENDOR, Method::POST, "/v1/events").json(&counted);
    w.api.send(post).await.unwrap().success().unwrap();
    let sync = w
        .of_connection(Method::POST, "/seats/sync")
        .json(&json!({ "organizations": ["org-1"], "confirm": false }));
    w.step("syncSeats", sync, "seats.sync_asked", Is).await;

    let licenses = w
        .of_connection(Method::POST, "/clients/2/licenses")
        .json(&json!({ "name": "Backup seats", "product": "backup", "count": 11 }));
    let license = w.step("createLicense", licenses, "license.asked", Is).await;
    let put = json!({ "client": "2", "license": license["id"] });
    let put = w.of_connection(Method::PUT, "/mappings/org-1").json(&put);
    w.step("putMapping", put, "mapping.saved", Both).await;
    let again = w.of_connection(Method::POST, "/seats/sync").json(&json!({ "organizations": ["org-1"] }));
    w.step("syncSeats", again, "seats.sync_asked", Is).await;
    let history = format!("/v1/connections/{}/seats/history", w.connection);
    w.until(&history, |history| history.pointer("/items/0/to") == Some(&json!(12))).await;
    let counts = format!("/v1/connections/{}/seats", w.connection);
    w.until(&counts, |counts| counts.pointer("/items/0/state") == Some(&json!("equal"))).await;
    let undo = json!({ "organization": "org-1", "product": "backup", "to": 12 });
    let undo = w.of_connection(Method::POST, "/seats/undo").json(&undo);
    w.step("undoSeats", undo, "seats.undone", Was).await;
}

/// The operations of the API document that change configuration.
async fn writes(api: &Api) -> BTreeSet<&'static str> {
    let document = api.send(Call::get(VENDOR, "/openapi.json")).await.unwrap().success().unwrap();
    let paths: Vec<Value> = document["paths"].as_object().unwrap().values().cloned().collect();
    let methods = paths.iter().flat_map(|path| path.as_object().unwrap());
    let names =
        methods.filter(|(method, _)| *method != "get").map(|(_, operation)| &operation["operationId"]);
    let names: Vec<String> = names.map(|name| name.as_str().unwrap().to_owned()).collect();
    let names = names.into_iter().filter(|name| !NO_CONFIGURATION.contains(&name.as_str()));
    // Leaked, for a comparison that names what is missing; the test ends with the process.
    names.map(|name| &*name.leak()).collect()
}
