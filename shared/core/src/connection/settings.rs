//! A partner's choices for tickets and seat counts.

use crate::{
    life_cycle::LifeCycle,
    seats::{SeatMode, SeatSettings},
};
use psa_connector::{FieldProblem, FieldValues, SectionName, TicketForm};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A partner's choices for tickets. Checked against the tenant's ticket form when saved.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Settings {
    /// Fields of a new ticket, by the PSA's name of them.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub ticket: FieldValues,
    /// Fields of a note.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub note: FieldValues,
    /// Fields of a ticket that is resolved.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub resolve: FieldValues,
    /// Fields of a ticket that is opened again.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub reopen: FieldValues,
    /// Whether the seat count is written to the PSA: the short form of `seats`, which says when and how, and which counts
    /// where both are given.
    #[serde(default)]
    pub sync_seats: bool,
    /// When and how seat counts are written to the PSA.
    #[serde(default)]
    pub seats: Option<SeatSettings>,
    /// What becomes of repeats, recoveries, relapses and storms.
    #[serde(default)]
    pub life_cycle: LifeCycle,
}

impl Settings {
    /// The choices for seat counts: as they were made, else by the short form.
    pub fn seats(&self) -> SeatSettings {
        let mode = if self.sync_seats { SeatMode::AtOnce } else { SeatMode::Off };
        self.seats.clone().unwrap_or_else(|| SeatSettings { mode, ..SeatSettings::default() })
    }

    /// Whether tickets made with either look the same, so that a test ticket proves both.
    pub fn fills_like(&self, other: &Self) -> bool {
        SECTIONS.into_iter().all(|(name, _)| self.section(name) == other.section(name))
    }

    /// The values for a section of the ticket form.
    pub fn section(&self, name: SectionName) -> &FieldValues {
        match name {
            SectionName::Create => &self.ticket,
            SectionName::Note => &self.note,
            SectionName::Resolve => &self.resolve,
            SectionName::Reopen => &self.reopen,
        }
    }

    /// Everything that a tenant with this form would not take, by its path in the settings, e.g. `ticket.priority_id`.
    pub fn problems(&self, form: &TicketForm) -> Vec<FieldProblem> {
        SECTIONS
            .into_iter()
            .flat_map(|(name, path)| {
                form.problems(name, self.section(name)).into_iter().map(move |mut problem| {
                    problem.field = format!("{path}.{}", problem.field);
                    problem
                })
            })
            .collect()
    }
}

/// The sections of a ticket form, and what they are called in settings.
const SECTIONS: [(SectionName, &str); 4] = [
    (SectionName::Create, "ticket"),
    (SectionName::Note, "note"),
    (SectionName::Resolve, "resolve"),
    (SectionName::Reopen, "reopen"),
];
