//! What a commit does to an item, as DynamoDB takes it: the write and its condition.

use crate::dynamo::{
    error::corrupt,
    item::{Attributes, Item, attribute, key_attributes},
    key::Key,
};
use aws_sdk_dynamodb::types::{
    AttributeValue, ConditionCheck, Delete, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem,
    Update,
};
use psa_bridge_core::ports::StoreError;
use std::collections::{BTreeMap, HashMap};

/// What a commit does to an item.
#[derive(Clone, Debug)]
pub(super) enum Write {
    /// Keeps it.
    Put(Box<Item>),
    /// Deletes it.
    Delete,
    /// Adds to its numbers.
    Add(BTreeMap<&'static str, i64>),
}

/// What must hold of the item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    /// Nothing.
    Nothing,
    /// It is not there.
    Absent,
    /// That commit wrote it last.
    Version(String),
    /// It has that number.
    Number(&'static str, i64),
}

impl Condition {
    /// That the item is as it was read.
    pub(super) fn unchanged(seen: Option<&Item>) -> Self {
        match seen.map(|item| &item.version) {
            None => Self::Absent,
            Some(Some(version)) => Self::Version(version.clone()),
            // Only numbers were ever added to it.
            Some(None) => Self::Nothing,
        }
    }

    pub(super) fn expression(&self) -> Option<String> {
        match self {
            Self::Nothing => None,
            Self::Absent => Some("attribute_not_exists(#c)".to_owned()),
            Self::Version(_) | Self::Number(..) => Some("#c = :c".to_owned()),
        }
    }

    pub(super) fn names(&self) -> Option<HashMap<String, String>> {
        let name = match self {
            Self::Nothing => return None,
            Self::Absent => attribute::PK,
            Self::Version(_) => attribute::VERSION,
            Self::Number(name, _) => name,
        };
        Some(HashMap::from([("#c".to_owned(), name.to_owned())]))
    }

    pub(super) fn values(&self) -> Option<Attributes> {
        let value = match self {
            Self::Version(version) => AttributeValue::S(version.clone()),
            Self::Number(_, number) => AttributeValue::N(number.to_string()),
            Self::Nothing | Self::Absent => return None,
        };
        Some(HashMap::from([(":c".to_owned(), value)]))
    }
}

/// The parts of an update that adds.
#[derive(Debug, Default)]
struct Adding {
    expression: String,
    names: HashMap<String, String>,
    values: Attributes,
}

impl Adding {
    fn of(numbers: &BTreeMap<&'static str, i64>) -> Self {
        let mut adding = Self::default();
        let mut parts = Vec::new();
        for (index, (name, delta)) in numbers.iter().enumerate() {
            parts.push(format!("#n{index} :n{index}"));
            adding.names.insert(format!("#n{index}"), (*name).to_owned());
            adding.values.insert(format!(":n{index}"), AttributeValue::N(delta.to_string()));
        }
        adding.expression = format!("ADD {}", parts.join(", "));
        adding
    }
}

/// A write as one of many.
pub(super) fn action(
    table: &str,
    key: &Key,
    write: Option<&Write>,
    condition: &Condition,
    token: &str,
) -> Result<TransactWriteItem, StoreError> {
    let item = TransactWriteItem::builder();
    let item = match write {
        None => item.condition_check(check(table, key, condition)?),
        Some(Write::Put(put)) => item.put(
            Put::builder()
                .table_name(table)
                .set_item(Some(put.attributes(token)))
                .set_condition_expression(condition.expression())
                .set_expression_attribute_names(condition.names())
                .set_expression_attribute_values(condition.values())
                .build()
                .map_err(corrupt)?,
        ),
        Some(Write::Delete) => item.delete(
            Delete::builder()
                .table_name(table)
                .set_key(Some(key_attributes(key)))
                .set_condition_expression(condition.expression())
                .set_expression_attribute_names(condition.names())
                .set_expression_attribute_values(condition.values())
                .build()
                .map_err(corrupt)?,
        ),
        Some(Write::Add(numbers)) => {
            let adding = Adding::of(numbers);
            item.update(
                Update::builder()
                    .table_name(table)
                    .set_key(Some(key_attributes(key)))
                    .update_expression(adding.expression)
                    .set_expression_attribute_names(Some(adding.names))
                    .set_expression_attribute_values(Some(adding.values))
                    .build()
                    .map_err(corrupt)?,
            )
        }
    };
    Ok(item.build())
}

fn check(table: &str, key: &Key, condition: &Condition) -> Result<ConditionCheck, StoreError> {
    ConditionCheck::builder()
        .table_name(table)
        .set_key(Some(key_attributes(key)))
        // A check has to say something.
        .condition_expression(condition.expression().unwrap_or_else(|| "attribute_exists(#c)".to_owned()))
        .set_expression_attribute_names(
            condition.names().or_else(|| Some(HashMap::from([("#c".to_owned(), attribute::PK.to_owned())]))),
        )
        .set_expression_attribute_values(condition.values())
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::None)
        .build()
        .map_err(corrupt)
}
