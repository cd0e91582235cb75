//! The stack: `template.yaml`, deployed with the bootstraps that were built for this test.

use crate::{
    door::{Door, Throttling},
    emulator::{Emulator, scripts},
    issuer::{AUDIENCE, Issuer},
};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    path::Path,
    process::Command,
    sync::Arc,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// How long a queue may take to be worked empty.
const PATIENCE: Duration = Duration::from_mins(1);

/// Messages that a function has.
const NOT_VISIBLE: &str = "ApproximateNumberOfMessagesNotVisible";

/// The stack, deployed.
pub struct Stack {
    pub emulator: Emulator,
    pub door: Arc<Door>,
    pub issuer: Issuer,
    outputs: BTreeMap<String, String>,
    _folder: TempDir,
}

impl Stack {
    /// Deploys it with these parameters over those that it needs here, behind a door that turns so many calls away.
    pub async fn deploy(parameters: &[(&str, String)], throttling: Throttling) -> Self {
        let port = Emulator::free_port();
        let door = Door::open(format!("http://127.0.0.1:{port}"), throttling).await;
        let origin = door.origin().to_owned();
        let emulator = tokio::task::spawn_blocking(move || Emulator::start(port, &origin)).await.unwrap();
        let issuer = Issuer::start().await;
        let folder = tempfile::tempdir().unwrap();
        let binaries = Path::new(env!("CARGO_BIN_EXE_ingest")).parent().unwrap();
        let mut deploy = Command::new(scripts().join("deploy"));
        deploy.arg(emulator.endpoint()).arg("psa").arg(binaries).arg(folder.path());
        // What runs here is built for this machine.
        let architecture = if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" };
        let own = [("Issuer", issuer.url()), ("Audience", AUDIENCE), ("Architecture", architecture)];
        deploy.args(own.iter().map(|(name, value)| format!("{name}={value}")));
        deploy.args(parameters.iter().map(|(name, value)| format!("{name}={value}")));
        let deployed = tokio::task::spawn_blocking(move || deploy.output().unwrap()).await.unwrap();
        let (said, told) =
            (String::from_utf8_lossy(&deployed.stdout), String::from_utf8_lossy(&deployed.stderr));
        assert!(deployed.status.success(), "{told}{said}");
        let outputs = said.lines().filter_map(|line| line.split_once('='));
        let outputs = outputs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Self { emulator, door, issuer, outputs, _folder: folder }
    }

    /// An output.
    pub fn output(&self, name: &str) -> &str {
        &self.outputs[name]
    }

    /// Where the emulator serves the API.
    pub fn api(&self) -> String {
        format!("{}/_aws/execute-api/{}/$default", self.emulator.endpoint(), self.output("ApiId"))
    }

    /// Sends a message to the queue of that output.
    pub async fn send(&self, queue: &str, body: &str) {
        let message = json!({ "QueueUrl": self.output(queue), "MessageBody": body });
        self.emulator.sqs("SendMessage", &message).await;
    }

    /// Sends messages to the queue of that output at once.
    pub async fn send_all(&self, queue: &str, bodies: &[String]) {
        let entry = |(index, body): (usize, &String)| json!({ "Id": index.to_string(), "MessageBody": body });
        let entries: Vec<Value> = bodies.iter().enumerate().map(entry).collect();
        let batch = json!({ "QueueUrl": self.output(queue), "Entries": entries });
        self.emulator.sqs("SendMessageBatch", &batch).await;
    }

    /// Whether messages of the queue of that output are taken to its function.
    pub async fn listen(&self, queue: &str, enabled: bool) {
        let name = self.output(queue).rsplit('/').next().unwrap_or_default();
        self.emulator.listen(name, enabled).await;
    }

    /// How many messages a queue has, visible or not.
    pub async fn waiting(&self, queue_url: &str) -> u64 {
        self.messages(queue_url, &["ApproximateNumberOfMessages", NOT_VISIBLE]).await
    }

    async fn messages(&self, queue_url: &str, names: &[&str]) -> u64 {
        let asked = json!({ "QueueUrl": queue_url, "AttributeNames": names });
        let answer = self.emulator.sqs("GetQueueAttributes", &asked).await;
        let count =
            |name: &&str| answer["Attributes"][*name].as_str().and_then(|text| text.parse::<u64>().ok());
        names.iter().filter_map(count).sum()
    }

    /// Waits until a queue is worked empty.
    pub async fn until_empty(&self, queue: &str) {
        let began = Instant::now();
        while self.waiting(self.output(queue)).await > 0 {
            assert!(began.elapsed() < PATIENCE, "{queue} is not worked empty");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Waits until no function has messages of a queue.
    pub async fn until_nobody_works(&self, queue: &str) {
        let began = Instant::now();
        while self.messages(self.output(queue), &[NOT_VISIBLE]).await > 0 {
            assert!(began.elapsed() < PATIENCE, "{queue} is worked on and on");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// The URLs of the dead-letter queues.
    pub async fn dead_letters(&self) -> Vec<String> {
        let all = self.emulator.sqs("ListQueues", &json!({})).await;
        let urls = all["QueueUrls"].as_array().cloned().unwrap_or_default();
        let urls = urls.iter().filter_map(Value::as_str).filter(|url| url.contains("DeadLetters"));
        urls.map(str::to_owned).collect()
    }
}
