//! What must hold when several processes work on one store at once.

pub(super) mod pairs;
mod routing_storms;
mod scene;
pub(super) mod snapshot;
mod steps;
mod storms;

use super::Case;

pub(super) fn cases(rounds: u32) -> Vec<Case> {
    let mut cases = storms::cases();
    cases.extend(routing_storms::cases());
    cases.extend(pairs::cases(rounds));
    cases
}
