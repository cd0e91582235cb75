//! Figures for alarms and the dashboard, as `CloudWatch` reads them out of log lines
//! (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>).

use jiff::Timestamp;
use psa_bridge_core::{
    ports::{Store, StoreError},
    trouble::Trouble,
};
use serde_json::{Value, json};
use std::io::{Write, stdout};

/// What metrics are filed under.
const NAMESPACE: &str = "PSABridge";
const PAGE: usize = 100;

/// How connections fare, all partners' together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gauges {
    /// Connections that the bridge stopped working.
    pub suspended: u64,
    /// Deliveries that wait while something holds their connection.
    pub held: u64,
}

impl Gauges {
    /// Counts. Costs what is in trouble, and a look at each connection.
    pub async fn read(store: &dyn Store) -> Result<Self, StoreError> {
        let (mut gauges, mut after) = (Self::default(), None);
        loop {
            let troubles = [Trouble::Suspended, Trouble::Held];
            let page = store.troubled_connections(&troubles, after.as_deref(), PAGE).await?;
            for connection in &page.items {
                gauges.suspended += u64::from(connection.suspended.is_some());
                if connection.hold().is_some() {
                    gauges.held += store.counters(&connection.id).await?.unfinished;
                }
            }
            after = page.next;
            if after.is_none() {
                return Ok(gauges);
            }
        }
    }

    /// Writes them, for the stack of that name.
    pub fn write(self, stack: &str, now: Timestamp) {
        if let Err(error) = writeln!(stdout(), "{}", self.line(stack, now)) {
            tracing::warn!(%error, "The gauges cannot be written");
        }
    }

    fn line(self, stack: &str, now: Timestamp) -> Value {
        let metric = |name: &str| json!({ "Name": name, "Unit": "Count" });
        json!({
            "_aws": {
                "Timestamp": now.as_millisecond(),
                "CloudWatchMetrics": [{
                    "Namespace": NAMESPACE,
                    "Dimensions": [["Stack"]],
                    "Metrics": [metric("SuspendedConnections"), metric("HeldDeliveries")],
                }],
            },
            "Stack": stack,
            "SuspendedConnections": self.suspended,
            "HeldDeliveries": self.held,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_each_metric_that_it_has() {
        let line = Gauges { suspended: 2, held: 70 }.line("psa", Timestamp::from_second(1).unwrap());
        let described = &line["_aws"]["CloudWatchMetrics"][0];
        for metric in described["Metrics"].as_array().unwrap() {
            assert!(line[metric["Name"].as_str().unwrap()].is_u64(), "{line}");
        }
        assert_eq!(line[described["Dimensions"][0][0].as_str().unwrap()], "psa");
        assert_eq!(line["_aws"]["Timestamp"], 1000);
    }
}
