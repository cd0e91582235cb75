//! The common ground of two steps that race: a bit of everything, so that every step has something to do.

use crate::{
    budget::{BudgetPlan, Purpose},
    connection::{CanaryPlan, ConnectionChange, SuspensionCause},
    delivery::{Change, Delivery},
    event::Event,
    ids::ConnectionId,
    notice::{Channel, Notice},
    operation::Operation,
    ports::{IdempotencyOutcome, Lease, RejectedInput, RouteRequest, SeatItem},
    reason::Reason,
    seats::LineChange,
    suite::{
        StoreFactory,
        fixture::{
            Must, World, actor, at, connection_id, event, event_naming, mapping_onto, operation,
            organization, partner,
        },
        seats::{self, PRODUCT, counted, licensed},
    },
};
use jiff::SignedDuration;
use std::sync::Arc;

/// Who looks at the scene.
pub(super) const PARTNERS: [&str; 2] = ["distributor", "msp"];

/// Leaves room for one more worker's wish of two, and for one more person's.
pub(super) const PLAN: BudgetPlan =
    BudgetPlan { requests: 12, window: SignedDuration::from_secs(300), reserve: 2 };

const CANARIES: CanaryPlan =
    CanaryPlan { first: SignedDuration::from_secs(60), longest: SignedDuration::from_secs(3600) };

/// What steps refer to.
pub(super) struct Ground {
    /// Leased, with work in every state.
    pub(super) halo: ConnectionId,
    /// Free, with work.
    pub(super) second: ConnectionId,
    /// The distributor's, ready to be confirmed.
    pub(super) big: ConnectionId,
    /// Of `halo`.
    pub(super) lease: Lease,
    /// Of `halo`, from before retention.
    pub(super) waiting: Delivery,
    /// Of `halo`.
    pub(super) attempting: Delivery,
    /// Of `halo`: twelve seats were written, and thirteen told since.
    pub(super) seated: SeatItem,
    /// The operation that waits in `halo`.
    pub(super) operation: Operation,
    /// The open wish to route `pending` again.
    pub(super) request: RouteRequest,
    /// About a connection whose credentials are refused; taken by somebody until now.
    pub(super) mail: Notice,
}

pub(super) fn waiting() -> Event {
    event("acme", "waiting", at(-910))
}

pub(super) fn attempting() -> Event {
    event("acme", "attempting", at(-310))
}

pub(super) fn refused() -> Event {
    event("acme", "refused", at(-309))
}

pub(super) fn unmapped() -> Event {
    event("acme", "unmapped", at(-308))
}

/// Of an organisation that was mapped after it was accepted.
pub(super) fn pending() -> Event {
    event("pending", "pending", at(-307))
}

/// Of an organisation that nobody has mapped.
pub(super) fn spare() -> Event {
    event("spare", "spare", at(-306))
}

/// As before, from before the window.
pub(super) fn left_behind() -> Event {
    event("spare", "left behind", at(-520))
}

/// Of an organisation that nobody knows.
pub(super) fn of_newcomer() -> Event {
    event_naming("newco", "newcomer", at(-9), &["msp"])
}

pub(super) async fn set_up(factory: &dyn StoreFactory) -> (World, Arc<Ground>) {
    let w = World::of(factory.fresh().await);
    w.register("acme", &PARTNERS).await;
    for id in ["pending", "spare", "seated"] {
        w.register(id, &["msp"]).await;
    }
    let (halo, second) = (w.live("msp", "halo").await, w.live("msp", "second").await);
    let big = w.connect("distributor", "big").await;
    for (owner, connection) in [("msp", &halo), ("msp", &second), ("distributor", &big)] {
        w.map(owner, connection, "acme").await;
    }
    w.take_in(&waiting(), at(-900)).await;
    w.take_in(&left_behind(), at(-500)).await;
    for each in [attempting(), refused(), unmapped(), pending(), spare()] {
        w.take_in(&each, at(-300)).await;
    }
    let lease = w.lease(&halo, at(1000), at(-200)).await.must("ask for the lease");
    let crate::ports::LeaseOutcome::Taken(work) = lease else {
        panic!("a free lease is taken, not {lease:?}")
    };
    let lease = work.lease;
    let attempting = w.start(&lease, "msp", &attempting(), at(-199)).await;
    w.end(&lease, "msp", &refused(), Reason::PsaRefused, at(-199)).await;
    w.end(&lease, "msp", &unmapped(), Reason::Unmapped, at(-199)).await;
    let operation = operation("msp", &halo, "test", at(-150));
    w.create_operation(&operation, &actor("ann")).await.must("create the operation");
    let begun = w.begin_idempotent("msp POST", "begun", "h", at(-9000), at(-9000), at(-100)).await;
    assert_eq!(begun.must("begin"), IdempotencyOutcome::Fresh);
    w.take_budget("tenant", &PLAN, Purpose::Worker, 7, at(-1)).await.must("take from the budget");
    let input = RejectedInput {
        received_at: at(-100),
        code: "missing".to_owned(),
        field: None,
        message: "no id".to_owned(),
        raw: "{}".to_owned(),
        length: 2,
    };
    w.reject(&input).await.must("keep rejected input");
    w.settle_requests().await;
    w.map_with("msp", &halo, &licensed("seated"), at(-60)).await;
    for (name, time, quantity) in [("counted", -305, 12), ("counted later", -304, 13)] {
        w.take_in(&counted("seated", name, at(time), quantity), at(-59)).await;
        let item = seated(&w, &halo).await;
        if quantity == 12 {
            let attempt = seats::attempt(&item, 10, -58);
            let start = LineChange::Started { attempt, look_at: at(100) };
            for change in [start, LineChange::Written { restored: Vec::new() }] {
                w.advance_seats(&lease, seats::step(&item, change), at(-58)).await.must("write a count");
            }
        }
    }
    w.settle_requests().await;
    w.map_with("msp", &halo, &mapping_onto("pending", true), at(-50)).await;
    let request = w.route_requests(10).await.must("list the route requests").pop().must("the open wish");
    let troubled = w.live("msp", "troubled").await;
    let refused = ConnectionChange::Suspended {
        cause: SuspensionCause::Credentials,
        detail: "401".to_owned(),
        plan: CANARIES,
    };
    w.change("msp", &troubled, refused, at(-40)).await;
    let mail = w.take_notices(Channel::Mail, at(0), 1, at(-39)).await.must("take the mail").pop();
    let mail = mail.must("the mail about the credentials");
    let waiting = w.delivery("msp", &waiting(), &halo).await;
    let seated = seated(&w, &halo).await;
    let ground = Ground { halo, second, big, lease, waiting, attempting, seated, operation, request, mail };
    (w, Arc::new(ground))
}

/// The line of the organisation that is on a licence.
pub(super) async fn seated(w: &World, halo: &ConnectionId) -> SeatItem {
    let found = w.seat_line(halo, &organization("seated"), PRODUCT).await.must("read the seat line");
    found.must("the seat line")
}

/// Every view keeps the promises that hold at all times.
pub(super) async fn check_promises(w: &World) {
    for by in PARTNERS {
        for view in super::snapshot::views(w, by).await {
            let name = &view.event.source_id;
            assert!(
                view.unrouted.is_some() || !view.deliveries.is_empty(),
                "{by} has neither a delivery of {name} nor a reason why not"
            );
            let mut connections: Vec<_> =
                view.deliveries.iter().map(|each| &each.delivery.connection).collect();
            connections.dedup();
            assert_eq!(
                connections.len(),
                view.deliveries.len(),
                "{by} has two deliveries of {name} to one connection"
            );
            for each in &view.deliveries {
                check_timeline(&each.delivery);
                assert_eq!(each.delivery.partner, partner(by), "{by} sees another's delivery of {name}");
            }
        }
    }
}

/// Each change counts, and each has its line.
fn check_timeline(delivery: &Delivery) {
    let ended_at_once = delivery.version == 0 && delivery.timeline.len() == 2;
    let lines = delivery.version + 1 + u64::from(ended_at_once);
    assert_eq!(delivery.timeline.len() as u64, lines, "a line a change: {delivery:?}");
}

/// What the world still shows when asked in ways that change it. Asked last.
pub(super) async fn probe(w: &World, ground: &Ground) -> Vec<String> {
    let released = match w.release(&ground.lease).await.must("release") {
        crate::ports::Release::BellRang(_) => "bell rang".to_owned(),
        other => format!("{other:?}"),
    };
    let second = match w.lease(&ground.second, at(2000), at(10)).await.must("ask for the lease") {
        crate::ports::LeaseOutcome::Taken(_) => "taken".to_owned(),
        other => format!("{other:?}"),
    };
    let halo = match w.lease(&connection_id("halo"), at(2000), at(10)).await.must("ask for the lease") {
        crate::ports::LeaseOutcome::Taken(_) => "taken".to_owned(),
        other => format!("{other:?}"),
    };
    let mut keys = Vec::new();
    for key in ["begun", "new"] {
        let known = w.begin_idempotent("msp POST", key, "h", at(-9000), at(-9000), at(10)).await;
        keys.push(format!("{key}: {:?}", known.must("begin")));
    }
    let budget =
        w.take_budget("tenant", &PLAN, Purpose::Person, 100, at(1)).await.must("take from the budget");
    let mut found = vec![released, second, halo, format!("{budget:?}")];
    found.extend(keys);
    found
}

/// Makes the change of that delivery of the ground under its lease.
pub(super) async fn advance(
    w: &World,
    ground: &Ground,
    delivery: &Delivery,
    change: Change,
) -> Result<Vec<Delivery>, crate::ports::AdvanceError> {
    w.try_advance(&ground.lease, delivery, change, at(0)).await
}
