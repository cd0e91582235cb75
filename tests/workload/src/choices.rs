//! What partners choose for their tickets, each in the words of its PSA: what is saved as settings, and what every ticket
//! then has to have.

use serde_json::{Value, json};
use std::fmt;

/// A PSA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Psa {
    /// `HaloPSA`.
    Halopsa,
    /// Autotask PSA.
    Autotask,
}

impl Psa {
    /// As in the API.
    pub fn code(self) -> &'static str {
        match self {
            Self::Halopsa => "halopsa",
            Self::Autotask => "autotask",
        }
    }
}

impl fmt::Display for Psa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Halopsa => "HaloPSA",
            Self::Autotask => "Autotask",
        })
    }
}

/// A value of a ticket's field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// A number, or one of a list that has numbers.
    Number(i64),
    /// A text, or one of a list that a tenant made.
    Text(&'static str),
}

impl Choice {
    /// As in settings.
    pub fn json(self) -> Value {
        match self {
            Self::Number(number) => json!(number),
            Self::Text(text) => json!(text),
        }
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => f.write_str(text),
        }
    }
}

/// A field, by the PSA's name of it, and its value.
pub type Field = (&'static str, Choice);

/// What a partner chooses for its tickets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choices {
    /// Of which PSA.
    pub psa: Psa,
    /// What a form shows, and a person chooses.
    pub chosen: Vec<Field>,
    /// What only a refused test ticket shows to be required, in the order in which the PSA asks for it.
    pub revealed: Vec<Field>,
    /// What nobody chooses, and the PSA fills in all the same.
    pub filled: Vec<Field>,
}

impl Choices {
    pub(crate) fn halopsa(ticket_type: i64, sla: i64, priority: i64) -> Self {
        let chosen = [("tickettype_id", ticket_type), ("sla_id", sla), ("priority_id", priority)];
        Self {
            psa: Psa::Halopsa,
            chosen: chosen.map(|(field, number)| (field, Choice::Number(number))).into(),
            revealed: Vec::new(),
            filled: Vec::new(),
        }
    }

    /// A tenant whose category fills in the queue, and gives the due date.
    pub(crate) fn backup_alert() -> Self {
        use Choice::{Number, Text};
        Self {
            psa: Psa::Autotask,
            chosen: vec![
                ("ticketCategory", Number(112)),
                ("status", Number(1)),
                ("priority", Number(2)),
                ("issueType", Number(10)),
                ("subIssueType", Number(137)),
                ("source", Number(8)),
                ("udf:Environment", Text("2")),
                ("udf:Alert ID", Text("psa-bridge")),
            ],
            revealed: Vec::new(),
            filled: vec![("queueID", Number(29_683_490)), ("dueDateTime", Number(48))],
        }
    }

    /// A tenant whose category requires what no metadata shows, and whose own defaults are overruled.
    pub(crate) fn security_alert() -> Self {
        use Choice::{Number, Text};
        Self {
            psa: Psa::Autotask,
            chosen: vec![
                ("ticketCategory", Number(114)),
                ("status", Number(8)),
                ("priority", Number(3)),
                ("queueID", Number(29_682_833)),
                ("issueType", Number(11)),
                ("subIssueType", Number(151)),
                ("dueDateTime", Number(8)),
                ("udf:Affected users", Number(12)),
            ],
            revealed: vec![
                ("source", Number(2)),
                ("billingCodeID", Number(29_682_802)),
                ("udf:Environment", Text("1")),
            ],
            filled: Vec::new(),
        }
    }

    /// What every ticket has to have.
    pub fn on_tickets(&self) -> impl Iterator<Item = &Field> {
        self.chosen.iter().chain(&self.revealed).chain(&self.filled)
    }
}
