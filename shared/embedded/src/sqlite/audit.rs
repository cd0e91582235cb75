//! The audit: one line a change that people made, in the step that makes it. Lines are short and never hold a secret.

use super::{
    cursor,
    error::DbResult,
    rows::{all, change, document, rows, rows_and_one, text, to_json},
};
use jiff::Timestamp;
use psa_bridge_core::{
    connection::{Connection, ConnectionChange},
    ids::{EventId, PartnerId},
    mapping::Mapping,
    operation::Operation,
    organization::Organization,
    ports::{Actor, AuditEntry},
};
use psa_connector::Page;
use rusqlite::Connection as Db;
use serde_json::{Value, json};

const LIST: &str = "audit";

/// What was done to a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ConnectionAction {
    SettingsSaved,
    SettingsReset,
    SettingsCompared,
    FieldRevealed,
    ContactSaved,
    Checked,
    CredentialsReplaced,
    Proven,
    Confirmed,
    Paused,
    Resumed,
    Revoked,
    /// The part that a worker finds out; here by another way than a worker's.
    Noted,
    Suspended,
    Recovered,
}

impl ConnectionAction {
    /// What the change does.
    pub(super) fn of(change: &ConnectionChange) -> Self {
        use ConnectionChange as C;
        match change {
            C::SettingsSaved(_) => Self::SettingsSaved,
            C::SettingsReset => Self::SettingsReset,
            C::SettingsCompared { .. } => Self::SettingsCompared,
            C::FieldRevealed { .. } => Self::FieldRevealed,
            C::ContactSaved { .. } => Self::ContactSaved,
            C::Checked(_) => Self::Checked,
            C::CredentialsReplaced { .. } => Self::CredentialsReplaced,
            C::Proven(_) => Self::Proven,
            C::Confirmed => Self::Confirmed,
            C::Paused { .. } => Self::Paused,
            C::Resumed => Self::Resumed,
            C::Revoked => Self::Revoked,
            C::Suspended { .. } | C::CanaryFailed { .. } => Self::Suspended,
            C::Recovered => Self::Recovered,
            C::CallFailed | C::CallWorked | C::Throttled { .. } => Self::Noted,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::SettingsSaved => "connection.settings_saved",
            Self::SettingsReset => "connection.settings_reset",
            Self::SettingsCompared => "connection.settings_compared",
            Self::FieldRevealed => "connection.field_revealed",
            Self::ContactSaved => "connection.contact_saved",
            Self::Checked => "connection.checked",
            Self::CredentialsReplaced => "connection.credentials_replaced",
            Self::Proven => "connection.proven",
            Self::Confirmed => "connection.confirmed",
            Self::Paused => "connection.paused",
            Self::Resumed => "connection.resumed",
            Self::Revoked => "connection.revoked",
            Self::Noted => "connection.noted",
            Self::Suspended => "connection.suspended",
            Self::Recovered => "connection.recovered",
        }
    }

    /// The part of a connection that it is about.
    fn part(self, of: &Connection) -> Value {
        match self {
            Self::SettingsSaved | Self::SettingsReset => json!(of.settings),
            Self::SettingsCompared => json!(of.unfit_settings),
            Self::FieldRevealed => json!(of.revealed_fields),
            Self::ContactSaved => {
                json!({ "emergency_contact": of.emergency_contact, "language": of.language })
            }
            Self::Checked => of
                .check
                .as_ref()
                .map_or(Value::Null, |check| json!({ "at": check.at, "passed": check.report.passed() })),
            Self::CredentialsReplaced => json!({ "generation": of.generation }),
            Self::Proven => json!({ "ticket": of.proof.as_ref().map(|proof| &proof.ticket) }),
            Self::Confirmed => json!({ "confirmed_at": of.confirmed_at }),
            Self::Paused | Self::Resumed => json!({ "paused": of.paused }),
            Self::Revoked => json!({ "revoked_at": of.revoked_at }),
            Self::Noted => json!({ "failures": of.failures, "not_before": of.not_before }),
            Self::Suspended | Self::Recovered => json!({ "suspended": of.suspended }),
        }
    }
}

pub(super) fn connection_created(db: &Db, connection: &Connection, actor: &Actor) -> DbResult<()> {
    let tenant = json!({ "psa": connection.psa, "tenant": connection.tenant.name });
    let entry = AuditEntry {
        connection: Some(connection.id.clone()),
        after: Some(tenant),
        ..line(actor, "connection.created", connection.created_at)
    };
    write(db, &connection.partner, &entry)
}

pub(super) fn connection_changed(
    db: &Db,
    action: ConnectionAction,
    before: &Connection,
    after: &Connection,
    actor: &Actor,
    now: Timestamp,
) -> DbResult<()> {
    let (was, is) = (action.part(before), action.part(after));
    let entry = AuditEntry {
        connection: Some(after.id.clone()),
        before: some(was),
        after: some(is),
        ..line(actor, action.name(), now)
    };
    write(db, &after.partner, &entry)
}

pub(super) fn backfill_asked(
    db: &Db,
    connection: &Connection,
    actor: &Actor,
    now: Timestamp,
) -> DbResult<()> {
    let entry = AuditEntry {
        connection: Some(connection.id.clone()),
        ..line(actor, "connection.backfill_asked", now)
    };
    write(db, &connection.partner, &entry)
}

/// A line for each partner that has or had the organisation, which says what that partner may know: never who else is
/// in the chain.
pub(super) fn organization_changed(
    db: &Db,
    before: Option<&Organization>,
    after: Option<&Organization>,
    actor: &Actor,
    now: Timestamp,
) -> DbResult<()> {
    let Some(either) = after.or(before) else { return Ok(()) };
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
        let entry = AuditEntry {
            subject: Some(either.id.to_string()),
            before: was,
            after: is,
            ..line(actor, action, now)
        };
        write(db, &partner, &entry)?;
    }
    Ok(())
}

pub(super) fn mapping_changed(
    db: &Db,
    before: Option<&Mapping>,
    after: Option<&Mapping>,
    actor: &Actor,
    now: Timestamp,
) -> DbResult<()> {
    let Some(either) = after.or(before) else { return Ok(()) };
    let part = |of: &Mapping| json!({ "client": of.client, "client_name": of.client_name, "license": of.license, "flow": of.flow });
    let entry = AuditEntry {
        connection: Some(either.connection.clone()),
        subject: Some(either.organization.to_string()),
        before: before.map(part),
        after: after.map(part),
        ..line(actor, if after.is_some() { "mapping.saved" } else { "mapping.deleted" }, now)
    };
    write(db, &either.partner, &entry)
}

pub(super) fn operation_created(db: &Db, operation: &Operation, actor: &Actor) -> DbResult<()> {
    let entry = AuditEntry {
        connection: Some(operation.connection.clone()),
        subject: Some(operation.id.to_string()),
        after: Some(json!({ "client": operation.client })),
        ..line(actor, "operation.created", operation.created_at)
    };
    write(db, &operation.partner, &entry)
}

pub(super) fn event_retried(
    db: &Db,
    partner: &PartnerId,
    event: &EventId,
    actor: &Actor,
    now: Timestamp,
) -> DbResult<()> {
    write(db, partner, &AuditEntry { subject: Some(event.to_string()), ..line(actor, "event.retried", now) })
}

/// A partner's lines.
pub(super) fn list(
    db: &Db,
    partner: &PartnerId,
    after: Option<&str>,
    limit: usize,
) -> DbResult<Page<AuditEntry>> {
    const SQL: &str = "
        SELECT at, number, doc FROM audit
        WHERE partner = ?1 AND (at, number) < (?2, ?3)
        ORDER BY at DESC, number DESC LIMIT ?4";
    let (at, number) = cursor::time_and_number(LIST, after, (cursor::END, i64::MAX))?;
    let found = all(db, SQL, (partner.as_str(), at, number, rows_and_one(limit)), |row| {
        Ok(((row.get::<_, String>(0)?, row.get::<_, i64>(1)?), document(row, 2)?))
    })?;
    cursor::page(found, limit, |(at, number)| cursor::encode(LIST, &[at, &number.to_string()]))
}

/// Deletes the oldest lines. Returns how many.
pub(super) fn expire(db: &Db, before: Timestamp, limit: usize) -> DbResult<usize> {
    const SQL: &str = "
        DELETE FROM audit
        WHERE number IN (SELECT number FROM audit WHERE at < ?1 ORDER BY at LIMIT ?2)";
    change(db, SQL, (text(before), rows(limit)))
}

fn line(actor: &Actor, action: &str, at: Timestamp) -> AuditEntry {
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

fn some(value: Value) -> Option<Value> {
    (!value.is_null()).then_some(value)
}

fn write(db: &Db, partner: &PartnerId, entry: &AuditEntry) -> DbResult<()> {
    const SQL: &str = "INSERT INTO audit (partner, at, doc) VALUES (?1, ?2, ?3)";
    change(db, SQL, (partner.as_str(), text(entry.at), to_json(entry)?)).map(drop)
}
