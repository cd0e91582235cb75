//! The store on one DynamoDB table.
//!
//! Every step of the domain is a unit of work ([`transaction`]): it reads what it decides on, consistently, and writes all
//! that it decides as one conditional write. Where somebody else was faster, the step is run again from its reads. What
//! is kept where stands in [`key`] and [`rows`]; the rules are the domain's.

mod accepting;
mod cache;
mod cursor;
mod error;
mod event_filter;
mod event_lists;
mod expiry;
mod item;
mod key;
mod known;
mod listing;
mod missing;
mod ports;
mod retry;
mod retrying;
mod route_requests;
mod rows;
mod seat_errands;
mod seat_items;
mod table;
mod telling_seats;
mod transaction;
mod view;
mod wire;

pub use error::DynamoError;
pub use ports::{PAGE, TOGETHER};
pub use table::TableDefinition;

use aws_sdk_dynamodb::Client;
use psa_bridge_core::notice::NoticePolicy;
use std::fmt;
use transaction::Transaction;

/// The store on a table of DynamoDB. Cheap to clone; clones share the client's connections.
#[derive(Clone)]
pub struct DynamoStore {
    wire: wire::Wire,
    policy: NoticePolicy,
    cache: cache::Cache,
    known: known::KnownOrganizations,
}

impl fmt::Debug for DynamoStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DynamoStore").field("table", &self.wire.table()).finish_non_exhaustive()
    }
}

impl DynamoStore {
    /// The store on that table, which is made as [`TableDefinition`] says. It writes down notices by this policy.
    pub fn new(client: Client, table: impl Into<String>, policy: NoticePolicy) -> Self {
        Self {
            wire: wire::Wire::new(client, table.into()),
            policy,
            cache: cache::Cache::default(),
            known: known::KnownOrganizations::default(),
        }
    }

    /// The name of its table.
    pub fn table(&self) -> &str {
        self.wire.table()
    }

    /// Begins a unit of work.
    fn begin(&self) -> Transaction<'_> {
        Transaction::new(&self.wire, &self.policy)
    }
}

/// Runs a step: the body reads and writes through the transaction of that name and gives a value, or returns early where
/// nothing is to be written. Where somebody else wrote what it read, it runs again from the beginning.
///
/// ```text
/// step!(self, |tx| {
///     let kept = tx.get(&Key::event(id)).await?;
///     tx.put(Item::new(Key::event(id), &changed)?);
///     answer
/// })
/// ```
macro_rules! step {
    ($store:expr, |$tx:ident| $body:expr) => {{
        let store = $store;
        let mut tries = $crate::dynamo::retry::Tries::of_step();
        loop {
            let mut $tx = store.begin();
            let made = $body;
            if $tx.commit().await? == $crate::dynamo::transaction::Commit::Made {
                break Ok(made);
            }
            tries.again().await.map_err(psa_bridge_core::ports::StoreError::from)?;
        }
    }};
}
pub(crate) use step;
