//! What the tests of the store need: the emulator, and tables of DynamoDB in it.

#![allow(dead_code, reason = "each test binary uses a part of it")]

mod emulator;

use aws_sdk_dynamodb::{
    Client,
    config::{BehaviorVersion, Credentials, Region, SharedHttpClient, retry::RetryConfig},
};
pub use emulator::{Emulator, emulator};
use psa_bridge_aws::{CallCounter, DynamoStore, TableDefinition, http_client};
use psa_bridge_core::suite;
use std::sync::atomic::{AtomicU32, Ordering};

/// Tables that were named.
static TABLES: AtomicU32 = AtomicU32::new(0);

impl Emulator {
    /// A client of its DynamoDB, whose calls are counted. A client belongs to the runtime that it was made in.
    pub fn dynamo(&self, counter: CallCounter) -> Client {
        self.dynamo_over(http_client(), RetryConfig::standard(), counter)
    }

    /// The same over another way there, with other repeats.
    pub fn dynamo_over(&self, way: SharedHttpClient, repeats: RetryConfig, counter: CallCounter) -> Client {
        let config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-central-1"))
            .credentials_provider(Credentials::new("000000000001", "secret", None, None, "tests"))
            .endpoint_url(self.endpoint())
            .http_client(way)
            .retry_config(repeats)
            .interceptor(counter)
            .build();
        Client::from_conf(config)
    }

    /// A store with a table of its own that tells everything.
    pub async fn store(&self, client: &Client) -> DynamoStore {
        DynamoStore::new(client.clone(), self.table(client).await, suite::NOTICES)
    }

    /// A new table.
    pub async fn table(&self, client: &Client) -> String {
        let table = format!("bridge-{}", TABLES.fetch_add(1, Ordering::Relaxed));
        TableDefinition.create(client, &table).await.unwrap();
        table
    }
}
