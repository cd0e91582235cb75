//! Lines about organisations and mappings.

use super::{AuditLine, line};
use crate::{
    mapping::Mapping,
    organization::Organization,
    ports::{Actor, AuditEntry},
};
use jiff::Timestamp;
use serde_json::json;

/// A line for the operator, with the chain, and one for each partner that has or had the organisation, which says what
/// that partner may know: never who else is in the chain. No line where there is and was no organisation.
pub fn organization_changed(
    before: Option<&Organization>,
    after: Option<&Organization>,
    actor: &Actor,
    now: Timestamp,
) -> Vec<AuditLine> {
    let Some(either) = after.or(before) else { return Vec::new() };
    let chain = |of: Option<&Organization>| of.map_or_else(Vec::new, |of| of.chain.clone());
    let mut partners = [chain(before), chain(after)].concat();
    partners.sort();
    partners.dedup();
    let whole = |of: &Organization| json!({ "name": of.name, "chain": of.chain });
    let action = |is_there: bool| if is_there { "organization.saved" } else { "organization.removed" };
    let entry = AuditEntry {
        subject: Some(either.id.to_string()),
        before: before.map(whole),
        after: after.map(whole),
        ..line(actor, action(after.is_some()), now)
    };
    let mut lines = vec![AuditLine::of_operator(entry)];
    for partner in partners {
        let part = |of: Option<&Organization>| {
            of.filter(|of| of.chain.contains(&partner)).map(|of| json!({ "name": of.name }))
        };
        let (was, is) = (part(before), part(after));
        if was != is {
            let action = action(is.is_some());
            let subject = Some(either.id.to_string());
            let entry = AuditEntry { subject, before: was, after: is, ..line(actor, action, now) };
            lines.push(AuditLine::of(&partner, entry));
        }
    }
    lines
}

/// A mapping was made, changed or deleted. No line where there is and was none.
pub fn mapping_changed(
    before: Option<&Mapping>,
    after: Option<&Mapping>,
    actor: &Actor,
    now: Timestamp,
) -> Option<AuditLine> {
    let either = after.or(before)?;
    let part = |of: &Mapping| json!({ "client": of.client, "client_name": of.client_name, "license": of.license, "flow": of.flow });
    let entry = AuditEntry {
        connection: Some(either.connection.clone()),
        subject: Some(either.organization.to_string()),
        before: before.map(part),
        after: after.map(part),
        ..line(actor, if after.is_some() { "mapping.saved" } else { "mapping.deleted" }, now)
    };
    Some(AuditLine::of(&either.partner, entry))
}
