//! The closing account of a run.

use crate::{allowed::Kind, api::Api, compare::Comparison, run::Ran, simulators::Simulators};
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
    line(&mut text, outcomes(comparison).to_string());
    line(&mut text, psas(comparison).to_string());
    line(&mut text, seats(comparison).to_string());
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
    let told = comparison.psas.tickets + comparison.psas.notes + comparison.psas.lines;
    let told = u32::try_from(told).unwrap_or(u32::MAX);
    let drained = if ran.drained { "" } else { ", and came to a standstill before all was done" };
    let rate = f64::from(told) / seconds.max(0.001);
    format!("Took {seconds:.1} s{drained}: {rate:.1} tickets, notes and lines a second")
}

/// What became of each event at each desk.
fn outcomes(comparison: &Comparison) -> Table {
    let mut table = new_table(["Event × PSA", "allowed", "got"]);
    for (kind, tally) in &comparison.outcomes {
        let allowed = match (tally.least, tally.most) {
            (least, most) if least == most => most.to_string(),
            (least, most) => format!("{least} to {most}"),
        };
        table.add_row([kind.to_string(), allowed, tally.got.to_string()]);
    }
    align(&mut table);
    table
}

/// What is in the PSAs, beside what it has to be.
fn psas(comparison: &Comparison) -> Table {
    let (psas, said) = (&comparison.psas, |wanted: fn(&Kind) -> bool| {
        let kinds = comparison.outcomes.iter().filter(|(kind, _)| wanted(kind));
        kinds.map(|(_, tally)| tally.got).sum::<usize>()
    });
    let mut table = new_table(["In the PSAs", "expected", "got"]);
    let (open, over) = (psas.endings.open, psas.endings.over);
    for (what, expected, got) in [
        ("tickets of one event", said(|kind| *kind == Kind::Ticket), psas.tickets),
        ("notes about events", said(Kind::is_note), psas.notes),
        ("lines on tickets for many", said(|kind| *kind == Kind::RolledUp), psas.lines),
        ("failures that must be told", comparison.told.0, comparison.told.1),
        ("problems still there: ticket open", open.0, open.1),
        ("problems that are over: tickets closed", over.0, over.1),
        ("doubled tickets", 0, psas.doubled.tickets),
        ("doubled notes", 0, psas.doubled.notes),
        ("doubled lines", 0, psas.doubled.lines),
        ("tickets and notes nobody expected", 0, psas.unexpected),
        ("unaccounted events", 0, comparison.unaccounted),
        ("refused input", comparison.refused.0, comparison.refused.1),
    ] {
        table.add_row([what.to_owned(), expected.to_string(), got.to_string()]);
    }
    for (what, got) in [
        ("tickets for many", psas.roll_ups.to_string()),
        ("closed tickets", psas.closed.to_string()),
        ("tickets that people closed or wrote into", psas.handled.to_string()),
        ("test tickets", format!("{} of {} closed", psas.closed_tests, psas.tests)),
    ] {
        table.add_row([what.to_owned(), String::new(), got]);
    }
    align(&mut table);
    table
}

/// The seats that each organisation is billed for, beside those that the vendor told last.
fn seats(comparison: &Comparison) -> Table {
    let mut table = new_table(["Seats", "expected", "got", "changes"]);
    for seats in &comparison.seats {
        let got = seats.got.map_or_else(|| "-".to_owned(), |got| got.to_string());
        table.add_row([seats.place.clone(), seats.expected.to_string(), got, seats.changes.to_string()]);
    }
    align(&mut table);
    table
}

fn new_table<const COLUMNS: usize>(header: [&str; COLUMNS]) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED);
    table.set_header(header);
    table
}

fn align(table: &mut Table) {
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
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
