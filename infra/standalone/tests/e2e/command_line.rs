//! What the command line refuses, and in which words; `psa-bridge send`, and what partners and operators ask.

use crate::{
    bridge::{Bridge, file, printed, psa_bridge},
    scene::Scene,
};
use serde_json::{Value, json};
use std::{fs, os::unix::fs::PermissionsExt, process::Output};

fn refusal(output: &Output) -> String {
    assert!(!output.status.success(), "{:?}", printed(output));
    printed(output).1
}

#[test]
fn a_second_bridge_is_kept_off_the_data_folder() {
    let bridge = Bridge::new();
    bridge.start();
    let second =
        bridge.command(&["serve"]).env("PSA_BRIDGE__SERVER__LISTEN", "127.0.0.1:0").output().unwrap();
    let said = refusal(&second);
    assert!(said.contains("another psa-bridge works on"), "{said}");
    assert!(said.contains(&bridge.data().display().to_string()), "{said}");
}

#[test]
fn the_folder_of_a_bridge_that_was_killed_is_free_again() {
    let bridge = Bridge::new();
    bridge.start();
    bridge.kill();
    bridge.start();
}

#[test]
fn a_key_file_that_others_can_read_is_refused() {
    for name in ["vault.key", "token.key", "cursor.key"] {
        let bridge = Bridge::new();
        bridge.start();
        bridge.kill();
        let key = bridge.data().join(name);
        fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
        let said = refusal(&bridge.command(&["serve"]).output().unwrap());
        assert!(said.contains(name), "{name}: {said}");
    }
}

#[test]
fn a_wrong_configuration_is_named_by_its_key() {
    let folder = tempfile::tempdir().unwrap();
    for (content, key) in [
        ("[work]\nworkers = 0", "work.workers"),
        ("[work]\nworkers = \"many\"", "work.workers"),
        ("[budget.halopsa]\nrequests = 10\nreserve = 10", "budget.halopsa.reserve"),
        ("[schedule]\nretention_days = 1", "schedule.retention_days"),
        ("[auth]\nissuer = \" \"", "auth.issuer"),
        ("[server]\nlisten = \"everywhere\"", "server.listen"),
        ("[egress]\nallow = [\"nonsense\"]", "egress.allow"),
        ("[data]\nsynchronous = \"never\"", "data.synchronous"),
        ("[work]\nworker = 3", "worker"),
        ("[wrok]\nworkers = 3", "wrok"),
    ] {
        let config = file(folder.path(), "psa-bridge.toml", content);
        for command in ["serve", "check-config"] {
            let output = psa_bridge(&[command]).arg("--config").arg(&config).output().unwrap();
            let said = refusal(&output);
            assert!(said.contains(key), "{command} with {content:?}: {said}");
        }
    }
}

#[test]
fn the_defaults_are_a_configuration_that_is_right() {
    let folder = tempfile::tempdir().unwrap();
    let output = psa_bridge(&["check-config", "--defaults"]).output().unwrap();
    let config = file(folder.path(), "psa-bridge.toml", &printed(&output).0);
    let output = psa_bridge(&["check-config"]).arg("--config").arg(&config).output().unwrap();
    assert!(output.status.success(), "{:?}", printed(&output));
}

fn event(id: &str) -> String {
    json!({
        "specversion": "1.0", "id": id, "source": "/e2e", "type": "backup.email.failed",
        "time": jiff::Timestamp::now().to_string(), "data": { "organization_id": "org-1" },
    })
    .to_string()
}

/// What `psa-bridge send` printed about a file of these lines, and whether it was content.
fn send(bridge: &Bridge, lines: &[String]) -> (String, bool) {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "events.jsonl", &(lines.join("\n") + "\n"));
    let output = psa_bridge(&["send", "--url", &bridge.url(), "--token", &bridge.token(&[])])
        .args(["--batch", "3"])
        .arg(path)
        .output()
        .unwrap();
    (printed(&output).0, output.status.success())
}

/// The words of a printed account, without their alignment.
fn words(account: &str) -> String {
    account.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_file_of_events_is_sent_and_accounted_for() {
    let bridge = Bridge::new();
    bridge.start();
    let good: Vec<String> = (0..7).map(|number| event(&format!("e-{number}"))).collect();
    let (account, content) = send(&bridge, &good);
    assert!(content, "{account}");
    assert_eq!(words(&account), "accepted 7 duplicates 0 refused 0");
    let (account, content) = send(&bridge, &[good.clone(), vec![event("e-7")]].concat());
    assert!(content, "{account}");
    assert_eq!(words(&account), "accepted 1 duplicates 7 refused 0");
}

#[test]
fn lines_that_are_no_events_are_named_and_fail_the_command_while_the_others_are_taken() {
    let bridge = Bridge::new();
    bridge.start();
    let lines = [
        event("e-1"),
        "not json".to_owned(),
        event("e-2"),
        String::new(),
        json!({ "specversion": "1.0" }).to_string(),
        event("e-1"),
    ];
    let (account, content) = send(&bridge, &lines);
    assert!(!content, "{account}");
    assert!(words(&account).starts_with("accepted 2 duplicates 1 refused 2"), "{account}");
    assert!(account.contains("line 2: not JSON") && account.contains("line 5: "), "{account}");
}

impl Bridge {
    /// What the program printed when it asked the bridge as the partner `msp`, or as a machine; fails the test unless it
    /// was content.
    fn told(&self, partner: Option<&str>, arguments: &[&str]) -> String {
        let output = self.asked(partner, arguments);
        assert!(output.status.success(), "{arguments:?}: {:?}", printed(&output));
        printed(&output).0
    }

    fn asked(&self, partner: Option<&str>, arguments: &[&str]) -> Output {
        let token = match partner {
            Some(partner) => self.token(&["--partner", partner]),
            None => self.token(&[]),
        };
        let mut command = psa_bridge(arguments);
        command.env("PSA_BRIDGE_URL", self.url()).env("PSA_BRIDGE_TOKEN", token).output().unwrap()
    }
}

/// A store with an organisation of `msp` in a live connection, three events that the PSA refused, and rejected input; made
/// while no bridge runs.
async fn troubled_store(bridge: &Bridge) {
    fs::create_dir_all(bridge.data()).unwrap();
    let scene = Scene::new(&bridge.data().join("psa-bridge.db")).await;
    for id in ["e-1", "e-2", "e-3"] {
        scene.refuse(&serde_json::from_str(&event(id)).unwrap()).await;
    }
    scene.pause().await;
    let mut early: Value = serde_json::from_str(&event("early")).unwrap();
    scene.reject("time_ahead", &early.to_string()).await;
    early["time"] = json!("2999-01-01T00:00:00Z");
    scene.reject("time_ahead", &early.to_string()).await;
    scene.reject("not_json", "{broken").await;
    scene.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_lists_its_events_reads_their_story_and_tries_them_again() {
    let bridge = Bridge::new();
    troubled_store(&bridge).await;
    bridge.start();
    let msp = Some("msp");
    let table = bridge.told(msp, &["events", "list", "--reason", "psa_refused"]);
    assert_eq!(table.lines().count(), 4, "a heading and three events: {table}");
    assert_eq!(words(&table).matches("ended: psa_refused").count(), 3, "{table}");
    let page = bridge.told(msp, &["events", "list", "--limit", "2"]);
    let cursor = page.lines().last().unwrap().strip_prefix("more with --cursor ").unwrap().to_owned();
    let rest = bridge.told(msp, &["events", "list", "--limit", "2", "--cursor", &cursor]);
    assert_eq!(rest.lines().count(), 2, "{rest}");
    let list: Value = serde_json::from_str(&bridge.told(msp, &["events", "list", "--json"])).unwrap();
    let id = list["items"][0]["id"].as_str().unwrap();

    let story = bridge.told(msp, &["events", "show", id, "--language", "de"]);
    assert!(story.contains("Das PSA hat das Ticket abgelehnt"), "{story}");
    assert!(story.contains("SLA is missing"), "the PSA's own words: {story}");
    let story: Value = serde_json::from_str(&bridge.told(msp, &["events", "show", id, "--json"])).unwrap();
    assert_eq!(story["deliveries"][0]["timeline"][0]["what"], "accepted");

    assert_eq!(bridge.told(msp, &["retry", id]), "tried again: 1, in con_one\n");
    assert_eq!(bridge.told(msp, &["retry", "--reason", "psa_refused"]), "tried again: 2, in con_one\n");
    assert_eq!(bridge.told(msp, &["retry", "--reason", "psa_refused"]), "nothing to try again\n");
    let held = bridge.told(msp, &["events", "list", "--reason", "paused"]);
    assert_eq!(words(&held).matches("waiting: paused").count(), 3, "{held}");
    assert_eq!(bridge.told(Some("rival"), &["events", "list"]), "nothing\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_sees_trouble_and_replays_what_was_rejected() {
    let bridge = Bridge::new();
    troubled_store(&bridge).await;
    bridge.start();
    let trouble = bridge.told(None, &["operator", "connections"]);
    assert!(words(&trouble).contains("con_one msp halopsa one.example paused"), "{trouble}");
    assert_eq!(bridge.told(None, &["operator", "connections", "--trouble", "suspended"]), "nothing\n");
    let all = bridge.told(None, &["operator", "connections", "--all", "--json"]);
    assert_eq!(serde_json::from_str::<Value>(&all).unwrap()["items"][0]["troubles"], json!(["paused"]));

    let rejected = bridge.told(None, &["operator", "rejected", "--replayed", "false"]);
    assert!(rejected.contains("rej_1") && rejected.contains("rej_3"), "{rejected}");
    let output = bridge.asked(None, &["operator", "replay", "--code", "time_ahead"]);
    let (table, _) = printed(&output);
    assert!(!output.status.success(), "one is still no event: {table}");
    assert!(words(&table).contains("rej_1 replayed evt_"), "{table}");
    assert!(words(&table).contains("rej_2 still_invalid - time:"), "{table}");
    let said = refusal(&bridge.asked(None, &["operator", "replay", "rej_3"]));
    assert!(said.contains("still_invalid") && said.contains("not JSON"), "{said}");
    let folder = tempfile::tempdir().unwrap();
    let body = file(folder.path(), "event.json", &event("mended"));
    let became = bridge.told(None, &["operator", "replay", "rej_3", "--body", body.to_str().unwrap()]);
    assert!(became.starts_with("rej_3 became evt_"), "{became}");
    let left = bridge.told(None, &["operator", "rejected", "--replayed", "false"]);
    assert_eq!(left.lines().count(), 2, "{left}");
}

#[test]
fn what_the_bridge_refuses_is_told_in_its_words_with_what_to_do() {
    let bridge = Bridge::new();
    let dead = refusal(&bridge.asked(Some("msp"), &["events", "list"]));
    assert!(dead.contains("cannot be reached: is the bridge running?"), "{dead}");
    bridge.start();
    for (partner, arguments, words) in [
        (Some("msp"), &["events", "show", "evt_nothing"][..], "(not_found)"),
        (Some("msp"), &["events", "show", "../connections"], "(not_found)"),
        (Some("msp"), &["events", "list", "--state", "lost"], "state"),
        (Some("msp"), &["retry", "--reason", "unmapped"], "psa_refused"),
        (Some("msp"), &["operator", "connections"], "psa:operate"),
        (None, &["events", "list"], "psa:read"),
        (None, &["operator", "replay", "rej_9"], "(not_found)"),
        (None, &["operator", "replay", "rej_9", "--body", "/nowhere"], "/nowhere cannot be read"),
        (Some("msp"), &["retry"], "<EVENT|--reason <REASON>>"),
        (Some("msp"), &["retry", "evt_1", "--reason", "psa_refused"], "cannot be used with"),
        (None, &["operator", "replay"], "<ID|--code <CODE>>"),
        // Cursors can begin with anything.
        (Some("msp"), &["events", "list", "--cursor", "-nothing"], "(invalid_cursor)"),
        (Some("msp"), &["seats", "list", "con_1", "--cursor", "-nothing"], "(invalid_cursor)"),
        (None, &["operator", "connections", "--cursor", "-nothing"], "(invalid_cursor)"),
        (None, &["operator", "rejected", "--cursor", "-nothing"], "(invalid_cursor)"),
    ] {
        let said = refusal(&bridge.asked(partner, arguments));
        assert!(said.contains(words), "{arguments:?}: {said}");
    }
}
