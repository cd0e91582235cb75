//! What the command line refuses, and in which words; and `psa-bridge send`.

use crate::bridge::{Bridge, file, printed, psa_bridge};
use serde_json::json;
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
