//! The walk in README.md works as it stands, when pasted into a shell.

use std::{fs, net::TcpListener, path::Path, process::Command};

const README: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md");

/// The shell block of the walk, on free ports and with the programs that cargo has built already.
fn walk() -> String {
    let readme = fs::read_to_string(README).unwrap();
    let (_, rest) = readme.split_once("```bash\n").expect("README.md has a shell block");
    let (block, _) = rest.split_once("```").expect("the shell block ends");
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

#[test]
fn the_walk_from_connect_to_ticket_works_when_pasted() {
    let programs = Path::new(env!("CARGO_BIN_EXE_psa-bridge")).parent().unwrap();
    assert!(programs.join("psa-sim").is_file(), "build the simulator first: cargo build --workspace --bins");
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new("bash")
        .args(["-e", "-c", &walk()])
        .env("PROGRAMS", programs)
        .env("TMPDIR", folder.path())
        .current_dir(folder.path())
        .output()
        .unwrap();
    let (said, complained) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{}\n{said}\n{complained}", output.status);
    let lines: Vec<&str> = said.lines().collect();
    let ticket = lines.last().copied().unwrap_or_default();
    assert!(ticket.contains("/tickets?id="), "the last line is the ticket: {said}");
    assert!(lines.contains(&"connected"), "{said}");
    assert!(said.contains("The set-up is not confirmed yet"), "{said}");
}
