//! Committing: one conditional write where one item is all that there is, else one transaction of DynamoDB.

use super::{
    Transaction,
    write::{Condition, Write, action},
};
use crate::dynamo::{
    error::{DynamoError, unavailable},
    item::{Attributes, attribute, key_attributes},
    key::Key,
};
use aws_sdk_dynamodb::{
    error::ProvideErrorMetadata,
    operation::{
        delete_item::DeleteItemError, put_item::PutItemError, transact_write_items::TransactWriteItemsError,
    },
    types::ReturnValuesOnConditionCheckFailure,
};
use psa_bridge_core::ports::StoreError;

/// Actions that DynamoDB takes at once.
const ACTIONS: usize = 100;

/// What became of a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Commit {
    /// All was written, or there was nothing to write.
    Made,
    /// Nothing was: somebody else wrote what this step had read, or writes it now.
    Conflict,
}

impl Transaction<'_> {
    /// Writes all, or nothing. A step that writes nothing checks nothing either: it happened when it read.
    pub(crate) async fn commit(self) -> Result<Commit, StoreError> {
        let checks: Vec<&Key> = self.guarded.iter().filter(|key| !self.writes.contains_key(*key)).collect();
        if self.writes.is_empty() {
            return Ok(Commit::Made);
        }
        match self.writes.iter().next() {
            Some((key, write)) if self.writes.len() == 1 && checks.is_empty() && self.numbers.is_empty() => {
                self.single(key, write).await
            }
            _ => self.transact(&checks).await,
        }
    }

    fn condition(&self, key: &Key) -> Condition {
        self.seen.get(key).map_or(Condition::Nothing, |seen| Condition::unchanged(seen.as_ref()))
    }

    async fn transact(&self, checks: &[&Key]) -> Result<Commit, StoreError> {
        let actions = self.actions();
        if actions > ACTIONS {
            return Err(DynamoError::TooManyActions { actions, limit: ACTIONS }.into());
        }
        let mut call = self.wire.client.transact_write_items().client_request_token(&self.token);
        for key in checks {
            let check = action(self.wire.table(), key, None, &self.condition(key), &self.token)?;
            call = call.transact_items(check);
        }
        for (key, (name, number)) in &self.numbers {
            let condition = Condition::Number(name, *number);
            let check = action(self.wire.table(), key, None, &condition, &self.token)?;
            call = call.transact_items(check);
        }
        for (key, write) in &self.writes {
            let condition = self.condition(key);
            let write = action(self.wire.table(), key, Some(write), &condition, &self.token)?;
            call = call.transact_items(write);
        }
        match call.send().await {
            Ok(_) => Ok(Commit::Made),
            Err(error) if error.as_service_error().is_some_and(is_conflict) => Ok(Commit::Conflict),
            // No reply, or none to an earlier try of the same: that nothing was changed is only said where it is known.
            Err(_) if self.was_made().await => Ok(Commit::Made),
            Err(error) => Err(unavailable("TransactWriteItems", error)),
        }
    }

    /// Whether an item is there as this commit wrote it. Where that cannot be read either, the failure that led here
    /// stands.
    async fn was_made(&self) -> bool {
        let kept = self.writes.iter().find(|(_, write)| matches!(write, Write::Put(_)));
        let Some((key, _)) = kept else { return false };
        self.wire
            .get(key)
            .await
            .is_ok_and(|item| item.is_some_and(|item| item.version.as_ref() == Some(&self.token)))
    }

    async fn single(&self, key: &Key, write: &Write) -> Result<Commit, StoreError> {
        let condition = self.condition(key);
        match write {
            Write::Put(item) => self.put_alone(item.attributes(&self.token), &condition).await,
            Write::Delete => self.delete_alone(key, &condition).await,
            // Added twice after a lost reply would be one too many: only a transaction knows its own token.
            Write::Add(_) => self.transact(&[]).await,
        }
    }

    async fn put_alone(&self, item: Attributes, condition: &Condition) -> Result<Commit, StoreError> {
        let call = self.wire.client.put_item().table_name(self.wire.table()).set_item(Some(item));
        let put = call
            .set_condition_expression(condition.expression())
            .set_expression_attribute_names(condition.names())
            .set_expression_attribute_values(condition.values())
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let Err(error) = put else { return Ok(Commit::Made) };
        match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(failed)) => {
                // A reply was lost, and the call was made again by the client: it was this commit that wrote it.
                let wrote = failed.item().and_then(|item| item.get(attribute::VERSION));
                let own = wrote.and_then(|version| version.as_s().ok()) == Some(&self.token);
                Ok(if own { Commit::Made } else { Commit::Conflict })
            }
            Some(PutItemError::TransactionConflictException(_)) => Ok(Commit::Conflict),
            _ if self.was_made().await => Ok(Commit::Made),
            _ => Err(unavailable("PutItem", error)),
        }
    }

    async fn delete_alone(&self, key: &Key, condition: &Condition) -> Result<Commit, StoreError> {
        let call = self.wire.client.delete_item().table_name(self.wire.table());
        let deleted = call
            .set_key(Some(key_attributes(key)))
            .set_condition_expression(condition.expression())
            .set_expression_attribute_names(condition.names())
            .set_expression_attribute_values(condition.values())
            .send()
            .await;
        let Err(error) = deleted else { return Ok(Commit::Made) };
        match error.as_service_error() {
            Some(
                DeleteItemError::ConditionalCheckFailedException(_)
                | DeleteItemError::TransactionConflictException(_),
            ) => Ok(Commit::Conflict),
            _ => Err(unavailable("DeleteItem", error)),
        }
    }
}

/// Whether running the step again may help: a condition failed, others were at it, or there was too much to do.
fn is_conflict(error: &TransactWriteItemsError) -> bool {
    const PASSING: [&str; 4] =
        ["ConditionalCheckFailed", "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"];
    match error {
        TransactWriteItemsError::TransactionCanceledException(canceled) => {
            let mut codes = canceled.cancellation_reasons().iter().filter_map(|reason| reason.code());
            let failed: Vec<&str> = codes.by_ref().filter(|code| *code != "None").collect();
            !failed.is_empty() && failed.iter().all(|code| PASSING.contains(code))
        }
        other => other.code() == Some("TransactionConflictException"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_dynamodb::types::{CancellationReason, error::TransactionCanceledException};

    /// The emulator knows failed conditions alone; what else cancels is told apart by what DynamoDB documents.
    fn canceled(codes: &[&str]) -> TransactWriteItemsError {
        let reasons = codes.iter().map(|code| CancellationReason::builder().code(*code).build());
        let canceled =
            TransactionCanceledException::builder().set_cancellation_reasons(Some(reasons.collect()));
        TransactWriteItemsError::TransactionCanceledException(canceled.build())
    }

    #[test]
    fn what_passes_makes_the_step_run_again() {
        for code in [
            "ConditionalCheckFailed",
            "TransactionConflict",
            "ThrottlingError",
            "ProvisionedThroughputExceeded",
        ] {
            assert!(is_conflict(&canceled(&["None", code])), "{code}");
        }
        assert!(is_conflict(&canceled(&["TransactionConflict", "ConditionalCheckFailed"])));
    }

    #[test]
    fn what_would_fail_again_is_an_error() {
        for codes in [
            &["ValidationError", "None"][..],
            &["ConditionalCheckFailed", "ItemCollectionSizeLimitExceeded"],
            &[],
        ] {
            assert!(!is_conflict(&canceled(codes)), "{codes:?}");
        }
    }
}
