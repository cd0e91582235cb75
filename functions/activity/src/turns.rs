//! Whose turn it is: which deliveries of its connection are worked before one that waits.

use crate::{
    Activity,
    delivery_view::{DeliveryStatus, WaitsBehind},
    event_view::{EventDetail, Languages},
};
use psa_bridge_core::ports::StoreError;

/// How many of those before it are counted.
const COUNTED: usize = 100;

impl Activity {
    /// Adds whose turn it is where a delivery waits for nothing but its own.
    pub(crate) async fn tell_turns(
        &self,
        event: &mut EventDetail,
        languages: &Languages,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        for delivery in &mut event.summary.deliveries {
            let is_due = delivery.due_at.is_some_and(|due_at| due_at <= now);
            if delivery.state != DeliveryStatus::Waiting || delivery.hold.is_some() || !is_due {
                continue;
            }
            let line = self.store.unfinished(&delivery.connection, None, COUNTED + 1).await?;
            let place = line.iter().position(|item| item.event.id == event.summary.id);
            let count = place.unwrap_or(line.len().min(COUNTED));
            if let Some(next) = line.into_iter().next().filter(|_| count > 0) {
                let language = languages.of(&delivery.connection);
                let turn = WaitsBehind::new(count, place.is_some(), next.event.id, next.event.time, language);
                delivery.waits_behind = Some(turn);
            }
        }
        Ok(())
    }
}
