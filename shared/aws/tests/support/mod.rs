//! What the tests of the store need: the emulator, and tables of DynamoDB in it.

mod emulator;

use aws_sdk_dynamodb::{
    Client,
    config::{BehaviorVersion, Credentials, Region},
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
        let config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-central-1"))
            .credentials_provider(Credentials::new("000000000001", "secret", None, None, "tests"))
            .endpoint_url(self.endpoint())
            .http_client(http_client())
            .interceptor(counter)
            .build();
        Client::from_conf(config)
    }

    /// A store with a table of its own that tells everything.
    pub async fn store(&self, client: &Client) -> DynamoStore {
        let table = format!("bridge-{}", TABLES.fetch_add(1, Ordering::Relaxed));
        TableDefinition.create(client, &table).await.unwrap();
        DynamoStore::new(client.clone(), table, suite::NOTICES)
    }
}
