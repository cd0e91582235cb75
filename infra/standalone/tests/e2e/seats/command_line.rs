//! `psa-bridge seats`: what people read, what they can copy, and the same as JSON for programs.

use super::scene::{AUTOTASK, BEFORE, BOTH, HALOPSA, ORGANIZATION, PRODUCT, Scene, UNTOLD};
use crate::bridge::{printed, psa_bridge};
use serde_json::{Value, json};
use std::process::Output;

impl Scene {
    /// What the program says as Ann.
    fn says(&self, arguments: &[&str]) -> Output {
        let token = self.bridge.token(&["--partner", self.partner_id(), "--subject", "ann"]);
        let mut command = psa_bridge(&[&["seats"], arguments].concat());
        command.env("PSA_BRIDGE_URL", self.bridge.url()).env("PSA_BRIDGE_TOKEN", token).output().unwrap()
    }

    /// What the program prints when all is well.
    fn prints(&self, arguments: &[&str]) -> String {
        let output = self.says(arguments);
        assert!(output.status.success(), "{arguments:?}: {:?}", printed(&output));
        printed(&output).0
    }

    /// What it says when it is refused.
    fn refuses(&self, arguments: &[&str]) -> String {
        let output = self.says(arguments);
        assert!(!output.status.success(), "{arguments:?}: {:?}", printed(&output));
        printed(&output).1
    }

    fn reads(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.prints(&[arguments, &["--json"]].concat())).unwrap()
    }
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_listed_with_its_reason_and_the_command_that_confirms_it() {
    let scene = Scene::at_once().await;
    let connection = scene.connection(HALOPSA);
    let all_is_well = scene.prints(&["list", connection]);
    assert_eq!(all_is_well.lines().count(), 2, "a heading and a row: {all_is_well}");
    assert!(words(&all_is_well).contains(&format!("{ORGANIZATION} {PRODUCT} 100 100 0")), "{all_is_well}");
    assert!(all_is_well.trim_end().ends_with("equal"), "{all_is_well}");

    scene.tell(60).await;
    let line = scene.until_waiting(HALOPSA, "big_drop", BEFORE, 60).await;
    let told = scene.prints(&["list", connection]);
    assert!(words(&told).contains(&format!("{ORGANIZATION} {PRODUCT} 60 100 -40")), "{told}");
    assert!(told.contains("waiting: big_drop") && told.contains("waits since 20"), "{told}");
    assert!(told.contains(line["fix"].as_str().unwrap()), "{told}");
    assert_eq!(scene.reads(&["list", connection])["items"][0], line);

    // The line that it prints does it.
    let printed = told.lines().find_map(|line| line.split_once("to confirm it: psa-bridge seats "));
    let (_, command) = printed.unwrap();
    let expected = format!("confirm {connection} {ORGANIZATION} {PRODUCT} --there 100 --here 60");
    assert_eq!(command, expected);
    let wrong = ["confirm", connection, ORGANIZATION, PRODUCT, "--there", "100", "--here", "61"];
    let said = scene.refuses(&wrong);
    assert!(said.contains("(counts_changed)") && said.contains("Look at the counts again"), "{said}");
    let said = scene.prints(&command.split(' ').collect::<Vec<_>>());
    assert_eq!(said, format!("confirmed\nsee what becomes of it: psa-bridge seats list {connection}\n"));
    scene.until(HALOPSA, "equal", |line| line["state"] == "equal").await;
    assert_eq!(scene.there(HALOPSA), 60);
    let again = scene.refuses(&command.split(' ').collect::<Vec<_>>());
    assert!(again.contains("(nothing_to_confirm)"), "{again}");
}

#[tokio::test(flavor = "multi_thread")]
async fn history_tells_who_when_from_and_to_and_what_it_shows_can_be_taken_back() {
    let scene = Scene::at_once().await;
    let connection = scene.connection(AUTOTASK);
    assert_eq!(scene.prints(&["history", connection]), "nothing\n");
    scene.tell(110).await;
    scene.until_equal(110).await;
    let said = scene.refuses(&["undo", connection, ORGANIZATION, PRODUCT, "--to", "100"]);
    assert!(said.contains("(nothing_to_undo)") && said.contains("Look at the history"), "{said}");
    let said = scene.prints(&["undo", connection, ORGANIZATION, PRODUCT, "--to", "110"]);
    assert!(said.starts_with("being taken back\n"), "{said}");
    scene.until(AUTOTASK, "taken back", |line| line["there"] == BEFORE).await;
    let listed = scene.prints(&["list", connection]);
    assert!(listed.contains("the vendor tells 110; taken back by ann"), "{listed}");

    let history = scene.prints(&["history", connection, "--organization", ORGANIZATION]);
    let rows: Vec<String> = history.lines().map(words).collect();
    assert_eq!(rows.len(), 3, "{history}");
    assert!(rows[1].contains(&format!("{ORGANIZATION} {PRODUCT} 110 100 ")), "{history}");
    assert!(rows[1].contains("undone ann") && rows[2].contains("told the bridge"), "{history}");
    assert_eq!(scene.reads(&["history", connection])["items"][0]["by"], "ann");
    let page = scene.prints(&["history", connection, "--limit", "1"]);
    let cursor = page.lines().last().unwrap().strip_prefix("more with --cursor ").unwrap().to_owned();
    let rest = scene.prints(&["history", connection, "--limit", "1", "--cursor", &cursor]);
    assert_eq!(words(rest.lines().last().unwrap()), rows[2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn counts_are_compared_and_written_when_they_are_asked_for() {
    let scene = Scene::new(json!({ "mode": "off" })).await;
    let connection = scene.connection(HALOPSA);
    assert_eq!(scene.prints(&["list", connection]), "nothing\n");
    let nothing = scene.prints(&["sync", connection]);
    assert!(nothing.starts_with("nothing to compare: ") && nothing.lines().count() == 1, "{nothing}");
    scene.tell(60).await;
    let unread = scene.prints(&["list", connection]);
    assert!(words(&unread).contains(" 60 - - - ") && unread.contains("--refresh asks it"), "{unread}");
    let preview = scene.prints(&["list", connection, "--refresh"]);
    assert!(words(&preview).contains("60 100 -40"), "{preview}");
    assert!(preview.contains("off, would wait: big_drop"), "{preview}");
    assert!(!preview.contains("onfirm"), "nothing waits yet: {preview}");
    let once =
        format!("to have it written once: psa-bridge seats sync {connection} --organization {ORGANIZATION}");
    assert!(preview.contains(&once), "{preview}");

    scene.tell(101).await;
    let said = scene.refuses(&["sync", connection, "--organization", ORGANIZATION, "--organization", UNTOLD]);
    assert!(said.contains("(not_found)") && said.contains(UNTOLD), "{said}");
    assert_eq!(scene.there(HALOPSA), BEFORE);
    let said = scene.prints(&["sync", connection, "--organization", ORGANIZATION]);
    assert!(said.starts_with("1 seat count is being compared\n"), "{said}");
    scene.until_there("the count", || scene.there(HALOPSA) == 101).await;
    assert_eq!(scene.reads(&["sync", connection]), json!({ "asked": 1 }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_connection_and_what_the_psa_said_are_told() {
    let scene = Scene::at_once().await;
    let connection = scene.connection(HALOPSA);
    scene.act(HALOPSA, "pause").await;
    scene.tell(105).await;
    let paused = scene.prints(&["list", connection]);
    assert!(paused.contains("nothing is written while the connection is held: paused"), "{paused}");
    assert!(words(&paused).contains("105 100 5"), "{paused}");
    assert_eq!(scene.there(HALOPSA), BEFORE);
    scene.act(HALOPSA, "resume").await;
    scene.until_equal(105).await;

    let license = scene.stored_license()["id"].as_i64().unwrap();
    scene.halopsa().edit_tenant(|tenant| tenant.licences.remove(&license)).unwrap();
    scene.tell(106).await;
    scene.until(HALOPSA, "the gone licence", |line| line["reason"] == "license_missing").await;
    let gone = scene.prints(&["list", connection]);
    assert!(gone.contains("waiting: license_missing"), "{gone}");
    assert!(gone.contains("Map the organisation onto a licence"), "{gone}");
    assert!(!gone.contains("to confirm it"), "{gone}");
    for desk in BOTH {
        let strangers = scene.bridge.token(&["--partner", "stranger"]);
        let output = psa_bridge(&["seats", "list", scene.connection(desk), "--url", &scene.bridge.url()])
            .env("PSA_BRIDGE_TOKEN", strangers)
            .output()
            .unwrap();
        assert!(printed(&output).1.contains("(not_found)"), "{:?}", printed(&output));
    }
}
