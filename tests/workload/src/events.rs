//! One event that the workload makes, and what has to become of it.

use crate::{
    choices::Psa,
    expectation::Expected,
    problems::Problem,
    texts::{self, Language},
    world::DeskIndex,
};
use jiff::Timestamp;
use serde_json::{Map, Value};

/// The event types of the catalogue.
pub const CATALOGUE: [&str; 17] = [
    "backup.email.failed",
    "backup.onedrive.unreachable",
    "backup.onedrive.auth_failed",
    "auth.main_app_token.failed",
    "auth.main_app_token.resolved",
    "auth.device_token.failed",
    "auth.delegated_token.failed",
    "backup.tasks.unreachable",
    "backup.tasks.throttled",
    "backup.tasks.auth_failed",
    "backup.contacts.unreachable",
    "backup.contacts.auth_failed",
    "backup.calendar.unreachable",
    "backup.calendar.auth_failed",
    "archive.auth_failed",
    "backup.calendar.api_failed",
    "backup.contacts.api_failed",
];

/// The one problem of the catalogue that has a type for its recovery: `.failed` and `.resolved`.
pub const MAIN_APP_TOKEN: &str = "auth.main_app_token";

/// The type of events that carry a seat count, and are no trouble.
pub const SEATS_CHANGED: &str = "seats.changed";

/// The sources that the workload sends for.
pub const SOURCES: [&str; 2] = ["/workload/backup", "/workload/security"];

/// An event that has to be taken.
#[derive(Clone, Debug)]
pub struct Event {
    /// The CloudEvents source.
    pub source: &'static str,
    /// The CloudEvents id.
    pub id: String,
    /// When it happened.
    pub time: Timestamp,
    /// The event type.
    pub event_type: String,
    /// Whose.
    pub organization: String,
    /// About which account.
    pub account: Option<String>,
    /// What it is about.
    pub problem: Problem,
    /// Whether it says that the problem is over.
    pub resolves: bool,
    /// A pipeline's own title, as a person has to see it.
    pub shown_title: Option<String>,
    /// Whether it names other partners than the registry.
    pub disagrees: bool,
    /// As it is sent.
    pub json: Value,
    /// What has to become of it, by desk.
    pub expected: Vec<Expected>,
}

impl Event {
    /// Source and id.
    pub fn name(&self) -> String {
        format!("{} {}", self.source, self.id)
    }

    /// What has to become of it at a desk.
    pub fn expected(&self, desk: DeskIndex) -> Expected {
        self.expected.get(desk).copied().unwrap_or(Expected::NotVisible)
    }

    /// The title that its ticket must have.
    pub fn title(&self, language: Language, psa: Psa) -> String {
        texts::as_stored(&self.full_title(language), psa)
    }

    /// How it is called, of any length.
    pub fn full_title(&self, language: Language) -> String {
        match (language.catalogue_title(&self.event_type), &self.account) {
            (Some(title), Some(account)) => format!("{title} – {account}"),
            (Some(title), None) => title.to_owned(),
            (None, _) => self.shown_title.clone().unwrap_or_else(|| self.event_type.clone()),
        }
    }
}

/// Whether an event says that something is over: its own word, else its type's.
pub fn resolves_in(event_type: &str, data: &Map<String, Value>) -> bool {
    match data.get("action").and_then(Value::as_str) {
        Some(action) => action == "resolve",
        None => resolves_by_type(event_type),
    }
}

/// Whether events of the type say so unless they say otherwise.
pub fn resolves_by_type(event_type: &str) -> bool {
    event_type == "auth.main_app_token.resolved"
}
