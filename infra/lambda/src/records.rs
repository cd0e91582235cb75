//! Messages of a queue, each by itself: one that fails, or over which the code panics, is delivered again, and no other.

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use futures_util::future::join_all;
use std::fmt::Display;
use tracing::{Instrument, error, info_span};

/// A message of a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The queue's ARN.
    pub queue: String,
    /// What it says.
    pub body: String,
}

/// Works the messages side by side. Returns those that are to be delivered again.
pub async fn each<F, E>(event: SqsEvent, work: impl Fn(Message) -> F) -> SqsBatchResponse
where
    F: Future<Output = Result<(), E>> + Send + 'static,
    E: Display + Send + 'static,
{
    let working = event.records.into_iter().map(|record| {
        let SqsMessage { message_id, body, event_source_arn, .. } = record;
        let id = message_id.unwrap_or_default();
        let span = info_span!("message", id);
        let message = Message { queue: event_source_arn.unwrap_or_default(), body: body.unwrap_or_default() };
        // In a task of its own, whose panic ends nothing else.
        let task = tokio::spawn(work(message).instrument(span));
        async move {
            let failure = match task.await {
                Ok(Ok(())) => return None,
                Ok(Err(failure)) => failure.to_string(),
                Err(panic) => panic.to_string(),
            };
            // Counted by this text: see FailedMessages in template.yaml.
            error!(id, error = failure, "A message failed, and will be delivered again");
            let mut failed = BatchItemFailure::default();
            failed.item_identifier = id;
            Some(failed)
        }
    });
    let mut response = SqsBatchResponse::default();
    response.batch_item_failures = join_all(working).await.into_iter().flatten().collect();
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    async fn failed(bodies: &[&str]) -> Vec<String> {
        let records: Vec<_> = bodies
            .iter()
            .enumerate()
            .map(|(index, body)| json!({ "messageId": index.to_string(), "body": body }))
            .collect();
        let event = serde_json::from_value(json!({ "Records": records })).unwrap();
        let response = each(event, async |message: Message| match message.body.as_str() {
            "panic" => panic!("a bug"),
            "fail" => Err("no store"),
            _ => Ok(()),
        });
        let response = response.await;
        response.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect()
    }

    #[tokio::test]
    async fn a_record_that_fails_or_panics_fails_alone() {
        assert!(failed(&["a", "b"]).await.is_empty());
        assert_eq!(failed(&["a", "panic", "b", "fail", "c"]).await, ["1", "3"]);
    }

    #[tokio::test]
    async fn the_answer_is_as_the_event_source_reads_it() {
        let event = serde_json::from_value(json!({ "Records": [{ "messageId": "7", "body": "" }] })).unwrap();
        let response = each(event, async |_| Err("no store")).await;
        let expected = json!({ "batchItemFailures": [{ "itemIdentifier": "7" }] });
        assert_eq!(serde_json::to_value(response).unwrap(), expected);
    }
}
