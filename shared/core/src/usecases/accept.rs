//! Events in: read, kept with their deliveries in one step, and the bells of the connections rung.

use crate::{
    cloud_event::{self, InvalidEvent, MAX_EVENT},
    event::Event,
    ids::{ConnectionId, EventId},
    ports::{Bell, RejectedInput, Store, StoreError},
};
use futures_util::{StreamExt, stream};
use psa_connector::Clock;
use serde_json::Value;
use std::sync::Arc;
use tracing::{info, warn};

/// Events of a batch that are accepted side by side. Stores commit them together where they can.
const SIDE_BY_SIDE: usize = 32;

/// Takes events in.
#[derive(Clone)]
pub struct Ingest {
    /// Where they are kept.
    pub store: Arc<dyn Store>,
    /// Rung for connections that have work then.
    pub bell: Arc<dyn Bell>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// What became of one event of a message.
#[derive(Debug)]
pub enum Outcome {
    /// Kept, with its deliveries.
    Accepted(EventId),
    /// Kept before.
    Duplicate(EventId),
    /// Not an event.
    Invalid(InvalidEvent),
    /// The store failed: send it again.
    Failed(StoreError),
}

impl Ingest {
    /// Takes in what a person or program posted: one event or a batch. Nothing invalid is kept; the caller is told.
    pub async fn post(&self, body: &[u8]) -> Result<Vec<Outcome>, InvalidEvent> {
        let values = cloud_event::split(body)?;
        Ok(self.accept_all(&values).await)
    }

    /// Takes in a message of the pipelines' queue: one event or a batch. What is no event is kept with its reason.
    /// An error means that the message has to be delivered again; what was accepted stays so and is told apart then.
    pub async fn message(&self, body: &[u8]) -> Result<(), StoreError> {
        let values = match cloud_event::split(body) {
            Ok(values) => values,
            Err(invalid) => return self.keep_rejected(body, &invalid).await,
        };
        for (value, outcome) in values.iter().zip(self.accept_all(&values).await) {
            match outcome {
                Outcome::Accepted(_) | Outcome::Duplicate(_) => {}
                Outcome::Invalid(invalid) => {
                    self.keep_rejected(value.to_string().as_bytes(), &invalid).await?;
                }
                Outcome::Failed(error) => return Err(error),
            }
        }
        Ok(())
    }

    pub(super) async fn accept_all(&self, values: &[Value]) -> Vec<Outcome> {
        // In order of the batch, so that the answer can be read beside the question.
        let accepting: Vec<_> = values.iter().map(|value| self.accept(value)).collect();
        stream::iter(accepting).buffered(SIDE_BY_SIDE).collect().await
    }

    async fn accept(&self, value: &Value) -> Outcome {
        let now = self.clock.now();
        let event = match cloud_event::read(value, now) {
            Ok(event) => event,
            Err(invalid) => return Outcome::Invalid(invalid),
        };
        match self.store.accept(&event, now).await {
            Ok(accepted) => {
                info!(event = %event.id, organization = %event.organization, duplicate = accepted.duplicate,
                    connections = accepted.ring.len(), "Accepted an event");
                self.ring(&accepted.ring).await;
                outcome(&event, accepted.duplicate)
            }
            Err(error) => {
                warn!(event = %event.id, %error, "Could not accept an event");
                Outcome::Failed(error)
            }
        }
    }

    async fn ring(&self, connections: &[ConnectionId]) {
        for connection in connections {
            if let Err(error) = self.bell.ring(connection).await {
                // The sweep rings for whatever is due, so a lost bell costs time and nothing else.
                warn!(%connection, %error, "Could not ring a bell");
            }
        }
    }

    async fn keep_rejected(&self, raw: &[u8], invalid: &InvalidEvent) -> Result<(), StoreError> {
        let first = invalid.problems.first();
        let code = first.map_or("invalid", |problem| &problem.code);
        warn!(code, bytes = raw.len(), "Rejected input of the queue");
        let cut = &raw[..raw.len().min(MAX_EVENT)];
        self.store
            .reject(&RejectedInput {
                received_at: self.clock.now(),
                code: code.to_owned(),
                field: first.and_then(|problem| problem.field.clone()),
                message: invalid.to_string(),
                raw: String::from_utf8_lossy(cut).into_owned(),
                length: raw.len() as u64,
            })
            .await
    }
}

fn outcome(event: &Event, duplicate: bool) -> Outcome {
    if duplicate { Outcome::Duplicate(event.id.clone()) } else { Outcome::Accepted(event.id.clone()) }
}
