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
        })
    }

    /// Whether it takes the place of the other. Of two events of the same moment always the same one does, in whichever
    /// order they come.
    pub fn is_newer_than(&self, other: &Self) -> bool {
        (self.time, &self.event) > (other.time, &other.event)
    }
}
