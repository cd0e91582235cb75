//! The audit: one line a change that people made.

use super::{connection_action::described, cursor, state::State};
use jiff::Timestamp;
use psa_bridge_core::{
    connection::{Connection, ConnectionChange},
    ids::{ConnectionId, EventId, PartnerId},
    mapping::Mapping,
    operation::Operation,
    organization::Organization,
    ports::{Actor, AuditEntry, AuditFilter, RejectedRecord, Replay, RetryWish, StoreError},
    reason::Reason,
};
use psa_connector::Page;
use serde_json::{Value, json};

const LIST: &str = "audit";

impl State {
    /// The lines of a partner; without one, the operator's.
    pub(super) fn audit_page(
        &self,
        partner: Option<&PartnerId>,
        filter: &AuditFilter,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<AuditEntry>, StoreError> {
        let before = cursor::time_and::<u64>(LIST, after)?.unwrap_or((Timestamp::MAX, u64::MAX));
        let lines = self.audit.get(&partner.cloned()).into_iter();
        let rows =
            lines.flat_map(|lines| lines.range(..before).rev()).filter(|(_, line)| is_wanted(line, filter));
        let rows = rows.map(|((at, number), line)| ([at.to_string(), number.to_string()], line.clone()));
        Ok(cursor::page(LIST, rows, limit))
    }

    /// Deletes the oldest lines. Returns how many.
    pub(super) fn expire_audit(&mut self, before: Timestamp, limit: usize) -> usize {
        let old = self
            .audit
            .iter()
            .flat_map(|(partner, lines)| lines.range(..(before, 0)).map(|(key, _)| (*key, partner.clone())));
        let mut old: Vec<_> = old.collect();
        old.sort();
        old.truncate(limit.max(1));
        for (key, partner) in &old {
            if let Some(lines) = self.audit.get_mut(partner) {
                lines.remove(key);
            }
        }
        old.len()
    }

    pub(super) fn write_line(&mut self, partner: &PartnerId, line: AuditEntry) {
        self.write(Some(partner.clone()), line);
    }

    fn write_operators_line(&mut self, line: AuditEntry) {
        self.write(None, line);
    }

    fn write(&mut self, partner: Option<PartnerId>, line: AuditEntry) {
        let number = self.number();
        self.audit.entry(partner).or_default().insert((line.at, number), line);
    }

    pub(super) fn audit_connection_created(&mut self, connection: &Connection, actor: &Actor) {
        let entry = AuditEntry {
            connection: Some(connection.id.clone()),
            after: Some(json!({ "psa": connection.psa, "tenant": connection.tenant.name })),
            ..line(actor, "connection.created", connection.created_at)
        };
        self.write_line(&connection.partner, entry);
    }

    pub(super) fn audit_connection_changed(
        &mut self,
        change: &ConnectionChange,
        before: &Connection,
        after: &Connection,
        actor: &Actor,
        now: Timestamp,
    ) {
        let (action, part) = described(change);
        let some = |value: Value| (!value.is_null()).then_some(value);
        let entry = AuditEntry {
            connection: Some(after.id.clone()),
            before: some(part(before)),
            after: some(part(after)),
            ..line(actor, action, now)
        };
        self.write_line(&after.partner, entry);
    }

    /// A line for the operator, with the chain, and one for each partner that has or had the organisation, which says what
    /// that partner may know.
    pub(super) fn audit_organization(
        &mut self,
        before: Option<&Organization>,
        after: Option<&Organization>,
        actor: &Actor,
        now: Timestamp,
    ) {
        let chain = |of: Option<&Organization>| of.map_or_else(Vec::new, |of| of.chain.clone());
        let mut partners = [chain(before), chain(after)].concat();
        partners.sort();
        partners.dedup();
        let whole = |of: &Organization| json!({ "name": of.name, "chain": of.chain });
        let entry = AuditEntry {
            subject: after.or(before).map(|either| either.id.to_string()),
            before: before.map(whole),
            after: after.map(whole),
            ..line(actor, if after.is_some() { "organization.saved" } else { "organization.removed" }, now)
        };
        self.write_operators_line(entry);
        for partner in partners {
            let part = |of: Option<&Organization>| {
                of.filter(|of| of.chain.contains(&partner)).map(|of| json!({ "name": of.name }))
            };
            let (was, is) = (part(before), part(after));
            if was == is {
                continue;
            }
            let action = if is.is_some() { "organization.saved" } else { "organization.removed" };
            let subject = after.or(before).map(|either| either.id.to_string());
            let entry = AuditEntry { subject, before: was, after: is, ..line(actor, action, now) };
            self.write_line(&partner, entry);
        }
    }

    pub(super) fn audit_mapping(
        &mut self,
        before: Option<&Mapping>,
        after: Option<&Mapping>,
        actor: &Actor,
        now: Timestamp,
    ) {
        let Some(either) = after.or(before) else { return };
        let part = |of: &Mapping| json!({ "client": of.client, "client_name": of.client_name, "license": of.license, "flow": of.flow });
        let action = if after.is_some() { "mapping.saved" } else { "mapping.deleted" };
        let entry = AuditEntry {
            connection: Some(either.connection.clone()),
            subject: Some(either.organization.to_string()),
            before: before.map(part),
            after: after.map(part),
            ..line(actor, action, now)
        };
        let partner = either.partner.clone();
        self.write_line(&partner, entry);
    }

    pub(super) fn audit_operation(&mut self, operation: &Operation, actor: &Actor) {
        let entry = AuditEntry {
            connection: Some(operation.connection.clone()),
            subject: Some(operation.id.to_string()),
            after: Some(json!({ "client": operation.client })),
            ..line(actor, "operation.created", operation.created_at)
        };
        self.write_line(&operation.partner, entry);
    }

    pub(super) fn audit_event_retried(
        &mut self,
        partner: &PartnerId,
        event: &EventId,
        ended: &[(ConnectionId, Reason)],
        actor: &Actor,
        now: Timestamp,
    ) {
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
        self.write_line(partner, entry);
    }

    /// One line a wish: the pages that are made of it at the same time add to the first one's.
    pub(super) fn audit_events_retried(
        &mut self,
        partner: &PartnerId,
        wish: &RetryWish,
        retried: usize,
        actor: &Actor,
        now: Timestamp,
    ) {
        let entry = |deliveries: u64| AuditEntry {
            connection: wish.connection.clone(),
            subject: wish.organization.as_ref().map(ToString::to_string),
            before: Some(json!({
                "state": "ended", "reason": wish.reason, "until": wish.until, "ended_before": wish.ended_before,
            })),
            after: Some(json!({ "state": "waiting", "deliveries": deliveries })),
            ..line(actor, "events.retried", now)
        };
        let retried = u64::try_from(retried).unwrap_or(u64::MAX);
        let lines = self.audit.entry(Some(partner.clone())).or_default();
        for before in lines.range_mut((now, 0)..=(now, u64::MAX)).map(|(_, before)| before) {
            let counted = before.after.as_ref().and_then(|after| after["deliveries"].as_u64());
            if let Some(counted) = counted.filter(|counted| *before == entry(*counted)) {
                *before = entry(counted.saturating_add(retried));
                return;
            }
        }
        self.write_line(partner, entry(retried));
    }

    /// Among the operator's lines. The input itself stays where it is kept.
    pub(super) fn audit_input_replayed(&mut self, record: &RejectedRecord, replay: &Replay) {
        let entry = AuditEntry {
            subject: Some(record.id.to_string()),
            before: Some(json!({ "code": record.input.code, "field": record.input.field })),
            after: Some(json!({ "events": replay.events, "corrected": replay.corrected })),
            ..line(&replay.by, "rejected.replayed", replay.at)
        };
        self.write_operators_line(entry);
    }
}

fn is_wanted(line: &AuditEntry, filter: &AuditFilter) -> bool {
    (filter.connection.is_none() || filter.connection == line.connection)
        && filter.since.is_none_or(|since| line.at >= since)
        && filter.until.is_none_or(|until| line.at < until)
}

/// A line that says nothing but who, what and when.
pub(super) fn line(actor: &Actor, action: &str, at: Timestamp) -> AuditEntry {
    AuditEntry {
        at,
        actor: actor.clone(),
        action: action.to_owned(),
        connection: None,
        subject: None,
        before: None,
        after: None,
    }
}
