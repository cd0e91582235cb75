//! The emulator of AWS that the tests of this crate run on: one process a test binary, which ends with it.

use std::{
    io::{BufRead, BufReader},
    net::TcpListener,
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
    sync::OnceLock,
    thread,
};

/// An emulator that serves.
pub struct Emulator {
    port: u16,
    /// Open until this process ends; the emulator ends then.
    _input: ChildStdin,
}

/// The emulator of this test binary, started at the first call.
///
/// # Panics
/// Where it cannot be installed or started, with what it said.
pub fn emulator() -> &'static Emulator {
    static EMULATOR: OnceLock<Emulator> = OnceLock::new();
    EMULATOR.get_or_init(Emulator::start)
}

impl Emulator {
    /// One more, for who runs several. It ends with this process.
    pub fn start() -> Self {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/aws/emulator");
        let mut child = Command::new(&script)
            .arg(port.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{} cannot be run: {error}", script.display()));
        wait_until_it_serves(&mut child);
        let input = child.stdin.take().unwrap();
        Self { port, _input: input }
    }

    /// Where it serves.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

/// Reads what the emulator says until it serves, and goes on reading so that it can go on saying.
fn wait_until_it_serves(child: &mut Child) {
    let errors = BufReader::new(child.stderr.take().unwrap());
    let output = BufReader::new(child.stdout.take().unwrap());
    let (said, heard) = std::sync::mpsc::channel();
    let other = said.clone();
    thread::spawn(move || errors.lines().map_while(Result::ok).for_each(|line| drop(said.send(line))));
    thread::spawn(move || output.lines().map_while(Result::ok).for_each(|line| drop(other.send(line))));
    let mut all = Vec::new();
    for line in &heard {
        let serves = line.contains("Running on");
        all.push(line);
        if serves {
            return;
        }
    }
    panic!("the emulator of AWS did not start:\n{}", all.join("\n"));
}
