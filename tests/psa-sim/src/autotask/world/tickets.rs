//! The tickets of a tenant, with the indices that keep queries fast at a hundred thousand of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;
use serde_json::Value;

use super::time::{compact_day, show_time};
use crate::autotask::tenant::Record;

/// A ticket as the tenant keeps it.
#[derive(Clone, Debug, Serialize)]
pub struct StoredTicket {
    /// Autotask's id of it.
    pub id: i64,
    /// When it was created, in milliseconds since 1970.
    pub created: i64,
    /// What the API shows of it.
    #[serde(flatten)]
    pub record: Record,
    /// Deleted by a person: the API does not know it any more.
    pub deleted: bool,
    /// The ticket that it was merged into.
    pub merged_into: Option<i64>,
}

impl StoredTicket {
    /// A number of it: `status`, `companyID`, `priority`, …
    pub fn number(&self, field: &str) -> Option<i64> {
        self.record.number(field)
    }

    /// A text of it: `title`, `externalID`, `completedDate`, …
    pub fn text(&self, field: &str) -> Option<&str> {
        self.record.text(field)
    }

    /// A user-defined field of it.
    pub fn user_defined(&self, name: &str) -> Option<&Value> {
        self.record.user_defined.get(name)
    }

    /// Writes down that something happened.
    pub(super) fn stamp(&mut self, now: i64, by: i64) {
        self.record.fields.insert("lastActivityDate", show_time(now).into());
        self.record.fields.insert("lastTrackedModificationDateTime", show_time(now).into());
        self.record.fields.insert("lastActivityResourceID", by.into());
    }
}

/// What indices find a ticket by.
#[derive(PartialEq, Eq)]
struct Keys {
    company: i64,
    external: Option<String>,
}

impl Keys {
    fn of(ticket: &StoredTicket) -> Self {
        let external = ticket.record.text("externalID").filter(|text| !text.is_empty());
        Self {
            company: ticket.record.number("companyID").unwrap_or(0),
            external: external.map(str::to_lowercase),
        }
    }
}

/// The tickets, by id, by company and time, and by `externalID`.
#[derive(Default)]
pub struct TicketStore {
    by_id: BTreeMap<i64, StoredTicket>,
    by_company: BTreeMap<i64, BTreeSet<(i64, i64)>>,
    by_external: HashMap<String, BTreeSet<i64>>,
    of_the_day: (String, usize),
}

/// The id of a tenant's first ticket.
const FIRST_TICKET: i64 = 128_901;

impl TicketStore {
    /// Gives the ticket its id and its number, and keeps it.
    pub fn open(&mut self, mut record: Record, created: i64) -> i64 {
        let id = self.by_id.keys().next_back().map_or(FIRST_TICKET, |last| last + 1);
        let day = compact_day(created);
        if self.of_the_day.0 != day {
            self.of_the_day = (day, 0);
        }
        self.of_the_day.1 += 1;
        let number = format!("T{}.{:04}", self.of_the_day.0, self.of_the_day.1);
        record.fields.insert("id", id.into());
        record.fields.insert("ticketNumber", number.into());
        record.company = record.number("companyID");
        let ticket = StoredTicket { id, created, record, deleted: false, merged_into: None };
        self.index(&Keys::of(&ticket), created, id);
        self.by_id.insert(id, ticket);
        id
    }

    fn index(&mut self, keys: &Keys, created: i64, id: i64) {
        self.by_company.entry(keys.company).or_default().insert((created, id));
        if let Some(external) = &keys.external {
            self.by_external.entry(external.clone()).or_default().insert(id);
        }
    }

    fn forget(&mut self, keys: &Keys, created: i64, id: i64) {
        if let Some(ids) = self.by_company.get_mut(&keys.company) {
            ids.remove(&(created, id));
        }
        if let Some(ids) = keys.external.as_ref().and_then(|external| self.by_external.get_mut(external)) {
            ids.remove(&id);
        }
    }

    pub fn get(&self, id: i64) -> Option<&StoredTicket> {
        self.by_id.get(&id)
    }

    /// Changes a ticket, and keeps the indices right.
    pub fn change<T>(&mut self, id: i64, change: impl FnOnce(&mut StoredTicket) -> T) -> Option<T> {
        let ticket = self.by_id.get_mut(&id)?;
        let before = Keys::of(ticket);
        let result = change(ticket);
        ticket.record.company = ticket.record.number("companyID");
        let (after, created) = (Keys::of(ticket), ticket.created);
        if before != after {
            self.forget(&before, created, id);
            self.index(&after, created, id);
        }
        Some(result)
    }

    pub fn all(&self) -> impl DoubleEndedIterator<Item = &StoredTicket> {
        self.by_id.values()
    }

    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// The tickets from an id on, in the order of ids.
    pub fn beginning_at(&self, first: i64) -> impl Iterator<Item = &StoredTicket> {
        self.by_id.range(first..).map(|(_, ticket)| ticket)
    }

    /// The ids of a company's tickets created between the two times, in order.
    pub fn of_company(&self, company: i64, from: i64, until: i64) -> Vec<i64> {
        let index = self.by_company.get(&company).filter(|_| from <= until);
        let range = index.map(|index| index.range((from, i64::MIN)..=(until, i64::MAX)));
        let mut ids: Vec<i64> = range.into_iter().flatten().map(|&(_, id)| id).collect();
        ids.sort_unstable();
        ids
    }

    /// The ids of the tickets with this `externalID`, in order and in whatever case.
    pub fn with_external(&self, external: &str) -> Vec<i64> {
        self.by_external.get(&external.to_lowercase()).into_iter().flatten().copied().collect()
    }

    /// How many tickets have each value of a text field, which may be a user-defined one.
    pub fn count_by(&self, field: &str) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for ticket in self.by_id.values() {
            let value = ticket.text(field).or_else(|| ticket.user_defined(field).and_then(Value::as_str));
            if let Some(value) = value {
                *counts.entry(value.to_owned()).or_default() += 1;
            }
        }
        counts
    }
}
