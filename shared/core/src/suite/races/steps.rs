//! Every atomic step of the store by name, as it is made on the common ground.

use super::{
    scene::{self, Ground, PLAN},
    snapshot::without_fence,
};
use crate::{
    budget::Purpose,
    connection::{CanaryPlan, ConnectionChange, SuspensionCause},
    delivery::{Change, Delivery},
    mapping::MappingHealth,
    notice::{Channel, Told as NoticeTold},
    operation::{Operation, OperationState},
    ports::{
        Accepted, AdvanceError, ChangeError, LeaseOutcome, RejectedFilter, Release, Replay, Retried,
        RetryWish, RouteRequest, SeatWish, SeatWishError, StoreError, StoredResponse,
    },
    reason::Reason,
    seats::LineChange,
    suite::fixture::{
        World, actor, at, attempt, client_of, connection_id, event, mapping_onto, operation, organization,
        partner, passed_check, ready_connection, registered, some_settings,
    },
    suite::seats::{self, PRODUCT, counted, licensed},
};
use futures_util::future::BoxFuture;
use jiff::SignedDuration;
use psa_connector::TicketId;
use std::{fmt::Debug, sync::Arc};

/// What a step answered, put in words that do not depend on the run; or that the store was too busy for it.
pub(super) type Told = Result<String, StoreError>;

/// One step.
#[derive(Clone, Copy)]
pub(super) struct RaceStep {
    pub(super) name: &'static str,
    pub(super) run: fn(World, Arc<Ground>) -> BoxFuture<'static, Told>,
}

macro_rules! steps {
    ($($name:ident: |$w:ident, $g:ident| $made:expr;)*) => {
        /// All steps.
        pub(super) const STEPS: &[RaceStep] = &[$(
            RaceStep { name: stringify!($name), run: |$w, $g| Box::pin(async move { $made }) },
        )*];
    };
}

fn told<T: Debug>(answer: Result<T, StoreError>) -> Told {
    answer.map(|answer| format!("{answer:?}"))
}

fn changed<T: Debug>(answer: Result<T, ChangeError>) -> Told {
    match answer {
        Err(ChangeError::Store(error)) => Err(error),
        other => Ok(format!("{other:?}")),
    }
}

fn advanced<T: Debug>(answer: Result<T, AdvanceError>) -> Told {
    match answer {
        Err(AdvanceError::Store(error)) => Err(error),
        other => Ok(format!("{other:?}")),
    }
}

fn accepted(answer: Result<Accepted, StoreError>) -> Told {
    answer.map(|mut accepted| {
        accepted.ring.sort();
        format!("{accepted:?}")
    })
}

fn leased(answer: Result<LeaseOutcome, StoreError>) -> Told {
    answer.map(|outcome| match outcome {
        LeaseOutcome::Taken(work) => format!("taken with {:?}", work.connection),
        other => format!("{other:?}"),
    })
}

fn released(answer: Result<Release, StoreError>) -> Told {
    answer.map(|release| match release {
        Release::BellRang(_) => "bell rang".to_owned(),
        other => format!("{other:?}"),
    })
}

fn retried(answer: Result<Retried, StoreError>) -> Told {
    answer.map(|retried| match retried {
        Retried::Ring(mut ring) => {
            ring.sort();
            format!("ring {ring:?}")
        }
        other => format!("{other:?}"),
    })
}

async fn wished(w: World, g: Arc<Ground>, wish: SeatWish) -> Told {
    match w.wish_seats(&partner("msp"), &g.halo, &wish, &actor("ann"), at(0)).await {
        Err(SeatWishError::Store(error)) => Err(error),
        other => Ok(format!("{other:?}")),
    }
}

async fn advance(w: World, g: Arc<Ground>, delivery: Delivery, change: Change) -> Told {
    let answer = scene::advance(&w, &g, &delivery, change).await;
    advanced(answer.map(|changed| changed.into_iter().map(without_fence).collect::<Vec<_>>()))
}

async fn change(w: World, owner: &str, id: crate::ids::ConnectionId, change: ConnectionChange) -> Told {
    changed(w.change_connection(&partner(owner), &id, change, &actor("ann"), at(0)).await)
}

async fn change_halo(w: World, to: ConnectionChange) -> Told {
    change(w, "msp", connection_id("halo"), to).await
}

async fn change_leased(w: World, g: Arc<Ground>, to: ConnectionChange) -> Told {
    advanced(w.change_leased(&g.lease, to, at(0)).await)
}

async fn map(w: World, id: &str, flow: bool) -> Told {
    let halo = connection_id("halo");
    told(w.put_mapping(&partner("msp"), &halo, &mapping_onto(id, flow), &actor("ann"), at(0)).await)
}

async fn register(w: World, id: &str, chain: &[&str]) -> Told {
    told(w.put_organization(&registered(id, chain, at(0)), &actor("vendor")).await)
}

fn suspended() -> ConnectionChange {
    let plan = CanaryPlan { first: SignedDuration::from_secs(60), longest: SignedDuration::from_secs(3600) };
    ConnectionChange::Suspended { cause: SuspensionCause::Unavailable, detail: "503".to_owned(), plan }
}

fn answer() -> StoredResponse {
    let content_type = "application/json".to_owned();
    StoredResponse { status: 201, content_type, location: None, body: "{}".to_owned() }
}

steps! {
    accept_duplicate: |w, _g| accepted(w.accept(&scene::waiting(), at(0)).await);
    accept_duplicate_after_mapping: |w, _g| accepted(w.accept(&scene::pending(), at(0)).await);
    accept_new: |w, _g| accepted(w.accept(&event("acme", "new", at(-5)), at(0)).await);
    accept_unmapped: |w, _g| accepted(w.accept(&event("spare", "another", at(-5)), at(0)).await);
    accept_of_unknown_organization: |w, _g| accepted(w.accept(&scene::of_newcomer(), at(0)).await);
    route_again_after_mapping: |w, _g| told(w.route_again(&scene::pending().id, at(-1000), at(0)).await);
    route_again_ended_as_unmapped: |w, _g| told(w.route_again(&scene::unmapped().id, at(-1000), at(0)).await);
    route_again_unmapped: |w, _g| told(w.route_again(&scene::spare().id, at(-1000), at(0)).await);
    finish_route_request: |w, g| told(w.finish_route_request(&g.request, at(0)).await);
    advance_route_request: |w, g| {
        let cursor = Some("half way".to_owned());
        let request = RouteRequest { cursor, looked_at: 7, routed: 5, ..g.request.clone() };
        told(w.advance_route_request(&request, at(60), at(0)).await)
    };
    claim_route_request: |w, g| told(w.claim_route_request(&g.request.scope, at(90), at(0)).await);
    ask_backfill: |w, g| told(w.ask_backfill(&partner("msp"), &g.halo, &actor("ann"), at(0)).await);
    expire_audit: |w, _g| told(w.expire_audit(at(-160), 100).await);
    close_window: |w, _g| told(w.close_window(at(-400), 100).await);
    retry: |w, _g| retried(w.retry(&partner("msp"), &scene::refused().id, &actor("ann"), at(0)).await);
    retry_all: |w, _g| {
        let wish = RetryWish {
            reason: crate::reason::Reason::PsaRefused,
            connection: None,
            organization: None,
            until: None,
            ended_before: at(0),
        };
        told(w.retry_all(&partner("msp"), &wish, None, 100, &actor("ann"), at(0)).await)
    };
    mark_replayed: |w, _g| {
        let Some(kept) = w.rejected(&RejectedFilter::default(), None, 1).await?.items.pop() else {
            return Ok("none".to_owned());
        };
        let replay = Replay { at: at(0), by: actor("operator"), events: Vec::new(), corrected: false };
        told(w.mark_replayed(&kept.id, &replay).await)
    };
    tell_seats: |w, _g| accepted(w.accept(&counted("seated", "newest", at(-5), 14), at(0)).await);
    tell_older_seats: |w, _g| accepted(w.accept(&counted("seated", "old", at(-400), 9), at(0)).await);
    map_onto_licence: |w, _g| {
        let (msp, halo) = (partner("msp"), connection_id("halo"));
        told(w.put_mapping(&msp, &halo, &licensed("acme"), &actor("ann"), at(0)).await)
    };
    unmap_seats: |w, _g| {
        let (msp, halo, seated) = (partner("msp"), connection_id("halo"), organization("seated"));
        told(w.delete_mapping(&msp, &halo, &seated, &actor("ann"), at(0)).await)
    };
    start_seats: |w, g| {
        let start = LineChange::Started { attempt: seats::attempt(&g.seated, 12, 0), look_at: at(180) };
        advanced(w.advance_seats(&g.lease, seats::step(&g.seated, start), at(0)).await)
    };
    compare_seats: |w, g| {
        let seen = Some(seats::looked(&g.seated, 12, 0));
        let compared = LineChange::Compared { seen, wait: None, next: Some(at(900)) };
        advanced(w.advance_seats(&g.lease, seats::step(&g.seated, compared), at(0)).await)
    };
    sync_seats: |w, g| wished(w, g, SeatWish::SyncAll).await;
    undo_seats: |w, g| {
        let (organization, product) = (organization("seated"), PRODUCT.to_owned());
        wished(w, g, SeatWish::Undo { organization, product, to: 12 }).await
    };
    expire: |w, _g| told(w.expire(at(-800), 100, at(0)).await);

    lease_held: |w, g| leased(w.lease(&g.halo, at(1000), at(0)).await);
    lease_expired: |w, g| leased(w.lease(&g.halo, at(3000), at(1000)).await);
    lease_free: |w, g| leased(w.lease(&g.second, at(1000), at(0)).await);
    release: |w, g| released(w.release(&g.lease).await);
    hand_back: |w, g| told(w.hand_back(&g.lease).await);
    advance_start: |w, g| {
        let start = Change::AttemptStarted(attempt(&g.lease, &scene::waiting(), at(0)));
        let delivery = g.waiting.clone();
        advance(w, g, delivery, start).await
    };
    advance_end_unmapped: |w, g| {
        let delivery = g.waiting.clone();
        advance(w, g, delivery, Change::Ended { reason: Reason::Unmapped, detail: None }).await
    };
    advance_finish: |w, g| {
        let delivery = g.attempting.clone();
        advance(w, g, delivery, Change::TicketCreated(TicketId::new("7"))).await
    };
    advance_unknown: |w, g| {
        let delivery = g.attempting.clone();
        advance(w, g, delivery, Change::OutcomeUnknown { look_at: at(180), detail: "timeout".to_owned() }).await
    };
    suspend_leased: |w, g| change_leased(w, g, suspended()).await;
    call_failed_leased: |w, g| change_leased(w, g, ConnectionChange::CallFailed).await;
    save_operation: |w, g| {
        let state = OperationState::Creating { started_at: at(0) };
        advanced(w.save_operation(&g.lease, &Operation { version: 1, state, ..g.operation.clone() }).await)
    };
    create_operation: |w, g| {
        told(w.create_operation(&operation("msp", &g.halo, "another", at(0)), &actor("ann")).await)
    };

    create_connection: |w, _g| {
        told(w.create_connection(&ready_connection("msp", "third"), &actor("ann")).await)
    };
    create_connection_to_the_same_tenant: |w, _g| {
        let id = connection_id("again");
        let connection = crate::connection::Connection { id, ..ready_connection("msp", "halo") };
        told(w.create_connection(&connection, &actor("ann")).await)
    };
    confirm: |w, g| change(w, "distributor", g.big.clone(), ConnectionChange::Confirmed).await;
    pause: |w, _g| change_halo(w, ConnectionChange::Paused { by: "ann".to_owned() }).await;
    resume: |w, _g| change_halo(w, ConnectionChange::Resumed).await;
    save_settings: |w, _g| change_halo(w, ConnectionChange::SettingsSaved(some_settings("5"))).await;
    reset_settings: |w, _g| change_halo(w, ConnectionChange::SettingsReset).await;
    replace_credentials: |w, _g| {
        change_halo(w, ConnectionChange::CredentialsReplaced { replaces: 1, check: passed_check(at(0)) }).await
    };
    revoke: |w, _g| change_halo(w, ConnectionChange::Revoked).await;
    revoke_the_distributors: |w, g| change(w, "distributor", g.big.clone(), ConnectionChange::Revoked).await;

    put_mapping: |w, _g| map(w, "spare", true).await;
    put_mapping_again: |w, _g| map(w, "pending", true).await;
    switch_flow_off: |w, _g| map(w, "acme", false).await;
    delete_mapping: |w, g| {
        told(w.delete_mapping(&partner("msp"), &g.halo, &organization("acme"), &actor("ann"), at(0)).await)
    };
    set_mapping_health: |w, g| {
        let acme = organization("acme");
        told(w.set_mapping_health(&g.halo, &acme, &client_of("acme"), MappingHealth::Missing).await)
    };
    change_chain: |w, _g| register(w, "acme", &["msp"]).await;
    register_newcomer: |w, _g| register(w, "newco", &["distributor", "msp"]).await;
    delete_organization: |w, _g| {
        told(w.delete_organization(&organization("acme"), &actor("vendor"), at(0)).await)
    };

    take_mails: |w, _g| told(w.take_notices(Channel::Mail, at(60), 10, at(0)).await);
    take_events: |w, _g| told(w.take_notices(Channel::Webhook, at(60), 10, at(0)).await);
    finish_mail: |w, g| told(w.finish_notice(&g.mail.id, g.mail.attempts, &NoticeTold::Sent, at(0)).await);
    give_up_mail: |w, g| {
        let given_up = NoticeTold::Failed { error: "550".to_owned() };
        told(w.finish_notice(&g.mail.id, g.mail.attempts, &given_up, at(0)).await)
    };
    recover_troubled: |w, _g| {
        change(w, "msp", connection_id("troubled"), ConnectionChange::Recovered).await
    };

    begin_idempotent: |w, _g| {
        told(w.begin_idempotent("msp POST", "new", "h", at(-9000), at(-9000), at(0)).await)
    };
    begin_idempotent_again: |w, _g| {
        told(w.begin_idempotent("msp POST", "begun", "h", at(-9000), at(-9000), at(0)).await)
    };
    finish_idempotent: |w, _g| told(w.finish_idempotent("msp POST", "begun", &answer()).await);
    take_budget_for_work: |w, _g| {
        told(w.take_budget("tenant", &PLAN, Purpose::Worker, 2, at(0)).await)
    };
    take_budget_for_a_person: |w, _g| {
        told(w.take_budget("tenant", &PLAN, Purpose::Person, 4, at(0)).await)
    };
}
