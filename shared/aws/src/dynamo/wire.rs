//! One function a call of DynamoDB. Reads are consistent, save for those of an index.

use super::{
    error::{corrupt, unavailable},
    item::{Attributes, Item, attribute, key_attributes, key_of},
    key::Key,
    retry::Tries,
    table::{LISTS, RETENTION},
};
use aws_sdk_dynamodb::{
    Client,
    operation::query::builders::QueryFluentBuilder,
    types::{AttributeValue, KeysAndAttributes, Select},
};
use psa_bridge_core::ports::StoreError;
use std::{collections::HashMap, ops::RangeInclusive};

/// Keys that a batch may name.
const BATCH: usize = 100;

/// A table.
#[derive(Clone)]
pub(crate) struct Wire {
    pub(super) client: Client,
    table: String,
}

/// A part of a partition, by sort key.
#[derive(Clone, Debug)]
pub(crate) struct Range {
    index: Option<&'static str>,
    names: (&'static str, &'static str),
    partition: String,
    between: RangeInclusive<String>,
    forward: bool,
    limit: Option<usize>,
}

/// Sorts after every sort key.
const LAST: &str = "\u{10FFFF}";

impl Range {
    /// All of a partition.
    pub(crate) fn of(partition: impl Into<String>) -> Self {
        Self {
            index: None,
            names: (attribute::PK, attribute::SK),
            partition: partition.into(),
            // Sort keys have at least one character.
            between: " ".to_owned()..=LAST.to_owned(),
            forward: true,
            limit: None,
        }
    }

    /// All of a partition of the lists.
    pub(crate) fn listed(partition: impl Into<String>) -> Self {
        Self { index: Some(LISTS), names: (attribute::G1PK, attribute::G1SK), ..Self::of(partition) }
    }

    /// All of a partition of what retention ends. What comes has keys alone.
    pub(crate) fn expiring(partition: impl Into<String>) -> Self {
        Self { index: Some(RETENTION), names: (attribute::G2PK, attribute::G2SK), ..Self::of(partition) }
    }

    /// What begins so.
    pub(crate) fn prefix(self, prefix: &str) -> Self {
        Self { between: prefix.to_owned()..=format!("{prefix}{LAST}"), ..self }
    }

    /// What sorts at that text or after it, besides the bounds before.
    pub(crate) fn from(self, first: impl Into<String>) -> Self {
        let (start, end) = self.between.into_inner();
        Self { between: start.max(first.into())..=end, ..self }
    }

    /// What comes after that sort key.
    pub(crate) fn after(self, last: &str) -> Self {
        self.from(format!("{last} "))
    }

    /// Where an item is in it, if it is there.
    pub(crate) fn place_of<'i>(&self, item: &'i Item) -> Option<&'i str> {
        match self.index {
            None => Some(&item.key.sk),
            Some(_) => item.listed.as_ref().map(|place| place.sk.as_str()),
        }
    }

    /// What follows that sort key in the order of reading, and perhaps the row of it.
    pub(crate) fn beyond(self, last: &str) -> Self {
        if self.forward { self.after(last) } else { self.until(last) }
    }

    /// What sorts before that text or at it.
    pub(crate) fn until(self, last: impl Into<String>) -> Self {
        let (start, end) = self.between.into_inner();
        Self { between: start..=end.min(last.into()), ..self }
    }

    /// The last first.
    pub(crate) fn backward(self) -> Self {
        Self { forward: false, ..self }
    }

    /// No more than so many.
    pub(crate) fn limit(self, limit: usize) -> Self {
        Self { limit: Some(limit), ..self }
    }
}

impl Wire {
    /// That table.
    pub(super) fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// Its name.
    pub(super) fn table(&self) -> &str {
        &self.table
    }

    /// An item.
    pub(super) async fn get(&self, key: &Key) -> Result<Option<Item>, StoreError> {
        let call = self.client.get_item().table_name(&self.table).consistent_read(true);
        let got = call.set_key(Some(key_attributes(key))).send().await;
        let got = got.map_err(|error| unavailable("GetItem", error))?;
        got.item.as_ref().map(Item::from_attributes).transpose()
    }

    /// Those of these items that are there.
    pub(super) async fn get_all(&self, keys: &[Key]) -> Result<Vec<Item>, StoreError> {
        let mut items = Vec::with_capacity(keys.len());
        for keys in keys.chunks(BATCH) {
            let mut left: Vec<Attributes> = keys.iter().map(key_attributes).collect();
            let mut tries = Tries::of_reading();
            loop {
                left = self.batch(left, &mut items).await?;
                if left.is_empty() {
                    break;
                }
                tries.again().await?;
            }
        }
        Ok(items)
    }

    /// Reads these keys; gives back those that were left unread.
    async fn batch(
        &self,
        keys: Vec<Attributes>,
        into: &mut Vec<Item>,
    ) -> Result<Vec<Attributes>, StoreError> {
        let wanted = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(true).build();
        let wanted = wanted.map_err(corrupt)?;
        let call = self.client.batch_get_item().request_items(&self.table, wanted);
        let mut got = call.send().await.map_err(|error| unavailable("BatchGetItem", error))?;
        let found = got.responses.as_mut().and_then(|tables| tables.remove(&self.table));
        for attributes in found.unwrap_or_default() {
            into.push(Item::from_attributes(&attributes)?);
        }
        let unread = got.unprocessed_keys.as_mut().and_then(|tables| tables.remove(&self.table));
        Ok(unread.map(|unread| unread.keys).unwrap_or_default())
    }

    /// The items of a range, in order, over all of its pages.
    pub(super) async fn query(&self, range: &Range) -> Result<Vec<Item>, StoreError> {
        let mut items = Vec::new();
        self.pages(range, |attributes| {
            items.push(Item::from_attributes(attributes)?);
            Ok(())
        })
        .await?;
        Ok(items)
    }

    /// The keys of a range, with each its place in it.
    pub(super) async fn keys(&self, range: &Range) -> Result<Vec<(String, Key)>, StoreError> {
        let mut keys = Vec::new();
        self.pages(range, |attributes| {
            let place = attributes.get(range.names.1).and_then(|value| value.as_s().ok());
            let found = place.cloned().zip(key_of(attributes));
            keys.push(found.ok_or_else(|| corrupt("an index has a row without keys"))?);
            Ok(())
        })
        .await?;
        Ok(keys)
    }

    /// How many items a range has.
    pub(super) async fn count(&self, range: &Range) -> Result<u64, StoreError> {
        let (mut start, mut count) = (None, 0);
        loop {
            let call = self.query_call(range).set_exclusive_start_key(start).select(Select::Count);
            let got = call.send().await.map_err(|error| unavailable("Query", error))?;
            count += u64::try_from(got.count()).unwrap_or_default();
            start = got.last_evaluated_key;
            if start.is_none() {
                return Ok(count);
            }
        }
    }

    async fn pages(
        &self,
        range: &Range,
        mut each: impl FnMut(&Attributes) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let (mut start, mut count) = (None, 0);
        if range.between.is_empty() {
            return Ok(());
        }
        loop {
            let left = range.limit.map(|limit| limit - count);
            let call = self.query_call(range).set_exclusive_start_key(start);
            let limit = left.map(|left| i32::try_from(left).unwrap_or(i32::MAX));
            let got = call.set_limit(limit).send().await.map_err(|error| unavailable("Query", error))?;
            for attributes in got.items() {
                each(attributes)?;
                count += 1;
            }
            start = got.last_evaluated_key;
            if start.is_none() || range.limit.is_some_and(|limit| count >= limit) {
                return Ok(());
            }
        }
    }

    fn query_call(&self, range: &Range) -> QueryFluentBuilder {
        let text = |value: &str| AttributeValue::S(value.to_owned());
        let names = HashMap::from([("#p", range.names.0), ("#s", range.names.1)]);
        let names = names.into_iter().map(|(short, name)| (short.to_owned(), name.to_owned()));
        self.client
            .query()
            .table_name(&self.table)
            .set_index_name(range.index.map(str::to_owned))
            .consistent_read(range.index.is_none())
            .key_condition_expression("#p = :p AND #s BETWEEN :a AND :b")
            .set_expression_attribute_names(Some(names.collect()))
            .expression_attribute_values(":p", text(&range.partition))
            .expression_attribute_values(":a", text(range.between.start()))
            .expression_attribute_values(":b", text(range.between.end()))
            .scan_index_forward(range.forward)
    }
}
