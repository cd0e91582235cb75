//! Which notices a change causes. Pure: a store asks within the transaction of the change, and does what it is told.

use super::{Cause, Channel, Episode, News, Notice, NoticePolicy, Standing, Topic};
use crate::{
    connection::Connection,
    delivery::{Delivery, DeliveryState},
    ids::{ConnectionId, NoticeId},
};
use jiff::Timestamp;

/// What a store does to its outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Keeps it, unless one of its id is there.
    Tell(Notice),
    /// Keeps it where a mail that tells the beginning of its episode was begun and not given up.
    TellIfBegun(Notice),
    /// Deletes mails that tell the beginning of this episode of the connection and that nobody has begun to send.
    StrikeOff(Episode),
}

/// A trouble that a connection is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Trouble {
    cause: Cause,
    since: Timestamp,
}

/// What a change of a connection causes.
pub fn of_change(
    before: &Connection,
    after: &Connection,
    at: Timestamp,
    policy: &NoticePolicy,
) -> Vec<Effect> {
    let writer = Writer { connection: after, at, policy };
    let mut effects = Vec::new();
    for topic in Topic::ALL {
        let (was, is) = (trouble(before, topic, policy), trouble(after, topic, policy));
        effects.extend(writer.mails(was, is));
        if policy.webhook {
            let holding = |trouble: &Trouble| trouble.cause.holds();
            effects.extend(writer.webhook(was.filter(holding), is.filter(holding)));
        }
    }
    if before.is_live() && after.revoked_at.is_some() {
        effects.push(Effect::Tell(writer.mail(News::Revoked)));
        if policy.webhook {
            effects.push(Effect::Tell(writer.event(News::Revoked, "revoked")));
        }
    }
    effects
}

/// What a changed or new delivery causes.
pub fn of_delivery(delivery: &Delivery, at: Timestamp, policy: &NoticePolicy) -> Option<Notice> {
    let DeliveryState::Ended { reason } = delivery.state else { return None };
    if !policy.webhook {
        return None;
    }
    let version = delivery.version.to_string();
    Some(Notice {
        id: NoticeId::derive(&[
            "delivery ended",
            delivery.connection.as_str(),
            delivery.event.as_str(),
            &version,
        ]),
        channel: Channel::Webhook,
        partner: delivery.partner.clone(),
        connection: delivery.connection.clone(),
        news: News::DeliveryEnded {
            event: delivery.event.clone(),
            organization: delivery.organization.clone(),
            reason,
        },
        at,
        due_at: at,
        attempts: 0,
        standing: Standing::Waiting,
        finished_at: None,
        error: None,
    })
}

/// The ids of all mails that may tell the beginning of that episode of a connection, for stores that find notices by id.
pub fn stop_mails(connection: &ConnectionId, episode: &Episode) -> impl Iterator<Item = NoticeId> {
    let causes = Cause::ALL.into_iter().filter(|cause| cause.topic() == episode.topic);
    causes.map(|cause| stop_mail(connection, episode, cause))
}

/// The id of the mail that tells the end of that episode of a connection.
pub fn recovery_mail(connection: &ConnectionId, episode: &Episode) -> NoticeId {
    NoticeId::derive(&["mail recovered", connection.as_str(), &episode.key()])
}

fn stop_mail(connection: &ConnectionId, episode: &Episode, cause: Cause) -> NoticeId {
    NoticeId::derive(&["mail stopped", connection.as_str(), &episode.key(), cause.code()])
}

/// The trouble of that topic that a live connection is in.
fn trouble(connection: &Connection, topic: Topic, policy: &NoticePolicy) -> Option<Trouble> {
    if !connection.is_live() {
        return None;
    }
    match topic {
        Topic::Suspension => connection
            .suspended
            .as_ref()
            .map(|suspended| Trouble { cause: suspended.cause.into(), since: suspended.since }),
        Topic::Budget => {
            let since = connection.short_of_budget_since?;
            let lasts = connection.not_before?.duration_since(since);
            (lasts >= policy.budget).then_some(Trouble { cause: Cause::Budget, since })
        }
        Topic::Settings => {
            let since = connection.settings_amiss_since?;
            let missing = connection.settings.is_none();
            let cause = if missing { Cause::SettingsMissing } else { Cause::SettingsUnfit };
            Some(Trouble { cause, since })
        }
    }
}

/// Writes notices about a connection.
struct Writer<'a> {
    connection: &'a Connection,
    at: Timestamp,
    policy: &'a NoticePolicy,
}

impl Writer<'_> {
    /// The emergency contact hears of the beginning, of a change of the cause that asks a person for something else, and
    /// of the end.
    fn mails(&self, was: Option<Trouble>, is: Option<Trouble>) -> Vec<Effect> {
        match (was, is) {
            (Some(was), Some(is)) if was.cause == is.cause || !is.cause.needs_person() => Vec::new(),
            (_, Some(is)) => {
                let stopped = self.mail(News::Stopped { cause: is.cause, since: is.since });
                // What was not told yet is no longer so.
                vec![Effect::StrikeOff(episode(is)), Effect::Tell(stopped)]
            }
            (Some(was), None) => {
                let mut effects = vec![Effect::StrikeOff(episode(was))];
                if self.connection.revoked_at.is_none() {
                    let over = News::Recovered { cause: was.cause, since: was.since };
                    effects.push(Effect::TellIfBegun(self.mail(over)));
                }
                effects
            }
            (None, None) => Vec::new(),
        }
    }

    /// The vendor hears of every change, at once.
    fn webhook(&self, was: Option<Trouble>, is: Option<Trouble>) -> Option<Effect> {
        match (was, is) {
            (Some(was), Some(is)) if was.cause == is.cause => None,
            (_, Some(Trouble { cause, since })) => {
                Some(Effect::Tell(self.event(News::Stopped { cause, since }, cause.topic().code())))
            }
            (Some(Trouble { cause, since }), None) if self.connection.revoked_at.is_none() => {
                Some(Effect::Tell(self.event(News::Recovered { cause, since }, cause.topic().code())))
            }
            _ => None,
        }
    }

    /// A mail, whose id is the same however often its matter comes up.
    fn mail(&self, news: News) -> Notice {
        let connection = self.connection.id.as_str();
        let (id, patience) = match &news {
            News::Stopped { cause, since } => {
                let episode = Episode { topic: cause.topic(), since: *since };
                (stop_mail(&self.connection.id, &episode, *cause), self.policy.patience(*cause))
            }
            News::Recovered { cause, since } => {
                let episode = Episode { topic: cause.topic(), since: *since };
                (recovery_mail(&self.connection.id, &episode), jiff::SignedDuration::ZERO)
            }
            News::Revoked | News::DeliveryEnded { .. } => {
                (NoticeId::derive(&["mail revoked", connection]), jiff::SignedDuration::ZERO)
            }
        };
        let due_at = self.at.saturating_add(patience).unwrap_or(Timestamp::MAX);
        Notice { due_at, ..self.notice(id, Channel::Mail, news) }
    }

    /// An event for the vendor: one for each change, told apart by the version that the change made.
    fn event(&self, news: News, part: &str) -> Notice {
        let version = self.connection.version.to_string();
        let id = NoticeId::derive(&["connection changed", self.connection.id.as_str(), &version, part]);
        self.notice(id, Channel::Webhook, news)
    }

    fn notice(&self, id: NoticeId, channel: Channel, news: News) -> Notice {
        Notice {
            id,
            channel,
            partner: self.connection.partner.clone(),
            connection: self.connection.id.clone(),
            news,
            at: self.at,
            due_at: self.at,
            attempts: 0,
            standing: Standing::Waiting,
            finished_at: None,
            error: None,
        }
    }
}

fn episode(trouble: Trouble) -> Episode {
    Episode { topic: trouble.cause.topic(), since: trouble.since }
}
