//! The closing account of a run.

use crate::{api::Api, compare::Comparison, run::Ran, simulators::Simulators};
use comfy_table::{CellAlignment, Table, presets::UTF8_FULL_CONDENSED};
use std::{collections::BTreeMap, fmt::Write as _, time::Duration};

/// Differences that are listed; all are counted.
const LISTED: usize = 20;

/// What the bridge ran with, for whoever reads the numbers.
#[derive(Clone, Debug)]
pub struct Conditions {
    /// The seed.
    pub seed: u64,
    /// The request budget of each PSA.
    pub budget: String,
    /// From the start of a create whose answer was lost until "not there" counts.
    pub settle: Duration,
}

/// The closing account as text.
pub fn report(
    conditions: &Conditions,
    api: &Api,
    simulators: &Simulators,
    ran: &Ran,
    comparison: &Comparison,
) -> String {
    let mut text = String::new();
    let line = |text: &mut String, content: String| {
        // Writing to a string does not fail.
        if writeln!(text, "{content}").is_err() {
            tracing::error!("A line of the report is lost");
        }
    };
    line(&mut text, format!("Requests by endpoint: the bridge's\n{}", columns(&api.calls())));
    line(&mut text, format!("Requests by endpoint: the PSAs'\n{}", columns(&simulators.requests())));
    let faults = simulators.faults();
    let faults: Vec<String> = faults.iter().map(|(kind, count)| format!("{kind:?} {count}")).collect();
    let faults = if faults.is_empty() { "none".to_owned() } else { faults.join(", ") };
    line(
        &mut text,
        format!(
            "Faults: {faults}; refused by the PSAs' rate limits: {}, for too many at once: {}",
            simulators.rate_limited(),
            simulators.thread_limited()
        ),
    );
    line(
        &mut text,
        format!(
            "Seed {}, budget {}, settle time {} s (what PSAs store is visible within {} ms)",
            conditions.seed,
            conditions.budget,
            conditions.settle.as_secs(),
            simulators.settle_bound().as_millis()
        ),
    );
    line(&mut text, rate(ran, comparison));
    line(&mut text, table(comparison).to_string());
    for difference in comparison.differences.iter().take(LISTED) {
        line(&mut text, format!("  {difference}"));
    }
    if comparison.differences.len() > LISTED {
        line(&mut text, format!("  and {} more", comparison.differences.len() - LISTED));
    }
    for timeline in &comparison.timelines {
        line(&mut text, timeline.clone());
    }
    let verdict = match comparison.differences.len() {
        0 => "No difference.".to_owned(),
        1 => "1 difference.".to_owned(),
        many => format!("{many} differences."),
    };
    line(&mut text, verdict);
    text
}

fn rate(ran: &Ran, comparison: &Comparison) -> String {
    let seconds = ran.took.as_secs_f64();
    let tickets = u32::try_from(comparison.tickets.tickets).unwrap_or(u32::MAX);
    let drained = if ran.drained { "" } else { ", and came to a standstill before all was done" };
    format!("Took {seconds:.1} s{drained}: {:.1} tickets a second", f64::from(tickets) / seconds.max(0.001))
}

fn table(comparison: &Comparison) -> Table {
    let tickets = &comparison.tickets;
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED);
    table.set_header(["Event × PSA", "expected", "got", "tickets by reference"]);
    for (outcome, (expected, got)) in &comparison.outcomes {
        let references = if outcome == "ticket" { tickets.references.to_string() } else { String::new() };
        table.add_row([outcome.clone(), expected.to_string(), got.to_string(), references]);
    }
    let rows = [
        ("refused input", comparison.refused.0, comparison.refused.1, String::new()),
        ("doubled tickets", 0, tickets.doubled, String::new()),
        ("unaccounted events", 0, comparison.unaccounted, String::new()),
        ("tickets nobody expected", 0, tickets.unexpected, String::new()),
    ];
    for (what, expected, got, references) in rows {
        table.add_row([what.to_owned(), expected.to_string(), got.to_string(), references]);
    }
    let closed = format!("{} of {} closed", tickets.closed_tests, tickets.tests);
    table.add_row(["test tickets".to_owned(), String::new(), closed, String::new()]);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

/// Outcomes of one endpoint on one line.
fn columns(calls: &BTreeMap<String, u64>) -> String {
    let mut endpoints: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (call, count) in calls {
        let (endpoint, outcome) = call.rsplit_once(' ').unwrap_or((call, ""));
        endpoints.entry(endpoint.to_owned()).or_default().push(format!("{outcome}: {count}"));
    }
    let lines =
        endpoints.into_iter().map(|(endpoint, outcomes)| format!("  {endpoint:<55} {}", outcomes.join("  ")));
    lines.collect::<Vec<_>>().join("\n")
}
