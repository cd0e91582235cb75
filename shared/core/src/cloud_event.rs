//! Reading events: CloudEvents 1.0 in JSON, structured, with every problem named at once.
//!
//! Written by hand rather than derived, because whoever sends a wrong event should learn of all that is wrong with it,
//! by member, and because an event that a queue brought must be kept with its reason rather than be lost.

use crate::{
    catalogue::Action,
    event::{Event, SEATS_CHANGED, Seats},
    ids::{EventId, MAX_EXTERNAL_ID, OrganizationId, PartnerId},
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::str::FromStr;
use thiserror::Error;
use utoipa::ToSchema;

/// Largest event, in bytes of JSON: what the queue of the smaller home carries.
pub const MAX_EVENT: usize = 64 * 1024;
/// Most events in one batch.
pub const MAX_BATCH: usize = 1_000;
/// How far ahead of our clock an event's time may lie.
pub const MAX_AHEAD: SignedDuration = SignedDuration::from_mins(5);
/// Most partners in a chain.
pub const MAX_CHAIN: usize = 10;
const MAX_TYPE: usize = 128;
const MAX_LINE: usize = 1_024;
const MAX_URL: usize = 2_048;

/// Input that is no event: the first problem, by which it is filed, and all of them.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}", self.summary())]
pub struct InvalidEvent {
    /// Never empty.
    pub problems: Vec<EventProblem>,
}

/// One thing that is wrong with an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EventProblem {
    /// A stable code: `not_json`, `not_an_event`, `too_large`, `missing`, `wrong_type`, `invalid`, `too_long`,
    /// `control_characters`, `time_ahead`, `batch_too_large`.
    pub code: String,
    /// The member, e.g. `data.organization_id`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub field: Option<String>,
    /// What to do.
    pub message: String,
}

impl InvalidEvent {
    fn one(code: &str, message: String) -> Self {
        Self { problems: vec![EventProblem { code: code.to_owned(), field: None, message }] }
    }

    /// A batch without an event.
    pub(crate) fn nothing() -> Self {
        Self::one("not_an_event", "There is no event in it.".to_owned())
    }

    fn summary(&self) -> String {
        let lines: Vec<String> = self
            .problems
            .iter()
            .map(|problem| match &problem.field {
                Some(field) => format!("{field}: {}", problem.message),
                None => problem.message.clone(),
            })
            .collect();
        lines.join(" ")
    }
}

/// The events of a message: one, or each of a batch with its raw JSON. Fails only where there is nothing to tell apart.
pub fn split(bytes: &[u8]) -> Result<Vec<Value>, InvalidEvent> {
    let value: Value = serde_json::from_slice(bytes)
        .map_err(|error| InvalidEvent::one("not_json", format!("The body is not JSON: {error}.")))?;
    match value {
        Value::Array(events) if events.len() > MAX_BATCH => Err(InvalidEvent::one(
            "batch_too_large",
            format!("The batch has {} events: send at most {MAX_BATCH} at a time.", events.len()),
        )),
        Value::Array(events) => Ok(events),
        event => Ok(vec![event]),
    }
}

/// Reads one event as of `now`.
pub fn read(value: &Value, now: Timestamp) -> Result<Event, InvalidEvent> {
    let Value::Object(members) = value else {
        return Err(InvalidEvent::one("not_an_event", "An event is a JSON object.".to_owned()));
    };
    let length = serde_json::to_vec(value).map_or(usize::MAX, |bytes| bytes.len());
    if length > MAX_EVENT {
        let message = format!("The event has {length} bytes: send at most {MAX_EVENT}.");
        return Err(InvalidEvent::one("too_large", message));
    }
    let mut reader = Reader { problems: Vec::new() };
    let event = reader.event(members, now);
    match event {
        Some(event) if reader.problems.is_empty() => Ok(event),
        _ => Err(InvalidEvent { problems: reader.problems }),
    }
}

/// Collects problems while it reads.
struct Reader {
    problems: Vec<EventProblem>,
}

impl Reader {
    fn event(&mut self, members: &Map<String, Value>, now: Timestamp) -> Option<Event> {
        self.spec_version(members);
        let source = self.required(members, "source", "source", MAX_EXTERNAL_ID);
        let source_id = self.required(members, "id", "id", MAX_EXTERNAL_ID);
        let event_type = self.required(members, "type", "type", MAX_TYPE);
        let time = self.time(members, now);
        let empty = Map::new();
        let data = match members.get("data") {
            Some(Value::Object(data)) => data,
            Some(_) => {
                self.add("wrong_type", "data", "must be a JSON object");
                &empty
            }
            None => {
                let message = if members.contains_key("data_base64") {
                    "must be given as JSON in `data`, not as `data_base64`"
                } else {
                    "is required"
                };
                self.add("missing", "data", message);
                return None;
            }
        };
        let organization = self
            .required(data, "organization_id", "data.organization_id", MAX_EXTERNAL_ID)
            .and_then(|id| self.parse::<OrganizationId>(&id, "data.organization_id"));
        let seats = self.seats(data, event_type.as_deref());
        let event = Event {
            id: EventId::derive(
                source.as_deref().unwrap_or_default(),
                source_id.as_deref().unwrap_or_default(),
            ),
            partners: self.partners(data),
            organization_name: self.free_text(data, "organization_name", MAX_LINE),
            account: self.line(data, "account", MAX_LINE),
            severity: self.line(data, "severity", MAX_TYPE),
            title: self.free_text(data, "title", MAX_LINE),
            description: self.free_text(data, "description", MAX_EVENT),
            dedup_key: self.line(data, "dedup_key", MAX_EXTERNAL_ID),
            action: self.action(data),
            url: self.url(data),
            seats,
            source: source?,
            source_id: source_id?,
            event_type: event_type?,
            time: time?,
            organization: organization?,
        };
        Some(event)
    }

    fn add(&mut self, code: &str, field: &str, message: &str) {
        self.problems.push(EventProblem {
            code: code.to_owned(),
            field: Some(field.to_owned()),
            message: format!("`{field}` {message}."),
        });
    }

    fn spec_version(&mut self, members: &Map<String, Value>) {
        match members.get("specversion") {
            Some(Value::String(version)) if version == "1.0" => {}
            Some(Value::String(_)) => self.add("invalid", "specversion", "must be \"1.0\""),
            Some(_) => self.add("wrong_type", "specversion", "must be the text \"1.0\""),
            None => self.add("missing", "specversion", "is required: this is no CloudEvent"),
        }
    }

    fn text(&mut self, members: &Map<String, Value>, name: &str, field: &str, max: usize) -> Option<String> {
        match members.get(name) {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) if text.len() > max => {
                self.add("too_long", field, &format!("has {} bytes: at most {max} are taken", text.len()));
                None
            }
            Some(Value::String(text)) => Some(text.clone()),
            Some(_) => {
                self.add("wrong_type", field, "must be a text");
                None
            }
        }
    }

    /// A required text on one line that identifies something.
    fn required(
        &mut self,
        members: &Map<String, Value>,
        name: &str,
        field: &str,
        max: usize,
    ) -> Option<String> {
        if matches!(members.get(name), None | Some(Value::Null)) {
            self.add("missing", field, "is required");
            return None;
        }
        let text = self.text(members, name, field, max)?;
        if text.trim().is_empty() {
            self.add("invalid", field, "must not be empty");
            return None;
        }
        self.without_controls(text, field)
    }

    fn without_controls(&mut self, text: String, field: &str) -> Option<String> {
        if text.chars().any(char::is_control) {
            self.add("control_characters", field, "must not contain control characters");
            return None;
        }
        Some(text)
    }

    /// An optional text on one line that identifies something.
    fn line(&mut self, data: &Map<String, Value>, name: &str, max: usize) -> Option<String> {
        let field = format!("data.{name}");
        let text = self.text(data, name, &field, max)?;
        self.without_controls(text, &field).filter(|text| !text.is_empty())
    }

    /// A text for people. Control characters that a log brought along are dropped: they carry nothing, and a PSA that
    /// chokes on them would cost the ticket.
    fn free_text(&mut self, data: &Map<String, Value>, name: &str, max: usize) -> Option<String> {
        let text = self.text(data, name, &format!("data.{name}"), max)?;
        let kept = |c: &char| !c.is_control() || matches!(c, '\n' | '\t');
        Some(text.chars().filter(kept).collect()).filter(|text: &String| !text.trim().is_empty())
    }

    fn time(&mut self, members: &Map<String, Value>, now: Timestamp) -> Option<Timestamp> {
        let text = self.required(members, "time", "time", MAX_TYPE)?;
        let Ok(time) = text.parse::<Timestamp>() else {
            self.add("invalid", "time", "must be an RFC 3339 time, e.g. 2026-11-01T08:30:00Z");
            return None;
        };
        if time.duration_since(now) > MAX_AHEAD {
            self.add(
                "time_ahead",
                "time",
                &format!("lies more than 5 minutes ahead of {now:.0}: check the clock"),
            );
            return None;
        }
        Some(time)
    }

    fn parse<T: FromStr>(&mut self, text: &str, field: &str) -> Option<T>
    where
        T::Err: std::fmt::Display,
    {
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.add("invalid", field, &error.to_string());
                None
            }
        }
    }

    fn partners(&mut self, data: &Map<String, Value>) -> Option<Vec<PartnerId>> {
        let list = match data.get("partners") {
            None | Some(Value::Null) => return None,
            Some(Value::Array(list)) => list,
            Some(_) => {
                self.add("wrong_type", "data.partners", "must be a list of partner ids");
                return None;
            }
        };
        if list.len() > MAX_CHAIN {
            self.add("too_long", "data.partners", &format!("must name at most {MAX_CHAIN} partners"));
            return None;
        }
        let mut partners = Vec::with_capacity(list.len());
        for (index, value) in list.iter().enumerate() {
            let field = format!("data.partners[{index}]");
            let Value::String(text) = value else {
                self.add("wrong_type", &field, "must be a text");
                continue;
            };
            match self.parse::<PartnerId>(text, &field) {
                Some(partner) if partners.contains(&partner) => {
                    self.add("invalid", &field, "is named twice");
                }
                Some(partner) => partners.push(partner),
                None => {}
            }
        }
        Some(partners)
    }

    fn action(&mut self, data: &Map<String, Value>) -> Option<Action> {
        match self.line(data, "action", MAX_TYPE)?.as_str() {
            "trigger" => Some(Action::Trigger),
            "resolve" => Some(Action::Resolve),
            _ => {
                self.add("invalid", "data.action", "must be \"trigger\" or \"resolve\"");
                None
            }
        }
    }

    fn url(&mut self, data: &Map<String, Value>) -> Option<String> {
        let text = self.line(data, "url", MAX_URL)?;
        match url::Url::parse(&text) {
            Ok(url) if url.scheme() == "https" => Some(text),
            _ => {
                self.add("invalid", "data.url", "must be an https address");
                None
            }
        }
    }

    fn seats(&mut self, data: &Map<String, Value>, event_type: Option<&str>) -> Option<Seats> {
        if event_type != Some(SEATS_CHANGED) {
            return None;
        }
        let product = self.required(data, "product", "data.product", MAX_EXTERNAL_ID);
        let quantity = match data.get("quantity") {
            None | Some(Value::Null) => {
                self.add("missing", "data.quantity", "is required");
                None
            }
            Some(value) => {
                let quantity = value.as_u64().and_then(|quantity| u32::try_from(quantity).ok());
                if quantity.is_none() {
                    self.add("wrong_type", "data.quantity", "must be a whole number of seats");
                }
                quantity
            }
        };
        Some(Seats { product: product?, quantity: quantity? })
    }
}

#[cfg(test)]
mod tests;
