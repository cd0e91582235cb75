//! Which events a queue may bring. Whoever may send to the pipelines' queue is trusted as the vendor; other accounts have a
//! queue of their own, and only the values of `source` that they were given.

use jiff::Timestamp;
use psa_bridge_core::{
    cloud_event::{MAX_EVENT, split},
    ports::{EventStore, RejectedInput, StoreError},
};
use serde_json::Value;

/// The stable code of input that another account may not send.
const CODE: &str = "source_not_allowed";

/// The rule of the queue for other accounts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Senders {
    /// The ARN of that queue.
    pub queue: String,
    /// The values of `source` that it may bring.
    pub sources: Vec<String>,
}

/// A message, as far as it may be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sorted {
    /// What is to be taken as it is.
    pub taken: Option<String>,
    /// Events that the sender may not send.
    pub refused: Vec<Value>,
}

impl Senders {
    /// Takes from a message what its queue may bring. What is no event at all is taken, to be kept with its reason.
    pub fn sort(&self, queue: &str, body: String) -> Sorted {
        if queue != self.queue {
            return Sorted { taken: Some(body), refused: Vec::new() };
        }
        let Ok(events) = split(body.as_bytes()) else {
            return Sorted { taken: Some(body), refused: Vec::new() };
        };
        let (taken, refused): (Vec<Value>, Vec<Value>) =
            events.into_iter().partition(|event| self.allows(event));
        if refused.is_empty() {
            return Sorted { taken: Some(body), refused };
        }
        let taken = (!taken.is_empty()).then(|| Value::Array(taken).to_string());
        Sorted { taken, refused }
    }

    fn allows(&self, event: &Value) -> bool {
        let source = event.get("source").and_then(Value::as_str);
        source.is_some_and(|source| self.sources.iter().any(|allowed| allowed == source))
    }
}

/// Keeps an event that its sender may not send, so that nothing vanishes.
pub async fn keep(
    store: &(impl EventStore + ?Sized),
    event: &Value,
    now: Timestamp,
) -> Result<(), StoreError> {
    tracing::warn!(source = ?event.get("source"), "Another account sent an event of a source that it may not use");
    let mut raw = event.to_string();
    let length = raw.len() as u64;
    while raw.len() > MAX_EVENT {
        raw.pop();
    }
    let input = RejectedInput {
        received_at: now,
        code: CODE.to_owned(),
        field: Some("source".to_owned()),
        message: "Another account sent it, whose events may not have this source.".to_owned(),
        raw,
        length,
    };
    store.reject(&input).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn senders() -> Senders {
        Senders { queue: "others".to_owned(), sources: vec!["/a".to_owned(), "/b".to_owned()] }
    }

    fn sources(sorted: &Sorted) -> (Option<String>, Vec<&str>) {
        (sorted.taken.clone(), sorted.refused.iter().filter_map(|event| event["source"].as_str()).collect())
    }

    #[test]
    fn the_pipelines_own_queue_brings_anything() {
        let sorted = senders().sort("own", r#"{"source":"/x"}"#.to_owned());
        assert_eq!(sources(&sorted), (Some(r#"{"source":"/x"}"#.to_owned()), vec![]));
    }

    #[test]
    fn other_accounts_bring_their_sources_alone() {
        let allowed = r#" {"source":"/a", "id":"1"}"#;
        assert_eq!(senders().sort("others", allowed.to_owned()).taken.as_deref(), Some(allowed));
        let foreign = senders().sort("others", r#"{"source":"/x"}"#.to_owned());
        assert_eq!(sources(&foreign), (None, vec!["/x"]));
        let mixed =
            senders().sort("others", r#"[{"source":"/a"},{"source":"/a/../x"},{"source":"/b"}]"#.to_owned());
        let taken = r#"[{"source":"/a"},{"source":"/b"}]"#.to_owned();
        assert_eq!(sources(&mixed), (Some(taken), vec!["/a/../x"]));
    }

    #[test]
    fn what_has_no_source_is_not_of_an_allowed_one() {
        assert_eq!(senders().sort("others", "7".to_owned()).refused, [Value::from(7)]);
    }

    #[test]
    fn what_is_not_json_is_taken_to_be_kept_with_its_reason() {
        assert_eq!(senders().sort("others", "{".to_owned()).taken.as_deref(), Some("{"));
    }
}
