//! Who works a connection: four numbers of one item, each step on them one conditional update. What a worker does is
//! conditional on its fence standing as [`HOLDER`] ([`expect`]), so that a bell, which is a number of the same item,
//! spoils nothing that it is doing.
//!
//! The item is made by the first who wants the lease; that the connection is there is the caller's to see.

use crate::dynamo::{
    error::{corrupt, unavailable},
    item::{Attributes, key_attributes},
    key::Key,
    transaction::Transaction,
    wire::Wire,
};
use aws_sdk_dynamodb::{
    operation::update_item::{UpdateItemError, UpdateItemOutput, builders::UpdateItemFluentBuilder},
    types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure},
};
use jiff::Timestamp;
use psa_bridge_core::{
    ids::ConnectionId,
    ports::{Lease, StoreError},
};

/// The fence of who has the lease; zero where nobody has.
pub(crate) const HOLDER: &str = "holder";
/// The latest fence.
const FENCE: &str = "fence";
/// Bells heard so far.
const BELLS: &str = "bells";
/// When anybody else may take it: nanoseconds since 1970.
const UNTIL: &str = "until";
/// Who took it last: told apart by the call, so that a call that was made twice knows what it did.
const TAKER: &str = "taker";

/// A lease as it is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct KeptLease {
    holder: i64,
    fence: i64,
    bells: i64,
    until: i64,
}

/// What became of an update.
enum Updated {
    /// It was made, and the item is this now.
    Made(Attributes),
    /// Its condition did not hold; the item, where there is one.
    Refused(Option<Attributes>),
}

impl KeptLease {
    /// From the numbers of an item.
    pub(crate) fn of(number: impl Fn(&str) -> i64) -> Self {
        Self { holder: number(HOLDER), fence: number(FENCE), bells: number(BELLS), until: number(UNTIL) }
    }

    fn from_attributes(attributes: &Attributes) -> Self {
        let number = |name: &str| attributes.get(name)?.as_n().ok()?.parse().ok();
        Self::of(|name| number(name).unwrap_or_default())
    }

    /// Whether anybody may take it.
    pub(crate) fn is_free(&self, now: Timestamp) -> bool {
        self.holder == 0 || self.until <= nanoseconds(now)
    }

    fn is_held_by(&self, lease: &Lease) -> bool {
        self.holder != 0 && Some(self.holder) == i64::try_from(lease.fence).ok()
    }

    fn lease(&self, connection: &ConnectionId) -> Result<Lease, StoreError> {
        Ok(Lease {
            connection: connection.clone(),
            fence: u64::try_from(self.fence).map_err(corrupt)?,
            until: Timestamp::from_nanosecond(self.until.into()).map_err(corrupt)?,
            bells: u64::try_from(self.bells).map_err(corrupt)?,
        })
    }
}

/// A time as a number. Those that no clock of ours will show are as far away as can be.
fn nanoseconds(at: Timestamp) -> i64 {
    let nanoseconds = at.as_nanosecond();
    i64::try_from(nanoseconds).unwrap_or(if nanoseconds < 0 { i64::MIN } else { i64::MAX })
}

/// The commit of the step must find the lease with who had it.
pub(crate) fn expect(tx: &mut Transaction<'_>, lease: &Lease) -> Result<(), StoreError> {
    let fence = i64::try_from(lease.fence).map_err(corrupt)?;
    tx.expect_number(&Key::lease(&lease.connection), HOLDER, fence);
    Ok(())
}

/// Whether the lease is with who had it, for a look.
pub(crate) async fn is_held(tx: &mut Transaction<'_>, lease: &Lease) -> Result<bool, StoreError> {
    let item = tx.peek(&Key::lease(&lease.connection)).await?;
    Ok(item.is_some_and(|item| KeptLease::of(|name| item.number(name)).is_held_by(lease)))
}

/// Takes the lease where it is free. None where it is not.
pub(crate) async fn take(
    wire: &Wire,
    connection: &ConnectionId,
    until: Timestamp,
    now: Timestamp,
) -> Result<Option<Lease>, StoreError> {
    let taker = format!("{:032x}", rand::random::<u128>());
    let call = update(wire, connection)
        .update_expression(
            "SET #holder = if_not_exists(#fence, :zero) + :one, #fence = if_not_exists(#fence, :zero) + :one, \
             #bells = if_not_exists(#bells, :zero), #until = :until, #taker = :taker",
        )
        .condition_expression("attribute_not_exists(#holder) OR #holder = :zero OR #until <= :now")
        .expression_attribute_names("#holder", HOLDER)
        .expression_attribute_names("#fence", FENCE)
        .expression_attribute_names("#bells", BELLS)
        .expression_attribute_names("#until", UNTIL)
        .expression_attribute_names("#taker", TAKER)
        .expression_attribute_values(":zero", number(0))
        .expression_attribute_values(":one", number(1))
        .expression_attribute_values(":until", number(nanoseconds(until)))
        .expression_attribute_values(":now", number(nanoseconds(now)))
        .expression_attribute_values(":taker", AttributeValue::S(taker.clone()));
    let taken = match send(call).await? {
        Updated::Made(attributes) => Some(attributes),
        // A reply was lost, and the client made the call again.
        Updated::Refused(kept) => {
            kept.filter(|kept| kept.get(TAKER).and_then(|by| by.as_s().ok()) == Some(&taker))
        }
    };
    taken.map(|kept| KeptLease::from_attributes(&kept).lease(connection)).transpose()
}

/// Leaves word that a bell rang, where somebody has the lease. False where nobody has.
pub(crate) async fn ring(wire: &Wire, connection: &ConnectionId, now: Timestamp) -> Result<bool, StoreError> {
    let call = update(wire, connection)
        .update_expression("ADD #bells :one")
        .condition_expression("#holder > :zero AND #until > :now")
        .expression_attribute_names("#holder", HOLDER)
        .expression_attribute_names("#bells", BELLS)
        .expression_attribute_names("#until", UNTIL)
        .expression_attribute_values(":zero", number(0))
        .expression_attribute_values(":one", number(1))
        .expression_attribute_values(":now", number(nanoseconds(now)));
    Ok(matches!(send(call).await?, Updated::Made(_)))
}

/// What became of a release.
pub(crate) enum Freed {
    /// It is free.
    Free,
    /// A bell rang; this is the lease as it stands.
    Rang(Lease),
    /// Somebody else has it, or nobody.
    Lost,
}

/// Frees the lease, unless a bell rang since.
pub(crate) async fn release(wire: &Wire, lease: &Lease) -> Result<Freed, StoreError> {
    let call = free(wire, lease)?
        .condition_expression("#holder = :fence AND #bells = :bells")
        .expression_attribute_names("#bells", BELLS)
        .expression_attribute_values(":bells", number(i64::try_from(lease.bells).map_err(corrupt)?));
    Ok(match send(call).await? {
        Updated::Made(_) => Freed::Free,
        Updated::Refused(kept) => match kept.map(|kept| KeptLease::from_attributes(&kept)) {
            Some(kept) if kept.is_held_by(lease) => Freed::Rang(kept.lease(&lease.connection)?),
            _ => Freed::Lost,
        },
    })
}

/// Frees the lease whatever rang; nothing where it is somebody else's.
pub(crate) async fn hand_back(wire: &Wire, lease: &Lease) -> Result<(), StoreError> {
    send(free(wire, lease)?.condition_expression("#holder = :fence")).await.map(drop)
}

/// Forgets the lease of a connection that is not there.
pub(crate) async fn forget(wire: &Wire, connection: &ConnectionId) -> Result<(), StoreError> {
    let call = wire.client.delete_item().table_name(wire.table());
    let deleted = call.set_key(Some(key_attributes(&Key::lease(connection)))).send().await;
    deleted.map(drop).map_err(|error| unavailable("DeleteItem", error))
}

fn free(wire: &Wire, lease: &Lease) -> Result<UpdateItemFluentBuilder, StoreError> {
    Ok(update(wire, &lease.connection)
        .update_expression("SET #holder = :zero")
        .expression_attribute_names("#holder", HOLDER)
        .expression_attribute_values(":zero", number(0))
        .expression_attribute_values(":fence", number(i64::try_from(lease.fence).map_err(corrupt)?)))
}

fn update(wire: &Wire, connection: &ConnectionId) -> UpdateItemFluentBuilder {
    let call = wire.client.update_item().table_name(wire.table());
    call.set_key(Some(key_attributes(&Key::lease(connection))))
        .return_values(ReturnValue::AllNew)
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
}

fn number(value: i64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

async fn send(call: UpdateItemFluentBuilder) -> Result<Updated, StoreError> {
    let mut tries = crate::dynamo::retry::Tries::of_step();
    loop {
        let error = match call.clone().send().await {
            Ok(UpdateItemOutput { attributes, .. }) => {
                return Ok(Updated::Made(attributes.unwrap_or_default()));
            }
            Err(error) => error,
        };
        match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(failed)) => {
                return Ok(Updated::Refused(failed.item().cloned()));
            }
            // A worker's step checks the lease at this moment.
            Some(UpdateItemError::TransactionConflictException(_)) => tries.again().await?,
            _ => return Err(unavailable("UpdateItem", error)),
        }
    }
}
