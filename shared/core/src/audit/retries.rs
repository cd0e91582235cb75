//! Lines about what is worked again: deliveries, and input that was no event.

use super::{AuditLine, line};
use crate::{
    ids::{ConnectionId, EventId, PartnerId},
    ports::{Actor, AuditEntry, RejectedRecord, Replay, RetryWish},
    reason::Reason,
};
use jiff::Timestamp;
use serde_json::{Value, json};

/// A person had one event's deliveries retried; `ended`: which, and why they had ended.
pub fn event_retried(
    partner: &PartnerId,
    event: &EventId,
    ended: &[(ConnectionId, Reason)],
    actor: &Actor,
    now: Timestamp,
) -> AuditLine {
    let each = |what: &dyn Fn(Reason) -> Value| -> Value {
        ended.iter().map(|(connection, reason)| (connection.to_string(), what(*reason))).collect()
    };
    let connection = match ended {
        [(alone, _)] => Some(alone.clone()),
        _ => None,
    };
    let entry = AuditEntry {
        connection,
        subject: Some(event.to_string()),
        before: Some(each(&|reason| json!({ "state": "ended", "reason": reason }))),
        after: Some(each(&|_| json!({ "state": "waiting" }))),
        ..line(actor, "event.retried", now)
    };
    AuditLine::of(partner, entry)
}

/// A person had all deliveries of a wish retried, of which a page retried so many.
pub fn events_retried(
    partner: &PartnerId,
    wish: &RetryWish,
    retried: usize,
    actor: &Actor,
    now: Timestamp,
) -> AuditLine {
    let entry = AuditEntry {
        connection: wish.connection.clone(),
        subject: wish.organization.as_ref().map(ToString::to_string),
        before: Some(json!({
            "state": "ended", "reason": wish.reason, "until": wish.until, "ended_before": wish.ended_before,
        })),
        after: Some(json!({ "state": "waiting", "deliveries": retried })),
        ..line(actor, "events.retried", now)
    };
    AuditLine::of(partner, entry)
}

/// One line a wish: what the line of an earlier page says once it counts this page too; none where it is about another
/// wish.
pub fn add_retried(earlier: &AuditEntry, page: &AuditEntry) -> Option<AuditEntry> {
    let count = |of: &AuditEntry| of.after.as_ref().and_then(|after| after["deliveries"].as_u64());
    let (before, more) = (count(earlier)?, count(page)?);
    let counting = |deliveries: u64| AuditEntry {
        after: Some(json!({ "state": "waiting", "deliveries": deliveries })),
        ..page.clone()
    };
    (*earlier == counting(before)).then(|| counting(before.saturating_add(more)))
}

/// The operator had input replayed. The input itself stays where it is kept.
pub fn input_replayed(record: &RejectedRecord, replay: &Replay) -> AuditLine {
    let entry = AuditEntry {
        subject: Some(record.id.to_string()),
        before: Some(json!({ "code": record.input.code, "field": record.input.field })),
        after: Some(json!({ "events": replay.events, "corrected": replay.corrected })),
        ..line(&replay.by, "rejected.replayed", replay.at)
    };
    AuditLine::of_operator(entry)
}
