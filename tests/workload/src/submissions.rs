//! What is posted: the events of a run, each at least once, some again, mixed with input that must be refused, in
//! batches and alone, in an order of the seed.

use crate::{
    events::Event,
    generator::Generator,
    malformed::{WAYS, malformed},
    world::World,
};
use jiff::Timestamp;
use rand::{RngExt, seq::SliceRandom};
use serde_json::{Value, json};

/// How many waves a run has.
pub const WAVES: usize = 6;
/// So many items are posted in any order; pipelines tell what happened hours apart in order.
const SHUFFLED: usize = 400;
/// Most items of a batch.
const LARGEST_BATCH: usize = 40;
/// Of a hundred events, so many are sent again.
const SENT_AGAIN: u32 = 10;
/// Of a hundred events, so many have something malformed beside them.
const MALFORMED: u32 = 6;

/// The body of a `POST /v1/events`, and what has to be answered.
#[derive(Clone, Debug)]
pub struct Submission {
    /// As it is sent.
    pub body: String,
    /// What has to be answered.
    pub answer: Answer,
}

/// What has to be answered to a submission.
#[derive(Clone, Debug)]
pub enum Answer {
    /// It is taken, each item by itself.
    Items {
        /// Whether it is a batch. A lone item that is wrong is a problem.
        batch: bool,
        /// What has to become of each.
        items: Vec<Item>,
    },
    /// All of it is refused.
    Refused {
        /// The HTTP status.
        status: u16,
        /// The problem's code.
        code: &'static str,
    },
}

/// What has to become of one item of a submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    /// It is the event of that place, and taken; whether as new or as a duplicate, others decide.
    Event(usize),
    /// It is refused.
    Refused {
        /// With this code.
        code: &'static str,
        /// Naming this member.
        field: Option<&'static str>,
    },
}

/// A run: its events and what is posted.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The events.
    pub events: Vec<Event>,
    /// What is posted, wave by wave: what follows in a later wave meets the tickets of an earlier one.
    pub waves: [Vec<Submission>; WAVES],
    /// Input that must be refused, whole submissions and items of batches.
    pub malformed: usize,
    /// Events that are sent more than once.
    pub sent_again: usize,
}

impl Plan {
    /// The run of so many events in `world`, counted back from `now`.
    pub fn new(world: &World, seed: u64, count: usize, now: Timestamp) -> Self {
        let mut generator = Generator::new(world, seed, now);
        let events: Vec<Event> = (0..count).map(|_| generator.event()).collect();
        let mut way = 0;
        let mut part = |range: std::ops::Range<usize>, earlier: usize| {
            let mut parts = Parts { way: &mut way, items: Vec::new(), sent_again: 0, malformed: 0 };
            parts.fill(&mut generator, &events, range, earlier);
            parts.cut(&mut generator)
        };
        let size = count.div_ceil(WAVES);
        let mut malformed = 0;
        let mut sent_again = 0;
        let mut waves = std::array::from_fn(|wave| {
            let begin = (wave * size).min(count);
            let (submissions, again, wrong) = part(begin..(begin + size).min(count), begin);
            malformed += wrong;
            sent_again += again;
            submissions
        });
        let whole = whole_submissions(now);
        malformed += whole.len();
        for (place, submission) in whole.into_iter().enumerate() {
            let wave: &mut Vec<Submission> = &mut waves[place % WAVES];
            let at = generator.random().random_range(0..=wave.len());
            wave.insert(at, submission);
        }
        Self { events, waves, malformed, sent_again }
    }
}

impl Plan {
    /// The first wave by which an event of the organisation was sent; none where it has no event.
    pub fn first_after(&self, organization: &str) -> Option<usize> {
        let size = self.events.len().div_ceil(WAVES).max(1);
        let place = self.events.iter().position(|event| event.organization == organization)?;
        Some(place / size + 1)
    }
}

struct Parts<'a> {
    way: &'a mut usize,
    items: Vec<(Value, Item)>,
    sent_again: usize,
    malformed: usize,
}

impl Parts<'_> {
    /// The events of the range, some of them again, some of the earlier ones again with other words, and what is wrong.
    fn fill(
        &mut self,
        generator: &mut Generator<'_>,
        events: &[Event],
        range: std::ops::Range<usize>,
        earlier: usize,
    ) {
        for place in range {
            let json = &events[place].json;
            self.items.push((json.clone(), Item::Event(place)));
            if generator.in_a_hundred(SENT_AGAIN) {
                self.sent_again += 1;
                self.items.push((json.clone(), Item::Event(place)));
            }
            if earlier > 0 && generator.in_a_hundred(SENT_AGAIN) {
                let before = generator.random().random_range(0..earlier);
                self.sent_again += 1;
                self.items.push((reworded(&events[before].json), Item::Event(before)));
            }
            if generator.in_a_hundred(MALFORMED) || *self.way == 0 {
                let id = generator.unused_id();
                let wrong = malformed(*self.way % WAYS, &id, generator.now());
                *self.way += 1;
                self.malformed += 1;
                self.items.push((wrong.json, Item::Refused { code: wrong.code, field: wrong.field }));
            }
        }
    }

    /// Shuffled, and cut into batches and lone items.
    fn cut(mut self, generator: &mut Generator<'_>) -> (Vec<Submission>, usize, usize) {
        self.items.chunks_mut(SHUFFLED).for_each(|items| items.shuffle(generator.random()));
        let mut submissions = Vec::new();
        let mut rest = self.items.as_slice();
        while !rest.is_empty() {
            let alone = generator.in_a_hundred(50);
            let wanted = if alone { 1 } else { generator.random().random_range(2..=LARGEST_BATCH) };
            let (these, others) = rest.split_at(wanted.min(rest.len()));
            rest = others;
            submissions.push(submission(these, !alone));
        }
        (submissions, self.sent_again, self.malformed)
    }
}

fn submission(items: &[(Value, Item)], batch: bool) -> Submission {
    let body = match items {
        [(value, _)] if !batch => value.to_string(),
        many => Value::Array(many.iter().map(|(value, _)| value.clone()).collect()).to_string(),
    };
    let items = items.iter().map(|(_, item)| *item).collect();
    Submission { body, answer: Answer::Items { batch, items } }
}

/// The same event in other words: whoever sends it must not change what was kept.
fn reworded(event: &Value) -> Value {
    let mut event = event.clone();
    if let Some(Value::Object(data)) = event.get_mut("data") {
        data.insert("title".to_owned(), json!("This title came too late"));
        data.insert("account".to_owned(), json!("late@example.com"));
        data.insert("organization_id".to_owned(), json!("org-01"));
    }
    event
}

/// Submissions of which nothing can be taken.
fn whole_submissions(now: Timestamp) -> Vec<Submission> {
    let refused = |body: String, status, code| Submission { body, answer: Answer::Refused { status, code } };
    let event = |number: usize| {
        json!({
            "specversion": "1.0", "id": format!("too-many-{number}"), "source": "/workload/broken",
            "type": "backup.email.failed", "time": now.to_string(), "data": { "organization_id": "org-01" },
        })
    };
    let too_many: Vec<Value> = (0..10_000).map(event).collect();
    vec![
        refused(Value::Array(too_many).to_string(), 413, "batch_too_large"),
        refused("{\"specversion\": \"1.0\", \"id\": ".to_owned(), 400, "invalid_json"),
        refused("backup failed at 12:00".to_owned(), 400, "invalid_json"),
        refused(String::new(), 400, "invalid_json"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_event_is_sent_and_some_are_sent_again() {
        let plan = Plan::new(&World::new(), 3, 300, "2026-11-21T12:00:00Z".parse().unwrap());
        let items = |submissions: &[Submission]| -> Vec<Item> {
            let answers = submissions.iter().filter_map(|submission| match &submission.answer {
                Answer::Items { items, .. } => Some(items.clone()),
                Answer::Refused { .. } => None,
            });
            answers.flatten().collect()
        };
        let sent: Vec<usize> = items(&plan.waves.concat())
            .into_iter()
            .filter_map(|item| match item {
                Item::Event(place) => Some(place),
                Item::Refused { .. } => None,
            })
            .collect();
        assert_eq!(sent.iter().collect::<BTreeSet<_>>().len(), 300);
        assert_eq!(sent.len(), 300 + plan.sent_again);
        assert!(plan.sent_again > 20 && plan.malformed > WAYS / 2);
    }
}
