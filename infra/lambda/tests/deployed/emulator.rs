//! The emulator of AWS: one process, which ends with whoever started it.

use serde_json::Value;
use std::{
    io::{BufRead, BufReader},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::channel,
    thread,
};

/// The folder of the scripts that know the emulator and the tools.
pub fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/aws")
}

/// Whose queues, and in which region: all that the emulator reads of a signature.
const CREDENTIAL: &str = "AWS4-HMAC-SHA256 Credential=000000000000/20260101/eu-central-1/sqs/aws4_request, \
                          SignedHeaders=host, Signature=0";

/// An emulator that serves.
pub struct Emulator {
    port: u16,
    child: Child,
    /// Open until this ends; the emulator ends then.
    _input: ChildStdin,
}

impl Emulator {
    /// Starts one on a free port.
    ///
    /// # Panics
    /// Where it cannot be installed or started, with what it said.
    pub fn start() -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut child = Command::new(scripts().join("emulator"))
            .arg(port.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        wait_until_it_serves(&mut child);
        let input = child.stdin.take().unwrap();
        Self { port, child, _input: input }
    }

    /// Where it serves.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The process under which functions run.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Calls SQS.
    pub async fn sqs(&self, action: &str, body: &Value) -> Value {
        let request = reqwest::Client::new()
            .post(self.endpoint())
            .header("x-amz-target", format!("AmazonSQS.{action}"))
            .header("content-type", "application/x-amz-json-1.0")
            .header("authorization", CREDENTIAL)
            .body(body.to_string());
        let answer = request.send().await.unwrap();
        let (status, bytes) = (answer.status(), answer.bytes().await.unwrap());
        assert!(status.is_success(), "{action}: {status} {}", String::from_utf8_lossy(&bytes));
        if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).unwrap() }
    }
}

/// Reads what the emulator says until it serves, and goes on reading so that it can go on saying.
fn wait_until_it_serves(child: &mut Child) {
    let errors = BufReader::new(child.stderr.take().unwrap());
    let output = BufReader::new(child.stdout.take().unwrap());
    let (said, heard) = channel();
    let other = said.clone();
    let hear = |line: String| {
        if std::env::var_os("SHOW_EMULATOR").is_some() {
            eprintln!("{line}");
        }
        line
    };
    thread::spawn(move || errors.lines().map_while(Result::ok).for_each(|line| drop(said.send(hear(line)))));
    thread::spawn(move || output.lines().map_while(Result::ok).for_each(|line| drop(other.send(hear(line)))));
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
