//! A short history from one number, and what it has to come to.

use super::{
    psa::{Kind, Place, day},
    stage::{START, ann, connection_id, counted, finish, id, mapped, set_up, worker},
    world::{Script, Shared, World},
};
use crate::{random::Chance, store::MemoryStore};
use jiff::{SignedDuration, Timestamp};
use psa_bridge_core::{
    ids::{EventId, PartnerId},
    ports::{EventStore, RegistryStore, SeatStore, SeatWish},
    seats::{Rows, SeatEffective, SeatLine, SeatMode, SeatReason, SeatSettings},
    usecases::work::Worker,
};
use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

/// What kind of histories.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Play {
    /// Whether people edit the count in the PSA.
    pub hands: bool,
    /// Whether counts drop by more than the guard lets pass, or to zero.
    pub drops: bool,
}

/// What a history came to.
#[derive(Debug, Default)]
pub struct Told {
    /// What broke, where something did.
    pub breach: Option<String>,
    /// What happened, in order.
    pub lines: Vec<String>,
    /// Whether a worker died with a change on record, and whether an answer was lost.
    pub was_ambiguous: bool,
    /// Changes in the history of the bridge.
    pub changes: usize,
    /// How it ended: none where both counts are equal.
    pub waits: Option<SeatReason>,
}

struct Story {
    shared: Shared,
    /// The store without what may go wrong around it.
    quiet: MemoryStore,
    worker: Worker,
    play: Play,
    settings: SeatSettings,
    /// What was told last by the time of its event, by the story's own books.
    latest: Option<(Timestamp, EventId, u32)>,
    events: u32,
    lines: Vec<String>,
}

/// Runs a history.
pub fn of_seed(seed: u64, play: Play) -> Told {
    let mut story = Story::begin(seed, play);
    let acts = story.draw(|chance| chance.between(3, 14));
    for _ in 0..acts {
        story.act();
    }
    story.heal();
    story.judge()
}

impl Story {
    fn begin(seed: u64, play: Play) -> Self {
        let mut chance = Chance::of(seed);
        let kind = if chance.happens(1, 2) { Kind::Set } else { Kind::Added };
        let count = i64::try_from(chance.between(90, 110)).unwrap_or(100);
        let choices = [SeatEffective::Today, SeatEffective::NextMonth, SeatEffective::IncreasesNow];
        let settings = SeatSettings {
            mode: if chance.happens(1, 4) { SeatMode::Daily } else { SeatMode::AtOnce },
            effective: chance.pick(&choices).copied().unwrap_or_default(),
            max_drop_percent: if play.drops { 20 } else { 100 },
            repair_drift: play.hands && chance.happens(1, 3),
            product: None,
        };
        let store_fails = chance.happens(1, 2);
        let world = World {
            now: START,
            chance,
            place: Place::new(kind, count),
            is_healed: false,
            store_fails,
            script: Script::default(),
        };
        let shared = Shared::new(world);
        let quiet = MemoryStore::default();
        let store = quiet.behind(Arc::new(shared.clone()));
        let worker = worker(&shared, store);
        let story = Self {
            shared,
            quiet,
            worker,
            play,
            settings,
            latest: None,
            events: 0,
            lines: vec![format!("{kind:?} {count}")],
        };
        set_up(&story.quiet, &story.settings);
        story
    }

    fn draw<T>(&self, draw: impl FnOnce(&mut Chance) -> T) -> T {
        self.shared.with(|world| draw(&mut world.chance))
    }

    fn now(&self) -> Timestamp {
        self.shared.with(|world| world.now)
    }

    fn say(&mut self, what: &str) {
        self.lines.push(format!("{} {what}", self.now()));
    }

    fn pass(&mut self, seconds: u64) {
        let span = SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(0));
        self.shared.with(|world| {
            world.now += span;
            world.place.land(world.now);
        });
    }

    fn act(&mut self) {
        match self.draw(|chance| chance.below(14)) {
            0..4 => self.tell(),
            4 => self.edit(),
            5 => {
                let seconds = self.draw(|chance| chance.between(1, 400));
                self.pass(seconds);
            }
            6 => {
                let seconds = self.draw(|chance| chance.between(3_600, 40 * 86_400));
                self.pass(seconds);
            }
            7 => self.confirm(),
            8 => self.ask(),
            9 => self.map(false),
            10 => self.map(true),
            _ => self.work(true),
        }
    }

    /// The vendor tells a count; at times one that is older than what it told before.
    fn tell(&mut self) {
        let count = if self.play.drops {
            self.draw(|chance| if chance.happens(1, 8) { 0 } else { chance.between(1, 200) })
        } else {
            self.draw(|chance| chance.between(1, 200))
        };
        let again = self.latest.as_ref().map(|(.., count)| u64::from(*count));
        let repeats = self.draw(|chance| chance.happens(1, 6));
        let count = again.filter(|_| repeats).unwrap_or(count);
        let late = self.draw(|chance| if chance.happens(1, 4) { chance.below(7200) } else { 0 });
        let time = self.now() - SignedDuration::from_secs(i64::try_from(late).unwrap_or(0));
        self.events += 1;
        let name = self.events.to_string();
        let count = u32::try_from(count).unwrap_or(0);
        let event = counted("acme", &name, time, count);
        let now = self.now();
        if let Err(error) = finish(self.quiet.accept(&event, now)) {
            panic!("cannot accept: {error}");
        }
        let told = (time, event.id, count);
        if self.latest.as_ref().is_none_or(|latest| (&told.0, &told.1) > (&latest.0, &latest.1)) {
            self.latest = Some(told);
        }
        self.say(&format!("told {count}, of {time}"));
    }

    fn edit(&mut self) {
        if !self.play.hands {
            return;
        }
        let difference = self.draw(|chance| {
            let by = i64::try_from(chance.between(1, 9)).unwrap_or(1);
            if chance.happens(1, 2) { by } else { -by }
        });
        let on = self.shared.with(|world| {
            let today = day(world.now);
            let on = if world.chance.happens(1, 4) { Rows::later_day(today) } else { today };
            world.place.edit(on, difference);
            on
        });
        self.say(&format!("edited by {difference} from {on} on"));
    }

    fn line(&self) -> Option<SeatLine> {
        self.quiet.inspect(|state| state.seat_lines().next().cloned())
    }

    fn wish(&mut self, wish: &SeatWish) {
        let now = self.now();
        let partner: PartnerId = id("msp");
        let taken = finish(self.quiet.wish_seats(&partner, &connection_id(), wish, &ann(), now));
        self.say(&format!("{wish:?}: {taken:?}"));
    }

    /// A person confirms what waits, as it was shown.
    fn confirm(&mut self) {
        let Some(wait) = self.line().and_then(|line| line.waits) else { return };
        let Some(there) = wait.there else { return };
        let (organization, product) = (id("acme"), "mail".to_owned());
        self.wish(&SeatWish::Confirm { organization, product, there, here: wait.here });
    }

    /// The organisation's mapping is taken away, or is back.
    fn map(&mut self, is_mapped: bool) {
        let (partner, connection, now): (PartnerId, _, _) = (id("msp"), connection_id(), self.now());
        let changed = finish(async {
            if is_mapped {
                let mapping = mapped("acme", Some("7"));
                self.quiet.put_mapping(&partner, &connection, &mapping, &ann(), now).await.map(drop)
            } else {
                self.quiet.delete_mapping(&partner, &connection, &id("acme"), &ann(), now).await.map(drop)
            }
        });
        if let Err(error) = changed {
            panic!("cannot map: {error}");
        }
        self.say(if is_mapped { "mapped" } else { "unmapped" });
    }

    fn ask(&mut self) {
        self.wish(&SeatWish::SyncAll);
    }

    /// A worker comes; while it is at it, things happen, and it may die.
    fn work(&mut self, disturbed: bool) {
        let worker = self.worker.clone();
        let connection = connection_id();
        let deadline = self.now() + SignedDuration::from_secs(3_600);
        let mut working: Pin<Box<dyn Future<Output = _> + '_>> =
            Box::pin(async move { worker.work(&connection, deadline).await });
        let dies_at = self.draw(|chance| if chance.happens(1, 3) { chance.below(60) } else { u64::MAX });
        for polled in 0_u64.. {
            if let Poll::Ready(done) = working.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                self.say(&format!("worked: {done:?}"));
                break;
            }
            if disturbed && polled == dies_at {
                self.say("the worker died");
                break;
            }
            assert!(polled < 100_000, "the worker goes in circles:\n{}", self.lines.join("\n"));
            if disturbed {
                match self.draw(|chance| chance.below(60)) {
                    0 => self.tell(),
                    1 => self.edit(),
                    2 => self.confirm(),
                    3 => self.pass(1),
                    _ => {}
                }
            }
        }
        drop(working);
        self.quiet.end_leases();
        let line = self.line();
        self.lines.push(format!("  {line:?}"));
    }

    /// Nothing fails any more, and time goes on until all is settled.
    fn heal(&mut self) {
        self.map(true);
        self.shared.with(|world| world.is_healed = true);
        self.say("healed");
        for _ in 0..4 {
            self.work(false);
            self.pass(700);
            self.work(false);
            self.pass(86_400 + 60);
        }
        self.work(false);
        self.pass(60);
        self.work(false);
    }

    fn judge(self) -> Told {
        let line = self.line();
        let (entries, ambiguous): (Vec<i64>, bool) = self.quiet.inspect(|state| {
            let entries: Vec<_> =
                state.seat_history().map(|of| (of.entry.to - of.entry.from, of.entry.found)).collect();
            (
                entries.iter().map(|(difference, _)| *difference).collect(),
                entries.iter().any(|(_, found)| *found),
            )
        });
        let mut told = Told {
            waits: line.as_ref().and_then(|line| line.waits.as_ref()).map(|wait| wait.reason),
            changes: entries.len(),
            was_ambiguous: ambiguous,
            ..Told::default()
        };
        told.breach = self.breach(line.as_ref(), entries.iter().sum());
        told.lines = self.lines;
        told
    }

    fn breach(&self, line: Option<&SeatLine>, entries: i64) -> Option<String> {
        let (Some((.., latest)), Some(line)) = (&self.latest, line) else { return None };
        if line.attempt.is_some() {
            return Some(format!("a change is still under way: {line:?}"));
        }
        self.shared.with(|world| {
            let place = &world.place;
            if let Some(doubled) = place.doubled.first() {
                return Some(format!("a difference was counted twice: {doubled}"));
            }
            if place.hands == 0 && place.changed_by_bridge != entries {
                return Some(format!("{} changed, {entries} in the history", place.changed_by_bridge));
            }
            let (today, goal) = (day(world.now), i64::from(*latest));
            let (now, later) = (place.count_on(today), place.count_on(Rows::later_day(today)));
            let is_equal = match (place.kind, self.settings.effective) {
                (Kind::Set, _) => now == goal,
                (Kind::Added, SeatEffective::Today) => now == goal && later == goal,
                (Kind::Added, SeatEffective::NextMonth) => later == goal,
                (Kind::Added, SeatEffective::IncreasesNow) => now >= goal && later == goal,
            };
            let waits = line.waits.as_ref().map(|wait| wait.reason);
            let may_wait = match waits {
                Some(SeatReason::BigDrop | SeatReason::ToZero) => self.play.drops,
                Some(SeatReason::MovedByHand | SeatReason::AmbiguousAfterLostAnswer) => place.hands > 0,
                None | Some(_) => false,
            };
            (!is_equal && !may_wait)
                .then(|| format!("{goal} was told last; the PSA shows {now}, later {later}; {waits:?}"))
                .or_else(|| (is_equal && waits.is_some()).then(|| format!("equal, and waits for {waits:?}")))
        })
    }
}
