//! What the partners' technicians do while the bridge works: some of the tickets they close, into some they write. What a
//! person works on is not the bridge's to close, and what a person closed is not its to open.

use crate::{
    life::Life,
    simulators::Simulators,
    world::{DeskIndex, World},
};
use std::collections::{BTreeMap, BTreeSet};

/// Of so many open tickets, one is closed and one is written into.
const ONE_OF: usize = 9;

/// The tickets that people had in hand.
#[derive(Clone, Debug, Default)]
pub struct Handled {
    /// Those that they closed.
    pub closed: BTreeSet<i64>,
    /// Those that they wrote into.
    pub touched: BTreeSet<i64>,
}

impl Handled {
    /// Whether a person had the ticket in hand in any way.
    pub fn has(&self, ticket: i64) -> bool {
        self.closed.contains(&ticket) || self.touched.contains(&ticket)
    }
}

/// The technicians of every desk go through their open tickets.
pub fn work_through(world: &World, simulators: &Simulators) -> BTreeMap<DeskIndex, Handled> {
    let desks = simulators.all().filter(|(desk, _)| world.desks[*desk].life != Life::TicketAnEvent);
    desks
        .map(|(desk, sim)| {
            let mut handled = Handled::default();
            for (place, ticket) in sim.open_tickets().into_iter().enumerate() {
                match place % ONE_OF {
                    // Closed by the bridge meanwhile or not: it was in a person's hands.
                    0 if sim.close_ticket(ticket) => handled.closed.insert(ticket),
                    4 if sim.touch_ticket(ticket) => handled.touched.insert(ticket),
                    _ => continue,
                };
            }
            (desk, handled)
        })
        .collect()
}
