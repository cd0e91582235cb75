//! The lines of the audit: what each change that people made says of itself. Stores write them in the step that makes the
//! change. Lines are short and never hold a secret.

mod action;
mod registry;
mod retries;

pub use registry::{mapping_changed, organization_changed};
pub use retries::{add_retried, event_retried, events_retried, input_replayed};

use crate::{
    connection::{Connection, ConnectionChange},
    ids::{ConnectionId, PartnerId},
    operation::Operation,
    ports::{Actor, AuditEntry, SeatWish},
};
use jiff::Timestamp;
use psa_connector::{ClientId, LicenseDraft};
use serde_json::{Value, json};

/// A line, and who reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditLine {
    /// The partner; none for what the vendor's side changed across partners, which the operator reads.
    pub partner: Option<PartnerId>,
    /// What it says.
    pub entry: AuditEntry,
}

impl AuditLine {
    fn of(partner: &PartnerId, entry: AuditEntry) -> Self {
        Self { partner: Some(partner.clone()), entry }
    }

    fn of_operator(entry: AuditEntry) -> Self {
        Self { partner: None, entry }
    }
}

/// A connection was made.
pub fn connection_created(connection: &Connection, actor: &Actor) -> AuditLine {
    let entry = AuditEntry {
        connection: Some(connection.id.clone()),
        after: Some(json!({ "psa": connection.psa, "tenant": connection.tenant.name })),
        ..line(actor, "connection.created", connection.created_at)
    };
    AuditLine::of(&connection.partner, entry)
}

/// A person, or what a person asked for, changed a connection.
pub fn connection_changed(
    change: &ConnectionChange,
    before: &Connection,
    after: &Connection,
    actor: &Actor,
    now: Timestamp,
) -> AuditLine {
    let (action, part) = action::described(change);
    let some = |value: Value| (!value.is_null()).then_some(value);
    let entry = AuditEntry {
        connection: Some(after.id.clone()),
        before: some(part(before)),
        after: some(part(after)),
        ..line(actor, action, now)
    };
    AuditLine::of(&after.partner, entry)
}

/// A person asked for a connection's events to be routed again.
pub fn backfill_asked(connection: &Connection, actor: &Actor, now: Timestamp) -> AuditLine {
    let entry = AuditEntry {
        connection: Some(connection.id.clone()),
        after: Some(json!({ "requested_at": now })),
        ..line(actor, "connection.backfill_asked", now)
    };
    AuditLine::of(&connection.partner, entry)
}

/// A person asked for a test ticket.
pub fn operation_created(operation: &Operation, actor: &Actor) -> AuditLine {
    let entry = AuditEntry {
        connection: Some(operation.connection.clone()),
        subject: Some(operation.id.to_string()),
        after: Some(json!({ "client": operation.client })),
        ..line(actor, "operation.created", operation.created_at)
    };
    AuditLine::of(&operation.partner, entry)
}

/// A person wished something of seat counts.
pub fn seats_wished(
    partner: &PartnerId,
    connection: &ConnectionId,
    wish: &SeatWish,
    actor: &Actor,
    now: Timestamp,
) -> AuditLine {
    let told = wish.told();
    let entry = AuditEntry {
        connection: Some(connection.clone()),
        subject: told.subject,
        before: told.before,
        after: told.after,
        ..line(actor, told.action, now)
    };
    AuditLine::of(partner, entry)
}

/// A person asked for a licence to be made in the PSA. Written before it is asked for, so that a lost answer leaves its line
/// too.
pub fn license_asked(
    connection: &Connection,
    client: &ClientId,
    draft: &LicenseDraft,
    actor: &Actor,
    now: Timestamp,
) -> AuditLine {
    let entry = AuditEntry {
        connection: Some(connection.id.clone()),
        subject: Some(client.to_string()),
        after: Some(json!({ "name": draft.name, "product": draft.product, "count": draft.count })),
        ..line(actor, "license.asked", now)
    };
    AuditLine::of(&connection.partner, entry)
}

/// An entry that says nothing but who, what and when.
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
