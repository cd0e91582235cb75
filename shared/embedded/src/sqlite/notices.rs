//! The outbox: notices written by the steps that cause them, and taken out by whoever tells them.

use super::{
    cursor,
    error::{DbError, DbResult},
    notice_policy,
    rows::{all, change, document, first, rows, rows_and_one, text, to_json},
};
use jiff::Timestamp;
use psa_bridge_core::{
    connection::Connection,
    delivery::Delivery,
    ids::{ConnectionId, NoticeId},
    notice::{self, Channel, Effect, Episode, Notice, Standing, Told},
};
use psa_connector::Page;
use rusqlite::{Connection as Db, named_params};

const LIST: &str = "notices";

/// Writes down what a change of a connection causes.
pub(super) fn connection_changed(
    db: &Db,
    before: &Connection,
    after: &Connection,
    now: Timestamp,
) -> DbResult<()> {
    for effect in notice::of_change(before, after, now, &notice_policy::read(db)?) {
        match effect {
            Effect::Tell(notice) => insert(db, &notice)?,
            Effect::TellIfBegun(notice) if is_begun(db, &notice)? => insert(db, &notice)?,
            Effect::TellIfBegun(_) => {}
            Effect::StrikeOff(episode) => strike_off(db, &after.id, &episode, true)?,
        }
    }
    Ok(())
}

/// Writes down what a delivery causes that was kept or changed at `at`.
pub(super) fn delivery_kept(db: &Db, delivery: &Delivery, at: Timestamp) -> DbResult<()> {
    match notice::of_delivery(delivery, at, &notice_policy::read(db)?) {
        Some(notice) => insert(db, &notice),
        None => Ok(()),
    }
}

fn insert(db: &Db, notice: &Notice) -> DbResult<()> {
    const SQL: &str = "
        INSERT INTO notices (id, channel, connection, episode, stop, standing, due_at, attempts, finished_at, doc)
        VALUES (:id, :channel, :connection, :episode, :stop, :standing, :due_at, :attempts, :finished_at, :doc)
        ON CONFLICT (id) DO NOTHING";
    write(db, SQL, notice)
}

fn save(db: &Db, notice: &Notice) -> DbResult<()> {
    const SQL: &str = "
        UPDATE notices
        SET channel = :channel, connection = :connection, episode = :episode, stop = :stop, standing = :standing,
            due_at = :due_at, claimed_until = NULL, attempts = :attempts, finished_at = :finished_at, doc = :doc
        WHERE id = :id";
    write(db, SQL, notice)
}

fn write(db: &Db, sql: &str, notice: &Notice) -> DbResult<()> {
    let parameters = named_params! {
        ":id": notice.id.as_str(),
        ":channel": notice.channel.code(),
        ":connection": notice.connection.as_str(),
        ":episode": notice.news.episode().map(|episode| episode.key()),
        ":stop": notice.news.is_stop(),
        ":standing": notice.standing.code(),
        ":due_at": text(notice.due_at),
        ":attempts": notice.attempts,
        ":finished_at": notice.finished_at.map(text),
        ":doc": to_json(notice)?,
    };
    change(db, sql, parameters).map(drop)
}

/// Whether a mail that tells the beginning of its trouble was begun and not given up.
fn is_begun(db: &Db, notice: &Notice) -> DbResult<bool> {
    const SQL: &str = "
        SELECT 1 FROM notices
        WHERE connection = ?1 AND episode = ?2 AND channel = 'mail' AND stop = 1 AND attempts > 0
          AND standing <> 'failed'
        LIMIT 1";
    let episode = notice.news.episode().map(|episode| episode.key());
    Ok(first(db, SQL, (notice.connection.as_str(), episode), |_| Ok(()))?.is_some())
}

/// Deletes mails of the trouble's beginning, or end, that nobody has begun to send.
fn strike_off(db: &Db, connection: &ConnectionId, episode: &Episode, stop: bool) -> DbResult<()> {
    const SQL: &str = "
        DELETE FROM notices
        WHERE connection = ?1 AND episode = ?2 AND channel = 'mail' AND stop = ?3 AND attempts = 0
          AND standing = 'waiting'";
    change(db, SQL, (connection.as_str(), episode.key(), stop)).map(drop)
}

/// The oldest waiting notice of each connection, found by jumping from connection to connection. One that nobody has
/// begun to tell and that is not due yet lets the next one pass.
pub(super) const DUE: &str = "
    WITH RECURSIVE lines (connection) AS (
        SELECT min(connection) FROM notices WHERE standing = 'waiting' AND channel = ?1
        UNION ALL
        SELECT (SELECT min(n.connection) FROM notices n
                WHERE n.standing = 'waiting' AND n.channel = ?1 AND n.connection > l.connection)
        FROM lines l WHERE l.connection IS NOT NULL
    )
    SELECT n.doc
    FROM lines l CROSS JOIN notices n ON n.number = (
        SELECT h.number FROM notices h
        WHERE h.standing = 'waiting' AND h.channel = ?1 AND h.connection = l.connection
          AND (h.attempts > 0 OR h.due_at <= ?2)
        ORDER BY h.number LIMIT 1)
    WHERE n.due_at <= ?2 AND coalesce(n.claimed_until <= ?2, 1)
    ORDER BY n.number
    LIMIT ?3";

/// Whether anything is.
pub(super) fn is_due(db: &Db, channel: Channel, now: Timestamp) -> DbResult<bool> {
    Ok(first(db, DUE, (channel.code(), text(now), 1), |_| Ok(()))?.is_some())
}

/// Takes what is due.
pub(super) fn take(
    db: &Db,
    channel: Channel,
    until: Timestamp,
    limit: usize,
    now: Timestamp,
) -> DbResult<Vec<Notice>> {
    const CLAIM: &str = "UPDATE notices SET attempts = ?2, claimed_until = ?3, doc = ?4 WHERE id = ?1";
    let mut taken: Vec<Notice> =
        all(db, DUE, (channel.code(), text(now), rows(limit)), |row| document(row, 0))?;
    for notice in &mut taken {
        notice.attempts += 1;
        change(db, CLAIM, (notice.id.as_str(), notice.attempts, text(until), to_json(notice)?))?;
    }
    Ok(taken)
}

/// Writes down what came of an attempt, unless another one was begun since.
pub(super) fn finish(db: &Db, id: &NoticeId, attempt: u32, told: Told, now: Timestamp) -> DbResult<bool> {
    const SQL: &str = "SELECT doc FROM notices WHERE id = ?1 AND attempts = ?2 AND standing = 'waiting'";
    let found: Option<Notice> = first(db, SQL, (id.as_str(), attempt), |row| document(row, 0))?;
    let Some(mut notice) = found else { return Ok(false) };
    notice.finish(told, now);
    save(db, &notice)?;
    let given_up = notice.standing == Standing::Failed && notice.news.is_stop();
    if let Some(episode) = notice.news.episode().filter(|_| given_up && notice.channel == Channel::Mail) {
        strike_off(db, &notice.connection, &episode, false)?;
    }
    Ok(true)
}

/// Those that stand so, newest first.
pub(super) fn list(db: &Db, standing: Standing, after: Option<&str>, limit: usize) -> DbResult<Page<Notice>> {
    const SQL: &str = "
        SELECT number, doc FROM notices WHERE standing = ?1 AND number < ?2 ORDER BY number DESC LIMIT ?3";
    let before = match after {
        Some(after) => {
            let [number] = cursor::decode(LIST, after)?;
            number.parse().map_err(|_| DbError::cursor())?
        }
        None => i64::MAX,
    };
    let found = all(db, SQL, (standing.code(), before, rows_and_one(limit)), |row| {
        Ok((row.get::<_, i64>(0)?, document(row, 1)?))
    })?;
    cursor::page(found, limit, |number| cursor::encode(LIST, &[&number.to_string()]))
}

/// Frees what is taken, whoever has it.
pub(super) fn free_all(db: &Db) -> DbResult<()> {
    change(db, "UPDATE notices SET claimed_until = NULL WHERE standing = 'waiting'", ()).map(drop)
}
