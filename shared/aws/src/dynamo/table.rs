//! The table as it has to be. Deployments say the same in their template; tests make it from here.

use super::error::{corrupt, unavailable};
use super::item::attribute::{G1PK, G1SK, G2PK, G2SK, PK, SK};
use aws_sdk_dynamodb::{
    Client,
    types::{
        AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
        ProjectionType, ScalarAttributeType,
    },
};
use psa_bridge_core::ports::StoreError;

/// The name of the index of lists.
pub(crate) const LISTS: &str = "lists";
/// The name of the index of what retention ends.
pub(crate) const RETENTION: &str = "retention";

/// The definition of the table: keys, and the indexes `lists` (all attributes) and `retention` (keys alone).
#[derive(Clone, Copy, Debug)]
pub struct TableDefinition;

impl TableDefinition {
    /// Makes the table, billed by request.
    pub async fn create(self, client: &Client, name: &str) -> Result<(), StoreError> {
        let attributes = [PK, SK, G1PK, G1SK, G2PK, G2SK].map(|name| {
            AttributeDefinition::builder()
                .attribute_name(name)
                .attribute_type(ScalarAttributeType::S)
                .build()
                .map_err(corrupt)
        });
        let attributes: Vec<_> = attributes.into_iter().collect::<Result<_, _>>()?;
        client
            .create_table()
            .table_name(name)
            .billing_mode(BillingMode::PayPerRequest)
            .set_attribute_definitions(Some(attributes))
            .set_key_schema(Some(keys(PK, SK)?))
            .global_secondary_indexes(index(LISTS, keys(G1PK, G1SK)?, ProjectionType::All)?)
            .global_secondary_indexes(index(RETENTION, keys(G2PK, G2SK)?, ProjectionType::KeysOnly)?)
            .send()
            .await
            .map_err(|error| unavailable("CreateTable", error))?;
        Ok(())
    }
}

fn keys(pk: &str, sk: &str) -> Result<Vec<KeySchemaElement>, StoreError> {
    [(pk, KeyType::Hash), (sk, KeyType::Range)]
        .into_iter()
        .map(|(name, kind)| {
            KeySchemaElement::builder().attribute_name(name).key_type(kind).build().map_err(corrupt)
        })
        .collect()
}

fn index(
    name: &str,
    keys: Vec<KeySchemaElement>,
    projected: ProjectionType,
) -> Result<GlobalSecondaryIndex, StoreError> {
    GlobalSecondaryIndex::builder()
        .index_name(name)
        .set_key_schema(Some(keys))
        .projection(Projection::builder().projection_type(projected).build())
        .build()
        .map_err(corrupt)
}
