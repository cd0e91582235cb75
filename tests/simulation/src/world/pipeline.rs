//! A pipeline of the vendor: reports what happens to accounts, at least once, in batches, with mistakes.

use super::World;
use crate::{
    psa::create::{ALWAYS_REFUSED, BREAKS_CODE},
    random::Chance,
};
use jiff::{SignedDuration, Timestamp};
use psa_bridge_core::{
    ids::{EventId, OrganizationId, PartnerId},
    usecases::accept::Outcome,
};
use serde_json::{Value, json};

const SOURCE: &str = "/pipelines/simulated";

/// What there is to report, mostly failures.
const TYPES: [&str; 8] = [
    "backup.email.failed",
    "backup.email.failed",
    "auth.main_app_token.failed",
    "auth.main_app_token.resolved",
    "backup.onedrive.unreachable",
    "archive.auth_failed",
    "something.new",
    "seats.changed",
];

/// A pipeline.
#[derive(Debug)]
pub struct Pipeline {
    /// Where it reports to.
    pub world: World,
    /// Its own chance.
    pub chance: Chance,
    /// Its number, which tells its events from those of others.
    pub number: u64,
}

/// One message: what it says, and what has to become of it.
struct Message {
    body: Vec<u8>,
    events: Vec<EventId>,
    malformed: usize,
}

impl Pipeline {
    /// Sends so many messages over `span`, each until it is taken.
    pub async fn send(mut self, messages: u64, span: SignedDuration) {
        let gap = u64::try_from(span.as_millis()).unwrap_or(u64::MAX) / messages.max(1);
        let mut sent: Vec<Value> = Vec::new();
        for _ in 0..messages {
            let wait = self.chance.below(gap * 2);
            self.world.simulation.sleep(SignedDuration::from_millis(i64::try_from(wait).unwrap_or(0))).await;
            let message = self.message(&mut sent);
            self.deliver(message).await;
        }
    }

    fn message(&mut self, sent: &mut Vec<Value>) -> Message {
        let mut message = Message { body: Vec::new(), events: Vec::new(), malformed: 0 };
        if self.chance.happens(1, 25) {
            message.body = b"{ this is no JSON".to_vec();
            message.malformed = 1;
            return message;
        }
        let mut values = Vec::new();
        for _ in 0..self.chance.between(1, 5) {
            if self.chance.happens(1, 12) {
                values.push(malformed(&mut self.chance));
                message.malformed += 1;
                continue;
            }
            let again = if self.chance.happens(1, 6) { self.chance.pick(sent).cloned() } else { None };
            let value = again.unwrap_or_else(|| self.event(sent.len()));
            message.events.push(EventId::derive(SOURCE, value["id"].as_str().unwrap_or_default()));
            sent.push(value.clone());
            values.push(value);
        }
        message.body = Value::Array(values).to_string().into_bytes();
        message
    }

    fn event(&mut self, number: usize) -> Value {
        let now = self.world.simulation.now();
        let chance = &mut self.chance;
        let organizations = &self.world.cast.organizations;
        let picked = chance.pick(organizations).cloned();
        let (organization, chain): (OrganizationId, Vec<PartnerId>) = match picked {
            Some(known) if chance.happens(19, 20) => known,
            _ => (super::cast::id("org-unknown"), self.world.cast.partners.clone()),
        };
        let partners = match chance.below(4) {
            0 => Some(chain),
            1 => chance.pick(&self.world.cast.partners).map(|partner| vec![partner.clone()]),
            _ => None,
        };
        let account = match chance.below(40) {
            0 => ALWAYS_REFUSED.to_owned(),
            1 => BREAKS_CODE.to_owned(),
            _ => format!("account-{}", chance.between(1, 4)),
        };
        let event_type = chance.pick(&TYPES).copied().unwrap_or(TYPES[0]);
        let mut data = json!({ "organization_id": organization, "partners": partners, "account": account,
            "title": format!("It failed for {account}") });
        if event_type == "seats.changed" {
            data["product"] = json!("backup");
            data["quantity"] = json!(7);
        }
        if chance.happens(1, 8) {
            data["dedup_key"] = json!(format!("key-{}", chance.between(1, 2)));
        }
        json!({ "specversion": "1.0", "source": SOURCE, "id": format!("{}-{number}", self.number),
            "type": event_type, "time": happened(chance, now), "data": data })
    }

    /// At least once: until the bridge has said that it took the message.
    async fn deliver(&mut self, message: Message) {
        let Message { body, events, malformed } = message;
        let posted = self.chance.happens(1, 4);
        loop {
            let again = body.clone();
            let taken = self.world.ask(|bridge| async move {
                if !posted {
                    return bridge.ingest.message(&again).await.is_ok();
                }
                match bridge.ingest.post(&again).await {
                    Ok(outcomes) => !outcomes.iter().any(|outcome| matches!(outcome, Outcome::Failed(_))),
                    // No event: whoever posted it has been told.
                    Err(_) => true,
                }
            });
            if taken.await == Some(true) {
                // A queue may deliver again what was taken.
                if self.chance.happens(9, 10) {
                    self.world.ledger.acknowledge(events, if posted { 0 } else { malformed });
                    return;
                }
            }
            let wait = self.chance.between(100, 60_000);
            self.world.simulation.sleep(SignedDuration::from_millis(i64::try_from(wait).unwrap_or(0))).await;
        }
    }
}

/// Mostly just now; sometimes long ago, or a little ahead.
fn happened(chance: &mut Chance, now: Timestamp) -> String {
    let seconds = match chance.below(12) {
        0 => -i64::try_from(chance.below(86_400)).unwrap_or(0),
        1 => i64::try_from(chance.below(200)).unwrap_or(0),
        2 => 0,
        _ => -i64::try_from(chance.below(300)).unwrap_or(0),
    };
    // Whole seconds, so that some happen at the same time.
    let at = now.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(now);
    format!("{at:.0}")
}

/// What is no event.
fn malformed(chance: &mut Chance) -> Value {
    match chance.below(4) {
        0 => json!(7),
        1 => json!({}),
        2 => {
            json!({ "specversion": "1.0", "source": SOURCE, "id": "x", "type": "a", "time": "never", "data": {} })
        }
        _ => {
            json!({ "specversion": "1.0", "source": SOURCE, "id": "x", "type": "a", "time": "2026-01-01T00:00:00Z",
            "data": { "organization_id": ["not a text"] } })
        }
    }
}
