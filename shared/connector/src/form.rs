//! A tenant's ticket form: which fields a ticket takes here, which values, and what depends on what.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;

/// Values by field id.
pub type FieldValues = BTreeMap<String, FieldValue>;

/// The value of one field.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum FieldValue {
    /// A yes or no.
    Bool(bool),
    /// A number or the id of a choice.
    Int(i64),
    /// A text or a choice that is known by its text.
    Text(String),
}

/// What this tenant's tickets look like.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TicketForm {
    /// A section for each thing that is done to a ticket.
    pub sections: Vec<FormSection>,
}

/// The fields of one thing that is done to a ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FormSection {
    /// Which.
    pub name: SectionName,
    /// In the order in which a person fills them.
    pub fields: Vec<FormField>,
}

/// What is done to a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SectionName {
    /// It is made.
    Create,
    /// A note is added.
    Note,
    /// It is resolved.
    Resolve,
    /// It is opened again.
    Reopen,
}

/// One field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FormField {
    /// The PSA's name of it, the key in settings.
    pub id: String,
    /// What a person calls it.
    pub label: String,
    /// What it takes.
    pub kind: FieldKind,
    /// Whether a ticket cannot be made without it.
    pub required: bool,
    /// What the PSA takes when it is left out.
    pub default: Option<FieldValue>,
    /// The field whose value decides which options are valid.
    pub depends_on: Option<String>,
    /// A hint for the person who fills it.
    pub help: Option<String>,
    /// The field whose choice would fill this one; a value given here wins over that.
    #[serde(default)]
    pub overrides: Option<String>,
    /// Whether the tenant made this field itself.
    #[serde(default)]
    pub user_defined: bool,
}

/// What a field takes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FieldKind {
    /// One of these.
    Choice {
        /// All of them; those that depend on another field say on which value.
        options: Vec<FieldOption>,
    },
    /// A text.
    Text {
        /// At most so many characters.
        max_length: Option<u32>,
    },
    /// A whole number.
    #[default]
    Integer,
    /// A number, as a whole one or as a text with a point: `1.5`.
    Decimal,
    /// A yes or no.
    Boolean,
    /// A point in time, as a text: RFC 3339 in UTC.
    DateTime,
}

/// One choice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldOption {
    /// What goes into the ticket.
    pub value: FieldValue,
    /// What a person sees.
    pub label: String,
    /// Valid only while the field that it depends on has this value; always, where none.
    pub parent: Option<FieldValue>,
    /// Whether a ticket with this value counts as closed.
    pub closes: bool,
    /// What the PSA takes for other fields that are left out, once this is chosen.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fills: FieldValues,
}

/// Why a value does not fit the form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldProblem {
    /// The field.
    pub field: String,
    /// A stable code: `unknown_field`, `wrong_type`, `not_an_option`, `not_an_option_here`, `too_long`, `required`.
    pub code: String,
    /// What to do.
    pub message: String,
}

impl TicketForm {
    /// The section of that name, if this PSA has it.
    pub fn section(&self, name: SectionName) -> Option<&FormSection> {
        self.sections.iter().find(|section| section.name == name)
    }

    /// Makes fields of a section required that the PSA's metadata does not tell to be. Fields that the form does not
    /// have are added as texts: the PSA asked for them, so they exist.
    pub fn require(&mut self, name: SectionName, fields: &BTreeSet<String>) {
        let Some(section) = self.sections.iter_mut().find(|section| section.name == name) else { return };
        for id in fields {
            match section.fields.iter_mut().find(|field| field.id.eq_ignore_ascii_case(id)) {
                Some(field) => {
                    field.required = true;
                    field.default = None;
                }
                None => section.fields.push(FormField::required_text(id)),
            }
        }
    }

    /// What a person calls a field of a section.
    pub fn label(&self, name: SectionName, id: &str) -> Option<&str> {
        let fields = &self.section(name)?.fields;
        fields.iter().find(|field| field.id.eq_ignore_ascii_case(id)).map(|field| field.label.as_str())
    }

    /// The status that resolves a ticket: the one that `values` choose in the section `resolve`, else the tenant's usual
    /// one that counts as closed. None where the tenant shows no such status.
    pub fn closing_status(&self, values: &FieldValues) -> Option<i64> {
        self.status(SectionName::Resolve, true, values)
    }

    /// The status that opens a ticket again: the one that `values` choose in the section `reopen`, else the tenant's
    /// usual one that counts as open. None where the tenant shows no such status.
    pub fn reopening_status(&self, values: &FieldValues) -> Option<i64> {
        self.status(SectionName::Reopen, false, values)
    }

    fn status(&self, section: SectionName, closes: bool, values: &FieldValues) -> Option<i64> {
        let status = self.section(section)?.fields.iter().find_map(|field| {
            let FieldKind::Choice { options } = &field.kind else { return None };
            let first = options.iter().find(|option| option.closes == closes)?;
            let fits = |value: &&FieldValue| options.iter().any(|o| o.closes == closes && o.value == **value);
            let usual = field.default.as_ref().filter(fits).unwrap_or(&first.value);
            Some(values.get(&field.id).unwrap_or(usual).clone())
        })?;
        match status {
            FieldValue::Int(status) => Some(status),
            FieldValue::Text(_) | FieldValue::Bool(_) => None,
        }
    }

    /// Everything about `values` that this tenant would not take in that section.
    pub fn problems(&self, name: SectionName, values: &FieldValues) -> Vec<FieldProblem> {
        match self.section(name) {
            Some(section) => section.problems(values),
            None => values.keys().map(|field| unknown(field)).collect(),
        }
    }
}

impl FormField {
    /// A field of which nothing is known but that the PSA insists on it.
    fn required_text(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            label: id.to_owned(),
            kind: FieldKind::Text { max_length: None },
            required: true,
            help: Some("The PSA refused a ticket without it.".to_owned()),
            ..Self::default()
        }
    }
}

impl FormSection {
    /// What `field` will be: the value given for it, else what a choice fills in, else its default.
    pub fn effective<'a>(&'a self, field: &str, values: &'a FieldValues) -> Option<&'a FieldValue> {
        let own = values.get(field).or_else(|| self.filled(field, values));
        own.or_else(|| self.field(field)?.default.as_ref())
    }

    /// What the chosen, or default, option of another field fills in.
    fn filled<'a>(&'a self, field: &str, values: &'a FieldValues) -> Option<&'a FieldValue> {
        self.fields.iter().find_map(|other| {
            let FieldKind::Choice { options } = &other.kind else { return None };
            let chosen = values.get(&other.id).or(other.default.as_ref())?;
            options.iter().find(|option| option.value == *chosen)?.fills.get(field)
        })
    }

    fn field(&self, id: &str) -> Option<&FormField> {
        self.fields.iter().find(|field| field.id == id)
    }

    fn problems(&self, values: &FieldValues) -> Vec<FieldProblem> {
        let missing = self
            .fields
            .iter()
            .filter(|field| field.required && self.effective(&field.id, values).is_none())
            .map(|field| {
                problem(&field.id, "required", format!("{} is required: choose a value.", field.label))
            });
        let wrong = values.iter().filter_map(|(id, value)| match self.field(id) {
            None => Some(unknown(id)),
            Some(field) => self.problem_of(field, value, values),
        });
        missing.chain(wrong).collect()
    }

    fn problem_of(
        &self,
        field: &FormField,
        value: &FieldValue,
        values: &FieldValues,
    ) -> Option<FieldProblem> {
        let label = &field.label;
        match (&field.kind, value) {
            (FieldKind::Choice { options }, value) => self.choice_problem(field, options, value, values),
            (FieldKind::Text { max_length: Some(max) }, FieldValue::Text(text))
                if text.chars().count() > *max as usize =>
            {
                Some(problem(&field.id, "too_long", format!("{label} takes at most {max} characters.")))
            }
            (FieldKind::Text { .. }, FieldValue::Text(_))
            | (FieldKind::Integer | FieldKind::Decimal, FieldValue::Int(_))
            | (FieldKind::Boolean, FieldValue::Bool(_)) => None,
            (FieldKind::Decimal, FieldValue::Text(text)) if is_decimal(text) => None,
            (FieldKind::DateTime, FieldValue::Text(text)) if text.parse::<Timestamp>().is_ok() => None,
            (kind, _) => {
                Some(problem(&field.id, "wrong_type", format!("{label} takes {}.", kind.description())))
            }
        }
    }

    fn choice_problem(
        &self,
        field: &FormField,
        options: &[FieldOption],
        value: &FieldValue,
        values: &FieldValues,
    ) -> Option<FieldProblem> {
        let mut same = options.iter().filter(|option| option.value == *value).peekable();
        if same.peek().is_none() {
            let message =
                format!("{} has no such choice in this PSA: choose one that it offers.", field.label);
            return Some(problem(&field.id, "not_an_option", message));
        }
        let parent_field = field.depends_on.as_deref().and_then(|id| self.field(id));
        let parent_value = parent_field.and_then(|parent| self.effective(&parent.id, values));
        let fits = same.any(|option| match (&option.parent, parent_value) {
            (Some(needed), Some(actual)) => needed == actual,
            // Without a chosen or default parent nobody can say which of several meanings the value would have.
            (Some(_), None) => false,
            (None, _) => true,
        });
        if fits {
            return None;
        }
        let parent = parent_field.map_or("the field it depends on", |parent| parent.label.as_str());
        let message = format!(
            "{} has no such choice under the chosen {parent}: choose both so that they fit.",
            field.label
        );
        Some(problem(&field.id, "not_an_option_here", message))
    }
}

impl FieldKind {
    fn description(&self) -> &'static str {
        match self {
            Self::Choice { .. } => "one of its choices",
            Self::Text { .. } => "a text",
            Self::Integer => "a whole number",
            Self::Decimal => "a number, with a point for the decimals",
            Self::Boolean => "true or false",
            Self::DateTime => "a time like 2026-12-31T17:00:00Z",
        }
    }
}

/// Digits with a point at most, since what else parses as a number (`inf`, `1e9`) is none to a PSA.
pub(crate) fn is_decimal(text: &str) -> bool {
    text.parse::<f64>().is_ok_and(f64::is_finite)
        && text.chars().all(|c| c.is_ascii_digit() || c == '.' || c == '-')
}

fn unknown(field: &str) -> FieldProblem {
    problem(field, "unknown_field", "This PSA's tickets have no such field: leave it out.".to_owned())
}

fn problem(field: &str, code: &str, message: String) -> FieldProblem {
    FieldProblem { field: field.to_owned(), code: code.to_owned(), message }
}

#[cfg(test)]
mod tests;
