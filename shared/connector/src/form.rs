//! A tenant's ticket form: which fields a ticket takes here, which values, and what depends on what.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
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
}

/// What a field takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
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
    Integer,
    /// A yes or no.
    Boolean,
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

    /// Everything about `values` that this tenant would not take in that section.
    pub fn problems(&self, name: SectionName, values: &FieldValues) -> Vec<FieldProblem> {
        match self.section(name) {
            Some(section) => section.problems(values),
            None => values.keys().map(|field| unknown(field)).collect(),
        }
    }
}

impl FormSection {
    fn field(&self, id: &str) -> Option<&FormField> {
        self.fields.iter().find(|field| field.id == id)
    }

    fn problems(&self, values: &FieldValues) -> Vec<FieldProblem> {
        let missing = self
            .fields
            .iter()
            .filter(|field| field.required && field.default.is_none() && !values.contains_key(&field.id))
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
            | (FieldKind::Integer, FieldValue::Int(_))
            | (FieldKind::Boolean, FieldValue::Bool(_)) => None,
            (FieldKind::Text { .. }, _) => {
                Some(problem(&field.id, "wrong_type", format!("{label} takes a text.")))
            }
            (FieldKind::Integer, _) => {
                Some(problem(&field.id, "wrong_type", format!("{label} takes a whole number.")))
            }
            (FieldKind::Boolean, _) => {
                Some(problem(&field.id, "wrong_type", format!("{label} takes true or false.")))
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
        let parent_value = parent_field.and_then(|parent| values.get(&parent.id).or(parent.default.as_ref()));
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

fn unknown(field: &str) -> FieldProblem {
    problem(field, "unknown_field", "This PSA's tickets have no such field: leave it out.".to_owned())
}

fn problem(field: &str, code: &str, message: String) -> FieldProblem {
    FieldProblem { field: field.to_owned(), code: code.to_owned(), message }
}
