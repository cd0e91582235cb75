//! What has to be, held against what the bridge says and what the PSAs have.

use crate::{
    accounts::{Doubled, account},
    allowed::Kind,
    difference::Difference,
    endings::{Endings, hold_endings},
    error::WorkloadError,
    expectation::Expected,
    fields::{hold_fields, hold_test},
    outcomes::{Seen, seen_by, seen_though_not_theirs, timeline},
    run::{Ran, Run},
    seats::{SeatCount, hold_seats},
    set_up::Connected,
    technicians::Handled,
    told::{Index, Told},
    view::{DeskView, histories_at},
    world::DeskIndex,
};
use std::collections::{BTreeMap, BTreeSet};

/// How many timelines are read for those who look into differences.
const TIMELINES: usize = 5;

/// How often something may be and has to be, and how often it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// At least: nothing else is allowed for so many.
    pub least: usize,
    /// At most: it is allowed for so many.
    pub most: usize,
    /// It is.
    pub got: usize,
}

/// What the PSAs have, all together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PsaCount {
    /// Tickets of one event each.
    pub tickets: usize,
    /// Notes about events on them.
    pub notes: usize,
    /// Tickets that stand for many.
    pub roll_ups: usize,
    /// Lines on them.
    pub lines: usize,
    /// Tickets of both kinds that are closed.
    pub closed: usize,
    /// Tickets that people closed or wrote into.
    pub handled: usize,
    /// Test tickets.
    pub tests: usize,
    /// Of those, closed ones.
    pub closed_tests: usize,
    /// Tickets and notes that nobody expected.
    pub unexpected: usize,
    /// What is there twice.
    pub doubled: Doubled,
    /// How problems stand.
    pub endings: Endings,
}

/// What has to be and what is.
#[derive(Clone, Debug, Default)]
pub struct Comparison {
    /// For each thing that can become of an event at a desk: how often it may, and how often it has.
    pub outcomes: BTreeMap<Kind, Tally>,
    /// Failures that the PSA has to tell of, and of which it does.
    pub told: (usize, usize),
    /// Input that had to be refused, and that was.
    pub refused: (usize, usize),
    /// Events that were sent and that the bridge does not know of.
    pub unaccounted: usize,
    /// All PSAs together.
    pub psas: PsaCount,
    /// Seat counts that the vendor told, in each PSA that bills them.
    pub seats: Vec<SeatCount>,
    /// Everything that is not as it has to be.
    pub differences: Vec<Difference>,
    /// What the bridge says about the first events that differ.
    pub timelines: Vec<String>,
}

impl Comparison {
    /// Whether all is as it has to be.
    pub fn is_clean(&self) -> bool {
        self.differences.is_empty()
    }

    fn tally(&mut self, allowed: &[Kind], got: &Kind) {
        for kind in allowed {
            let tally = self.outcomes.entry(kind.clone()).or_default();
            tally.most += 1;
            tally.least += usize::from(allowed.len() == 1);
        }
        self.outcomes.entry(got.clone()).or_default().got += 1;
        if allowed.iter().all(Kind::is_told) {
            self.told.0 += 1;
            self.told.1 += usize::from(got.is_told());
        }
    }
}

/// Holds a run against its plan.
pub async fn compare(run: &Run<'_>, ran: &Ran) -> Result<Comparison, WorkloadError> {
    let mut comparison = Comparison {
        refused: (run.plan.malformed, ran.ledger.refused),
        differences: ran.ledger.differences.clone(),
        ..Comparison::default()
    };
    let index = Index::new(&run.plan.events);
    let mut differing = BTreeSet::new();
    for (number, partner) in run.world.partners.iter().enumerate() {
        let connection = |desk| run.connections.get(&desk).map(|connected: &Connected| connected.id.as_str());
        let desks: Vec<_> = run.world.desks_of(number).map(|desk| (desk, connection(desk))).collect();
        let seen = seen_by(run.api, &partner.id, &desks, &index, run.plan.events.len()).await?;
        for stranger in seen.strangers {
            comparison.differences.push(Difference::new(stranger, "never taken", "seen").of(&partner.id));
        }
        for (desk, seen) in seen.desks {
            let before = comparison.differences.len();
            hold_outcomes(run, desk, &seen, &mut comparison);
            look_into_psa(run, ran, &index, desk, &seen, &mut comparison);
            let differences = &comparison.differences[before..];
            differing.extend(differences.iter().filter_map(|difference| Some((difference.event?, desk))));
        }
    }
    // What the bridge asks at once stays within what a PSA bears, unless the PSA itself holds requests up.
    let at_once = run.simulators.thread_limited();
    if run.simulators.faults().is_empty() && at_once > 0 {
        comparison.differences.push(Difference::new(
            "requests at once",
            "no more than a PSA bears",
            at_once.to_string(),
        ));
    }
    look_for_strangers(run, ran, &mut comparison).await?;
    hold_seats(run, &mut comparison).await?;
    for (place, desk) in differing.into_iter().take(TIMELINES) {
        if let Some(id) = ran.ledger.ids.get(&place) {
            let partner = &run.world.partner_at(desk).id;
            let lines = timeline(run.api, partner, id).await?;
            let name = run.plan.events[place].name();
            comparison.timelines.push(format!("{name} for {partner} ({id}):\n{lines}"));
        }
    }
    Ok(comparison)
}

/// What the bridge says of each event at a desk is something that is allowed for it.
fn hold_outcomes(run: &Run<'_>, desk: DeskIndex, seen: &[Seen], comparison: &mut Comparison) {
    let name = run.world.desk_name(desk);
    let histories = histories_at(&run.plan.events, desk);
    let life = run.world.desks[desk].life;
    for ((place, event), seen) in run.plan.events.iter().enumerate().zip(seen) {
        let allowed = crate::allowed::allowed(event, desk, life, &histories);
        comparison.tally(&allowed, &seen.kind);
        if !allowed.contains(&seen.kind) {
            let expected: Vec<String> = allowed.iter().map(Kind::to_string).collect();
            let difference = Difference::new(event.name(), expected.join(" or "), seen.kind.to_string());
            comparison.differences.push(difference.of(&name).see(place));
        } else if event.expected(desk) != Expected::NotVisible && seen.disagrees != event.disagrees {
            let notice = |disagrees| if disagrees { "chain_disagrees" } else { "no notice" };
            let difference = Difference::new(event.name(), notice(event.disagrees), notice(seen.disagrees));
            comparison.differences.push(difference.of(&name));
        }
    }
}

fn look_into_psa(
    run: &Run<'_>,
    ran: &Ran,
    index: &Index<'_>,
    desk: DeskIndex,
    seen: &[Seen],
    comparison: &mut Comparison,
) {
    let (Some(choices), Some(connected)) = (&run.world.desks[desk].choices, run.connections.get(&desk))
    else {
        return;
    };
    let nothing = Handled::default();
    let view = DeskView {
        world: run.world,
        events: &run.plan.events,
        index,
        desk,
        choices,
        seen,
        handled: ran.handled.get(&desk).unwrap_or(&nothing),
        histories: histories_at(&run.plan.events, desk),
    };
    let tickets = run.simulators.tickets(desk);
    let told = Told::read(&view, &tickets);
    let faultless = run.simulators.faults().is_empty();
    let differences = &mut comparison.differences;
    hold_test(&view, &connected.test, &told, faultless, differences);
    let count = hold_desk(&view, &told, differences);
    comparison.psas = add(&comparison.psas, &count);
}

/// Holds what a PSA tells to all the rules, and counts it.
pub fn hold_desk(view: &DeskView<'_>, told: &Told<'_>, differences: &mut Vec<Difference>) -> PsaCount {
    hold_fields(view, told, differences);
    let doubled = account(view, told, differences);
    let endings = hold_endings(view, told, differences);
    let own = || told.own.values().flatten();
    PsaCount {
        tickets: own().count(),
        notes: told.notes.values().map(Vec::len).sum(),
        roll_ups: told.roll_ups.len(),
        lines: told.lines.values().sum(),
        closed: own().chain(&told.roll_ups).filter(|ticket| ticket.closed).count(),
        handled: view.handled.closed.union(&view.handled.touched).count(),
        tests: told.tests.len(),
        closed_tests: told.tests.iter().filter(|ticket| ticket.closed).count(),
        unexpected: told.unexpected.len() + told.unexpected_notes.len(),
        doubled,
        endings,
    }
}

/// Events that the bridge does not know of, and events that are shown to partners that they are not of.
async fn look_for_strangers(
    run: &Run<'_>,
    ran: &Ran,
    comparison: &mut Comparison,
) -> Result<(), WorkloadError> {
    for (place, event) in run.plan.events.iter().enumerate() {
        if !ran.ledger.ids.contains_key(&place) {
            comparison.unaccounted += 1;
            comparison.differences.push(Difference::new(event.name(), "taken", "unaccounted for"));
        }
    }
    for (place, partner, status) in
        seen_though_not_theirs(run.api, run.world, run.plan, &ran.ledger.ids).await?
    {
        let subject = format!("{} by id", run.plan.events[place].name());
        let difference = Difference::new(subject, "404", status.to_string());
        comparison.differences.push(difference.of(&run.world.partners[partner].id));
    }
    Ok(())
}

fn add(one: &PsaCount, other: &PsaCount) -> PsaCount {
    let both = |of: fn(&PsaCount) -> usize| of(one) + of(other);
    let pairs = |a: (usize, usize), b: (usize, usize)| (a.0 + b.0, a.1 + b.1);
    PsaCount {
        tickets: both(|it| it.tickets),
        notes: both(|it| it.notes),
        roll_ups: both(|it| it.roll_ups),
        lines: both(|it| it.lines),
        closed: both(|it| it.closed),
        handled: both(|it| it.handled),
        tests: both(|it| it.tests),
        closed_tests: both(|it| it.closed_tests),
        unexpected: both(|it| it.unexpected),
        doubled: Doubled {
            tickets: both(|it| it.doubled.tickets),
            notes: both(|it| it.doubled.notes),
            lines: both(|it| it.doubled.lines),
        },
        endings: Endings {
            open: pairs(one.endings.open, other.endings.open),
            over: pairs(one.endings.over, other.endings.over),
        },
    }
}
