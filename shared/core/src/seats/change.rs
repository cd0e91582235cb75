//! Every legal change of a line.

use super::{
    Confirmed, Looked, SeatAttempt, SeatEntry, SeatLine, SeatReason, SeatRest, SeatWait, ToldSeats, Undone,
};
use jiff::{Timestamp, tz::TimeZone};
use psa_connector::{LicenseId, LicenseRef};
use thiserror::Error;

/// A change of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineChange {
    /// Before the change leaves. `look_at` is when its outcome can be told, should nobody write it down.
    Started {
        /// What leaves.
        attempt: SeatAttempt,
        /// The start and the settle time.
        look_at: Timestamp,
    },
    /// Before the same change leaves once more: only where it sets a count and does not add to it.
    SentAgain {
        /// The credentials of now.
        generation: u32,
        /// Now and the settle time.
        look_at: Timestamp,
    },
    /// The PSA confirmed it and shows it.
    Written {
        /// Other fields that it had lost and that were put back.
        restored: Vec<String>,
    },
    /// The answer was lost; once settled, the PSA shows the count that was asked for.
    Found {
        /// As above.
        restored: Vec<String>,
    },
    /// The answer was lost, or reading it again failed: to be looked at then.
    LookAgain {
        /// When.
        at: Timestamp,
        /// What happened.
        detail: String,
    },
    /// The answer was lost, and what became of the change cannot be told: the attempt stays open.
    CannotTell {
        /// When to look again.
        at: Timestamp,
        /// What happened.
        detail: String,
        /// What a person is asked meanwhile.
        reason: Option<SeatReason>,
    },
    /// Once settled, the PSA shows the count from before: nothing was changed.
    NotWritten {
        /// When to try again.
        due_at: Timestamp,
    },
    /// The count was no longer the expected one, so nothing was sent.
    Moved {
        /// When to compare again.
        due_at: Timestamp,
    },
    /// Once settled, the PSA shows neither.
    Ambiguous {
        /// What it shows.
        there: i64,
        /// When to compare again.
        next: Option<Timestamp>,
    },
    /// Nothing was changed; it is tried again.
    TryAgain {
        /// When.
        due_at: Timestamp,
        /// What happened.
        detail: String,
    },
    /// Nothing was changed, and a person has to mend something first.
    Refused {
        /// Why.
        reason: SeatReason,
        /// The count that it is to have.
        here: i64,
        /// What the PSA said.
        detail: Option<String>,
        /// When to try again all the same.
        next: Option<Timestamp>,
    },
    /// It was compared: equal, or something waits for a person.
    Compared {
        /// What was read; none where there was nothing to read.
        seen: Option<Looked>,
        /// What waits.
        wait: Option<SeatWait>,
        /// When to compare again.
        next: Option<Timestamp>,
    },
    /// It was compared too soon after a write, and what was read may be from before it: nothing follows from it.
    Unsettled {
        /// What was read.
        seen: Looked,
        /// When to compare again.
        at: Timestamp,
    },
    /// There is nothing to do with it.
    Rested {
        /// Why.
        why: SeatRest,
        /// When to see again whether that is still so.
        next: Option<Timestamp>,
    },
    /// A person wants it compared and written now.
    Asked {
        /// Who.
        by: String,
    },
    /// A person wants just the change that waits.
    Confirmed {
        /// The count in the PSA that the person saw.
        from: i64,
        /// The vendor's count that the person saw.
        to: i64,
        /// Who.
        by: String,
    },
    /// A person takes the last change back.
    Undone {
        /// What that change made of the count, as the person saw it.
        to: i64,
        /// What the organisation is mapped onto.
        place: Option<LicenseRef>,
        /// Who.
        by: String,
    },
}

impl LineChange {
    /// The credentials' generation with which a change of the PSA begins, so that nothing may hold the connection and no
    /// others may have taken their place.
    pub fn starts(&self) -> Option<u32> {
        match self {
            Self::Started { attempt, .. } => Some(attempt.generation),
            Self::SentAgain { generation, .. } => Some(*generation),
            _ => None,
        }
    }
}

/// Why a line does not take a change. The code is stable and is the API's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum IllegalSeatChange {
    /// There is an attempt already.
    #[error("a change is under way")]
    UnderWay,
    /// There is none to end.
    #[error("no change is under way")]
    NothingUnderWay,
    /// A count, a mapping, settings or a wish changed since it was judged.
    #[error("something changed since the change was judged")]
    Overtaken,
    /// Nothing waits that can be confirmed.
    #[error("nothing waits that can be confirmed")]
    NothingToConfirm,
    /// The counts are no longer those that the person saw.
    #[error("the counts are no longer those that were shown")]
    CountsChanged,
    /// The last change is not the one that the person saw, the vendor told another count since, or the organisation is no
    /// longer mapped onto the licence on which it was made.
    #[error("there is no such change to take back, or something else was told or mapped since")]
    NothingToUndo,
}

impl IllegalSeatChange {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::UnderWay => "change_under_way",
            Self::NothingUnderWay => "nothing_under_way",
            Self::Overtaken => "overtaken",
            Self::NothingToConfirm => "nothing_to_confirm",
            Self::CountsChanged => "counts_changed",
            Self::NothingToUndo => "nothing_to_undo",
        }
    }
}

impl SeatLine {
    /// Makes a change, and returns the entry that it adds to the history. `heard` is the number of bells that whoever
    /// makes it had heard: what rang since keeps the line due.
    pub fn apply(
        &mut self,
        change: LineChange,
        told: &ToldSeats,
        heard: u64,
        now: Timestamp,
    ) -> Result<Option<SeatEntry>, IllegalSeatChange> {
        use LineChange as C;
        let mut entry = None;
        match change {
            C::Started { attempt, look_at } => {
                self.needs_no_attempt()?;
                if heard != self.bells {
                    return Err(IllegalSeatChange::Overtaken);
                }
                self.attempt = Some(attempt);
                self.due_at = Some(look_at);
                return Ok(None);
            }
            C::SentAgain { generation, look_at } => {
                let attempt = self.attempt.as_mut().ok_or(IllegalSeatChange::NothingUnderWay)?;
                attempt.started_at = now;
                attempt.generation = generation;
                self.due_at = Some(look_at);
                return Ok(None);
            }
            C::Written { restored } => entry = Some(self.written(restored, false, now)?),
            C::Found { restored } => entry = Some(self.written(restored, true, now)?),
            C::LookAgain { at, detail } => {
                // Nothing may be asked before, so no bell counts.
                self.attempt.as_ref().ok_or(IllegalSeatChange::NothingUnderWay)?;
                self.trouble = Some(detail);
                self.due_at = Some(at);
                return Ok(None);
            }
            C::CannotTell { at, detail, reason } => self.cannot_tell(at, detail, reason, now)?,
            C::NotWritten { due_at } => {
                self.take_attempt()?;
                self.waits = self.waits.take().filter(|waits| waits.reason.is_judged());
                self.failures += 1;
                self.due_at = Some(due_at);
                return Ok(None);
            }
            C::Moved { due_at } => {
                self.take_attempt()?;
                self.failures += 1;
                self.due_at = Some(due_at);
            }
            C::Ambiguous { there, next } => self.ambiguous(there, next, now)?,
            C::TryAgain { due_at, detail } => {
                self.attempt = None;
                self.failures += 1;
                self.trouble = Some(detail);
                self.due_at = Some(due_at);
                return Ok(None);
            }
            C::Refused { reason, here, detail, next } => {
                self.attempt = None;
                let wait = SeatWait { reason, since: now, there: None, here, on: None, detail };
                self.wait(Some(wait));
                self.rest(heard, next);
            }
            C::Compared { seen, wait, next } => {
                self.needs_no_attempt()?;
                self.compared(seen, wait, heard, next);
            }
            C::Unsettled { seen, at } => {
                self.needs_no_attempt()?;
                self.seen = Some(seen);
                self.due_at = Some(at);
                return Ok(None);
            }
            C::Rested { why, next } => {
                self.needs_no_attempt()?;
                self.waits = None;
                self.rests = Some(why);
                self.rest(heard, next);
            }
            C::Asked { by } => {
                self.asked = Some(by);
                self.ring(now);
            }
            C::Confirmed { from, to, by } => self.confirm(from, to, by, told, now)?,
            C::Undone { to, place, by } => self.undo(to, place.as_ref(), by, told, now)?,
        }
        // What rang since whoever works it read it is not lost.
        if heard != self.bells {
            self.due_at = Some(now);
        }
        Ok(entry)
    }

    fn cannot_tell(
        &mut self,
        at: Timestamp,
        detail: String,
        reason: Option<SeatReason>,
        now: Timestamp,
    ) -> Result<(), IllegalSeatChange> {
        let attempt = self.attempt.as_ref().ok_or(IllegalSeatChange::NothingUnderWay)?;
        let wait = reason.map(|reason| SeatWait {
            reason,
            since: now,
            there: None,
            here: attempt.target,
            on: Some(attempt.effective),
            detail: Some(detail.clone()),
        });
        if wait.is_some() {
            self.wait(wait);
        }
        self.failures += 1;
        self.trouble = Some(detail);
        self.due_at = Some(at);
        Ok(())
    }

    fn ambiguous(
        &mut self,
        there: i64,
        next: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(), IllegalSeatChange> {
        let attempt = self.take_attempt()?;
        let wait = SeatWait {
            reason: SeatReason::AmbiguousAfterLostAnswer,
            since: now,
            there: Some(there),
            here: attempt.target,
            on: Some(attempt.effective),
            detail: None,
        };
        // It was told that this was being found out: now it is.
        self.trouble = None;
        self.confirmed = None;
        self.unclear = Some(attempt.read.license);
        self.wait(Some(wait));
        self.due_at = next;
        Ok(())
    }

    fn needs_no_attempt(&self) -> Result<(), IllegalSeatChange> {
        if self.attempt.is_some() { Err(IllegalSeatChange::UnderWay) } else { Ok(()) }
    }

    fn take_attempt(&mut self) -> Result<SeatAttempt, IllegalSeatChange> {
        self.attempt.take().ok_or(IllegalSeatChange::NothingUnderWay)
    }

    /// The PSA has what the attempt asked for. The line is due at once: whether that is all is told by comparing.
    fn written(
        &mut self,
        restored: Vec<String>,
        found: bool,
        now: Timestamp,
    ) -> Result<SeatEntry, IllegalSeatChange> {
        let attempt = self.take_attempt()?;
        let difference = attempt.target.saturating_sub(attempt.expected);
        let rows = attempt.read.rows.plus(difference, attempt.effective);
        let known = Looked { at: now, rows, ..attempt.read };
        self.agreed = Some(known.clone());
        self.unclear = None;
        self.in_full |= !restored.is_empty();
        if self.confirmed.as_ref().is_some_and(|wish| wish.to == attempt.target) {
            self.confirmed = None;
            // It may take another row to get there.
            self.asked.get_or_insert_with(|| attempt.by.clone().unwrap_or_default());
        }
        let entry = SeatEntry {
            at: now,
            by: attempt.by,
            cause: attempt.cause,
            from: attempt.expected,
            to: attempt.target,
            effective: attempt.effective,
            client: known.client.clone(),
            license: known.license.clone(),
            event: attempt.event,
            found,
            restored,
        };
        self.seen = Some(known);
        self.last = Some(entry.clone());
        self.written_at = Some(now);
        self.waits = None;
        self.failures = 0;
        self.trouble = None;
        self.due_at = Some(now);
        Ok(entry)
    }

    fn compared(
        &mut self,
        seen: Option<Looked>,
        wait: Option<SeatWait>,
        heard: u64,
        next: Option<Timestamp>,
    ) {
        // What waits was not agreed to: a hand in the PSA must not become the measure of the next one.
        if wait.is_none() {
            self.agreed.clone_from(&seen);
            self.unclear = None;
        }
        self.seen = seen.or(self.seen.take());
        self.wait(wait);
        self.failures = 0;
        self.trouble = None;
        self.rest(heard, next);
    }

    /// What waits already keeps its time.
    fn wait(&mut self, wait: Option<SeatWait>) {
        let before = self.waits.take();
        self.waits = wait.map(|wait| match before {
            Some(before) if before.reason == wait.reason => {
                // What is known of a change that went with the licence is not said again.
                let is_gone = wait.reason == SeatReason::LicenseMissing;
                let detail = before.detail.filter(|_| is_gone).or(wait.detail);
                SeatWait { since: before.since, detail, ..wait }
            }
            _ => wait,
        });
        self.rests = None;
    }

    /// What people wanted is done, as far as whoever worked it knew of it.
    fn rest(&mut self, heard: u64, next: Option<Timestamp>) {
        if heard == self.bells {
            self.asked = None;
            self.confirmed = None;
        }
        self.due_at = next;
    }

    fn confirm(
        &mut self,
        from: i64,
        to: i64,
        by: String,
        told: &ToldSeats,
        now: Timestamp,
    ) -> Result<(), IllegalSeatChange> {
        self.needs_no_attempt()?;
        let waits = self.waits.as_ref().filter(|waits| waits.reason.can_be_confirmed());
        let waits = waits.ok_or(IllegalSeatChange::NothingToConfirm)?;
        let shown = self.shown().zip(waits.on).filter(|_| waits.there == Some(from));
        let (license, on) = shown.ok_or(IllegalSeatChange::CountsChanged)?;
        if self.goal(told, license, on) != to {
            return Err(IllegalSeatChange::CountsChanged);
        }
        self.confirmed = Some(Confirmed { license: license.clone(), from, to, by });
        self.ring(now);
        Ok(())
    }

    /// The licence whose count a person is shown with what waits.
    fn shown(&self) -> Option<&LicenseId> {
        let ambiguous = |waits: &SeatWait| waits.reason == SeatReason::AmbiguousAfterLostAnswer;
        let unclear = self.unclear.as_ref().filter(|_| self.waits.as_ref().is_some_and(ambiguous));
        unclear.or(self.seen.as_ref().map(|seen| &seen.license))
    }

    /// Takes back just the last change: the PSA is to have what it had without it, from the change's day on or, where that
    /// is past, from today on.
    fn undo(
        &mut self,
        to: i64,
        place: Option<&LicenseRef>,
        by: String,
        told: &ToldSeats,
        now: Timestamp,
    ) -> Result<(), IllegalSeatChange> {
        self.needs_no_attempt()?;
        let entry = self.last.as_ref().filter(|last| last.to == to);
        let entry = entry.ok_or(IllegalSeatChange::NothingToUndo)?;
        let known = self.agreed.as_ref().filter(|known| {
            (&known.client, &known.license) == (&entry.client, &entry.license)
                && place
                    .is_some_and(|place| (&place.client, &place.license) == (&entry.client, &entry.license))
        });
        let known = known.ok_or(IllegalSeatChange::NothingToUndo)?;
        let today = now.to_zoned(TimeZone::UTC).date();
        let from = entry.effective.max(today);
        let known = known.rows.as_of(today);
        // The vendor told another count since, or somebody set another one.
        if self.goal(told, &entry.license, from) != to || known.expected_on(from) != to {
            return Err(IllegalSeatChange::NothingToUndo);
        }
        let license = entry.license.clone();
        let rows = known.plus(entry.from.saturating_sub(to), from);
        self.confirmed =
            Some(Confirmed { license: license.clone(), from: to, to: entry.from, by: by.clone() });
        self.undone = Some(Undone { license, from, rows, over: told.since.clone(), by });
        self.ring(now);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
