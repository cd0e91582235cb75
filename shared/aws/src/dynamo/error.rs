//! What goes wrong with DynamoDB, and what that is to the domain.

use crate::failure::told;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use psa_bridge_core::ports::StoreError;
use std::error::Error as StdError;
use thiserror::Error;

/// What the store on DynamoDB could not do, where the reason is its own.
#[derive(Debug, Error)]
pub enum DynamoError {
    /// A step would write more items at once than DynamoDB takes.
    #[error("a step of {actions} actions is more than DynamoDB takes at once ({limit})")]
    TooManyActions {
        /// What the step needs.
        actions: usize,
        /// What is taken.
        limit: usize,
    },
    /// Others were faster, again and again.
    #[error("others changed the same records {tries} times in a row")]
    Contended {
        /// How often the step was run.
        tries: u32,
    },
    /// DynamoDB left keys of a batch unread, again and again.
    #[error("DynamoDB left keys unread {tries} times in a row")]
    Unread {
        /// How often it was asked.
        tries: u32,
    },
}

impl From<DynamoError> for StoreError {
    fn from(error: DynamoError) -> Self {
        Self::Unavailable { detail: error.to_string(), source: Some(Box::new(error)) }
    }
}

/// A call that failed.
pub(crate) fn unavailable<E, R>(operation: &'static str, error: SdkError<E, R>) -> StoreError
where
    E: StdError + ProvideErrorMetadata + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    let detail = format!("{operation}: {}", told(&error));
    // The response itself stays out of logs.
    StoreError::Unavailable { detail, source: error.into_source().ok() }
}

/// A record that is not as this program writes them, or a change that the state machine refuses though it should take it.
pub(crate) fn corrupt(error: impl std::fmt::Display) -> StoreError {
    StoreError::Corrupt { detail: error.to_string() }
}
