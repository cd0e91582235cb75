//! The outbox: each notice by its id, and while it is to be told a row among those of its channel, in the order in which
//! the notices of a connection came up.
//!
//! Whether the beginning of a trouble was told is asked by the ids that such mails have, so that no step decides on a set
//! that may change beneath it.

use crate::dynamo::{
    item::Item,
    key::{Key, Kind, Place},
    transaction::Transaction,
};
use jiff::Timestamp;
use psa_bridge_core::{
    connection::Connection,
    ids::NoticeId,
    notice::{Effect, Notice, Standing, of_change as effects_of, recovery_mail, stop_mails},
    ports::StoreError,
};
use serde::{Deserialize, Serialize};

/// A notice as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeptNotice {
    /// The notice.
    pub(crate) notice: Notice,
    /// Sorts it among all others by when it came up.
    pub(crate) number: String,
    /// Until when it is somebody's to tell.
    pub(crate) claimed_until: Option<Timestamp>,
}

/// What the row of a notice says that is to be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Outgoing {
    /// Which.
    pub(crate) id: NoticeId,
    /// Its number.
    pub(crate) number: String,
    /// Not to be told before.
    pub(crate) due_at: Timestamp,
    /// How often telling it was begun.
    pub(crate) attempts: u32,
    /// Until when it is somebody's to tell.
    pub(crate) claimed_until: Option<Timestamp>,
}

/// The partition of the lists of notices that stand so.
pub(crate) fn list(standing: Standing) -> String {
    format!("NOTICES#{}", standing.code())
}

impl KeptNotice {
    fn row(&self) -> Key {
        Key::waiting_notice(self.notice.channel, &self.notice.connection, &self.number)
    }

    fn was_begun(&self) -> bool {
        self.notice.attempts > 0
    }
}

/// A notice, on which the step decides.
pub(crate) async fn get(tx: &mut Transaction<'_>, id: &NoticeId) -> Result<Option<KeptNotice>, StoreError> {
    tx.get(&Key::notice(id)).await?.map(|item| item.read()).transpose()
}

/// Keeps a notice, new or changed, and its row.
pub(crate) fn keep(tx: &mut Transaction<'_>, kept: &KeptNotice) -> Result<(), StoreError> {
    let Notice { id, due_at, attempts, standing, finished_at, .. } = &kept.notice;
    let key = Key::notice(id);
    let expiring = finished_at.map(|at| Place::expiring(Kind::Notice, at, &key));
    let listed = Place::new(list(*standing), &kept.number);
    let mut item = Item::new(key, kept)?.listed(listed);
    item.expiring = expiring;
    tx.put(item);
    if *standing == Standing::Waiting {
        let outgoing = Outgoing {
            id: id.clone(),
            number: kept.number.clone(),
            due_at: *due_at,
            attempts: *attempts,
            claimed_until: kept.claimed_until,
        };
        tx.put(Item::new(kept.row(), &outgoing)?);
    } else {
        tx.delete(&kept.row());
    }
    Ok(())
}

/// Keeps a notice that nobody can have kept before.
pub(crate) fn create(tx: &mut Transaction<'_>, notice: Notice) -> Result<(), StoreError> {
    let number = tx.ordinal();
    keep(tx, &KeptNotice { notice, number, claimed_until: None })
}

/// Keeps a notice, unless one of its id is there.
async fn tell(tx: &mut Transaction<'_>, notice: Notice) -> Result<(), StoreError> {
    match get(tx, &notice.id).await? {
        Some(_) => Ok(()),
        None => create(tx, notice),
    }
}

/// Writes down what the change of a connection causes.
pub(crate) async fn of_change(
    tx: &mut Transaction<'_>,
    before: &Connection,
    after: &Connection,
    now: Timestamp,
) -> Result<(), StoreError> {
    for effect in effects_of(before, after, now, tx.policy()) {
        match effect {
            Effect::Tell(notice) => tell(tx, notice).await?,
            Effect::TellIfBegun(notice) => {
                if is_begun(tx, &notice).await? {
                    tell(tx, notice).await?;
                }
            }
            Effect::StrikeOff(episode) => {
                for id in stop_mails(&after.id, &episode) {
                    strike_off(tx, &id).await?;
                }
            }
        }
    }
    Ok(())
}

/// Whether a mail that tells the beginning of its trouble was begun and not given up.
async fn is_begun(tx: &mut Transaction<'_>, of: &Notice) -> Result<bool, StoreError> {
    let Some(episode) = of.news.episode() else { return Ok(false) };
    for id in stop_mails(&of.connection, &episode) {
        let kept = get(tx, &id).await?;
        if kept.is_some_and(|kept| kept.was_begun() && kept.notice.standing != Standing::Failed) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Deletes a notice that nobody has begun to tell.
async fn strike_off(tx: &mut Transaction<'_>, id: &NoticeId) -> Result<(), StoreError> {
    let kept = get(tx, id).await?.filter(|kept| kept.notice.standing == Standing::Waiting);
    if let Some(kept) = kept.filter(|kept| !kept.was_begun()) {
        tx.delete(&Key::notice(id));
        tx.delete(&kept.row());
    }
    Ok(())
}

/// Where the beginning of a trouble is given up, nobody hears of its end either.
pub(crate) async fn given_up(tx: &mut Transaction<'_>, notice: &Notice) -> Result<(), StoreError> {
    match notice.news.episode() {
        Some(episode) => strike_off(tx, &recovery_mail(&notice.connection, &episode)).await,
        None => Ok(()),
    }
}
