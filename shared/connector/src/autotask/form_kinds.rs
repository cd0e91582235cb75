//! From Autotask's metadata of a field to what a person fills in: kinds, choices, and the fields that a tenant made.

use super::fields::USER_DEFINED;
use super::model::{FieldRow, PickRow};
use crate::form::{FieldKind, FieldOption, FieldValue, FieldValues, FormField, is_decimal};
use jiff::Timestamp;

/// What the field takes. `value` makes the value of a choice from its number.
pub(super) fn kind_of(row: &FieldRow, value: fn(i64) -> FieldValue) -> FieldKind {
    if row.is_pick_list == Some(true) {
        return FieldKind::Choice { options: choices(row, value) };
    }
    match row.data_type.as_deref().unwrap_or_default().to_ascii_lowercase().as_str() {
        "integer" | "int" | "long" | "short" => FieldKind::Integer,
        "double" | "decimal" | "float" | "number" | "numeric" => FieldKind::Decimal,
        "boolean" | "bool" => FieldKind::Boolean,
        "datetime" | "date" => FieldKind::DateTime,
        _ => {
            let length = row.length.and_then(|length| u32::try_from(length).ok());
            FieldKind::Text { max_length: length.filter(|length| *length > 0) }
        }
    }
}

/// The choices that can still be made, in the tenant's order. Those that it retired are in the metadata as well.
pub(super) fn choices(row: &FieldRow, value: fn(i64) -> FieldValue) -> Vec<FieldOption> {
    let mut picks: Vec<_> = row.picklist_values.iter().filter(|pick| pick.is_active != Some(false)).collect();
    picks.sort_by_key(|pick| pick.sort_order.unwrap_or(i64::MAX));
    let parents = row.picklist_parent_value_field.as_deref().is_some_and(|name| !name.trim().is_empty());
    picks
        .into_iter()
        .filter_map(|pick| {
            let option = choice(pick, value)?;
            let parent = pick.parent_value.as_deref().filter(|_| parents).and_then(|text| of(text, value));
            Some(FieldOption { parent, ..option })
        })
        .collect()
}

fn choice(pick: &PickRow, value: fn(i64) -> FieldValue) -> Option<FieldOption> {
    let written = pick.value.as_deref()?;
    let label = pick.label.as_deref().map(str::trim).filter(|label| !label.is_empty());
    Some(named(of(written, value)?, label.unwrap_or(written)))
}

/// A value as it is written in metadata: nearly always the text of a number.
fn of(written: &str, value: fn(i64) -> FieldValue) -> Option<FieldValue> {
    let written = written.trim();
    let text = || FieldValue::Text(written.to_owned());
    (!written.is_empty()).then(|| written.parse().map_or_else(|_| text(), value))
}

/// User-defined fields are texts in tickets, so their choices are too.
fn as_text(number: i64) -> FieldValue {
    FieldValue::Text(number.to_string())
}

/// The form's field for one that the tenant made.
pub(super) fn user_defined(row: &FieldRow) -> Option<FormField> {
    let name = row.name.as_deref().filter(|name| !name.is_empty() && row.is_read_only != Some(true))?;
    let label = row.label.as_deref().map(str::trim).filter(|label| !label.is_empty());
    let kind = kind_of(row, as_text);
    let default = row.default_value.as_deref().and_then(|written| default_of(&kind, written.trim()));
    let field = blank(format!("{USER_DEFINED}{name}"), label.unwrap_or(name).to_owned(), kind);
    Some(FormField {
        required: row.is_required == Some(true),
        default,
        depends_on: row.picklist_parent_value_field.clone().filter(|parent| !parent.trim().is_empty()),
        help: row.description.clone().filter(|text| !text.trim().is_empty()),
        user_defined: true,
        ..field
    })
}

/// What the PSA takes when it is left out; nothing where it would not fit the field itself.
fn default_of(kind: &FieldKind, written: &str) -> Option<FieldValue> {
    let text = || FieldValue::Text(written.to_owned());
    if written.is_empty() {
        return None;
    }
    match kind {
        FieldKind::Choice { options } => {
            let meant = |option: &&FieldOption| option.value == text() || option.label == written;
            options.iter().find(meant).map(|option| option.value.clone())
        }
        FieldKind::Text { .. } => Some(text()),
        FieldKind::Integer => written.parse().ok().map(FieldValue::Int),
        FieldKind::Decimal => is_decimal(written).then(text),
        FieldKind::Boolean => written.to_ascii_lowercase().parse().ok().map(FieldValue::Bool),
        FieldKind::DateTime => written.parse::<Timestamp>().is_ok().then(text),
    }
}

pub(super) fn named(value: FieldValue, label: &str) -> FieldOption {
    FieldOption { value, label: label.to_owned(), parent: None, closes: false, fills: FieldValues::new() }
}

pub(super) fn blank(id: String, label: String, kind: FieldKind) -> FormField {
    FormField {
        id,
        label,
        kind,
        required: false,
        default: None,
        depends_on: None,
        help: None,
        overrides: None,
        user_defined: false,
    }
}
