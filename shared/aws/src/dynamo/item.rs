//! An item of the table: a document as JSON, the version that conditions compare, and its places in the indexes.

use super::{
    error::corrupt,
    key::{Key, Place},
};
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use psa_bridge_core::ports::StoreError;
use serde::{Serialize, de::DeserializeOwned};
use std::collections::HashMap;

/// Names of attributes.
pub(crate) mod attribute {
    /// The partition.
    pub(crate) const PK: &str = "pk";
    /// The place in it.
    pub(crate) const SK: &str = "sk";
    /// The version.
    pub(crate) const VERSION: &str = "v";
    /// The document.
    pub(crate) const DOC: &str = "doc";
    /// The lists' partition.
    pub(crate) const G1PK: &str = "g1pk";
    /// The place in a list.
    pub(crate) const G1SK: &str = "g1sk";
    /// The partition of what retention ends.
    pub(crate) const G2PK: &str = "g2pk";
    /// The place in that.
    pub(crate) const G2SK: &str = "g2sk";
    /// When DynamoDB may delete it by itself, in seconds since 1970.
    pub(crate) const TTL: &str = "ttl";
}

/// What DynamoDB gives and takes.
pub(crate) type Attributes = HashMap<String, AttributeValue>;

/// An item.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Item {
    /// Where it is.
    pub(crate) key: Key,
    /// The commit that wrote it last. None where only numbers were ever added to it.
    pub(crate) version: Option<String>,
    /// What it says, as JSON.
    doc: String,
    /// Its place in a list that people read.
    pub(crate) listed: Option<Place>,
    /// Where retention finds it.
    pub(crate) expiring: Option<Place>,
    /// When DynamoDB may delete it by itself, which spares retention the work. No rule rests on it.
    pub(crate) gone_after: Option<Timestamp>,
    /// Numbers that commits add to, beside the document.
    pub(crate) numbers: HashMap<String, i64>,
}

impl Item {
    /// A new item, or one in the place of that of the same key.
    pub(crate) fn new(key: Key, doc: &impl Serialize) -> Result<Self, StoreError> {
        let doc = serde_json::to_string(doc).map_err(corrupt)?;
        Ok(Self {
            key,
            version: None,
            doc,
            listed: None,
            expiring: None,
            gone_after: None,
            numbers: HashMap::new(),
        })
    }

    /// One that says nothing but that it is there.
    pub(crate) fn mark(key: Key) -> Self {
        let doc = "null".to_owned();
        Self {
            key,
            version: None,
            doc,
            listed: None,
            expiring: None,
            gone_after: None,
            numbers: HashMap::new(),
        }
    }

    /// The same in a list that people read.
    pub(crate) fn listed(mut self, place: Place) -> Self {
        self.listed = Some(place);
        self
    }

    /// The same where retention finds it.
    pub(crate) fn expiring(mut self, place: Place) -> Self {
        self.expiring = Some(place);
        self
    }

    /// The same, to be deleted by DynamoDB some time after then.
    pub(crate) fn gone_after(mut self, at: Timestamp) -> Self {
        self.gone_after = Some(at);
        self
    }

    /// The same as that commit leaves it.
    pub(crate) fn written_by(self, version: &str) -> Self {
        Self { version: Some(version.to_owned()), ..self }
    }

    /// What it says.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, StoreError> {
        serde_json::from_str(&self.doc)
            .map_err(|error| corrupt(format!("{} {}: {error}", self.key.pk, self.key.sk)))
    }

    /// A number that commits add to; zero where none ever did.
    pub(crate) fn number(&self, name: &str) -> i64 {
        self.numbers.get(name).copied().unwrap_or_default()
    }

    /// As DynamoDB takes it, written by that commit.
    pub(crate) fn attributes(&self, version: &str) -> Attributes {
        let mut attributes = key_attributes(&self.key);
        let mut set = |name: &str, value: &str| {
            attributes.insert(name.to_owned(), AttributeValue::S(value.to_owned()));
        };
        set(attribute::VERSION, version);
        set(attribute::DOC, &self.doc);
        if let Some(Place { pk, sk }) = &self.listed {
            set(attribute::G1PK, pk);
            set(attribute::G1SK, sk);
        }
        if let Some(Place { pk, sk }) = &self.expiring {
            set(attribute::G2PK, pk);
            set(attribute::G2SK, sk);
        }
        if let Some(at) = self.gone_after {
            attributes.insert(attribute::TTL.to_owned(), AttributeValue::N(at.as_second().to_string()));
        }
        for (name, number) in &self.numbers {
            attributes.insert(name.clone(), AttributeValue::N(number.to_string()));
        }
        attributes
    }

    /// As DynamoDB gave it.
    pub(crate) fn from_attributes(attributes: &Attributes) -> Result<Self, StoreError> {
        let text = |name: &str| attributes.get(name).and_then(|value| value.as_s().ok()).cloned();
        let must = |name: &str| text(name).ok_or_else(|| corrupt(format!("an item has no {name}")));
        let place = |pk: &str, sk: &str| Some(Place::new(text(pk)?, text(sk)?));
        let number = |name: &str| attributes.get(name)?.as_n().ok()?.parse::<i64>().ok();
        let gone_after = number(attribute::TTL).map(Timestamp::from_second).transpose().map_err(corrupt)?;
        let numbers =
            attributes.iter().filter(|(name, _)| *name != attribute::TTL).filter_map(|(name, value)| {
                let number = value.as_n().ok()?.parse().ok()?;
                Some((name.clone(), number))
            });
        Ok(Self {
            key: Key::new(must(attribute::PK)?, must(attribute::SK)?),
            version: text(attribute::VERSION),
            doc: text(attribute::DOC).unwrap_or_else(|| "null".to_owned()),
            listed: place(attribute::G1PK, attribute::G1SK),
            expiring: place(attribute::G2PK, attribute::G2SK),
            gone_after,
            numbers: numbers.collect(),
        })
    }
}

/// A key as DynamoDB takes it.
pub(crate) fn key_attributes(key: &Key) -> Attributes {
    let text = |value: &String| AttributeValue::S(value.clone());
    HashMap::from([(attribute::PK.to_owned(), text(&key.pk)), (attribute::SK.to_owned(), text(&key.sk))])
}

/// The key of what DynamoDB gave.
pub(crate) fn key_of(attributes: &Attributes) -> Option<Key> {
    let text = |name: &str| attributes.get(name).and_then(|value| value.as_s().ok());
    Some(Key::new(text(attribute::PK)?, text(attribute::SK)?))
}
