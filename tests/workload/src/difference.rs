//! What was not as it has to be.

use std::fmt;

/// One thing that was not as it has to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The event by source and id, or what else it is about.
    pub subject: String,
    /// For which partner, or desk, where it is about one.
    pub partner: Option<String>,
    /// What has to be.
    pub expected: String,
    /// What is.
    pub got: String,
    /// The event, by its place, whose timeline tells more.
    pub event: Option<usize>,
}

impl Difference {
    /// A difference that is about no one partner.
    pub fn new(subject: impl Into<String>, expected: impl Into<String>, got: impl Into<String>) -> Self {
        Self {
            subject: subject.into(),
            partner: None,
            expected: expected.into(),
            got: got.into(),
            event: None,
        }
    }

    /// A difference of which the timeline of the event at that place tells more.
    #[must_use]
    pub fn see(mut self, event: usize) -> Self {
        self.event = Some(event);
        self
    }

    /// A difference for one partner.
    #[must_use]
    pub fn of(mut self, partner: &str) -> Self {
        self.partner = Some(partner.to_owned());
        self
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.subject)?;
        if let Some(partner) = &self.partner {
            write!(f, " for {partner}")?;
        }
        write!(f, ": expected {}, got {}", self.expected, self.got)
    }
}
