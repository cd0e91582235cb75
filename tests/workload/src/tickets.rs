//! The tickets as the PSAs have them, each held to what it has to say. Which event a ticket is of is read from its text,
//! so that nothing rests on what the bridge says about it.

use crate::{
    difference::Difference,
    events::{Event, SOURCES},
    expectation::Expected,
    outcomes::{Outcome, SeenEvents},
    simulators::Simulators,
    submissions::Plan,
    world::{Choices, Partner, PartnerIndex, World},
};
use psa_sim::StoredTicket;
use serde_json::Value;
use std::collections::BTreeMap;

/// What one PSA has.
#[derive(Clone, Debug, Default)]
pub struct TicketCount {
    /// Tickets of events.
    pub tickets: usize,
    /// Different references on them.
    pub references: usize,
    /// Test tickets.
    pub tests: usize,
    /// Tickets beyond the first of one event, or of one reference.
    pub doubled: usize,
    /// Tickets that nobody expected.
    pub unexpected: usize,
}

/// One partner's PSA, to be held to the plan.
pub struct Desk<'a> {
    /// The world.
    pub world: &'a World,
    /// The events.
    pub plan: &'a Plan,
    /// Whose PSA.
    pub index: PartnerIndex,
    /// What it has chosen.
    pub choices: Choices,
    /// What the bridge says about the events.
    pub seen: &'a SeenEvents,
}

impl Desk<'_> {
    /// Looks at every ticket.
    pub fn look(&self, simulators: &Simulators, differences: &mut Vec<Difference>) -> TicketCount {
        let events: BTreeMap<(&str, &str), &Event> =
            self.plan.events.iter().map(|event| ((event.source, event.id.as_str()), event)).collect();
        let mut count = TicketCount::default();
        let mut by_event: BTreeMap<(&str, &str), Vec<i64>> = BTreeMap::new();
        let mut by_reference: BTreeMap<String, usize> = BTreeMap::new();
        for ticket in simulators.tickets(self.index) {
            let text = text(&ticket);
            let event = named_in(&text, &self.plan.events).and_then(|key| events.get(&key));
            let Some(event) = event else {
                if ticket.summary == self.partner().language.test_ticket_title() {
                    count.tests += 1;
                } else {
                    count.unexpected += 1;
                    differences.push(self.unexpected(&ticket));
                }
                continue;
            };
            count.tickets += 1;
            let reference = ticket.text("third_party_id_string").unwrap_or_default().to_owned();
            *by_reference.entry(reference.clone()).or_default() += 1;
            by_event.entry((event.source, &event.id)).or_default().push(ticket.id);
            if event.expected(self.index) != Expected::Ticket {
                count.unexpected += 1;
                differences.push(self.unexpected(&ticket));
            }
            self.hold_to(event, &ticket, &text, &reference, differences);
        }
        count.references = by_reference.len();
        self.count_doubled(&by_event, &by_reference, &mut count, differences);
        count
    }

    fn partner(&self) -> &Partner {
        &self.world.partners[self.index]
    }

    fn unexpected(&self, ticket: &StoredTicket) -> Difference {
        let got = format!("ticket {} {:?}", ticket.id, ticket.summary);
        Difference::new("a ticket", "none", got).of(&self.partner().id)
    }

    fn count_doubled(
        &self,
        by_event: &BTreeMap<(&str, &str), Vec<i64>>,
        by_reference: &BTreeMap<String, usize>,
        count: &mut TicketCount,
        differences: &mut Vec<Difference>,
    ) {
        for ((source, id), tickets) in by_event.iter().filter(|(_, tickets)| tickets.len() > 1) {
            let difference = Difference::new(format!("{source} {id}"), "one ticket", format!("{tickets:?}"));
            differences.push(difference.of(&self.partner().id));
        }
        let extra = |times: usize| times.saturating_sub(1);
        let doubled: usize = by_event.values().map(|tickets| extra(tickets.len())).sum();
        for (reference, times) in by_reference.iter().filter(|(_, times)| **times > 1) {
            let got = format!("{times} tickets");
            differences.push(Difference::new(reference.clone(), "one ticket", got).of(&self.partner().id));
        }
        count.doubled = doubled.max(by_reference.values().map(|times| extra(*times)).sum());
    }

    /// Whether a ticket says what it has to say, and is where it has to be.
    fn hold_to(
        &self,
        event: &Event,
        ticket: &StoredTicket,
        text: &str,
        reference: &str,
        differences: &mut Vec<Difference>,
    ) {
        let said = self.seen.get(&(event.source.to_owned(), event.id.clone())).map(|seen| &seen.outcome);
        let number = |value: i64| value.to_string();
        let wanted = [
            ("client", self.world.client(&event.organization).map(number), number(ticket.client_id)),
            ("ticket type", Some(number(self.choices.ticket_type)), number(ticket.tickettype_id)),
            ("SLA", Some(number(self.choices.sla)), number(ticket.sla_id)),
            ("priority", Some(number(self.choices.priority)), number(ticket.priority_id)),
            ("title", Some(event.title(self.partner().language)), ticket.summary.clone()),
            ("last line", Some(format!("Ref: {reference}")), last_line(text)),
            ("ticket's number", Some(number(ticket.id)), number_of(said)),
        ];
        for (what, expected, got) in wanted {
            if expected.as_ref() != Some(&got) {
                let subject = format!("{what} of ticket {} of {} {}", ticket.id, event.source, event.id);
                let expected = expected.unwrap_or_default();
                differences.push(Difference::new(subject, expected, got).of(&self.partner().id));
            }
        }
        if !reference.starts_with("PSB-") || text.contains("<script") || text.contains("<img") {
            let subject = format!("text of ticket {}", ticket.id);
            let difference = Difference::new(subject, "a reference, and no markup of a pipeline", text);
            differences.push(difference.of(&self.partner().id));
        }
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

/// The opening text, as HTML.
fn text(ticket: &StoredTicket) -> String {
    let opening = ticket.actions.first().and_then(|action| action.fields.get("note_html"));
    let html = ticket.fields.get("details_html").or(opening).and_then(Value::as_str);
    html.unwrap_or_default().to_owned()
}

fn last_line(html: &str) -> String {
    let last = html.rsplit("<p>").next().unwrap_or_default();
    last.trim_end_matches("</p>").to_owned()
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
    use crate::{simulators::SimulatorOptions, world::DISTRIBUTOR};
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
        assert_eq!(last_line(&text(SOURCES[0])), "Ref: PSB-A");
    }

    #[tokio::test]
    async fn a_ticket_of_no_event_is_one_that_nobody_expected() {
        let world = World::new();
        let options = SimulatorOptions { seed: 1, faults: FaultSchedule::none(), rate_limit: None };
        let simulators = Simulators::start(&world, &options).await.unwrap();
        simulators.of(DISTRIBUTOR).unwrap().seed_tickets(1, 2);
        let plan = Plan::new(&world, 4, 40, "2026-11-21T12:00:00Z".parse().unwrap());
        let choices = world.partners[DISTRIBUTOR].choices.unwrap();
        let seen = SeenEvents::new();
        let desk = Desk { world: &world, plan: &plan, index: DISTRIBUTOR, choices, seen: &seen };
        let mut differences = Vec::new();
        let count = desk.look(&simulators, &mut differences);
        assert_eq!((count.unexpected, count.tickets, differences.len()), (2, 0, 2));
        simulators.stop().await;
    }
}
