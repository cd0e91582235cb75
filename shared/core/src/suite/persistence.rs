//! A second process sees all that the first one did, and each step is durable when it returns.

use super::{
    fixture::{Must, World, actor, at, connection_id, event, operation, organization, partner},
    races::snapshot::Snapshot,
};
use crate::{
    budget::{BudgetGrant, BudgetPlan, Purpose},
    connection::ConnectionChange,
    ports::{IdempotencyOutcome, LeaseOutcome, RejectedFilter, RejectedInput, Release},
    reason::Reason,
};
use jiff::SignedDuration;

pub(super) async fn a_second_handle_sees_everything(w: World) {
    let halo = w.simple().await;
    w.register("orphan", &["distributor", "msp"]).await;
    for (name, organization) in
        [("done", "acme"), ("ended", "acme"), ("waiting", "acme"), ("unrouted", "orphan")]
    {
        w.take_in(&event(organization, name, at(-5)), at(0)).await;
    }
    let lease = w.take_lease(&halo, at(1)).await;
    w.make_ticket(&lease, "msp", &event("acme", "done", at(-5)), at(2)).await;
    w.end(&lease, "msp", &event("acme", "ended", at(-5)), Reason::PsaRefused, at(2)).await;
    w.create_operation(&operation("msp", &halo, "test", at(3)), &actor("ann"))
        .await
        .must("create the operation");
    let other = w.live("msp", "other").await;
    w.change("msp", &other, ConnectionChange::Revoked, at(4)).await;
    let input = RejectedInput {
        received_at: at(5),
        code: "not_json".to_owned(),
        field: None,
        message: "no".to_owned(),
        raw: "x".to_owned(),
        length: 1,
    };
    w.reject(&input).await.must("keep the input");

    let second = w.reopened().await;
    let partners = ["msp", "distributor"];
    let (here, there) = (Snapshot::of(&w, &partners).await, Snapshot::of(&second, &partners).await);
    assert_eq!(here, there, "both handles see the same");
    let kept = second.rejected(&RejectedFilter::default(), None, 10).await.must("list").items;
    assert_eq!(kept.into_iter().map(|record| record.input).collect::<Vec<_>>(), [input]);
    assert_eq!(second.try_lease(&halo, at(6)).await, LeaseOutcome::Held, "leases hold across processes");
    assert!(matches!(w.release(&lease).await.must("release"), Release::BellRang(_)), "so do bells");
}

pub(super) async fn handles_work_on_one_state(w: World) {
    let second = w.reopened().await;
    w.simple().await;
    let event = event("acme", "1", at(-5));
    second.take_in(&event, at(0)).await;
    assert!(w.take_in(&event, at(1)).await.duplicate, "what one accepted is a duplicate for the other");
    let halo = connection_id("halo");
    let deleted =
        second.delete_mapping(&partner("msp"), &halo, &organization("acme"), &actor("ann"), at(2)).await;
    assert!(deleted.must("delete the mapping"));
    assert_eq!(w.mapping(&halo, &organization("acme")).await.must("read it"), None);

    let plan = BudgetPlan { requests: 10, window: SignedDuration::from_secs(300), reserve: 0 };
    for (handle, expected) in [(&w, BudgetGrant::Granted(6)), (&second, BudgetGrant::Granted(4))] {
        let granted = handle.take_budget("tenant", &plan, Purpose::Worker, 6, at(0)).await.must("take");
        assert_eq!(granted, expected, "one account for all processes");
    }
    let begin = |handle: World| async move {
        handle.begin_idempotent("s", "k", "h", at(-10), at(-10), at(0)).await.must("begin")
    };
    assert_eq!(begin(w.clone()).await, IdempotencyOutcome::Fresh);
    assert_eq!(begin(second.clone()).await, IdempotencyOutcome::InFlight);
}
