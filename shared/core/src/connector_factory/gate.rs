//! The gate of one connector: its tenant's lane, and whether its credentials may still be used.

use super::{generations::Watch, lane::Lane};
use crate::budget::Purpose;
use async_trait::async_trait;
use psa_connector::{GateClosed, RequestGate, RequestKind};
use std::{sync::Arc, time::Duration};

/// What a caller with retired credentials is told to wait. Short, since new credentials may be there already, and the
/// wait must not weigh on them.
const RETIRED: GateClosed = GateClosed { retry_after: Duration::from_secs(1) };

#[derive(Debug)]
pub(super) struct ConnectionGate {
    lane: Arc<Lane>,
    purpose: Purpose,
    watch: Option<Watch>,
}

impl ConnectionGate {
    pub(super) fn new(lane: Arc<Lane>, purpose: Purpose, watch: Watch) -> Self {
        Self { lane, purpose, watch: Some(watch) }
    }

    /// For credentials that are not stored, so nobody can retire them. A person waits for what they can do.
    pub(super) fn for_trial(lane: Arc<Lane>) -> Self {
        Self { lane, purpose: Purpose::Person, watch: None }
    }

    fn refuse_retired(&self) -> Result<(), GateClosed> {
        if self.watch.as_ref().is_some_and(Watch::is_retired) { Err(RETIRED) } else { Ok(()) }
    }
}

#[async_trait]
impl RequestGate for ConnectionGate {
    async fn enter(&self, kind: RequestKind) -> Result<Box<dyn Send>, GateClosed> {
        self.refuse_retired()?;
        // The turn comes first: budget that is taken and then waits could outlive the window it was counted in.
        let turn = self.lane.turn(kind).await;
        self.lane.spend(self.purpose).await?;
        // Last of all, since everything before may have waited while the credentials were retired.
        self.refuse_retired()?;
        Ok(Box::new(turn))
    }
}
