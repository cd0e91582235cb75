//! The ticket form of one HaloPSA, read from its configuration lists.
//!
//! - Fields whose list the agent may not read are left out: with the fewest permissions the form is short.
//! - A priority is a number within an SLA, so the form ties the two: who chooses a priority chooses the SLA as well.
//!   The SLA has no default, since what HaloPSA takes without one is the ticket type's own (the type's label names
//!   it), or the client's contract's.
//! - Nothing is required: tickets are made with `_novalidate`, so HaloPSA takes its own default for what is left out.

use super::api;
use super::model::{FieldRow, NamedRow, SlaRow, TicketTypeRow};
use super::session::Session;
use super::write::{CUSTOM, PRIVATE_NOTE};
use crate::form::{
    FieldKind, FieldOption, FieldValue, FieldValues, FormField, FormSection, SectionName, TicketForm,
};
use crate::{PsaError, PsaErrorKind};
use futures_util::join;
use std::collections::BTreeSet;

/// HaloPSA's own statuses, which every tenant starts with.
const NEW: i64 = 1;
const IN_PROGRESS: i64 = 2;
const CLOSED: i64 = 9;
/// Fixed lists of HaloPSA.
const IMPACT: i64 = 12;
const SOURCE: i64 = 22;
const URGENCY: i64 = 27;

pub(super) async fn ticket_form(session: &Session) -> Result<TicketForm, PsaError> {
    // One sign-in ahead, so that refused credentials are refused once.
    session.token().await?;
    let (types, slas, statuses, open) = join!(
        api::ticket_types(session),
        api::slas(session),
        api::statuses(session, false),
        api::statuses(session, true)
    );
    let (teams, categories, outcomes, custom) = join!(
        api::teams(session),
        api::categories(session),
        api::outcomes(session),
        api::custom_fields(session)
    );
    let (impacts, urgencies, sources) =
        join!(api::lookup(session, IMPACT), api::lookup(session, URGENCY), api::lookup(session, SOURCE));

    let mut slas = readable(slas)?;
    complete_priorities(session, &mut slas).await?;
    let statuses = status_options(&readable(statuses)?, &readable(open)?);
    let mut create = vec![
        choice("tickettype_id", "Ticket type", type_options(&readable(types)?, &slas)),
        with_help(
            choice("sla_id", "SLA", named(slas.iter().map(|sla| (sla.id, sla.name.as_deref())))),
            "Left out, HaloPSA takes the SLA of the ticket type or of the client's contract.",
        ),
        FormField {
            depends_on: Some("sla_id".to_owned()),
            ..with_help(
                choice("priority_id", "Priority", priority_options(&slas)),
                "Priorities belong to an SLA: choose the SLA as well.",
            )
        },
        with_default(choice("status_id", "Status", statuses.clone()), NEW),
        choice("team", "Team", team_options(&readable(teams)?)),
        choice("category_1", "Category", category_options(&readable(categories)?)),
        choice("impact", "Impact", usable(&readable(impacts)?)),
        choice("urgency", "Urgency", usable(&readable(urgencies)?)),
        with_default(choice("source", "Source", usable(&readable(sources)?)), 0),
    ];
    create.extend(readable(custom)?.iter().filter_map(custom_field));
    create.retain(has_choice);

    let mut outcomes = outcome_options(&readable(outcomes)?);
    if !outcomes.iter().any(|option| option.value == FieldValue::Int(PRIVATE_NOTE)) {
        outcomes.insert(0, option(FieldValue::Int(PRIVATE_NOTE), "Private Note"));
    }
    let note = vec![
        with_default(choice("outcome_id", "Action", outcomes), PRIVATE_NOTE),
        FormField {
            kind: FieldKind::Boolean,
            default: Some(FieldValue::Bool(true)),
            ..choice("hiddenfromuser", "Hide from the client's users", Vec::new())
        },
    ];
    Ok(TicketForm {
        sections: vec![
            FormSection { name: SectionName::Create, fields: create },
            FormSection { name: SectionName::Note, fields: note },
            FormSection { name: SectionName::Resolve, fields: vec![status_field(&statuses, true, CLOSED)] },
            FormSection {
                name: SectionName::Reopen,
                fields: vec![status_field(&statuses, false, IN_PROGRESS)],
            },
        ],
    })
}

/// The statuses that close a ticket: those that HaloPSA leaves out when asked to. A server that does not know the
/// question leaves HaloPSA's own.
pub(super) async fn closing_statuses(session: &Session) -> Result<BTreeSet<i64>, PsaError> {
    let (all, open) = (api::statuses(session, false).await?, api::statuses(session, true).await?);
    Ok(closing(&all, &open))
}

fn closing(all: &[NamedRow], open: &[NamedRow]) -> BTreeSet<i64> {
    let ids = |rows: &[NamedRow]| rows.iter().filter_map(|row| row.id).collect::<BTreeSet<_>>();
    let (all, open) = (ids(all), ids(open));
    let closing: BTreeSet<_> = all.difference(&open).copied().collect();
    if closing.is_empty() || open.is_empty() { BTreeSet::from([CLOSED]) } else { closing }
}

/// A list that the agent may not read, or that this version does not have, is an empty one.
fn readable<T>(list: Result<Vec<T>, PsaError>) -> Result<Vec<T>, PsaError> {
    match list {
        Err(error) if matches!(error.kind(), PsaErrorKind::MissingPermission | PsaErrorKind::NotFound) => {
            tracing::info!(
                operation = error.operation(),
                "Left a field out of the form: its list may not be read"
            );
            Ok(Vec::new())
        }
        list => list,
    }
}

/// Versions that list no priorities with the SLAs have a list of their own.
async fn complete_priorities(session: &Session, slas: &mut [SlaRow]) -> Result<(), PsaError> {
    for sla in slas {
        let usable = sla.priorities.iter().any(|priority| priority.priorityid.is_some());
        if let (Some(id), false) = (sla.id, usable) {
            sla.priorities = readable(api::priorities(session, id).await)?;
        }
    }
    Ok(())
}

fn type_options(types: &[TicketTypeRow], slas: &[SlaRow]) -> Vec<FieldOption> {
    let sla_name = |id| slas.iter().find(|sla| sla.id == Some(id)).and_then(|sla| sla.name.as_deref());
    types
        .iter()
        .filter(|row| row.is_usable())
        .filter_map(|row| {
            let name = row.name.as_deref()?;
            let label = match row.default_sla().and_then(sla_name) {
                Some(sla) => format!("{name} (SLA: {sla})"),
                None => name.to_owned(),
            };
            Some(option(FieldValue::Int(row.id?), &label))
        })
        .collect()
}

fn priority_options(slas: &[SlaRow]) -> Vec<FieldOption> {
    slas.iter()
        .flat_map(|sla| sla.priorities.iter().map(move |priority| (sla.id, priority)))
        .filter(|(_, priority)| priority.ishidden != Some(true))
        .filter_map(|(sla, priority)| {
            let value = FieldValue::Int(priority.priorityid?);
            Some(FieldOption {
                parent: Some(FieldValue::Int(sla?)),
                ..option(value, priority.name.as_deref()?)
            })
        })
        .collect()
}

fn status_options(all: &[NamedRow], open: &[NamedRow]) -> Vec<FieldOption> {
    let closing = closing(all, open);
    let mut options = usable(all);
    for option in &mut options {
        option.closes = matches!(option.value, FieldValue::Int(id) if closing.contains(&id));
    }
    options
}

/// The status that a resolved or reopened ticket gets: HaloPSA's own where the tenant still has it.
fn status_field(statuses: &[FieldOption], closes: bool, own: i64) -> FormField {
    let options: Vec<_> = statuses.iter().filter(|option| option.closes == closes).cloned().collect();
    let own = FieldValue::Int(own);
    let default = options.iter().find(|option| option.value == own).or(options.first());
    let default = default.map(|option| option.value.clone());
    FormField { default, required: true, ..choice("status_id", "Status", options) }
}

fn team_options(teams: &[NamedRow]) -> Vec<FieldOption> {
    let usable = teams.iter().filter(|team| team.inactive != Some(true) && team.forrequests != Some(false));
    usable.filter_map(|team| text_option(team.name.as_deref()?)).collect()
}

fn category_options(categories: &[NamedRow]) -> Vec<FieldOption> {
    categories
        .iter()
        .filter_map(|row| text_option(row.value.as_deref().or(row.category_name.as_deref())?))
        .collect()
}

fn outcome_options(outcomes: &[NamedRow]) -> Vec<FieldOption> {
    let usable = outcomes.iter().filter(|row| row.hidden != Some(true) && row.inactive != Some(true));
    named(
        usable.map(|row| {
            (row.id, row.buttonname.as_deref().or(row.outcome.as_deref()).or(row.name.as_deref()))
        }),
    )
}

fn custom_field(row: &FieldRow) -> Option<FormField> {
    let name = row.name.as_deref().filter(|name| name.starts_with(CUSTOM) && row.readonly != Some(true))?;
    let options: Vec<_> = row
        .values
        .iter()
        .filter(|value| value.inactive != Some(true))
        .filter_map(|value| text_option(value.name.as_deref().or(value.value.as_deref())?))
        .collect();
    let max_length =
        row.characterlimit.and_then(|limit| u32::try_from(limit).ok()).filter(|limit| *limit > 0);
    let kind =
        if options.is_empty() { FieldKind::Text { max_length } } else { FieldKind::Choice { options } };
    let label = row.label.as_deref().filter(|label| !label.is_empty()).unwrap_or(name);
    let help = row.hint.clone().filter(|hint| !hint.is_empty());
    Some(FormField { kind, help, ..choice(name, label, Vec::new()) })
}

fn usable(rows: &[NamedRow]) -> Vec<FieldOption> {
    named(rows.iter().filter(|row| row.inactive != Some(true)).map(|row| (row.id, row.name.as_deref())))
}

fn named<'a>(rows: impl Iterator<Item = (Option<i64>, Option<&'a str>)>) -> Vec<FieldOption> {
    rows.filter_map(|(id, name)| Some(option(FieldValue::Int(id?), name?))).collect()
}

fn text_option(text: &str) -> Option<FieldOption> {
    (!text.trim().is_empty()).then(|| option(FieldValue::Text(text.to_owned()), text))
}

fn option(value: FieldValue, label: &str) -> FieldOption {
    FieldOption { value, label: label.to_owned(), parent: None, closes: false, fills: FieldValues::new() }
}

fn choice(id: &str, label: &str, options: Vec<FieldOption>) -> FormField {
    FormField {
        id: id.to_owned(),
        label: label.to_owned(),
        kind: FieldKind::Choice { options },
        required: false,
        default: None,
        depends_on: None,
        help: None,
        overrides: None,
        user_defined: false,
    }
}

fn with_help(field: FormField, help: &str) -> FormField {
    FormField { help: Some(help.to_owned()), ..field }
}

/// With a default, where the tenant has it.
fn with_default(field: FormField, default: i64) -> FormField {
    let default = FieldValue::Int(default);
    let offered = matches!(&field.kind, FieldKind::Choice { options } if options.iter().any(|option| option.value == default));
    FormField { default: offered.then_some(default), ..field }
}

fn has_choice(field: &FormField) -> bool {
    !matches!(&field.kind, FieldKind::Choice { options } if options.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn statuses(ids: &[i64]) -> Vec<NamedRow> {
        ids.iter()
            .map(|id| serde_json::from_value(json!({ "id": id, "name": format!("S{id}") })).unwrap())
            .collect()
    }

    #[test]
    fn the_statuses_that_close_are_those_halopsa_leaves_out() {
        let all = statuses(&[1, 2, 8, 9, 30]);
        for (open, expected) in
            [(vec![1, 2, 8], vec![9, 30]), (vec![1, 2, 8, 9, 30], vec![9]), (vec![], vec![9])]
        {
            assert_eq!(closing(&all, &statuses(&open)), expected.into_iter().collect(), "{open:?}");
        }
    }

    #[test]
    fn one_priority_number_is_an_option_for_each_sla() {
        let slas: Vec<SlaRow> = serde_json::from_value(json!([
            { "id": 1, "name": "Standard", "priorities": [{ "id": "g", "slaid": 1, "priorityid": 3, "name": "Medium" }] },
            { "id": 2, "name": "Premium", "priorities": [
                { "id": "h", "slaid": 2, "priorityid": 3, "name": "Emergency" },
                { "id": "i", "slaid": 2, "priorityid": 9, "name": "Retired", "ishidden": true },
            ] },
            { "id": 3, "name": "Ids alone", "priorities": [4, 5] },
        ]))
        .unwrap();
        let options: Vec<_> =
            priority_options(&slas).into_iter().map(|option| (option.parent, option.label)).collect();
        assert_eq!(
            options,
            [
                (Some(FieldValue::Int(1)), "Medium".to_owned()),
                (Some(FieldValue::Int(2)), "Emergency".to_owned())
            ]
        );
    }

    #[test]
    fn types_that_cannot_be_made_are_not_offered() {
        let types: Vec<TicketTypeRow> = serde_json::from_value(json!([
            { "id": 1, "name": "Incident", "cancreate": true, "use": "tickets", "slaid": "2" },
            { "id": 2, "name": "Task", "cancreate": false },
            { "id": 3, "name": "Opportunity", "cancreate": true, "use": "opps" },
            { "id": 4, "name": "Old", "inactive": true },
        ]))
        .unwrap();
        let slas: Vec<SlaRow> = serde_json::from_value(json!([{ "id": 2.0, "name": "Premium" }])).unwrap();
        let labels: Vec<_> = type_options(&types, &slas).into_iter().map(|option| option.label).collect();
        assert_eq!(labels, ["Incident (SLA: Premium)"]);
    }
}
