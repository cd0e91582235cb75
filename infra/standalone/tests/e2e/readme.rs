//! The walk in README.md works as it stands, when pasted into a shell, and so does what goes on from there in docs/seats.md.

use std::{fs, net::TcpListener, path::Path, process::Command};

const REPOSITORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// The shell block of a document.
fn block(document: &str) -> String {
    let text = fs::read_to_string(Path::new(REPOSITORY).join(document)).unwrap();
    let (_, rest) = text.split_once("```bash\n").expect("it has a shell block");
    let (block, _) = rest.split_once("```").expect("the shell block ends");
    block.to_owned()
}

/// The walk, on free ports and with the programs that cargo has built already.
fn walk() -> String {
    let block = block("README.md");
    assert!(block.contains("127.0.0.1:9100") && block.contains("127.0.0.1:8080"), "its ports have changed");
    let without_build: Vec<&str> = block.lines().filter(|line| !line.starts_with("cargo build")).collect();
    without_build
        .join("\n")
        .replace("$PWD/target/debug", "$PROGRAMS")
        .replace("127.0.0.1:9100", &free_address())
        .replace("127.0.0.1:8080", &free_address())
}

fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

/// What these lines print in a shell, which has to be content with all of them.
fn run(lines: &str) -> String {
    let programs = Path::new(env!("CARGO_BIN_EXE_psa-bridge")).parent().unwrap();
    assert!(programs.join("psa-sim").is_file(), "build the simulator first: cargo build --workspace --bins");
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new("bash")
        .args(["-e", "-c", lines])
        .env("PROGRAMS", programs)
        .env("TMPDIR", folder.path())
        .current_dir(folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}\n{said}\n{complained}", output.status);
    said
}

#[test]
fn the_walk_from_connect_to_ticket_works_when_pasted() {
    let said = run(&walk());
    let lines: Vec<&str> = said.lines().collect();
    let ticket = lines.last().copied().unwrap_or_default();
    assert!(ticket.contains("/tickets?id="), "the last line is the ticket: {said}");
    assert!(lines.contains(&"connected"), "{said}");
    assert!(said.contains("The set-up is not confirmed yet"), "{said}");
}

#[test]
fn the_walk_goes_on_from_a_licence_to_an_undo() {
    let said = run(&format!("{}\n{}", walk(), block("docs/seats.md")));
    assert!(said.contains("waiting: big_drop") && said.contains("--there 30 --here 10"), "{said}");
    let history: serde_json::Value = serde_json::from_str(said.lines().last().unwrap_or_default()).unwrap();
    let told = history["items"].as_array().unwrap().iter().map(|entry| (&entry["from"], &entry["to"]));
    let told: Vec<_> = told.map(|(from, to)| (from.as_i64().unwrap(), to.as_i64().unwrap())).collect();
    assert_eq!(told, [(10, 30), (30, 10), (25, 30)], "{said}");
}
