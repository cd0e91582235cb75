//! `psa-bridge demo --once`: the promise as anybody can test it.

use crate::bridge::{printed, psa_bridge};

fn demo(arguments: &[&str]) {
    let output = psa_bridge(&[&["demo", "--once"], arguments].concat()).output().unwrap();
    let (table, error) = printed(&output);
    assert!(output.status.success(), "{table}\n{error}");
    assert!(table.ends_with("No difference.\n"), "{table}");
}

#[test]
fn a_hundred_and_twenty_events_become_what_they_have_to_become() {
    demo(&["--events", "120", "--seed", "1"]);
}

#[test]
fn and_so_they_do_while_the_psas_stumble_over_every_fault() {
    demo(&["--events", "120", "--seed", "1", "--faults", "default"]);
}
