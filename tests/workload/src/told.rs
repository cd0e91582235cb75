//! What a PSA tells of the events: read from the texts of its tickets and notes, so that nothing rests on what the bridge
//! says about them.

use crate::{
    events::{Event, SOURCES},
    stored::{Note, Stored},
    texts::{as_stored, one_line},
    view::DeskView,
};
use std::collections::{BTreeMap, HashMap};

/// Events by source and id.
#[derive(Debug)]
pub struct Index<'a> {
    places: HashMap<(&'a str, &'a str), usize>,
    /// What all ids begin with.
    prefix: String,
}

impl<'a> Index<'a> {
    /// The index of these events.
    pub fn new(events: &'a [Event]) -> Self {
        let places = events
            .iter()
            .enumerate()
            .map(|(place, event)| ((event.source, event.id.as_str()), place))
            .collect();
        let first = events.first().map(|event| event.id.as_str()).unwrap_or_default();
        let prefix = first.split('-').next().map(|prefix| format!("{prefix}-")).unwrap_or_default();
        Self { places, prefix }
    }

    /// The place of an event.
    pub fn place(&self, source: &str, id: &str) -> Option<usize> {
        self.places.get(&(source, id)).copied()
    }

    /// The place of the event that a text names by id and source.
    pub fn named_in(&self, text: &str) -> Option<usize> {
        let begin = text.rfind(&self.prefix).filter(|_| !self.prefix.is_empty())?;
        let rest = &text[begin..];
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(rest.len());
        let source = SOURCES.into_iter().find(|source| text.contains(source))?;
        self.place(source, &rest[..end])
    }
}

/// What a PSA tells, by the events' places.
#[derive(Debug, Default)]
pub struct Told<'a> {
    /// The tickets of their own, the oldest first.
    pub own: BTreeMap<usize, Vec<&'a Stored>>,
    /// The tickets that have a note about them.
    pub notes: BTreeMap<usize, Vec<i64>>,
    /// Lines on tickets that stand for many, by client and what they say, and how often.
    pub lines: BTreeMap<(i64, String), usize>,
    /// The tickets that stand for many.
    pub roll_ups: Vec<&'a Stored>,
    /// Test tickets.
    pub tests: Vec<&'a Stored>,
    /// Tickets that nobody expected.
    pub unexpected: Vec<&'a Stored>,
    /// Notes that nobody expected, with their tickets.
    pub unexpected_notes: Vec<(i64, &'a Note)>,
    /// How often each reference is on tickets and notes.
    pub references: BTreeMap<&'a str, usize>,
    /// Whether each ticket is closed.
    pub closed: BTreeMap<i64, bool>,
}

impl<'a> Told<'a> {
    /// Reads these tickets.
    pub fn read(view: &DeskView<'_>, tickets: &'a [Stored]) -> Self {
        let mut told = Self::default();
        let titles = roll_up_titles(view);
        for ticket in tickets {
            told.closed.insert(ticket.id, ticket.closed);
            told.count(&ticket.reference);
            let is_roll_up =
                titles.iter().any(|(client, title)| *client == ticket.client && *title == ticket.title);
            if let Some(place) = view.index.named_in(&ticket.text) {
                told.own.entry(place).or_default().push(ticket);
            } else if is_roll_up {
                told.roll_ups.push(ticket);
                told.list(ticket.client, &ticket.plain_text());
            } else if ticket.title == view.language().test_ticket_title() {
                // Its note names no event, and is looked at apart.
                told.tests.push(ticket);
                continue;
            } else {
                told.unexpected.push(ticket);
            }
            for note in &ticket.notes {
                told.count(&note.reference);
                if is_roll_up {
                    told.list(ticket.client, &note.text);
                } else if let Some(place) = view.index.named_in(&note.text) {
                    told.notes.entry(place).or_default().push(ticket.id);
                } else {
                    told.unexpected_notes.push((ticket.id, note));
                }
            }
        }
        told
    }

    fn count(&mut self, reference: &'a str) {
        if !reference.is_empty() {
            *self.references.entry(reference).or_default() += 1;
        }
    }

    /// Lines that begin with a time are those of events.
    fn list(&mut self, client: i64, text: &str) {
        let is_time = |line: &str| {
            line.get(..5).is_some_and(|year| {
                year.ends_with('-') && year[..4].bytes().all(|digit| digit.is_ascii_digit())
            })
        };
        for line in text.lines().map(one_line).filter(|line| is_time(line)) {
            *self.lines.entry((client, line)).or_default() += 1;
        }
    }
}

/// The titles of tickets that stand for many, with their clients. What only its events name goes by its id.
fn roll_up_titles(view: &DeskView<'_>) -> Vec<(i64, String)> {
    let organizations = view.world.organizations.iter();
    organizations
        .filter_map(|organization| {
            let client = view.world.client(view.desk, &organization.id)?;
            let title =
                |name: &str| (client, as_stored(&view.language().roll_up_title(name), view.choices.psa));
            Some([title(&organization.name), title(&organization.id)])
        })
        .flatten()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{submissions::Plan, world::World};

    #[test]
    fn a_text_names_its_event_by_source_and_id() {
        let plan = Plan::new(&World::new(), 4, 40, "2026-11-21T12:00:00Z".parse().unwrap());
        let index = Index::new(&plan.events);
        let named = |source: &str| {
            let text = format!("<p><b>ID:</b> wl4-000019<br><b>Source:</b> {source}</p><p>Ref: PSB-A</p>");
            index.named_in(&text).map(|place| (plan.events[place].source, plan.events[place].id.as_str()))
        };
        // The twentieth event has the id of the nineteenth.
        assert_eq!(named(SOURCES[0]), Some((SOURCES[0], "wl4-000019")));
        assert_eq!(named(SOURCES[1]), Some((SOURCES[1], "wl4-000019")));
        assert_eq!(named("/elsewhere"), None);
    }
}
