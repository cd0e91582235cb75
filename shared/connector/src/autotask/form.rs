//! The ticket form of one Autotask, read from its metadata.
//!
//! - A category fills fields that are left out; what it fills stands with the category's option, and a value that is
//!   given wins over it.
//! - What a category *requires* is in no metadata: a refusal names the field, and the form offers it all the same.
//! - The queue is required though no metadata says so: a ticket needs a queue or a resource, and an API user can be none.
//! - The due date is a number of hours, since settings hold for every ticket to come.

use super::COMPLETE;
use super::api;
use super::fields::{TICKET_FIELDS, USER_DEFINED};
use super::form_kinds::{blank, choices, kind_of, named, user_defined};
use super::model::{CategoryDefaultsRow, CategoryRow, FieldRow, NamedRow};
use super::session::Session;
use super::write::{DECIMALS, DUE, INTERNAL, TASK_SUMMARY};
use crate::form::{
    FieldKind, FieldOption, FieldValue, FieldValues, FormField, FormSection, SectionName, TicketForm,
};
use crate::{PsaError, PsaErrorKind};
use futures_util::join;

const CATEGORY: &str = "ticketCategory";
const STATUS: &str = "status";
const WORK_TYPE: &str = "billingCodeID";

/// The status that every new ticket starts with, the same in every tenant.
const NEW: i64 = 1;

/// What is offered wherever the tenant has it, in the order in which a person fills it, and what a person calls it.
const OFFERED: [(&str, &str); 15] = [
    (CATEGORY, "Ticket category"),
    (STATUS, "Status"),
    ("priority", "Priority"),
    ("queueID", "Queue"),
    (DUE, "Due after (hours)"),
    ("issueType", "Issue type"),
    ("subIssueType", "Sub-issue type"),
    ("ticketType", "Ticket type"),
    ("source", "Source"),
    ("serviceLevelAgreementID", "Service level agreement"),
    (WORK_TYPE, "Work type"),
    ("estimatedHours", "Estimated hours"),
    ("purchaseOrderNumber", "Purchase order number"),
    ("assignedResourceID", "Primary resource (its id)"),
    ("assignedResourceRoleID", "Role of the primary resource (its id)"),
];

/// What the bridge fills itself.
const OURS: [&str; 5] = ["id", "companyID", "title", "description", "externalID"];

pub(super) async fn ticket_form(session: &Session) -> Result<TicketForm, PsaError> {
    let tickets = api::fields(session, api::TICKETS).await?;
    let (own, categories, defaults, work_types, notes) = join!(
        api::user_defined_fields(session),
        api::categories(session),
        api::category_defaults(session),
        api::work_types(session),
        api::fields(session, api::NOTES),
    );
    let categories = category_options(&tickets, &readable(categories)?, &readable(defaults)?);
    let (own, work_types, notes) = (readable(own)?, readable(work_types)?, readable(notes)?);
    let statuses = status_options(&tickets);
    Ok(TicketForm {
        sections: vec![
            FormSection {
                name: SectionName::Create,
                fields: create_fields(&tickets, &own, &categories, &work_types, &statuses),
            },
            FormSection { name: SectionName::Note, fields: note_fields(&notes) },
            FormSection { name: SectionName::Resolve, fields: vec![status_field(&statuses, true, COMPLETE)] },
            FormSection { name: SectionName::Reopen, fields: vec![status_field(&statuses, false, NEW)] },
        ],
    })
}

/// A list that the API user may not read, or that this tenant does not have, is an empty one.
fn readable<T>(list: Result<Vec<T>, PsaError>) -> Result<Vec<T>, PsaError> {
    match list {
        Err(error) if matches!(error.kind(), PsaErrorKind::MissingPermission | PsaErrorKind::NotFound) => {
            let operation = error.operation();
            tracing::info!(operation, "Left a part out of the form: it may not be read");
            Ok(Vec::new())
        }
        list => list,
    }
}

/// The categories with what each fills in, and the one that a ticket falls to without a choice.
struct Categories {
    options: Vec<FieldOption>,
    default: Option<FieldValue>,
}

fn category_options(
    tickets: &[FieldRow],
    categories: &[CategoryRow],
    defaults: &[CategoryDefaultsRow],
) -> Categories {
    let picks = tickets.iter().find(|row| is_named(row, CATEGORY));
    let mut options = picks.map(|row| choices(row, FieldValue::Int)).unwrap_or_default();
    options.retain(|option| {
        let row = categories.iter().find(|row| row.id.map(FieldValue::Int).as_ref() == Some(&option.value));
        row.is_none_or(|row| row.is_active != Some(false))
    });
    if options.is_empty() {
        let active = categories.iter().filter(|row| row.is_active != Some(false));
        options =
            active.filter_map(|row| Some(named(FieldValue::Int(row.id?), row.name.as_deref()?))).collect();
    }
    for option in &mut options {
        let of_option =
            |row: &&CategoryDefaultsRow| row.category.map(FieldValue::Int) == Some(option.value.clone());
        let fills = defaults.iter().filter(of_option).flat_map(CategoryDefaultsRow::fills);
        option.fills = fills.map(|(field, value)| (field.to_owned(), value)).collect::<FieldValues>();
    }
    let global = categories.iter().find(|row| row.is_global_default == Some(true));
    let default = global.and_then(|row| row.id).map(FieldValue::Int);
    let default = default.or_else(|| picks.and_then(default_pick));
    let default = default.filter(|default| options.iter().any(|option| option.value == *default));
    Categories { options, default }
}

fn create_fields(
    tickets: &[FieldRow],
    own: &[FieldRow],
    categories: &Categories,
    work_types: &[NamedRow],
    statuses: &[FieldOption],
) -> Vec<FormField> {
    let offered = OFFERED.into_iter().filter_map(|(id, label)| {
        let row = tickets.iter().find(|row| is_named(row, id))?;
        Some((row, id, label))
    });
    let required = tickets.iter().filter(|row| row.is_required == Some(true)).filter_map(|row| {
        let id = TICKET_FIELDS.into_iter().find(|id| is_named(row, id))?;
        let more = !OURS.contains(&id) && OFFERED.iter().all(|(offered, _)| *offered != id);
        more.then_some((row, id, id))
    });
    let mut fields: Vec<_> = offered
        .chain(required)
        .filter(|(row, ..)| row.is_read_only != Some(true))
        .map(|(row, id, label)| create_field(row, id, label, categories, work_types, statuses))
        .chain(own.iter().filter_map(user_defined))
        .filter(has_choice)
        .collect();
    let by_category = |id: &str| categories.options.iter().any(|option| option.fills.contains_key(id));
    for field in &mut fields {
        field.overrides = by_category(&field.id).then(|| CATEGORY.to_owned());
    }
    tie_to_parents(&mut fields);
    fields
}

fn create_field(
    row: &FieldRow,
    id: &str,
    label: &str,
    categories: &Categories,
    work_types: &[NamedRow],
    statuses: &[FieldOption],
) -> FormField {
    let empty = field(id, label, kind_of(row, FieldValue::Int));
    let usual =
        FormField { required: row.is_required == Some(true), default: offered_default(row, &empty), ..empty };
    let parent = row.picklist_parent_value_field.clone().filter(|name| !name.trim().is_empty());
    let usual = FormField { depends_on: parent, ..usual };
    match id {
        CATEGORY => FormField {
            kind: FieldKind::Choice { options: categories.options.clone() },
            default: categories.default.clone(),
            help: Some("Its defaults fill what is left out here.".to_owned()),
            ..usual
        },
        STATUS => FormField {
            kind: FieldKind::Choice { options: statuses.to_vec() },
            default: default_among(statuses, NEW).or(usual.default.clone()),
            ..usual
        },
        "queueID" => FormField {
            required: true,
            help: Some("A queue chosen here wins over the category's.".to_owned()),
            ..usual
        },
        DUE => FormField {
            kind: FieldKind::Integer,
            default: None,
            help: Some(
                "Hours after the ticket is made. Where a service level agreement sets the due date, that one holds."
                    .to_owned(),
            ),
            ..usual
        },
        "subIssueType" => {
            FormField { help: Some("Belongs to an issue type: choose both so that they fit.".to_owned()), ..usual }
        }
        WORK_TYPE if !work_types.is_empty() => {
            let options = work_types.iter().filter_map(|row| Some((row.id?, row.name.as_deref()?)));
            let options = options.map(|(id, name)| named(FieldValue::Int(id), name)).collect();
            FormField { kind: FieldKind::Choice { options }, ..usual }
        }
        _ if DECIMALS.contains(&id) => FormField { kind: FieldKind::Decimal, ..usual },
        _ => usual,
    }
}

/// Makes a dependency name the form's field, and drops options under values that it does not offer.
fn tie_to_parents(fields: &mut [FormField]) {
    let offered: Vec<(String, Vec<FieldValue>)> = fields
        .iter()
        .filter_map(|field| match &field.kind {
            FieldKind::Choice { options } => {
                Some((field.id.clone(), options.iter().map(|option| option.value.clone()).collect()))
            }
            _ => None,
        })
        .collect();
    for field in fields {
        let name = field.depends_on.take();
        let parent = name.and_then(|name| {
            let own = format!("{USER_DEFINED}{name}");
            let wanted = if field.user_defined { own } else { name };
            offered.iter().find(|(id, _)| id.eq_ignore_ascii_case(&wanted))
        });
        let FieldKind::Choice { options } = &mut field.kind else { continue };
        match parent {
            Some((id, values)) => {
                options.retain(|option| option.parent.as_ref().is_none_or(|parent| values.contains(parent)));
                field.depends_on = Some(id.clone());
            }
            None => options.iter_mut().for_each(|option| option.parent = None),
        }
        let mut seen = std::collections::BTreeSet::new();
        options.retain(|option| seen.insert((option.value.clone(), option.parent.clone())));
    }
}

fn note_fields(notes: &[FieldRow]) -> Vec<FormField> {
    let fields = [("noteType", "Note type", TASK_SUMMARY), ("publish", "Shown to", INTERNAL)];
    let fields = fields.into_iter().filter_map(|(id, label, usual)| {
        let options = choices(notes.iter().find(|row| is_named(row, id))?, FieldValue::Int);
        let default = default_among(&options, usual);
        Some(FormField { default, ..field(id, label, FieldKind::Choice { options }) })
    });
    fields.filter(has_choice).collect()
}

fn status_options(tickets: &[FieldRow]) -> Vec<FieldOption> {
    let row = tickets.iter().find(|row| is_named(row, STATUS));
    let mut options = row.map(|row| choices(row, FieldValue::Int)).unwrap_or_default();
    for option in &mut options {
        option.closes = option.value == FieldValue::Int(COMPLETE);
    }
    options
}

/// The status that a resolved or reopened ticket gets: Autotask's own, which every tenant has. It is offered even where
/// the metadata cannot be read.
fn status_field(statuses: &[FieldOption], closes: bool, own: i64) -> FormField {
    let mut options: Vec<_> = statuses.iter().filter(|option| option.closes == closes).cloned().collect();
    if options.is_empty() {
        let label = if closes { "Complete" } else { "New" };
        options.push(FieldOption { closes, ..named(FieldValue::Int(own), label) });
    }
    let default = default_among(&options, own).or_else(|| options.first().map(|option| option.value.clone()));
    FormField { required: true, default, ..field(STATUS, "Status", FieldKind::Choice { options }) }
}

fn is_named(row: &FieldRow, id: &str) -> bool {
    row.name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(id))
}

fn default_among(options: &[FieldOption], value: i64) -> Option<FieldValue> {
    let value = FieldValue::Int(value);
    options.iter().any(|option| option.value == value).then_some(value)
}

fn default_pick(row: &FieldRow) -> Option<FieldValue> {
    let pick = row.picklist_values.iter().find(|pick| pick.is_default_value == Some(true))?;
    pick.value.as_deref()?.trim().parse().ok().map(FieldValue::Int)
}

fn offered_default(row: &FieldRow, field: &FormField) -> Option<FieldValue> {
    let FieldKind::Choice { options } = &field.kind else { return None };
    default_pick(row).filter(|default| options.iter().any(|option| option.value == *default))
}

fn field(id: &str, label: &str, kind: FieldKind) -> FormField {
    blank(id.to_owned(), label.to_owned(), kind)
}

fn has_choice(field: &FormField) -> bool {
    !matches!(&field.kind, FieldKind::Choice { options } if options.is_empty())
}

#[cfg(test)]
mod tests;
