//! Telling: takes notices out of the outbox, writes mails and events, sends them, and writes down what came of it. Can
//! run at any time, twice at once, and be cut off anywhere: a notice whose teller died is taken again, under the same
//! id.

use crate::{
    catalogue::{self, MailInput},
    ids::NoticeId,
    notice::{Channel, News, Notice, Told, event::cloud_event},
    ports::{Mail, MailError, Mailer, Store, StoreError, Webhook, WebhookError},
};
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use psa_connector::Clock;
use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

const PAGE: usize = 50;
const SIDE_BY_SIDE: usize = 8;
/// Longer than any attempt takes, waiting for its turn on a page included.
const CLAIM: SignedDuration = SignedDuration::from_mins(15);

/// When to try again, and when to give up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryPlan {
    /// The wait after the first failure, the second, and so on; the last one from then on.
    pub waits: Vec<SignedDuration>,
    /// How long after it came up a notice is still worth telling.
    pub give_up_after: SignedDuration,
}

impl RetryPlan {
    /// For mails: a mail server that refuses for a day is no passing trouble.
    pub fn mail() -> Self {
        let minutes = [1, 5, 15, 60].map(SignedDuration::from_mins);
        Self { waits: minutes.to_vec(), give_up_after: SignedDuration::from_hours(24) }
    }

    /// For the webhook: the waits that the convention of Standard Webhooks proposes.
    pub fn webhook() -> Self {
        let mut waits = vec![SignedDuration::from_secs(5)];
        waits.extend([5, 30, 120, 300, 600, 840, 1200].map(SignedDuration::from_mins));
        Self { waits, give_up_after: SignedDuration::from_hours(72) }
    }

    /// What becomes of a notice whose latest attempt failed.
    fn after_failure(&self, notice: &Notice, error: String, now: Timestamp) -> Told {
        let failures = usize::try_from(notice.attempts.saturating_sub(1)).unwrap_or(usize::MAX);
        let wait = self.waits.get(failures).or(self.waits.last()).copied().unwrap_or(SignedDuration::ZERO);
        let due_at = now.saturating_add(wait.max(SignedDuration::from_secs(1))).unwrap_or(Timestamp::MAX);
        let last = notice.at.saturating_add(self.give_up_after).unwrap_or(Timestamp::MAX);
        if due_at > last { Told::Failed { error } } else { Told::TryAgain { due_at, error } }
    }
}

/// Tells.
#[derive(Clone)]
pub struct Notify {
    /// The outbox.
    pub store: Arc<dyn Store>,
    /// The way to the emergency contacts.
    pub mailer: Arc<dyn Mailer>,
    /// The way to the vendor, where there is one.
    pub webhook: Option<Receiver>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// For mails.
    pub mail_retries: RetryPlan,
    /// Where a partner mends things, `{connection}` standing for the connection's id.
    pub portal: Option<String>,
    /// Cancelled when the process is to stop.
    pub stopping: CancellationToken,
}

/// The vendor's receiver of events.
#[derive(Clone)]
pub struct Receiver {
    webhook: Arc<dyn Webhook>,
    retries: RetryPlan,
    /// The `source` of events.
    source: String,
    /// Set by a 410, until the process starts anew.
    closed: Arc<AtomicBool>,
}

impl Receiver {
    /// A receiver that takes events of that source.
    pub fn new(webhook: Arc<dyn Webhook>, retries: RetryPlan, source: String) -> Self {
        Self { webhook, retries, source, closed: Arc::default() }
    }
}

impl fmt::Debug for Notify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notify").field("mail_retries", &self.mail_retries).finish_non_exhaustive()
    }
}

impl Notify {
    /// Sends the mails that are due. Returns how many it tried.
    pub async fn run_mails(&self) -> Result<usize, StoreError> {
        self.run(Channel::Mail, || true).await
    }

    /// Sends the events that are due. Returns how many it tried.
    pub async fn run_webhook(&self) -> Result<usize, StoreError> {
        let Some(receiver) = &self.webhook else { return Ok(0) };
        self.run(Channel::Webhook, || !receiver.closed.load(Ordering::Relaxed)).await
    }

    async fn run(&self, channel: Channel, open: impl Fn() -> bool) -> Result<usize, StoreError> {
        let mut tried = 0;
        while open() && !self.stopping.is_cancelled() {
            let now = self.clock.now();
            let until = now.saturating_add(CLAIM).unwrap_or(Timestamp::MAX);
            let taken = self.store.take_notices(channel, until, PAGE, now).await?;
            if taken.is_empty() {
                break;
            }
            tried += taken.len();
            stream::iter(taken)
                .map(Ok)
                .try_for_each_concurrent(SIDE_BY_SIDE, |notice| self.tell(notice))
                .await?;
        }
        Ok(tried)
    }

    async fn tell(&self, notice: Notice) -> Result<(), StoreError> {
        let told = match notice.channel {
            Channel::Mail => self.tell_contact(&notice).await?,
            Channel::Webhook => self.tell_vendor(&notice).await?,
        };
        log(&notice, &told);
        if !self.store.finish_notice(&notice.id, notice.attempts, &told, self.clock.now()).await? {
            warn!(notice = %notice.id, "Took so long that the notice was taken again");
        }
        Ok(())
    }

    async fn tell_contact(&self, notice: &Notice) -> Result<Told, StoreError> {
        let connection = self.store.connection(&notice.partner, &notice.connection).await?;
        let Some((connection, to)) =
            connection.and_then(|it| it.emergency_contact.clone().map(|to| (it, to)))
        else {
            return Ok(Told::Failed { error: "the connection has no emergency contact".to_owned() });
        };
        let waiting = self.store.counters(&notice.connection).await?.unfinished;
        let portal = self.portal.as_ref().map(|it| it.replace("{connection}", notice.connection.as_str()));
        let input = MailInput {
            news: &notice.news,
            at: notice.at,
            psa: connection.psa.display_name(),
            tenant: &connection.tenant.name,
            waiting,
            portal: portal.as_deref(),
            notice: notice.id.as_str(),
        };
        let Some((subject, text)) = catalogue::mail(&input, connection.language) else {
            return Ok(Told::Failed { error: "there is no mail for such news".to_owned() });
        };
        let mail = Mail { id: notice.id.clone(), date: notice.at, to, subject, text };
        Ok(match self.mailer.send(&mail).await {
            Ok(()) => Told::Sent,
            Err(error @ MailError::Refused(_)) => Told::Failed { error: error.to_string() },
            Err(error @ MailError::Failed(_)) => {
                self.mail_retries.after_failure(notice, error.to_string(), self.clock.now())
            }
        })
    }

    async fn tell_vendor(&self, notice: &Notice) -> Result<Told, StoreError> {
        let Some(receiver) = &self.webhook else {
            return Ok(Told::Failed { error: "no webhook is configured".to_owned() });
        };
        if receiver.closed.load(Ordering::Relaxed) {
            return Ok(postponed(notice, "the receiver wants no more events", self.clock.now()));
        }
        let Some(body) = self.write_event(receiver, notice).await? else {
            return Ok(Told::Failed { error: "the connection is not there any more".to_owned() });
        };
        Ok(match receiver.webhook.send(&notice.id, &body).await {
            Ok(()) => Told::Sent,
            Err(error @ WebhookError::Gone) => {
                if !receiver.closed.swap(true, Ordering::Relaxed) {
                    error!(
                        "The webhook's receiver answered 410, so nothing more is sent to it until the next start. Events \
                         are kept meanwhile: correct webhook.url, or empty it, and start again"
                    );
                }
                postponed(notice, &error.to_string(), self.clock.now())
            }
            Err(error @ WebhookError::Failed(_)) => {
                receiver.retries.after_failure(notice, error.to_string(), self.clock.now())
            }
        })
    }

    async fn write_event(&self, receiver: &Receiver, notice: &Notice) -> Result<Option<String>, StoreError> {
        let Some(connection) = self.store.connection(&notice.partner, &notice.connection).await? else {
            return Ok(None);
        };
        let about = match &notice.news {
            News::DeliveryEnded { event, .. } => self.store.event(&notice.partner, event).await?,
            _ => None,
        };
        let about = about.as_ref().map(|view| &view.event);
        Ok(Some(cloud_event(notice, &receiver.source, &connection, about).to_string()))
    }
}

/// Kept for the next start, which finds it due at once.
fn postponed(notice: &Notice, error: &str, now: Timestamp) -> Told {
    Told::TryAgain { due_at: notice.due_at.min(now), error: error.to_owned() }
}

fn log(notice: &Notice, told: &Told) {
    let (id, channel, attempt): (&NoticeId, _, _) = (&notice.id, notice.channel.code(), notice.attempts);
    let connection = &notice.connection;
    match told {
        Told::Sent => info!(notice = %id, channel, %connection, attempt, "Told"),
        Told::TryAgain { due_at, error } => {
            warn!(notice = %id, channel, %connection, attempt, error, again_at = %due_at, "Could not tell");
        }
        Told::Failed { error } => {
            error!(notice = %id, channel, %connection, attempt, error, "Gave up telling");
        }
    }
}
