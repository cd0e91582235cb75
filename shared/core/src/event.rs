//! An event as the bridge keeps it. How it is read from a CloudEvent is in [`crate::cloud_event`].

use crate::{
    catalogue::{self, Action},
    ids::{EventId, Fingerprint, OrganizationId, PartnerId, Topic},
};
use jiff::Timestamp;
use psa_connector::ClientId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The type of events that carry a seat count and make no ticket.
pub const SEATS_CHANGED: &str = "seats.changed";

/// What a pipeline reports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Event {
    /// Derived from `source` and `source_id`.
    pub id: EventId,
    /// The CloudEvents source.
    pub source: String,
    /// The CloudEvents id, unique within the source.
    pub source_id: String,
    /// A code of the catalogue, or any other.
    #[serde(rename = "type")]
    pub event_type: String,
    /// When it happened. Orders.
    pub time: Timestamp,
    /// To whom.
    pub organization: OrganizationId,
    /// The organisation's name as the pipeline gives it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub organization_name: Option<String>,
    /// The chain as the pipeline gives it, top tier first.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub partners: Option<Vec<PartnerId>>,
    /// The account (mailbox, user) that it is about.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub account: Option<String>,
    /// How bad, in the pipeline's words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub severity: Option<String>,
    /// One line.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub title: Option<String>,
    /// All of it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub description: Option<String>,
    /// The pipeline's own key of what belongs together.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub dedup_key: Option<String>,
    /// Whether something broke or was mended; where absent, the catalogue knows.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub action: Option<Action>,
    /// Where to read on.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub url: Option<String>,
    /// For `seats.changed`: of which product, how many.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub seats: Option<Seats>,
}

/// A seat count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Seats {
    /// Of what.
    pub product: String,
    /// How many.
    pub quantity: u32,
}

impl Event {
    /// What it is about; a failure and its recovery share one.
    pub fn problem(&self) -> &str {
        catalogue::problem(&self.event_type)
    }

    /// Whether it says that the problem is over: its own word, else the catalogue's; else it is a failure.
    pub fn is_resolve(&self) -> bool {
        let usual = || catalogue::entry(&self.event_type).map(|entry| entry.action);
        self.action.or_else(usual) == Some(Action::Resolve)
    }

    /// What it is about, for its organisation.
    pub fn topic(&self) -> Topic {
        Topic::new(&self.organization, self.problem(), self.account.as_deref(), self.dedup_key.as_deref())
    }

    /// What it is about, for a client of a PSA.
    pub fn fingerprint(&self, client: &ClientId) -> Fingerprint {
        Fingerprint::new(client.as_str(), self.problem(), self.account.as_deref(), self.dedup_key.as_deref())
    }

    /// Whether it makes tickets at all.
    pub fn makes_ticket(&self) -> bool {
        self.event_type != SEATS_CHANGED
    }
}
