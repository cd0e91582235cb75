//! The events that leave the bridge, on an `EventBridge` bus, from where the vendor routes them as they like.

use crate::failure::told;
use async_trait::async_trait;
use aws_sdk_eventbridge::{
    Client,
    types::{PutEventsRequestEntry, PutEventsResultEntry},
};
use psa_bridge_core::{
    ids::NoticeId,
    ports::{Webhook, WebhookError},
};
use serde_json::Value;

/// The `source` of all events on the bus, for rules to match.
pub const SOURCE: &str = "psabridge";

/// Sends events to a bus: `source` is [`SOURCE`], `detail-type` the `type` of the CloudEvent, `detail` all of it.
#[derive(Clone, Debug)]
pub struct BusSender {
    client: Client,
    bus: String,
}

impl BusSender {
    /// Sends to the bus of that name or ARN.
    pub fn new(client: Client, bus: impl Into<String>) -> Self {
        Self { client, bus: bus.into() }
    }
}

#[async_trait]
impl Webhook for BusSender {
    async fn send(&self, _id: &NoticeId, body: &str) -> Result<(), WebhookError> {
        let entry = PutEventsRequestEntry::builder()
            .event_bus_name(&self.bus)
            .source(SOURCE)
            .detail_type(detail_type(body)?)
            .detail(body)
            .build();
        let sent = self.client.put_events().entries(entry).send().await;
        let answer = sent.map_err(|error| WebhookError::Failed(told(&error)))?;
        // One entry went out, so one that failed is ours; an answer without any says nothing about it.
        match answer.entries() {
            [entry] if answer.failed_entry_count() == 0 && entry.error_code().is_none() => Ok(()),
            entries => Err(WebhookError::Failed(why(entries.first()))),
        }
    }
}

fn detail_type(body: &str) -> Result<String, WebhookError> {
    let event: Value = serde_json::from_str(body)
        .map_err(|error| WebhookError::Failed(format!("the event is no JSON: {error}")))?;
    let event_type = event.get("type").and_then(Value::as_str).unwrap_or_default();
    Ok(event_type.to_owned())
}

fn why(entry: Option<&PutEventsResultEntry>) -> String {
    let Some(entry) = entry else { return "the bus did not say what became of the event".to_owned() };
    let (code, message) = (entry.error_code().unwrap_or_default(), entry.error_message().unwrap_or_default());
    format!("the bus did not take the event: {code} {message}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_eventbridge::config::{BehaviorVersion, Config, Region, retry::RetryConfig};
    use aws_sdk_eventbridge::operation::put_events::{PutEventsError, PutEventsOutput};
    use aws_smithy_mocks::{MockResponseInterceptor, Rule, RuleMode, create_mock_http_client, mock};

    const BODY: &str = r#"{"specversion":"1.0","type":"psabridge.connection.suspended","data":{}}"#;

    fn client(rule: &Rule) -> Client {
        let rules = MockResponseInterceptor::new().rule_mode(RuleMode::MatchAny).with_rule(rule);
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-central-1"))
            .allow_no_auth()
            .retry_config(RetryConfig::disabled())
            .http_client(create_mock_http_client())
            .interceptor(rules);
        Client::from_conf(config.build())
    }

    fn answering(answer: PutEventsOutput) -> BusSender {
        let rule = mock!(Client::put_events)
            .match_requests(|request| {
                let entry = &request.entries()[0];
                entry.detail() == Some(BODY)
                    && entry.detail_type() == Some("psabridge.connection.suspended")
                    && entry.source() == Some(SOURCE)
                    && entry.event_bus_name() == Some("bus")
            })
            .then_output(move || answer.clone());
        BusSender::new(client(&rule), "bus")
    }

    async fn send(sender: &BusSender) -> Result<(), WebhookError> {
        sender.send(&"ntc_1".parse().unwrap(), BODY).await
    }

    #[tokio::test]
    async fn an_event_that_the_bus_took_was_sent() {
        let entry = PutEventsResultEntry::builder().event_id("1").build();
        send(&answering(PutEventsOutput::builder().entries(entry).build())).await.unwrap();
    }

    #[tokio::test]
    async fn an_event_that_the_bus_did_not_take_is_sent_again_later() {
        let entry =
            PutEventsResultEntry::builder().error_code("InternalFailure").error_message("try again").build();
        let answer = PutEventsOutput::builder().failed_entry_count(1).entries(entry).build();
        let error = send(&answering(answer)).await.unwrap_err();
        assert_eq!(
            error,
            WebhookError::Failed("the bus did not take the event: InternalFailure try again".to_owned())
        );
    }

    #[tokio::test]
    async fn an_answer_that_says_nothing_is_no_success() {
        send(&answering(PutEventsOutput::builder().build())).await.unwrap_err();
    }

    #[tokio::test]
    async fn a_call_that_fails_is_made_again_later() {
        let rule = mock!(Client::put_events)
            .then_error(|| PutEventsError::unhandled(std::io::Error::other("no route")));
        let sender = BusSender::new(client(&rule), "bus");
        assert!(matches!(send(&sender).await, Err(WebhookError::Failed(_))));
    }
}
