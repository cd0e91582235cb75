//! Everything that a tenant holds while it runs: its set-up, its tickets and notes, its switches, its zone.

mod tickets;
mod time;
mod units;
mod workflow;

use std::collections::{BTreeMap, HashMap};
use std::time::Instant;

use super::schema::Entity;
use super::switches::Switches;
use super::tenant::{Record, Tenant, Units};
use crate::time::unix_milliseconds;

pub use tickets::{StoredTicket, TicketStore};
pub use time::{day_of, months_after, show_time};
pub use workflow::Occasion;

/// Who uses which entity at the moment.
#[derive(Default)]
pub struct Threads {
    pub running: usize,
    /// When the last one was released.
    pub released: Option<Instant>,
}

/// An adjustment of units that was made through the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Adjusted {
    /// The service of the contract.
    pub contract_service: i64,
    /// By how many units.
    pub change: i64,
    /// From which day on: its midnight (UTC), in milliseconds since 1970.
    pub from: i64,
}

/// What the tenant holds.
pub struct World {
    pub tenant: Tenant,
    pub switches: Switches,
    pub tickets: TicketStore,
    pub notes: BTreeMap<i64, Record>,
    /// By integration code and entity.
    pub threads: HashMap<(String, String), Threads>,
    /// Adjustments so far: nobody ever sees more of them.
    pub adjustments: i64,
    /// Every adjustment that was made through the API, the oldest first.
    pub adjusted: Vec<Adjusted>,
    /// By contract service: units as queries still show them, and until when.
    pub late_units: BTreeMap<i64, (Instant, Vec<Units>)>,
    /// What people add to the units of a contract service just before the API's next adjustment of it.
    pub people_adjust: Vec<(i64, i64)>,
    /// Which of the ports is the zone that the tenant lives in.
    pub zone: usize,
    base_urls: Vec<String>,
    pristine: Tenant,
    pub era: u64,
}

impl World {
    pub fn new(tenant: Tenant, switches: Switches, base_urls: &[String]) -> Self {
        Self {
            pristine: tenant.clone(),
            tenant,
            switches,
            tickets: TicketStore::default(),
            notes: BTreeMap::new(),
            threads: HashMap::new(),
            adjustments: 0,
            adjusted: Vec::new(),
            late_units: BTreeMap::new(),
            people_adjust: Vec::new(),
            zone: 0,
            base_urls: base_urls.to_vec(),
            era: 0,
        }
    }

    /// Back to the set-up of the start: no tickets, the first zone.
    pub fn start_over(&mut self) {
        self.tenant = self.pristine.clone();
        self.tickets = TicketStore::default();
        self.notes.clear();
        self.adjustments = 0;
        self.adjusted.clear();
        self.late_units.clear();
        self.people_adjust.clear();
        self.zone = 0;
        self.era += 1;
    }

    /// The tenant's own time, in milliseconds since 1970.
    pub fn now(&self) -> i64 {
        unix_milliseconds() + self.switches.clock_offset_seconds * 1000
    }

    /// The address of the zone that the tenant lives in, as the zone look-up tells it: with a slash, without a version.
    pub fn zone_url(&self) -> String {
        let base = self.base_urls.get(self.zone).map(String::as_str).unwrap_or_default();
        format!("{base}/ATServicesRest/")
    }

    /// What is configured of an entity, as queries show it: units may show a change late.
    pub fn records(&self, entity: Entity) -> Vec<Record> {
        let now = Instant::now();
        let late: Vec<_> = self.late_units.iter().filter(|(_, (until, _))| *until > now).collect();
        if entity != Entity::ContractServiceUnits || late.is_empty() {
            return self.tenant.records(entity);
        }
        let mut shown = self.tenant.clone();
        for (id, (_, units)) in late {
            if let Some(service) = shown.contract_services.get_mut(id) {
                service.units.clone_from(units);
            }
        }
        shown.records(entity)
    }

    /// A record, whether queries show it yet or not.
    pub fn record(&self, entity: Entity, id: i64) -> Option<Record> {
        match entity {
            Entity::Tickets => {
                self.tickets.get(id).filter(|ticket| !ticket.deleted).map(|ticket| ticket.record.clone())
            }
            Entity::TicketNotes => self.notes.get(&id).cloned(),
            other => self.records(other).into_iter().find(|record| record.id() == id),
        }
    }

    /// Adds a note to a ticket; returns its id.
    pub fn add_note(&mut self, mut note: Record, by: i64) -> i64 {
        let id = self.notes.keys().next_back().map_or(29_926_301, |last| last + 1);
        let now = self.now();
        let ticket = note.number("ticketID").unwrap_or(0);
        note.fields.insert("id", id.into());
        note.fields.insert("createDateTime", show_time(now).into());
        note.fields.insert("lastActivityDate", show_time(now).into());
        note.fields.insert("creatorResourceID", by.into());
        note.company = self.tickets.get(ticket).and_then(|ticket| ticket.record.company);
        self.notes.insert(id, note);
        self.tickets.change(ticket, |ticket| ticket.stamp(now, by));
        id
    }

    /// A ticket of long ago, stored without the API.
    pub fn seed_ticket(&mut self, company: i64, title: &str, created: i64) {
        let time = show_time(created);
        let record = Record::new(
            Some(company),
            [
                ("companyID", company.into()),
                ("title", title.into()),
                ("status", 1.into()),
                ("priority", 2.into()),
                ("queueID", 29_682_833.into()),
                ("createDate", time.clone().into()),
                ("lastActivityDate", time.into()),
                ("creatorResourceID", 29.into()),
            ],
        );
        self.tickets.open(record, created);
    }
}
