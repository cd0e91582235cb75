//! Small worlds that are made up by hand: what a right bridge leaves behind, and then one thing wrong. What the comparison
//! does not see in them, it would not see in a run.

use crate::{
    allowed::Kind,
    compare::hold_desk,
    difference::Difference,
    events::{Event, SOURCES},
    expectation::Expected,
    life::Life,
    outcomes::Seen,
    problems::Problem,
    stored::{Note, Stored},
    technicians::Handled,
    told::{Index, Told},
    view::{DeskView, histories_at},
    world::{DISTRIBUTOR_HALOPSA, World},
};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeMap;

const ORGANIZATION: &str = "org-01";

/// What happened, all to one account.
#[derive(Clone, Debug, Default)]
pub struct Story {
    pub events: Vec<Event>,
}

impl Story {
    fn event(mut self, second: i64, resolves: bool) -> Self {
        let event_type = "backup.email.failed";
        self.events.push(Event {
            source: SOURCES[0],
            id: format!("wl0-{:06}", self.events.len()),
            time: Timestamp::constant(1_800_000_000 + second, 0),
            event_type: event_type.to_owned(),
            organization: ORGANIZATION.to_owned(),
            account: None,
            problem: Problem::of(ORGANIZATION, event_type, None, None),
            resolves,
            shown_title: None,
            disagrees: false,
            json: Value::Null,
            expected: vec![Expected::Worked],
        });
        self
    }

    /// It broke.
    pub fn failed(self, second: i64) -> Self {
        self.event(second, false)
    }

    /// It was mended.
    pub fn recovered(self, second: i64) -> Self {
        self.event(second, true)
    }
}

/// A story, what the bridge says of it, and what the PSA has.
struct Scene {
    world: World,
    story: Story,
    seen: Vec<Seen>,
    tickets: Vec<Stored>,
    handled: Handled,
}

impl Scene {
    fn of(story: Story) -> Self {
        let seen = vec![Seen::hidden(); story.events.len()];
        Self { world: World::new(), story, seen, tickets: Vec::new(), handled: Handled::default() }
    }

    fn said(&mut self, place: usize, kind: Kind, ticket: Option<i64>) {
        self.seen[place] = Seen { kind, ticket, disagrees: false };
    }

    fn text(&self, place: usize, reference: &str) -> String {
        let event = &self.story.events[place];
        format!("<p><b>ID:</b> {}<br><b>Source:</b> {}</p><p>Ref: {reference}</p>", event.id, event.source)
    }

    fn store(&mut self, title: String, text: String, reference: &str) -> i64 {
        let id = 2000 + i64::try_from(self.tickets.len()).unwrap();
        let choices = self.world.desks[DISTRIBUTOR_HALOPSA].choices.as_ref().unwrap();
        let values: BTreeMap<String, String> =
            choices.on_tickets().map(|(field, choice)| ((*field).to_owned(), choice.to_string())).collect();
        self.tickets.push(Stored {
            id,
            client: self.world.client(DISTRIBUTOR_HALOPSA, ORGANIZATION).unwrap(),
            title,
            text,
            html: true,
            reference: reference.to_owned(),
            closed: false,
            notes: Vec::new(),
            values,
        });
        id
    }

    /// The PSA has a ticket of the event, whatever the bridge says.
    fn ticket(&mut self, place: usize) -> i64 {
        let language = self.world.partner_at(DISTRIBUTOR_HALOPSA).language;
        let title = self.story.events[place].title(language, crate::Psa::Halopsa);
        let reference = format!("PSB-T{}", self.tickets.len());
        self.store(title, self.text(place, &reference), &reference)
    }

    /// The PSA has a note about the event, whatever the bridge says.
    fn note(&mut self, place: usize, ticket: i64) {
        let all: usize = self.tickets.iter().map(|ticket| ticket.notes.len()).sum();
        let reference = format!("PSB-N{all}");
        let text = crate::stored::plain(&self.text(place, &reference));
        self.stored(ticket).notes.push(Note { text, reference });
    }

    fn stored(&mut self, ticket: i64) -> &mut Stored {
        self.tickets.iter_mut().find(|stored| stored.id == ticket).unwrap()
    }

    fn close(&mut self, ticket: i64) {
        self.stored(ticket).closed = true;
    }

    /// A ticket that stands for many, with the lines of these events.
    fn roll_up(&mut self, places: &[usize]) -> i64 {
        let language = self.world.partner_at(DISTRIBUTOR_HALOPSA).language;
        let lines: Vec<String> =
            places.iter().map(|place| language.roll_up_line(&self.story.events[*place])).collect();
        let title = language.roll_up_title(&self.world.organizations[0].name);
        let text = format!("<p>{}</p><p>Ref: PSB-R</p>", lines.join("<br>"));
        self.store(title, text, "PSB-R")
    }

    fn differences(&self) -> Vec<Difference> {
        let index = Index::new(&self.story.events);
        let view = DeskView {
            world: &self.world,
            events: &self.story.events,
            index: &index,
            desk: DISTRIBUTOR_HALOPSA,
            choices: self.world.desks[DISTRIBUTOR_HALOPSA].choices.as_ref().unwrap(),
            seen: &self.seen,
            handled: &self.handled,
            histories: histories_at(&self.story.events, DISTRIBUTOR_HALOPSA),
        };
        assert_eq!(view.life(), Life::Usual);
        let mut differences: Vec<Difference> = view
            .events
            .iter()
            .zip(&self.seen)
            .filter(|(event, seen)| !view.allowed(event).contains(&seen.kind))
            .map(|(event, seen)| view.about(event, "allowed", seen.kind.to_string()))
            .collect();
        hold_desk(&view, &Told::read(&view, &self.tickets), &mut differences);
        differences
    }

    #[track_caller]
    fn is_right(&self) {
        let differences = self.differences();
        assert!(differences.is_empty(), "{differences:#?}");
    }

    /// There is a difference that says so.
    #[track_caller]
    fn differs_by(&self, what: &str) {
        let differences = self.differences();
        assert!(differences.iter().any(|it| it.to_string().contains(what)), "{what}: {differences:#?}");
    }
}

/// A failure with its ticket, a repeat with its note, and a recovery that closed it: as it has to be.
fn mended() -> (Scene, i64) {
    let mut scene = Scene::of(Story::default().failed(10).failed(20).recovered(30));
    let ticket = scene.ticket(0);
    scene.note(1, ticket);
    scene.note(2, ticket);
    scene.close(ticket);
    scene.said(0, Kind::Ticket, Some(ticket));
    scene.said(1, Kind::Repeat, Some(ticket));
    scene.said(2, Kind::Closed, Some(ticket));
    scene.is_right();
    (scene, ticket)
}

/// Two failures that one ticket stands for.
fn listed() -> (Scene, i64) {
    let mut scene = Scene::of(Story::default().failed(10).failed(20));
    let ticket = scene.roll_up(&[0, 1]);
    scene.said(0, Kind::RolledUp, Some(ticket));
    scene.said(1, Kind::RolledUp, Some(ticket));
    scene.is_right();
    (scene, ticket)
}

#[test]
fn a_doubled_note_shows() {
    let (mut scene, ticket) = mended();
    scene.note(1, ticket);
    scene.differs_by("notes on [2000, 2000]");
}

#[test]
fn a_missing_note_shows() {
    let (mut scene, ticket) = mended();
    scene.stored(ticket).notes.remove(0);
    scene.differs_by(
        "wl0-000001 for northwind-distribution, HaloPSA: expected tickets [] and notes on [2000]",
    );
}

#[test]
fn a_ticket_left_open_after_the_recovery_shows() {
    let (mut scene, ticket) = mended();
    scene.stored(ticket).closed = false;
    scene.differs_by("expected closed, got open: [2000]");
    scene.handled.touched.insert(ticket);
    scene.is_right();
}

#[test]
fn a_recovery_that_leaves_an_untouched_ticket_open_shows() {
    let (mut scene, ticket) = mended();
    scene.said(2, Kind::LeftOpen, Some(ticket));
    scene.differs_by("though nobody touched");
    scene.handled.touched.insert(ticket);
    scene.is_right();
}

#[test]
fn a_closed_ticket_of_what_is_still_there_shows() {
    let mut scene = Scene::of(Story::default().failed(10));
    let ticket = scene.ticket(0);
    scene.said(0, Kind::Ticket, Some(ticket));
    scene.is_right();
    scene.close(ticket);
    scene.differs_by("expected open, got closed");
    scene.differs_by("told on an open ticket");
    scene.handled.closed.insert(ticket);
    scene.is_right();
}

#[test]
fn a_wrong_reason_shows() {
    // There is no recovery that is no older.
    let mut scene = Scene::of(Story::default().failed(10).recovered(5));
    scene.said(1, Kind::none("nothing_to_resolve"), None);
    scene.said(0, Kind::none("resolved_while_waiting"), None);
    scene.differs_by("got no ticket: resolved_while_waiting");
    let (mut scene, _) = mended();
    scene.said(2, Kind::none("superseded"), None);
    scene.differs_by("got no ticket: superseded");
}

#[test]
fn a_ticket_that_the_bridge_does_not_own_up_to_shows() {
    let (mut scene, _) = mended();
    scene.said(0, Kind::none("resolved_while_waiting"), None);
    scene.differs_by("got tickets [2000]");
}

#[test]
fn two_tickets_of_one_event_show() {
    let (mut scene, _) = mended();
    let second = scene.ticket(0);
    scene.close(second);
    scene.differs_by("tickets [2000, 2001]");
}

#[test]
fn two_tickets_of_one_problem_show_unless_a_person_closed_the_first() {
    let mut scene = Scene::of(Story::default().failed(10).failed(20));
    let (first, second) = (scene.ticket(0), scene.ticket(1));
    scene.said(0, Kind::Ticket, Some(first));
    scene.said(1, Kind::Ticket, Some(second));
    scene.differs_by("expected at most 1");
    scene.handled.closed.insert(first);
    scene.close(first);
    scene.is_right();
}

#[test]
fn a_note_on_the_ticket_of_another_problem_shows() {
    let (mut scene, _) = mended();
    scene.story.events[1].problem = Problem::of(ORGANIZATION, "archive.auth_failed", None, None);
    scene.differs_by("expected a ticket of the same problem");
}

#[test]
fn a_line_too_many_and_one_too_few_show() {
    let (mut scene, ticket) = listed();
    let line = scene.world.partner_at(DISTRIBUTOR_HALOPSA).language.roll_up_line(&scene.story.events[1]);
    scene.stored(ticket).notes.push(Note { text: line.clone(), reference: "PSB-N".to_owned() });
    scene.differs_by("expected 1 times, got 2 times");
    let (mut scene, ticket) = listed();
    scene.stored(ticket).text = scene.stored(ticket).text.replace(&line, "");
    scene.differs_by("expected 1 times, got 0 times");
}

#[test]
fn a_reference_on_two_notes_shows() {
    let (mut scene, ticket) = mended();
    scene.stored(ticket).notes[1].reference = "PSB-N0".to_owned();
    scene.differs_by("PSB-N0");
}

#[test]
fn another_value_of_a_field_and_a_ticket_of_nobody_show() {
    let (mut scene, ticket) = mended();
    scene.stored(ticket).values.insert("sla_id".to_owned(), "9".to_owned());
    scene.differs_by("sla_id of ticket 2000");
    let (mut scene, _) = mended();
    scene.store("Printer on fire".to_owned(), "<p>It burns</p>".to_owned(), "");
    scene.differs_by("Printer on fire");
}
