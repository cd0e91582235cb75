//! Stores for cases: each a table of its own. A second handle on the data is a second store on the same table, as a second
//! function would have it.

use crate::support::Emulator;
use async_trait::async_trait;
use aws_sdk_dynamodb::{
    Client,
    types::{AttributeValue, PutRequest, WriteRequest},
};
use psa_bridge_aws::{CallCounter, DynamoStore};
use psa_bridge_core::{
    ports::Store,
    suite::{self, StoreFactory, StoreUnderTest},
};
use std::{collections::HashMap, sync::Arc};
use tokio::{runtime::Handle, sync::OnceCell};

/// Items that DynamoDB writes at once.
const BATCH: usize = 25;

type Items = Vec<HashMap<String, AttributeValue>>;

/// Makes stores in one emulator.
pub(crate) struct Factory {
    emulator: &'static Emulator,
    /// Makes tables.
    client: Client,
    /// What stores call.
    called: Client,
}

impl Factory {
    /// In that emulator.
    pub(crate) fn on(emulator: &'static Emulator) -> Self {
        Self::over(emulator, emulator.dynamo(CallCounter::default()))
    }

    /// In that emulator, called by that client.
    pub(crate) fn over(emulator: &'static Emulator, called: Client) -> Self {
        Self { emulator, client: emulator.dynamo(CallCounter::default()), called }
    }
}

struct Fresh {
    emulator: &'static Emulator,
    client: Client,
    called: Client,
    store: DynamoStore,
    /// What it held when it was copied first.
    items: OnceCell<Items>,
}

impl Fresh {
    async fn of(emulator: &'static Emulator, client: Client, called: Client) -> Self {
        let store = DynamoStore::new(called.clone(), emulator.table(&client).await, suite::NOTICES);
        Self { emulator, client, called, store, items: OnceCell::new() }
    }

    async fn all(&self) -> Items {
        let pages = self.client.scan().table_name(self.store.table()).into_paginator().items().send();
        pages.collect::<Result<Items, _>>().await.unwrap()
    }

    async fn fill(&self, items: &Items) {
        for items in items.chunks(BATCH) {
            let puts = items.iter().map(|item| {
                let put = PutRequest::builder().set_item(Some(item.clone())).build().unwrap();
                WriteRequest::builder().put_request(put).build()
            });
            let written = self.client.batch_write_item().request_items(self.store.table(), puts.collect());
            let left = written.send().await.unwrap().unprocessed_items;
            assert!(left.is_none_or(|left| left.is_empty()), "the emulator writes all");
        }
    }
}

/// The emulator keeps tables in memory.
impl Drop for Fresh {
    fn drop(&mut self) {
        if let Ok(runtime) = Handle::try_current() {
            let deleting = self.client.delete_table().table_name(self.store.table());
            runtime.spawn(deleting.send());
        }
    }
}

#[async_trait]
impl StoreFactory for Factory {
    async fn fresh(&self) -> Arc<dyn StoreUnderTest> {
        Arc::new(Fresh::of(self.emulator, self.client.clone(), self.called.clone()).await)
    }
}

#[async_trait]
impl StoreUnderTest for Fresh {
    fn store(&self) -> Arc<dyn Store> {
        Arc::new(self.store.clone())
    }

    async fn reopen(&self) -> Arc<dyn Store> {
        Arc::new(DynamoStore::new(self.called.clone(), self.store.table(), suite::NOTICES))
    }

    async fn copied(&self) -> Option<Arc<dyn StoreUnderTest>> {
        let items = self.items.get_or_init(|| self.all()).await;
        let copy = Self::of(self.emulator, self.client.clone(), self.called.clone()).await;
        copy.fill(items).await;
        Some(Arc::new(copy))
    }
}
