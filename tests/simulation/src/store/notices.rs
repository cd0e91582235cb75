//! The outbox: notices written by the steps that cause them, and taken out by whoever tells them.

use super::{cursor, expiry::changed_at, state::State};
use jiff::Timestamp;
use psa_bridge_core::{
    connection::Connection,
    delivery::Delivery,
    ids::{ConnectionId, NoticeId},
    notice::{self, Channel, Effect, Episode, Notice, Standing, Told},
    ports::StoreError,
};
use psa_connector::Page;
use std::collections::BTreeSet;

const LIST: &str = "notices";

/// A notice as it is kept.
#[derive(Clone, Debug)]
pub(super) struct KeptNotice {
    pub(super) notice: Notice,
    /// Until when it is somebody's to tell.
    pub(super) claimed_until: Option<Timestamp>,
}

impl KeptNotice {
    /// Whether it is a mail of the beginning, or the end, of that trouble.
    fn is_mail_of(&self, connection: &ConnectionId, episode: &Episode, stop: bool) -> bool {
        let Notice { channel, news, .. } = &self.notice;
        *channel == Channel::Mail
            && self.notice.connection == *connection
            && news.episode().as_ref() == Some(episode)
            && news.is_stop() == stop
    }
}

impl State {
    /// Keeps a changed connection, and writes down what the change causes.
    pub(super) fn keep_connection(&mut self, before: &Connection, after: &Connection, now: Timestamp) {
        self.connections.insert(after.id.clone(), after.clone());
        for effect in notice::of_change(before, after, now, &self.policy) {
            match effect {
                Effect::Tell(notice) => self.keep_notice(notice),
                Effect::TellIfBegun(notice) => {
                    if self.is_begun(&notice) {
                        self.keep_notice(notice);
                    }
                }
                Effect::StrikeOff(episode) => self.strike_off(&after.id, &episode, true),
            }
        }
    }

    /// Writes down what a delivery causes that was kept or changed.
    pub(super) fn tell_of_delivery(&mut self, delivery: &Delivery) {
        if let Some(notice) = notice::of_delivery(delivery, changed_at(delivery), &self.policy) {
            self.keep_notice(notice);
        }
    }

    fn keep_notice(&mut self, notice: Notice) {
        if self.notices.values().all(|kept| kept.notice.id != notice.id) {
            let number = self.number();
            self.notices.insert(number, KeptNotice { notice, claimed_until: None });
        }
    }

    /// Whether a mail that tells the beginning of its trouble was begun and not given up.
    fn is_begun(&self, of: &Notice) -> bool {
        let Some(episode) = of.news.episode() else { return false };
        self.notices.values().any(|kept| {
            kept.is_mail_of(&of.connection, &episode, true)
                && kept.notice.attempts > 0
                && kept.notice.standing != Standing::Failed
        })
    }

    /// Deletes mails of the trouble's beginning, or end, that nobody has begun to send.
    fn strike_off(&mut self, connection: &ConnectionId, episode: &Episode, stop: bool) {
        self.notices.retain(|_, kept| {
            !kept.is_mail_of(connection, episode, stop)
                || kept.notice.attempts > 0
                || kept.notice.standing != Standing::Waiting
        });
    }

    /// Takes the oldest waiting notice of each connection that is due. One that nobody has begun to tell and that is not
    /// due yet lets the next one pass.
    pub(super) fn take_notices(
        &mut self,
        channel: Channel,
        until: Timestamp,
        limit: usize,
        now: Timestamp,
    ) -> Vec<Notice> {
        let mut led = BTreeSet::new();
        let waiting = self.notices.values_mut().filter(|kept| {
            let Notice { standing, channel: of, attempts, due_at, .. } = &kept.notice;
            *standing == Standing::Waiting && *of == channel && (*attempts > 0 || *due_at <= now)
        });
        let first = waiting.filter(|kept| led.insert(kept.notice.connection.clone()));
        let due = first.filter(|kept| {
            kept.notice.due_at <= now && kept.claimed_until.is_none_or(|claimed_until| claimed_until <= now)
        });
        let taken = due.take(limit.max(1)).map(|kept| {
            kept.notice.attempts += 1;
            kept.claimed_until = Some(until);
            kept.notice.clone()
        });
        taken.collect()
    }

    /// Writes down what came of an attempt, unless another one was begun since.
    pub(super) fn finish_notice(&mut self, id: &NoticeId, attempt: u32, told: &Told, now: Timestamp) -> bool {
        let found = self.notices.values_mut().find(|kept| kept.notice.id == *id);
        let begun =
            found.filter(|kept| kept.notice.attempts == attempt && kept.notice.standing == Standing::Waiting);
        let Some(kept) = begun else { return false };
        kept.notice.finish(told.clone(), now);
        kept.claimed_until = None;
        let notice = kept.notice.clone();
        let given_up = notice.standing == Standing::Failed && notice.news.is_stop();
        if let Some(episode) = notice.news.episode().filter(|_| given_up && notice.channel == Channel::Mail) {
            self.strike_off(&notice.connection, &episode, false);
        }
        true
    }

    /// Those that stand so, newest first.
    pub(super) fn notices_page(
        &self,
        standing: Standing,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<Notice>, StoreError> {
        let before = cursor::id::<u64>(LIST, after)?.unwrap_or(u64::MAX);
        let rows = self.notices.range(..before).rev().filter(|(_, kept)| kept.notice.standing == standing);
        let rows = rows.map(|(number, kept)| ([number.to_string()], kept.notice.clone()));
        Ok(cursor::page(LIST, rows, limit))
    }

    /// Deletes notices that were told or given up before then. Returns how many.
    pub(super) fn delete_notices(&mut self, before: Timestamp, limit: usize) -> usize {
        let finished =
            |kept: &KeptNotice| kept.notice.finished_at.is_some_and(|finished_at| finished_at < before);
        let old = self.notices.iter().filter(|(_, kept)| finished(kept));
        let old: Vec<u64> = old.map(|(number, _)| *number).take(limit).collect();
        old.iter().filter(|number| self.notices.remove(number).is_some()).count()
    }

    /// Frees what is taken, whoever has it.
    pub(super) fn free_notices(&mut self) {
        self.notices.values_mut().for_each(|kept| kept.claimed_until = None);
    }
}
