//! The audit: one line a change that people made.

use super::{cursor, state::State};
use jiff::Timestamp;
use psa_bridge_core::{
    connection::{Connection, ConnectionChange},
    ids::PartnerId,
    mapping::Mapping,
    operation::Operation,
    organization::Organization,
    ports::{Actor, AuditEntry, StoreError},
};
use psa_connector::Page;
use serde_json::{Value, json};

const LIST: &str = "audit";

impl State {
    pub(super) fn audit_page(
        &self,
        partner: &PartnerId,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<AuditEntry>, StoreError> {
        let before = cursor::time_and::<u64>(LIST, after)?.unwrap_or((Timestamp::MAX, u64::MAX));
        let rows = self.audit.get(partner).into_iter().flat_map(|lines| lines.range(..before).rev());
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
        let number = self.number();
        self.audit.entry(partner.clone()).or_default().insert((line.at, number), line);
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

    /// A line for each partner that has or had the organisation, which says what that partner may know.
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
}

/// What a change is called, and the part of a connection that it is about.
fn described(change: &ConnectionChange) -> (&'static str, fn(&Connection) -> Value) {
    use ConnectionChange as C;
    match change {
        C::SettingsSaved(_) => ("connection.settings_saved", |of| json!(of.settings)),
        C::SettingsReset => ("connection.settings_reset", |of| json!(of.settings)),
        C::SettingsCompared { .. } => ("connection.settings_compared", |of| json!(of.unfit_settings)),
        C::FieldRevealed { .. } => ("connection.field_revealed", |of| json!(of.revealed_fields)),
        C::ContactSaved { .. } => (
            "connection.contact_saved",
            |of| json!({ "emergency_contact": of.emergency_contact, "language": of.language }),
        ),
        C::Checked(_) => ("connection.checked", |of| {
            let check = of.check.as_ref();
            check.map_or(Value::Null, |check| json!({ "at": check.at, "passed": check.report.passed() }))
        }),
        C::CredentialsReplaced { .. } => {
            ("connection.credentials_replaced", |of| json!({ "generation": of.generation }))
        }
        C::Proven(_) => {
            ("connection.proven", |of| json!({ "ticket": of.proof.as_ref().map(|proof| &proof.ticket) }))
        }
        C::Confirmed => ("connection.confirmed", |of| json!({ "confirmed_at": of.confirmed_at })),
        C::Paused { .. } => ("connection.paused", |of| json!({ "paused": of.paused })),
        C::Resumed => ("connection.resumed", |of| json!({ "paused": of.paused })),
        C::Revoked => ("connection.revoked", |of| json!({ "revoked_at": of.revoked_at })),
        C::Suspended { .. } | C::CanaryFailed { .. } => {
            ("connection.suspended", |of| json!({ "suspended": of.suspended }))
        }
        C::Recovered => ("connection.recovered", |of| json!({ "suspended": of.suspended })),
        C::CallFailed | C::CallWorked | C::Throttled { .. } => {
            ("connection.noted", |of| json!({ "failures": of.failures, "not_before": of.not_before }))
        }
    }
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
