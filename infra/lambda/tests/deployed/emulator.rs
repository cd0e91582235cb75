//! The emulator of AWS: one process, which ends with whoever started it.

use serde_json::{Value, json};
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

/// Whose service, and in which region: all that the emulator reads of a signature.
fn credential(service: &str) -> String {
    let scope = format!("000000000000/20260101/eu-central-1/{service}/aws4_request");
    format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0")
}

/// An emulator that serves.
pub struct Emulator {
    port: u16,
    child: Child,
    /// Open until this ends; the emulator ends then.
    _input: ChildStdin,
}

impl Emulator {
    /// A port that is free.
    pub fn free_port() -> u16 {
        TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
    }

    /// Starts one, whose functions call AWS by that door.
    ///
    /// # Panics
    /// Where it cannot be installed or started, with what it said.
    pub fn start(port: u16, door: &str) -> Self {
        let mut child = Command::new(scripts().join("emulator"))
            .args([&port.to_string(), door])
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
            .header("authorization", credential("sqs"))
            .body(body.to_string());
        answer(action, request).await
    }

    /// Whether messages of a queue are taken to its function.
    pub async fn listen(&self, queue: &str, enabled: bool) {
        let sources = format!("{}/2015-03-31/event-source-mappings", self.endpoint());
        let http = reqwest::Client::new();
        let all = answer("list", http.get(&sources).header("authorization", credential("lambda"))).await;
        let all = all["EventSourceMappings"].as_array().unwrap();
        let of_queue = all.iter().find(|it| it["EventSourceArn"].as_str().unwrap().ends_with(queue)).unwrap();
        let change = http
            .put(format!("{sources}/{}", of_queue["UUID"].as_str().unwrap()))
            .header("authorization", credential("lambda"))
            .body(json!({ "Enabled": enabled }).to_string());
        answer("update", change).await;
    }
}

async fn answer(call: &str, request: reqwest::RequestBuilder) -> Value {
    let answer = request.send().await.unwrap();
    let (status, bytes) = (answer.status(), answer.bytes().await.unwrap());
    assert!(status.is_success(), "{call}: {status} {}", String::from_utf8_lossy(&bytes));
    if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).unwrap() }
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
