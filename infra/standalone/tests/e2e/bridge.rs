//! A bridge in a process of its own, on a free port and a folder of its own, ended with the test that started it.

use psa_bridge_workload::{Access, Simulators, World};
use rustix::process::{Pid, Signal, kill_process};
use std::{
    collections::BTreeMap,
    fs::{self, OpenOptions},
    io::{self, Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// The program.
const PROGRAM: &str = env!("CARGO_BIN_EXE_psa-bridge");
/// How long it may take to start on a busy machine.
const START: Duration = Duration::from_mins(1);

/// The program with these arguments, unmoved by the environment of whoever runs the tests.
pub fn psa_bridge(arguments: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(arguments).stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PSA_BRIDGE") {
            command.env_remove(name);
        }
    }
    command
}

/// The same, started by a shell that has the signal ignored which comes with a write past the limit.
fn ignoring_file_limits(program: &Command) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' XFSZ; exec \"$@\"", "sh"]).arg(program.get_program()).args(program.get_args());
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell
}

/// What the program printed.
pub fn printed(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

/// A bridge that can be started, killed and started again.
pub struct Bridge {
    folder: TempDir,
    port: u16,
    environment: Vec<(String, String)>,
    outlives_file_limits: bool,
    child: Mutex<Option<Child>>,
}

impl Bridge {
    /// A bridge that is let out to nowhere. Not started yet.
    pub fn new() -> Self {
        Self::with(&[], "")
    }

    /// A bridge that is let out to these simulators. Not started yet.
    pub fn beside(simulators: &Simulators) -> Self {
        Self::with(&simulators.origins(), &simulators.zone_url())
    }

    /// A bridge that is let out to these origins. Not started yet.
    pub fn with(origins: &[String], zone_url: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Free a moment ago; every start takes the same, so that callers find it again.
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let bridge = Self {
            folder,
            port,
            environment: Vec::new(),
            outlives_file_limits: false,
            child: Mutex::new(None),
        };
        fs::write(bridge.config(), bridge.settings(origins, zone_url)).unwrap();
        bridge
    }

    fn settings(&self, origins: &[String], zone_url: &str) -> String {
        format!(
            r#"
            [server]
            listen = "127.0.0.1:{port}"
            [data]
            folder = "{data}"
            [egress]
            allow = {origins:?}
            [work]
            settle_seconds = 4
            backoff_milliseconds = 100
            longest_backoff_seconds = 2
            throttle_milliseconds = 200
            canary_first_milliseconds = 100
            canary_longest_seconds = 2
            max_failures = 30
            [budget.halopsa]
            requests = 1500
            window_seconds = 10
            reserve = 150
            [budget.autotask]
            requests = 1500
            window_seconds = 10
            reserve = 150
            [autotask]
            integration_code = "{code}"
            zone_url = "{zone_url}"
            [schedule]
            sweep_milliseconds = 250
            recent_seconds = 5
            "#,
            code = psa_sim::AutotaskSim::INTEGRATION_CODE,
            port = self.port,
            data = self.data().display(),
        )
    }

    /// Its configuration file.
    pub fn config(&self) -> PathBuf {
        self.folder.path().join("psa-bridge.toml")
    }

    /// Its data folder.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Its origin.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The same bridge with another value of a key, as `EGRESS__TIMEOUT_SECONDS`.
    pub fn setting(mut self, key: &str, value: &str) -> Self {
        self.environment.push((format!("PSA_BRIDGE__{key}"), value.to_owned()));
        self
    }

    /// The same bridge, to which writing past a limit on the size of files is an error like that of a full disk. To
    /// others it is deadly.
    pub fn that_outlives_file_limits(mut self) -> Self {
        self.outlives_file_limits = true;
        self
    }

    /// The program with its configuration.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = psa_bridge(arguments);
        command.arg("--config").arg(self.config()).envs(self.environment.iter().cloned());
        command
    }

    /// Starts it, and waits until it answers.
    pub fn start(&self) {
        self.spawn();
        self.wait_until_healthy();
    }

    /// Starts it, and waits for nothing.
    pub fn spawn(&self) {
        let log = OpenOptions::new().create(true).append(true).open(self.log_file()).unwrap();
        let program = self.command(&["serve"]);
        let mut program = if self.outlives_file_limits { ignoring_file_limits(&program) } else { program };
        let child = program.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap();
        assert!(self.child.lock().unwrap().replace(child).is_none(), "it runs already");
    }

    fn wait_until_healthy(&self) {
        let mut place = self.child.lock().unwrap();
        let began = Instant::now();
        while self.health().0 != 200 {
            let ended = place.as_mut().and_then(|child| child.try_wait().unwrap());
            assert!(ended.is_none(), "it ended with {ended:?}:\n{}", self.log());
            assert!(began.elapsed() < START, "it does not answer:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// What it says of its health: an HTTP status, 0 where it says nothing, and the answer's body.
    pub fn health(&self) -> (u16, String) {
        let asked = || {
            let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
            stream.write_all(b"GET /healthz HTTP/1.0\r\n\r\n")?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer)?;
            Ok::<_, io::Error>(answer)
        };
        let answer = asked().unwrap_or_default();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
        (status, body.to_owned())
    }

    /// Its process.
    pub fn pid(&self) -> Pid {
        Pid::from_child(self.child.lock().unwrap().as_ref().expect("it runs"))
    }

    /// Ends it as a crash or the kernel would: without a word.
    pub fn kill(&self) {
        let mut child = self.child.lock().unwrap().take().expect("it runs");
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Asks it to end, and waits until it has.
    pub fn terminate(&self, within: Duration) -> ExitStatus {
        let mut child = self.child.lock().unwrap().take().expect("it runs");
        kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
        let began = Instant::now();
        loop {
            if let Some(status) = child.try_wait().unwrap() {
                return status;
            }
            if began.elapsed() > within {
                child.kill().unwrap();
                child.wait().unwrap();
                panic!("it did not end within {within:?}:\n{}", self.log());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// A token made by `psa-bridge token`.
    pub fn token(&self, arguments: &[&str]) -> String {
        let output = self.command(&[&["token"], arguments].concat()).output().unwrap();
        let (token, error) = printed(&output);
        assert!(output.status.success(), "{error}");
        token.trim().to_owned()
    }

    /// The way in for all who call.
    pub fn access(&self, world: &World) -> Access {
        let partners: BTreeMap<_, _> = world
            .partners
            .iter()
            .map(|partner| (partner.id.clone(), self.token(&["--partner", &partner.id]).into()))
            .collect();
        Access { url: self.url(), machine: self.token(&[]).into(), partners }
    }

    /// How many of its log lines have all of these in them.
    pub fn logged(&self, texts: &[&str]) -> usize {
        let log = fs::read_to_string(self.log_file()).unwrap_or_default();
        log.lines().filter(|line| texts.iter().all(|text| line.contains(text))).count()
    }

    /// What it logged, the end of it.
    pub fn log(&self) -> String {
        let log = fs::read_to_string(self.log_file()).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(60)..].join("\n")
    }

    fn log_file(&self) -> PathBuf {
        self.folder.path().join("log")
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        let mut place = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(mut child) = place.take() {
            // A test that failed must say why it did, not that its bridge had ended by itself.
            if let Err(error) = child.kill().and_then(|()| child.wait()) {
                eprintln!("the bridge could not be ended: {error}");
            }
        }
    }
}

/// A file with this content.
pub fn file(folder: &Path, name: &str, content: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, content).unwrap();
    path
}
