//! What is told when a connection stops, works again or is revoked, and when a delivery ends without a ticket: by mail to
//! the partner's emergency contact, and as an event to the vendor.
//!
//! - [`rule`] says which notices a change causes; stores write them in the transaction of the change: an outbox;
//! - [`event`] is a notice as the vendor hears it.
//!
//! One trouble makes one mail that it began and one that it is over, because a mail's id is derived from the trouble and
//! from when it began. Where a trouble is over before anybody began to send the first mail, neither is sent; once an
//! attempt was begun, both are, in order.

pub mod event;
mod rule;
#[cfg(test)]
mod tests;

pub use rule::{Effect, of_change, of_delivery, recovery_mail, stop_mails};

use crate::{
    connection::SuspensionCause,
    ids::{ConnectionId, EventId, NoticeId, OrganizationId, PartnerId},
    reason::Reason,
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Something to tell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Notice {
    /// Its id, the same at every attempt.
    pub id: NoticeId,
    /// Whom it is for.
    pub channel: Channel,
    /// Whose connection it is about.
    pub partner: PartnerId,
    /// Which connection.
    pub connection: ConnectionId,
    /// What happened.
    pub news: News,
    /// When it happened.
    pub at: Timestamp,
    /// Not to be told before.
    pub due_at: Timestamp,
    /// How often telling it was begun.
    pub attempts: u32,
    /// Where it stands.
    pub standing: Standing,
    /// When it was told, or given up.
    pub finished_at: Option<Timestamp>,
    /// Why the latest attempt failed.
    pub error: Option<String>,
}

/// Whom a notice is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// The partner's emergency contact, by mail.
    Mail,
    /// The vendor, by webhook.
    Webhook,
}

impl Channel {
    /// The stable code, as in JSON.
    pub fn code(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Webhook => "webhook",
        }
    }
}

/// Where a notice stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// To be told.
    Waiting,
    /// Told.
    Sent,
    /// Given up.
    Failed,
}

impl Standing {
    /// The stable code, as in JSON.
    pub fn code(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sent => "sent",
            Self::Failed => "failed",
        }
    }
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum News {
    /// Tickets stopped.
    Stopped {
        /// Why.
        cause: Cause,
        /// Since when.
        since: Timestamp,
    },
    /// They no longer are stopped.
    Recovered {
        /// Why they were.
        cause: Cause,
        /// Since when they were.
        since: Timestamp,
    },
    /// The connection was revoked for good.
    Revoked,
    /// A delivery ended without a ticket.
    DeliveryEnded {
        /// Of which event.
        event: EventId,
        /// Whose event.
        organization: OrganizationId,
        /// Why.
        reason: Reason,
    },
}

impl News {
    /// The trouble that it tells the beginning or the end of.
    pub fn episode(&self) -> Option<Episode> {
        match self {
            Self::Stopped { cause, since } | Self::Recovered { cause, since } => {
                Some(Episode { topic: cause.topic(), since: *since })
            }
            Self::Revoked | Self::DeliveryEnded { .. } => None,
        }
    }

    /// Whether it tells the beginning of a trouble.
    pub fn is_stop(&self) -> bool {
        matches!(self, Self::Stopped { .. })
    }
}

/// Why tickets stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The PSA refuses the credentials or the integration.
    Credentials,
    /// The API user lost a permission.
    Permission,
    /// The PSA cannot be reached or is in maintenance.
    Unavailable,
    /// The request budget has not sufficed for long.
    Budget,
    /// There are no ticket settings.
    SettingsMissing,
    /// The tenant no longer takes the ticket settings. Holds nothing, but tickets may be refused.
    SettingsUnfit,
}

impl Cause {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Credentials,
        Self::Permission,
        Self::Unavailable,
        Self::Budget,
        Self::SettingsMissing,
        Self::SettingsUnfit,
    ];

    /// The stable code, as in JSON.
    pub fn code(self) -> &'static str {
        match self {
            Self::Credentials => "credentials",
            Self::Permission => "permission",
            Self::Unavailable => "unavailable",
            Self::Budget => "budget",
            Self::SettingsMissing => "settings_missing",
            Self::SettingsUnfit => "settings_unfit",
        }
    }

    /// What it is a trouble of.
    pub fn topic(self) -> Topic {
        match self {
            Self::Credentials | Self::Permission | Self::Unavailable => Topic::Suspension,
            Self::Budget => Topic::Budget,
            Self::SettingsMissing | Self::SettingsUnfit => Topic::Settings,
        }
    }

    /// Whether deliveries wait while it lasts.
    pub fn holds(self) -> bool {
        self != Self::SettingsUnfit
    }

    /// Whether only a person can end it.
    pub fn needs_person(self) -> bool {
        !matches!(self, Self::Unavailable | Self::Budget)
    }
}

impl From<SuspensionCause> for Cause {
    fn from(cause: SuspensionCause) -> Self {
        match cause {
            SuspensionCause::Credentials => Self::Credentials,
            SuspensionCause::Permission => Self::Permission,
            SuspensionCause::Unavailable => Self::Unavailable,
        }
    }
}

/// Troubles of one topic exclude each other; those of two can last side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// The bridge has stopped working the connection.
    Suspension,
    /// It must not ask as often as it would have to.
    Budget,
    /// The partner's choices.
    Settings,
}

impl Topic {
    const ALL: [Self; 3] = [Self::Suspension, Self::Budget, Self::Settings];

    fn code(self) -> &'static str {
        match self {
            Self::Suspension => "suspension",
            Self::Budget => "budget",
            Self::Settings => "settings",
        }
    }
}

/// One trouble of a connection from its beginning to its end, whatever its cause turns into meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Episode {
    /// Of what.
    pub topic: Topic,
    /// When it began.
    pub since: Timestamp,
}

impl Episode {
    /// A text that tells it from any other of its connection.
    pub fn key(&self) -> String {
        format!("{} {:.9}", self.topic.code(), self.since)
    }
}

/// What is told, and how patiently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticePolicy {
    /// Whether the vendor hears anything. Where not, nothing is kept for it.
    pub webhook: bool,
    /// How long an outage may last before it is worth a mail.
    pub outage: SignedDuration,
    /// How long deliveries may wait for the request budget before that is a trouble.
    pub budget: SignedDuration,
    /// How long a person may be without ticket settings, who may be about to choose others, before it is worth a mail.
    pub settings: SignedDuration,
}

impl Default for NoticePolicy {
    fn default() -> Self {
        Self {
            webhook: false,
            outage: SignedDuration::from_mins(1),
            budget: SignedDuration::from_hours(1),
            settings: SignedDuration::from_hours(1),
        }
    }
}

impl NoticePolicy {
    /// How long a trouble of that cause may last before it is worth a mail.
    pub fn patience(&self, cause: Cause) -> SignedDuration {
        match cause {
            Cause::Unavailable => self.outage,
            Cause::SettingsMissing => self.settings,
            // A budget is a trouble only once it has been spent for long. The rest wait for a person.
            Cause::Budget | Cause::Credentials | Cause::Permission | Cause::SettingsUnfit => {
                SignedDuration::ZERO
            }
        }
    }
}

/// What came of an attempt to tell a notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// It arrived.
    Sent,
    /// It did not, or nobody can say.
    TryAgain {
        /// When.
        due_at: Timestamp,
        /// Why.
        error: String,
    },
    /// It never will.
    Failed {
        /// Why.
        error: String,
    },
}

impl Notice {
    /// What came of an attempt.
    pub fn finish(&mut self, told: Told, now: Timestamp) {
        match told {
            Told::Sent => {
                self.standing = Standing::Sent;
                self.finished_at = Some(now);
                self.error = None;
            }
            Told::TryAgain { due_at, error } => {
                self.due_at = due_at;
                self.error = Some(error);
            }
            Told::Failed { error } => {
                self.standing = Standing::Failed;
                self.finished_at = Some(now);
                self.error = Some(error);
            }
        }
    }
}
