//! What was expected, held against what the bridge says and what the PSAs have.

use crate::{
    difference::Difference,
    error::WorkloadError,
    expectation::Expected,
    outcomes::{Outcome, Seen, seen_at, seen_though_not_theirs, timeline},
    run::{Ran, Run},
    tickets::{Inspection, TicketCount},
};
use std::collections::{BTreeMap, BTreeSet};

/// How many timelines are read for those who look into differences.
const TIMELINES: usize = 5;

/// What was expected and what is.
#[derive(Clone, Debug, Default)]
pub struct Comparison {
    /// For each outcome: how often it was expected, and how often it is.
    pub outcomes: BTreeMap<String, (usize, usize)>,
    /// Input that had to be refused, and that was.
    pub refused: (usize, usize),
    /// Events that were sent and that the bridge does not know of.
    pub unaccounted: usize,
    /// All PSAs together.
    pub tickets: TicketCount,
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
}

/// Holds a run against its plan.
pub async fn compare(run: &Run<'_>, ran: &Ran) -> Result<Comparison, WorkloadError> {
    let mut comparison = Comparison {
        refused: (run.plan.malformed, ran.ledger.refused),
        differences: ran.ledger.differences.clone(),
        ..Comparison::default()
    };
    let mut differing = BTreeSet::new();
    for (index, desk) in run.world.desks.iter().enumerate() {
        let name = run.world.desk_name(index);
        let connected = run.connections.get(&index);
        let mut seen = seen_at(run.api, run.world, index, connected.map(|it| it.id.as_str())).await?;
        for (place, event) in run.plan.events.iter().enumerate() {
            let expected = event.expected(index);
            let hidden = Seen { outcome: Outcome::NotVisible, disagrees: false };
            let got = seen.get(&(event.source.to_owned(), event.id.clone())).unwrap_or(&hidden);
            comparison.outcomes.entry(expected.to_string()).or_default().0 += 1;
            comparison.outcomes.entry(got.outcome.kind()).or_default().1 += 1;
            let subject = format!("{} {}", event.source, event.id);
            if !got.outcome.is(expected) {
                differing.insert((place, index));
                let difference = Difference::new(subject, expected.to_string(), got.outcome.to_string());
                comparison.differences.push(difference.of(&name));
            } else if expected != Expected::NotVisible && got.disagrees != event.disagrees {
                let notice = |disagrees| if disagrees { "chain_disagrees" } else { "no notice" };
                let difference = Difference::new(subject, notice(event.disagrees), notice(got.disagrees));
                comparison.differences.push(difference.of(&name));
            }
        }
        if let (Some(choices), Some(connected)) = (&desk.choices, connected) {
            let inspection = Inspection {
                world: run.world,
                plan: run.plan,
                desk: index,
                choices,
                test: &connected.test,
                seen: &seen,
            };
            let count = inspection.look(run.simulators, &mut comparison.differences);
            comparison.tickets = add(&comparison.tickets, &count);
        }
        for event in &run.plan.events {
            seen.remove(&(event.source.to_owned(), event.id.clone()));
        }
        for ((source, id), view) in seen {
            let difference =
                Difference::new(format!("{source} {id}"), "never taken", view.outcome.to_string());
            comparison.differences.push(difference.of(&name));
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
    for (place, index) in differing.into_iter().take(TIMELINES) {
        if let Some(id) = ran.ledger.ids.get(&place) {
            let partner = &run.world.partner_at(index).id;
            let lines = timeline(run.api, partner, id).await?;
            let event = &run.plan.events[place];
            comparison
                .timelines
                .push(format!("{} {} for {partner} ({id}):\n{lines}", event.source, event.id));
        }
    }
    Ok(comparison)
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
            let subject = format!("{} {}", event.source, event.id);
            comparison.differences.push(Difference::new(subject, "taken", "unaccounted for"));
        }
    }
    for (place, partner, status) in
        seen_though_not_theirs(run.api, run.world, run.plan, &ran.ledger.ids).await?
    {
        let event = &run.plan.events[place];
        let subject = format!("{} {} by id", event.source, event.id);
        let difference = Difference::new(subject, "404", status.to_string());
        comparison.differences.push(difference.of(&run.world.partners[partner].id));
    }
    Ok(())
}

fn add(one: &TicketCount, other: &TicketCount) -> TicketCount {
    TicketCount {
        tickets: one.tickets + other.tickets,
        references: one.references + other.references,
        tests: one.tests + other.tests,
        closed_tests: one.closed_tests + other.closed_tests,
        doubled: one.doubled + other.doubled,
        unexpected: one.unexpected + other.unexpected,
    }
}
