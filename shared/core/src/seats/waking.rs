//! What sets a line to work. Pure: stores ask within the transaction of what happened.

use super::SeatMode;
use crate::{connection::Connection, mapping::Mapping, organization::Organization};

/// Whether a count that was just told sets its line in this connection to work; `is_first` where there was no line yet.
pub fn told_wakes(connection: &Connection, mapping: &Mapping, is_first: bool) -> bool {
    if mapping.license.is_none() {
        return false;
    }
    match connection.seats().mode {
        SeatMode::AtOnce => true,
        SeatMode::Daily => is_first,
        SeatMode::Off => false,
    }
}

/// Whether a change of a connection sets all of its lines to work.
pub fn change_wakes(before: &Connection, after: &Connection) -> bool {
    let chosen = |of: &Connection| (of.settings.is_some(), of.seats());
    after.revoked_at.is_none()
        && (chosen(before) != chosen(after) || before.confirmed_at.is_some() != after.confirmed_at.is_some())
}

/// Whether a change of an organisation's chain gives it back to a connection's partner, whose mapping of it counts again.
pub fn gets_back(connection: &Connection, before: Option<&Organization>, after: &Organization) -> bool {
    let was_owned = before.is_some_and(|before| before.chain.contains(&connection.partner));
    connection.revoked_at.is_none() && !was_owned && after.chain.contains(&connection.partner)
}

/// Whether mapping an organisation, or taking its mapping away, sets its lines to work.
pub fn mapping_wakes(connection: &Connection) -> bool {
    connection.seats().mode != SeatMode::Off
}
