//! Nudges to the backfill function. A nudge is a message of the queue that the schedule writes to as well, sent once the
//! answer is ready: a function that has answered is frozen, so nothing may be left to do then.
//!
//! Only people are nudged for, who wait at a screen for what they mapped. Notices wait for the schedule, a minute at most.

use aws_sdk_sqs::Client;
use psa_bridge_backfill::Task;
use psa_bridge_core::ports::RouteNudge;
use serde::{Deserialize, Serialize};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use tracing::warn;

/// What a message of the backfill's queue says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tasks {
    /// What is to be run, in this order.
    pub tasks: Vec<Task>,
    /// Where the first of them goes on, if it was begun before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// Sends nudges.
#[derive(Clone, Debug)]
pub struct QueueNudge {
    client: Client,
    queue: String,
    asked: Arc<AtomicBool>,
}

impl QueueNudge {
    /// Nudges by messages of the queue with that URL.
    pub fn new(client: Client, queue: impl Into<String>) -> Self {
        Self { client, queue: queue.into(), asked: Arc::default() }
    }

    /// Sends what was asked for since the last time.
    pub async fn flush(&self) {
        if !self.asked.swap(false, Ordering::SeqCst) {
            return;
        }
        if let Err(error) = self.ask(&Tasks { tasks: vec![Task::Requests], after: None }).await {
            // The schedule finds the same work within a minute.
            warn!(error, "Could not nudge the backfill");
        }
    }

    /// Asks for tasks. An error says why that could not be.
    pub async fn ask(&self, tasks: &Tasks) -> Result<(), String> {
        let body = serde_json::to_string(tasks).map_err(|error| error.to_string())?;
        let sent = self.client.send_message().queue_url(&self.queue).message_body(body).send().await;
        sent.map(drop).map_err(|error| aws_sdk_sqs::Error::from(error).to_string())
    }
}

impl RouteNudge for QueueNudge {
    fn nudge(&self) {
        self.asked.store(true, Ordering::SeqCst);
    }
}
