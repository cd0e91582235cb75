//! The bell on SQS: a message is "this connection has work", never which. Rings that come while others are being sent
//! leave together with the next call, so that a burst of events costs a call for ten connections and not one each.

mod batch;

use crate::failure::told;
use async_trait::async_trait;
use aws_sdk_sqs::{Client, types::SendMessageBatchRequestEntry};
use batch::Batch;
use jiff::SignedDuration;
use psa_bridge_core::{
    ids::ConnectionId,
    ports::{Bell, BellError},
};
use psa_connector::{Clock, Random};
use std::{
    collections::BTreeSet,
    fmt,
    sync::{Arc, Mutex as SyncMutex, PoisonError},
    time::Duration,
};
use tokio::sync::Mutex;
use tracing::warn;

/// What SQS takes in one call.
const MOST_AT_ONCE: usize = 10;
/// The longest delay that is worth a message. Messages that wait do not merge: each would bring another when it is heard, so
/// a wait of a day would go round for ever, once for every bell that was rung. What waits longer is rung by the sweep, which
/// comes every minute.
const LONGEST_DELAY: SignedDuration = SignedDuration::from_mins(1);
/// How often a ring is sent that SQS did not take.
const TRIES: u32 = 3;
/// The longest wait before the second try; doubled for the third.
const LONGEST_WAIT: Duration = Duration::from_millis(100);

/// One ring: whom for, and after how many seconds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ring {
    connection: ConnectionId,
    delay: i32,
}

/// Rings by messages of a queue.
pub struct SqsBell {
    client: Client,
    queue: String,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    /// What leaves with the next call.
    next: SyncMutex<Arc<Batch>>,
    /// Held by whoever sends.
    sending: Mutex<()>,
}

impl fmt::Debug for SqsBell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqsBell").field("queue", &self.queue).finish_non_exhaustive()
    }
}

impl SqsBell {
    /// Rings by messages of the queue with that URL.
    pub fn new(
        client: Client,
        queue: impl Into<String>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        Self {
            client,
            queue: queue.into(),
            clock,
            random,
            next: SyncMutex::default(),
            sending: Mutex::default(),
        }
    }

    async fn send(&self, ring: Ring) -> Result<(), BellError> {
        let batch = self.join(&ring);
        // Whoever rings at the same moment gets the chance to join before anything leaves.
        tokio::task::yield_now().await;
        // Whoever gets here first sends for all who joined meanwhile.
        let _sending = self.sending.lock().await;
        if !batch.is_sent() {
            self.close(&batch);
            batch.note(self.send_all(batch.rings()).await);
        }
        batch.outcome(&ring)
    }

    /// Adds the ring to what leaves next.
    fn join(&self, ring: &Ring) -> Arc<Batch> {
        let next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        next.add(ring);
        Arc::clone(&next)
    }

    /// Nobody joins the batch any more.
    fn close(&self, batch: &Arc<Batch>) {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        if Arc::ptr_eq(&next, batch) {
            *next = Arc::default();
        }
    }

    /// Sends rings, those that were not taken again. Returns what was never taken, and why.
    async fn send_all(&self, rings: BTreeSet<Ring>) -> Vec<(Ring, String)> {
        let mut left: Vec<(Ring, String)> =
            rings.into_iter().map(|ring| (ring, "not sent".to_owned())).collect();
        for tries in 1..=TRIES {
            let mut failed = Vec::new();
            for page in left.chunks(MOST_AT_ONCE) {
                failed.extend(self.send_page(page).await);
            }
            left = failed;
            if left.is_empty() || tries == TRIES {
                break;
            }
            warn!(rings = left.len(), tries, "The queue did not take all rings");
            self.wait(tries).await;
        }
        left
    }

    /// One call. Returns what was not taken.
    async fn send_page(&self, page: &[(Ring, String)]) -> Vec<(Ring, String)> {
        let entries: Result<Vec<_>, _> =
            page.iter().enumerate().map(|(index, (ring, _))| entry(index, ring)).collect();
        let sent = match entries {
            Ok(entries) => {
                let call = self.client.send_message_batch().queue_url(&self.queue);
                call.set_entries(Some(entries)).send().await.map_err(|error| told(&error))
            }
            Err(error) => Err(error.to_string()),
        };
        match sent {
            Ok(answer) => {
                let refused = answer.failed().iter().filter_map(|failed| {
                    let (ring, _) = page.get(failed.id().parse::<usize>().ok()?)?;
                    Some((
                        ring.clone(),
                        format!("{} {}", failed.code(), failed.message().unwrap_or_default()),
                    ))
                });
                refused.collect()
            }
            Err(error) => page.iter().map(|(ring, _)| (ring.clone(), error.clone())).collect(),
        }
    }

    async fn wait(&self, tries: u32) {
        let longest = LONGEST_WAIT.saturating_mul(tries);
        let milliseconds = u64::try_from(longest.as_millis()).unwrap_or(u64::MAX);
        self.clock.sleep(Duration::from_millis(self.random.below(milliseconds))).await;
    }
}

/// The message of a ring.
fn entry(index: usize, ring: &Ring) -> Result<SendMessageBatchRequestEntry, aws_sdk_sqs::error::BuildError> {
    SendMessageBatchRequestEntry::builder()
        .id(index.to_string())
        .message_body(ring.connection.as_str())
        .delay_seconds(ring.delay)
        .build()
}

/// Whole seconds, and none too few: a worker that comes before there is work has come for nothing.
fn seconds(delay: SignedDuration) -> i32 {
    let begun = i64::from(delay.subsec_nanos() > 0);
    i32::try_from(delay.as_secs().saturating_add(begun).max(0)).unwrap_or(0)
}

#[async_trait]
impl Bell for SqsBell {
    async fn ring(&self, connection: &ConnectionId) -> Result<(), BellError> {
        self.send(Ring { connection: connection.clone(), delay: 0 }).await
    }

    async fn ring_after(&self, connection: &ConnectionId, delay: SignedDuration) -> Result<(), BellError> {
        if delay > LONGEST_DELAY {
            return Ok(());
        }
        self.send(Ring { connection: connection.clone(), delay: seconds(delay) }).await
    }
}

#[cfg(test)]
mod tests;
