//! The latest count that the vendor told.

use crate::{
    event::Event,
    ids::{EventId, OrganizationId},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The latest count of a product of an organisation, by the time of the event that told it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ToldSeats {
    /// Whose seats.
    pub organization: OrganizationId,
    /// Of what.
    pub product: String,
    /// How many.
    pub count: u32,
    /// The event that told it.
    pub event: EventId,
    /// When that happened.
    pub time: Timestamp,
    /// The first event in a row that told just this count: what tells the same count again tells nothing new.
    pub since: EventId,
}

impl ToldSeats {
    /// What an event tells; none where it tells no count.
    pub fn of(event: &Event) -> Option<Self> {
        let seats = event.seats.as_ref().filter(|_| !event.makes_ticket())?;
        Some(Self {
            organization: event.organization.clone(),
            product: seats.product.clone(),
            count: seats.quantity,
            event: event.id.clone(),
            time: event.time,
            since: event.id.clone(),
        })
    }

    /// What is kept of it after what was told before; none where that is newer. A count that comes late is older than what
    /// was told last and so is none in between.
    pub fn after(mut self, before: Option<&Self>) -> Option<Self> {
        let Some(before) = before else { return Some(self) };
        if !self.is_newer_than(before) {
            return None;
        }
        if self.count == before.count {
            self.since.clone_from(&before.since);
        }
        Some(self)
    }

    /// Whether it takes the place of the other. Of two events of the same moment always the same one does, in whichever
    /// order they come.
    fn is_newer_than(&self, other: &Self) -> bool {
        (self.time, &self.event) > (other.time, &other.event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(name: &str, time: i64, count: u32) -> ToldSeats {
        let event = EventId::derive("test", name);
        ToldSeats {
            organization: "acme".parse().unwrap(),
            product: "mail".to_owned(),
            count,
            since: event.clone(),
            event,
            time: Timestamp::from_second(time).unwrap(),
        }
    }

    #[test]
    fn the_same_count_told_again_is_the_same_until_another_was_told() {
        let first = told("1", 1, 100);
        let again = told("2", 2, 100).after(Some(&first)).unwrap();
        assert_eq!((&again.event, &again.since), (&EventId::derive("test", "2"), &first.since));
        assert_eq!(told("0", 0, 80).after(Some(&again)), None, "older than what was told last");
        let other = told("3", 3, 80).after(Some(&again)).unwrap();
        let back = told("4", 4, 100).after(Some(&other)).unwrap();
        assert_eq!(back.since, back.event, "told anew");
    }
}
