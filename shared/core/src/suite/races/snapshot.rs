//! All that can be seen of a store through its ports, so that two stores, or two handles, can be compared.

use crate::{
    delivery::{Delivery, DeliveryState},
    ids::{ConnectionId, OrganizationId},
    notice::Standing,
    ports::{AuditFilter, EventFilter, EventView, RejectedFilter, RouteScope},
    suite::fixture::{Must, World, at, partner},
};
use std::{collections::BTreeSet, fmt};

/// Far enough ahead that all is due.
const FAR: i64 = 10_000_000;

/// What can be seen, a line a thing, in an order of its own.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::suite) struct Snapshot {
    lines: BTreeSet<String>,
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

/// The delivery without what two runs of the same steps may number differently.
pub(super) fn without_fence(mut delivery: Delivery) -> Delivery {
    if let DeliveryState::Attempting(attempt) | DeliveryState::Settling(attempt) = &mut delivery.state {
        attempt.fence = 0;
    }
    delivery
}

fn view_without_fence(mut view: EventView) -> EventView {
    view.deliveries.sort_by(|a, b| a.delivery.connection.cmp(&b.delivery.connection));
    for each in &mut view.deliveries {
        each.delivery = without_fence(each.delivery.clone());
    }
    view
}

impl Snapshot {
    /// Everything that these partners, workers and operators see.
    pub(in crate::suite) async fn of(w: &World, partners: &[&str]) -> Self {
        let mut snapshot = Self { lines: BTreeSet::new() };
        let mut connections = BTreeSet::new();
        for by in partners {
            snapshot.add_partner(w, by, &mut connections).await;
        }
        for connection in &connections {
            snapshot.add_connection(w, connection).await;
        }
        let rejected = w.rejected(&RejectedFilter::default(), None, 1000).await.must("list rejected input");
        for record in rejected.items {
            snapshot.add("rejected", (record.input, record.replay));
        }
        let mut lines = w
            .operator_audit(&AuditFilter::default(), None, 1000)
            .await
            .must("list the operator's audit")
            .items;
        lines.sort_by_key(|line| format!("{line:?}"));
        snapshot.add("operator's audit", lines);
        let accepted = w.events_accepted(at(-FAR), at(FAR), None, 1000).await.must("list accepted events");
        snapshot.add("accepted", accepted.items);
        let pending = w.events_pending(at(-FAR), at(FAR), None, 1000).await.must("list pending events");
        snapshot.add("pending", pending.items);
        snapshot.add("route requests", w.route_requests(1000).await.must("list route requests"));
        let mut due = w.due_connections(at(FAR), 1000).await.must("list due connections");
        due.sort();
        snapshot.add("due", due);
        for standing in [Standing::Waiting, Standing::Sent, Standing::Failed] {
            for notice in w.notices(standing, None, 1000).await.must("list notices").items {
                snapshot.add("notice", notice);
            }
        }
        snapshot
    }

    async fn add_partner(&mut self, w: &World, by: &str, connections: &mut BTreeSet<ConnectionId>) {
        let mut own = w.connections(&partner(by)).await.must("list connections");
        own.sort_by(|a, b| a.id.cmp(&b.id));
        self.add(&format!("{by} connections"), own);
        let organizations = w.organizations(&partner(by), None, 1000).await.must("list organisations").items;
        let ids: Vec<OrganizationId> =
            organizations.iter().map(|organization| organization.id.clone()).collect();
        self.add(&format!("{by} organizations"), organizations);
        for id in ids {
            let events = w.events_of_organization(&id, at(-FAR), None, 1000).await.must("list events");
            self.add(&format!("events of {id}"), events.items);
            let scope = RouteScope::Organization(id.clone());
            let missing = w.events_missing(&scope, at(-FAR), None, 1000).await.must("list missing events");
            self.add(&format!("missing of {id}"), missing.items);
            self.add(&format!("seats of {id}"), w.told_seats(&id).await.must("read the counts"));
        }
        for view in views(w, by).await {
            self.add(&format!("{by} event"), view);
        }
        for (number, line) in sorted_audit(w, by).await.into_iter().enumerate() {
            self.add(&format!("{by} audit {number}"), line);
        }
        let lines = w.audit_of(by).await;
        for id in lines.into_iter().filter_map(|line| line.connection) {
            let connection = w.connection(&partner(by), &id).await.must("read the connection");
            self.add(&format!("{by} {id}"), connection);
            connections.insert(id);
        }
    }

    async fn add_connection(&mut self, w: &World, id: &ConnectionId) {
        let mappings = w.mappings(id, None, None, 1000).await.must("list mappings").items;
        self.add(&format!("{id} mappings"), mappings);
        let mut work = w.unfinished(id, None, 1000).await.must("list unfinished deliveries");
        for item in &mut work {
            item.delivery = without_fence(item.delivery.clone());
        }
        self.add(&format!("{id} unfinished"), work);
        let scope = RouteScope::Connection(id.clone());
        let missing = w.events_missing(&scope, at(-FAR), None, 1000).await.must("list missing events");
        self.add(&format!("{id} missing"), missing.items);
        let progress = w.backfill_progress(id, at(0)).await.must("read the progress");
        self.add(&format!("{id} backfill"), progress);
        let lines = w.seat_lines(id, None, 1000).await.must("list seat lines").items;
        self.add(&format!("{id} seats"), lines);
        let history = w.seat_history(id, None, None, 1000).await.must("read the history of seats").items;
        self.add(&format!("{id} seat history"), history);
        self.add(&format!("{id} due seats"), w.due_seats(id, at(FAR), 1000).await.must("list due lines"));
        self.add(&format!("{id} counters"), w.counters(id).await.must("count"));
        self.add(&format!("{id} next due"), w.next_due(id).await.must("ask when work is due"));
        self.add(&format!("{id} operations"), w.open_operations(id).await.must("list operations"));
    }

    pub(super) fn add(&mut self, what: &str, thing: impl fmt::Debug) {
        self.lines.insert(format!("{what}: {thing:?}"));
    }

    /// What is only here, and what is only there.
    pub(super) fn difference(&self, other: &Self) -> String {
        let missing = self.lines.difference(&other.lines).map(|line| format!("  - {line}\n"));
        let added = other.lines.difference(&self.lines).map(|line| format!("  + {line}\n"));
        missing.chain(added).collect()
    }
}

/// What a partner sees of all events.
pub(super) async fn views(w: &World, by: &str) -> Vec<EventView> {
    let page = w.events(&partner(by), &EventFilter::default(), None, 1000).await.must("list events");
    page.items.into_iter().map(view_without_fence).collect()
}

/// Audit lines of one moment have no order among them.
async fn sorted_audit(w: &World, by: &str) -> Vec<String> {
    let mut lines: Vec<String> = w.audit_of(by).await.iter().map(|line| format!("{line:?}")).collect();
    lines.sort();
    lines
}
