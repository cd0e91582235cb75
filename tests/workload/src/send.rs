//! Posting submissions, several at a time, and holding each answer to what it has to be.

use crate::{
    api::{Api, Call, Caller, Reply},
    difference::Difference,
    error::WorkloadError,
    progress::Progress,
    submissions::{Answer, Item, Plan, Submission},
};
use futures_util::{StreamExt, TryStreamExt, stream};
use reqwest::Method;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

/// Submissions that are under way at the same time.
const SIDE_BY_SIDE: usize = 4;

/// What the bridge said about the events that it was sent.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// The bridge's id of each event that it has taken, by the event's place.
    pub ids: BTreeMap<usize, String>,
    /// Items and whole submissions that were refused as they had to be.
    pub refused: usize,
    /// Answers that were not as they had to be.
    pub differences: Vec<Difference>,
    /// How often each event was answered as new.
    new: BTreeMap<usize, usize>,
}

/// Posts what a plan says.
pub struct Sender<'a> {
    api: &'a Api,
    plan: &'a Plan,
    progress: &'a Progress,
    ledger: Mutex<Ledger>,
}

impl<'a> Sender<'a> {
    /// Nothing is posted yet.
    pub fn new(api: &'a Api, plan: &'a Plan, progress: &'a Progress) -> Self {
        Self { api, plan, progress, ledger: Mutex::default() }
    }

    /// Posts these, and waits for all answers.
    pub async fn send(&self, submissions: &[Submission]) -> Result<(), WorkloadError> {
        stream::iter(submissions)
            .map(|submission| self.post(submission))
            .buffer_unordered(SIDE_BY_SIDE)
            .try_collect()
            .await
    }

    /// What the bridge said.
    pub fn take_ledger(&self) -> Ledger {
        let mut ledger = std::mem::take(&mut *self.ledger.lock().unwrap_or_else(PoisonError::into_inner));
        for (place, times) in std::mem::take(&mut ledger.new) {
            if times > 1 {
                let got = format!("new {times} times");
                ledger.differences.push(Difference::new(self.name(place), "new at most once", got));
            }
        }
        ledger
    }

    async fn post(&self, submission: &Submission) -> Result<(), WorkloadError> {
        let call = Call::new(Caller::Machine, Method::POST, "/v1/events").raw(submission.body.clone());
        let reply = self.api.send(call).await?;
        match &submission.answer {
            Answer::Refused { status, code } => self.check_refused(&reply, *status, code),
            Answer::Items { batch, items } => self.check_items(&reply, *batch, items),
        }
        Ok(())
    }

    fn check_refused(&self, reply: &Reply, status: u16, code: &str) {
        if reply.status == status && reply.code() == code {
            self.note(|ledger| ledger.refused += 1);
        } else {
            self.differs("a submission of which nothing can be taken", format!("{status} {code}"), reply);
        }
    }

    fn check_items(&self, reply: &Reply, batch: bool, items: &[Item]) {
        if let (false, [Item::Refused { code, field }]) = (batch, items) {
            let (status, problem) =
                if *code == "too_large" { (413, "event_too_large") } else { (422, "invalid_event") };
            if reply.status == status && reply.code() == problem && names(&reply.body, code, *field) {
                self.note(|ledger| ledger.refused += 1);
            } else {
                self.differs(
                    "a lone malformed event",
                    format!("{status} {problem}: {code} {field:?}"),
                    reply,
                );
            }
            return;
        }
        let results = reply.body.get("results").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        if reply.status != 202 || results.len() != items.len() {
            self.differs("a submission of events", format!("202 and {} results", items.len()), reply);
            return;
        }
        for (item, result) in items.iter().zip(results) {
            self.check_item(*item, result);
        }
    }

    fn check_item(&self, item: Item, result: &Value) {
        let status = result.get("status").and_then(Value::as_str).unwrap_or_default();
        match item {
            Item::Refused { code, field } if status == "rejected" && names(result, code, field) => {
                self.note(|ledger| ledger.refused += 1);
            }
            Item::Refused { code, field } => {
                let expected = format!("refused: {code} {field:?}");
                let difference =
                    Difference::new("a malformed event of a batch", expected, result.to_string());
                self.note(|ledger| ledger.differences.push(difference));
            }
            Item::Event(place) => self.check_event(place, status, result),
        }
    }

    fn check_event(&self, place: usize, status: &str, result: &Value) {
        let id = result.get("id").and_then(Value::as_str);
        let (Some(id), "accepted" | "duplicate") = (id, status) else {
            let difference = Difference::new(self.name(place), "taken", result.to_string());
            return self.note(|ledger| ledger.differences.push(difference));
        };
        self.note(|ledger| {
            if status == "accepted" {
                *ledger.new.entry(place).or_default() += 1;
            }
            match ledger.ids.insert(place, id.to_owned()) {
                None => self.progress.took_one(),
                Some(before) if before != id => {
                    ledger.differences.push(Difference::new(self.name(place), before, id));
                }
                Some(_) => {}
            }
        });
    }

    fn name(&self, place: usize) -> String {
        self.plan.events.get(place).map(|event| format!("{} {}", event.source, event.id)).unwrap_or_default()
    }

    fn differs(&self, subject: &str, expected: String, reply: &Reply) {
        let difference = Difference::new(subject, expected, format!("{} {}", reply.status, reply.body));
        self.note(|ledger| ledger.differences.push(difference));
    }

    fn note(&self, note: impl FnOnce(&mut Ledger)) {
        note(&mut self.ledger.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Whether the answer's `errors` name this problem of this member.
fn names(answer: &Value, code: &str, field: Option<&str>) -> bool {
    let errors = answer.get("errors").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    errors.iter().any(|error| {
        let member = error.get("field").and_then(Value::as_str).filter(|member| !member.is_empty());
        error.get("code").and_then(Value::as_str) == Some(code) && member == field
    })
}
