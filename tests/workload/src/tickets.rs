//! The tickets as the PSAs have them, each held to what it has to say. Which event a ticket is of is read from its text,
//! so that nothing rests on what the bridge says about it.

use crate::{
    choices::Choices,
    difference::Difference,
    events::{Event, SOURCES},
    expectation::Expected,
    outcomes::{Outcome, SeenEvents},
    simulator::Simulator,
    simulators::Simulators,
    stored::Stored,
    submissions::Plan,
    test_ticket::TestTicket,
    world::{DeskIndex, Partner, World},
};
use std::collections::BTreeMap;

/// What one PSA has.
#[derive(Clone, Debug, Default)]
pub struct TicketCount {
    /// Tickets of events.
    pub tickets: usize,
    /// Different references on them, as the PSA counts.
    pub references: usize,
    /// Test tickets.
    pub tests: usize,
    /// Of those, closed ones.
    pub closed_tests: usize,
    /// Tickets beyond the first of one event, or of one reference.
    pub doubled: usize,
    /// Tickets that nobody expected.
    pub unexpected: usize,
}

/// What one desk's PSA has, to be held to the plan.
pub struct Inspection<'a> {
    /// The world.
    pub world: &'a World,
    /// The events.
    pub plan: &'a Plan,
    /// At which desk.
    pub desk: DeskIndex,
    /// What was chosen there.
    pub choices: &'a Choices,
    /// The test ticket that was sent from there.
    pub test: &'a TestTicket,
    /// What the bridge says about the events.
    pub seen: &'a SeenEvents,
}

impl Inspection<'_> {
    /// Looks at every ticket.
    pub fn look(&self, simulators: &Simulators, differences: &mut Vec<Difference>) -> TicketCount {
        let events: BTreeMap<(&str, &str), &Event> =
            self.plan.events.iter().map(|event| ((event.source, event.id.as_str()), event)).collect();
        let mut count = TicketCount::default();
        let mut by_event: BTreeMap<(&str, &str), Vec<i64>> = BTreeMap::new();
        let mut tests = Vec::new();
        let mut by_reference = simulators.of(self.desk).map(Simulator::references).unwrap_or_default();
        by_reference.retain(|reference, _| !reference.is_empty());
        self.find_doubled(&by_reference, differences);
        for ticket in simulators.tickets(self.desk) {
            let event = named_in(&ticket.text, &self.plan.events).and_then(|key| events.get(&key));
            let Some(event) = event else {
                if ticket.title == self.partner().language.test_ticket_title() {
                    tests.push(ticket);
                } else {
                    count.unexpected += 1;
                    differences.push(self.unexpected(&ticket));
                }
                continue;
            };
            count.tickets += 1;
            by_event.entry((event.source, &event.id)).or_default().push(ticket.id);
            if event.expected(self.desk) != Expected::Ticket {
                count.unexpected += 1;
                differences.push(self.unexpected(&ticket));
            }
            self.hold_to(event, &ticket, differences);
        }
        count.references = by_reference.len().saturating_sub(tests.len());
        let extra = |times: usize| times.saturating_sub(1);
        let doubled: usize = by_event.values().map(|tickets| extra(tickets.len())).sum();
        count.doubled = doubled.max(by_reference.values().map(|times| extra(*times)).sum());
        for ((source, id), tickets) in by_event.iter().filter(|(_, tickets)| tickets.len() > 1) {
            let difference = Difference::new(format!("{source} {id}"), "one ticket", format!("{tickets:?}"));
            differences.push(self.here(difference));
        }
        count.tests = tests.len();
        count.closed_tests = tests.iter().filter(|test| test.closed).count();
        self.hold_test(&tests, simulators.faults().is_empty(), differences);
        count
    }

    fn partner(&self) -> &Partner {
        self.world.partner_at(self.desk)
    }

    fn here(&self, difference: Difference) -> Difference {
        difference.of(&self.world.desk_name(self.desk))
    }

    fn unexpected(&self, ticket: &Stored) -> Difference {
        self.here(Difference::new("a ticket", "none", format!("ticket {} {:?}", ticket.id, ticket.title)))
    }

    fn find_doubled(&self, by_reference: &BTreeMap<String, usize>, differences: &mut Vec<Difference>) {
        for (reference, times) in by_reference.iter().filter(|(_, times)| **times > 1) {
            let got = format!("{times} tickets");
            differences.push(self.here(Difference::new(reference.clone(), "one ticket", got)));
        }
    }

    /// Whether a ticket says what it has to say, and is where it has to be.
    fn hold_to(&self, event: &Event, ticket: &Stored, differences: &mut Vec<Difference>) {
        let said = self.seen.get(&(event.source.to_owned(), event.id.clone())).map(|seen| &seen.outcome);
        let client = self.world.client(self.desk, &event.organization).unwrap_or_default();
        let title = event.title(self.partner().language, self.choices.psa);
        let mut wanted = vec![
            ("client", client.to_string(), ticket.client.to_string()),
            ("title", title, ticket.title.clone()),
            ("last line", format!("Ref: {}", ticket.reference), ticket.last_line().to_owned()),
            ("ticket's number", ticket.id.to_string(), number_of(said)),
        ];
        let chosen = self.choices.on_tickets();
        wanted.extend(chosen.map(|(field, choice)| (*field, choice.to_string(), ticket.value(field))));
        for (what, expected, got) in wanted {
            if expected != got {
                let subject = format!("{what} of ticket {} of {} {}", ticket.id, event.source, event.id);
                differences.push(self.here(Difference::new(subject, expected, got)));
            }
        }
        // Plain text may hold anything: nobody takes it for markup.
        let markup = ticket.html && ["<script", "<img"].iter().any(|tag| ticket.text.contains(tag));
        if !ticket.reference.starts_with("PSB-") || markup {
            let subject = format!("text of ticket {}", ticket.id);
            let difference =
                Difference::new(subject, "a reference, and no markup of a pipeline", ticket.text.as_str());
            differences.push(self.here(difference));
        }
    }

    /// The test ticket that proved the connection is there, with its note and closed, as the bridge tells; and where the
    /// PSA did not stumble, the bridge tells just that, of the one test ticket that the PSA did not refuse.
    fn hold_test(&self, tests: &[Stored], faultless: bool, differences: &mut Vec<Difference>) {
        let told = |step: &str| self.test.steps.get(step) == Some(&true);
        let ticket = tests.iter().find(|ticket| ticket.id.to_string() == self.test.ticket);
        let is = ticket.map(|ticket| (ticket.notes > 0, ticket.closed));
        let noted = is.is_some_and(|(noted, _)| noted || !told("note"));
        let closed = is.is_some_and(|(_, closed)| closed || !told("close"));
        let complete = ["create", "find", "note", "close"].into_iter().all(told) && tests.len() == 1;
        let revealed: Vec<&str> = self.choices.revealed.iter().map(|(field, _)| *field).collect();
        if noted && closed && (complete || !faultless) && self.test.revealed == revealed {
            return;
        }
        let expected = format!("one with a note, closed, after refusals for {revealed:?}");
        let got = format!("{:?}, with note and closed: {is:?}, of {}", self.test, tests.len());
        differences.push(self.here(Difference::new("the test ticket", expected, got)));
    }
}

fn number_of(outcome: Option<&Outcome>) -> String {
    outcome.map_or_else(
        || "not visible".to_owned(),
        |outcome| match outcome {
            Outcome::Ticket(id) => id.clone(),
            other => other.to_string(),
        },
    )
}

/// Source and id of the event that a text names.
fn named_in<'a>(text: &str, events: &'a [Event]) -> Option<(&'a str, &'a str)> {
    let prefix = events.first()?.id.split('-').next()?;
    let begin = text.rfind(&format!("{prefix}-"))?;
    let id: String = text[begin..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    let source = SOURCES.into_iter().find(|source| text.contains(source))?;
    let event = events.iter().find(|event| event.id == id && event.source == source)?;
    Some((event.source, &event.id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        simulators::SimulatorOptions,
        world::{DISTRIBUTOR_AUTOTASK, DISTRIBUTOR_HALOPSA},
    };
    use psa_sim::FaultSchedule;

    #[test]
    fn a_text_names_its_event_by_source_and_id() {
        let plan = Plan::new(&World::new(), 4, 40, "2026-11-21T12:00:00Z".parse().unwrap());
        let named = |text: &str| named_in(text, &plan.events);
        // The twentieth event has the id of the nineteenth.
        let text = |source: &str| {
            format!("<p><b>ID:</b> wl4-000019<br><b>Source:</b> {source}</p><p>Ref: PSB-A</p>")
        };
        assert_eq!(named(&text(SOURCES[0])), Some((SOURCES[0], "wl4-000019")));
        assert_eq!(named(&text(SOURCES[1])), Some((SOURCES[1], "wl4-000019")));
        assert_eq!(named(&text("/elsewhere")), None);
    }

    #[tokio::test]
    async fn a_ticket_of_no_event_is_one_that_nobody_expected() {
        let world = World::new();
        let options = SimulatorOptions { seed: 1, faults: FaultSchedule::none(), rate_limit: None };
        let simulators = Simulators::start(&world, &options).await.unwrap();
        for desk in [DISTRIBUTOR_HALOPSA, DISTRIBUTOR_AUTOTASK] {
            match simulators.of(desk).unwrap() {
                Simulator::Halopsa(sim) => sim.seed_tickets(1, 2),
                Simulator::Autotask(sim) => sim.seed_tickets(174, 2),
            }
            let plan = Plan::new(&world, 4, 40, "2026-11-21T12:00:00Z".parse().unwrap());
            let choices = world.desks[desk].choices.as_ref().unwrap();
            let (seen, mut differences) = (SeenEvents::new(), Vec::new());
            let test = TestTicket { ticket: "0".to_owned(), steps: BTreeMap::new(), revealed: Vec::new() };
            let inspection =
                Inspection { world: &world, plan: &plan, desk, choices, test: &test, seen: &seen };
            let count = inspection.look(&simulators, &mut differences);
            // And no test ticket is there.
            assert_eq!((count.unexpected, count.tickets, differences.len()), (2, 0, 3), "{differences:?}");
        }
        simulators.stop().await;
    }
}
