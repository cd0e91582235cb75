//! One desk, with all that its PSA and what the bridge says there are held to.

use crate::{
    allowed::{Kind, allowed},
    choices::Choices,
    difference::Difference,
    events::Event,
    expectation::Expected,
    life::Life,
    outcomes::Seen,
    problems::{Histories, histories},
    technicians::Handled,
    texts::Language,
    told::Index,
    world::{DeskIndex, World},
};

/// One desk that has a PSA.
#[derive(Debug)]
pub struct DeskView<'a> {
    /// The world.
    pub world: &'a World,
    /// The events of the run.
    pub events: &'a [Event],
    /// The same, by source and id.
    pub index: &'a Index<'a>,
    /// Which desk.
    pub desk: DeskIndex,
    /// What its tickets are to have.
    pub choices: &'a Choices,
    /// What the bridge says about each event there.
    pub seen: &'a [Seen],
    /// What people had in hand there.
    pub handled: &'a Handled,
    /// When the problems of its events broke, and when they were mended.
    pub histories: Histories<'a>,
}

/// The problems of the events that reach a desk.
pub fn histories_at(events: &[Event], desk: DeskIndex) -> Histories<'_> {
    let worked = |event: &&Event| matches!(event.expected(desk), Expected::Worked | Expected::ClientStopped);
    histories(events.iter().filter(worked))
}

impl DeskView<'_> {
    /// What its partner chose about the life of tickets.
    pub fn life(&self) -> Life {
        self.world.desks[self.desk].life
    }

    /// The language of its tickets.
    pub fn language(&self) -> Language {
        self.world.partner_at(self.desk).language
    }

    /// All that may become of an event here.
    pub fn allowed(&self, event: &Event) -> Vec<Kind> {
        allowed(event, self.desk, self.life(), &self.histories)
    }

    /// A difference at this desk.
    pub fn here(
        &self,
        subject: impl Into<String>,
        expected: impl Into<String>,
        got: impl Into<String>,
    ) -> Difference {
        Difference::new(subject, expected, got).of(&self.world.desk_name(self.desk))
    }

    /// A difference about an event at this desk.
    pub fn about(&self, event: &Event, expected: impl Into<String>, got: impl Into<String>) -> Difference {
        self.here(event.name(), expected, got)
    }
}
