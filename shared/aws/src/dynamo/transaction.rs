//! The unit of work: reads what a step decides on and writes all that it decides, or nothing.
//!
//! Each read remembers the version that it saw. [`Transaction::commit`] writes under the condition that every item which
//! was read with [`Transaction::get`] still has that version (or is still absent), whether the step changes it or not.
//! [`Transaction::peek`] reads without that: for what a step only reports, and for what an item that is *got* stands for
//! (the head of a set: whoever changes the set writes the head too). What is written is conditional on the version seen
//! in either case; what was never read is written whatever is there, which suits rows that say nothing but where
//! something is. So steps are serialisable over what they get.

mod commit;
mod write;

pub(crate) use commit::Commit;

use super::{
    item::Item,
    key::Key,
    wire::{Range, Wire},
};
use psa_bridge_core::{notice::NoticePolicy, ports::StoreError};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::{SystemTime, UNIX_EPOCH},
};
use write::Write;

/// A unit of work.
pub(crate) struct Transaction<'s> {
    wire: &'s Wire,
    policy: &'s NoticePolicy,
    /// Items as they were read.
    seen: BTreeMap<Key, Option<Item>>,
    /// What must not have changed since.
    guarded: BTreeSet<Key>,
    writes: BTreeMap<Key, Write>,
    /// Numbers that items must have, of which nothing else is asked.
    numbers: BTreeMap<Key, (&'static str, i64)>,
    /// Tells this commit from every other.
    token: String,
    ordinals: u16,
}

impl<'s> Transaction<'s> {
    /// One that has read and written nothing.
    pub(super) fn new(wire: &'s Wire, policy: &'s NoticePolicy) -> Self {
        Self {
            wire,
            policy,
            seen: BTreeMap::new(),
            guarded: BTreeSet::new(),
            writes: BTreeMap::new(),
            numbers: BTreeMap::new(),
            token: format!("{:032x}", rand::random::<u128>()),
            ordinals: 0,
        }
    }

    /// What is to be told.
    pub(crate) fn policy(&self) -> &'s NoticePolicy {
        self.policy
    }

    /// An item as this step leaves it, on which the step decides: nobody may change it until the commit.
    pub(crate) async fn get(&mut self, key: &Key) -> Result<Option<Item>, StoreError> {
        self.guarded.insert(key.clone());
        self.peek(key).await
    }

    /// An item as this step leaves it, whatever becomes of it until the commit.
    pub(crate) async fn peek(&mut self, key: &Key) -> Result<Option<Item>, StoreError> {
        match self.writes.get(key) {
            Some(Write::Put(item)) => return Ok(Some(Item::clone(item))),
            Some(Write::Delete) => return Ok(None),
            Some(Write::Add(_)) | None => {}
        }
        if let Some(seen) = self.seen.get(key) {
            return Ok(seen.clone());
        }
        let item = self.wire.get(key).await?;
        self.seen.insert(key.clone(), item.clone());
        Ok(item)
    }

    /// Reads these items at once, so that [`Self::get`] and [`Self::peek`] need no call for them.
    pub(crate) async fn prefetch(&mut self, keys: impl IntoIterator<Item = Key>) -> Result<(), StoreError> {
        let unseen: BTreeSet<Key> = keys.into_iter().filter(|key| !self.seen.contains_key(key)).collect();
        let unseen: Vec<Key> = unseen.into_iter().collect();
        match unseen.as_slice() {
            [] => {}
            [key] => {
                let item = self.wire.get(key).await?;
                self.seen.insert(key.clone(), item);
            }
            keys => {
                let found = self.wire.get_all(keys).await?;
                self.seen.extend(unseen.iter().map(|key| (key.clone(), None)));
                self.seen.extend(found.into_iter().map(|item| (item.key.clone(), Some(item))));
            }
        }
        Ok(())
    }

    /// The items of a range as they are stored, over all of its pages; none of them is guarded, and what this step writes
    /// does not show.
    pub(crate) async fn query(&mut self, range: &Range) -> Result<Vec<Item>, StoreError> {
        let items = self.wire.query(range).await?;
        for item in &items {
            self.seen.entry(item.key.clone()).or_insert_with(|| Some(item.clone()));
        }
        Ok(items)
    }

    /// The keys of a range with each its place, for ranges of an index that has no more.
    pub(crate) async fn keys(&self, range: &Range) -> Result<Vec<(String, Key)>, StoreError> {
        self.wire.keys(range).await
    }

    /// Nobody may change an item that was read until the commit.
    pub(crate) fn guard(&mut self, key: &Key) {
        self.guarded.insert(key.clone());
    }

    /// Nothing may be there until the commit, of which nothing was read.
    pub(crate) fn expect_absent(&mut self, key: &Key) {
        self.seen.entry(key.clone()).or_insert(None);
        self.guarded.insert(key.clone());
    }

    /// An item as somebody read or wrote it before this step: it need not be read, and the commit finds out whether it is
    /// still so.
    pub(crate) fn assume(&mut self, item: Item) {
        self.seen.entry(item.key.clone()).or_insert(Some(item));
    }

    /// An item that this step does not write must have that number at the commit, whatever else it says.
    pub(crate) fn expect_number(&mut self, key: &Key, name: &'static str, number: i64) {
        self.numbers.insert(key.clone(), (name, number));
    }

    /// What the commit will have written at a key.
    pub(crate) fn written(&self, key: &Key) -> Option<Item> {
        match self.writes.get(key) {
            Some(Write::Put(item)) => Some(Item::clone(item).written_by(&self.token)),
            _ => None,
        }
    }

    /// Keeps an item.
    pub(crate) fn put(&mut self, item: Item) {
        self.writes.insert(item.key.clone(), Write::Put(Box::new(item)));
    }

    /// Deletes an item.
    pub(crate) fn delete(&mut self, key: &Key) {
        self.writes.insert(key.clone(), Write::Delete);
    }

    /// Adds to a number of an item, which is made where it is not there, whatever others add meanwhile. An item of numbers
    /// is neither put nor deleted in the same step.
    pub(crate) fn add(&mut self, key: &Key, name: &'static str, delta: i64) {
        let write = self.writes.entry(key.clone()).or_insert_with(|| Write::Add(BTreeMap::new()));
        if let Write::Add(numbers) = write {
            *numbers.entry(name).or_default() += delta;
        }
    }

    /// How many actions the commit will have.
    pub(crate) fn actions(&self) -> usize {
        let checks = self.guarded.iter().filter(|key| !self.writes.contains_key(*key)).count();
        self.writes.len() + checks + self.numbers.len()
    }

    /// A text that sorts after those of earlier steps, as far as clocks agree, and that nothing else has.
    pub(crate) fn ordinal(&mut self) -> String {
        self.ordinals += 1;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        format!("{:020}{:04}{}", now.as_nanos(), self.ordinals, &self.token[..8])
    }
}
