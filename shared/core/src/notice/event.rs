//! A notice as the vendor hears it: a CloudEvent, structured JSON (`docs/outgoing-events.md`).

use super::{News, Notice};
use crate::{connection::Connection, event::Event};
use serde_json::{Map, Value, json};

/// The `type` of each event that leaves the bridge.
pub const TYPES: [&str; 4] = [
    "psabridge.connection.suspended",
    "psabridge.connection.recovered",
    "psabridge.connection.revoked",
    "psabridge.delivery.ended",
];

/// The media type of an event.
pub const CONTENT_TYPE: &str = "application/cloudevents+json";

/// The event. `source` says which bridge speaks; `about` is what a delivery was about, where it is still kept.
pub fn cloud_event(notice: &Notice, source: &str, connection: &Connection, about: Option<&Event>) -> Value {
    let mut data = Map::new();
    data.insert("partner".to_owned(), json!(notice.partner));
    data.insert("connection".to_owned(), json!(notice.connection));
    data.insert("psa".to_owned(), json!(connection.psa));
    let mut add = |name: &str, value: Value| data.insert(name.to_owned(), value);
    let (event_type, subject) = match &notice.news {
        News::Stopped { cause, since } => {
            add("cause", json!(cause));
            add("since", json!(since));
            (TYPES[0], notice.connection.as_str())
        }
        News::Recovered { cause, since } => {
            add("cause", json!(cause));
            add("since", json!(since));
            add("until", json!(notice.at));
            (TYPES[1], notice.connection.as_str())
        }
        News::Revoked => (TYPES[2], notice.connection.as_str()),
        News::DeliveryEnded { event, organization, reason } => {
            add("organization_id", json!(organization));
            add("reason", json!(reason));
            add("event", json!(event));
            if let Some(about) = about {
                add("event_source", json!(about.source));
                add("event_id", json!(about.source_id));
                add("event_type", json!(about.event_type));
                add("event_time", json!(about.time));
            }
            (TYPES[3], event.as_str())
        }
    };
    json!({
        "specversion": "1.0",
        "id": notice.id,
        "source": source,
        "type": event_type,
        "subject": subject,
        "time": notice.at,
        "datacontenttype": "application/json",
        "data": data,
    })
}
