//! A PSA with one place for a seat count.

use super::world::{Fate, Read, Shared};
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use psa_connector::{
    Capabilities, CheckReport, Client, ClientId, License, LicenseRecord, LicenseRef, NewNote, NewTicket,
    NoteId, Page, PsaConnector, PsaError, PsaErrorKind, PsaKind, Reference, SeatBasis, SeatChange, SeatCount,
    SeatWrite, TenantIdentity, Ticket, TicketForm, TicketId, Touched,
};
use std::time::Duration;

/// Until when what the PSA stores must have become visible.
pub const SETTLE: SignedDuration = SignedDuration::from_mins(3);

/// How the PSA keeps a count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One number, which is set: HaloPSA's licence.
    Set,
    /// A number for each period, to which differences are added: Autotask's contract service.
    Added,
}

/// A change that the PSA took, and when it becomes visible.
#[derive(Clone, Copy, Debug)]
struct OnItsWay {
    lands_at: Timestamp,
    effective: Date,
    expected: i64,
    target: i64,
    /// The edits by hand that whoever sent it knew of.
    hands: u32,
}

/// The place.
#[derive(Debug)]
pub struct Place {
    /// How it keeps the count.
    pub kind: Kind,
    base: i64,
    differences: Vec<(Date, i64)>,
    on_its_way: Vec<OnItsWay>,
    /// The latest change, until when readings may miss it, and the day from which on it counts.
    fresh: Option<(Timestamp, Date, i64)>,
    /// How often it was edited by hand.
    pub hands: u32,
    /// The sum of what the bridge changed.
    pub changed_by_bridge: i64,
    /// Changes that landed on another count than the one that they were computed from, though no hand was between.
    pub doubled: Vec<String>,
}

impl Place {
    /// A place that shows this count.
    pub fn new(kind: Kind, count: i64) -> Self {
        Self {
            kind,
            base: count,
            differences: Vec::new(),
            on_its_way: Vec::new(),
            fresh: None,
            hands: 0,
            changed_by_bridge: 0,
            doubled: Vec::new(),
        }
    }

    /// The count that holds on that day.
    pub fn count_on(&self, day: Date) -> i64 {
        let until_then = self.differences.iter().filter(|(from, _)| self.kind == Kind::Set || *from <= day);
        self.base + until_then.map(|(_, difference)| difference).sum::<i64>()
    }

    /// The count that a reading may show that misses the latest change.
    fn stale_count_on(&self, day: Date, now: Timestamp) -> i64 {
        let missed =
            self.fresh.filter(|(until, from, _)| now < *until && (self.kind == Kind::Set || *from <= day));
        self.count_on(day) - missed.map_or(0, |(_, _, difference)| difference)
    }

    /// A hand in the PSA.
    pub fn edit(&mut self, day: Date, difference: i64) {
        self.hands += 1;
        self.differences.push((day, difference));
    }

    /// What was on its way until now is there.
    pub fn land(&mut self, now: Timestamp) {
        let landed: Vec<OnItsWay> = self.on_its_way.extract_if(.., |each| each.lands_at <= now).collect();
        for each in landed {
            self.take(each);
        }
    }

    fn take(&mut self, change: OnItsWay) {
        let before = self.count_on(change.effective);
        let difference = match self.kind {
            Kind::Set => change.target - before,
            Kind::Added => change.target - change.expected,
        };
        let harmless = before == change.expected || self.kind == Kind::Set && before == change.target;
        if !harmless && change.hands == self.hands {
            self.doubled.push(format!("{change:?} landed on {before}"));
        }
        self.changed_by_bridge += difference;
        self.differences.push((change.effective, difference));
    }
}

/// The API of that PSA.
#[derive(Clone, Debug)]
pub struct ModelPsa(pub Shared);

/// The day, as the PSA and the bridge count it.
pub fn day(now: Timestamp) -> Date {
    now.to_zoned(TimeZone::UTC).date()
}

fn failed(kind: PsaErrorKind, operation: &'static str) -> PsaError {
    PsaError::new(kind, operation, "modelled")
}

impl ModelPsa {
    /// The way there: time passes, hands edit, the worker may die, and the call may fail before it did anything.
    async fn go(&self, operation: &'static str) -> Result<(), PsaError> {
        self.0.pause().await;
        let kind = self.0.with(|world| {
            let lot = if world.is_healed { 100 } else { world.chance.below(100) };
            match lot {
                0..4 => Some(PsaErrorKind::Unavailable),
                4..7 => Some(PsaErrorKind::RateLimited { after: Some(Duration::from_secs(20)) }),
                7..9 => Some(PsaErrorKind::Protocol),
                _ => None,
            }
        });
        kind.map_or(Ok(()), |kind| Err(failed(kind, operation)))
    }

    fn shows(&self, count: i64, on: Date) -> SeatCount {
        let basis = match self.0.with(|world| world.place.kind) {
            Kind::Set => SeatBasis::License { record: LicenseRecord::new("{}") },
            Kind::Added => SeatBasis::Period { from: on.first_of_month(), until: on.last_of_month() },
        };
        SeatCount { count, basis }
    }

    /// What a test says becomes of a change.
    fn suffer(&self, change: &SeatChange, fate: Fate) -> Result<SeatWrite, PsaError> {
        let (from, hands) = self.read(change.effective);
        let take = || {
            self.0.with(|world| {
                world.place.take(OnItsWay {
                    lands_at: world.now,
                    effective: change.effective,
                    expected: change.expected,
                    target: change.target,
                    hands,
                });
            });
        };
        match fate {
            Fate::LostThere => Err(failed(PsaErrorKind::OutcomeUnknown, "set")),
            Fate::LostBack => {
                take();
                Err(failed(PsaErrorKind::OutcomeUnknown, "set"))
            }
            Fate::Restores(restored) => {
                take();
                Ok(SeatWrite::Written { from, to: change.target, restored })
            }
            Fate::Fails(kind) => Err(failed(kind, "set")),
        }
    }

    fn read(&self, on: Date) -> (i64, u32) {
        self.0.with(|world| {
            world.place.land(world.now);
            (world.place.count_on(on), world.place.hands)
        })
    }
}

#[async_trait]
impl PsaConnector for ModelPsa {
    fn psa(&self) -> PsaKind {
        PsaKind::Autotask
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            licenses: true,
            contract_services: true,
            create_license: false,
            notes: true,
            reopen: true,
            touched: true,
            concurrency: 1,
            settle_time: Duration::from_mins(3),
        }
    }

    async fn ping(&self) -> Result<(), PsaError> {
        Ok(())
    }

    async fn seat_count(&self, _: &LicenseRef, effective: Date) -> Result<SeatCount, PsaError> {
        match self.0.with(|world| world.script.reads.pop_front()) {
            Some(Read::Fails(kind)) => return Err(failed(kind, "read")),
            Some(Read::Shows(count)) => return Ok(self.shows(count, effective)),
            None => {}
        }
        self.go("read").await?;
        let (count, _) = self.read(effective);
        let stale = self.0.with(|world| world.place.stale_count_on(effective, world.now));
        let misses = stale != count && self.0.with(|world| world.chance.happens(1, 2));
        self.0.pause().await;
        Ok(self.shows(if misses { stale } else { count }, effective))
    }

    async fn set_seat_count(&self, change: &SeatChange) -> Result<SeatWrite, PsaError> {
        self.0.with(|world| world.script.sent.push(change.clone()));
        if let Some(fate) = self.0.with(|world| world.script.writes.pop_front()) {
            return self.suffer(change, fate);
        }
        self.go("set").await?;
        let (found, hands) = self.read(change.effective);
        if found == change.target {
            return Ok(SeatWrite::Written { from: found, to: found, restored: Vec::new() });
        }
        if found != change.expected {
            return Ok(SeatWrite::Moved { found });
        }
        // A hand may come between reading and writing.
        self.0.pause().await;
        let refused = self.0.with(|world| !world.is_healed && world.chance.happens(1, 40));
        if refused {
            return Err(failed(PsaErrorKind::Rejected { field: None }, "set"));
        }
        let is_answered = self.0.with(|world| {
            let lot = if world.is_healed { 99 } else { world.chance.below(100) };
            // Lost on the way there; lost on the way back, taken at once or late; or answered.
            let late = match lot {
                0..10 => return false,
                20..40 => world.chance.below(150),
                _ => 0,
            };
            let late = SignedDuration::from_secs(i64::try_from(late).unwrap_or(0));
            world.place.on_its_way.push(OnItsWay {
                lands_at: world.now + late,
                effective: change.effective,
                expected: change.expected,
                target: change.target,
                hands,
            });
            world.place.land(world.now);
            // Made and answered, and not seen everywhere yet.
            let until =
                world.now + SignedDuration::from_secs(i64::from(!world.is_healed && lot % 4 == 3) * 120);
            world.place.fresh = Some((until, change.effective, change.target - change.expected));
            lot >= 40
        });
        self.0.pause().await;
        let (shown, _) = self.read(change.effective);
        if is_answered && shown == change.target {
            Ok(SeatWrite::Written { from: found, to: shown, restored: Vec::new() })
        } else {
            Err(failed(PsaErrorKind::OutcomeUnknown, "set"))
        }
    }

    async fn check(&self) -> CheckReport {
        CheckReport::default()
    }
    async fn tenant(&self) -> Result<TenantIdentity, PsaError> {
        Err(PsaError::missing_capability("tenant"))
    }
    async fn ticket_form(&self) -> Result<TicketForm, PsaError> {
        Ok(TicketForm::default())
    }
    async fn search_clients(&self, _: &str, _: Option<&str>) -> Result<Page<Client>, PsaError> {
        Err(PsaError::missing_capability("search clients"))
    }
    async fn client(&self, _: &ClientId) -> Result<Option<Client>, PsaError> {
        Ok(None)
    }
    async fn licenses(&self, _: &ClientId) -> Result<Vec<License>, PsaError> {
        Ok(Vec::new())
    }
    async fn create_ticket(&self, _: &NewTicket) -> Result<TicketId, PsaError> {
        Err(PsaError::missing_capability("create ticket"))
    }
    async fn find_ticket(
        &self,
        _: &ClientId,
        _: &Reference,
        _: Timestamp,
    ) -> Result<Option<TicketId>, PsaError> {
        Ok(None)
    }
    async fn ticket(&self, id: &TicketId) -> Result<Ticket, PsaError> {
        Ok(Ticket::deleted(id.clone()))
    }
    async fn touched(&self, _: &TicketId) -> Result<Touched, PsaError> {
        Ok(Touched::Unknown)
    }
    async fn add_note(&self, _: &TicketId, _: &NewNote) -> Result<NoteId, PsaError> {
        Err(PsaError::missing_capability("add note"))
    }
    async fn find_note(&self, _: &TicketId, _: &Reference) -> Result<Option<NoteId>, PsaError> {
        Ok(None)
    }
    async fn set_status(&self, _: &TicketId, _: i64) -> Result<(), PsaError> {
        Err(PsaError::missing_capability("set status"))
    }
    fn ticket_url(&self, id: &TicketId) -> String {
        id.to_string()
    }
}
